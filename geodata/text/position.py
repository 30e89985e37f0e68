"""What a position is, and how one that cannot be is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NoReturn

from geodata.errors import CoordinateError
from geodata.grammar import load
from geodata.text.repairs import Repair, quote

Axis = Literal["latitude", "longitude"]
Decimal = Literal[".", ","]
"""The decimal mark of coordinates, where it is stated or proved."""


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


GRIDS = frozenset({Notation.MGRS, Notation.UTM, Notation.PLUS_CODE})
"""Notations that are no pair of axes, and cannot be the other way round."""


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


LONGEST: int = load("limits")["characters"]["position"]
LIMITS: dict[Axis, float] = load("limits")["degrees"]
WRITE = "write it like '35.9306 N, 36.6339 E'"


NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


def refuse(text: object, why: str, *, write: str = WRITE) -> NoReturn:
    """Raise the error that says why `text` is no position, and what to write instead."""
    raise CoordinateError(
        f"expected a latitude and a longitude, found {quote(text)}: {why}; {write}"
    )


def two_ways(text: object, readings: Sequence[str]) -> NoReturn:
    """Raise the error that shows the first two of several readings."""
    raise CoordinateError(
        f"expected one position, found {quote(text)}, which can be read in two ways: "
        f"{readings[0]} or {readings[1]}; {WRITE}"
    )


def show_number(value: float) -> str:
    """Return degrees for an error message, to a decimetre."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def show_pair(latitude: float, longitude: float) -> str:
    """Return a position for an error message."""
    return f"latitude {show_number(latitude)}, longitude {show_number(longitude)}"


def on_earth(
    longitude: float,
    latitude: float,
    notation: Notation,
    text: object,
    repairs: tuple[Repair, ...] = (),
    extent_m: float | None = None,
) -> Position:
    """Return the position if it is on Earth."""
    if why := off_earth(latitude, longitude):
        refuse(text, why)
    return Position(longitude, latitude, notation, repairs, extent_m)


def off_earth(latitude: float, longitude: float) -> str | None:
    """Say why this is no position, or None; NaN and infinities are outside of every range."""
    for name, value in (("latitude", latitude), ("longitude", longitude)):
        limit = LIMITS[name]  # type: ignore[index]  # mypy widens the literals of the loop
        if not -limit <= value <= limit:
            why = f"{name} {value:.10g} is not within -{limit:.0f}..{limit:.0f}"
            if name == "latitude" and abs(value) <= 180 and abs(longitude) <= 90:
                why += " (are the two swapped?)"
            return why
    return None
