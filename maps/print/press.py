"""The figure in the sizes that newsrooms and networks take: a landscape, and a square."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from geodata.atlas import Atlas
from geodata.schema import Extent, PhaseName
from maps.print.column import Column
from maps.print.drawing import Box, Drawing, Labels, View
from maps.print.ground import draw_base, draw_border, name_ground
from maps.print.lettering import isolate
from maps.print.plan import (
    bounds_of,
    draw_legend,
    draw_north,
    draw_scale,
    draw_zone,
    extents_on,
    hatch_of,
    name_countries,
    name_towns,
    name_zones,
    swatch,
    zone_hatch,
)
from maps.style import TOKENS, tint
from zones.calendar import calendar_of, day_number
from zones.sentence import fill, say_days


class Size(StrEnum):
    """The size of a figure: as high as it must be for print, or one of the press, in pixels."""

    PRINT = "print"
    LANDSCAPE = "landscape"  # 1200 x 675
    SQUARE = "square"  # 1080 x 1080


_PAGES = {Size.LANDSCAPE: (1_200.0, 675.0), Size.SQUARE: (1_080.0, 1_080.0)}
_MARGIN = 36.0
_AROUND = 1.12  # of the ground of the zones


def draw_press(
    atlas: Atlas,
    size: Size,
    *,
    title: str,
    zone: str | None,
    day: dt.date,
    language: str,
    boundary: str,
) -> Drawing:
    """Return the figure of a day in a size of the press, one unit a pixel.

    It says what the figure for print says but for the rounds and the guarantors.
    """
    words = atlas.words(language)
    rtl = words["direction"] == "rtl"
    width, height = _PAGES[size]
    drawing = Drawing(width, height)
    drawing.add("rect", width=width, height=height, fill=TOKENS["paper"])
    wide = size is Size.LANDSCAPE
    column = 400.0 if wide else width - 2 * _MARGIN
    text = Column(drawing, rtl=rtl, offset=_MARGIN, width=column, y=_MARGIN - 8)
    text.say(title, 32, TOKENS["ink"], weight=700, lead=1.15)
    when = fill(words["page"]["as_of"], {"day": say_days(words, day, day)})
    text.say(f"{when} · {atlas.boundary(boundary).name[language]}", 17, TOKENS["ink-2"], lead=1.6)
    text.y += 18
    extents = extents_on(atlas, day, boundary)
    shown = [e for e in extents if zone in (None, e.zone)]
    every = [e for e in atlas.extents_under(boundary) if zone in (None, e.zone)]
    if wide:
        left = 0.0 if rtl else column + 2 * _MARGIN
        box = Box(left, 0, width - column - 2 * _MARGIN, height)
    else:
        box = Box(0, text.y, width, height - text.y - 262)
    _map(drawing, box, atlas, extents, shown or every, language, detailed=zone is not None)
    if not wide:
        text.y = box.bottom + 16
    _zones(text, words, atlas, language, shown, day)
    _notes(text, atlas, language, shown, height)
    return drawing


def _map(
    drawing: Drawing,
    box: Box,
    atlas: Atlas,
    extents: Sequence[Extent],
    fitted: Sequence[Extent],
    language: str,
    *,
    detailed: bool,
) -> None:
    """Draw the map into its box."""
    words = atlas.words(language)
    view = _window(box, [e.high for e in fitted])
    drawing.clip("map", box)
    draw_base(drawing, view, atlas)
    for extent in extents:
        zone = atlas.zone(extent.zone)
        draw_zone(drawing, view, extent, zone, zone_hatch(drawing, zone, 6.0))
    draw_border(drawing, view, atlas)
    drawing.close()
    labels = Labels(drawing, box.grown(-6), rtl=words["direction"] == "rtl")
    draw_north(labels, view, words, size=12.0)
    draw_scale(labels, view, words, size=12.0, most=box.width / 4)
    name_zones(labels, view, extents, atlas, language, size=19.0)
    name_towns(labels, view, extents, atlas, language, size=13.0, detailed=detailed, most=20)
    name_countries(labels, view, extents, atlas, language, size=13.0)
    name_ground(labels, view, atlas, language, size=11.0)


def _window(box: Box, shapes: Sequence[Any]) -> View:
    """Return a window on all of the shapes that fills a box."""
    west, south, east, north = bounds_of(shapes)
    longitude, latitude = (west + east) / 2, (south + north) / 2
    trial = View(longitude, latitude, 1.0, Box(0, 0, 0, 0))
    corners = trial.points([west, east, west, east], [south, south, north, north])
    across, high = (corners.max(axis=0) - corners.min(axis=0)) * _AROUND
    return View(longitude, latitude, max(across / box.width, high / box.height), box)


def _zones(
    text: Column,
    words: Mapping[str, Any],
    atlas: Atlas,
    language: str,
    extents: Sequence[Extent],
    day: dt.date,
) -> None:
    """Name the zones in force with their phases, a line each."""
    if not extents:
        text.say(words["page"]["no_zone"], 17, TOKENS["ink"], weight=700)
    calendar = calendar_of(atlas)
    for extent in extents:
        phase = calendar.terms_on(extent.zone, day_number(day)).phase
        if phase in (PhaseName.BEFORE, PhaseName.ENDED):
            continue
        zone = atlas.zone(extent.zone)
        look = tint(zone.number)
        text.y += 27
        box = text.box(0, text.y - 13, 34, 16)
        swatch(text.drawing, "zone", box, look.colour, hatch_of(zone))
        text.put(46, text.y, zone.name[language], 17, look.ink, 700)
        text.put(
            min(text.width * 0.52, 300.0), text.y, words["phase"][phase.value], 15, TOKENS["ink-2"]
        )
    text.y += 22


def _notes(
    text: Column,
    atlas: Atlas,
    language: str,
    extents: Sequence[Extent],
    height: float,
) -> None:
    """Say what the marks mean and where it comes from, down to the lower edge."""
    named = atlas.words(language)["page"]
    if extents:
        zone = atlas.zone(extents[0].zone)
        items = [
            ("low", named["surely_inside"]),
            ("line", named["line"]),
            ("band", named["possibly_inside"]),
        ]
        hatch = hatch_of(zone)
        draw_legend(text, items, colour=tint(zone.number).colour, hatch=hatch, size=12.5, gap=16.0)
        text.y += 8
    stamp = f"{atlas.meta.id} {atlas.version}, {atlas.meta.licence}"
    credit = fill(named["attribution"], {"attribution": atlas.attribution(language)})
    stamp = isolate(stamp) if text.rtl else stamp
    for content in (f"{named['doubt']} {named['disclaimer']}", f"{stamp}. {credit}"):
        room = int((height - 14 - text.y) / (10.5 * 1.32))
        if room > 0:
            text.say(content, 10.5, TOKENS["ink-2"], lines=room)
            text.y += 4
