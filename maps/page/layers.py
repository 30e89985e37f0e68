"""Zones, posts, incidents and the base map of an atlas, as the page's script draws them.

Texts of an atlas and of a table go into the page as JSON that no HTML parser can leave
(`maps.page.document.to_json`), and the script makes text nodes of them, never markup.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely
from msgspec import UNSET

from geodata.errors import PageError
from geodata.schema import Agreement, Confidence, Estimate, Extent, Phase, Post, Round, Source, Zone
from maps.page import payload
from maps.page.leaflet import Data
from maps.page.packing import RingTable, encode_ring, rings_of
from maps.style import zone_tint
from zones.calendar import calendar_of, day_number, day_of
from zones.layers import reference_day
from zones.prepared import once_per_atlas
from zones.tables.rows import Answer

if TYPE_CHECKING:
    import geopandas

    from geodata.atlas import Atlas

EXTENT_SCALE = 100_000  # the atlas keeps five decimals
BASE_SCALE = 10_000  # ten metres are less than a pixel at every zoom the page allows


# -- the day on which a page opens ---------------------------------------------------------

WINDOW = 30
"""Days before and after the day shown within which a page's incidents are not faint."""


def opening_day(atlas: Atlas, first: npt.NDArray[np.int32], last: npt.NDArray[np.int32]) -> dt.date:
    """Return the day on which a page opens that shows n incidents.

    It is `reference_day` where incidents lie within `WINDOW` days of it; else the day on which
    one began and around which most lie: while the zones were in force, or else in the years of
    the timeline. Of several such days it is the earliest.

    Parameters
    ----------
    first, last : (n,) int32
        Days since 1970-01-01, both included, of incidents that have a date.
    """
    usual = day_number(reference_day(atlas))
    (days, begun), (ends, over) = _running_totals(first), _running_totals(last)
    # So many had begun by the end of the window, less those that were over before it.
    near = begun[np.searchsorted(days, [*days + WINDOW, usual + WINDOW], side="right")]
    near -= over[np.searchsorted(ends, [*days - WINDOW, usual - WINDOW])]
    if near[-1]:
        return day_of(usual)
    begin, end = calendar_of(atlas).in_force
    years = sorted(phase.start.year for phase in atlas.phases if phase.start)
    timeline = day_number(dt.date(years[0] - 1, 1, 1)), day_number(dt.date(years[-1] + 1, 12, 31))
    for start, stop in ((begin, end - 1), timeline):
        inside = np.flatnonzero((days >= start) & (days <= stop))
        if inside.size:
            return day_of(int(days[inside[np.argmax(near[inside])]]))
    return day_of(usual)


def _running_totals(days: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int64], ...]:
    """Return the days that there are, in order, and how many are before each, then how many all.

    A million days are few different ones: they are counted, which takes a tenth of sorting them.
    """
    if not days.size:
        return np.empty(0, np.int64), np.zeros(1, np.int64)
    begin = int(days.min())
    counts = np.bincount(days - begin)
    found = counts.nonzero()[0]
    return found + begin, np.concatenate(([0], np.cumsum(counts[found])))


# -- the base map ---------------------------------------------------------------------------


def base_map(atlas: Atlas) -> Data:
    """Return the base map of the atlas."""
    return Data("base", _base(atlas))


@once_per_atlas
def _base(atlas: Atlas) -> payload.Base:
    features = [
        drawn
        for feature in atlas.base_map["features"]
        if not _drawn_twice(feature, atlas) and (drawn := _base_feature(feature)) is not None
    ]
    return payload.Base(scale=BASE_SCALE, features=features)


def _drawn_twice(feature: Mapping[str, Any], atlas: Atlas) -> bool:
    """Tell whether a border is that of the country, which is drawn with its ground."""
    if feature["properties"]["kind"] != "border" or atlas.outline is None:
        return False
    return bool(shapely.geometry.shape(feature["geometry"]).equals(atlas.outline.boundary))


def _base_feature(feature: Mapping[str, Any]) -> payload.BaseFeature | None:
    """Return a feature as it is drawn; none where there is nothing to draw."""
    said = feature["properties"]
    shape = shapely.geometry.shape(feature["geometry"])
    parts = list(getattr(shape, "geoms", [shape]))
    polygons = [part for part in parts if part.geom_type == "Polygon"]
    lines = [part for part in parts if part.geom_type == "LineString"]
    points = [part for part in parts if part.geom_type == "Point"]
    name = dict(said["name"]) if isinstance(said.get("name"), Mapping) else None
    if said["kind"] == "road" and isinstance(said.get("name"), str):
        name = {"en": said["name"]}  # a number: the same in every language
    seat = points[0] if points else None
    if seat is None and polygons and name is not None:
        seat = max(polygons, key=lambda part: part.area).representative_point()
    if not (polygons or lines or seat or name):
        return None
    return payload.BaseFeature(
        kind=said["kind"],
        name=UNSET if name is None else name,
        rank=UNSET if said.get("rank") is None else said["rank"],
        role=UNSET if said.get("role") is None else said["role"],
        accuracy=UNSET if said.get("accuracy_m") is None else said["accuracy_m"],
        point=UNSET if seat is None else (round(seat.x, 4), round(seat.y, 4)),
        lines=[encode_ring(part.coords, BASE_SCALE) for part in lines] or UNSET,
        polygons=[
            [encode_ring(ring.coords, BASE_SCALE) for ring in rings_of(part)] for part in polygons
        ]
        or UNSET,
    )


