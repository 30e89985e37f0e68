"""Two releases of a file, or two versions of the atlas: which verdicts changed, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dezone.diff.atlases import RecordChange, compare_atlases
from dezone.diff.causes import AtlasCauses, Causes, RowCauses, find_changes
from dezone.diff.edits import Edits, find_edits
from dezone.diff.releases import (
    ASKED,
    Codes,
    Mask,
    Pair,
    Release,
    Rows,
    check_ids,
    partners,
    pick,
    read_release,
)
from dezone.diff.rows import DifferingRows, schema_for
from geodata.columns.mapping import ColumnMapping
from geodata.columns.opening import OpenFile, open_incidents
from geodata.columns.options import ReadingOptions
from geodata.errors import InputError
from geodata.findings import Log
from geodata.formats.suffixes import output_format
from geodata.formats.writing import write_table
from geodata.text.repairs import quote
from zones.tables.question import Question, ask
from zones.tables.tagging import BATCH

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[int, int | None], None]


@dataclass(kw_only=True)
class Comparison:
    """What came of comparing: counts, by which a reader can judge, and where the rows are.

    Attributes
    ----------
    names
        Of the two files or atlases.
    id_column
        The column that joined the rows; None where the same rows were assessed twice.
    rows, unreadable
        Rows of the old and of the new release; how many of them have a place or date that cannot
        be read.
    new, gone, edited, unedited
        Rows by what became of them.
    rewritten
        Unedited rows some cell of which is written otherwise, but says the same.
    columns
        How many rows were edited, by column.
    columns_gone, columns_new
        Columns that only one release has; they are not compared.
    verdicts
        How many verdicts changed, by the old one and the new one.
    details
        How many rows have the same verdict, but another zone or phase, or other agreements.
    causes
        How many changed answers, by cause; one answer may have several.
    verdicts_new, verdicts_gone
        Verdicts on the rows that are new, and on those that are gone.
    records
        Records of the atlas that differ.
    written
        Rows in the output.
    logs
        All that was found in each file that was read.
    """

    names: tuple[str, str]
    id_column: str | None = None
    rows: tuple[int, int] = (0, 0)
    unreadable: tuple[int, int] = (0, 0)
    new: int = 0
    gone: int = 0
    edited: int = 0
    unedited: int = 0
    rewritten: int = 0
    columns: Counter[str] = field(default_factory=Counter)
    columns_gone: tuple[str, ...] = ()
    columns_new: tuple[str, ...] = ()
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    details: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    verdicts_new: Counter[str] = field(default_factory=Counter)
    verdicts_gone: Counter[str] = field(default_factory=Counter)
    records: tuple[RecordChange, ...] = ()
    written: int = 0
    logs: tuple[Log, ...] = ()


def compare_files(
    old: str | Path,
    new: str | Path,
    question: Question | None = None,
    *,
    output: str | Path | None = None,
    id_column: str | None = None,
    progress: Progress | None = None,
    workers: int = 0,
    strict: bool = False,
    **reading: Any,
) -> Comparison:
    """Compare two releases of a source, and write a row for each incident that differs.

    Rows are the same by their id. A cell is edited where it says something else: ``35.50`` and
    ``35.5``, a day and its midnight, or two notations of one place say the same. Where the place
    or the date of a row cannot be read, its cells are compared as texts.

    Parameters
    ----------
    old, new
        Files in any format that is read; one of them may be ``-``.
    question
        What is asked about every row; `zones.tables.question.ask` makes one.
    output
        A file, in the format of its suffix.
    id_column
        The column that names an incident; by default the one that is recognised.
    progress
        Called with the number of rows read, and of all rows where it is known.
    workers
        Threads; as many as there are cores where 0.
    strict
        Stop at the first row that cannot be read, and at a warning.
    **reading
        What is stated about both files (`geodata.columns.options.ReadingOptions`).

    Raises
    ------
    InputError
        A file cannot be read, has no column of ids, or ids that are missing or repeated.
    """
    if str(old) == str(new) == "-":
        raise InputError("expected two files, found standard input twice; name one of them.")
    _check_output(output)
    options = _options(reading, id_column)
    asked = question or ask()
    sources = [open_incidents(path, options, atlas=asked.atlas) for path in (old, new)]
    for path, source in zip((old, new), sources, strict=True):
        if source.mapping.id is None:
            raise InputError(
                f"{path}: expected a column of ids to join the two by, found none that is known "
                f"among {', '.join(map(quote, source.schema.names[:20]))}; name it with --id."
            )
    codes = Codes()
    releases = _read(
        (old, new), sources, (asked, asked), codes, _Reading(progress, workers, strict)
    )
    for release in releases:
        check_ids(release)
    before, now = releases
    pair = Pair(old=before, new=now, codes=codes, partners=partners(before, now))
    names = [release.source.schema.names for release in releases]
    found = Comparison(
        names=(str(old), str(new)),
        id_column=now.source.mapping.id,
        columns_gone=tuple(name for name in names[0] if name not in names[1]),
        columns_new=tuple(name for name in names[1] if name not in names[0]),
        logs=(before.log, now.log),
    )
    _Run(found, pair, RowCauses(pair)).write(output)
    return found


def compare_verdicts(
    incidents: str | Path,
    old: Question,
    new: Question,
    *,
    output: str | Path | None = None,
    id_column: str | None = None,
    progress: Progress | None = None,
    workers: int = 0,
    strict: bool = False,
    **reading: Any,
) -> Comparison:
    """Assess the same incidents by two versions of the atlas, and tell whose answer changed.

    Parameters are those of `compare_files`; `old` and `new` are the same question to two atlases.
    The rows are the same by their place in the file, so no column of ids is needed.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    if str(incidents) == "-":
        raise InputError(
            "expected a file of incidents, found standard input, which cannot be read twice; "
            "write it to a file."
        )
    _check_output(output)
    options = _options(reading, id_column)
    asked = (old, new)
    sources = [open_incidents(incidents, options, atlas=question.atlas) for question in asked]
    codes, names = Codes(), (incidents, incidents)
    before, now = _read(names, sources, asked, codes, _Reading(progress, workers, strict))
    pair = Pair(old=before, new=now, codes=codes, partners=np.arange(len(now.ids)))
    records = tuple(compare_atlases(old.atlas, new.atlas))
    found = Comparison(names=(str(incidents), str(incidents)), records=records, logs=(now.log,))
    _Run(found, pair, AtlasCauses(pair, records)).write(output)
    return found


