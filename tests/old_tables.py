"""Workbooks of Excel 97 (.xls) and LibreOffice (.ods), record by record: clean and hostile."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

Cell = tuple[str, Any]
"""The kind of a cell and its value: text, number, day, moment, span, truth, error."""

DAY, MOMENT, SPAN = 1, 2, 3  # numbers of formats of cells
FORMATS = ["General", "yyyy\\-mm\\-dd", "yyyy\\-mm\\-dd hh:mm:ss", "[h]:mm:ss"]
ERRORS = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#N/A": 42}


def record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _text(text: str, count: str = "<H") -> bytes:
    return struct.pack(count, len(text)) + b"\1" + text.encode("utf-16-le")


def _cell(row: int, column: int, kind: str, value: Any) -> bytes:
    style = {"day": DAY, "moment": MOMENT, "span": SPAN}.get(kind, 0)
    at = struct.pack("<HHH", row, column, style)
    if kind == "text":
        return record(0x204, at + _text(value))
    if kind in ("truth", "error"):
        code = ERRORS[value] if kind == "error" else int(value)
        return record(0x205, at + bytes([code, kind == "error"]))
    return record(0x203, at + struct.pack("<d", value))


def xls(sheets: dict[str, Sequence[Sequence[Cell | None]]], *, epoch: int = 1900) -> bytes:
    """Return a workbook of Excel 97."""
    bodies = [
        record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
        + b"".join(
            _cell(i, j, *cell)
            for i, row in enumerate(rows)
            for j, cell in enumerate(row)
            if cell is not None
        )
        + record(0x0A, b"")
        for rows in sheets.values()
    ]
    return in_compound(globals_of(list(sheets), [len(one) for one in bodies], epoch), *bodies)


def globals_of(names: Sequence[str], lengths: Sequence[int], epoch: int = 1900) -> bytes:
    """Return what stands before the sheets, which follow one another with these lengths."""
    formats = b"".join(
        record(0x41E, struct.pack("<H", 164 + i) + _text(code)) for i, code in enumerate(FORMATS)
    )
    styles = b"".join(
        record(0xE0, struct.pack("<HHH", 0, 164 + i if i else 0, 1) + bytes(14))
        for i in range(len(FORMATS))
    )
    head = (
        record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
        + record(0x42, struct.pack("<H", 1200))
        + record(0x22, struct.pack("<H", epoch == 1904))
        + record(0x31, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + b"\5\0Arial")
        + formats
        + styles
    )
    sheets = [struct.pack("<BB", 0, 0) + _text(name, "<B") for name in names]
    at = len(head) + sum(8 + len(one) for one in sheets) + 4
    found = b""
    for one, length in zip(sheets, lengths, strict=True):
        found += record(0x85, struct.pack("<I", at) + one)
        at += length
    return head + found + record(0x0A, b"")


def in_compound(*parts: bytes, stream: str = "Workbook") -> bytes:
    """Return a compound file (MS-CFB) of one stream."""
    content = b"".join(parts).ljust(4096, b"\0")
    content += bytes(-len(content) % 512)
    sectors = len(content) // 512
    tables = next(n for n in range(1, 110) if n * 128 >= n + 1 + sectors)
    chain = [0xFFFFFFFD] * tables + [0xFFFFFFFE]
    chain += [tables + 2 + i for i in range(sectors - 1)] + [0xFFFFFFFE]
    chain += [0xFFFFFFFF] * (tables * 128 - len(chain))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        written = name.encode("utf-16-le")
        return (
            written.ljust(64, b"\0")
            + struct.pack(
                "<HBBIII", len(written) + 2 if name else 0, kind, 1, *[0xFFFFFFFF] * 2, child
            )
            + bytes(36)
            + struct.pack("<IQ", start, size)
        )

    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry(
        stream, 2, 0xFFFFFFFF, tables + 1, len(content)
    )
    folder += 2 * entry("", 0, 0xFFFFFFFF, 0, 0)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", *range(tables), *[0xFFFFFFFF] * (109 - tables))
    return head + struct.pack(f"<{len(chain)}I", *chain) + folder + content


NAMES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
}
SHEET_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def ods_cell(cell: Cell | None) -> str:
    """Return a cell as LibreOffice writes it."""
    if cell is None:
        return "<table:table-cell/>"
    kind, value = cell
    given = {"number": "float", "day": "date", "moment": "date", "span": "time",
             "truth": "boolean", "error": "string"}.get(kind, "string")  # fmt: skip
    more = f' office:value-type="{given}"'
    if kind == "error":
        more += ' table:formula="of:=1/0" office:string-value="" calcext:value-type="error"'
    elif kind in ("day", "moment", "span", "truth"):
        what = {"day": "date", "moment": "date", "span": "time", "truth": "boolean"}[kind]
        more += f" office:{what}-value={quoteattr(str(value))}"
    elif kind == "number":
        more += f' office:value="{value}"'
    return f"<table:table-cell{more}><text:p>{value}</text:p></table:table-cell>"


def ods(
    sheets: dict[str, Sequence[Sequence[Cell | None]]] | str, *, first: str = "1899-12-30"
) -> bytes:
    """Return a spreadsheet of LibreOffice: sheets, or what stands in their place."""
    if not isinstance(sheets, str):
        sheets = "".join(
            f"<table:table table:name={quoteattr(name)}>"
            + "".join(
                f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in rows
            )
            + '<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
            'table:number-columns-repeated="16384"/></table:table-row></table:table>'
            for name, rows in sheets.items()
        )
    names = "".join(f' xmlns:{short}="{long}"' for short, long in NAMES.items())
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{names}><office:body>'
        "<office:spreadsheet><table:calculation-settings>"
        f'<table:null-date table:date-value="{first}"/></table:calculation-settings>'
        f"{sheets}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), SHEET_TYPE)
        archive.writestr(zipfile.ZipInfo("content.xml"), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
