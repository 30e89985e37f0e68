"""Columns of any type: one cell that is none spoils one row, whatever is read or written."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_reading_dirt import PLACE, Read

from geodata.columns.opening import open_table
from geodata.formats.values import in_json, plain_texts, plain_values
from geodata.formats.writing import needs_geometry, with_points, write_table

DAY, INFINITY = 17_597, 2**31 - 1  # 2018-03-07, and what databases write for a date without end
EVENING = 1_520_465_400  # 23:30 of that day
NEXT = dt.datetime(2018, 3, 8, 2, 30, tzinfo=dt.timezone(dt.timedelta(hours=3)))


def ticks(kind: pa.DataType, *cells: int | None) -> pa.Array:
    return pa.array(cells, pa.int32() if kind.bit_width == 32 else pa.int64()).cast(kind)


def wrapped(kind: pa.BaseExtensionType, cells: list[Any]) -> pa.Array:
    return pa.ExtensionArray.from_storage(kind, pa.array(cells, kind.storage_type))


DATE = ticks(pa.date32(), DAY, INFINITY, None)
# Each column has three cells: the first is sound, the second is the odd one, the third is none.
# What is written for them in JSON, and in CSV where it is not the same.
COLUMNS: dict[str, tuple[pa.Array, list[Any], list[str] | None]] = {
    "date": (DATE, ["2018-03-07", "5881580-07-11"], None),
    "date of milliseconds": (
        ticks(pa.date64(), DAY * 86_400_000, 2**62), ["2018-03-07", "146140482-04-24"], None,
    ),
    "seconds": (
        ticks(pa.timestamp("s"), EVENING, (2**32 + DAY) * 86_400),
        ["2018-03-07T23:30:00", "11761239-03-27T00:00:00"],
        ["2018-03-07 23:30:00", "11761239-03-27 00:00:00"],
    ),
    "microseconds": (
        ticks(pa.timestamp("us"), EVENING * 10**6, 2**62),
        ["2018-03-07T23:30:00", "148108-07-06T14:00:27.387904"],
        ["2018-03-07 23:30:00.000000", "148108-07-06 14:00:27.387904"],
    ),
    "nanoseconds": (
        ticks(pa.timestamp("ns"), EVENING * 10**9, EVENING * 10**9 + 1),
        ["2018-03-07T23:30:00", "2018-03-07T23:30:00.000000001"],
        ["2018-03-07 23:30:00.000000000", "2018-03-07 23:30:00.000000001"],
    ),
    "a known zone": (
        ticks(pa.timestamp("us", "Asia/Baghdad"), EVENING * 10**6, -(2**62)),
        ["2018-03-08T02:30:00+03:00", "-144169-06-28T09:59:32.612096+00:00"],
        ["2018-03-08 02:30:00.000000+0300", "-144169-06-28 09:59:32.612096Z"],
    ),
    "a zone that is none": (
        ticks(pa.timestamp("us", "Mars/Phobos"), EVENING * 10**6, 2**62),
        ["2018-03-07T23:30:00+00:00", "148108-07-06T14:00:27.387904+00:00"],
        ["2018-03-07 23:30:00.000000Z", "148108-07-06 14:00:27.387904Z"],
    ),
    "a time": (
        ticks(pa.time64("ns"), 3_600 * 10**9, 1), ["01:00:00", "00:00:00.000000001"],
        ["01:00:00.000000000", "00:00:00.000000001"],
    ),
    "a duration": (
        ticks(pa.duration("ms"), 108_300_500, 2**62),
        ["30:05:00.5", "1281023894007:36:27.904"], None,
    ),
    "a struct": (
        pa.StructArray.from_arrays([DATE], ["d"], mask=pa.array([False, False, True])),
        [{"d": "2018-03-07"}, {"d": "5881580-07-11"}],
        ['{"d": "2018-03-07"}', '{"d": "5881580-07-11"}'],
    ),
    "a struct with one name twice": (
        pa.StructArray.from_arrays(
            [DATE, DATE], ["d", "d"], mask=pa.array([False, False, True])
        ),
        [[["d", "2018-03-07"], ["d", "2018-03-07"]], [["d", "5881580-07-11"]] * 2],
        ['[["d", "2018-03-07"], ["d", "2018-03-07"]]',
         '[["d", "5881580-07-11"], ["d", "5881580-07-11"]]'],
    ),
    "a list": (
        pa.ListArray.from_arrays(pa.array([0, 1, 3]), DATE),
        [["2018-03-07"], ["5881580-07-11", None]],
        ['["2018-03-07"]', '["5881580-07-11", null]'],
    ),
    "a map": (
        pa.array([[("a", b"\xff")], [("a", None), ("a", b"")]], pa.map_(pa.string(), pa.binary())),
        [[["a", "ff"]], [["a", None], ["a", ""]]],
        ['[["a", "ff"]]', '[["a", null], ["a", ""]]'],
    ),
    "a decimal": (
        pa.array([Decimal("35.9306"), Decimal("1E30")], pa.decimal128(38, 4)),
        ["35.9306", "1000000000000000000000000000000.0000"], None,
    ),
    "a UUID": (
        wrapped(pa.uuid(), [uuid.UUID(int=1).bytes, b"\xff" * 16]),
        [str(uuid.UUID(int=1)), "ffffffff-ffff-ffff-ffff-ffffffffffff"], None,
    ),
    "JSON": (wrapped(pa.json_(), ['"a"', "{"]), ['"a"', "{"], None),
    "a truth of a byte": (wrapped(pa.bool8(), [0, 1]), [False, True], ["false", "true"]),
    "a number of 16 bits": (
        pa.array([0.5, float("inf")], pa.float16()), [0.5, "inf"], ["0.5", "inf"]
    ),
    "a number of 32 bits": (
        pa.array([35.93, float("nan")], pa.float32()), [35.93000030517578, None],
        ["35.93000030517578", ""],
    ),
    "a number": (pa.array([0.1, float("-inf")]), [0.1, "-inf"], ["0.1", "-inf"]),
    "a large whole number": (
        pa.array([1, 2**64 - 1], pa.uint64()), [1, 2**64 - 1], ["1", "18446744073709551615"]
    ),
    "bytes": (pa.array([b"a", b"\xff"]), ["61", "ff"], None),
    "bytes of one length": (pa.array([b"a", b"\xff"], pa.binary(1)), ["61", "ff"], None),
    "bytes in a view": (pa.array([b"a", b"\xff"], pa.binary_view()), ["61", "ff"], None),
    "a large text": (pa.array(["a", "b\0"], pa.large_string()), ["a", "b\0"], None),
    "a text in a view": (pa.array(["a", "b\0"], pa.string_view()), ["a", "b\0"], None),
    "codes of dates": (
        pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.int8()), DATE[:2]),
        ["2018-03-07", "5881580-07-11"], None,
    ),
}  # fmt: skip
SUFFIXES = ["csv", "tsv", "json", "jsonl", "geojson", "xlsx", "parquet", "geoparquet"]


def column(name: str) -> pa.Array:
    found = COLUMNS[name][0]
    return found if len(found) == 3 else pa.concat_arrays([found, pa.nulls(1, found.type)])


def table(role: str, cells: pa.Array) -> pa.Table:
    columns = {
        "id": pa.array(["1", "2", "3"]),
        "date": pa.array(["2018-03-07"] * 3),
        "latitude": pa.array([PLACE[0]] * 3),
        "longitude": pa.array([PLACE[1]] * 3),
    }
    return pa.table({**columns, role: cells})


@pytest.mark.parametrize("name", COLUMNS)
def test_what_is_written_of_a_cell(name: str) -> None:
    _, values, texts = COLUMNS[name]
    cells = [json.loads(in_json(cell)) for cell in plain_values(column(name))]
    assert cells == [*values, None]
    written = plain_texts(column(name)).cast(pa.string()).to_pylist()
    assert [text or "" for text in written] == [*(texts or values), ""]


@pytest.mark.parametrize("role", ["note", "date", "latitude", "longitude", "id"])
@pytest.mark.parametrize("name", COLUMNS)
def test_one_odd_cell_spoils_one_row(tmp_path: Path, name: str, role: str) -> None:
    pq.write_table(table(role, column(name)), tmp_path / "in.parquet")
    before = Read(tmp_path / "in.parquet")
    assert len(before) == 3
    if role in ("note", "id"):
        assert before.places == [PLACE] * 3
    if role != "date":
        assert before.days == ["2018-03-07"] * 3
    elif pa.types.is_date(column(name).type) or pa.types.is_timestamp(column(name).type):
        assert before.days[0] in ("2018-03-07", "2018-03-08")
        assert before.days[1] in ("", before.days[0])
        assert before.days[2] == ""
    for suffix in SUFFIXES:
        target = tmp_path / f"out.{suffix}"
        batches = before.batches
        if needs_geometry(target, before.source.schema):
            batches = [
                with_points(batch, part.longitude, part.latitude)
                for batch, part in zip(batches, before.parts, strict=True)
            ]
        rows, _ = write_table(target, batches[0].schema, batches, like=before.source.table)
        assert rows == 3
        after = Read(target)
        assert after.places == before.places
        if role != "date" or not pa.types.is_binary(column(name).type):
            assert after.days == before.days, suffix


def test_what_a_format_holds_as_text_only_is_told(tmp_path: Path) -> None:
    made = table("note", column("a decimal"))
    for name in ("bytes", "a duration", "a list", "a number of 32 bits"):
        made = made.append_column(name, column(name))
    told = {}
    for suffix in ("csv", "json", "xlsx", "parquet"):
        _, findings = write_table(tmp_path / f"out.{suffix}", made.schema, made.to_batches())
        told[suffix] = [(f.kind, f.after.partition(" (")[0]) for f in findings]
    nan = [("nan", "1 cells without a number")]
    text = {name: ("written-as-text", name) for name in made.schema.names}
    assert told == {
        "csv": [text["bytes"], text["a duration"], text["a list"], *nan],
        "json": [text["note"], text["bytes"], text["a duration"], *nan],
        "xlsx": [text["note"], text["bytes"], text["a duration"], text["a list"], *nan],
        "parquet": [],
    }


def test_parquet_keeps_every_type(tmp_path: Path) -> None:
    made = pa.table({name: column(name) for name in COLUMNS if name != "date of milliseconds"})
    pq.write_table(made, tmp_path / "in.parquet")
    source = open_table(tmp_path / "in.parquet")
    write_table(tmp_path / "out.parquet", source.schema, source.scan(2, None))
    before, after = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("in", "out"))
    assert after.schema.equals(before.schema)
    for one, other in zip(before.columns, after.columns, strict=True):
        assert in_json(plain_values(one.combine_chunks())) == in_json(
            plain_values(other.combine_chunks())
        )


def test_nested_values_come_back_from_json(tmp_path: Path) -> None:
    made = table("note", column("a map"))
    write_table(tmp_path / "out.json", made.schema, made.to_batches())
    assert [row["note"] for row in json.loads((tmp_path / "out.json").read_text())] == [
        *COLUMNS["a map"][1], None
    ]  # fmt: skip
    found = open_table(tmp_path / "out.json")
    assert found.rows == 3
