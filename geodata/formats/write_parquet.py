"""Parquet, with the metadata of GeoParquet where there is a geometry."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any

from geodata.formats.job import geometry_column
from geodata.formats.row_groups import RowGroups
from geodata.parallel import in_order

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.formats.job import Job

__all__ = ["write_parquet"]


def write_parquet(job: Job, out: Any) -> None:
    """Write Parquet (GeoParquet 1.1 where a column holds geometries), several batches at a time.

    Each batch is a row group. The first one decides how the columns are encoded.
    """
    import pyarrow as pa
    import pyarrow.parquet

    schema = _schema(job)
    batches = iter(job.batches())
    first = next(batches, None)
    if first is None:
        pa.parquet.ParquetWriter(out, schema).close()
        return
    choices = _encodings(first)

    def encode(batch: pa.RecordBatch) -> pa.Buffer:
        part = pa.BufferOutputStream()
        with pa.parquet.ParquetWriter(part, schema, **choices) as writer:
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
        return part.getvalue()

    whole = RowGroups(out)
    for part in in_order(encode, chain([first], batches), workers=job.workers):
        whole.add(part)
    whole.close()


_LOOKED_AT = 1 << 15
_FEW = 256  # distinct values, of which each row tells one by a byte


def _encodings(batch: pa.RecordBatch) -> dict[str, Any]:
    """Return how columns are best written: what each costs is seen from the first rows.

    Values that hardly repeat are looked up in a dictionary in vain, which takes longer than all
    the rest; days and whole numbers are told by their differences in less time and room, unless
    there are few of them. Texts and fractions of which there are few have the same least and
    greatest in nearly every batch, which are not told for that reason. What does not get smaller
    is not compressed.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if any(pa.types.is_nested(kind) for kind in batch.schema.types):
        return {}  # these name the leaves of columns
    batch = batch.slice(0, _LOOKED_AT)
    dictionary, statistics = [], []
    encodings: dict[str, str] = {}
    compression: dict[str, str] = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        kind = column.type
        compression[name] = "snappy"
        if pa.types.is_dictionary(kind):
            dictionary.append(name)
            continue
        try:
            distinct = pc.count_distinct(column, mode="all").as_py()
        except pa.ArrowNotImplementedError:  # a kind that Arrow cannot count
            distinct = 0
        if distinct > _FEW or not pa.types.is_floating(kind):
            statistics.append(name)
        if distinct > _FEW and _is_whole(kind):
            encodings[name] = "DELTA_BINARY_PACKED"
        elif distinct * 2 <= batch.num_rows:
            dictionary.append(name)
        elif pa.types.is_floating(kind) and not _gets_smaller(column):
            compression[name] = "none"
    return {
        "use_dictionary": dictionary,
        "write_statistics": statistics,
        "column_encoding": encodings or None,
        "compression": compression,
    }


def _is_whole(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_date32(kind))


def _gets_smaller(column: pa.Array) -> bool:
    """Tell whether compressing a column of numbers is worth the time."""
    import pyarrow as pa

    numbers = column.drop_null().to_numpy()
    return bool(len(pa.Codec("snappy").compress(numbers)) < 0.9 * numbers.nbytes)


def _schema(job: Job) -> pa.Schema:
    """Return the schema with the metadata of GeoParquet, without our own."""
    import pyarrow as pa

    from geodata.crs import check_crs

    fields = []
    for field in job.schema:
        kept = {
            k: v
            for k, v in (field.metadata or {}).items()
            if not k.startswith((b"dezone.", b"ARROW:extension"))
        }
        fields.append(field.with_metadata(kept or None))
    metadata = {
        k: v for k, v in (job.schema.metadata or {}).items() if not k.startswith(b"dezone.")
    }
    column = geometry_column(job.schema)
    if column is not None and b"geo" not in metadata:
        entry: dict[str, Any] = {"encoding": "WKB", "geometry_types": []}
        if (crs := job.crs()) is None:
            entry["crs"] = None  # not known; without the entry it would be longitude and latitude
        elif (found := check_crs(crs)).to_epsg() != 4326:
            entry["crs"] = found.to_json_dict()
        geo = {"version": "1.1.0", "primary_column": column, "columns": {column: entry}}
        metadata[b"geo"] = json.dumps(geo, sort_keys=True).encode()
    return pa.schema(fields, metadata=metadata or None)
