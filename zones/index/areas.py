"""Areas that agreements name: which of them hold the places of incidents, in which reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geodata.atlas import Atlas
from geodata.columns.incidents import Incidents, PlaceType
from geodata.schema import Area, AreaKind
from zones.arrays import Array
from zones.calendar import FIRST_DAY, LAST_DAY, day_number
from zones.places import SHARE_DIGITS, AdminUnits, Box, Discs, Places, UnitShares
from zones.prepared import once_per_atlas
from zones.shares import Outline
from zones.space import OUTSIDE, SPACES, Days, grounds_of, space_codes
from zones.verdict import Assessor, Verdicts

if TYPE_CHECKING:
    from geodata.columns.areas import Areas

KINDS = {"subareas": AreaKind.SUBAREA, "neighbours": AreaKind.NEIGHBOUR}
"""The fields of a record that name areas, and the kind of area in each."""


def recorded_areas(atlas: Atlas) -> tuple[Area, ...]:
    """Return the areas of an atlas that a record can name: those of agreements, not of reports."""
    return tuple(area for area in atlas.areas.values() if area.kind in KINDS.values())


def area_spaces(
    assessor: Assessor, incidents: Incidents, found: Verdicts, which: Array | None = None
) -> Array:
    """Return where incidents lie with regard to each of `recorded_areas`.

    An area counts if it was valid on any of the days; without a date, all count. A settlement
    stands for its point. Neighbours count only where the place lies outside the zone reported.

    Parameters
    ----------
    found, which
        As `Assessor.assess_distinct` gives them.

    Returns
    -------
    (n, areas) array of uint8
        Positions in `SPACES`: inside by every reading of its limits, straddling by some, else
        outside.
    """
    areas, limits = recorded_areas(assessor.atlas), _limits_of(assessor.atlas)
    spaces = np.full((len(incidents), len(areas)), OUTSIDE, dtype=np.uint8)
    usable, _ = assessor.usable(incidents)
    space = found.space if which is None else found.space[which]
    for kind in PlaceType:
        rows = np.flatnonzero(usable & (incidents.place_type == kind))
        if not rows.size:
            continue
        some = incidents.take(rows)
        places, days = _places(assessor, kind, some), Days.of(some.first, some.last)
        for a, area in enumerate(areas):
            near = _near(limits[a], places, days)
            if area.kind is AreaKind.NEIGHBOUR:
                near = near[space[rows[near]] == OUTSIDE]
            if near.size:
                low, high = (np.round(places.share(2 * a + e, near), SHARE_DIGITS) for e in (0, 1))
                spaces[rows[near], a] = space_codes(low, high, places.take(near).limits)
    return spaces


def areas_in_words(areas: Sequence[Area], codes: Sequence[int], field: str) -> dict[str, str]:
    """Return the value of a field of `KINDS`: `space` by the id of each area that is concerned."""
    return {
        area.id: SPACES[code].value
        for area, code in zip(areas, codes, strict=True)
        if code != OUTSIDE and area.kind is KINDS[field]
    }


class _Limits(NamedTuple):
    """The box around an area, None if it is empty, and the days on which it holds good."""

    box: Box | None
    start: int
    stop: int


@once_per_atlas
def _limits_of(atlas: Atlas) -> list[_Limits]:
    """Return the limits of each of `recorded_areas`."""
    return [
        _Limits(
            None if area.high.is_empty else area.high.bounds,
            FIRST_DAY if area.valid_from is None else day_number(area.valid_from),
            LAST_DAY if area.valid_to is None else day_number(area.valid_to),
        )
        for area in recorded_areas(atlas)
    ]


def _near(limits: _Limits, places: Places, days: Days) -> Array:
    """Return the places that an area may hold, while it held good."""
    if limits.box is None:
        return np.zeros(0, dtype=np.intp)
    near = places.touching(limits.box)
    return near[(days.first[near] < limits.stop) & (days.last[near] >= limits.start)]


def _places(assessor: Assessor, kind: PlaceType, incidents: Incidents) -> Places:
    x, y = assessor.measured_from(incidents)
    if kind is PlaceType.ADMIN_UNIT:
        assert incidents.units is not None  # noqa: S101  (there are some among the places)
        shares = _unit_shares_of(assessor.atlas, incidents.units)
        return AdminUnits(shares, incidents.unit, x, y, assessor.coarsest_radius_m)
    is_point = kind is PlaceType.SETTLEMENT
    radius = np.zeros(len(incidents)) if is_point else incidents.radius_m
    return Discs(_outlines_of(assessor.atlas), x, y, radius)


@once_per_atlas
def _outlines_of(atlas: Atlas) -> list[Outline]:
    """Return low and high of each of `recorded_areas`."""
    plane = grounds_of(atlas).plane
    shapes = (shape for area in recorded_areas(atlas) for shape in (area.low, area.high))
    return [Outline(shape, plane) for shape in shapes]


@once_per_atlas
def _unit_shares_of(atlas: Atlas, units: Areas) -> UnitShares:
    return UnitShares(units.polygons, _outlines_of(atlas), grounds_of(atlas).plane)
