"""What writers of map layers share: the geometry, its CRS, what a format cannot hold, and GDAL."""

from __future__ import annotations

import errno
import os
import re
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from geodata.crs import check_crs
from geodata.errors import InputError
from geodata.findings import Finding, Severity
from geodata.formats.table import Job, about_file, geometry_column
from geodata.formats.values import plain_texts, without_nan

if TYPE_CHECKING:
    import pyarrow as pa
    import pyproj


def layer_geometry(job: Job) -> str:
    """Return the name of the column of geometries; InputError where there is none."""
    import pyarrow as pa

    for field in job.schema:
        if pa.types.is_struct(field.type) or pa.types.is_map(field.type):
            raise InputError(
                f"expected plain cells for a map layer, found {field.type} in {field.name!r}; "
                "write Parquet or JSON."
            )
    geometry = geometry_column(job.schema)
    if geometry is None:
        raise InputError("expected a geometry to write a map layer, found none; write CSV.")
    return geometry


def is_own(job: Job) -> bool:
    """Tell whether the geometries are the source's own, of any kind, and not points of ours."""
    return job.like is not None and geometry_column(job.like.schema) is not None


def layer_crs(job: Job) -> pyproj.CRS | None:
    """Return the CRS of the geometries; None where the source does not say."""
    import pyproj

    named = job.crs()
    if named is None:
        return None
    crs = check_crs(named)
    degrees = pyproj.CRS("EPSG:4326")
    return degrees if crs.equals(degrees, ignore_axis_order=True) else crs


def unfit(format: str, found: str, instead: str = "Parquet") -> InputError:
    """Return the error for cells that a format does not hold unchanged."""
    return InputError(
        f"expected rows that {format} holds unchanged, found {found}; write {instead}."
    )


