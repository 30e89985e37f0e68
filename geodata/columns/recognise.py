"""Recognise what a file's columns are by their headers, and say by what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from geodata.columns.areas import LEVELS
from geodata.columns.mapping import ROLES, Choice, ColumnMapping
from geodata.columns.precision import PrecisionTable
from geodata.errors import InputError
from geodata.grammar import load
from geodata.text.repairs import clean_text, fold_letters, quote

__all__ = ["location_pairs", "recognise"]


_ABSENT = {"place": "location", "time": "date"}  # what `without` calls them


class _SeveralColumnsError(InputError):
    """Several columns could be meant."""


class _NoColumnError(InputError):
    """No column has a name that is known for what is needed."""


def recognise(
    columns: Sequence[str],
    *,
    stated: ColumnMapping | None = None,
    tags: Sequence[str] = (),
    geometry: str | None = None,
    precision: PrecisionTable,
    areas: bool = False,
) -> ColumnMapping:
    """Return the mapping of a file with these columns.

    What `stated` says about the place, the date or the precision goes before what is recognised:
    the file's own geometry, a source known by its headers, HXL tags (`tags` of a second row, or
    the headers themselves), then common names of columns. With `areas`, polygons of districts or
    governorates are given: names of these are place enough.

    Raises
    ------
    InputError
        A stated column is not there, several columns could be meant, or none can.
    """
    given = stated or ColumnMapping()
    _check_stated(given, columns)
    headers = _Headers(columns)
    found = _Found(given)
    if geometry is not None:
        found.take(Choice("geometry", geometry, "the file's own geometry"))
    source = _source(headers, given.source)
    tagged = _by_tags(tags or columns, columns)
    if source is not None:
        found.source = source["id"]
        found.take(*_by_source(headers, source))
    else:
        found.take(*(tagged or _levels(headers)))
    if not found.settled("place"):
        _find_place(headers, found, areas=areas)
    if not found.settled("time"):
        found.take(*_time(headers))
    if source is None and not found.settled("radius"):
        found.take(*(_named(headers, "radius") or _survey_accuracy(headers, found.columns)))
    for role in ("id", "deaths"):
        if not found.settled(role):
            found.take(*_named(headers, role))
    _find_codes(headers, found, precision)
    return found.mapping()


class _Found:
    """What is stated, and what has been recognised beside it so far."""

    def __init__(self, stated: ColumnMapping) -> None:
        self.stated = stated
        self.source = stated.source
        self.columns: dict[str, Any] = {}
        self.choices: list[Choice] = []
        self.without = stated.without

    def settled(self, about: str) -> bool:
        """Tell whether something gives the place, the time, ...: then it is not looked for."""
        if about == "radius" and self.stated.radius_m is not None:
            return True
        if _ABSENT.get(about) in self.stated.without:
            return True
        if about == "deaths":  # a low or a high figure alone settles nothing
            return self.stated.deaths is not None or "deaths" in self.columns
        return bool(self.stated.of(about)) or any(ROLES.get(role) == about for role in self.columns)

    def take(self, *choices: Choice) -> None:
        """Take columns for their roles, all at once, but for roles of what is settled already."""
        for choice in [one for one in choices if not self.settled(ROLES[one.role])]:
            self.columns[choice.role] = choice.column
            self.choices.append(choice)

    def mapping(self) -> ColumnMapping:
        """Return the mapping."""
        return replace(
            self.stated,
            source=self.source,
            without=self.without,
            **self.columns,
            choices=(*self.stated.choices, *self.choices),
        )


class _Headers:
    """The columns by folded header; a header that occurs twice names neither."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self.folded: dict[str, list[str]] = {}
        for column in columns:
            self.folded.setdefault(_fold(column), []).append(column)

    def get(self, header: str) -> str | None:
        """Return the one column with a header; None where there is none, or several."""
        found = self.folded.get(_fold(header), [])
        return found[0] if len(found) == 1 else None

    def all(self, headers: Iterable[str]) -> list[str]:
        """Return every column with one of some headers, each once."""
        found = (column for header in headers for column in self.folded.get(_fold(header), []))
        return list(dict.fromkeys(found))

    def pairs(self, headers: Iterable[Sequence[str]]) -> list[tuple[str, str]]:
        """Return every two columns with one of some pairs of headers."""
        return [(a, b) for one, two in headers for a in self.all([one]) for b in self.all([two])]

    def endings(self, endings: Iterable[Sequence[str]]) -> list[tuple[str, str]]:
        """Return pairs like ``site_lat`` and ``site_lng``, or Kobo's ``_site_latitude``."""
        found = []
        for one, two in endings:
            for folded, columns in self.folded.items():
                if folded.endswith(f" {one}"):
                    partner = self.folded.get(folded.removesuffix(one) + two, [])
                    found += [(a, b) for a in columns for b in partner]
        return found


