"""The map in print: base, zones with their doubt, names, scale and north."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import shapely

from geodata.atlas import Atlas
from geodata.schema import Extent, Place, Zone
from maps.print.column import Column
from maps.print.drawing import Box, Drawing, Labels, Text, View
from maps.print.ground import BORDER, GROUND, corners, features
from maps.print.lettering import measure
from maps.style import TOKENS, tint
from zones.sentence import say_length

_LENGTHS_M = (200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
"""How the mark of a town is drawn, on the map and in its legend."""

DISC: dict[str, Any] = {
    "fill": TOKENS["ink"],
    "fill_opacity": 0.07,
    "stroke": TOKENS["ink"],
    "stroke_width": 1.1,
    "stroke_dasharray": "4 2.4",
}
"""How the circle of a reported place is drawn."""


_TINT = 0.3  # of a zone's colour over the ground that is surely inside


def extents_on(atlas: Atlas, day: dt.date, boundary: str) -> list[Extent]:
    """Return the extents that hold on a day under a boundary, in the order of the zones."""
    return [extent for extent in atlas.extents_under(boundary) if extent.holds_on(day)]


# -- zones ----------------------------------------------------------------------------------


def zone_hatch(drawing: Drawing, zone: Zone, gap: float = 5.0) -> str:
    """Define a zone's hatching and return its paint."""
    look = tint(zone.number)
    return drawing.hatch(f"hatch-{zone.number}", look.colour, look.angle, gap, 0.9)


def draw_zone(
    drawing: Drawing,
    view: View,
    extent: Extent,
    zone: Zone,
    hatch: str,
    *,
    whole_band: bool = False,
) -> None:
    """Draw what is surely inside as a tint, what is possibly inside as hatching, and the line.

    With `whole_band` the hatching lies below what is surely inside, too: that takes fewer bytes,
    and hides the ground there.
    """
    look = tint(zone.number)
    low = shapely.make_valid(extent.low)
    band = shapely.make_valid(extent.high)
    inside = view.path(low)
    if whole_band:
        drawing.path(view.path(band), fill=hatch, fill_rule="evenodd")
        drawing.path(inside, fill=_over_land(look.colour), fill_rule="evenodd")
    else:
        drawing.path(inside, fill=look.colour, fill_opacity=_TINT, fill_rule="evenodd")
        drawing.path(view.path(band.difference(low)), fill=hatch, fill_rule="evenodd")
    drawing.path(
        view.path(extent.best),
        fill="none",
        stroke=look.colour,
        stroke_width=1.8,
        stroke_linejoin="round",
    )


