"""The extents of the zones: from settlements and digitised outlines to extents.geojson."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from geodata.sources import lines
from geodata.sources.facts import RAW
from geodata.sources.lines import BoolArray, Edge, FloatArray, Method
from geodata.sources.settlements import read_sites, read_table

if TYPE_CHECKING:
    import geopandas as gpd

METHOD = Method()
GEOD = Geod(ellps="WGS84")
ESTIMATES = ("low", "best", "high")
SAME_PLACE = 1_000.0  # two marks nearer than this are one settlement
JOIN = 500.0  # and notches narrower than twice this beside it are filled
ACROSS = 1_000.0  # the ground of a settlement across the limit of a governorate, in metres
BORDER_PLACE = 800.0  # the ground of a settlement across the drawn border, in metres
BAND_TOLERANCE = 120.0  # simplification of `low` and `high`, in metres
ABROAD_KEPT = 800.0  # how far `high` may pass the drawn state border, in metres


@dataclass(frozen=True)
class Settlements:
    """Places of known side, a published point each; `xy` is (n, 2) in metres."""

    ids: tuple[str, ...]
    xy: FloatArray
    sides: tuple[str, ...]
    zones: tuple[str, ...]
    sourced: BoolArray
    in_zones: frozenset[str]

    def own(self, zone: str) -> BoolArray:
        """Mark the points that belong to a zone: its own places, held by a side of the zones."""
        return np.array(
            [s in self.in_zones and z == zone for s, z in zip(self.sides, self.zones, strict=True)]
        )

    def marked(self, ids: Iterable[str]) -> BoolArray:
        """Mark the points of the settlements named; raise KeyError for an unknown id."""
        wanted = set(ids)
        if missing := wanted - set(self.ids):
            raise KeyError(f"no settlement {sorted(missing)} on that day: look at the plan")
        return np.array([i in wanted for i in self.ids])

    def of_sides(self, sides: Iterable[str], zone: str) -> set[str]:
        """Name the settlements of a zone's ground that one of the sides held."""
        wanted = set(sides)
        return {
            i
            for i, s, z in zip(self.ids, self.sides, self.zones, strict=True)
            if s in wanted and z == zone
        }

    def kept(self, chosen: BoolArray) -> Settlements:
        """Return the chosen points alone."""
        pick = np.flatnonzero(chosen)
        return Settlements(
            tuple(self.ids[i] for i in pick),
            self.xy[pick],
            tuple(self.sides[i] for i in pick),
            tuple(self.zones[i] for i in pick),
            self.sourced[pick],
            self.in_zones,
        )


@dataclass(frozen=True)
class Ground:
    """The country in metres, its border with the errors of its stretches."""

    land: BaseGeometry
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Extent:
    """Three nested geometries in metres, and the error at each vertex of `best`."""

    low: BaseGeometry
    best: BaseGeometry
    high: BaseGeometry


@lru_cache(maxsize=16)
def read_settlements(day: str) -> Settlements:
    """Read the settlements whose holder on a day is told, from the ledger."""
    sites = read_sites(dt.date.fromisoformat(day))
    xy = lines.points_to_metres(
        np.array([site.longitude for site in sites]), np.array([site.latitude for site in sites])
    )
    sides = json.loads((RAW / "sides.json").read_text("utf-8"))
    return Settlements(
        tuple(site.settlement for site in sites),
        xy,
        tuple(site.side for site in sites),
        tuple(site.zone for site in sites),
        np.array([site.sourced for site in sites]),
        frozenset(side["id"] for side in sides if side["in_zones"]),
    )


@lru_cache(maxsize=1)
def read_countries(world_atlas: Path) -> gpd.GeoDataFrame:
    """Read the countries of world-atlas, in degrees; nobody may change what is returned."""
    import pyogrio

    frame: gpd.GeoDataFrame = pyogrio.read_dataframe(world_atlas, layer="countries")
    return frame


def read_country(world_atlas: Path, name: str) -> BaseGeometry:
    """Read a country of world-atlas, in degrees."""
    frame = read_countries(world_atlas)
    found = frame.loc[frame["name"] == name, "geometry"]
    if len(found) != 1:
        raise LookupError(f"expected one country called {name} in {world_atlas}")
    shape: BaseGeometry = found.iloc[0]
    return shape


