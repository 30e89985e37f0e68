"""The report as a page: what the numbers say, drawn, told and listed, in every language.

The page is one file that loads nothing. Beside it lie its charts as SVG and PNG. All that comes
from the user's file (its name, its columns) is text and never markup.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from dezone.report.charts import (
    Chart,
    Interval,
    IntervalChart,
    IntervalGroup,
    Lane,
    Mark,
    MatrixChart,
    Panel,
    RangeChart,
    RangeGroup,
    RangeRow,
    Spell,
    TimeChart,
)
from dezone.report.model import (
    ALL_ZONES,
    REST,
    Change,
    Counts,
    Finding,
    PhaseCount,
    Report,
    Variant,
)
from dezone.report.words import (
    say_count,
    say_event,
    say_finding,
    say_headline,
    say_ratio,
    say_variant,
)
from maps.page.document import bundle
from maps.page.markup import Content, Speaker, el, table, text_page
from maps.print.lettering import clean, isolate
from maps.style import TOKENS, Tint, palette, tint
from zones.sentence import fill, say_days, say_length

if TYPE_CHECKING:
    from geodata.atlas import Atlas

_ALL = palette()[6]
_REST = Tint(TOKENS["ink-2"], TOKENS["ink-2"], 20)


# -- words ----------------------------------------------------------------------------------


class _Tongue:
    """One language: numbers, names and sentences of a report in it."""

    def __init__(self, report: Report, atlas: Atlas, code: str) -> None:
        self.report, self.atlas, self.code = report, atlas, code
        self.words = atlas.words(code)
        self.own: Mapping[str, Any] = self.words["report"]

    def say(self, key: str, **values: str) -> str:
        node: Any = self.own
        for part in key.split("."):
            node = node[part]
        return fill(str(node), values)

    def area(self, area: str) -> str:
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
        if math.isinf(high):
            return fill(self.own["finding"]["from_up"], {"low": self.ratio(low)})
        return self.say("chart.range", low=self.ratio(low), high=self.ratio(high))

    def days(self, first: dt.date, last: dt.date) -> str:
        return say_days(self.words, first, last)

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
        made = self.report.made
        atlas = isolate(f"{made.atlas_id} {made.atlas_version}, {made.atlas_sha256[:12]}")
        software = isolate(made.software)
        return self.say("chart.source", name=self.file, atlas=atlas, software=software)

    def event(self, change: Change) -> tuple[str, str]:
        """Return what happened on the day of a change, and when."""
        event = next(e for e in self.report.events if e.id == change.event)
        kinds = self.words["list"]["separator"].join(self.say(f"event.{k}") for k in event.kinds)
        last = event.day
        if event.precision == "month":
            return kinds, self.days(*_month(event.day))
        return kinds, self.days(event.day, last)

    def dated(self, change: Change) -> str:
        """Return when and what, on one line."""
        what, when = self.event(change)
        return f"{when} · {what}"

    def variant(self, variant: Variant) -> str:
        return say_variant(variant.id, self.atlas, self.words, self.code)

    def phase(self, phase: str) -> str:
        return str(self.words["phase"][phase])


def _month(day: dt.date) -> tuple[dt.date, dt.date]:
    first = day.replace(day=1)
    following = (first + dt.timedelta(days=32)).replace(day=1)
    return first, following - dt.timedelta(days=1)


# -- which charts ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Values:
    """The three figures that a chart draws of some counts: incidents, or deaths."""

    of: str

    def of_counts(self, counts: Counts) -> tuple[float, float, float]:
        if self.of == "incidents":
            return counts.sure.incidents, counts.best.incidents, counts.possible.incidents
        return (
            counts.sure.deaths_low or 0.0,
            counts.best.deaths_best or 0.0,
            counts.possible.deaths_high or 0.0,
        )


INCIDENTS, DEATHS = _Values("incidents"), _Values("deaths")


def _by_week(
    report: Report, area: str, measure: str
) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Return low, best and high of each week: incidents, or deaths with the toll's own doubt."""
    lines = report.weeks.areas[area]
    if measure == "incidents":
        return lines.sure.incidents, lines.best.incidents, lines.possible.incidents
    return (
        lines.sure.deaths_low or (),
        lines.best.deaths_best or (),
        lines.possible.deaths_high or (),
    )


