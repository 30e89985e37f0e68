"""What a text says of places: one in several spellings, round it, between two, its admin unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NoReturn

from geodata import grammar
from geodata.errors import PlaceError
from geodata.text.repairs import clean_text, quote
from geodata.text.sounds import read_spelling

Units = tuple[int, ...]

SURE, DASH = re.compile(r"[,،٫;؛()]"), re.compile(r"/|\s[-–—]\s")
"""What parts a name from its units for sure, and what only may."""
_LIMITS: dict[str, int] = grammar.load("limits")["names"]


@cache
def words_of_kind(name: str) -> tuple[str, ...]:
    """Return a group of words of the grammar, in every language, the longest first."""
    groups: dict[str, list[str]] = grammar.load("sounds")[name]
    return tuple(sorted((w for words in groups.values() for w in words), key=len, reverse=True))


def split(at: re.Pattern[str], text: str) -> list[str]:
    """Return the parts of a text between signs, without those that are empty."""
    return [part for part in map(str.strip, at.split(text)) if part]


def cleaned(name: str) -> str:
    """Return a name in plain signs; PlaceError where it is too long, or has no letter or digit."""
    if not isinstance(name, str) or len(name) > grammar.load("limits")["characters"]["place"]:
        refuse_name(name)
    text = clean_text(name)[0]
    if not read_spelling(text).codes or len(split(SURE, text)) > _LIMITS["parts"]:
        refuse_name(name)
    return text


def readings_of(text: str, find: Callable[[str], Units]) -> list[tuple[str, list[str]]]:
    """Return the ways to read a text as a name and the units that it lies in.

    The units, which `find` knows, come last (``Saraqib, Idlib``, ``Saraqib - Idlib``, ``Saraqib
    (Idlib)``), or first (``Idlib, Saraqib``). What is no unit after a dash or a slash, or in
    brackets, is part of the name, or another one.
    """
    bare = " ".join(re.sub(r"\([^()]*\)", " ", text).split())
    inner = re.findall(r"\(([^()]+)\)", text)
    if bare and inner and not all(map(find, inner)):
        return [(bare, []), *((name, []) for name in inner if read_spelling(name).codes)]
    parts = split(SURE, text)
    if len(parts) > 1:
        readings = [(parts[0], parts[1:])]
        return [*readings, (parts[-1], parts[:-1])] if find(parts[0]) else readings
    parts = split(DASH, text)
    readings = [(text, [])]
    if len(parts) > 1:
        if find(parts[-1]):
            readings.append((parts[0], parts[1:]))
        if find(parts[0]):
            readings.append((parts[-1], parts[:-1]))
    # A slash parts two spellings, too; a dash stands in names.
    return readings[::-1] if "/" in text else readings


def with_unit_inside(text: str, find: Callable[[str], Units]) -> Iterator[tuple[str, Units]]:
    """Yield the name and the units where a unit stands before or behind it without a sign."""
    words = text.split()
    for count in range(1, min(_UNIT_WORDS, len(words) - 1) + 1):
        for unit, name in ((words[-count:], words[:-count]), (words[:count], words[count:])):
            if named := find(" ".join(unit)):
                yield " ".join(name), named


_UNIT_WORDS = 3  # of the name of a unit, at most


def related(name: str) -> tuple[list[str], str]:
    """Return the places that a name speaks of, and how the incident lies to them.

    Two places that it lies `between`; else one, in one or several spellings (``X or Y``).
    PlaceError where they are too many, or one of them is longer than any name.
    """
    for pattern in _between():
        if pair := pattern.fullmatch(name):
            if not all(map(_is_name, pair.groups())):
                refuse_name(name)
            return [pair[1], pair[2]], "between"
    relation = "at"
    if before := _words("around").match(name):
        name, relation = name[before.end() :], "around"
    parts = parts_of("or", name)
    if not parts or len(parts) > _LIMITS["spellings"] or not all(map(_is_name, parts)):
        refuse_name(name)
    return parts, relation


def _is_name(text: str) -> bool:
    """Tell whether a text has letters or digits, and not more than any name of a place."""
    codes = read_spelling(text).codes
    return bool(codes) and max(map(len, codes)) <= _LIMITS["letters"]


def parts_of(group: str, name: str) -> list[str]:
    """Return the parts of a name between words such as or, and between slashes."""
    return [part for part in _parting(group).split(name) if part.strip()]


@cache
def _between() -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(rf"{before}\s+(.+?)\s+{middle}\s*(.+)", re.IGNORECASE)
        for before, middle in grammar.load("sounds")["between"]
    )


@cache
def _words(group: str) -> re.Pattern[str]:
    """Return a pattern of one of a group's words at the beginning, and the space behind it."""
    return re.compile(rf"(?:{_any_of(group)})\s+(?=\S)", re.IGNORECASE)


@cache
def _parting(group: str) -> re.Pattern[str]:
    return re.compile(rf"\s+(?:{_any_of(group)})\s+|\s*/\s*")


def _any_of(group: str) -> str:
    return "|".join(map(re.escape, words_of_kind(group)))


def refuse_name(name: object) -> NoReturn:
    """Raise PlaceError: no name of a place was found."""
    raise PlaceError(
        f"expected the name of a place, of at most {_LIMITS['letters']} letters, found "
        f"{quote(name)}; write it like 'Khan Sheikhoun'"
    )
