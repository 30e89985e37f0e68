"""dBASE tables (.dbf), of which a Shapefile has one: rows of so many bytes each."""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.errors import InputError
from geodata.formats.layers.writing import as_text, unfit, written_as_text
from geodata.formats.table import Broken, Job

if TYPE_CHECKING:
    import pyarrow as pa

# -- the table -------------------------------------------------------------------------------


def mapped(path: Path, least: int) -> Any:
    """Return a file's bytes as an array; Broken where it has fewer than `least`."""
    if path.stat().st_size < least:
        raise Broken(f"{path.suffix} of {path.stat().st_size} bytes")
    return np.memmap(path, np.uint8, "r")


@dataclass(frozen=True)
class _Field:
    """A column of a .dbf: its name, kind, where its cells are in a row, and its decimals."""

    name: str
    kind: str
    begin: int
    width: int
    decimals: int


class Rows:
    """The rows of a .dbf, as a matrix of bytes."""

    encoding = "utf-8"

    def __init__(self, path: Path, name: str) -> None:
        data = mapped(path, 33)
        count = int(data[4:8].view("<u4")[0])
        begin, width = data[8:12].view("<u2").tolist()
        self.language = int(data[29])
        self.fields: list[_Field] = []
        at, place = 32, 1
        while at + 32 <= min(begin, len(data)) and data[at] != 0x0D:
            one = bytes(data[at : at + 32])
            plain = one[:11].partition(b"\0")[0]
            self.fields.append(
                _Field(plain.decode("utf-8", "replace"), chr(one[11]), place, one[16], one[17])
            )
            place += one[16]
            at += 32
        if place != width or not at < min(begin, len(data)) or data[at] != 0x0D:
            raise Broken(f"a table of rows of {width} bytes whose columns have {place}")
        self.declared = count
        whole = (len(data) - begin) // width
        self.broken = "" if whole == count else f"{max(whole, 0)} rows for {count} that it says"
        count = max(min(whole, count), 0)
        self.data = data[begin : begin + count * width].reshape(count, width)
        for field in self.fields:
            if field.kind not in "CNFLD" or not field.width:
                raise InputError(
                    f"{name}: expected columns of text, numbers, days or yes and no, found the "
                    f"kind {field.kind!r} in {field.name!r}; save the file as GeoPackage."
                )

    def texts(self) -> Iterator[bytes]:
        """Yield what is not plain ASCII in texts and names."""
        for field in self.fields:
            yield field.name.encode()
            if field.kind == "C":
                for at in range(0, len(self.data), 65536):
                    cells = self.data[at : at + 65536, field.begin : field.begin + field.width]
                    for row in np.flatnonzero((cells > 127).any(axis=1)).tolist():
                        yield bytes(cells[row])

    def types(self) -> list[Any]:
        """Return the Arrow type of each column."""
        import pyarrow as pa

        found = []
        for field in self.fields:
            if field.kind == "N" and field.decimals == 0:
                short = field.width < 10
                wide = field.width > 18 and not self.fits(field)
                found.append(pa.int32() if short else pa.string() if wide else pa.int64())
            else:
                kinds = {"C": pa.string(), "L": pa.bool_(), "D": pa.date32()}
                found.append(kinds.get(field.kind, pa.float64()))
        return found

    def fits(self, field: _Field) -> bool:
        """Tell whether all whole numbers of a wide column are of 64 bits."""
        import pyarrow as pa

        return all(
            not self.column(field, pa.int64(), slice(at, at + 65536))[1].any()
            for at in range(0, len(self.data), 65536)
        )

    def column(self, field: _Field, kind: Any, rows: Any) -> tuple[pa.Array, Any]:
        """Return the cells of a column, and which are damaged."""
        import pyarrow as pa
        import pyarrow.compute as pc

        cells = np.ascontiguousarray(self.data[rows, field.begin : field.begin + field.width])
        count = len(cells)
        # Zero bytes may fill a cell up to its end; before anything else they are damage.
        zero = cells == 0
        lost = (zero[:, :-1] & ~zero[:, 1:]).any(axis=1)
        raw = pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(field.width), count, [None, pa.py_buffer(cells)]
        ).cast(pa.binary())
        text = self.decoded(raw, lost)
        trim = pc.utf8_rtrim if field.kind == "C" else pc.utf8_trim
        text = trim(text, " \0")
        empty = {"D": "0*$", "L": r"\??$"}.get(field.kind, r"\**$")
        text = _without(text, pc.match_substring_regex(text, f"^{empty}"))
        if field.kind == "C" or pa.types.is_string(kind):
            return text, lost
        pattern = {"D": "^[0-9]{8}$", "L": "^[TtFfYyNn]$"}.get(field.kind, _NUMBER)
        right = pc.fill_null(pc.match_substring_regex(text, pattern), True)
        found, failed = _cast(_without(text, pc.invert(right)), kind)
        return found, lost | ~right.to_numpy(zero_copy_only=False) | failed

    def decoded(self, raw: pa.Array, lost: Any) -> pa.Array:
        """Return cells as text, and mark those that are none in the encoding as lost."""
        import pyarrow as pa

        if self.encoding in ("utf-8", "ascii"):
            try:
                return raw.cast(pa.string())
            except pa.ArrowInvalid:
                pass
        cells: list[str | None] = []
        for row, cell in enumerate(raw.to_pylist()):
            try:
                # Half a letter at the end is what a writer cut off who counted bytes.
                cells.append(codecs.getincrementaldecoder(self.encoding)().decode(cell))
            except UnicodeDecodeError:
                cells.append(None)
                lost[row] = True
        return pa.array(cells, pa.string())


