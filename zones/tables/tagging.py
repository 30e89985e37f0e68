"""Many incidents at once: the same record for each row of a table of any kind and any size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.atlas import Atlas, read_atlas
from geodata.columns.diagnostics import Diagnostics
from geodata.columns.incidents import Incidents, Reason
from geodata.columns.opening import open_incidents
from geodata.columns.options import ReadingOptions
from geodata.columns.reading import read_batch
from geodata.errors import InputError
from geodata.findings import Finding, Log, Severity
from geodata.formats.table import FIRST_ROW
from geodata.text.lengths import read_radius
from zones.calendar import Basis
from zones.plane import Array
from zones.record import Record, Repaired, judge_of
from zones.tables.columns import COLUMNS, LISTED, Located, column_names, make_columns, make_schema
from zones.verdict import VERDICTS, Judge, Judgements, Verdict

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.columns.areas import Areas
    from geodata.columns.mapping import ColumnMapping
    from geodata.columns.opening import OpenFile
    from geodata.columns.plan import Plan

__all__ = [
    "BATCH",
    "Answer",
    "Question",
    "Tagged",
    "add_columns",
    "answer_file",
    "ask",
    "check_rows",
    "judge_incidents",
    "output_schema",
    "plain_texts",
    "read_rows",
    "refusal",
    "tag",
    "tag_batch",
]

BATCH = 1 << 18
"""Rows that are read, judged and written at a time."""

_INSTEAD_OF = {
    Reason.UNREADABLE_LOCATION: Reason.NO_LOCATION,
    Reason.UNREADABLE_DATE: Reason.NO_DATE,
    Reason.FUTURE_DATE: Reason.NO_DATE,
}


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked about every row; it can be pickled and sent to a worker.

    Attributes
    ----------
    atlas
        What is known.
    boundary, basis, coarsest_radius_m
        As for `zones.verdict.Judge`.
    language
        Of the sentence.
    columns
        Names of the columns to add, in the order of a record.
    """

    atlas: Atlas
    boundary: str | None = None
    basis: Basis = Basis.MEMORANDUM
    coarsest_radius_m: float | None = None
    language: str = "en"
    columns: tuple[str, ...] = COLUMNS

    @property
    def judge(self) -> Judge:
        """The judge, prepared once a process."""
        key = (self.atlas.sha256, self.boundary, self.basis, self.coarsest_radius_m)
        if key not in _JUDGES:
            _JUDGES[key] = judge_of(self.atlas, self.boundary, self.basis, self.coarsest_radius_m)
        return _JUDGES[key]

    def to_dict(self) -> dict[str, Any]:
        """Return all that decides the answers, as plain values."""
        return {
            "atlas_sha256": self.atlas.sha256,
            "boundary": self.judge.boundary,
            "basis": self.basis.value,
            "coarsest_radius_m": self.judge.coarsest_radius_m,
            "language": self.language,
            "columns": list(self.columns),
        }


_JUDGES: dict[tuple[str, str | None, Basis, float | None], Judge] = {}


def ask(
    *,
    with_: Sequence[str] = (),
    boundary: str | None = None,
    basis: str = "memorandum",
    coarsest_radius: float | str | None = None,
    language: str = "en",
    atlas: Atlas | str | Path | None = None,
) -> Question:
    """Return a question, its parts checked.

    Raises
    ------
    InputError
        No such column or basis, or a radius that is none.
    AtlasError
        No such boundary or language.
    """
    book = atlas if isinstance(atlas, Atlas) else read_atlas(atlas)
    if basis not in set(Basis):
        raise InputError(
            f"expected a basis of {', '.join(Basis)}, found {basis!r}; choose one of these."
        )
    if boundary is not None:
        book.boundary(boundary)
    book.words(language)
    return Question(
        atlas=book,
        boundary=boundary,
        basis=Basis(basis),
        coarsest_radius_m=None if coarsest_radius is None else read_radius(coarsest_radius),
        language=language,
        columns=column_names(with_),
    )


