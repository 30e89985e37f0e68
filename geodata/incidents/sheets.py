"""XLSX: the cells of one sheet, with the values that the workbook last showed."""

from __future__ import annotations

import datetime as dt
import math
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from geodata.errors import InputError
from geodata.incidents.repairs import quote
from geodata.incidents.report import Finding, Severity
from geodata.incidents.spool import Local
from geodata.incidents.table import Table, about_file, field_of, unique

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_sheet"]

_MOST_BYTES = 2 << 30
"""Of one unpacked part of a workbook; more is rather a bomb."""


def read_sheet(local: Local, *, sheet: str | None = None) -> Table:
    """Return one sheet as a table; the first row that is not empty is the header.

    A column of one kind keeps it (text, whole numbers, numbers, days, times, truth); a mixed one
    becomes text. A formula counts as the value it last had. Rows that are wholly empty are left
    out where nothing follows.

    Raises
    ------
    InputError
        The workbook is broken, has several sheets with cells and none was named, or not the one.
    """
    book = _Book(local)
    names = book.sheets()
    if sheet is None:
        filled = [name for name in names if book.first_row(name) is not None]
        if len(filled) != 1:
            _which(local, "one sheet with cells", filled or names)
        sheet = filled[0]
    elif sheet not in names:
        _which(local, f"the sheet {sheet!r}", names)
    chosen = sheet
    header, skip = book.header(chosen)
    headers, renamed = unique(header)
    kinds, rows, findings = _survey(book, chosen, skip, len(headers))
    import pyarrow as pa

    schema = pa.schema(
        [field_of(n, h, _type(k)) for n, h, k in zip(headers, header, kinds, strict=True)]
    )

    def scan(size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        left = rows
        for held in _chunks(book.rows(chosen, skip), size):
            batch = _batch(schema, kinds, held[:left])
            left -= batch.num_rows
            yield batch if columns is None else batch.select(list(columns))
            if left <= 0:
                return

    return Table(
        "xlsx",
        schema,
        scan,
        rows=rows,
        findings=(*local.findings, *renamed, *findings),
        epoch=book.epoch,
        layer=chosen,
        keep=local.keep,
    )


def _which(local: Local, expected: str, found: Sequence[str]) -> None:
    raise InputError(
        f"{local.name}: expected {expected}, found "
        f"{', '.join(quote(name) for name in found[:30]) or 'none'}; name one (--sheet)."
    )


class _Book:
    """A workbook that is opened anew for every reading, since its rows come only once."""

    def __init__(self, local: Local) -> None:
        self.local = local
        with zipfile.ZipFile(local.path) as archive:
            if any(member.file_size > _MOST_BYTES for member in archive.infolist()):
                raise InputError(
                    f"{local.name}: expected a workbook, found one with a part of more than "
                    f"{_MOST_BYTES >> 30} GB; save it as CSV."
                )
        book = self._open()
        self.names = tuple(book.sheetnames)
        self.epoch: Literal[1900, 1904] = 1904 if book.epoch.year == 1904 else 1900
        book.close()

    def _open(self) -> Any:
        try:
            import openpyxl
        except ModuleNotFoundError as error:
            raise InputError(
                "expected the package openpyxl for XLSX, found none; install dezone[xlsx], or "
                "save the sheet as CSV."
            ) from error
        with _quiet(), self._guarded():
            return openpyxl.load_workbook(self.local.path, read_only=True, data_only=True)

    def _guarded(self) -> Any:
        return _Guard(self.local)

    def sheets(self) -> tuple[str, ...]:
        return self.names

    def first_row(self, name: str) -> tuple[Any, ...] | None:
        return next((row for row in self.rows(name, 0) if not _empty(row)), None)

    def header(self, name: str) -> tuple[list[str], int]:
        """Return the header and the number of rows up to it; trailing empty cells are cut."""
        for number, row in enumerate(self.rows(name, 0), start=1):
            if not _empty(row):
                cells = ["" if cell is None else _text(cell) for cell in row]
                while cells and not cells[-1]:
                    cells.pop()
                return cells, number
        raise InputError(
            f"{self.local.name}: expected a header and rows in sheet {name!r}, found no cell with "
            "a value; name another (--sheet)."
        )

    def rows(self, name: str, skip: int) -> Iterator[tuple[Any, ...]]:
        book = self._open()
        try:
            with _quiet(), self._guarded():
                for number, row in enumerate(book[name].iter_rows(values_only=True)):
                    if number >= skip:
                        yield row
        finally:
            book.close()


class _Guard:
    """Whatever a broken workbook makes the library raise becomes one line."""

    def __init__(self, local: Local) -> None:
        self.local = local

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if error is None or not isinstance(error, Exception) or isinstance(error, InputError):
            return
        raise InputError(
            f"{self.local.name}: expected a whole workbook, found a broken one "
            f"({type(error).__name__}: {str(error).splitlines()[0][:150] if str(error) else ''}); "
            "save it anew, or as CSV."
        ) from error


def _quiet() -> Any:
    """Keep the library's remarks (styles, extensions that it leaves out) to itself."""
    return warnings.catch_warnings(action="ignore")


def _type(kind: str) -> Any:
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "whole": pa.int64(),
        "number": pa.float64(),
        "day": pa.date32(),
        "time": pa.timestamp("us"),
        "truth": pa.bool_(),
    }
    return types[kind]


