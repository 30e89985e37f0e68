"""Charts of a report: doubt drawn as on the map, time as the score, from one description each.

What is surely so is a plain tint, the best figure a firm line, what is possible hatching between
them; phases are outlined while declared, solid while arranged, hatched while contested. A chart
is drawn for any width and from either side, so that a phone, a page and print have each their own.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from maps.print.column import Column
from maps.print.drawing import Box, Drawing, Text
from maps.print.lettering import measure, wrap
from maps.style import TOKENS, Tint

_TINT = 0.32  # of the colour, over what is surely so: as on the map
_GROUND = 0.1  # of the colour, under hatching: a narrow bar may lie between two of its lines
_SMALL, _TEXT = 10.5, 11.5
_INK, _INK_2, _RULE = TOKENS["ink"], TOKENS["ink-2"], TOKENS["rule"]
_WIDE = 560  # units from which labels stand beside what they label, not above
_TALL = 4_000.0  # of a sheet before it is cut below its last line


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What every chart has.

    Attributes
    ----------
    key
        Its name among the charts of a report, in letters that a file's name may have.
    title, unit, notes, source
        What it shows; what its numbers are; what else has to be known; and where they come from.
    about
        What it shows, for whoever cannot see it.
    language, words
        The language of its texts, and that language's words.
    """

    key: str
    title: str
    unit: str
    about: str
    source: str
    language: str
    words: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    @property
    def rtl(self) -> bool:
        """Whether it is read, and time runs, from right to left."""
        return bool(self.words["direction"] == "rtl")

    def say(self, key: str) -> str:
        """Return a word of the charts."""
        return str(self.words["report"]["chart"][key])

    def draw(self, width: float, *, framed: bool) -> Drawing:
        """Return the chart at a width; framed, it stands alone: with title, unit and source."""
        margin = 22.0 if framed else 0.0
        page = Column(
            Drawing(width, _TALL), rtl=self.rtl, offset=margin, width=width - 2 * margin, y=margin
        )
        if framed:
            page.say(self.title, 17, _INK, weight=700, lead=1.15)
            page.say(self.unit, 12, _INK_2, lead=1.45)
            page.y += 12
        pens = _Pens(page.drawing, f"{self.key}-{self.language}-{round(width)}")
        self._body(page, pens)
        if framed:
            page.y += 6
            for note in self.notes:
                page.say(note, 9.5, _INK_2, lead=1.4)
            page.say(self.source, 9.5, _INK_2, lead=1.4)
        return page.finish(margin, paper=framed)

    def svg(self, width: float, *, framed: bool) -> str:
        """Return the chart as SVG, framed as a document or to stand in a page."""
        drawing = self.draw(width, framed=framed)
        return drawing.svg(title=self.title, about=self.about, language=self.language)

    def least_width(self, wanted: float) -> float:
        """Return how wide it has to be at least, to be read, where so much is wanted."""
        return wanted

    def _body(self, page: Column, pens: _Pens) -> None:
        raise NotImplementedError


class _Pens:
    """The hatchings of one drawing, each defined once, under a name of that drawing alone."""

    def __init__(self, drawing: Drawing, prefix: str) -> None:
        self.drawing = drawing
        self.prefix = prefix
        self._known: dict[tuple[Tint, float], str] = {}

    def hatch(self, look: Tint, gap: float = 4.2) -> str:
        key = (look, gap)
        if key not in self._known:
            name = f"{self.prefix}-{len(self._known)}"
            self._known[key] = self.drawing.hatch(name, look.colour, look.angle, gap, 1.0)
        return self._known[key]


# -- scales ---------------------------------------------------------------------------------


def _nice(top: float, most: int) -> list[float]:
    """Return round numbers from 0 to at least `top`, at most so many steps."""
    if top <= 0:
        return [0.0, 1.0]
    rough = top / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= rough * 0.999)
    if power >= 1 or step >= 1:
        step = max(step, 1.0) if step == round(step) else math.ceil(step)
    count = math.ceil(top / step - 1e-9)
    return [step * n for n in range(count + 1)]


@dataclass(frozen=True)
class _Scale:
    """Values along the reading direction of a column, from an offset over a length."""

    page: Column
    offset: float
    length: float
    low: float
    high: float
    log: bool = False

    def along(self, value: float) -> float:
        """Return the offset of a value, held within the scale."""
        low, high = self.low, self.high
        value = min(max(value, low), high)
        if self.log:
            value, low, high = math.log(value), math.log(low), math.log(high)
        return self.offset + self.length * (value - low) / ((high - low) or 1.0)

    def x(self, value: float) -> float:
        return self.page.x(self.along(value))

    def box(self, low: float, high: float, y: float, height: float) -> Box:
        start, end = self.along(low), self.along(high)
        return self.page.box(start, y, end - start, height)


def _rect(drawing: Drawing, box: Box, **values: Any) -> None:
    drawing.add("rect", x=box.x, y=box.y, width=box.width, height=box.height, **values)


