"""The same rows in small panels side by side, which show how an answer depends on choices."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from dezone.report.charts.canvas import (
    EVENT,
    INK,
    INK_2,
    PAPER,
    RULE,
    SMALL,
    TEXT,
    Canvas,
    Label,
    Scale,
    reach_of,
    round_ticks,
    towards,
)
from dezone.report.charts.chart import Chart, Range, Ratio, draw_range, draw_ratio
from maps.print.lettering import measure, wrap
from maps.style import Tint

_GAP = 18.0
_LEAST = 140  # units that a panel takes


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One panel: its name, what is said below it, and a value for each row; None: there is none."""

    name: str
    under: tuple[str, ...]
    tint: Tint
    rows: tuple[Range | Ratio | None, ...]


@dataclass(frozen=True, kw_only=True)
class PanelChart(Chart):
    """Panels of counts, each from 0 on its own scale, or of ratios, all on one about 1.

    A line runs down from the value of the first row.

    Attributes
    ----------
    labels
        Of the rows.
    panels
        At least one; all of counts, or all of ratios.
    number
        How a value on a scale is written.
    """

    labels: tuple[str, ...]
    panels: tuple[Panel, ...]
    number: Callable[[float], str]

    @cached_property
    def _ratios(self) -> list[Ratio]:
        return [one for panel in self.panels for one in panel.rows if isinstance(one, Ratio)]

    def draw_body(self, canvas: Canvas) -> None:
        """Draw the panels in rows, as many a row as fit, and the legend."""
        room = max(measure(label, SMALL) for label in self.labels) + 12
        room = room if canvas.wide else min(room, canvas.width * 0.42)
        most = max(int((canvas.width - room) // _LEAST), 1) if canvas.wide else 1
        rows = list(self._arranged(most))
        across = max(len(row) for row in rows)
        length = (canvas.width - room - _GAP * (across - 1)) / across
        for row in rows:
            top = bottom = canvas.y
            for n, panel in enumerate(row):
                canvas.y = top
                self._panel(canvas, panel, room + n * (length + _GAP), length, labelled=n == 0)
                bottom = max(bottom, canvas.y)
            canvas.y = bottom + 10
        kinds = ("relative", "asked") if self._ratios else ("low", "best", "band", "asked")
        canvas.legend(self.legend(*kinds), self.panels[0].tint)

    def _arranged(self, most: int) -> Iterator[tuple[Panel, ...]]:
        """Yield the panels in rows: those of one name together, else as evenly as may be."""
        runs = [tuple(run) for _, run in groupby(self.panels, key=lambda panel: panel.name)]
        if len(runs) == len(self.panels):
            runs = [self.panels]
        for run in runs:
            across = math.ceil(len(run) / math.ceil(len(run) / most))
            for first in range(0, len(run), across):
                yield run[first : first + across]

    def _panel(
        self, canvas: Canvas, panel: Panel, offset: float, length: float, *, labelled: bool
    ) -> None:
        canvas.y += 14
        for line in wrap(panel.name, TEXT, length, 700, 1):
            canvas.put(offset, canvas.y, line, TEXT, panel.tint.ink, 700)
        for line in panel.under:
            canvas.y += 12.5
            canvas.put(offset, canvas.y, wrap(line, 10, length + 8, lines=1)[0], 10, INK_2)
        scale, ticks = self._scale(canvas, panel, offset, length)
        canvas.y += 15
        for tick in ticks:
            at = Label(9.5, to=towards(tick, ticks))
            canvas.label(scale.along(tick), canvas.y, self.number(tick), at)
        canvas.y += 5
        # Where the names of the rows have little room, they break and the rows are taller.
        names = [
            wrap(label, SMALL, offset - 8, lines=2) if labelled else [] for label in self.labels
        ]
        top, step = canvas.y, 27.0 if any(len(lines) > 1 for lines in names) else 16.0
        bottom = top + step * len(panel.rows)
        for tick in ticks:
            colour = INK if self._ratios and tick == 1 else RULE
            canvas.down(scale.x(tick), top, to_y=bottom, stroke=colour)
        asked = panel.rows[0]
        if asked is not None and scale.holds(_middle(asked)):
            canvas.down(scale.x(_middle(asked)), top, to_y=bottom, **EVENT)
        for n, row in enumerate(panel.rows):
            y = top + step * (n + 0.5)
            self._name(canvas, names[n], y, first=n == 0)
            self._value(scale, row, panel.tint, y)
        canvas.y = bottom

    def _scale(
        self, canvas: Canvas, panel: Panel, offset: float, length: float
    ) -> tuple[Scale, list[float]]:
        if ratios := self._ratios:
            reach = reach_of(((one.low, one.high) for one in ratios), 4)
            ticks = [1 / reach, 1.0, reach]
            return Scale(canvas, offset, length, 1 / reach, reach, log=True), ticks
        ticks = round_ticks(max((one.high for one in panel.rows if one), default=0.0), 2)
        return Scale(canvas, offset, length, 0.0, ticks[-1]), ticks

    def _name(self, canvas: Canvas, lines: list[str], y: float, *, first: bool) -> None:
        colour, weight = (INK, 700) if first else (INK_2, 400)
        begin = y + 3.6 - 6 * (len(lines) - 1)
        for i, line in enumerate(lines):
            canvas.put(0, begin + 12 * i, line, SMALL, colour, weight)

    def _value(self, scale: Scale, value: Range | Ratio | None, tint: Tint, y: float) -> None:
        if value is None:
            middle = scale.offset + scale.length / 2
            none = Label(9.5, to="middle", halo=PAPER)
            scale.canvas.label(middle, y + 3.4, self.say("none"), none)
        elif isinstance(value, Ratio):
            draw_ratio(scale, value, y, tint, size=3.4)
        else:
            draw_range(scale, value, y - 4.5, 9.0, tint)


def _middle(value: Range | Ratio) -> float:
    return value.ratio if isinstance(value, Ratio) else value.best
