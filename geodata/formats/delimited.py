"""CSV and its relatives: columns of text, read and written with every cell as it stands."""

from __future__ import annotations

import csv
import mmap
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.errors import InputError
from geodata.findings import Severity
from geodata.formats.encodings import Text, as_utf8
from geodata.formats.separators import SEPARATORS, prove_separator, records
from geodata.formats.spool import Local
from geodata.formats.table import (
    RAGGED,
    Dialect,
    Job,
    Table,
    about_file,
    check_filled,
    field_of,
    headers,
    is_sparse,
    unique,
)
from geodata.formats.values import batches_for, plain_texts
from geodata.grammar import load
from geodata.parallel import in_order
from geodata.text.repairs import quote

if TYPE_CHECKING:
    import pyarrow as pa


_BLOCK = 1 << 22
_MOST_CELLS = 4_000_000  # of one batch on the careful way
_MOST_TEXT = 1 << 26


def read_delimited(
    local: Local,
    *,
    encoding: str | None = None,
    separator: str | None = None,
    header: int | None = None,
    known: Callable[[Sequence[str]], bool],
) -> Table:
    """Return a delimited text file as a table of text columns, every cell as it stands.

    A row with too few cells gets empty ones, the surplus of a row with too many is kept in its
    last cell; both are marked, since nobody can tell which cell is which (`RAGGED`).

    Raises
    ------
    InputError
        Encoding or separator are not proved, there is no header, or the file is broken.
    """
    import pyarrow as pa

    text = as_utf8(local, encoding=encoding)
    findings = list(text.findings)
    declared = _declared(text.path)
    if separator is None and declared:
        separator, why = declared, "the first line says so"
    elif separator is None:
        separator, why = prove_separator(text.path, local.name, known=known, header=header or 1)
    else:
        separator, why = {"tab": "\t", "\\t": "\t"}.get(separator.lower(), separator), "stated"
        if len(separator) != 1 or separator in '"\r\n\0' or not _is_unicode(separator):
            raise InputError(
                f"expected a separator of one character, found {quote(separator)}; "
                "state it like ';' or 'tab'."
            )
    if separator != "," or declared:
        called = SEPARATORS.get(separator, repr(separator))
        findings.append(about_file(Severity.REPAIR, "separator", called, why))
    titles, lines, blank, above = _header(
        text.path, separator, local.name, header, after=1 if declared else 0
    )
    names, renamed = unique(titles)
    findings += renamed
    if above:
        findings.append(about_file(Severity.REPAIR, "above-header", "", f"{above} rows left out"))
    schema = pa.schema(
        [field_of(name, text, pa.string()) for name, text in zip(names, titles, strict=True)]
    )
    shape = _filled(_Shape(text, separator, schema, lines, local.name))
    plain, blanks, line_end, ended = _look(text.path, single=len(names) == 1)
    if not ended:
        why = "the last line has no end: if the file was cut there, its last cell is not whole"
        findings.append(about_file(Severity.WARNING, "no-line-end", "", why))
    if blanks or blank:
        count = blank + _count_blank(shape)
        if count:
            findings.append(about_file(Severity.REPAIR, "blank-line", "", f"{count} left out"))

    def scan(size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        rest = 0
        if not blanks and separator.isascii():  # which is all that pyarrow can be told
            try:
                for batch in _fast(shape, columns, plain):
                    for start in range(0, batch.num_rows, size):
                        piece = batch.slice(start, size)
                        yield piece
                        rest += piece.num_rows
                return
            except pa.ArrowInvalid:
                pass  # the careful way goes on where this one stopped
            except OSError as error:
                raise InputError(
                    f"{local.name}: expected the file that was opened, found "
                    f"{error.strerror or error}; leave it in its place until it is read."
                ) from error
        yield from _careful(shape, columns, size, skip=rest)

    dialect = Dialect(separator, line_end, text.bom, Path(local.name).suffix.lower())
    return Table("csv", schema, scan, findings=tuple(findings), dialect=dialect, keep=text.keep)


def _is_unicode(sign: str) -> bool:
    return unicodedata.category(sign) != "Cs"  # half a character


class _Shape:
    """What both ways of reading need to know."""

    def __init__(
        self, text: Text, separator: str, schema: pa.Schema, lines: int, name: str
    ) -> None:
        self.path, self.bom, self.separator = text.path, text.bom, separator
        self.schema, self.lines, self.name = schema, lines, name


_DECLARED = re.compile(rb"(?:\xef\xbb\xbf)?sep=(.)\r?\n", re.I)


def _declared(path: Path) -> str | None:
    """Return the separator that Excel's first line states (``sep=;``); None without one."""
    with path.open("rb") as file:
        found = _DECLARED.fullmatch(file.readline(16))
    return found[1].decode("ascii", "replace") if found else None


def _header(
    path: Path, separator: str, name: str, wanted: int | None, *, after: int
) -> tuple[list[str], int, int, int]:
    """Return the header, the lines up to its end, and how many lines and rows stood above it.

    `wanted` is the number of its row, 0 for none; rows that end in line `after` are no rows.
    """
    blank = number = end = 0
    for line, row in records(path, separator, name):
        if line <= after:
            end = line
            continue
        if not row:
            blank, end = blank + 1, line
            continue
        number += 1
        if wanted == 0:
            return [f"column_{i + 1}" for i in range(len(row))], end, blank, 0
        if wanted is None or number == wanted:
            return row, line, blank, number - 1
    raise InputError(
        f"{name}: expected a header and rows, found only blank lines."
        if wanted is None
        else f"{name}: expected a header in row {wanted}, found {number} rows; state another."
    )


def _look(path: Path, *, single: bool) -> tuple[bool, bool, str, bool]:
    """Return whether no cell is quoted, a line may be blank, how lines end, and the last does."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        plain = view.find(b'"') < 0
        first = view.find(b"\n")
        line_end = "\r\n" if first > 0 and view[first - 1 : first] == b"\r" else "\n"
        odd_ends = view.find(b"\r") >= 0 and (line_end == "\n" or view.find(b"\r\r") >= 0)
        blank = not single and (
            view[:1] in (b"\n", b"\r")
            or view.find(b"\n\n") >= 0
            or view.find(b"\n\r\n") >= 0
            or odd_ends
        )
        if not plain and not blank:
            # An odd number of quotes: one is never closed, which only the careful way tells.
            blank = _count(view, b'"') % 2 == 1
        ended = view[-1:] in (b"\n", b"\r")
    return plain, blank, line_end, ended


def _filled(shape: _Shape) -> _Shape:
    """Return a table, unless it is wide and its rows short: missing cells would fill any memory."""
    width = len(shape.schema)
    with (
        shape.path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view,
    ):
        rows, size = sum(_count(view, end) for end in (b"\n", b"\r")), len(view)
    # A table with no more cells than bytes fills no memory, however its rows are filled.
    if rows * width <= size or not is_sparse(rows * width, rows):
        return shape
    rows = filled = 0
    for line, row in records(shape.path, shape.separator, shape.name):
        if row and line > shape.lines:
            rows, filled = rows + 1, filled + len(row)
    check_filled(shape.name, rows, width, filled)
    return shape


def _count(view: mmap.mmap, sign: bytes) -> int:
    return sum(view[at : at + (1 << 24)].count(sign) for at in range(0, len(view), 1 << 24))


def _count_blank(shape: _Shape) -> int:
    if len(shape.schema) == 1:
        return 0
    rows = records(shape.path, shape.separator, shape.name)
    return sum(1 for line, row in rows if not row and line > shape.lines)


def _fast(shape: _Shape, columns: Sequence[str] | None, plain: bool) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    import pyarrow.csv

    names = shape.schema.names
    reader = pyarrow.csv.open_csv(
        shape.path,
        read_options=pyarrow.csv.ReadOptions(
            block_size=_BLOCK, column_names=names, skip_rows=shape.lines
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=shape.separator, newlines_in_values=not plain, ignore_empty_lines=False
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            include_columns=list(columns) if columns is not None else None,
        ),
    )
    schema = _narrowed(shape.schema, columns)
    with reader:
        for batch in reader:
            if batch.num_rows:
                yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)


def _narrowed(schema: pa.Schema, columns: Sequence[str] | None) -> pa.Schema:
    import pyarrow as pa

    return schema if columns is None else pa.schema([schema.field(name) for name in columns])


def _careful(
    shape: _Shape, columns: Sequence[str] | None, size: int, *, skip: int
) -> Iterator[pa.RecordBatch]:
    """Yield batches read row by row, from row `skip` (counted from 0) on."""
    width = len(shape.schema)
    size = max(1, min(size, _MOST_CELLS // width))
    rows: list[list[str]] = []
    ragged: list[int] = []
    held = 0
    number = 0
    before = end = shape.lines
    for line, found in records(shape.path, shape.separator, shape.name):
        if line <= shape.lines:
            continue
        before, end = end, line
        row = found
        if not row:
            if width > 1:
                continue
            row = [""]
        number += 1
        if number <= skip:
            continue
        if len(row) != width:
            ragged.append(len(rows))
            if len(row) < width:
                row = row + [""] * (width - len(row))
            else:
                row = [*row[: width - 1], shape.separator.join(row[width - 1 :])]
        rows.append(row)
        held += sum(map(len, row))
        if len(rows) >= size or held > _MOST_TEXT:
            yield _batch(shape.schema, columns, rows, ragged)
            rows, ragged, held = [], [], 0
    _check_closed(shape, before)
    if rows:
        yield _batch(shape.schema, columns, rows, ragged)


def _check_closed(shape: _Shape, before: int) -> None:
    """Refuse a quote that is opened after line `before` and open at the end of the file.

    It would swallow every row in between without a sign.
    """
    with shape.path.open(encoding="utf-8-sig", newline="") as file:
        for _ in range(before):
            file.readline()
        try:
            for _ in csv.reader(file, delimiter=shape.separator, strict=True):
                pass
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise InputError(
                    f"{shape.name}: expected every quote to be closed, found one that opens in "
                    f"the row of line {before + 1} and never is; mend that line."
                ) from error


def _batch(
    schema: pa.Schema, columns: Sequence[str] | None, rows: list[list[str]], ragged: list[int]
) -> pa.RecordBatch:
    import pyarrow as pa

    wanted = schema.names if columns is None else list(columns)
    at = [schema.get_field_index(name) for name in wanted]
    try:
        arrays = [pa.array([row[i] for row in rows], pa.string()) for i in at]
    except (pa.ArrowException, UnicodeEncodeError) as error:
        raise InputError(f"expected text, found other bytes ({error}); mend the file.") from error
    found = _narrowed(schema, columns)
    if ragged:
        found = found.with_metadata({RAGGED: ",".join(map(str, ragged)).encode()})
    return pa.RecordBatch.from_arrays(arrays, schema=found)


# -- writing -------------------------------------------------------------------------------------

_FORMULA: str = load("formulas")["begins"]
_NUMBER: str = load("formulas")["number"]


def write_delimited(job: Job, out: Any) -> None:
    """Write CSV in the dialect of the source: separator, line ends and byte order mark.

    A ``.tsv`` has tabs whatever the source had, and does not hand them on to a ``.csv``. Cells that
    could run as formulas stay as they are and are counted; with `guard` an apostrophe is put in
    front.
    """
    dialect = (job.like.dialect if job.like is not None else None) or Dialect()
    separator = dialect.separator
    if job.suffix == ".tsv":
        separator = "\t"
    elif job.suffix == ".csv" and separator == "\t" and dialect.suffix != ".csv":
        separator = ","
    if dialect.bom:
        out.write(b"\xef\xbb\xbf")
    rows = [headers(job.schema)]
    if job.tags is not None:
        rows.append(list(job.tags))
    formulas = sum(map(_is_formula, rows[0]))
    if job.guard:
        rows[0] = [f"'{cell}" if _is_formula(cell) else cell for cell in rows[0]]
    out.write(_slow(rows, separator, dialect.line_end))

    def write(batch: pa.RecordBatch) -> tuple[bytes | memoryview, int]:
        return _text(batch, separator, dialect.line_end, guard=job.guard)

    for text, count in in_order(write, batches_for(job, "CSV"), workers=job.workers):
        formulas += count
        out.write(text)
    if formulas:
        many = "1 cell begins" if formulas == 1 else f"{formulas} cells begin"
        done = (
            "an apostrophe was put in front"
            if job.guard
            else "left as they were in the file (--guard-formulas defuses)"
        )
        why = f"{many} like a formula of a spreadsheet: {done}"
        job.findings.append(about_file(Severity.WARNING, "formula-cells", "", why))


def _text(
    batch: pa.RecordBatch, separator: str, line_end: str, *, guard: bool
) -> tuple[bytes | memoryview, int]:
    """Return the rows of a batch, and how many cells a spreadsheet may run."""
    count = 0
    columns = []
    for column in batch.columns:
        text = plain_texts(column)
        if _may_be_risky(column) and (risky := _risky(text)) is not None:
            count += int(risky.sum())
            if guard:
                text = _guarded(text, risky)
        columns.append(text)
    return _lines(columns, separator, line_end), count


def _may_be_risky(column: pa.Array) -> bool:
    """Tell whether a look at every cell is needed: of a dictionary, its words tell it."""
    import pyarrow as pa

    return (
        not pa.types.is_dictionary(column.type)
        or _risky(plain_texts(column.dictionary)) is not None
    )


def _risky(column: pa.Array) -> Any:
    """Tell which cells a spreadsheet may run; None where none does."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(column.type) or not len(column):
        return None
    _, offsets_buffer, data = column.buffers()
    if data is None or not data.size:
        return None
    offsets = np.frombuffer(offsets_buffer, dtype=np.int32)[
        column.offset : column.offset + len(column) + 1
    ]
    starts, filled = offsets[:-1], offsets[1:] > offsets[:-1]
    signs = np.frombuffer(data, dtype=np.uint8)
    first = signs[np.minimum(starts, len(signs) - 1)]
    risky = _RISKY[first] & filled
    if column.null_count:
        risky &= np.asarray(column.is_valid().to_numpy(zero_copy_only=False))
    rows = np.flatnonzero(risky)
    if not rows.size:
        return None
    cells = column.take(pa.array(rows))
    formula = pc.and_not(
        pc.match_substring_regex(cells, _FORMULA), pc.match_substring_regex(cells, _NUMBER)
    )
    risky[rows] = formula.to_numpy(zero_copy_only=False)
    return risky if risky.any() else None


_RISKY = np.zeros(256, dtype=bool)
_RISKY[[sign.encode()[0] for sign in "=+-@\t\r\n＝"]] = True  # the first byte decides nothing yet


def _is_formula(cell: str) -> bool:
    return bool(re.match(_FORMULA, cell)) and not re.match(_NUMBER.replace("$", r"\Z"), cell)


def _guarded(column: pa.Array, risky: Any) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pa.array(risky), pc.binary_join_element_wise("'", column, ""), column)


