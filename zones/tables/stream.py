"""Batch after batch of a file, each row with its answer; what came of them all is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geodata.columns.diagnostics import Diagnostics
from geodata.columns.mapping import ColumnMapping
from geodata.columns.opening import OpenFile
from geodata.findings import Log
from geodata.formats.writing import needs_geometry, result_names, with_points
from geodata.parallel import in_order
from zones.tables.question import Question
from zones.tables.tagging import BATCH, Tagged, add_columns, output_schema, tag_batch
from zones.verdict import VERDICTS

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[int, int | None], None]
"""Called with the number of rows done, and of all rows where it is known."""


def silent(rows: int, total: int | None) -> None:
    """Say nothing of how it goes on."""


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """How a file is tagged.

    Attributes
    ----------
    strict
        Stop at the first row that cannot be read, and at a warning. Without it such a row is
        ``undetermined``.
    resume
        Go on with a folder from its last whole part. The result is the same to the byte.
    repairs
        A file for the list of all repairs, warnings and refusals, row by row.
    guard_formulas
        Defuse cells that a spreadsheet would run.
    bom
        Begin CSV with a byte order mark, without which Excel takes UTF-8 for another encoding.
        Arabic text that comes from another format than CSV gets one in any case.
    scheduler
        Address of a Dask scheduler, whose workers take the parts of a folder.
    workers
        Threads; as many as there are cores where 0.
    progress
        Told how it goes on.
    """

    strict: bool = False
    resume: bool = False
    repairs: str | None = None
    guard_formulas: bool = False
    bom: bool = False
    scheduler: str | None = None
    workers: int = 0
    progress: Progress = silent


@dataclass(frozen=True)
class Summary:
    """What came of a file: rows by verdict, rows that could not be read, and what was found.

    `renamed` are columns of ours that had to be called otherwise; `parts` is the number of parts
    of a folder (0 for a single file), `kept` how many of them were there already.
    """

    output: str
    rows: int
    verdicts: Mapping[str, int]
    unreadable: int
    mapping: ColumnMapping
    log: Log
    renamed: Mapping[str, str] = field(default_factory=dict)
    parts: int = 0
    kept: int = 0


def renamed(taken: Sequence[str], question: Question) -> dict[str, str]:
    """Return what columns of ours are called whose names the input has."""
    names = result_names(taken, question.columns)
    return {ours: name for ours, name in names.items() if name != ours}


@dataclass
class Tally:
    """Counts, gathered batch by batch in the order of the rows."""

    diagnostics: Diagnostics
    rows: int = 0
    verdicts: list[int] = field(default_factory=lambda: [0] * len(VERDICTS))
    unreadable: int = 0

    def add(self, tagged: Tagged) -> None:
        """Take in one batch."""
        self.rows += len(tagged.incidents)
        self.unreadable += tagged.unreadable
        self.verdicts = [a + b for a, b in zip(self.verdicts, tagged.verdicts, strict=True)]

    def by_verdict(self) -> dict[str, int]:
        """Return how many rows have each verdict."""
        return {v.value: n for v, n in zip(VERDICTS, self.verdicts, strict=True)}


def tagged_batches(
    source: OpenFile, question: Question, how: Tagging, tally: Tally, output: str
) -> Iterator[Any]:
    """Yield the schema of the output, then its batches; count them in a tally."""
    import pyarrow as pa

    schema = output_schema(source.schema, question)
    add_geometry = needs_geometry(output, source.schema)
    if add_geometry:
        empty = pa.RecordBatch.from_pylist([], schema=schema)
        yield with_points(empty, [], []).schema
    else:
        yield schema

    def work(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, Tagged]:
        tagged = tag_batch(batch, source.plan, question, strict=how.strict)
        whole = add_columns(batch, tagged, schema)
        if add_geometry:
            found = tagged.incidents
            whole = with_points(whole, found.longitude, found.latitude)
        return whole, tagged

    width = len(source.schema)
    for whole, tagged in in_order(work, source.batches(BATCH), workers=how.workers):
        tally.add(tagged)
        tally.diagnostics.see(whole.select(range(width)), tagged.incidents)
        yield whole
        how.progress(tally.rows, source.rows)
    tally.diagnostics.close(strict=how.strict)