def look_of(atlas: Atlas, area: str) -> Tint:
    """Return the colours of an area."""
    if area == ALL_ZONES:
        return _ALL
    return _REST if area == REST else tint(atlas.zone(area).number)


def _zones(report: Report) -> list[str]:
    return [area for area in report.areas if area not in (ALL_ZONES, REST)]


def _areas(report: Report) -> list[str]:
    """Return the areas that are told of: of a single zone, all zones say nothing more."""
    single = len(_zones(report)) == 1
    return [area for area in report.areas if not (single and area == ALL_ZONES)]


def _drawable(report: Report) -> bool:
    """Tell whether there are weeks to draw: more than one."""
    return len(report.weeks.starts) > 1


def charts_of(report: Report, atlas: Atlas, language: str) -> list[Chart]:
    """Return the charts of a report in a language; none is empty, so there may be none."""
    return list(_charts(report, atlas, _Tongue(report, atlas, language)))


def _charts(report: Report, atlas: Atlas, tongue: _Tongue) -> Iterator[Chart]:
    for area in _areas(report):
        for measure in ("incidents", "deaths"):
            chart = _time_chart(report, atlas, tongue, area, measure)
            if chart is not None:
                yield chart
    yield from _change_chart(report, atlas, tongue)
    yield from _phase_chart(report, atlas, tongue)
    yield from _total_chart(report, atlas, tongue)
    yield from _shift_chart(report, atlas, tongue)


def _common(tongue: _Tongue, key: str, **values: str) -> dict[str, Any]:
    return {
        "title": tongue.say(f"chart.{key}", **values),
        "unit": tongue.say(f"chart.{key}_unit", days=tongue.covered),
        "source": tongue.source,
        "language": tongue.code,
        "words": tongue.words,
    }


def _time_chart(
    report: Report, atlas: Atlas, tongue: _Tongue, area: str, measure: str
) -> TimeChart | None:
    if not _drawable(report) or (measure == "deaths" and not report.input.deaths):
        return None
    low, best, high = _by_week(report, area, measure)
    if not any(high):
        return None
    starts = report.weeks.starts
    top = max(range(len(high)), key=lambda i: (best[i], high[i]))
    value = tongue.value(low[top], best[top], high[top], tongue.number)
    zones = [area] if area not in (ALL_ZONES, REST) else _zones(report)
    return TimeChart(
        key=f"{measure}-{area}",
        about=tongue.say(
            f"chart.{measure}_about",
            days=tongue.covered,
            day=tongue.days(starts[top], starts[top]),
            value=value,
            total=tongue.value(sum(low), sum(best), sum(high), tongue.number),
        ),
        starts=starts,
        stop=starts[-1] + dt.timedelta(days=7),
        low=low,
        best=best,
        high=high,
        partial=tuple(days < 7 for days in report.weeks.days),
        look=look_of(atlas, area),
        lanes=tuple(_lane(report, atlas, tongue, zone) for zone in zones),
        rounds=_rounds(atlas),
        events=tuple(Mark(e.day, "") for e in report.events if e.area == area),
        number=tongue.step,
        **_common(tongue, measure, area=tongue.area(area)),
    )


def _lane(report: Report, atlas: Atlas, tongue: _Tongue, zone: str) -> Lane:
    spells = tuple(
        Spell(phase.phase, phase.start, phase.stop or dt.date.max)
        for phase in report.phases
        if phase.zone == zone
        and phase.start is not None
        and phase.phase in ("declared", "arranged", "contested")
    )
    return Lane(tongue.area(zone), look_of(atlas, zone), spells)


def _rounds(atlas: Atlas) -> tuple[Mark, ...]:
    return tuple(
        Mark(entry.last_day, "" if entry.number is None else str(entry.number))
        for entry in atlas.rounds
    )


def _change_chart(report: Report, atlas: Atlas, tongue: _Tongue) -> Iterator[Chart]:
    groups = []
    for area in _areas(report):
        changes = [change for change in report.changes if change.area == area]
        rows = [_interval(tongue, change) for change in changes if _within(report, change)]
        beyond = [tongue.event(change)[1] for change in changes if not _within(report, change)]
        if beyond:
            days = tongue.words["list"]["separator"].join(beyond)
            rows.append(_untold(tongue.say("chart.beyond"), days))
        if rows:
            groups.append(IntervalGroup(tongue.area(area), look_of(atlas, area), tuple(rows)))
    if not any(row.relative or row.alone for group in groups for row in group.rows):
        return
    yield IntervalChart(
        key="change",
        about=tongue.say("chart.change_about"),
        groups=tuple(groups),
        number=tongue.times,
        **_common(tongue, "change"),
    )


