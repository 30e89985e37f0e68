"""Recognise what a file's columns are by their headers, and say by what."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any, NoReturn

from geodata.columns.areas import LEVELS
from geodata.columns.mapping import DEATHS, Choice, Mapping
from geodata.columns.precision import PrecisionTable
from geodata.errors import InputError
from geodata.text.repairs import clean_text, fold_letters, quote

__all__ = ["location_pairs", "recognise"]

_WHERE = ("latitude", "longitude", "position", "geometry")
_WHEN = ("date", "first", "last", "year", "month", "day")


def recognise(
    columns: Sequence[str],
    *,
    stated: Mapping | None = None,
    tags: Sequence[str] = (),
    geometry: str | None = None,
    precision: PrecisionTable,
    areas: bool = False,
) -> Mapping:
    """Return the mapping of a file with these columns.

    With `areas`, polygons of districts or governorates are given: names of these are place enough.

    What `stated` says about the place, the date or the precision goes before what is recognised:
    a source known by its headers, HXL tags (the tags of a second row, or the headers themselves),
    then common names of columns.

    Raises
    ------
    InputError
        A stated column is not there, several columns could be meant, or none can.
    """
    given = stated or Mapping()
    _check_stated(given, columns)
    names = _Names(columns)
    found: dict[str, Any] = {}
    choices: list[Choice] = []

    def take(role: str, column: str, why: str) -> None:
        found[role] = column
        choices.append(Choice(role, column, why))

    source = _known_source(names) if given.source is None else _stated_source(given.source)
    where = any(getattr(given, role) for role in _WHERE) or "location" in given.without
    when = any(getattr(given, role) for role in _WHEN) or "date" in given.without
    if geometry is not None and not where:
        take("geometry", geometry, "the file's own geometry")
        where = True
    hxl = (
        _by_tags(tags or columns, columns)
        if any(t.startswith("#") for t in tags or columns)
        else {}
    )
    if source is not None:
        found["source"] = source["id"]
        why = f"{source['name']}, known by its headers"
        for role, header in source["roles"].items():
            column = names.get(header)
            if column is None or (role in _WHERE and where) or (role in _WHEN and when):
                continue
            if role in DEATHS and given.deaths:
                continue
            if getattr(given, role) is None:
                take(role, column, why)
    elif hxl:
        for role, column in hxl.items():
            if (role in _WHERE and where) or (role in _WHEN and when):
                continue
            if getattr(given, role) is None:
                take(role, column, "its HXL tag")
    where = where or any(role in found for role in _WHERE)
    when = when or any(role in found for role in _WHEN)
    for level in LEVELS:
        if source is None and not hxl and not getattr(given, level):
            for column in _first_of(names, _table()[level]):
                take(level, column, "a common name")
    if not where:
        placed = areas and any(getattr(given, level) or level in found for level in LEVELS)
        try:
            for role, column, why in _location(names):
                take(role, column, why)
        except InputError as error:
            if not placed or "could be meant" in str(error):
                raise
            found["without"] = (*given.without, "location")
    if not when:
        for role, column, why in _dates(names):
            take(role, column, why)
    if not given.radius and given.radius_m is None and source is None:
        for column, why in _one_of(names, _table()["radius"], "radius", required=False):
            take("radius", column, why)
        if "latitude" in found and "radius" not in found:
            _survey_accuracy(names, found["latitude"], take)
    if not given.id and "id" not in found:
        for column, why in _one_of(names, _table()["id"], "id", required=False):
            take("id", column, why)
    if not given.deaths and "deaths" not in found:
        for column, why in _one_of(names, _table()["deaths"], "deaths", required=False):
            take("deaths", column, why)
    _codes(names, given, found, choices, precision)
    merged = {k: v for k, v in found.items() if getattr(given, k) in (None, ()) or k == "without"}
    kept = tuple(c for c in choices if c.role in merged)
    return replace(given, **merged, choices=given.choices + kept)


def location_pairs(columns: Sequence[str]) -> bool:
    """Tell whether the headers name a place in a way that is known; never raises."""
    names = _Names(columns)
    try:
        return bool(_known_source(names)) or bool(_location(names))
    except InputError as error:
        return "could be meant" in str(error)


class _Names:
    """The columns by folded header; a header that occurs twice names neither."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self.folded: dict[str, list[str]] = {}
        for column in columns:
            self.folded.setdefault(_fold(column), []).append(column)

    def get(self, header: str) -> str | None:
        found = self.folded.get(_fold(header), [])
        return found[0] if len(found) == 1 else None

    def all(self, header: str) -> list[str]:
        return self.folded.get(_fold(header), [])


