"""How a line is drawn between settlements of known side, and how far it may be wrong.

Everything here works in metres (UTM zone 37 N, EPSG:32637); degrees come in and go out at the edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

FloatArray = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
BoolArray = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

METRIC = "EPSG:32637"
_TO_METRES = Transformer.from_crs("EPSG:4326", METRIC, always_xy=True)
_TO_DEGREES = Transformer.from_crs(METRIC, "EPSG:4326", always_xy=True)

DEGREE_GRID = 1e-5  # five decimals: about one metre


@dataclass(frozen=True, kw_only=True)
class Method:
    """The numbers of the method; lengths in metres."""

    reach: float = 10_000.0  # a settlement speaks for no ground farther away than this
    rounding: float = 300.0  # corners and necks narrower than twice this are rounded off
    tolerance: float = 40.0  # simplification of `best`
    longest_edge: float = 2_000.0  # so that the error can change along the line
    share: float = 0.8  # of the local half-gap: the error of the line
    town: float = 600.0  # a settlement's side is known this far round its mark
    least: float = 200.0  # no line between settlements is better known than this
    most: float = 6_000.0
    step: float = 250.0  # spacing of the discs that make the band


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A stretch of fixed limit (a state border) and its own error in metres."""

    line: BaseGeometry
    accuracy: float


def to_metres(geometry: BaseGeometry) -> BaseGeometry:
    """Project a geometry from degrees (EPSG:4326) to metres."""
    return shapely.transform(geometry, _project(_TO_METRES))


def to_degrees(geometry: BaseGeometry) -> BaseGeometry:
    """Project a geometry from metres to degrees (EPSG:4326)."""
    return shapely.transform(geometry, _project(_TO_DEGREES))


def points_to_metres(longitude: FloatArray, latitude: FloatArray) -> FloatArray:
    """Project (n,) longitudes and latitudes to (n, 2) metres."""
    return np.column_stack(_TO_METRES.transform(longitude, latitude))


def marks(xy: FloatArray) -> Any:
    """Return an array of n points for (n, 2) coordinates."""
    return shapely.points(xy)


def dissolve_cells(points: FloatArray, chosen: BoolArray, *, ground: BaseGeometry) -> BaseGeometry:
    """Unite the Voronoi cells of the chosen ones of (n, 2) points, within `ground`."""
    cells = shapely.get_parts(
        shapely.voronoi_polygons(
            shapely.multipoints(points), extend_to=shapely.box(*ground.bounds), ordered=True
        )
    )
    return shapely.intersection(shapely.union_all(cells[chosen]), ground)


def draw_line(
    points: FloatArray, own: BoolArray, *, ground: BaseGeometry, method: Method
) -> BaseGeometry:
    """Draw the outline of the ground nearer to own settlements than to any other.

    `points` is (n, 2) in metres, `own` says which of them belong to the zone. Ground farther than
    `method.reach` from an own settlement is left out, unless the outline closes around it. Corners
    are rounded; parts and holes without a settlement are dropped.
    """
    cells = dissolve_cells(points, own, ground=ground)
    reach: BaseGeometry = shapely.union_all(
        shapely.buffer(shapely.points(points[own]), method.reach)
    )
    reach = shapely.buffer(shapely.buffer(reach, method.reach), -method.reach)  # no cusps
    shape: BaseGeometry = shapely.intersection(cells, reach)
    shape = _drop_empty(shape, points, own)
    # Rounded within the ground only: a state border keeps its corners.
    abroad = shapely.difference(shapely.box(*shapely.buffer(shape, 20_000).bounds), ground)
    held = shapely.union(shape, shapely.intersection(abroad, shapely.buffer(shape, 4_000)))
    rounded: BaseGeometry = shapely.buffer(held, -method.rounding)
    rounded = shapely.buffer(rounded, 2 * method.rounding)
    rounded = shapely.buffer(rounded, -method.rounding)
    rounded = shapely.intersection(rounded, shapely.buffer(shape, method.rounding))
    # Rounding must not change the side of a settlement: its nearest ground is put back or left out.
    ours, theirs = known_ground(points, own, method=method)
    rounded = shapely.union(rounded, shapely.intersection(shapely.buffer(ours, 50.0), shape))
    rounded = shapely.difference(rounded, shapely.buffer(theirs, 50.0))
    rounded = shapely.intersection(rounded, ground)
    # Along the border, cells leave wedges and necks too narrow to mean anything.
    opened = shapely.buffer(shapely.buffer(rounded, -method.rounding / 2), method.rounding / 2)
    rounded = shapely.intersection(
        rounded, shapely.union(shapely.buffer(opened, method.tolerance), ours)
    )
    shape = _drop_empty(rounded, points, own)
    simple: BaseGeometry = shapely.coverage_simplify([shape], method.tolerance)[0]
    return shapely.make_valid(simple)


