"""Workbooks: the cells of one sheet (XLSX, .xls, .ods) as a table, and a table as XLSX."""

from __future__ import annotations

import datetime as dt
import math
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from geodata.errors import InputError
from geodata.findings import Severity
from geodata.formats.spool import Local
from geodata.formats.table import Job, Table, about_file, field_of, headers, unique
from geodata.formats.values import batches_for, in_json, plain_values
from geodata.formats.workbooks.book import Book, Column
from geodata.formats.workbooks.package import MOST_COLUMNS, MOST_ROWS, column_letters
from geodata.text.repairs import quote

if TYPE_CHECKING:
    import pyarrow as pa


_MOST_SHEETS = 300
_MOST_CELLS = 1 << 27  # of the rectangle that a sheet's cells lie in
_MOST_BLANK = 10_000  # rows between others; of more a single cell lies astray


def read_workbook(local: Local, *, sheet: str | None = None, header: int | None = None) -> Table:
    """Return one sheet of a workbook as a table; the first row that is not empty is the header.

    `header` states another of the rows that are not empty (the first is 1), or that none is (0).

    A column of one kind keeps it (text, whole numbers, numbers, days, times, truth); a mixed one
    becomes text. A formula counts as the value it last had, an error (``#REF!``) and a duration
    (``30:05:00``) as the text that is shown.

    Raises
    ------
    InputError
        The workbook is broken or unpacks to too much, has several sheets with cells and none was
        named, or not the one.
    """
    book = _book(local)
    chosen, columns = _chosen(book, local.name, sheet)
    first = int(min(column.rows[0] for column in columns.values()))
    last = int(max(column.rows[-1] for column in columns.values()))
    if header == 0:
        first -= 1
        titles = [f"column_{i + 1}" for i in range(max(columns) + 1)]
    else:
        first = _row_of(columns, header or 1, local.name)
        titles = _header(book, columns, first)
    names, renamed = unique(titles)
    _check_shape(book, columns, len(titles), first, local)
    cells = _batch(book, columns, titles, names, range(first + 1, last + 1))
    del columns
    findings = list(renamed)
    if count := book.formulas_without_value:
        why = f"{count} cells read as empty: the workbook holds no value for their formula"
        findings.append(about_file(Severity.WARNING, "formula-without-value", "", why))

    def scan(size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        found = cells if columns is None else cells.select(list(columns))
        for start in range(0, cells.num_rows, size):
            yield found.slice(start, size)

    return Table(
        local.format,
        cells.schema,
        scan,
        rows=cells.num_rows,
        findings=(*local.findings, *findings),
        epoch=book.epoch,
        layer=chosen,
        keep=local.keep,
    )


def _book(local: Local) -> Book:
    """Return a workbook by the reader of its format."""
    if local.format == "xls":
        from geodata.formats.workbooks.xls import OldWorkbook

        return OldWorkbook(local.path, local.name)
    if local.format == "ods":
        from geodata.formats.workbooks.ods import OpenDocument

        return OpenDocument(local.path, local.name)
    from geodata.formats.workbooks.workbook import Workbook

    return Workbook(local.path, local.name)


def _chosen(book: Book, name: str, sheet: str | None) -> tuple[str, dict[int, Column]]:
    """Return the name and the columns of a sheet: the one named, or the only one with cells."""
    if sheet is not None and sheet not in book.names:
        raise _which(name, f"the sheet {sheet!r}", book.names)
    wanted = book.names if sheet is None else (sheet,)
    if len(wanted) > _MOST_SHEETS:  # each would have to be read to choose one
        raise _which(name, f"at most {_MOST_SHEETS} sheets to choose from", wanted)
    filled = [(one, columns) for one in wanted if (columns := book.cells(one))]
    if not filled and len(wanted) == 1:
        raise InputError(
            f"{name}: expected a header and rows in sheet {wanted[0]!r}, found no cell with "
            "a value; name another (--sheet)."
        )
    if len(filled) != 1:
        raise _which(name, "one sheet with cells", [one for one, _ in filled] or book.names)
    return filled[0]


def _which(name: str, expected: str, found: Sequence[str]) -> InputError:
    return InputError(
        f"{name}: expected {expected}, found "
        f"{', '.join(quote(one) for one in found[:30]) or 'none'}; name one (--sheet)."
    )


def _row_of(columns: dict[int, Column], number: int, name: str) -> int:
    """Return the row of a sheet that is the so-manieth that is not empty."""
    import numpy as np

    rows = np.unique(np.concatenate([column.rows for column in columns.values()]))
    if number > len(rows):
        raise InputError(
            f"{name}: expected a header in row {number}, found {len(rows)} rows; state another."
        )
    return int(rows[number - 1])


def _header(book: Book, columns: dict[int, Column], row: int) -> list[str]:
    heads = {}
    for i, column in columns.items():
        at = int(column.rows.searchsorted(row))
        if at < len(column.rows) and column.rows[at] == row:
            heads[i] = column[at : at + 1]
    return [book.texts(heads[i])[0] if i in heads else "" for i in range(max(heads) + 1)]


def _check_shape(
    book: Book, columns: dict[int, Column], width: int, first: int, local: Local
) -> None:
    """Refuse cells right of the header, cells far below all others, and texts without end."""
    import numpy as np

    last = int(max(column.rows[-1] for column in columns.values()))
    filled = np.zeros(last + 1, dtype=bool)
    wide = np.zeros(last + 1, dtype=bool)
    for i, column in columns.items():
        (filled if i < width else wide)[column.rows] = True
    if count := int(wide[first + 1 :].sum()):
        at = column_letters(max(columns))
        raise InputError(
            f"{local.name}: expected cells below the header only, found {count} rows with cells "
            f"right of its {width} columns, up to column {at}; give those columns a header, or "
            f"state which row is the header ({_widest(book, columns)})."
        )
    blank = last - first - int(filled[first + 1 :].sum())
    if (blank > _MOST_BLANK and 2 * blank > last) or width * last > _MOST_CELLS:
        raise InputError(
            f"{local.name}: expected rows one below the other, found a sheet of {last} rows and "
            f"{width} columns with {blank} blank rows in between; clear the cells that lie astray."
        )
    length = sum(map(book.length, columns.values()))
    if length > (most := max(1 << 27, 40 * local.path.stat().st_size)):
        raise InputError(
            f"{local.name}: expected texts of at most {most >> 20} MiB in all cells, found "
            f"{length >> 20} MiB: one text stands in very many; save it as CSV."
        )


def _widest(book: Book, columns: dict[int, Column]) -> str:
    """Return the option that states the first row as wide as any as the header, and its cells."""
    import numpy as np

    rows = np.unique(np.concatenate([column.rows for column in columns.values()]))
    row = int(columns[max(columns)].rows[0])
    shown = ", ".join(map(quote, _header(book, columns, row)[:6]))
    number = int(np.searchsorted(rows, row)) + 1
    return f"--header-row {number}, if that is {shown}; blank rows do not count"


def _batch(
    book: Book,
    columns: dict[int, Column],
    header: Sequence[str],
    names: Sequence[str],
    rows: range,
) -> pa.RecordBatch:
    """Return the cells of some rows as columns, each of one type."""
    import numpy as np
    import pyarrow as pa

    fields, arrays = [], []
    for i, (name, text) in enumerate(zip(names, header, strict=True)):
        array = pa.nulls(len(rows), pa.string())
        if i in columns:
            column = columns[i]
            if column.rows[0] < rows.start:
                column = column[int(np.searchsorted(column.rows, rows.start)) :]
            array = book.values(column)
            if len(array) < len(rows):
                at = np.full(len(rows), -1)
                at[column.rows - rows.start] = np.arange(len(array))
                array = array.take(pa.array(at, mask=at < 0))
        fields.append(field_of(name, text, array.type))
        arrays.append(array)
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


# -- writing -------------------------------------------------------------------------------------

# What a sheet holds, and the characters that XML cannot hold (XML 1.0, 2.2).
_MOST_SIGNS = 32_767
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_EXACT = 2**53

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# ECMA-376 part 1: the fewest parts that make a workbook. Style 1 is a day, style 2 a day and time.
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf xfId="0"/>'
    '<xf numFmtId="164" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" xfId="0" applyNumberFormat="1"/></cellXfs><cellStyles count="1">'
    '<cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


def write_xlsx(job: Job, out: Any) -> None:
    """Write a workbook of one sheet, the same bytes for the same rows.

    Numbers and times that a sheet does not hold exactly are written as text, which is told.

    Raises
    ------
    InputError
        More rows, columns or characters in a cell than a sheet holds.
    """
    _check(len(job.schema) <= MOST_COLUMNS, f"{len(job.schema)} columns")
    mac = job.like is not None and job.like.epoch == 1904
    sheet = _Sheet(len(job.schema), dt.date(1904, 1, 1) if mac else dt.date(1899, 12, 30))
    name = (job.like and job.like.layer) or "incidents"
    name = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", name)[:31].strip("'") or "incidents"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path, text in _PARTS.items():
            archive.writestr(_info(path), _HEAD + text)
        epoch = '<workbookPr date1904="1"/>' if mac else "<workbookPr/>"
        archive.writestr(
            _info("xl/workbook.xml"),
            f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{epoch}<sheets>'
            f'<sheet name="{_escaped(name)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        info = _info("xl/worksheets/sheet1.xml")
        with archive.open(info, "w", force_zip64=True) as part:
            part.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            part.write(sheet.row(headers(job.schema)))
            if job.tags is not None:
                part.write(sheet.row(job.tags))
            for batch in batches_for(job, "XLSX"):
                columns = map(plain_values, batch.columns)
                part.write(b"".join(map(sheet.row, zip(*columns, strict=True))))
            part.write(b"</sheetData></worksheet>")
    if sheet.inexact:
        why = f"{sheet.inexact} cells written as text, since a sheet does not hold them exactly"
        job.findings.append(about_file(Severity.WARNING, "inexact-in-a-sheet", "", why))


class _Sheet:
    """Rows as XML, numbered as they come."""

    def __init__(self, width: int, epoch: dt.date) -> None:
        self.letters = [column_letters(i) for i in range(width)]
        self.epoch = epoch
        self.rows = 0
        self.inexact = 0

    def row(self, values: Any) -> bytes:
        self.rows += 1
        _check(self.rows <= MOST_ROWS, f"more than {MOST_ROWS} rows")
        cells = "".join(
            self.cell(letters, value)
            for letters, value in zip(self.letters, values, strict=True)
            if value is not None and value != ""
        )
        return f'<row r="{self.rows}">{cells}</row>'.encode()

    def cell(self, letters: str, value: Any) -> str:
        at = f"{letters}{self.rows}"
        if isinstance(value, bool):
            return f'<c r="{at}" t="b"><v>{int(value)}</v></c>'
        if isinstance(value, int | float):
            if isinstance(value, float) and math.isnan(value):
                return ""
            if abs(value) <= _EXACT or (isinstance(value, float) and math.isfinite(value)):
                return f'<c r="{at}"><v>{value!r}</v></c>'
            self.inexact += 1
        elif isinstance(value, dt.date):
            moment = isinstance(value, dt.datetime)
            if (serial := self.serial(value)) is not None:
                return f'<c r="{at}" s="{2 if moment else 1}"><v>{serial!r}</v></c>'
            self.inexact += 1
            value = value.isoformat()
        text = in_json(value) if isinstance(value, list | dict) else str(value)
        _check(len(text) <= _MOST_SIGNS, f"a cell of {len(text)} characters")
        return (
            f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{_escaped(text)}</t></is></c>'
        )

    def serial(self, value: dt.date) -> float | int | None:
        """Return the serial number of a day or a time; None where it would not be exact."""
        if value.year < 1905:
            return None
        if not isinstance(value, dt.datetime):
            return (value - self.epoch).days
        if value.tzinfo is not None or value.microsecond:
            return None
        days = (value.date() - self.epoch).days
        seconds = value.hour * 3600 + value.minute * 60 + value.second
        return days + seconds / 86400


def _check(fits: bool, found: str) -> None:
    if not fits:
        raise InputError(
            f"expected rows that fit a sheet of XLSX, found {found}; write CSV or Parquet."
        )


def _escaped(text: str) -> str:
    """Return text for XML; a carriage return by its number, else it would become a line feed.

    Characters that XML does not have are written by the sheet's own escape (``_x0000_``), and so is
    what looks like it (ECMA-376 part 1, 22.9.2.19).
    """
    if "_x" in text:
        text = _OWN_ESCAPE.sub("_x005F_", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace('"', "&quot;").replace("\r", "&#13;")
    return _FORBIDDEN.sub(lambda sign: f"_x{ord(sign[0]):04X}_", text)


_OWN_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
