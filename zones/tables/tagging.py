"""One batch of rows, read and assessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geodata.columns.headers.paths import bases_of, resolved
from geodata.columns.incidents import Incidents
from geodata.columns.reading import read_batch
from geodata.errors import InputError
from geodata.findings import Finding, Severity
from zones.record import assess_names
from zones.tables.columns import make_columns, make_schema
from zones.tables.question import Question
from zones.verdict import VERDICTS

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.columns.plan import Plan

BATCH = 1 << 18
"""Number of rows that are read, assessed and written at a time."""


@dataclass(frozen=True)
class Tagged:
    """The answers on one batch of rows.

    `columns` are those of the question, `verdicts` the number of rows with each of `VERDICTS`,
    `unreadable` the number of rows that could not be read.
    """

    columns: list[pa.Array]
    incidents: Incidents
    verdicts: tuple[int, ...]
    unreadable: int

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Repairs, warnings and refusals."""
        return self.incidents.findings


def tag_batch(
    batch: pa.RecordBatch, plan: Plan, question: Question, *, strict: bool = False
) -> Tagged:
    """Return the answers on one batch of rows; a pure function, so it can run anywhere.

    Raises
    ------
    InputError
        With `strict`, where a row cannot be read.
    """
    incidents = read_incidents(plain_texts(batch, plan), plan, strict=strict)
    found, which = assess_names(question.assessor, incidents)
    columns = make_columns(question, incidents, found, which)
    each = None if which is None else np.bincount(which, minlength=len(found))
    counts = np.bincount(found.verdict, each, minlength=len(VERDICTS)).astype(np.int64)
    return Tagged(columns, incidents, tuple(counts.tolist()), int(incidents.refused.sum()))


def read_incidents(batch: pa.RecordBatch, plan: Plan, *, strict: bool = False) -> Incidents:
    """Return the incidents of one batch, whose texts are plain strings.

    Raises
    ------
    InputError
        With `strict`, where a row cannot be read.
    """
    incidents = read_batch(batch, plan)
    if strict and incidents.refused.any():
        raise _refusal(incidents)
    return incidents


def _refusal(incidents: Incidents) -> InputError:
    """Return the error that names the first row of a batch that was refused, and why."""
    refused = [f for f in incidents.findings if f.severity is Severity.REFUSAL and len(f.rows)]
    if not refused:
        row = int(np.flatnonzero(incidents.refused)[0])
        return InputError(f"row {row + 1} of a batch cannot be read; correct it.")
    first = min(refused, key=lambda f: int(f.rows.min()))
    where = f"row {int(first.rows.min())}" + (f", {first.column}" if first.column else "")
    return InputError(f"{where}: {first.after}")


def plain_texts(batch: pa.RecordBatch, plan: Plan, further: Sequence[str] = ()) -> pa.RecordBatch:
    """Return the columns that are read, with all texts as plain strings."""
    import pyarrow as pa

    wanted = dict.fromkeys((*plan.mapping.columns(), *further))
    names = [name for name in wanted if bases_of([name], batch.schema)[0] in batch.schema.names]
    chosen = resolved(batch, names)
    columns, changed = [], False
    for column in chosen.columns:
        kind = column.type
        if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
            column, changed = column.cast(pa.string()), True
        elif pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
            column, changed = column.cast(pa.binary()), True
        columns.append(column)
    if not changed:
        return chosen
    made = pa.RecordBatch.from_arrays(columns, names=names)
    return made.replace_schema_metadata(batch.schema.metadata)


def add_columns(batch: pa.RecordBatch, tagged: Tagged, schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch with the columns added to it, in the schema of the output."""
    import pyarrow as pa

    return pa.RecordBatch.from_arrays([*batch.columns, *tagged.columns], schema=schema)


def output_schema(schema: pa.Schema, question: Question) -> pa.Schema:
    """Return the input's schema and the question's columns, prefixed where a name is taken."""
    from geodata.formats.writing import result_names

    added = make_schema(question.columns)
    names = result_names(schema.names, question.columns)
    for one in added:
        schema = schema.append(one.with_name(names[one.name]))
    return schema
