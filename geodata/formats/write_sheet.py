"""XLSX: a workbook of one sheet, in which text stays text and nothing runs as a formula."""

from __future__ import annotations

import datetime as dt
import math
import re
import zipfile
from typing import TYPE_CHECKING, Any

from geodata.errors import InputError
from geodata.findings import Severity
from geodata.formats.table import about_file
from geodata.formats.write_text import headers

if TYPE_CHECKING:
    from geodata.formats.table import Job

__all__ = ["write_sheet"]

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


def write_sheet(job: Job, out: Any) -> None:
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
