"""The card of a verdict: everything needed to cite it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from dezone.provenance import canonical, libraries, software_sha256
from geodata.atlas import Atlas
from geodata.errors import RecordError
from geodata.schema import Area, Boundary, Extent
from zones.calendar import day_number, governing
from zones.incident import hint_at_name, hint_at_swap
from zones.places import INSIDE_SHARE, OUTSIDE_SHARE
from zones.record import Record
from zones.sentence import fill, record_html, say_days, say_verdict

_SCHEMA = 1
_AUTHOR = "dezone contributors"


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A record together with everything that it rests on.

    Attributes
    ----------
    record : Record
    details : mapping
        What the JSON card holds under ``card``: plain values, in the order of the file.
    """

    record: Record
    details: Mapping[str, Any]

    @property
    def language(self) -> str:
        """The language of its words."""
        return str(self.details["language"])

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical bytes of everything but the hash itself."""
        return hashlib.sha256(canonical(self._whole(), indent=2)).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return the card as plain values: the record, then ``card``, then ``sha256``."""
        return {**self._whole(), "sha256": self.sha256}

    def to_json(self) -> str:
        """Return the card as canonical JSON."""
        return canonical(self.to_dict(), indent=2).decode()

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        """The card as a GeoJSON feature."""
        return {**self.record.__geo_interface__, "properties": self.to_dict()}

    def _repr_html_(self) -> str:
        """Return the card as a notebook shows it: the answer, and how it is cited."""
        cited = {"cite": str(self.details["citation"]["text"]), "sha256": self.sha256}
        return record_html(self.record.to_dict(), cited)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return the card in the forms that a notebook can show."""
        return {
            "text/plain": str(self.details["citation"]["text"]),
            "text/html": self._repr_html_(),
        }

    def _whole(self) -> dict[str, Any]:
        return {**self.record.to_dict(), "card": dict(self.details)}


# -- making ---------------------------------------------------------------------------------


def make_card(
    record: Record,
    atlas: Atlas,
    *,
    language: str,
    made: dt.datetime,
    coarsest_radius_m: float | None = None,
) -> Card:
    """Return the card of a record.

    Parameters
    ----------
    record
        Of `zones.check`, with the same atlas and language.
    made
        The moment of making, with a time zone; kept in UTC to the second.
    coarsest_radius_m
        As the record was made with; the atlas's own where None.
    """
    if made.tzinfo is None:
        raise RecordError(
            f"expected the moment of making with a time zone, found {made.isoformat()}; give UTC."
        )
    moment = made.astimezone(dt.UTC).replace(microsecond=0)
    record_sha256 = hashlib.sha256(canonical(record.to_dict(), indent=2)).hexdigest()
    details: dict[str, Any] = {
        "schema": _SCHEMA,
        "made": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "language": language,
        "record_sha256": record_sha256,
        "coarsest_radius_m": (
            atlas.meta.coarsest_radius_m if coarsest_radius_m is None else coarsest_radius_m
        ),
        "doubt": " ".join(
            filter(None, (hint(record, atlas, language) for hint in (hint_at_swap, hint_at_name)))
        )
        or None,
        **_ground(record, atlas, language),
        "method": {
            "document": "docs/method.md",
            "inside": f"share_low >= {INSIDE_SHARE}",
            "outside": f"share_high <= {OUTSIDE_SHARE}",
            "datum": "WGS 84",
            "time_zone": atlas.meta.time_zone,
        },
        "atlas": {
            "id": atlas.meta.id,
            "title": atlas.meta.title[language],
            "version": atlas.version,
            "sha256": atlas.sha256,
            "licence": atlas.meta.licence,
            "attribution": list(atlas.meta.attribution),
        },
        "software": {
            "name": record.software,
            "sha256": software_sha256(),
            "libraries": libraries(),
        },
    }
    details["citation"] = _citation(record, atlas, moment, details)
    plain = msgspec.json.decode(msgspec.json.encode(details))  # as it is read again
    return Card(record=record, details=plain)


def _ground(record: Record, atlas: Atlas, language: str) -> dict[str, Any]:
    """Return zone, extents, phase, talks, boundaries and areas, with all their sources."""
    zones = [zone for zone in atlas.zones if zone.id == record.zone]
    extents, main = extents_of(record, atlas)
    found: dict[str, list[dict[str, Any]]] = {
        "zone": [
            {**_fields(one, "id", "number"), "name": one.name[language], "sources": one.sources}
            for one in zones
        ],
        "extents": [
            {
                **_fields(one, "id", "valid_from", "valid_to"),
                "governs": k == main,
                **_fields(one, "area_km2", "confidence", "note", "sources"),
            }
            for k, one in enumerate(extents)
        ],
        "phase": [
            {
                "phase": one.phase,
                "from": one.start,
                **_fields(one, "precision", "what", "confidence", "sources"),
            }
            for one in _phase(record, atlas)
        ],
        "agreements": [
            {
                "id": one.id,
                "title": one.title[language],
                **_fields(one, "signed", "in_force", "until", "guarantors", "signatories"),
                **_fields(one, "round", "un_symbol", "confidence", "sources"),
            }
            for one in atlas.agreements
            if one.id in record.agreements
        ],
        "rounds": [
            {
                "id": one.id,
                "name": one.name[language],
                **_fields(one, "place", "first_day", "last_day", "confidence", "sources"),
            }
            for one in atlas.rounds
            if one.id == record.round
        ],
        "boundaries": [
            _boundary(one, record, atlas, language)
            for one in atlas.boundaries
            if one.id in record.boundaries
        ],
        "areas": [
            _area(atlas.areas[name], space, language)
            for name, space in (*record.subareas.items(), *record.neighbours.items())
        ],
    }
    cited = {key for items in found.values() for one in items for key in one["sources"]}
    zone = next(iter(found.pop("zone")), None)
    return {"zone": zone, **found, "sources": {key: atlas.sources[key] for key in sorted(cited)}}


def _boundary(boundary: Boundary, record: Record, atlas: Atlas, language: str) -> dict[str, Any]:
    return {
        "id": boundary.id,
        "name": boundary.name[language],
        "description": boundary.description[language],
        "accuracy": atlas.note(boundary.accuracy, language),
        "space": record.boundaries[boundary.id],
        "decides": boundary.id == record.boundary,
        **_fields(boundary, "confidence", "sources"),
    }


def _area(area: Area, space: str, language: str) -> dict[str, Any]:
    return {
        **_fields(area, "id", "kind"),
        "name": area.name[language],
        "space": space,
        **_fields(area, "valid_from", "valid_to", "agreement", "note", "confidence", "sources"),
    }


def _fields(item: Any, *names: str) -> dict[str, Any]:
    """Return some fields of a record of the atlas, unchanged."""
    return {name: getattr(item, name) for name in names}


def extents_of(record: Record, atlas: Atlas) -> tuple[list[Extent], int]:
    """Return the extents of the record's zone on its days, and which of them governs."""
    mine = [e for e in atlas.extents_under(record.boundary) if e.zone == record.zone]
    if not mine:
        return [], 0
    first = -(10**9) if record.first_day is None else day_number(record.first_day)
    last = 10**9 if record.last_day is None else day_number(record.last_day)
    i, j, main = (int(k[0]) for k in governing(mine, np.array([first]), np.array([last])))
    return mine[i : j + 1], main - i


