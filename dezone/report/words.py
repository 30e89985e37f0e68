"""The findings of a report in sentences that a person would say, from the atlas's own words."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from dezone import show
from dezone.report.model import Event, EventKind, Finding, Report, Sign, Variant
from geodata.atlas import Atlas
from zones.sentence import fill, say_days, say_length, say_list, say_number

# Where one day holds several kinds, the one that says most.
_TELLING = (
    EventKind.MEMORANDUM,
    EventKind.ARRANGEMENT,
    EventKind.OFFENSIVE,
    EventKind.HALT,
    EventKind.AGREEMENT,
    EventKind.END,
)


def say_finding(
    report: Report, finding: Finding, atlas: Atlas, *, language: str, headed: bool = True
) -> str:
    """Return a finding as sentences; the area is not named, for it stands above them.

    Without `headed` they go on from `say_event` and `say_headline`, and repeat neither.
    """
    words = atlas.words(language)
    said = list(_sentences(report, finding, atlas, words, language))
    if not headed and finding.event is not None:
        known = {words["report"]["finding"][key] for key in ("fall", "rise", "open")}
        said = [one for one in said[1:] if one not in known]
    return " ".join(said)


def say_headline(finding: Finding, atlas: Atlas, *, language: str) -> str | None:
    """Return the one sentence that a finding on a change comes to; None for any other.

    It says so where a change that it claims does not hold under every way of counting.
    """
    if finding.event is None:
        return None
    said: Mapping[str, str] = atlas.words(language)["report"]["headline"]
    key = finding.code.replace("-", "_")
    whole = f"{said[key]} {said['unless']}"
    return whole if finding.claims and finding.unless else said[key]


def say_brief(finding: Finding, atlas: Atlas, *, language: str) -> str | None:
    """Return a finding on a change in a few words; None for any other finding."""
    if finding.event is None:
        return None
    said = atlas.words(language)["report"]["brief"]
    if finding.signs is None:
        return str(said[finding.code.replace("-", "_")])
    sign, relative = finding.signs
    text = fill(said["pair"], {"sign": said[sign], "relative": said[relative]})
    return fill(said["unless"], {"said": text}) if finding.claims and finding.unless else text


def say_event(report: Report, finding: Finding, atlas: Atlas, *, language: str) -> tuple[str, str]:
    """Return what happened on the day that a finding speaks of, and which day that was."""
    words = atlas.words(language)
    event = next(event for event in report.events if event.id == finding.event)
    return _name(event, words), say_days(words, *days_of(event))


def days_of(event: Event) -> tuple[dt.date, dt.date]:
    """Return the first and last day that an event may stand for."""
    if event.precision != "month":
        return event.day, event.day
    following = (event.day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return event.day.replace(day=1), following - dt.timedelta(days=1)


def _sentences(
    report: Report, finding: Finding, atlas: Atlas, words: Mapping[str, Any], language: str
) -> Iterator[str]:
    templates = words["report"]["finding"]
    numbers = finding.numbers
    if finding.event is None:
        code = finding.code
        if code == "limits" and not numbers["count"]:
            code = "no_intervals"
        code = code.replace("-", "_")
        yield fill(templates[code], {k: say_count(words, v) for k, v in numbers.items()})
        if finding.code == "total" and "deaths_best" in numbers:
            slots = {k: say_count(words, numbers[f"deaths_{k}"]) for k in ("low", "best", "high")}
            yield fill(templates["deaths"], slots)
        return
    event = next(event for event in report.events if event.id == finding.event)
    change = next(change for change in report.changes if change.event == finding.event)
    yield fill(
        templates["head"],
        {"event": _name(event, words), "day": say_days(words, *days_of(event))},
    )
    if finding.signs is None:
        keys = ("before", "after") if finding.code == "few" else ("weeks_before", "weeks_after")
        slots = {
            "before": say_count(words, numbers[keys[0]]),
            "after": say_count(words, numbers[keys[1]]),
        }
        yield fill(templates[finding.code.replace("-", "_")], slots)
    else:
        yield from _told(finding, finding.signs, words)
    if change.cautions:
        said = [words["report"]["caution"][code] for code in change.cautions]
        yield fill(templates["caution"], {"cautions": say_list(words, said, last=False)})
    if finding.opposite:
        yield _otherwise("reversed", finding.opposite, report, atlas, language)
    if others := [one for one in finding.unless if one not in finding.opposite]:
        yield _otherwise("unless", others, report, atlas, language)


def _told(finding: Finding, signs: tuple[Sign, Sign], words: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the intervals of a change support."""
    templates = words["report"]["finding"]
    numbers = finding.numbers
    sign, relative = signs
    weekly = {
        "before": say_count(words, float(numbers["before"]) / int(numbers["weeks_before"])),
        "after": say_count(words, float(numbers["after"]) / int(numbers["weeks_after"])),
    }
    if "ratio" in numbers:
        ends = {k: say_ratio(words, numbers[k]) for k in ("ratio", "low", "high")}
        yield fill(templates["change"], weekly | ends)
    else:
        yield fill(templates["change_from_none"], weekly)
    yield templates[sign]
    if relative == "unknown":
        yield templates["relative_unknown"]
    elif "relative" in numbers:
        slots = {
            "rest": say_ratio(words, numbers["rest"]),
            "relative": say_ratio(words, numbers["relative"]),
            "low": say_ratio(words, numbers["relative_low"]),
            "high": say_ratio(words, numbers["relative_high"]),
        }
        yield fill(templates[f"relative_{relative}"], slots)