def _fold(header: str) -> str:
    clean, _ = clean_text(header[:500])
    words = re.sub(r"[\s_./:-]+", " ", fold_letters(clean).casefold())
    return re.sub(r" ?\((wgs ?84|dd|decimal degrees|degrees|°)\)$", "", words.strip())


# -- sources and tags -----------------------------------------------------------------------------


def _source(headers: _Headers, stated: str | None) -> Any:
    """Return the source that is stated, else the one whose signature the headers hold, or None."""
    for source in load("headers")["sources"]:
        if source["id"] == stated:
            return source
        if stated is None and all(headers.get(header) for header in source["signature"]):
            return source
    return None if stated is None else {"id": stated, "name": stated, "roles": {}}


def _by_source(headers: _Headers, source: Any) -> list[Choice]:
    why = f"{source['name']}, known by its headers"
    found = ((role, headers.get(header)) for role, header in source["roles"].items())
    return [Choice(role, column, why) for role, column in found if column is not None]


def _by_tags(tags: Sequence[str], columns: Sequence[str]) -> list[Choice]:
    """Return roles by HXL tag; several columns with the same one are an error."""
    if not any(tag.startswith("#") for tag in tags):
        return []
    out: dict[str, str] = {}
    for role, (tag, *attributes) in load("headers")["hxl"].items():
        found = []
        for text, column in zip(tags, columns, strict=True):
            head, *rest = re.sub(r"\s+", "", text.casefold()).split("+")
            if head != tag or not set(attributes) <= set(rest):
                continue
            if role == "date" and {"start", "end"} & set(rest):
                continue
            found.append((column, rest))
        if role in LEVELS and len(found) > 1:
            found = [one for one in found if "code" in one[1]] or found
        if len(found) > 1:
            _several(role, [column for column, _ in found])
        if found:
            out[role] = found[0][0]
    if "date" in out and "first" in out and "last" in out:
        _several("date", [out["date"], f"{out['first']} / {out['last']}"])
    if "latitude" in out and "longitude" in out:
        out.pop("position", None)
    return [Choice(role, column, "its HXL tag") for role, column in out.items()]


def _find_codes(headers: _Headers, found: _Found, precision: PrecisionTable) -> None:
    """Find the columns of a known source's precision codes."""
    source, stated = found.source or "", found.stated
    places, dates = precision.places.get(source), precision.dates.get(source)
    if places and not stated.place_codes and stated.radius_m is None:
        columns = tuple(headers.get(column) or "" for column in places.columns)
        if all(columns):
            found.columns["place_codes"] = columns
            why = "the precision table's column" + ("s" if len(columns) > 1 else "")
            found.choices.append(Choice("place_codes", ", ".join(columns), why))
    if dates and (column := headers.get(dates.columns[0])):
        found.take(Choice("date_code", column, "the precision table's column"))


# -- common names ---------------------------------------------------------------------------------


def _levels(headers: _Headers) -> list[Choice]:
    """Return the first column of each level that one column has: codes come before names."""
    names = load("headers")
    found = {level: [*filter(None, map(headers.get, names[level]))][:1] for level in LEVELS}
    return [Choice(level, name, "a common name") for level, one in found.items() for name in one]


