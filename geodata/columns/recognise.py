"""Recognise what a file's columns are by their headers, and say by what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from geodata.columns.areas import LEVELS
from geodata.columns.headers.names import Headers, fold
from geodata.columns.headers.unused import beside_pairs, names_beside
from geodata.columns.mapping import ROLES, Choice, ColumnMapping
from geodata.columns.precision import PrecisionTable
from geodata.errors import InputError
from geodata.grammar import load
from geodata.text.repairs import quote

_ABSENT = {"place": "location", "time": "date"}  # what `without` calls them


class UnclearColumnsError(InputError):
    """It is not clear which column gives what is needed.

    Attributes
    ----------
    found
        What was recognised before.
    suggested
        Lines of a mapping that may give the rest, one choice after the other.
    """

    found: ColumnMapping = ColumnMapping()
    suggested: tuple[tuple[str, ...], ...] = ()


class _SeveralColumnsError(UnclearColumnsError):
    """Several columns could be meant."""


class NoColumnError(UnclearColumnsError):
    """No column has a name that is known for what is needed: ``place`` or ``date``."""

    what = "place"


def recognise(
    columns: Sequence[str],
    *,
    stated: ColumnMapping | None = None,
    tags: Sequence[str] = (),
    geometry: str | None = None,
    precision: PrecisionTable,
    areas: bool = False,
    points: Sequence[str] = (),
) -> ColumnMapping:
    """Return the mapping of a file with these columns.

    What `stated` says about the place, the date or the precision goes before what is recognised:
    the file's own geometry, a source known by its headers, HXL tags (`tags` of a second row, or
    the headers themselves), then common names of columns. With `areas`, polygons of districts or
    governorates are given: names of these are place enough. `points` are columns whose values are
    points of GeoJSON, or positions under a header that is one of names.

    Raises
    ------
    InputError
        A stated column is not there, several columns could be meant, or none can.
    """
    given = stated or ColumnMapping()
    _check_stated(given, columns)
    theirs = not_ours(columns)
    if len(theirs) < len(columns) and given.source is None:
        try:  # what was tagged before is read by what it was tagged by
            left = () if tags else theirs
            return _recognise(left or columns, given, tags, geometry, precision, areas, points)
        except NoColumnError:
            pass
    return _recognise(columns, given, tags, geometry, precision, areas, points)


_CUT = 10  # letters
_SIGN_OF_OURS = {"verdict", "space", "share_low"}


def not_ours(columns: Sequence[str]) -> list[str]:
    """Return the columns of a file that are not those that a verdict has added behind them."""
    if not set(columns) >= _SIGN_OF_OURS:
        return list(columns)
    ours, at = set(load("headers")["own"]), list(columns).index("verdict")
    return [
        name
        for i, name in enumerate(columns)
        if name.removeprefix("dezone_") not in ours or (i < at and not name.startswith("dezone_"))
    ]


def _recognise(
    columns: Sequence[str],
    given: ColumnMapping,
    tags: Sequence[str],
    geometry: str | None,
    precision: PrecisionTable,
    areas: bool,
    points: Sequence[str],
) -> ColumnMapping:
    kept = [at for at, name in enumerate(columns) if name not in given.ignore]
    columns, tags = [columns[at] for at in kept], [tags[at] for at in kept if tags]
    points = [name for name in points if name not in given.ignore]
    found = _Found(given)
    try:
        shape = None if geometry in given.ignore else geometry
        _find(found, Headers(columns), tags, shape, precision, areas, points)
    except UnclearColumnsError as error:
        error.found = found.mapping()
        raise
    return found.mapping()


def _find(
    found: _Found,
    headers: Headers,
    tags: Sequence[str],
    geometry: str | None,
    precision: PrecisionTable,
    areas: bool,
    points: Sequence[str],
) -> None:
    """Find the columns of all roles."""
    given, columns = found.stated, headers.columns
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
        _find_place(headers, found, points, areas=areas)
    if found.settled("place") and not found.settled("name"):
        found.take(*_name_beside(headers, found, points))
    if found.settled("name"):
        found.take(*_narrower(headers))
    if not found.settled("time"):
        found.take(*_time(headers))
    if source is None and not found.settled("radius"):
        found.take(*(_named(headers, "radius") or _survey_accuracy(headers, found.columns)))
    for role in ("id", "deaths"):
        if not found.settled(role):
            found.take(*_named(headers, role))
    _find_codes(headers, found, precision)
    settled = {headers.cut(name) for name in (source or {}).get("settled", ())}
    _find_other(headers, found, points, settled)


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
        if about == "time" and (self.stated.span or "span" in self.columns):
            return True
        return bool(self.stated.of(about)) or any(ROLES.get(role) == about for role in self.columns)

    def take(self, *choices: Choice) -> None:
        """Take columns for their roles, all at once, but for roles of what is settled already."""
        about = {"span": "time", "dms": "place", **ROLES}
        for choice in [one for one in choices if not self.settled(about[one.role])]:
            several = choice.role in ("dms", "span")
            self.columns[choice.role] = (
                tuple(choice.column.split(", ")) if several else choice.column
            )
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


# -- sources and tags -----------------------------------------------------------------------------


def _source(headers: Headers, stated: str | None) -> Any:
    """Return the source that is stated, else the first that headers are a sign of, or None."""
    for source in load("headers")["sources"]:
        if source["id"] == stated:
            return source
        if stated is None and any(all(map(headers.cut, sign)) for sign in source["signs"]):
            return source
    return None if stated is None else {"id": stated, "name": stated, "roles": {}}


def _by_source(headers: Headers, source: Any) -> list[Choice]:
    why = f"{source['name']}, known by its headers"
    found = {role: headers.cut(header) for role, header in source["roles"].items()}
    for one, two in (("latitude", "longitude"), ("first", "last")):
        if found.get(one) is None or found.get(two) is None:  # half of a pair says nothing
            found[one] = found[two] = None
    return [Choice(role, column, why) for role, column in found.items() if column is not None]


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
            if role == "date" and {*load("headers")["hxl_other_dates"]} & {*rest}:
                continue
            if role == "place" and "code" in rest:
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


def _find_codes(headers: Headers, found: _Found, precision: PrecisionTable) -> None:
    """Find the columns of a known source's precision codes; the first of them is enough."""
    stated = found.stated
    named = (found.columns.get(role) or getattr(stated, role) for role in ("latitude", "geometry"))
    words = set(" ".join(fold(name) for name in named if name).split())
    if found.source is None and words & set(load("headers")["centroid_words"]):
        found.source = "centroids"
    source = found.source or ""
    places, dates = precision.places.get(source), precision.dates.get(source)
    if places and not stated.place_codes and stated.radius_m is None:
        columns = [column for column in map(headers.cut, places.columns) if column is not None]
        if columns and columns[0] == headers.cut(places.columns[0]):
            found.columns["place_codes"] = tuple(columns)
            why = "the precision table's column" + ("s" if len(columns) > 1 else "")
            found.choices.append(Choice("place_codes", ", ".join(columns), why))
    if dates and dates.columns and (column := headers.cut(dates.columns[0])):
        found.take(Choice("date_code", column, "the precision table's column"))


