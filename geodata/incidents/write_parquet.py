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
    with pyarrow.parquet.ParquetWriter(out, schema) as writer:
        for batch in job.batches():
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))


def _schema(job: Job) -> pa.Schema:
    """Return the schema with the metadata of GeoParquet, without our own."""
    import pyarrow as pa

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
        if (crs := _crs(job)) is not None:
            entry["crs"] = crs
        geo = {"version": "1.1.0", "primary_column": column, "columns": {column: entry}}
        metadata[b"geo"] = json.dumps(geo, sort_keys=True).encode()
    return pa.schema(fields, metadata=metadata or None)


def _crs(job: Job) -> Any:
    """Return the CRS of the source's own geometry as PROJJSON; None for longitude, latitude."""
    from geodata.incidents.where import check_crs

    crs = job.source.plan.crs if job.source is not None else None
    if crs is None:
        return None
    found = check_crs(crs)
    return None if found.to_epsg() == 4326 else found.to_json_dict()
