"""The cells of layers: what a table, a package and KML take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from dezone.export.contents import Layer

if TYPE_CHECKING:
    import pyarrow as pa


def as_table(layer: Layer) -> pa.Table:
    """Return a layer as a table: days as dates, lists joined by ``;``, geometries as WKB."""
    import pyarrow as pa

    kinds = {
        "text": pa.string(),
        "int": pa.int64(),
        "real": pa.float64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
    }
    fields, arrays = [], []
    for column in layer.columns:
        fields.append(pa.field(column.name, kinds[column.kind]))
        cells = [plain(row.get(column.name)) for row in layer.rows]
        arrays.append(pa.array(cells, fields[-1].type))
    if layer.geometry:
        shapes = [_of_kind(row["geometry"], layer.geometry) for row in layer.rows]
        metadata = {b"ARROW:extension:name": b"geoarrow.wkb"}
        fields.append(pa.field("geometry", pa.binary(), metadata=metadata))
        arrays.append(pa.array(shapely.to_wkb(shapes).tolist(), pa.binary()))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def plain(value: Any) -> Any:
    """Return a cell; a list as its items joined by ``;``, None where it is empty."""
    if isinstance(value, list | tuple):
        return ";".join(map(str, value)) or None
    return value


def _of_kind(shape: Any, kind: str) -> Any:
    if shape is not None and kind.startswith("Multi") and shape.geom_type == kind[5:]:
        return getattr(shapely, kind)([shape])
    return shape
