"""The share of a disc that lies inside a polygon: exact, and for arrays of discs.

The area common to a disc and a polygon is the integral of (x dy - y dx) / 2 around what they
share: the pieces of the polygon's edges inside the disc, and the arcs of the circle inside the
polygon (Green's theorem). Edges wholly inside are summed beforehand, from each ring's first
vertex on, so only the places where the outline *crosses* the circle cost anything, and the arcs
between crossings need no sorting: their angles add up to the exits less the entries, modulo a
full turn.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import shapely

from geodata.covering import covers
from geodata.schema import Polygonal
from zones.arrays import Array
from zones.plane import Plane

_TILE_M = 4_000.0  # smaller tiles do not leave out many more edges
_GROUP = 300  # discs in a tile, about: what is worth choosing edges for
_BATCH = 8_192  # discs whose crossings are computed together: what fits a core's cache
# Of a matrix of distances: what fits a core's cache, and what OpenBLAS multiplies on one thread.
# More of them would wait for each other, the more the busier the machine is.
_ELEMENTS = 65_536
_FANNED = 8
_TURN = 2.0 * np.pi
_ASKED = (np.cos(0.6), np.sin(0.6))  # a direction in which no map's lines run by habit
_POINT_M = 0.05  # a smaller disc is a point: the numbers of the plane carry no more
_SMALL_M = 10.0  # a smaller disc sees how far an edge of 1.5 km strays from its true course
_SHORT_EDGE_M = 150.0
_SHORT = 8.0  # an edge shorter than radius / 8 dips into a circle by less than 1e-4 of its area


class Outline:
    """One polygon, prepared for questions about points and discs.

    Parameters
    ----------
    shape
        Polygon or MultiPolygon in EPSG:4326, possibly empty.
    plane
        The plane on which discs are circles.
    longest_edge_m
        Length to which edges are divided before they are projected; the plane's own where None.
    """

    def __init__(
        self, shape: Polygonal, plane: Plane, *, longest_edge_m: float | None = None
    ) -> None:
        self.shape = shape
        self.plane = plane
        self._longest_edge_m = longest_edge_m

    def covers(self, longitude: Array, latitude: Array) -> Array:
        """Tell which points the polygon covers; a point on its boundary is inside.

        Parameters
        ----------
        longitude, latitude : (n,) array of float
            Degrees, EPSG:4326.
        """
        if self.shape.is_empty:
            return np.zeros(len(longitude), dtype=bool)
        return covers(self.shape, longitude, latitude)

    def share(self, longitude: Array, latitude: Array, radius_m: Array) -> Array:
        """Return the share of each disc's area that lies inside, from 0 to 1.

        Parameters
        ----------
        longitude, latitude : (n,) array of float
            Centres in degrees, EPSG:4326.
        radius_m : (n,) array of float
            Geodesic radius in metres. Radius 0, and less than 5 cm, is a point: its share is 1
            where the polygon covers it, else 0.
        """
        result = np.zeros(len(longitude))
        if self.shape.is_empty:
            return result
        points = np.flatnonzero(radius_m < _POINT_M)
        if points.size:
            result[points] = self.covers(longitude[points], latitude[points])
        least = _POINT_M
        if self._longest_edge_m is None:
            least = _SMALL_M
            small = np.flatnonzero((radius_m >= _POINT_M) & (radius_m < _SMALL_M))
            if small.size:
                chosen = longitude[small], latitude[small], radius_m[small]
                result[small] = self._finer.share(*chosen)
        discs = np.flatnonzero(radius_m >= least)
        if discs.size:
            x, y = self.plane.project(longitude[discs], latitude[discs])
            radius = radius_m[discs] * self.plane.scale(x, y)
            result[discs] = self._disc_shares(x, y, radius)
        return result

    def plane_distance(self, points: Array) -> Array:
        """Return plane metres from points of the plane to the outline; inf where it is empty."""
        if self.shape.is_empty:
            return np.full(len(points), np.inf)
        _, distance = self._edges.query_nearest(points, return_distance=True, all_matches=False)
        return np.asarray(distance)

    def least_distance(self, x: Array, y: Array) -> Array:
        """Return a lower bound, in plane metres, of the distance from points to the outline.

        It follows from the distance d to the nearest vertex, since no point of an edge of length e
        is nearer than sqrt(d^2 - e^2 / 4). Fast, for making tables.
        """
        if self.shape.is_empty:
            return np.full(len(x), np.inf)
        x, y = x - self._origin[0], y - self._origin[1]
        nearest = np.empty(len(x))
        zero = np.zeros(1)
        rows = max(1, _ELEMENTS // len(self._vertices))
        for i in range(0, len(x), rows):
            part = slice(i, i + rows)
            nearest[part] = _depth(self._vertices, x[part], y[part], zero).min(axis=1)
        return np.sqrt(np.maximum(nearest - self.edge_m**2 / 4, 0.0))

    @cached_property
    def plane_edges(self) -> Array:
        """(m, 4) first point and step of each edge, in plane metres."""
        if self.shape.is_empty:
            return np.zeros((0, 4))
        x, y, dx, dy, _ = (column[self._is_edge] for column in self._edge_columns)
        return np.column_stack([x + self._origin[0], y + self._origin[1], dx, dy])

    def edges_within(self, x: Array, y: Array, distance: Array) -> tuple[Array, Array]:
        """Return (point, edge) for every edge that may lie within a distance of a point."""
        row, edge = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        columns = self.plane_edges
        middle = columns[:, :2] + columns[:, 2:] / 2
        reach = distance + self.edge_m / 2
        rows = max(1, _ELEMENTS // max(len(middle), 1))
        for i in range(0, len(x), rows):
            part = slice(i, i + rows)
            near = _depth(middle, x[part], y[part], reach[part]) < 0
            found, which = np.nonzero(near)
            row.append(found + i)
            edge.append(which)
        return np.concatenate(row), np.concatenate(edge)

    def plane_box_distance(self, x: Array, y: Array) -> Array:
        """Return plane metres from points of the plane to the box around the outline."""
        x0, y0, x1, y1 = self._planar.bounds
        return np.hypot(
            np.maximum(np.maximum(x0 - x, x - x1), 0.0), np.maximum(np.maximum(y0 - y, y - y1), 0.0)
        )

    def distance(self, longitude: Array, latitude: Array) -> tuple[Array, Array, Array]:
        """Return the geodesic distance to the outline, and where the outline is nearest.

        Parameters
        ----------
        longitude, latitude : (n,) array of float
            Degrees, EPSG:4326.

        Returns
        -------
        distance : (n,) array of float
            Metres, positive inside and negative outside; NaN where the outline is empty.
        longitude, latitude : (n,) arrays of float
            The nearest point of the outline.
        """
        found = np.full((3, len(longitude)), np.nan)
        if self.shape.is_empty:
            return found[0], found[1], found[2]
        px, py = self.plane.project(longitude, latitude)
        is_far = self.plane.is_far(px, py)
        for rows, find in (
            (np.flatnonzero(~is_far), self._rivals_near),
            (np.flatnonzero(is_far), self._rivals_far),
        ):
            for i in range(0, len(rows), _BATCH):
                part = rows[i : i + _BATCH]
                at = longitude[part], latitude[part]
                query, edge, foot_x, foot_y = find(px[part], py[part], *at)
                x, y = self.plane.unproject(foot_x, foot_y)
                _, _, metres = self.plane.geod.inv(at[0][query], at[1][query], x, y)
                order = np.lexsort((edge, metres, query))
                first = order[np.flatnonzero(np.diff(query[order], prepend=-1))]  # the nearest
                found[:, part] = metres[first], x[first], y[first]
        sign = np.where(self.covers(longitude, latitude), 1.0, -1.0)
        return sign * found[0], found[1], found[2]

    def ground_bounds(self, longitude: Array, latitude: Array) -> tuple[Array, Array]:
        """Return bounds of geodesic distances to the outline; inf where it is empty."""
        if self.shape.is_empty:
            return np.full(len(longitude), np.inf), np.full(len(longitude), np.inf)
        _, x, y, reach, step = self._runs[0]
        low = high = np.full(len(longitude), np.inf)
        for at_x, at_y, near in zip(x, y, reach, strict=True):
            to = np.full(len(longitude), at_x), np.full(len(longitude), at_y)
            _, _, metres = self.plane.geod.inv(longitude, latitude, *to)
            low, high = np.minimum(low, metres - near), np.minimum(high, metres + step)
        return low, high

    def _rivals_near(self, px: Array, py: Array, *_: Array) -> tuple[Array, ...]:
        """Return the edges that may be the nearest on the ground: point, edge, its foot (x, y).

        The plane's scale differs between two edges that look equally near, so every edge that may
        be the nearest is looked at, and left out where lengths that allow for the scale can tell.
        """
        points = np.asarray(shapely.points(px, py))
        limit = self.plane_distance(points) * self.plane.distortion(px, py) + 1.0
        query, edge = self._edges.query(points, predicate="dwithin", distance=limit)
        foot_x, foot_y = self._feet(edge, px[query], py[query])
        length = np.hypot(foot_x - px[query], foot_y - py[query])
        length /= self.plane.mean_scale(px[query], py[query], foot_x, foot_y)
        least = np.full(len(points), np.inf)
        np.minimum.at(least, query, length)
        near = length <= (least * (1.0 + 2.0 * self.plane.doubt(px, py)) + 1.0)[query]
        return query[near], edge[near], foot_x[near], foot_y[near]

    def _rivals_far(
        self, px: Array, py: Array, longitude: Array, latitude: Array
    ) -> tuple[Array, ...]:
        """Return the same for points so far away that the plane tells next to nothing.

        Edges that follow one another are measured as one: none of them is nearer than their middle
        by more than their reach, and one is no farther than an edge's length beyond the middle.
        """
        n, count = len(px), len(self.plane_edges)
        query = np.arange(n)
        run = np.zeros(n, dtype=np.int64)
        for size, x, y, reach, step in self._runs:
            below = -(-count // size)
            query, run = np.repeat(query, _FANNED), np.repeat(run * _FANNED, _FANNED)
            run += np.tile(np.arange(_FANNED), len(run) // _FANNED)
            query, run = query[run < below], run[run < below]
            _, _, metres = self.plane.geod.inv(longitude[query], latitude[query], x[run], y[run])
            least = np.full(n, np.inf)
            np.minimum.at(least, query, metres)
            near = metres - reach[run] <= (least + step)[query]
            query, run = query[near], run[near]
        return query, run, *self._feet(run, px[query], py[query])

    @cached_property
    def _runs(self) -> list[tuple[int, Array, Array, Array, float]]:
        """Runs of fewer and fewer edges: how many, their middles, reach, and the longest edge."""
        x, y, dx, dy = self.plane_edges.T
        every = np.arange(len(x))
        begin, end = self.plane.unproject(x, y), self.plane.unproject(x + dx, y + dy)
        sizes = [1]
        while sizes[-1] * _FANNED < len(x):
            sizes.append(sizes[-1] * _FANNED)
        step = float(self.plane.geod.inv(*begin, *end)[2].max()) + 1.0
        found = []
        for size in reversed(sizes):
            starts = every[::size]
            middle = np.minimum(starts + size // 2, len(x) - 1)
            lon, lat = begin[0][middle], begin[1][middle]
            of = every // size
            ends = [self.plane.geod.inv(lon[of], lat[of], *to)[2] for to in (begin, end)]
            reach = np.maximum.reduceat(np.maximum(*ends), starts) + step
            found.append((size, lon, lat, reach, step))
        return found

    @cached_property
    def _edges(self) -> shapely.STRtree:
        """The edges of the outline in the plane, as a tree of lines."""
        first = np.flatnonzero(self._is_edge)
        pairs = np.stack([self._vertices[first], self._vertices[first + 1]], axis=1)
        return shapely.STRtree(np.asarray(shapely.linestrings(pairs + self._origin)))

    def _feet(self, edge: Array, x: Array, y: Array) -> tuple[Array, Array]:
        """Return for each pair of an edge and a point of the plane the edge's nearest point."""
        ax, ay, dx, dy = (column[edge] for column in self.plane_edges.T)
        square = dx * dx + dy * dy
        along = ((x - ax) * dx + (y - ay) * dy) / np.where(square > 0, square, 1.0)
        along = along.clip(0.0, 1.0)
        return ax + along * dx, ay + along * dy

    @cached_property
    def _finer(self) -> Outline:
        """The same outline with edges closer to their true course, for small discs."""
        return Outline(self.shape, self.plane, longest_edge_m=_SHORT_EDGE_M)

    # -- discs ------------------------------------------------------------------------------

    @cached_property
    def _planar(self) -> Polygonal:
        flat = self.plane.outline(self.shape, longest_edge_m=self._longest_edge_m)
        return flat

    @cached_property
    def _origin(self) -> Array:
        x0, y0, x1, y1 = self._planar.bounds
        return np.array([(x0 + x1) / 2, (y0 + y1) / 2])

    @cached_property
    def _vertices(self) -> Array:
        """(v, 2) vertices of all rings, each ring closed, about the middle of the bounds."""
        return np.asarray(shapely.get_coordinates(self._planar) - self._origin)

    @cached_property
    def _ring_starts(self) -> Array:
        rings = shapely.get_rings(shapely.get_parts(self._planar))
        sizes = shapely.get_num_coordinates(rings)
        return np.concatenate([[0], np.cumsum(sizes)])

    @cached_property
    def _is_edge(self) -> Array:
        """Whether vertices i and i + 1 are joined by an edge, and not in different rings."""
        joined = np.ones(len(self._vertices), dtype=bool)
        joined[self._ring_starts[1:] - 1] = False
        return joined

    @cached_property
    def _edge_columns(self) -> tuple[Array, ...]:
        """First vertex (x, y), step (x, y) and squared length of the edge after each vertex."""
        x, y = np.ascontiguousarray(self._vertices.T)
        dx, dy = np.diff(x, append=x[-1:]), np.diff(y, append=y[-1:])
        return x, y, dx, dy, dx * dx + dy * dy

    @cached_property
    def _dip_depth(self) -> Array:
        """Depth below which a vertex may belong to an edge that dips into a circle."""
        square = np.where(self._is_edge, self._edge_columns[4], 0.0)
        return np.asarray(np.maximum(square, np.roll(square, 1)) / 4.0)

    @cached_property
    def edge_m(self) -> float:
        """Length of the longest edge in the plane; 0 where the outline is empty."""
        if self.shape.is_empty:
            return 0.0
        steps = np.diff(self._vertices, axis=0)[self._is_edge[:-1]]
        return float(np.hypot(steps[:, 0], steps[:, 1]).max())

    @cached_property
    def _swept(self) -> Array:
        """Twice the area swept about the origin from a ring's first vertex to vertex i."""
        v = self._vertices
        step = v[:-1, 0] * v[1:, 1] - v[:-1, 1] * v[1:, 0]
        step[~self._is_edge[:-1]] = 0.0
        total = np.concatenate([[0.0], np.cumsum(step)])
        first = self._ring_starts[:-1]
        return np.asarray(total - np.repeat(total[first], np.diff(self._ring_starts)))

    def _disc_shares(self, x: Array, y: Array, radius: Array) -> Array:
        order, cuts = _neighbours(x, y, radius)
        x, y, radius = (x - self._origin[0])[order], (y - self._origin[1])[order], radius[order]
        area = np.empty(len(x))
        # Groups are small, to look at few edges; their crossings are computed many at a time.
        begin, found = 0, []
        for start, stop in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
            near = self._near(x[start:stop], y[start:stop], radius[start:stop])
            rows = max(1, _ELEMENTS // max(len(near), 1))
            for i in range(start, stop, rows):
                part = slice(i, min(i + rows, stop))
                disc, edge, leaves = self._crossings(x[part], y[part], radius[part], near)
                found.append((disc + (i - begin), edge, leaves))
            if stop - begin >= _BATCH or stop == len(x):
                disc, edge, leaves = map(np.concatenate, zip(*found, strict=True))
                batch = slice(begin, stop)
                area[batch] = self._areas(x[batch], y[batch], radius[batch], disc, edge, leaves)
                begin, found = stop, []
        share = np.empty(len(x))
        share[order] = np.clip(area / (np.pi * np.square(radius)), 0.0, 1.0)
        return share

    def _areas(
        self, x: Array, y: Array, radius: Array, disc: Array, edge: Array, leaves: Array
    ) -> Array:
        """Return the areas common to the polygon and discs, from where their outlines cross."""
        n = len(x)
        corner_x, corner_y, dx, dy, a = (column[edge] for column in self._edge_columns)
        at_x, at_y = x[disc], y[disc]
        vx, vy = corner_x - at_x, corner_y - at_y
        b = vx * dx + vy * dy
        c = vx * vx + vy * vy - np.square(radius)[disc]
        root = np.sqrt(np.maximum(b * b - a * c, 0.0))
        sign = np.where(leaves, 1.0, -1.0)
        t = np.clip((sign * root - b) / a, 0.0, 1.0)
        px, py = vx + t * dx, vy + t * dy  # the crossing, seen from the centre of the disc
        qx, qy = px + at_x, py + at_y  # and from the origin
        swept = self._swept[edge] + corner_x * qy - corner_y * qx
        swept -= at_x * qy - at_y * qx
        double = _sum_by(disc, sign * swept, n)
        double += self._rings_begun_inside(x, y, radius)
        turn = -_sum_by(disc, sign * np.arctan2(py, px), n) % _TURN
        crossed = np.bincount(disc, minlength=n) > 0

        # Where nothing is crossed, or only grazed, the circle lies inside or outside as a whole,
        # and any of its points tells; not its centre, which may lie in a speck or a small hole.
        grazed = ~crossed | (turn < 1e-9) | (turn > _TURN - 1e-9)
        if grazed.any():
            asked_x = x[grazed] + radius[grazed] * _ASKED[0] + self._origin[0]
            asked_y = y[grazed] + radius[grazed] * _ASKED[1] + self._origin[1]
            whole = covers(self._planar, asked_x, asked_y)
            turn[grazed] = np.where(whole, _TURN, 0.0)
        return np.asarray((double + np.square(radius) * turn) / 2.0)

    def _rings_begun_inside(self, x: Array, y: Array, radius: Array) -> Array:
        """Return the swept area of the rings whose first vertex lies inside each disc."""
        first, last = self._ring_starts[:-1], self._ring_starts[1:] - 1
        start = self._vertices[first]
        total = self._swept[last]
        inside = _depth(start, x, y, radius) < 0
        return np.asarray(inside @ total)

    def _near(self, x: Array, y: Array, radius: Array) -> Array:
        """Return the vertices at both ends of every edge that any of these circles may cross."""
        middle_x, middle_y = (x.min() + x.max()) / 2, (y.min() + y.max()) / 2
        spread = np.hypot(x - middle_x, y - middle_y).max()
        distance = np.hypot(self._vertices[:, 0] - middle_x, self._vertices[:, 1] - middle_y)
        within = (distance >= radius.min() - spread - self.edge_m) & (
            distance <= radius.max() + spread + self.edge_m
        )
        edge = within & self._is_edge
        ends = edge.copy()
        ends[1:] |= edge[:-1]
        return np.flatnonzero(ends)

    def _crossings(
        self, x: Array, y: Array, radius: Array, near: Array
    ) -> tuple[Array, Array, Array]:
        """Return (disc, edge, leaves) for every crossing of an edge with a circle."""
        depth = _depth(self._vertices[near], x, y, radius)
        inside = depth < 0
        is_edge = (np.diff(near) == 1) & self._is_edge[near[:-1]]
        disc, k = _where(inside[:, :-1] != inside[:, 1:], is_edge)
        edge, leaves = near[k], inside[disc, k]
        if self.edge_m * _SHORT > radius.min():
            dipper, dipping = self._dips(x, y, radius, near, depth, inside, is_edge)
            yes = np.ones(len(dipper), dtype=bool)
            disc = np.concatenate([disc, dipper, dipper])
            edge = np.concatenate([edge, dipping, dipping])
            leaves = np.concatenate([leaves, yes, ~yes])
        return disc, edge, leaves

    def _dips(
        self,
        x: Array,
        y: Array,
        radius: Array,
        near: Array,
        depth: Array,
        inside: Array,
        is_edge: Array,
    ) -> tuple[Array, Array]:
        """Return (disc, edge) where an edge enters and leaves a circle between its ends."""
        beyond = ~inside
        close = beyond & (depth < self._dip_depth[near])
        may_dip = close[:, :-1] & beyond[:, 1:]
        may_dip |= close[:, 1:] & beyond[:, :-1]
        disc, k = _where(may_dip, is_edge)
        edge = near[k]
        corner_x, corner_y, dx, dy, a = (column[edge] for column in self._edge_columns)
        vx, vy = corner_x - x[disc], corner_y - y[disc]
        b = vx * dx + vy * dy
        dips = (b < 0) & (b > -a) & (vx * vx + vy * vy - b * b / a < np.square(radius)[disc])
        return disc[dips], edge[dips]


def _where(mask: Array, columns: Array) -> tuple[Array, Array]:
    """Return rows and columns of the True cells in the chosen columns; faster than `nonzero`."""
    flat = np.flatnonzero(mask)
    row = flat // max(mask.shape[1], 1)
    column = flat - row * mask.shape[1]
    chosen = columns[column]
    return row[chosen], column[chosen]


def _sum_by(index: Array, values: Array, n: int) -> Array:
    """Sum values by index; float even where there are none."""
    return np.asarray(np.bincount(index, values, n), dtype=float)


def _depth(vertices: Array, x: Array, y: Array, radius: Array) -> Array:
    """Return (n, v): squared distance of each vertex from each centre, less radius squared.

    Computed as one product of matrices, relative to the first centre so that no digits cancel.
    """
    mx, my = x[0], y[0]
    left = np.empty((len(x), 4))
    left[:, 0], left[:, 1], left[:, 2] = x - mx, y - my, 1.0
    left[:, 3] = left[:, 0] ** 2 + left[:, 1] ** 2 - radius**2
    right = np.empty((4, len(vertices)))
    vx, vy = vertices[:, 0] - mx, vertices[:, 1] - my
    right[0], right[1], right[2], right[3] = -2.0 * vx, -2.0 * vy, vx * vx + vy * vy, 1.0
    return np.asarray(left @ right)


def _neighbours(x: Array, y: Array, radius: Array) -> tuple[Array, Array]:
    """Return an order of discs, and cuts in it between groups of neighbours of similar size.

    Tiles are as small as they can be with enough discs in each; radii within a group differ by no
    more than a tile's width.
    """
    if len(x) == 1:
        return np.zeros(1, dtype=np.int64), np.array([0, 1])
    discs = _GROUP / len(x)
    ground = float((np.ptp(x) + 1.0) * (np.ptp(y) + 1.0))
    tile = np.sqrt(ground * discs)
    radii = float(np.ptp(radius))
    if radii > tile:
        tile = np.cbrt(ground * radii * discs)
    tile = max(tile, _TILE_M)
    key = np.zeros(len(x), dtype=np.int64)
    for column in (x, y, radius):
        step = ((column - column.min()) / tile).astype(np.int64)
        key = key * (step.max() + 1) + step
    order = np.argsort(key, kind="stable")
    inner = np.flatnonzero(np.diff(key[order])) + 1
    return order, np.concatenate([[0], inner, [len(x)]])
