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
from geodata.formats.table import Job, Table, about_file, field_of, headers, unique
from geodata.text.repairs import quote

if TYPE_CHECKING:
    import pyarrow as pa


_MOST_BYTES = 2 << 30
"""Of one unpacked part of a workbook; more is rather a bomb."""


def read_xlsx(local: Local, *, sheet: str | None = None) -> Table:
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
    names, renamed = unique(header)
    body = rows[at + 1 :]
    findings = [*book.findings, *renamed, *_trim(body, len(names), local.name)]
    cells = _columns(body, names, header)
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
        with _Guard(local), zipfile.ZipFile(local.path) as archive:
            if any(member.file_size > _MOST_BYTES for member in archive.infolist()):
                raise InputError(
                    f"{local.name}: expected a workbook, found one with a part of more than "
                    f"{_MOST_BYTES >> 30} GB; save it as CSV."
                )
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


# -- writing -------------------------------------------------------------------------------------

# What a sheet holds, and the characters that XML cannot hold (XML 1.0, 2.2).
_MOST_ROWS = 1_048_576
_MOST_COLUMNS = 16_384
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
        More rows, columns or characters in a cell than a sheet holds, or control characters.
    """
    _check(len(job.schema) <= _MOST_COLUMNS, f"{len(job.schema)} columns")
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
            for batch in job.batches():
                columns = (_decoded(column).to_pylist() for column in batch.columns)
                part.write(b"".join(map(sheet.row, zip(*columns, strict=True))))
            part.write(b"</sheetData></worksheet>")
    if sheet.inexact:
        why = f"{sheet.inexact} cells written as text, since a sheet does not hold them exactly"
        job.findings.append(about_file(Severity.WARNING, "inexact-in-a-sheet", "", why))


class _Sheet:
    """Rows as XML, numbered as they come."""

    def __init__(self, width: int, epoch: dt.date) -> None:
        self.letters = [_letters(i) for i in range(width)]
        self.epoch = epoch
        self.rows = 0
        self.inexact = 0

    def row(self, values: Any) -> bytes:
        self.rows += 1
        _check(self.rows <= _MOST_ROWS, f"more than {_MOST_ROWS} rows")
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
        elif isinstance(value, bytes):
            value = value.hex()
        text = str(value)
        _check(len(text) <= _MOST_SIGNS, f"a cell of {len(text)} characters")
        _check(not _FORBIDDEN.search(text), f"control characters in {text[:40]!r}")
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


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _escaped(text: str) -> str:
    """Return text for XML; a carriage return by its number, else it would become a line feed.

    A text that looks like the sheet's own escape (_x000D_) is escaped by it.
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace('"', "&quot;").replace("\r", "&#13;")
    return _OWN_ESCAPE.sub("_x005F_", text) if "_x" in text else text


_OWN_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _decoded(column: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        return column.dictionary_decode()
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        return column.cast(pa.string())
    return column