def read_ground(folder: Path, plan: dict[str, Any], world_atlas: Path) -> Ground:
    """Read the country with its better known stretches of border put in."""
    better, rest = plan["state_border"]
    features = json.loads((folder / better["file"]).read_text("utf-8"))["features"]
    stretches = [lines.to_metres(shapely.geometry.shape(f["geometry"])) for f in features]
    country = lines.to_metres(read_country(world_atlas, rest["country"]))
    land = lines.ground_with_border(country, stretches)
    edges = [Edge(line=land.exterior, accuracy=float(rest["accuracy_m"]))]
    edges += [
        Edge(line=s, accuracy=float(f["properties"]["accuracy_m"]))
        for s, f in zip(stretches, features, strict=True)
    ]
    return Ground(land, tuple(edges))


@lru_cache(maxsize=4)
def read_governorates(inside: tuple[str, ...]) -> tuple[FloatArray, BoolArray]:
    """Read the settlements of the ledger: (n, 2) metres, and whether each is in one of `inside`.

    `inside` names governorates by their P-codes.
    """
    rows = [row for row in read_table("settlements.csv") if row["admin3"] and row["id"][0] == "C"]
    xy = lines.points_to_metres(
        np.array([float(r["longitude"]) for r in rows]),
        np.array([float(r["latitude"]) for r in rows]),
    )
    return xy, np.array([r["admin3"].startswith(inside) for r in rows])


@dataclass(frozen=True)
class Frame:
    """Where a zone may lie, and what its line is measured by."""

    ground: BaseGeometry
    edges: tuple[Edge, ...]
    limits: tuple[FloatArray, FloatArray] | None = None
    limit_line: BaseGeometry | None = None


def frame_of(entry: dict[str, Any], own_xy: FloatArray, ground: Ground) -> Frame:
    """Return the country, or the governorates that the zone keeps to.

    The limit of the governorates runs between their settlements. A zone's own settlement counts
    as one of them; if it stands across the limit it brings its near ground, not its whole cell.
    """
    ground = with_border_places(ground, own_xy)
    if not (governorates := entry.get("governorates")):
        return Frame(ground.land, ground.edges)
    xy, inside = read_governorates(tuple(governorates))
    same = SAME_PLACE
    across = shapely.dwithin(shapely.points(own_xy), shapely.multipoints(xy[~inside]), same)
    other = ~shapely.dwithin(shapely.points(xy), shapely.multipoints(own_xy), 1.0)
    xy = np.vstack([own_xy, xy[other]])
    inside = np.concatenate([np.ones(len(own_xy), dtype=bool), inside[other]])
    land = lines.dissolve_cells(xy, inside, ground=ground.land)
    brought = shapely.union_all(shapely.buffer(shapely.points(own_xy[across]), ACROSS))
    land = shapely.union(land, shapely.intersection(brought, ground.land))
    closed = shapely.buffer(shapely.buffer(land, JOIN), -JOIN)
    near = shapely.buffer(brought, ACROSS)
    land = shapely.union(
        land, shapely.intersection(shapely.intersection(closed, near), ground.land)
    )
    limit = shapely.difference(land.boundary, shapely.buffer(ground.land.boundary, 100.0))
    return Frame(land, ground.edges, (xy[inside], xy[~inside]), limit)


def with_border_places(ground: Ground, own_xy: FloatArray) -> Ground:
    """Add to the country the near ground of its own settlements that stand just across its outline.

    A settlement held by a side in the country is in the country; it is the drawn border, or the
    mark, that is wrong by some hundred metres.
    """
    marks = lines.marks(own_xy)[on_border(ground, own_xy)]
    if not len(marks):
        return ground
    added = shapely.union_all(
        shapely.buffer(shapely.shortest_line(marks, ground.land), BORDER_PLACE)
    )
    land = shapely.union(ground.land, added)
    changed = shapely.intersection(land.boundary, shapely.buffer(added, 100.0))
    edge = Edge(line=changed, accuracy=ABROAD_KEPT)
    return Ground(land, (*ground.edges, edge))


def on_border(ground: Ground, own_xy: FloatArray) -> BoolArray:
    """Mark the settlements that stand on the drawn border, or just across it."""
    marks = lines.marks(own_xy)
    well_in = shapely.contains(shapely.buffer(ground.land, -BORDER_PLACE), marks)
    return np.asarray(~well_in & shapely.dwithin(ground.land, marks, 1_000.0))


