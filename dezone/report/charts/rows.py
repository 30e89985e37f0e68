"""Rows below one scale, in groups by area: counts as bars, or ratios on their intervals."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from dezone.report.charts.canvas import (
    FIGURE,
    INK,
    INK_2,
    PAPER,
    SMALL,
    TEXT,
    Canvas,
    Label,
    Scale,
    reach_of,
    round_ticks,
    short,
    towards,
)
from dezone.report.charts.chart import Chart, Range, Ratio, draw_range, draw_ratio
from maps.print.lettering import measure, wrap
from maps.style import Tint

_NAME = Label(TEXT, INK, halo=PAPER)  # grid lines run behind
_DAYS = Label(10, halo=PAPER)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What every row has: its name, its days, and what is said of its value."""

    label: str
    days: str
    value: str


@dataclass(frozen=True, kw_only=True)
class RangeRow(Row):
    """A count; a sample of a phase stands before its name, unless that is empty."""

    phase: str
    range: Range


@dataclass(frozen=True, kw_only=True)
class RatioRow(Row):
    """A ratio before and after: the area's by the rest's, and the area's alone.

    Attributes
    ----------
    relative, alone
        None where there is no interval.
    outer
        The lowest and the highest end of `relative` over all ways of counting.
    missing
        Why there is no interval.
    """

    relative: Ratio | None
    outer: tuple[float, float] | None
    alone: Ratio | None
    missing: str


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Group(Generic[R]):
    """The rows of one area."""

    name: str
    tint: Tint
    rows: tuple[R, ...]


@dataclass(frozen=True, kw_only=True)
class RowChart(Chart, Generic[R]):
    """Rows in groups below one scale.

    Attributes
    ----------
    groups
        At least one.
    number
        How a value on the scale is written.
    """

    groups: tuple[Group[R], ...]
    number: Callable[[float], str]

    def draw_body(self, canvas: Canvas) -> None:
        """Draw the scale, the rows, the grid behind them, and the legend."""
        scale, ticks = self.scale(canvas)
        self.draw_ticks(canvas, scale, ticks)
        top, mark = canvas.y, len(canvas.drawing.shapes)
        for group in self.groups:
            canvas.heading(group.name, group.tint)
            canvas.y += 5 - self.tight
            for row in group.rows:
                self.draw_row(scale, row, group.tint)
            canvas.y += 4 * self.tight
        with canvas.under(mark):
            for tick in ticks:
                canvas.down(scale.x(tick), top, to_y=canvas.y, **self.grid_line(tick))
        canvas.legend(self.items(), self.groups[0].tint)

    tight = 0

    def room_for_values(self) -> float:
        """Return how wide the widest value is."""
        values = (row.value for group in self.groups for row in group.rows)
        return max((measure(value, TEXT, 700) for value in values), default=0.0)

    def scale(self, canvas: Canvas) -> tuple[Scale, list[float]]:
        """Return the scale of all rows and its ticks."""
        raise NotImplementedError

    def draw_ticks(self, canvas: Canvas, scale: Scale, ticks: list[float]) -> None:
        """Put the numbers of the scale."""
        raise NotImplementedError

    def draw_row(self, scale: Scale, row: R, tint: Tint) -> None:
        """Draw one row and go on below it."""
        raise NotImplementedError

    def grid_line(self, tick: float) -> dict[str, Any]:
        """Return how the grid line of a tick looks."""
        raise NotImplementedError

    def items(self) -> list[tuple[str, str]]:
        """Return the items of the legend."""
        raise NotImplementedError


# -- counts ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RangeChart(RowChart[RangeRow]):
    """Bars from 0."""

    def scale(self, canvas: Canvas) -> tuple[Scale, list[float]]:
        """Return a scale from 0 to a round number."""
        start = canvas.width * 0.34 if canvas.wide else 0.0
        beside = self.room_for_values() + 16 if canvas.wide else 4.0
        top = max((row.range.high for group in self.groups for row in group.rows), default=0.0)
        ticks = round_ticks(top, 6 if canvas.wide else 4)
        return Scale(canvas, start, canvas.width - start - beside, 0.0, ticks[-1]), ticks

    def draw_ticks(self, canvas: Canvas, scale: Scale, ticks: list[float]) -> None:
        """Put the numbers of the scale."""
        canvas.y += 11
        for tick in ticks:
            to = "middle" if canvas.wide else towards(tick, ticks)
            canvas.label(scale.along(tick), canvas.y, self.number(tick), Label(to=to))
        canvas.y += 5

    def grid_line(self, tick: float) -> dict[str, Any]:
        """Return a firm line at 0."""
        return {} if tick else {"stroke": INK, "stroke_width": 1.0}

    def items(self) -> list[tuple[str, str]]:
        """Return the items of the legend."""
        return self.legend("low", "best", "band")

    def draw_row(self, scale: Scale, row: RangeRow, tint: Tint) -> None:
        """Draw the name and the days beside the bar, or above it where there is no room."""
        canvas = scale.canvas
        canvas.y += 14
        indent = 0.0 if canvas.wide else 6.0
        if row.phase:
            canvas.phase(canvas.box(indent, canvas.y - 8.5, 18, 9), row.phase, tint)
            indent += 24.0
        canvas.label(indent, canvas.y, row.label, _NAME)
        if not canvas.wide:
            canvas.label(canvas.width, canvas.y, row.value, FIGURE)
        room = scale.offset - 12 - indent if canvas.wide else canvas.width - indent
        for line in wrap(row.days, 10, room):
            canvas.y += 12.5
            canvas.label(indent, canvas.y, line, _DAYS)
        y = canvas.y - 14.5 if canvas.wide else canvas.y + 6
        draw_range(scale, row.range, y, 12.0, tint)
        if canvas.wide:
            figure = Label(TEXT, INK, 700, "start", PAPER)
            canvas.label(scale.along(row.range.high) + 8, y + 10, row.value, figure)
        canvas.y = max(canvas.y, y + 12) + 8


