"""Columns that may say how precise a row is, and that nothing is taken from: a warning each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from geodata.columns.cells import is_text, texts
from geodata.columns.headers.names import CUT, Headers, fold, words_of
from geodata.columns.mapping import ROLES, Choice
from geodata.errors import InputError
from geodata.findings import Finding, Severity
from geodata.formats.table import about_file
from geodata.grammar import load
from geodata.text.lengths import read_radius, unit_of
from geodata.text.repairs import clean_text, quote

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.columns.mapping import ColumnMapping
    from geodata.columns.precision import PrecisionTable

    Scan = Callable[[list[str]], Iterator[pa.RecordBatch]]

_SHOWN = 6  # values of a column
_SAMPLE = 200  # rows in which lengths are looked for
_ACCURATE = re.compile(r"-?[0-9.]+ -?[0-9.]+ -?[0-9.]+ [0-9.]+")
"""A geopoint of ODK or Kobo: latitude, longitude, altitude and accuracy."""
_LONGEST = 40  # characters of a length, at most
_MOST_CODES = 12  # different values of a column of codes


def unused_columns(
    names: Sequence[str],
    mapping: ColumnMapping,
    precision: PrecisionTable,
    scan: Scan,
    tags: Mapping[str, str] = MappingProxyType({}),
) -> list[Finding]:
    """Return a warning for each column that may say how precise a row is, and is not used.

    Such are columns with a name like ``geo_precision`` or ``accuracy``, columns of words like
    ``exact`` or ``admin1``, and columns of lengths with a unit. So is a source that is known and
    lacks the column of its precision codes.

    Parameters
    ----------
    names
        All columns of the file.
    scan
        Yields batches of some columns; a column with a telling name is counted whole.
    tags
        HXL tags of the columns, which tell as names do.
    """
    used = {*mapping.used(), *mapping.ignore}
    left = [name for name in names if name not in used]
    headers = Headers(left)
    settled = _settled(headers, mapping)
    open_to = [name for name in left if name not in settled]
    telling = _say_precision(scan, open_to)
    tagged = {name for name in open_to if looks_precise(re.sub("[#+]", " ", tags.get(name, "")))}
    precise = [name for name in open_to if looks_precise(name) or name in telling | tagged]
    found = [_unused(name, _counted(scan, name), mapping, precision) for name in precise]
    others = [name for name in left if name not in {*precise, *settled}]
    found += [
        about_file(
            Severity.WARNING,
            kind,
            quote(name),
            f"{why}, state {role} = {quote(name)} in a mapping file, else ignore = [{quote(name)}]",
        )
        for kind, name, why, role in _telling_cells(scan, others)
    ]
    found += [
        about_file(
            Severity.WARNING,
            "unused-column",
            quote(name),
            f"may say where or when, and is not used: ignore = [{quote(name)}] in a mapping file, "
            "or state what it is",
        )
        for name in dict.fromkeys(
            [
                *(name for name in _others(headers, mapping) if name not in settled),
                *_other_ends(scan, names, others, mapping),
                *_deciding(scan, names, others, mapping),
            ]
        )
    ]
    return [*found, *_missing(mapping, precision)]


def beside_pairs(headers: Headers) -> list[tuple[str, ...]]:
    """Return pairs of a latitude and a longitude with a word more, or a number, in their names."""
    pairs = load("headers")["suffix_pairs"]
    return [*headers.endings(pairs), *headers.beginnings(pairs)]


def names_beside(headers: Headers, taken: Iterable[str]) -> list[str]:
    """Return the columns that may name the places of rows without a position; codes go first.

    `taken` are columns that mean something else already. A column that paths lead into holds no
    names.
    """
    table = load("headers")
    bases = {name.partition(".")[0] for name in headers.columns if "." in name}
    for role in ("place_code", "place"):
        found = [one for one in headers.all(table[role]) if one not in {*taken, *bases}]
        if found:
            return found
    return []


def unused_place(names: Sequence[str], mapping: ColumnMapping) -> Finding | None:
    """Return a warning of the columns that may name the places of rows without a position."""
    if mapping.place or mapping.place_code:
        return None
    found = names_beside(Headers(names), {*mapping.used(), *mapping.ignore})
    if not found:
        return None
    shown = ", ".join(map(quote, found))
    why = "rows without a position may be named here, and are not looked up: state which column, "
    why += f"place = {quote(found[0])} in a mapping file, or ignore = [{shown}]"
    return about_file(Severity.WARNING, "unused-place", shown, why)


def _others(headers: Headers, mapping: ColumnMapping) -> list[str]:
    """Return columns with a common name of a place or date, where nothing is stated of these."""
    names = load("headers")
    stated = {ROLES.get(choice.role) for choice in mapping.choices if choice.why == "stated"}
    found: list[str] = []
    if "time" not in stated:
        parts = {name for group in headers.pairs(names["parts"]) for name in group}
        found += [name for name in headers.all(names["date"]) if name not in parts]
        found += [name for pair in headers.pairs(names["intervals"]) for name in pair]
    if "place" not in stated:
        whole = headers.all(names["position"])  # but for lists that paths lead into
        found += [name for name in whole if f"{name}.0" not in {*headers.columns, *mapping.used()}]
        found += [name for pair in headers.pairs(names["pairs"]) for name in pair]
        found += [name for pair in beside_pairs(headers) for name in pair]
    return list(dict.fromkeys(found))


def _other_ends(
    scan: Scan, every: Sequence[str], names: list[str], mapping: ColumnMapping
) -> list[str]:
    """Return columns of dates that are called the first or the last, beside the one date."""
    table = load("headers")
    stated = any(one.role == "date" and one.why == "stated" for one in mapping.choices)
    if not mapping.date or stated or set(table["survey_marks"]) & set(every):
        return []
    words = frozenset(map(fold, table["ends"]))
    called = [name for name in names if words & set(fold(name).split())]
    return [name for name, cells in _samples(scan, called) if all(map(_LIKE_DATE.search, cells))]


def _deciding(
    scan: Scan, every: Sequence[str], names: list[str], mapping: ColumnMapping
) -> list[str]:
    """Return columns of time zones, datums, durations, and of distances from a place by name."""
    table = load("headers")
    if set(table["survey_marks"]) & set(every):
        return []
    words = {*table["deciding"]["words"]}
    if (mapping.place or mapping.place_code) and not mapping.of("place"):
        words |= {*table["deciding"]["offsets"]}
    words = {f" {fold(word)} " for word in words}
    called = [name for name in names if any(word in words_of(name) for word in words)]
    plain = {*table["deciding"]["plain"]}
    return [name for name, cells in _samples(scan, called) if not set(map(fold, cells)) <= plain]


def _samples(scan: Scan, names: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield columns, and what their first cells hold, where they hold something."""
    first = next(iter(scan(names)), None) if names else None
    for name, column in zip(names, first.columns, strict=True) if first is not None else ():
        cells = [cell for cell in texts(column.slice(0, _SAMPLE)).to_pylist() if cell]
        if cells:
            yield name, cells


