"""Cells of a workbook as values: what a sheet of any format holds, each as that of its kind."""

from __future__ import annotations

import datetime as dt
import math
import re
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from geodata.formats.workbooks.package import MOST_COLUMNS, MOST_ROWS, mended, told, unescaped

if TYPE_CHECKING:
    import pyarrow as pa

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Column:
    """The n cells of one column that hold something, in the order of their rows.

    Attributes
    ----------
    rows : (n,) int32
        Numbers of their rows, from 1.
    kinds : (n,) int32
        What each is, by its place in `KINDS`.
    texts : (n,) array of string
        What is written in the file for each; `Workbook.values` gives the values.
    """

    rows: Ints
    kinds: Ints
    texts: pa.Array

    def __getitem__(self, part: slice) -> Column:
        return Column(self.rows[part], self.kinds[part], self.texts[part])


KINDS = ("number", "moment", "span", "truth", "shared", "text")
NUMBER, MOMENT, SPAN, TRUTH, SHARED, TEXT = range(len(KINDS))


class Book:
    """The sheets of a workbook, whatever its format: what their cells hold, as values.

    A format's own class finds the cells; texts are kept once, in `strings`.
    """

    def __init__(self, name: str) -> None:
        import pyarrow as pa

        self.name = name
        self.epoch: Literal[1900, 1904] | None = 1900
        self.formulas_without_value = 0
        self.strings: pa.Array = pa.array([], pa.string())

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the sheets, in the workbook's order."""
        raise NotImplementedError

    def cells(self, sheet: str) -> dict[int, Column]:
        """Return the columns of a sheet that hold something, by their numbers from 0."""
        raise NotImplementedError

    def by_column(
        self, columns: Ints, rows: Ints, kinds: Ints, texts: pa.Array
    ) -> dict[int, Column]:
        """Return cells by their columns, in the order of their rows; blank texts are left out."""
        import pyarrow as pa
        import pyarrow.compute as pc

        shared = pc.cast(texts.filter(pa.array(kinds == SHARED)), pa.int32()).to_numpy()
        if len(shared) and not 0 <= shared.min() <= shared.max() < len(self.strings):
            raise ValueError("a cell with a shared text that is not there")
        order = np.lexsort((rows, columns))
        blank = pc.indices_nonzero(pc.equal(self.strings, "")).cast(pa.string())
        if len(blank):
            is_blank = pc.is_in(texts, blank).to_numpy(zero_copy_only=False) & (kinds == SHARED)
            order = order[~is_blank[order]]
        columns, rows = columns[order], rows[order]
        if ((np.diff(columns) == 0) & (np.diff(rows) == 0)).any():
            raise ValueError("a cell twice")
        whole = Column(rows, kinds[order], texts.take(pa.array(order)))
        ends = np.r_[np.flatnonzero(np.diff(columns)) + 1, len(columns)].tolist()
        starts = [0, *ends[:-1]]
        return {int(columns[a]): whole[a:b] for a, b in zip(starts, ends, strict=True) if a < b}

    def values(self, column: Column) -> pa.Array:
        """Return the values of cells as an array of one type; those of several kinds as texts.

        The types are string, int64 (numbers that are all whole), float64, bool, date32, and
        timestamp without a zone. Texts are also errors (``#REF!``), durations (``30:05:00``) and
        times without a day.
        """
        import pyarrow as pa

        with told(self.name):
            kinds = np.unique(column.kinds).tolist()
            if not kinds:
                return pa.array([], pa.string())
            if len(kinds) == 1:
                found = self._at_once(kinds[0], column.texts)
                if found is not None:
                    return found
            return pa.array(self.texts(column), pa.string())
        raise AssertionError  # nothing is let through

    def texts(self, column: Column) -> list[str]:
        """Return the values of cells as texts, each as that of its kind."""
        cells = zip(column.kinds.tolist(), column.texts.to_pylist(), strict=True)
        return [_text(self._one(kind, text)) for kind, text in cells]

    def _at_once(self, kind: int, texts: pa.Array) -> pa.Array | None:
        """Return the values of cells of one kind; None where each has to be looked at."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if kind == SHARED:
            return self.strings.take(pc.cast(texts, pa.int32()))
        if kind == TRUTH:
            return pc.is_in(texts, pa.array(["1", "true"]))
        if kind == TEXT:
            return mended(texts, "_x", unescaped)
        if kind == SPAN:
            return None
        try:
            numbers = pc.cast(texts, pa.float64()).to_numpy()
        except pa.ArrowInvalid:
            return None
        if not np.isfinite(numbers).all():
            return None
        if kind == MOMENT:
            return self._moments(numbers)
        # A sheet has one kind of number; beyond 2**53 it does not tell whole ones apart.
        if (numbers == np.floor(numbers)).all() and np.abs(numbers).max() <= 2**53:
            return pa.array(numbers.astype(np.int64))
        return pa.array(numbers)

    def _moments(self, serials: npt.NDArray[np.float64]) -> pa.Array | None:
        import pyarrow as pa

        first, start = (1, _MAC) if self.epoch == 1904 else (61, _WINDOWS)
        if serials.min() < first or serials.max() >= _MOST_DAYS:
            return None
        days = np.floor(serials)
        found = np.rint((serials - days) * _DAY)
        near = np.rint(found / 1000) * 1000
        found = np.minimum(np.where(np.abs(found - near) <= _NOISE, near, found), _DAY - 1)
        days += (start - _UNIX).days
        if not found.any():
            return pa.array(days.astype(np.int32)).cast(pa.date32())
        times = days.astype(np.int64) * _DAY + found.astype(np.int64)
        return pa.array(times).cast(pa.timestamp("us"))

    def _one(self, kind: int, text: str) -> Any:
        """Return the value of one cell."""
        if kind == SHARED:
            return self.strings[int(text)].as_py()
        if kind == TRUTH:
            return text in ("1", "true")
        if kind == TEXT:
            return unescaped(text)
        try:
            number = float(text)
        except ValueError:
            return text
        if not math.isfinite(number) or "_" in text:
            return text
        if kind == SPAN and abs(number) < _MOST_DAYS:
            return _span(number)
        return _moment(number, self.epoch or 1900) if kind == MOMENT else number

    def length(self, column: Column) -> int:
        """Return how many bytes the shared texts of a column take, before they are taken."""
        import pyarrow as pa
        import pyarrow.compute as pc

        shared = column.texts.filter(pa.array(column.kinds == SHARED))
        lengths = pc.binary_length(self.strings).take(pc.cast(shared, pa.int32()))
        return int(pc.sum(lengths).as_py() or 0)


class Gathered:
    """Gathers the cells of a sheet one by one; a text that stands in many is kept once."""

    def __init__(self) -> None:
        self._columns, self._rows, self._kinds, self._texts = (array("i") for _ in range(4))
        self._numbers: dict[str, int] = {}

    def take(self, column: int, row: int, kind: int, text: str) -> None:
        """Take in a cell: its column from 0, its row from 1, its kind, what it holds."""
        self._columns.append(column)
        self._rows.append(row)
        self._kinds.append(kind)
        self._texts.append(self._numbers.setdefault(text, len(self._numbers)))

    def __len__(self) -> int:
        return len(self._rows)

    def whole(self, book: Book) -> tuple[Ints, Ints, Ints, pa.Array]:
        """Return all cells as `Book.by_column` takes them, their texts as those of the book."""
        import pyarrow as pa
        import pyarrow.compute as pc

        columns, rows, kinds, at = (
            np.frombuffer(one, dtype=np.int32) if one else np.empty(0, dtype=np.int32)
            for one in (self._columns, self._rows, self._kinds, self._texts)
        )
        if len(columns) and (columns.max() >= MOST_COLUMNS or rows.max() > MOST_ROWS):
            raise ValueError(f"a cell beyond {MOST_ROWS} rows or {MOST_COLUMNS} columns")
        texts = pa.array(self._numbers, pa.string())
        book.strings = pa.concat_arrays([book.strings, texts])
        shared = kinds == SHARED
        numbered = pa.array(at + (len(book.strings) - len(texts))).cast(pa.string())
        # What many cells share is not taken here: it may be long.
        own = texts.take(pa.array(at, mask=shared))
        return columns, rows, kinds, pc.if_else(pa.array(shared), numbered, own)


# -- values -------------------------------------------------------------------------------------

_DAY = 86_400_000_000  # microseconds
_NOISE = 5  # microseconds that a serial number of 15 digits may be off
_MOST_DAYS = 2_958_466  # the last one is 9999-12-31
_UNIX, _WINDOWS, _MAC = dt.date(1970, 1, 1), dt.date(1899, 12, 30), dt.date(1904, 1, 1)
# What is not closed goes on to the end: to look for its close anew at each would take minutes.
_ASIDE = re.compile(r'"[^"]*(?:"|$)|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*(?:\]|$)', re.I)


def kind_of(code: str) -> int:
    """Return of which kind numbers of a format are, by its part for positive ones."""
    code = _ASIDE.sub("", code).partition(";")[0].lower()
    if "[" in code:
        return SPAN
    return MOMENT if re.search("[dmyhs]", code) else NUMBER


def _rounded(days: float) -> int:
    """Return microseconds: whole milliseconds where a serial number means them."""
    found = round(days * _DAY)
    near = round(found, -3)
    return near if abs(found - near) <= _NOISE else found


def _moment(serial: float, epoch: int) -> Any:
    """Return a day, a day and a time, or a time alone; the number where it is none of these."""
    day = math.floor(serial)
    microseconds = min(_rounded(serial - day), _DAY - 1)  # never the next day
    if not 0 <= day < _MOST_DAYS or (day == 60 and epoch == 1900):  # 29 February 1900
        return serial
    start = _MAC if epoch == 1904 else _WINDOWS + dt.timedelta(days=day < 60)
    moment = dt.datetime.combine(start, dt.time()) + dt.timedelta(microseconds=microseconds)
    if day == 0:
        return moment.time()
    moment += dt.timedelta(days=day)
    return moment if microseconds else moment.date()


def _span(days: float) -> str:
    """Return a duration as hours, minutes and seconds, as a sheet shows it."""
    seconds, rest = divmod(abs(_rounded(days)), 1_000_000)
    minutes, second = divmod(seconds, 60)
    fraction = f".{rest:06}".rstrip("0") if rest else ""
    return f"{'-' if days < 0 else ''}{minutes // 60}:{minutes % 60:02}:{second:02}{fraction}"


def _text(value: Any) -> str:
    """Return a value among those of other kinds as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) <= 2**53 else repr(value)
    return value.isoformat(" ") if isinstance(value, dt.datetime) else str(value.isoformat())
