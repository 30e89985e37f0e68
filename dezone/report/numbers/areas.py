"""Areas, days and the counts that incidents give in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dezone.report.model import ALL_ZONES, REST, Count, Counts
from dezone.report.numbers.counting import Tally, spread
from dezone.report.numbers.ground import BEST, OUTSIDE, POSSIBLE, SURE, Ground
from zones.arrays import Array
from zones.calendar import Calendar

DIGITS = 6
"""Counts are rounded to these: what spreading over days leaves of floating-point noise."""

DEATHS_UNIT = 1_000.0
"""A tally holds thousandths of deaths."""


@dataclass(frozen=True)
class Days:
    """A stretch of days: numbers since 1970-01-01, from `begin` up to before `end`."""

    begin: int
    end: int

    def __len__(self) -> int:
        return max(self.end - self.begin, 0)

    def within(self, other: Days) -> Days:
        """Return what both have in common; an empty stretch where that is nothing."""
        begin = max(self.begin, other.begin)
        return Days(begin, max(begin, min(self.end, other.end)))


def area_names(zones: Sequence[str]) -> tuple[str, ...]:
    """Return all areas in order: the zones, all of them, the rest."""
    return (*zones, ALL_ZONES, REST)


def masks(levels: Array) -> Array:
    """Tell which incidents each area counts, in each of the three ways.

    Parameters
    ----------
    levels : (n, zones) uint8
        As `Ground.on_days` gives them. An incident is surely, or more likely than not, in one
        zone at most (that of its highest level, the first of equals); possibly in several.

    Returns
    -------
    (areas, 3, n) array of bool
        Areas as in `area_names`; sure, best, possible.
    """
    n, zones = levels.shape
    found = np.zeros((zones + 2, 3, n), dtype=bool)
    if zones:
        leading, highest = levels.argmax(axis=1), levels.max(axis=1)
    else:
        leading, highest = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.uint8)
    for z in range(zones):
        mine = leading == z
        found[z] = mine & (highest == SURE), mine & (highest >= BEST), levels[:, z] >= POSSIBLE
    found[zones] = highest == SURE, highest >= BEST, highest >= POSSIBLE
    found[zones + 1] = highest == OUTSIDE, highest < BEST, highest < SURE
    return found


def by_day(tally: Tally, chosen: Array, days: Days) -> Array:
    """Return sums by area, certainty and day: (areas, 3, days, k) float."""
    found = np.zeros((*chosen.shape[:2], len(days), tally.sums.shape[1]))
    for area, ways in enumerate(chosen):
        for way, mask in enumerate(ways):
            found[area, way] = spread(
                tally.first[mask], tally.last[mask], tally.sums[mask], days.begin, days.end
            )
    return found


def in_force(
    tally: Tally, ground: Ground, calendar: Calendar, days: Days
) -> tuple[Array, tuple[int, ...]]:
    """Return sums while in force, by area and certainty, (areas, 3, k), and the days in force.

    A zone while it was itself in force; all zones what lies in one that was; the rest while any
    was.
    """
    levels = ground.on_days(tally.levels, tally.first, tally.last)
    zones = len(ground.zones)
    found = np.zeros((zones + 2, 3, tally.sums.shape[1]))
    lengths = [0] * (zones + 2)
    for stretch, alive in _stretches(calendar, days):
        held = levels * np.array(alive, dtype=np.uint8)
        chosen = masks(held)
        chosen[zones + 1] = masks(levels)[zones + 1]
        inside = (tally.first < stretch.end) & (tally.last >= stretch.begin)
        sums = by_day(tally.part(inside), chosen[:, :, inside], stretch).sum(axis=2)
        here = [*alive, any(alive), any(alive)]
        found += np.where(np.array(here)[:, None, None], sums, 0.0)
        lengths = [a + len(stretch) * b for a, b in zip(lengths, here, strict=True)]
    return found, tuple(lengths)


def _stretches(calendar: Calendar, days: Days) -> Iterator[tuple[Days, tuple[bool, ...]]]:
    """Yield stretches of days in which the same zones were in force, and which."""
    spans = [Days(*calendar.force(zone)) for zone in calendar.zones]
    cuts = sorted({cut for span in spans for cut in (span.begin, span.end)})
    edges = [days.begin, *(cut for cut in cuts if days.begin < cut < days.end), days.end]
    for begin, end in pairwise(edges):
        if begin < end:
            yield Days(begin, end), tuple(s.begin <= begin < s.end for s in spans)


def counts_of(sums: Array) -> Counts:
    """Return three counts from sums: (3, 1 or 4)."""
    return Counts(**{way: _count(row) for way, row in zip(_WAYS, sums, strict=True)})


_WAYS = ("sure", "best", "possible")


def _count(sums: Array) -> Count:
    incidents = rounded(sums[0])
    if len(sums) == 1:
        return Count(incidents=incidents)
    low, best, high = (rounded(number / DEATHS_UNIT) for number in sums[1:])
    return Count(incidents=incidents, deaths_low=low, deaths_best=best, deaths_high=high)


def rounded(number: float) -> float:
    """Return a count without floating-point noise; never -0."""
    return round(float(number), DIGITS) + 0.0
