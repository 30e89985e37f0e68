"""Formats by the suffixes of file names: one table for what is read and what is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from geodata.errors import InputError


@dataclass(frozen=True)
class Format:
    """A format by one of its suffixes.

    Attributes
    ----------
    name
        One of `READ`, by which a format is stated.
    writer
        The module and the function that write it; empty where it is only read.
    packs
        Whether it may be packed as a whole (.gz, .zst).
    has_geometry
        Whether a row has a geometry of its own in it.
    is_file
        Whether its writer makes the file (or several) by itself, and not what is in it.
    """

    name: str
    writer: str = ""
    packs: bool = False
    has_geometry: bool = False
    is_file: bool = False

    def write(self) -> Callable[[Any, Any], None]:
        """Return the function that writes it, given a `Job` and a path or an open file."""
        module, _, function = self.writer.partition(":")
        found: Callable[[Any, Any], None] = getattr(
            import_module(f"{__package__}.{module}"), function
        )
        return found


WORKBOOKS = ("xlsx", "xls", "ods")
READ = ("csv", "json", *WORKBOOKS, "dta", "parquet", "layers")
"""What can be read; `json` is JSON, JSON Lines and GeoJSON, `layers` map layers and SQLite."""

_CSV = Format("csv", "delimited:write_delimited", packs=True)
_JSON = Format("json", "json:write_json", packs=True)
_XLSX = Format("xlsx", "workbooks.xlsx:write_xlsx")
_PARQUET = Format("parquet", "parquet:write_parquet")


def _layer(writer: str) -> Format:
    return Format("layers", f"layers.{writer}", has_geometry=True, is_file=True)


SUFFIXES = {
    ".csv": _CSV,
    ".tsv": _CSV,
    ".txt": _CSV,
    ".tab": replace(_CSV, writer=""),
    ".json": _JSON,
    ".jsonl": _JSON,
    ".ndjson": _JSON,
    ".geojson": replace(_JSON, has_geometry=True),
    ".geojsonl": replace(_JSON, writer=""),
    ".xlsx": _XLSX,
    ".xlsm": replace(_XLSX, writer=""),
    ".xls": Format("xls"),
    ".ods": Format("ods"),
    ".dta": Format("dta"),
    ".parquet": _PARQUET,
    ".geoparquet": replace(_PARQUET, has_geometry=True),
    ".gpkg": _layer("geopackage:write_geopackage"),
    ".shp": _layer("shapefile:write_shapefile"),
    ".fgb": _layer("flatgeobuf:write_flatgeobuf"),
    ".kml": _layer("kml:write_kml"),
    ".kmz": Format("layers"),
    ".gpx": Format("layers"),
}
SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
"""The files of a Shapefile that are read and written; others may lie beside them."""

PACKED = {".gz": "gzip", ".gzip": "gzip", ".zst": "zstd", ".zstd": "zstd"}
"""How a file is packed, by its last suffix."""


def files_of(path: Path) -> list[Path]:
    """Return the files that a file's name stands for, those that there are: of a Shapefile, all."""
    if path.suffix.lower() != ".shp":
        return [path]
    beside = (one for one in path.parent.iterdir() if one.stem == path.stem and one != path)
    return [path, *sorted(one for one in beside if one.suffix.lower() in SHAPEFILE)]


def unpacked_name(name: str) -> tuple[str, str | None]:
    """Return a file's name without the suffix of its packing, and the packing."""
    packing = PACKED.get(Path(name).suffix.lower())
    return (Path(name).stem, packing) if packing else (name, None)


def output_format(path: str | Path) -> tuple[Format, str, str | None]:
    """Return (format, suffix, packing) of an output; ``-`` is CSV.

    Raises InputError for a suffix that stands for no format that is written.
    """
    if str(path) == "-":
        return _CSV, ".csv", None
    name, packing = unpacked_name(Path(path).name.lower())
    suffix = Path(name).suffix
    found = SUFFIXES.get(suffix)
    if found is None or not found.writer or (packing and not found.packs):
        written = ", ".join(one for one, format in SUFFIXES.items() if format.writer)
        raise InputError(
            f"expected an output that ends in {written} (CSV and JSON also .gz or .zst), found "
            f"{Path(path).name!r}; choose one of these."
        )
    return found, suffix, packing
