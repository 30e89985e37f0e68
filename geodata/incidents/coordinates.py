"""Positions as people write them, read in the one way they can be meant, or refused.

A text is read in every way that the grammar allows. One way: a position. Several: an error that
shows two of them. None: an error that says why. ``docs/reading.md`` is the grammar in words.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import product
from typing import Any, Literal, NoReturn

import numpy as np

from geodata.errors import CoordinateError
from geodata.incidents.repairs import Repair, clean_text, fold_letters, quote, words

__all__ = [
    "Notation",
    "Position",
    "column_decimal",
    "read_geopoint",
    "read_pair",
    "read_position",
    "swapped_hint",
]

Axis = Literal["latitude", "longitude"]


class Notation(StrEnum):
    """How a position was written."""

    DECIMAL = "decimal"
    DECIMAL_COMMA = "decimal-comma"
    DMS = "dms"
    ISO_6709 = "iso-6709"
    MGRS = "mgrs"
    UTM = "utm"
    PLUS_CODE = "plus-code"
    GEO_URI = "geo-uri"
    WKT = "wkt"
    GEOJSON = "geojson"
    GEOPOINT = "geopoint"


@dataclass(frozen=True, slots=True)
class Position:
    """A place on WGS 84 in degrees, how it was written, and what was mended to read it.

    `extent_m` is the radius in metres that the notation itself implies: half the diagonal of an
    MGRS square or of a Plus Code's cell, the ``u`` of a geo URI, the accuracy of a geopoint;
    None where the notation says nothing about it.
    """

    longitude: float
    latitude: float
    notation: Notation
    repairs: tuple[Repair, ...] = ()
    extent_m: float | None = None


_LIMIT = 500  # longer than any notation; keeps a pasted page out of the grammar
_LIMITS: dict[Axis, float] = {"latitude": 90.0, "longitude": 180.0}
_WRITE = "write it like '35.9306 N, 36.6339 E'"


# --- the public readers ---------------------------------------------------------------------


# The common case, without the grammar; a test holds it to the same answers.
_PLAIN = re.compile(r" *([+-]?[0-9]{1,3}\.[0-9]+)(?: *[,;] *| +)([+-]?[0-9]{1,3}\.[0-9]+) *")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


def read_position(text: str, *, decimal: Literal[".", ","] | None = None) -> Position:
    """Return the position that `text` names, in any notation of ``docs/reading.md``.

    A plain pair is latitude, then longitude, unless letters or labels say otherwise; WKT and
    GeoJSON are longitude, then latitude. `decimal` states what a comma between two digits is,
    where the column as a whole has shown it (`column_decimal`).

    Raises
    ------
    CoordinateError
        The text is no position on Earth, or it can be read in two ways.
    """
    if not isinstance(text, str):
        _refuse(text, "this is not text")
    if plain := _PLAIN.fullmatch(text):
        return _position(float(plain[2]), float(plain[1]), Notation.DECIMAL, text)
    if len(text) > _LIMIT:
        _refuse(text, f"it has {len(text)} characters")
    clean, repairs = clean_text(text)
    if not clean:
        _refuse(text, "it is empty")
    for pattern, read in _FORMS:
        if match := pattern.fullmatch(clean):
            position = read(match, text)
            return replace(position, repairs=repairs + position.repairs)
    return _read_angles(text, clean, repairs, decimal)


def read_pair(
    latitude: str | float, longitude: str | float, *, decimal: Literal[".", ","] | None = None
) -> Position:
    """Return the position given by a latitude and a longitude from two cells.

    Numbers are degrees. Text may be anything that `read_position` takes for one angle. Letters
    that contradict the cell (an E in the latitude) are an error, since one of the two is wrong.

    Raises
    ------
    CoordinateError
        A cell is missing, is no angle, is out of range, or can be read in two ways.
    """
    pair: tuple[tuple[Axis, str | float], ...] = (("latitude", latitude), ("longitude", longitude))
    cells = [_read_cell(axis, cell, decimal) for axis, cell in pair]
    (north, north_repairs), (east, east_repairs) = cells
    shown = f"{_cell_text(latitude)} / {_cell_text(longitude)}"
    fears = [angle.fear for angle in (north, east) if angle.commas]
    if decimal is None and fears and all(fear is not None for fear in fears):
        readings = [f"{_number(north.value)}, {_number(east.value)}"]
        readings.append(", ".join(angle.fear or _number(angle.value) for angle in (north, east)))
        _two_ways(shown, readings)
    repairs = north_repairs + north.repairs + east_repairs + east.repairs
    return _position(east.value, north.value, _angle_notation(north, east), shown, repairs)


def read_geopoint(text: str) -> Position:
    """Return the position of one ODK or Kobo geopoint: ``latitude longitude altitude accuracy``.

    The last two may be missing; the accuracy in metres becomes `extent_m`. Only for a column that
    is known to hold geopoints: elsewhere four numbers could be degrees and minutes.

    Raises
    ------
    CoordinateError
        The text is not two to four plain numbers.
    """
    if not isinstance(text, str):
        _refuse(text, "this is not text")
    clean, repairs = clean_text(text)
    parts = clean.split(" ")
    if not 2 <= len(parts) <= 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise CoordinateError(
            f"expected a geopoint of two to four plain numbers, found {quote(text)}; "
            "write 'latitude longitude altitude accuracy' with blanks between"
        )
    numbers = [float(part) for part in parts]
    accuracy = numbers[3] if len(numbers) == 4 else None
    if accuracy is not None and not 0 <= accuracy < math.inf:
        _refuse(text, f"an accuracy of {parts[3]} m is not possible")
    found = _position(numbers[1], numbers[0], Notation.GEOPOINT, text, repairs)
    return replace(found, extent_m=accuracy)


def swapped_hint(
    position: Position, bounds: tuple[float, float, float, float] | Sequence[float]
) -> Position | None:
    """Return the position with its axes swapped if that, and only that, lies inside `bounds`.

    `bounds` is west, south, east, north in degrees. A hint to show, never a repair to make: where
    both or neither lie inside, nothing is proved and None is returned.
    """
    west, south, east, north = bounds

    def inside(longitude: float, latitude: float) -> bool:
        return west <= longitude <= east and south <= latitude <= north

    if inside(position.longitude, position.latitude):
        return None
    if not inside(position.latitude, position.longitude):
        return None
    return replace(position, longitude=position.latitude, latitude=position.longitude)


_COMMA_NUMBER = re.compile(r"(?<![0-9.,])[0-9]{1,3},([0-9]+)(?![0-9.,])")


def column_decimal(values: Iterable[object]) -> Literal[",", "."] | None:
    """Return the decimal mark that a column of single angles proves, or None.

    A comma is proved by a fraction that cannot be minutes (``36,2043``, ``36,75``), a point by any
    number written with one. Both, or neither, prove nothing.
    """
    found: set[Literal[",", "."]] = set()
    for value in values:
        if not isinstance(value, str):
            continue
        clean, _ = clean_text(value)
        if re.search(r"[0-9]\.[0-9]", clean):
            found.add(".")
        for match in _COMMA_NUMBER.finditer(clean):
            fraction = match[1]
            if len(fraction) > 2 or int(fraction.ljust(2, "0")) >= 60:
                found.add(",")
    return found.pop() if len(found) == 1 else None


# --- errors ---------------------------------------------------------------------------------


def _refuse(text: object, why: str, *, write: str = _WRITE) -> NoReturn:
    raise CoordinateError(
        f"expected a latitude and a longitude, found {quote(text)}: {why}; {write}"
    )


def _two_ways(text: object, readings: Sequence[str]) -> NoReturn:
    raise CoordinateError(
        f"expected one position, found {quote(text)}, which can be read in two ways: "
        f"{readings[0]} or {readings[1]}; {_WRITE}"
    )


def _number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _show(latitude: float, longitude: float) -> str:
    return f"latitude {_number(latitude)}, longitude {_number(longitude)}"


def _position(
    longitude: float,
    latitude: float,
    notation: Notation,
    text: object,
    repairs: tuple[Repair, ...] = (),
    extent_m: float | None = None,
) -> Position:
    """Return the position if it is on Earth."""
    if why := _off_earth(latitude, longitude):
        _refuse(text, why)
    return Position(longitude, latitude, notation, repairs, extent_m)


def _off_earth(latitude: float, longitude: float) -> str | None:
    """Say why this is no position, or None; NaN and infinities are outside of every range."""
    for name, value in (("latitude", latitude), ("longitude", longitude)):
        limit = _LIMITS[name]  # type: ignore[index]  # mypy widens the literals of the loop
        if not -limit <= value <= limit:
            why = f"{name} {value:.10g} is not within -{limit:.0f}..{limit:.0f}"
            if name == "latitude" and abs(value) <= 180 and abs(longitude) <= 90:
                why += " (are the two swapped?)"
            return why
    return None


# --- angles: decimal degrees, degrees and minutes, with letters or without ---------------------

_DEGREE_MARKS = "°º˚ᵒ∘"
_MINUTE_MARKS = "'’‘′´`ʹʼ‛"
_SECOND_MARKS = '"”“″˝ʺ‟'
_MARKS = str.maketrans(
    dict.fromkeys(_DEGREE_MARKS, "°")
    | dict.fromkeys(_MINUTE_MARKS, "'")
    | dict.fromkeys(_SECOND_MARKS, '"')
)
_RANKS = {"°": 0, "'": 1, '"': 2}
_MARK_NAMES = ("degrees", "minutes", "seconds")
# The letters d, m, s are marks only as a row, in lower case: alone, D may be the Turkish east and
# s the south.
_LETTERED = re.compile(
    r"([0-9]+) ?d ?([0-9]+(?:[.,][0-9]+)?) ?m(?: ?([0-9]+(?:[.,][0-9]+)?) ?s)?(?![^\W\d_])"
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Literal[
        "number", "comma", "separator", "sign", "mark", "colon", "dash", "is", "hemisphere", "label"
    ]
    text: str
    axis: Axis | None = None
    sign: int = 1
    paired: bool = False  # a Turkish letter, which counts only beside another one
    tight: bool = False  # a comma with a digit on both sides


@dataclass(frozen=True, slots=True)
class _Angle:
    value: float
    axis: Axis | None
    parts: int
    marked: bool
    named: bool
    paired: bool
    commas: bool  # a decimal comma was read
    fear: str | None  # the same number, its comma read as "degrees, minutes"
    repairs: tuple[Repair, ...]


class _NoAngleError(Exception):
    """These tokens are no angle; the text says why where that is worth telling."""


@cache
def _lexicon() -> tuple[re.Pattern[str], dict[str, _Token]]:
    """Return the pattern of one token, and the words by their folded spelling."""
    table = words()
    found: dict[str, _Token] = {}
    patterns: dict[str, str] = {}

    def add(word: str, token: _Token) -> None:
        key = _word_key(word)
        found[key] = token
        # Russian abbreviations come with and without dots and blanks: с.ш., с. ш., сш.
        letters = fold_letters(word).replace(".", "").split()
        if "." in word:
            letters = list("".join(letters))
            patterns[key] = r"\.? ?".join(map(re.escape, letters)) + r"\.?"
        else:
            patterns[key] = " ".join(map(re.escape, letters)) + r"\.?"

    signs: dict[str, tuple[Axis, int]] = {
        "north": ("latitude", 1),
        "south": ("latitude", -1),
        "east": ("longitude", 1),
        "west": ("longitude", -1),
    }
    for name, (axis, sign) in signs.items():
        for word in table["hemispheres"][name]:
            add(word, _Token("hemisphere", word, axis, sign))
        for word in table["paired_letters"][name]:
            # Upper case only: the letter d is a mark of degrees.
            found["=" + word] = _Token("hemisphere", word, axis, sign, paired=True)
    labels: dict[str, Axis] = {"latitude": "latitude", "longitude": "longitude"}
    for name, axis in labels.items():
        for word in table["axes"][name]:
            add(word, _Token("label", word, axis))
    for mark, marks in table["marks"].items():
        for word in marks:
            add(word, _Token("mark", mark))
    paired = "".join(w for group in table["paired_letters"].values() for w in group)
    ordered = sorted(patterns.values(), key=lambda pattern: (-len(pattern), pattern))
    # The flag (?i:) spares the Turkish letters.
    alternatives = f"(?i:{'|'.join(ordered)})|[{paired}]"
    token = re.compile(
        r"(?P<number>[0-9]+(?:\.[0-9]+)?)"
        r"|(?P<comma>,)|(?P<separator>[;/|])|(?P<colon>:)|(?P<is>=)"
        r"|(?P<dash>(?<=[0-9])-(?=[0-9]))|(?P<sign>[+-](?=[0-9]))"
        r"|(?P<mark>°|''|'|\")"
        rf"|(?<![^\W\d_])(?P<word>{alternatives})(?![^\W\d_])"
        r"|(?P<space> +)"
    )
    return token, found


def _word_key(word: str) -> str:
    return re.sub(r"[. ]", "", fold_letters(word)).casefold()


def _tokens(text: str, clean: str) -> list[_Token]:
    """Return the tokens of `clean`; refuse at the first sign that has no place in an angle."""
    pattern, lexicon = _lexicon()
    marked = fold_letters(clean.translate(_MARKS))
    marked = _LETTERED.sub(
        lambda m: f"{m[1]}°{m[2]}'" + (f'{m[3]}"' if m[3] is not None else ""), marked
    )
    out: list[_Token] = []
    at = 0
    while at < len(marked):
        match = pattern.match(marked, at)
        if match is None:
            rest = re.match(r"[^\W\d_]+|.", marked[at:])
            why = f"{quote(rest[0] if rest else marked[at:])} has no meaning there"
            if rest and rest[0] == "٬":
                why = "U+066C separates thousands, and degrees have none"
            _refuse(text, why)
        kind, raw = match.lastgroup, match[0]
        if kind == "word":
            token = lexicon.get("=" + raw) or lexicon[_word_key(raw)]
            out.append(token if token.kind == "mark" else replace(token, text=raw))
        elif kind == "comma":
            around = marked[at - 1 : at] + marked[at + 1 : at + 2]
            out.append(_Token("comma", raw, tight=bool(re.fullmatch(r"[0-9]{2}", around))))
        elif kind == "mark":
            out.append(_Token("mark", '"' if raw == "''" else raw))
        elif kind != "space":
            out.append(_Token(kind, raw))  # type: ignore[arg-type]  # the group names are the kinds
        at = match.end()
    # An equals sign or a colon belongs to the label or letter before it.
    kept = [
        token
        for before, token in zip([None, *out], out, strict=False)
        if not (
            token.kind in ("is", "colon")
            and before is not None
            and before.kind in ("label", "hemisphere")
        )
    ]
    return kept


def _comma_readings(
    tokens: Sequence[_Token], decimal: Literal[".", ","] | None
) -> Iterator[list[_Token]]:
    """Yield the tokens with each comma read as a decimal mark or as the separator of the two."""
    commas = [i for i, token in enumerate(tokens) if token.kind == "comma"]
    if len(commas) > 4:
        return
    roles = [
        ("decimal", "separator") if tokens[i].tight and decimal != "." else ("separator",)
        for i in commas
    ]
    for chosen in product(*roles):
        role = dict(zip(commas, chosen, strict=True))
        out: list[_Token] = []
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.kind != "comma":
                out.append(token)
            elif role[at] == "separator":
                out.append(_Token("separator", ","))
            else:
                before, after = out.pop(), tokens[at + 1]
                joined = before.text + "," + after.text
                if joined.count(",") + joined.count(".") > 1:
                    break
                out.append(_Token("number", joined))
                at += 1
            at += 1
        else:
            yield out


def _angle(tokens: Sequence[_Token]) -> _Angle:
    """Return the angle that these tokens spell, all of them.

    ``[label] [letter] [sign] number [mark [number [mark [number [mark]]]]] [letter]``

    Raises
    ------
    _NoAngleError
        They spell none.
    """
    start, end = 0, len(tokens)
    while start < end and tokens[start].kind in ("label", "hemisphere"):
        start += 1
    while end > start and tokens[end - 1].kind == "hemisphere":
        end -= 1
    names = [*tokens[:start], *tokens[end:]]
    letters = [token for token in names if token.kind == "hemisphere"]
    labels = [token for token in names if token.kind == "label"]
    if len(letters) > 1 or len(labels) > 1:
        raise _NoAngleError
    axes = {token.axis for token in names}
    if len(axes) > 1:
        raise _NoAngleError("a label and a letter contradict each other")

    sign = 1
    if start < end and tokens[start].kind == "sign":
        sign = -1 if tokens[start].text == "-" else 1
        if letters and sign < 0:
            raise _NoAngleError("a minus sign and a letter say the same thing twice")
        start += 1
    parts: list[str] = []
    marked = False
    last_marked = False
    degree_mark = False
    for token in tokens[start:end]:
        if token.kind == "number":
            if len(parts) == 3:
                raise _NoAngleError
            parts.append(token.text)
            last_marked = False
            continue
        if not parts or last_marked:
            raise _NoAngleError
        rank = len(parts) - 1
        if token.kind == "mark":
            if _RANKS[token.text] != rank:
                raise _NoAngleError
            degree_mark = degree_mark or rank == 0
        elif not (token.kind == "colon" or (token.kind == "dash" and letters)) or rank == 2:
            raise _NoAngleError
        marked = last_marked = True
    if not parts:
        raise _NoAngleError
    if tokens[end - 1].kind in ("colon", "dash"):
        raise _NoAngleError
    if any("." in part or "," in part for part in parts[:-1]):
        raise _NoAngleError
    numbers = [float(part.replace(",", ".")) for part in parts]
    for name, part, number in zip(_MARK_NAMES[1:], parts[1:], numbers[1:], strict=False):
        if len(re.split("[.,]", part)[0]) > 2 or number >= 60:
            raise _NoAngleError(f"{part} {name} are not below 60")
    if (
        len(parts) == 3
        and marked
        and not last_marked
        and letters
        and tokens[end:]
        and letters[0].text == "s"
    ):
        raise _NoAngleError("the s may mean seconds or south")
    value = numbers[0]
    if len(numbers) > 1:
        value += numbers[1] / 60
    if len(numbers) > 2:
        value += numbers[2] / 3600
    letter = letters[0] if letters else None
    repairs: list[Repair] = []
    commas = "," in parts[-1]
    if commas:
        repairs.append(Repair("decimal-comma", parts[-1], parts[-1].replace(",", ".")))
    if letter is not None and letter.text not in ("N", "S", "E", "W"):
        plain = {"latitude": "NS", "longitude": "EW"}[letter.axis or "latitude"]
        repairs.append(Repair("hemisphere-word", letter.text, plain[letter.sign < 0]))
    fear = None
    # ISO 6709 writes minutes with two digits, so 36,2 cannot be minutes, and 36,75 neither.
    if commas and len(parts) == 1 and not degree_mark:
        whole, fraction = parts[0].split(",")
        if len(fraction) == 2 and int(fraction) < 60:
            fear = f"{whole}°{fraction}'"
    return _Angle(
        value=sign * (letter.sign if letter else 1) * value,
        axis=next(iter(axes), None),
        parts=len(parts),
        marked=marked,
        named=bool(names),
        paired=letter is not None and letter.paired,
        commas=commas,
        fear=fear,
        repairs=tuple(repairs),
    )


def _halves(tokens: Sequence[_Token]) -> Iterator[tuple[_Angle, _Angle]]:
    """Yield every way to cut the tokens into two angles.

    Raises
    ------
    _NoAngleError
        There is a separator, and one side of it is no angle.
    """
    cuts = [i for i, token in enumerate(tokens) if token.kind == "separator"]
    if len(cuts) > 1:
        return
    if cuts:
        left, right = _angle(tokens[: cuts[0]]), _angle(tokens[cuts[0] + 1 :])
        plain = not (left.marked or right.marked or left.named or right.named)
        if left.parts == right.parts or not plain:
            yield left, right
        return
    found: list[tuple[_Angle, _Angle]] = []
    told: _NoAngleError | None = None
    for cut in range(1, len(tokens)):
        try:
            found.append((_angle(tokens[:cut]), _angle(tokens[cut:])))
        except _NoAngleError as error:
            told = told or (error if error.args else None)
    # Without marks, 35 55 36 38 is twice degrees and minutes: nobody writes the two differently.
    even = [pair for pair in found if pair[0].parts == pair[1].parts]
    loose = [pair for pair in found if not any(a.marked or a.named for a in pair)]
    if not found and told:
        raise told
    if loose or (len(found) > 1 and even):
        yield from even
    else:
        yield from found


def _oriented(first: _Angle, second: _Angle) -> tuple[_Angle, _Angle]:
    """Return the two as latitude and longitude, by their letters and labels or by their order."""
    if first.named != second.named:
        raise _NoAngleError("only one of the two says which it is")
    if first.paired != second.paired:
        raise _NoAngleError("letters of two languages are mixed")
    if first.axis is None and second.axis is None:
        return first, second
    if first.axis == second.axis:
        raise _NoAngleError(f"both are a {first.axis}")
    return (first, second) if first.axis == "latitude" else (second, first)


def _angle_notation(*angles: _Angle) -> Notation:
    if any(angle.parts > 1 for angle in angles):
        return Notation.DMS
    if any(angle.commas for angle in angles):
        return Notation.DECIMAL_COMMA
    return Notation.DECIMAL


def _read_angles(
    text: str,
    clean: str,
    repairs: tuple[Repair, ...],
    decimal: Literal[".", ","] | None,
) -> Position:
    """Return the position that two angles in one text name."""
    round_brackets = re.fullmatch(r"\((.*)\)", clean)
    square = re.fullmatch(r"\[(.*)\]", clean)
    brackets = round_brackets or square
    inner = brackets[1].strip() if brackets else clean
    tokens = _tokens(text, inner)
    readings: dict[tuple[float, float], Position] = {}
    shown: list[str] = []
    why: str | None = None
    alone: str | None = None
    for variant in _comma_readings(tokens, decimal):
        try:
            single = _angle(variant)
            alone = alone or _alone(single, variant)
        except _NoAngleError as error:
            why = why or (str(error) if error.args else None)
        try:
            pairs = list(_halves(variant))
        except _NoAngleError as error:
            why = why or (str(error) if error.args else None)
            continue
        for pair in pairs:
            try:
                north, east = _oriented(*pair)
            except _NoAngleError as error:
                why = why or str(error)
                continue
            orders = [(north, east)]
            if square and not north.named:
                orders.append((east, north))  # a bare JSON array: GeoJSON puts longitude first
            for latitude, longitude in orders:
                if off := _off_earth(latitude.value, longitude.value):
                    why = why or off
                    continue
                place = (latitude.value, longitude.value)
                if place not in readings:
                    readings[place] = Position(
                        longitude.value,
                        latitude.value,
                        _angle_notation(latitude, longitude),
                        repairs + pair[0].repairs + pair[1].repairs,
                    )
                    shown.append(_show(*place))
                fears = [angle.fear for angle in pair if angle.commas]
                if decimal is None and fears and all(fear is not None for fear in fears):
                    both = [a.fear or _number(a.value) for a in (latitude, longitude)]
                    shown.append(f"latitude {both[0]}, longitude {both[1]}")
    if not readings:
        if alone:
            _refuse(text, f"this is one angle, {alone}, and a position needs two")
        _refuse(text, why or "it is no pair of angles")
    if alone:
        shown.append(f"the one angle {alone}")
    if len(shown) > 1:
        _two_ways(text, shown)
    return next(iter(readings.values()))


def _alone(angle: _Angle, tokens: Sequence[_Token]) -> str:
    """Return a single angle as it would be read, for an error message."""
    numbers = [token.text.replace(",", ".") for token in tokens if token.kind == "number"]
    if len(numbers) == 1:
        return _number(angle.value)
    return "".join(n + mark for n, mark in zip(numbers, "°'\"", strict=False))


def _cell_text(cell: object) -> str:
    return cell if isinstance(cell, str) else repr(cell)


def _read_cell(
    axis: Axis, cell: str | float, decimal: Literal[".", ","] | None
) -> tuple[_Angle, tuple[Repair, ...]]:
    """Return the angle in one cell of a known axis, in range, and the repairs to its text."""
    example = "35.9306" if axis == "latitude" else "36.6339"

    def refuse(why: str) -> NoReturn:
        raise CoordinateError(
            f"expected a {axis} in degrees, found {quote(cell)}: {why}; write it like {example}"
        )

    limit = _LIMITS[axis]
    repairs: tuple[Repair, ...] = ()
    if isinstance(cell, (bool, np.bool_)):
        refuse("this is a truth value")
    elif isinstance(cell, (int, float, np.integer, np.floating)):
        if not -1e9 < cell < 1e9:  # NaN, and integers that no float holds
            refuse(f"it is not within -{limit:.0f}..{limit:.0f}")
        angle = _plain_angle(float(cell))
    elif not isinstance(cell, str):
        refuse("this is neither a number nor text")
    elif len(cell) > _LIMIT:
        refuse(f"it has {len(cell)} characters")
    elif _NUMBER.fullmatch(cell):
        angle = _plain_angle(float(cell))
    else:
        clean, repairs = clean_text(cell)
        if not clean:
            refuse("it is empty")
        tokens = _tokens(cell, clean)
        found: list[_Angle] = []
        why: str | None = None
        for variant in _comma_readings(tokens, decimal):
            try:
                found.append(_angle(variant))
            except _NoAngleError as error:
                why = why or (str(error) if error.args else None)
        if not found:
            refuse(why or "it is no single angle")
        angle = found[0]
        if angle.axis not in (None, axis):
            refuse(f"its letter makes it a {angle.axis}")
    if not -limit <= angle.value <= limit:
        why = f"it is not within -{limit:.0f}..{limit:.0f}"
        refuse(why + (" (is it the longitude?)" if 90 < abs(angle.value) <= 180 else ""))
    return angle, repairs


def _plain_angle(value: float) -> _Angle:
    return _Angle(value, None, 1, False, False, False, False, None, ())


# --- notations with a form of their own ------------------------------------------------------


def _read_iso_6709(match: re.Match[str], text: str) -> Position:
    """Read ``+35.9306+036.6339/`` or ``+355550+0363802/`` (ISO 6709, annex H)."""

    def angle(sign: str, digits: str, fraction: str | None, degrees: int) -> float:
        whole, rest = digits[:degrees], digits[degrees:]
        pieces = [whole, *(rest[i : i + 2] for i in range(0, len(rest), 2))]
        pieces[-1] += fraction or ""
        numbers = [float(piece) for piece in pieces]
        if any(number >= 60 for number in numbers[1:]):
            _refuse(text, f"{'minutes' if len(numbers) == 2 else 'minutes or seconds'} reach 60")
        value = 0.0
        for power, number in enumerate(numbers):
            value += number / 60.0**power
        return -value if sign == "-" else value

    latitude = angle(match[1], match[2], match[3], 2)
    longitude = angle(match[4], match[5], match[6], 3)
    if len(match[2]) - 2 != len(match[5]) - 3:
        _refuse(text, "latitude and longitude have different numbers of digits")
    return _position(longitude, latitude, Notation.ISO_6709, text)


def _read_geo_uri(match: re.Match[str], text: str) -> Position:
    """Read ``geo:latitude,longitude[,altitude][;crs=wgs84][;u=metres]`` (RFC 5870)."""
    write = "write it like 'geo:35.9306,36.6339;u=100'"
    numbers = match[1].split(",")
    if len(numbers) not in (2, 3) or not all(_NUMBER.fullmatch(n) for n in numbers):
        _refuse(text, "a geo URI has two or three plain numbers", write=write)
    extent: float | None = None
    for at, parameter in enumerate(filter(None, match[2].split(";"))):
        name, _, value = parameter.partition("=")
        if name.lower() == "crs":
            if at != 0 or value.lower() != "wgs84":
                _refuse(text, f"its reference system is {quote(value)}, not wgs84", write=write)
        elif name.lower() == "u":
            if extent is not None or not re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", value):
                _refuse(text, f"the uncertainty {quote(parameter)} is no length", write=write)
            extent = float(value)
            if math.isinf(extent):
                _refuse(text, "the uncertainty is endless", write=write)
        else:
            _refuse(text, f"the parameter {quote(parameter)} is not known", write=write)
    found = _position(float(numbers[1]), float(numbers[0]), Notation.GEO_URI, text)
    return replace(found, extent_m=extent)


def _read_wkt(match: re.Match[str], text: str) -> Position:
    """Read ``[SRID=4326;]POINT [Z|M|ZM] (longitude latitude ...)`` (OGC Simple Features)."""
    write = "write it like 'POINT (36.6339 35.9306)', longitude first"
    if match[1] is not None and int(match[1]) != 4326:
        raise CoordinateError(
            f"expected SRID 4326 (WGS 84), found {quote(text)}; convert it before"
        )
    body = match[3].strip()
    if body.upper() == "EMPTY":
        _refuse(text, "the point is empty", write=write)
    numbers = body.removeprefix("(").removesuffix(")").split()
    axes = 2 + len((match[2] or "").strip())
    exponent = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,3})?")
    if (
        not (body.startswith("(") and body.endswith(")"))
        or not all(exponent.fullmatch(number) for number in numbers)
        or not (len(numbers) == axes or (axes == 2 and len(numbers) in (3, 4)))
    ):
        _refuse(text, "this is no WKT point", write=write)
    return _position(float(numbers[0]), float(numbers[1]), Notation.WKT, text)


def _read_geojson(match: re.Match[str], text: str) -> Position:
    """Read a GeoJSON Point, or a Feature with one (RFC 7946): longitude, latitude."""
    write = 'write it like {"type": "Point", "coordinates": [36.6339, 35.9306]}, longitude first'

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) < len(pairs):
            raise ValueError("a name occurs twice")
        return dict(pairs)

    def no_constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is no number")

    try:
        value = json.loads(match[0], object_pairs_hook=once, parse_constant=no_constant)
    except (ValueError, RecursionError):
        _refuse(text, "this is not JSON", write=write)
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    if not isinstance(value, dict) or value.get("type") != "Point":
        _refuse(text, "this is no GeoJSON point", write=write)
    if "crs" in value:
        _refuse(text, "it names a reference system of its own, which GeoJSON no longer has",
                write=write)  # fmt: skip
    numbers = value.get("coordinates")
    if (
        not isinstance(numbers, list)
        or len(numbers) not in (2, 3)
        or not all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in numbers)
        or any(abs(n) > 1e6 for n in numbers[:2])
    ):
        _refuse(text, "its coordinates are not two or three numbers", write=write)
    return _position(float(numbers[0]), float(numbers[1]), Notation.GEOJSON, text)


# Metres in a degree at most: of a meridian at the poles, of the equator (WGS 84).
_MERIDIAN_DEGREE_M = 111_694.0
_EQUATOR_DEGREE_M = 111_320.0
_PLUS_DIGITS = "23456789CFGHJMPQRVWX"


def _read_plus_code(match: re.Match[str], text: str) -> Position:
    """Read a full Plus Code; the position is the middle of its cell.

    Pairs of digits of base 20, then single digits that cut a cell into 4 columns and 5 rows
    (Open Location Code specification, google/open-location-code).
    """
    code = match[0].upper()
    write = "write the full code, like '8G7RWJJM+6H'"
    head, tail = code.split("+")
    digits = head.rstrip("0") + tail
    padded = len(head) - len(head.rstrip("0"))
    if len(head) < 8:
        _refuse(text, "a short Plus Code needs a place beside it", write=write)
    misplaced = padded and (tail or padded % 2 or padded > 6)
    if misplaced or len(tail) == 1 or "0" in digits:
        _refuse(text, "this is no valid Plus Code", write=write)
    digits = digits[:15]
    south, west, height, width = -90.0, -180.0, 400.0, 400.0
    for at in range(0, min(len(digits), 10), 2):
        height, width = height / 20, width / 20
        south += height * _PLUS_DIGITS.index(digits[at])
        west += width * _PLUS_DIGITS.index(digits[at + 1])
    for digit in digits[10:]:
        height, width = height / 5, width / 4
        row, column = divmod(_PLUS_DIGITS.index(digit), 4)
        south, west = south + height * row, west + width * column
    if south >= 90 or west >= 180:
        _refuse(text, "this Plus Code lies beyond a pole or the antimeridian", write=write)
    latitude, longitude = south + height / 2, west + width / 2
    nearest = 0.0 if south <= 0 <= south + height else min(abs(south), abs(south + height))
    extent = math.hypot(
        height / 2 * _MERIDIAN_DEGREE_M,
        width / 2 * _EQUATOR_DEGREE_M * math.cos(math.radians(nearest)),
    )
    return _position(longitude, latitude, Notation.PLUS_CODE, text, extent_m=extent)


_BANDS = "CDEFGHJKLMNPQRSTUVWX"
_ROWS = "ABCDEFGHJKLMNPQRSTUV"
_COLUMNS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def _band_limits(band: str) -> tuple[float, float]:
    """Return the south and north of a latitude band; X alone has 12 degrees."""
    south = -80.0 + 8.0 * _BANDS.index(band)
    return south, 84.0 if band == "X" else south + 8.0


def _from_utm(zone: int, north: bool, easting: float, northing: float) -> tuple[float, float]:
    """Return longitude and latitude of a point of WGS 84 / UTM, in degrees."""
    from pyproj import Proj

    projection = Proj(proj="utm", zone=zone, ellps="WGS84", south=not north)
    longitude, latitude = projection(easting, northing, inverse=True)
    return float((longitude + 180.0) % 360.0 - 180.0), float(latitude)


def _read_mgrs(match: re.Match[str], text: str) -> Position:
    """Read an MGRS reference; the position is the middle of its square.

    Letters of squares repeat every three zones and every 2,000 km (NGA.STND.0037, appendix B).
    """
    write = "write it like '37S BV 8645 7920'"
    zone, band, column, row = int(match[1]), match[2].upper(), match[3].upper(), match[4].upper()
    first, second = match[5] or "", match[6] or ""
    if second and len(first) != len(second):
        _refuse(text, "easting and northing have different numbers of digits", write=write)
    digits = first + second
    if len(digits) % 2 or len(digits) > 10:
        _refuse(text, f"{len(digits)} digits are not twice up to five", write=write)
    if not 1 <= zone <= 60:
        _refuse(text, f"there is no zone {zone}", write=write)
    half = len(digits) // 2
    side = 10.0 ** (5 - half)
    columns = _COLUMNS[(zone - 1) % 3 * 8 :][:8]
    if column not in columns:
        _refuse(text, f"zone {zone} has no column {column}, only {columns[0]} to {columns[-1]}",
                write=write)  # fmt: skip
    easting = (columns.index(column) + 1) * 1e5 + int(digits[:half] or 0) * side + side / 2
    offset = 0 if zone % 2 else 5
    northing = (_ROWS.index(row) - offset) % 20 * 1e5 + int(digits[half:] or 0) * side + side / 2
    south, north = _band_limits(band)
    slack = side / 2 / 110_000 * 1.5  # the middle of a square that the band's edge cuts
    for lap in range(5):
        longitude, latitude = _from_utm(zone, band >= "N", easting, northing + lap * 2e6)
        if south - slack <= latitude <= north + slack:
            extent = side / 2 * math.sqrt(2)
            return _position(longitude, latitude, Notation.MGRS, text, extent_m=extent)
    _refuse(text, f"band {band} of zone {zone} has no square {column}{row} there", write=write)


def _read_utm(match: re.Match[str], text: str) -> Position:
    """Read ``37 north 286000 3980000``; the letter may be a hemisphere or a latitude band.

    37S is both the band of Syria and the southern hemisphere; where both give a position, that is
    an error that shows both. N as a band holds 0 to 8 degrees north, so it never contradicts.
    """
    groups = match.groupdict()
    write = "write it like 'UTM 37 north 286000 3980000'"
    if groups["epsg"]:
        code = int(groups["epsg"])
        zone, letter = code % 100, {326: "north", 327: "south"}.get(code // 100, "")
        if not letter or not 1 <= zone <= 60:
            _refuse(text, f"EPSG:{code} is not WGS 84 / UTM", write=write)
    else:
        zone, letter = int(groups["zone"]), groups["letter"]
    if not 1 <= zone <= 60:
        _refuse(text, f"there is no zone {zone}", write=write)

    def plain(number: str) -> float:
        return float(number.replace("٬", ""))

    easting, northing = plain(groups["e"] or groups["e2"]), plain(groups["n"] or groups["n2"])
    repairs: tuple[Repair, ...] = ()
    if "٬" in match[0]:
        repairs = (Repair("thousands", match[0], match[0].replace("٬", "")),)
    if not 1e5 <= easting < 9e5 or not 0 <= northing <= 1e7:
        _refuse(text, "an easting is 100000 to 900000, a northing 0 to 10000000", write=write)
    readings: list[tuple[float, float, str]] = []
    if len(letter) > 1:
        north = letter.lower() == "north"
        readings.append((*_from_utm(zone, north, easting, northing), letter.lower()))
    else:
        letter = letter.upper()
        if letter in "NS":
            longitude, latitude = _from_utm(zone, letter == "N", easting, northing)
            name = "north" if letter == "N" else "south"
            readings.append((longitude, latitude, f"zone {zone} {name}"))
        if letter != "N":
            longitude, latitude = _from_utm(zone, letter >= "N", easting, northing)
            low, high = _band_limits(letter)
            if low - 1e-6 <= latitude <= high + 1e-6:
                readings.append((longitude, latitude, f"band {letter}"))
    possible = [r for r in readings if math.isfinite(r[0]) and -80.5 <= r[1] <= 84.5]
    if not possible:
        _refuse(text, f"there is no such point in zone {zone}{letter}", write=write)
    if len(possible) > 1:
        ways = [f"{name} ({_show(lat, lon)})" for lon, lat, name in possible]
        raise CoordinateError(
            f"expected one position, found {quote(text)}, which can be read in two ways: "
            f"{ways[0]} or {ways[1]}; write 'UTM {zone} north ...' or 'UTM {zone} south ...'"
        )
    longitude, latitude, _ = possible[0]
    return _position(longitude, latitude, Notation.UTM, text, repairs)


def _polar(match: re.Match[str], text: str) -> NoReturn:
    _refuse(text, "polar squares (A, B, Y, Z) are not read", write="write it in degrees")


_METRES = r"(?:[0-9]+(?:\.[0-9]+)?|[0-9]{1,3}(?:٬[0-9]{3})+(?:\.[0-9]+)?)"
_FORMS = (
    (re.compile(r"\{.*\}"), _read_geojson),
    (re.compile(r"geo:([^;]*)((?:;[^;]*)*)", re.I), _read_geo_uri),
    (
        re.compile(r"(?:SRID ?= ?([0-9]{1,6}) ?; ?)?POINT ?(Z|M|ZM)? ?(EMPTY|\([^()]*\))", re.I),
        _read_wkt,
    ),
    (re.compile(r"[23456789CFGHJMPQRVWX0]{2,8}\+[23456789CFGHJMPQRVWX]*", re.I), _read_plus_code),
    (
        re.compile(
            r"([+-])([0-9]{2}|[0-9]{4}|[0-9]{6})(\.[0-9]+)?([+-])([0-9]{3}|[0-9]{5}|[0-9]{7})"
            r"(\.[0-9]+)?(?:[+-][0-9]+(?:\.[0-9]+)?)?(?:CRSWGS_84)?/?"
        ),
        _read_iso_6709,
    ),
    (
        re.compile(
            r"(?:MGRS:? ?)?([0-9]{1,2}) ?([C-HJ-NP-X]) ?([A-HJ-NP-Z])([A-HJ-NP-V])"
            r"(?: ?([0-9]+)(?: ([0-9]+))?)?",
            re.I,
        ),
        _read_mgrs,
    ),
    (re.compile(r"[ABYZ] ?[A-HJ-NP-Z]{2}(?: ?[0-9]+(?: [0-9]+)?)?", re.I), _polar),
    (
        re.compile(
            r"(?:(?:UTM:? ?)?(?:zone )?(?P<zone>[0-9]{1,2}) ?(?P<letter>north|south|[C-HJ-NP-X])"
            r"|EPSG:(?P<epsg>[0-9]{5}))[,:;]? "
            rf"(?:(?:E ?)?(?P<e>{_METRES}) ?(?:m ?E?|E)?[,;]? "
            rf"(?:N ?)?(?P<n>{_METRES}) ?(?:m ?N?|N)?"
            rf"|(?P<n2>{_METRES}) ?m? ?N[,;]? (?P<e2>{_METRES}) ?m? ?E)",
            re.I,
        ),
        _read_utm,
    ),
)