def _fold(header: str) -> str:
    clean, _ = clean_text(header[:500])
    words = re.sub(r"[\s_./:-]+", " ", fold_letters(clean).casefold())
    return re.sub(r" ?\((wgs ?84|dd|decimal degrees|degrees|°)\)$", "", words.strip())


@cache
def _table() -> Any:
    return json.loads(files("geodata.grammar").joinpath("headers.json").read_text(encoding="utf-8"))


def _known_source(names: _Names) -> Any:
    for source in _table()["sources"]:
        if all(names.get(header) for header in source["signature"]):
            return source
    return None


def _stated_source(name: str) -> Any:
    for source in _table()["sources"]:
        if source["id"] == name:
            return source
    return {"id": name, "name": name, "roles": {}}


def _location(names: _Names) -> list[tuple[str, str, str]]:
    table = _table()
    for group in ("pairs", "weak_pairs"):
        found = [
            (north, east)
            for a, b in table[group]
            for north in names.all(a)
            for east in names.all(b)
        ]
        if len(found) == 1:
            return _pair(*found[0], "a common name")
        if found:
            _several("latitude and longitude", [f"{a} / {b}" for a, b in found])
        if group == "pairs":
            found = _suffixed(names)
            if len(found) == 1:
                return _pair(*found[0], "a common ending")
            if found:
                _several("latitude and longitude", [f"{a} / {b}" for a, b in found])
            if single := list(_one_of(names, table["position"], "position", required=False)):
                return [("position", column, why) for column, why in single]
    _none("a place (latitude and longitude, or both in one column)", "latitude, longitude", names)


def _pair(north: str, east: str, why: str) -> list[tuple[str, str, str]]:
    return [("latitude", north, why), ("longitude", east, why)]


def _suffixed(names: _Names) -> list[tuple[str, str]]:
    """Return pairs like ``site_lat`` and ``site_lng``, or Kobo's ``_site_latitude``."""
    found = []
    for a, b in _table()["suffix_pairs"]:
        for folded, columns in names.folded.items():
            if folded.endswith(f" {a}"):
                partner = names.folded.get(folded[: -len(a)] + b, [])
                found += [(north, east) for north in columns for east in partner]
    return found


def _survey_accuracy(names: _Names, latitude: str, take: Any) -> None:
    folded = _fold(latitude)
    if folded.endswith(" latitude"):
        for word, tool in (("precision", "Kobo"), ("accuracy", "ODK")):
            column = names.get(folded.removesuffix("latitude") + word)
            if column is not None:
                take("radius", column, f"{tool}'s accuracy in metres, beside the latitude")
                return


def _dates(names: _Names) -> list[tuple[str, str, str]]:
    table = _table()
    spans = [
        (first, last)
        for a, b in table["intervals"]
        for first in names.all(a)
        for last in names.all(b)
    ]
    single = [c for header in table["date"] for c in names.all(header)]
    single = list(dict.fromkeys(single))
    options = [*(f"{a} / {b}" for a, b in spans), *single]
    if len(options) > 1:
        _several("date", options)
    if spans:
        why = "common names of a first and a last day"
        return [("first", spans[0][0], why), ("last", spans[0][1], why)]
    if single:
        return [("date", single[0], "a common name")]
    _none("a date", 'date, or first and last; where there is none, without = ["date"]', names)


def _one_of(
    names: _Names, headers: Sequence[str], role: str, *, required: bool
) -> list[tuple[str, str]]:
    found = list(dict.fromkeys(c for header in headers for c in names.all(header)))
    if len(found) > 1 and (required or role == "position"):
        _several(role, found)
    return [(found[0], "a common name")] if len(found) == 1 else []


