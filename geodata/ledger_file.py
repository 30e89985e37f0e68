"""The file of a ledger as it is written: groups of columns, decoded when they are needed."""

from __future__ import annotations

import datetime as dt
from typing import TypeVar

import msgspec

from geodata.errors import AtlasError
from geodata.schema import RecordId, Slug, Word

FILE = "settlements.json"

T = TypeVar("T")


class Places(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What settlements are, by code, and how large; n of each column."""

    kinds: tuple[Word, ...]
    zones: tuple[Slug, ...]
    radius_bases: tuple[Word, ...]
    kind: list[int]
    zone: list[int | None]
    radius_m: list[int]
    radius_basis: list[int]
    unit: list[int | None]


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Their ids and names; n of each column."""

    id: list[RecordId]
    name: list[str]
    name_ar: list[str | None]
    variants: list[list[str]]


class Units(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Governorates, districts and sub-districts."""

    pcode: list[str]
    name: list[str]
    name_ar: list[str]


class Points(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Published points, the main one of each settlement first."""

    sources: tuple[RecordId, ...]
    settlement: list[int]
    longitude: list[float]
    latitude: list[float]
    source: list[int]


class Control(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Holdings, in the order of settlements and days."""

    sides: tuple[Slug, ...]
    events: tuple[Word, ...]
    sources: tuple[RecordId, ...]
    settlement: list[int]
    side: list[int | None]
    earliest: list[dt.date | None]
    latest: list[dt.date | None]
    precision: list[str | None]
    event: list[int]
    confidence: list[str]
    cited: list[list[int]]
    readings: list[tuple[int, list[tuple[str, list[int]]]]]
    notes: list[tuple[int, str]]


class Spellings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every spelling of every settlement, reduced as in `geodata.text.sounds`: lines of `code`."""

    settlement: list[int]
    qualifiers: list[int]
    code: str


class Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file of a ledger: groups of columns, still as they are written."""

    places: msgspec.Raw
    points: msgspec.Raw
    control: msgspec.Raw
    names: msgspec.Raw
    admin: msgspec.Raw
    spellings: msgspec.Raw = msgspec.Raw(b"null")


EMPTY = Columns(
    *(
        msgspec.Raw(msgspec.json.encode({name: [] for name in kind.__struct_fields__}))
        for kind in (Places, Points, Control, Names, Units)
    )
)
"""The ledger of an atlas that has none."""


def decode(content: msgspec.Raw, kind: type[T], what: str) -> T:
    """Return one group of columns; AtlasError where it cannot be read."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        text = str(error)
        raise AtlasError(
            f"{FILE}: {what}: {text[:1].lower()}{text[1:]}; write it with `make data`."
        ) from error
