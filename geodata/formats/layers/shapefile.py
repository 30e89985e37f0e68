"""Shapefile: points, lines or areas (.shp, .shx) and their table (.dbf), of as many rows each."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.crs import check_crs
from geodata.errors import CRSError, InputError
from geodata.formats.encodings import choices, codec_of
from geodata.formats.layers.dbf import Rows, dbf_cells, dbf_kind, mapped, unfit_dbf, write_dbf
from geodata.formats.layers.wkb import points
from geodata.formats.layers.writing import layer_crs, layer_geometry
from geodata.formats.spool import Local
from geodata.formats.suffixes import files_of
from geodata.formats.table import Broken, Job, Layer, Piece, unique
from geodata.formats.temporary import Temporary
from geodata.formats.values import without_nan

if TYPE_CHECKING:
    import pyarrow as pa

_PARTS = (".shp", ".shx", ".dbf")
# What the first byte of a table says of its encoding; only what names one language's.
_LANGUAGES = {
    0x01: "cp437", 0x02: "cp850", 0x64: "cp852", 0x65: "cp866", 0x66: "cp865", 0x67: "cp861",
    0x6A: "cp737", 0x6B: "cp857", 0x78: "cp950", 0x79: "cp949", 0x7A: "cp936", 0x7B: "cp932",
    0x7D: "cp1255", 0x7E: "cp1256", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254",
    0xCB: "cp1253", 0xCC: "cp1257",
}  # fmt: skip
_NULL, _POINT, _LINE, _AREA, _POINTS = 0, 1, 3, 5, 8
_KINDS = (0, 1, 3, 5, 8, 11, 13, 15, 18, 21, 23, 25, 28)  # with heights from 11, measures from 21


def open_shapefile(local: Local, encoding: str | None = None) -> dict[str, Callable[[], Layer]]:
    """Return the one layer of a Shapefile: of its files, .shp, .shx, .dbf, .prj and .cpg are read.

    The files have to be as long as they say, of as many rows each, and every cell has to be of
    the kind of its column. An encoding that neither .cpg nor .dbf names has to be proved (UTF-8)
    or stated.

    Raises
    ------
    InputError
        A file that belongs to it is missing or lies elsewhere; a kind of shape or of column that
        is not read; an encoding that is not proved.
    CRSError
        The .prj names no CRS.
    Broken
        A file is cut or damaged.
    """
    parts = _parts(local)
    shapes = _Shapes(parts[".shp"], parts[".shx"])
    if shapes.kind not in _KINDS:
        raise InputError(
            f"{local.name}: expected points, lines or areas, found shapes of the kind "
            f"{shapes.kind}; save them as one of these."
        )
    rows = Rows(parts[".dbf"], local.name)
    rows.encoding = _encoding(local, parts.get(".cpg"), rows, encoding)
    crs = None
    if ".prj" in parts:
        text = parts[".prj"].read_bytes()[:100_000].decode("utf-8", "replace").strip()
        try:
            epsg = check_crs(text).to_epsg() if text else None
        except CRSError as error:
            raise CRSError(f"{local.name}: {error}") from error
        crs = f"EPSG:{epsg}" if epsg else text or None
    return {local.path.stem: partial(_layer, local.path.stem, shapes, rows, crs)}


def _parts(local: Local) -> dict[str, Path]:
    """Return the files of a Shapefile by suffix."""
    path = local.path
    parts = {one.suffix.lower(): one for one in files_of(path)}
    missing = [suffix for suffix in _PARTS if suffix not in parts]
    if missing:
        raise InputError(
            f"{local.name}: expected a Shapefile with its other files (.shx, .dbf, .prj) "
            f"beside it, found no {' and no '.join(missing)}; copy them all into one folder."
        )
    for part in parts.values():
        if part.is_symlink() and not path.is_symlink():
            raise InputError(
                f"{local.name}: expected a Shapefile's files in one folder, found "
                f"{part.suffix}, a link to another file; put the file itself there."
            )
    return parts


def _encoding(local: Local, cpg: Path | None, rows: Rows, stated: str | None) -> str:
    """Return the encoding of the texts: stated, named by a file, or proved."""
    named = stated
    if named is None and cpg is not None:
        named = cpg.read_bytes()[:100].decode("ascii", "replace").strip()
        named = re.sub(r"(?i)^(ANSI|OEM|CP|windows)?[ -]?(?=[0-9]{3,5}$)", "cp", named)
        named = re.sub(r"(?i)^(cp|ISO)[ -]?8859[ -]?(?=[0-9]{1,2}$)", "iso8859-", named)
    named = named or _LANGUAGES.get(rows.language)
    if named:
        try:
            return codec_of(named)
        except (LookupError, ValueError) as error:
            raise InputError(
                f"{local.name}: expected an encoding that is known, found {named[:40]!r}; state it "
                "(--encoding)."
            ) from error
    for cell in rows.texts():
        try:
            cell.decode()
        except UnicodeDecodeError as error:
            raise InputError(
                f"{local.name}: expected a .cpg file that names the encoding, or UTF-8, found "
                "other bytes; which encoding it is cannot be proved, so state it (--encoding): "
                f"{choices(cell, cell)}."
            ) from error
    return "utf-8"


# -- shapes ----------------------------------------------------------------------------------


class _Shapes:
    """The shapes of the .shp, found by the .shx: where each begins and how long it is, in bytes."""

    def __init__(self, path: Path, index: Path) -> None:
        self.data = mapped(path, 100)
        head = mapped(index, 100)
        self.broken = ""
        for name, file in ((path.suffix, self.data), (index.suffix, head)):
            if bytes(file[:4]) != b"\x00\x00\x27\x0a":
                raise Broken(f"{name} that does not begin as one")
            size = int(file[24:28].view(">i4")[0]) * 2
            if size != len(file):
                self.broken = f"{name} of {len(file)} bytes that says {size}"
        self.kind = int(self.data[32:36].view("<i4")[0])
        entries = head[100 : 100 + (len(head) - 100) // 8 * 8].view(">i4").reshape(-1, 2)
        self.begin, self.size = entries.astype(np.int64).T * 2
        self.begin = self.begin + 8
        self.whole = (self.begin >= 108) & (self.size >= 4)
        self.whole &= self.begin + self.size <= len(self.data)
        self.whole[self.whole] = (
            self.at(self.begin[self.whole] - 4, ">i4") * 2 == (self.size[self.whole])
        )

    def __len__(self) -> int:
        return len(self.begin)

    def at(self, places: Any, kind: str) -> Any:
        size = np.dtype(kind).itemsize
        return self.data[places[:, None] + np.arange(size)].view(kind)[:, 0].astype(np.int64)

    def wkb(self, rows: Any) -> tuple[pa.Array, Any]:
        """Return the shapes of some rows as WKB, and which are damaged."""
        import pyarrow as pa

        lost = ~self.whole[rows]
        begin, size = np.where(lost, 32, self.begin[rows]), np.where(lost, 4, self.size[rows])
        kinds = np.where(lost, _NULL, self.at(begin, "<i4"))
        lost |= (kinds != self.kind) & ((kinds != _NULL) | (size != 4))
        if self.kind in (_NULL, _POINT):
            there = kinds == _POINT
            lost |= there & (size != 20)
            there &= ~lost
            xy = np.full((len(rows), 2), np.nan)
            places = begin[there, None] + np.arange(4, 20)
            xy[there] = self.data[places].view("<f8")
            return points(xy[:, 0], xy[:, 1]), lost
        cells: list[bytes | None] = [None] * len(rows)
        for row in np.flatnonzero((kinds != _NULL) & ~lost).tolist():
            try:
                cells[row] = _shape(self.data[begin[row] : begin[row] + size[row]], self.kind)
            except ValueError:
                lost[row] = True
        return pa.array(cells, pa.binary()), lost


def _shape(data: Any, kind: int) -> bytes:
    """Return one shape as WKB; ValueError where it is damaged."""
    import shapely

    flat, high = kind % 10, kind // 10  # 1: heights and perhaps measures, 2: measures
    if flat == _POINT:
        lines, at, count = 0, 20, 1
        xy = _doubles(data, 4, 2)
    else:
        head = data[36:44].view("<i4").tolist() if flat != _POINTS else [0, *_ints(data, 36, 1)]
        lines, count = head
        at = 40 if flat == _POINTS else 44
        ends = [*_ints(data, at, lines)[1:], count]
        at += 4 * lines
        xy = _doubles(data, at, 2 * count)
        at += 16 * count
    columns = [xy.reshape(-1, 2)]
    values = 8 * count if flat == _POINT else 16 + 8 * count
    if high == 1:
        columns.append(_doubles(data, at + values - 8 * count, count))
        at += values
    if high and at < len(data):
        measures = _doubles(data, at + values - 8 * count, count)
        at += values
        if (measures > -1e38).any():
            columns.append(np.where(measures > -1e38, measures, np.nan))
    if at != len(data):
        raise ValueError("a shape of another length")
    has_measures = len(columns) - 1 - (high == 1)
    code = 1000 * (high == 1) + 2000 * has_measures
    all_points = np.column_stack(columns)
    if flat == _POINT:
        return _plain(1 + code, all_points[0])
    if flat == _POINTS:
        parts = b"".join(_plain(1 + code, point) for point in all_points)
        return _counted(4 + code, count, parts)
    if sorted(ends) != ends or (lines and _ints(data, 44, 1) != [0]) or not lines:
        raise ValueError("parts that lead elsewhere")
    pieces = [all_points[a:b] for a, b in zip([0, *ends], ends, strict=False)]
    if flat == _LINE:
        if any(len(piece) < 2 for piece in pieces):
            raise ValueError("a line of one point")
        found = [_counted(2 + code, len(piece), piece.tobytes()) for piece in pieces]
        return found[0] if lines == 1 else _counted(5 + code, lines, b"".join(found))
    if any(len(piece) < 4 or (piece[0, :2] != piece[-1, :2]).any() for piece in pieces):
        raise ValueError("an outline that is open")
    found = [
        _counted(3 + code, len(rings), b"".join(_ring(pieces[i]) for i in rings))
        for rings in _nested([shapely.Polygon(piece[:, :2]) for piece in pieces])
    ]
    return found[0] if len(found) == 1 else _counted(6 + code, len(found), b"".join(found))


def _ints(data: Any, at: int, count: int) -> list[int]:
    if not 0 <= count <= (len(data) - at) // 4:
        raise ValueError("a shape that breaks off")
    found: list[int] = data[at : at + 4 * count].view("<i4").tolist()
    return found


def _doubles(data: Any, at: int, count: int) -> Any:
    if not 0 <= count <= (len(data) - at) // 8:
        raise ValueError("a shape that breaks off")
    return data[at : at + 8 * count].copy().view("<f8")


def _plain(code: int, values: Any) -> bytes:
    return bytes([1]) + code.to_bytes(4, "little") + bytes(values)


def _counted(code: int, count: int, parts: bytes) -> bytes:
    return bytes([1]) + code.to_bytes(4, "little") + count.to_bytes(4, "little") + parts


def _ring(piece: Any) -> bytes:
    return len(piece).to_bytes(4, "little") + bytes(piece.tobytes())


def _nested(rings: list[Any]) -> list[list[int]]:
    """Return the rings of each area: its outline, then its holes.

    Outlines run clockwise, holes the other way, each within an outline. Where a writer did
    otherwise, a ring within an odd number of others is a hole.
    """
    import shapely

    if len(rings) == 1:
        return [[0]]
    every = list(range(len(rings)))
    hole = [bool(shapely.is_ccw(ring.exterior)) for ring in rings]
    holes = [i for i in every if hole[i]]
    within = _within(rings, holes, [i for i in every if not hole[i]])
    if not all(within.values()):
        within = _within(rings, every, every)
        hole = [len(within[i]) % 2 == 1 for i in every]
    areas = {i: [i] for i in every if not hole[i]}
    for i in every:
        if hole[i]:
            outline = min((j for j in within[i] if not hole[j]), key=lambda j: rings[j].area)
            areas[outline].append(i)
    return list(areas.values())


def _within(rings: list[Any], some: list[int], others: list[int]) -> dict[int, list[int]]:
    """Return the larger ones of the other rings that go around the begin of each of some."""
    import shapely

    found: dict[int, list[int]] = {i: [] for i in some}
    tree = shapely.STRtree([rings[j] for j in others])
    count = 0
    for at in range(0, len(some), 256):
        begins = [shapely.Point(rings[i].exterior.coords[0]) for i in some[at : at + 256]]
        pairs = tree.query(begins, predicate="covered_by").T.tolist()
        count += len(pairs)
        if count > _MOST_PAIRS:
            raise ValueError("rings within each other without end")
        for i, j in ((some[at + a], others[b]) for a, b in pairs):
            if i != j and rings[j].area > rings[i].area:
                found[i].append(j)
    return found


_MOST_PAIRS = 1_000_000


def _layer(name: str, shapes: _Shapes, rows: Rows, crs: str | None) -> Layer:
    import pyarrow as pa

    names, findings = unique([f.name for f in rows.fields]) if rows.fields else ([], [])
    geometry = "geometry"
    while geometry in names:
        geometry += "_"
    kinds = rows.types()
    shape = pa.field(geometry, pa.binary(), metadata={b"ARROW:extension:name": b"geoarrow.wkb"})
    schema = pa.schema([*map(pa.field, names, kinds), shape])
    broken = shapes.broken or rows.broken
    if len(shapes) != rows.declared and not broken:
        broken = f"{len(shapes)} shapes for {rows.declared} rows"
    count = min(len(shapes), len(rows.data))
    deleted = rows.data[:count, 0] == ord("*")

    def pieces(size: int, columns: Sequence[str] | None) -> Iterator[Piece]:
        for at in range(0, count, size):
            some = np.arange(at, min(at + size, count))
            some = some[~deleted[some]]
            found, lost = shapes.wkb(some)
            lost |= rows.data[some, 0] != ord(" ")
            cells = [found]
            for field, kind in zip(reversed(rows.fields), reversed(kinds), strict=True):
                column, damaged = rows.column(field, kind, some)
                lost |= damaged
                cells.insert(0, column)
            batch = pa.RecordBatch.from_arrays(cells, schema=schema)
            yield batch if columns is None else batch.select(list(columns)), lost

    declared = max(rows.declared, len(shapes)) - int(deleted.sum())
    return Layer(name, schema, geometry, crs, pieces, declared, broken, tuple(findings))


# -- writing ---------------------------------------------------------------------------------


def write_shapefile(job: Job, path: Path) -> None:
    """Write a Shapefile of points: .shp, .shx, .dbf, .prj and .cpg.

    The rows are kept in a temporary file first, since the longest text of a column decides how
    wide it is. What a .dbf has no type for (times, decimal numbers, lists) is written as text,
    and NaN is left empty; both are told.

    Raises
    ------
    InputError
        What it would change: names of more than 10 bytes, texts of more than 254 or that end with
        a space, infinity, days that are not of the years 1 to 9999; geometries that are no points.
    """
    import pyarrow as pa

    geometry = layer_geometry(job)
    fields = [field for field in job.schema if field.name != geometry]
    kinds = [dbf_kind(job, field) for field in fields]
    if len({field.name.casefold() for field in fields}) < len(fields):
        raise unfit_dbf("names that differ in case only")
    names = [*map(str, range(len(fields))), "shape"]
    kept = Temporary()
    rows = kept.path / "rows.arrow"
    with pa.ipc.new_file(rows, pa.schema([(name, pa.binary()) for name in names])) as spooled:
        for batch in without_nan(job, "a Shapefile"):
            cells = [
                dbf_cells(batch.column(field.name), kind, field.name)
                for field, kind in zip(fields, kinds, strict=True)
            ]
            cells.append(_decoded_shapes(batch.column(geometry)))
            spooled.write_batch(pa.RecordBatch.from_arrays(cells, names=names))
    with pa.memory_map(str(rows)) as source:
        reader = pa.ipc.open_file(source)
        found = [reader.get_batch(i) for i in range(reader.num_record_batches)]
        write_dbf(path.with_suffix(".dbf"), [field.name for field in fields], kinds, found)
        _write_shp(path, [batch.column("shape") for batch in found])
    if (crs := layer_crs(job)) is not None:
        path.with_suffix(".prj").write_text(crs.to_wkt("WKT1_ESRI"), "utf-8")
    path.with_suffix(".cpg").write_text("UTF-8", "ascii")
    kept.close()


def _decoded_shapes(column: pa.Array) -> pa.Array:
    """Return points as their coordinates, two or three doubles; null where there is none."""
    import pyarrow as pa
    import shapely

    shapes = shapely.from_wkb(np.array(column.to_pylist(), dtype=object))
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if (shapely.get_type_id(shapes[there]) != 0).any():
        raise unfit_dbf("a geometry that is no point")
    high = shapely.has_z(shapes[there])
    cells: list[bytes | None] = [None] * len(shapes)
    for row, z in zip(np.flatnonzero(there).tolist(), high.tolist(), strict=True):
        cells[row] = shapely.get_coordinates(shapes[row], include_z=z).tobytes()
    return pa.array(cells, pa.binary())


def _write_shp(path: Path, columns: list[pa.Array]) -> None:
    sizes = {len(cell) for column in columns for cell in column.to_pylist() if cell}
    if len(sizes) > 1:
        raise unfit_dbf("points with and without a height")
    kind = _POINT + (10 if sizes == {24} else 0)
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    with path.open("wb") as shp, path.with_suffix(".shx").open("wb") as shx:
        shp.write(bytes(100))
        shx.write(bytes(100))
        at, number = 50, 0
        for column in columns:
            for cell in column.to_pylist():
                number += 1
                content = struct.pack("<i", _NULL)
                if cell is not None:
                    point = np.frombuffer(cell)
                    low[: len(point)] = np.minimum(low[: len(point)], point)
                    high[: len(point)] = np.maximum(high[: len(point)], point)
                    measure = struct.pack("<d", -1e39) if len(cell) == 24 else b""  # none
                    content = struct.pack("<i", kind) + cell + measure
                shp.write(struct.pack(">ii", number, len(content) // 2) + content)
                shx.write(struct.pack(">ii", at, len(content) // 2))
                at += 4 + len(content) // 2
        low, high = (np.where(np.isfinite(one), one, 0.0) for one in (low, high))
        box = struct.pack("<8d", *low[:2], *high[:2], low[2], high[2], 0, 0)
        for out, length in ((shp, at), (shx, 50 + 4 * number)):
            out.seek(0)
            out.write(struct.pack(">i20xi", 9994, length) + struct.pack("<ii", 1000, kind) + box)