def draw_settled(
    entry: dict[str, Any],
    settlements: Settlements,
    ground: Ground,
    method: Method = METHOD,
) -> Extent:
    """Draw an extent from the settlements of one day."""
    own = settlements.own(entry["zone"])
    frame = frame_of(entry, settlements.xy[own], ground)
    best = lines.draw_line(settlements.xy, own, ground=frame.ground, method=method)
    best = lines.densify(best, method=method)

    def error(at: FloatArray) -> FloatArray:
        return lines.local_error(
            at, settlements.xy, own,
            edges=frame.edges, limits=frame.limits, limit_line=frame.limit_line, method=method,
        )  # fmt: skip

    around = lines.rings(best, step=method.step)
    doubt = lines.band(around, [error(ring) for ring in around])
    ours, theirs = lines.known_ground(
        settlements.xy, own, method=method, sourced=settlements.sourced
    )
    # On the border it is the border that is wrong: what is drawn round a place keeps its size.
    alone = lines.is_alone(settlements.xy, own, method=method)[own]
    there = settlements.xy[own][on_border(ground, settlements.xy[own]) & alone]
    ours = shapely.union_all(
        [ours, *shapely.buffer(lines.marks(there), method.town + BAND_TOLERANCE)]
    )
    ours = shapely.intersection(ours, shapely.buffer(best, -50.0))
    theirs = shapely.difference(theirs, shapely.buffer(best, 100.0))
    low = shapely.union(shapely.difference(best, doubt), ours)
    high = shapely.difference(shapely.union(best, doubt), theirs)
    country = with_border_places(ground, settlements.xy[own]).land
    high = shapely.intersection(high, shapely.buffer(country, ABROAD_KEPT))
    return Extent(
        lines.keep_settled(low, settlements.xy[own]),
        best,
        lines.fill_unsettled(high, settlements.xy[~own]),
    )


def draw_outline(entry: dict[str, Any], outline: BaseGeometry, ground: Ground) -> Extent:
    """Draw an extent from a digitised outline in metres and its error."""
    accuracy = float(entry["accuracy_m"])
    best = outline

    # What runs along the state border is meant to be the state border: seen from inside, the
    # ground abroad belongs to the shape, and the border's own error is taken off instead.
    abroad = shapely.difference(shapely.buffer(best, 3 * accuracy), ground.land)
    meant: BaseGeometry = shapely.union(
        best, shapely.intersection(abroad, shapely.buffer(best, accuracy))
    )
    meant = shapely.buffer(shapely.buffer(meant, accuracy / 2), -accuracy / 2)
    low: BaseGeometry = shapely.buffer(meant, -accuracy)
    low = shapely.intersection(low, shapely.buffer(ground.land, -1000))
    high: BaseGeometry = shapely.buffer(best, accuracy)
    for corner in entry.get("worse", ()):
        box = lines.to_metres(
            shapely.segmentize(
                shapely.box(corner["west"], corner["south"], corner["east"], corner["north"]), 0.1
            )
        )
        worse = float(corner["accuracy_m"])
        edge = shapely.intersection(best.boundary, box)
        low = shapely.difference(low, shapely.buffer(edge, worse))
        high = shapely.union(high, shapely.buffer(edge, worse))
    low = shapely.intersection(low, shapely.buffer(best, -METHOD.least))
    high = shapely.intersection(high, shapely.buffer(ground.land, ABROAD_KEPT))
    high = shapely.union(high, shapely.buffer(best, METHOD.least))
    return Extent(low, best, high)


def apply_names(extent: Extent, entry: dict[str, Any], ground: Ground) -> Extent:
    """Put in what was said by name: places surely outside, possible, or not sure to be inside."""
    low, best, high = extent.low, extent.best, extent.high
    settlements = read_settlements(entry["on"])

    def cells(named: Iterable[str]) -> BaseGeometry:
        near = shapely.box(*shapely.buffer(best, 10_000).bounds)
        inside = shapely.contains_xy(near, settlements.xy)
        marked = settlements.marked(named)
        found = lines.dissolve_cells(settlements.xy[inside], marked[inside], ground=ground.land)
        reach = shapely.union_all(shapely.buffer(shapely.points(settlements.xy[marked]), 2_000))
        return shapely.intersection(found, reach)

    if possible := entry.get("possible"):
        high = shapely.union(high, cells(possible))
    unsure = set(entry.get("unsure", ()))
    unsure |= settlements.of_sides(entry.get("unsure_sides", ()), entry["zone"])
    if unsure:
        low = shapely.difference(low, cells(unsure))
    if outside := entry.get("outside"):
        excluded = cells(outside)
        kept = best if "outline" in entry else shapely.buffer(best, METHOD.least)
        high = shapely.difference(high, shapely.difference(excluded, kept))
    return Extent(low, best, high)