def _within(report: Report, change: Change) -> bool:
    """Tell whether the day of a change lies within those of the file."""
    day = next(event.day for event in report.events if event.id == change.event)
    first, last = report.input.first_day, report.input.last_day
    return first is not None and last is not None and first <= day <= last


def _untold(label: str, days: str) -> Interval:
    return Interval(
        label=label, days=days, relative=None, outer=None, alone=None, value="", missing=""
    )


def _interval(tongue: _Tongue, change: Change) -> Interval:
    label, day = tongue.event(change)
    best = change.best
    every = [one for one in (change.sure, best, change.possible) if one.low is not None]
    relative = _three(best.ratio, best.low, best.high)
    alone = _three(best.zone.ratio, best.zone.low, best.zone.high)
    outer = None
    if relative is not None:
        ends = [_three(one.ratio, one.low, one.high) or relative for one in every]
        outer = (min(low for _, low, _ in ends), max(high for _, _, high in ends))
    value = ""
    if relative is not None:
        value = tongue.interval(*relative)
    missing = tongue.words["list"]["separator"].join(tongue.say(f"why.{w}") for w in best.why_not)
    if missing:
        missing = f"{tongue.say('chart.none')}: {missing}"
    return Interval(
        label=label,
        days=day,
        relative=relative,
        outer=outer,
        alone=alone,
        value=value,
        missing=missing,
    )


def _three(
    ratio: float | None, low: float | None, high: float | None
) -> tuple[float, float, float] | None:
    """Return ratio, low and high; None without an interval. Infinite is what is open upwards."""
    if low is None:
        return None
    return math.inf if ratio is None else ratio, low, math.inf if high is None else high


def _phase_chart(report: Report, atlas: Atlas, tongue: _Tongue) -> Iterator[Chart]:
    groups = []
    for area in _areas(report):
        rows = [
            _phase_row(tongue, phase)
            for phase in report.phases
            if phase.zone == area and phase.days
        ]
        if rows:
            groups.append(RangeGroup(tongue.area(area), look_of(atlas, area), tuple(rows)))
    if not any(row.high for group in groups for row in group.rows):
        return
    yield RangeChart(
        key="phases",
        about=tongue.say("chart.phases_about"),
        groups=tuple(groups),
        number=tongue.step,
        **_common(tongue, "phases"),
    )


def _weekly(phase: PhaseCount, counts: Counts) -> tuple[float, float, float]:
    low, best, high = (value * 7 / phase.days for value in INCIDENTS.of_counts(counts))
    return low, best, high


def _phase_row(tongue: _Tongue, phase: PhaseCount) -> RangeRow:
    low, best, high = _weekly(phase, phase.counts)
    assert phase.first_day is not None  # noqa: S101  (there are days)
    assert phase.last_day is not None  # noqa: S101
    return RangeRow(
        label=tongue.phase(phase.phase),
        days=tongue.days(phase.first_day, phase.last_day),
        phase=phase.phase if phase.phase in ("declared", "arranged", "contested") else "",
        low=low,
        best=best,
        high=high,
        value=tongue.value(low, best, high, lambda v: tongue.number(round(v, 1))),
    )


def _total_chart(report: Report, atlas: Atlas, tongue: _Tongue) -> Iterator[Chart]:
    panels = []
    for area in _areas(report):
        rows = tuple(variant.in_force.get(area) for variant in report.variants)
        if any(row is not None and row[2] for row in rows):
            look = look_of(atlas, area)
            panels.append(Panel(name=tongue.area(area), under=(), look=look, rows=rows))
    if not panels or len(report.variants) < 2:
        return
    yield MatrixChart(
        key="totals",
        about=tongue.say("chart.totals_about"),
        labels=tuple(tongue.variant(one) for one in report.variants),
        panels=tuple(panels),
        log=False,
        number=tongue.step,
        **_common(tongue, "totals"),
    )


