"""Rounds, agreements and phases in one list, oldest first."""

from __future__ import annotations

from typing import Any

from geodata.atlas import Atlas


def events(atlas: Atlas, language: str) -> list[dict[str, Any]]:
    """Return rounds, agreements and changes of phase, oldest first.

    Each has `day` (ISO 8601), `kind` (``round``, ``agreement`` or ``phase``), `name` in the
    language, `zones` (ids), `what` (English), `confidence` and `sources`.
    """
    words = atlas.words(language)
    names = {zone.id: zone.name[language] for zone in atlas.zones}
    found: list[dict[str, Any]] = []
    for entry in atlas.rounds:
        found.append(
            {
                "day": entry.first_day.isoformat(),
                "kind": "round",
                "name": entry.name[language],
                "zones": [],
                "what": entry.about_zones,
                "confidence": entry.confidence.value,
                "sources": list(entry.sources),
            }
        )
    for agreement in atlas.agreements:
        if agreement.in_force is None:
            continue
        found.append(
            {
                "day": agreement.in_force.isoformat(),
                "kind": "agreement",
                "name": agreement.title[language],
                "zones": list(agreement.zones),
                "what": agreement.provisions,
                "confidence": agreement.confidence.value,
                "sources": list(agreement.sources),
            }
        )
    for phase in atlas.phases:
        if phase.start is None:
            continue
        found.append(
            {
                "day": phase.start.isoformat(),
                "kind": "phase",
                "name": f"{names[phase.zone]}: {words['phase'][phase.phase.value]}",
                "zones": [phase.zone],
                "what": phase.what,
                "confidence": phase.confidence.value,
                "sources": list(phase.sources),
            }
        )
    kinds = ("round", "agreement", "phase")
    return sorted(found, key=lambda e: (e["day"], kinds.index(e["kind"])))
