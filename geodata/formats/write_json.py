"""JSON, JSON Lines and GeoJSON, one record a line."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import TYPE_CHECKING, Any

from geodata.formats.job import geometry_column
from geodata.formats.table import HEADER, JSON_TEXT

if TYPE_CHECKING:
    from geodata.formats.job import Job

__all__ = ["write_json"]


def write_json(job: Job, out: Any) -> None:
    """Write an array (.json), records one a line (.jsonl), or features (.geojson).

    Positions of GeoJSON are longitude and latitude: a geometry in another CRS is converted. A key
    that a record of the source did not have, it does not get.
    """
    geometry = geometry_column(job.schema)
    features = job.suffix == ".geojson"
    array = job.suffix in (".json", ".geojson")
    turn = _to_degrees(job) if geometry is not None else None
    names, raw, missing = [], set(), set()
    for field in job.schema:
        metadata = field.metadata or {}
        name = metadata.get(HEADER, field.name.encode()).decode()
        names.append(field.name if name in names else name)
        if metadata.get(JSON_TEXT):
            raw.add(len(names) - 1)
        if metadata.get(b"dezone.missing"):
            missing.add(len(names) - 1)
    shape = None if geometry is None else job.schema.get_field_index(geometry)
    if array:
        head = '{"type": "FeatureCollection", "features": [' if features else "["
        out.write(f"{head}\n".encode())
    first = True
    for batch in job.batches():
        lines = []
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            cells = []
            place = "null"
            for i, (name, value) in enumerate(zip(names, row, strict=True)):
                if i == shape:
                    place = turn(value) if turn is not None else "null"
                    if features:
                        continue
                    text = place
                elif value is None:
                    if i in missing:
                        continue
                    text = "null"
                else:
                    text = value if i in raw else json.dumps(_value(value), ensure_ascii=False)
                cells.append(f"{json.dumps(name, ensure_ascii=False)}: {text}")
            record = "{" + ", ".join(cells) + "}"
            if features:
                record = f'{{"type": "Feature", "geometry": {place}, "properties": {record}}}'
            lines.append(record)
        if lines:
            if array:
                text = ("" if first else ",\n") + ",\n".join(lines)
            else:
                text = "".join(f"{line}\n" for line in lines)
            out.write(text.encode())
            first = False
    if array:
        out.write(b"\n]}\n" if features else b"\n]\n")


def _value(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str | int | float | bool | list | dict):
        return _nested(value)
    return str(value)


def _nested(value: Any) -> Any:
    if isinstance(value, list):
        return [None if v is None else _value(v) for v in value]
    if isinstance(value, dict):
        return {str(k): None if v is None else _value(v) for k, v in value.items()}
    return value


def _to_degrees(job: Job) -> Any:
    """Return a function from WKB to the text of a GeoJSON geometry in WGS 84."""
    import shapely

    from geodata.crs import shapes_to_degrees

    crs = job.crs()

    def text(wkb: bytes | None) -> str:
        if wkb is None:
            return "null"
        return str(shapely.to_geojson(shapes_to_degrees(shapely.from_wkb(wkb), crs)))

    return text