def _first_of(names: _Names, headers: Sequence[str]) -> list[str]:
    """Return the column of the first header that one column has: codes come before names."""
    return [column for header in headers if (column := names.get(header))][:1]


def _by_tags(tags: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """Return roles by HXL tag; several columns with the same one are an error."""
    out: dict[str, str] = {}
    wanted = _table()["hxl"]
    for role, (tag, *attributes) in wanted.items():
        found = []
        for text, column in zip(tags, columns, strict=True):
            head, *rest = re.sub(r"\s+", "", text.casefold()).split("+")
            if head != tag or not set(attributes) <= set(rest):
                continue
            if role == "date" and {"start", "end"} & set(rest):
                continue
            found.append((column, rest))
        if role in ("district", "governorate") and len(found) > 1:
            found = [one for one in found if "code" in one[1]] or found
        if len(found) > 1:
            _several(role, [column for column, _ in found])
        if found:
            out[role] = found[0][0]
    if "date" in out and "first" in out and "last" in out:
        _several("date", [out["date"], f"{out['first']} / {out['last']}"])
    if "latitude" in out and "longitude" in out:
        out.pop("position", None)
    return out


def _codes(
    names: _Names,
    given: Mapping,
    found: dict[str, Any],
    choices: list[Choice],
    precision: PrecisionTable,
) -> None:
    """Find the columns of the precision codes of a known source."""
    source = given.source or found.get("source")
    if source is None:
        return
    places = precision.places.get(source)
    if places and not given.place_codes and given.radius_m is None:
        columns = tuple(names.get(column) or "" for column in places.columns)
        if all(columns):
            found["place_codes"] = columns
            why = "the precision table's column" + ("s" if len(columns) > 1 else "")
            choices.append(Choice("place_codes", ", ".join(columns), why))
    dates = precision.dates.get(source)
    if dates and not given.date_code:
        column = names.get(dates.columns[0])
        if column:
            found["date_code"] = column
            choices.append(Choice("date_code", column, "the precision table's column"))


def _check_stated(given: Mapping, columns: Sequence[str]) -> None:
    wanted = [*given.columns(), *given.deaths_columns(), *([given.id] if given.id else [])]
    for name in wanted:
        if name not in columns:
            raise InputError(
                f"expected a column {quote(name)}, found {_listed(columns)}; name one of these."
            )
    if (given.latitude is None) != (given.longitude is None):
        raise InputError(
            "expected a column of latitudes and one of longitudes, found only one of them stated; "
            "state both."
        )
    if (given.first is None) != (given.last is None):
        raise InputError(
            "expected a column of first days and one of last days, found only one of them stated; "
            "state both, or state it as the date."
        )
    if given.deaths is None and (given.deaths_low or given.deaths_high):
        raise InputError(
            "expected a column of deaths beside their low or high figures, found none stated; "
            "state the best figure as deaths."
        )
    ways = [bool(given.latitude), bool(given.position), bool(given.geometry)]
    if sum(ways) > 1:
        raise InputError(
            "expected one way to give the place, found several stated; state latitude and "
            "longitude, or position, or geometry."
        )
    if sum([bool(given.date), bool(given.first), bool(given.year)]) > 1:
        raise InputError(
            "expected one way to give the date, found several stated; state date, or first and "
            "last, or year, month and day."
        )


def _several(what: str, options: Sequence[str]) -> NoReturn:
    raise InputError(
        f"expected one {what}, found several columns that could be meant: {_listed(options)}; "
        "state which in a mapping file (`dezone inspect` writes one)."
    )


def _none(what: str, roles: str, names: _Names) -> NoReturn:
    raise InputError(
        f"expected a column with {what}, found {_listed(names.columns)}; state it in a mapping "
        f"file ({roles}; `dezone inspect` writes one)."
    )


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(quote(c) for c in columns[:20])
    return shown + (f" and {len(columns) - 20} more" if len(columns) > 20 else "") or "none"
