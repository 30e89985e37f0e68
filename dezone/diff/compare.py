"""Two releases of a file, or two versions of the atlas: which verdicts changed, and why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dezone.diff.causes import AtlasCauses, Causes, RowCauses, find_changes, metres_moved, pick
from dezone.diff.editions import RecordChange, compare_atlases
from dezone.diff.sides import (
    ASKED,
    Codes,
    Edits,
    Mask,
    Rows,
    Side,
    check_ids,
    find_edits,
    partners,
    read_side,
)
from geodata.atlas import Atlas
from geodata.columns.incidents import NO_DAY
from geodata.columns.mapping import ColumnMapping
from geodata.columns.opening import OpenFile, open_incidents
from geodata.columns.options import ReadingOptions
from geodata.errors import InputError
from geodata.formats.suffixes import output_format
from geodata.formats.table import JSON_TEXT
from geodata.formats.wkb import points
from geodata.formats.writing import needs_geometry, write_table
from geodata.text.repairs import quote
from zones.tables.question import Question, ask
from zones.tables.tagging import BATCH

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[int, int | None], None]

_PAIRED = (
    "verdict", "zone", "phase", "first_day", "last_day", "latitude", "longitude", "radius_m",
)  # fmt: skip


@dataclass(kw_only=True)
class Comparison:
    """What came of comparing: counts, by which a reader can judge, and where the rows are.

    Attributes
    ----------
    names
        Of the two files or atlases.
    id_column
        The column that joined the rows; None where the same rows were judged twice.
    rows, unreadable
        Rows before and now; how many of them have a place or date that cannot be read.
    new, gone, edited, unedited
        Rows by what became of them.
    rewritten
        Unedited rows some cell of which is written otherwise, but says the same.
    columns
        How many rows were edited, by column.
    columns_gone, columns_new
        Columns that only one side has; they are not compared.
    verdicts
        How many verdicts changed, by the one before and the one now.
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