# -- ratios ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RatioChart(RowChart[RatioRow]):
    """Dots and intervals on a scale where half and double lie equally far from no change."""

    tight = 1

    def scale(self, canvas: Canvas) -> tuple[Scale, list[float]]:
        """Return a scale of powers of 2 that reaches equally far on both sides of 1."""
        given = (
            (found.low, found.high)
            for group in self.groups
            for row in group.rows
            for found in (row.relative, row.alone)
            if found is not None
        )
        reach = reach_of(given, 5)
        start = canvas.width * 0.34 if canvas.wide else 6.0
        end = canvas.width - (self.room_for_values() + 18 if canvas.wide else 6.0)
        power = round(math.log2(reach))
        ticks = [2.0**n for n in range(-power, power + 1)]
        return Scale(canvas, start, end - start, 1 / reach, reach, log=True), ticks

    def draw_ticks(self, canvas: Canvas, scale: Scale, ticks: list[float]) -> None:
        """Say which way is more, and put the numbers of the scale below."""
        canvas.y += 12
        self._direction(scale)
        canvas.y += 16
        middle = len(ticks) // 2
        for n, tick in enumerate(ticks):
            if len(ticks) > 9 and not canvas.wide and (n - middle) % 2:
                continue  # a phone has no room for all
            to = "middle" if canvas.wide else towards(tick, ticks)
            canvas.label(scale.along(tick), canvas.y, self.number(tick), Label(to=to))
        canvas.y += 6

    def _direction(self, scale: Scale) -> None:
        """Say beside the middle which way is less and which is more."""
        canvas, one = scale.canvas, scale.along(1)
        canvas.label(one, canvas.y, self.say("same"), Label(fill=INK, weight=700, to="middle"))
        off = measure(self.say("same"), SMALL, 700) / 2 + 14
        for sign, key, to in ((-1, "fewer", "end"), (1, "more", "start")):
            along = one + sign * off
            canvas.label(along + sign * 14, canvas.y, self.say(key), Label(to=to))
            x, tip = canvas.x(along), canvas.x(along + sign * 9)
            back = (x - tip) / 9 * 3.4
            arrow = f"M{short(x)} {short(canvas.y - 3.6)}H{short(tip)}m{short(back)} -3"
            arrow += f"l{short(-back)} 3l{short(back)} 3"
            canvas.drawing.path(arrow, fill="none", stroke=INK_2, stroke_width=1.1)

    def grid_line(self, tick: float) -> dict[str, Any]:
        """Return a firm line where nothing changes."""
        return {"stroke": INK, "stroke_width": 1.1, "class_": "one"} if tick == 1 else {}

    def items(self) -> list[tuple[str, str]]:
        """Return the items of the legend."""
        relative, alone = self.legend("relative", "alone")
        return [relative, ("band", self.say("outer")), alone]

    def draw_row(self, scale: Scale, row: RatioRow, tint: Tint) -> None:
        """Draw the name and the days beside the interval, or above it where there is no room."""
        canvas = scale.canvas
        drawn = row.relative is not None or row.alone is not None
        begun = canvas.y
        room = scale.offset - 12 if canvas.wide and (drawn or row.missing) else canvas.width
        beside = 0.0 if canvas.wide or not row.value else measure(row.value, TEXT, 700) + 8
        for line in wrap(row.label, TEXT, room - beside):
            canvas.y += 14
            canvas.label(0, canvas.y, line, _NAME)
        if beside:
            canvas.label(canvas.width, begun + 14, row.value, FIGURE)
        for line in wrap(row.days, 10, room):
            canvas.y += 13
            canvas.label(0, canvas.y, line, _DAYS)
        y = (begun + canvas.y + 5) / 2 if canvas.wide else canvas.y + 14
        if drawn:
            self._marks(scale, row, tint, y)
            canvas.y = max(canvas.y, y + 12)
        if row.relative is None:
            self._missing(scale, row.missing, y + (18 if drawn else 3.6))
        if canvas.wide and row.value:
            canvas.label(canvas.width, y + 4, row.value, FIGURE)
        canvas.y += 8
        canvas.rule()

    def _marks(self, scale: Scale, row: RatioRow, tint: Tint, y: float) -> None:
        canvas = scale.canvas
        if row.outer is not None:
            canvas.possible(scale.box(*row.outer, y - 7, 14), tint, class_="outer")
        if row.alone is not None:
            ratio, low, high = row.alone
            below = y + 12
            look = {"stroke": INK_2, "stroke_width": 1.2, "class_": "alone"}
            canvas.across(scale.x(low), below, to_x=scale.x(high), **look)
            if scale.holds(ratio):
                canvas.dot(scale.x(ratio), below, 3.0, INK_2, hollow=True)
            scale.open_ends(low, high, below, INK_2)
        if row.relative is not None:
            draw_ratio(scale, row.relative, y, tint, size=4.4)

    def _missing(self, scale: Scale, text: str, y: float) -> None:
        """Say in place of an interval why there is none."""
        canvas = scale.canvas
        for line in wrap(text, SMALL, scale.length - 8) if text else ():
            canvas.label(scale.offset + 4, y, line, Label(halo=PAPER))
            canvas.y = max(canvas.y, y + 4)
            y += 13
