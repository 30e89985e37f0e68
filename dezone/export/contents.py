"""What `dezone export --all` writes: the layers of an atlas, their columns, and what these mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import shapely

from geodata.atlas import Atlas
from geodata.ledger import Holding
from geodata.schema import Estimate, Post
from zones.calendar import LAST_DAY, calendar_of, day_of
from zones.layers import name_column, zone_rows
from zones.prepared import once_per_atlas

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A column: name, kind (``text``, ``int``, ``real``, ``bool``, ``date``) and meaning."""

    name: str
    kind: str
    meaning: str


@dataclass(frozen=True)
class Layer:
    """One table of an atlas.

    Attributes
    ----------
    name, about
        What it is called, and what a row of it is.
    columns
        Those beside the geometry.
    rows
        One mapping each, with a `geometry` (EPSG:4326) or None under that key where it has one.
    geometry
        The kind of its geometries, empty where it has none.
    spans
        The columns that hold its first day and the first day after it; empty where it has none.
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    geometry: str = ""
    spans: tuple[str, str] | tuple[()] = ()


HALF_OPEN = ("valid_from", "valid_to")
"""The columns of an interval of days: the first day of it, and the first day after it."""

_COLUMNS = {
    "actor": ("text", "id of the actor that keeps or planned it"),
    "accuracy": ("text", "how exact the lines are"),
    "accuracy_m": ("int", "metres within which the position is known"),
    "about_zones": ("text", "what was said of the zones"),
    "actual": ("text", "what happened on the ground"),
    "admin1": ("text", "name of the governorate"),
    "admin3_pcode": ("text", "P-code of the sub-district (OCHA)"),
    "agreement": ("text", "id of the agreement that it comes from"),
    "agreements": ("text", "ids of the agreements in force, oldest first, joined by ;"),
    "area": ("text", "id of the area"),
    "area_km2": ("real", "area in square kilometres"),
    "boundary": ("text", "id of the way of drawing the zones: see the table boundaries"),
    "came_earliest": ("date", "first day on which the side may have come to hold it"),
    "came_latest": ("date", "last day on which the side may have come to hold it"),
    "confidence": ("text", "high, medium, low, or unsourced: no source states it"),
    "description": ("text", "what it is, in English"),
    "disagreements": ("text", "what sources say differently, reading by reading"),
    "drawn_by": ("text", "id of the boundary that the ground is taken from"),
    "encircled": ("date", "day on which the other side had closed round it"),
    "estimate": ("text", "low (surely inside), best (the line itself) or high (possibly inside)"),
    "event": ("text", "what the source tells of: a capture, an agreement, ..."),
    "extent": ("text", "id of the extent: zone, boundary and first valid day"),
    "first_known": ("date", "first day on which it stood; empty: not known"),
    "first_day": ("date", "first day of the talks"),
    "framework_guarantors": (
        "text",
        "ids of the actors that guarantee the memorandum that the zones stand on, joined by ;",
    ),
    "guarantors": ("text", "ids of the actors that guarantee it, joined by ;"),
    "held_by": ("text", "id of the side that held it; empty where nobody says who"),
    "id": ("text", "id in the atlas"),
    "in_force": ("date", "first day in force; empty for a draft"),
    "kind": ("text", "kind"),
    "language": ("text", "language of the source"),
    "last_day": ("date", "last day of the talks"),
    "legal": ("text", "what stood on paper"),
    "mediators": ("text", "ids of the actors that mediated, joined by ;"),
    "note": ("text", "remark of the atlas, in English"),
    "number": ("int", "number"),
    "other_points": ("text", "further published points: longitude latitude (source), joined by ;"),
    "phase": ("text", "declared, arranged or contested; before and ended in the table phases"),
    "place": ("text", "where"),
    "planned": ("bool", "whether it was only announced"),
    "position_basis": ("text", "where the position comes from; without one there is no geometry"),
    "precision": ("text", "how exactly the day is known"),
    "provisions": ("text", "what it says, in English"),
    "published": ("text", "date of the source"),
    "publisher": ("text", "who published it"),
    "radius_basis": ("text", "where the size comes from"),
    "radius_m": ("int", "size of the place: radius in metres"),
    "round": ("text", "id of the round of talks"),
    "settlement": ("text", "id of the settlement: OCHA's P-code, else the ledger's own"),
    "signatories": ("text", "ids of the actors that signed, joined by ;"),
    "signed": ("date", "day of signing"),
    "sources": ("text", "ids of the sources, joined by ;: see the table sources"),
    "title": ("text", "title"),
    "until_known": ("date", "first day on which it stood no more; empty: not known"),
    "url": ("text", "address"),
    "valid_from": (
        "date",
        "first day, included (half-open interval, days local to the atlas); empty: from the start",
    ),
    "valid_to": (
        "date",
        "first day after it, no longer included (half-open interval); empty: it did not end",
    ),
    "variants": ("text", "other spellings, joined by ;"),
    "what": ("text", "what happened, in English"),
    "zone": ("text", "id of the zone"),
    "zones": ("text", "ids of the zones that it is about, joined by ;"),
}


def layers(atlas: Atlas) -> tuple[Layer, ...]:
    """Return all layers of an atlas, in the order in which they are written."""
    return tuple(make(atlas) for make in _LAYERS)


def zones(atlas: Atlas) -> Layer:
    """Return the zones while they were in force: a row for each time without a change."""
    names = _names(atlas)
    return _layer(
        atlas,
        "zones",
        "Zones while they were in force: a row for each boundary, estimate and span of days in "
        "which neither the line nor the phase nor the agreements changed",
        f"zone number {names} boundary drawn_by estimate phase guarantors mediators "
        "framework_guarantors round agreements "
        "valid_from valid_to area_km2 confidence sources",
        [row for one in atlas.boundaries for row in _states(atlas, one.id)],
        "MultiPolygon",
        HALF_OPEN,
    )


def doubt(atlas: Atlas) -> Layer:
    """Return the ground that lies possibly, but not surely, inside each row of `zones`."""
    rows = []
    states = iter(zones(atlas).rows)
    for low, _, high in zip(states, states, states, strict=True):
        band = shapely.make_valid(high["geometry"]) - shapely.make_valid(low["geometry"])
        rows.append({**high, "geometry": _polygonal(band)})
    return _layer(
        atlas,
        "doubt",
        "Ground of which it cannot be said whether it lay inside: possibly inside (high), but not "
        "surely (low), while the zone was in force",
        f"zone number {_names(atlas)} boundary phase valid_from valid_to",
        rows,
        "MultiPolygon",
        HALF_OPEN,
    )


def extents(atlas: Atlas) -> Layer:
    """Return every extent under every boundary and estimate, as the atlas has them."""
    rows = [
        {
            "extent": one.id,
            "zone": one.zone,
            "number": atlas.zone(one.zone).number,
            **_named(atlas, atlas.zone(one.zone).name),
            "boundary": one.boundary,
            "estimate": estimate.value,
            "valid_from": one.valid_from,
            "valid_to": one.valid_to,
            "area_km2": one.area_km2[estimate.value],
            "confidence": one.confidence,
            "sources": one.sources,
            "note": one.note,
            "geometry": one.geometry(estimate),
        }
        for one in atlas.extents
        for estimate in Estimate
    ]
    return _layer(
        atlas,
        "extents",
        "Extents as the atlas has them: a row for each zone, boundary, estimate and time of "
        "validity; the geometry is empty where nothing is surely inside",
        f"extent zone number {_names(atlas)} boundary estimate valid_from valid_to area_km2 "
        "confidence sources note",
        rows,
        "MultiPolygon",
        HALF_OPEN,
    )


def areas(atlas: Atlas) -> Layer:
    """Return the areas that reports and agreements name, parts of zones among them."""
    rows = []
    for feature in atlas.area_features:
        said, area = feature.properties, atlas.areas[feature.properties.area]
        rows.append(
            {
                **_fields(said, "area zone agreement variants valid_from valid_to area_km2"),
                **_fields(said, "confidence sources note"),
                **_named(atlas, said.name),
                "kind": said.kind.value,
                "number": atlas.zone(said.zone).number if said.zone else None,
                "estimate": said.estimate.value,
                "disagreements": _disagreements(said.disagreements),
                "geometry": area.low if said.estimate is Estimate.LOW else area.high,
            }
        )
    return _layer(
        atlas,
        "areas",
        "Areas by the names that reports use (kind named), parts of zones that an agreement made "
        "(subarea: low and high), and ground beside the zones (neighbour)",
        f"area kind zone number {_names(atlas)} variants estimate agreement valid_from valid_to "
        "area_km2 confidence sources disagreements note",
        rows,
        "MultiPolygon",
        HALF_OPEN,
    )


def posts(atlas: Atlas) -> Layer:
    """Return the posts of the guarantors; one whose position is not known has no geometry."""
    rows = [
        {
            **_fields(one, "id zone actor kind number accuracy_m position_basis precision"),
            **_fields(one, "encircled planned confidence sources note"),
            **_named(atlas, one.name),
            "first_known": one.start,
            "until_known": one.until,
            **_standing(atlas, one),
            "disagreements": _disagreements(one.disagreements),
            "geometry": _post_point(one),
        }
        for one in atlas.posts
    ]
    return _layer(
        atlas,
        "posts",
        "Observation posts, checkpoints and bases of the guarantors; without a geometry where the "
        "position is not known; where its first or last day is not, it is valid while its zone was "
        "in force",
        f"id zone actor kind {_names(atlas)} number planned valid_from valid_to "
        "first_known until_known encircled precision accuracy_m position_basis confidence "
        "sources disagreements note",
        rows,
        "Point",
        HALF_OPEN,
    )


def settlements(atlas: Atlas) -> Layer:
    """Return the settlements of the ledger."""
    ledger = atlas.ledger
    rows = []
    for index in range(len(ledger)):
        one = ledger.settlement(index)
        main, *others = one.points
        rows.append(
            {
                "settlement": one.id,
                "name": one.name,
                "name_ar": one.name_ar,
                **_fields(one, "variants kind zone radius_m radius_basis"),
                "admin1": one.admin[0].name if one.admin else None,
                "admin3_pcode": one.admin[-1].code if one.admin else None,
                "sources": main.source,
                "other_points": [f"{p.longitude} {p.latitude} ({p.source})" for p in others],
                "geometry": shapely.Point(main.longitude, main.latitude),
            }
        )
    return _layer(
        atlas,
        "settlements",
        "Settlements, each at its main published point; zone is the zone that its ground belongs "
        "to while a side of that zone holds it",
        "settlement name name_ar variants kind zone admin1 admin3_pcode radius_m radius_basis "
        "sources other_points",
        rows,
        "Point",
    )


@once_per_atlas
def held(atlas: Atlas) -> Layer:
    """Return who may have held each settlement when: a row for each holding."""
    ledger = atlas.ledger
    rows = []
    for place in settlements(atlas).rows:
        history = ledger.history(ledger.index(place["settlement"]))
        for one, following in zip_longest(history, history[1:]):
            rows.append({**{k: place[k] for k in _PLACE}, **_holding(atlas, one, following)})
    return _layer(
        atlas,
        "held",
        "Who held each settlement when: from valid_from on the side can have held it, from "
        "valid_to on it cannot any more, so that a day of change belongs to both sides",
        f"settlement name name_ar zone held_by {_names(atlas, 'side')} valid_from valid_to "
        "came_earliest came_latest precision event confidence sources disagreements note",
        rows,
        "Point",
        HALF_OPEN,
    )


def phases(atlas: Atlas) -> Layer:
    """Return the phases of the zones."""
    rows = []
    for zone in atlas.zones:
        mine = [one for one in atlas.phases if one.zone == zone.id]
        for one, following in zip_longest(mine, mine[1:]):
            rows.append(
                {
                    **_fields(one, "zone phase precision legal actual what confidence"),
                    **_fields(one, "sources note"),
                    **_named(atlas, zone.name),
                    "valid_from": one.start,
                    "valid_to": following.start if following else None,
                    "disagreements": _disagreements(one.disagreements),
                }
            )
    return _layer(
        atlas,
        "phases",
        "Phases of the zones, before they were declared and after they ended too",
        f"zone {_names(atlas)} phase valid_from valid_to precision legal actual what confidence "
        "sources disagreements note",
        rows,
        spans=HALF_OPEN,
    )


def agreements(atlas: Atlas) -> Layer:
    """Return the agreements; a draft was never in force."""
    rows = [
        {
            **_fields(one, "id kind zones place signed in_force signatories guarantors mediators"),
            **_fields(one, "round provisions confidence sources note"),
            **_named(atlas, one.title, "title"),
            "valid_from": one.in_force,
            "valid_to": one.until,
            "disagreements": _disagreements(one.disagreements),
        }
        for one in atlas.agreements
    ]
    return _layer(
        atlas,
        "agreements",
        "Agreements that set up, arranged or changed zones; a draft has no day in force",
        f"id kind {_names(atlas, 'title')} zones round place signed valid_from valid_to "
        "signatories guarantors mediators provisions confidence sources disagreements note",
        rows,
        spans=HALF_OPEN,
    )


def rounds(atlas: Atlas) -> Layer:
    """Return the rounds of talks."""
    rows = [
        {
            **_fields(one, "id number place first_day last_day precision about_zones"),
            **_fields(one, "confidence sources note"),
            **_named(atlas, one.name),
            "disagreements": _disagreements(one.disagreements),
        }
        for one in atlas.rounds
    ]
    return _layer(
        atlas,
        "rounds",
        "Rounds of talks, their last day included",
        f"id {_names(atlas)} number place first_day last_day precision about_zones confidence "
        "sources disagreements note",
        rows,
    )


def boundaries(atlas: Atlas) -> Layer:
    """Return the ways of drawing the zones."""
    rows = [
        {
            **_fields(one, "id accuracy confidence sources note"),
            **_named(atlas, one.name),
            "description": one.description["en"],
        }
        for one in atlas.boundaries
    ]
    return _layer(
        atlas,
        "boundaries",
        "Ways of drawing the zones, the default first, and how exact each is",
        f"id {_names(atlas)} description accuracy confidence sources note",
        rows,
    )


def sources(atlas: Atlas) -> Layer:
    """Return the sources."""
    rows = [
        {"id": key, **_fields(one, "title publisher url language kind"), "published": one.date}
        for key, one in sorted(atlas.sources.items())
    ]
    about = "Sources, by the ids that the other tables name"
    return _layer(atlas, "sources", about, "id title publisher url published language kind", rows)


def base_areas(atlas: Atlas) -> Layer:
    """Return the countries of the base map."""
    return _base(atlas, "base_areas", "Base map: the country and its neighbours", "MultiPolygon")


def base_lines(atlas: Atlas) -> Layer:
    """Return the borders and roads of the base map."""
    return _base(atlas, "base_lines", "Base map: borders and roads", "MultiLineString")


def base_points(atlas: Atlas) -> Layer:
    """Return the towns and names of the base map."""
    return _base(atlas, "base_points", "Base map: towns, and names of countries", "Point")


_LAYERS: tuple[Callable[[Atlas], Layer], ...] = (
    zones, doubt, extents, areas, posts, settlements, held, phases, agreements, rounds,
    boundaries, sources, base_areas, base_lines, base_points,
)  # fmt: skip


# -- steps ----------------------------------------------------------------------------------


def _layer(
    atlas: Atlas,
    name: str,
    about: str,
    columns: str,
    rows: Sequence[Row],
    geometry: str = "",
    spans: tuple[str, str] | tuple[()] = (),
) -> Layer:
    """Return a layer whose columns are named in a text."""
    return Layer(name, about, tuple(map(_column, columns.split())), rows, geometry, spans)


def _column(name: str) -> Column:
    if name in _COLUMNS:
        return Column(name, *_COLUMNS[name])
    what, _, language = name.partition("_")
    return Column(name, "text", f"{what}, in the language {language or 'en'}")


def _names(atlas: Atlas, what: str = "name") -> str:
    """Return the columns of a text in every language, English without a suffix."""
    return " ".join(name_column(code, what) for code in atlas.meta.languages)


def _named(atlas: Atlas, text: Mapping[str, str], what: str = "name") -> dict[str, str]:
    return {name_column(code, what): text[code] for code in atlas.meta.languages}


def _fields(record: Any, names: str) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names.split()}


def _states(atlas: Atlas, boundary: str) -> Iterator[dict[str, Any]]:
    """Yield the zones under a boundary for each span of days in which they did not change.

    The three estimates of a zone follow each other: low, best, high.
    """
    running: dict[str, list[dict[str, Any]]] = {}
    for number in calendar_of(atlas).cuts.tolist():
        day = day_of(number)
        estimates = (zone_rows(atlas, day, boundary, estimate) for estimate in Estimate)
        for found in map(list, zip(*estimates, strict=True)):
            rows = [{**r, "drawn_by": r["boundary"], "boundary": boundary} for r in found]
            zone = rows[0]["zone"]
            before = running.get(zone, [])
            if before and all(map(_same, before, rows)):
                continue
            yield from ({**row, "valid_to": day} for row in before)
            running[zone] = [
                {**row, "valid_from": day, "valid_to": None} for row in rows if row["in_force"]
            ]
    for rows in running.values():
        yield from rows


def _same(before: Row, row: Row) -> bool:
    return all(row[name] == value for name, value in before.items() if name not in HALF_OPEN)


def _polygonal(shape: Any) -> Any:
    """Return the polygons of a shape: where two outlines touch, lines are left over."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)


