"""One release of a file: its rows on disk, what was read and answered in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from dezone.diff.cells import as_texts
from geodata.columns.diagnostics import FEW_ROWS, Diagnostics
from geodata.columns.incidents import Incidents
from geodata.columns.opening import OpenFile
from geodata.errors import InputError
from geodata.findings import Log
from geodata.formats.temporary import Temporary
from geodata.parallel import in_order
from geodata.text.repairs import quote
from zones.tables.question import Question
from zones.tables.tagging import BATCH, tag_batch

if TYPE_CHECKING:
    import pyarrow as pa

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

ASKED = ("verdict", "zone", "phase", "agreements")
"""What is asked about each row."""

_MOST_EXAMPLES = 3


class Codes:
    """Numbers for texts of which there are few, the same for both releases; 0 is no text."""

    def __init__(self) -> None:
        self.texts: list[str | None] = [None]
        self._known: dict[str | None, int] = {None: 0}

    def of(self, text: str | None) -> int:
        """Return the number of a text."""
        if text not in self._known:
            self._known[text] = len(self.texts)
            self.texts.append(text)
        return self._known[text]

    def of_column(self, column: pa.Array) -> npt.NDArray[np.int32]:
        """Return the numbers of the texts of a dictionary array."""
        table = [self.of(text) for text in column.dictionary.to_pylist()]
        index = column.indices.fill_null(len(table)).to_numpy(zero_copy_only=False)
        found: npt.NDArray[np.int32] = np.take(np.array([*table, 0], dtype=np.int32), index)
        return found


Answers = dict[str, npt.NDArray[np.int32]]
"""Codes of what was answered on n rows, by the names in `ASKED`."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """The rows of a file, and what was read and answered."""

    name: str
    source: OpenFile
    question: Question
    stored: Stored
    ids: pa.Array
    incidents: Incidents
    answers: Answers
    unreadable: int
    log: Log


class Stored:
    """Rows of a file, written batch by batch to a temporary file and mapped into memory."""

    def __init__(self, schema: pa.Schema) -> None:
        import pyarrow as pa

        self._folder = Temporary()
        self._path = self._folder.path / "rows.arrow"
        fields = [
            f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in schema
        ]
        self.schema = pa.schema(fields)
        self._sink = pa.OSFile(str(self._path), "wb")
        self._writer = pa.ipc.new_file(self._sink, self.schema)
        self._starts = [0]
        self._batches: list[pa.RecordBatch] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Write a batch, its dictionaries as their values."""
        import pyarrow as pa

        columns = [
            column if column.type == f.type else column.cast(f.type)
            for column, f in zip(batch.columns, self.schema, strict=True)
        ]
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self.schema))
        self._starts.append(self._starts[-1] + batch.num_rows)

    def close(self) -> None:
        """Write no more; read from here on."""
        import pyarrow as pa

        self._writer.close()
        self._sink.close()
        file = pa.ipc.open_file(pa.memory_map(str(self._path)))
        self._batches = [file.get_batch(i) for i in range(file.num_record_batches)]

    def take(self, rows: Rows, columns: Sequence[str]) -> Iterator[pa.Array]:
        """Yield, column by column, the cells of some rows in the order asked for."""
        import pyarrow as pa

        order = np.argsort(rows, kind="stable")
        ordered = rows[order]
        inverse = None if (order == np.arange(len(order))).all() else pa.array(np.argsort(order))
        cuts = np.searchsorted(ordered, self._starts)
        for name in columns:
            parts = []
            for i, batch in enumerate(self._batches):
                mine = ordered[cuts[i] : cuts[i + 1]] - self._starts[i]
                if not mine.size:
                    continue
                column = batch.column(name)
                if mine[-1] - mine[0] + 1 == mine.size:
                    parts.append(column.slice(int(mine[0]), mine.size))
                else:
                    parts.append(column.take(pa.array(mine)))
            kind = self.schema.field(name).type
            whole = pa.concat_arrays(parts) if parts else pa.array([], kind)
            yield whole if inverse is None else whole.take(inverse)


