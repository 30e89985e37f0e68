"""Positions as people write them, read in the one way they can be meant, or refused.

A text is read in every way that the grammar allows. One way: a position. Several: an error that
shows two of them. None: an error that says why. ``docs/reading.md`` is the grammar in words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from geodata.errors import CoordinateError
from geodata.text.angles import ambiguous_commas, angle_notation, read_angles, read_cell
from geodata.text.notations import FORMS
from geodata.text.position import (
    LONGEST,
    NUMBER,
    Axis,
    Decimal,
    Notation,
    Position,
    on_earth,
    refuse,
    show_number,
    two_ways,
)
from geodata.text.repairs import clean_text, quote

# A fraction of a degree has no minutes behind it: here the colon can only separate.
_COLON = re.compile(r"^([+-]?[0-9]{1,2}\.[0-9]+) ?: ?([+-]?[0-9]{1,3}\.[0-9]+)$")

# --- the public readers ---------------------------------------------------------------------


# The common case, without the grammar; a test holds it to the same answers.
_PLAIN = re.compile(r" *([+-]?[0-9]{1,3}\.[0-9]+)(?: *[,;] *| +)([+-]?[0-9]{1,3}\.[0-9]+) *")


def read_position(text: str, *, decimal: Decimal | None = None) -> Position:
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
        refuse(text, "this is not text")
    if plain := _PLAIN.fullmatch(text):
        return on_earth(float(plain[2]), float(plain[1]), Notation.DECIMAL, text)
    if len(text) > LONGEST:
        refuse(text, f"it has {len(text)} characters")
    clean, repairs = clean_text(text)
    if not clean:
        refuse(text, "it is empty")
    clean = _COLON.sub(r"\1, \2", clean)
    for pattern, read in FORMS:
        if match := pattern.fullmatch(clean):
            position = read(match, text)
            return replace(position, repairs=repairs + position.repairs)
    position = read_angles(text, clean, decimal)
    return replace(position, repairs=repairs + position.repairs)


def read_pair(
    latitude: str | float, longitude: str | float, *, decimal: Decimal | None = None
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
    cells = [read_cell(axis, cell, decimal) for axis, cell in pair]
    (north, north_repairs), (east, east_repairs) = cells
    shown = f"{_cell_text(latitude)} / {_cell_text(longitude)}"
    if decimal is None and ambiguous_commas(north, east):
        values = [show_number(angle.value) for angle in (north, east)]
        minutes = [angle.as_minutes or show_number(angle.value) for angle in (north, east)]
        two_ways(shown, [", ".join(values), ", ".join(minutes)])
    repairs = north_repairs + north.repairs + east_repairs + east.repairs
    return on_earth(east.value, north.value, angle_notation(north, east), shown, repairs)


def turned(found: Position, text: str) -> Position:
    """Return what was read of a pair whose column says that its longitude comes first.

    Letters, and notations with an order of their own, go before that.
    """
    pair = found.notation in (Notation.DECIMAL, Notation.DECIMAL_COMMA, Notation.DMS)
    if not pair or any(map(str.isalpha, text)):
        return found
    return on_earth(found.latitude, found.longitude, found.notation, text, found.repairs)


# Latitude, longitude, altitude, accuracy. Degrees with a fraction have no minutes behind them, so
# this can be nothing else.
_GEOPOINT = re.compile(r"-?[0-9]+\.[0-9]+ -?[0-9]+\.[0-9]+ -?[0-9]+(\.[0-9]+)? [0-9]+(\.[0-9]+)?")


def is_geopoint(text: str) -> bool:
    """Tell whether a text can be nothing but a geopoint, whatever its column is called."""
    return _GEOPOINT.fullmatch(clean_text(text)[0]) is not None


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
        refuse(text, "this is not text")
    clean, repairs = clean_text(text)
    parts = clean.split(" ")
    if not 2 <= len(parts) <= 4 or not all(NUMBER.fullmatch(part) for part in parts):
        raise CoordinateError(
            f"expected a geopoint of two to four plain numbers, found {quote(text)}; "
            "write 'latitude longitude altitude accuracy' with blanks between"
        )
    numbers = [float(part) for part in parts]
    accuracy = numbers[3] if len(numbers) == 4 else None
    if accuracy is not None and not 0 <= accuracy < math.inf:
        refuse(text, f"an accuracy of {parts[3]} m is not possible")
    found = on_earth(numbers[1], numbers[0], Notation.GEOPOINT, text, repairs)
    return replace(found, extent_m=accuracy)


_COMMA_NUMBER = re.compile(r"(?<![0-9.,])[0-9]{1,3},([0-9]+)(?![0-9.,])")


def column_decimal(values: Iterable[object]) -> Decimal | None:
    """Return the decimal mark that a column of single angles proves, or None.

    A comma is proved by a fraction that cannot be minutes (``36,2043``, ``36,75``), a point by any
    number written with one. Both, or neither, prove nothing.
    """
    found: set[Decimal] = set()
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


def _cell_text(cell: object) -> str:
    return cell if isinstance(cell, str) else repr(cell)


# --- a place and a date in one text, as people paste them -------------------------------------

_LONGEST_PASTED, _MOST_WORDS = 200, 12
_TOKEN = re.compile(r"[^\s,،;؛]+")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_BEFORE = re.compile(r"^[ \t\r\n,،;؛:()]+")
_AFTER = re.compile(r"[ \t\r\n,،;؛:()\-–—]+$")


def place_and_date(text: str, is_date: Callable[[str], bool]) -> tuple[str, str] | None:
    """Return the place and the date of ``Hamouria, 12 March 2018``; None where it has not both.

    The date is the longest that ends the text, else the longest that begins it; it has at most 12
    words, and a year of four digits: no part of a position or of a name is taken for one.

    Parameters
    ----------
    text
        At most 200 characters; a longer one has not both.
    is_date
        Tells whether a text can be read as a date.

    Examples
    --------
    >>> place_and_date("Hamouria, 2018-03-12", lambda text: text == "2018-03-12")
    ('Hamouria', '2018-03-12')
    """
    if len(text) > _LONGEST_PASTED or not _YEAR.search(text):
        return None
    tokens = list(_TOKEN.finditer(text))
    inner = [token.start() for token in tokens[1:]]
    ends = ((text[:at], text[at:]) for at in inner[-_MOST_WORDS:])
    begins = ((text[at:], text[:at]) for at in reversed(inner[:_MOST_WORDS]))
    for place, date in (*ends, *begins):
        date = _trimmed(date).lstrip("-–— ")
        if _YEAR.search(date) and is_date(date):
            return _trimmed(place), date
    return None


def _trimmed(text: str) -> str:
    return _AFTER.sub("", _BEFORE.sub("", text))
