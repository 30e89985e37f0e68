"""Parquet, with the metadata of GeoParquet where there is a geometry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geodata.incidents.writing import geometry_column

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.incidents.writing import Job

__all__ = ["write_parquet"]


def write_parquet(job: Job, out: Any) -> None:
    """Write Parquet (GeoParquet 1.1 where a column holds geometries), batch by batch."""
    import pyarrow as pa
    import pyarrow.parquet

    schema = _schema(job)
    batches = iter(job.batches())
    first = next(batches, None)
    choices = {} if first is None else _encodings(first)
    with pyarrow.parquet.ParquetWriter(out, schema, **choices) as writer:
        while first is not None:
            writer.write_batch(pa.RecordBatch.from_arrays(first.columns, schema=schema))
            first = next(batches, None)


def _encodings(batch: pa.RecordBatch) -> dict[str, list[str]]:
    """Return which columns are worth a dictionary, and which are worth statistics.

    Values that hardly repeat are looked up in vain, which takes longer than all the rest; texts
    of which there are few have the same least and greatest in nearly every batch.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if any(pa.types.is_nested(kind) for kind in batch.schema.types):
        return {}  # these two name the leaves of columns
    dictionary, statistics = [], []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_dictionary(column.type):
            dictionary.append(name)
            continue
        statistics.append(name)
        try:
            repeats = pc.count_distinct(column, mode="all").as_py() * 2 <= batch.num_rows
        except pa.ArrowNotImplementedError:  # a kind that Arrow cannot count
            repeats = True
        if repeats:
            dictionary.append(name)
    return {"use_dictionary": dictionary, "write_statistics": statistics}


def _schema(job: Job) -> pa.Schema:
    """Return the schema with the metadata of GeoParquet, without our own."""
    import pyarrow as pa

    from geodata.incidents.where import check_crs

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
