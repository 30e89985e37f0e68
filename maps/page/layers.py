"""Zones, posts, incidents and the base map as folium elements.

This is the only place where foreign text becomes page content. It goes into the page as JSON that
no HTML parser can leave (`maps.markup.to_json`), and the page's script makes text nodes of it,
never markup.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import shapely
from branca.element import MacroElement
from folium.template import Template

from geodata.errors import PageError
from maps.style import tint
from zones.tables.rows import Answer

if TYPE_CHECKING:
    import geopandas

    from geodata.atlas import Atlas, Extent, Polygonal

__all__ = [
    "Bound",
    "Data",
    "base_map",
    "encode_ring",
    "incident_marks",
    "post_marks",
    "zone_extents",
    "zones_in_frame",
]

EXTENT_SCALE = 100_000  # the atlas keeps five decimals
BASE_SCALE = 10_000  # ten metres are less than a pixel at every zoom the page allows

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def encode_ring(points: Iterable[Sequence[float]], scale: int) -> str:
    """Encode longitudes and latitudes as short text, to 1 / `scale` degree.

    Differences between neighbours, zigzag, five bits a letter, longitude first;
    ``maps/web/src/rings.ts`` reads it.
    """
    letters: list[str] = []
    last = (0, 0)
    for longitude, latitude, *_ in points:
        here = (round(longitude * scale), round(latitude * scale))
        for now, before in zip(here, last, strict=True):
            step = now - before
            value = step * 2 if step >= 0 else -step * 2 - 1
            while value > 31:
                letters.append(_ALPHABET[(value & 31) | 32])
                value >>= 5
            letters.append(_ALPHABET[value])
        last = here
    return "".join(letters)


class Data(MacroElement):
    """One kind of what a map draws; `payload` goes into the page as JSON."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "dezone.add({{ this._parent.get_name() }}, {{ this.kind|tojson }},"
        " {{ this.get_name()|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, kind: str, payload: object) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has no types here
        self._name = f"dezone_{kind}"
        self.kind = kind
        self.payload = payload


class Bound(MacroElement):
    """Foreign text bound to a layer: a popup, a tooltip, an icon or a feature's fields."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "{% if this.kind == 'icon' %}"
        "var {{ this.get_name() }} = dezone.icon({{ this.get_name()|tojson }});"
        "{% else %}"
        "dezone.{{ this.kind }}({{ this._parent.get_name() }}, {{ this.get_name()|tojson }});"
        "{% endif %}"
        "{% endmacro %}"
    )

    def __init__(self, kind: str, payload: object) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has no types here
        self._name = f"dezone_{kind}"
        self.kind = kind
        self.payload = payload


# -- the base map ---------------------------------------------------------------------------


def base_map(atlas: Atlas) -> Data:
    """Return the base map of the atlas."""
    features = [
        record
        for feature in atlas.base_map["features"]
        if (record := _base_feature(feature)) is not None
    ]
    return Data("base", {"scale": BASE_SCALE, "features": features})


def _base_feature(feature: Mapping[str, Any]) -> dict[str, Any] | None:
    properties = feature["properties"]
    shape = shapely.geometry.shape(feature["geometry"])
    record: dict[str, Any] = {"kind": properties["kind"]}
    if isinstance(properties.get("name"), Mapping):
        record["name"] = dict(properties["name"])
    for key in ("rank", "role"):
        if properties.get(key) is not None:
            record[key] = properties[key]
    parts = list(getattr(shape, "geoms", [shape]))
    polygons = [part for part in parts if part.geom_type == "Polygon"]
    lines = [part for part in parts if part.geom_type == "LineString"]
    points = [part for part in parts if part.geom_type == "Point"]
    if polygons:
        record["polygons"] = [
            [encode_ring(ring.coords, BASE_SCALE) for ring in _rings(part)] for part in polygons
        ]
        if "name" in record:
            seat = max(polygons, key=lambda part: part.area).representative_point()
            record["point"] = _round_point(seat)
    if lines:
        record["lines"] = [encode_ring(part.coords, BASE_SCALE) for part in lines]
    if points:
        record["point"] = _round_point(points[0])
    return record if len(record) > 1 else None


def _round_point(point: shapely.Point) -> list[float]:
    return [round(point.x, 4), round(point.y, 4)]


def _rings(polygon: shapely.Polygon) -> Iterator[shapely.LinearRing]:
    yield polygon.exterior
    yield from polygon.interiors


# -- zones ----------------------------------------------------------------------------------


class _RingTable:
    """Rings by text, each kept once: estimates and validities share many."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}

    def add(self, geometry: Polygonal) -> list[list[int]]:
        parts = getattr(geometry, "geoms", [geometry])
        return [
            [self._number(encode_ring(ring.coords, EXTENT_SCALE)) for ring in _rings(part)]
            for part in parts
            if not part.is_empty
        ]

    def _number(self, text: str) -> int:
        return self._index.setdefault(text, len(self._index))

    def texts(self) -> list[str]:
        return list(self._index)


def zone_extents(atlas: Atlas, zones: Sequence[str] | None = None) -> Data:
    """Return the zones of the atlas (those named, or all) with everything that dates them."""
    wanted = [zone.id for zone in atlas.zones if zones is None or zone.id in zones]
    rings = _RingTable()
    extents = [
        record
        for extent in atlas.extents
        if extent.zone in wanted
        for record in _extent_records(extent, rings)
    ]
    return Data("zones", _zone_payload(atlas, wanted, extents, rings))


def zones_in_frame(atlas: Atlas, frame: geopandas.GeoDataFrame) -> Data:
    """Return the zones of a frame: its geometries, and from the atlas what it does not hold.

    The frame is one of `zones.load_zones`. A row whose zone the atlas has drawn from the same day
    gets that extent's `low` and `high` too; any other row is drawn as a plain line.
    """
    wanted = [str(zone) for zone in frame["zone"]]
    rings = _RingTable()
    extents: list[dict[str, Any]] = []
    for row in frame.to_dict("records"):
        extents.extend(_row_records(atlas, row, rings))
    return Data("zones", _zone_payload(atlas, wanted, extents, rings))


def _row_records(atlas: Atlas, row: Mapping[Any, Any], rings: _RingTable) -> list[dict[str, Any]]:
    start = _day(row.get("valid_from"))
    for extent in atlas.extents:
        same = extent.zone == row["zone"] and extent.boundary == row.get("boundary")
        if not same or _day(extent.valid_from) != start:
            continue
        if any(extent.geometry(e).equals(row["geometry"]) for e in ("low", "best", "high")):
            return _extent_records(extent, rings)
    return [
        {
            "zone": row["zone"],
            "boundary": row.get("boundary") or atlas.meta.default_boundary,
            "estimate": "best",
            "from": start,
            "to": _day(row.get("valid_to")),
            "area": _number(row.get("area_km2")) or 0.0,
            "accuracy": None,
            "polygons": rings.add(row["geometry"]),
            "sources": [],
            "confidence": "unsourced",
        }
    ]


def _extent_records(extent: Extent, rings: _RingTable) -> list[dict[str, Any]]:
    return [
        {
            "zone": extent.zone,
            "boundary": extent.boundary,
            "estimate": estimate,
            "from": _day(extent.valid_from),
            "to": _day(extent.valid_to),
            "area": extent.area_km2[estimate],
            "accuracy": _spread(extent.accuracy_m) if estimate == "best" else None,
            "polygons": rings.add(extent.geometry(estimate)),
            "sources": list(extent.sources),
            "confidence": str(extent.confidence),
        }
        for estimate in ("low", "best", "high")
    ]


def _spread(nested: object) -> list[int] | None:
    """Return the median and the ninth decile of the errors along a line, in metres."""
    errors = sorted(_flat(nested))
    if not errors:
        return None
    return [
        round(statistics.median(errors)),
        round(errors[min(len(errors) - 1, len(errors) * 9 // 10)]),
    ]


def _flat(nested: object) -> Iterator[float]:
    if isinstance(nested, list | tuple):
        for item in nested:
            yield from _flat(item)
    elif isinstance(nested, int | float):
        yield float(nested)


def _zone_payload(
    atlas: Atlas, wanted: Sequence[str], extents: list[dict[str, Any]], rings: _RingTable
) -> dict[str, Any]:
    zones = []
    for zone in atlas.zones:
        if zone.id not in wanted:
            continue
        look = tint(zone.number)
        name = dict(zone.name)
        zones.append(
            {
                "id": zone.id,
                "number": zone.number,
                "name": name,
                "colour": look.colour,
                "ink": look.ink,
                "angle": look.angle,
            }
        )
    phases = [
        {
            "zone": phase.zone,
            "phase": str(phase.phase),
            "from": _day(phase.start),
            "precision": phase.precision,
            "what": phase.what,
            "sources": list(phase.sources),
            "confidence": str(phase.confidence),
        }
        for phase in atlas.phases
        if phase.zone in wanted
    ]
    agreements = [
        {
            "id": agreement.id,
            "title": dict(agreement.title),
            "zones": [zone for zone in agreement.zones if zone in wanted],
            "signed": _day(agreement.signed),
            "from": _day(agreement.in_force),
            "to": _day(agreement.until),
            "guarantors": list(agreement.guarantors),
            "round": agreement.round,
            "sources": list(agreement.sources),
            "confidence": str(agreement.confidence),
        }
        for agreement in atlas.agreements
        if set(agreement.zones) & set(wanted)
    ]
    rounds = [
        {
            "id": round_.id,
            "number": round_.number,
            "name": dict(round_.name),
            "first": _day(round_.first_day),
            "last": _day(round_.last_day),
            "precision": round_.precision,
            "sources": list(round_.sources),
            "confidence": str(round_.confidence),
        }
        for round_ in atlas.rounds
    ]
    posts = [post for post in atlas.posts if post.zone in wanted]
    records: list[Mapping[str, Any]] = [*phases, *agreements, *rounds, *extents]
    cited = {source for record in records for source in record["sources"]}
    cited.update(source for post in posts for source in post.sources)
    used = {extent["boundary"] for extent in extents}
    return {
        "zones": zones,
        "scale": EXTENT_SCALE,
        "rings": rings.texts(),
        "extents": extents,
        "phases": phases,
        "agreements": agreements,
        "rounds": rounds,
        "boundaries": [
            {
                "id": boundary.id,
                "name": dict(boundary.name),
                "description": dict(boundary.description),
            }
            for boundary in atlas.boundaries
            if boundary.id in used
        ],
        "actors": {key: dict(actor.name) for key, actor in sorted(atlas.actors.items())},
        "sources": {
            key: {
                "title": source.title,
                "publisher": source.publisher or "",
                "url": source.url or "",
                "date": source.date,
            }
            for key, source in sorted(atlas.sources.items())
            if key in cited
        },
    }


# -- posts and incidents --------------------------------------------------------------------


def post_marks(atlas: Atlas, zones: Sequence[str] | None = None) -> Data:
    """Return the posts of the zones named, or of all."""
    return Data(
        "posts",
        [
            {
                "id": post.id,
                "zone": post.zone,
                "actor": post.actor,
                "kind": post.kind,
                "name": dict(post.name),
                "number": post.number,
                "longitude": post.longitude,
                "latitude": post.latitude,
                "accuracy": post.accuracy_m,
                "from": _day(post.start),
                "precision": post.precision,
                "encircled": _day(post.encircled),
                "to": _day(post.until),
                "planned": post.planned,
                "sources": list(post.sources),
                "confidence": str(post.confidence),
            }
            for post in atlas.posts
            if zones is None or post.zone in zones
        ],
    )


def incident_marks(incidents: object) -> Data:
    """Return the incidents of a table: a frame, an iterable of mappings, or answers of the zones.

    Answers are those of `zones.tables.rows.check_rows`. Columns read of a mapping or a frame: `id`,
    `date` (or `first_day` and `last_day`), `place`, `longitude`, `latitude` (degrees, WGS 84),
    `radius_m`, `verdict`, `zone`, `sentence`, `source`; any may be missing. An incident without a
    place that can be drawn is in the page's table, not on its map.
    """
    return Data("incidents", [_incident(row) for row in _rows(incidents)])


def _rows(incidents: Any) -> Iterable[Mapping[str, Any]]:
    if hasattr(incidents, "to_dict"):  # a frame of pandas or geopandas
        rows: list[Mapping[str, Any]] = incidents.to_dict("records")
        return rows
    found = [_answered(row) if isinstance(row, Answer) else row for row in incidents]
    for row in found:
        if not isinstance(row, Mapping):
            raise PageError(
                f"expected incidents as a frame, mappings or answers, found {type(row).__name__}; "
                "pass one of these an incident."
            )
    return found


def _answered(answer: Answer) -> Mapping[str, Any]:
    row, record = answer.row, answer.record
    return {
        "id": row.get("id"),
        "date": row.get("date"),
        "place": row.get("place"),
        "source": row.get("source_url") or row.get("source"),
        "longitude": record.longitude,
        "latitude": record.latitude,
        "radius_m": record.radius_m,
        "verdict": record.verdict,
        "zone": record.zone,
        "sentence": record.sentence,
        "first_day": record.first_day,
        "last_day": record.last_day,
    }


def _incident(row: Mapping[str, Any]) -> dict[str, Any]:
    longitude, latitude = _number(row.get("longitude")), _number(row.get("latitude"))
    if longitude is None or latitude is None or abs(longitude) > 180 or abs(latitude) > 90:
        longitude = latitude = None
    return {
        "id": _text(row.get("id")),
        "date": _text(row.get("date")) or _days(row),
        "first": _iso(row.get("first_day")) or _iso(row.get("date")),
        "last": _iso(row.get("last_day")) or _iso(row.get("date")),
        "place": _text(row.get("place")),
        "longitude": longitude,
        "latitude": latitude,
        "radius": _number(row.get("radius_m")) or 0.0,
        "verdict": _text(row.get("verdict")),
        "zone": _text(row.get("zone")) or None,
        "sentence": _text(row.get("sentence")),
        "source": _text(row.get("source")),
    }


def _days(row: Mapping[str, Any]) -> str:
    first, last = _text(row.get("first_day")), _text(row.get("last_day"))
    return first if first == last or not last else f"{first}/{last}"


def _iso(value: object) -> str | None:
    try:
        return dt.date.fromisoformat(_text(value)[:10]).isoformat()
    except ValueError:
        return None


def _missing(value: object) -> bool:
    return value is None or value != value  # NaN and NaT are not equal to themselves


def _text(value: object) -> str:
    if _missing(value):
        return ""
    if isinstance(value, dt.datetime):
        value = value.date()
    return str(value)


def _number(value: object) -> float | None:
    if _missing(value) or value == "":
        return None
    try:
        number = float(value)  # type: ignore[arg-type]  # any table's cell
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _day(value: object) -> str | None:
    if _missing(value):
        return None
    return _text(value)[:10]
