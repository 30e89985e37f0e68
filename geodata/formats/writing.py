"""Rows written to a file in the format of its suffix, whole or not at all."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from geodata.findings import Finding
from geodata.formats.suffixes import output_format
from geodata.formats.table import HEADER, JSON_TEXT, Job, Table, geometry_column
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
    geometry = geometry_column(schema)
    if geometry is not None and format.name != "parquet":
        batches = _in_pieces(batches, geometry)
    if format.name in ("csv", "xlsx"):
        schema, batches = _as_cells(schema, batches, like)
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


def _in_pieces(batches: Iterable[pa.RecordBatch], geometry: str) -> Iterator[pa.RecordBatch]:
    """Yield rows few at a time where their geometries are large, which become texts."""
    from geodata.formats.layers.wkb import pieces

    for batch in batches:
        for first, end in pieces(batch.column(geometry)):
            yield batch.slice(first, end - first)


def _as_cells(
    schema: pa.Schema, batches: Iterable[pa.RecordBatch], like: Table | None
) -> tuple[pa.Schema, Iterable[pa.RecordBatch]]:
    """Return rows with geometries as WKT, and mixed JSON values as the cells that they are."""
    import pyarrow as pa

    crs = (like.crs if like is not None else None) or ""
    prefix = f"SRID={crs[5:]};" if crs.startswith("EPSG:") and crs != "EPSG:4326" else ""
    geometry = geometry_column(schema)
    changed = [
        i
        for i, field in enumerate(schema)
        if field.name == geometry or (field.metadata or {}).get(JSON_TEXT)
    ]
    if not changed:
        return schema, batches
    plain = schema
    for i in changed:
        metadata = {k: v for k, v in (schema.field(i).metadata or {}).items() if k == HEADER}
        plain = plain.set(i, pa.field(schema.field(i).name, pa.string(), metadata=metadata or None))
    plain = plain.remove_metadata()

    def rows() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            columns = list(batch.columns)
            for i in changed:
                is_shape = schema.field(i).name == geometry
                write = partial(_as_wkt, prefix=prefix) if is_shape else _as_text
                columns[i] = pa.array(map(write, columns[i].to_pylist()), pa.string())
            yield pa.RecordBatch.from_arrays(columns, schema=plain)

    return plain, rows()


def _as_wkt(cell: bytes | None, *, prefix: str) -> str | None:
    import shapely

    shape = None if cell is None else shapely.from_wkb(cell, on_invalid="ignore")
    return None if shape is None else prefix + str(shapely.to_wkt(shape, rounding_precision=-1))


def _as_text(cell: str | None) -> str | None:
    """Return the text of a JSON value: a string without its quotes, nothing for null."""
    value = None if cell is None else json.loads(cell)
    return value if value is None or isinstance(value, str) else cell


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
