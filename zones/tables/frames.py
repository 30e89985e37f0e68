"""Tables of other libraries: only the columns that matter are read, and the kind is kept."""

from __future__ import annotations

import json
import pickle
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geodata.atlas import Atlas
from geodata.columns.diagnostics import FEW_ROWS, Diagnostics
from geodata.columns.opening import OpenFile, open_incidents
from geodata.columns.options import ReadingOptions
from geodata.columns.plan import Plan
from geodata.errors import ArgumentError, InputError, InputWarning, says_its_arguments
from geodata.findings import Finding, Log
from geodata.formats.table import FIRST_ROW, Scan, Table
from geodata.formats.temporary import Temporary
from geodata.formats.writing import result_names
from geodata.parallel import in_order
from geodata.text.repairs import quote
from zones.tables.columns import make_schema
from zones.tables.question import Question, ask
from zones.tables.stream import Tally
from zones.tables.tagging import BATCH, Tagged, add_columns, output_schema, tag_batch

if TYPE_CHECKING:
    import pyarrow as pa


@says_its_arguments
def tag(
    incidents: Any,
    *,
    with_: str | Sequence[str] = (),
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
        A pandas DataFrame, a GeoDataFrame (in any CRS; without one is an error), a pyarrow Table
        or RecordBatchReader, a polars DataFrame, or a Dask DataFrame. Columns are recognised by
        their names, as in a file (see ``docs/files.md``).
    with_
        Names of further columns of the record, or ``all``.
    boundary, basis, coarsest_radius, language, atlas
        As for `zones.check`.
    strict
        Stop at the first row that cannot be read, and at a warning. Without it such a row is
        ``undetermined``, and its reasons say why.
    **reading
        What is stated about the input (`geodata.columns.options.ReadingOptions`): ``mapping``,
        ``radius_m``, ``order``, ``crs``, ``admin``, ...

    Returns
    -------
    A table of the same kind
        The input's columns unchanged, then those of the record, with the rows in the same order.
        A column of ours whose name is taken gets the prefix ``dezone_``. Days are dates; texts
        that repeat are dictionary arrays in pyarrow and plain texts elsewhere. A frame of pandas
        or geopandas has a report in ``attrs["dezone"]``: which column was taken for what, rows by
        verdict, and all repairs, warnings and refusals by kind, count and first rows.

    Raises
    ------
    InputError
        The columns cannot be recognised, or, with `strict`, a row cannot be read.
    CRSError
        A GeoDataFrame has no CRS.
    ArgumentError
        It is not a table of these kinds, or there is no such argument; also a TypeError.

    Warns
    -----
    InputWarning
        What was doubted or refused, each kind with its count and first row: once for a table, and
        for a RecordBatchReader when it ends. For a Dask DataFrame, whose rows are read elsewhere,
        only what its columns show; for its rows see the column `reasons`.

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
    return _tag_table(incidents, question, strict, ReadingOptions.of(**reading))


def _tag_table(incidents: Any, question: Question, strict: bool, reading: ReadingOptions) -> Any:
    home = type(incidents).__module__.partition(".")[0]
    kind = f"{home} {type(incidents).__name__}"
    if kind == "pyarrow Table":
        return _tag_arrow(incidents, question, strict, reading)
    if kind == "pyarrow RecordBatchReader":
        return _tag_reader(incidents, question, strict, reading)
    if kind in ("pandas DataFrame", "geopandas GeoDataFrame"):
        source = _open_pandas(incidents, question, reading)
        tally = _tally(source)
        tagged = _tag_pandas(incidents, source.plan, question, strict, tally)
        tagged.attrs["dezone"] = _report(source.plan, tally, _say(tally, strict))
        return tagged
    if kind == "polars DataFrame":
        return _tag_polars(incidents, question, strict, reading)
    if hasattr(incidents, "map_partitions"):
        return _tag_dask(incidents, question, strict, reading)
    raise ArgumentError(
        "expected a DataFrame of pandas, geopandas, polars or Dask, or a Table or "
        f"RecordBatchReader of pyarrow, found {type(incidents).__name__}; convert it to one."
    )


def _plain(schema: pa.Schema) -> pa.Schema:
    """Return a schema with the types for texts and bytes that the readers of files use."""
    import pyarrow as pa

    fields = []
    for field in schema:
        if pa.types.is_large_string(field.type) or pa.types.is_string_view(field.type):
            field = field.with_type(pa.string())
        elif pa.types.is_large_binary(field.type) or pa.types.is_binary_view(field.type):
            field = field.with_type(pa.binary())
        fields.append(field)
    return pa.schema(fields)


def _numbered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    first = 1
    for batch in batches:
        metadata = {**(batch.schema.metadata or {}), FIRST_ROW: str(first).encode()}
        yield batch.replace_schema_metadata(metadata)
        first += batch.num_rows


def _answered(
    table: pa.Table, plan: Plan, question: Question, strict: bool, tally: Tally | None
) -> pa.Table:
    """Return the columns of the question for a table of the columns that are read, and count."""
    import pyarrow as pa

    batches = _numbered(iter(table.combine_chunks().to_batches(BATCH)))
    schema = make_schema(question.columns)
    parts = []
    for tagged in in_order(lambda batch: tag_batch(batch, plan, question, strict=strict), batches):
        if tally is not None:
            _count(tally, tagged)
        parts.append(pa.RecordBatch.from_arrays(tagged.columns, schema=schema))
    return pa.Table.from_batches(parts, schema=schema)


# -- what was found ---------------------------------------------------------------------------


def _count(tally: Tally, tagged: Tagged) -> None:
    tally.add(tagged)
    tally.diagnostics.see(None, tagged.incidents)


def _say(tally: Tally, strict: bool) -> Log:
    """Warn of anything that was doubted or refused; return all findings."""
    log = tally.diagnostics.close(strict=strict)
    if said := log.to_warning():
        counted = f"{tally.unreadable} of {tally.rows} rows could not be read. "
        text = f"{counted if tally.unreadable else ''}{said}"
        warnings.warn(text, InputWarning, stacklevel=4)
    return log


def _report(plan: Plan, tally: Tally, log: Log) -> dict[str, Any]:
    """Return the report on a table as plain values, so that a frame can be written with it."""
    return {
        "columns": {choice.role: choice.column for choice in plan.mapping.choices},
        "verdicts": tally.by_verdict(),
        "unreadable": tally.unreadable,
        "findings": log.to_list(),
    }


# -- pyarrow ----------------------------------------------------------------------------------


def _open_arrow(table: pa.Table, question: Question, reading: ReadingOptions) -> OpenFile:
    _refuse_namesakes(table.schema.names)

    def scan(size: int, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        chosen = table if columns is None else table.select(list(columns))
        return iter(chosen.cast(_plain(chosen.schema)).to_batches(size))

    whole = Table("frame", table.schema, scan, rows=table.num_rows)
    return open_incidents(whole, reading, atlas=question.atlas)


def _refuse_namesakes(names: list[str]) -> None:
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(
            f"expected a name of its own for each column, found {twice!r} twice; rename one."
        )


def _tally(source: OpenFile) -> Tally:
    """Return a tally of a table in which so far only duplicates have been looked for."""
    diagnostics = Diagnostics(source, most_rows=FEW_ROWS)
    diagnostics.see_rows(source.batches(BATCH))
    return Tally(diagnostics)


def _tag_arrow(
    table: pa.Table, question: Question, strict: bool, reading: ReadingOptions
) -> pa.Table:
    source = _open_arrow(table, question, reading)
    tally = _tally(source)
    used = [name for name in source.plan.mapping.columns() if name in table.column_names]
    found = _answered(table.select(used), source.plan, question, strict, tally)
    found = found.unify_dictionaries()
    schema = output_schema(table.schema, question)
    _say(tally, strict)
    return type(table).from_arrays([*table.columns, *found.columns], schema=schema)


def _tag_reader(
    reader: pa.RecordBatchReader, question: Question, strict: bool, reading: ReadingOptions
) -> pa.RecordBatchReader:
    """Tag batch by batch, after keeping all on disk: a later row may explain an earlier one."""
    import pyarrow as pa

    schema = reader.schema
    open_incidents(Table("frame", schema, _unread), reading, atlas=question.atlas)  # or refused now
    folder = Temporary()
    file = folder.path / "batches.arrow"
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, schema) as spool:
        for batch in reader:
            spool.write_batch(batch)

    def scan(size: int, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        for batch in _stored(file, folder):
            chosen = batch if columns is None else batch.select(list(columns))
            yield chosen.cast(_plain(chosen.schema))

    source = open_incidents(Table("frame", schema, scan), reading, atlas=question.atlas)
    out = output_schema(schema, question)

    def work(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, Tagged]:
        tagged = tag_batch(batch, source.plan, question, strict=strict)
        return add_columns(batch, tagged, out), tagged

    def counted() -> Iterator[pa.RecordBatch]:
        tally = _tally(source)
        for whole, tagged in in_order(work, _numbered(_stored(file, folder))):
            _count(tally, tagged)
            yield whole
        _say(tally, strict)

    return pa.RecordBatchReader.from_batches(out, counted())


def _unread(size: int, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
    return iter(())


def _stored(file: Path, folder: Temporary) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    with pa.memory_map(str(file)) as source:
        stored = pa.ipc.open_file(source)
        for i in range(stored.num_record_batches):
            yield stored.get_batch(i)


# -- pandas and geopandas ---------------------------------------------------------------------


def _open_pandas(
    frame: Any, question: Question, reading: ReadingOptions, scan: Scan | None = None
) -> OpenFile:
    """Open a frame; `scan` reads its columns where the frame itself has no rows."""
    import pyarrow as pa

    names = [str(name) for name in frame.columns]
    _refuse_namesakes(names)
    geometry = getattr(frame, "_geometry_column_name", None)
    geometry = geometry if geometry in frame.columns else None

    def read(size: int, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        return iter(_from_pandas(frame, columns or names).to_batches(size))

    kinds = [_type_of_lists(frame.iloc[:, at]) or pa.null() for at in range(len(names))]
    table = Table(
        "frame",
        pa.schema(list(zip(names, kinds, strict=True))),
        scan or read,
        rows=len(frame) if scan is None else None,
        geometry=geometry,
        crs=frame.crs.to_wkt() if geometry is not None and frame.crs is not None else None,
    )
    return open_incidents(table, reading, atlas=question.atlas)


def _type_of_lists(series: Any) -> Any:
    """Return the type of a column whose first cells are lists of dicts; None of others."""
    import pyarrow as pa

    head = series.head(50).tolist() if series.dtype == object else []
    lists = [cell for cell in head if isinstance(cell, list) and cell]
    if not lists or not all(isinstance(one, dict) for cell in lists for one in cell):
        return None
    keys = dict.fromkeys(str(key) for cell in lists for one in cell for key in one)
    return pa.list_(pa.struct([pa.field(key, pa.null()) for key in keys]))


def _from_pandas(frame: Any, names: Sequence[str]) -> pa.Table:
    """Return some columns as arrow arrays; columns of mixed types become texts."""
    import pyarrow as pa

    columns = []
    by_name = {str(name): name for name in frame.columns}
    for name in names:
        series = frame[by_name[name]]
        if hasattr(series, "to_wkb"):
            column = pa.array(series.to_wkb(), pa.binary())
        elif str(series.dtype).startswith("period["):
            column = pa.array(_spans(series), pa.string())
        else:
            try:
                column = pa.array(series, from_pandas=True)
                if pa.types.is_binary(column.type) and any(isinstance(c, str) for c in series):
                    raise TypeError("texts among bytes")
            except (pa.ArrowException, OverflowError, TypeError, ValueError):
                column = _texts(series)
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        columns.append(column)
    table = pa.Table.from_arrays(columns, names=list(names))
    return table.cast(_plain(table.schema))


def _texts(series: Any) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(map(_as_text, series), pa.string())
    except UnicodeEncodeError as error:
        raise InputError(
            f"expected texts of whole characters, found {quote(error.object)} in {series.name!r}; "
            "correct it."
        ) from error


def _as_text(cell: Any) -> str | None:
    """Return a cell of a column of mixed types as text, what JSON has as that."""
    if isinstance(cell, list | dict):
        try:
            return json.dumps(cell, ensure_ascii=False)
        except (TypeError, ValueError):
            return str(cell)
    return None if cell is None or cell != cell else str(cell)


def _spans(series: Any) -> list[str | None]:
    """Return the first and last days of pandas periods as texts."""
    ends = zip(series.dt.start_time, series.dt.end_time, strict=True)
    return [None if one != one else f"{one:%Y-%m-%d}/{two:%Y-%m-%d}" for one, two in ends]


def _tag_pandas(
    frame: Any, plan: Plan, question: Question, strict: bool, tally: Tally | None = None
) -> Any:
    taken = [str(name) for name in frame.columns]
    used = [name for name in plan.mapping.columns() if name in taken]
    found = _decoded(_answered(_from_pandas(frame, used), plan, question, strict, tally))
    names = result_names(taken, question.columns)
    ours = found.to_pandas(date_as_object=False)
    ours.index = frame.index
    return frame.assign(**{names[name]: ours[name] for name in question.columns})


def _decoded(table: pa.Table) -> pa.Table:
    """Return a table with plain texts where it has dictionaries."""
    import pyarrow as pa

    return table.cast(
        pa.schema(
            [
                pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type)
                for f in table.schema
            ]
        )
    )


# -- polars -----------------------------------------------------------------------------------


def _tag_polars(frame: Any, question: Question, strict: bool, reading: ReadingOptions) -> Any:
    import polars

    table = frame.to_arrow()
    source = _open_arrow(table, question, reading)
    tally = _tally(source)
    used = [name for name in source.plan.mapping.columns() if name in table.column_names]
    found = _decoded(_answered(table.select(used), source.plan, question, strict, tally))
    names = result_names(table.column_names, question.columns)
    _say(tally, strict)
    ours = polars.from_arrow(found.rename_columns([names[name] for name in question.columns]))
    return frame.hstack(ours)


# -- Dask -------------------------------------------------------------------------------------


def _tag_dask(frame: Any, question: Question, strict: bool, reading: ReadingOptions) -> Any:
    """Tag each partition where it is, after one pass over the columns that are read.

    That pass proves from all partitions together what a file proves as a whole, such as the order
    of day and month, or swapped axes.
    """

    def scan(size: int, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        for part in (frame if columns is None else frame[list(columns)]).partitions:
            yield from _from_pandas(part.compute(), columns or names).to_batches(size)

    names = [str(name) for name in frame.columns]
    source = _open_pandas(frame._meta, question, reading, scan=scan)
    if said := _log_of(source.findings).to_warning():
        warnings.warn(said, InputWarning, stacklevel=4)
    proofs = pickle.loads(pickle.dumps(source.plan.proofs))  # noqa: S301  (our own: proved now)
    plan = replace(source.plan, proofs=proofs)
    meta = _tag_pandas(frame._meta, plan, question, strict)
    return frame.map_partitions(_tag_pandas, plan, question, strict, meta=meta)


def _log_of(findings: Iterable[Finding]) -> Log:
    log = Log()
    log.add(findings)
    return log
