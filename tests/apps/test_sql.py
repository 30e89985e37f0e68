"""Verdicts in real databases: DuckDB with its spatial extension, PostgreSQL with PostGIS."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
import questions

from dezone.sql import make_script
from geodata.atlas import read_atlas

COUNT = 20_000
PART = 400  # rows of a query in DuckDB, whose cost grows with the square of them


@pytest.fixture(scope="module")
def asked() -> pa.Table:
    return questions.exact_points(read_atlas(), COUNT)


def assert_same(asked: pa.Table, columns: list[str], found: list[tuple[object, ...]]) -> None:
    expected = questions.answers(read_atlas(), asked, columns)
    rows = asked.to_pylist()
    wrong = [
        (row, dict(zip(columns, one, strict=True)), dict(zip(columns, other, strict=True)))
        for row, one, other in zip(rows, found, expected, strict=True)
        if tuple(one) != tuple(other)
    ]
    assert not wrong, f"{len(wrong)} of {len(rows)}: {wrong[0]}"


def test_duckdb_answers_as_the_kernel(asked):
    duckdb = pytest.importorskip("duckdb")
    extensions = pytest.importorskip("duckdb_extensions")
    extensions.import_extension("spatial")
    limits = {"memory_limit": "2GB", "temp_directory": ""}
    with duckdb.connect(config=limits) as base:
        base.execute(make_script("duckdb", read_atlas()))
        base.register("asked", asked)
        found: list[tuple[object, ...]] = []
        columns: list[str] = []
        for start in range(0, len(asked), PART):
            part = base.sql(
                "SELECT v.* FROM (SELECT number, dezone_verdict(longitude, latitude, date) AS v "
                f"FROM asked WHERE number >= {start} AND number < {start + PART}) ORDER BY number"
            )
            columns = part.columns
            found += part.fetchall()
    assert_same(asked, columns, found)


# -- PostgreSQL -----------------------------------------------------------------------------


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL with PostGIS, of Debian or on the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    folders += [Path(on_path).parent] if on_path else []
    return next((folder for folder in folders if (folder / "initdb").is_file()), None)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory) -> Iterator[str]:
    """Start a server that nothing but this test reaches; give what connects to it."""
    home = programs()
    if home is None:
        pytest.skip("PostgreSQL is not there (Debian: postgresql postgresql-15-postgis-3)")
    folder = tmp_path_factory.mktemp("postgres")
    data = folder / "data"
    data.mkdir()
    before: list[str] = []
    if os.geteuid() == 0:  # which PostgreSQL refuses to run as
        before = ["runuser", "-u", "postgres", "--"]
        for path in (folder, *folder.parents):
            if path.stat().st_uid == 0 and path != path.parent:
                path.chmod(path.stat().st_mode | 0o011)
        shutil.chown(data, "postgres")
    owner = ["-U", "postgres"]
    setting = ["-A", "trust", "-E", "UTF8", "--no-locale"]
    quiet = {"check": True, "stdout": subprocess.DEVNULL}
    subprocess.run([*before, home / "initdb", "-D", data, *owner, *setting], **quiet)
    options = f"-k {data} -h '' -c fsync=off"
    start = [home / "pg_ctl", "-D", data, "-l", data / "log", "-w", "-o", options, "start"]
    subprocess.run([*before, *start], **quiet)
    try:
        yield f"host={data} user=postgres dbname=postgres"
    finally:
        subprocess.run([*before, home / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **quiet)


@pytest.fixture(scope="module")
def database(postgres, tmp_path_factory) -> str:
    script = tmp_path_factory.mktemp("script") / "dezone.sql"
    script.write_text(make_script("postgis", read_atlas()), "utf-8")
    for _ in range(2):  # it may be run again
        command = ["psql", "-q", "-X", postgres, "-f", str(script)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if "postgis" in done.stderr and "available" in done.stderr:
            pytest.skip("PostGIS is not there (Debian: postgresql-15-postgis-3)")
        assert (done.returncode, done.stderr) == (0, "")
    return postgres


def test_postgis_answers_as_the_kernel(asked, database):
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(database) as base:
        base.execute(
            "CREATE TEMP TABLE asked (number int, longitude float8, latitude float8, date date)"
        )
        with base.cursor().copy("COPY asked FROM STDIN") as sink:
            for row in asked.to_pylist():
                sink.write_row(tuple(row.values()))
        found = base.execute(
            "SELECT v.* FROM asked a, dezone_verdict(a.longitude, a.latitude, a.date) v "
            "ORDER BY number"
        )
        columns = [column.name for column in found.description]
        assert_same(asked, columns, found.fetchall())


def test_a_partners_table_is_joined(database):
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(database) as base:
        base.execute("CREATE TEMP TABLE cases (id int, geom geometry(Point, 4326), day date)")
        base.execute(
            "INSERT INTO cases VALUES (2, NULL, '2018-03-07'),"
            " (1, ST_SetSRID(ST_Point(36.6489, 35.4416), 4326), '2019-10-15')"
        )
        found = base.execute(
            "SELECT c.id, v.verdict, v.held_by FROM cases c, "
            "dezone_verdict(ST_X(c.geom), ST_Y(c.geom), c.day) v ORDER BY c.id"
        ).fetchall()
    assert found == [(1, "outside", "government"), (2, "undetermined", "")]


def test_days_are_half_open(database):
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(database) as base:
        overlapping = base.execute(
            "SELECT count(*) FROM dezone_extents a JOIN dezone_extents b ON a.id < b.id "
            "AND a.zone = b.zone AND a.boundary = b.boundary AND a.days && b.days"
        ).fetchone()
    assert overlapping == (0,)
