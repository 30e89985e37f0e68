"""Files of Stata (.dta), versions 7 to 19, by pandas: codes as their labels, days as days.

Source: Stata's help, `dta`, `missing`, `datetime`. Values are read as `export delimited` writes
them: a code that has a label is its label. What a table has no equal for is told.
"""

from __future__ import annotations

import re
import struct
import warnings
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.errors import InputError
from geodata.findings import Finding, Severity
from geodata.formats.encodings import codec_of
from geodata.formats.spool import Local
from geodata.formats.table import MOST_COLUMNS, Table, about_file
from geodata.text.repairs import quote

if TYPE_CHECKING:
    import pyarrow as pa

_CHUNK = 1 << 24  # bytes of records that are looked at together
# Signs of texts, which may stand for codes or be pointed at: in a small file, in so many times a
# larger one's size, and at once.
_TEXTS, _TIMES, _AT_ONCE = 1 << 27, 100, 1 << 28
_UTF8_SINCE, _TAGGED_SINCE = 118, 117
_LABEL_HEAD = 40  # bytes: a length, a name, nothing
_SINCE_1960 = -3653  # days from 1970-01-01 to 1960-01-01
_FORMAT = re.compile(r"%-?(?:t([a-zA-Z])|d)")
_AT_COLUMNS = 70  # where a new file says how many columns it has


@dataclass(frozen=True)
class _Variable:
    """A column: its name, what its numbers stand for (``d``, ``c``, ``m``, ...), its labels."""

    name: str
    unit: str
    labels: dict[int, str]
    kind: Any

    def label(self, code: float) -> str | None:
        """Return the label of a code."""
        return self.labels.get(int(code)) if float(code).is_integer() else None


