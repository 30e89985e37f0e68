"""What a report found, as the terminal shows it."""

from __future__ import annotations

import textwrap

import click

from dezone import show
from dezone.report.model import Finding, Report
from dezone.report.words import say_brief, say_finding
from geodata.atlas import Atlas
from zones.sentence import fill

__all__ = ["summarize"]


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
    """Return which findings go first: those about all, those that support a change, the rest."""
    if finding.event is None:
        return 0
    return 2 if {"fall", "rise"}.isdisjoint(finding.code.split("-")) else 1