def as_text(column: pa.Array) -> pa.Array:
    """Return a column as text from which the same values can be read: times in ISO 8601."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_floating(column.type):  # NaN too
        return column.cast(pa.float64()).cast(pa.string())
    text = plain_texts(column).cast(pa.string())
    if pa.types.is_timestamp(column.type):
        return pc.replace_substring(text, " ", "T", max_replacements=1)
    return text


def written_as_text(column: str, kind: pa.DataType, format: str) -> Finding:
    """Return what is told of a column that is written as text."""
    why = f"{column} ({kind}): written as text, since {format} has no such type"
    return about_file(Severity.WARNING, "written-as-text", "", why)


# -- GeoPackage and FlatGeobuf ---------------------------------------------------------------

_NAMES = {"GPKG": "a GeoPackage", "FlatGeobuf": "FlatGeobuf"}
_DAY = "1970-01-01T00:00:00.000Z"  # and not the time of writing


def write_with_gdal(job: Job, path: Path, driver: str, options: dict[str, str]) -> None:
    """Write one layer, called as the file, in the CRS of the source's own geometry or EPSG:4326.

    What the format has no type for (decimal numbers, times of day, lists, and in a GeoPackage
    times without a zone) is written as text, and NaN is left empty in a GeoPackage; both are told.

    Raises
    ------
    InputError
        Cells that would be changed: parts of milliseconds, whole numbers from 2**63, zero bytes in
        texts, days beyond the year 9999; names that repeat.
    """
    import pyarrow as pa
    import pyogrio

    geometry = layer_geometry(job)
    if len({name.casefold() for name in job.schema.names}) < len(job.schema):
        raise unfit(_NAMES[driver], "names of columns that differ in case only")
    rows = job.batches() if driver == "FlatGeobuf" else without_nan(job, _NAMES[driver])
    first = next(rows, None)
    kind = _shape_kind(first and first.column(geometry), driver) if is_own(job) else "Point"
    crs = layer_crs(job)
    epsg = crs and crs.to_epsg()
    held = [_held(job, field, driver) for field in job.schema]
    schema = pa.schema(
        field.with_metadata({b"ARROW:extension:name": b"geoarrow.wkb"})
        if field.name == geometry
        else field
        for field in held
    )
    refused: list[InputError] = []  # an error raised inside of the stream would lose its message

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in () if first is None else chain([first], rows):
            try:
                if driver == "FlatGeobuf":
                    _check_heights(batch.column(geometry), kind)
                columns = [
                    _cells(column, field, driver)
                    for column, field in zip(batch.columns, schema, strict=True)
                ]
            except InputError as error:
                refused.append(error)
                return
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    try:
        with at_home(), warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", message="'crs' was not provided")  # nor was it read
            pyogrio.write_arrow(
                pa.RecordBatchReader.from_batches(schema, batches()),
                path,
                layer=path.stem,
                driver=driver,
                geometry_name=geometry,
                geometry_type=kind,
                crs=f"EPSG:{epsg}" if epsg else crs and crs.to_wkt(),
                **options,
            )
    except (RuntimeError, RuntimeWarning) as error:  # what pyogrio's own errors are
        # SQLite has rolled back by itself where it could not write.
        if re.search("disk is full|no transaction is active", str(error)):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        if not refused:
            raise unfit(_NAMES[driver], " ".join(str(error).split())[:200]) from error
    if refused:
        raise refused[0]
    if shutil.disk_usage(path.parent).free < _FULL:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def at_home() -> Iterator[None]:
    """Keep GDAL from the time of day, and its PROJ from the folder that the process is in."""
    import pyogrio

    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    data = Path(pyogrio.__file__).parent / "proj_data"  # which wheels have
    added = data.is_dir() and os.environ.setdefault("PROJ_DATA", str(data)) == str(data)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _DAY})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
        if added:
            os.environ.pop("PROJ_DATA", None)


def _shape_kind(column: pa.Array | None, driver: str) -> str:
    """Return the one kind of all geometries, by the first ones; Unknown where there are several."""
    import shapely

    if column is None or driver != "FlatGeobuf":
        return "Unknown"
    shapes = [one for one in shapely.from_wkb(column.to_pylist()) if one is not None]
    kinds = {f"{one.geom_type}{' Z' * bool(shapely.has_z(one))}" for one in shapes}
    return kinds.pop() if len(kinds) == 1 else "Unknown"


def _check_heights(column: pa.Array, kind: str) -> None:
    """Refuse geometries of which GDAL would leave out the heights, or make some up."""
    import shapely

    shapes = shapely.from_wkb(column.to_pylist())
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if (shapely.has_z(shapes[there]) != kind.endswith(" Z")).any():
        raise unfit(_NAMES["FlatGeobuf"], "geometries with heights among others", "GeoPackage")


_FULL = 1 << 16  # bytes left on a disk that is full: GDAL does not always say what went wrong


def _held(job: Job, field: pa.Field, driver: str) -> pa.Field:
    """Return a field in the type that the format has for it."""
    import pyarrow as pa

    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    same = {
        pa.bool_(), pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), pa.string(),
        pa.binary(), pa.date32(),
    }  # fmt: skip
    wider = {
        pa.int8(): pa.int16(), pa.uint8(): pa.int16(), pa.uint16(): pa.int32(),
        pa.uint32(): pa.int64(), pa.uint64(): pa.int64(), pa.float16(): pa.float32(),
        pa.large_string(): pa.string(), pa.large_binary(): pa.binary(), pa.date64(): pa.date32(),
        pa.null(): pa.string(),
    }  # fmt: skip
    if pa.types.is_timestamp(kind) and (kind.tz is not None or driver == "FlatGeobuf"):
        found = pa.timestamp("ms", kind.tz and "UTC")
    elif kind in same:
        found = kind
    elif kind in wider:
        found = wider[kind]
    else:
        found = pa.string()
        job.findings.append(written_as_text(field.name, kind, _NAMES[driver]))
    return pa.field(field.name, found)


_FIRST, _LAST = -719_528, 2_932_896  # 0000-01-01 and 9999-12-31, in days since 1970-01-01


def _cells(column: pa.Array, field: pa.Field, driver: str) -> pa.Array:
    """Return cells in the type of a field; InputError where the format would change them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = field.type
    try:
        column = as_text(column) if pa.types.is_string(kind) else column.cast(kind)
    except pa.ArrowInvalid as error:
        why = f"{column.type} in {field.name!r} that is too exact or too large"
        raise unfit(_NAMES[driver], why) from error
    found = None
    if pa.types.is_string(kind) and pc.any(pc.match_substring(column, "\0")).as_py():
        found = "a zero byte"
    elif pa.types.is_temporal(kind):
        a_day = 1 if pa.types.is_date(kind) else 86_400_000
        ticks = column.view(pa.int32() if a_day == 1 else pa.int64()).drop_null().to_numpy()
        if ticks.size and not _FIRST <= ticks.min() // a_day <= ticks.max() // a_day <= _LAST:
            found = "a year that is not from 0 to 9999"
        elif a_day > 1 and ((ticks < 0) & (ticks % 1000 != 0)).any():
            found = "a time before 1970 with parts of a second, which GDAL rounds towards 1970,"
    if found:
        raise unfit(_NAMES[driver], f"{found} in {field.name!r}")
    return column
