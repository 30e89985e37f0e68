"""A layer that is cut, or of which a bit is flipped: every row that is lost is told.

What cannot be known: a flipped bit in a digit, a letter or a name that leaves as good a digit,
letter or name. Such a file has all its rows, each with as many cells and a geometry as before.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from test_layers import opened

from geodata.errors import DezoneError

ROWS, TRIALS = 60, 100


def make(folder: Path, suffix: str) -> Path:
    """A layer of points with a date, a note that some have, a number, and a day."""
    rng = np.random.default_rng(7)
    path = folder / f"in.{suffix}"
    frame = gpd.GeoDataFrame(
        {
            "id": np.arange(ROWS),
            "date": [f"2018-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(ROWS)],
            "note": [None if i % 3 else f"note {i} إدلب" for i in range(ROWS)],
            "killed": rng.integers(0, 400, ROWS),
        },
        geometry=shapely.points(rng.uniform(35.7, 42.3, ROWS), rng.uniform(32.3, 37.3, ROWS)),
        crs=4326,
    )
    if suffix == "kml":
        frame.to_file(path, driver="KML")
    else:
        frame.to_file(path, layer="in") if suffix == "gpkg" else frame.to_file(path)
    return path


def outcome(path: Path, before: list[dict[str, Any]], **options: Any) -> str:
    """Say whether a damaged file is refused, or read without a loss, or with one."""
    try:
        rows = [
            row for batch in opened(path, **options).scan(16, None) for row in batch.to_pylist()
        ]
    except DezoneError as error:
        return "refused in several lines" if "\n" in str(error) else "refused"
    if len(rows) != len(before):
        return f"{len(rows)} rows of {len(before)}"
    for row, old in zip(rows, before, strict=True):
        if sum(v is not None for v in row.values()) < sum(v is not None for v in old.values()):
            return f"{row} was {old}"
    return "read"


PARTS = [("gpkg", "gpkg"), ("fgb", "fgb"), ("kml", "kml"), ("shp", "shp"), ("shp", "shx"),
         ("shp", "dbf")]  # fmt: skip


@pytest.mark.parametrize(("suffix", "part"), PARTS)
def test_every_layer_that_is_cut_is_refused(tmp_path: Path, suffix: str, part: str) -> None:
    path = make(tmp_path, suffix)
    before = rows_before(path)
    broken = path.with_suffix(f".{part}")
    whole = broken.read_bytes()
    rng = np.random.default_rng(1)
    for at in sorted({16, len(whole) - 1, *rng.integers(16, len(whole), TRIALS).tolist()}):
        broken.write_bytes(whole[:at])
        # The mark behind a table is no part of it; neither is a line end behind XML.
        harmless = at == len(whole) - 1 and part in ("dbf", "kml")
        assert outcome(path, before) == ("read" if harmless else "refused"), at


@pytest.mark.parametrize(("suffix", "part"), PARTS)
def test_no_flipped_bit_loses_a_row_unsaid(tmp_path: Path, suffix: str, part: str) -> None:
    path = make(tmp_path, suffix)
    before = rows_before(path)
    broken = path.with_suffix(f".{part}")
    whole = broken.read_bytes()
    rng = np.random.default_rng(2)
    seen: Counter[str] = Counter()
    for _ in range(TRIALS):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] ^= 1 << int(rng.integers(8))
        broken.write_bytes(damaged)
        seen[outcome(path, before)] += 1
    assert set(seen) <= {"read", "refused"}


def rows_before(path: Path) -> list[dict[str, Any]]:
    rows = [row for batch in opened(path).scan(16, None) for row in batch.to_pylist()]
    assert len(rows) == ROWS
    return rows


def test_the_rows_before_a_damage_are_kept_however_many_are_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "in.db"
    with closing(sqlite3.connect(path)) as base:
        base.executescript("PRAGMA page_size = 512; CREATE TABLE t (date, latitude, longitude, x)")
        rows = [(f"2018-03-{1 + i % 28:02}", 35.9, 36.6, "x" * 2000) for i in range(ROWS)]
        base.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
        base.commit()
    content = bytearray(path.read_bytes())
    middle = len(content) // 1024
    for at in (512 * i for i in range(middle, middle + 9)):
        if content[at : at + 2] == b"\0\0":  # which says where a long text goes on
            content[at : at + 4] = b"\x7f" * 4
    path.write_bytes(content)
    table = opened(path, keep_damaged=True)
    counts = [sum(b.num_rows for b in table.scan(size, None)) for size in (1, 7, 65536)]
    assert counts == [table.rows] * 3
    assert 0 < counts[0] < ROWS