def _rule(drawing: Drawing, x: float, y: float, *, to_x: float, **values: Any) -> None:
    data = f"M{_n(x)} {_n(y)}H{_n(to_x)}"
    drawing.path(data, **{"stroke": _RULE, "stroke_width": 0.8, **values})


def _pole(drawing: Drawing, x: float, y: float, *, to_y: float, **values: Any) -> None:
    data = f"M{_n(x)} {_n(y)}V{_n(to_y)}"
    drawing.path(data, **{"stroke": _RULE, "stroke_width": 0.8, **values})


def _n(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _put(
    page: Column,
    offset: float,
    y: float,
    content: str,
    *,
    size: float = _SMALL,
    fill: str = _INK_2,
    weight: int = 400,
    to: str = "start",
    halo: str | None = None,
) -> None:
    """Put a line that starts, is centred or ends (`to`) at an offset along the reading."""
    anchor = {"start": "left", "middle": "middle", "end": "right"}[to]
    if page.rtl and anchor != "middle":
        anchor = "right" if anchor == "left" else "left"
    page.drawing.text(Text(page.x(offset), y, content, size, fill, weight, anchor, page.rtl, halo))


def _towards(tick: float, ticks: Sequence[float]) -> str:
    """Return where a tick's label goes from it, so that none leaves the chart."""
    return "start" if tick == ticks[0] else "end" if tick == ticks[-1] else "middle"


def _figure(page: Column, offset: float, y: float, content: str, *, to: str) -> None:
    """Put the number that a row comes to."""
    rim = TOKENS["paper"]
    _put(page, offset, y, content, size=_TEXT, fill=_INK, weight=700, to=to, halo=rim)


# -- phases and doubt -----------------------------------------------------------------------


@dataclass(frozen=True)
class Spell:
    """A phase of a lane, from its first day until the first day after it."""

    phase: str
    start: dt.date
    stop: dt.date


@dataclass(frozen=True)
class Lane:
    """A zone's line of the score."""

    name: str
    look: Tint
    spells: tuple[Spell, ...]


@dataclass(frozen=True)
class Mark:
    """A day with a short label."""

    day: dt.date
    label: str


def _phase(drawing: Drawing, pens: _Pens, box: Box, phase: str, look: Tint) -> None:
    """Draw a phase of the score: outlined, solid, hatched; nothing for none."""
    if phase == "declared":
        inner = box.grown(-0.6)
        look_ = {"fill": TOKENS["paper"], "stroke": look.colour, "stroke_width": 1.2}
        _rect(drawing, inner, rx=1.5, class_="declared", **look_)
    elif phase == "arranged":
        _rect(drawing, box, rx=1.5, class_="arranged", fill=look.colour)
    elif phase == "contested":
        _rect(drawing, box, fill=TOKENS["paper"])
        _rect(drawing, box, fill=look.colour, fill_opacity=0.14)
        _rect(drawing, box, class_="contested", fill=pens.hatch(look, 3.4))


def _sample(drawing: Drawing, pens: _Pens, box: Box, kind: str, look: Tint) -> None:
    """Draw the sample of a legend."""
    middle = box.y + box.height / 2
    if kind == "low":
        _rect(drawing, box, fill=look.colour, fill_opacity=_TINT)
    elif kind == "band":
        _rect(drawing, box, fill=look.colour, fill_opacity=_GROUND)
        _rect(drawing, box, fill=pens.hatch(look))
    elif kind == "best":
        _rule(drawing, box.x, middle, to_x=box.right, stroke=look.colour, stroke_width=2.0)
    elif kind == "partial":
        dashed = {"stroke": look.colour, "stroke_width": 2.0, "stroke_dasharray": "3 2.2"}
        _rule(drawing, box.x, middle, to_x=box.right, **dashed)
    elif kind == "mark":
        _pole(drawing, box.x + box.width / 2, box.y - 1, to_y=box.bottom + 1, **_EVENT)
    elif kind == "round":
        x = box.x + box.width / 2
        _pole(drawing, x, box.y + 1, to_y=box.bottom - 1, stroke=_INK_2, stroke_width=1.0)
    elif kind == "alone":
        _rule(drawing, box.x, middle, to_x=box.right, stroke=_INK_2, stroke_width=1.2)
        _dot(drawing, box.x + box.width / 2, middle, 3.0, _INK_2, hollow=True)
    elif kind == "relative":
        _rule(drawing, box.x, middle, to_x=box.right, stroke=look.colour, stroke_width=2.4)
        _dot(drawing, box.x + box.width / 2, middle, 4.0, look.colour)
    elif kind == "asked":
        _pole(drawing, box.x + box.width / 2, box.y - 1, to_y=box.bottom + 1, **_EVENT)
    else:
        _phase(drawing, pens, box, kind, look)


_EVENT: dict[str, Any] = {"stroke": _INK, "stroke_width": 1.0, "stroke_dasharray": "2.5 2.5"}


def _dot(
    drawing: Drawing, x: float, y: float, radius: float, colour: str, *, hollow: bool = False
) -> None:
    fill = TOKENS["paper"] if hollow else colour
    drawing.add("circle", cx=x, cy=y, r=radius, fill=fill, stroke=colour, stroke_width=1.4)


def _legend(page: Column, pens: _Pens, items: Iterable[tuple[str, str]], look: Tint) -> None:
    """Draw samples with their words in rows, as many a row as fit."""
    offset, wide, tall = 0.0, 22.0, 9.0
    page.y += 12
    for kind, content in items:
        lines = wrap(content, _SMALL, page.width - wide - 6)
        width = wide + 6 + max(measure(line, _SMALL) for line in lines)
        if offset and offset + width > page.width:
            page.y += 17
            offset = 0.0
        _sample(page.drawing, pens, page.box(offset, page.y - tall, wide, tall), kind, look)
        _put(page, offset + wide + 6, page.y - 0.8, lines[0])
        for line in lines[1:]:
            page.y += 13
            _put(page, offset + wide + 6, page.y - 0.8, line)
        offset += width + 14
    page.y += 6


def _heading(page: Column, name: str, look: Tint) -> None:
    """Put the name of what stands below it, beside a swatch of its colour."""
    page.y += 16
    _rect(page.drawing, page.box(0, page.y - 9, 9, 9), fill=look.colour, rx=1.5)
    _put(page, 15, page.y, name, size=13, fill=look.ink, weight=700)


# -- weeks ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TimeChart(Chart):
    """Counts by week as steps, below the phases and the rounds of talks.

    Attributes
    ----------
    starts, stop
        First day of each step, and the first day after the last.
    low, best, high
        The three counts of each step; none below 0.
    partial
        Which steps the file covers in part only.
    look
        Of the area.
    lanes, rounds, events
        What is marked: the score above, ticks on it, and lines through the counts.
    number
        How a value on the axis is written.
    """

    starts: tuple[dt.date, ...]
    stop: dt.date
    low: tuple[float, ...]
    best: tuple[float, ...]
    high: tuple[float, ...]
    partial: tuple[bool, ...]
    look: Tint
    lanes: tuple[Lane, ...]
    rounds: tuple[Mark, ...]
    events: tuple[Mark, ...]
    number: Callable[[float], str]

    def least_width(self, wanted: float) -> float:
        """Return how wide it has to be for a step to be seen."""
        return max(wanted, 40 + 1.6 * len(self.starts))

    def _body(self, page: Column, pens: _Pens) -> None:
        drawing = page.drawing
        tall = 170.0 if page.width >= _WIDE else 132.0
        most = max(self.high, default=0.0)
        ticks = [tick for tick in _nice(most, 4) if tick <= most * 1.02]
        labels = [self.number(tick) for tick in ticks]
        gutter = max(measure(label, _SMALL) for label in labels) + 8
        first = self.starts[0].toordinal()
        time = _Scale(page, gutter, page.width - gutter - 2, first, self.stop.toordinal())

        top = page.y
        self._rounds(page, time)
        self._lanes(page, pens, time)
        page.y += 10
        floor = page.y + tall

        def level(value: float) -> float:
            return floor - tall * value / (most or 1.0)

        start, end = page.x(gutter), page.x(page.width)
        for tick, label in zip(ticks, labels, strict=True):
            if tick:
                _rule(drawing, start, level(tick), to_x=end)
            _put(page, gutter - 6, level(tick) + 3.6, label, to="end")
        self._steps(drawing, pens, time, level)
        _rule(drawing, start, floor, to_x=end, stroke=_INK, stroke_width=1.0)
        for event in self.events:
            if first < event.day.toordinal() < self.stop.toordinal():
                x = time.x(event.day.toordinal())
                _pole(drawing, x, top + 12, to_y=floor, class_="event", **_EVENT)
        page.y = floor
        self._calendar(page, time)
        self._explain(page, pens, named=self._named(page, time))

    def _rounds(self, page: Column, time: _Scale) -> None:
        page.y += 11
        edge = -math.inf
        for mark in self.rounds:
            if not self.starts[0] <= mark.day < self.stop:
                continue
            along = time.along(mark.day.toordinal())
            half = measure(mark.label, 9.5) / 2
            if mark.label and along - half > edge + 3:
                _put(page, along, page.y - 3, mark.label, size=9.5, to="middle")
                edge = along + half
            x = page.x(along)
            tick = {"stroke": _INK_2, "stroke_width": 1.0, "class_": "round"}
            _pole(page.drawing, x, page.y, to_y=page.y + 5, **tick)
        page.y += 7

    def _lanes(self, page: Column, pens: _Pens, time: _Scale) -> None:
        single = len(self.lanes) == 1
        tall = 12.0 if single else 9.0
        for lane in self.lanes:
            spells = self._spells(lane)
            for phase, start, stop in spells:
                box = time.box(start.toordinal(), stop.toordinal(), page.y, tall)
                _phase(page.drawing, pens, box, phase, lane.look)
            if not single:
                self._name(page, time, lane, spells, tall)
            elif self._named(page, time):
                for along, word in self._labels(time, page.width):
                    y = page.y + tall + 11
                    _put(page, along, y, word, size=9.5, fill=lane.look.ink)
                page.y += 11
            page.y += tall + 4

    def _spells(self, lane: Lane) -> list[tuple[str, dt.date, dt.date]]:
        """Return the phases of a lane within the steps."""
        return [
            (s.phase, max(s.start, self.starts[0]), min(s.stop, self.stop))
            for s in lane.spells
            if s.start < self.stop and s.stop > self.starts[0]
        ]

    def _named(self, page: Column, time: _Scale) -> bool:
        """Tell whether each phase of a single lane has room for its name below it."""
        return len(self.lanes) == 1 and len(self._labels(time, page.width)) == len(
            self._spells(self.lanes[0])
        )

    def _labels(self, time: _Scale, width: float) -> list[tuple[float, str]]:
        """Return where the names of the phases of a single lane go, as far as there is room."""
        found: list[tuple[float, str]] = []
        edge = 0.0
        spells = self._spells(self.lanes[0])
        for phase, start, stop in spells:
            word = str(self.words["phase"][phase])
            wide = measure(word, 9.5)
            end = width if stop == spells[-1][2] else time.along(stop.toordinal())
            along = min(time.along(start.toordinal()) + 3, end - wide)
            if along < edge or (end < width and along < time.along(start.toordinal())):
                return found
            found.append((along, word))
            edge = along + wide + 6
        return found

    def _name(
        self,
        page: Column,
        time: _Scale,
        lane: Lane,
        spells: Sequence[tuple[str, dt.date, dt.date]],
        tall: float,
    ) -> None:
        """Put a lane's name where no bar is, or over one with a rim where there is no room."""
        wide = measure(lane.name, 9.5, 700)
        begin = time.along(spells[0][1].toordinal()) if spells else page.width
        end = time.along(spells[-1][2].toordinal()) if spells else 0.0
        y = page.y + tall - 0.8
        look: dict[str, Any] = {"size": 9.5, "fill": lane.look.ink, "weight": 700}
        if begin - time.offset >= wide + 6:
            _put(page, begin - 6, y, lane.name, to="end", **look)
        elif page.width - end >= wide + 6:
            _put(page, end + 6, y, lane.name, **look)
        else:
            _put(page, begin + 4, y, lane.name, halo=TOKENS["paper"], **look)

    def _steps(
        self, drawing: Drawing, pens: _Pens, time: _Scale, level: Callable[[float], float]
    ) -> None:
        days = [*(start.toordinal() for start in self.starts), self.stop.toordinal()]
        edges = [time.x(day) for day in days]
        ground = [0.0] * len(self.starts)
        colour = self.look.colour
        low = _between(edges, [level(v) for v in ground], [level(v) for v in self.low])
        drawing.path(low, class_="low", fill=colour, fill_opacity=_TINT)
        band = _between(edges, [level(v) for v in self.low], [level(v) for v in self.high])
        drawing.path(band, fill=colour, fill_opacity=_GROUND)
        drawing.path(band, class_="band", fill=pens.hatch(self.look))
        heights = [level(v) for v in self.best]
        stroke: dict[str, Any] = {"fill": "none", "stroke": colour, "stroke_width": 1.6}
        whole = [not part for part in self.partial]
        every = _outline(edges, heights, [True] * len(heights))
        rim = {**stroke, "stroke": TOKENS["paper"], "stroke_width": 3.4, "stroke_opacity": 0.75}
        drawing.path(every, **rim)  # hatching may run along the line
        drawing.path(_outline(edges, heights, whole), class_="best", **stroke)
        dashed = _outline(edges, heights, self.partial)
        drawing.path(dashed, class_="best partial", stroke_dasharray="3 2.2", **stroke)

    def _calendar(self, page: Column, time: _Scale) -> None:
        """Label months, as many as there is room for, and years below them."""
        first, stop = self.starts[0], self.stop
        months = [str(month) for month in self.words["months_alone"]]
        a_month = time.length / max((stop - first).days, 1) * 30.4
        step = next(
            (
                n
                for n in (1, 2, 3, 6)
                if all(measure(month, 10) + 6 <= a_month * n for month in months[::n])
            ),
            12,
        )
        y = page.y
        edge = 0.0
        for day in _months(first, stop):
            x = time.x(day.toordinal())
            named = (day.month - 1) % step == 0
            length = 9.0 if day.month == 1 else 6.0 if named else 3.0
            _pole(page.drawing, x, y, to_y=y + length, stroke=_INK_2)
            along = time.along(day.toordinal())
            wide = measure(months[day.month - 1], 10)
            if named and step < 12 and along + 3 + wide <= page.width and along > edge:
                _put(page, along + 3, y + 13, months[day.month - 1], size=10)
                edge = along + 3 + wide
        row = y + (27 if step < 12 else 14)
        edge = 0.0
        for year in range(first.year, stop.year + 1):
            day = max(dt.date(year, 1, 1), first)
            if day >= stop:
                continue
            along = time.along(day.toordinal())
            wide = measure(str(year), 10.5, 700)
            end = time.along(min(dt.date(year + 1, 1, 1), stop).toordinal())
            if max(along, edge) + 3 + wide <= max(end, along + 3):
                _put(page, along + 3, row, str(year), size=10.5, fill=_INK, weight=700)
                edge = along + wide + 9
        page.y = row + 6

    def _explain(self, page: Column, pens: _Pens, *, named: bool) -> None:
        found = {phase for lane in self.lanes for phase, _, _ in self._spells(lane)}
        items = [("low", self.say("sure")), ("best", self.say("best")), ("band", self.say("band"))]
        if any(self.partial):
            items.append(("partial", self.say("partial")))
        if not named:
            items += [
                (phase, str(self.words["phase"][phase]))
                for phase in ("declared", "arranged", "contested")
                if phase in found
            ]
        if any(self.starts[0] <= mark.day < self.stop for mark in self.rounds):
            items.append(("round", self.say("rounds")))
        if any(self.starts[0] < mark.day < self.stop for mark in self.events):
            items.append(("mark", self.say("events")))
        _legend(page, pens, items, self.look)


def _months(first: dt.date, stop: dt.date) -> Iterator[dt.date]:
    day = first.replace(day=1)
    while day < stop:
        if day >= first:
            yield day
        day += dt.timedelta(days=calendar.monthrange(day.year, day.month)[1])


def _between(edges: Sequence[float], lower: Sequence[float], upper: Sequence[float]) -> str:
    """Return rectangles between two levels of each step, left out where there is nothing."""
    return "".join(
        f"M{_n(edges[i])} {_n(down)}V{_n(up)}H{_n(edges[i + 1])}V{_n(down)}Z"
        for i, (down, up) in enumerate(zip(lower, upper, strict=True))
        if _n(down) != _n(up)
    )


def _outline(edges: Sequence[float], heights: Sequence[float], drawn: Sequence[bool]) -> str:
    """Return the line along the tops of the steps that are drawn."""
    parts: list[str] = []
    going = False
    for i, height in enumerate(heights):
        if drawn[i]:
            parts.append(f"V{_n(height)}" if going else f"M{_n(edges[i])} {_n(height)}")
            parts.append(f"H{_n(edges[i + 1])}")
        going = drawn[i]
    return "".join(parts)


# -- ratios ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A ratio before and after: the zone's by the rest's, and the zone's alone.

    `relative` and `alone` are ratio, low, high, or None where there is none; `outer` is the
    lowest and highest end over all ways of counting; `value` is said beside it; `missing` says
    why there is no interval.
    """

    label: str
    days: str
    relative: tuple[float, float, float] | None
    outer: tuple[float, float] | None
    alone: tuple[float, float, float] | None
    value: str
    missing: str


@dataclass(frozen=True)
class IntervalGroup:
    """The intervals of one area."""

    name: str
    look: Tint
    rows: tuple[Interval, ...]


@dataclass(frozen=True, kw_only=True)
class IntervalChart(Chart):
    """Dots and intervals on a scale where half and double lie equally far from no change."""

    groups: tuple[IntervalGroup, ...]
    number: Callable[[float], str]

    def _body(self, page: Column, pens: _Pens) -> None:
        drawing = page.drawing
        wide = page.width >= _WIDE
        rows = [row for group in self.groups for row in group.rows]
        reach = _reach(rows)
        start = page.width * 0.34 if wide else 6.0
        values = max((measure(row.value, _TEXT, 700) for row in rows), default=0.0) + 18
        end = page.width - (values if wide else 6.0)
        scale = _Scale(page, start, end - start, 1 / reach, reach, log=True)
        ticks = [2.0**n for n in range(-round(math.log2(reach)), round(math.log2(reach)) + 1)]

        page.y += 12
        self._direction(page, scale)
        page.y += 16
        middle = len(ticks) // 2
        for n, tick in enumerate(ticks):
            if len(ticks) > 9 and not wide and (n - middle) % 2:
                continue  # a phone has no room for all
            to = "middle" if wide else _towards(tick, ticks)
            _put(page, scale.along(tick), page.y, self.number(tick), to=to)
        page.y += 6
        top = page.y
        mark = len(drawing.shapes)
        for group in self.groups:
            _heading(page, group.name, group.look)
            page.y += 4
            for row in group.rows:
                self._row(page, pens, scale, row, group.look, wide=wide)
            page.y += 4
        under = Drawing(drawing.width, drawing.height)
        for tick in ticks:
            one: dict[str, Any] = {"stroke": _INK, "stroke_width": 1.1, "class_": "one"}
            stroke = one if tick == 1 else {}
            _pole(under, scale.x(tick), top, to_y=page.y, **stroke)
        drawing.shapes[mark:mark] = under.shapes
        look = self.groups[0].look
        items = [
            ("relative", self.say("relative")),
            ("band", self.say("outer")),
            ("alone", self.say("alone")),
        ]
        _legend(page, pens, items, look)

    def _direction(self, page: Column, scale: _Scale) -> None:
        """Say beside the middle which way is less and which is more."""
        one = scale.along(1)
        _put(page, one, page.y, self.say("same"), to="middle", fill=_INK, weight=700)
        off = measure(self.say("same"), _SMALL, 700) / 2 + 14
        for sign, key, to in ((-1, "fewer", "end"), (1, "more", "start")):
            along = one + sign * off
            _put(page, along + sign * 14, page.y, self.say(key), to=to)
            x, tip = page.x(along), page.x(along + sign * 9)
            back = (x - tip) / 9 * 3.4
            y = page.y - 3.6
            data = f"M{_n(x)} {_n(y)}H{_n(tip)}m{_n(back)} -3l{_n(-back)} 3l{_n(back)} 3"
            page.drawing.path(data, fill="none", stroke=_INK_2, stroke_width=1.1)

    def _row(
        self,
        page: Column,
        pens: _Pens,
        scale: _Scale,
        row: Interval,
        look: Tint,
        *,
        wide: bool,
    ) -> None:
        drawn = row.relative is not None or row.alone is not None
        empty = not drawn and not row.missing
        begun = page.y
        room = page.width if empty or not wide else scale.offset - 12
        beside = 0.0 if wide or not row.value else measure(row.value, _TEXT, 700) + 8
        rim = TOKENS["paper"]  # grid lines run behind
        for line in wrap(row.label, _TEXT, room - beside):
            page.y += 14
            _put(page, 0, page.y, line, size=_TEXT, fill=_INK, halo=rim)
        if beside:
            _figure(page, page.width, begun + 14, row.value, to="end")
        for line in wrap(row.days, 10, room):
            page.y += 13
            _put(page, 0, page.y, line, size=10, halo=rim)
        middle = (begun + page.y + 5) / 2 if wide else page.y + 14
        if drawn:
            self._marks(page, pens, scale, row, look, middle)
            page.y = max(page.y, middle + 12)
        if row.missing and row.relative is None:
            y = middle + (18 if drawn else 3.6)
            for line in wrap(row.missing, _SMALL, scale.length - 8):
                _put(page, scale.offset + 4, y, line, halo=TOKENS["paper"])
                page.y = max(page.y, y + 4)
                y += 13
        if wide and row.value:
            _figure(page, page.width, middle + 4, row.value, to="end")
        page.y += 8
        page.rule()

    def _marks(
        self, page: Column, pens: _Pens, scale: _Scale, row: Interval, look: Tint, y: float
    ) -> None:
        drawing = page.drawing
        if row.outer is not None:
            box = scale.box(row.outer[0], row.outer[1], y - 7, 14)
            _rect(drawing, box, fill=look.colour, fill_opacity=_GROUND)
            _rect(drawing, box, class_="outer", fill=pens.hatch(look))
        if row.alone is not None:
            ratio, low, high = row.alone
            below = y + 12
            stroke = {"stroke": _INK_2, "stroke_width": 1.2, "class_": "alone"}
            _rule(drawing, scale.x(low), below, to_x=scale.x(high), **stroke)
            if scale.low <= ratio <= scale.high:
                _dot(drawing, scale.x(ratio), below, 3.0, _INK_2, hollow=True)
            _open_ends(drawing, scale, low, high, below, _INK_2)
        if row.relative is not None:
            ratio, low, high = row.relative
            stroke = {"stroke": look.colour, "stroke_width": 2.4, "class_": "relative"}
            _rule(drawing, scale.x(low), y, to_x=scale.x(high), **stroke)
            if scale.low <= ratio <= scale.high:
                _dot(drawing, scale.x(ratio), y, 4.4, look.colour)
            _open_ends(drawing, scale, low, high, y, look.colour)


def _open_ends(
    drawing: Drawing, scale: _Scale, low: float, high: float, y: float, colour: str
) -> None:
    """Draw a tip where an interval goes on beyond the scale."""
    for value, end, back in ((low, scale.low, 5.0), (high, scale.high, -5.0)):
        if (value < end) if back > 0 else (value > end):
            x = scale.x(end)
            side = -back if scale.page.rtl else back
            data = f"M{_n(x + side)} {_n(y - 4)}L{_n(x)} {_n(y)}L{_n(x + side)} {_n(y + 4)}"
            drawing.path(data, fill="none", stroke=colour, stroke_width=1.6, class_="beyond")


def _reach(rows: Iterable[Interval]) -> float:
    """Return how many times more or less the scale has to hold: 4 to 32, a power of 2."""
    given = (three for row in rows for three in (row.relative, row.alone) if three is not None)
    return _power(((low, high) for _, low, high in given), 5)


def _power(intervals: Iterable[tuple[float, float]], most: int) -> float:
    """Return the power of 2, of 4 at least, that holds the ends of intervals which are finite."""
    ends = [end for low, high in intervals for end in (low, high) if 0 < end < math.inf]
    wanted = max((abs(math.log2(end)) for end in ends), default=2.0)
    return 2.0 ** min(max(math.ceil(wanted), 2), most)


# -- ranges in rows -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RangeRow:
    """Low, best and high of one row, a sample of a phase before it, and what is said of it."""

    label: str
    days: str
    phase: str
    low: float
    best: float
    high: float
    value: str


@dataclass(frozen=True)
class RangeGroup:
    """The rows of one area."""

    name: str
    look: Tint
    rows: tuple[RangeRow, ...]


@dataclass(frozen=True, kw_only=True)
class RangeChart(Chart):
    """Horizontal bars from 0, all on one scale."""

    groups: tuple[RangeGroup, ...]
    number: Callable[[float], str]

    def _body(self, page: Column, pens: _Pens) -> None:
        drawing = page.drawing
        wide = page.width >= _WIDE
        rows = [row for group in self.groups for row in group.rows]
        values = max((measure(row.value, _TEXT, 700) for row in rows), default=0.0) + 16
        start = page.width * 0.34 if wide else 0.0
        length = page.width - start - (values if wide else 4.0)
        ticks = _nice(max((row.high for row in rows), default=0.0), 6 if wide else 4)
        scale = _Scale(page, start, length, 0.0, ticks[-1])
        page.y += 11
        for tick in ticks:
            to = "middle" if wide else _towards(tick, ticks)
            _put(page, scale.along(tick), page.y, self.number(tick), to=to)
        page.y += 5
        top, mark = page.y, len(drawing.shapes)
        for group in self.groups:
            _heading(page, group.name, group.look)
            page.y += 5
            for row in group.rows:
                self._row(page, pens, scale, row, group.look, wide=wide)
        under = Drawing(drawing.width, drawing.height)
        for tick in ticks:
            stroke: dict[str, Any] = {} if tick else {"stroke": _INK, "stroke_width": 1.0}
            _pole(under, scale.x(tick), top, to_y=page.y, **stroke)
        drawing.shapes[mark:mark] = under.shapes
        items = [("low", self.say("sure")), ("best", self.say("best")), ("band", self.say("band"))]
        _legend(page, pens, items, self.groups[0].look)

    def _row(
        self,
        page: Column,
        pens: _Pens,
        scale: _Scale,
        row: RangeRow,
        look: Tint,
        *,
        wide: bool,
    ) -> None:
        drawing = page.drawing
        page.y += 14
        indent = 0.0 if wide else 6.0
        if row.phase:
            _phase(drawing, pens, page.box(indent, page.y - 8.5, 18, 9), row.phase, look)
            indent += 24.0
        rim = TOKENS["paper"]  # grid lines run behind
        _put(page, indent, page.y, row.label, size=_TEXT, fill=_INK, halo=rim)
        if not wide:
            _figure(page, page.width, page.y, row.value, to="end")
        room = scale.offset - 12 - indent if wide else page.width - indent
        for line in wrap(row.days, 10, room):
            page.y += 12.5
            _put(page, indent, page.y, line, size=10, halo=rim)
        y = page.y - 14.5 if wide else page.y + 6
        _range(drawing, pens, scale, row.low, row.best, row.high, y, 12.0, look)
        if wide:
            _figure(page, scale.along(row.high) + 8, y + 10, row.value, to="start")
        page.y = max(page.y, y + 12) + 8


def _range(
    drawing: Drawing,
    pens: _Pens,
    scale: _Scale,
    low: float,
    best: float,
    high: float,
    y: float,
    tall: float,
    look: Tint,
) -> None:
    """Draw a bar: tinted to what is sure, hatched to what is possible, firm at the best figure."""
    if low > scale.low:
        box = scale.box(scale.low, low, y, tall)
        _rect(drawing, box, class_="low", fill=look.colour, fill_opacity=_TINT)
    if high > low:
        box = scale.box(low, high, y, tall)
        _rect(drawing, box, fill=look.colour, fill_opacity=_GROUND)
        _rect(drawing, box, class_="band", fill=pens.hatch(look))
    stroke = {"stroke": look.colour, "stroke_width": 2.6, "class_": "best"}
    _pole(drawing, scale.x(best), y - 2, to_y=y + tall + 2, **stroke)


# -- many small panels ----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One panel: low, best and high of each row; None where there are none."""

    name: str
    under: tuple[str, ...]
    look: Tint
    rows: tuple[tuple[float, float, float] | None, ...]


@dataclass(frozen=True, kw_only=True)
class MatrixChart(Chart):
    """The same rows in panels side by side; a line runs down from the first row's best figure.

    With `log`, panels are of ratios about 1, all on one scale; else each is from 0 on its own.
    """

    labels: tuple[str, ...]
    panels: tuple[Panel, ...]
    log: bool
    number: Callable[[float], str]

    def _body(self, page: Column, pens: _Pens) -> None:
        wide = page.width >= _WIDE
        room = max(measure(label, _SMALL) for label in self.labels) + 12
        room = room if wide else min(room, page.width * 0.42)
        most = max(int((page.width - room) // 140), 1) if wide else 1
        gap = 18.0
        rows = list(self._rows(most))
        across = max(len(row) for row in rows)
        length = (page.width - room - gap * (across - 1)) / across
        for row in rows:
            top = bottom = page.y
            for n, panel in enumerate(row):
                page.y = top
                offset = room + n * (length + gap)
                self._panel(page, pens, panel, offset, length, labelled=n == 0)
                bottom = max(bottom, page.y)
            page.y = bottom + 10
        items = [("low", self.say("sure")), ("best", self.say("best")), ("band", self.say("band"))]
        if self.log:
            items = [("relative", self.say("relative"))]
        _legend(page, pens, [*items, ("asked", self.say("asked"))], self.panels[0].look)

    def _rows(self, most: int) -> Iterator[tuple[Panel, ...]]:
        """Yield the panels in rows: those of one name together, else as evenly as may be."""
        runs = [tuple(run) for _, run in groupby(self.panels, key=lambda panel: panel.name)]
        if len(runs) == len(self.panels):
            runs = [self.panels]
        for run in runs:
            across = math.ceil(len(run) / math.ceil(len(run) / most))
            for first in range(0, len(run), across):
                yield run[first : first + across]

    def _panel(
        self,
        page: Column,
        pens: _Pens,
        panel: Panel,
        offset: float,
        length: float,
        *,
        labelled: bool,
    ) -> None:
        drawing = page.drawing
        found = [row for row in panel.rows if row is not None]
        page.y += 14
        for line in wrap(panel.name, _TEXT, length, 700, 1):
            page.put(offset, page.y, line, _TEXT, panel.look.ink, 700)
        for line in panel.under:
            page.y += 12.5
            page.put(offset, page.y, wrap(line, 10, length + 8, lines=1)[0], 10, _INK_2)
        if self.log:
            reach = _matrix_reach(self.panels)
            scale = _Scale(page, offset, length, 1 / reach, reach, log=True)
            ticks = [1 / reach, 1.0, reach]
        else:
            most = _nice(max((row[2] for row in found), default=0.0), 2)
            scale = _Scale(page, offset, length, 0.0, most[-1])
            ticks = most
        page.y += 15
        for tick in ticks:
            to = _towards(tick, ticks)
            _put(page, scale.along(tick), page.y, self.number(tick), size=9.5, to=to)
        page.y += 5
        # Where the names of the rows have little room, they break and the rows are taller.
        names = [
            wrap(label, _SMALL, offset - 8, lines=2) if labelled else [] for label in self.labels
        ]
        top, step = page.y, 27.0 if any(len(lines) > 1 for lines in names) else 16.0
        bottom = top + step * len(panel.rows)
        for tick in ticks:
            colour = _INK if self.log and tick == 1 else _RULE
            _pole(drawing, scale.x(tick), top, to_y=bottom, stroke=colour)
        asked = panel.rows[0] if panel.rows else None
        if asked is not None and scale.low <= asked[1] <= scale.high:
            _pole(drawing, scale.x(asked[1]), top, to_y=bottom, **_EVENT)
        for n, row in enumerate(panel.rows):
            middle = top + step * (n + 0.5)
            if labelled:
                colour, weight = (_INK, 700) if n == 0 else (_INK_2, 400)
                begin = middle + 3.6 - 6 * (len(names[n]) - 1)
                for i, line in enumerate(names[n]):
                    page.put(0, begin + 12 * i, line, _SMALL, colour, weight)
            if row is None:
                content = self.say("none")
                _put(
                    page,
                    offset + length / 2,
                    middle + 3.4,
                    content,
                    size=9.5,
                    to="middle",
                    halo=TOKENS["paper"],
                )
            elif self.log:
                ratio, low, high = row[1], row[0], row[2]
                stroke = {"stroke": panel.look.colour, "stroke_width": 2.0, "class_": "relative"}
                _rule(drawing, scale.x(low), middle, to_x=scale.x(high), **stroke)
                if scale.low <= ratio <= scale.high:
                    _dot(drawing, scale.x(ratio), middle, 3.4, panel.look.colour)
                _open_ends(drawing, scale, low, high, middle, panel.look.colour)
            else:
                _range(drawing, pens, scale, *row, middle - 4.5, 9.0, panel.look)
        page.y = bottom


def _matrix_reach(panels: Iterable[Panel]) -> float:
    rows = (row for panel in panels for row in panel.rows if row is not None)
    return _power(((low, high) for low, _, high in rows), 4)