def without_codes(mapping: ColumnMapping, scan: Scan) -> ColumnMapping:
    """Return the mapping without a column of radii that rather holds codes: digits, and no unit.

    Only one that was known by its name alone is left out, which `unused_columns` then says.
    """
    named = Choice("radius", mapping.radius or "", "a common name")
    if named not in mapping.choices or unit_of(named.column):
        return mapping
    is_filled = False
    for batch in scan([named.column]):
        cells = {cell for cell in texts(batch.column(0)).unique().to_pylist() if cell}
        if not all(map(_is_code, cells)):
            return mapping
        is_filled |= bool(cells - {"0", "0.0"})  # nothing is as much in every unit
    if not is_filled:
        return mapping
    left = tuple(choice for choice in mapping.choices if choice != named)
    return replace(mapping, radius=None, choices=left)


_LIKE_DATE = re.compile(
    r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}"
)


def looks_precise(header: str) -> bool:
    """Tell whether a header looks as if its column said how precise a place or a date is.

    So do words for a place or a date beside one for how well something is known.

    >>> looks_precise("Geo Precision"), looks_precise("loc_quality"), looks_precise("precinct")
    (True, True, False)
    """
    table, words = _precise_words(), f" {fold(header)} "
    if any(f" {word} " in words for word in table["not"]):
        return False
    joined = words.replace(" ", "")
    return (
        any(part in joined for part in table["within"])
        or any(f" {word} " in words for word in table["words"])
        or _pairs(words, table["how"])
    )


@cache
def _precise_words() -> dict[str, frozenset[str]]:
    table = load("headers")["precision_like"]
    return {key: frozenset(map(fold, words)) for key, words in table.items()}


def _pairs(words: str, how: frozenset[str]) -> bool:
    """Tell whether folded words are of a place or a date, and of how it is known."""
    said = set(words.split())
    about = said & _precise_words()["about"]
    return any(about - {word} for word in said & how)


def _is_cut(header: str) -> bool:
    """Tell whether a Shapefile may have cut a name for how precise a place or a date is.

    >>> _is_cut("location_p"), _is_cut("location_n")
    (True, False)
    """
    *about, last = fold(header).split() or [""]
    table = _precise_words()
    cut = any(word.startswith(last) for word in table["cut"])
    return len(header) == CUT and cut and not table["about"].isdisjoint(about)


def _say_precision(scan: Scan, names: list[str]) -> set[str]:
    """Return the columns the first cells of which are words for how precise a place is."""
    first = next(iter(scan(names)), None) if names else None
    if first is None:
        return set()
    return {
        name
        for name, column in zip(names, first.columns, strict=True)
        if _says_precision(name, set(filter(None, texts(column.slice(0, _SAMPLE)).to_pylist())))
    }


