"""CSV: every text cell as it was, quoted only where it must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.findings import Severity
from geodata.formats.table import HEADER, Dialect, about_file
from geodata.parallel import in_order

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.formats.table import Job

__all__ = ["plain_column", "write_text"]

FORMULA = rb"=+-@" + b"\t\r"
"""First bytes of a cell that a spreadsheet may run; a plain number is none."""

NUMBER = r"^[+-]?[0-9]*[.,]?[0-9]+([eE][+-]?[0-9]+)?%?$"


def write_text(job: Job, out: Any) -> None:
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
    out.write(_slow(rows, separator, dialect.line_end))
    formulas = 0

    def write(batch: pa.RecordBatch) -> tuple[bytes | memoryview, int]:
        return _text(batch, separator, dialect.line_end, guard=job.guard)

    for text, count in in_order(write, job.batches(), workers=job.workers):
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
        text = plain_column(column)
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
        or _risky(plain_column(column.dictionary)) is not None
    )


def headers(schema: pa.Schema) -> list[str]:
    """Return the headers as they stood in the source."""
    return [(f.metadata or {}).get(HEADER, f.name.encode()).decode() for f in schema]


def plain_column(column: pa.Array) -> pa.Array:
    """Return a column in a type that CSV has: dictionaries as values, bytes as hexadecimal."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        cells = [None if v is None else v.hex() for v in column.to_pylist()]
        return pa.array(cells, pa.string())
    if pa.types.is_nested(kind):
        import json

        cells = [
            None if v is None else json.dumps(v, ensure_ascii=False, default=str)
            for v in column.to_pylist()
        ]
        return pa.array(cells, pa.string())
    if pa.types.is_null(kind):
        return column.cast(pa.string())
    if pa.types.is_boolean(kind) or pa.types.is_temporal(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.string())
    return column


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
    number = pc.match_substring_regex(column.take(pa.array(rows)), NUMBER)
    risky[rows[np.asarray(number.to_numpy(zero_copy_only=False))]] = False
    return risky if risky.any() else None


_RISKY = np.zeros(256, dtype=bool)
_RISKY[list(FORMULA)] = True


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

    special = f'[{"|" if separator == "|" else separator}"\r\n]'
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