def _phase(record: Record, atlas: Atlas) -> list[Any]:
    """Return the phase of the zone on the first day; nothing where there is no zone or day."""
    if record.first_day is None:
        return []
    begun = [
        p
        for p in atlas.phases
        if p.zone == record.zone and (p.start is None or p.start <= record.first_day)
    ]
    return begun[-1:]


# -- citing ---------------------------------------------------------------------------------


def _citation(
    record: Record, atlas: Atlas, moment: dt.datetime, details: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the citation of a card, which names everything that only its file states."""
    language, record_sha256 = details["language"], details["record_sha256"]
    words = atlas.words(language)
    title = fill(
        words["card"]["citation"],
        {
            "verdict": say_verdict(words, record.verdict, record.space, record.time),
            "zone": atlas.zone(record.zone).name[language] if record.zone else "–",
            "position": (
                "–"
                if record.latitude is None or record.longitude is None
                else f"{record.latitude:.5f}, {record.longitude:.5f}"
            ),
            "days": (
                "–"
                if record.first_day is None or record.last_day is None
                else say_days(words, record.first_day, record.last_day)
            ),
        },
    )
    note = (
        f"Record SHA-256 {record_sha256}. Atlas {atlas.meta.id} {atlas.version}, "
        f"SHA-256 {atlas.sha256}. Made {details['made']}."
    )
    if details["coarsest_radius_m"] != atlas.meta.coarsest_radius_m:
        note += f" Coarsest radius {details['coarsest_radius_m']:g} m."
    key = f"dezone-{record_sha256[:12]}"
    fields = {
        "title": title,
        "author": f"{{{_AUTHOR}}}",
        "year": str(moment.year),
        "date": moment.date().isoformat(),
        "version": record.software,
        "note": note,
    }
    lines = "".join(
        f"  {name} = {{{value if name == 'author' else _bibtex(value)}}},\n"
        for name, value in fields.items()
    )
    return {
        "text": f"{_AUTHOR} ({moment.year}). {title}. {record.software}. {note}",
        "bibtex": f"@misc{{{key},\n{lines}}}\n",
        "csl": {
            "id": key,
            "type": "document",
            "title": title,
            "author": [{"literal": _AUTHOR}],
            "issued": {"date-parts": [[moment.year, moment.month, moment.day]]},
            "version": record.software,
            "language": language,
            "note": note,
        },
    }


_BIBTEX = {
    **{char: f"\\{char}" for char in "%&#_$"},
    # BibTeX counts braces whether or not a backslash stands before them.
    "{": "\\textbraceleft{}",
    "}": "\\textbraceright{}",
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
}


def _bibtex(text: str) -> str:
    return "".join(_BIBTEX.get(char, char) for char in text)