def _low_first(
    three: tuple[float, float, float] | None,
) -> tuple[float, float, float] | None:
    return None if three is None else (three[1], three[0], three[2])


def _shift_chart(report: Report, atlas: Atlas, tongue: _Tongue) -> Iterator[Chart]:
    panels = []
    for area in _areas(report):
        for n, change in enumerate(report.changes):
            if change.area != area:
                continue
            rows = tuple(
                _low_first(_three(one.relative, one.relative_low, one.relative_high))
                for one in (variant.moved[n] for variant in report.variants)
            )
            if any(rows):
                name, look = tongue.area(area), look_of(atlas, area)
                panels.append(Panel(name=name, under=tongue.event(change), look=look, rows=rows))
    if not panels or len(report.variants) < 2:
        return
    yield MatrixChart(
        key="shifts",
        about=tongue.say("chart.shifts_about"),
        labels=tuple(tongue.variant(one) for one in report.variants),
        panels=tuple(panels),
        log=True,
        number=tongue.times,
        **_common(tongue, "shifts"),
    )


# -- the page -------------------------------------------------------------------------------


class _Writer:
    """The parts of the page, each word in every language."""

    def __init__(
        self, report: Report, atlas: Atlas, files: Mapping[str, bytes], document: str | None
    ) -> None:
        self.report, self.atlas, self.files, self.document = report, atlas, files, document
        self.say = Speaker(atlas)
        self.tongues = {code: _Tongue(report, atlas, code) for code in self.say.words}
        self.charts = {
            code: {chart.key: chart for chart in _charts(report, atlas, tongue)}
            for code, tongue in self.tongues.items()
        }

    def all(self, say: Callable[[_Tongue], str]) -> Markup:
        return self.say.all(lambda code, _: say(self.tongues[code]))

    def word(self, key: str, **values: str) -> Markup:
        return self.all(lambda tongue: tongue.say(f"page.{key}", **values))

    def number(self, value: float) -> Markup:
        return self.all(lambda tongue: tongue.number(value))

    def value(self, low: float, best: float, high: float) -> Markup:
        return self.all(lambda tongue: tongue.value(low, best, high, tongue.number))

    def finding(self, finding: Finding) -> Markup:
        return self.say.all(
            lambda code, _: say_finding(
                self.report, finding, self.atlas, language=code, headed=False
            )
        )

    def area(self, area: str) -> Markup:
        name = self.all(lambda tongue: tongue.area(area))
        return el("span", name, class_=f"name {self.mark(area)}")

    def mark(self, area: str) -> str:
        """Return the class of an area, whose rules set its colours."""
        return f"area-{self.report.areas.index(area)}" if area in self.report.areas else ""

    def figure(self, key: str, numbers: Content, *, level: str = "h3") -> Content:
        """Return a chart in every language, for a page and a phone, with the table beside it."""
        drawn = {code: charts[key] for code, charts in self.charts.items() if key in charts}
        if not drawn:
            return None
        plots = [
            el(
                "div",
                [el("div", _inline(chart, width), class_=kind) for kind, width in _WIDTHS],
                class_="w",
                lang=code,
            )
            for code, chart in drawn.items()
        ]
        saved = [
            el("a", suffix.upper(), href=name, download=True)
            for suffix in ("svg", "png")
            if (name := f"chart-{key}.{suffix}") in self.files
        ]
        title = self.say.all(lambda code, _: drawn[code].title)
        label = f"title-{key}"
        caption = el(
            "figcaption",
            el(level, title, id=label),
            el("p", self.say.all(lambda code, _: drawn[code].unit)),
        )
        foot = el(
            "div",
            el("details", el("summary", self.word("table")), numbers),
            el("p", _spaced(saved), class_="saved") if saved else None,
            class_="under",
        )
        source = el("p", self.say.all(lambda code, _: drawn[code].source), class_="source")
        scroll = el("div", plots, class_="plots", tabindex="0", role="group", aria_labelledby=label)
        return el("figure", caption, scroll, source, foot, class_="chart", id=f"chart-{key}")


_WIDTHS = (("wide", 820.0), ("narrow", 320.0))
"""A chart's widths in the page, and the classes that show one of them."""


