"""The canvas of a chart: a column of a page, and the few kinds of marks in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from maps.print.column import Column
from maps.print.drawing import Box, Drawing, Text
from maps.print.lettering import measure, wrap
from maps.style import TOKENS, Tint

SMALL, TEXT = 10.5, 11.5
INK, INK_2, RULE, PAPER = (TOKENS[name] for name in ("ink", "ink-2", "rule", "paper"))
EVENT: dict[str, Any] = {"stroke": INK, "stroke_width": 1.0, "stroke_dasharray": "2.5 2.5"}
"""The look of the line of an event."""

_TINT = 0.32  # of the colour, over what is surely so: as on the map
_GROUND = 0.1  # of the colour, under hatching: a narrow bar may lie between two of its lines
_WIDE = 560  # units from which labels stand beside what they label, not above


@dataclass(frozen=True)
class Label:
    """The look of a line of text; `to` says what lies at its offset: start, middle or end."""

    size: float = SMALL
    fill: str = INK_2
    weight: int = 400
    to: str = "start"
    halo: str | None = None


FIGURE = Label(TEXT, INK, 700, "end", PAPER)
"""The look of a row's figure."""


class Canvas(Column):
    """A column of one chart: offsets run in the direction of reading, y downwards.

    Parameters
    ----------
    name
        Of the drawing: its hatchings are defined under this name alone.
    """

    def __init__(
        self, drawing: Drawing, name: str, *, rtl: bool, offset: float, width: float, y: float
    ) -> None:
        super().__init__(drawing, rtl=rtl, offset=offset, width=width, y=y)
        self._name = name
        self._hatches: dict[tuple[Tint, float], str] = {}

    @property
    def wide(self) -> bool:
        """Whether labels stand beside what they label, not above."""
        return self.width >= _WIDE

    # -- texts ------------------------------------------------------------------------------

    def label(self, offset: float, y: float, content: str, label: Label = Label()) -> None:
        """Put a line of text, without moving on."""
        anchor = {"start": "left", "middle": "middle", "end": "right"}[label.to]
        if self.rtl and anchor != "middle":
            anchor = "right" if anchor == "left" else "left"
        look = (label.size, label.fill, label.weight, anchor, self.rtl, label.halo)
        self.drawing.text(Text(self.x(offset), y, content, *look))

    def heading(self, name: str, tint: Tint) -> None:
        """Put the name of what stands below it, beside a swatch of its colour."""
        self.y += 16
        self.rect(self.box(0, self.y - 9, 9, 9), fill=tint.colour, rx=1.5)
        self.label(15, self.y, name, Label(13, tint.ink, 700))

    # -- shapes -----------------------------------------------------------------------------

    def rect(self, box: Box, **look: Any) -> None:
        """Draw a rectangle."""
        self.drawing.add("rect", x=box.x, y=box.y, width=box.width, height=box.height, **look)

    def across(self, x: float, y: float, *, to_x: float, **look: Any) -> None:
        """Draw a level line."""
        data = f"M{short(x)} {short(y)}H{short(to_x)}"
        self.drawing.path(data, **{"stroke": RULE, "stroke_width": 0.8, **look})

    def down(self, x: float, y: float, *, to_y: float, **look: Any) -> None:
        """Draw an upright line."""
        data = f"M{short(x)} {short(y)}V{short(to_y)}"
        self.drawing.path(data, **{"stroke": RULE, "stroke_width": 0.8, **look})

    def dot(self, x: float, y: float, radius: float, colour: str, *, hollow: bool = False) -> None:
        """Draw a dot."""
        fill = PAPER if hollow else colour
        self.drawing.add("circle", cx=x, cy=y, r=radius, fill=fill, stroke=colour, stroke_width=1.4)

    def hatch(self, tint: Tint, gap: float = 4.2) -> str:
        """Return the fill of a hatching in the colour and at the angle of an area."""
        key = (tint, gap)
        if key not in self._hatches:
            name = f"{self._name}-{len(self._hatches)}"
            self._hatches[key] = self.drawing.hatch(name, tint.colour, tint.angle, gap, 1.0)
        return self._hatches[key]

    def sure(self, box: Box, tint: Tint, **look: Any) -> None:
        """Fill what is surely so."""
        self.rect(box, **look, fill=tint.colour, fill_opacity=_TINT)

    def possible(self, box: Box, tint: Tint, **look: Any) -> None:
        """Hatch what is possible."""
        self.rect(box, fill=tint.colour, fill_opacity=_GROUND)
        self.rect(box, **look, fill=self.hatch(tint))

    def phase(self, box: Box, phase: str, tint: Tint) -> None:
        """Draw a phase as on the timeline: outlined, solid, hatched; nothing for none."""
        if phase == "declared":
            outline = {"fill": PAPER, "stroke": tint.colour, "stroke_width": 1.2}
            self.rect(box.grown(-0.6), rx=1.5, class_="declared", **outline)
        elif phase == "arranged":
            self.rect(box, rx=1.5, class_="arranged", fill=tint.colour)
        elif phase == "contested":
            self.rect(box, fill=PAPER)
            self.rect(box, fill=tint.colour, fill_opacity=0.14)
            self.rect(box, class_="contested", fill=self.hatch(tint, 3.4))

    def steps(self, low: str, band: str, tint: Tint) -> None:
        """Fill the outlines of what is surely so and of what is possible above it."""
        self.drawing.path(low, class_="low", fill=tint.colour, fill_opacity=_TINT)
        self.drawing.path(band, fill=tint.colour, fill_opacity=_GROUND)
        self.drawing.path(band, class_="band", fill=self.hatch(tint))

    @contextmanager
    def under(self, mark: int) -> Iterator[None]:
        """Draw beneath the shapes added since the mark, such as grid lines of a known length."""
        above = self.drawing.shapes[mark:]
        del self.drawing.shapes[mark:]
        yield
        self.drawing.shapes += above

    # -- legend -----------------------------------------------------------------------------

    def legend(self, items: Iterable[tuple[str, str]], tint: Tint) -> None:
        """Draw samples with their words in rows, as many in a row as fit."""
        offset, wide, tall = 0.0, 22.0, 9.0
        self.y += 12
        for kind, content in items:
            lines = wrap(content, SMALL, self.width - wide - 6)
            width = wide + 6 + max(measure(line, SMALL) for line in lines)
            if offset and offset + width > self.width:
                self.y += 17
                offset = 0.0
            self._sample(self.box(offset, self.y - tall, wide, tall), kind, tint)
            self.label(offset + wide + 6, self.y - 0.8, lines[0])
            for line in lines[1:]:
                self.y += 13
                self.label(offset + wide + 6, self.y - 0.8, line)
            offset += width + 14
        self.y += 6

    def _sample(self, box: Box, kind: str, tint: Tint) -> None:
        x, y = box.x + box.width / 2, box.y + box.height / 2
        firm = {"stroke": tint.colour, "stroke_width": 2.0}
        if kind == "low":
            self.sure(box, tint)
        elif kind == "band":
            self.possible(box, tint)
        elif kind == "best":
            self.across(box.x, y, to_x=box.right, **firm)
        elif kind == "partial":
            self.across(box.x, y, to_x=box.right, **firm, stroke_dasharray="3 2.2")
        elif kind in ("mark", "asked"):
            self.down(x, box.y - 1, to_y=box.bottom + 1, **EVENT)
        elif kind == "round":
            self.down(x, box.y + 1, to_y=box.bottom - 1, stroke=INK_2, stroke_width=1.0)
        elif kind == "alone":
            self.across(box.x, y, to_x=box.right, stroke=INK_2, stroke_width=1.2)
            self.dot(x, y, 3.0, INK_2, hollow=True)
        elif kind == "relative":
            self.across(box.x, y, to_x=box.right, stroke=tint.colour, stroke_width=2.4)
            self.dot(x, y, 4.0, tint.colour)
        else:
            self.phase(box, kind, tint)


