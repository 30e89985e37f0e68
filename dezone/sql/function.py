"""The whole kernel as a function of a DuckDB connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from geodata.columns.opening import open_incidents
from geodata.columns.options import ReadingOptions
from geodata.formats.table import Table
from zones.tables.columns import make_schema
from zones.tables.question import Question, ask
from zones.tables.tagging import tag_batch

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

NAME = "dezone_assess"
"""What the function is called in SQL."""

_COLUMNS = ("longitude", "latitude", "radius_m", "first_day", "last_day")


def register(
    connection: duckdb.DuckDBPyConnection, *, with_: str | Sequence[str] = (), **question: Any
) -> None:
    """Add ``dezone_assess(longitude, latitude, radius_m, first_day, last_day)`` to a connection.

    It takes degrees (WGS 84), metres (NULL: not stated) and days, both included, and returns a
    STRUCT of a tagged table's columns, of the same texts. A row without a position or without days
    is answered too. All rows of a vector are assessed at once, as `zones.tag` does it.

    Parameters
    ----------
    connection
        Of DuckDB; the function lives as long as it does.
    with_, **question
        Further columns, and the question, as for `zones.tag`: ``boundary``, ``basis``,
        ``coarsest_radius``, ``language``, ``atlas``.

    Raises
    ------
    InputError, AtlasError
        No such column, basis, boundary or language.
    duckdb.Error
        The connection has a function of this name already.

    Examples
    --------
    >>> import duckdb, dezone.sql
    >>> base = duckdb.connect()
    >>> dezone.sql.register(base)
    >>> base.sql(
    ...     "SELECT v.verdict, v.zone FROM (SELECT dezone_assess("
    ...     "36.6339, 35.9306, NULL, DATE '2018-03-01', DATE '2018-03-31') AS v)"
    ... ).fetchall()
    [('inside', 'idlib')]
    """
    asked = ask(with_=with_, **question)
    connection.create_function(
        NAME,
        _answering(asked),
        ["DOUBLE", "DOUBLE", "DOUBLE", "DATE", "DATE"],
        _struct_of(asked),
        type="arrow",
        null_handling="special",
    )


def _answering(question: Question) -> Callable[..., pa.Array]:
    """Return the function of five columns: what is asked, and how columns are read, known once."""
    import pyarrow as pa

    kinds = [pa.float64(), pa.float64(), pa.float64(), pa.date32(), pa.date32()]
    schema = pa.schema(zip(_COLUMNS, kinds, strict=True))
    table = Table("query", schema, _no_rows)
    plan = open_incidents(table, ReadingOptions.of(), atlas=question.atlas).plan

    # DuckDB counts these parameters, and looks up the names of their types.
    def assess(longitude: Any, latitude: Any, radius_m: Any, first_day: Any, last_day: Any) -> Any:
        columns = (longitude, latitude, radius_m, first_day, last_day)
        rows = [
            column.combine_chunks().cast(kind) for column, kind in zip(columns, kinds, strict=True)
        ]
        batch = pa.RecordBatch.from_arrays(rows, schema=schema)
        found = tag_batch(batch, plan, question).columns
        plain = [
            one.dictionary_decode() if pa.types.is_dictionary(one.type) else one for one in found
        ]
        return pa.StructArray.from_arrays(plain, names=list(question.columns))

    return assess


def _no_rows(size: int, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
    return iter(())


def _struct_of(question: Question) -> Any:
    """Return the type of an answer."""
    import duckdb
    import pyarrow as pa

    names = {pa.float64(): "DOUBLE", pa.int64(): "BIGINT", pa.date32(): "DATE"}
    return duckdb.struct_type(
        {field.name: names.get(field.type, "VARCHAR") for field in make_schema(question.columns)}
    )