def compare_files(
    old: str | Path,
    new: str | Path,
    *,
    output: str | Path | None = None,
    id_column: str | None = None,
    boundary: str | None = None,
    basis: str = "memorandum",
    language: str = "en",
    atlas: Atlas | str | Path | None = None,
    progress: Progress | None = None,
    workers: int = 0,
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
    output
        A file, in the format of its suffix.
    id_column
        The column that names an incident; by default the one that is recognised.
    boundary, basis, language, atlas
        As for `zones.tag`.
    progress
        Called with the number of rows read, and of all rows where it is known.
    workers
        Threads; as many as there are cores where 0.
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
    question = _question(atlas, boundary, basis, language)
    options = _options(reading, id_column)
    sources = [open_incidents(path, options, atlas=question.atlas) for path in (old, new)]
    for path, source in zip((old, new), sources, strict=True):
        if source.mapping.id is None:
            raise InputError(
                f"{path}: expected a column of ids to join the two by, found none that is known "
                f"among {', '.join(map(quote, source.schema.names[:20]))}; name it with --id."
            )
    codes = Codes()
    report = _Reading(progress, sources)
    before, now = (
        read_side(str(path), source, question, codes, progress=report.add, workers=workers)
        for path, source in zip((old, new), sources, strict=True)
    )
    for side in (before, now):
        check_ids(side)
    names = [set(side.source.schema.names) for side in (before, now)]
    found = Comparison(
        names=(str(old), str(new)),
        id_column=now.source.mapping.id,
        columns_gone=tuple(n for n in before.source.schema.names if n not in names[1]),
        columns_new=tuple(n for n in now.source.schema.names if n not in names[0]),
    )
    causes = RowCauses(before, now, codes)
    _run(found, before, now, partners(before, now), causes, codes, output)
    return found


def compare_judgements(
    incidents: str | Path,
    old: Atlas,
    new: Atlas,
    *,
    output: str | Path | None = None,
    id_column: str | None = None,
    boundary: str | None = None,
    basis: str = "memorandum",
    language: str = "en",
    progress: Progress | None = None,
    workers: int = 0,
    **reading: Any,
) -> Comparison:
    """Judge the same incidents by two versions of the atlas, and tell whose answer changed.

    Parameters are those of `compare_files`; the rows are the same by their place in the file, so
    no column of ids is needed.

    Raises
    ------
    InputError
        The file cannot be read.
    AtlasError
        One of the atlases has no such boundary or language.
    """
    if str(incidents) == "-":
        raise InputError(
            "expected a file of incidents, found standard input, which cannot be read twice; "
            "write it to a file."
        )
    _check_output(output)
    options = _options(reading, id_column)
    questions = [_question(atlas, boundary, basis, language) for atlas in (old, new)]
    sources = [open_incidents(incidents, options, atlas=question.atlas) for question in questions]
    codes = Codes()
    report = _Reading(progress, sources)
    before, now = (
        read_side(str(incidents), source, question, codes, progress=report.add, workers=workers)
        for source, question in zip(sources, questions, strict=True)
    )
    records = tuple(compare_atlases(old, new))
    found = Comparison(names=(str(incidents), str(incidents)), records=records)
    causes = AtlasCauses(before, now, codes, records)
    _run(found, before, now, np.arange(len(now.ids)), causes, codes, output)
    return found


def _check_output(output: str | Path | None) -> None:
    """Refuse an output that cannot be written before anything is read."""
    if output is not None:
        output_format(output)


def _question(
    atlas: Atlas | str | Path | None, boundary: str | None, basis: str, language: str
) -> Question:
    question = ask(atlas=atlas, boundary=boundary, basis=basis, language=language)
    return replace(question, columns=ASKED)


def _options(reading: Mapping[str, Any], id_column: str | None) -> ReadingOptions:
    options = ReadingOptions.of(**reading)
    if id_column is None:
        return options
    return replace(options, mapping=replace(options.mapping or ColumnMapping(), id=id_column))


class _Reading:
    """How far the reading of both sides is."""

    def __init__(self, progress: Progress | None, sources: Sequence[OpenFile]) -> None:
        self._progress = progress
        rows = [source.rows for source in sources]
        self._total = None if None in rows else sum(n for n in rows if n is not None)
        self._done = 0

    def add(self, rows: int) -> None:
        self._done += rows
        if self._progress is not None:
            self._progress(self._done, self._total)


# -- the rows that differ -------------------------------------------------------------------


def _run(
    found: Comparison,
    before: Side,
    now: Side,
    partner: Rows,
    causes: Causes,
    codes: Codes,
    output: str | Path | None,
) -> None:
    """Compare row by row, batch by batch; count, and write what differs."""
    found.rows = len(before.ids), len(now.ids)
    found.unreadable = before.unreadable, now.unreadable
    schema = _schema(output)
    batches = _differences(found, before, now, partner, causes, codes, schema)
    if output is None:
        for _ in batches:
            pass
    else:
        found.written, _ = write_table(output, schema, batches, guard_formulas=True)


def _schema(output: str | Path | None) -> pa.Schema:
    import pyarrow as pa

    text, day, number = pa.string(), pa.date32(), pa.float64()
    kinds = {"first_day": day, "last_day": day, "latitude": number, "longitude": number}
    fields = [pa.field(name, text) for name in ("id", "change", "edited")]
    fields.append(pa.field("edits", text, metadata={JSON_TEXT: b"1"}))
    fields += [pa.field(name, text) for name in ("answer", "causes", "why")]
    fields.append(pa.field("moved_m", pa.int64()))
    for name in _PAIRED:
        kind = number if name == "radius_m" else kinds.get(name, text)
        fields += [pa.field(f"{name}_old", kind), pa.field(f"{name}_new", kind)]
    schema = pa.schema(fields)
    if output is not None and needs_geometry(output, schema):
        wkb = {b"ARROW:extension:name": b"geoarrow.wkb"}
        schema = schema.append(pa.field("geometry", pa.binary(), metadata=wkb))
    return schema


def _differences(
    found: Comparison,
    before: Side,
    now: Side,
    partner: Rows,
    causes: Causes,
    codes: Codes,
    schema: pa.Schema,
) -> Iterator[pa.RecordBatch]:
    write = _Writer(before, now, causes, codes, schema)
    same_file = found.id_column is None
    for start in range(0, len(partner), BATCH):
        n = np.arange(start, min(start + BATCH, len(partner)))
        o = partner[n]
        both = np.flatnonzero(o >= 0)
        edits = Edits(np.zeros(both.size, bool), np.zeros(both.size, bool), [])
        if not same_file:
            edits = find_edits(before, now, o[both], n[both])
        changed = find_changes(codes, pick(before.answers, o[both]), pick(now.answers, n[both]))
        _count(found, before, now, codes, o, n, edits, changed)
        yield from write.rows(o, n, both, edits, changed, found.causes)
    gone = np.ones(len(before.ids), dtype=bool)
    gone[partner[partner >= 0]] = False
    left = np.flatnonzero(gone)
    found.gone = left.size
    found.verdicts_gone.update(_named(codes, before.answers["verdict"][left]))
    for start in range(0, left.size, BATCH):
        yield write.gone(left[start : start + BATCH])


def _named(codes: Codes, numbers: Any) -> dict[str, int]:
    values, counts = np.unique(numbers, return_counts=True)
    return {
        str(codes.texts[value]): int(count) for value, count in zip(values, counts, strict=True)
    }


def _count(
    found: Comparison,
    before: Side,
    now: Side,
    codes: Codes,
    o: Rows,
    n: Rows,
    edits: Edits,
    changed: Mapping[str, Mask],
) -> None:
    new = n[o < 0]
    found.new += new.size
    found.verdicts_new.update(_named(codes, now.answers["verdict"][new]))
    found.edited += int(edits.edited.sum())
    found.unedited += int((~edits.edited).sum())
    found.rewritten += int(edits.rewritten.sum())
    for name, rows, _, _ in edits.cells:
        found.columns[name] += rows.size
    both = np.flatnonzero(o >= 0)
    rows = both[changed["verdict"]]
    verdicts = zip(before.answers["verdict"][o[rows]], now.answers["verdict"][n[rows]], strict=True)
    found.verdicts.update((str(codes.texts[a]), str(codes.texts[b])) for a, b in verdicts)
    other = np.logical_or.reduce([changed[name] for name in ASKED if name != "verdict"])
    found.details += int((other & ~changed["verdict"]).sum())


class _Writer:
    """Makes the rows of the output: the new, the edited, those judged otherwise, the gone."""

    def __init__(
        self, before: Side, now: Side, causes: Causes, codes: Codes, schema: pa.Schema
    ) -> None:
        self.before, self.now, self.causes = before, now, causes
        self.codes, self.schema = codes, schema

    def rows(
        self,
        o: Rows,
        n: Rows,
        both: Rows,
        edits: Edits,
        changed: Mapping[str, Mask],
        tally: Counter[str],
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of now that differ, in their order."""
        any_changed = np.logical_or.reduce(list(changed.values()))
        why: dict[int, tuple[str, str]] = {}
        rows = np.flatnonzero(any_changed)
        for i, said in zip(rows, self.causes.find(o[both[rows]], n[both[rows]]), strict=True):
            why[int(both[i])] = said
            tally.update(part for part in said[0].replace("+", ";").split(";") if part)
        cells: dict[int, dict[str, list[str]]] = {}
        for name, at, old, new in edits.cells:
            for i, a, b in zip(both[at].tolist(), old, new, strict=True):
                cells.setdefault(i, {})[name] = [a, b]
        shown = o < 0
        shown[both] = edits.edited | any_changed
        picked = np.flatnonzero(shown)
        if not picked.size:
            return
        answer = np.full(len(n), "", dtype=object)
        for k in rows.tolist():
            answer[both[k]] = ";".join(name for name in ASKED if changed[name][k])
        known = {i: ";".join(row) for i, row in cells.items()}
        yield self._batch(
            o[picked],
            n[picked],
            change=[
                "new" if o[i] < 0 else "edited" if i in cells else "unedited"
                for i in picked.tolist()
            ],
            edited=[known.get(i, "") for i in picked.tolist()],
            edits=[
                json.dumps(cells[i], ensure_ascii=False) if i in cells else None
                for i in picked.tolist()
            ],
            answer=answer[picked].tolist(),
            causes=[why.get(i, ("", ""))[0] for i in picked.tolist()],
            why=[why.get(i, ("", ""))[1] for i in picked.tolist()],
        )

    def gone(self, o: Rows) -> pa.RecordBatch:
        """Return rows that are no longer there."""
        empty = [""] * len(o)
        return self._batch(
            o,
            np.full(len(o), -1),
            change=["gone"] * len(o),
            edited=empty,
            edits=[None] * len(o),
            answer=empty,
            causes=empty,
            why=empty,
        )

    def _batch(self, o: Rows, n: Rows, **said: list[Any]) -> pa.RecordBatch:
        import pyarrow as pa
        import pyarrow.compute as pc

        old_ids, new_ids = _at(self.before.ids, o), _at(self.now.ids, n)
        columns: dict[str, Any] = {"id": pc.coalesce(new_ids, old_ids), **said}
        columns["moved_m"] = self._moved(o, n)
        for name in _PAIRED:
            columns[f"{name}_old"] = self._facts(self.before, name, o)
            columns[f"{name}_new"] = self._facts(self.now, name, n)
        if "geometry" in self.schema.names:
            x, y = (
                np.where(
                    n >= 0,
                    _padded(getattr(self.now.incidents, name), n),
                    _padded(getattr(self.before.incidents, name), o),
                )
                for name in ("longitude", "latitude")
            )
            columns["geometry"] = points(x, y)
        arrays = [
            column if isinstance(column, pa.Array) else pa.array(column, field.type)
            for field, column in zip(
                self.schema, (columns[name] for name in self.schema.names), strict=True
            )
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _moved(self, o: Rows, n: Rows) -> pa.Array:
        import pyarrow as pa

        metres = np.full(len(o), np.nan)
        rows = np.flatnonzero((o >= 0) & (n >= 0))
        metres[rows] = metres_moved(self.before.incidents, self.now.incidents, o[rows], n[rows])
        metres = np.round(metres)
        still = np.isnan(metres) | (metres == 0)
        return pa.array(np.where(still, 0, metres).astype(np.int64), mask=still)

    def _facts(self, side: Side, name: str, rows: Rows) -> pa.Array:
        import pyarrow as pa

        if name in side.answers:
            texts = np.array(self.codes.texts, dtype=object)
            return pa.array(
                texts[_padded(side.answers[name], rows, 0).astype(np.intp)], pa.string()
            )
        if name in ("first_day", "last_day"):
            numbers = _padded(getattr(side.incidents, name.removesuffix("_day")), rows, NO_DAY)
            missing = numbers == NO_DAY
            days = np.where(missing, 0, numbers).astype(np.int32)
            return pa.array(days, mask=missing).view(pa.date32())
        numbers = _padded(getattr(side.incidents, name), rows)
        return pa.array(numbers, pa.float64(), from_pandas=True)


def _at(ids: pa.Array, rows: Rows) -> pa.Array:
    import pyarrow as pa

    return (
        ids.take(pa.array(np.where(rows < 0, 0, rows), mask=rows < 0))
        if len(ids)
        else (pa.nulls(len(rows), pa.string()))
    )


def _padded(values: Any, rows: Rows, missing: Any = np.nan) -> Any:
    """Return the values at some rows, `missing` at -1."""
    if not len(values):
        return np.full(len(rows), missing)
    return np.where(rows < 0, missing, values[np.clip(rows, 0, None)])


# -- records of the atlas -------------------------------------------------------------------


def write_records(changes: Sequence[RecordChange], output: str | Path) -> int:
    """Write the records of an atlas that differ, one a row, in the format of the suffix.

    Raises InputError for a suffix that is not written, and for formats of geometries.
    """
    import pyarrow as pa

    text = pa.string()
    schema = pa.schema(
        [
            *(pa.field(name, text) for name in ("kind", "id", "change", "edited")),
            pa.field("edits", text, metadata={JSON_TEXT: b"1"}),
            pa.field("area_km2_old", pa.float64()),
            pa.field("area_km2_new", pa.float64()),
            pa.field("overlap", pa.float64()),
        ]
    )
    if needs_geometry(output, schema):
        raise InputError(
            f"expected a table for records of an atlas, found {str(output)!r}, a format of "
            "geometries; write .csv, .xlsx, .json or .parquet."
        )
    rows = [
        {
            "kind": one.kind,
            "id": one.id,
            "change": one.change,
            "edited": ";".join(one.edits),
            "edits": json.dumps(one.edits, ensure_ascii=False, default=str) if one.edits else None,
            "area_km2_old": one.areas[0],
            "area_km2_new": one.areas[1],
            "overlap": one.overlap,
        }
        for one in changes
    ]
    batch = pa.RecordBatch.from_pylist(rows, schema=schema)
    written, _ = write_table(output, schema, [batch], guard_formulas=True)
    return written