def _find_place(headers: _Headers, found: _Found, *, areas: bool) -> None:
    """Find the place by common names; where areas are given, the name of one is enough."""
    try:
        found.take(*_place(headers))
    except _NoColumnError:
        if not (areas and any(found.settled(level) for level in LEVELS)):
            raise
        found.without = (*found.stated.without, "location")


def _place(headers: _Headers) -> list[Choice]:
    names = load("headers")
    pair, single = ("latitude", "longitude"), ("position",)
    for roles, found, why in (
        (pair, headers.pairs(names["pairs"]), "a common name"),
        (pair, headers.endings(names["suffix_pairs"]), "a common ending"),
        (single, [(one,) for one in headers.all(names["position"])], "a common name"),
        (pair, headers.pairs(names["weak_pairs"]), "a common name"),
    ):
        if len(found) > 1:
            _several(" and ".join(roles), [" / ".join(columns) for columns in found])
        if found:
            return [Choice(role, one, why) for role, one in zip(roles, found[0], strict=True)]
    _none("a place (latitude and longitude, or both in one column)", "latitude, longitude", headers)


def _time(headers: _Headers) -> list[Choice]:
    names = load("headers")
    spans, single = headers.pairs(names["intervals"]), headers.all(names["date"])
    options = [*(" / ".join(span) for span in spans), *single]
    if len(options) > 1:
        _several("date", options)
    if spans:
        why = "common names of a first and a last day"
        return [Choice("first", spans[0][0], why), Choice("last", spans[0][1], why)]
    if single:
        return [Choice("date", single[0], "a common name")]
    _none("a date", 'date, or first and last; where there is none, without = ["date"]', headers)


def _named(headers: _Headers, role: str) -> list[Choice]:
    """Return the one column with a common name of a role that a file need not have."""
    found = headers.all(load("headers")[role])
    return [Choice(role, found[0], "a common name")] if len(found) == 1 else []


def _survey_accuracy(headers: _Headers, columns: Mapping[str, Any]) -> list[Choice]:
    """Return the column of accuracy that Kobo and ODK write beside a latitude."""
    folded = _fold(columns.get("latitude", ""))
    if folded.endswith(" latitude"):
        for word, tool in (("precision", "Kobo"), ("accuracy", "ODK")):
            column = headers.get(folded.removesuffix("latitude") + word)
            if column is not None:
                why = f"{tool}'s accuracy in metres, beside the latitude"
                return [Choice("radius", column, why)]
    return []


def location_pairs(columns: Sequence[str]) -> bool:
    """Tell whether the headers name a place in a way that is known; never raises."""
    headers = _Headers(columns)
    try:
        return bool(_source(headers, None)) or bool(_place(headers))
    except InputError as error:
        return isinstance(error, _SeveralColumnsError)


# -- what is refused ------------------------------------------------------------------------------


def _check_stated(given: ColumnMapping, columns: Sequence[str]) -> None:
    for name in given.used():
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
    if given.deaths is None and given.of("deaths"):
        raise InputError(
            "expected a column of deaths beside their low or high figures, found none stated; "
            "state the best figure as deaths."
        )
    if sum(map(bool, (given.latitude, given.position, given.geometry))) > 1:
        raise InputError(
            "expected one way to give the place, found several stated; state latitude and "
            "longitude, or position, or geometry."
        )
    if sum(map(bool, (given.date, given.first, given.year))) > 1:
        raise InputError(
            "expected one way to give the date, found several stated; state date, or first and "
            "last, or year, month and day."
        )


def _several(what: str, options: Sequence[str]) -> NoReturn:
    raise _SeveralColumnsError(
        f"expected one {what}, found several columns that could be meant: {_listed(options)}; "
        "state which in a mapping file (`dezone inspect` writes one)."
    )


def _none(what: str, roles: str, headers: _Headers) -> NoReturn:
    raise _NoColumnError(
        f"expected a column with {what}, found {_listed(headers.columns)}; state it in a mapping "
        f"file ({roles}; `dezone inspect` writes one)."
    )


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(quote(c) for c in columns[:20])
    return shown + (f" and {len(columns) - 20} more" if len(columns) > 20 else "") or "none"