# -- common names ---------------------------------------------------------------------------------


def _levels(headers: Headers) -> list[Choice]:
    """Return the first column of each level that one column has: codes come before names."""
    names = load("headers")
    found = {level: [*filter(None, map(headers.get, names[level]))][:1] for level in LEVELS}
    return [Choice(level, name, "a common name") for level, one in found.items() for name in one]


def _find_place(headers: Headers, found: _Found, points: Sequence[str], *, areas: bool) -> None:
    """Find the place by common names; a name of a settlement, or of an area given, is enough."""
    try:
        found.take(*_place(headers, points))
    except NoColumnError:
        if not found.settled("name"):
            found.take(*_by_name(headers))
        if found.settled("name"):
            found.take(*_narrower(headers))
            return
        if not (areas and any(found.settled(level) for level in LEVELS)):
            raise
        found.without = (*found.stated.without, "location")


def _place(headers: Headers, points: Sequence[str] = ()) -> list[Choice]:
    names = load("headers")
    pair, single = ("latitude", "longitude"), ("position",)
    for roles, found, why in (
        (pair, headers.pairs(names["pairs"]), "a common name"),
        (pair, headers.endings(names["suffix_pairs"]), "a common ending"),
        (single, [(one,) for one in _whole(headers)], "a common name"),
        (single, [(one,) for one in points], "positions in its cells"),
        (pair, headers.pairs(names["other_pairs"]), "a common name"),
        (pair, headers.pairs(names["weak_pairs"]), "a common name"),
    ):
        if len(found) > 1:
            _several(" and ".join(roles), [" / ".join(columns) for columns in found])
        if found:
            return [Choice(role, one, why) for role, one in zip(roles, found[0], strict=True)]
    if parts := _dms(headers):
        return [Choice("dms", ", ".join(parts), "degrees, minutes and seconds by their names")]
    _none(
        "a place (latitude and longitude, or both in one column; names or P-codes of towns)",
        "latitude, longitude; place, place_code",
        headers,
    )