def _over_land(colour: str) -> str:
    """Return a zone's colour as its tint is on land."""
    pairs = [(int(colour[i : i + 2], 16), int(TOKENS["land"][i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a * _TINT + b * (1 - _TINT)):02X}" for a, b in pairs)


def hatch_of(zone: Zone) -> str:
    """Return the paint of a hatching that `zone_hatch` defined."""
    return f"url(#hatch-{zone.number})"


def draw_legend(
    column: Column,
    items: Iterable[tuple[str, str]],
    *,
    colour: str,
    hatch: str,
    size: float,
    gap: float,
) -> None:
    """Draw samples with their words in rows, as many a row as fit.

    Kinds of samples are `low`, `line`, `band`, `town`, `place`, `circle`, and the base map's
    `road`, `river`, `governorate-limit`, `border`, `unsettled`.
    """
    offset = 0.0
    drawing = column.drawing
    wide = size * 2.4
    for kind, content in items:
        start = size * 1.4 if kind in ("town", "place") else wide + size * 0.6
        width = start + measure(content, size)
        if offset and offset + width > column.width:
            column.y += size * 1.75
            offset = 0.0
        y = column.y
        tall = size * (1.5 if kind == "band" else 1.0)  # room for two lines of any hatching
        box = column.box(offset, y - tall / 2, wide, tall)
        middle = column.x(offset + size * 0.5)
        if kind == "town":
            drawing.add("rect", **_town(middle, y))
        elif kind == "place":
            drawing.add("circle", cx=middle, cy=y, r=size * 0.36, fill=TOKENS["ink"])
        elif kind == "circle":
            drawing.add("circle", cx=column.x(offset + wide / 2), cy=y, r=size * 0.6, **DISC)
        elif kind in ("road", "river", "governorate-limit", "border", "unsettled"):
            look = GROUND[kind] if kind in GROUND and kind != "border" else BORDER
            dashed = {"stroke_dasharray": "5 3"} if kind == "unsettled" else {}
            drawing.path(f"M{box.x:.1f} {y:.1f}H{box.right:.1f}", **{**look, **dashed})
        else:
            swatch(drawing, kind, box, colour, hatch)
        column.put(offset + start, y + size * 0.36, content, size, TOKENS["ink"])
        offset += width + gap
    column.y += size


def swatch(drawing: Drawing, kind: str, box: Box, colour: str, hatch: str = "none") -> None:
    """Draw the sample of a legend: `low`, `band`, `line` or `zone`, all three in one."""
    if kind in ("low", "zone"):
        wide = box.width if kind == "low" else box.width * 0.55
        drawing.add(
            "rect",
            x=box.x,
            y=box.y,
            width=wide,
            height=box.height,
            fill=colour,
            fill_opacity=_TINT,
        )
    if kind in ("band", "zone"):
        left = box.x if kind == "band" else box.x + box.width * 0.55
        drawing.add("rect", x=left, y=box.y, width=box.right - left, height=box.height, fill=hatch)
    if kind == "line":
        middle = box.y + box.height / 2
        drawing.path(f"M{box.x:.1f} {middle:.1f}H{box.right:.1f}", stroke=colour, stroke_width=1.8)
    if kind == "zone":
        across = box.x + box.width * 0.55
        drawing.path(f"M{across:.1f} {box.y:.1f}V{box.bottom:.1f}", stroke=colour, stroke_width=1.8)


# -- names ----------------------------------------------------------------------------------


def name_zones(
    labels: Labels, view: View, extents: Sequence[Extent], atlas: Atlas, language: str, size: float
) -> None:
    """Name the zones: within, where the name fits, else beside, clear of ground and towns."""
    towns = [
        shapely.Point(view.point(*f["geometry"]["coordinates"][:2])).buffer(size * 0.7)
        for f in features(atlas, "town")
    ]
    ground = shapely.union_all([*(view.shape(e.high) for e in extents), *towns])
    for extent in sorted(extents, key=lambda e: -e.area_km2["best"]):
        zone = atlas.zone(extent.zone)
        shape = view.shape(extent.best).intersection(shapely.box(*corners(view.box.grown(-size))))
        if shape.is_empty:
            continue
        seat = _seat(shape)
        look = tint(zone.number)
        content = zone.name[language]
        within = measure(content, size, 700) < _room(shape, seat)
        labels.put(
            Text(seat.x, seat.y, content, size, look.ink, weight=700, halo=TOKENS["land"]),
            gap=None if within else 14.0,
            reach=(26.0, 38.0, 52.0, 70.0, 90.0, 120.0, 160.0),
            leader=None if within else look.ink,
            off=None if within else ground,
        )


def _seat(shape: Any) -> Any:
    largest = max(
        (part for part in getattr(shape, "geoms", [shape]) if part.geom_type == "Polygon"),
        key=lambda part: part.area,
        default=shape,
    )
    if largest.geom_type != "Polygon":
        return shape.representative_point()
    # The middle of the largest circle within: a name there leans on no edge.
    circle = shapely.maximum_inscribed_circle(largest, tolerance=1.0)
    return shapely.Point(circle.coords[0])


def _room(shape: Any, seat: Any) -> float:
    """Return how wide a name may be about its seat before it leaves the shape."""
    level = shapely.LineString([(seat.x - 2_000, seat.y), (seat.x + 2_000, seat.y)])
    held = level.intersection(shape)
    for part in getattr(held, "geoms", [held]):
        if part.distance(seat) < 1:
            return float(2 * min(seat.x - part.bounds[0], part.bounds[2] - seat.x) + 12)
    return 0.0


def name_towns(
    labels: Labels,
    view: View,
    extents: Sequence[Extent],
    atlas: Atlas,
    language: str,
    *,
    size: float,
    detailed: bool,
    most: int = 26,
) -> None:
    """Name the base map's towns and, where detailed, settlements of the gazetteer, largest first.

    A name keeps off the zones where it can. One that finds no room is not drawn.
    """
    frame = view.box.grown(-3)
    ground = shapely.union_all([view.shape(e.high) for e in extents])
    count = 0
    for name, longitude, latitude in _towns(atlas, language, detailed):
        x, y = view.point(longitude, latitude)
        if not frame.holds(Box(x - 3, y - 3, 6, 6)) or count >= most:
            continue
        mark = Box(x - 3, y - 3, 6, 6)
        if any(mark.meets(other) for other in labels.taken):
            continue
        before = len(labels.taken)
        labels.keep_clear(mark)
        text = Text(x, y, name, size, TOKENS["ink"], halo=TOKENS["land"])
        if not (labels.put(text, gap=5.0, off=ground) or labels.put(text, gap=5.0)):
            del labels.taken[before:]
            continue
        count += 1
        labels.drawing.add("rect", **_town(x, y))


def _town(x: float, y: float) -> dict[str, Any]:
    """A small solid square: a ring would be an incident outside."""
    return {"x": x - 2, "y": y - 2, "width": 4, "height": 4, "fill": TOKENS["ink"]}


def _towns(atlas: Atlas, language: str, detailed: bool) -> list[tuple[str, float, float]]:
    """Return names and positions, the base map's towns before those of the gazetteer."""
    marked = [
        (f["properties"]["name"][language], *f["geometry"]["coordinates"][:2])
        for f in features(atlas, "town")
    ]
    if not detailed:
        return marked
    letters = _letters(atlas, language)
    listed = [
        (name, place.longitude, place.latitude)
        for place in sorted(atlas.places, key=lambda p: (-p.population, p.id))
        if (name := _town_name(place, atlas, language, letters)) is not None
    ]
    known = {(round(x, 1), round(y, 1)) for _, x, y in marked}
    return marked + [t for t in listed if (round(t[1], 1), round(t[2], 1)) not in known]


def _letters(atlas: Atlas, language: str) -> frozenset[str]:
    """Return the letters that a language's own words are written with."""
    found: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, Mapping):
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)
        else:
            found.update(str(node).casefold())

    walk({k: atlas.words(language)[k] for k in ("months", "months_alone", "page", "sentence")})
    return frozenset(char for char in found if char.isalpha())


