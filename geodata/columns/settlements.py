"""Incidents that lie in settlements: those that a name was taken for, and points within a size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from geodata.columns.incidents import Incidents, PlaceType
from geodata.ledger import Ledger

SETTLEMENT = "settlement"
"""The source of a radius that is the size of a settlement."""

_STATED = ("given", "unreadable")
_PLACEHOLDER_DEG = 0.0005  # 50 m: the same point, however many digits were kept


def settled(
    incidents: Incidents, ledger: Ledger, placeholders: Iterable[tuple[float, float, str]] = ()
) -> Incidents:
    """Return incidents in which each that lies in a settlement has it as its place.

    These are exact points, by default or by a precision code, of which `settlement` is set already
    (a name or a code was taken for it), or which lie within the size of a settlement. Their radius
    becomes its size. A radius that was stated means a disc; so does any above 0, and a point that
    lies in no settlement.

    Parameters
    ----------
    incidents
        `settlement` is a position in the ledger where one is named, else -1. A named one has the
        radius 0, and the position of the settlement.
    ledger
        The settlements of the atlas.
    placeholders
        Longitude, latitude (degrees) and name of points that stand for a whole area: none of them
        lies in a settlement.
    """
    stated = np.array([source in _STATED for source in incidents.radius_sources], dtype=bool)
    exact = (incidents.radius_m == 0) & (incidents.place_type == PlaceType.DISC)
    exact &= ~stated[incidents.radius_source]
    rows = np.flatnonzero(exact)
    already = incidents.place_type == PlaceType.SETTLEMENT
    settlement = np.where(already, incidents.settlement, np.int32(-1))
    settlement[rows] = incidents.settlement[rows]
    unnamed = rows[settlement[rows] < 0]
    x, y = incidents.longitude[unnamed], incidents.latitude[unnamed]
    settlement[unnamed], _ = ledger.near(x, y)
    rows = rows[settlement[rows] >= 0]
    for longitude, latitude, _ in placeholders:
        near = np.abs(incidents.longitude[rows] - longitude) <= _PLACEHOLDER_DEG
        near &= np.abs(incidents.latitude[rows] - latitude) <= _PLACEHOLDER_DEG
        settlement[rows[near]] = -1
    rows = rows[settlement[rows] >= 0]
    if not rows.size:
        return replace(incidents, settlement=settlement)
    sources = incidents.radius_sources
    if SETTLEMENT not in sources:
        sources = (*sources, SETTLEMENT)
    radius, source = incidents.radius_m.copy(), incidents.radius_source.copy()
    kind = incidents.place_type.copy()
    radius[rows] = ledger.radius_m[settlement[rows]]
    source[rows], kind[rows] = sources.index(SETTLEMENT), PlaceType.SETTLEMENT
    return replace(
        incidents,
        settlement=settlement,
        radius_m=radius,
        radius_source=source,
        radius_sources=sources,
        place_type=kind,
    )
