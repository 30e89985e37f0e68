"""GeoPackage, Shapefile, FlatGeobuf and KML, layer by layer, through GDAL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from geodata.errors import InputError
from geodata.incidents.repairs import quote
from geodata.incidents.spool import Local
from geodata.incidents.table import Table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_layer"]

_GEOMETRY = "geometry"


def read_layer(local: Local, *, layer: str | None = None) -> Table:
    """Return one layer as a table, its geometry as WKB in the last column.

    Raises
    ------
    InputError
        The file is broken, has several layers and none was named, or not the one that was.
    """
    import pyogrio

    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(local.path)]
    except (pyogrio.errors.DataSourceError, ValueError, RuntimeError) as error:
        raise _broken(local, error) from error
    if layer is None and len(layers) == 1:
        layer = layers[0]
    if layer not in layers:
        found = ", ".join(quote(name) for name in layers[:30]) or "none"
        raise InputError(
            f"{local.name}: expected {'one layer' if layer is None else f'the layer {layer!r}'}, "
            f"found {found}; name one (--layer)."
        )
    # GDAL counts the features by reading them where the format does not say how many there are.
    try:
        info = pyogrio.read_info(local.path, layer=layer)
        schema, geometry = _schema(local, layer)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        ValueError,
        RuntimeError,
    ) as error:
        raise _broken(local, error) from error
    rows = int(info["features"])

    def scan(size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        for batch in _batches(local, layer, size):
            found = _named(batch, schema)
            if found.num_rows:
                yield found if columns is None else found.select(list(columns))

    return Table(
        "layers",
        schema,
        scan,
        rows=rows if rows >= 0 else None,
        findings=local.findings,
        geometry=geometry,
        crs=info["crs"],
        layer=layer,
        keep=local.keep,
    )


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

    try:
        with pyogrio.open_arrow(local.path, layer=layer, use_pyarrow=True, batch_size=size) as (
            _,
            reader,
        ):
            yield from reader
    except (pyogrio.errors.DataSourceError, pa.ArrowException, ValueError, RuntimeError) as error:
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
