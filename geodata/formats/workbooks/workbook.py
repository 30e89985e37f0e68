"""The cells of an XLSX workbook with the values that they last showed, read within bounds.

The libraries that read workbooks lose what matters here (cells that hold an error, the day of a
time just before midnight, the hours of a duration), and a small file can make them take all memory.
Source: ECMA-376, part 1 (SpreadsheetML) and part 2 (the package).
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import numpy as np

from geodata.formats.workbooks.book import (
    MOMENT,
    NUMBER,
    SHARED,
    SPAN,
    TEXT,
    TRUTH,
    Book,
    Column,
    kind_of,
)
from geodata.formats.workbooks.package import Package, told

_TYPES = {"n": NUMBER, "s": SHARED, "b": TRUTH}
_ATTRIBUTE = re.compile('([a-z]+)="([^"]*)"')
# ECMA-376 part 1, 18.8.30: 27 to 36 and 50 to 58 are days in the languages that have them.
_BUILT_IN = {
    **dict.fromkeys([*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)], MOMENT),
    46: SPAN,
}


class Workbook(Book):
    """A workbook on disk: the names of its sheets, its epoch, and the cells of each sheet.

    Raises
    ------
    InputError
        It is broken, or unpacks to more than a workbook of its size would.
    """

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(name)
        self._package = Package(path, name)
        self._sheets: dict[str, str] = {}
        with told(self.name):
            others = self._open()
            self._formats = self._read_formats(others.get("styles", ""))
            shared = others.get("sharedStrings")
            if shared:
                self.strings = self._package.texts(shared)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the sheets, in the workbook's order."""
        return tuple(self._sheets)

    def cells(self, sheet: str) -> dict[int, Column]:
        """Return the columns of a sheet that hold something, by their numbers from 0."""
        with told(self.name):
            cells = self._package.cells(self._sheets[sheet])
            columns, rows, abouts, texts = cells.whole()
            kinds = np.array([self._kind(about) for about in cells.abouts], dtype=np.int32)[abouts]
            found = self.by_column(columns, rows, kinds, texts)
        self.formulas_without_value += cells.formulas_without_value
        return found

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
                kinds[int(found.get("numFmtId", "0"))] = kind_of(found.get("formatCode", ""))
            elif tag == "xf" and of_cells:
                formats.append(kinds.get(int(found.get("numFmtId", "0")), NUMBER))
            elif tag in ("cellXfs", "cellStyleXfs", "cellStyles"):
                of_cells = tag == "cellXfs"

        if part in self._package.parts:
            self._package.parse(part, start)
        return formats

    def _kind(self, about: str) -> int:
        """Return of which kind a cell is by its attributes."""
        found = dict(_ATTRIBUTE.findall(about))
        kind = _TYPES.get(found.get("t", "n"), TEXT)
        style = int(found.get("s", "0"))
        return self._formats[style] if kind == NUMBER and style < len(self._formats) else kind
