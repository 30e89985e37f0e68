"""Incidents and their verdicts written back: the input's columns as they were, then ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.incidents.reading import Incidents, Source
    from geodata.incidents.report import Finding

__all__ = ["needs_geometry", "result_names", "with_points", "write_incidents"]


def result_names(taken: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
    """Return the name of each wanted column: its own, or with `dezone_` in front if taken."""
    raise NotImplementedError


def needs_geometry(path: str | Path, schema: pa.Schema) -> bool:
    """Tell whether the format of `path` needs a geometry that `schema` does not have."""
    raise NotImplementedError


def with_points(batch: pa.RecordBatch, incidents: Incidents) -> pa.RecordBatch:
    """Return the batch with a last column `geometry` of points (null where there is none)."""
    raise NotImplementedError


def write_incidents(
    path: str | Path,
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    *,
    source: Source | None = None,
    guard_formulas: bool = False,
) -> tuple[int, tuple[Finding, ...]]:
    """Write batches in the format of the suffix of `path` (``-``: CSV on standard output).

    The file appears under its name only when it is whole. Returns the number of rows and what
    was found on the way (cells that a spreadsheet would run as a formula, ...). Dictionary-encoded
    columns are written as their values. `source` gives the dialect for CSV and the CRS.
    """
    raise NotImplementedError
