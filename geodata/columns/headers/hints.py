"""What to state about a file whose place or date no header names: read off its first cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geodata.columns.cells import texts
from geodata.columns.headers.names import Headers
from geodata.errors import InputError
from geodata.grammar import load
from geodata.text.coordinates import read_position
from geodata.text.dates import read_days, unix_time
from geodata.text.repairs import clean_text, is_missing, quote

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.text.dates import MonthNames

_SAMPLE = 50  # rows
_MOST = 4  # columns named


def hints(batch: pa.RecordBatch, what: str, months: MonthNames) -> str:
    """Return which columns of the first rows may hold the ``place`` or ``date``: what to state.

    Empty where no column looks like one.
    """
    dates, places = [], []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        cells = [clean_text(cell or "")[0] for cell in texts(column.slice(0, _SAMPLE)).to_pylist()]
        cells = [cell for cell in dict.fromkeys(cells) if cell and not is_missing(cell)]
        if cells and all(unix_time(cell) for cell in cells):
            dates.append(f'date = {quote(name)} with epoch = "unix"')
        elif cells and all(_is_date(cell, months) for cell in cells):
            dates.append(f"date = {quote(name)}")
        elif cells and all(map(_is_position, cells)):
            places.append(f"position = {quote(name)}")
    headers = Headers(batch.schema.names)
    places += [
        f'latitude = {quote(north)} and longitude = {quote(east)} with crs = "EPSG:32637" (UTM 37N)'
        for north, east in headers.pairs(load("headers")["plane_pairs"])
    ]
    units = headers.all(
        name for level in ("governorate", "district") for name in load("headers")[level]
    )
    if units and not places:
        places.append(f"--admin with polygons, since {quote(units[0])} names areas")
    found = dates if what == "date" else places
    return f" The {what} may be: {'; or '.join(found[:_MOST])}." if found else ""


def _is_date(cell: str, months: MonthNames) -> bool:
    if cell.isdigit() and len(cell) != 8:
        return False  # any number of four digits could be a year
    try:
        read_days(cell, months=months, order="dmy", century=2000)
    except InputError:
        return False
    return True


def _is_position(cell: str) -> bool:
    try:
        read_position(cell)
    except InputError:
        return False
    return True
