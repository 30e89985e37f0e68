"""Whatever the cells, dialect and encoding: rows in are rows out, and nothing is invented."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_reading_dirt import Read

from geodata.columns.cells import numbers
from geodata.columns.incidents import NO_DAY
from geodata.columns.mapping import ColumnMapping, read_mapping, write_mapping
from geodata.columns.opening import open_incidents
from geodata.columns.reading import read_batch
from geodata.errors import CoordinateError, DateError, DezoneError
from geodata.formats.writing import write_table
from geodata.text.coordinates import read_pair
from geodata.text.dates import read_days

SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

# Any character that a text file can hold; line ends and quotes more often than by chance.
CHARS = st.one_of(
    st.sampled_from(list("\"',;\t|\n\r =+-@")),
    st.characters(codec="utf-8", exclude_characters="\ufeff\0"),
)
CELLS = st.one_of(
    st.text(CHARS, max_size=12),
    st.sampled_from(["", "35.9306", "36,6339", "٣٦٫٢", "2018-03-07", "07/03/2018", "43166", "N/A"]),
)
SEPARATORS = st.sampled_from([",", ";", "\t", "|"])


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[str]], str, str, str, bool]:
    width = draw(st.integers(0, 3))
    header = ["date", "latitude", "longitude", *(f"note{i}" for i in range(width))]
    rows = draw(
        st.lists(
            st.lists(CELLS, min_size=len(header), max_size=len(header)), min_size=1, max_size=8
        )
    )
    return (
        [header, *rows],
        draw(SEPARATORS),
        draw(st.sampled_from(["\n", "\r\n"])),
        draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])),
        draw(st.booleans()),
    )


@SLOW
@given(tables())
def test_rows_in_are_rows_out_and_cells_unchanged(
    table: tuple[list[list[str]], str, str, str, bool],
) -> None:
    (header, *rows), separator, line_end, encoding, quoting = table
    text = "".join(
        separator.join(_quoted(cell, quoting) for cell in row) + line_end for row in (header, *rows)
    )
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "in.csv"
        path.write_bytes(text.encode(encoding))
        found = Read(path, separator=separator)
        assert len(found) == len(rows)
        held = [list(row.values()) for b in found.batches for row in b.to_pylist()]
        assert held == rows
        for suffix in ("csv", "jsonl"):
            target = Path(name) / f"out.{suffix}"
            count, _ = write_table(
                target, found.source.schema, found.batches, like=found.source.table
            )
            assert count == len(rows)
            again = Read(target, **({"separator": separator} if suffix == "csv" else {}))
            back = [list(row.values()) for b in again.batches for row in b.to_pylist()]
            assert back == rows
        _check_nothing_is_invented(found, rows)


def _quoted(cell: str, always: bool) -> str:
    if always or not set(cell).isdisjoint('"\r\n,;\t|'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _check_nothing_is_invented(found: Read, rows: list[list[str]]) -> None:
    """Every value is what the reader of one cell makes of it, or there is none."""
    plan = found.source.plan
    for row, place, first, trouble in zip(
        rows, found.places, found.join("first"), found.troubles, strict=True
    ):
        date, latitude, longitude, *_ = row
        expected = None
        for mark in (None, plan.proofs.decimal()):
            try:
                position = read_pair(latitude, longitude, decimal=mark)
                expected = (round(position.latitude, 6), round(position.longitude, 6))
                expected = None if expected == (0, 0) else expected  # which is no place
                break
            except CoordinateError:
                continue
        assert place == expected
        assert (place is None) == bool({"no-location", "unreadable-location"} & set(trouble))
        if first != NO_DAY:
            day = np.datetime64(int(first), "D").astype(object)
            try:
                days = read_days(
                    date, months=plan.months, zone=plan.zone, order=plan.proofs.order("date")
                )
            except DateError:
                pytest.fail(f"a day was made of {date!r}")
            assert days.first == day
        else:
            assert {"no-date", "unreadable-date", "future-date"} & set(trouble)


@SLOW
@given(st.lists(st.text(st.sampled_from(list("0123456789.+- eE٫,")), max_size=9), max_size=6))
def test_plain_numbers_are_what_the_careful_reader_reads(cells: list[str]) -> None:
    values, plain = numbers(pa.array(cells, pa.string()))
    for cell, value, good in zip(cells, values.tolist(), plain.tolist(), strict=True):
        if not good:
            continue
        if abs(value) <= 90:
            assert read_pair(cell, 0.0).latitude == value
        else:
            with pytest.raises(CoordinateError):
                read_pair(cell, 0.0)


COMMAS = st.from_regex(r"[+-]?[0-9]{1,4}[,.]?[0-9]{0,6}", fullmatch=True)


@SLOW
@given(
    st.lists(st.tuples(COMMAS, COMMAS), min_size=1, max_size=6), st.sampled_from([None, ",", "."])
)
def test_decimal_commas_are_what_the_careful_reader_reads(
    pairs: list[tuple[str, str]], stated: str | None
) -> None:
    text = "date;latitude;longitude\n" + "".join(f"2018;{a};{b}\n" for a, b in pairs)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "in.csv"
        path.write_text(text)
        found = Read(path, decimal=stated)
        proved = found.source.plan.proofs.decimal() if stated is None else None
    for (latitude, longitude), place in zip(pairs, found.places, strict=True):
        expected = None
        for mark in (stated,) if stated else (None, proved):
            try:
                position = read_pair(latitude, longitude, decimal=mark)
                expected = (round(position.latitude, 6), round(position.longitude, 6))
                expected = None if expected == (0, 0) else expected  # which is no place
                break
            except CoordinateError:
                continue
        assert place == expected


@SLOW
@given(
    st.lists(
        st.tuples(st.integers(1890, 2110), st.integers(0, 13), st.integers(0, 32)),
        min_size=1,
        max_size=6,
    )
)
def test_plain_days_are_what_the_careful_reader_reads(dates: list[tuple[int, int, int]]) -> None:
    cells = [f"{y:04d}-{m:02d}-{d:02d}" for y, m, d in dates]
    for rows in (cells, [*cells, "2018"]):
        text = "date,latitude,longitude\n" + "".join(f"{c},35.9,36.6\n" for c in rows)
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "in.csv"
            path.write_text(text)
            found = Read(path)
        for cell, day, trouble in zip(rows, found.days, found.troubles, strict=True):
            try:
                days = read_days(cell)
            except DateError:
                assert (day, trouble) == ("", ("unreadable-date",))
                continue
            if "future-date" in trouble:
                assert day == ""
            else:
                assert day.split("/")[0] == days.first.isoformat()


@SLOW
@given(
    st.lists(
        st.tuples(st.floats(), st.floats(-180, 180)),
        min_size=1,
        max_size=8,
    )
)
def test_numbers_of_parquet_are_taken_as_they_are_or_not_at_all(
    pairs: list[tuple[float, float]],
) -> None:
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "in.parquet"
        columns = list(zip(*pairs, strict=True))
        pq.write_table(
            pa.table({"lat": columns[0], "lon": columns[1], "date": ["2018"] * len(pairs)}), path
        )
        source = open_incidents(path)
        (batch,) = source.batches()
        found = read_batch(batch, source.plan)
    for (latitude, longitude), y, x in zip(
        pairs, found.latitude.tolist(), found.longitude.tolist(), strict=True
    ):
        if math.isnan(x):
            assert not abs(latitude) <= 90 or (latitude, longitude) == (0, 0)
        else:
            assert (y, x) == (latitude, longitude)


@SLOW
@given(st.binary(max_size=400))
def test_bytes_of_any_kind_are_read_or_refused_in_one_line(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "in"
        path.write_bytes(content)
        line = ""
        try:
            Read(path)
        except DezoneError as error:
            line = str(error)
        assert "\n" not in line


@SLOW
@given(st.text(max_size=30), st.text(max_size=30), st.lists(st.text(max_size=20), max_size=3))
def test_every_mapping_survives_its_file(a: str, b: str, others: list[str]) -> None:
    mapping = ColumnMapping(latitude=a or None, longitude=b or None, place_codes=tuple(others))
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "map.toml"
        try:
            text = write_mapping(mapping, others, a)
            path.write_text(text, encoding="utf-8", newline="\n")
        except UnicodeEncodeError:
            return  # half a surrogate pair: no text of any file
        assert read_mapping(path) == mapping
