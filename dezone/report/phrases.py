"""What a report says in one language: numbers as they are written, names, dates, sources."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dezone.report.model import ALL_ZONES, REST, Change, Report, Variant
from dezone.report.words import days_of, say_count, say_ratio, say_variant
from maps.print.lettering import clean, isolate
from zones.sentence import fill, say_days

if TYPE_CHECKING:
    from geodata.atlas import Atlas


class Phrases:
    """The numbers, names and sentences of a report in one language."""

    def __init__(self, report: Report, atlas: Atlas, code: str) -> None:
        self.report, self.atlas, self.code = report, atlas, code
        self.words = atlas.words(code)
        self.own: Mapping[str, Any] = self.words["report"]

    def say(self, key: str, **values: str) -> str:
        """Return a text of reports by its key, such as ``chart.none``, with its slots filled."""
        node: Any = self.own
        for part in key.split("."):
            node = node[part]
        return fill(str(node), values)

    def area(self, area: str) -> str:
        """Return the name of an area."""
        if area in (ALL_ZONES, REST):
            return self.say(f"area.{area}")
        return str(self.atlas.zone(area).name[self.code])

    def number(self, value: float) -> str:
        """Return a count as the findings do."""
        return say_count(self.words, value)

    def ratio(self, value: float) -> str:
        """Return a ratio as the findings do."""
        return say_ratio(self.words, value)

    def step(self, value: float) -> str:
        """Return a number of an axis, as short as it is exact."""
        return self._own_signs(f"{value:,g}")

    def times(self, value: float) -> str:
        """Return a power of two on the axis of ratios: 1/4, 1/2, 1, 2."""
        return f"1/{1 / value:.0f}" if value < 1 else f"{value:.0f}"

    def _own_signs(self, text: str) -> str:
        swap = {",": "\u202f", ".": str(self.words["units"]["decimal"])}
        return "".join(swap.get(char, char) for char in text)

    def value(self, low: float, best: float, high: float, write: Callable[[float], str]) -> str:
        """Return the best figure with the range of the others, where they differ as written."""
        texts = [write(low), write(best), write(high)]
        if texts[0] == texts[2]:
            return texts[1]
        return self.say("chart.value", low=texts[0], best=texts[1], high=texts[2])

    def interval(self, ratio: float, low: float, high: float) -> str:
        """Return a ratio with its interval, which may be open upwards."""
        if math.isinf(high):
            return fill(self.own["finding"]["from_up"], {"low": self.ratio(low)})
        return self.value(low, ratio, high, self.ratio)

    def range(self, low: float, high: float) -> str:
        """Return the ends of an interval, which may be open upwards."""
        if math.isinf(high):
            return fill(self.own["finding"]["from_up"], {"low": self.ratio(low)})
        return self.say("chart.range", low=self.ratio(low), high=self.ratio(high))

    def days(self, first: dt.date, last: dt.date) -> str:
        """Return an interval of days."""
        return say_days(self.words, first, last)

    def listed(self, texts: Iterable[str]) -> str:
        """Return several texts as a list."""
        return str(self.words["list"]["separator"]).join(texts)

    @property
    def covered(self) -> str:
        """The days that the counted incidents cover."""
        given = self.report.input
        if given.first_day is None or given.last_day is None:
            return self.say("page.no_days")
        return self.days(given.first_day, given.last_day)

    @property
    def file(self) -> str:
        """The name of the file, harmless and with a direction of its own."""
        name = clean(self.report.input.name)
        return isolate(name if len(name) <= 60 else f"{name[:57]}…")

    @property
    def source(self) -> str:
        """Where the numbers of a chart come from."""
        made = self.report.made
        atlas = isolate(f"{made.atlas_id} {made.atlas_version}, {made.atlas_sha256[:12]}")
        software = isolate(made.software)
        return self.say("chart.source", name=self.file, atlas=atlas, software=software)

    def event(self, change: Change) -> tuple[str, str]:
        """Return what happened on the day of a change, and when."""
        event = next(e for e in self.report.events if e.id == change.event)
        kinds = self.listed(self.say(f"event.{kind}") for kind in event.kinds)
        return kinds, self.days(*days_of(event))

    def dated(self, change: Change) -> str:
        """Return when and what, on one line."""
        what, when = self.event(change)
        return f"{when} · {what}"

    def variant(self, variant: Variant) -> str:
        """Return what a variant asks otherwise."""
        return say_variant(variant, self.atlas, self.code)

    def phase(self, phase: str) -> str:
        """Return the name of a phase."""
        return str(self.words["phase"][phase])
