"""What changed at each event: weeks before and after, on the ground of the event's day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np

from dezone.report.model import (
    ALL_ZONES,
    Change,
    Event,
    EventKind,
    Moved,
    Ratio,
    Side,
    Sign,
)
from dezone.report.numbers.areas import DEATHS_UNIT, Days, area_names, masks, rounded
from dezone.report.numbers.counting import Tally, spread
from dezone.report.numbers.ground import POSSIBLE, Ground
from dezone.report.numbers.rates import LEAST_INCIDENTS, LEAST_WEEKS, WEEKS, Estimate
from geodata.atlas import Atlas
from geodata.schema import Extent
from zones.arrays import Array
from zones.calendar import day_number, day_of

_WAYS = ("sure", "best", "possible")
# What the three counts of a zone are compared with: incidents that none of them holds.
_REST_OF = {"sure": "sure", "best": "best", "possible": "sure"}
_RATIO_DIGITS = 6


@dataclass(frozen=True)
class Changes:
    """The changes that one tally shows.

    Attributes
    ----------
    tally
        Of incidents on `ground`.
    days
        The days that the file covers.
    events
        All of the atlas, in order.
    """

    tally: Tally
    ground: Ground
    days: Days
    events: tuple[Event, ...]
    atlas: Atlas

    @property
    def asked(self) -> tuple[Event, ...]:
        """The events that are asked about: all but the ends of zones."""
        return tuple(event for event in self.events if event.kinds != (EventKind.END,))

    def all(self) -> tuple[Change, ...]:
        """Return the change at every event, in the three ways of counting."""
        return tuple(self._change(event) for event in self.asked)

    def best(self) -> tuple[Ratio, ...]:
        """Return the ratios of the best counts alone."""
        return tuple(_Window(self, event).ratio("best") for event in self.asked)

    @cached_property
    def _areas(self) -> tuple[str, ...]:
        return area_names(self.ground.zones)

    def _change(self, event: Event) -> Change:
        window = _Window(self, event)
        used = window.days
        overlaps = [
            other
            for other in self.events
            if other.id != event.id
            and (other.area == event.area or (event.area == ALL_ZONES and other.day != event.day))
            and window.asked_days.begin < day_number(other.day) < window.asked_days.end
        ]
        # Zones that share an event say the same day once.
        seen: dict[str, None] = dict.fromkeys(other.id for other in overlaps)
        return Change(
            event=event.id,
            area=event.area,
            ground=window.extents,
            first_day=day_of(used.begin) if len(used) else None,
            last_day=day_of(used.end - 1) if len(used) else None,
            weeks_before=window.before,
            weeks_after=window.after,
            spanning=rounded(window.spanning),
            cautions=tuple(window.cautions(bool(seen))),
            overlaps=tuple(seen),
            **{way: window.ratio(way) for way in _WAYS},
        )


class _Window:
    """The weeks around one event."""

    def __init__(self, whole: Changes, event: Event) -> None:
        self.event = event
        self.day = day_number(event.day)
        self.whole = whole
        days = whole.days
        # Only weeks next to the day, without a gap that the file does not cover.
        reached = len(days) > 0 and days.begin <= self.day <= days.end
        self.before = min(WEEKS, (self.day - days.begin) // 7) if reached else 0
        self.after = min(WEEKS, (days.end - self.day) // 7) if reached else 0
        self.asked_days = Days(self.day - 7 * WEEKS, self.day + 7 * WEEKS)
        self.days = Days(self.day - 7 * self.before, self.day + 7 * self.after)
        tally = whole.tally
        held = (tally.first < self.days.end) & (tally.last >= self.days.begin)
        across = held & (tally.first < self.day) & (tally.last >= self.day)
        part = tally.part(np.flatnonzero(held & ~across))
        self._tally = part
        self._masks = masks(whole.ground.on_day(part.levels, self.day))
        self._area = whole._areas.index(event.area)
        levels = whole.ground.on_day(tally.part(np.flatnonzero(across)).levels, self.day)
        if event.area != ALL_ZONES:
            levels = levels[:, [self._area]]
        near = (levels >= POSSIBLE).any(axis=1)
        self.spanning = float(tally.sums[across][near, 0].sum())

    @property
    def extents(self) -> tuple[str, ...]:
        """Ids of the extents of the event's area that are held fixed."""
        extents = self.whole.ground.extents_on(self.day)
        area = self.event.area
        return tuple(one.id for one in extents if area in (ALL_ZONES, one.zone))

    def cautions(self, overlap: bool) -> list[str]:
        """Return what keeps the change from being plain, as codes."""
        found = []
        if self.before < WEEKS or self.after < WEEKS:
            found.append("beyond-file")
        if overlap:
            found.append("overlap")
        if self.event.precision is not None:
            found.append("month")
        zone = self.ratio("best").zone
        if (self.before and not zone.before) or (self.after and not zone.after):
            found.append("zero")
        if self._drawn_anew():
            found.append("changed-ground")
        return found

    def _drawn_anew(self) -> bool:
        """Tell whether the area's ground changed within the weeks, under the boundary."""
        return any(
            self.event.area in (ALL_ZONES, extent.zone)
            and self._first_of(extent.zone) < day_number(extent.valid_from)
            and self.asked_days.begin < day_number(extent.valid_from) < self.asked_days.end
            for extent in self._extents
        )

    @property
    def _extents(self) -> Sequence[Extent]:
        return self.whole.atlas.extents_under(self.whole.ground.boundary)

    def _first_of(self, zone: str) -> int:
        return min(day_number(extent.valid_from) for extent in self._extents if extent.zone == zone)

    def _weekly(self, area: int, way: str) -> tuple[Array, Array]:
        """Return the sums of each week before and after: (weeks, 1 or 4)."""
        mask = self._masks[area, _WAYS.index(way)]
        part = self._tally.part(np.flatnonzero(mask))
        daily = spread(part.first, part.last, part.sums, self.days.begin, self.days.end)
        weeks = daily.reshape(self.before + self.after, 7, part.sums.shape[1]).sum(axis=1)
        return weeks[: self.before], weeks[self.before :]

    def ratio(self, way: str) -> Ratio:
        """Return how the area's rate changed, and how that of the rest of the country did."""
        sides = {
            "zone": self._weekly(self._area, way),
            "rest": self._weekly(len(self._masks) - 1, _REST_OF[way]),
        }
        enough = min(self.before, self.after) >= LEAST_WEEKS
        why = [] if enough else ["no-weeks"]
        estimates: dict[str, Estimate | None] = {}
        for name, (before, after) in sides.items():
            total = before[:, 0].sum() + after[:, 0].sum()
            few = total < LEAST_INCIDENTS
            if name == "rest":  # a comparison that has nothing on one side compares nothing
                few = few or not before[:, 0].sum() or not after[:, 0].sum()
            if enough and few:
                why.append("few" if name == "zone" else "few-rest")
            known = enough and not few
            estimates[name] = Estimate.of(before[None, :, 0], after[None, :, 0]) if known else None
        zone = _side(*sides["zone"], estimates["zone"])
        rest = _side(*sides["rest"], estimates["rest"])
        ratio = low = high = None
        if estimates["zone"] is not None and estimates["rest"] is not None:
            low, high = _ends(estimates["zone"].against(estimates["rest"]), zone)
            mine = _rate(zone.after, self.after, zone.before, self.before)
            theirs = _rate(rest.after, self.after, rest.before, self.before)
            ratio = _short(mine / theirs) if mine is not None and theirs else None
        return Ratio(
            zone=zone,
            rest=rest,
            ratio=ratio,
            low=low,
            high=high,
            sign=_sign(zone.low, zone.high),
            relative_sign=_sign(low, high),
            why_not=tuple(why),
        )


