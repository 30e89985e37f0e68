"""GeoPackage, Shapefile, FlatGeobuf and KML, layer by layer, through GDAL."""

from __future__ import annotations

import glob
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from geodata.errors import InputError
from geodata.findings import Severity
from geodata.formats.spool import Local
from geodata.formats.table import Table, about_file, checked
from geodata.text.repairs import quote

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_layer"]

_GEOMETRY = "geometry"
# FlatGeobuf's own stream gives null geometries a length below zero; LIBKML would put the name of
# a placemark over a column of the name "id".
_OPTIONS = {"OGR_FLATGEOBUF_STREAM_BASE_IMPL": "YES", "LIBKML_ID_FIELD": "kml_id"}


def read_layer(local: Local, *, layer: str | None = None) -> Table:
    """Return one layer as a table, its geometry as WKB in the last column.

    Raises
    ------
    InputError
        The file is broken, has several layers and none was named, or not the one that was.
    """
    import pyogrio

    _check_parts(local)
    pyogrio.set_gdal_config_options(_OPTIONS)
    told: list[str] = []
    with _told(local, told):
        layers = [str(name) for name, _ in pyogrio.list_layers(local.path)]
    if layer is None and len(layers) == 1:
        layer = layers[0]
    if layer not in layers:
        found = ", ".join(quote(name) for name in layers[:30]) or "none"
        raise InputError(
            f"{local.name}: expected {'one layer' if layer is None else f'the layer {layer!r}'}, "
            f"found {found}; name one (--layer)."
        )
    with _told(local, told):
        info = pyogrio.read_info(local.path, layer=layer)
        schema, geometry = _schema(local, layer)
    remarks = [about_file(Severity.WARNING, "remark-of-gdal", "", text) for text in told]
    rows = int(info["features"])

    def scan(size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        for batch in _batches(local, layer, size):
            found = checked(_named(batch, schema), local.name)
            if found.num_rows:
                yield found if columns is None else found.select(list(columns))

    return Table(
        "layers",
        schema,
        scan,
        rows=rows if rows >= 0 else None,
        findings=(*local.findings, *remarks),
        geometry=geometry,
        crs=info["crs"],
        layer=layer,
        keep=local.keep,
    )


def _check_parts(local: Local) -> None:
    """Refuse a Shapefile that was copied without the files that belong to it."""
    if local.path.suffix.lower() != ".shp":
        return
    here = {
        path.suffix.lower() for path in local.path.parent.glob(f"{glob.escape(local.path.stem)}.*")
    }
    missing = [suffix for suffix in (".shx", ".dbf") if suffix not in here]
    if missing:
        raise InputError(
            f"{local.name}: expected a Shapefile with its other files (.shx, .dbf, .prj) "
            f"beside it, found no {' and no '.join(missing)}; copy them all into one folder."
        )


@contextmanager
def _told(local: Local, told: list[str]) -> Iterator[None]:
    """Turn GDAL's errors into one line, and keep what it merely remarks on."""
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        try:
            yield
        except (ValueError, RuntimeError) as error:
            raise _broken(local, error) from error
    # Paths of this machine, and GDAL's own names of files, are of no use to anybody.
    texts = (str(one.message).replace(str(local.path), local.name) for one in remarks)
    told += [text for text in dict.fromkeys(texts) if text not in told]


def _schema(local: Local, layer: str) -> tuple[pa.Schema, str | None]:
    import pyarrow as pa
    import pyogrio

    with pyogrio.open_arrow(local.path, layer=layer, use_pyarrow=True) as (meta, reader):
        name = meta["geometry_name"] or "wkb_geometry"
        fields = [f.remove_metadata() for f in reader.schema]
        at = reader.schema.get_field_index(name)
        if at >= 0 and meta["geometry_type"] is not None:
            plain = name if name != "wkb_geometry" else _GEOMETRY
            taken = {f.name for f in fields if f.name != name}
            while plain in taken:
                plain = f"{plain}_"
            fields[at] = pa.field(plain, pa.binary(), metadata=_WKB)
            return pa.schema(fields), plain
        return pa.schema(fields), None


_WKB = {b"ARROW:extension:name": b"geoarrow.wkb"}


def _batches(local: Local, layer: str, size: int) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    import pyogrio

    opened = pyogrio.open_arrow(local.path, layer=layer, use_pyarrow=True, batch_size=size)
    try:
        with ExitStack() as stack:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it was told when the file was opened first
                _, reader = stack.enter_context(opened)
            yield from reader
    except (pa.ArrowException, ValueError, RuntimeError) as error:
        raise _broken(local, error) from error


def _named(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    columns = [
        column.storage if isinstance(column, pa.ExtensionArray) else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _broken(local: Local, error: Exception) -> InputError:
    reason: Any = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return InputError(
        f"{local.name}: expected layers that GDAL reads, found a file that it does not "
        f"({reason}); fetch it again, or save it as GeoPackage."
    )
