"""What every chart has, and the three figures that charts are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from dezone.report.charts.canvas import INK, INK_2, Canvas, Scale
from maps.print.drawing import Drawing
from maps.style import Tint

_TALL = 4_000.0  # of a sheet before it is cut below its last line


class Range(NamedTuple):
    """A count: the sure, the best and the possible figure."""

    low: float
    best: float
    high: float


class Ratio(NamedTuple):
    """A ratio with its interval, of which an open end is infinite."""

    ratio: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What every chart has.

    Attributes
    ----------
    key
        Its name among the charts of a report, in letters that a file's name may have.
    title, unit, source
        What it shows; what its numbers are; and where they come from.
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

    @property
    def rtl(self) -> bool:
        """Whether it is read, and time runs, from right to left."""
        return bool(self.words["direction"] == "rtl")

    def say(self, key: str) -> str:
        """Return a word of the charts."""
        return str(self.words["report"]["chart"][key])

    def legend(self, *keys: str) -> list[tuple[str, str]]:
        """Return the items of a legend: kinds of samples, each with its word."""
        names = {"low": "sure", "band": "band", "mark": "events", "round": "rounds"}
        return [(key, self.say(names.get(key, key))) for key in keys]

    def draw(self, width: float, *, framed: bool) -> Drawing:
        """Return the chart at a width; framed, it stands alone: with title, unit and source."""
        margin = 22.0 if framed else 0.0
        name = f"{self.key}-{self.language}-{round(width)}"
        column: dict[str, Any] = {"offset": margin, "width": width - 2 * margin, "y": margin}
        canvas = Canvas(Drawing(width, _TALL), name, rtl=self.rtl, **column)
        if framed:
            canvas.say(self.title, 17, INK, weight=700, lead=1.15)
            canvas.say(self.unit, 12, INK_2, lead=1.45)
            canvas.y += 12
        self.draw_body(canvas)
        if framed:
            canvas.y += 6
            canvas.say(self.source, 9.5, INK_2, lead=1.4)
        return canvas.finish(margin, paper=framed)

    def svg(self, width: float, *, framed: bool) -> str:
        """Return the chart as SVG, framed as a document or to stand in a page."""
        drawing = self.draw(width, framed=framed)
        return drawing.svg(title=self.title, about=self.about, language=self.language)

    def least_width(self, wanted: float) -> float:
        """Return how wide it has to be at least, to be read, where so much is wanted."""
        return wanted

    def draw_body(self, canvas: Canvas) -> None:
        """Draw what is this chart's own."""
        raise NotImplementedError


def draw_range(scale: Scale, found: Range, y: float, tall: float, tint: Tint) -> None:
    """Draw a bar: tinted to what is sure, hatched to what is possible, firm at the best figure."""
    canvas = scale.canvas
    if found.low > scale.low:
        canvas.sure(scale.box(scale.low, found.low, y, tall), tint, class_="low")
    if found.high > found.low:
        canvas.possible(scale.box(found.low, found.high, y, tall), tint, class_="band")
    firm = {"stroke": tint.colour, "stroke_width": 2.6, "class_": "best"}
    canvas.down(scale.x(found.best), y - 2, to_y=y + tall + 2, **firm)


def draw_ratio(scale: Scale, found: Ratio, y: float, tint: Tint, *, size: float) -> None:
    """Draw a dot on its interval, `size` the dot's; tips where it goes on beyond the scale."""
    look = {"stroke": tint.colour, "stroke_width": 2.4 if size > 4 else 2.0, "class_": "relative"}
    scale.canvas.across(scale.x(found.low), y, to_x=scale.x(found.high), **look)
    if scale.holds(found.ratio):
        scale.canvas.dot(scale.x(found.ratio), y, size, tint.colour)
    scale.open_ends(found.low, found.high, y, tint.colour)