def known_ground(
    points: FloatArray, own: BoolArray, *, method: Method, sourced: BoolArray | None = None
) -> tuple[BaseGeometry, BaseGeometry]:
    """Return the ground round the marks of own and of other settlements whose side is known.

    A disc of `method.town` metres round each mark, or of 0.4 of the way to the nearest settlement
    of the other side where that is less. With `sourced`, a side that no source names counts only
    where nobody of the other side is nearer than `method.most`.
    """
    discs = []
    alone = is_alone(points, own, method=method)
    for side in (own, ~own):
        radius = np.minimum(method.town, 0.4 * _nearest(points[side], points[~side]))
        if sourced is not None:
            radius = np.where(sourced[side] | alone[side], radius, 0.0)
        there = radius > 0
        marks_of = shapely.points(points[side][there])
        discs.append(shapely.union_all(shapely.buffer(marks_of, radius[there])))
    return discs[0], discs[1]


def is_alone(points: FloatArray, own: BoolArray, *, method: Method) -> BoolArray:
    """Mark the settlements with nobody of the other side nearer than `method.most`."""
    alone = np.zeros(len(own), dtype=bool)
    for side in (own, ~own):
        alone[side] = _nearest(points[side], points[~side]) >= method.most
    return alone


def densify(shape: BaseGeometry, *, method: Method) -> BaseGeometry:
    """Add vertices so that no edge is longer than `method.longest_edge`."""
    return shapely.segmentize(shape, method.longest_edge)


def local_error(
    at: FloatArray,
    points: FloatArray,
    own: BoolArray,
    *,
    edges: tuple[Edge, ...] = (),
    limits: tuple[FloatArray, FloatArray] | None = None,
    limit_line: BaseGeometry | None = None,
    method: Method,
) -> FloatArray:
    """Say how far the line may be wrong, in metres, at (k, 2) places on it.

    The half-gap is the mean of the distances to the nearest settlement of each side. On a state
    border the border's own error counts; on the limit of a governorate (`limit_line`) the half-gap
    between settlements of the two governorates (`limits`).
    """
    gap = (_nearest(at, points[own]) + _nearest(at, points[~own])) / 2
    places = shapely.points(at)
    if limits is not None and limit_line is not None:
        on_limit = shapely.dwithin(places, limit_line, method.tolerance * 2)
        across = (_nearest(at, limits[0]) + _nearest(at, limits[1])) / 2
        gap = np.where(on_limit, across, gap)
    error = np.clip(method.share * gap, method.least, method.most)
    for edge in edges:
        error = np.where(
            shapely.dwithin(places, edge.line, method.tolerance * 3), edge.accuracy, error
        )
    return np.asarray(error, dtype=np.float64)


def band(lines: list[FloatArray], radii: list[FloatArray]) -> BaseGeometry:
    """Unite discs of changing radius along closed lines of (k, 2) vertices."""
    hulls = []
    for line, radius in zip(lines, radii, strict=True):
        discs = shapely.buffer(shapely.points(line), radius, quad_segs=6)
        pairs = shapely.union(discs[:-1], discs[1:])
        hulls.append(shapely.convex_hull(pairs))
    return shapely.union_all(np.concatenate(hulls)) if hulls else Polygon()


