"""Row groups that were encoded apart make the file that one writer would have made."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.formats.row_groups import RowGroups


def encoded(batch: pa.RecordBatch, **options: Any) -> bytes:
    out = io.BytesIO()
    with pq.ParquetWriter(out, batch.schema, **options) as writer:
        writer.write_batch(batch)
    return out.getvalue()


def by_one_writer(batches: list[pa.RecordBatch], **options: Any) -> bytes:
    out = io.BytesIO()
    with pq.ParquetWriter(out, batches[0].schema, **options) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return out.getvalue()


def put_together(parts: list[bytes]) -> bytes:
    out = io.BytesIO()
    groups = RowGroups(out)
    for part in parts:
        groups.add(part)
    groups.close()
    return out.getvalue()


SCHEMA = pa.schema(
    [
        pa.field("whole", pa.int64()),
        pa.field("text", pa.string(), metadata={b"a": b"b"}),
        pa.field("day", pa.date32(), nullable=False),
        pa.field("number", pa.float64()),
        pa.field("flag", pa.bool_()),
        pa.field("list", pa.list_(pa.struct([("x", pa.int8()), ("y", pa.binary())]))),
        pa.field("map", pa.map_(pa.string(), pa.decimal128(9, 2))),
        pa.field("word", pa.dictionary(pa.int8(), pa.string())),
        pa.field("when", pa.timestamp("us", tz="Asia/Damascus")),
    ],
    metadata={b"geo": "{«»}".encode()},
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "whole": st.none() | st.integers(-(2**63), 2**63 - 1),
            "text": st.none() | st.text(max_size=8),
            "day": st.dates(),
            "number": st.none() | st.floats(),
            "flag": st.none() | st.booleans(),
            "list": st.none()
            | st.lists(
                st.fixed_dictionaries({"x": st.integers(-128, 127), "y": st.binary(max_size=3)}),
                max_size=3,
            ),
            "map": st.none()
            | st.dictionaries(st.text(max_size=2), st.decimals(-9, 9, places=2), max_size=2).map(
                lambda one: list(one.items())
            ),
            "word": st.none() | st.sampled_from(["", "a", "ب"]),
            "when": st.none() | st.datetimes(),
        }
    ),
    max_size=6,
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "compression": st.sampled_from(["none", "snappy", "zstd"]),
        "use_dictionary": st.booleans(),
        "write_statistics": st.booleans(),
        "version": st.sampled_from(["1.0", "2.6"]),
        "data_page_version": st.sampled_from(["1.0", "2.0"]),
        "store_schema": st.booleans(),
        "data_page_size": st.just(16),
    },
)


@given(st.lists(ROWS, min_size=1, max_size=20), OPTIONS)
@settings(max_examples=60, deadline=None)
def test_the_file_is_that_of_one_writer_to_the_byte(parts: list[Any], options: Any) -> None:
    batches = [pa.RecordBatch.from_pylist(rows, schema=SCHEMA) for rows in parts]

    made = put_together([encoded(batch, **options) for batch in batches])

    assert made == by_one_writer(batches, **options)


def test_more_row_groups_than_a_short_list_of_thrift_holds_are_all_there() -> None:
    batches = [pa.record_batch({"n": [i]}) for i in range(300)]

    made = put_together([encoded(batch) for batch in batches])

    file = pq.ParquetFile(io.BytesIO(made))
    assert file.metadata.num_row_groups == 300
    assert file.read()["n"].to_pylist() == list(range(300))
    assert file.read_row_group(217)["n"].to_pylist() == [217]


def test_a_part_of_several_row_groups_keeps_them() -> None:
    batches = [pa.record_batch({"n": [i, -i]}) for i in range(4)]
    parts = [by_one_writer(batches[:3]), by_one_writer(batches[3:])]

    assert put_together(parts) == by_one_writer(batches)


@pytest.mark.parametrize("wrong", [b"", b"PAR1", b"PAR1" + bytes(8), b"PARE" + bytes(9) + b"PARE"])
def test_other_bytes_are_refused(wrong: bytes) -> None:
    with pytest.raises(ValueError, match="whole file of Parquet"):
        RowGroups(io.BytesIO()).add(wrong)