def _whole(headers: Headers) -> list[str]:
    """Return the columns of whole positions by their names, but for lists that paths lead into."""
    found = headers.all(load("headers")["position"])
    return [name for name in found if f"{name}.0" not in headers.columns]


def _by_name(headers: Headers) -> list[Choice]:
    """Return the column of P-codes of settlements, and the one of their names."""
    names = load("headers")
    code = [*filter(None, map(headers.get, names["place_code"]))][:1]
    bases = {name.partition(".")[0] for name in headers.columns if "." in name}
    named = [one for one in headers.all(names["place"]) if one not in bases]
    if len(named) > 1 and not code:
        _several("name of a place", named)
    why = "a common name"
    return [Choice(role, column, why) for role, some in (("place_code", code), ("place", named[:1]))
            for column in some]  # fmt: skip


def _name_beside(headers: Headers, found: _Found, points: Sequence[str]) -> list[Choice]:
    """Return the one column that names the places of rows without a position."""
    taken = {*found.stated.used(), *found.stated.ignore, *map(str, found.columns.values())}
    named = names_beside(headers, {*taken, *points})
    if len(named) != 1:
        return []  # which is told where there are such rows
    is_code = named[0] in headers.all(load("headers")["place_code"])
    why = "a common name: looked up where a row has no position"
    return [Choice("place_code" if is_code else "place", named[0], why)]


def _narrower(headers: Headers) -> list[Choice]:
    """Return the first column of sub-districts: codes come before names."""
    found = [*filter(None, map(headers.get, load("headers")["subdistrict"]))][:1]
    return [Choice("subdistrict", column, "a common name") for column in found]


def _find_other(
    headers: Headers, found: _Found, points: Sequence[str], settled: set[str | None]
) -> None:
    """Find columns that give the place a second time: those of a geometry, or one beside a pair."""
    stated, names = found.stated, load("headers")
    taken = {*stated.used(), *stated.ignore, *found.columns.values(), *settled}
    if stated.also or not (found.columns.keys() | set(stated.of("place"))):
        return
    ways = [
        *headers.pairs([*names["pairs"], *names["other_pairs"]]),
        *((one,) for one in _whole(headers)),
        *((one,) for one in points),
        *(beside_pairs(headers) if found.source != "centroids" else ()),
    ]
    left = [columns for columns in ways if not taken & {*columns}]
    parts = [one for one in headers.pairs(names["parts"]) if not taken & {*one}]
    if parts and (found.columns.get("date") or stated.date):
        found.columns["also_days"] = parts[0]
        found.choices.append(Choice("also_days", ", ".join(parts[0]), "a date, too: compared"))
    if found.settled("place") and left:
        found.columns["also"] = left[0]
        found.choices.append(Choice("also", ", ".join(left[0]), "names a position, too: compared"))