_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$|^[+-]?(?i:nan|inf)$"


def _without(text: pa.Array, rows: Any) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(rows, pa.scalar(None, pa.string()), text)


def _cast(text: pa.Array, kind: Any) -> tuple[pa.Array, Any]:
    """Return texts as values, and which of them are none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    failed = np.zeros(len(text), dtype=bool)
    if pa.types.is_boolean(kind):
        yes = pc.is_in(text, pa.array(list("TtYy")))
        return pc.if_else(pc.is_valid(text), yes, pa.scalar(None, kind)), failed
    if pa.types.is_date(kind):
        text = pc.replace_substring_regex(text, "^(....)(..)(..)$", r"\1-\2-\3")
    try:
        return text.cast(kind), failed
    except pa.ArrowInvalid:
        pass
    for row, cell in enumerate(text.to_pylist()):
        try:
            pa.scalar(cell, pa.string()).cast(kind)
        except pa.ArrowInvalid:
            failed[row] = True
    return _without(text, pa.array(failed)).cast(kind), failed


# -- writing ---------------------------------------------------------------------------------

_LONGEST_NAME, _LONGEST_TEXT, _LONGEST_ROW = 10, 254, 65_535
_FLOAT = (24, 15)  # width and decimals; any double has its digits in 24 characters


def unfit_dbf(found: str) -> InputError:
    """Return the error for what a Shapefile does not hold unchanged."""
    return unfit("a Shapefile", found, "GeoPackage")


def dbf_kind(job: Job, field: pa.Field) -> str:
    """Return the kind of a column, F for numbers with a fraction; refuse a name that is cut."""
    import pyarrow as pa

    if len(field.name.encode()) > _LONGEST_NAME:
        raise unfit_dbf(f"the name {field.name!r}, which is longer than {_LONGEST_NAME} bytes")
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if pa.types.is_boolean(kind):
        return "L"
    if pa.types.is_integer(kind):
        return "N"
    if pa.types.is_floating(kind):
        return "F"
    if pa.types.is_date(kind):
        return "D"
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)):
        job.findings.append(written_as_text(field.name, kind, "a Shapefile"))
    return "C"


def dbf_cells(column: pa.Array, kind: str, name: str) -> pa.Array:
    """Return cells as the text that a .dbf has, null where there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if kind == "F":
        column = column.cast(pa.float64())
        if not pc.all(pc.is_finite(column)).as_py() and column.null_count < len(column):
            raise unfit_dbf(f"a number that is not finite in {name!r}")
        # As Python writes it, in at most 24 characters.
        text = pa.array([None if v is None else repr(v) for v in column.to_pylist()], pa.string())
    elif kind == "L":
        text = pc.if_else(column, "T", "F")
    else:
        text = as_text(column)
    found = None
    if kind == "D":
        if (
            pc.any(pc.invert(pc.match_substring_regex(text, "^[0-9]{4}-"))).as_py()
            or pc.any(pc.match_substring_regex(text, "^0000")).as_py()
        ):
            found = "a day that is not of the years 1 to 9999"
        text = pc.replace_substring(text, "-", "")
    longest = pc.max(pc.binary_length(text)).as_py() or 0
    if longest > _LONGEST_TEXT:
        found = f"a text of {longest} bytes"
    elif pc.any(pc.match_substring_regex(text, r"[ \x00]$|\x00")).as_py():
        found = "a text that ends with a space, or has a zero byte"
    if found:
        raise unfit_dbf(f"{found} in {name!r}")
    return text.cast(pa.binary())


def write_dbf(
    path: Path, names: list[str], kinds: list[str], batches: list[pa.RecordBatch]
) -> None:
    """Write a table of batches whose first columns are those of `dbf_cells`."""
    import pyarrow.compute as pc

    widths = []
    for i, kind in enumerate(kinds):
        sizes = [pc.max(pc.binary_length(batch.column(i))).as_py() or 1 for batch in batches]
        widths.append(_FLOAT[0] if kind == "F" else max(sizes, default=1))
    if 1 + sum(widths) > _LONGEST_ROW:
        raise unfit_dbf(f"rows of {sum(widths)} bytes")
    rows = sum(batch.num_rows for batch in batches)
    head = bytearray(32)
    width = 1 + sum(widths)
    struct.pack_into("<4BIHH", head, 0, 3, 70, 1, 1, rows, 33 + 32 * len(names), width)
    with path.open("wb") as out:
        out.write(head)
        for name, kind, size in zip(names, kinds, widths, strict=True):
            decimals = _FLOAT[1] if kind == "F" else 0
            code = b"N" if kind == "F" else kind.encode()
            out.write(struct.pack("<11sc4xBB14x", name.encode(), code, size, decimals))
        out.write(b"\r")
        for batch in batches:
            table = np.full((batch.num_rows, width), ord(" "), np.uint8)
            at = 1
            for column, kind, size in zip(batch.columns, kinds, widths, strict=False):
                cells = np.array([cell or b"" for cell in column.to_pylist()], dtype=f"S{size}")
                justify = np.char.rjust if kind in "NF" else np.char.ljust
                table[:, at : at + size] = justify(cells, size).view(np.uint8).reshape(-1, size)
                at += size
            out.write(table.tobytes())
        out.write(b"\x1a")
