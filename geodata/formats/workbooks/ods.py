"""The cells of a spreadsheet of LibreOffice (.ods) with the values that they last showed.

Source: OASIS OpenDocument 1.3, part 3. A cell or a row may say that it stands many times over: of
these, only those that hold something are kept, and not more than a file of its size would have.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path
from typing import Literal

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
)
from geodata.formats.workbooks.package import MOST_COLUMNS, MOST_ROWS, Package, told

_ALWAYS, _TIMES = 1 << 26, 50  # bytes that the XML may become, as of any packed file
_FEW_CELLS, _MOST_CELLS, _CELLS_A_BYTE = 1 << 20, 1 << 24, 16
_EPOCHS: dict[str, Literal[1900, 1904]] = {"1899-12-30": 1900, "1904-01-01": 1904}
_DEEPEST = 100  # elements in one another
_MOST_BLANKS = 32_767  # spaces that one element stands for: as many signs as a cell may have

_OFFICE, _TABLE, _TEXT, _CALC = (
    "urn:oasis:names:tc:opendocument:xmlns:office:1.0\n",
    "urn:oasis:names:tc:opendocument:xmlns:table:1.0\n",
    "urn:oasis:names:tc:opendocument:xmlns:text:1.0\n",
    "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0\n",
)


class OpenDocument(Book):
    """A spreadsheet of LibreOffice: the names of its sheets, its epoch, the cells of each.

    Raises
    ------
    InputError
        It is broken, has a password, or unpacks to more than one of its size would.
    """

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(name)
        package = Package(path, name, always=_ALWAYS, times=_TIMES)
        if _has_password(package, path):
            raise InputError(
                f"{name}: expected a spreadsheet that can be read, found one with a password; "
                "save it without."
            )
        size = path.stat().st_size
        sheets = _Sheets(name, min(_MOST_CELLS, max(_FEW_CELLS, _CELLS_A_BYTE * size)))
        with told(name):
            package.parse("content.xml", sheets.start, sheets.end, sheets.text)
        self.epoch = _EPOCHS.get(sheets.first_day)
        self._sheets = sheets.found
        self.formulas_without_value = sheets.formulas_without_value

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the sheets, in the document's order."""
        return tuple(self._sheets)

    def cells(self, sheet: str) -> dict[int, Column]:
        """Return the columns of a sheet that hold something, by their numbers from 0."""
        with told(self.name):
            return self.by_column(*self._sheets[sheet].whole(self))


def _has_password(package: Package, path: Path) -> bool:
    part = package.parts.get("meta-inf/manifest.xml")
    if part is None or part.file_size > _ALWAYS:
        return False
    with told(package.name), zipfile.ZipFile(path) as archive, archive.open(part) as file:
        return b"encryption-data" in file.read(_ALWAYS)


