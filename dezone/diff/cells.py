"""Two releases of a cell: whether it says something else, or only says it otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

Mask = npt.NDArray[np.bool_]

# Codes like 007 are no numbers, nor is what a float cannot hold to the last digit.
_NUMBER = r"^[+-]?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][+-]?[0-9]{1,2})?$"
_MOST_DIGITS = 16
_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2})[T ]00:00(:00(\.0+)?)?$"


def as_texts(column: Any) -> pa.Array:
    """Return the cells of a column as texts, whatever their type; a missing cell is empty.

    Lists, objects and bytes become JSON (bytes in hexadecimal).
    """
    import json

    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), None, column)
    if not pa.types.is_string(column.type):
        try:
            column = column.cast(pa.string())
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid):

            def plain(value: Any) -> str:
                return value.hex() if isinstance(value, bytes) else str(value)

            column = pa.array(
                [
                    None if cell is None else json.dumps(cell, ensure_ascii=False, default=plain)
                    for cell in column.to_pylist()
                ],
                pa.string(),
            )
    return pc.fill_null(column, "")


def differing(old: pa.Array, new: pa.Array) -> Mask:
    """Tell which of n pairs of cells differ, be it only in how they are written.

    Columns of one type are compared as they are, of two types as texts. Of texts, a missing and
    an empty one are the same.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if old.type != new.type or not _comparable(old.type):
        old, new = as_texts(old), as_texts(new)
    if pa.types.is_string(old.type):
        old, new = pc.fill_null(old, ""), pc.fill_null(new, "")
    unequal = pc.fill_null(pc.not_equal(old, new), False)
    missing = [pc.is_null(side, nan_is_null=True) for side in (old, new)]
    found = pc.and_not(pc.or_(unequal, pc.xor(*missing)), pc.and_(*missing))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def _comparable(kind: Any) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_temporal(kind)
    )


def said_otherwise(old: pa.Array, new: pa.Array) -> Mask:
    """Tell which of n pairs of texts say the same: 35.50 and 35.5, or a day and its midnight.

    Blanks at the ends say nothing. Numbers count as such only where they cannot be codes (no zeros
    in front) and a float holds them.
    """
    import pyarrow.compute as pc

    old, new = pc.utf8_trim_whitespace(old), pc.utf8_trim_whitespace(new)
    same = ~differing(old, new)
    whole = [pc.replace_substring_regex(side, _MIDNIGHT, r"\1") for side in (old, new)]
    same |= ~differing(*whole)
    numbers = np.ones(len(old), dtype=bool)
    for side in (old, new):
        short = pc.less_equal(pc.utf8_length(side), _MOST_DIGITS)
        number = pc.and_(short, pc.match_substring_regex(side, _NUMBER))
        numbers &= number.to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(numbers)
    if rows.size:
        a, b = (side.take(rows).cast("float64").to_numpy() for side in (old, new))
        same[rows] |= a == b
    return same