def _inline(chart: Chart, width: float) -> Markup:
    return Markup(chart.svg(chart.least_width(width), framed=False))  # noqa: S704  (escaped)


def _spaced(parts: Sequence[Markup]) -> Content:
    return [[" " if n else "", part] for n, part in enumerate(parts)]


def render_report(
    report: Report,
    atlas: Atlas,
    *,
    language: str,
    files: Mapping[str, bytes] | None = None,
    document: str | None = None,
) -> str:
    """Return the page as one HTML document that loads nothing; the same bytes each time.

    Parameters
    ----------
    files
        Content by name of what lies beside the page, which it links to.
    document
        As for `write_report`.
    """
    writer = _Writer(report, atlas, files or {}, document)
    sections = [
        (key, content) for key, write in _SECTIONS.items() if (content := write(writer)) is not None
    ]
    links = [el("a", writer.word(key), href=f"#{key}") for key, _ in sections]
    skip = el("a", writer.word("skip"), href="#findings", class_="skip")
    header = el(
        "header",
        el("p", writer.say.word("page.title")),
        writer.say.buttons(language),
        class_="masthead",
    )
    head = [
        el("h1", writer.word("title")),
        el("p", _subtitle(writer), class_="subtitle"),
        el(
            "nav",
            el("span", writer.word("nav"), id="parts", class_="unseen"),
            links,
            class_="links",
            id="links",
            aria_labelledby="parts",
            tabindex="-1",
        ),
    ]
    main = el(
        "main",
        head,
        [
            el("section", el("h2", writer.word(key), id=key), content, class_=f"part-{key}")
            for key, content in sections
        ],
    )
    looks = "".join(
        f".area-{n}{{--zone:{look.colour};--zone-ink:{look.ink}}}"
        for n, area in enumerate(report.areas)
        for look in [look_of(atlas, area)]
    )
    titles = {code: tongue.say("page.title") for code, tongue in writer.tongues.items()}
    page_words = {code: str(words["page"]["title"]) for code, words in writer.say.words.items()}
    return text_page(
        writer.say,
        language,
        titles={code: f"{titles[code]} · {page_words[code]}" for code in titles},
        description=writer.tongues[language].say("page.weeks_about"),
        body=[skip, header, Markup("\n"), main],
        styles=looks + bundle("report.css"),
    )


def _subtitle(writer: _Writer) -> Content:
    dated = writer.report.input.first_day is not None

    def said(tongue: _Tongue) -> str:
        slots = {"rows": tongue.number(writer.report.input.rows), "name": tongue.file}
        if not dated:
            return tongue.say("page.subtitle_undated", **slots)
        return tongue.say("page.subtitle", days=tongue.covered, **slots)

    return writer.all(said)


def _findings(writer: _Writer) -> Content:
    report = writer.report
    notes = [el("p", writer.word(key), class_="notice") for key in _notices(report)]
    day = report.input.first_day
    if day is not None and day == report.input.last_day:
        said = writer.all(lambda tongue: tongue.say("page.one_day", day=tongue.days(day, day)))
        notes.append(el("p", said, class_="notice"))
    areas = [
        el(
            "article",
            el("h3", writer.area(area)),
            _told(writer, [finding for finding in report.findings if finding.area == area]),
            class_=f"finding {writer.mark(area)}",
        )
        for area in report.areas
        if any(finding.area == area for finding in report.findings)
    ]
    general = [
        el("p", writer.finding(finding), class_="but")
        for finding in report.findings
        if not finding.area
    ]
    return [notes, areas, el("div", general, class_="general")]


def _told(writer: _Writer, findings: Sequence[Finding]) -> Content:
    """Return the findings of an area; the dates from which no change can be told are one line."""
    plain = [one for one in findings if one.event is None or _claims(one)]
    silent = [one for one in findings if one.event is not None and not _claims(one)]
    if not silent:
        return [_finding(writer, one) for one in plain]
    count = writer.all(lambda tongue: tongue.say("page.silent", count=tongue.number(len(silent))))
    return [
        [_finding(writer, one) for one in plain],
        el(
            "details",
            el("summary", count),
            [_finding(writer, one) for one in silent],
            class_="folded",
        ),
    ]


def _claims(finding: Finding) -> bool:
    """Tell whether a finding supports a change."""
    return not {"fall", "rise"}.isdisjoint(finding.code.split("-"))