def _check_output(output: str | Path | None) -> None:
    """Refuse an output that cannot be written before anything is read."""
    if output is not None:
        output_format(output)


def _options(reading: Mapping[str, Any], id_column: str | None) -> ReadingOptions:
    options = ReadingOptions.of(**reading)
    if id_column is None:
        return options
    return replace(options, mapping=replace(options.mapping or ColumnMapping(), id=id_column))


@dataclass
class _Reading:
    """How both releases are read, and how far that is."""

    progress: Progress | None
    workers: int
    strict: bool
    total: int | None = None
    done: int = 0

    def add(self, rows: int) -> None:
        self.done += rows
        if self.progress is not None:
            self.progress(self.done, self.total)


def _read(
    names: Sequence[str | Path],
    sources: Sequence[OpenFile],
    questions: Sequence[Question],
    codes: Codes,
    reading: _Reading,
) -> list[Release]:
    rows = [source.rows for source in sources]
    reading.total = None if None in rows else sum(count for count in rows if count is not None)
    return [
        read_release(
            str(name),
            source,
            replace(question, columns=ASKED),
            codes,
            progress=reading.add,
            workers=reading.workers,
            strict=reading.strict,
        )
        for name, source, question in zip(names, sources, questions, strict=True)
    ]


# -- row by row -----------------------------------------------------------------------------


class _Run:
    """A comparison row by row, batch by batch: it counts, and makes the rows that differ."""

    def __init__(self, found: Comparison, pair: Pair, causes: Causes) -> None:
        self.found, self.pair, self.causes = found, pair, causes
        found.rows = len(pair.old.ids), len(pair.new.ids)
        found.unreadable = pair.old.unreadable, pair.new.unreadable

    def write(self, output: str | Path | None) -> None:
        """Compare all rows, and write those that differ where an output is named."""
        schema = schema_for(output)
        batches = self._differences(schema)
        if output is None:
            for _ in batches:
                pass
        else:
            self.found.written, _ = write_table(output, schema, batches, guard_formulas=True)

    def _differences(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        pair, found = self.pair, self.found
        differing = DifferingRows(pair, self.causes, schema)
        for start in range(0, len(pair.partners), BATCH):
            n = np.arange(start, min(start + BATCH, len(pair.partners)))
            o = pair.partners[n]
            both = np.flatnonzero(o >= 0)
            edits = Edits.none(both.size)
            if found.id_column is not None:
                edits = find_edits(pair, o[both], n[both])
            answers = pick(pair.old.answers, o[both]), pick(pair.new.answers, n[both])
            changed = find_changes(pair.codes, *answers)
            self._count(o, n, edits, changed)
            yield from differing.rows(o, n, edits, changed, found.causes)
        gone = np.ones(len(pair.old.ids), dtype=bool)
        gone[pair.partners[pair.partners >= 0]] = False
        left = np.flatnonzero(gone)
        found.gone = left.size
        found.verdicts_gone.update(self._by_verdict(pair.old, left))
        for start in range(0, left.size, BATCH):
            yield differing.gone(left[start : start + BATCH])

    def _by_verdict(self, release: Release, rows: Rows) -> dict[str, int]:
        values, counts = np.unique(release.answers["verdict"][rows], return_counts=True)
        named = [str(self.pair.codes.texts[value]) for value in values]
        return dict(zip(named, map(int, counts), strict=True))

    def _count(self, o: Rows, n: Rows, edits: Edits, changed: Mapping[str, Mask]) -> None:
        found, pair = self.found, self.pair
        new = n[o < 0]
        found.new += new.size
        found.verdicts_new.update(self._by_verdict(pair.new, new))
        found.edited += int(edits.edited.sum())
        found.unedited += int((~edits.edited).sum())
        found.rewritten += int(edits.rewritten.sum())
        for name, rows, _, _ in edits.cells:
            found.columns[name] += rows.size
        rows = np.flatnonzero(o >= 0)[changed["verdict"]]
        verdicts = pair.old.answers["verdict"][o[rows]], pair.new.answers["verdict"][n[rows]]
        texts = pair.codes.texts
        found.verdicts.update(
            (str(texts[a]), str(texts[b])) for a, b in zip(*verdicts, strict=True)
        )
        other = np.logical_or.reduce([changed[name] for name in ASKED if name != "verdict"])
        found.details += int((other & ~changed["verdict"]).sum())
