"""The batches of a file, each row with its answer, and counts of all of them."""

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
"""Called with the number of rows done, and the number of all rows where it is known."""


def silent(rows: int, total: int | None) -> None:
    """Report no progress."""


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
        Begin CSV with a byte order mark, without which Excel misreads UTF-8. Arabic text from a
        format other than CSV gets one in any case.
    scheduler
        Address of a Dask scheduler, whose workers take the parts of a folder.
    workers
        Number of threads; 0 for one per core.
    progress
        Called as rows are done.
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
    """The result of tagging a file: rows by verdict, unreadable rows, and all findings.

    `renamed` maps our columns to the names that they got because their own were taken; `parts` is
    the number of parts of a folder (0 for a single file), `kept` how many were there already.
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
    """Return our columns whose names the input already has, and the names that they get."""
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
        """Count one batch."""
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
