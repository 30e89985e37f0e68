"""Points in well-known binary, read and written as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["point_coordinates", "points"]

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