def _says_precision(header: str, cells: set[str]) -> bool:
    """Tell whether a column's different cells are words for how precise a place is.

    Where the header leaves it open (``location type``), codes and words like ``high`` are, too.
    """
    table, found = _precise_words(), {fold(cell) for cell in cells}
    if not found or len(found) > _MOST_CODES:
        return False
    plain = table["cells"] | table["more_cells"]
    if found <= plain and found & table["cells"]:
        return True
    if not _pairs(f" {fold(header)} ", table["perhaps"]) and not _is_cut(header):
        return False
    return any(table["telling"] & set(cell.split()) for cell in found) or all(
        cell in plain or cell in table["with_header"] or re.fullmatch("[0-9]", cell)
        for cell in found
    )


def _settled(headers: Headers, mapping: ColumnMapping) -> set[str]:
    """Return the columns that say nothing which a source's other columns do not say already."""
    names = (
        name
        for source in load("headers")["sources"]
        if source["id"] == mapping.source and (mapping.last or mapping.first is None)
        for name in source.get("settled", ())
    )
    return {column for column in map(headers.cut, names) if column is not None}


def _unused(
    name: str, counts: Counter[str], mapping: ColumnMapping, precision: PrecisionTable
) -> Finding:
    shown = [f"{quote(value)} {count}" for value, count in counts.most_common(_SHOWN)]
    if len(counts) > _SHOWN:
        shown.append(f"{len(counts) - _SHOWN} other values")
    why = "looks as if it said how precise a row is, and is not used"
    if mapping.radius_m is not None:
        why += ", since one radius is stated for all"
    return about_file(
        Severity.WARNING,
        "unused-precision",
        quote(name),
        f"{why} ({', '.join(shown) or 'no values'}): {_cure(name, counts, precision)}, or "
        f"ignore = [{quote(name)}] in a mapping file",
    )


def _cure(name: str, counts: Counter[str], precision: PrecisionTable) -> str:
    one = Headers([name])
    for schemes in (precision.places, precision.dates):
        for source, scheme in schemes.items():
            if any(one.cut(column) for column in scheme.columns):
                return f'state source = "{source}", whose column it may be'
    if (
        counts
        and all(map(_is_length, counts))
        and (unit_of(name) or not all(map(_is_code, counts)))
    ):
        return f"state radius = {quote(name)}"
    if counts and all(map(_is_code, counts)) and one.all(load("headers")["radius"]):
        return f"state radius = {quote(name)} if these are metres, else what they mean, or --radius"
    return "state what its values mean (source and place_codes, with --precision), or --radius"


def _missing(mapping: ColumnMapping, precision: PrecisionTable) -> Iterator[Finding]:
    """Yield a warning where a known source comes without its column of precision codes."""
    places = precision.places.get(mapping.source or "")
    dates = precision.dates.get(mapping.source or "")
    placed = mapping.place_codes or mapping.radius or mapping.radius_m is not None
    for scheme, there, what in (
        (places, placed, "place is taken as exact: state --radius"),
        (dates, mapping.date_code, "day is taken as exact"),
    ):
        if scheme is not None and scheme.columns and not there:
            why = f"this source gives how precise a row is in {scheme.columns[0]!r}, which is not "
            yield about_file(
                Severity.WARNING, "no-precision", mapping.source or "", f"{why}there; every {what}"
            )


def _counted(scan: Scan, name: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for batch in scan([name]):
        coded = texts(batch.column(0)).value_counts()
        values, times = coded.field(0).to_pylist(), coded.field(1).to_pylist()
        for value, count in zip(values, times, strict=True):
            clean = clean_text(value or "")[0]
            if clean:
                counts[clean] += count
    return counts


def _telling_cells(scan: Scan, names: list[str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield kinds, names, what they hold and roles of columns of lengths and of geopoints."""

    first = next(iter(scan(names)), None) if names else None
    if first is None:
        return
    for name in names:
        column = first.column(name)
        if not is_text(column):
            continue
        sample = texts(column.slice(0, _SAMPLE)).to_pylist()
        cells = {cell for cell in sample if cell and cell.strip()}
        if cells and all(map(_is_length, cells)) and any(re.search(r"\D\s*$", c) for c in cells):
            why = f"holds lengths ({', '.join(sorted(cells)[:3])}): if they say how near the place "
            yield "unused-length", name, f"{why}is known", "radius"
        elif cells and all(map(_ACCURATE.fullmatch, cells)):
            why = "holds geopoints, each with its accuracy in metres: if they are the places"
            yield "unused-precision", name, why, "position"


def _is_code(cell: str) -> bool:
    """Tell whether a cell is a small whole number, which more likely is a code than metres."""
    return re.fullmatch(r"[0-9](\.0)?", cell) is not None


def _is_length(cell: str) -> bool:
    if len(cell) > _LONGEST:
        return False
    try:
        read_radius(cell)
    except InputError:
        return False
    return True
