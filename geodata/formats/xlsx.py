"""XLSX: the cells of one sheet, with the values that the workbook last showed."""

from __future__ import annotations

import datetime as dt
import math
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from geodata.errors import InputError
from geodata.findings import Finding, Severity
from geodata.formats.spool import Local
from geodata.formats.table import Table, about_file, field_of, unique
from geodata.text.repairs import quote

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
    chosen, rows = book.rows_of(sheet)
    at = next((i for i, row in enumerate(rows) if not _empty(row)), None)
    if at is None:
        raise InputError(
            f"{local.name}: expected a header and rows in sheet {chosen!r}, found no cell with "
            "a value; name another (--sheet)."
        )
    header = ["" if cell is None else _text(cell) for cell in rows[at]]
    while not header[-1]:
        header.pop()
    headers, renamed = unique(header)
    body = rows[at + 1 :]
    findings = [*book.findings, *renamed, *_trim(body, len(headers), local.name)]
    cells = _columns(body, headers, header)
    del rows, body

    def scan(size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        found = cells if columns is None else cells.select(list(columns))
        for start in range(0, cells.num_rows, size):
            yield found.slice(start, size)

    return Table(
        "xlsx",
        cells.schema,
        scan,
        rows=cells.num_rows,
        findings=(*local.findings, *findings),
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
    """A workbook: its sheets, its epoch, and what its parts tell."""

    def __init__(self, local: Local) -> None:
        from python_calamine import CalamineWorkbook

        self.local = local
        with zipfile.ZipFile(local.path) as archive:
            if any(member.file_size > _MOST_BYTES for member in archive.infolist()):
                raise InputError(
                    f"{local.name}: expected a workbook, found one with a part of more than "
                    f"{_MOST_BYTES >> 30} GB; save it as CSV."
                )
            with _Guard(local):
                self.epoch = _epoch(archive)
                empty = _formulas_without_value(archive)
        self.findings: list[Finding] = []
        if empty:
            why = f"{empty} cells read as empty: the workbook holds no value for their formula"
            self.findings.append(about_file(Severity.WARNING, "formula-without-value", "", why))
        with _Guard(local):
            self.book = CalamineWorkbook.from_path(str(local.path))
            self.names = tuple(self.book.sheet_names)

    def rows_of(self, sheet: str | None) -> tuple[str, list[list[Any]]]:
        """Return the name and the rows of a sheet: the one named, or the only one with cells."""
        if sheet is not None:
            if sheet not in self.names:
                _which(self.local, f"the sheet {sheet!r}", self.names)
            return sheet, self._rows(sheet)
        filled = [(name, rows) for name in self.names if (rows := self._rows(name))]
        if len(filled) != 1:
            _which(self.local, "one sheet with cells", [name for name, _ in filled] or self.names)
        return filled[0]

    def _rows(self, sheet: str) -> list[list[Any]]:
        with _Guard(self.local):
            return [
                [None if cell == "" else cell for cell in row]
                for row in self.book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            ]
        raise AssertionError  # the guard lets nothing through


def _epoch(archive: zipfile.ZipFile) -> Literal[1900, 1904]:
    """Return the epoch of a workbook's serial dates (ECMA-376 part 1, 18.2.28)."""
    found = re.search(rb"<workbookPr[^>]*date1904=.(1|true)", archive.read("xl/workbook.xml"))
    return 1904 if found else 1900


_FORMULA = re.compile(
    rb"<f[ >/](?:(?!</c>|</f>).)*?(?:</f>|/>)\s*(?:<v\s*/>|<v></v>)?\s*</c>", re.S
)


def _formulas_without_value(archive: zipfile.ZipFile) -> int:
    """Count the cells that have a formula and no value kept with it."""
    count = 0
    for name in archive.namelist():
        if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
            continue
        rest = b""
        with archive.open(name) as part:
            while chunk := part.read(1 << 20):
                text = rest + chunk
                cut = text.rfind(b"</c>") + 4
                if cut < 4:
                    rest = text[-(1 << 16) :]
                    continue
                if b"<f" in text[:cut]:
                    count += len(_FORMULA.findall(text[:cut]))
                rest = text[cut:]
    return count


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
    return all(cell is None for cell in row)


def _kind(cell: Any) -> str:
    if isinstance(cell, bool):
        return "truth"
    if isinstance(cell, int | float):
        # A sheet has one kind of number; beyond 2**53 it does not tell whole ones apart.
        return "whole" if float(cell).is_integer() and abs(cell) <= 2**53 else "number"
    if isinstance(cell, dt.datetime):
        return "day" if cell.time() == dt.time() else "time"
    return "day" if isinstance(cell, dt.date) else "text"


def _trim(rows: list[list[Any]], width: int, name: str) -> list[Finding]:
    """Leave out empty rows at the end; refuse cells right of the header."""
    count = len(rows)
    while rows and _empty(rows[-1]):
        rows.pop()
    wide = sum(any(cell is not None for cell in row[width:]) for row in rows)
    if wide:
        raise InputError(
            f"{name}: expected cells below the header only, found {wide} rows with cells right of "
            f"its {width} columns; give those columns a header."
        )
    if count == len(rows):
        return []
    why = f"{count - len(rows)} left out at the end"
    return [about_file(Severity.REPAIR, "blank-line", "", why)]


def _columns(rows: list[list[Any]], names: Sequence[str], header: Sequence[str]) -> pa.RecordBatch:
    """Return the cells as columns, each of one kind."""
    import pyarrow as pa

    fields, arrays = [], []
    for i, (name, text) in enumerate(zip(names, header, strict=True)):
        cells = [row[i] if i < len(row) else None for row in rows]
        types = {type(cell) for cell in cells} - {type(None)}
        texts = types <= {str}
        kind = "text" if texts else _joint({_kind(cell) for cell in cells if cell is not None})
        field = field_of(name, text, _type(kind))
        fields.append(field)
        arrays.append(_array(cells, kind, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def _joint(kinds: set[str]) -> str:
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds == {"whole", "number"}:
        return "number"
    return "time" if kinds == {"day", "time"} else "text"


def _array(cells: list[Any], kind: str, type_: Any) -> pa.Array:
    import pyarrow as pa

    if kind == "text":
        cells = [cell if cell is None or type(cell) is str else _text(cell) for cell in cells]
    elif kind == "whole":
        cells = [None if cell is None else int(cell) for cell in cells]
    elif kind == "day":
        cells = [c.date() if isinstance(c, dt.datetime) else c for c in cells]
    elif kind == "time":
        cells = [dt.datetime(c.year, c.month, c.day) if type(c) is dt.date else c for c in cells]
    return pa.array(cells, type_)


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