# -- zones ----------------------------------------------------------------------------------


def zone_extents(atlas: Atlas, zones: Sequence[str] | None = None) -> Data:
    """Return the zones of the atlas (those named, or all) with everything that dates them."""
    wanted = [zone.id for zone in atlas.zones if zones is None or zone.id in zones]
    rings = RingTable(EXTENT_SCALE)
    extents = [
        drawn
        for extent in atlas.extents
        if extent.zone in wanted
        for drawn in _estimates(extent, rings)
    ]
    return Data("zones", _zones(atlas, wanted, extents, rings))


def zones_in_frame(atlas: Atlas, frame: geopandas.GeoDataFrame) -> Data:
    """Return the zones of a frame: its geometries, and from the atlas what it does not hold.

    The frame is one of `zones.load_zones`. A row whose zone the atlas has drawn from the same day
    gets that extent's `low` and `high` too; any other row is drawn as a plain line.
    """
    wanted = [str(zone) for zone in frame["zone"]]
    rings = RingTable(EXTENT_SCALE)
    extents = [
        drawn for row in frame.to_dict("records") for drawn in _row_estimates(atlas, row, rings)
    ]
    return Data("zones", _zones(atlas, wanted, extents, rings))


def _row_estimates(atlas: Atlas, row: Mapping[Any, Any], rings: RingTable) -> list[payload.Extent]:
    start, end = _day(row.get("valid_from")) or dt.date.min, _day(row.get("valid_to"))
    for extent in atlas.extents:
        if (extent.zone, extent.boundary) != (row["zone"], row.get("boundary")):
            continue
        if extent.holds_on(start) and any(
            extent.geometry(estimate).equals(row["geometry"]) for estimate in Estimate
        ):
            return _estimates(extent, rings)
    return [
        payload.Extent(
            zone=row["zone"],
            boundary=row.get("boundary") or atlas.meta.default_boundary,
            estimate=Estimate.BEST,
            start=start,
            end=end,
            polygons=rings.add(row["geometry"]),
            area=_number(row.get("area_km2")) or 0.0,
            accuracy=None,
            sources=[],
            confidence=Confidence.UNSOURCED,
        )
    ]


def _estimates(extent: Extent, rings: RingTable) -> list[payload.Extent]:
    return [
        payload.Extent(
            zone=extent.zone,
            boundary=extent.boundary,
            estimate=estimate,
            start=extent.valid_from,
            end=extent.valid_to,
            polygons=rings.add(extent.geometry(estimate)),
            area=extent.area_km2[estimate],
            accuracy=_spread(extent.accuracy_m) if estimate is Estimate.BEST else None,
            sources=extent.sources,
            confidence=extent.confidence,
        )
        for estimate in Estimate
    ]