@dataclass(frozen=True)
class Scale:
    """Values in the direction of reading, from an offset over a length of a canvas."""

    canvas: Canvas
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

    def holds(self, value: float) -> bool:
        """Tell whether a value lies on the scale."""
        return self.low <= value <= self.high

    def x(self, value: float) -> float:
        """Return the page's x of a value."""
        return self.canvas.x(self.along(value))

    def box(self, low: float, high: float, y: float, height: float) -> Box:
        """Return the box between two values."""
        start, end = self.along(low), self.along(high)
        return self.canvas.box(start, y, end - start, height)

    def open_ends(self, low: float, high: float, y: float, colour: str) -> None:
        """Draw a tip where an interval continues beyond the scale."""
        for value, end, back in ((low, self.low, 5.0), (high, self.high, -5.0)):
            if (value < end) if back > 0 else (value > end):
                x = self.x(end)
                side = x - back if self.canvas.rtl else x + back
                tip = f"M{short(side)} {short(y - 4)}L{short(x)} {short(y)}"
                tip += f"L{short(side)} {short(y + 4)}"
                look = {"fill": "none", "stroke": colour, "stroke_width": 1.6, "class_": "beyond"}
                self.canvas.drawing.path(tip, **look)


def towards(tick: float, ticks: Sequence[float]) -> str:
    """Return where a tick's label goes from it, so that none leaves the chart."""
    return "start" if tick == ticks[0] else "end" if tick == ticks[-1] else "middle"


def round_ticks(top: float, most: int) -> list[float]:
    """Return round numbers from 0 to at least `top`, in at most so many steps."""
    if top <= 0:
        return [0.0, 1.0]
    rough = top / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= rough * 0.999)
    if power >= 1 or step >= 1:
        step = max(step, 1.0) if step == round(step) else math.ceil(step)
    count = math.ceil(top / step - 1e-9)
    return [step * n for n in range(count + 1)]


def reach_of(intervals: Iterable[tuple[float, float]], most: int) -> float:
    """Return the power of 2, of 4 at least, that holds the ends of intervals which are finite."""
    ends = [end for low, high in intervals for end in (low, high) if 0 < end < math.inf]
    wanted = max((abs(math.log2(end)) for end in ends), default=2.0)
    return 2.0 ** min(max(math.ceil(wanted), 2), most)


def short(value: float) -> str:
    """Return a coordinate to a hundredth, as short as it can be written."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
