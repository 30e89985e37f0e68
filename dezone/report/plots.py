"""Which charts a report has, each described from its numbers."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from dezone.report.charts.chart import Chart, Range, Ratio
from dezone.report.charts.panels import Panel, PanelChart
from dezone.report.charts.rows import Group, RangeChart, RangeRow, RatioChart, RatioRow
from dezone.report.charts.weeks import Lane, Mark, PhaseSpan, TimeChart
from dezone.report.model import ALL_ZONES, REST, Change, Counts, PhaseCount, Report
from dezone.report.phrases import Phrases
from maps.style import TOKENS, Tint, css_tint, palette, tint, zone_tint

if TYPE_CHECKING:
    from geodata.atlas import Atlas

MEASURES = ("incidents", "deaths")
"""What is counted."""

_ALL = palette()[6]
_REST = Tint(TOKENS["ink-2"], TOKENS["ink-2"], 20)
_DRAWN = ("declared", "arranged", "contested")  # the phases that the timeline shows


def charts_of(report: Report, atlas: Atlas, language: str) -> list[Chart]:
    """Return the charts of a report in a language; none is empty, so there may be none."""
    return list(_Plots(report, atlas, language).all())


def tint_of(atlas: Atlas, area: str) -> Tint:
    """Return the colours of an area."""
    if area == ALL_ZONES:
        return _ALL
    return _REST if area == REST else tint(atlas.zone(area).number)


def css_tint_of(atlas: Atlas, area: str) -> Tint:
    """Return the colours of an area as properties of CSS, which follow a dark screen."""
    if area == ALL_ZONES:
        return css_tint(palette().index(_ALL) + 1)
    if area == REST:
        return Tint("var(--ink-2)", "var(--ink-2)", _REST.angle)
    return zone_tint(atlas.zone(area).number)


def shown_areas(report: Report) -> list[str]:
    """Return the areas to show; beside a single zone, all zones together add nothing."""
    single = len(_zones(report)) == 1
    return [area for area in report.areas if not (single and area == ALL_ZONES)]


def _zones(report: Report) -> list[str]:
    return [area for area in report.areas if area not in (ALL_ZONES, REST)]


def has_weeks(report: Report) -> bool:
    """Tell whether there are weeks to draw: more than one."""
    return len(report.weeks.starts) > 1


def range_of(counts: Counts, measure: str) -> Range:
    """Return the range that a chart draws of counts; deaths include the doubt of the toll."""
    if measure == "incidents":
        return Range(counts.sure.incidents, counts.best.incidents, counts.possible.incidents)
    return Range(
        counts.sure.deaths_low or 0.0,
        counts.best.deaths_best or 0.0,
        counts.possible.deaths_high or 0.0,
    )


def weekly(phase: PhaseCount, counts: Counts) -> Range:
    """Return the incidents a week in a phase."""
    return Range(*(value * 7 / phase.days for value in range_of(counts, "incidents")))


def by_week(report: Report, area: str, measure: str) -> tuple[tuple[float, ...], ...]:
    """Return low, best and high of each week."""
    lines = report.weeks.areas[area]
    if measure == "incidents":
        return lines.sure.incidents, lines.best.incidents, lines.possible.incidents
    found = (lines.sure.deaths_low, lines.best.deaths_best, lines.possible.deaths_high)
    return tuple(line or () for line in found)


def ratio_of(ratio: float | None, low: float | None, high: float | None) -> Ratio | None:
    """Return a ratio with its interval, of which an open end is infinite; None without one."""
    if low is None:
        return None
    return Ratio(math.inf if ratio is None else ratio, low, math.inf if high is None else high)


class _Plots:
    """The charts of one report in one language."""

    def __init__(self, report: Report, atlas: Atlas, language: str) -> None:
        self.report, self.atlas = report, atlas
        self.say = Phrases(report, atlas, language)
        self.areas = shown_areas(report)

    def all(self) -> Iterator[Chart]:
        """Yield the charts in the order of the page; one that would be empty is left out."""
        for area in self.areas:
            for measure in MEASURES:
                yield from self._weeks(area, measure)
        yield from self._changes()
        yield from self._phases()
        yield from self._totals()
        yield from self._shifts()

    def _common(self, key: str, *, area: str = "") -> dict[str, Any]:
        return {
            "title": self.say.say(f"chart.{key}", **({"area": area} if area else {})),
            "unit": self.say.say(f"chart.{key}_unit", days=self.say.covered),
            "source": self.say.source,
            "language": self.say.code,
            "words": self.say.words,
        }

    def _groups(self, rows: Iterable[tuple[str, tuple[Any, ...]]]) -> tuple[Group[Any], ...]:
        return tuple(
            Group(self.say.area(area), tint_of(self.atlas, area), found)
            for area, found in rows
            if found
        )

    # -- weeks ------------------------------------------------------------------------------

    def _weeks(self, area: str, measure: str) -> Iterator[Chart]:
        report, say = self.report, self.say
        if not has_weeks(report) or (measure == "deaths" and not report.input.deaths):
            return
        low, best, high = by_week(report, area, measure)
        if not any(high):
            return
        starts = report.weeks.starts
        top = max(range(len(high)), key=lambda i: (best[i], high[i]))
        zones = [area] if area not in (ALL_ZONES, REST) else _zones(report)
        yield TimeChart(
            key=f"{measure}-{area}",
            about=say.say(
                f"chart.{measure}_about",
                days=say.covered,
                day=say.days(starts[top], starts[top]),
                value=say.value(low[top], best[top], high[top], say.number),
                total=say.value(sum(low), sum(best), sum(high), say.number),
            ),
            starts=starts,
            stop=starts[-1] + dt.timedelta(days=7),
            low=low,
            best=best,
            high=high,
            partial=tuple(days < 7 for days in report.weeks.days),
            tint=tint_of(self.atlas, area),
            lanes=tuple(self._lane(zone) for zone in zones),
            rounds=tuple(
                Mark(one.last_day, "" if one.number is None else str(one.number))
                for one in self.atlas.rounds
            ),
            events=tuple(Mark(one.day, "") for one in report.events if one.area == area),
            number=say.step,
            **self._common(measure, area=say.area(area)),
        )

    def _lane(self, zone: str) -> Lane:
        phases = tuple(
            PhaseSpan(one.phase, one.start, one.stop or dt.date.max)
            for one in self.report.phases
            if one.zone == zone and one.start is not None and one.phase in _DRAWN
        )
        return Lane(self.say.area(zone), tint_of(self.atlas, zone), phases)

    # -- rows -------------------------------------------------------------------------------

    def _changes(self) -> Iterator[Chart]:
        groups = self._groups((area, tuple(self._change_rows(area))) for area in self.areas)
        if any(row.relative or row.alone for group in groups for row in group.rows):
            yield RatioChart(
                key="change",
                about=self.say.say("chart.change_about"),
                groups=groups,
                number=self.say.times,
                **self._common("change"),
            )

    def _change_rows(self, area: str) -> Iterator[RatioRow]:
        """Yield a row for each change; those beyond the file's days are one row together."""
        changes = [change for change in self.report.changes if change.area == area]
        for change in changes:
            if self._within(change):
                yield self._change_row(change)
        if beyond := [self.say.event(one)[1] for one in changes if not self._within(one)]:
            yield RatioRow(
                label=self.say.say("chart.beyond"),
                days=self.say.listed(beyond),
                value="",
                relative=None,
                outer=None,
                alone=None,
                missing="",
            )

    def _within(self, change: Change) -> bool:
        """Tell whether the day of a change lies within those of the file."""
        day = next(event.day for event in self.report.events if event.id == change.event)
        first, last = self.report.input.first_day, self.report.input.last_day
        return first is not None and last is not None and first <= day <= last

    def _change_row(self, change: Change) -> RatioRow:
        label, days = self.say.event(change)
        best = change.best
        relative = ratio_of(best.ratio, best.low, best.high)
        outer = None
        if relative is not None:
            ways = (change.sure, best, change.possible)
            ends = [ratio_of(one.ratio, one.low, one.high) or relative for one in ways]
            outer = (min(one.low for one in ends), max(one.high for one in ends))
        missing = self.say.listed(self.say.say(f"why.{code}") for code in best.why_not)
        return RatioRow(
            label=label,
            days=days,
            value="" if relative is None else self.say.interval(*relative),
            relative=relative,
            outer=outer,
            alone=ratio_of(best.zone.ratio, best.zone.low, best.zone.high),
            missing=f"{self.say.say('chart.none')}: {missing}" if missing else "",
        )

    def _phases(self) -> Iterator[Chart]:
        groups = self._groups((area, tuple(self._phase_rows(area))) for area in self.areas)
        if any(row.range.high for group in groups for row in group.rows):
            yield RangeChart(
                key="phases",
                about=self.say.say("chart.phases_about"),
                groups=groups,
                number=self.say.step,
                **self._common("phases"),
            )

    def _phase_rows(self, area: str) -> Iterator[RangeRow]:
        for phase in self.report.phases:
            if phase.zone == area and phase.first_day is not None and phase.last_day is not None:
                found = weekly(phase, phase.counts)
                yield RangeRow(
                    label=self.say.phase(phase.phase),
                    days=self.say.days(phase.first_day, phase.last_day),
                    value=self.say.value(*found, lambda v: self.say.number(round(v, 1))),
                    phase=phase.phase if phase.phase in _DRAWN else "",
                    range=found,
                )

    # -- panels -----------------------------------------------------------------------------

    def _totals(self) -> Iterator[Chart]:
        panels = []
        for area in self.areas:
            given = [variant.in_force.get(area) for variant in self.report.variants]
            rows = tuple(None if one is None else Range(*one) for one in given)
            if any(row is not None and row.high for row in rows):
                panels.append(self._panel(area, (), rows))
        yield from self._panels("totals", panels, self.say.step)

    def _shifts(self) -> Iterator[Chart]:
        panels = []
        for area in self.areas:
            for n, change in enumerate(self.report.changes):
                moved = [variant.moved[n] for variant in self.report.variants]
                rows = tuple(
                    ratio_of(one.relative, one.relative_low, one.relative_high) for one in moved
                )
                if change.area == area and any(rows):
                    panels.append(self._panel(area, self.say.event(change), rows))
        yield from self._panels("shifts", panels, self.say.times)

    def _panel(self, area: str, under: tuple[str, ...], rows: tuple[Any, ...]) -> Panel:
        return Panel(
            name=self.say.area(area), under=under, tint=tint_of(self.atlas, area), rows=rows
        )

    def _panels(self, key: str, panels: list[Panel], number: Any) -> Iterator[Chart]:
        if panels and len(self.report.variants) > 1:
            yield PanelChart(
                key=key,
                about=self.say.say(f"chart.{key}_about"),
                labels=tuple(self.say.variant(one) for one in self.report.variants),
                panels=tuple(panels),
                number=number,
                **self._common(key),
            )
