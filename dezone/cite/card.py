"""The card of a verdict: everything one must cite, and a way to find any change to it."""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
import platform
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyproj
import shapely

from geodata.atlas import Atlas, Extent, read_atlas
from geodata.errors import DezoneError, RecordError
from zones.calendar import day_number, governing
from zones.incident import check, hint_at_swap
from zones.record import Record
from zones.sentence import fill, say_days
from zones.verdict import INSIDE_SHARE, OUTSIDE_SHARE

__all__ = [
    "Card",
    "Difference",
    "Verification",
    "extents_of",
    "libraries",
    "make_card",
    "read_card",
    "software_sha256",
    "verify",
]

_SCHEMA = 1
_AUTHOR = "dezone contributors"
_OPTIONS = {"atlas", "boundary", "basis", "language", "coarsest_radius", "places"}
_VERSIONS = ("atlas_version", "atlas_sha256", "software")


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A record with all it rests on.

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
        """Hash over the canonical bytes of all but itself."""
        return hashlib.sha256(_canonical(self._whole())).hexdigest()

    def to_json(self) -> str:
        """Return the card as JSON: the record, then ``card``, then ``sha256``."""
        return _canonical({**self._whole(), "sha256": self.sha256}).decode()

    def _whole(self) -> dict[str, Any]:
        return {**self.record.to_dict(), "card": dict(self.details)}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in which a card and its recomputation differ.

    `what` is ``record``, ``atlas``, ``software`` or ``answer``; `text` says it in one line.
    """

    what: str
    text: str


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What came of recomputing a card; verified where nothing differs.

    `recomputed` is False where the file could not be read as a card: nothing is known of its
    answer then.
    """

    differences: list[Difference]
    recomputed: bool = True

    @property
    def verified(self) -> bool:
        """Whether the card is as it was made, and the same answer comes out again."""
        return not self.differences


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
    record_sha256 = hashlib.sha256(_canonical(record.to_dict())).hexdigest()
    details: dict[str, Any] = {
        "schema": _SCHEMA,
        "made": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "language": language,
        "record_sha256": record_sha256,
        "coarsest_radius_m": (
            atlas.meta.coarsest_radius_m if coarsest_radius_m is None else coarsest_radius_m
        ),
        "doubt": hint_at_swap(record, atlas, language) or None,
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
        "citation": _citation(record, atlas, language, moment, record_sha256),
    }
    plain = msgspec.to_builtins(details)
    return Card(record=record, details=plain)


def _ground(record: Record, atlas: Atlas, language: str) -> dict[str, Any]:
    """Return zone, extents, phase, agreements, round and boundaries, with all their sources."""
    extents, main = extents_of(record, atlas)
    phase = _phase(record, atlas)
    agreements = [a for a in atlas.agreements if a.id in record.agreements]
    rounds = [r for r in atlas.rounds if r.id == record.round]
    boundaries = [b for b in atlas.boundaries if b.id in record.boundaries]
    cited = {
        source
        for item in (*extents, *phase, *agreements, *rounds, *boundaries)
        for source in item.sources
    }
    zone = None
    if record.zone is not None:
        found = atlas.zone(record.zone)
        cited.update(found.sources)
        zone = {
            "id": found.id,
            "number": found.number,
            "name": found.name[language],
            "sources": found.sources,
        }
    return {
        "zone": zone,
        "extents": [
            {
                "id": extent.id,
                "valid_from": extent.valid_from,
                "valid_to": extent.valid_to,
                "governs": k == main,
                "area_km2": dict(extent.area_km2),
                "confidence": extent.confidence,
                "note": extent.note,
                "sources": extent.sources,
            }
            for k, extent in enumerate(extents)
        ],
        "phase": [
            {
                "phase": item.phase,
                "from": item.start,
                "precision": item.precision,
                "what": item.what,
                "confidence": item.confidence,
                "sources": item.sources,
            }
            for item in phase
        ],
        "agreements": [
            {
                "id": item.id,
                "title": item.title[language],
                "signed": item.signed,
                "in_force": item.in_force,
                "until": item.until,
                "guarantors": item.guarantors,
                "signatories": item.signatories,
                "round": item.round,
                "un_symbol": item.un_symbol,
                "confidence": item.confidence,
                "sources": item.sources,
            }
            for item in agreements
        ],
        "rounds": [
            {
                "id": item.id,
                "name": item.name[language],
                "place": item.place,
                "first_day": item.first_day,
                "last_day": item.last_day,
                "confidence": item.confidence,
                "sources": item.sources,
            }
            for item in rounds
        ],
        "boundaries": [
            {
                "id": item.id,
                "name": item.name[language],
                "description": item.description[language],
                "accuracy": item.accuracy,
                "space": record.boundaries[item.id],
                "decides": item.id == record.boundary,
                "confidence": item.confidence,
                "sources": item.sources,
            }
            for item in boundaries
        ],
        "sources": {key: atlas.sources[key] for key in sorted(cited)},
    }


