"""A few rows, each with its whole record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geodata.atlas import Atlas
from geodata.columns.diagnostics import Diagnostics
from geodata.columns.incidents import Incidents
from geodata.columns.opening import OpenFile, open_incidents
from geodata.columns.options import ReadingOptions
from geodata.errors import InputError
from geodata.findings import Finding, Log, Severity
from geodata.formats.table import FIRST_ROW, JSON_TEXT, Table
from geodata.formats.values import plain_values
from zones.record import Given, Record, Repaired, make_records
from zones.tables.question import Question, ask
from zones.tables.tagging import plain_texts, read_incidents

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.columns.mapping import ColumnMapping


@dataclass(frozen=True)
class Answer:
    """One row of a file, its record, and what could not be read of it (empty if all was)."""

    row: Mapping[str, str]
    record: Record
    trouble: str = ""


def check_rows(
    rows: Sequence[Mapping[str, Any]],
    atlas: Atlas,
    *,
    boundary: str | None = None,
    basis: str = "memorandum",
    language: str = "en",
    log: Log | None = None,
) -> list[Answer]:
    """Return the record of every row, in order; a row that cannot be read is undetermined.

    `boundary`, `basis` and `language` are as for `zones.check`; all findings go to `log`.
    """
    question = ask(boundary=boundary, basis=basis, language=language, atlas=atlas)
    if not rows:
        return []
    source = open_incidents(table_of(rows), atlas=atlas)
    diagnostics = Diagnostics(source, log=log)
    found: list[Answer] = []
    for part in source.batches():
        incidents = _read(part, source)
        diagnostics.see(part, incidents)
        found += _answers(part, incidents, question, source)
    diagnostics.close()
    return found


def table_of(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return rows of texts as a table that can be opened; its columns are those of the first.

    Values of a column that holds objects or lists are kept as JSON, and reached by their paths.
    """
    import pyarrow as pa

    names = list(rows[0]) if rows else []
    arrays, fields = [], []
    for name in names:
        cells = [row.get(name, "") for row in rows]
        nested = any(isinstance(cell, dict | list) for cell in cells)
        if nested:
            cells = [None if cell == "" else json.dumps(cell, ensure_ascii=False) for cell in cells]
        arrays.append(pa.array(cells, pa.string()))
        fields.append(pa.field(name, pa.string(), metadata={JSON_TEXT: b"1"} if nested else None))
    batch = pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))

    def scan(size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        chosen = batch.select(list(columns) if columns else names)
        yield from (chosen.slice(start, size) for start in range(0, batch.num_rows, size))

    return Table("frame", batch.schema, scan, rows=len(rows))


def answer_file(
    path: str | Path,
    question: Question,
    reading: ReadingOptions,
    *,
    most: int,
    strict: bool = False,
) -> tuple[list[Answer], ColumnMapping, Log]:
    """Return the records of a small file, what its columns were taken for, and the findings.

    Refusals are in the answers, row by row, and not in the log.

    Raises
    ------
    InputError
        The file cannot be read, or has more than `most` rows.
    """
    source = open_incidents(path, reading, atlas=question.atlas)
    diagnostics = Diagnostics(source)
    found: list[Answer] = []
    for batch in source.batches():
        if len(found) + batch.num_rows > most:
            raise InputError(
                f"expected an output for more than {most} rows, found none; name a file with -o."
            )
        incidents = _read(batch, source, strict=strict)
        told = tuple(f for f in incidents.findings if f.severity is not Severity.REFUSAL)
        diagnostics.see(batch, replace(incidents, findings=told))
        found += _answers(batch, incidents, question, source)
    return found, source.mapping, diagnostics.close(strict=strict)


def _read(batch: pa.RecordBatch, source: OpenFile, *, strict: bool = False) -> Incidents:
    return read_incidents(plain_texts(batch, source.plan), source.plan, strict=strict)


def _answers(
    batch: pa.RecordBatch, incidents: Incidents, question: Question, source: OpenFile
) -> Iterator[Answer]:
    """Yield the rows of a batch with their records."""
    first_row = int((batch.schema.metadata or {}).get(FIRST_ROW, b"1"))
    about: list[list[Finding]] = [[] for _ in range(batch.num_rows)]
    for finding in incidents.findings:
        for row in finding.rows.tolist():
            about[row - first_row].append(finding)
    used = source.mapping.columns()
    texts = _as_texts(batch)
    given = [
        Given(
            input={name: row[name] for name in used if row.get(name)},
            repairs=[
                Repaired(kind=f.kind, before=f.before, after=f.after)
                for f in mine
                if f.severity is Severity.REPAIR
            ],
        )
        for row, mine in zip(texts, about, strict=True)
    ]
    records = make_records(question.assessor, incidents, given, language=question.language)
    for row, mine, record in zip(texts, about, records, strict=True):
        refused = [f.after for f in mine if f.severity is Severity.REFUSAL]
        yield Answer(row, record, "; ".join(refused))


def _as_texts(batch: pa.RecordBatch) -> list[dict[str, str]]:
    columns = [
        ["" if v is None else str(v) for v in plain_values(column)] for column in batch.columns
    ]
    names = batch.schema.names  # once: each time they are made anew
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
