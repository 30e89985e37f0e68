"""Verdicts within DuckDB: the registered function, and the scripts as they are written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

import zones
from dezone.sql import Database, make_script, register
from geodata.atlas import read_atlas
from geodata.errors import InputError

duckdb = pytest.importorskip("duckdb", reason="needs the extra sql")

ROOT = Path(__file__).parents[2]
SELECT = (
    "SELECT v.* FROM (SELECT dezone_assess(longitude, latitude, radius_m, first_day, last_day) "
    "AS v FROM incidents)"
)


@pytest.fixture
def base():
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture
def incidents():
    days = pa.array([17597, 17597, 17597, None, 17000], pa.int32()).cast(pa.date32())
    return pa.table(
        {
            "longitude": [36.6339, 36.6339, 36.3, 36.6339, None],
            "latitude": [35.9306, 35.9306, 35.2, 35.9306, None],
            "radius_m": [None, 25_000.0, 0.0, 0.0, None],
            "first_day": days,
            "last_day": days,
        }
    )


def test_a_query_gets_the_columns_of_a_tagged_table(base, incidents):
    register(base, with_=["distance_m"])
    found = base.sql(SELECT).to_arrow_table()
    tagged = zones.tag(incidents, with_=["distance_m"])
    names = {name.removeprefix("dezone_"): name for name in tagged.column_names[5:]}
    assert found.column_names == list(names)
    for name in found.column_names:
        assert found[name].to_pylist() == tagged[names[name]].to_pylist(), name


def test_the_question_is_that_of_the_registration(base, incidents):
    register(base, boundary="ministry", basis="arrangement")
    found = base.sql(SELECT).to_arrow_table().to_pylist()
    tagged = zones.tag(incidents, boundary="ministry", basis="arrangement").to_pylist()
    assert [one["verdict"] for one in found] == [one["verdict"] for one in tagged]


def test_a_wrong_question_is_refused_at_once(base):
    with pytest.raises(InputError, match="basis"):
        register(base, basis="nix")


@pytest.mark.parametrize("database", Database)
def test_a_script_is_the_same_each_time_and_quotes_what_is_foreign(database):
    atlas = read_atlas()
    script = make_script(database, atlas)
    assert script == make_script(database, atlas)
    assert atlas.sha256 in script
    names = [s.replace("'", "''") for s in (zone.name["en"] for zone in atlas.zones)]
    assert all(f"'{name}'" in script for name in names)


def test_the_command_writes_the_script(tmp_path):
    path = tmp_path / "dezone.sql"
    command = [sys.executable, "-m", "dezone", "sql", "duckdb", "-o", str(path)]
    subprocess.run(command, check=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert path.read_text("utf-8") == make_script("duckdb", read_atlas())