def _empty(row: Sequence[Any]) -> bool:
    return all(cell is None or cell == "" for cell in row)


def _kind(cell: Any) -> str:
    if isinstance(cell, bool):
        return "truth"
    if isinstance(cell, int):
        return "whole" if -(2**63) <= cell < 2**63 else "text"
    if isinstance(cell, float):
        return "number"
    if isinstance(cell, dt.datetime):
        return "day" if cell.time() == dt.time() else "time"
    return "day" if isinstance(cell, dt.date) else "text"


def _survey(book: _Book, sheet: str, skip: int, width: int) -> tuple[list[str], int, list[Finding]]:
    """Return the kind of each column, the number of rows, and what was found on the way."""
    seen: list[set[str]] = [set() for _ in range(width)]
    rows = number = wide = 0
    for number, row in enumerate(book.rows(sheet, skip), start=1):
        if _empty(row):
            continue
        rows = number
        for kinds, cell in zip(seen, row, strict=False):
            if cell is not None:
                kinds.add(_kind(cell))
        wide += any(cell not in (None, "") for cell in row[width:])
    if wide:
        raise InputError(
            f"{book.local.name}: expected cells below the header only, found {wide} rows with "
            f"cells right of its {width} columns; give those columns a header."
        )
    findings = []
    if number > rows:
        findings.append(
            about_file(Severity.REPAIR, "blank-line", "", f"{number - rows} left out at the end")
        )
    return [_joint(kinds) for kinds in seen], rows, findings


def _joint(kinds: set[str]) -> str:
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds == {"whole", "number"}:
        return "number"
    return "time" if kinds == {"day", "time"} else "text"


def _chunks(rows: Iterator[tuple[Any, ...]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    held: list[tuple[Any, ...]] = []
    for row in rows:
        held.append(row)
        if len(held) == size:
            yield held
            held = []
    if held:
        yield held


def _batch(schema: pa.Schema, kinds: Sequence[str], rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    import pyarrow as pa

    arrays = []
    for i, (field, kind) in enumerate(zip(schema, kinds, strict=True)):
        cells = [row[i] if i < len(row) else None for row in rows]
        if kind == "text":
            cells = [None if cell is None else _text(cell) for cell in cells]
        elif kind == "day":
            cells = [c.date() if isinstance(c, dt.datetime) else c for c in cells]
        elif kind == "number":
            cells = [None if c is None else float(c) for c in cells]
        elif kind == "time":
            cells = [
                dt.datetime(c.year, c.month, c.day) if type(c) is dt.date else c for c in cells
            ]
        arrays.append(pa.array(cells, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _text(cell: Any) -> str:
    """Return a cell of a mixed column as text."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return repr(cell) if not cell.is_integer() or math.isinf(cell) else str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)