# -- one batch ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tagged:
    """What was found out about one batch of rows.

    `columns` are those of the question, `verdicts` how many rows have each of `VERDICTS`,
    `unreadable` how many rows could not be read.
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
    """Return the answers on one batch of rows: a pure function, the same wherever it runs.

    Raises
    ------
    InputError
        With `strict`, where a row cannot be read.
    """
    incidents = read_batch(plain_texts(batch, plan), plan)
    bad = incidents.unreadable
    if strict and bad.any():
        raise refusal(incidents, int(np.flatnonzero(bad)[0]))
    found, which = judge_incidents(question.judge, incidents, plan.areas)
    place = incidents.longitude, incidents.latitude
    if plan.areas is not None:
        place = question.judge.of_areas(plan.areas).shares.points(incidents.unit, *place)
    given = Located(
        longitude=incidents.longitude,
        latitude=incidents.latitude,
        radius_m=incidents.radius_m,
        first=incidents.first,
        last=incidents.last,
        radius_source=incidents.radius_source,
        radius_sources=incidents.radius_sources,
        measured_from=place,
    )
    columns = make_columns(
        question.judge, given, found, which, question.columns, language=question.language
    )
    each = None if which is None else np.bincount(which, minlength=len(found))
    counts = np.bincount(found.verdict, each, minlength=len(VERDICTS)).astype(np.int64)
    return Tagged(columns, incidents, tuple(counts.tolist()), int(bad.sum()))


def judge_incidents(
    judge: Judge, incidents: Incidents, areas: Areas | None = None
) -> tuple[Judgements, Array | None]:
    """Return the answers on incidents as they were read, as `Judge.answers` gives them.

    One that could not be read is undetermined, and says nothing, not even with the half of it
    that can be read: its place or its day may be what was mistyped.
    """
    found, which = judge.answers(
        incidents.longitude,
        incidents.latitude,
        incidents.radius_m,
        incidents.first,
        incidents.last,
        areas=areas,
        area=incidents.unit,
    )
    bad = incidents.unreadable
    if not bad.any():
        return found, which
    rows = np.flatnonzero(bad)
    if which is not None:  # each of these rows gets an answer of its own
        found, which = found.joined(found.take(which[rows])), which.copy()
        which[rows] = len(found) - len(rows) + np.arange(len(rows), dtype=which.dtype)
        own = which[rows]
    else:
        own = rows
    reasons, verdict = found.reasons.copy(), found.verdict.copy()
    verdict[own] = VERDICTS.index(Verdict.UNDETERMINED)
    for one, plain in _INSTEAD_OF.items():
        mine = own[(incidents.reasons[rows] & one.bit) != 0]
        reasons[mine] = (reasons[mine] & ~plain.bit) | one.bit
    return replace(found, reasons=reasons, verdict=verdict), which


def refusal(incidents: Incidents, row: int) -> InputError:
    """Return the error that names the first row of a batch that was refused, and why."""
    refused = [f for f in incidents.findings if f.severity is Severity.REFUSAL and len(f.rows)]
    if not refused:
        return InputError(f"row {row + 1} of a batch cannot be read; correct it.")
    first = min(refused, key=lambda f: int(f.rows.min()))
    where = f"row {int(first.rows.min())}" + (f", {first.column}" if first.column else "")
    return InputError(f"{where}: {first.after}")


def plain_texts(batch: pa.RecordBatch, plan: Plan, further: Sequence[str] = ()) -> pa.RecordBatch:
    """Return the columns that are read, with texts as plain strings whatever wrote them."""
    import pyarrow as pa

    wanted = dict.fromkeys((*plan.mapping.columns(), *further))
    names = [name for name in wanted if name in batch.schema.names]
    chosen = batch.select(names)
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


# -- many batches ---------------------------------------------------------------------------


def add_columns(batch: pa.RecordBatch, tagged: Tagged, schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch with the columns added to it, in the schema of the output."""
    import pyarrow as pa

    return pa.RecordBatch.from_arrays([*batch.columns, *tagged.columns], schema=schema)


def output_schema(schema: pa.Schema, question: Question) -> pa.Schema:
    """Return the input's schema with the columns of the question, prefixed where taken."""
    from geodata.formats.writing import result_names

    added = make_schema(question.columns)
    names = result_names(schema.names, question.columns)
    for one in added:
        schema = schema.append(one.with_name(names[one.name]))
    return schema


# -- tables of every kind -------------------------------------------------------------------


def tag(
    incidents: Any,
    *,
    with_: Sequence[str] = (),
    boundary: str | None = None,
    basis: str = "memorandum",
    coarsest_radius: float | str | None = None,
    language: str = "en",
    atlas: Atlas | str | Path | None = None,
    strict: bool = False,
    **reading: Any,
) -> Any:
    """Give each row of a table its verdict.

    Parameters
    ----------
    incidents
        A pandas DataFrame, a GeoDataFrame (in any CRS; one without is an error), a pyarrow Table
        or RecordBatchReader, a polars DataFrame, or a Dask DataFrame. The columns are known by
        their names, as those of a file are (see ``docs/files.md``).
    with_
        Names of further columns of the record, or ``all``.
    boundary, basis, coarsest_radius, language, atlas
        As for `zones.check`.
    strict
        Stop at the first row that cannot be read. Without it such a row is ``undetermined``, and
        its reasons say why.
    **reading
        What is stated about the input (`geodata.columns.options.ReadingOptions`): ``mapping``,
        ``radius_m``, ``order``, ``crs``, ``admin``, ...

    Returns
    -------
    The same kind
        The input's columns untouched, then those of the record, in the same order of rows. A
        column of ours whose name is taken gets ``dezone_`` in front. Days are dates, texts of
        which there are few are dictionary arrays in pyarrow and plain texts elsewhere.

    Raises
    ------
    InputError
        The columns cannot be known, or, with `strict`, a row cannot be read.
    CRSError
        A GeoDataFrame without a CRS.
    TypeError
        Not a table of these kinds.

    Examples
    --------
    >>> import pandas, zones
    >>> frame = pandas.DataFrame({"latitude": [35.93], "longitude": [36.63], "date": ["2018-03"]})
    >>> zones.tag(frame)[["verdict", "zone"]].values.tolist()
    [['inside', 'idlib']]
    """
    question = ask(
        with_=with_,
        boundary=boundary,
        basis=basis,
        coarsest_radius=coarsest_radius,
        language=language,
        atlas=atlas,
    )
    from zones.tables import kinds

    return kinds.tag_table(incidents, question, strict=strict, reading=ReadingOptions.of(**reading))