class _Sheets:
    """Takes in the sheets of a document, element by element."""

    def __init__(self, name: str, room: int) -> None:
        self.found: dict[str, Gathered] = {}
        self.first_day = "1899-12-30"
        self.formulas_without_value = 0
        self._name, self._room = name, room
        self._path: list[str] = []
        self._sheet: Gathered | None = None
        self._row, self._rows, self._column = 0, 1, 0
        self._held: list[tuple[int, int, int, str]] = []  # column, how often, kind, text
        self._cell: dict[str, str] | None = None
        self._pieces: list[str] = []
        self._aside = 0  # how deep in what is no text of the cell: notes and drawings

    def start(self, tag: str, found: dict[str, str]) -> None:
        """Begin an element."""
        self._path.append(tag)
        if len(self._path) > _DEEPEST:
            raise ValueError(f"elements {_DEEPEST} deep")
        if self._aside or tag in _ASIDE:
            self._aside += 1
        elif tag == "table" and self._path[-2:-1] == ["spreadsheet"]:
            self._begin(found)
        elif tag == "null-date":
            self.first_day = found.get(f"{_TABLE}date-value", self.first_day)
        elif self._sheet is None:
            return
        elif tag == "table":
            raise ValueError("a table in a cell")
        elif tag == "table-row":
            self._rows, self._column = _times(found, "number-rows-repeated"), 0
        elif tag in ("table-cell", "covered-table-cell"):
            self._cell, self._pieces = found, []
        elif self._cell is not None:
            self._within(tag, found)

    def _begin(self, found: dict[str, str]) -> None:
        name = found.get(f"{_TABLE}name", f"Sheet{len(self.found) + 1}")
        if name.startswith("'file:") and found.get(f"{_TABLE}style-name") == "ta_extref":
            return  # what another file last held, kept for formulas
        if name in self.found:
            raise ValueError(f"the sheet {name!r} twice")
        self.found[name] = self._sheet = Gathered()
        self._row = 1

    def _within(self, tag: str, found: dict[str, str]) -> None:
        """Take in an element of a cell's text."""
        if tag in ("p", "h") and self._pieces:
            self._pieces.append("\n")
        elif tag == "s":
            count = int(found.get(f"{_TEXT}c", "1"))
            if not 0 <= count <= _MOST_BLANKS:
                raise ValueError(f"{count} spaces in a cell")
            self._pieces.append(" " * count)
        elif tag in ("tab", "line-break"):
            self._pieces.append("\t" if tag == "tab" else "\n")

    def text(self, data: str) -> None:
        """Take in text: only that in a cell's paragraphs counts."""
        if self._cell is not None and not self._aside and not _PARAGRAPHS.isdisjoint(self._path):
            self._pieces.append(data.replace("\n", " "))

    def end(self, tag: str) -> None:
        """End an element."""
        self._path.pop()
        if self._aside:
            self._aside -= 1
        elif self._sheet is None:
            return
        elif tag == "table" and self._path[-1:] == ["spreadsheet"]:
            self._sheet = None
        elif tag in ("table-cell", "covered-table-cell") and self._cell is not None:
            times = _times(self._cell, "number-columns-repeated")
            if self._cell or self._pieces:
                self._hold(times, *self._value(self._cell, "".join(self._pieces)))
            self._column += times
            self._cell = None
        elif tag == "table-row":
            self._put()

    def _hold(self, times: int, kind: int, text: str) -> None:
        if text == "":
            return
        if self._column + times > MOST_COLUMNS:
            raise ValueError(f"a cell beyond {MOST_COLUMNS} columns")
        self._held.append((self._column, times, kind, text))

    def _put(self) -> None:
        """Hand over the cells of a row, as often as it stands."""
        assert self._sheet is not None  # noqa: S101
        if self._held:
            if self._row + self._rows - 1 > MOST_ROWS:
                raise ValueError(f"a cell beyond {MOST_ROWS} rows")
            self._room -= self._rows * sum(times for _, times, *_ in self._held)
            if self._room < 0:
                raise InputError(
                    f"{self._name}: expected as many cells as a spreadsheet of its size has, found "
                    "many times that, by cells or rows that are said to be repeated; save it as "
                    "CSV."
                )
        for row in range(self._row, self._row + self._rows) if self._held else ():
            for column, times, kind, text in self._held:
                for at in range(column, column + times):
                    self._sheet.take(at, row, kind, text)
        self._row += self._rows
        self._held = []

    def _value(self, cell: dict[str, str], shown: str) -> tuple[int, str]:
        """Return the kind of a cell and what it holds, as a workbook in XLSX would."""
        kind = cell.get(f"{_OFFICE}value-type", "")
        if kind != "string" and _ERROR.fullmatch(shown.strip()):
            kind = "error"
        if cell.get(f"{_CALC}value-type") == "error":
            kind = "error"
        if kind in ("float", "currency", "percentage"):
            return NUMBER, repr(float(cell[f"{_OFFICE}value"]))
        if kind == "date":
            written = cell[f"{_OFFICE}date-value"]
            serial = self._serial(written)
            return (SHARED, written) if serial is None else (MOMENT, serial)
        if kind == "time":
            return SPAN, repr(_days(cell[f"{_OFFICE}time-value"]))
        if kind == "boolean":
            return TRUTH, cell[f"{_OFFICE}boolean-value"]
        if kind == "" and f"{_TABLE}formula" in cell and not shown:
            self.formulas_without_value += 1
        text = shown if kind == "error" else cell.get(f"{_OFFICE}string-value", shown)
        return SHARED, text

    def _serial(self, written: str) -> str | None:
        """Return the serial number of a day or a time, None where a sheet of XLSX has none."""
        try:
            moment = dt.datetime.fromisoformat(written)
            first = dt.datetime.fromisoformat(self.first_day)
        except ValueError:
            return None
        if moment.tzinfo is not None or moment.year < 1905 or first.year not in (1899, 1904):
            return None
        apart = moment - first
        return repr(apart.days + (apart.seconds + apart.microseconds / 1e6) / 86_400)


_PARAGRAPHS = {"p", "h"}
_ASIDE = frozenset(
    ["annotation", "shapes", "frame", "custom-shape", "line", "rect", "circle", "ellipse", "g",
     "tracked-changes", "dde-links", "forms", "ruby-text", "detective"]
)  # fmt: skip
_ERROR = re.compile(r"#[A-Z0-9/]+[!?]?|Err:\d+")
_SPAN = re.compile(r"(-?)P(?:(\d{1,9})D)?T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d+)?)S)?")


def _times(found: dict[str, str], what: str) -> int:
    """Return how often an element stands, one or more."""
    count = int(found.get(_TABLE + what, "1"))
    if not 1 <= count <= 1 << 31:
        raise ValueError(f"an element that stands {count} times")
    return count


def _days(written: str) -> float:
    """Return a duration (``PT30H05M00S``) in days."""
    found = _SPAN.fullmatch(written)
    if found is None:
        raise ValueError(f"the duration {written[:40]!r}")
    sign, days, hours, minutes, seconds = found.groups(default="0")
    whole = int(days) * 86_400 + int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return (-whole if sign == "-" else whole) / 86_400