def _post_point(post: Post) -> Any:
    if post.longitude is None or post.latitude is None:
        return None
    return shapely.Point(post.longitude, post.latitude)


def _standing(atlas: Atlas, post: Post) -> dict[str, dt.date | None]:
    """Return the days on which a post is shown, as in the pages; its zone's where unknown."""
    begin, end = post.start, post.until
    if begin is None or end is None:
        first, last = (
            day_of(number) if abs(number) < LAST_DAY else None
            for number in calendar_of(atlas).force(post.zone)
        )
        begin = max(filter(None, (begin, first)), default=None)
        end = min(filter(None, (end, last)), default=None)
        if begin is not None and end is not None:
            end = max(begin, end)
    return {"valid_from": begin, "valid_to": end}


_PLACE = ("settlement", "name", "name_ar", "zone", "geometry")


def _holding(atlas: Atlas, one: Holding, following: Holding | None) -> dict[str, Any]:
    """Return a holding, from the first day on which it is possible until none is left."""
    until = following.latest if following else None
    side = atlas.sides.get(one.side or "")
    return {
        "held_by": one.side,
        **({} if side is None else _named(atlas, side.name, "side")),
        "valid_from": one.earliest,
        "valid_to": None if until is None else until + dt.timedelta(days=1),
        "came_earliest": one.earliest,
        "came_latest": one.latest,
        **_fields(one, "precision event confidence sources note"),
        "disagreements": [f"{r.value} ({', '.join(r.sources)})" for r in one.readings],
    }


def _disagreements(found: Iterable[Any]) -> list[str]:
    return [
        f"{one.what}: " + " | ".join(f"{r.value} ({', '.join(r.sources)})" for r in one.readings)
        for one in found
    ]


def _base(atlas: Atlas, name: str, about: str, geometry: str) -> Layer:
    single = geometry.removeprefix("Multi")
    rows = []
    for feature in atlas.base_map["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        if shape.geom_type.removeprefix("Multi") == single:
            said = feature["properties"]
            text = said.get("name")
            names = {"en": text} if isinstance(text, str) else text or {}
            rows.append(
                {
                    "kind": said["kind"],
                    **{name_column(code): names.get(code) for code in atlas.meta.languages},
                    "geometry": shape,
                }
            )
    return _layer(atlas, name, about, f"kind {_names(atlas)}", rows, geometry)