def _rate(after: float, weeks_after: int, before: float, weeks_before: int) -> float | None:
    """Return the ratio of two rates; None where there is none before, or no week after."""
    if not before or not weeks_after:
        return None
    return _short(after / weeks_after / (before / weeks_before))


def _side(before: Array, after: Array, estimate: Estimate | None) -> Side:
    sums = [rounded(part[:, 0].sum()) for part in (before, after)]
    deaths: list[float | None] = [None, None]
    if before.shape[1] == 4:
        deaths = [rounded(part[:, 2].sum() / DEATHS_UNIT) for part in (before, after)]
    side = Side(
        weekly_before=tuple(rounded(number) for number in before[:, 0]),
        weekly_after=tuple(rounded(number) for number in after[:, 0]),
        before=sums[0],
        after=sums[1],
        deaths_before=deaths[0],
        deaths_after=deaths[1],
        ratio=_rate(sums[1], len(after), sums[0], len(before)),
        low=None,
        high=None,
        dispersion=None,
    )
    if estimate is None:
        return side
    low, high = _ends(estimate, side)
    dispersion = _short(float(estimate.dispersion[0]))
    return msgspec.structs.replace(side, low=low, high=high, dispersion=dispersion)


def _ends(estimate: Estimate, side: Side) -> tuple[float | None, float | None]:
    """Return the ends of an interval: from 0 where nothing came after, open where before."""
    low, high = (float(end[0]) for end in estimate.interval())
    return (
        0.0 if not side.after else _short(low),
        None if not side.before else _short(high),
    )


def _sign(low: float | None, high: float | None) -> Sign:
    if low is None:
        return Sign.UNKNOWN
    if high is not None and high < 1:
        return Sign.FALL
    return Sign.RISE if low > 1 else Sign.OPEN


def _short(number: float) -> float:
    return float(f"{number:.{_RATIO_DIGITS}g}")


def moved(event: Event, ratio: Ratio) -> Moved:
    """Return the part of a ratio that a table of variants needs."""
    return Moved(
        event=event.id,
        ratio=ratio.zone.ratio,
        low=ratio.zone.low,
        high=ratio.zone.high,
        sign=ratio.sign,
        relative=ratio.ratio,
        relative_low=ratio.low,
        relative_high=ratio.high,
        relative_sign=ratio.relative_sign,
    )
