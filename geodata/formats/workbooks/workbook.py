"""The cells of an XLSX workbook with the values that they last showed, read within bounds.

The libraries that read workbooks lose what matters here (cells that hold an error, the day of a
time just before midnight, the hours of a duration), and a small file can make them take all memory.
Source: ECMA-376, part 1 (SpreadsheetML) and part 2 (the package).
"""

from __future__ import annotations

import datetime as dt
import math
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from geodata.formats.workbooks.package import Package, mended, unescaped

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
_NUMBER, _MOMENT, _SPAN, _TRUTH, _SHARED, _TEXT = range(len(KINDS))


class Workbook:
    """A workbook on disk: the names of its sheets, its epoch, and the cells of each sheet.

    Raises
    ------
    InputError
        It is broken, or unpacks to more than a workbook of its size would.
    """

    def __init__(self, path: Path, name: str) -> None:
        import pyarrow as pa

        self._package = Package(path, name)
        self.epoch: Literal[1900, 1904] = 1900
        self.formulas_without_value = 0
        self._sheets: dict[str, str] = {}
        with self._package.told():
            others = self._open()
            self._formats = self._read_formats(others.get("styles", ""))
            shared = others.get("sharedStrings")
            self._strings = self._package.texts(shared) if shared else pa.array([], pa.string())

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the sheets, in the workbook's order."""
        return tuple(self._sheets)

    def cells(self, sheet: str) -> dict[int, Column]:
        """Return the columns of a sheet that hold something, by their numbers from 0."""
        with self._package.told():
            cells = self._package.cells(self._sheets[sheet])
            columns, rows, abouts, texts = cells.whole()
            kinds = np.array([self._kind(about) for about in cells.abouts], dtype=np.int32)[abouts]
            found = self._by_column(columns, rows, kinds, texts)
        self.formulas_without_value += cells.formulas_without_value
        return found

    def _by_column(
        self, columns: Ints, rows: Ints, kinds: Ints, texts: pa.Array
    ) -> dict[int, Column]:
        import pyarrow as pa
        import pyarrow.compute as pc

        shared = pc.cast(texts.filter(pa.array(kinds == _SHARED)), pa.int32()).to_numpy()
        if len(shared) and not 0 <= shared.min() <= shared.max() < len(self._strings):
            raise ValueError("a cell with a shared text that is not there")
        order = np.lexsort((rows, columns))
        blank = pc.indices_nonzero(pc.equal(self._strings, "")).cast(pa.string())
        if len(blank):
            is_blank = pc.is_in(texts, blank).to_numpy(zero_copy_only=False) & (kinds == _SHARED)
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

        with self._package.told():
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

        if kind == _SHARED:
            return self._strings.take(pc.cast(texts, pa.int32()))
        if kind == _TRUTH:
            return pc.is_in(texts, pa.array(["1", "true"]))
        if kind == _TEXT:
            return mended(texts, "_x", unescaped)
        if kind == _SPAN:
            return None
        try:
            numbers = pc.cast(texts, pa.float64()).to_numpy()
        except pa.ArrowInvalid:
            return None
        if not np.isfinite(numbers).all():
            return None
        if kind == _MOMENT:
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
        if kind == _SHARED:
            return self._strings[int(text)].as_py()
        if kind == _TRUTH:
            return text in ("1", "true")
        if kind == _TEXT:
            return unescaped(text)
        try:
            number = float(text)
        except ValueError:
            return text
        if not math.isfinite(number) or "_" in text:
            return text
        if kind == _SPAN and abs(number) < _MOST_DAYS:
            return _span(number)
        return _moment(number, self.epoch) if kind == _MOMENT else number

    def length(self, column: Column) -> int:
        """Return how many bytes the shared texts of a column take, before they are taken."""
        import pyarrow as pa
        import pyarrow.compute as pc

        shared = column.texts.filter(pa.array(column.kinds == _SHARED))
        lengths = pc.binary_length(self._strings).take(pc.cast(shared, pa.int32()))
        return int(pc.sum(lengths).as_py() or 0)

    # -- the parts of the workbook ----------------------------------------------------------

    def _open(self) -> dict[str, str]:
        """Find the sheets; return the other parts of the workbook by their kind."""
        sheets: list[tuple[str, str]] = []
        targets: dict[str, tuple[str, str]] = {}

        def book(tag: str, found: dict[str, str]) -> None:
            if tag == "workbookPr" and found.get("date1904") in ("1", "true"):
                self.epoch = 1904
            elif tag == "sheet":
                at = next((value for key, value in found.items() if key.endswith("\nid")), "")
                sheets.append((found.get("name", ""), at))

        def relation(tag: str, found: dict[str, str]) -> None:
            if tag == "Relationship" and found.get("TargetMode") != "External":
                kind = found.get("Type", "").rpartition("/")[2]
                target = posixpath.normpath(posixpath.join("/xl", found.get("Target", "")))
                targets[found.get("Id", "")] = kind, target.lstrip("/").lower()

        self._package.parse("xl/workbook.xml", book)
        self._package.parse("xl/_rels/workbook.xml.rels", relation)
        for name, at in sheets:
            kind, target = targets.get(at, ("", ""))
            if name in self._sheets:
                raise ValueError(f"the sheet {name!r} twice")
            if kind == "worksheet":
                self._sheets[name] = target
        return dict(targets.values())

    def _read_formats(self, part: str) -> list[int]:
        """Return of which kind a number is in each of the cell formats."""
        kinds = dict(_BUILT_IN)
        formats: list[int] = []
        of_cells = False

        def start(tag: str, found: dict[str, str]) -> None:
            nonlocal of_cells
            if tag == "numFmt":
                kinds[int(found.get("numFmtId", "0"))] = _kind_of(found.get("formatCode", ""))
            elif tag == "xf" and of_cells:
                formats.append(kinds.get(int(found.get("numFmtId", "0")), _NUMBER))
            elif tag in ("cellXfs", "cellStyleXfs", "cellStyles"):
                of_cells = tag == "cellXfs"

        if part in self._package.parts:
            self._package.parse(part, start)
        return formats

    def _kind(self, about: str) -> int:
        """Return of which kind a cell is by its attributes."""
        found = dict(_ATTRIBUTE.findall(about))
        kind = _TYPES.get(found.get("t", "n"), _TEXT)
        style = int(found.get("s", "0"))
        return self._formats[style] if kind == _NUMBER and style < len(self._formats) else kind


# -- values -------------------------------------------------------------------------------------

_TYPES = {"n": _NUMBER, "s": _SHARED, "b": _TRUTH}
_ATTRIBUTE = re.compile('([a-z]+)="([^"]*)"')
_DAY = 86_400_000_000  # microseconds
_NOISE = 5  # microseconds that a serial number of 15 digits may be off
_MOST_DAYS = 2_958_466  # the last one is 9999-12-31
_UNIX, _WINDOWS, _MAC = dt.date(1970, 1, 1), dt.date(1899, 12, 30), dt.date(1904, 1, 1)
# ECMA-376 part 1, 18.8.30: 27 to 36 and 50 to 58 are days in the languages that have them.
_BUILT_IN = {
    **dict.fromkeys([*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)], _MOMENT),
    46: _SPAN,
}
_ASIDE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.I)


def _kind_of(code: str) -> int:
    """Return of which kind numbers of a format are, by its part for positive ones."""
    code = _ASIDE.sub("", code).partition(";")[0].lower()
    if "[" in code:
        return _SPAN
    return _MOMENT if re.search("[dmyhs]", code) else _NUMBER


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
