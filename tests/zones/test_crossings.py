"""The few edges in a cell tell which outlines hold a point, as shapely does of whole outlines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.atlas import read_atlas
from zones.index.crossings import Crossings
from zones.index.grid import Grid
from zones.plane import Plane
from zones.shares import Outline

GRID = Grid.over((36.0, 34.0, 36.8, 34.8), 8, 8)


def answers(grid: Grid, shapes: list[Any], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What cells and crossings tell of points."""
    plane = Plane(read_atlas().meta.bounds)
    outlines = [Outline(shape, plane) for shape in shapes]
    found = [grid.classify(shape) for shape in shapes]
    middle = np.zeros((grid.rows * grid.columns, len(shapes)), dtype=bool)
    for o, (_, _, inside) in enumerate(found):
        middle[inside, o] = True
    crossings = Crossings(grid, outlines, [(cells, edges) for cells, edges, _ in found])
    cells = grid.cells(x, y)
    held = middle[cells]
    crossings.cross(held, x, y, cells)
    return held


def expected(shapes: list[Any], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.stack([shapely.intersects_xy(shape, x, y) for shape in shapes], axis=-1)


# Vertices on and off the lines between cells and their middles, and a hair from them.
steps = st.integers(1, 31).map(lambda k: k / 32)
hairs = st.sampled_from([0.0, 0.0, 1e-15, -1e-15, 1e-9, -1e-9])
spots = st.builds(
    lambda u, v, a, b: (36.0 + 0.8 * u + a, 34.0 + 0.8 * v + b), steps, steps, hairs, hairs
)
anywhere = st.tuples(st.floats(36.03, 36.77), st.floats(34.03, 34.77))


def shape_of(points: list[tuple[float, float]]) -> Any:
    """Triangles of these points, united: pieces, holes, slivers, or nothing."""
    triangles = [shapely.Polygon(some) for some in zip(*[iter(points)] * 3, strict=True)]
    whole = shapely.unary_union([t for t in triangles if t.is_valid and t.area > 1e-12])
    parts = [p for p in shapely.get_parts(whole) if p.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)


@given(
    st.lists(
        st.lists(spots | anywhere, min_size=3, max_size=12).map(
            lambda points: points[: len(points) // 3 * 3]
        ),
        min_size=1,
        max_size=3,
    ),
    st.lists(spots | anywhere, max_size=10),
)
@settings(max_examples=150, deadline=None)
def test_any_point_lies_where_shapely_finds_it(
    triangles: list[list[tuple[float, float]]], further: list[tuple[float, float]]
) -> None:
    shapes = [shape_of(points) for points in triangles]
    vertices = np.concatenate([np.zeros((0, 2)), *(shapely.get_coordinates(s) for s in shapes)])
    middles = (vertices[:-1] + vertices[1:]) / 2
    centres = np.column_stack(GRID.centres())
    points = np.concatenate([vertices, middles, np.array(further).reshape(-1, 2), centres])
    x, y = points.T

    np.testing.assert_array_equal(answers(GRID, shapes, x, y), expected(shapes, x, y))


@pytest.mark.parametrize("estimate", ["low", "best", "high"])
def test_points_along_the_lines_of_the_atlas_lie_where_shapely_finds_them(estimate: str) -> None:
    shapes = [getattr(e, estimate) for e in read_atlas().extents]
    shapes = [shape for shape in shapes if not shape.is_empty]
    vertices = np.concatenate([shapely.get_coordinates(shape) for shape in shapes])
    random = np.random.default_rng(7)
    near = [vertices + random.normal(scale=s, size=vertices.shape) for s in (1e-12, 1e-6, 1e-3)]
    x, y = np.concatenate([vertices, (vertices[:-1] + vertices[1:]) / 2, *near]).T
    bounds = (x.min() - 0.1, y.min() - 0.1, x.max() + 0.1, y.max() + 0.1)
    grid = Grid.over(bounds, 900, 900)

    np.testing.assert_array_equal(answers(grid, shapes, x, y), expected(shapes, x, y))