def read_stata(local: Local, *, encoding: str | None = None, codes: Collection[str] = ()) -> Table:
    """Return a file of Stata as a table.

    Days (``%td``) are dates, times (``%tc``) local times, months (``%tm``) texts like ``2018-03``,
    weeks, quarters and half-years texts as Stata shows them. ``.`` is nothing, and so are ``.a`` to
    ``.z``, which is told. Texts of versions before 14 say nothing of their encoding: where they are
    not UTF-8 it has to be stated. In the columns `codes` (in lower case) labels are left out.

    Raises
    ------
    InputError
        The file is broken, has more columns than a spreadsheet, or texts whose encoding nobody
        knows.
    """
    file = _File(local.path, local.name, encoding, codes)
    with file.told():
        variables, rows, findings = file.survey()
    import pyarrow as pa

    schema = pa.schema([pa.field(one.name, one.kind) for one in variables])

    def scan(size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        with file.told():
            yield from file.batches(variables, size, columns)

    return Table(
        "dta",
        schema,
        scan,
        rows=rows,
        findings=(*local.findings, *findings),
        keep=local.keep,
    )


class _File:
    """A file on disk; each reading of it begins anew."""

    def __init__(self, path: Path, name: str, encoding: str | None, codes: Collection[str]) -> None:
        self._path, self._name, self._codes = path, name, codes
        self._size = path.stat().st_size
        try:
            self._encoding = None if encoding is None else codec_of(encoding)
        except (LookupError, TypeError, ValueError) as error:
            raise InputError(
                f"expected an encoding that is known, found {quote(encoding or '')}; write it like "
                "'utf-8' or 'cp1256'."
            ) from error
        self._utf8 = True

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn whatever a broken file raises into one line."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                warnings.simplefilter("error", UnicodeWarning)
                yield
        except (InputError, MemoryError):
            raise
        except Exception as error:
            what = str(error).strip().splitlines()[0][:150] if str(error).strip() else ""
            raise InputError(
                f"{self._name}: expected a whole file of Stata, found a broken one "
                f"({what or type(error).__name__}); in Stata, `export delimited` writes CSV."
            ) from error

    @contextmanager
    def _open(self) -> Iterator[Any]:
        from pandas.io.stata import StataReader

        with self._path.open("rb") as file:
            head = file.read(_AT_COLUMNS + 4)
            if head.startswith(b"<") and len(head) > _AT_COLUMNS + 3:
                order = ">" if head[52:55] == b"MSF" else "<"
                kind = "I" if head[28:31] == b"119" else "H"
                (count,) = struct.unpack_from(order + kind, head, _AT_COLUMNS)
                if count > MOST_COLUMNS:
                    raise ValueError(f"{count} columns")
            file.seek(0)
            with StataReader(
                file, convert_dates=False, convert_categoricals=False, convert_missing=True
            ) as reader:
                reader.variable_labels()  # which reads the header
                self._check(reader)
                self._check_end(reader, file)
                yield reader

    def _check(self, reader: Any) -> None:
        names = reader._varlist
        if len(names) > MOST_COLUMNS or not names:
            raise ValueError(f"{len(names)} columns")
        if len(set(names)) < len(names) or not all(names):
            raise ValueError("a column without a name of its own")
        if reader._nobs * reader._dtype.itemsize > self._size or reader._nobs > self._size:
            raise ValueError(f"{reader._nobs} rows, which do not fit into it")

    def _check_end(self, reader: Any, file: Any) -> None:
        """Refuse rows after which something else stands than a whole file has there."""
        at = reader._data_location + reader._nobs * reader._dtype.itemsize
        file.seek(at)
        if reader._format_version >= _TAGGED_SINCE:
            if file.read(7) != b"</data>":
                raise ValueError(f"not the {reader._nobs} rows that it says it has")
            return
        while head := file.read(_LABEL_HEAD):
            length = int.from_bytes(head[:4], "big" if reader._byteorder == ">" else "little")
            at += _LABEL_HEAD + length
            if at > self._size or not length:
                raise ValueError(f"not the {reader._nobs} rows that it says it has")
            file.seek(at)

    def _frames(self, reader: Any, size: int) -> Iterator[Any]:
        rows = max(1, min(size, _CHUNK // max(1, reader._dtype.itemsize)))
        left = reader._nobs
        first = True
        while left > 0:
            yield reader.read(min(rows, left))
            if first:
                reader.value_labels()  # else long texts are read again for each chunk
                first = False
            left -= rows

    def survey(self) -> tuple[list[_Variable], int, list[Finding]]:
        """Look at all rows: return the columns, how many rows there are, and what is to be told."""
        with self._open() as reader:
            self._utf8 = reader._format_version >= _UTF8_SINCE
            if self._utf8 and self._encoding not in (None, "utf-8"):
                raise InputError(
                    f"{self._name}: expected no encoding, since Stata 14 and later write UTF-8, "
                    f"found {self._encoding!r} stated; leave it out."
                )
            missing: Counter[tuple[str, str]] = Counter()
            unlike = self._learn([*reader._varlist, *reader._lbllist])
            length = 0
            for frame in self._frames(reader, 1 << 16):
                for name in frame.columns:
                    cells = frame[name].to_numpy()
                    if cells.dtype != object:
                        continue
                    texts = [one for one in cells if isinstance(one, str)]
                    unlike = unlike or self._learn(texts)
                    length += sum(map(len, texts))
                    missing.update(
                        (name, str(one))
                        for one in cells
                        if not isinstance(one, str | int | float) and str(one) != "."
                    )
                self._check_length(length)
            labels = {
                name: {int(code): text for code, text in found.items()}
                for name, found in reader.value_labels().items()
            }
            unlike = unlike or self._learn([t for found in labels.values() for t in found.values()])
            if unlike:
                raise InputError(
                    f"{self._name}: expected texts in UTF-8, found {quote(unlike)}, and Stata "
                    "before version 14 does not say in which encoding it writes; state it "
                    "(--encoding cp1256 for Arabic, cp1252 for Western Europe)."
                )
            variables = [
                self._variable(*one, labels)
                for one in zip(
                    reader._varlist, reader._fmtlist, reader._typlist, reader._lbllist, strict=True
                )
            ]
            return variables, int(reader._nobs), [*_lost(missing), *_labelled(variables)]

    def _learn(self, texts: Sequence[str]) -> str:
        """Return a text whose encoding nobody knows; else nothing."""
        if self._utf8 or self._encoding is not None:
            return ""
        for text in texts:
            if not text.isascii():
                try:
                    text.encode("latin-1").decode("utf-8")
                except UnicodeDecodeError:
                    return text
        return ""

    def _text(self, text: str) -> str:
        """Return a text as it was meant: pandas takes all before version 14 for Latin-1."""
        if self._utf8 or text.isascii():
            return text
        return text.encode("latin-1").decode(self._encoding or "utf-8")

    def _check_length(self, length: int, at_once: int = 0) -> None:
        if length > max(_TEXTS, _TIMES * self._size) or at_once > _AT_ONCE:
            raise InputError(
                f"{self._name}: expected texts of at most {_TEXTS >> 20} million signs in all "
                "cells, found more: one text stands in very many; in Stata, `export delimited` "
                "writes CSV."
            )

    def _variable(
        self, name: str, format: str, type: Any, label: str, labels: dict[str, dict[int, str]]
    ) -> _Variable:
        import pyarrow as pa

        found = _FORMAT.match(format)
        unit = "" if found is None or isinstance(type, int) or type == "Q" else found[1] or "d"
        texts = {code: self._text(text) for code, text in labels.get(label, {}).items()}
        if name.lower() in self._codes:
            texts = {}
        kind = _KINDS.get(str(type), pa.string())
        if texts or unit in ("m", "w", "q", "h"):
            kind = pa.string()
        elif unit in ("d", "c"):
            kind = pa.date32() if unit == "d" else pa.timestamp("ms")
        return _Variable(self._text(name), unit, texts, kind() if callable(kind) else kind)

    def batches(
        self, variables: list[_Variable], size: int, columns: Sequence[str] | None
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows, so many at a time."""
        import pyarrow as pa

        wanted = [i for i, one in enumerate(variables) if columns is None or one.name in columns]
        if columns is not None:
            wanted.sort(key=lambda i: columns.index(variables[i].name))
        schema = pa.schema([pa.field(variables[i].name, variables[i].kind) for i in wanted])
        length = 0
        with self._open() as reader:
            for frame in self._frames(reader, size):
                arrays, before = [], length
                for i in wanted:
                    cells = frame.iloc[:, i].to_numpy()
                    if pa.types.is_string(variables[i].kind):
                        found = self._texts(variables[i], cells)
                        length += sum(len(one) for one in found if one is not None)
                        self._check_length(length, length - before)
                        arrays.append(pa.array(found, pa.string()))
                    else:
                        arrays.append(_numbers(variables[i], cells))
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _texts(self, variable: _Variable, cells: Any) -> list[str | None]:
        """Return the cells of a column as texts; a text that stands in many is one of these."""
        show = _SHOWN.get(variable.unit, _plain)
        known: dict[Any, str | None] = {}
        found: list[str | None] = []
        for cell in cells.tolist():
            if not isinstance(cell, str | int | float):
                found.append(None)  # a missing code
                continue
            if cell not in known:
                if isinstance(cell, str):
                    known[cell] = self._text(cell)
                else:
                    known[cell] = variable.label(cell) or show(cell)
            found.append(known[cell])
        return found


def _numbers(variable: _Variable, cells: Any) -> pa.Array:
    """Return the cells of a column as numbers, days or times."""
    import pyarrow as pa

    lost = np.zeros(len(cells), dtype=bool)
    if cells.dtype == object:
        lost = np.array([not isinstance(one, int | float | np.number) for one in cells])
        cells = np.where(lost, 0, cells).astype(np.float64)
    if variable.unit == "d":
        days = np.clip(np.floor(cells) + _SINCE_1960, -_DAYS, _DAYS).astype(np.int32)
        return pa.array(days, mask=lost).cast(pa.date32())
    if variable.unit == "c":
        times = np.clip(np.rint(cells) + _SINCE_1960 * 86_400_000.0, -_TIMES_MS, _TIMES_MS)
        return pa.array(times.astype(np.int64), mask=lost).cast(pa.timestamp("ms"))
    return pa.array(cells, mask=lost).cast(variable.kind)


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(number)


_DAYS, _TIMES_MS = 2**31 - 1, 2.0**62  # what a day or a time is at most, far from any calendar


def _in(parts: int, sign: str, width: int) -> Any:
    """Return what shows a number of parts of years since 1960."""

    def show(number: float) -> str:
        if not float(number).is_integer():
            return _plain(number)
        year, part = divmod(int(number), parts)
        return f"{1960 + year}{sign}{part + 1:0{width}}"

    return show


_SHOWN = {"m": _in(12, "-", 2), "w": _in(52, "w", 1), "q": _in(4, "q", 1), "h": _in(2, "h", 1)}
_NOT_SHOWN = {"C": "times that count leap seconds", "b": "days of a business calendar"}


def _arrow(name: str) -> Any:
    def kind() -> Any:
        import pyarrow as pa

        return getattr(pa, name)()

    return kind


_KINDS = {"b": _arrow("int8"), "h": _arrow("int16"), "l": _arrow("int32"),
          "f": _arrow("float32"), "d": _arrow("float64")}  # fmt: skip


def _lost(missing: Counter[tuple[str, str]]) -> Iterator[Finding]:
    for (name, code), count in sorted(missing.items()):
        why = f"{count} cells are nothing: Stata's missing code {code}"
        yield about_file(Severity.REPAIR, "missing-code", quote(name), why)


def _labelled(variables: Sequence[_Variable]) -> Iterator[Finding]:
    for one in variables:
        if one.labels:
            shown = ", ".join(
                f"{code} is {quote(text)}" for code, text in [*one.labels.items()][:3]
            )
            yield about_file(Severity.REPAIR, "value-labels", quote(one.name), shown)
        if one.unit in _NOT_SHOWN:
            why = f"{_NOT_SHOWN[one.unit]}: they stay numbers"
            yield about_file(Severity.WARNING, "stata-format", quote(one.name), why)
