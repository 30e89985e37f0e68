"""What the terminal shows: the same sentence, the same order, aligned, plain in a pipe."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from geodata.atlas import Atlas

if TYPE_CHECKING:
    from dezone.report.model import Finding, Report
    from zones.record import Record
    from zones.tables.tagging import Answer

__all__ = [
    "as_json",
    "findings",
    "plain_text",
    "record",
    "safe_json",
    "table",
    "timeline",
    "zones",
]

_WIDTH = 78
_MOST_LINES = 12


def as_json(value: Any) -> str:
    """Return rows as JSON; geometries and lists of sources as they are, days as ISO 8601."""
    import shapely

    def encode(item: Any) -> Any:
        if isinstance(item, dt.date):
            return item.isoformat()
        if isinstance(item, shapely.Geometry):
            return json.loads(shapely.to_geojson(item))
        raise TypeError(f"no JSON for {type(item).__name__}")

    return json.dumps(value, ensure_ascii=False, indent=2, default=encode) + "\n"


def safe_json(text: str) -> str:
    """Return JSON in which signs that could steer a terminal are escapes; it says the same."""
    return "".join(
        char if char == "\n" or plain_text(char) == char else json.dumps(char)[1:-1]
        for char in text
    )


def record(atlas: Atlas, found: Record, language: str) -> str:
    """Return a verdict in at most twelve lines."""
    from zones.sentence import fill, say_days, say_length, say_list

    words = atlas.words(language)
    labels = words["field"]
    lines = [click.style(words["verdict"][found.verdict], bold=True)]
    if found.zone is not None:
        where = atlas.zone(found.zone).name[language]
        if found.distance_m is not None:
            side = "inside" if found.distance_m >= 0 else "outside"
            distance = say_length(words, abs(found.distance_m))
            where += " · " + fill(words["distance"][side], {"distance": distance})
        lines[0] += f"  {plain_text(where)}"
    facts: list[tuple[str, str]] = []
    if found.latitude is not None and found.longitude is not None:
        radius = words["radius_exact"]
        if found.radius_m:
            radius = f"± {say_length(words, found.radius_m)}"
        where = f"{found.latitude:.5f}, {found.longitude:.5f} ({radius})"
        if found.place is not None:
            where = f"{found.place.name} · {where}"
        facts.append((labels["place"], where))
    if found.first_day is not None and found.last_day is not None:
        facts.append((labels["date"], say_days(words, found.first_day, found.last_day)))
    if found.phase:
        facts.append((labels["phase"], words["phase"][found.phase]))
    if found.round:
        rounds = {entry.id: entry.name for entry in atlas.rounds}
        names = [atlas.actors[actor].name[language] for actor in found.guarantors]
        under = f"{rounds[found.round][language]} · {say_list(words, names, last=False)}"
        facts.append((labels["arranged_under"], under))
    if found.share_best is not None:
        slots = {
            "low": f"{found.share_low:.2f}",
            "best": f"{found.share_best:.2f}",
            "high": f"{found.share_high:.2f}",
        }
        facts.append((labels["share"], fill(words["shares"], slots)))
    spaces = [
        f"{atlas.boundary(name).name[language]}: {words['space'][space]}"
        for name, space in found.boundaries.items()
    ]
    facts.append((labels["boundaries"], " · ".join(spaces)))
    if found.reasons:
        said = [words["reason"][reason] for reason in found.reasons]
        facts.append((labels["reasons"], " · ".join(said)))
    width = max(_columns(label) for label, _ in facts)
    room = max(_WIDTH, min(shutil.get_terminal_size((_WIDTH, 24)).columns, 110))
    left = _MOST_LINES - 1 - len(facts)
    lines += _wrapped(plain_text(found.sentence), room, left)
    lines += [f"{_pad(label, width)}  {plain_text(text)}" for label, text in facts]
    return "\n".join(lines) + "\n"


def findings(atlas: Atlas, found: Report, language: str) -> str:
    """Return what a report found, each change on a line, in at most eleven.

    Where there are more, those that support a change come before those that do not, and a line
    says how many are left out.
    """
    from dezone.report.words import say_brief, say_finding
    from zones.sentence import fill

    words = atlas.words(language)
    areas = {zone.id: zone.name[language] for zone in atlas.zones} | words["report"]["area"]
    days = {event.id: event.day.isoformat() for event in found.events}
    told = [one for one in found.findings if one.code not in ("total", "limits")]
    width = max((_columns(areas[one.area]) for one in told if one.area), default=0)
    room = max(_WIDTH, min(shutil.get_terminal_size((_WIDTH, 24)).columns, 110))

    def lines(finding: Finding) -> list[str]:
        said = say_brief(finding, atlas, language=language)
        if said is None:
            said = say_finding(found, finding, atlas, language=language)
        if not finding.area:
            return textwrap.wrap(plain_text(said), room)
        name = click.style(_pad(areas[finding.area], width), bold=True)
        day = f"{days[finding.event]}  " if finding.event else ""
        return [f"{name}  {day}{plain_text(said)}"]

    caveat = textwrap.wrap(words["report"]["brief"]["caveat"], room)
    if not found.input.counted:
        caveat = textwrap.wrap(words["report"]["page"]["no_counted"], room)
    # One line says what is left out, and one where the page is.
    left = _MOST_LINES - len(caveat) - 2
    shown: dict[int, list[str]] = {}
    for n in sorted(range(len(told)), key=lambda n: (_rank(told[n]), n)):
        said = lines(told[n])
        if len(said) <= left:
            shown[n] = said
            left -= len(said)
    head = [line for n in sorted(shown) for line in shown[n]]
    if rest := len(told) - len(shown):
        head.append(fill(words["report"]["page"]["more"], {"count": str(rest)}))
    return "".join(f"{line}\n" for line in [*head, *caveat])


def _rank(finding: Finding) -> int:
    """Return which findings go first: those about all, those that support a change, the rest."""
    if finding.event is None:
        return 0
    return 2 if {"fall", "rise"}.isdisjoint(finding.code.split("-")) else 1


def _wrapped(text: str, width: int, most: int) -> list[str]:
    """Return a text as lines; what does not fit is left out sentence by sentence, if it can be."""
    lines = textwrap.wrap(text, width)
    end = len(text)
    while len(lines) > most and (end := text.rfind(". ", 0, end)) > 0:
        lines = textwrap.wrap(f"{text[: end + 1]} …", width)
    if len(lines) > most:
        lines = textwrap.wrap(text, width, max_lines=most, placeholder=" …")
    return lines


def zones(atlas: Atlas, rows: Sequence[dict[str, Any]], day: dt.date, language: str) -> str:
    """Return the zones of a day as an aligned table."""
    from zones.sentence import say_days

    words = atlas.words(language)
    labels = words["field"]
    rounds = {entry.id: entry.name[language] for entry in atlas.rounds}
    header = [
        labels[key] for key in ("zone", "phase", "arranged_under", "guarantors", "area", "valid")
    ]
    body = []
    for row in rows:
        zone = atlas.zone(row["zone"])
        names = [atlas.actors[actor].name[language] for actor in row["guarantors"]]
        until = row["valid_to"].isoformat() if row["valid_to"] else ""
        body.append(
            [
                zone.name[language],
                words["phase"][row["phase"]],
                rounds.get(row["round"], "–") if row["round"] else "–",
                words["list"]["separator"].join(names) or "–",
                f"{row['area_km2']:,.0f} {words['units']['km2']}".replace(",", "\u202f"),
                f"{row['valid_from'].isoformat()} – {until}",
            ]
        )
    title = click.style(say_days(words, day, day), bold=True)
    return f"{title}\n{_aligned(header, body)}"


def timeline(events: Sequence[dict[str, Any]]) -> str:
    """Return events one a line."""
    body = [[e["day"], e["kind"], e["name"], e["confidence"]] for e in events]
    return _aligned(None, body)


def table(atlas: Atlas, answers: Sequence[Answer], language: str) -> str:
    """Return verdicts on many incidents as an aligned table, with their count below."""
    words = atlas.words(language)
    labels = words["field"]
    header = [
        labels["incident"],
        labels["date"],
        labels["place"],
        labels["verdict"],
        labels["zone"],
        labels["phase"],
        labels["reasons"],
    ]
    body = []
    counts: dict[str, int] = {}
    for answer in answers:
        found = answer.record
        counts[found.verdict] = counts.get(found.verdict, 0) + 1
        body.append(
            [
                answer.row.get("id", ""),
                answer.row.get("date") or _days(found),
                textwrap.shorten(plain_text(answer.row.get("place", "")), 34, placeholder=" …"),
                words["verdict"][found.verdict],
                atlas.zone(found.zone).name[language] if found.zone else "–",
                words["phase"][found.phase] if found.phase else "–",
                ", ".join(found.reasons),
            ]
        )
    total = " · ".join(
        f"{words['verdict'][name]} {counts[name]}" for name in words["verdict"] if name in counts
    )
    return f"{_aligned(header, body)}\n{click.style(total, bold=True)}\n"


def _days(found: Record) -> str:
    if found.first_day is None or found.last_day is None:
        return ""
    days = [found.first_day.isoformat(), found.last_day.isoformat()]
    return "/".join(dict.fromkeys(days))


def _aligned(header: list[str] | None, body: list[list[str]]) -> str:
    rows = [[plain_text(cell) for cell in row] for row in ([header] if header else []) + body]
    widths = [max(_columns(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for n, row in enumerate(rows):
        cells = [_pad(cell, width) for cell, width in zip(row, widths, strict=True)]
        line = "  ".join(cells).rstrip()
        lines.append(click.style(line, dim=True) if header and n == 0 else line)
    return "\n".join(lines) + "\n"


def plain_text(text: str) -> str:
    """Return foreign text without characters that could steer a terminal."""
    return "".join(
        char if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") else " "
        for char in text
    )


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text fills: marks that combine fill none."""
    return sum(1 for char in text if unicodedata.combining(char) == 0)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _columns(text))
