"""Verifying a card: computed again from its own input, and compared."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from dezone.cite.card import Card, make_card
from dezone.provenance import canonical, software_sha256
from dezone.verification import Difference, Verification
from geodata.atlas import Atlas, read_atlas
from geodata.errors import DezoneError, RecordError
from zones.incident import check
from zones.record import Record

__all__ = ["read_card", "verify"]

_OPTIONS = {"atlas", "boundary", "basis", "language", "coarsest_radius", "places"}
_VERSIONS = ("atlas_version", "atlas_sha256", "software")


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


def is_card(path: Path) -> bool:
    """Tell whether a file is meant as a card: all is that is not JSON with something else in it."""
    try:
        whole = msgspec.json.decode(_read(path))
    except (RecordError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return path.name != "report.json"
    return not isinstance(whole, dict) or "report" not in whole


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
        if canonical(same, indent=2) != canonical(details, indent=2):
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
