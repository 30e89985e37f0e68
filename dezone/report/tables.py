"""The numbers of a report as CSV: one row says one thing, every column has one meaning.

Days are ISO 8601, ratios and counts plain numbers with a point; an empty cell is a number that
cannot be given. All files are UTF-8 with a header. ``docs/report.md`` describes the columns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dezone.report.model import Certainty, Count, Counts, Line, Report, Series
from dezone.report.words import say_finding
from geodata.atlas import Atlas

_COUNT = ("incidents", "deaths_low", "deaths_best", "deaths_high")
_SIDE = ("before", "after", "ratio", "low", "high", "dispersion")


def write_tables(report: Report, atlas: Atlas, *, language: str) -> dict[str, bytes]:
    """Return the tables by file name; the sentences of the findings are in the language."""
    return {
        "rows.csv": _csv(("what", "rows"), _rows(report)),
        "weeks.csv": _series(report.weeks),
        "months.csv": _series(report.months),
        "phases.csv": _csv(
            (
                "zone", "phase", "start", "stop", "first_day", "last_day", "days", "in_force",
                "area", "counted", *_COUNT,
            ),
            _phases(report),
        ),
        "totals.csv": _csv(("area", "days", "when", "counted", *_COUNT), _totals(report)),
        "events.csv": _csv(
            ("event", "area", "day", "kinds", "agreements", "confidence", "precision"),
            (
                (e.id, e.area, e.day, ";".join(e.kinds), ";".join(e.agreements), e.confidence,
                 e.precision)
                for e in report.events
            ),
        ),
        "changes.csv": _csv(
            (
                "event", "area", "counted", "first_day", "last_day", "weeks_before", "weeks_after",
                *_SIDE, "deaths_before", "deaths_after", *(f"rest_{name}" for name in _SIDE),
                "rest_deaths_before", "rest_deaths_after", "relative", "relative_low",
                "relative_high", "sign", "relative_sign", "why_not", "spanning", "cautions",
                "overlaps", "ground",
            ),
            _changes(report),
        ),
        "change_weeks.csv": _csv(
            ("event", "area", "counted", "side", "week", "incidents"), _change_weeks(report)
        ),
        "sensitivity_totals.csv": _csv(
            ("variant", "kind", "value", "area", "when", "counted", "incidents"),
            _variant_totals(report),
        ),
        "sensitivity_changes.csv": _csv(
            (
                "variant", "kind", "value", "event", "ratio", "low", "high", "sign", "relative",
                "relative_low", "relative_high", "relative_sign",
            ),
            (
                (v.id, v.kind, v.value, m.event, m.ratio, m.low, m.high, m.sign, m.relative,
                 m.relative_low, m.relative_high, m.relative_sign)
                for v in report.variants
                for m in v.moved
            ),
        ),
        "findings.csv": _csv(
            ("area", "code", "event", "unless", "opposite", "sentences"),
            (
                (f.area, f.code, f.event, ";".join(f.unless), ";".join(f.opposite),
                 say_finding(report, f, atlas, language=language))
                for f in report.findings
            ),
        ),
    }  # fmt: skip


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else repr(value)
    return str(value)


def _rows(report: Report) -> Iterator[tuple[str, int]]:
    given = report.input
    for name in ("rows", "unreadable", "undated", "unlocated", "abroad", "counted", "spread"):
        yield name, getattr(given, name)
    yield "ground_lost", given.ground_lost
    yield "ground_gained", given.ground_gained
    if given.deaths:
        yield "deaths_unread", given.deaths_unread


def _series(series: Series) -> bytes:
    def rows() -> Iterator[tuple[Any, ...]]:
        for area, lines in series.areas.items():
            for way in Certainty:
                line: Line = getattr(lines, way)
                columns = [getattr(line, name) for name in _COUNT]
                for i, (start, days) in enumerate(zip(series.starts, series.days, strict=True)):
                    cells = (None if column is None else column[i] for column in columns)
                    yield start, days, area, way.value, *cells

    return _csv((series.unit, "days", "area", "counted", *_COUNT), rows())


def _three(counts: Counts) -> Iterator[tuple[Any, ...]]:
    for way in Certainty:
        count: Count = getattr(counts, way)
        yield way.value, *(getattr(count, name) for name in _COUNT)


def _phases(report: Report) -> Iterator[tuple[Any, ...]]:
    for p in report.phases:
        for area, counts in (("zone", p.counts), ("rest", p.rest)):
            for row in _three(counts):
                yield (
                    p.zone, p.phase, p.start, p.stop, p.first_day, p.last_day, p.days, p.in_force,
                    area, *row,
                )  # fmt: skip


def _totals(report: Report) -> Iterator[tuple[Any, ...]]:
    given = report.input
    days = 0
    if given.first_day is not None and given.last_day is not None:
        days = (given.last_day - given.first_day).days + 1
    for total in report.totals:
        for when, length, counts in (
            ("whole", days, total.whole),
            ("in_force", total.days_in_force, total.in_force),
        ):
            for row in _three(counts):
                yield total.area, length, when, *row


def _changes(report: Report) -> Iterator[tuple[Any, ...]]:
    for c in report.changes:
        for way in Certainty:
            ratio = getattr(c, way)
            zone, rest = ratio.zone, ratio.rest
            yield (
                c.event, c.area, way.value, c.first_day, c.last_day, c.weeks_before, c.weeks_after,
                *(getattr(zone, name) for name in _SIDE), zone.deaths_before, zone.deaths_after,
                *(getattr(rest, name) for name in _SIDE), rest.deaths_before, rest.deaths_after,
                ratio.ratio, ratio.low, ratio.high, ratio.sign, ratio.relative_sign,
                ";".join(ratio.why_not), c.spanning, ";".join(c.cautions), ";".join(c.overlaps),
                ";".join(c.ground),
            )  # fmt: skip


def _change_weeks(report: Report) -> Iterator[tuple[Any, ...]]:
    for c in report.changes:
        for way in Certainty:
            ratio = getattr(c, way)
            for name in ("zone", "rest"):
                side = getattr(ratio, name)
                weeks = (*side.weekly_before, *side.weekly_after)
                for week, incidents in enumerate(weeks, start=-len(side.weekly_before)):
                    yield c.event, c.area, way.value, name, week, incidents


def _variant_totals(report: Report) -> Iterator[tuple[Any, ...]]:
    for v in report.variants:
        for when, table in (("whole", v.whole), ("in_force", v.in_force)):
            for area, counts in table.items():
                for way, number in zip(Certainty, counts, strict=True):
                    yield v.id, v.kind, v.value, area, when, way.value, number
