"""Cells of types and sizes that no reader expects: one spoils its own row, and no other."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zones
from geodata.columns.diagnostics import inspect_file
from geodata.columns.incidents import NO_DAY, Reason
from geodata.columns.opening import open_incidents
from geodata.columns.reading import read_batch
from geodata.formats.table import Table
from geodata.text.dates import today
from zones.tables.files import tag_file

ENDLESS = 2**31 - 1  # how DuckDB and PostgreSQL write a date without end
DAY = 17_597  # 2018-03-07


def dates(numbers: list[int | None], kind: pa.DataType) -> pa.Array:
    stored = pa.int32() if pa.types.is_date32(kind) else pa.int64()
    return pa.array(numbers, stored).view(kind)


BAD_DATES = {
    "endless date": dates([DAY, ENDLESS, -ENDLESS], pa.date32()),
    "far date in milliseconds": dates([DAY * 86_400_000, 2**62, -(2**62)], pa.date64()),
    "far seconds": dates([DAY * 86_400, 2**50, -(2**50)], pa.timestamp("s")),
    "far milliseconds": dates([DAY * 86_400_000, 2**62, -(2**62)], pa.timestamp("ms")),
    "far microseconds": dates([DAY * 86_400_000_000, 2**62, -(2**62)], pa.timestamp("us")),
    "far seconds of a zone": dates([DAY * 86_400, 2**50, -(2**50)], pa.timestamp("s", "UTC")),
    "wrapped round to a day of 2018": dates(
        [DAY * 86_400, (DAY + 2**32) * 86_400, (DAY - 2**32) * 86_400], pa.timestamp("s")
    ),
    "structs": pa.array([None, {"a": 1}, {"a": 2}], pa.struct([("a", pa.int64())])),
    "lists": pa.array([None, [1], []], pa.list_(pa.int64())),
    "durations": pa.array([None, 5, 7], pa.duration("s")),
    "times of day": pa.array([None, 5, 7], pa.time64("us")),
    "truth values": pa.array([None, True, False]),
    "bytes": pa.array([None, b"\xff", b"2018-13-01"]),
}
BAD_PLACES = {
    "structs": pa.array([None, {"a": 1.0}, {"a": 35.9}]),
    "lists": pa.array([None, [35.9], [None]]),
    "maps": pa.array([None, [("a", 1)], []], pa.map_(pa.string(), pa.int64())),
    "truth values": pa.array([None, True, False]),
    "dates": dates([None, ENDLESS, DAY], pa.date32()),
    "moments": dates([None, 2**62, DAY], pa.timestamp("us")),
    "bytes": pa.array([None, b"\xff", b"36.1"]),
    "endless numbers": pa.array([None, float("inf"), -float("inf")]),
    "numbers beyond a float": pa.array([None, 2**63 - 1, -(2**63)], pa.int64()),
}


def write(folder: Path, **columns: Any) -> Path:
    table = {"latitude": [35.9306] * 3, "longitude": [36.6339] * 3, "date": ["2018-03-07"] * 3}
    pq.write_table(pa.table({**table, **columns}), folder / "in.parquet")
    return folder / "in.parquet"


def read(given: Path | Table) -> Any:
    source = open_incidents(given)
    (batch,) = source.batches()
    return read_batch(batch, source.plan)


def in_memory(date: pa.Array) -> Table:
    columns = {"latitude": [35.9306] * len(date), "longitude": [36.6339] * len(date), "date": date}
    batch = pa.RecordBatch.from_pydict(columns)
    return Table("frame", batch.schema, lambda size, names: iter([batch]))


def reasons(found: Any, reason: Reason) -> list[bool]:
    return ((found.reasons & reason.bit) != 0).tolist()


@pytest.mark.parametrize("kind", BAD_DATES)
def test_a_date_that_is_none_spoils_its_own_row(tmp_path: Path, kind: str):
    found = read(write(tmp_path, date=BAD_DATES[kind]))
    here = BAD_DATES[kind][0].is_valid
    assert found.first.tolist() == [DAY if here else NO_DAY, NO_DAY, NO_DAY]
    assert reasons(found, Reason.UNREADABLE_DATE) == [False, True, True]
    assert not np.isnan(found.latitude).any()


@pytest.mark.parametrize("kind", BAD_PLACES)
@pytest.mark.parametrize("column", ["latitude", "longitude"])
def test_a_place_that_is_none_spoils_its_own_row(tmp_path: Path, kind: str, column: str):
    found = read(write(tmp_path, **{column: BAD_PLACES[kind]}))
    assert np.isnan(found.latitude).all()
    assert reasons(found, Reason.UNREADABLE_LOCATION) == [True, True, True]
    assert found.first.tolist() == [DAY] * 3


@pytest.mark.parametrize("kind", BAD_DATES)
def test_no_cell_keeps_a_file_from_being_looked_at(tmp_path: Path, kind: str):
    columns = ("date", "note", "id", "radius", "deaths", "where_prec")
    path = write(tmp_path, **dict.fromkeys(columns, BAD_DATES[kind]))
    assert inspect_file(path).rows == 3
    assert sum(tag_file(path, tmp_path / "out.parquet").verdicts.values()) == 3


def test_a_moment_is_what_it_is_whatever_its_zone_is_called(tmp_path: Path):
    late = DAY * 86_400 + 22 * 3600 + 1800  # 22:30 UTC, half past midnight in Damascus
    found = read(write(tmp_path, date=dates([late] * 3, pa.timestamp("s", "Mars/Phobos"))))
    assert found.first.tolist() == [DAY + 1] * 3
    (repair,) = found.findings
    assert (repair.kind, repair.before) == ("time-zone", "Mars/Phobos")


@settings(deadline=None)
@given(
    st.sampled_from(["s", "ms", "us", "ns"]),
    st.sampled_from([None, "UTC", "Asia/Damascus", "Pacific/Kiritimati"]),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3),
)
def test_days_of_timestamps_of_any_size_are_right_or_refused(
    unit: str, zone: str | None, numbers: list[int]
):
    found = read(in_memory(dates(numbers, pa.timestamp(unit, zone))))
    scale = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    for number, day, bad in zip(
        numbers, found.first.tolist(), (found.reasons != 0).tolist(), strict=True
    ):
        try:
            moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=number // scale)
            local = moment if zone is None else moment.astimezone(ZoneInfo("Asia/Damascus"))
        except OverflowError:
            assert (day, bad) == (NO_DAY, True)
            continue
        if 1900 <= local.year <= 2100 and local.date() <= today("Asia/Damascus"):
            assert (day, bad) == ((local.date() - dt.date(1970, 1, 1)).days, False)
        else:
            assert (day, bad) == (NO_DAY, True)


@pytest.mark.parametrize("metres", [1e-9, 0.00001, 0.5, 2500.0, 100_000.0])
def test_a_radius_in_a_column_of_numbers_is_what_check_reads(tmp_path: Path, metres: float):
    found = read(write(tmp_path, radius=[metres] * 3))
    assert found.radius_m.tolist() == [metres] * 3
    record = zones.check(latitude=35.9306, longitude=36.6339, date="2018-03-07", radius=metres)
    assert record.radius_m == metres


@pytest.mark.parametrize("metres", [-1e-9, -1.0, 100_000.1, 1e300, float("inf")])
def test_a_number_that_is_no_radius_is_refused_and_told(tmp_path: Path, metres: float):
    found = read(write(tmp_path, radius=[metres, 5.0, None]))
    assert found.radius_sources[found.radius_source[0]] == "unreadable"
    assert found.radius_m[1:].tolist() == [5.0, 1500.0]  # of the settlement
    assert [one.kind for one in found.findings] == ["unreadable-radius"]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Asia/Damascus"])
def test_whether_a_day_is_in_the_future_is_asked_in_the_atlas_zone(zone: str):
    """The day differs by 26 hours between these; whoever asks gets one answer."""
    ask = (
        "import zones, datetime as dt, sys\n"
        "from zoneinfo import ZoneInfo\n"
        "from geodata.errors import DateError\n"
        "here = lambda: dt.datetime.now(ZoneInfo('Asia/Damascus')).date()\n"
        "before = here()\n"
        "zones.check(latitude=35.9, longitude=36.6, date=str(before))\n"
        "try:\n"
        "    zones.check(latitude=35.9, longitude=36.6, date=str(before + dt.timedelta(days=1)))\n"
        "except DateError as error:\n"
        "    assert 'lies in the future' in str(error)\n"
        "else:\n"
        "    assert here() > before, 'tomorrow was taken for a day that has been'\n"
    )
    env = {**os.environ, "TZ": zone}
    done = subprocess.run(
        [sys.executable, "-c", ask], env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
