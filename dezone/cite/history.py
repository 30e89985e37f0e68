"""The history of a settlement in words: who held it from when, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geodata.atlas import Atlas
from geodata.ledger import Holding
from zones.sentence import fill, say_days, say_list


def write_history(atlas: Atlas, settlement: str, language: str) -> list[str]:
    """Return one line for each that held a settlement, in order of time, after a heading.

    Parameters
    ----------
    settlement
        Its id in the ledger.
    language
        One of the atlas's.
    """
    ledger, words = atlas.ledger, atlas.words(language)
    index = ledger.index(settlement)
    say = words["explain"]
    name = {"settlement": ledger.name(index, language) or settlement}
    holdings = ledger.history(index)
    if not holdings:
        return [fill(say["history_none"], name)]
    return [fill(say["history"], name), *(_line(atlas, one, language) for one in holdings)]


def _line(atlas: Atlas, holding: Holding, language: str) -> str:
    words = atlas.words(language)
    say = words["explain"]
    side = atlas.sides[holding.side].name[language] if holding.side else say["nobody"]
    when = fill(say[_key(holding)], {"side": side, **_days(words, holding)})
    details = {
        "event": say["event"].get(holding.event, holding.event),
        "confidence": words["confidence"][holding.confidence],
        "sources": _sources(atlas, words, holding.sources),
    }
    parts = [when, fill(say["held_details"], details)]
    for reading in holding.readings:
        slots = {"day": reading.value, "sources": _sources(atlas, words, reading.sources)}
        parts.append(fill(say["held_reading"], slots))
    return "; ".join(parts) + "."


def _key(holding: Holding) -> str:
    if holding.earliest is None:
        return "held_first"
    if holding.precision == "by":
        return "held_by"
    return "held_since" if holding.earliest == holding.latest else "held_between"


def _days(words: Mapping[str, Any], holding: Holding) -> dict[str, str]:
    days = {"first": holding.earliest, "last": holding.latest, "day": holding.earliest}
    return {key: say_days(words, day, day) for key, day in days.items() if day is not None}


def _sources(atlas: Atlas, words: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    """Return who published the sources, and when."""
    said = dict.fromkeys(
        " ".join(filter(None, (one.publisher or one.title, one.date)))
        for one in (atlas.sources[key] for key in keys)
    )
    return say_list(words, list(said), last=False) or "–"
