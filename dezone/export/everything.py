"""The whole atlas as one file: what `dezone export --all` writes."""

from __future__ import annotations

import json
from pathlib import Path

import shapely

from dezone.export.cells import as_table
from dezone.export.contents import Layer, held, zones
from dezone.export.metadata import described
from geodata.atlas import Atlas
from geodata.errors import InputError
from geodata.whole import whole_file


def write_all(atlas: Atlas, path: Path, language: str) -> str:
    """Write everything known of the zones; return what is in the file.

    A GeoPackage holds all layers, with styles and projects for QGIS; KML the zones while they were
    in force, their doubt, and the posts; GeoParquet and GeoJSON the zones alone, a row for each
    boundary, estimate and span of days without a change.

    Raises
    ------
    InputError
        Another suffix.
    OutputError
        The file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in (".geojson", ".gpkg", ".kml", ".parquet", ".geoparquet"):
        raise InputError(
            "expected .geojson, .gpkg, .kml or .parquet for all that is known, "
            f"found {path.name!r}; choose one of these, or leave --all out."
        )
    with whole_file(path) as part:
        if suffix == ".gpkg":
            from dezone.export.geopackage import write_geopackage

            names = write_geopackage(atlas, part, name=path.name, language=language)
            return f"{len(names)} layers and {len(atlas.meta.languages)} projects"
        if suffix == ".kml":
            from dezone.export.kml import kml

            part.write_text(kml(atlas, language), "utf-8", newline="\n")
            return "zones and posts, with their time spans"
        if suffix == ".geojson":
            drawn = zones(atlas)
            part.write_text(_geojson(atlas, drawn), "utf-8", newline="\n")
            return f"{len(drawn.rows)} features of zones in force"
        return f"{_write_parquet(atlas, zones(atlas), part)} rows of zones in force"


def write_ledger(atlas: Atlas, path: Path) -> str:
    """Write who held which settlement when, a row a holding; return how the file is cited.

    CSV has the position as longitude and latitude; GeoPackage and GeoParquet have points, and
    GeoParquet contains its own metadata.

    Raises
    ------
    InputError
        Another suffix.
    OutputError
        The file cannot be written.
    """
    import pyarrow as pa

    from geodata.formats.table import Table
    from geodata.formats.writing import write_table

    layer = held(atlas)
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".gpkg", ".parquet", ".geoparquet"):
        raise InputError(
            f"expected .csv, .gpkg or .parquet for the ledger, found {path.name!r}; choose one."
        )
    if suffix in (".parquet", ".geoparquet"):
        with whole_file(path) as part:
            _write_parquet(atlas, layer, part)
    else:
        rows = as_table(layer)
        shape = None
        if suffix == ".csv":
            points = shapely.from_wkb(rows.column("geometry").to_numpy())
            rows = rows.drop_columns("geometry")
            rows = rows.append_column("longitude", pa.array(shapely.get_x(points)))
            rows = rows.append_column("latitude", pa.array(shapely.get_y(points)))
        else:
            shape = "geometry"
        like = Table("ledger", rows.schema, lambda *_: iter(()), geometry=shape, crs="EPSG:4326")
        write_table(path, rows.schema, rows.to_batches(), like=like)
    said = described(atlas, layer)
    return f"{said['title']}. {said['identifier']}. {said['licence']}; {'; '.join(said['rights'])}"


def _geojson(atlas: Atlas, layer: Layer) -> str:
    """Return a layer as a FeatureCollection (RFC 7946) with its own metadata."""
    said = described(atlas, layer)
    names = [column.name for column in layer.columns]
    features = [
        {
            "type": "Feature",
            "properties": {name: row[name] for name in names},
            "geometry": shapely.orient_polygons(row["geometry"]).__geo_interface__,
        }
        for row in layer.rows
    ]
    whole = {
        "type": "FeatureCollection",
        **{name: said[name] for name in ("identifier", "title", "abstract", "licence")},
        "attribution": said["rights"],
        "features": features,
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), default=str) + "\n"


def _write_parquet(atlas: Atlas, layer: Layer, path: Path) -> int:
    import geopandas as gpd

    frame = gpd.GeoDataFrame.from_arrow(as_table(layer)).set_crs("EPSG:4326")
    said = described(atlas, layer)
    frame.attrs = {name: str(said[name]) for name in ("identifier", "title", "abstract", "licence")}
    frame.attrs["attribution"] = "; ".join(said["rights"])
    frame.to_parquet(path, schema_version="1.1.0", write_covering_bbox=True, index=False)
    return len(frame)
