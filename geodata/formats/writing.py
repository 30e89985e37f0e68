"""Rows written to a file in the format of its suffix, whole or not at all."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from geodata.findings import Finding
from geodata.formats.suffixes import output_format
from geodata.formats.table import Job, Table, geometry_column
from geodata.whole import whole_file

if TYPE_CHECKING:
    import pyarrow as pa


def result_names(taken: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
    """Return the name of each wanted column: its own, or with `dezone_` in front if it is taken.

    Names that differ only in case count as the same, since many formats take them so.
    """
    used = {name.casefold() for name in taken}
    out: dict[str, str] = {}
    for name in wanted:
        new = name
        while new.casefold() in used:
            new = f"dezone_{new}"
        used.add(new.casefold())
        out[name] = new
    return out


def needs_geometry(path: str | Path, schema: pa.Schema) -> bool:
    """Tell whether the format of `path` needs a geometry that `schema` does not have."""
    format, _, _ = output_format(path)
    return format.has_geometry and geometry_column(schema) is None


def with_points(batch: pa.RecordBatch, longitude: Any, latitude: Any) -> pa.RecordBatch:
    """Return the batch with a last column of points (WGS 84; null where there is none)."""
    import pyarrow as pa

    from geodata.formats.layers.wkb import points

    name = result_names(batch.schema.names, ["geometry"])["geometry"]
    field = pa.field(name, pa.binary(), metadata={b"ARROW:extension:name": b"geoarrow.wkb"})
    return pa.RecordBatch.from_arrays(
        [*batch.columns, points(longitude, latitude)],
        schema=batch.schema.append(field),
    )


def write_table(
    path: str | Path,
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    *,
    like: Table | None = None,
    tags: Sequence[str] | None = None,
    guard_formulas: bool = False,
    workers: int = 0,
) -> tuple[int, tuple[Finding, ...]]:
    """Write batches in the format of the suffix of `path` (``-``: CSV on standard output).

    The file appears under its name only when it is whole. Returns the number of rows and what
    was found on the way (cells that a spreadsheet would run as a formula, ...). Dictionary-encoded
    columns are written as their values. `like` is the table that the rows come from: it gives the
    dialect of CSV and the CRS; `tags` is a row of HXL tags below the headers; `workers` threads
    encode CSV and Parquet (0: one for each core), and the bytes are the same with any.

    Raises
    ------
    InputError
        A suffix that is not written, or cells that the format cannot hold unchanged; the message
        names one that can.
    OutputError
        The file cannot be written: see `geodata.whole.whole_file`.
    """
    format, suffix, packing = output_format(path)
    write = format.write()
    job = Job(
        schema,
        batches,
        suffix,
        like=like,
        tags=tags,
        guard=guard_formulas,
        workers=workers,
    )
    if str(path) == "-":
        write(job, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return job.rows, tuple(job.findings)
    with whole_file(path) as part:
        if format.is_file:
            write(job, part)
        else:
            with io.BufferedWriter(_Storing(part, "wb")) as raw, _packed(raw, packing) as out:
                write(job, out)
    return job.rows, tuple(job.findings)


@contextmanager
def _packed(raw: IO[bytes], packing: str | None) -> Iterator[Any]:
    if packing is None:
        yield raw
        return
    import pyarrow as pa

    with pa.CompressedOutputStream(pa.PythonFile(raw, mode="w"), packing) as out:
        yield out


_STORED_AT_ONCE = 8 << 20  # bytes


class _Storing(io.FileIO):
    """A file that is put on the disk while it is written: in the end little is left to wait for."""

    _from = _until = 0

    def write(self, data: Any) -> int:
        written = super().write(data)
        self._until += written
        if self._until - self._from >= _STORED_AT_ONCE and hasattr(os, "posix_fadvise"):
            # Linux begins to store what it is told will not be needed soon. It keeps it as well,
            # since it is not stored yet.
            length = self._until - self._from
            os.posix_fadvise(self.fileno(), self._from, length, os.POSIX_FADV_DONTNEED)
            self._from = self._until
        return written
