"""The card of a verdict as a drawing of one A4 page, with a small map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dezone.cite.card import Card, extents_of
from dezone.cite.sections import Section, card_sections, headline, trimmed
from geodata.atlas import Atlas
from geodata.columns.incidents import SETTLEMENT
from geodata.schema import Estimate, Extent
from maps.print.column import Column
from maps.print.drawing import Box, Drawing, Labels, Text, View
from maps.print.ground import draw_base, draw_border, name_ground
from maps.print.lettering import clean, isolate, wrap
from maps.print.plan import (
    DISC,
    bounds_of,
    draw_frame,
    draw_legend,
    draw_north,
    draw_scale,
    draw_zone,
    hatch_of,
    name_towns,
    name_zones,
    zone_hatch,
)
from maps.style import TOKENS, tint
from zones.sentence import fill, say_length
from zones.space import grounds_of

_WIDTH, _HEIGHT = 595.0, 842.0  # A4 in points
_MARGIN = 34.0


def _put_section(column: Column, section: Section, size: float, label: float) -> None:
    """Put a section: its heading, then labels beside their lines."""
    column.y += 5
    column.rule()
    column.y += 2
    column.say(section.heading, size + 1, TOKENS["ink"], weight=700)
    column.y += 1
    last = ""
    for fact in section.facts:
        top = column.y
        if fact.label != last:
            for line in wrap(fact.label, size, label - 4, lines=2):
                column.say(line, size, TOKENS["ink-2"], lead=1.28)
        below, column.y = column.y, top
        last = fact.label
        for line in fact.lines:
            shown = isolate(line) if fact.foreign and column.rtl else line
            column.say(shown, size, TOKENS["ink"], offset=label, lead=1.28, lines=12)
        column.y = max(column.y, below) + 0.8
    column.y += 5


def card_drawing(card: Card, atlas: Atlas) -> Drawing:
    """Return the card as a drawing of one A4 page.

    Its text is as large as fits. If even the smallest size does not fit, sources are left out; the
    JSON card has them all.
    """
    for size in (7.2, 6.8, 6.4, 6.0, 5.6, 5.2):
        drawing, bottom = _lay_out(card, atlas, size)
        if bottom <= _HEIGHT - _MARGIN + 10:
            break
    return drawing


def _lay_out(card: Card, atlas: Atlas, size: float) -> tuple[Drawing, float]:
    """Lay out the card at a text size; return it with its lowest line."""
    words = atlas.words(card.language)
    rtl = words["direction"] == "rtl"
    drawing = Drawing(_WIDTH, _HEIGHT)
    drawing.add("rect", width=_WIDTH, height=_HEIGHT, fill=TOKENS["paper"])
    gutter = 22.0
    width = (_WIDTH - 2 * _MARGIN - gutter) / 2
    offsets = (_MARGIN, _MARGIN + width + gutter)
    incident, answer, ground, talks, provenance, sources = card_sections(card, atlas)
    label = size * 9.6

    one, two = (Column(drawing, rtl=rtl, offset=o, width=width, y=_MARGIN - 6) for o in offsets)
    _putheadline(one, card, atlas, words)
    for section in (incident, answer, talks):
        _put_section(one, section, size, label)
    box = two.box(0, _MARGIN, width, width * 0.94)
    draw_map(drawing, card, atlas, box)
    two.y = box.bottom + 11
    draw_key(two, card, atlas, words)
    two.y += 4
    _put_section(two, ground, size, label)

    one.y = two.y = max(one.y, two.y) + 4
    _put_section(two, provenance, size, label)
    room = int((_HEIGHT - _MARGIN + 6 - one.y - 3 * size) / (size * 1.28)) - 1
    kept = trimmed(sources, words, max(room, 3), width - label, size)
    _put_section(one, kept, size, label)
    return drawing, max(one.y, two.y)


def _putheadline(column: Column, card: Card, atlas: Atlas, words: Mapping[str, Any]) -> None:
    say = words["card"]
    column.say(say["title"], 8.5, TOKENS["ink-2"], weight=700)
    column.say(say["question"], 8.5, TOKENS["ink-2"])
    verdict, where, colour = headline(card, atlas)
    column.y += 12
    column.say(verdict, 26, colour, weight=700, lead=1.05)
    column.y += 2
    column.say(where, 9.2, TOKENS["ink-2"])
    column.y += 3
    column.say(clean(card.record.sentence), 10.2, TOKENS["ink"], lead=1.42, lines=14)
    column.y += 8


# -- the small map --------------------------------------------------------------------------


def draw_map(drawing: Drawing, card: Card, atlas: Atlas, box: Box) -> None:
    """Draw the place with its circle to scale, the line with its band, and the distance.

    Without a place, draw the country with the zones of the day.
    """
    record, words = card.record, atlas.words(card.language)
    rtl = words["direction"] == "rtl"
    extents = _shown(card, atlas)
    nearest = _nearest(card, atlas)
    view = _window(card, atlas, box, nearest)
    drawing.clip("card-map", box)
    draw_base(drawing, view, atlas)
    for extent in extents:
        zone = atlas.zone(extent.zone)
        draw_zone(drawing, view, extent, zone, zone_hatch(drawing, zone, 4.2))
    draw_border(drawing, view, atlas)
    labels = Labels(drawing, box.grown(-3), rtl=rtl)
    if record.latitude is not None and record.longitude is not None:
        _draw_incident(labels, card, words, view, nearest)
    drawing.close()
    draw_north(labels, view, words, size=7.0)
    draw_scale(labels, view, words, size=7.0, most=box.width / 3)
    before = len(labels.taken)
    middle = Box(box.x + box.width / 2 - 34, box.y + box.height / 2 - 24, 68, 48)
    labels.keep_clear(middle)  # a zone's name beside the mark would pass for the place's
    name_zones(labels, view, extents, atlas, card.language, size=9.0)
    del labels.taken[before]
    detailed = view.metres * box.width < 150_000
    name_towns(labels, view, extents, atlas, card.language, size=7.0, detailed=detailed, most=12)
    name_ground(labels, view, atlas, card.language, size=6.4)
    draw_frame(drawing, box)


def _shown(card: Card, atlas: Atlas) -> list[Extent]:
    """Return the governing extent of the zone, and of the others those of the first day."""
    mine, main = extents_of(card.record, atlas)
    day = card.record.first_day
    others = [
        extent
        for extent in atlas.extents_under(card.record.boundary)
        if extent.zone != card.record.zone
        and (extent.valid_to is None if day is None else extent.holds_on(day))
    ]
    return others + mine[main : main + 1]


def _nearest(card: Card, atlas: Atlas) -> tuple[float, float] | None:
    """Return the point of the line that is nearest to the place."""
    record = card.record
    mine, main = extents_of(record, atlas)
    if not mine or record.longitude is None or record.latitude is None:
        return None
    ground = grounds_of(atlas)[record.boundary, mine[main].zone]
    outlines = ground.outlines[ground.extents.index(mine[main])]
    metres, x, y = outlines[Estimate.BEST].distance(
        np.array([record.longitude]), np.array([record.latitude])
    )
    return None if np.isnan(metres[0]) else (float(x[0]), float(y[0]))


def _window(card: Card, atlas: Atlas, box: Box, nearest: tuple[float, float] | None) -> View:
    record = card.record
    if record.longitude is None or record.latitude is None:
        shapes = [e.high for e in atlas.extents_under(record.boundary)]
        west, south, east, north = bounds_of(shapes)
        metres = max((north - south) * 111_000 / box.height, (east - west) * 91_000 / box.width)
        return View((west + east) / 2, (south + north) / 2, metres * 1.15, box)
    reach = max(1.25 * (record.radius_m or 0.0), 6_000.0)
    if nearest is not None and record.distance_m is not None:
        reach = max(reach, min(1.5 * abs(record.distance_m), 150_000.0))
    half = min(box.width, box.height) / 2
    return View(record.longitude, record.latitude, reach / half, box)


def _draw_incident(
    labels: Labels,
    card: Card,
    words: Mapping[str, Any],
    view: View,
    nearest: tuple[float, float] | None,
) -> None:
    record, drawing = card.record, labels.drawing
    x, y = view.point(view.longitude, view.latitude)  # the map is drawn about the place
    if record.radius_m:
        drawing.add(
            "circle",
            cx=x,
            cy=y,
            r=record.radius_m / view.metres,
            **DISC,
        )
    labels.keep_clear(Box(x - 5, y - 5, 10, 10))
    if nearest is not None and record.distance_m:
        near_x, near_y = view.point(*nearest)
        for stroke, wide in ((TOKENS["paper"], 2.6), (TOKENS["ink"], 1.1)):
            drawing.path(
                f"M{x:.1f} {y:.1f}L{near_x:.1f} {near_y:.1f}", stroke=stroke, stroke_width=wide
            )
        drawing.add("circle", cx=near_x, cy=near_y, r=1.7, fill=TOKENS["ink"])
        content = say_length(words, abs(record.distance_m))
        middle = ((x + near_x) / 2, (y + near_y) / 2)
        text = Text(*middle, content, 8.0, TOKENS["ink"], weight=700, halo=TOKENS["land"])
        labels.put(text, gap=5.0, reach=(12.0, 20.0))
    drawing.add(
        "circle",
        cx=x,
        cy=y,
        r=3.6,
        fill=TOKENS["ink"],
        stroke=TOKENS["paper"],
        stroke_width=1.4,
    )


def draw_key(column: Column, card: Card, atlas: Atlas, words: Mapping[str, Any]) -> None:
    """Draw the key of the small map."""
    record, named, say = card.record, words["page"], words["card"]
    items = []
    if record.latitude is not None:
        items.append(("place", say["the_place"]))
        if record.radius_m:
            length = say_length(words, record.radius_m)
            key = "size" if record.radius_source == SETTLEMENT else "circle"
            items.append(("circle", fill(say[key], {"radius": length})))
    zone = atlas.zone(record.zone) if record.zone else atlas.zones[0]
    if _shown(card, atlas):
        items += [
            ("low", named["surely_inside"]),
            ("line", named["line"]),
            ("band", named["possibly_inside"]),
        ]
    draw_legend(
        column, items, colour=tint(zone.number).colour, hatch=hatch_of(zone), size=7.0, gap=9.0
    )
    column.say(named["disclaimer"], 6.4, TOKENS["ink-2"], lead=1.3)