def _town_name(place: Place, atlas: Atlas, language: str, letters: frozenset[str]) -> str | None:
    """Return a town's name in the script of a language, the plainest there is."""
    if atlas.words(language)["direction"] == "rtl":
        return place.name_ar
    if "a" not in _common(letters):
        own = [v for v in place.variants if _written(v, letters)]
        if own:
            return min(own, key=lambda v: (len(v), v))
    if place.admin1 in place.variants:
        return place.admin1  # the governorate bears the town's name, in its plain spelling
    return _without_marks(place.name)


def _common(letters: frozenset[str]) -> set[str]:
    """Return the letters of the script that most of a language's letters belong to."""
    scripts: dict[str, set[str]] = {}
    for char in letters:
        scripts.setdefault(unicodedata.name(char, "?").split()[0], set()).add(char)
    return max(scripts.values(), key=len, default=set())


def _written(name: str, letters: frozenset[str]) -> bool:
    common = _common(letters)
    found = [char for char in name.casefold() if char.isalpha()]
    return bool(found) and name[:1].isupper() and all(char in common for char in found)


def _without_marks(name: str) -> str:
    return "".join(
        char for char in unicodedata.normalize("NFD", name) if not unicodedata.combining(char)
    )


def name_countries(
    labels: Labels,
    view: View,
    extents: Sequence[Extent],
    atlas: Atlas,
    language: str,
    *,
    size: float,
) -> None:
    """Name the country and its neighbours, beside the zones."""
    window = shapely.box(*corners(view.box.grown(-size)))
    ground = shapely.union_all([view.shape(e.high) for e in extents])
    names = {f["properties"]["name"]["en"]: f["properties"]["name"] for f in _labelled(atlas)}
    for feature in (*features(atlas, "country"), *features(atlas, "neighbour")):
        name = names.get(feature["properties"].get("name"), {}).get(language)
        seen = view.shape(shapely.geometry.shape(feature["geometry"])).intersection(window)
        seen = seen.difference(ground)
        if name is None or seen.is_empty:
            continue
        shown = name if labels.rtl else name.upper()
        if language == "tr" and not labels.rtl:
            shown = name.replace("i", "İ").upper()
        seat = _seat(seen)
        own = feature["properties"]["kind"] == "country"
        labels.put(
            Text(
                seat.x,
                seat.y,
                shown,
                size,
                TOKENS["ink-3"],
                halo=TOKENS["land" if own else "neighbour"],
                spacing=0.0 if labels.rtl else size * 0.12,
            ),
            gap=None,
            reach=(14.0, 30.0, 50.0),
            off=ground,
        )


