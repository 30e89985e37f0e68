"""Angles in words, marks and digits: every way to read them, and the one that is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Literal, NoReturn

import numpy as np

from geodata.errors import CoordinateError
from geodata.text.position import (
    LIMITS,
    LONGEST,
    NUMBER,
    Axis,
    Notation,
    Position,
    off_earth,
    refuse,
    show_number,
    show_pair,
    two_ways,
)
from geodata.text.repairs import Repair, clean_text, fold_letters, quote, words

__all__ = ["Angle", "angle_notation", "read_angles", "read_cell"]

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
class Angle:
    """One angle in degrees as read: what names its axis, how it was written, what was mended."""

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
            refuse(text, why)
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


def _angle(tokens: Sequence[_Token]) -> Angle:
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
    return Angle(
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


def _halves(tokens: Sequence[_Token]) -> Iterator[tuple[Angle, Angle]]:
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
    found: list[tuple[Angle, Angle]] = []
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


def angle_notation(*angles: Angle) -> Notation:
    """Return the notation that a pair of angles counts as."""
    if any(angle.parts > 1 for angle in angles):
        return Notation.DMS
    if any(angle.commas for angle in angles):
        return Notation.DECIMAL_COMMA
    return Notation.DECIMAL


def read_angles(
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
                if off := off_earth(latitude.value, longitude.value):
                    why = why or off
                    continue
                place = (latitude.value, longitude.value)
                if place not in readings:
                    readings[place] = Position(
                        longitude.value,
                        latitude.value,
                        angle_notation(latitude, longitude),
                        repairs + pair[0].repairs + pair[1].repairs,
                    )
                    shown.append(show_pair(*place))
                fears = [angle.fear for angle in pair if angle.commas]
                if decimal is None and fears and all(fear is not None for fear in fears):
                    both = [a.fear or show_number(a.value) for a in (latitude, longitude)]
                    shown.append(f"latitude {both[0]}, longitude {both[1]}")
    if not readings:
        if alone:
            refuse(text, f"this is one angle, {alone}, and a position needs two")
        refuse(text, why or "it is no pair of angles")
    if alone:
        shown.append(f"the one angle {alone}")
    if len(shown) > 1:
        two_ways(text, shown)
    return next(iter(readings.values()))


def _alone(angle: Angle, tokens: Sequence[_Token]) -> str:
    """Return a single angle as it would be read, for an error message."""
    numbers = [token.text.replace(",", ".") for token in tokens if token.kind == "number"]
    if len(numbers) == 1:
        return show_number(angle.value)
    return "".join(n + mark for n, mark in zip(numbers, "°'\"", strict=False))


def _cell_text(cell: object) -> str:
    return cell if isinstance(cell, str) else repr(cell)


def read_cell(
    axis: Axis, cell: str | float, decimal: Literal[".", ","] | None
) -> tuple[Angle, tuple[Repair, ...]]:
    """Return the angle in one cell of a known axis, in range, and the repairs to its text."""
    example = "35.9306" if axis == "latitude" else "36.6339"

    def refuse(why: str) -> NoReturn:
        raise CoordinateError(
            f"expected a {axis} in degrees, found {quote(cell)}: {why}; write it like {example}"
        )

    limit = LIMITS[axis]
    repairs: tuple[Repair, ...] = ()
    if isinstance(cell, (bool, np.bool_)):
        refuse("this is a truth value")
    elif isinstance(cell, (int, float, np.integer, np.floating)):
        if not -1e9 < cell < 1e9:  # NaN, and integers that no float holds
            refuse(f"it is not within -{limit:.0f}..{limit:.0f}")
        angle = _plain_angle(float(cell))
    elif not isinstance(cell, str):
        refuse("this is neither a number nor text")
    elif len(cell) > LONGEST:
        refuse(f"it has {len(cell)} characters")
    elif NUMBER.fullmatch(cell):
        angle = _plain_angle(float(cell))
    else:
        clean, repairs = clean_text(cell)
        if not clean:
            refuse("it is empty")
        tokens = _tokens(cell, clean)
        found: list[Angle] = []
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


def _plain_angle(value: float) -> Angle:
    return Angle(value, None, 1, False, False, False, False, None, ())
