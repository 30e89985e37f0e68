"""Every pair of formats: what is written in one, read, written in the other and read, is the same.

A format that cannot hold a cell refuses the file, or writes the cell as text and says so; it never
changes it. Cells are compared as what they say: 0.5 is 0.5, whether a number or a text.
"""

from __future__ import annotations

import datetime as dt
import decimal
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import csv
from test_reading_dirt import Read
from test_reading_formats import copy

from geodata.columns.mapping import ColumnMapping
from geodata.errors import InputError
from zones.tables.files import tag_file

FORMATS = ("csv", "xlsx", "json", "jsonl", "geojson", "parquet", "gpkg", "fgb", "shp", "kml")
MAPPING = ColumnMapping(latitude="latitude", longitude="longitude", date="date")

SIGNS = [*list("\"',;\t|\n =+-@<>&]é07.إ"), "<x>", "]]>", "&amp;", "\u202e", "😀", "  ", "null"]
HARD = st.one_of(st.sampled_from(SIGNS), st.characters(codec="utf-8", exclude_characters="\ufeff"))
TEXTS = st.one_of(
    st.lists(st.sampled_from(SIGNS), max_size=5).map("".join),
    st.lists(HARD, max_size=5).map("".join),
)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
DAYS = st.dates(dt.date(1905, 1, 1), dt.date(2100, 1, 1))


def moments(unit: str) -> st.SearchStrategy[int]:
    """Times from 1905 to 2100, as exact as the unit, or whole seconds."""
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    first, last = -2_051_222_400, 4_102_444_800
    whole = st.integers(first, last).map(lambda seconds: seconds * per_second)
    return st.one_of(whole, st.integers(first * per_second, last * per_second))


COLUMNS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "text": (pa.string(), TEXTS),
    "short": (pa.int16(), st.integers(-(2**15), 2**15 - 1)),
    "whole": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "large": (pa.uint64(), st.integers(0, 2**64 - 1)),
    "real": (pa.float64(), FINITE),
    "single": (pa.float32(), st.floats(width=32, allow_nan=False, allow_infinity=False)),
    "yes": (pa.bool_(), st.booleans()),
    "day": (pa.date32(), DAYS),
    "local_s": (pa.timestamp("s"), moments("s")),
    "local_us": (pa.timestamp("us"), moments("us")),
    "local_ns": (pa.timestamp("ns"), moments("ns")),
    "utc_ms": (pa.timestamp("ms", "UTC"), moments("ms")),
    "price": (pa.decimal128(20, 4), st.decimals(-(10**9), 10**9, places=4)),
    "clock": (pa.time64("us"), st.times()),
    "word": (pa.dictionary(pa.int32(), pa.string()), st.sampled_from(["a", "إدلب", "<b>"])),
}


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Up to four rows with a place, a date, and a few columns of any kind."""
    count = draw(st.integers(1, 4))

    def column(kind: pa.DataType, cells: st.SearchStrategy[Any]) -> pa.Array:
        drawn = draw(st.lists(st.one_of(st.none(), cells), min_size=count, max_size=count))
        value = kind.value_type if pa.types.is_dictionary(kind) else kind
        found = (
            pa.array(drawn, pa.int64()).cast(value)
            if pa.types.is_timestamp(kind)
            else pa.array(drawn, value)
        )
        return found.dictionary_encode() if pa.types.is_dictionary(kind) else found

    names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), max_size=4, unique=True))
    return pa.table(
        {
            "id": pa.array(range(count), pa.int64()),
            "date": column(
                pa.string(), st.one_of(DAYS.map(str), st.sampled_from(["2018", "2018-03"]))
            ),
            "latitude": column(pa.float64(), st.floats(32, 37.5)),
            "longitude": column(pa.float64(), st.floats(35.5, 42.5)),
            **{name: column(*COLUMNS[name]) for name in names},
        }
    )


def said(cell: Any, kind: pa.DataType) -> Any:
    """Return what a cell says, by the kind that it had at first; None for nothing."""
    if cell is None or cell == "":
        return None
    if pa.types.is_floating(kind):
        return float(cell)
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return decimal.Decimal(str(cell)).normalize()
    if pa.types.is_boolean(kind):
        return str(cell).lower() in ("true", "1")
    text = cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)
    if pa.types.is_date(kind):
        return text[:10]
    if pa.types.is_timestamp(kind):
        text = text.replace(" ", "T").removesuffix("+00:00").removesuffix("Z")
        whole, _, part = text.partition(".")
        return f"{whole}.{part}".rstrip("0").rstrip(".") if len(whole) > 10 else f"{whole}T00:00:00"
    if pa.types.is_time(kind):
        return text.rstrip("0").rstrip(".") if "." in text else text
    return text


def cells(found: Read, before: pa.Table) -> list[list[Any]]:
    table = pa.Table.from_batches(found.batches).select(before.schema.names)
    columns = []
    for field, column in zip(before.schema, table.columns, strict=True):
        if pa.types.is_timestamp(column.type):  # Python's own have no nanoseconds
            column = column.cast(pa.string())
        columns.append([said(cell, field.type) for cell in column.to_pylist()])
    return [list(row) for row in zip(*columns, strict=True)]


def read(path: Path) -> Read:
    return Read(path, mapping=MAPPING, **({"separator": ","} if path.suffix == ".csv" else {}))


SLOW = settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("first", FORMATS)
@SLOW
@given(table=tables())
def test_cells_survive_every_pair_of_formats(first: str, table: pa.Table) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pq.write_table(table, folder / "in.parquet")
        before = read(folder / "in.parquet")
        expected = cells(before, table)
        try:
            copy(before.source, folder / f"one.{first}")
        except InputError:
            return
        between = read(folder / f"one.{first}")
        assert cells(between, table) == expected
        for second in FORMATS:
            target = folder / f"two.{second}"
            try:
                copy(between.source, target)
            except InputError:
                continue
            after = read(target)
            assert cells(after, table) == expected, second
            assert (after.places, after.days, after.radii) == (
                before.places,
                before.days,
                before.radii,
            )


@pytest.mark.parametrize("suffix", FORMATS)
def test_verdicts_are_the_same_in_every_format(tmp_path: Path, suffix: str) -> None:
    source = Path(__file__).parents[2] / "examples" / "incidents.csv"
    table = csv.read_csv(
        source,
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(KEPT, pa.string()), include_columns=list(KEPT)
        ),
    )
    pq.write_table(table, tmp_path / "in.parquet")
    copy(Read(tmp_path / "in.parquet").source, tmp_path / f"out.{suffix}")
    found = []
    for path in (tmp_path / "in.parquet", tmp_path / f"out.{suffix}"):
        tag_file(path, tmp_path / f"{path.stem}.tagged.parquet", mapping=PLAIN)
        tagged = pq.read_table(tmp_path / f"{path.stem}.tagged.parquet")
        found.append(tagged.select(ANSWER).to_pylist())
    assert found[0] == found[1]
    assert {row["verdict"] for row in found[0]} >= {"inside", "outside", "uncertain"}


KEPT = ("id", "date", "latitude", "longitude", "radius")
PLAIN = ColumnMapping(latitude="latitude", longitude="longitude", date="date", radius="radius")
ANSWER = ["id", "verdict", "zone", "space", "time", "share_low", "share_high", "first_day"]
