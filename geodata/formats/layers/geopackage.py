"""GeoPackage and other SQLite files, read as plain tables by a connection that reaches nothing."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as url_quote

import numpy as np

from geodata.errors import InputError
from geodata.formats.layers.wkb import from_geopackage, from_spatialite, with_damage
from geodata.formats.layers.writing import write_with_gdal
from geodata.formats.spool import Local
from geodata.formats.table import Broken, Job, Layer, Piece

if TYPE_CHECKING:
    import pyarrow as pa

_LONGEST_CELL = 1 << 28  # bytes
_VIEW_SECONDS = 10.0
_VIEW_ROWS = 1_000_000
_VIEW_BYTES = 1 << 28

_ROW_IDS = ("fid", "ogc_fid")
"""Names of keys that programs add by themselves: no column of the file's maker."""

# GeoPackage 1.4, 1.1.1.1.3; DATETIME has a zone or not.
_TYPES = {
    "BOOLEAN": "bool",
    "TINYINT": "int8",
    "SMALLINT": "int16",
    "MEDIUMINT": "int32",
    "INT": "int64",
    "INTEGER": "int64",
    "FLOAT": "float32",
    "DOUBLE": "float64",
    "REAL": "float64",
    "TEXT": "string",
    "BLOB": "binary",
    "DATE": "date32",
}
_INTERNAL = (
    "sqlite_", "gpkg_", "rtree_", "idx_", "geometry_columns", "geom_cols_", "spatial_ref_sys",
    "spatialite_", "sql_statements_log", "vector_layers", "views_geometry_", "virts_geometry_",
    "data_licenses",
)  # fmt: skip


def open_geopackage(local: Local) -> dict[str, Callable[[], Layer]]:
    """Return the tables that a GeoPackage lists as layers, or all tables of another SQLite file.

    Nothing is written, not even beside the file. Virtual tables, which stand for something else,
    are refused; views have to end soon. The pages of a table are checked, its rows are compared
    with what the file says, and its cells with the kind that their column states.

    Raises
    ------
    InputError
        Another program has not written all of its changes yet.
    Broken
        It is no whole database.
    """
    for suffix in ("-wal", "-journal"):
        beside = Path(f"{local.path}{suffix}")
        if beside.is_file() and beside.stat().st_size:
            raise InputError(
                f"{local.name}: expected a file that no program is writing, found changes that are "
                f"not in it yet ({beside.name}); close the program that has it open."
            )
    with _told():
        database = _Database(local, _connect(local.path))
        return {name: partial(database.layer, name) for name in database.names()}


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning, UnicodeDecodeError, MemoryError) as error:
        raise _damaged(error) from error


def _damaged(why: object) -> Broken:
    return Broken(f"a database that is damaged ({' '.join(str(why).split())[:200]})")


def _connect(path: Path) -> sqlite3.Connection:
    """Open a database so that it can be read, and nothing else."""
    # Immutable: SQLite looks for no other file, and makes none.
    where = f"file:{url_quote(str(path.absolute()))}?mode=ro&immutable=1"
    base = sqlite3.connect(where, uri=True, isolation_level=None, check_same_thread=False)
    base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_CELL)
    base.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    for setting in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON",
                    "ignore_check_constraints = ON", "temp_store = MEMORY"):  # fmt: skip
        base.execute(f"PRAGMA {setting}")
    base.set_authorizer(_allow)
    return base


_ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA)
_REACHING_OUT = ("load_extension", "fts3_tokenizer", "readfile", "writefile", "edit")


def _allow(action: int, _: str | None, name: str | None, *__: str | None) -> int:
    """Allow reading, without recursion, and functions that stay within the database."""
    if action == sqlite3.SQLITE_FUNCTION and str(name).lower() not in _REACHING_OUT:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class _Column:
    """A column, the Arrow type of its cells, and whether they are of several kinds."""

    name: str
    type: Any
    mixed: bool = False


@dataclass(frozen=True)
class _Shape:
    """Which column has the geometries, in which CRS, and how they become WKB."""

    column: str
    crs: str | None
    decode: Callable[[pa.Array], tuple[pa.Array, Any]]


