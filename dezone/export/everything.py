"""The whole atlas as one file: what `dezone export --all` writes."""

from __future__ import annotations

from pathlib import Path

from dezone.export.contents import as_table, zones
from dezone.export.metadata import described
from geodata.atlas import Atlas
from geodata.errors import InputError
from geodata.whole import whole_file


def write_all(atlas: Atlas, path: Path, language: str) -> str:
    """Write everything known of the zones; return what is in the file.

    A GeoPackage holds all layers, with styles and projects for QGIS; KML the zones while they were
    in force, their doubt, and the posts; GeoParquet the zones alone, a row for each boundary,
    estimate and span of days without a change.

    Raises
    ------
    InputError
        Another suffix.
    OutputError
        The file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in (".gpkg", ".kml", ".parquet", ".geoparquet"):
        raise InputError(
            f"expected .gpkg, .kml or .parquet for all that is known, found {path.name!r}; choose "
            "one of these, or leave --all out."
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
        return f"{_write_parquet(atlas, part)} rows of zones in force"


def _write_parquet(atlas: Atlas, path: Path) -> int:
    import geopandas as gpd

    layer = zones(atlas)
    frame = gpd.GeoDataFrame.from_arrow(as_table(layer)).set_crs("EPSG:4326")
    said = described(atlas, layer)
    frame.attrs = {name: str(said[name]) for name in ("identifier", "title", "abstract", "licence")}
    frame.attrs["attribution"] = "; ".join(said["rights"])
    frame.to_parquet(path, schema_version="1.1.0", write_covering_bbox=True, index=False)
    return len(frame)
