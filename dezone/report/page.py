"""The report as a page: what the numbers say, drawn, told and listed, in every language.

The page is one file that loads nothing. Its frame is ``templates/report.html``; here are the tables
and figures that stand in it. All that comes from the user's file (its name, its columns) is text
and never markup.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from dezone.report.charts.chart import Chart, Ratio
from dezone.report.model import ALL_ZONES, REST, Change, Finding, Report, Sign
from dezone.report.phrases import Phrases
from dezone.report.plots import (
    MEASURES,
    by_week,
    charts_of,
    css_tint_of,
    has_weeks,
    range_of,
    ratio_of,
    shown_areas,
    weekly,
)
from dezone.report.words import say_event, say_finding, say_headline
from maps.page.document import bundle, render
from maps.page.markup import Content, Speaker, el, join, table, text_page
from maps.print.lettering import clean
from zones.sentence import say_length

if TYPE_CHECKING:
    from geodata.atlas import Atlas

_WIDTHS = (("wide", 820.0), ("narrow", 320.0))
"""A chart's widths in the page, and the classes that show one of them."""


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
    language
        That the page opens in; it holds every language of the atlas.
    files
        Content by name of what lies beside the page, which it links to.
    document
        Name of the file with all numbers, which is written after the page, for it has the page's
        hash: the page links to it too.

    Raises
    ------
    AtlasError
        The atlas has no such language.
    """
    writer = _Writer(report, atlas, files or {}, document)
    body = render("dezone.report:report.html", w=writer, report=report, language=language)
    tints = "".join(
        f".area-{n}{{--zone:{tint.colour};--zone-ink:{tint.ink}}}"
        for n, area in enumerate(report.areas)
        for tint in [css_tint_of(atlas, area)]
    )
    titles = {code: say.say("page.title") for code, say in writer.phrases.items()}
    page_words = {code: str(words["page"]["title"]) for code, words in writer.say.words.items()}
    return text_page(
        writer.say,
        language,
        titles={code: f"{titles[code]} · {page_words[code]}" for code in titles},
        description=writer.phrases[language].say("page.weeks_about"),
        body=body,
        styles=tints + bundle("report.css"),
    )


class _Writer:
    """What the template asks for: words in every language, figures, and the rows of tables."""

    def __init__(
        self, report: Report, atlas: Atlas, files: Mapping[str, bytes], document: str | None
    ) -> None:
        self.report, self.atlas, self.files, self.document = report, atlas, files, document
        self.say = Speaker(atlas)
        self.phrases = {code: Phrases(report, atlas, code) for code in self.say.words}
        self.charts = {
            code: {chart.key: chart for chart in charts_of(report, atlas, code)}
            for code in self.phrases
        }
        self.areas = shown_areas(report)
        self.has_weeks = has_weeks(report)

    # -- words ------------------------------------------------------------------------------

    def all(self, say: Callable[[Phrases], str]) -> Markup:
        """Return what each language makes of something."""
        return self.say.all(lambda code, _: say(self.phrases[code]))

    def word(self, key: str, **values: str) -> Markup:
        """Return a word of the page."""
        return self.all(lambda say: say.say(f"page.{key}", **values))

    def number(self, value: float) -> Markup:
        """Return a count."""
        return self.all(lambda say: say.number(value))

    def value(self, found: Sequence[float]) -> Markup:
        """Return the best of three figures, with the range of the others."""
        low, best, high = found
        return self.all(lambda say: say.value(low, best, high, say.number))

    def ratio(self, found: Ratio | None) -> Content:
        """Return a ratio with its interval; a dash where there is none."""
        if found is None:
            return "–"
        ratio, low, high = found
        return self.all(partial(Phrases.interval, ratio=ratio, low=low, high=high))

    def area(self, area: str) -> Markup:
        """Return the name of an area in its colour."""
        name = self.all(lambda say: say.area(area))
        return el("span", name, class_=f"name {self.mark(area)}")

    def mark(self, area: str) -> str:
        """Return the class of an area, whose rules set its colours."""
        return f"area-{self.report.areas.index(area)}" if area in self.report.areas else ""

    def subtitle(self) -> Markup:
        """Return the days, the number of rows and the name of the file."""
        dated = self.report.input.first_day is not None

        def said(say: Phrases) -> str:
            slots = {"rows": say.number(self.report.input.rows), "name": say.file}
            if not dated:
                return say.say("page.subtitle_undated", **slots)
            return say.say("page.subtitle", days=say.covered, **slots)

        return self.all(said)

    # -- findings ---------------------------------------------------------------------------

    def notices(self) -> Iterator[Markup]:
        """Yield what has to be known before anything else."""
        given = self.report.input
        if given.counted and not given.deaths:
            yield self.word("no_deaths")
        if not given.counted:
            yield self.word("no_counted")
            return
        totals = self.report.totals
        if not any(one.whole.possible.incidents for one in totals if one.area == ALL_ZONES):
            yield self.word("no_inside")
        day = given.first_day
        if day is not None and day == given.last_day:
            yield self.all(lambda say: say.say("page.one_day", day=say.days(day, day)))
        elif not self.has_weeks:
            yield self.word("one_week")

    def findings(self, area: str, *, silent: bool) -> list[Finding]:
        """Return the findings of an area: those that say something, or on which nothing can be."""
        return [
            one
            for one in self.report.findings
            if one.area == area and silent == (one.event is not None and not one.claims)
        ]

    def silent(self, count: int) -> Markup:
        """Return how many dates there are of which no change can be told."""
        return self.all(lambda say: say.say("page.silent", count=say.number(count)))

    def finding(self, finding: Finding) -> Markup:
        """Return the sentences of a finding, below its headline."""
        return self.say.all(
            lambda code, _: say_finding(
                self.report, finding, self.atlas, language=code, headed=False
            )
        )

    def headline(self, finding: Finding) -> Markup:
        """Return what a finding on a change comes to."""
        return self.say.all(lambda code, _: say_headline(finding, self.atlas, language=code) or "")

    def when(self, finding: Finding) -> Markup:
        """Return the day that a finding speaks of, and what happened on it."""

        def said(code: str, _: Mapping[str, Any]) -> str:
            what, when = say_event(self.report, finding, self.atlas, language=code)
            return f"{when} · {what}"

        return self.say.all(said)

    # -- figures ----------------------------------------------------------------------------

    def glance(self) -> Iterator[tuple[str, Markup, Markup]]:
        """Yield each zone that has incidents: what its dates come to, and its weeks drawn small."""
        for area in self.areas:
            drawn = self._drawn(f"incidents-{area}")
            if drawn and area != REST:
                yield area, self._glance(area), self._small(drawn)

    def _small(self, drawn: Mapping[str, Chart]) -> Markup:
        _, width = _WIDTHS[-1]
        return self.say.all(lambda code, _: _inline(drawn[code], width))

    def _glance(self, area: str) -> Markup:
        signs = [one.signs for one in self.report.findings if one.area == area]
        compared = Counter(pair[1] for pair in signs if pair)
        del compared[Sign.UNKNOWN]
        if not compared:
            return self.all(lambda say: say.say("headline.few"))

        def said(say: Phrases) -> str:
            counts = {str(sign): say.number(compared[sign]) for sign in Sign}
            return say.say("finding.glance", dates=say.number(compared.total()), **counts)

        return self.all(said)

    def _drawn(self, key: str) -> dict[str, Chart]:
        return {code: charts[key] for code, charts in self.charts.items() if key in charts}

    def figure(
        self,
        key: str,
        numbers: Content,
        *,
        level: str = "h3",
        widths: Sequence[tuple[str, float]] = _WIDTHS,
    ) -> Markup | None:
        """Return a chart in every language, in some widths, with the table beside it."""
        drawn = self._drawn(key)
        if not drawn:
            return None
        return render(
            "dezone.report:figure.html",
            key=key,
            level=level,
            drawn=drawn,
            title=self.say.all(lambda code, _: drawn[code].title),
            unit=self.say.all(lambda code, _: drawn[code].unit),
            source=self.say.all(lambda code, _: drawn[code].source),
            widths=widths,
            inline=_inline,
            saved={
                suffix.upper(): name
                for suffix in ("svg", "png")
                if (name := f"chart-{key}.{suffix}") in self.files
            },
            numbers=numbers,
            word=self.word,
        )

    def _table(
        self, caption: Content, heads: Sequence[Content], rows: Sequence[Sequence[Content]]
    ) -> Markup:
        found = table(el("span", caption, class_="unseen"), heads, rows)
        return el("div", found, class_="figures")

    def numbers(self) -> Markup | None:
        """Return the totals of every area, while the zones were in force and over all days."""
        report = self.report
        if not report.input.counted:
            return None
        heads = ["area", "whole", "in_force"]
        columns = [("whole", "incidents"), ("in_force", "incidents")]
        if report.input.deaths:
            heads += ["deaths", "deaths_in_force"]
            columns += [("whole", "deaths"), ("in_force", "deaths")]
        rows: list[list[Content]] = [
            [
                self.area(total.area),
                *(self.value(range_of(getattr(total, key), of)) for key, of in columns),
                self.number(total.days_in_force),
            ]
            for total in report.totals
            if total.area in self.areas
        ]
        named = [self.word(head) for head in (*heads, "days_in_force")]
        return self._table(self.word("numbers"), named, rows)

    def change(self) -> Markup | None:
        """Return the chart of changes with its table."""
        rows = [
            row
            for area in self.areas
            for change in self.report.changes
            if change.area == area
            for row in self._change_rows(change)
        ]
        heads = ("area", "date", "counting", "before", "after", "alone", "rest", "relative",
                 "caution")  # fmt: skip
        named = [self.word(head) for head in heads]
        return self.figure("change", self._table(self.word("change"), named, rows))

    def _change_rows(self, change: Change) -> Iterator[list[Content]]:
        def notes(say: Phrases, why_not: Sequence[str]) -> str:
            said = [say.say(f"caution.{code}") for code in change.cautions]
            return say.listed([*said, *(say.say(f"why.{code}") for code in why_not)]) or "–"

        def ratio(one: Any) -> Content:
            found = ratio_of(one.ratio, one.low, one.high)
            if found is None and one.ratio is not None:
                return self.all(lambda say: say.ratio(one.ratio))
            return self.ratio(found)

        for key in ("sure", "best", "possible"):
            found = getattr(change, key)
            yield [
                self.area(change.area),
                self.all(partial(Phrases.dated, change=change)),
                self.word(key),
                self.number(found.zone.before),
                self.number(found.zone.after),
                ratio(found.zone),
                ratio(found.rest),
                ratio(found),
                self.all(partial(notes, why_not=found.why_not)),
            ]

    def phases(self) -> Markup | None:
        """Return the chart of phases with its table."""
        rows: list[list[Content]] = [
            [
                self.area(area),
                self.all(partial(Phrases.phase, phase=one.phase)),
                self.all(partial(Phrases.days, first=first, last=last)),
                self.value(range_of(one.counts, "incidents")),
                self.value([round(value, 1) for value in weekly(one, one.counts)]),
                self.value([round(value, 1) for value in weekly(one, one.rest)]),
            ]
            for area in self.areas
            for one in self.report.phases
            if one.zone == area and (first := one.first_day) and (last := one.last_day)
        ]
        heads = ("area", "phase", "date", "whole", "weekly", "rest_weekly")
        named = [self.word(head) for head in heads]
        return self.figure("phases", self._table(self.word("phases"), named, rows))

    def weeks(self) -> list[tuple[str, list[Markup | None]]]:
        """Return the charts of each area's weeks, of incidents and deaths; None: nothing there.

        What `glance` draws small is not drawn small again.
        """
        measures = MEASURES if self.report.input.deaths else MEASURES[:1]
        return [
            (
                area,
                [
                    self.figure(
                        f"{measure}-{area}",
                        self._week_table(area, measure),
                        level="h4",
                        widths=_WIDTHS if measure == "deaths" or area == REST else _WIDTHS[:1],
                    )
                    for measure in measures
                ],
            )
            for area in self.areas
        ]

    def _week_table(self, area: str, measure: str) -> Markup:
        columns = by_week(self.report, area, measure)
        rows = [
            [el("bdi", day.isoformat(), dir="ltr"), *(self.number(value) for value in values)]
            for day, *values in zip(self.report.weeks.starts, *columns, strict=True)
        ]
        heads = [self.word(key) for key in ("week", "sure", "best", "possible")]
        caption = self.all(lambda say: say.say(f"chart.{measure}", area=say.area(area)))
        return self._table(caption, heads, rows)

    def sensitivity(self) -> list[Markup]:
        """Return the charts of the variants with their tables."""
        report = self.report
        names = [
            el("span", self.all(partial(Phrases.variant, variant=one))) for one in report.variants
        ]
        rows: list[list[Content]] = [
            [name, *(self.value(one.in_force[area]) for area in self.areas)]
            for name, one in zip(names, report.variants, strict=True)
        ]
        heads = [self.word("counting"), *(self.area(area) for area in self.areas)]
        totals = self._table(self.word("sensitivity"), heads, rows)
        shifts = [
            [self.area(change.area), self.all(partial(Phrases.dated, change=change)), name, *cells]
            for n, change in enumerate(report.changes)
            if change.area in self.areas
            for name, one in zip(names, report.variants, strict=True)
            if (cells := self._moved(one.moved[n]))
        ]
        heads = [self.word(key) for key in ("area", "date", "counting", "relative", "interval")]
        moved = self._table(self.word("change"), heads, shifts)
        figures = (self.figure("totals", totals), self.figure("shifts", moved))
        return [figure for figure in figures if figure is not None]

    def _moved(self, moved: Any) -> list[Content]:
        """Return a ratio and its interval in two cells; nothing where there is none."""
        found = ratio_of(moved.relative, moved.relative_low, moved.relative_high)
        if found is None:
            return []
        ratio, low, high = found
        return [
            "–" if math.isinf(ratio) else self.all(partial(Phrases.ratio, value=ratio)),
            self.all(partial(Phrases.range, low=low, high=high)),
        ]

    # -- what it is of ----------------------------------------------------------------------

    def left_out(self) -> Markup:
        """Return what became of the rows."""
        given = self.report.input
        toll = [("row_toll", given.deaths_unread)] if given.deaths else []
        lines = [
            ("rows_all", given.rows),
            ("row_counted", given.counted),
            ("row_spread", given.spread),
            ("row_lost", given.ground_lost),
            ("row_gained", given.ground_gained),
            *toll,
            ("row_undated", given.undated),
            ("row_unlocated", given.unlocated),
            ("row_unreadable", given.unreadable),
            ("row_abroad", given.abroad),
        ]
        caption = el("span", self.word("left_out"), class_="unseen")
        rows = [[self.word(key), self.number(count)] for key, count in lines]
        return el("div", table(caption, [caption, self.word("rows")], rows), class_="figures short")

    def citation(self) -> str:
        """Return how the report is cited."""
        report, made = self.report, self.report.made
        return (
            f"{made.software} ({made.software_sha256[:12]}): report on {clean(report.input.name)} "
            f"(SHA-256 {report.input.sha256}), atlas {made.atlas_id} {made.atlas_version} "
            f"(SHA-256 {made.atlas_sha256})."
        )

    def made(self) -> Iterator[tuple[str, Markup]]:
        """Yield what the report was made from and with, by the keys of their words."""
        given, setting, made = self.report.input, self.report.setting, self.report.made
        libraries = sorted(made.libraries.items())
        columns = ", ".join(f"{role}: {clean(name)}" for role, name in given.columns.items())
        yield "file", _with_hash(clean(given.name), given.sha256)
        if given.source:
            yield "sources_kind", el("bdi", given.source)
        yield "columns", el("bdi", columns, dir="ltr")
        yield "boundary", self.say.name(self.atlas.boundary(setting.boundary).name)
        yield "basis", self.say.word(f"basis.{setting.basis}")
        yield "coarsest", self.all(lambda say: say_length(say.words, setting.coarsest_radius_m))
        yield "atlas", _with_hash(f"{made.atlas_id} {made.atlas_version}", made.atlas_sha256)
        listed = ", ".join(f"{name} {version}" for name, version in libraries)
        yield "software", _with_hash(f"{made.software}; {listed}", made.software_sha256)

    def downloads(self) -> Markup | None:
        """Return the files beside the page, with their sizes and hashes."""
        if not self.files:
            return None
        rows: list[list[Content]] = [
            [
                el("a", name, href=name, download=True, dir="ltr"),
                el("bdi", f"{max(1, round(len(content) / 1000))} kB"),
                el("code", hashlib.sha256(content).hexdigest(), dir="ltr"),
            ]
            for name, content in sorted(self.files.items(), key=_order)
        ]
        if self.document is not None:
            link = el("a", self.document, href=self.document, download=True, dir="ltr")
            rows.insert(0, [link, "–", self.word("document")])
        heads = [self.word("file"), self.say.word("field.size"), "SHA-256"]
        caption = el("span", self.word("downloads"), class_="unseen")
        return el("div", table(caption, heads, rows), class_="files")


def _inline(chart: Chart, width: float) -> Markup:
    svg = chart.svg(chart.least_width(width), framed=False)
    return Markup(svg)  # noqa: S704  (a drawing escapes what is written in it)


def _with_hash(text: str, sha256: str) -> Markup:
    return join([el("bdi", text), " ", el("code", sha256, dir="ltr")])


def _order(item: tuple[str, bytes]) -> tuple[int, str]:
    suffix = item[0].rpartition(".")[2]
    kinds = ("json", "csv", "svg", "png")
    return (kinds.index(suffix) if suffix in kinds else len(kinds), item[0])
