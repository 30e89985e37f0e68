"""Notations of positions with a form of their own: a table of patterns and their readers."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import Any, NoReturn

from geodata.errors import CoordinateError
from geodata.grammar import load
from geodata.text.position import (
    NUMBER,
    Notation,
    Position,
    on_earth,
    refuse,
    show_pair,
)
from geodata.text.repairs import Repair, quote


def _read_iso_6709(match: re.Match[str], text: str) -> Position:
    """Read ``+35.9306+036.6339/`` or ``+355550+0363802/`` (ISO 6709, annex H)."""

    def angle(sign: str, digits: str, fraction: str | None, degrees: int) -> float:
        whole, rest = digits[:degrees], digits[degrees:]
        pieces = [whole, *(rest[i : i + 2] for i in range(0, len(rest), 2))]
        pieces[-1] += fraction or ""
        numbers = [float(piece) for piece in pieces]
        if any(number >= 60 for number in numbers[1:]):
            refuse(text, f"{'minutes' if len(numbers) == 2 else 'minutes or seconds'} reach 60")
        value = 0.0
        for power, number in enumerate(numbers):
            value += number / 60.0**power
        return -value if sign == "-" else value

    latitude = angle(match[1], match[2], match[3], 2)
    longitude = angle(match[4], match[5], match[6], 3)
    if len(match[2]) - 2 != len(match[5]) - 3:
        refuse(text, "latitude and longitude have different numbers of digits")
    return on_earth(longitude, latitude, Notation.ISO_6709, text)


def _read_geo_uri(match: re.Match[str], text: str) -> Position:
    """Read ``geo:latitude,longitude[,altitude][;crs=wgs84][;u=metres]`` (RFC 5870)."""
    write = "write it like 'geo:35.9306,36.6339;u=100'"
    numbers = match[1].split(",")
    if len(numbers) not in (2, 3) or not all(NUMBER.fullmatch(n) for n in numbers):
        refuse(text, "a geo URI has two or three plain numbers", write=write)
    extent: float | None = None
    for at, parameter in enumerate(filter(None, match[2].split(";"))):
        name, _, value = parameter.partition("=")
        if name.lower() == "crs":
            if at != 0 or value.lower() != "wgs84":
                refuse(text, f"its reference system is {quote(value)}, not wgs84", write=write)
        elif name.lower() == "u":
            if extent is not None or not re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", value):
                refuse(text, f"the uncertainty {quote(parameter)} is no length", write=write)
            extent = float(value)
            if math.isinf(extent):
                refuse(text, "the uncertainty is endless", write=write)
        else:
            refuse(text, f"the parameter {quote(parameter)} is not known", write=write)
    found = on_earth(float(numbers[1]), float(numbers[0]), Notation.GEO_URI, text)
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
        refuse(text, "the point is empty", write=write)
    numbers = body.removeprefix("(").removesuffix(")").split()
    axes = 2 + len((match[2] or "").strip())
    exponent = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,3})?")
    if (
        not (body.startswith("(") and body.endswith(")"))
        or not all(exponent.fullmatch(number) for number in numbers)
        or not (len(numbers) == axes or (axes == 2 and len(numbers) in (3, 4)))
    ):
        refuse(text, "this is no WKT point", write=write)
    return on_earth(float(numbers[0]), float(numbers[1]), Notation.WKT, text)


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
        refuse(text, "this is not JSON", write=write)
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    if not isinstance(value, dict) or value.get("type") != "Point":
        refuse(text, "this is no GeoJSON point", write=write)
    if "crs" in value:
        refuse(text, "it names a reference system of its own, which GeoJSON no longer has",
                write=write)  # fmt: skip
    numbers = value.get("coordinates")
    if (
        not isinstance(numbers, list)
        or len(numbers) not in (2, 3)
        or not all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in numbers)
        or any(abs(n) > 1e6 for n in numbers[:2])
    ):
        refuse(text, "its coordinates are not two or three numbers", write=write)
    found = on_earth(float(numbers[0]), float(numbers[1]), Notation.GEOJSON, text)
    properties = value.get("properties")  # as ODK writes them
    metres = properties.get("accuracy") if isinstance(properties, dict) else None
    if metres is None:
        return found
    if isinstance(metres, bool) or not isinstance(metres, int | float) or not 0 <= metres < 1e7:
        refuse(text, f"an accuracy of {metres} m is not possible", write=write)
    return replace(found, extent_m=float(metres))


# Metres in a degree at most: of a meridian at the poles, of the equator (WGS 84).
_MERIDIAN_DEGREE_M = 111_694.0
_EQUATOR_DEGREE_M = 111_320.0
_PLUS_DIGITS: str = load("grids")["plus_code"]["digits"]


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
        refuse(text, "a short Plus Code needs a place beside it", write=write)
    misplaced = padded and (tail or padded % 2 or padded > 6)
    if misplaced or len(tail) == 1 or "0" in digits:
        refuse(text, "this is no valid Plus Code", write=write)
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
        refuse(text, "this Plus Code lies beyond a pole or the antimeridian", write=write)
    latitude, longitude = south + height / 2, west + width / 2
    nearest = 0.0 if south <= 0 <= south + height else min(abs(south), abs(south + height))
    extent = math.hypot(
        height / 2 * _MERIDIAN_DEGREE_M,
        width / 2 * _EQUATOR_DEGREE_M * math.cos(math.radians(nearest)),
    )
    return on_earth(longitude, latitude, Notation.PLUS_CODE, text, extent_m=extent)


_MGRS: dict[str, str] = load("grids")["mgrs"]
_BANDS, _COLUMNS, _ROWS = _MGRS["bands"], _MGRS["columns"], _MGRS["rows"]


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
        refuse(text, "easting and northing have different numbers of digits", write=write)
    digits = first + second
    if len(digits) % 2 or len(digits) > 10:
        refuse(text, f"{len(digits)} digits are not twice up to five", write=write)
    if not 1 <= zone <= 60:
        refuse(text, f"there is no zone {zone}", write=write)
    half = len(digits) // 2
    side = 10.0 ** (5 - half)
    columns = _COLUMNS[(zone - 1) % 3 * 8 :][:8]
    if column not in columns:
        refuse(text, f"zone {zone} has no column {column}, only {columns[0]} to {columns[-1]}",
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
            return on_earth(longitude, latitude, Notation.MGRS, text, extent_m=extent)
    refuse(text, f"band {band} of zone {zone} has no square {column}{row} there", write=write)


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
            refuse(text, f"EPSG:{code} is not WGS 84 / UTM", write=write)
    else:
        zone, letter = int(groups["zone"]), groups["letter"]
    if not 1 <= zone <= 60:
        refuse(text, f"there is no zone {zone}", write=write)

    def plain(number: str) -> float:
        return float(number.replace("٬", ""))

    easting, northing = plain(groups["e"] or groups["e2"]), plain(groups["n"] or groups["n2"])
    repairs: tuple[Repair, ...] = ()
    if "٬" in match[0]:
        repairs = (Repair("thousands", match[0], match[0].replace("٬", "")),)
    if not 1e5 <= easting < 9e5 or not 0 <= northing <= 1e7:
        refuse(text, "an easting is 100000 to 900000, a northing 0 to 10000000", write=write)
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
        refuse(text, f"there is no such point in zone {zone}{letter}", write=write)
    if len(possible) > 1:
        ways = [f"{name} ({show_pair(lat, lon)})" for lon, lat, name in possible]
        raise CoordinateError(
            f"expected one position, found {quote(text)}, which can be read in two ways: "
            f"{ways[0]} or {ways[1]}; write 'UTM {zone} north ...' or 'UTM {zone} south ...'"
        )
    longitude, latitude, _ = possible[0]
    return on_earth(longitude, latitude, Notation.UTM, text, repairs)


def _polar(match: re.Match[str], text: str) -> NoReturn:
    refuse(text, "polar squares (A, B, Y, Z) are not read", write="write it in degrees")


_METRES = r"(?:[0-9]+(?:\.[0-9]+)?|[0-9]{1,3}(?:٬[0-9]{3})+(?:\.[0-9]+)?)"
# Of ASCII only: to Unicode the kelvin sign is a K, and the long s an S.
_ANY_CASE = re.IGNORECASE | re.ASCII
FORMS = (
    (re.compile(r"\{.*\}"), _read_geojson),
    (re.compile(r"geo:([^;]*)((?:;[^;]*)*)", _ANY_CASE), _read_geo_uri),
    (
        re.compile(
            r"(?:SRID ?= ?([0-9]{1,6}) ?; ?)?POINT ?(Z|M|ZM)? ?(EMPTY|\([^()]*\))", _ANY_CASE
        ),
        _read_wkt,
    ),
    (
        re.compile(r"[23456789CFGHJMPQRVWX0]{2,8}\+[23456789CFGHJMPQRVWX]*", _ANY_CASE),
        _read_plus_code,
    ),
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
            _ANY_CASE,
        ),
        _read_mgrs,
    ),
    (re.compile(r"[ABYZ] ?[A-HJ-NP-Z]{2}(?: ?[0-9]+(?: [0-9]+)?)?", _ANY_CASE), _polar),
    (
        re.compile(
            r"(?:(?:UTM:? ?)?(?:zone )?(?P<zone>[0-9]{1,2}) ?(?P<letter>north|south|[C-HJ-NP-X])"
            r"|EPSG:(?P<epsg>[0-9]{5}))[,:;]? "
            rf"(?:(?:E ?)?(?P<e>{_METRES}) ?(?:m ?E?|E)?[,;]? "
            rf"(?:N ?)?(?P<n>{_METRES}) ?(?:m ?N?|N)?"
            rf"|(?P<n2>{_METRES}) ?m? ?N[,;]? (?P<e2>{_METRES}) ?m? ?E)",
            _ANY_CASE,
        ),
        _read_utm,
    ),
)
