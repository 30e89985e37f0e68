"""Points in well-known binary, read and written as arrays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

_POINT = np.dtype([("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])
_SIZE = _POINT.itemsize  # 21 bytes


def point_coordinates(column: pa.Array) -> tuple[Any, Any] | None:
    """Return x and y of a column of nothing but little-endian points; else None."""
    import pyarrow as pa

    if not pa.types.is_binary(column.type) or column.null_count or not len(column):
        return None
    _, offsets_buffer, data = column.buffers()
    if data is None:
        return None
    offsets = np.frombuffer(offsets_buffer, dtype=np.int32)[
        column.offset : column.offset + len(column) + 1
    ]
    if not (np.diff(offsets) == _SIZE).all():
        return None
    begin = int(offsets[0])
    found = np.frombuffer(data, dtype=np.uint8)[begin : begin + _SIZE * len(column)].view(_POINT)
    if not ((found["order"] == 1) & (found["kind"] == 1)).all():
        return None
    return found["x"].copy(), found["y"].copy()


def points(longitude: Any, latitude: Any) -> pa.Array:
    """Return points as a binary column, null where a coordinate is NaN."""
    import pyarrow as pa

    found = np.empty(len(longitude), dtype=_POINT)
    found["order"], found["kind"] = 1, 1
    found["x"], found["y"] = longitude, latitude
    none = np.isnan(found["x"]) | np.isnan(found["y"])
    plain = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(_SIZE), len(found), [None, pa.py_buffer(found.tobytes())]
    ).cast(pa.binary())
    if not none.any():
        return plain
    import pyarrow.compute as pc

    return pc.if_else(pa.array(~none), plain, pa.scalar(None, pa.binary()))


_PIECE = 4 << 20  # bytes, which may become thirty times as many in GEOS


def pieces(column: pa.Array) -> list[tuple[int, int]]:
    """Return slices of a column of some megabytes each: a cell of very many parts may stand often.

    They are (first, end) as for ``range``, none of them empty.
    """
    import pyarrow.compute as pc

    sizes = pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
    number = np.cumsum(sizes, dtype=np.int64) // _PIECE
    cuts = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(column)]
    return [(first, end) for first, end in pairwise(cuts) if first < end]


def shapes_of(column: pa.Array, **options: Any) -> Iterator[tuple[slice, Any]]:
    """Yield the geometries of a column piece by piece, with the rows that they are of."""
    import shapely

    for first, end in pieces(column):
        cells = np.array(column[first:end].to_pylist(), dtype=object)
        yield slice(first, end), shapely.from_wkb(cells, **options)


_COLLECTION = re.compile(
    rb"\x01(?:\x07\x00\x00.|[\xef\xd7\xbf][\x03\x07\x0b]\x00\x00)"
    rb"|\x00(?:.\x00\x00\x07|\x00\x00[\x03\x07\x0b][\xef\xd7\xbf])",
    re.S,
)
_MOST_COLLECTIONS = 200


def is_deep(cell: bytes | None) -> bool:
    """Tell whether so many collections may lie in each other that reading them ends the process."""
    if cell is None or len(cell) < 9 * _MOST_COLLECTIONS:
        return False
    return sum(1 for _ in _COLLECTION.finditer(cell)) > _MOST_COLLECTIONS


def with_damage(column: pa.Array) -> tuple[pa.Array, Any]:
    """Return geometries and which of them are no whole WKB; such are null."""
    import pyarrow as pa
    import shapely

    damaged = np.zeros(len(column), dtype=bool)
    if point_coordinates(column) is not None:
        return column, damaged
    data, starts, sizes = _bytes(column)
    plain = sizes == _SIZE
    plain[plain] = (data[starts[plain, None] + np.arange(5)] == (1, 1, 0, 0, 0)).all(axis=1)
    odd = np.flatnonzero(~plain & _present(column))
    if odd.size:
        some = column.take(pa.array(odd))
        deep = np.array([is_deep(cell.as_py()) for cell in some])
        for rows, shapes in shapes_of(_without(some, deep), on_invalid="ignore"):
            damaged[odd[rows]] = shapely.is_missing(shapes)
    return _without(column, damaged), damaged


_ENVELOPES = np.array([0, 32, 48, 48, 64, -1, -1, -1])  # bytes, by their code


def from_geopackage(column: pa.Array) -> tuple[pa.Array, Any]:
    """Return geometries of a GeoPackage as WKB, and which are damaged (GeoPackage 1.4, 2.1.3)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    present = _present(column)
    data, starts, sizes = _bytes(column)
    heads = np.full(len(column), -1)
    long = np.flatnonzero(present & (sizes >= 8))
    magic = (data[starts[long, None] + np.arange(3)] == (0x47, 0x50, 0)).all(axis=1)
    envelopes = _ENVELOPES[data[starts[long] + 3] >> 1 & 7]
    heads[long] = np.where(magic & (envelopes >= 0), envelopes + 8, -1)
    lengths = np.unique(heads[heads >= 0]).tolist()
    found = pa.nulls(len(column), pa.binary())
    for length in lengths:
        cut = pc.binary_slice(column, length, int(sizes.max()))
        same = pa.array(heads == length)
        found = cut if len(lengths) == 1 else pc.if_else(same, cut, found)
    found, damaged = with_damage(found)
    damaged |= present & (heads < 0)
    return _without(found, damaged), damaged


def from_spatialite(column: pa.Array) -> tuple[pa.Array, Any]:
    """Return geometries of SpatiaLite as WKB, and which are damaged, or of several parts."""
    import pyarrow as pa

    def wkb(cell: bytes | None) -> bytes | None:
        whole = cell and len(cell) > 43 and cell[0] == 0 and cell[38] == 0x7C and cell[-1] == 0xFE
        return bytes([cell[1]]) + cell[39:-1] if cell and whole else None

    found, _ = with_damage(pa.array(map(wkb, column.to_pylist()), pa.binary()))
    return found, _present(column) & ~_present(found)


def _bytes(column: pa.Array) -> tuple[Any, Any, Any]:
    """Return the bytes of a binary column, and where each cell begins and how long it is."""
    _, offsets, data = column.buffers()
    found = np.frombuffer(offsets, np.int32, len(column) + 1, column.offset * 4)
    data = np.frombuffer(data or b"", np.uint8)
    return data, found[:-1].astype(np.int64), np.diff(found)


def _present(column: pa.Array) -> Any:
    return np.asarray(column.is_valid().to_numpy(zero_copy_only=False))


def _without(column: pa.Array, rows: Any) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not rows.any():
        return column
    return pc.if_else(pa.array(rows), pa.scalar(None, pa.binary()), column)