def _labelled(atlas: Atlas) -> list[Mapping[str, Any]]:
    return [f for f in features(atlas, "label") if "en" in f["properties"]["name"]]


# -- scale and north ------------------------------------------------------------------------


def draw_scale(
    labels: Labels, view: View, words: Mapping[str, Any], *, size: float, most: float
) -> None:
    """Draw a scale bar at the lower start corner: a round length, told in words."""
    length = max((m for m in _LENGTHS_M if m / view.metres <= most), default=_LENGTHS_M[0])
    width = length / view.metres
    content = say_length(words, length)
    plate = max(width, measure(content, size)) + 16
    box = view.box
    left = box.right - plate - 8 if labels.rtl else box.x + 8
    top = box.bottom - size - 25
    drawing = labels.drawing
    _plate(drawing, Box(left, top, plate, size + 17))
    labels.keep_clear(Box(left - 2, top - 2, plate + 4, size + 21))
    start = left + 8
    y = top + size + 9.0
    half = width / 2
    common = {"y": y, "height": 3.4, "stroke": TOKENS["ink"], "stroke_width": 0.8}
    drawing.add("rect", x=start, width=half, fill=TOKENS["ink"], **common)
    drawing.add("rect", x=start + half, width=half, fill=TOKENS["paper"], **common)
    drawing.text(
        Text(
            x=start + width / 2 if plate - 16 == width else left + plate / 2,
            y=top + size + 3.0,
            content=content,
            size=size,
            fill=TOKENS["ink"],
            anchor="middle",
            rtl=labels.rtl,
        )
    )


def draw_north(labels: Labels, view: View, words: Mapping[str, Any], *, size: float) -> None:
    """Draw an arrow to the north at the upper end corner, with the word."""
    content = words["page"]["north"]
    width = max(measure(content, size) + 12, 30.0)
    box = view.box
    left = box.x + 8 if labels.rtl else box.right - width - 8
    top = box.y + 8
    drawing = labels.drawing
    plate = Box(left, top, width, size + 27)
    _plate(drawing, plate)
    labels.keep_clear(plate.grown(2))
    x, y = left + width / 2, top + 5
    drawing.path(f"M{x:.1f} {y:.1f}l5 16l-5 -3.4Z", fill=TOKENS["ink"])
    drawing.path(
        f"M{x:.1f} {y:.1f}l-5 16l5 -3.4Z",
        fill=TOKENS["paper"],
        stroke=TOKENS["ink"],
        stroke_width=0.7,
        stroke_linejoin="round",
    )
    drawing.text(
        Text(
            x=x,
            y=top + size + 20,
            content=content,
            size=size,
            fill=TOKENS["ink"],
            anchor="middle",
            rtl=labels.rtl,
        )
    )


def _plate(drawing: Drawing, box: Box) -> None:
    drawing.add(
        "rect",
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        rx=3.0,
        fill=TOKENS["paper"],
        fill_opacity=0.86,
    )


def draw_frame(drawing: Drawing, box: Box) -> None:
    """Draw the edge of the map."""
    drawing.add(
        "rect",
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        fill="none",
        stroke=TOKENS["state-border"],
        stroke_width=0.8,
    )


def bounds_of(shapes: Iterable[Any]) -> tuple[float, float, float, float]:
    """Return west, south, east, north of several geometries in degrees."""
    west, south, east, north = shapely.total_bounds([s for s in shapes if not s.is_empty])
    return float(west), float(south), float(east), float(north)
