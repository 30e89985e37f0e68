"""Columns of cells as arrays: the plain ones at once, the odd ones as their distinct texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from geodata.findings import Log, Severity
from geodata.formats.values import in_json, plain_values

if TYPE_CHECKING:
    import pyarrow as pa

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

PLAIN_NUMBER = r"^[+-]?[0-9]{1,3}(\.[0-9]+)?$"
"""What the fast way reads as degrees; the grammar of coordinates reads the same from it."""

_SAMPLE = 10_000  # cells of a column that show how many are the same
_EMPTY = np.uint64(0x9E3779B97F4A7C15)  # the key of a cell that holds nothing
_DIGIT_0, _DIGIT_9, _DOT, _MINUS = (ord(c) for c in "09.-")


@dataclass(frozen=True)
class Distinct:
    """The distinct values of some rows: `rows[starts[i]:starts[i + 1]]` hold `values[i]`."""

    values: list[Any]
    rows: Ints
    starts: Ints

    def of(self, i: int) -> Ints:
        """Return the rows that hold value i."""
        return self.rows[self.starts[i] : self.starts[i + 1]]


def texts(column: pa.Array) -> pa.Array:
    """Return a column as texts; numbers as Python writes them, whole ones without a point."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_string(kind):
        return column
    if pa.types.is_floating(kind):
        coded = column.dictionary_encode()  # columns of radii hold few distinct numbers
        cells = [
            None
            if v is None
            else str(int(v))
            if v == v and abs(v) < 1e15 and v == int(v)
            else repr(v)
            for v in coded.dictionary.to_pylist()
        ]
        return pa.array(cells, pa.string()).take(coded.indices)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_integer(kind):
        return column.cast(pa.string())
    cells = [
        None if v is None else in_json(v) if isinstance(v, list | dict) else str(v)
        for v in plain_values(column)
    ]
    return pa.array(cells, pa.string())


def cell_keys(column: pa.Array) -> Keys:
    """Return a key of each cell of a column: the same for cells that hold the same."""
    import pyarrow as pa

    from geodata.formats.layers.wkb import pieces

    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        whole = pa.int32() if kind.bit_width == 32 and not pa.types.is_integer(kind) else None
        numbers = column.view(whole or pa.int64()) if not pa.types.is_integer(kind) else column
        keys = _mixed(numbers.fill_null(0).to_numpy(zero_copy_only=False).astype(np.uint64))
    elif pa.types.is_floating(kind) and kind.bit_width >= 32:
        plain = column.fill_null(0).to_numpy(zero_copy_only=False).astype(np.float64) + 0.0
        plain[np.isnan(plain)] = np.nan  # one kind of it, and one zero
        keys = _mixed(plain.view(np.uint64))
    else:
        written = column if pa.types.is_binary(kind) else texts(column)
        at = None
        first = written.slice(0, _SAMPLE)
        if 2 * first.null_count + 2 * len(first.unique()) < len(first):  # few texts, many times
            coded = written.dictionary_encode()
            written, at = coded.dictionary, coded.indices.fill_null(0)
        some = (written[begin:end].to_pylist() for begin, end in pieces(written))
        codes = np.fromiter(map(hash, chain.from_iterable(some)), np.int64, len(written))
        keys = _mixed(codes.view(np.uint64))
        keys = keys if at is None else keys[at.to_numpy(zero_copy_only=False)]
    keys[column.is_null().to_numpy(zero_copy_only=False)] = _EMPTY
    return keys


def row_keys(columns: Sequence[Keys], rows: int) -> Keys:
    """Return a key of each row, given those of its cells.

    Of two million rows, two that differ have the same one in ten million files.
    """
    found = np.zeros(rows, dtype=np.uint64)
    for keys in columns:
        found = _mixed(found + keys)
    return found


def _mixed(keys: Keys) -> Keys:
    """Return numbers of which each bit depends on all bits of a key (splitmix64, Steele 2014)."""
    keys = keys + _EMPTY
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


def note_marks(cells: Sequence[str], column: str, rows: Ints, log: Log) -> None:
    """Take down that cells with a mark like ``NA`` were read as empty ones."""
    marks = [cell for cell in cells if cell.strip()]
    if marks:
        log.note(Severity.REPAIR, "missing-mark", column, " / ".join(marks), "nothing", rows)


