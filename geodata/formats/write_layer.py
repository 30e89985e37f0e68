"""GeoPackage, Shapefile, FlatGeobuf and KML through GDAL."""

from __future__ import annotations

import errno
import os
import re
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from geodata.errors import InputError
from geodata.formats.table import Job, geometry_column

if TYPE_CHECKING:
    import pyarrow as pa


__all__ = ["write_layer"]

_DRIVERS = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".fgb": "FlatGeobuf", ".kml": "KML"}
# GDAL would otherwise write the time of day into the file (GeoPackage), sort the features by
# place (FlatGeobuf), or guess the encoding (Shapefile).
_OPTIONS: dict[str, dict[str, str]] = {
    ".fgb": {"SPATIAL_INDEX": "NO"},
    ".shp": {"ENCODING": "UTF-8"},
}
_DAY = "2000-01-01T00:00:00.000Z"


def write_layer(job: Job, path: Path) -> None:
    """Write one layer, in the CRS of the source's own geometry or else in EPSG:4326.

    Raises
    ------
    InputError
        There is no geometry, or a Shapefile or KML would change names, texts or positions.
    """
    import pyarrow as pa
    import pyogrio

    geometry = geometry_column(job.schema)
    if geometry is None:
        raise InputError("expected a geometry to write a map layer, found none; write CSV.")
    own = job.like is not None and geometry_column(job.like.schema) is not None
    schema = _schema(job, geometry)
    _check(job, schema, geometry)
    at = schema.get_field_index(geometry)

    refused: list[str] = []  # an error raised inside of the stream would lose its message

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in job.batches():
            columns = [
                c.dictionary_decode() if pa.types.is_dictionary(c.type) else c
                for c in batch.columns
            ]
            if job.suffix == ".kml" and own:  # which knows longitude and latitude only
                columns[at] = _degrees(columns[at], job.crs(), refused)
                if refused:
                    return
            found = pa.RecordBatch.from_arrays(columns, schema=schema)
            if job.suffix == ".shp" and (long := _long_text(found)):
                refused.append(_no_shape(long))
                return
            yield found

    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _DAY})
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="'crs' was not provided")  # nor was it read
            pyogrio.write_arrow(
                pa.RecordBatchReader.from_batches(schema, batches()),
                path,
                layer=path.stem,
                driver=_DRIVERS[job.suffix],
                geometry_name=geometry,
                geometry_type="Unknown" if own and job.suffix != ".shp" else "Point",
                crs=_crs(job),
                **_OPTIONS.get(job.suffix, {}),
            )
    except RuntimeError as error:  # what pyogrio's own errors are
        # SQLite has rolled back by itself where it could not write.
        if re.search("disk is full|no transaction is active", str(error)) or _is_full(path):
            raise _no_room() from error
        raise InputError(
            f"{path.name}: expected rows that {_DRIVERS[job.suffix]} can hold, found ones that it "
            f"cannot ({str(error).splitlines()[0][:200]}); write Parquet or CSV."
        ) from error
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
    if refused:
        raise InputError(refused[0])
    if _is_full(path) or (job.suffix == ".kml" and not _is_closed(path)):
        raise _no_room()


_FULL = 1 << 16  # bytes left on a disk that is full: GDAL does not always say what went wrong


def _is_full(path: Path) -> bool:
    return shutil.disk_usage(path.parent).free < _FULL


def _is_closed(path: Path) -> bool:
    """Tell whether a KML file has its end: on a full disk GDAL leaves it out, and is silent."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 64, 0))
        return file.read().rstrip().endswith(b"</kml>")


def _no_room() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _schema(job: Job, geometry: str) -> pa.Schema:
    import pyarrow as pa

    fields = []
    for field in job.schema:
        kind = field.type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if pa.types.is_nested(kind) and not pa.types.is_list(kind):
            raise InputError(
                f"expected plain cells for a map layer, found {kind} in {field.name!r}; write "
                "Parquet or JSON."
            )
        metadata = {b"ARROW:extension:name": b"geoarrow.wkb"} if field.name == geometry else None
        fields.append(pa.field(field.name, kind, metadata=metadata))
    return pa.schema(fields)


def _degrees(column: pa.Array, crs: str | None, refused: list[str]) -> pa.Array:
    """Return geometries in longitude and latitude; say in `refused` why that cannot be."""
    import pyarrow as pa
    import shapely

    from geodata.crs import shapes_to_degrees

    try:
        shapes = shapes_to_degrees(shapely.from_wkb(column.to_pylist()), crs)
    except InputError as error:
        refused.append(str(error))
        return column
    west, south, east, north = shapely.total_bounds(shapes)  # NaN where there is none
    if west < -180 or east > 180 or south < -90 or north > 90:
        refused.append(
            "expected positions on Earth for KML, which would move others, found coordinates from "
            f"{west:g}, {south:g} to {east:g}, {north:g}; write GeoPackage."
        )
    return pa.array(shapely.to_wkb(shapes), pa.binary())


def _check(job: Job, schema: pa.Schema, geometry: str) -> None:
    import pyarrow as pa

    if job.suffix != ".shp":
        return
    for field in schema:
        if field.name == geometry:
            continue
        if len(field.name.encode()) > 10:
            raise InputError(_no_shape(f"the name {field.name!r}, which is longer than 10 bytes"))
        if pa.types.is_timestamp(field.type) or pa.types.is_list(field.type):
            raise InputError(_no_shape(f"{field.type} in {field.name!r}"))


def _long_text(batch: pa.RecordBatch) -> str:
    """Say which text is longer than a Shapefile's 254 bytes; nothing where none is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_string(column.type):
            longest = pc.max(pc.binary_length(column)).as_py() or 0
            if longest > 254:
                return f"a text of {longest} bytes in {name!r}"
    return ""


def _no_shape(found: str) -> str:
    return f"expected rows that a Shapefile holds unchanged, found {found}; write GeoPackage."


def _crs(job: Job) -> str | None:
    from geodata.crs import check_crs

    crs = "EPSG:4326" if job.suffix == ".kml" else job.crs()
    if crs is None:
        return None
    found = check_crs(crs)
    epsg = found.to_epsg()
    return f"EPSG:{epsg}" if epsg else str(found.to_wkt())
