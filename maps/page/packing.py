"""Columns of a table as short text, so that a page can hold a million rows.

``maps/web/src/engine/unpack.ts`` reads what is written here.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from maps.page.payload import ListedColumn, NumberedColumn, PackedNumbers, Ring

if TYPE_CHECKING:
    import pyarrow as pa
    import shapely

    from geodata.schema import Polygonal

_LINE = 1 << 14  # texts that the page decodes at a time
_NUMBERED = r"(?s)^(.*?)(0|[1-9][0-9]{0,8})\Z"


_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


# -- rings ----------------------------------------------------------------------------------


def encode_ring(points: Iterable[Sequence[float]], scale: int) -> Ring:
    """Return longitudes and latitudes as short text, to 1 / `scale` degree.

    Differences between neighbours, zigzag, five bits a letter, longitude first.
    """
    letters: list[str] = []
    last = (0, 0)
    for longitude, latitude, *_ in points:
        here = (round(longitude * scale), round(latitude * scale))
        for now, before in zip(here, last, strict=True):
            step = now - before
            value = step * 2 if step >= 0 else -step * 2 - 1
            while value > 31:
                letters.append(_ALPHABET[(value & 31) | 32])
                value >>= 5
            letters.append(_ALPHABET[value])
        last = here
    return "".join(letters)


def encode_numbers(numbers: Sequence[float]) -> Ring:
    """Return whole numbers in pairs, like points; the last of an odd number is paired with 0."""
    return encode_ring(zip_longest(numbers[::2], numbers[1::2], fillvalue=0), 1)


@lru_cache(maxsize=256)  # every page of a site has the extents
def encode_polygons(shape: Polygonal, scale: int) -> list[list[Ring]]:
    """Return polygons as their rings, the outer one first."""
    return [
        [encode_ring(ring.coords, scale) for ring in rings_of(part)]
        for part in getattr(shape, "geoms", [shape])
        if not part.is_empty
    ]


def rings_of(polygon: shapely.Polygon) -> Iterator[shapely.LinearRing]:
    """Yield the rings of a polygon, the outer one first."""
    yield polygon.exterior
    yield from polygon.interiors


class RingTable:
    """Rings by text, each kept once: estimates and validities share many."""

    def __init__(self, scale: int) -> None:
        self._scale = scale
        self._index: dict[Ring, int] = {}

    def add(self, shape: Polygonal) -> list[list[int]]:
        """Add the rings of polygons, and return their numbers."""
        return [
            [self._index.setdefault(ring, len(self._index)) for ring in rings]
            for rings in encode_polygons(shape, self._scale)
        ]

    def texts(self) -> list[Ring]:
        """Return the rings in the order of their numbers."""
        return list(self._index)


# -- columns --------------------------------------------------------------------------------


def pack_numbers(values: npt.ArrayLike) -> PackedNumbers:
    """Return whole numbers of 32 bits as short text.

    Each number, or its difference from the one before where that is shorter, is made positive by
    zigzag; the lowest bytes of all of them come first, then the next ones, deflated (RFC 1951) and
    written in base64. The same bytes each time, with the same zlib.
    """
    whole = np.asarray(values).astype(np.int32)
    steps = whole.copy()
    steps[1:] = whole[1:] - whole[:-1]  # wraps, and wraps back when it is summed
    tried = (len(_deflate(_planes(one[:_TRIED]), _QUICK)) for one in (steps, whole))
    shorter = next(tried) < next(tried)
    text = _deflate(_planes(steps if shorter else whole))
    return PackedNumbers(steps=shorter, data=base64.b64encode(text).decode())


def pack_lines(texts: Iterable[str]) -> str:
    """Return texts without line ends as one short text: lines, deflated, in base64."""
    said = "\n".join(texts).encode("utf-8", "replace")
    return base64.b64encode(_deflate(said)).decode()


def pack_texts(
    name: str, texts: pa.Array | pa.ChunkedArray, *, numbered: bool = False
) -> NumberedColumn | ListedColumn:
    """Return a column of texts: each distinct one once, and which of them each row has.

    A missing text is an empty one. With `numbered`, texts that are a number behind one prefix
    (``SYR1234``) are kept as that.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    column = pc.fill_null(column.cast(pa.large_string()), "")
    if numbered and (found := _as_numbers(column)) is not None:
        prefix, numbers = found
        return NumberedColumn(name=name, prefix=prefix, numbers=pack_numbers(numbers))
    coded = pc.dictionary_encode(column)  # in the order in which they come
    table = coded.dictionary.to_pylist()
    lines = [
        json.dumps(table[at : at + _LINE], ensure_ascii=False, separators=(",", ":"))
        for at in range(0, len(table), _LINE)
    ]
    return ListedColumn(
        name=name,
        distinct=len(table),
        line=_LINE,
        table=pack_lines(lines),
        codes=pack_numbers(coded.indices.to_numpy(zero_copy_only=False)),
    )


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


_QUICK, _LARGE, _SMALLEST = 1, 4, 9  # levels of zlib
_MANY_BYTES = 1_000_000  # from here on the last 1.2 % take four times as long
_TRIED = 1 << 17  # numbers by which the shorter way is chosen


def _deflate(content: bytes, level: int | None = None) -> bytes:
    level = level or (_SMALLEST if len(content) < _MANY_BYTES else _LARGE)
    packer = zlib.compressobj(level, zlib.DEFLATED, -15, 6)  # smaller blocks: 0.3 % of a page
    return packer.compress(content) + packer.flush()
