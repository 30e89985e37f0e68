"""Evidence: what kept an answer from being plain, and what a row that cannot be read may say."""

from __future__ import annotations

import numpy as np

from geodata.columns.incidents import Incidents, Reason, set_of
from geodata.schema import Estimate
from zones.arrays import Array
from zones.calendar import ENDED, IN_FORCE, NOT_YET, PARTLY, When, day_number
from zones.places import Places, Settlements
from zones.space import INSIDE, NO_SPACE, OUTSIDE, STRADDLES, Days, Drawing, Where

_OF_THE_LINE = set_of(
    Reason.COARSE_LOCATION,
    Reason.NEAR_BOUNDARY,
    Reason.BOUNDARIES_DISAGREE,
    Reason.SPANS_EXTENTS,
    Reason.HELD_UNKNOWN,
    Reason.HELD_CHANGED,
    Reason.HELD_DISPUTED,
    Reason.GROUND_LOST,
    Reason.GROUND_GAINED,
)
_OF_THE_DAYS = set_of(Reason.PARTLY_IN_FORCE, Reason.SPANS_PHASES, Reason.CONTESTED)
_PLAIN = {
    Reason.UNREADABLE_LOCATION: Reason.NO_LOCATION,
    Reason.UNREADABLE_DATE: Reason.NO_DATE,
    Reason.FUTURE_DATE: Reason.NO_DATE,
}
"""Reasons that replace a plainer one: the input was not missing, but could not be used."""


def why_open(
    drawing: Drawing, places: Places, days: Days, zone: Array, space: Array, changed: Array
) -> Array:
    """Return why places straddle: a coarse location, the line's own doubt, or a line that moved.

    Parameters
    ----------
    drawing
        The zones as the boundary asked for draws them.
    zone, space : (n,) array of int
        The zone that is reported for each place, and where the place lies with regard to it.
    changed : (n,) array of bool
        Whether the extents of that zone change within the days.

    Returns
    -------
    (n,) array of uint32
        Sets of `Reason`; empty where a place does not straddle.
    """
    reasons = np.zeros(len(places), dtype=np.uint32)
    straddles = space == STRADDLES
    if not straddles.any():
        return reasons
    reasons[straddles & places.has_extent] |= Reason.COARSE_LOCATION.bit
    reasons[straddles & changed] |= Reason.SPANS_EXTENTS.bit
    if places.speaks_of_points:
        for z, ground in drawing.grounds.items():
            rows = np.flatnonzero(straddles & (zone == z))
            x, y = places.longitude[rows], places.latitude[rows]
            band = ground.between_low_and_high(x, y, days.take(rows))
            reasons[rows[band]] |= Reason.NEAR_BOUNDARY.bit
    return reasons


def is_gained(drawing: Drawing, places: Settlements, days: Days, spaces: Array) -> Array:
    """Tell which zones gained settlements: a side of the zone held them outside its extent.

    Under an extent that is drawn from the ledger this counts at any time; under any other, only
    if that side came to hold the settlement after the extent's first day.

    Parameters
    ----------
    spaces : (n, zones) array of int
        Where the settlements lie with regard to each zone.

    Returns
    -------
    (n, zones) array of bool
    """
    holders = places.holders
    gained = np.zeros(spaces.shape, dtype=bool)
    may_be = holders.known & holders.own
    for z, ground in drawing.grounds.items():
        rows = np.flatnonzero(may_be & (holders.zone == z) & (spaces[:, z] == OUTSIDE))
        main = ground.governing(days.take(rows)).main
        start = np.array([day_number(one.valid_from) for one in ground.extents])[main]
        by_ledger = np.array(ground.by_ledger)[main]
        gained[rows, z] = by_ledger | (holders.came_by[rows] > start)
    return gained


def why_held(
    drawing: Drawing, places: Settlements, days: Days, zone: Array, space: Array, high: Array
) -> tuple[Array, Array]:
    """Return which answers stay open because of who held the settlement, and the reasons.

    Parameters
    ----------
    zone, space : (n,) array of int
        The zone that is reported for each settlement, and where it lies with regard to it.
    high : (n,) array of float
        The share of the settlement that is possibly inside that zone.

    Returns
    -------
    is_open : (n,) array of bool
        Which cannot be called inside, whatever the line says.
    reasons : (n,) array of uint32
        Sets of `Reason`, without `ground-gained`.
    """
    holders = places.holders
    known, mixed = holders.known, holders.known & holders.own & holders.other
    lost = known & ~holders.own & (space != OUTSIDE)
    is_open = lost | (mixed & (space != OUTSIDE))
    # A disc that straddles the line of a map was perhaps never within it.
    lost &= (space == INSIDE) | places.by_ledger
    left = np.flatnonzero((space == OUTSIDE) & ~(known & holders.own))
    for z, ground in drawing.grounds.items():
        rows = left[zone[left] == z]
        first = ground.governing(days.take(rows)).first
        x, y = places.longitude[rows], places.latitude[rows]
        for k in range(int(first.max(initial=0))):
            lost[rows] |= (first > k) & ground.outlines[k][Estimate.BEST].covers(x, y)
    reasons = np.zeros(len(places), dtype=np.uint32)
    for reason, holds in (
        (Reason.HELD_UNKNOWN, ~known & (high > 0)),
        (Reason.HELD_CHANGED, holders.changed & ~holders.disputed),
        (Reason.HELD_DISPUTED, holders.changed & holders.disputed),
        (Reason.GROUND_LOST, lost),
    ):
        reasons[holds & days.dated] |= reason.bit
    return is_open, reasons


def is_concerned(where: Where, when: When) -> Array:
    """Tell which incidents lie in a zone, at least in part, while it was in force, at least partly.

    Only these have agreements, and something to say about days.
    """
    in_place = (where.space == INSIDE) | (where.space == STRADDLES)
    return np.asarray(in_place & ((when.time == IN_FORCE) | (when.time == PARTLY)))


def reasons_for(where: Where, when: When, elsewhere: Array) -> Array:
    """Return the sets of reasons, without those that decide nothing.

    Reasons about the line are left out where time alone decides; those about time where the
    incident lies outside.

    Parameters
    ----------
    elsewhere : (n,) array of bool
        Which are outside every zone that was in force.
    """
    reasons = np.where(is_concerned(where, when), when.reasons, when.reasons & ~_OF_THE_DAYS)
    reasons |= where.reasons
    others = where.boundaries
    disagree = ((others != where.space[:, None]) & (others != NO_SPACE)).any(axis=1)
    reasons[where.usable & disagree] |= Reason.BOUNDARIES_DISAGREE.bit
    by_time = where.usable & ((when.time == NOT_YET) | (when.time == ENDED))
    reasons[by_time & elsewhere] &= ~_OF_THE_LINE
    return reasons


def why_unreadable(incidents: Incidents, reasons: Array) -> Array:
    """Return the sets of reasons of incidents, with why some of their cells could not be read."""
    reasons = reasons.copy()
    for reason, plain in _PLAIN.items():
        rows = np.flatnonzero(incidents.reasons & reason.bit)
        reasons[rows] = (reasons[rows] & ~plain.bit) | reason.bit
    return reasons