def _finding(writer: _Writer, finding: Finding) -> Content:
    """Return a finding: when and what, what it comes to, and the numbers that it comes from.

    One that supports a change stands out from those that do not.
    """
    atlas = writer.atlas
    if finding.event is None:
        return el("p", writer.finding(finding), class_="but")
    when = writer.say.all(
        lambda code, _: " · ".join(
            reversed(say_event(writer.report, finding, atlas, language=code))
        )
    )
    headline = writer.say.all(lambda code, _: say_headline(finding, atlas, language=code) or "")
    return el(
        "div",
        el("p", when, class_="when"),
        el("p", headline, class_="said" if _claims(finding) else "open"),
        el("p", writer.finding(finding), class_="but"),
        class_="told",
    )


def _notices(report: Report) -> Iterator[str]:
    given = report.input
    if not given.counted:
        yield "no_counted"
        return
    if not given.deaths:
        yield "no_deaths"
    inside = next((t.whole.possible.incidents for t in report.totals if t.area == ALL_ZONES), 0.0)
    if not inside:
        yield "no_inside"
    if given.first_day != given.last_day and not _drawable(report):
        yield "one_week"


def _numbers(writer: _Writer) -> Content:
    report = writer.report
    if not report.input.counted:
        return None
    heads = ["area", "whole", "in_force"]
    columns: list[tuple[str, _Values]] = [("whole", INCIDENTS), ("in_force", INCIDENTS)]
    if report.input.deaths:
        heads += ["deaths", "deaths_in_force"]
        columns += [("whole", DEATHS), ("in_force", DEATHS)]
    heads.append("days")
    rows: list[list[Content]] = []
    for total in report.totals:
        if total.area not in _areas(report):
            continue
        cells: list[Content] = [writer.area(total.area)]
        cells += [writer.value(*values.of_counts(getattr(total, key))) for key, values in columns]
        rows.append([*cells, writer.number(total.days_in_force)])
    named = [writer.word("days_in_force" if head == "days" else head) for head in heads]
    return [
        el("p", writer.word("numbers_about")),
        _figures(table(_unseen(writer.word("numbers")), named, rows)),
    ]


def _unseen(content: Content, **attributes: str) -> Content:
    """Return what is there for those who cannot see only."""
    return el("span", content, class_="unseen", **attributes)


def _figures(content: Markup) -> Markup:
    return el("div", content, class_="figures")


def _change(writer: _Writer) -> Content:
    report = writer.report
    if not report.input.counted:
        return None
    rows: list[list[Content]] = []
    for area in _areas(report):
        for change in report.changes:
            if change.area == area:
                rows += _change_rows(writer, change)
    heads = ["area", "date", "counting", "before", "after", "alone", "rest", "relative", "caution"]
    numbers = _figures(
        table(_unseen(writer.word("change")), [writer.word(head) for head in heads], rows)
    )
    figure = writer.figure("change", numbers)
    if figure is None:
        return el("p", writer.word("no_change"), class_="notice")
    return [el("p", writer.word("change_about")), figure]


def _change_rows(writer: _Writer, change: Change) -> Iterator[list[Content]]:
    def notes(tongue: _Tongue, why_not: Sequence[str]) -> str:
        said = [tongue.say(f"caution.{code}") for code in change.cautions]
        said += [tongue.say(f"why.{code}") for code in why_not]
        return tongue.words["list"]["separator"].join(said) or "–"

    def ratio(one: Any) -> Content:
        three = _three(one.ratio, one.low, one.high)
        if three is None:
            return "–" if one.ratio is None else writer.all(lambda t: t.ratio(one.ratio))
        value, low, high = three
        return writer.all(partial(_Tongue.interval, ratio=value, low=low, high=high))

    for key, found in (("sure", change.sure), ("best", change.best), ("possible", change.possible)):
        yield [
            writer.area(change.area),
            writer.all(partial(_Tongue.dated, change=change)),
            writer.word(key),
            writer.number(found.zone.before),
            writer.number(found.zone.after),
            ratio(found.zone),
            ratio(found.rest),
            ratio(found),
            writer.all(partial(notes, why_not=found.why_not)),
        ]