def keep_apart(extents: dict[int, Extent], plan: list[dict[str, Any]]) -> dict[int, Extent]:
    """Trim the `high` of zones of one boundary so that no two overlap on the same day."""
    trimmed = dict(extents)
    for a in trimmed:
        for b in trimmed:
            if b <= a or plan[a]["zone"] == plan[b]["zone"]:
                continue
            if plan[a]["boundary"] != plan[b]["boundary"] or not _meet(plan[a], plan[b]):
                continue
            both = shapely.intersection(trimmed[a].high, trimmed[b].high)
            if both.is_empty:
                continue
            first, second = (
                shapely.get_coordinates(shapely.segmentize(trimmed[i].best.boundary, 250.0))
                for i in (a, b)
            )
            xy = np.vstack([first, second])
            nearer = lines.dissolve_cells(xy, np.arange(len(xy)) < len(first), ground=both)
            rest = shapely.buffer(shapely.difference(both, nearer), 5.0)
            trimmed[a] = Extent(
                trimmed[a].low, trimmed[a].best, shapely.difference(trimmed[a].high, rest)
            )
            trimmed[b] = Extent(
                trimmed[b].low,
                trimmed[b].best,
                shapely.difference(trimmed[b].high, shapely.buffer(nearer, 5.0)),
            )
    return trimmed


