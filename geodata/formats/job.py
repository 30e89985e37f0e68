"""What a writer of any format is given, and what it tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from geodata.findings import Finding

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.columns.opening import OpenFile

__all__ = ["Job", "geometry_column"]


class Job:
    """One file to write: what goes in, and what is counted on the way."""

    def __init__(
        self,
        *,
        schema: pa.Schema,
        batches: Iterable[pa.RecordBatch],
        source: OpenFile | None,
        guard: bool,
        suffix: str,
        workers: int,
    ) -> None:
        self.schema, self.source, self.guard, self.suffix = schema, source, guard, suffix
        self.workers = workers
        self._batches = batches
        self.rows = 0
        self.findings: list[Finding] = []

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches, counting their rows."""
        for batch in self._batches:
            yield batch
            self.rows += batch.num_rows

    def crs(self) -> str | None:
        """Return the CRS of the geometries, None where the source does not say.

        It is that of the source's own, whether or not positions were taken from them; points that
        are added are longitude and latitude.
        """
        if self.source is None or geometry_column(self.source.schema) is None:
            return "EPSG:4326"
        return self.source.plan.crs

    def tags(self) -> list[str] | None:
        """Return the row of HXL tags of the output, ours included; None where there is none."""
        tags = self.source.tags if self.source is not None else None
        if tags is None:
            return None
        ours = [f"#meta+dezone+{name.replace('_', '')}" for name in self.schema.names[len(tags) :]]
        return [*tags, *ours]


def geometry_column(schema: pa.Schema) -> str | None:
    """Return the name of the column of geometries, None where there is none."""
    import json

    for field in schema:
        if (field.metadata or {}).get(b"ARROW:extension:name", b"").startswith(b"geoarrow.wkb"):
            return str(field.name)
    raw = (schema.metadata or {}).get(b"geo")
    return None if raw is None else str(json.loads(raw)["primary_column"])