def _phases(writer: _Writer) -> Content:
    report = writer.report
    rows: list[list[Content]] = []
    for area in _areas(report):
        for phase in report.phases:
            if phase.zone != area or not phase.days:
                continue
            first, last = phase.first_day, phase.last_day
            assert first is not None  # noqa: S101  (there are days)
            assert last is not None  # noqa: S101
            rows.append(
                [
                    writer.area(area),
                    writer.all(partial(_Tongue.phase, phase=phase.phase)),
                    writer.all(partial(_Tongue.days, first=first, last=last)),
                    writer.value(*INCIDENTS.of_counts(phase.counts)),
                    writer.value(*(round(v, 1) for v in _weekly(phase, phase.counts))),
                    writer.value(*(round(v, 1) for v in _weekly(phase, phase.rest))),
                ]
            )
    heads = [
        writer.word("area"),
        writer.word("phase"),
        writer.word("date"),
        writer.word("whole"),
        writer.word("weekly"),
        writer.word("rest_weekly"),
    ]
    figure = writer.figure("phases", _figures(table(_unseen(writer.word("phases")), heads, rows)))
    return None if figure is None else [el("p", writer.word("phases_about")), figure]


def _weeks(writer: _Writer) -> Content:
    report = writer.report
    if not _drawable(report):
        return None
    parts: list[Content] = [el("p", writer.word("weeks_about"))]
    for area in _areas(report):
        parts.append(el("h3", writer.area(area), class_=f"of-area {writer.mark(area)}"))
        drawn = writer.figure(
            f"incidents-{area}", _week_table(writer, area, "incidents"), level="h4"
        )
        if drawn is None:
            parts.append(el("p", writer.word("none_here"), class_="notice"))
            continue
        parts.append(drawn)
        if report.input.deaths:
            deaths = writer.figure(
                f"deaths-{area}", _week_table(writer, area, "deaths"), level="h4"
            )
            parts.append(deaths or el("p", writer.word("no_deaths_here"), class_="notice"))
    return parts


def _week_table(writer: _Writer, area: str, measure: str) -> Content:
    low, best, high = _by_week(writer.report, area, measure)
    rows = [
        [el("bdi", day.isoformat(), dir="ltr"), *(writer.number(v) for v in values)]
        for day, *values in zip(writer.report.weeks.starts, low, best, high, strict=True)
    ]
    heads = [writer.word(key) for key in ("week", "sure", "best", "possible")]
    caption = writer.all(lambda t: t.say(f"chart.{measure}", area=t.area(area)))
    return _figures(table(_unseen(caption), heads, rows))


def _sensitivity(writer: _Writer) -> Content:
    report = writer.report
    areas = _areas(report)
    names = [
        el("span", writer.all(partial(_Tongue.variant, variant=one))) for one in report.variants
    ]
    rows: list[list[Content]] = [
        [name, *(writer.value(*one.in_force[area]) for area in areas)]
        for name, one in zip(names, report.variants, strict=True)
    ]
    heads = [writer.word("counting"), *(writer.area(area) for area in areas)]
    totals = _figures(table(_unseen(writer.word("sensitivity")), heads, rows))
    shifts: list[list[Content]] = []
    for n, change in enumerate(report.changes):
        for name, one in zip(names, report.variants, strict=True):
            moved = one.moved[n]
            three = _three(moved.relative, moved.relative_low, moved.relative_high)
            if change.area not in areas or three is None:
                continue
            value, low, high = three
            shifts.append(
                [
                    writer.area(change.area),
                    writer.all(partial(_Tongue.dated, change=change)),
                    name,
                    "–" if math.isinf(value) else writer.all(partial(_Tongue.ratio, value=value)),
                    writer.all(partial(_Tongue.range, low=low, high=high)),
                ]
            )
    heads = [writer.word(key) for key in ("area", "date", "counting", "relative", "interval")]
    moved_table = _figures(table(_unseen(writer.word("change")), heads, shifts))
    figures = [writer.figure("totals", totals), writer.figure("shifts", moved_table)]
    if not any(figures):
        return None
    return [el("p", writer.word("sensitivity_about")), figures]