def _dms(headers: Headers) -> tuple[str, ...]:
    """Return columns of degrees, minutes, seconds and perhaps direction, of both axes in turn."""
    kinds: list[str] = []
    found: list[str] = []
    for column in headers.columns:
        words = {re.sub(r"[0-9]+$", "", word) for word in fold(column).split()}
        for kind, names in load("headers")["dms"].items():
            if words & set(names):
                kinds.append(kind)
                found.append(column)
    one = ["degrees", "minutes", "seconds", "direction"][: len(found) // 2]
    return tuple(found) if len(one) > 2 and kinds == one * 2 else ()


def _time(headers: Headers) -> list[Choice]:
    names = load("headers")
    spans, parts = headers.pairs(names["intervals"]), headers.pairs(names["parts"])
    six = headers.pairs(names["parts_intervals"])
    if len(six) == 1 and not spans:
        why = "years, months and days of a first and a last day by their names"
        return [Choice("span", ", ".join(six[0]), why)]
    whole = {column for columns in parts for column in columns}
    single = [column for column in headers.all(names["date"]) if column not in whole]
    if not spans and not single and not parts:  # a Shapefile cuts names to ten letters
        cut = {headers.cut(name) for name in names["date"] if len(name) > _CUT} - {None}
        single = [column for column in headers.columns if column in cut and len(column) == _CUT]
    options = [*(" / ".join(span) for span in spans), *single]
    if len(options) > 1 or (not options and len(parts) > 1):
        _several("date", options or [" / ".join(columns) for columns in parts])
    for roles, found, why in (
        (("first", "last"), spans, "common names of a first and a last day"),
        (("date",), [(one,) for one in single], "a common name"),
        (("year", "month", "day"), parts, "common names of a year, a month and a day"),
    ):
        if found:
            return [Choice(role, one, why) for role, one in zip(roles, found[0], strict=True)]
    stated = 'date, or first and last, or year and month; where there is none, without = ["date"]'
    _none("a date", stated, headers)


def _named(headers: Headers, role: str) -> list[Choice]:
    """Return the one column with a common name of a role that a file need not have."""
    found = headers.all(load("headers")[role])
    return [Choice(role, found[0], "a common name")] if len(found) == 1 else []


def _survey_accuracy(headers: Headers, columns: Mapping[str, Any]) -> list[Choice]:
    """Return the column of accuracy that Kobo and ODK write beside a latitude.

    In a layer made of their table the points are those of the one latitude in it.
    """
    beside = headers.endings([("latitude", "longitude")]) if "geometry" in columns else []
    folded = fold(columns.get("latitude") or (beside[0][0] if len(beside) == 1 else ""))
    if folded.endswith(" latitude"):
        for word, tool in (("precision", "Kobo"), ("accuracy", "ODK")):
            column = headers.get(folded.removesuffix("latitude") + word)
            if column is not None:
                why = f"{tool}'s accuracy in metres, beside the latitude"
                return [Choice("radius", column, why)]
    return []


def location_pairs(columns: Sequence[str]) -> bool:
    """Tell whether the headers name a source or a place in a way that is known; never raises."""
    return bool(_source(Headers(columns), None)) or names_position(columns)


def names_position(columns: Sequence[str]) -> bool:
    """Tell whether the headers name a position; never raises."""
    try:
        return bool(_place(Headers(columns)))
    except InputError as error:
        return isinstance(error, _SeveralColumnsError)


def names_date(columns: Sequence[str]) -> bool:
    """Tell whether the headers name a date; never raises."""
    try:
        return bool(_time(Headers(columns)))
    except InputError as error:
        return isinstance(error, _SeveralColumnsError)


# -- what is refused ------------------------------------------------------------------------------


def _check_stated(given: ColumnMapping, columns: Sequence[str]) -> None:
    for name in given.used():
        if name not in columns:
            raise InputError(
                f"expected a column {quote(name)}, found {_listed(columns)}; name one of these."
            )
        if name in given.ignore:
            raise InputError(
                f"expected a column that is used or ignored, found {quote(name)} stated as both; "
                "take it out of `ignore`, or leave it out elsewhere."
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
    for role, counts in (("span", (0, 6)), ("dms", (0, 4, 6, 8))):
        if len(getattr(given, role)) not in counts:
            raise InputError(
                f"expected {' or '.join(map(str, counts[1:]))} columns for {role}, found "
                f"{len(getattr(given, role))}; see docs/files.md."
            )
    if sum(map(bool, (given.date, given.first, given.year, given.span))) > 1:
        raise InputError(
            "expected one way to give the date, found several stated; state date, or first and "
            "last, or year, month and day, or span."
        )


def _several(what: str, options: Sequence[str]) -> NoReturn:
    raise _SeveralColumnsError(
        f"expected one {what}, found several columns that could be meant: {_listed(options)}; "
        "state which in a mapping file (`dezone inspect -o map.toml` writes one for --mapping)."
    )


def _none(what: str, roles: str, headers: Headers) -> NoReturn:
    error = NoColumnError(
        f"expected a column with {what}, found {_listed(headers.columns)}; state it in a mapping "
        f"file ({roles}; `dezone inspect -o map.toml` writes one for --mapping)."
    )
    error.what = "date" if what == "a date" else "place"
    raise error


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(quote(c) for c in columns[:20])
    return shown + (f" and {len(columns) - 20} more" if len(columns) > 20 else "") or "none"
