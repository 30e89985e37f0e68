"""Angles in words, marks and digits: every way to read them, and the one that is meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import product
from typing import NoReturn, TypeVar

import numpy as np

from geodata.errors import CoordinateError
from geodata.text.lexicon import Token, tokens_of
from geodata.text.position import (
    LIMITS,
    LONGEST,
    NUMBER,
    Axis,
    Decimal,
    Notation,
    Position,
    off_earth,
    refuse,
    show_number,
    show_pair,
    two_ways,
)
from geodata.text.repairs import Repair, clean_text, quote

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Angle:
    """One angle as read.

    Attributes
    ----------
    value : float
        Degrees.
    axis : "latitude" or "longitude", optional
        The one that a letter or a label names.
    parts : int
        1 for degrees alone, 3 for degrees, minutes and seconds.
    marked, named, paired : bool
        Whether marks or colons, letters or labels, Turkish letters were read.
    comma : bool
        Whether a decimal comma was read.
    as_minutes : str, optional
        The same number with its comma read as "degrees, minutes", where that can be.
    repairs : tuple of Repair
    """

    value: float
    axis: Axis | None = None
    parts: int = 1
    marked: bool = False
    named: bool = False
    paired: bool = False
    comma: bool = False
    as_minutes: str | None = None
    repairs: tuple[Repair, ...] = ()


class _NoAngleError(Exception):
    """These tokens are not an angle; the text, if any, says why."""


# -- one angle ------------------------------------------------------------------------------------

# An angle by the kinds of its tokens: names before, a sign, numbers with their marks, a name after.
_ANGLE = re.compile(r"(?P<before>[lh]*)(?P<sign>s?)(?P<body>.*?)(?P<after>h*)")
_BODY = re.compile(r"""n(?:°|[:-](?=n))?(?:n(?:'|[:-](?=n))?(?:n"?)?)?""")
_MARK_NAMES = ("degrees", "minutes", "seconds")


def _angle(tokens: Sequence[Token]) -> Angle:
    """Return the angle that these tokens spell, all of them.

    ``[label] [letter] [sign] number [mark [number [mark [number [mark]]]]] [letter]``

    Raises
    ------
    _NoAngleError
        They spell none.
    """
    match = _ANGLE.fullmatch("".join(token.kind for token in tokens))
    assert match is not None  # noqa: S101  (every part of it may be empty)
    body = tokens[match.start("body") : match.end("body")]
    names = [*tokens[: match.end("before")], *tokens[match.start("after") :]]
    letter, axis = _named(names)
    sign = -1 if match["sign"] and tokens[match.start("sign")].text == "-" else 1
    if letter is not None and sign < 0:
        raise _NoAngleError("a minus sign and a letter say the same thing twice")
    if not _BODY.fullmatch(match["body"]) or ("-" in match["body"] and letter is None):
        raise _NoAngleError
    parts = [token.text for token in body if token.kind == "n"]
    marked = len(body) > len(parts)
    value = _degrees(parts)
    bare_seconds = len(parts) == 3 and marked and body[-1].kind == "n"
    if bare_seconds and match["after"] and names[-1].text == "s":
        raise _NoAngleError("the s may mean seconds or south")
    comma = "," in parts[-1]
    repairs: list[Repair] = []
    if comma:
        repairs.append(Repair("decimal-comma", parts[-1], parts[-1].replace(",", ".")))
    if letter is not None and letter.text not in ("N", "S", "E", "W"):
        plain = ("NS" if letter.axis == "latitude" else "EW")[letter.sign < 0]
        repairs.append(Repair("hemisphere-word", letter.text, plain))
    return Angle(
        value=sign * (letter.sign if letter else 1) * value,
        axis=axis,
        parts=len(parts),
        marked=marked,
        named=bool(names),
        paired=letter is not None and letter.paired,
        comma=comma,
        as_minutes=_as_minutes(parts[0]) if match["body"] == "n" else None,
        repairs=tuple(repairs),
    )


def _named(names: Sequence[Token]) -> tuple[Token | None, Axis | None]:
    """Return the letter or word of a hemisphere, and the axis that it or a label names."""
    letters = [token for token in names if token.kind == "h"]
    if len(letters) > 1 or len(names) - len(letters) > 1:
        raise _NoAngleError
    axes = {token.axis for token in names}
    if len(axes) > 1:
        raise _NoAngleError("a label and a letter contradict each other")
    return (letters[0] if letters else None), next(iter(axes), None)


def _degrees(parts: Sequence[str]) -> float:
    """Return degrees, minutes and seconds, of which only the last may have a fraction."""
    if any("." in part or "," in part for part in parts[:-1]):
        raise _NoAngleError
    value = 0.0
    for power, (name, part) in enumerate(zip(_MARK_NAMES, parts, strict=False)):
        number = float(part.replace(",", "."))
        if power and (len(re.split("[.,]", part)[0]) > 2 or number >= 60):
            raise _NoAngleError(f"{part} {name} are not below 60")
        value += number / 60.0**power
    return value


def _as_minutes(part: str) -> str | None:
    """Return a number with a comma as degrees and minutes, where it can be read so.

    ISO 6709 writes minutes with two digits, so 36,2 cannot be minutes, and 36,75 neither.
    """
    whole, _, fraction = part.partition(",")  # without a comma there is no fraction
    return f"{whole}°{fraction}'" if len(fraction) == 2 and int(fraction) < 60 else None


def angle_notation(*angles: Angle) -> Notation:
    """Return the notation that a pair of angles counts as."""
    if any(angle.parts > 1 for angle in angles):
        return Notation.DMS
    return Notation.DECIMAL_COMMA if any(angle.comma for angle in angles) else Notation.DECIMAL


def ambiguous_commas(*angles: Angle) -> bool:
    """Tell whether every comma of a pair of angles could stand between degrees and minutes."""
    commas = [angle for angle in angles if angle.comma]
    return bool(commas) and all(angle.as_minutes is not None for angle in commas)


# -- every way to read some tokens ----------------------------------------------------------------


def _comma_readings(tokens: Sequence[Token], decimal: Decimal | None) -> Iterator[list[Token]]:
    """Yield the tokens with each comma read as a decimal mark or as the separator of the two."""
    commas = [token for token in tokens if token.kind == ","]
    if len(commas) > 4:
        return
    roles = [(True, False) if comma.tight and decimal != "." else (False,) for comma in commas]
    for chosen in product(*roles):
        is_decimal = iter(chosen)
        out: list[Token] = []
        joining = False
        for token in tokens:
            if joining:
                joined = f"{out.pop().text},{token.text}"
                if joined.count(",") + joined.count(".") > 1:
                    break
                out.append(Token("n", joined))
                joining = False
            elif token.kind != ",":
                out.append(token)
            elif next(is_decimal):
                joining = True
            else:
                out.append(Token(";", ","))
        else:
            yield out


@lru_cache(maxsize=4096)
def _cuts(kinds: str) -> list[tuple[int, bool]]:
    """Return where tokens of these kinds can be cut so that what is before is perhaps an angle.

    Beside each stands whether what is after may be one, too. Texts of one shape have the same
    cuts; of hundreds of tokens nearly all cuts are none.
    """
    return [
        (cut, _is_perhaps(kinds[cut:])) for cut in range(1, len(kinds)) if _is_perhaps(kinds[:cut])
    ]


def _is_perhaps(kinds: str) -> bool:
    """Tell whether tokens of these kinds may be an angle, or fail for a reason that is told."""
    match = _ANGLE.fullmatch(kinds)
    assert match is not None  # noqa: S101  (every part of it may be empty)
    names = match["before"] + match["after"]
    if names.count("h") > 1 or names.count("l") > 1:
        return False
    if "h" in names and ("l" in names or match["sign"]):
        return True  # the two may contradict each other
    return bool(_BODY.fullmatch(match["body"])) and ("-" not in match["body"] or "h" in names)


def _halves(tokens: Sequence[Token]) -> list[tuple[Angle, Angle]]:
    """Return every way to cut the tokens into two angles.

    Raises
    ------
    _NoAngleError
        There is a separator, and one side of it is no angle; or there is no way.
    """
    cuts = [i for i, token in enumerate(tokens) if token.kind == ";"]
    if len(cuts) > 1:
        return []
    if cuts:
        left, right = _angle(tokens[: cuts[0]]), _angle(tokens[cuts[0] + 1 :])
        plain = not (left.marked or right.marked or left.named or right.named)
        return [(left, right)] if left.parts == right.parts or not plain else []
    found: list[tuple[Angle, Angle]] = []
    possible = _cuts("".join(token.kind for token in tokens))
    for cut, is_pair in possible:
        if is_pair:
            with suppress(_NoAngleError):
                found.append((_angle(tokens[:cut]), _angle(tokens[cut:])))
    for cut, is_pair in () if found else possible:  # the first reason why there is none
        try:
            _angle(tokens[:cut])
            if is_pair:
                _angle(tokens[cut:])
        except _NoAngleError as error:
            if error.args:
                raise
    # Without marks, 35 55 36 38 is twice degrees and minutes: nobody writes the two differently.
    even = [pair for pair in found if pair[0].parts == pair[1].parts]
    loose = any(not any(a.marked or a.named for a in pair) for pair in found)
    return even if loose or (len(found) > 1 and even) else found


def _oriented(first: Angle, second: Angle) -> tuple[Angle, Angle]:
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


@dataclass
class _Readings:
    """The readings of a text so far: positions, a single angle, and why others failed."""

    decimal: Decimal | None
    either_order: bool
    positions: dict[tuple[float, float], Position] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    alone: str | None = None
    why: str | None = None

    def tried(self, read: Callable[[], T]) -> T | None:
        """Return the result of `read`; None if there is no angle, keeping the first reason."""
        try:
            return read()
        except _NoAngleError as error:
            self.why = self.why or (str(error) if error.args else None)
            return None

    def add(self, tokens: Sequence[Token]) -> None:
        """Read tokens as one angle, and in every way as two."""
        single = self.tried(partial(_angle, tokens))
        if single is not None and self.alone is None:
            self.alone = _shown_alone(single, tokens)
        for pair in self.tried(partial(_halves, tokens)) or ():
            oriented = self.tried(partial(_oriented, *pair))
            if oriented is None:
                continue
            self.place(oriented, pair)
            if self.either_order and not oriented[0].named:
                self.place((oriented[1], oriented[0]), pair)

    def place(self, oriented: tuple[Angle, Angle], written: tuple[Angle, Angle]) -> None:
        """Add the position of a latitude and a longitude, in the order in which they stand."""
        north, east = oriented
        if off := off_earth(north.value, east.value):
            self.why = self.why or off
            return
        place = (north.value, east.value)
        if place not in self.positions:
            repairs = written[0].repairs + written[1].repairs
            notation = angle_notation(north, east)
            self.positions[place] = Position(east.value, north.value, notation, repairs)
            self.shown.append(show_pair(*place))
        if self.decimal is None and ambiguous_commas(north, east):
            both = [angle.as_minutes or show_number(angle.value) for angle in oriented]
            self.shown.append(f"latitude {both[0]}, longitude {both[1]}")


def read_angles(text: str, clean: str, decimal: Decimal | None) -> Position:
    """Return the position that two angles in one text name.

    Raises
    ------
    CoordinateError
        They name none on Earth, or can be read in two ways.
    """
    bracketed = re.fullmatch(r"\((.*)\)|\[(.*)\]", clean)
    inner = (bracketed[1] or bracketed[2] or "").strip() if bracketed else clean
    # A bare JSON array: GeoJSON puts longitude first.
    square = bracketed is not None and bracketed[2] is not None
    found = _Readings(decimal, either_order=square)
    for tokens in _comma_readings(tokens_of(text, inner), decimal):
        found.add(tokens)
    if not found.positions:
        if found.alone:
            refuse(text, f"this is one angle, {found.alone}, and a position needs two")
        refuse(text, found.why or "it is no pair of angles")
    if found.alone:
        found.shown.append(f"the one angle {found.alone}")
    if len(found.shown) > 1:
        two_ways(text, found.shown)
    return next(iter(found.positions.values()))


def _shown_alone(angle: Angle, tokens: Sequence[Token]) -> str:
    """Return a single angle as it would be read, for an error message."""
    numbers = [token.text.replace(",", ".") for token in tokens if token.kind == "n"]
    if len(numbers) == 1:
        return show_number(angle.value)
    return "".join(n + mark for n, mark in zip(numbers, "°'\"", strict=False))


# -- one angle in a cell of its own ---------------------------------------------------------------


def read_cell(
    axis: Axis, cell: str | float, decimal: Decimal | None
) -> tuple[Angle, tuple[Repair, ...]]:
    """Return the angle in one cell of a known axis, in range, and the repairs to its text.

    Raises
    ------
    CoordinateError
        The cell holds no angle, one of the other axis, or one out of range.
    """
    example = "35.9306" if axis == "latitude" else "36.6339"
    limit = LIMITS[axis]
    beyond = f"it is not within -{limit:.0f}..{limit:.0f}"

    def refuse_cell(why: str) -> NoReturn:
        raise CoordinateError(
            f"expected a {axis} in degrees, found {quote(cell)}: {why}; write it like {example}"
        )

    repairs: tuple[Repair, ...] = ()
    if isinstance(cell, (bool, np.bool_)):
        refuse_cell("this is a truth value")
    elif isinstance(cell, (int, float, np.integer, np.floating)):
        if not -1e9 < cell < 1e9:  # NaN, and integers that no float holds
            refuse_cell(beyond)
        angle = Angle(float(cell))
    elif not isinstance(cell, str):
        refuse_cell("this is neither a number nor text")
    elif len(cell) > LONGEST:
        refuse_cell(f"it has {len(cell)} characters")
    elif NUMBER.fullmatch(cell):
        angle = Angle(float(cell))
    else:
        clean, repairs = clean_text(cell)
        if not clean:
            refuse_cell("it is empty")
        found = _Readings(decimal, either_order=False)
        variants = _comma_readings(tokens_of(cell, clean), decimal)
        tried = (found.tried(partial(_angle, tokens)) for tokens in variants)
        read = next((one for one in tried if one is not None), None)
        if read is None:
            refuse_cell(found.why or "it is no single angle")
        angle = read
        if angle.axis not in (None, axis):
            refuse_cell(f"its letter makes it a {angle.axis}")
    if not -limit <= angle.value <= limit:
        refuse_cell(beyond + (" (is it the longitude?)" if 90 < abs(angle.value) <= 180 else ""))
    return angle, repairs
