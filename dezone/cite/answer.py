"""A verdict as the terminal shows it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from dezone import show
from geodata.atlas import Atlas

if TYPE_CHECKING:
    from zones.record import Record


def show_record(atlas: Atlas, found: Record, language: str) -> str:
    """Return a verdict in at most twelve lines."""
    from zones.sentence import fill, say_length, say_verdict

    words = atlas.words(language)
    lines = [click.style(say_verdict(words, found.verdict, found.space, found.time), bold=True)]
    if found.zone is not None:
        where = atlas.zone(found.zone).name[language]
        if found.distance_m is not None:
            side = "inside" if found.distance_m >= 0 else "outside"
            distance = say_length(words, abs(found.distance_m))
            where += " · " + fill(words["distance"][side], {"distance": distance})
        lines[0] += f"  {show.plain_text(where)}"
    facts = list(_facts(atlas, found, language))
    width = max(show.columns(label) for label, _ in facts)
    left = show.MOST_LINES - 1 - len(facts)
    lines += _wrapped(show.plain_text(found.sentence), show.room(), left)
    lines += [f"{show.pad(label, width)}  {show.plain_text(text)}" for label, text in facts]
    return "\n".join(lines) + "\n"


CUT = " …"
"""Stands at the end of a sentence that is shortened."""

_MOST_CHOICES = 6  # of places that share a name


def _wrapped(text: str, width: int, most: int) -> list[str]:
    """Return a text as lines; if it does not fit, whole sentences are left out where possible."""
    lines = textwrap.wrap(text, width)
    end = len(text)
    while len(lines) > most and (end := text.rfind(". ", 0, end)) > 0:
        lines = textwrap.wrap(f"{text[: end + 1]}{CUT}", width)
    if len(lines) > most:
        lines = textwrap.wrap(text, width, max_lines=most, placeholder=CUT)
    return lines


def _facts(atlas: Atlas, found: Record, language: str) -> Iterator[tuple[str, str]]:
    """Yield the facts below the sentence, as labels and texts."""
    from zones.record import decides
    from zones.sentence import fill, say_days, say_length, say_list

    words = atlas.words(language)
    labels = words["field"]
    if found.latitude is not None and found.longitude is not None:
        radius = words["radius_exact"]
        if found.radius_m:
            radius = f"± {say_length(words, found.radius_m)}"
        where = f"{found.latitude:.5f}, {found.longitude:.5f} ({radius})"
        named = found.place if decides(found.input) else None
        name = named.name if named else _settlement(atlas, found, language)
        if name is not None:
            where = f"{name} · {where}"
        yield labels["place"], where
    if found.candidates:
        yield labels["candidates"], " · ".join(_choices(atlas, found, language))
    if found.first_day is not None and found.last_day is not None:
        yield labels["date"], say_days(words, found.first_day, found.last_day)
    if found.phase:
        yield labels["phase"], words["phase"][found.phase]
    if found.round:
        rounds = {entry.id: entry.name for entry in atlas.rounds}
        names = [atlas.actors[actor].name[language] for actor in found.guarantors]
        under = f"{rounds[found.round][language]} · {say_list(words, names, last=False)}"
        yield labels["arranged_under"], under
    if found.share_best is not None:
        slots = {
            "low": f"{found.share_low:.2f}",
            "best": f"{found.share_best:.2f}",
            "high": f"{found.share_high:.2f}",
        }
        yield labels["share"], fill(words["shares"], slots)
    spaces = [
        f"{atlas.boundary(name).name[language]}: {words['space'][space]}"
        for name, space in found.boundaries.items()
    ]
    if spaces:
        yield labels["boundaries"], " · ".join(spaces)
    if found.reasons:
        said = [words["reason"][reason] for reason in found.reasons]
        yield labels["reasons"], " · ".join(said)


def _settlement(atlas: Atlas, found: Record, language: str) -> str | None:
    """Return the name of the settlement of a position as a language writes it."""
    if found.settlement is None:
        return None
    return atlas.ledger.name(atlas.ledger.index(found.settlement), language)


def _choices(atlas: Atlas, found: Record, language: str) -> Iterator[str]:
    """Yield the places that share a name: the code by which each can be given, name, where."""
    for code in found.candidates[:_MOST_CHOICES]:
        if code not in atlas.ledger:
            yield code
            continue
        place = atlas.ledger.settlement(atlas.ledger.index(code))
        arabic = language == "ar"
        units = place.admin[1::-1]
        where = ("، " if arabic else ", ").join(u.name_ar if arabic else u.name for u in units)
        name = atlas.ledger.name(atlas.ledger.index(code), language) or ""
        yield f"{code} {name}" + (f" ({where})" if where else "")
    if len(found.candidates) > _MOST_CHOICES:
        yield f"+ {len(found.candidates) - _MOST_CHOICES}"
