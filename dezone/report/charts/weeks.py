"""Counts by week as steps, below the phases of the zones and the rounds of talks."""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dezone.report.charts.canvas import (
    EVENT,
    INK,
    INK_2,
    PAPER,
    SMALL,
    Canvas,
    Label,
    Scale,
    round_ticks,
    short,
)
from dezone.report.charts.chart import Chart
from maps.print.lettering import measure
from maps.style import Tint

_FINE = 9.5


@dataclass(frozen=True)
class PhaseSpan:
    """A phase of a lane, from its first day until the first day after it."""

    phase: str
    start: dt.date
    stop: dt.date


@dataclass(frozen=True)
class Lane:
    """A zone's line of the timeline."""

    name: str
    tint: Tint
    phases: tuple[PhaseSpan, ...]


@dataclass(frozen=True)
class Mark:
    """A day with a short label."""

    day: dt.date
    label: str


@dataclass(frozen=True, kw_only=True)
class TimeChart(Chart):
    """Counts by week.

    Attributes
    ----------
    starts, stop
        First day of each step, and the first day after the last.
    low, best, high
        The three counts of each step; none below 0.
    partial
        Which steps the file covers in part only.
    tint
        Of the area.
    lanes, rounds, events
        What is marked: the timeline above, ticks on it, and lines through the counts.
    number
        How a value on the axis is written.
    """

    starts: tuple[dt.date, ...]
    stop: dt.date
    low: tuple[float, ...]
    best: tuple[float, ...]
    high: tuple[float, ...]
    partial: tuple[bool, ...]
    tint: Tint
    lanes: tuple[Lane, ...]
    rounds: tuple[Mark, ...]
    events: tuple[Mark, ...]
    number: Callable[[float], str]

    def least_width(self, wanted: float) -> float:
        """Return how wide it has to be for a step to be seen."""
        return max(wanted, 40 + 1.6 * len(self.starts))

    def draw_body(self, canvas: Canvas) -> None:
        """Draw the timeline, the steps below it, the calendar and the legend."""
        tall = 170.0 if canvas.wide else 132.0
        most = max(self.high, default=0.0)
        ticks = [tick for tick in round_ticks(most, 4) if tick <= most * 1.02]
        labels = [self.number(tick) for tick in ticks]
        gutter = max(measure(label, SMALL) for label in labels) + 8
        first, stop = self.starts[0].toordinal(), self.stop.toordinal()
        time = Scale(canvas, gutter, canvas.width - gutter - 2, first, stop)

        top = canvas.y
        self._rounds(time)
        self._lanes(time)
        canvas.y += 10
        floor = canvas.y + tall

        def level(value: float) -> float:
            return floor - tall * value / (most or 1.0)

        start, end = canvas.x(gutter), canvas.x(canvas.width)
        for tick, label in zip(ticks, labels, strict=True):
            if tick:
                canvas.across(start, level(tick), to_x=end)
            canvas.label(gutter - 6, level(tick) + 3.6, label, Label(to="end"))
        self._steps(time, level)
        canvas.across(start, floor, to_x=end, stroke=INK, stroke_width=1.0)
        for event in self.events:
            if first < event.day.toordinal() < stop:
                x = time.x(event.day.toordinal())
                canvas.down(x, top + 12, to_y=floor, class_="event", **EVENT)
        canvas.y = floor
        self._calendar(time)
        canvas.legend(self._items(time), self.tint)

    # -- the timeline -----------------------------------------------------------------------

    def _rounds(self, time: Scale) -> None:
        canvas = time.canvas
        canvas.y += 11
        edge = -math.inf
        for mark in self.rounds:
            if not self.starts[0] <= mark.day < self.stop:
                continue
            along = time.along(mark.day.toordinal())
            half = measure(mark.label, _FINE) / 2
            if mark.label and along - half > edge + 3:
                canvas.label(along, canvas.y - 3, mark.label, Label(_FINE, to="middle"))
                edge = along + half
            tick = {"stroke": INK_2, "stroke_width": 1.0, "class_": "round"}
            canvas.down(canvas.x(along), canvas.y, to_y=canvas.y + 5, **tick)
        canvas.y += 7

    def _lanes(self, time: Scale) -> None:
        canvas = time.canvas
        single = len(self.lanes) == 1
        tall = 12.0 if single else 9.0
        for lane in self.lanes:
            spans = self._spans(lane)
            for one in spans:
                box = time.box(one.start.toordinal(), one.stop.toordinal(), canvas.y, tall)
                canvas.phase(box, one.phase, lane.tint)
            if not single:
                self._name(time, lane, spans, tall)
            elif self._named(time):
                for along, word in self._phase_names(time):
                    y = canvas.y + tall + 11
                    canvas.label(along, y, word, Label(_FINE, lane.tint.ink))
                canvas.y += 11
            canvas.y += tall + 4

    def _spans(self, lane: Lane) -> list[PhaseSpan]:
        """Return the phases of a lane within the steps."""
        return [
            PhaseSpan(one.phase, max(one.start, self.starts[0]), min(one.stop, self.stop))
            for one in lane.phases
            if one.start < self.stop and one.stop > self.starts[0]
        ]

    def _named(self, time: Scale) -> bool:
        """Tell whether each phase of a single lane has room for its name below it."""
        return len(self.lanes) == 1 and len(self._phase_names(time)) == len(
            self._spans(self.lanes[0])
        )

    def _phase_names(self, time: Scale) -> list[tuple[float, str]]:
        """Return where the names of the phases of a single lane go, as far as there is room."""
        found: list[tuple[float, str]] = []
        edge, width = 0.0, time.canvas.width
        spans = self._spans(self.lanes[0])
        for one in spans:
            word = str(self.words["phase"][one.phase])
            wide = measure(word, _FINE)
            end = width if one.stop == spans[-1].stop else time.along(one.stop.toordinal())
            along = min(time.along(one.start.toordinal()) + 3, end - wide)
            if along < edge or (end < width and along < time.along(one.start.toordinal())):
                return found
            found.append((along, word))
            edge = along + wide + 6
        return found

    def _name(self, time: Scale, lane: Lane, spans: Sequence[PhaseSpan], tall: float) -> None:
        """Put a lane's name where no bar is, or over one with a rim where there is no room."""
        canvas = time.canvas
        wide = measure(lane.name, _FINE, 700)
        begin = time.along(spans[0].start.toordinal()) if spans else canvas.width
        end = time.along(spans[-1].stop.toordinal()) if spans else 0.0
        y = canvas.y + tall - 0.8
        if begin - time.offset >= wide + 6:
            canvas.label(begin - 6, y, lane.name, Label(_FINE, lane.tint.ink, 700, "end"))
        elif canvas.width - end >= wide + 6:
            canvas.label(end + 6, y, lane.name, Label(_FINE, lane.tint.ink, 700))
        else:
            rimmed = Label(_FINE, lane.tint.ink, 700, halo=PAPER)
            canvas.label(begin + 4, y, lane.name, rimmed)

    # -- the steps --------------------------------------------------------------------------

    def _steps(self, time: Scale, level: Callable[[float], float]) -> None:
        canvas = time.canvas
        days = [*(start.toordinal() for start in self.starts), self.stop.toordinal()]
        edges = [time.x(day) for day in days]
        ground, low, best, high = (
            [level(value) for value in values]
            for values in ([0.0] * len(self.starts), self.low, self.best, self.high)
        )
        canvas.steps(_between(edges, ground, low), _between(edges, low, high), self.tint)
        stroke: dict[str, Any] = {"fill": "none", "stroke": self.tint.colour, "stroke_width": 1.6}
        every = _outline(edges, best, [True] * len(best))
        rim = {**stroke, "stroke": PAPER, "stroke_width": 3.4, "stroke_opacity": 0.75}
        canvas.drawing.path(every, **rim)  # hatching may run along the line
        whole = _outline(edges, best, [not part for part in self.partial])
        canvas.drawing.path(whole, class_="best", **stroke)
        dashed = _outline(edges, best, self.partial)
        canvas.drawing.path(dashed, class_="best partial", stroke_dasharray="3 2.2", **stroke)

    # -- the calendar -----------------------------------------------------------------------

    def _calendar(self, time: Scale) -> None:
        """Label months, as many as there is room for, and years below them."""
        step = self._months_apart(time)
        self._months(time, step)
        row = time.canvas.y + (27 if step < 12 else 14)
        self._years(time, row)
        time.canvas.y = row + 6

    def _months_apart(self, time: Scale) -> int:
        """Return every how many months one is named; 12 where none is."""
        months = self.words["months_alone"]
        a_month = time.length / max((self.stop - self.starts[0]).days, 1) * 30.4
        for step in (1, 2, 3, 6):
            if all(measure(month, 10) + 6 <= a_month * step for month in months[::step]):
                return step
        return 12

    def _months(self, time: Scale, step: int) -> None:
        canvas, edge = time.canvas, 0.0
        for day in _first_days(self.starts[0], self.stop):
            named = (day.month - 1) % step == 0
            length = 9.0 if day.month == 1 else 6.0 if named else 3.0
            canvas.down(time.x(day.toordinal()), canvas.y, to_y=canvas.y + length, stroke=INK_2)
            along = time.along(day.toordinal())
            name = str(self.words["months_alone"][day.month - 1])
            end = along + 3 + measure(name, 10)
            if named and step < 12 and end <= canvas.width and along > edge:
                canvas.label(along + 3, canvas.y + 13, name, Label(10))
                edge = end

    def _years(self, time: Scale, y: float) -> None:
        first, stop, edge = self.starts[0], self.stop, 0.0
        for year in range(first.year, stop.year + 1):
            day = max(dt.date(year, 1, 1), first)
            if day >= stop:
                continue
            along = time.along(day.toordinal())
            wide = measure(str(year), 10.5, 700)
            end = time.along(min(dt.date(year + 1, 1, 1), stop).toordinal())
            if max(along, edge) + 3 + wide <= max(end, along + 3):
                time.canvas.label(along + 3, y, str(year), Label(10.5, INK, 700))
                edge = along + wide + 9

    def _items(self, time: Scale) -> Iterator[tuple[str, str]]:
        """Yield what the legend explains: no more than is there."""
        yield from self.legend("low", "best", "band")
        if any(self.partial):
            yield from self.legend("partial")
        if not self._named(time):
            there = {one.phase for lane in self.lanes for one in self._spans(lane)}
            for phase in ("declared", "arranged", "contested"):
                if phase in there:
                    yield phase, str(self.words["phase"][phase])
        if any(self.starts[0] <= mark.day < self.stop for mark in self.rounds):
            yield from self.legend("round")
        if any(self.starts[0] < mark.day < self.stop for mark in self.events):
            yield from self.legend("mark")


def _first_days(first: dt.date, stop: dt.date) -> Iterator[dt.date]:
    """Yield the first days of months."""
    day = first.replace(day=1)
    while day < stop:
        if day >= first:
            yield day
        day += dt.timedelta(days=calendar.monthrange(day.year, day.month)[1])


def _between(edges: Sequence[float], lower: Sequence[float], upper: Sequence[float]) -> str:
    """Return rectangles between two levels of each step, left out where there is nothing."""
    return "".join(
        f"M{short(edges[i])} {short(down)}V{short(up)}H{short(edges[i + 1])}V{short(down)}Z"
        for i, (down, up) in enumerate(zip(lower, upper, strict=True))
        if short(down) != short(up)
    )


def _outline(edges: Sequence[float], heights: Sequence[float], drawn: Sequence[bool]) -> str:
    """Return the line along the tops of the steps that are drawn."""
    parts: list[str] = []
    going = False
    for i, height in enumerate(heights):
        if drawn[i]:
            parts.append(f"V{short(height)}" if going else f"M{short(edges[i])} {short(height)}")
            parts.append(f"H{short(edges[i + 1])}")
        going = drawn[i]
    return "".join(parts)
