"""The zone that is nearest is the nearest on the ground, however many incidents are asked about."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

import zones
from geodata.atlas import read_atlas
from geodata.columns.incidents import Incidents
from geodata.schema import Estimate
from zones import verdict
from zones.calendar import day_number
from zones.index.nearest import nearest_of
from zones.layers import read_day
from zones.space import Days, grounds_of
from zones.verdict import Assessor

DAY = day_number(read_day("2021-02-20"))


def outlines():
    """The best outlines that govern on the day, one a zone."""
    grounds = grounds_of(read_atlas())
    days = Days(np.array([DAY]), np.array([DAY]))
    found = [grounds["line", zone] for zone in grounds.zones]
    return [ground.outlines[ground.governing(days).main[0]][Estimate.BEST] for ground in found]


def points(n: int, beyond: float) -> tuple[np.ndarray, np.ndarray]:
    west, south, east, north = read_atlas().meta.bounds
    rng = np.random.default_rng(4)
    return (
        rng.uniform(west - beyond, east + beyond, n),
        rng.uniform(south - beyond, north + beyond, n),
    )


def on_the_ground(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.stack([np.abs(outline.distance(x, y)[0]) for outline in outlines()])


def in_the_plane(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    at = shapely.points(np.column_stack(grounds_of(read_atlas()).plane.project(x, y)))
    return np.stack([outline.plane_distance(at) for outline in outlines()])


def close_calls(distances: np.ndarray, ratio: float) -> np.ndarray:
    least, second = np.sort(distances, axis=0)[:2]
    return np.flatnonzero(second < least * ratio)


@pytest.fixture(scope="module")
def close() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points that are as far from two zones, to a few metres in ten kilometres, and the nearer."""
    x, y = points(40_000, 2.0)
    rows = close_calls(in_the_plane(x, y), 1.003)
    rows = rows[close_calls(on_the_ground(x[rows], y[rows]), 1.0005)]
    assert len(rows) > 50
    return x[rows], y[rows], on_the_ground(x[rows], y[rows]).argmin(axis=0)


def test_between_two_zones_the_nearer_on_the_ground_is_given(close):
    x, y, nearest = close
    np.testing.assert_array_equal(nearest_of(outlines(), x, y), nearest)


def test_the_plane_alone_would_give_the_farther_of_some(close):
    x, y, nearest = close
    assert (in_the_plane(x, y).argmin(axis=0) != nearest).any()


@pytest.mark.parametrize("many", [False, True])
def test_a_verdict_reports_it_with_an_index_and_without(close, many, monkeypatch):
    monkeypatch.setattr(verdict, "_MANY", 0 if many else 10**9)
    x, y, nearest = close
    days = np.full(len(x), DAY)
    found = Assessor(read_atlas()).assess(Incidents.discs(x, y, np.zeros(len(x)), days, days))
    np.testing.assert_array_equal(found.zone, nearest)


def test_a_point_that_once_had_the_farther_zone():
    found = zones.check(longitude=39.90933, latitude=33.44408, date="2021-02-20")
    assert (found.zone, found.distance_m) == ("north-homs", -316_566)  # Ghouta: 6 m more


def test_far_away_the_nearest_edge_of_all_is_found_though_few_are_measured():
    """The plane tells next to nothing there: every foot on every edge is measured here instead."""
    rng = np.random.default_rng(11)
    x, y = rng.uniform(-180, 180, 60), np.degrees(np.arcsin(rng.uniform(-1, 1, 60)))
    least = []
    for outline in outlines():
        plane, edges = outline.plane, np.arange(len(outline.plane_edges))
        px, py = plane.project(x, y)
        row, edge = np.repeat(np.arange(len(x)), len(edges)), np.tile(edges, len(x))
        feet = plane.unproject(*outline._feet(edge, px[row], py[row]))
        metres = plane.geod.inv(x[row], y[row], *feet)[2].reshape(len(x), -1).min(axis=1)
        assert np.abs(outline.distance(x, y)[0]).tolist() == metres.tolist()
        low, high = outline.ground_bounds(x, y)
        assert ((low < metres) & (metres < high)).all()
        least.append(metres)
    assert nearest_of(outlines(), x, y).tolist() == np.argmin(least, axis=0).tolist()