def _left_out(writer: _Writer) -> Content:
    given = writer.report.input
    lines = [
        ("rows_all", given.rows),
        ("row_counted", given.counted),
        ("row_undated", given.undated),
        ("row_unlocated", given.unlocated),
        ("row_unreadable", given.unreadable),
        ("row_abroad", given.abroad),
    ]
    within = [("row_spread", given.spread)]
    if given.deaths:
        within.append(("row_toll", given.deaths_unread))
    lines[2:2] = within
    rows = [[writer.word(key), writer.number(count)] for key, count in lines]
    heads = [_unseen(writer.word("left_out")), writer.word("rows")]
    return [
        el("p", writer.word("left_out_about")),
        el("div", table(_unseen(writer.word("left_out")), heads, rows), class_="figures short"),
    ]


def _method(writer: _Writer) -> Content:
    keys = ["method_counts", "method_change", "method_more"]
    if writer.report.input.deaths:
        keys.insert(1, "method_deaths")
    return [el("p", writer.word(key)) for key in keys]


def _cite(writer: _Writer) -> Content:
    report = writer.report
    made = report.made
    text = (
        f"{made.software} ({made.software_sha256[:12]}): report on {clean(report.input.name)} "
        f"(SHA-256 {report.input.sha256}), atlas {made.atlas_id} {made.atlas_version} "
        f"(SHA-256 {made.atlas_sha256})."
    )
    return [
        el("p", writer.word("cite_about")),
        el("pre", text, dir="ltr", tabindex="0", lang="en"),
    ]


def _made(writer: _Writer) -> Content:
    report = writer.report
    given, setting, made = report.input, report.setting, report.made
    libraries = ", ".join(f"{name} {version}" for name, version in sorted(made.libraries.items()))
    columns = ", ".join(f"{role}: {clean(name)}" for role, name in given.columns.items())

    def code(text: str) -> Markup:
        return el("code", text, dir="ltr")

    facts: list[tuple[str, Content]] = [
        ("file", [el("bdi", clean(given.name)), " ", code(given.sha256)]),
        ("columns", el("bdi", columns, dir="ltr")),
        ("boundary", writer.say.name(writer.atlas.boundary(setting.boundary).name)),
        ("basis", writer.say.word(f"basis.{setting.basis}")),
        (
            "coarsest",
            writer.all(lambda t: say_length(t.words, setting.coarsest_radius_m)),
        ),
        (
            "atlas",
            [el("bdi", f"{made.atlas_id} {made.atlas_version}"), " ", code(made.atlas_sha256)],
        ),
        ("software", [el("bdi", f"{made.software}; {libraries}"), " ", code(made.software_sha256)]),
    ]
    if given.source:
        facts.insert(1, ("sources_kind", el("bdi", given.source)))
    listed = [[el("dt", writer.word(key)), el("dd", content)] for key, content in facts]
    return [el("p", writer.word("made_about")), el("dl", listed, class_="facts")]


def _downloads(writer: _Writer) -> Content:
    if not writer.files:
        return None
    rows: list[list[Content]] = [
        [
            el("a", name, href=name, download=True, dir="ltr"),
            el("bdi", f"{max(1, round(len(content) / 1000))} kB"),
            el("code", hashlib.sha256(content).hexdigest(), dir="ltr"),
        ]
        for name, content in sorted(writer.files.items(), key=_order)
    ]
    if writer.document is not None:
        link = el("a", writer.document, href=writer.document, download=True, dir="ltr")
        rows.insert(0, [link, "–", writer.word("document")])
    heads = [writer.word("file"), writer.say.word("field.size"), "SHA-256"]
    return [
        el("p", writer.word("downloads_about")),
        el("div", table(_unseen(writer.word("downloads")), heads, rows), class_="files"),
    ]


def _order(item: tuple[str, bytes]) -> tuple[int, str]:
    suffix = item[0].rpartition(".")[2]
    kinds = ("json", "csv", "svg", "png")
    return (kinds.index(suffix) if suffix in kinds else len(kinds), item[0])


_SECTIONS: dict[str, Callable[[_Writer], Content]] = {
    "findings": _findings,
    "numbers": _numbers,
    "change": _change,
    "phases": _phases,
    "weeks": _weeks,
    "sensitivity": _sensitivity,
    "left_out": _left_out,
    "method": _method,
    "cite": _cite,
    "made": _made,
    "downloads": _downloads,
}
"""The parts of the page in their order; what has nothing to say is left out."""