def rings(shape: BaseGeometry, *, step: float | None = None) -> list[FloatArray]:
    """List the closed rings of a polygon as (k, 2) vertices, no more than `step` apart."""
    if step is not None:
        shape = shapely.segmentize(shape, step)
    parts = shapely.get_rings(shapely.get_parts(shape))
    return [shapely.get_coordinates(ring) for ring in parts]


def ground_with_border(country: BaseGeometry, borders: list[BaseGeometry]) -> Polygon:
    """Replace stretches of a country's outline (metres) by better known ones."""
    ring = max(shapely.get_parts(country), key=lambda part: part.area).exterior
    for border in borders:
        first, last = (shapely.get_point(border, i) for i in (0, -1))
        a, b = sorted(
            (ring.project(first), ring.project(last)),
        )
        coordinates = shapely.get_coordinates(border)
        if ring.project(first) != a:
            coordinates = coordinates[::-1]
        vertices = shapely.get_coordinates(ring)
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(vertices, axis=0).T))])
        inner, outer = b - a, along[-1] - (b - a)
        if inner <= outer:
            new = np.vstack([vertices[along < a], coordinates, vertices[along > b]])
        else:
            new = np.vstack([vertices[(along > a) & (along < b)], coordinates[::-1]])
        if not np.array_equal(new[0], new[-1]):
            new = np.vstack([new, new[:1]])
        ring = shapely.linearrings(new)
    ground = shapely.make_valid(shapely.polygons(ring))
    biggest: Polygon = max(shapely.get_parts(ground), key=lambda part: part.area)
    return biggest


def polygons_only(shape: BaseGeometry) -> MultiPolygon | Polygon:
    """Keep the polygons of a geometry and nothing else."""
    parts = [p for p in _flat(shape) if p.geom_type == "Polygon" and p.area > 0]
    if len(parts) == 1:
        return parts[0]
    return MultiPolygon(parts)


def _flat(shape: BaseGeometry) -> list[Polygon]:
    found: list[Polygon] = []
    for part in shapely.get_parts(shape):
        found.extend([part] if not hasattr(part, "geoms") else _flat(part))
    return found


def keep_settled(shape: BaseGeometry, points: FloatArray) -> BaseGeometry:
    """Drop the parts of a shape that hold none of (n, 2) points."""
    found = shapely.multipoints(points)
    kept = [p for p in _flat(shape) if p.geom_type == "Polygon" and shapely.intersects(p, found)]
    return shapely.union_all(kept)


def fill_unsettled(shape: BaseGeometry, points: FloatArray) -> BaseGeometry:
    """Fill the holes of a shape that hold none of (n, 2) points."""
    found = shapely.multipoints(points)
    filled = []
    for part in shapely.get_parts(polygons_only(shape)):
        holes = [h for h in part.interiors if shapely.intersects(Polygon(h), found)]
        filled.append(Polygon(part.exterior, holes))
    return shapely.union_all(filled)


def _drop_empty(shape: BaseGeometry, points: FloatArray, own: BoolArray) -> BaseGeometry:
    """Drop parts without an own settlement and fill holes without a foreign one."""
    return fill_unsettled(keep_settled(shape, points[own]), points[~own])


def _nearest(at: FloatArray, points: FloatArray) -> FloatArray:
    tree = shapely.STRtree(marks(points))
    _, distance = tree.query_nearest(shapely.points(at), all_matches=False, return_distance=True)
    return np.asarray(distance, dtype=np.float64)


def _project(transformer: Transformer):  # type: ignore[no-untyped-def]
    def apply(coordinates: FloatArray) -> FloatArray:
        return np.column_stack(transformer.transform(coordinates[:, 0], coordinates[:, 1]))

    return apply
