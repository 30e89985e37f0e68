"""What to state about a file whose place or date no header names: read off its first cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from geodata.columns.cells import texts
from geodata.columns.headers.names import Headers
from geodata.columns.mapping import toml
from geodata.errors import InputError
from geodata.grammar import load
from geodata.text.coordinates import is_geopoint, read_position
from geodata.text.dates import read_days, unix_time
from geodata.text.names import gazetteer_of
from geodata.text.repairs import clean_text, is_missing, quote

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.atlas import Atlas
    from geodata.text.dates import MonthNames

_SAMPLE = 50  # rows
_MOST = 4  # columns named
_DECIMAL = re.compile(r"[0-9]{1,3}\.[0-9]{2,}")


def hints(
    batch: pa.RecordBatch, what: str, months: MonthNames, atlas: Atlas
) -> tuple[tuple[tuple[str, ...], ...], str]:
    """Return which columns of the first rows may hold the ``place`` or ``date``: what to state.

    Each choice as lines of a mapping, and all of them as a sentence; nothing where no column looks
    like one.
    """
    cells = {name: _sample(column) for name, column in zip(
        batch.schema.names, batch.columns, strict=True)}  # fmt: skip
    choices = _dates(cells, months) if what == "date" else _places(cells, atlas)
    said = [", ".join(lines) for lines in choices[:_MOST]]
    units = Headers(batch.schema.names).all(
        name for level in ("governorate", "district") for name in load("headers")[level]
    )
    if what == "place" and units and not said:
        said.append(f"--admin with polygons, since {quote(units[0])} names areas")
    text = f" The {what} may be: {'; or '.join(said)}." if said else ""
    return tuple(choices), text


def _sample(column: pa.Array) -> list[str]:
    """Return the different cells of a column's first rows that hold something."""
    cells = (clean_text(cell or "")[0] for cell in texts(column.slice(0, _SAMPLE)).to_pylist())
    return [cell for cell in dict.fromkeys(cells) if cell and not is_missing(cell)]


def _dates(cells: Mapping[str, Sequence[str]], months: MonthNames) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, some in cells.items():
        if some and all(map(unix_time, some)):
            found.append((f"date = {toml(name)}", 'epoch = "unix"'))
        elif some and all(_is_date(cell, months) for cell in some):
            found.append((f"date = {toml(name)}",))
    return found


def _places(cells: Mapping[str, Sequence[str]], atlas: Atlas) -> list[tuple[str, ...]]:
    west, south, east, north = atlas.meta.bounds
    planes = Headers(list(cells)).pairs(load("headers")["plane_pairs"])
    found: list[tuple[str, ...]] = [
        (f"latitude = {toml(y)}", f"longitude = {toml(x)}", 'crs = "EPSG:32637"') for y, x in planes
    ]
    found += [
        (f"position = {toml(name)}",)
        for name, some in cells.items()
        if some and all(map(_is_position, some))
    ]
    latitudes = [name for name in cells if _within(cells[name], south, north)]
    longitudes = [name for name in cells if _within(cells[name], west, east)]
    found += [
        (f"latitude = {toml(y)}", f"longitude = {toml(x)}")
        for y in latitudes
        for x in longitudes
        if x != y
    ]
    return found + [(f"place = {toml(name)}",) for name in _of_places(cells, atlas)]


def positions_among(batch: pa.RecordBatch) -> list[str]:
    """Return the columns whose first cells are all positions, whatever they are called."""
    columns = zip(batch.schema.names, map(_sample, batch.columns), strict=True)
    return [name for name, cells in columns if cells and all(map(_is_position, cells))]


def _of_places(cells: Mapping[str, Sequence[str]], atlas: Atlas) -> Iterator[str]:
    """Yield the columns whose cells are all names of settlements, or P-codes of admin units.

    A column of districts or governorates does not name the towns that are called like them.
    """
    levels = ("governorate", "district", "subdistrict")
    of_units = Headers(list(cells)).all(name for level in levels for name in load("headers")[level])
    gazetteer, longest = gazetteer_of(atlas.ledger), load("limits")["names"]["letters"]
    codes = {unit.code for unit in gazetteer.units.all}
    governorates = {code for code in codes if len(code) == min(map(len, codes))}
    for name, some in cells.items():
        if any(len(cell) > longest for cell in some):
            continue
        named = [{gazetteer.units.all[one].code for one in gazetteer.units.find(c)} for c in some]
        are_codes = bool(some) and all(cell.upper() in codes for cell in some)
        are_towns = bool(some) and all(map(gazetteer.spelt_so, some))
        if are_codes or (
            name not in of_units and are_towns and not all(map(governorates.intersection, named))
        ):
            yield name


def _within(cells: Sequence[str], low: float, high: float) -> bool:
    """Tell whether all cells are decimal numbers between two."""
    return bool(cells) and all(
        _DECIMAL.fullmatch(cell) and low <= float(cell) <= high for cell in cells
    )


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
        return is_geopoint(cell) or bool(read_position(cell))
    except InputError:
        return False