def extents_of(record: Record, atlas: Atlas) -> tuple[list[Extent], int]:
    """Return the extents of the record's zone on its days, and which of them governs."""
    mine = [e for e in atlas.extents if e.zone == record.zone and e.boundary == record.boundary]
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


@cache
def software_sha256() -> str:
    """Return the hash over the names and bytes of the program: four packages, at any depth.

    Modules and the tables beside them count. The atlas does not: it has a hash of its own. Neither
    does what builds the atlas or the page, which is in no installed program.
    """
    whole = hashlib.sha256()
    for package in ("geodata", "zones", "maps", "dezone"):
        for name, entry in sorted(_program_files(files(package), package)):
            whole.update(f"{name}\0".encode())
            whole.update(hashlib.sha256(entry.read_bytes()).digest())
    return whole.hexdigest()


def _program_files(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        inner = f"{name}/{entry.name}"
        if entry.is_dir():
            if inner not in _NOT_PROGRAM and entry.name != "__pycache__":
                yield from _program_files(entry, inner)
        elif entry.name.endswith((".py", ".json")):
            yield inner, entry


_NOT_PROGRAM = {"geodata/data", "geodata/sources", "maps/static", "maps/web"}


def libraries() -> dict[str, str]:
    """Return the versions of the libraries that a verdict rests on."""
    return {
        "GEOS": ".".join(map(str, shapely.geos_version)),
        "PROJ": pyproj.proj_version_str,
        "Python": platform.python_version(),
        "numpy": np.__version__,
        "pyproj": pyproj.__version__,
        "shapely": shapely.__version__,
        "tzdata": _version("tzdata"),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


# -- citing ---------------------------------------------------------------------------------


def _citation(
    record: Record, atlas: Atlas, language: str, moment: dt.datetime, record_sha256: str
) -> dict[str, Any]:
    words = atlas.words(language)
    title = fill(
        words["card"]["citation"],
        {
            "verdict": words["verdict"][record.verdict],
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
        f"SHA-256 {atlas.sha256}."
    )
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


# -- verifying ------------------------------------------------------------------------------


def read_card(content: bytes) -> Card:
    """Read a JSON card as it stands, changed or not.

    Raises
    ------
    RecordError
        It is no JSON, or no card.
    """
    try:
        whole = msgspec.json.decode(content)
        if isinstance(whole, dict) and isinstance(whole.get("card"), dict):
            record = msgspec.convert(whole, Record)
            if isinstance(whole["card"].get("language"), str):
                return Card(record=record, details=whole["card"])
        found = "JSON that is none"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        found = f"something else ({str(error).splitlines()[0]})"
    raise RecordError(
        f"expected a card as `dezone check --card verdict.json` writes it, found {found}; "
        "use the file as it was written."
    )


def verify(
    path: str | Path | bytes, *, atlas: Atlas | None = None, places: Path | None = None
) -> Verification:
    """Recompute a card from its own input, and tell what differs.

    A change of any byte of the file is found: by its hash, or because the file is no longer
    written as cards are. Whoever changes the answer and writes the hash anew is found by the
    recomputation.

    Parameters
    ----------
    path
        A JSON card: its path, or its bytes.
    atlas
        The atlas to recompute with; the shipped one where None.
    places
        The file with more places that the card was made with, if it was.

    Raises
    ------
    RecordError
        The file cannot be opened.
    """
    content = path if isinstance(path, bytes) else _read(Path(path))
    book = read_atlas() if atlas is None else atlas
    try:
        card = read_card(content)
    except RecordError as error:
        unreadable = Difference(what="record", text=str(error))
        return Verification(differences=[unreadable], recomputed=False)
    found = [*_changed_bytes(card, content), *_other_versions(card, book)]
    found += _recomputed(card, book, places, whole=not found)
    return Verification(differences=found)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordError(
            f"expected a card at {str(path)!r}, found nothing that can be read "
            f"({error.strerror or error}); name the file that `dezone check --card` wrote."
        ) from error


def _changed_bytes(card: Card, content: bytes) -> Iterator[Difference]:
    stated = msgspec.json.decode(content).get("sha256")
    if content != card.to_json().encode():
        hint = "" if stated == card.sha256 else f" (it states {stated}, its content has "
        hint += f"{card.sha256})" if hint else " (its bytes are not as cards are written)"
        yield Difference(
            what="record", text=f"record changed: it is not as it was when it was made{hint}"
        )


def _other_versions(card: Card, atlas: Atlas) -> Iterator[Difference]:
    record = card.record
    if record.atlas_sha256 != atlas.sha256:
        yield Difference(
            what="atlas",
            text=f"atlas changed: the card was made with {record.atlas_version} "
            f"({record.atlas_sha256}), this is {atlas.version} ({atlas.sha256})",
        )
    made_by = card.details.get("software")
    stated = made_by.get("sha256") if isinstance(made_by, dict) else None
    if stated != software_sha256():
        yield Difference(
            what="software",
            text=f"software changed: the card was made with {record.software} ({stated}), "
            f"this is {software_sha256()}",
        )


def _recomputed(
    card: Card, atlas: Atlas, places: Path | None, *, whole: bool
) -> Iterator[Difference]:
    """Answer the card's question anew; compare the answer, and the whole card where asked."""
    details = card.details
    try:
        again = _again(card, atlas, places)
    except (DezoneError, TypeError, ValueError) as error:
        text = f"answer cannot be recomputed: {error}"
        yield Difference(what="answer", text=text)
        return
    before, after = card.record.to_dict(), again.to_dict()
    other = [
        f"{key} was {_short(before[key])}, is {_short(after[key])}"
        for key in before
        if key not in _VERSIONS and before[key] != after[key]
    ]
    if other:
        yield Difference(what="answer", text=f"answer differs: {'; '.join(other)}")
    elif whole:
        made = dt.datetime.fromisoformat(str(details["made"]))
        fresh = make_card(
            again,
            atlas,
            language=card.language,
            made=made,
            coarsest_radius_m=details["coarsest_radius_m"],
        )
        # Which libraries were at hand is a fact of the making, not of the answer.
        same = {**fresh.details, "software": details["software"]}
        if _canonical(same) != _canonical(details):
            text = "record changed: its hash fits, but the atlas and the method give another card"
            yield Difference(what="record", text=text)


def _again(card: Card, atlas: Atlas, places: Path | None) -> Record:
    asked = set(inspect.signature(check).parameters) - _OPTIONS
    given = card.record.input
    if not set(given) <= asked:
        raise RecordError(f"its input has {', '.join(sorted(set(given) - asked))}, not asked for")
    return check(
        **given,
        boundary=card.record.boundary,
        basis=card.record.basis,
        language=card.language,
        atlas=atlas,
        coarsest_radius=card.details.get("coarsest_radius_m"),
        places=places,
    )


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 80 else text[:79] + "…"


def _canonical(value: Any) -> bytes:
    """Return the one way in which a card is written: two spaces, UTF-8, a final newline."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