def _otherwise(key: str, ids: Sequence[str], report: Report, atlas: Atlas, language: str) -> str:
    words = atlas.words(language)
    said = []
    for one in ids:
        if one in _COUNTS:
            said.append(words["report"]["finding"][_COUNTS[one]])
        else:
            variant = next(variant for variant in report.variants if variant.id == one)
            said.append(say_variant(variant, atlas, language))
    variants = say_list(words, said, last=False)
    return fill(words["report"]["finding"][key], {"variants": variants})


_COUNTS = {"count=sure": "only_sure", "count=possible": "all_possible"}
"""The words for the other two ways of counting, by the ids that findings have for them."""


def say_variant(variant: Variant, atlas: Atlas, language: str) -> str:
    """Return the name of a variant."""
    words = atlas.words(language)
    kind, value = variant.kind, variant.value
    names = words["report"]["variant"]
    if kind == "boundary":
        value = atlas.boundary(value).name[language]
    elif kind == "basis":
        value = words["basis"][value]
    elif kind == "radius":
        if float(value) == 0:
            return str(names["radius_exact"])
        value = say_length(words, float(value))
    elif kind == "days":
        value = value.replace("-", "\u2212")
    return fill(names[kind], {"value": value})


def _name(event: Event, words: Mapping[str, Any]) -> str:
    kind = next(kind for kind in _TELLING if kind in event.kinds)
    return str(words["report"]["event"][kind.value])


def say_count(words: Mapping[str, Any], number: float | int | str) -> str:
    """Return a count: whole where it is large or whole, else to a tenth."""
    value = float(number)
    return say_number(words, value, 0 if value >= 1000 else 1)


def say_ratio(words: Mapping[str, Any], number: float | int | str) -> str:
    """Return a ratio to two figures, like 0.25, 1.3 or 12."""
    value = float(number)
    text = f"{value:.0f}" if value >= 9.95 or value == 0 else f"{value:.1f}"
    if 0 < value < 1.05:  # never rounded to 1: on which side of it, is what matters
        text = f"{value:.2f}" if value >= 0.095 else f"{value:.2g}"
        if float(text) == 1 and value != 1:
            text = f"{value:.4f}"
    return text.replace(".", words["units"]["decimal"])


# -- on the terminal ------------------------------------------------------------------------


def summarize(atlas: Atlas, found: Report, language: str) -> str:
    """Return what a report found, each change on a line, in at most eleven.

    Where there are more, those that support a change come before those that do not, and a line
    says how many are left out.
    """
    words = atlas.words(language)
    areas = {zone.id: zone.name[language] for zone in atlas.zones} | words["report"]["area"]
    days = {event.id: event.day.isoformat() for event in found.events}
    told = [one for one in found.findings if one.code not in ("total", "limits")]
    width = max((show.columns(areas[one.area]) for one in told if one.area), default=0)
    room = show.room()

    def lines(finding: Finding) -> list[str]:
        said = say_brief(finding, atlas, language=language)
        if said is None:
            said = say_finding(found, finding, atlas, language=language)
        if not finding.area:
            return textwrap.wrap(show.plain_text(said), room)
        name = click.style(show.pad(areas[finding.area], width), bold=True)
        day = f"{days[finding.event]}  " if finding.event else ""
        return [f"{name}  {day}{show.plain_text(said)}"]

    caveat = textwrap.wrap(words["report"]["brief"]["caveat"], room)
    if not found.input.counted:
        caveat = textwrap.wrap(words["report"]["page"]["no_counted"], room)
    # One line says what is left out, and one where the page is.
    left = show.MOST_LINES - len(caveat) - 2
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
    """Return the rank of findings: those about all, those that support a change, the rest."""
    if finding.event is None:
        return 0
    return 1 if finding.claims else 2
