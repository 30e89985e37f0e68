"""Evidence: what kept an answer from being plain, and what a row that cannot be read may say."""

from __future__ import annotations

import numpy as np

from geodata.columns.incidents import Incidents, Reason, set_of
from zones.arrays import Array
from zones.calendar import ENDED, IN_FORCE, NOT_YET, PARTLY, When
from zones.places import Places
from zones.space import INSIDE, NO_SPACE, STRADDLES, Days, Drawing, Where

_OF_THE_LINE = set_of(
    Reason.COARSE_LOCATION,
    Reason.NEAR_BOUNDARY,
    Reason.BOUNDARIES_DISAGREE,
    Reason.SPANS_EXTENTS,
)
_OF_THE_DAYS = set_of(Reason.PARTLY_IN_FORCE, Reason.SPANS_PHASES, Reason.CONTESTED)
_PLAIN = {
    Reason.UNREADABLE_LOCATION: Reason.NO_LOCATION,
    Reason.UNREADABLE_DATE: Reason.NO_DATE,
    Reason.FUTURE_DATE: Reason.NO_DATE,
}
"""What would be said if nothing had been given, in the place of which it is said why."""


def why_open(
    drawing: Drawing, places: Places, days: Days, zone: Array, space: Array, changed: Array
) -> Array:
    """Return why places straddle: known coarsely, or near the line, or the line moved.

    Parameters
    ----------
    drawing
        The zones as the boundary asked for draws them.
    zone, space : (n,) array of int
        The zone that is reported of each place, and where it lies with regard to it.
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