# -- a few rows, as full records ------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """One row of a file, its record, and what could not be read of it (empty: nothing)."""

    row: Mapping[str, str]
    record: Record
    trouble: str = ""


def read_rows(path: str | Path) -> list[dict[str, str]]:
    """Return the rows of a small file of incidents as texts.

    Raises
    ------
    InputError
        The file cannot be read, or its columns cannot be known.
    """
    return [row for batch in open_incidents(path).batches() for row in _as_texts(batch)]


def check_rows(
    rows: Sequence[Mapping[str, str]], atlas: Atlas, *, language: str = "en"
) -> list[Answer]:
    """Return the record of every row, in order; a row that cannot be read is undetermined."""
    import pyarrow as pa

    from geodata.formats.table import Table

    if not rows:
        return []
    names = list(rows[0])
    texts = [pa.array([row.get(name, "") for row in rows], pa.string()) for name in names]
    batch = pa.RecordBatch.from_arrays(texts, names=names)
    table = Table(
        "frame", batch.schema, lambda size, columns: iter([batch.select(columns or names)])
    )
    source = open_incidents(table, atlas=atlas)
    question = ask(with_=("all",), language=language, atlas=atlas)
    return [
        answer
        for part in source.batches()
        for answer in _answers(part, tag_batch(part, source.plan, question), question, source)
    ]


def answer_file(
    path: str | Path,
    atlas: Atlas,
    *,
    most: int,
    language: str = "en",
    boundary: str | None = None,
    basis: str = "memorandum",
    strict: bool = False,
    **reading: Any,
) -> tuple[list[Answer], ColumnMapping, Log]:
    """Return the records of a small file, what its columns were taken for, and what was found.

    What was refused is told by the answers, row by row, and not by the log.

    Raises
    ------
    InputError
        The file cannot be read, or has more than `most` rows.
    """
    question = ask(with_=("all",), language=language, boundary=boundary, basis=basis, atlas=atlas)
    source = open_incidents(path, atlas=atlas, **reading)
    log, diagnostics = Log(), Diagnostics(source.plan)
    log.add(source.findings)
    found: list[Answer] = []
    for batch in source.batches():
        if len(found) + batch.num_rows > most:
            raise InputError(
                f"expected an output for more than {most} rows, found none; name a file with -o."
            )
        tagged = tag_batch(batch, source.plan, question, strict=strict)
        log.add(f for f in tagged.findings if f.severity is not Severity.REFUSAL)
        diagnostics.see(batch, tagged.incidents)
        found += _answers(batch, tagged, question, source)
    log.add(diagnostics.findings())
    return found, source.mapping, log


def _answers(
    batch: pa.RecordBatch, tagged: Tagged, question: Question, source: OpenFile
) -> Iterator[Answer]:
    """Yield the records of a batch; the question asks for every column."""
    import pyarrow as pa

    first_row = int((batch.schema.metadata or {}).get(FIRST_ROW, b"1"))
    said: dict[int, list[Finding]] = {}
    for finding in tagged.findings:
        for row in finding.rows.tolist():
            said.setdefault(row - first_row, []).append(finding)
    used = source.mapping.columns()
    found = pa.RecordBatch.from_arrays(tagged.columns, names=list(question.columns)).to_pylist()
    for i, (row, fields) in enumerate(zip(_as_texts(batch), found, strict=True)):
        here = said.get(i, [])
        for name in LISTED:
            fields[name] = [item for item in fields[name].split(";") if item]
        fields["boundaries"] = dict(pair.split("=") for pair in fields["boundaries"])
        record = Record(
            **fields,
            place=None,
            input={name: row[name] for name in used if row[name]},
            repairs=[
                Repaired(kind=f.kind, before=f.before, after=f.after)
                for f in here
                if f.severity is Severity.REPAIR
            ],
        )
        refused = [f.after for f in here if f.severity is Severity.REFUSAL]
        yield Answer(row, record, "; ".join(refused))


def _as_texts(batch: pa.RecordBatch) -> list[dict[str, str]]:
    rows = batch.to_pylist()
    return [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows]