def _lines(columns: list[pa.Array], separator: str, line_end: str) -> bytes | memoryview:
    """Return the rows as bytes: at once where no cell needs quotes."""
    import pyarrow as pa
    import pyarrow.csv

    if len(columns) == 1:  # an empty cell would be a blank line
        return _slow([[_cell(v)] for v in columns[0].to_pylist()], separator, line_end)
    if not separator.isascii():  # which pyarrow cannot be told
        return _joined(columns, separator, line_end)
    batch = pa.RecordBatch.from_arrays(columns, names=[str(i) for i in range(len(columns))])
    sink = pa.BufferOutputStream()
    options = pyarrow.csv.WriteOptions(
        include_header=False, quoting_style="none", delimiter=separator, eol=line_end
    )
    try:
        with pyarrow.csv.CSVWriter(sink, batch.schema, write_options=options) as writer:
            writer.write_batch(batch)
        return memoryview(sink.getvalue())
    except (pa.ArrowInvalid, TypeError):
        pass
    return _joined(columns, separator, line_end)


def _joined(columns: list[pa.Array], separator: str, line_end: str) -> bytes | memoryview:
    import pyarrow as pa
    import pyarrow.compute as pc

    special = rf'[\x{{{ord(separator):x}}}"\r\n]'
    cells = []
    for column in columns:
        text = pc.fill_null(
            column if pa.types.is_string(column.type) else column.cast(pa.string()), ""
        )
        needs = pc.match_substring_regex(text, special)
        if pc.any(needs).as_py():
            doubled = pc.replace_substring(text, '"', '""')
            text = pc.if_else(needs, pc.binary_join_element_wise('"', doubled, '"', ""), text)
        cells.append(text)
    cells[-1] = pc.binary_join_element_wise(cells[-1], line_end, "")
    joined = pc.binary_join_element_wise(*cells, separator)
    _, offsets_buffer, data = joined.buffers()
    offsets = np.frombuffer(offsets_buffer, dtype=np.int32)
    first, last = offsets[joined.offset], offsets[joined.offset + len(joined)]
    return memoryview(data)[int(first) : int(last)]


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _slow(rows: list[list[str]], separator: str, line_end: str) -> bytes:
    """Return rows of texts as bytes; the only cell of a row has quotes if it is empty."""
    special = {separator, '"', "\r", "\n"}

    def quoted(cell: str, alone: bool) -> str:
        if special.isdisjoint(cell) and (cell or not alone):
            return cell
        return '"' + cell.replace('"', '""') + '"'

    lines = (separator.join(quoted(cell, len(row) == 1) for cell in row) for row in rows)
    return "".join(f"{line}{line_end}" for line in lines).encode()