class _Database:
    """A database that is open, and what each name in it is: a table, a view, virtual."""

    def __init__(self, local: Local, base: sqlite3.Connection) -> None:
        self.local, self.base = local, base
        # A virtual table has no page of its own.
        self.kinds: dict[str, str] = dict(
            base.execute(
                "SELECT name, CASE WHEN type = 'table' AND coalesce(rootpage, 0) = 0 "
                "THEN 'virtual' ELSE type END FROM main.sqlite_master "
                "WHERE type IN ('table', 'view')"
            ).fetchall()
        )
        self.is_geopackage = self.kinds.get("gpkg_contents") == "table"

    def names(self) -> list[str]:
        """Return the names of the layers."""
        if not self.is_geopackage:
            names = [name for name in self.kinds if not name.startswith(_INTERNAL)]
            return [name for name in names if self.kinds[name] != "virtual"] or names
        listed = self.base.execute(
            "SELECT table_name FROM gpkg_contents "
            "WHERE data_type IN ('features', 'attributes', 'aspatial')"
        ).fetchall()
        return [name for (name,) in listed if name in self.kinds]

    def layer(self, name: str) -> Layer:
        """Open one layer."""
        if self.kinds[name] == "virtual":
            raise InputError(
                f"{self.local.name}: expected a layer with rows of its own, found {name!r}, a "
                "virtual table, which stands for something else; copy it into a table."
            )
        is_view = self.kinds[name] == "view"
        with _told():
            try:
                found = self.base.execute(f"PRAGMA table_xinfo({_quoted(name)})").fetchall()
            except sqlite3.Error as error:
                if is_view:
                    raise self.unbounded(name, str(error)) from error
                raise
            shape = self.shape(name)
            shown = [
                (column, str(kind).upper().partition("(")[0].strip())
                for _, column, kind, _, _, key, hidden in found
                if hidden != 1 and not (key and column.lower() in _ROW_IDS)
            ]
            # The geometry comes last, as it does in every other format.
            shown.sort(key=lambda one: shape is not None and one[0].lower() == shape.column.lower())
            is_made = any(hidden in (2, 3) for *_, hidden in found)
            if is_made or is_view:
                return self.view(name, [column for column, _ in shown], shape)
            return self.table(name, shown, shape)

    def table(self, name: str, shown: list[tuple[str, str]], shape: _Shape | None) -> Layer:
        checked = self.base.execute(f"PRAGMA quick_check({_quoted(name)})").fetchall()
        broken = "" if checked == [("ok",)] else str(_damaged(checked[0][0]))
        columns = self.columns(name, shown, shape)
        (rows,) = self.base.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()  # noqa: S608
        declared = self.declared(name)
        if declared not in (None, rows):
            broken = broken or f"{rows} of {declared} rows"
        path = self.local.path

        def fetch(size: int, wanted: list[_Column]) -> Iterator[list[tuple[Any, ...]]]:
            with _told(), closing(_connect(path)) as base:
                base.text_factory = bytes  # so that a text in another encoding spoils its row only
                listed = ", ".join(_quoted(column.name) for column in wanted) or "NULL"
                # Not by an index, which has the rows in another order.
                cursor = base.execute(f"SELECT {listed} FROM {_quoted(name)} NOT INDEXED")  # noqa: S608
                yield from _together(cursor, size)

        return _layer(name, columns, shape, fetch, declared or rows, broken)

    def view(self, name: str, columns: list[str], shape: _Shape | None) -> Layer:
        """Open what is computed from tables: as many rows as come in a few seconds, or none."""
        rows = list(self.bounded(name, columns))
        kinds = []
        for i, column in enumerate(columns):
            is_shape = shape is not None and column.lower() == shape.column.lower()
            found = {type(row[i]) for row in rows if row[i] is not None}
            kinds.append(_of_kinds(column, {_NAMES[kind] for kind in found}, is_shape))

        def fetch(size: int, wanted: list[_Column]) -> Iterator[list[tuple[Any, ...]]]:
            places = [columns.index(column.name) for column in wanted]
            for at in range(0, len(rows), size):
                yield [tuple(row[i] for i in places) for row in rows[at : at + size]]

        return _layer(name, kinds, shape, fetch, len(rows), "")

    def bounded(self, name: str, columns: list[str]) -> Iterator[tuple[Any, ...]]:
        end = time.monotonic() + _VIEW_SECONDS
        size = 0
        with closing(_connect(self.local.path)) as base:
            base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(1 << 24, _VIEW_BYTES // len(columns)))
            base.set_progress_handler(lambda: time.monotonic() > end, 10_000)
            listed = ", ".join(map(_quoted, columns))
            try:
                cursor = base.execute(f"SELECT {listed} FROM {_quoted(name)}")  # noqa: S608
                for number, row in enumerate(cursor):
                    size += sum(len(v) if isinstance(v, str | bytes) else 8 for v in row)
                    if number >= _VIEW_ROWS or size > _VIEW_BYTES:
                        break
                    yield row
                else:
                    return
            except (sqlite3.Error, MemoryError) as error:
                raise self.unbounded(name, str(error)) from error
        raise self.unbounded(name, "too many rows")

    def unbounded(self, name: str, why: str) -> InputError:
        return InputError(
            f"{self.local.name}: expected a layer of at most {_VIEW_ROWS} rows that comes within "
            f"{_VIEW_SECONDS:g} seconds, found the view {name!r} ({why}); save it as a table."
        )

    def declared(self, name: str) -> int | None:
        """Return how many rows the file says that a layer has."""
        if self.kinds.get("gpkg_ogr_contents") != "table":
            return None
        found = self.base.execute(
            "SELECT feature_count FROM gpkg_ogr_contents WHERE lower(table_name) = lower(?)",
            (name,),
        ).fetchone()
        return found[0] if found and isinstance(found[0], int) else None

    def columns(
        self, name: str, shown: list[tuple[str, str]], shape: _Shape | None
    ) -> list[_Column]:
        """Return the columns with their types, as a GeoPackage states them, or by their cells."""
        import pyarrow as pa

        stated = (*_TYPES, "DATETIME") if self.is_geopackage else ()
        kinds = self.kinds_of(name, [column for column, kind in shown if kind not in stated])
        found = []
        for column, kind in shown:
            if shape is not None and column.lower() == shape.column.lower():
                found.append(_Column(column, pa.binary()))
            elif kind in stated and kind in _TYPES:
                found.append(_Column(column, pa.type_for_alias(_TYPES[kind])))
            elif kind in stated:
                found.append(self.moments(name, column))
            else:
                found.append(_of_kinds(column, set(kinds[column]), is_shape=False))
        return found

    def kinds_of(self, name: str, columns: list[str]) -> dict[str, list[str]]:
        """Return the kinds of cells that each column has; many columns are looked at at a time."""
        found: dict[str, list[str]] = {}
        for at in range(0, len(columns), 100):
            some = columns[at : at + 100]
            asked = ", ".join(
                f"max(typeof({_quoted(column)}) = '{kind}')"
                for column in some
                for kind in _NAMES.values()
            )
            answers = iter(self.base.execute(f"SELECT {asked} FROM {_quoted(name)}").fetchone())  # noqa: S608
            for column in some:
                found[column] = [kind for kind in _NAMES.values() if next(answers)]
        return found

    def moments(self, name: str, column: str) -> _Column:
        """Return a column of times: with a zone, without, or as text where it has both."""
        import pyarrow as pa

        cell = _quoted(column)
        rows, zoned, shifted, longest = self.base.execute(
            f"SELECT count({cell}), total(substr({cell}, -1) = 'Z'), "  # noqa: S608
            f"total(substr({cell}, 12) GLOB '*[+-]*'), max(length({cell})) FROM {_quoted(name)}"
        ).fetchone()
        digits = (longest or 0) - len("2018-03-07T10:00:00.") - (zoned > 0)
        unit = "ms" if digits <= 3 else "us" if digits <= 6 else "ns"
        if digits > 9 or shifted or 0 < zoned < rows:
            return _Column(column, pa.string())
        return _Column(column, pa.timestamp(unit, "UTC" if zoned or not rows else None))

    def shape(self, name: str) -> _Shape | None:
        """Return where the geometries of a layer are; None where it has none."""
        if self.kinds.get("gpkg_geometry_columns") == "table":
            found = self.base.execute(_SHAPES, (name,)).fetchone()
            if found is not None and found[0] is not None:
                return _Shape(found[0], _crs(*found[1:]), from_geopackage)
            kind = self.base.execute(
                "SELECT data_type FROM gpkg_contents WHERE lower(table_name) = lower(?)", (name,)
            ).fetchone()
            if kind == ("features",):
                raise Broken("a layer of features without its column of geometries")
            return None
        if self.kinds.get("geometry_columns") != "table":
            return None
        columns = [row[1] for row in self.base.execute("PRAGMA table_info(geometry_columns)")]
        older = "geometry_format" in columns  # FDO's; else it is SpatiaLite's
        found = self.base.execute(_OLDER_SHAPES if older else _SPATIALITE, (name,)).fetchone()
        if found is None or found[0] is None or found[4] not in ("WKB", "SpatiaLite"):
            return None
        decode = from_spatialite if found[4] == "SpatiaLite" else with_damage
        return _Shape(found[0], _crs(found[1], found[2], found[3], None), decode)


_SHAPES = """
SELECT CAST(g.column_name AS TEXT), g.srs_id, CAST(s.organization AS TEXT),
  s.organization_coordsys_id, CAST(s.definition AS TEXT)
FROM gpkg_geometry_columns g LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id
WHERE lower(g.table_name) = lower(?)
"""
_OLDER_SHAPES = """
SELECT CAST(g.f_geometry_column AS TEXT), s.srid, CAST(s.auth_name AS TEXT), s.auth_srid,
  g.geometry_format
FROM geometry_columns g LEFT JOIN spatial_ref_sys s ON s.srid = g.srid
WHERE lower(g.f_table_name) = lower(?)
"""
_SPATIALITE = _OLDER_SHAPES.replace("g.geometry_format", "'SpatiaLite'")


def _crs(
    number: int | None, organization: str | None, code: int | None, definition: str | None
) -> str | None:
    """Return a CRS by its code, else by its definition; None where it is said to be unknown."""
    if number is None or number in (-1, 0):
        return None
    if organization and organization.upper() in ("EPSG", "ESRI", "IGNF", "OGC"):
        return f"{organization.upper()}:{code}"
    plain = (definition or "").strip()
    return plain if plain and plain.lower() != "undefined" and "Undefined" not in plain else None


# What Python makes of a cell, and what SQLite calls it.
_NAMES = {int: "integer", float: "real", str: "text", bytes: "blob"}


def _of_kinds(column: str, kinds: set[str], is_shape: bool) -> _Column:
    """Return a column of the kinds of cells that it has; as text where they go not together."""
    import pyarrow as pa

    if is_shape or kinds == {"blob"}:
        return _Column(column, pa.binary())
    if kinds and kinds <= {"integer", "real"}:
        return _Column(column, pa.int64() if kinds == {"integer"} else pa.float64())
    return _Column(column, pa.string(), mixed=not kinds <= {"text"})


def _together(cursor: sqlite3.Cursor, size: int) -> Iterator[list[Any]]:
    """Yield the rows, so many at a time; those before a damage come, and then the error."""
    while True:
        rows: list[Any] = []
        try:
            rows.extend(islice(cursor, size))
        except sqlite3.Error:
            if rows:
                yield rows
            raise
        if not rows:
            return
        yield rows


def _layer(
    name: str,
    columns: list[_Column],
    shape: _Shape | None,
    fetch: Callable[[int, list[_Column]], Iterator[list[tuple[Any, ...]]]],
    declared: int,
    broken: str,
) -> Layer:
    import pyarrow as pa

    geometry = None
    fields = []
    for column in columns:
        is_shape = shape is not None and column.name.lower() == shape.column.lower()
        metadata = {b"ARROW:extension:name": b"geoarrow.wkb"} if is_shape else None
        geometry = column.name if is_shape else geometry
        fields.append(pa.field(column.name, column.type, metadata=metadata))
    schema = pa.schema(fields)

    def pieces(size: int, wanted: Sequence[str] | None) -> Iterator[Piece]:
        some = [c for c in columns if wanted is None or c.name in wanted]
        part = pa.schema([schema.field(column.name) for column in some])
        for rows in fetch(size, some):
            lost = np.zeros(len(rows), dtype=bool)
            arrays = []
            for column, cells in zip(some, zip(*rows, strict=True), strict=False):
                array = _array(cells, column, lost)
                if shape is not None and column.name == geometry:
                    array, damage = shape.decode(array)
                    lost |= damage
                arrays.append(array)
            batch = pa.RecordBatch.from_arrays(arrays, schema=part)
            yield batch if wanted is None else batch.select(list(wanted)), lost

    crs = None if shape is None else shape.crs
    return Layer(name, schema, geometry, crs, pieces, declared, broken)


def _array(cells: Sequence[Any], column: _Column, lost: Any) -> pa.Array:
    """Return cells as an array; of those that are not of its kind, null, and their rows as lost."""
    import pyarrow as pa

    try:
        return _cast(cells, column)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        pass
    kept: list[Any] = []
    for row, cell in enumerate(cells):
        try:
            _cast([cell], column)
            kept.append(cell)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            lost[row] = True
            kept.append(None)
    return _cast(kept, column)


def _cast(cells: Sequence[Any], column: _Column) -> pa.Array:
    import pyarrow as pa

    kind = column.type
    if column.mixed:
        return pa.array([None if cell is None else _text(cell) for cell in cells], kind)
    if pa.types.is_boolean(kind) and not {*cells} <= {0, 1, None}:
        raise ValueError("neither 0 nor 1")
    found = pa.array(cells)  # of the kind that they are: pyarrow makes 1 of 1.5 where told to
    if pa.types.is_temporal(kind):
        found = found.cast(pa.string())
    return found.cast(kind)


def _text(cell: Any) -> str:
    if not isinstance(cell, bytes):
        return str(cell)
    try:
        return cell.decode()
    except UnicodeDecodeError:
        return cell.hex()


def write_geopackage(job: Job, path: Path) -> None:
    """Write a GeoPackage 1.3 of one layer, called as the file; see `write_with_gdal`.

    Times without a zone are written as text: those of a GeoPackage are in UTC.
    """
    write_with_gdal(job, path, "GPKG", {"VERSION": "1.3"})
