"""Rounds, agreements and phases in one list, oldest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from geodata.atlas import Atlas
from geodata.schema import Fact

_KINDS = ("round", "agreement", "phase")


def events(atlas: Atlas, language: str) -> list[dict[str, Any]]:
    """Return rounds, agreements and changes of phase, oldest first.

    Each has `day` (ISO 8601), `kind` (``round``, ``agreement`` or ``phase``), `name` in the
    language, `zones` (ids), `what` (in the language where the atlas has a translation, else in
    English), `confidence` and `sources`.
    """
    phases = atlas.words(language)["phase"]
    names = {zone.id: zone.name[language] for zone in atlas.zones}
    found = []
    for entry in atlas.rounds:
        name, about = entry.name[language], atlas.note(entry.about_zones, language)
        found.append(_event("round", entry.first_day, name, (), about, entry))
    for text in atlas.agreements:
        if text.in_force is not None:
            name, about = text.title[language], atlas.note(text.provisions, language)
            found.append(_event("agreement", text.in_force, name, text.zones, about, text))
    for phase in atlas.phases:
        if phase.start is not None:
            name = f"{names[phase.zone]}: {phases[phase.phase.value]}"
            what = atlas.note(phase.what, language)
            found.append(_event("phase", phase.start, name, (phase.zone,), what, phase))
    return sorted(found, key=lambda event: (event["day"], _KINDS.index(event["kind"])))


def _event(
    kind: str, day: dt.date, name: str, zones: Sequence[str], what: str, fact: Fact
) -> dict[str, Any]:
    return {
        "day": day.isoformat(),
        "kind": kind,
        "name": name,
        "zones": list(zones),
        "what": what,
        "confidence": fact.confidence.value,
        "sources": list(fact.sources),
    }
