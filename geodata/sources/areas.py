"""The areas that reports and agreements name: ``areas.csv`` in, ``areas.geojson`` out.

A row lists what an area is made of: settlements, or admin units with all their settlements. Its
ground is then their Voronoi cells among all settlements of the ledger. A sub-area of a zone is
drawn as its text says (`draw`), from the line of an extent or along the settlements of a road:

- ``strip BOUNDARY DAY LOW HIGH``: the part of the zone within LOW (surely) and HIGH metres
  (possibly) of the line where it faces the government;
- ``belt BOUNDARY DAY LOW HIGH``: the same on the other side of the line;
- ``road BOUNDARY DAY METRES ERROR``: METRES on each side of the road through the settlements in
  their order, within the zone; ERROR less surely, ERROR more possibly;
- ``circle LONGITUDE LATITUDE METRES ERROR``: of no zone, within the country.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.errors import AtlasError
from geodata.sources import lines
from geodata.sources.extents import (
    ESTIMATES,
    Ground,
    area_km2,
    coordinates,
    read_ground,
    read_settlements,
    write_features,
)
from geodata.sources.facts import LANGUAGES
from geodata.sources.lines import FloatArray
from geodata.sources.settlements import read_table

TABLE = Path(__file__).parent / "areas.csv"
REACH = 5_000.0  # how far a settlement speaks for the ground of an area, in metres
JOINED = 500.0  # gaps narrower than twice this are closed
TOLERANCE = 300.0  # of simplification, in metres
STEP = 500.0  # of the points by which a line is told to face one side, in metres
GOVERNMENT = "government"

Row = dict[str, str]


def write_areas(data_dir: Path, folder: Path, world_atlas: Path) -> None:
    """Write areas.geojson, from the table and the extents that are already there."""
    plan = json.loads((folder / "extents_plan.json").read_text("utf-8"))
    ground = read_ground(folder, plan, world_atlas)
    places = _Places()
    extents = json.loads((data_dir / "extents.geojson").read_text("utf-8"))["features"]
    drawn = {f["id"]: f["geometry"] for f in extents}
    features = []
    with TABLE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    for row in sorted(rows, key=lambda row: row["id"]):
        if row["draw"]:
            low, high = _drawn(row, places, drawn, ground)
            shapes = {"low": low, "high": high}
        else:
            shapes = {"best": _cells(row, places, ground)}
        shapes = {name: _finish(shape) for name, shape in shapes.items()}
        if row["draw"]:
            grid = lines.DEGREE_GRID
            whole = shapely.union(shapes["low"], shapes["high"], grid_size=grid)
            shapes["high"] = shapely.orient_polygons(lines.polygons_only(whole))
        for estimate in (name for name in ESTIMATES if name in shapes):
            features.append(_feature(row, estimate, shapes[estimate]))
    write_features(data_dir / "areas.geojson", features)


class _Places:
    """All settlements of the ledger: ids, admin units, points in metres, Voronoi cells."""

    def __init__(self) -> None:
        rows = read_table("settlements.csv")
        self.ids = [row["id"] for row in rows]
        self.units = np.array([row["admin3"] for row in rows])
        self.xy = lines.points_to_metres(
            np.array([float(row["longitude"]) for row in rows]),
            np.array([float(row["latitude"]) for row in rows]),
        )
        distinct, which = np.unique(self.xy, axis=0, return_inverse=True)
        cells = shapely.voronoi_polygons(shapely.multipoints(distinct), ordered=True)
        self.cells = shapely.get_parts(cells)[which.reshape(-1)]

    def named(self, row: Row) -> list[int]:
        """Return the positions of the settlements that a row lists, in its order."""
        position = {name: i for i, name in enumerate(self.ids)}
        wanted = row["settlements"].split()
        if missing := [name for name in wanted if name not in position]:
            raise AtlasError(
                f"areas.csv, {row['id']}: expected ids of settlements of the ledger, found "
                f"{missing[0]!r}; correct the row."
            )
        return [position[name] for name in wanted]


def _cells(row: Row, places: _Places, ground: Ground) -> BaseGeometry:
    chosen = np.zeros(len(places.ids), dtype=bool)
    chosen[places.named(row)] = True
    for unit in row["admin"].split():
        inside = np.char.startswith(places.units, unit)
        if not inside.any():
            raise AtlasError(
                f"areas.csv, {row['id']}: expected codes of admin units with settlements, found "
                f"{unit!r}; correct the row."
            )
        chosen |= inside
    own = shapely.points(places.xy[chosen])
    reach = shapely.union_all(shapely.buffer(own, REACH))
    shape = shapely.intersection(shapely.union_all(places.cells[chosen]), reach)
    shape = shapely.intersection(shape, ground.land)
    return shapely.buffer(shapely.buffer(shape, JOINED), -JOINED)


def _drawn(
    row: Row, places: _Places, drawn: dict[str, Any], ground: Ground
) -> tuple[BaseGeometry, BaseGeometry]:
    """Return what surely and what possibly belongs to an area that is drawn."""
    if row["draw"].startswith("circle "):
        x, y, radius, error = map(float, row["draw"].split()[1:])
        (middle,) = lines.points_to_metres(np.array([x]), np.array([y]))
        surely, possibly = shapely.buffer(shapely.Point(middle), [radius - error, radius + error])
        return shapely.intersection(surely, ground.land), shapely.intersection(
            possibly, ground.land
        )
    how, boundary, start, first, second = row["draw"].split()
    name = f"{row['zone']}/{boundary}/{start}"
    low, best, high = (
        lines.to_metres(shapely.geometry.shape(drawn[f"{name}/{estimate}"]))
        for estimate in ESTIMATES
    )
    near, far = float(first), float(second)
    if how == "road":
        road = shapely.LineString(places.xy[places.named(row)])
        surely = shapely.buffer(road, near - far, cap_style="flat")
        possibly = shapely.buffer(road, near + far, cap_style="flat")
        return shapely.intersection(surely, low), shapely.intersection(possibly, high)
    line = _facing(best.boundary, row)
    inner, outer = _within(near, line), _within(far, line)
    if how == "strip":
        return shapely.intersection(inner, low), shapely.intersection(outer, high)
    land = shapely.difference(ground.land, low)
    return (
        shapely.intersection(shapely.difference(inner, high), ground.land),
        shapely.intersection(outer, land),
    )


def _within(distance: float, pieces: BaseGeometry) -> BaseGeometry:
    """Return the ground within a distance of short pieces; all at once would take far longer."""
    return shapely.union_all(shapely.buffer(shapely.get_parts(pieces), distance))


def _facing(line: BaseGeometry, row: Row) -> BaseGeometry:
    """Return the stretches of a line whose nearest settlement across it the government held.

    On the day of the row's first day; what runs along another side, or a state border with
    nobody behind it within `REACH`, is left out.
    """
    held = read_settlements(dt.date.fromisoformat(row["from"]).isoformat())
    sides = np.array(held.sides)
    foreign = ~held.own(row["zone"])
    tree = shapely.STRtree(lines.marks(held.xy[foreign]))
    pieces = []
    for part in shapely.get_parts(shapely.segmentize(line, STEP)):
        xy: FloatArray = shapely.get_coordinates(part)
        middles = shapely.points((xy[:-1] + xy[1:]) / 2)
        (_, nearest), away = tree.query_nearest(middles, return_distance=True, all_matches=False)
        faces = (sides[foreign][nearest] == GOVERNMENT) & (away <= 2 * REACH)
        ends = np.stack([xy[:-1], xy[1:]], axis=1)[faces]
        pieces += list(shapely.linestrings(ends)) if len(ends) else []
    return shapely.union_all(pieces)


def _finish(shape: BaseGeometry) -> BaseGeometry:
    """Simplify, and round to five decimals of a degree."""
    shape = lines.to_degrees(lines.polygons_only(shapely.simplify(shape, TOLERANCE)))
    shape = shapely.set_precision(shape, lines.DEGREE_GRID)
    return shapely.orient_polygons(lines.polygons_only(shape))


def _feature(row: Row, estimate: str, shape: BaseGeometry) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "area": row["id"],
        "area_km2": area_km2(shape),
        "confidence": row["confidence"],
        "estimate": estimate,
        "kind": row["kind"],
        "name": {code: row[f"name_{code}"] for code in LANGUAGES},
        "sources": row["sources"].split(";"),
        "valid_from": row["from"] or None,
        "valid_to": row["until"] or None,
        "variants": [name for name in row["variants"].split(";") if name],
    }
    for key in ("zone", "agreement", "note"):
        if row[key]:
            properties[key] = row[key]
    if row["explains_en"]:
        properties["explains"] = {code: row[f"explains_{code}"] for code in LANGUAGES}
    return {
        "type": "Feature",
        "id": f"{row['id']}/{estimate}",
        "bbox": [round(v, 5) for v in shape.bounds],
        "geometry": {"type": shape.geom_type, "coordinates": coordinates(shape)},
        "properties": dict(sorted(properties.items())),
    }
