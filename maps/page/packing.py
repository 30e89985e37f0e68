"""Columns of a table as short text: whole numbers and texts, of which a page may hold a million.

``maps/web/src/points/unpack.ts`` reads what is written here.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["pack_numbers", "pack_texts"]

_LINE = 1 << 14  # texts that the page decodes at a time
_NUMBERED = r"(?s)^(.*?)(0|[1-9][0-9]{0,8})\Z"


def pack_numbers(values: npt.ArrayLike) -> dict[str, Any]:
    """Return whole numbers of 32 bits as short text.

    Each number, or its difference from the one before where that is shorter, is made positive by
    zigzag; the lowest bytes of all of them come first, then the next ones, deflated (RFC 1951) and
    written in base64. The same bytes each time, with the same zlib.
    """
    whole = np.asarray(values).astype(np.int32)
    steps = whole.copy()
    steps[1:] = whole[1:] - whole[:-1]  # wraps, and wraps back when it is summed
    plain, stepped = (_deflate(_planes(one)) for one in (whole, steps))
    text = stepped if len(stepped) < len(plain) else plain
    return {"steps": text is stepped, "data": base64.b64encode(text).decode()}


def pack_texts(texts: pa.Array | pa.ChunkedArray, *, numbered: bool = False) -> dict[str, Any]:
    """Return texts as short text: each distinct one once, and which of them each row has.

    A missing text is an empty one. With `numbered`, texts that are a number behind one prefix
    (``SYR1234``) are kept as that.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    column = pc.fill_null(column.cast(pa.large_string()), "")
    if numbered and (found := _as_numbers(column)) is not None:
        prefix, numbers = found
        return {"prefix": prefix, "numbers": pack_numbers(numbers)}
    coded = pc.dictionary_encode(column)  # in the order in which they come
    table = coded.dictionary.to_pylist()
    lines = [
        json.dumps(table[at : at + _LINE], ensure_ascii=False, separators=(",", ":"))
        for at in range(0, len(table), _LINE)
    ]
    said = "\n".join(lines).encode("utf-8", "replace")
    return {
        "distinct": len(table),
        "line": _LINE,
        "table": base64.b64encode(_deflate(said)).decode(),
        "codes": pack_numbers(coded.indices.to_numpy(zero_copy_only=False)),
    }


def _as_numbers(column: pa.Array) -> tuple[str, npt.NDArray[np.int32]] | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(column):
        return None
    first = re.match(_NUMBERED, column[0].as_py())
    if first is None:
        return None
    prefix = first[1]
    if not pc.all(pc.starts_with(column, prefix)).as_py():
        return None
    rest = pc.utf8_slice_codeunits(column, len(prefix))
    if not pc.all(pc.match_substring_regex(rest, "^(0|[1-9][0-9]{0,8})$")).as_py():
        return None
    return prefix, rest.cast(pa.int32()).to_numpy(zero_copy_only=False)


def _planes(values: npt.NDArray[np.int32]) -> bytes:
    zigzag = ((values << 1) ^ (values >> 31)).view(np.uint32).astype("<u4")
    return zigzag.view(np.uint8).reshape(-1, 4).T.tobytes()


def _deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()
