"""The cells of a workbook as Excel 97 to 2003 wrote it (.xls), by xlrd, which is all Python.

Source: [MS-XLS]. Its records are not packed, so a small file has few cells; but sheets and texts
may be pointed at many times.
"""

from __future__ import annotations

import io
from array import array
from pathlib import Path
from typing import Any

from geodata.errors import InputError
from geodata.formats.workbooks.book import (
    MOMENT,
    NUMBER,
    SHARED,
    SPAN,
    TRUTH,
    Book,
    Column,
    Gathered,
    kind_of,
)
from geodata.formats.workbooks.package import told

_LARGEST = 1 << 26  # bytes: 4 million cells
_MOST_SHEETS = 1_000  # sheets
_EXCEL_97 = 80


class _Silence(io.TextIOBase):
    """Takes what xlrd has to say of a file, which may be without end."""

    def write(self, text: str) -> int:
        return len(text)


class OldWorkbook(Book):
    """A workbook of Excel 97 to 2003: the names of its sheets, its epoch, the cells of each.

    Raises
    ------
    InputError
        It is broken, has a password, is older, or would fill the memory.
    """

    def __init__(self, path: Path, name: str) -> None:
        import xlrd

        super().__init__(name)
        self._size = path.stat().st_size
        self._read = 0
        if self._size > _LARGEST:
            raise InputError(
                f"{name}: expected an .xls of at most {_LARGEST >> 20} MiB, found "
                f"{self._size >> 20} MiB; save it as CSV."
            )
        with told(name):
            try:
                self._book = xlrd.open_workbook(
                    file_contents=path.read_bytes(),
                    logfile=_Silence(),
                    formatting_info=True,
                    on_demand=True,
                    ragged_rows=True,
                )
            except xlrd.XLRDError as error:
                if "encrypted" in str(error):
                    raise InputError(
                        f"{name}: expected a workbook that can be read, found one with a password; "
                        "save it without."
                    ) from error
                raise
        if self._book.biff_version < _EXCEL_97:
            raise InputError(
                f"{name}: expected a workbook of Excel 97 or later, found an older one, which does "
                "not say how its texts are encoded; save it as .xlsx."
            )
        if self._book.nsheets > _MOST_SHEETS:
            raise InputError(
                f"{name}: expected at most {_MOST_SHEETS} sheets, found {self._book.nsheets}; "
                "save the one that is meant as .xlsx."
            )
        self.epoch = 1904 if self._book.datemode else 1900

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the sheets, in the workbook's order."""
        return tuple(self._book.sheet_names())

    def cells(self, sheet: str) -> dict[int, Column]:
        """Return the columns of a sheet that hold something, by their numbers from 0."""
        with told(self.name):
            if self.names.count(sheet) > 1:
                raise ValueError(f"the sheet {sheet!r} twice")
            number = self.names.index(sheet)
            found = self._book.sheet_by_index(number)
            gathered = Gathered()
            for row in range(found.nrows):
                self._take(found, row, gathered)
            self._book.unload_sheet(number)
            # A cell takes two bytes at least: more of them stand in no file but as another sheet's.
            if self._read > self._size:
                raise ValueError("sheets that share their cells")
            return self.by_column(*gathered.whole(self))

    def _take(self, sheet: Any, row: int, gathered: Gathered) -> None:
        """Take in the cells of a row; those that only have a format hold nothing."""
        types: array[int] = array("B", sheet.row_types(row))
        self._read += len(types) - types.count(0)
        for column, kind in enumerate(types):
            if kind in (_EMPTY, _BLANK):
                continue
            value = sheet.cell_value(row, column)
            if kind == _TEXT:
                gathered.take(column, row + 1, SHARED, value)
            elif kind == _ERROR:
                gathered.take(column, row + 1, SHARED, _ERRORS.get(value, f"#ERROR {value}"))
            elif kind == _BOOLEAN:
                gathered.take(column, row + 1, TRUTH, str(value))
            else:
                at = sheet.cell_xf_index(row, column)
                gathered.take(column, row + 1, self._kind(at), repr(float(value)))

    def _kind(self, at: int) -> int:
        """Return of which kind a number is by the number of its cell's format."""
        if at >= len(self._book.xf_list):
            return NUMBER
        key = self._book.xf_list[at].format_key
        found = self._book.format_map.get(key)
        if key in _SPANS:
            return SPAN
        if found is None:
            return NUMBER
        kind = kind_of(found.format_str)
        return MOMENT if kind == NUMBER and found.type == _DATE_FORMAT else kind


_EMPTY, _TEXT, _NUMBER, _DATE, _BOOLEAN, _ERROR, _BLANK = range(7)  # as xlrd numbers them
_DATE_FORMAT = 1
_SPANS = (46,)  # "[h]:mm:ss", which a file need not write out
_ERRORS = {  # [MS-XLS] 2.5.10
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