def _spread(nested: object) -> tuple[int, int] | None:
    """Return the median and the ninth decile of the errors along a line, in metres."""
    errors = sorted(_flat(nested))
    if not errors:
        return None
    ninth = errors[min(len(errors) - 1, len(errors) * 9 // 10)]
    return round(statistics.median(errors)), round(ninth)


def _flat(nested: object) -> Iterator[float]:
    if isinstance(nested, list | tuple):
        for item in nested:
            yield from _flat(item)
    elif isinstance(nested, int | float):
        yield float(nested)


def _zones(
    atlas: Atlas, wanted: Sequence[str], extents: Sequence[payload.Extent], rings: RingTable
) -> payload.Zones:
    phases = [phase for phase in atlas.phases if phase.zone in wanted]
    agreements = [one for one in atlas.agreements if set(one.zones) & set(wanted)]
    posts = [post for post in atlas.posts if post.zone in wanted]
    cited = {key for one in (*phases, *agreements, *atlas.rounds, *posts) for key in one.sources}
    cited.update(key for extent in extents for key in extent.sources)
    drawn = {extent.boundary for extent in extents}
    return payload.Zones(
        zones=[_zone(zone) for zone in atlas.zones if zone.id in wanted],
        boundaries=[
            payload.Boundary(
                id=one.id,
                name=one.name,
                description=one.description,
                drawn_from=one.drawn_from,
            )
            for one in atlas.boundaries
            if one.id in drawn
        ],
        scale=EXTENT_SCALE,
        rings=rings.texts(),
        extents=extents,
        phases=[_phase(phase) for phase in phases],
        agreements=[_agreement(one, wanted) for one in agreements],
        rounds=[_round(one) for one in atlas.rounds],
        actors={key: actor.name for key, actor in sorted(atlas.actors.items())},
        sources={key: _source(one) for key, one in sorted(atlas.sources.items()) if key in cited},
    )


def _zone(zone: Zone) -> payload.Zone:
    look = zone_tint(zone.number)
    return payload.Zone(
        id=zone.id,
        number=zone.number,
        name=zone.name,
        colour=look.colour,
        ink=look.ink,
        angle=look.angle,
    )


def _phase(phase: Phase) -> payload.Phase:
    return payload.Phase(
        zone=phase.zone,
        phase=phase.phase,
        arranged=phase.is_arranged,
        start=phase.start,
        precision=phase.precision,
        sources=phase.sources,
        confidence=phase.confidence,
    )


def _agreement(agreement: Agreement, wanted: Sequence[str]) -> payload.Agreement:
    return payload.Agreement(
        id=agreement.id,
        kind=agreement.kind,
        title=agreement.title,
        zones=[zone for zone in agreement.zones if zone in wanted],
        signed=agreement.signed,
        start=agreement.in_force,
        end=agreement.until,
        guarantors=agreement.guarantors,
        mediators=agreement.mediators,
        round=agreement.round,
        sources=agreement.sources,
        confidence=agreement.confidence,
    )


def _round(one: Round) -> payload.Round:
    return payload.Round(
        id=one.id,
        number=one.number,
        name=one.name,
        first=one.first_day,
        last=one.last_day,
        precision=one.precision,
        sources=one.sources,
        confidence=one.confidence,
    )


def _source(source: Source) -> payload.Source:
    return payload.Source(
        title=source.title,
        publisher=source.publisher or "",
        url=source.url or "",
        date=source.date,
    )


# -- posts and incidents --------------------------------------------------------------------


def post_marks(atlas: Atlas, zones: Sequence[str] | None = None) -> Data:
    """Return the posts of the zones named, or of all."""
    return Data(
        "posts", [_post(post) for post in atlas.posts if zones is None or post.zone in zones]
    )


def _post(post: Post) -> payload.Post:
    known: dict[str, Any] = {
        "number": post.number,
        "precision": post.precision,
        "encircled": post.encircled,
        "planned": post.planned or None,
    }
    return payload.Post(
        zone=post.zone,
        actor=post.actor,
        kind=post.kind,
        name=post.name,
        longitude=post.longitude,
        latitude=post.latitude,
        accuracy=post.accuracy_m,
        start=post.start,
        end=post.until,
        sources=post.sources,
        confidence=post.confidence,
        **{name: value for name, value in known.items() if value is not None},
    )


def incident_marks(incidents: object) -> Data:
    """Return the incidents of a table: a frame, an iterable of mappings, or answers of the zones.

    Answers are those of `zones.tables.rows.check_rows`. Columns read of a mapping or a frame:
    `id`, `date` (or `first_day` and `last_day`), `place`, `longitude`, `latitude` (degrees, WGS
    84), `radius_m`, `verdict`, `zone`, `sentence`, `source`; any may be missing. An incident
    without a place that can be drawn is in the page's table, not on its map.
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


def _incident(row: Mapping[str, Any]) -> payload.Incident:
    longitude, latitude = _number(row.get("longitude")), _number(row.get("latitude"))
    if longitude is None or latitude is None or abs(longitude) > 180 or abs(latitude) > 90:
        longitude = latitude = None
    return payload.Incident(
        id=_text(row.get("id")),
        date=_text(row.get("date")) or _days(row),
        first=_day(row.get("first_day")) or _day(row.get("date")),
        last=_day(row.get("last_day")) or _day(row.get("date")),
        place=_text(row.get("place")),
        longitude=longitude,
        latitude=latitude,
        radius=_number(row.get("radius_m")) or 0.0,
        verdict=_text(row.get("verdict")),
        zone=_text(row.get("zone")) or None,
        sentence=_text(row.get("sentence")),
        source=_text(row.get("source")),
    )


def _days(row: Mapping[str, Any]) -> str:
    first, last = _text(row.get("first_day")), _text(row.get("last_day"))
    return first if first == last or not last else f"{first}/{last}"


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


def _day(value: object) -> dt.date | None:
    """Return the day of a table's cell; none where it says no single one."""
    try:
        return dt.date.fromisoformat(_text(value)[:10])
    except ValueError:
        return None
