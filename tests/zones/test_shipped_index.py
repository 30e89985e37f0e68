"""The index that is shipped is the one that the outlines give, and is used for no others."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from geodata.atlas import read_atlas
from zones.calendar import calendar_of
from zones.index.cells import CellIndex, Tables
from zones.index.make import make_index
from zones.index.nearest import nearest_of
from zones.index.runs import Runs
from zones.index.shipped import FILE, read_shipped, write_index
from zones.space import Drawing, grounds_of, tables_of

ATLAS = read_atlas()


def test_the_index_that_is_shipped_is_the_one_that_is_made_anew(tmp_path: Path) -> None:
    write_index(make_index(ATLAS), tmp_path / FILE)
    shipped = files("zones.index").joinpath(FILE).read_bytes()
    assert (tmp_path / FILE).read_bytes() == shipped, "run `make data`"


def test_a_program_that_asks_for_the_shipped_atlas_makes_no_index(monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("an index was made")

    monkeypatch.setattr("zones.index.cells.Divider", refuse)
    for boundary in ATLAS.boundaries:
        index = read_shipped(tables_of(ATLAS))
        assert index is not None
        sets = Drawing(grounds_of(ATLAS), boundary.id).sets_of_bests(calendar_of(ATLAS))
        assert index.among(sets).sets == tuple(sets)


@pytest.mark.parametrize("change", ["outlines", "bounds", "largest"])
def test_it_is_not_read_for_anything_else(change: str) -> None:
    grounds, meta = grounds_of(ATLAS), ATLAS.meta
    outlines, bounds, largest = grounds.outlines, meta.bounds, meta.coarsest_radius_m
    assert read_shipped(Tables(outlines, grounds.plane, bounds, largest)) is not None
    if change == "outlines":
        outlines = [*outlines[1:], outlines[0]]
    elif change == "bounds":
        bounds = (bounds[0] - 1.0, *bounds[1:])
    else:
        largest += 1.0
    assert read_shipped(Tables(outlines, grounds.plane, bounds, largest)) is None


def test_fewer_sets_are_answered_as_if_the_index_were_made_for_them() -> None:
    tables, rng = tables_of(ATLAS), np.random.default_rng(7)
    whole = read_shipped(tables)
    assert whole is not None
    sets = Drawing(grounds_of(ATLAS), "ministry").sets_of_bests(calendar_of(ATLAS))
    some, anew = whole.among(sets), CellIndex.of(tables, sets)
    west, south, east, north = ATLAS.meta.bounds
    x, y = rng.uniform(west - 1, east + 1, 20_000), rng.uniform(south - 1, north + 1, 20_000)
    cells = tables.fine.cells(x, y)
    assert np.array_equal(some.nearest.find(x, y, cells), anew.nearest.find(x, y, cells))
    assert np.array_equal(some.nearest.find(x, y, cells), nearest_by_polygons(sets, x, y))


def nearest_by_polygons(sets: list[tuple[int, ...]], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    outlines = grounds_of(ATLAS).outlines
    return np.stack([nearest_of([outlines[o] for o in one], x, y) for one in sets], axis=1)


def test_runs_are_the_row_that_they_were_made_of() -> None:
    rng = np.random.default_rng(3)
    row = np.repeat(rng.integers(-2, 3, 500), rng.integers(1, 9, 500))
    runs = Runs.of(row)
    assert np.array_equal(runs.expanded(), row)
    positions = np.sort(rng.choice(len(row), 40, replace=False))
    row[positions] = np.arange(40)
    assert np.array_equal(runs.replaced(positions, np.arange(40)).expanded(), row)
    assert np.array_equal(runs.replaced(positions, np.arange(40)).at(positions), np.arange(40))
