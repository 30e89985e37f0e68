"""FlatGeobuf, read as arrays: each feature is a few offsets, and each offset is checked."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.errors import InputError
from geodata.formats.layers.wkb import points
from geodata.formats.layers.writing import write_with_gdal
from geodata.formats.spool import Local
from geodata.formats.table import MOST_COLUMNS, Broken, Job, Layer, Piece, unique

if TYPE_CHECKING:
    import pyarrow as pa

# Types of columns by their code; a text is stored behind its length. A DateTime is a text in ISO
# 8601, and stays one: it may be a day, a local time, or a time with a zone.
_TEXTS = {11: "string", 12: "string", 13: "string", 14: "binary"}
_NUMBERS = {0: "i1", 1: "u1", 2: "u1", 3: "<i2", 4: "<u2", 5: "<i4", 6: "<u4", 7: "<i8", 8: "<u8",
            9: "<f4", 10: "<f8"}  # fmt: skip
_BOOL = 2
_LEAST = 16  # bytes of a feature
_ALIGNED = 8  # bytes: what is between two parts of a feature is shorter
_POINT, _LINE, _POLYGON, _POINTS, _LINES, _POLYGONS, _COLLECTION = range(1, 8)


@dataclass(frozen=True)
class _Header:
    """What the file says of all its features; `first` is where they begin."""

    name: str
    shape: int
    columns: tuple[tuple[str, int], ...]
    declared: int | None
    crs: str | None
    first: int


def open_flatgeobuf(local: Local) -> dict[str, Callable[[], Layer]]:
    """Return the one layer of a FlatGeobuf file.

    The features are counted by their lengths, which have to end where the file ends.

    Raises
    ------
    InputError
        A kind of column or of shape that is not read.
    Broken
        The header is damaged.
    """
    with local.path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        header = _header(data)
    except (struct.error, IndexError, ValueError) as error:
        raise Broken(f"a header that is damaged ({error})") from error
    if header.shape > _COLLECTION:
        raise InputError(
            f"{local.name}: expected points, lines or areas, found shapes of the kind "
            f"{header.shape}; save the file with straight lines."
        )
    for name, kind in header.columns:
        if kind not in _TEXTS and kind not in _NUMBERS:
            raise InputError(f"{local.name}: expected a kind of column, found {kind} in {name!r}.")
    return {header.name: partial(_layer, data, header)}


# -- one table of a flat buffer at a time ----------------------------------------------------


class _Table:
    """A table of a flat buffer, within its bounds: struct.error or ValueError beyond them."""

    def __init__(self, data: Any, at: int, begin: int, end: int) -> None:
        self.data, self.at, self.begin, self.end = data, at, begin, end
        self.slots = at - self.get("<i", at)
        self.size = self.get("<H", self.slots)

    def get(self, kind: str, at: int) -> Any:
        if not self.begin <= at <= self.end - struct.calcsize(kind):
            raise ValueError("an offset that leads elsewhere")
        return struct.unpack_from(kind, self.data, at)[0]

    def place(self, slot: int) -> int:
        """Return where a field is; 0 where it has its default."""
        at = 4 + 2 * slot
        offset = self.get("<H", self.slots + at) if at + 2 <= self.size else 0
        return self.at + offset if offset else 0

    def number(self, slot: int, kind: str, default: int = 0) -> int:
        at = self.place(slot)
        return int(self.get(kind, at)) if at else default

    def vector(self, slot: int, size: int) -> tuple[int, int]:
        """Return where the elements of a vector begin, and how many there are."""
        at = self.place(slot)
        if not at:
            return 0, 0
        begin = at + self.get("<I", at)
        count = self.get("<I", begin)
        if begin + 4 + count * size > self.end:
            raise ValueError("a vector longer than what holds it")
        return begin + 4, count

    def text(self, slot: int) -> str:
        begin, count = self.vector(slot, 1)
        return bytes(self.data[begin : begin + count]).decode()

    def tables(self, slot: int) -> Iterator[_Table]:
        begin, count = self.vector(slot, 4)
        for at in range(begin, begin + 4 * count, 4):
            yield _Table(self.data, at + self.get("<I", at), self.begin, self.end)

    def doubles(self, slot: int) -> Any:
        begin, count = self.vector(slot, 8)
        return np.frombuffer(self.data, "<f8", count, begin) if count else np.empty(0)


def _header(data: Any) -> _Header:
    size = struct.unpack_from("<I", data, 8)[0]
    end = 12 + size
    if end > len(data):
        raise ValueError("longer than the file")
    table = _Table(data, 12 + struct.unpack_from("<I", data, 12)[0], 12, end)
    columns = tuple((one.text(0), one.number(1, "B")) for one in table.tables(7))
    if len(columns) > MOST_COLUMNS:
        raise ValueError(f"{len(columns)} columns")
    count, width = table.number(8, "<Q"), table.number(9, "<H", 16)
    crs = None
    if at := table.place(10):
        said = _Table(data, at + table.get("<I", at), 12, end)
        organization, code = said.text(0) or "EPSG", said.number(1, "<i")
        named = str(code) if code else said.text(5)
        crs = f"{organization}:{named}" if named else said.text(4) or None
    first = end + (_index_size(count, width) if width and count else 0)
    if first > len(data):
        raise ValueError("an index longer than the file")
    return _Header(
        table.text(0) or "features", table.number(2, "B"), columns, count or None, crs, first
    )


def _index_size(count: int, width: int) -> int:
    """Return the bytes of a packed R-tree: 40 for each node of each level."""
    if width < 2:
        raise ValueError("an index of one branch")
    nodes = count
    while True:
        count = -(-count // width)
        nodes += count
        if count == 1:
            return 40 * nodes


def _walk(data: Any, at: int) -> tuple[Any, str]:
    """Return where each feature begins, and what is wrong with the last one."""
    unpack, end = struct.Struct("<I").unpack_from, len(data)
    places = []
    while at + 4 <= end:
        following = at + 4 + unpack(data, at)[0]
        if following > end or following - at < _LEAST:
            break
        places.append(at)
        at = following
    return np.array([*places, at], np.int64), "" if at == end else "features that break off"


# -- many features at once -------------------------------------------------------------------


def _layer(data: Any, header: _Header) -> Layer:
    import pyarrow as pa

    names, findings = unique([name for name, _ in header.columns]) if header.columns else ([], [])
    geometry = "geometry"
    while geometry in names:
        geometry += "_"
    kinds = [
        pa.bool_() if kind == _BOOL
        else pa.type_for_alias(_TEXTS[kind]) if kind in _TEXTS
        else pa.from_numpy_dtype(np.dtype(_NUMBERS[kind]))
        for _, kind in header.columns
    ]  # fmt: skip
    shape = pa.field(geometry, pa.binary(), metadata={b"ARROW:extension:name": b"geoarrow.wkb"})
    schema = pa.schema([*map(pa.field, names, kinds), shape])
    places, broken = _walk(data, header.first)
    view = np.frombuffer(data, np.uint8)

    def pieces(size: int, columns: Sequence[str] | None) -> Iterator[Piece]:
        for at in range(0, len(places) - 1, size):
            features = _Features(view, data, places[at : at + size + 1])
            cells = features.properties(header.columns, kinds)
            batch = pa.RecordBatch.from_arrays(
                [*cells, features.shapes(header.shape)], schema=schema
            )
            yield batch if columns is None else batch.select(list(columns)), features.lost

    return Layer(
        header.name, schema, geometry, header.crs, pieces, header.declared, broken, tuple(findings)
    )


class _Features:
    """n features, one behind the other, and which of them are damaged.

    Offsets that lead out of a feature mark it as lost; what is read there is of no use, but
    within the file.
    """

    def __init__(self, view: Any, data: Any, places: Any) -> None:
        self.view, self.data = view, data
        self.begin, self.end = places[:-1] + 4, places[1:]
        self.lost = np.zeros(len(self.begin), dtype=bool)
        self.every = np.arange(len(self.begin))
        self.known = np.ones(len(self.begin), dtype=bool)
        self.spans = [(self.every, self.begin, self.begin + 4)]
        root = self.begin + self.get("<u4", self.begin)
        self.geometry, self.cells, own = self.fields(root, 3)
        # A schema of its own, which we do not read.
        self.lost |= self.vector(own, 4)[1] > 0

    def get(self, kind: str, at: Any, rows: Any = None) -> Any:
        """Return a number at each place, of each feature or of some."""
        rows = self.every if rows is None else rows
        size = np.dtype(kind).itemsize
        inside = (at >= self.begin[rows]) & (at <= self.end[rows] - size) | (at == 0)
        self.lost[rows[~inside]] = True
        at = np.where(inside, at, 0)
        return self.view[at[:, None] + np.arange(size)].view(kind)[:, 0]

    def fields(self, table: Any, count: int, rows: Any = None) -> list[Any]:
        """Return where the first fields of each table are; 0 where there is none."""
        rows = self.every if rows is None else rows
        slots = table - self.get("<i4", table, rows)
        size = self.get("<u2", slots, rows)
        self.known[rows[size > 4 + 2 * count]] = False
        self.spans.append((rows, slots, slots + size))
        self.spans.append((rows, table, table + self.get("<u2", slots + 2, rows)))
        places = []
        for at in range(4, 4 + 2 * count, 2):
            there = size >= at + 2
            offset = self.get("<u2", np.where(there, slots + at, 0), rows)
            places.append(np.where(there & (offset > 0), table + offset, 0))
        return places

    def vector(self, at: Any, size: int, rows: Any = None) -> tuple[Any, Any]:
        """Return where the elements of the vector begin to which each place points, and how many.

        Both are 0 where there is none.
        """
        rows = self.every if rows is None else rows
        there = at > 0
        begin = np.where(there, at + self.get("<u4", at, rows), 0)
        count = np.where(there, self.get("<u4", begin, rows), 0).astype(np.int64)
        stop = begin + 4 + size * count
        self.lost[rows[there & (stop > self.end[rows])]] = True
        self.spans.append((rows[there], begin[there], stop[there]))
        return np.where(there, begin + 4, 0), count

    def unread(self) -> None:
        """Mark features as lost of which some bytes belong to nothing: the way to them is lost."""
        begin = np.repeat(self.end[:, None], len(self.spans), axis=1)
        stop = begin.copy()
        for number, (rows, first, last) in enumerate(self.spans):
            begin[rows, number], stop[rows, number] = first, last
        order = np.argsort(begin, axis=1)
        begin = np.take_along_axis(begin, order, axis=1)
        stop = np.maximum.accumulate(np.take_along_axis(stop, order, axis=1), axis=1)
        gaps = np.column_stack([begin[:, 1:], self.end]) - stop
        self.lost |= self.known & (gaps >= _ALIGNED).any(axis=1)

    def properties(self, columns: Sequence[tuple[str, int]], kinds: Sequence[Any]) -> list[Any]:
        """Return the cells of each column: each is a number of its column, then its value."""
        n = len(self.every)
        at, length = self.vector(self.cells, 1)
        end = at + length
        found = [
            (np.zeros(n, bool), np.zeros(n, _NUMBERS.get(kind, "i8")), np.zeros(n, np.int64))
            for _, kind in columns
        ]
        rows = self.every[~self.lost & (at < end)]
        while rows.size:
            column = self.get("<u2", at[rows], rows)
            self.lost[rows[column >= len(columns)]] = True
            for number in np.unique(column[column < len(columns)]).tolist():
                mine = rows[column == number]
                there, value, size = found[number]
                self.lost[mine[there[mine]]] = True  # a column twice
                there[mine] = True
                at[mine] += 2
                kind = columns[number][1]
                if kind in _TEXTS:
                    size[mine] = self.get("<u4", at[mine], mine)
                    value[mine] = at[mine] + 4
                    at[mine] += 4 + size[mine]
                else:
                    value[mine] = self.get(_NUMBERS[kind], at[mine], mine)
                    at[mine] += np.dtype(_NUMBERS[kind]).itemsize
            self.lost[rows[at[rows] > end[rows]]] = True
            rows = rows[~self.lost[rows] & (at[rows] < end[rows])]
        return [self.column(kind, *one) for kind, one in zip(kinds, found, strict=True)]

    def column(self, kind: Any, there: Any, value: Any, size: Any) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        there = there & ~self.lost
        if not (pa.types.is_string(kind) or pa.types.is_binary(kind)):
            if pa.types.is_boolean(kind):
                self.lost |= there & (value > 1)
                value = value.astype(bool)
            return pa.array(value, kind, mask=~there)
        value, size = np.where(there, value, 0), np.where(there, size, 0)
        data = b"".join(
            self.data[at : at + length]
            for at, length in zip(value.tolist(), size.tolist(), strict=True)
        )
        offsets = np.concatenate([[0], np.cumsum(size)])
        plain = pa.Array.from_buffers(
            pa.large_binary(), len(there), [None, pa.py_buffer(offsets), pa.py_buffer(data)]
        )
        cells = pc.if_else(pa.array(there), plain, pa.scalar(None, pa.large_binary()))
        try:
            return cells.cast(kind)
        except pa.ArrowInvalid:  # no UTF-8
            kept = [_text(cell) for cell in cells.to_pylist()]
            self.lost |= there & np.array([cell is None for cell in kept])
            return pa.array(kept, kind)

    def shapes(self, kind: int) -> pa.Array:
        """Return the geometries as WKB."""
        import pyarrow as pa

        there = self.geometry > 0
        table = np.where(there, self.geometry + self.get("<u4", self.geometry), 0)
        rows = self.every[there & ~self.lost]
        ends, xy, *others, own, parts = self.fields(table[rows], 8, rows)
        kinds = np.full(len(rows), kind)
        if kind == 0:
            kinds = np.where(own > 0, self.get("u1", own, rows), 0)
        begin, count = self.vector(xy, 8, rows)
        self.vector(ends, 4, rows)
        for one in others:
            self.vector(one, 8, rows)
        # Geometries in a geometry are read one by one.
        self.known[rows[self.vector(parts, 4, rows)[1] > 0]] = False
        self.unread()
        plain = (kinds == _POINT) & (count == 2) & ~np.logical_or.reduce([ends, *others])
        mine, at = rows[plain], begin[plain]
        x, y = np.full(len(self.every), np.nan), np.full(len(self.every), np.nan)
        x[mine], y[mine] = self.get("<f8", at, mine), self.get("<f8", at + 8, mine)
        found = points(x, y)
        odd = rows[~plain & ~self.lost[rows]]
        if not odd.size:
            return found
        cells = found.to_pylist()
        for row, code in zip(odd.tolist(), kinds[~plain & ~self.lost[rows]].tolist(), strict=True):
            try:
                cells[row] = _wkb(
                    _Table(self.data, int(table[row]), int(self.begin[row]), int(self.end[row])),
                    code,
                )
            except (struct.error, ValueError):
                self.lost[row] = True
        return pa.array(cells, pa.binary())


def _text(cell: bytes | None) -> str | None:
    try:
        return None if cell is None else cell.decode()
    except UnicodeDecodeError:
        return None


def _wkb(table: _Table, kind: int, depth: int = 0) -> bytes:
    """Return one geometry as WKB; ValueError where it is none."""
    if depth > 50:
        raise ValueError("geometries in each other without end")
    if kind in (_POLYGONS, _COLLECTION):
        parts = [
            _wkb(part, _POLYGON if kind == _POLYGONS else part.number(6, "B"), depth + 1)
            for part in table.tables(7)
        ]
        return struct.pack("<BII", 1, kind, len(parts)) + b"".join(parts)
    flat, code = table.doubles(1).reshape(-1, 2), kind
    for slot, more in ((2, 1000), (3, 2000)):  # heights, and measures
        if (values := table.doubles(slot)).size:
            flat, code = np.column_stack([flat, values]), code + more
    width = flat.shape[1]
    begin, count = table.vector(0, 4)
    ends = np.frombuffer(table.data, "<u4", count, begin).tolist() if count else [len(flat)]
    if sorted(ends) != ends or ends[-1] != len(flat):
        raise ValueError("ends that lead elsewhere")
    lines = [flat[a:b].tobytes() for a, b in zip([0, *ends], ends, strict=False)]
    sizes = [len(line) // (8 * width) for line in lines]
    head = struct.pack("<BI", 1, code)
    if kind == _POINT and len(flat) < 2:
        return head + bytes(lines[0] or struct.pack(f"<{width}d", *[np.nan] * width))
    if kind == _LINE and len(lines) == 1:
        return head + struct.pack("<I", sizes[0]) + bytes(lines[0])
    if kind == _POINTS:
        part = struct.pack("<BI", 1, code - kind + _POINT)
        return head + struct.pack("<I", len(flat)) + b"".join(part + bytes(p) for p in flat)
    rings = [struct.pack("<I", n) + line for n, line in zip(sizes, lines, strict=True)]
    if kind == _POLYGON:
        return head + struct.pack("<I", len(rings)) + b"".join(rings)
    if kind == _LINES:
        part = struct.pack("<BI", 1, code - kind + _LINE)
        return head + struct.pack("<I", len(rings)) + b"".join(part + ring for ring in rings)
    raise ValueError("a geometry of no kind")


def write_flatgeobuf(job: Job, path: Path) -> None:
    """Write a FlatGeobuf without an index, in the order of the rows; see `write_with_gdal`."""
    # An index would sort the rows by place.
    write_with_gdal(job, path, "FlatGeobuf", {"SPATIAL_INDEX": "NO"})
