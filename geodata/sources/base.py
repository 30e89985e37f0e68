"""The base map: the country, its neighbours, its border, towns and two roads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geodata.sources import lines
from geodata.sources.extents import read_ground, write_features

WINDOW = (28.5, 28.5, 46.0, 41.0)  # west, south, east, north: fills a wide screen
TOLERANCE = 0.006  # degrees, away from the zones' stretches of border
GRID = 1e-4


def write_base(data_dir: Path, folder: Path, world_atlas: Path) -> None:
    """Write base.geojson: the outlines of Natural Earth, with the border that the zones use."""
    import pyogrio

    plan = json.loads((folder / "extents_plan.json").read_text("utf-8"))
    words = json.loads((folder / "base_places.json").read_text("utf-8"))
    country = plan["state_border"][1]["country"]
    land = lines.to_degrees(read_ground(folder, plan, world_atlas).land)
    window = shapely.box(*WINDOW)
    frame = pyogrio.read_dataframe(world_atlas, layer="countries").sort_values("name")
    frame = frame[frame.geometry.intersects(window)]
    names = frame["name"].tolist()
    shapes = dict(zip(names, frame.geometry.tolist(), strict=True))
    gaps = shapely.difference(shapes[country], land)
    shapes = {n: shapely.difference(shapely.make_valid(s), land) for n, s in shapes.items()}
    shapes[country] = land
    # What the better border takes from the country goes to the neighbour along it.
    for gap in shapely.get_parts(lines.polygons_only(gaps)):
        along = {
            n: shapely.intersection(s, shapely.buffer(gap, 1e-6)).area
            for n, s in shapes.items()
            if n != country
        }
        to = max(along, key=lambda n: along[n])
        shapes[to] = shapely.union(shapes[to], shapely.buffer(gap, 1e-6))
        shapes[to] = shapely.difference(shapes[to], land)
    kept = [n for n in names if not shapely.intersection(shapes[n], window).is_empty]
    clipped = [shapely.intersection(shapes[n], window) for n in kept]
    clipped = [lines.polygons_only(shapely.set_precision(s, GRID)) for s in clipped]
    simple = np.array([lines.polygons_only(s) for s in _simplify(clipped)])
    features: list[dict[str, Any]] = []
    for kind in ("neighbour", "country"):
        for name, shape in zip(kept, simple, strict=True):
            if (name == country) == (kind == "country") and not shape.is_empty:
                features.append(_feature(kind, shape, name=name))
    for name, shape in zip(kept, simple, strict=True):
        if name == country:
            features.append(_feature("border", shape.boundary, name=name))
        if name in words["neighbours"] and not shape.is_empty:
            biggest = max(shapely.get_parts(shape), key=lambda part: part.area)
            point = shapely.set_precision(shapely.point_on_surface(biggest), GRID)
            features.append(_feature("label", point, name=words["neighbours"][name]))
    for road in words["roads"]:
        line = shapely.LineString(road["through"])
        features.append(
            _feature("road", line, name=road["name"], note=road["note"], schematic=True)
        )
    for town in words["towns"]:
        point = shapely.Point(town["longitude"], town["latitude"])
        features.append(_feature("town", point, name=town["name"]))
    write_features(data_dir / "base.geojson", features, WINDOW)


def _simplify(shapes: list[Any]) -> list[Any]:
    """Simplify neighbours together, so that shared borders stay shared."""
    found = shapely.coverage_simplify(np.array(shapes), TOLERANCE)
    return [shapely.set_precision(shapely.make_valid(s), GRID) for s in found]


def _feature(kind: str, shape: Any, **properties: Any) -> dict[str, Any]:
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        shape = shapely.orient_polygons(shape)
    geometry = json.loads(shapely.to_geojson(shape))
    geometry["coordinates"] = _rounded(geometry["coordinates"])
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": dict(sorted({"kind": kind, **properties}.items())),
    }


def _rounded(values: Any) -> Any:
    if isinstance(values, float | int):
        return round(float(values), 4)
    return [_rounded(v) for v in values]
