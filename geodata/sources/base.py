"""The base map: states, governorates, waters, roads, towns, and their names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geodata.sources import lines
from geodata.sources.extents import read_countries, read_ground, write_features
from geodata.sources.settlements import read_table

WINDOW = (28.5, 28.5, 46.0, 41.0)  # west, south, east, north: fills a wide screen
TOLERANCE = 0.006  # degrees, away from the zones' stretches of border
GRID = 1e-4


def write_base(data_dir: Path, folder: Path, world_atlas: Path) -> None:
    """Write base.geojson: states by the usage of the United Nations, and the ground between them.

    The outlines are Natural Earth's, with the border that the zones use; what the plan's country
    holds beyond it, because another state occupies it, comes from ``ground.geojson``.
    """
    plan = json.loads((folder / "extents_plan.json").read_text("utf-8"))
    words = json.loads((folder / "base_places.json").read_text("utf-8"))
    ground = json.loads((folder / "ground.geojson").read_text("utf-8"))["features"]
    country = plan["state_border"][1]["country"]
    land = lines.to_degrees(read_ground(folder, plan, world_atlas).land)
    occupied = [f for f in ground if f["properties"]["kind"] == "occupied"]
    held = shapely.union_all([shapely.geometry.shape(f["geometry"]) for f in occupied])
    shapes = _states(world_atlas, country, lines.polygons_only(shapely.union(land, held)))
    features: list[dict[str, Any]] = []
    source: dict[str, Any] = {"sources": ["natural_earth", "ocha"], "accuracy_m": 1000}
    for kind in ("neighbour", "country"):
        for name, shape in shapes.items():
            if (name == country) == (kind == "country"):
                features.append(_feature(kind, shape, name=name, **source))
    features.append(_feature("border", shapes[country].boundary, name=country, **source))
    # Where the country meets the ground that is occupied: the lines of an armistice, no border.
    ceasefire = shapely.intersection(held, shapely.buffer(shapely.boundary(land), 1e-4))
    ceasefire = shapely.line_merge(
        shapely.intersection(shapely.boundary(held), lines.polygons_only(ceasefire))
    )
    features.append(_feature("ceasefire", ceasefire.simplify(GRID), **_sourced(occupied[0])))
    features += [_unsettled(row, shapes) for row in words["unsettled"]]
    features += _labels(words, shapes) + _roads(words)
    for feature in ground:
        said = feature["properties"]
        shape = shapely.geometry.shape(feature["geometry"])
        if said["kind"] == "occupied":  # the ground is in the country's; its name is not
            shape = shapely.set_precision(shapely.point_on_surface(shape), GRID)
        more = {"name": said["name"]} if "name" in said else {}
        features.append(_feature(said["kind"], shape, **_sourced(feature), **more))
    write_features(data_dir / "base.geojson", features, WINDOW)


def _states(world_atlas: Path, country: str, land: Any) -> dict[str, Any]:
    """Return the states of the window by name, the country's own ground being `land`."""
    window = shapely.box(*WINDOW)
    frame = read_countries(world_atlas).sort_values("name")
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
    simple = [lines.polygons_only(s) for s in _simplify(clipped)]
    return {n: s for n, s in zip(kept, simple, strict=True) if not s.is_empty}


def _unsettled(row: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    """Return the boundary between two of the states that no treaty has made final."""
    one, other = (shapely.boundary(shapes[name]) for name in row["between"])
    # Neighbours share their corners, but for what was made valid after they were simplified.
    shared = shapely.intersection(one, shapely.buffer(other, 2 * GRID))
    parts = [p for p in shapely.get_parts(shared) if p.geom_type == "LineString"]
    shape = shapely.line_merge(shapely.union_all(parts))
    return _feature("unsettled", shape, accuracy_m=1000, note=row["why"], sources=row["sources"])


def _labels(words: dict[str, Any], shapes: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the names of states and towns, each at its place."""
    found = []
    for name, shape in shapes.items():
        if name in words["neighbours"]:
            biggest = max(shapely.get_parts(shape), key=lambda part: part.area)
            point = shapely.set_precision(shapely.point_on_surface(biggest), GRID)
            found.append(_feature("label", point, name=words["neighbours"][name]))
    for town in words["towns"]:
        point = shapely.Point(town["longitude"], town["latitude"])
        found.append(_feature("town", point, name=town["name"], sources=["ocha"]))
    return found


def _roads(words: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the roads, drawn from settlement to settlement of the ledger."""
    at = {
        row["id"]: (float(row["longitude"]), float(row["latitude"]))
        for row in read_table("settlements.csv")
    }
    return [
        _feature(
            "road",
            shapely.LineString([at[code] for code in road["through"]]),
            name=road["name"],
            note=road["note"],
            schematic=True,
            accuracy_m=road["accuracy_m"],
            sources=road["sources"],
        )
        for road in words["roads"]
    ]


def _sourced(feature: dict[str, Any]) -> dict[str, Any]:
    return {key: feature["properties"][key] for key in ("sources", "accuracy_m")}


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
