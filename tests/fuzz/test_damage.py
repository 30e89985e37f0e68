"""Files cut short, and files with one bit flipped: whatever is lost is told, in every format.

A flipped bit that makes another good digit or letter cannot be known where a format keeps no sum
over its content; that no row goes or comes without a word can be, and is what is tested here.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import seeds
from targets import TARGETS

from geodata.columns.opening import open_incidents
from geodata.columns.reading import read_batch
from geodata.errors import DezoneError

TRIALS = 100
FORMATS = ("csv", "tsv", "gz", "json", "jsonl", "geojson", "xlsx", "xls", "ods", "dta", "parquet",
           "gpkg", "db", "shp", "fgb", "kml", "kmz")  # fmt: skip
LAYERS = ("gpkg", "db", "shp", "fgb", "kml", "kmz")
SUFFIX = {"shp": "zip", "gz": "csv.gz"}


def read(path: Path, **options: Any) -> tuple[list[list[str]] | None, set[str]]:
    """Return the cells of every row (None: the file is refused), and which kinds are told."""
    try:
        source = open_incidents(path, **options)
        batches = list(source.batches())
    except DezoneError:
        return None, set()
    told = {one.kind for one in source.findings}
    for batch in batches:
        told |= {one.kind for one in read_batch(batch, source.plan).findings}
    columns = [[_plain(column).to_pylist() for column in batch.columns] for batch in batches]
    rows = [[str(cell) for cell in row] for found in columns for row in zip(*found, strict=True)]
    return rows, told


def _plain(column: pa.Array) -> pa.Array:
    """Return times as their numbers: some are beyond what Python has days for."""
    return column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column


class Whole:
    """A sound file of a format, what is read from it, and where it is to be damaged."""

    def __init__(self, suffix: str, folder: Path) -> None:
        self.suffix = suffix
        self.content = next(iter(seeds.seeds(suffix, dirty=0)))
        self.path = folder / f"in.{SUFFIX.get(suffix, suffix)}"
        self.path.write_bytes(self.content)
        rows, self.told = read(self.path)
        assert rows
        self.rows = rows
        self.rng = random.Random(suffix)  # noqa: S311  (no secret)
        self.places = self.rng.sample(range(1, len(self.content) - 1), TRIALS)

    def flip(self, at: int) -> None:
        damaged = bytearray(self.content)
        damaged[at] ^= 1 << self.rng.randrange(8)
        self.path.write_bytes(damaged)

    def may_end(self, at: int) -> bool:
        """Tell whether a file that is cut there is a whole one: behind a line, in some formats."""
        lines = self.suffix in ("csv", "tsv", "jsonl")
        return lines and b"\n" in self.content[at - 1 : at + 1]


@pytest.fixture
def whole(request: pytest.FixtureRequest, tmp_path: Path) -> Whole:
    return Whole(request.param, tmp_path)


@pytest.mark.parametrize("whole", FORMATS, indirect=True)
def test_a_file_that_is_cut_is_refused_or_told(whole: Whole) -> None:
    silent = []
    for at in whole.places:
        whole.path.write_bytes(whole.content[:at])
        rows, told = read(whole.path)
        if rows is None or told - whole.told:
            continue
        if rows != whole.rows and not (rows == whole.rows[: len(rows)] and whole.may_end(at)):
            silent.append((at, len(rows)))
    assert silent == []


@pytest.mark.parametrize("whole", FORMATS, indirect=True)
def test_a_flipped_bit_loses_no_row_unsaid(whole: Whole) -> None:
    silent = []
    for at in whole.places:
        whole.flip(at)
        rows, told = read(whole.path)
        if rows is not None and len(rows) != len(whole.rows) and not told - whole.told:
            silent.append((at, len(rows)))
    assert silent == []


@pytest.mark.parametrize("whole", ["xlsx", "parquet", "gz", "kmz", "shp"], indirect=True)
def test_a_flipped_bit_changes_no_cell_where_a_format_keeps_a_sum(whole: Whole) -> None:
    changed = []
    for at in whole.places:
        whole.flip(at)
        rows, _ = read(whole.path)
        if rows not in (None, whole.rows):
            changed.append(at)
    assert changed == []


@pytest.mark.parametrize("whole", LAYERS, indirect=True)
def test_of_a_damaged_layer_the_rows_that_are_not_kept_are_counted(whole: Whole) -> None:
    silent = []
    for number, at in enumerate(whole.places):
        whole.flip(at) if number % 2 else whole.path.write_bytes(whole.content[:at])
        rows, told = read(whole.path, keep_damaged=True)
        if rows is not None and len(rows) < len(whole.rows) and "damaged" not in told:
            silent.append((at, len(rows)))
    assert silent == []


@pytest.mark.parametrize("name", TARGETS)
def test_what_the_fuzzer_begins_from_keeps_every_promise(name: str, tmp_path: Path) -> None:
    target = TARGETS[name]
    outcomes = [target.run(content, tmp_path) for content in target.seeds()]
    assert "read" in outcomes
