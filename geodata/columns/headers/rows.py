"""Which of a file's first rows is its header, and which one holds HXL tags."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from geodata.columns.cells import texts
from geodata.columns.headers.names import Headers
from geodata.columns.recognise import location_pairs, names_position
from geodata.errors import InputError
from geodata.formats.separators import SEPARATORS
from geodata.formats.suffixes import WORKBOOKS
from geodata.formats.table import Table, headers
from geodata.grammar import load
from geodata.text.repairs import is_missing, quote

_LOOKED_FOR_HEADER = 25  # rows
_COORDINATE = re.compile(r"[+-]?[0-9]{1,3}\.[0-9]{3,}")
_DAY = re.compile(
    r"([0-9]{4}([-/.])[0-9]{1,2}\2|[0-9]{1,2}([-/.])[0-9]{1,2}\3[0-9]{2})[0-9]{1,2}.*"
)
_TAG = re.compile(r"#\s*[A-Za-z]")
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,:/ -]*")
_MOST_SHOWN = 6  # cells of a row


class HeaderRowError(InputError):
    """The names of the columns stand further down."""


def check_header(table: Table, name: str) -> None:
    """Refuse a header that reads as an incident: it would be lost."""
    if table.format not in ("csv", *WORKBOOKS):
        return
    names = [cell.strip() for cell in headers(table.schema)]
    cells, what = (
        [cell for cell in names if _COORDINATE.fullmatch(cell)],
        "numbers like coordinates",
    )
    if len(cells) < 2:
        days = [cell for cell in names if _DAY.fullmatch(cell)]
        # Days can be names of columns, of counts a month, say; then another column has a name.
        cells, what = [] if Headers(names).all(_known()) else days, "days"
    if cells:
        raise InputError(
            f"{name}expected a header with the names of the columns, found a row with {what} "
            f"({', '.join(map(quote, cells[:3]))}); if there is no header, state it "
            "(--no-header: the columns are called column_1, column_2, ...), else --header-row 1."
        )


def row_above_tags(table: Table) -> int:
    """Return the row of the header where HXL tags stand further down; 0 where they do not.

    They are within the first 25 rows, right below the header (HXL 1.1).
    """
    for number, row in _first_rows(table):
        cells = [part for cell in row for part in cell.split(_separator(table))]
        if number > 2 and as_tags(cells) is not None:
            return number - 1
    return 0


def seems_header(table: Table) -> str:
    """Return which of the first rows looks like the header, and what to state; else nothing.

    A row that names columns in a way that is known, else the first one as wide as most rows.
    """
    rows = [(number, cells) for number, row in _first_rows(table) for cells in _ways(row, table)]
    named = next((one for one in rows if names_columns(one[1])), None)
    if named is not None:
        return _shown("the header seems to be", *named)
    first = [cell for cell in headers(table.schema) if not re.fullmatch(r"column_[0-9]+", cell)]
    widths = Counter(len(cells) for _, cells in rows if len(cells) > 1)
    width = max(widths, key=lambda one: (widths[one], one), default=0)
    for number, cells in rows:
        if len(cells) == width > len(first) and not any(map(_NUMBER.fullmatch, cells)):
            return _shown("where the rows above are a title, the header is", number, cells)
    return ""


def names_columns(cells: Sequence[str]) -> bool:
    """Tell whether cells are names of columns: of a place, or two of any that are known.

    >>> names_columns(["Date", "Governorate", "x"]), names_columns(["2018", "Idlib"])
    (True, False)
    """
    return len(cells) > 1 and (location_pairs(cells) or len(Headers(cells).all(_known())) > 1)


def as_tags(row: Iterable[str]) -> tuple[str, ...] | None:
    """Return the HXL tags of a row, where it is one: all tags or empty, two at least.

    One alone among empty cells may be what somebody wrote of an incident.
    """
    cells = ["" if is_missing(cell) else cell.strip() for cell in row]
    tags = [cell for cell in cells if cell]
    if tags and len(tags) >= min(2, len(cells)) and all(map(_TAG.match, tags)):
        return tuple(cells)
    return None


def is_tags(row: Sequence[str]) -> bool:
    """Tell whether a row that is no incident is one of HXL tags."""
    return any(map(_TAG.match, row))


def second_header(row: Sequence[str], table: Table) -> tuple[str, ...] | None:
    """Return a row that gives the names of the columns once more, in another language or short.

    Each of them names a position, and no cell is a number.
    """
    if not names_position(headers(table.schema)) or not names_position(row):
        return None
    return None if any(map(_NUMBER.fullmatch, row)) else tuple(row)


@cache
def _known() -> tuple[str, ...]:
    """Return every name of a column that is known by itself."""
    roles = ("date", "position", "radius", "id", "deaths", "place", "place_code", "subdistrict",
             "district", "governorate")  # fmt: skip
    table = load("headers")
    groups = (*table["pairs"], *table["parts"], *table["intervals"])
    return (*(name for role in roles for name in table[role]), *(n for g in groups for n in g))


def _first_rows(table: Table) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of the first rows of a text or a sheet, and the numbers that rows have."""
    if table.format not in ("csv", *WORKBOOKS):
        return
    first = next(iter(table.scan(_LOOKED_FOR_HEADER, None)), None)
    columns = [] if first is None else [texts(column).to_pylist() for column in first.columns]
    number = 1
    for row in zip(*columns, strict=True):
        if table.format == "csv" or any(cell is not None for cell in row):
            number += 1  # a blank row of a sheet is not counted
            yield number, [cell or "" for cell in row]


def _separator(table: Table) -> str:
    return table.dialect.separator if table.dialect is not None else "\0"


def _ways(row: Sequence[str], table: Table) -> Iterator[list[str]]:
    """Yield the cells of a row by the file's separator, then by others that a title may hide."""
    sign = _separator(table)
    line = sign.join(cell for cell in row if cell)
    for one in (sign, *(SEPARATORS if table.format == "csv" else ())):
        yield [cell.strip().strip('"') for cell in line.split(one)]


def _shown(what: str, number: int, cells: Sequence[str]) -> str:
    listed = ", ".join(map(quote, cells[:_MOST_SHOWN])) + (", ..." * (len(cells) > _MOST_SHOWN))
    return f"{what} row {number} ({listed}): state --header-row {number} (blank rows do not count)"