def _meet(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return bool(a["valid_from"] < b["valid_to"] and b["valid_from"] < a["valid_to"])


def finish(extent: Extent) -> dict[str, BaseGeometry]:
    """Simplify, round to five decimals of a degree, drop slivers, and hold the nesting."""
    shapes = {}
    for name in ESTIMATES:
        shape = getattr(extent, name)
        if name != "best":
            shape = _without_slivers(shape)
            if not shape.is_empty:
                shape = shapely.coverage_simplify([shape], BAND_TOLERANCE)[0]
        degrees = lines.to_degrees(shape)
        shapes[name] = shapely.set_precision(degrees, lines.DEGREE_GRID)
    if not shapely.covers(shapes["best"], shapes["low"]):
        shapes["low"] = shapely.intersection(
            shapes["low"], shapes["best"], grid_size=lines.DEGREE_GRID
        )
    if not shapely.covers(shapes["high"], shapes["best"]):
        shapes["high"] = shapely.union(shapes["high"], shapes["best"], grid_size=lines.DEGREE_GRID)
    return {k: shapely.orient_polygons(lines.polygons_only(v)) for k, v in shapes.items()}


def _without_slivers(shape: BaseGeometry) -> BaseGeometry:
    """Drop parts and holes that are narrower than 200 m or smaller than 0.05 km2."""
    kept = []
    for part in shapely.get_parts(lines.polygons_only(shape)):
        if shapely.buffer(part, -60.0).is_empty or part.area < 50_000:
            continue
        holes = [
            h
            for h in part.interiors
            if shapely.Polygon(h).area >= 50_000
            and not shapely.buffer(shapely.Polygon(h), -60.0).is_empty
        ]
        kept.append(shapely.Polygon(part.exterior, holes))
    return lines.polygons_only(shapely.union_all(kept)) if kept else shapely.MultiPolygon()


def area_km2(shape: BaseGeometry) -> float:
    """Return the geodesic area of polygons in degrees."""
    return float(round(abs(GEOD.geometry_area_perimeter(shape)[0]) / 1e6, 1))


def coordinates(shape: BaseGeometry) -> Any:
    """Return GeoJSON coordinates with five decimals."""

    def ring(r: Any) -> list[list[float]]:
        return [[round(float(x), 5), round(float(y), 5)] for x, y in r.coords]

    def polygon(p: Any) -> list[list[list[float]]]:
        return [ring(p.exterior), *(ring(h) for h in p.interiors)]

    if shape.geom_type == "Polygon":
        return polygon(shape)
    return [polygon(p) for p in shapely.get_parts(shape)]


def write_extents(data_dir: Path, folder: Path, world_atlas: Path) -> None:
    """Write extents.geojson: each extent of the plan, drawn from the sides on its day."""
    plan = json.loads((folder / "extents_plan.json").read_text("utf-8"))
    ground = read_ground(folder, plan, world_atlas)
    entries = plan["extents"]
    drawn: dict[int, Extent] = {}
    for i, entry in enumerate(entries):
        if "outline" in entry:
            features = json.loads((folder / entry["outline"]).read_text("utf-8"))["features"]
            (found,) = [f for f in features if f["id"] == entry["zone"]]
            shape = lines.to_metres(shapely.geometry.shape(found["geometry"]))
            extent = draw_outline(entry, shape, ground)
        else:
            extent = draw_settled(entry, read_settlements(entry["on"]), ground)
        drawn[i] = apply_names(extent, entry, ground)
    drawn = keep_apart(drawn, entries)

    features = []
    boxes = []
    order = sorted(
        range(len(entries)),
        key=lambda i: (entries[i]["number"], entries[i]["boundary"], entries[i]["valid_from"]),
    )
    for i in order:
        entry = entries[i]
        shapes = finish(drawn[i])
        for estimate in ESTIMATES:
            shape = shapes[estimate]
            name = f"{entry['zone']}/{entry['boundary']}/{entry['valid_from']}/{estimate}"
            properties: dict[str, Any] = {
                "area_km2": area_km2(shape),
                "boundary": entry["boundary"],
                "confidence": entry["confidence"],
                "estimate": estimate,
                "sources": entry["sources"],
                "valid_from": entry["valid_from"],
                "valid_to": entry["valid_to"],
                "zone": entry["zone"],
            }
            if "note" in entry:
                properties["note"] = entry["note"]
            if estimate == "best" and "outline" not in entry:
                properties["accuracy_m"] = accuracy(shape, entry, ground)
            feature: dict[str, Any] = {"type": "Feature", "id": name}
            if not shape.is_empty:
                boxes.append(shape.bounds)
                feature["bbox"] = [round(v, 5) for v in shape.bounds]
            feature["geometry"] = {
                "type": "MultiPolygon" if shape.is_empty else shape.geom_type,
                "coordinates": coordinates(shape),
            }
            feature["properties"] = dict(sorted(properties.items()))
            features.append(feature)
    box = np.array(boxes)
    bounds = [*box[:, :2].min(axis=0), *box[:, 2:].max(axis=0)]
    write_features(data_dir / "extents.geojson", features, bounds)


def accuracy(shape: BaseGeometry, entry: dict[str, Any], ground: Ground) -> Any:
    """Return the local error in whole metres at each vertex, nested like the coordinates."""
    settlements = read_settlements(entry["on"])
    own = settlements.own(entry["zone"])
    frame = frame_of(entry, settlements.xy[own], ground)

    def ring(r: Any) -> list[int]:
        at = shapely.get_coordinates(lines.to_metres(shapely.LineString(r.coords)))
        error = lines.local_error(
            at, settlements.xy, own,
            edges=frame.edges, limits=frame.limits, limit_line=frame.limit_line, method=METHOD,
        )  # fmt: skip
        return [int(v) for v in np.rint(error)]

    def polygon(p: Any) -> list[list[int]]:
        return [ring(p.exterior), *(ring(h) for h in p.interiors)]

    if shape.geom_type == "Polygon":
        return polygon(shape)
    return [polygon(p) for p in shapely.get_parts(shape)]


def write_features(
    path: Path, features: list[dict[str, Any]], bounds: Iterable[float] | None = None
) -> None:
    """Write a FeatureCollection, one feature a line."""
    head = '{"type": "FeatureCollection", '
    if bounds is not None:
        head += f'"bbox": {json.dumps([round(float(v), 5) for v in bounds])}, '
    body = ",\n".join(
        json.dumps(f, ensure_ascii=False, separators=(",", ":"), allow_nan=False) for f in features
    )
    path.write_text(f'{head}"features": [\n{body}\n]}}\n', "utf-8", newline="\n")