def read_release(
    name: str,
    source: OpenFile,
    question: Question,
    codes: Codes,
    *,
    progress: Callable[[int], None],
    workers: int,
    strict: bool,
) -> Release:
    """Read and assess every row of a file, and keep what comparing needs.

    In memory are about 100 bytes a row and the ids; the rows themselves are on disk.
    """
    import pyarrow as pa

    stored = Stored(source.schema)
    id_column = source.mapping.id
    ids: list[pa.Array] = []
    parts: list[Incidents] = []
    answers: list[Answers] = []
    unreadable = 0

    def work(batch: pa.RecordBatch) -> Any:
        return batch, tag_batch(batch, source.plan, question, strict=strict)

    diagnostics = Diagnostics(source, most_rows=FEW_ROWS)
    rows = 0
    for batch, tagged in in_order(work, source.batches(BATCH), workers=workers):
        stored.add(batch)
        if id_column is None:
            ids.append(pa.array(range(rows + 1, rows + batch.num_rows + 1)).cast(pa.string()))
        else:
            ids.append(_ids(batch.column(id_column)))
        rows += batch.num_rows
        diagnostics.see(batch, tagged.incidents)
        parts.append(replace(tagged.incidents, findings=(), alternatives=()))
        columns = zip(ASKED, tagged.columns, strict=True)
        answers.append({key: codes.of_column(column) for key, column in columns})
        unreadable += tagged.unreadable
        progress(batch.num_rows)
    stored.close()
    return Release(
        name=name,
        source=source,
        question=question,
        stored=stored,
        ids=pa.concat_arrays(ids) if ids else pa.array([], pa.string()),
        incidents=Incidents.joined(parts),
        answers={
            key: np.concatenate([one[key] for one in answers] or [np.empty(0, np.int32)])
            for key in ASKED
        },
        unreadable=unreadable,
        log=diagnostics.close(strict=strict),
    )


def _ids(column: pa.Array) -> pa.Array:
    """Return ids as texts: 12, 12.0 and ``12`` are one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_floating(column.type):
        with contextlib.suppress(pa.ArrowInvalid):
            column = column.cast(pa.int64())
    texts = pc.utf8_trim_whitespace(as_texts(column))
    return pc.replace_substring_regex(texts, r"^(\d{1,15})\.0$", r"\1")


def check_ids(release: Release) -> None:
    """Refuse ids that do not name one row each."""
    import pyarrow.compute as pc

    column = quote(release.source.mapping.id)
    texts = np.asarray(pc.equal(release.ids, "").to_numpy(zero_copy_only=False))
    missing = np.flatnonzero(texts)
    counts = pc.value_counts(release.ids.filter(pc.not_equal(release.ids, "")))
    often = counts.filter(pc.greater(counts.field("counts"), 1))
    if not missing.size and not len(often):
        return
    found = []
    if missing.size:
        found.append(f"{missing.size} rows without one (the first is row {missing[0] + 1})")
    if len(often):
        extra = pc.sum(often.field("counts")).as_py() - len(often)
        text = often.field("values")[0].as_py()
        rows = np.flatnonzero(pc.equal(release.ids, text).to_numpy(zero_copy_only=False)) + 1
        listed = ", ".join(map(str, rows[:_MOST_EXAMPLES]))
        found.append(f"{extra} rows that repeat one ({quote(text)} stands in rows {listed})")
    raise InputError(
        f"{release.name}: expected an id of its own in each row of column {column}, found "
        f"{' and '.join(found)}; mend the file, or name another column with --id."
    )


def partners(old: Release, new: Release) -> Rows:
    """Return for each row of the new release the old row of its id; -1 where there is none."""
    import pyarrow.compute as pc

    found = pc.index_in(new.ids, value_set=old.ids).fill_null(-1)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)


def pick(answers: Answers, rows: Rows) -> Answers:
    """Return the answers on some rows."""
    return {name: column[rows] for name, column in answers.items()}


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two releases that are compared.

    Attributes
    ----------
    old, new
        Releases; of the same file where two atlases are compared by it.
    codes
        Of the texts in the answers of both.
    partners
        For each new row the old one that it is compared with; -1 where there is none.
    """

    old: Release
    new: Release
    codes: Codes
    partners: Rows
