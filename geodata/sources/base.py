"""The base map: the country, its neighbours and its border, from Natural Earth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import shapely

from geodata.sources.extents import write_features

WINDOW = (31.0, 30.0, 44.0, 39.5)  # west, south, east, north
TOLERANCE = 0.008  # degrees: less than a pixel at the scale of the country


def write_base(data_dir: Path, world_atlas: Path) -> None:
    """Write base.geojson."""
    import pyogrio

    frame = pyogrio.read_dataframe(world_atlas, layer="countries").sort_values(["name"])
    window = shapely.box(*WINDOW)
    frame = frame[frame.geometry.intersects(window)]
    clipped = shapely.coverage_simplify(frame.geometry.to_numpy(), TOLERANCE)
    features: list[dict[str, Any]] = []
    for name, shape in zip(frame["name"], clipped, strict=True):
        shape = shapely.set_precision(shapely.intersection(shape, window), 1e-4)
        shape = shapely.orient_polygons(shape)
        if shape.is_empty:
            continue
        kind = "country" if name == "Syria" else "neighbour"
        features.append(
            {
                "type": "Feature",
                "geometry": shape.__geo_interface__,
                "properties": {"kind": kind, "name": name},
            }
        )
    write_features(data_dir / "base.geojson", features, WINDOW)