def blank(column: pa.Array) -> Bools:
    """Tell which cells hold nothing: null, NaN or no character at all."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type):
        empty = column.is_null(nan_is_null=True)
    elif is_text(column):
        lengths = pc.binary_length(column)
        if column.null_count == 0:
            return np.asarray(lengths.to_numpy(zero_copy_only=False) == 0)
        empty = pc.fill_null(pc.equal(lengths, 0), True)
    else:
        empty = column.is_null()
    return np.asarray(empty.to_numpy(zero_copy_only=False), dtype=bool)


def is_text(column: pa.Array) -> bool:
    """Tell whether the cells of a column are texts."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def numbers(column: pa.Array) -> tuple[Floats, Bools]:
    """Return a column's plain numbers, and which cells are plain; the others are NaN."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        values, plain = numbers(column.dictionary)
        at = column.indices
        if at.null_count:
            some = np.asarray(at.is_valid().to_numpy(zero_copy_only=False))
            codes = pc.fill_null(at, 0).to_numpy(zero_copy_only=False)
            if not len(values):
                return np.full(len(at), np.nan), np.zeros(len(at), dtype=bool)
            return np.where(some, values[codes], np.nan), plain[codes] & some
        codes = at.to_numpy(zero_copy_only=False)
        return values[codes], plain[codes]
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        # Nulls become NaN, and are not plain.
        found = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return found, np.isfinite(found)
    if pa.types.is_decimal(kind):
        found = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return found, np.isfinite(found)
    if pa.types.is_string(kind) and column.null_count == 0 and _all_plain(column):
        found = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return found, np.ones(len(column), dtype=bool)
    if not is_text(column):
        return np.full(len(column), np.nan), np.zeros(len(column), dtype=bool)
    matched = pc.fill_null(pc.match_substring_regex(column, PLAIN_NUMBER), False)
    plain = np.asarray(matched.to_numpy(zero_copy_only=False))
    found = np.full(len(column), np.nan)
    if plain.any():
        found[plain] = column.filter(matched).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return found, plain


# Fewer than three digits behind the comma could be minutes: those are read cell by cell.
_COMMA_NUMBER = r"^[+-]?[0-9]{1,3},[0-9]{3,}$"


def comma_numbers(column: pa.Array) -> tuple[Floats, Bools]:
    """Return the numbers that are written with a decimal comma and cannot be anything else."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = np.full(len(column), np.nan)
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    if not pa.types.is_string(column.type):
        return found, np.zeros(len(column), dtype=bool)
    matched = pc.fill_null(pc.match_substring_regex(column, _COMMA_NUMBER), False)
    at = np.asarray(matched.to_numpy(zero_copy_only=False))
    if at.any():
        texts_ = pc.replace_substring(column.filter(matched), ",", ".")
        found[at] = texts_.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return found, at


def _all_plain(column: pa.Array) -> bool:
    """Tell, from the bytes of all cells at once, whether each is like ``-36.25`` or ``36``."""
    if not len(column):
        return False
    _, offsets_buffer, data = column.buffers()
    if data is None:
        return False
    offsets = np.frombuffer(offsets_buffer, dtype=np.int32)[
        column.offset : column.offset + len(column) + 1
    ]
    starts, ends = offsets[:-1], offsets[1:]
    if (ends - starts).min() < 1:
        return False
    begin = int(offsets[0])
    signs = np.frombuffer(data, dtype=np.uint8)[begin : int(offsets[-1])]
    digit = (signs - _DIGIT_0) <= 9  # bytes wrap around
    others = np.flatnonzero(~digit)
    what = signs[others]
    dots = what == _DOT
    if not (dots | (what == _MINUS)).all():
        return False
    first = np.zeros(len(signs), dtype=bool)
    first[starts - begin] = True
    minus = others[~dots]
    if not first[minus].all():
        return False
    # Each cell ends in a digit, each point stands between two digits, each sign before one.
    if not digit[ends - begin - 1].all():
        return False
    points = others[dots]
    if first[points].any() or not digit[points - 1].all() or not digit[points + 1].all():
        return False
    if len(minus) and not digit[minus + 1].all():
        return False
    if (ends - starts).max() > 24:
        return False
    # One point a cell at most; at most three digits before it.
    cell = (
        np.searchsorted(starts - begin, points, side="right") - 1
        if _uneven(points, starts)
        else None
    )
    if cell is None:
        whole = points - (starts - begin)
        if not ((points > starts - begin) & (points < ends - begin)).all():
            return False
        return bool((whole <= 4).all() and _few_digits(whole, signs, starts - begin))
    if (np.diff(cell) == 0).any():
        return False
    whole = (ends - starts).copy()
    whole[cell] = points - (starts[cell] - begin)
    return bool((whole <= 4).all() and _few_digits(whole, signs, starts - begin))


def _uneven(points: Any, starts: Any) -> bool:
    return len(points) != len(starts)


def _few_digits(whole: Any, signs: Any, starts: Any) -> bool:
    """Tell whether no cell has more than three digits before its point or end."""
    long = np.flatnonzero(whole == 4)
    return bool((signs[starts[long]] == _MINUS).all())


def distinct(columns: tuple[pa.Array, ...], rows: Ints) -> Distinct:
    """Return the distinct tuples of texts (None where null) of some columns in these rows."""
    import pyarrow as pa

    if not len(rows):
        return Distinct([], rows, np.zeros(1, dtype=np.int64))
    if not columns:
        return Distinct([()], rows, np.array([0, len(rows)], dtype=np.int64))
    codes = np.zeros(len(rows), dtype=np.int64)
    tables: list[list[Any]] = []
    for column in columns:
        part = column if len(rows) == len(column) else column.take(pa.array(rows))
        part = part.dictionary_encode()
        table = [*part.dictionary.to_pylist(), None]
        index = part.indices.fill_null(len(table) - 1).to_numpy(zero_copy_only=False)
        codes = codes * len(table) + index
        tables.append(table)
    order = np.argsort(_ranks(codes), kind="stable")
    ordered = codes[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    found: list[Any] = []
    for code in ordered[starts].tolist():
        parts = []
        for table in reversed(tables):
            code, at = divmod(code, len(table))
            parts.append(table[at])
        found.append(tuple(reversed(parts)) if len(columns) > 1 else parts[0])
    return Distinct(found, rows[order], np.r_[starts, len(rows)].astype(np.int64))


def _ranks(codes: Ints) -> npt.NDArray[Any]:
    """Return numbers in the order of some codes; small ones, which are sorted at once."""
    import pyarrow as pa

    coded = pa.array(codes).dictionary_encode()
    each = coded.dictionary.to_numpy()
    if len(each) > np.iinfo(np.uint16).max:
        return codes
    rank = np.empty(len(each), dtype=np.uint16)
    rank[np.argsort(each)] = np.arange(len(each))
    return np.asarray(rank[coded.indices.to_numpy()])
