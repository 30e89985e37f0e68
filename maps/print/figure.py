"""The figure: the zones of one day, for print and press."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from geodata.atlas import Atlas
from geodata.errors import PageError
from geodata.schema import Extent, PhaseName
from geodata.whole import write_whole
from maps.print.column import Column
from maps.print.drawing import Box, Drawing, Labels, View
from maps.print.ground import draw_base, draw_border, name_ground
from maps.print.lettering import isolate, measure
from maps.print.plan import (
    bounds_of,
    draw_frame,
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
from maps.print.press import Size, draw_press
from maps.print.typesetting import to_pdf, to_png
from maps.style import TOKENS, tint
from zones.calendar import calendar_of, day_number
from zones.sentence import fill, say_days, say_list, say_number

_WIDTH = 720.0
_MARGIN = 26.0
_LEAST_ASPECT, _MOST_ASPECT = 0.62, 1.12
_SCALE_PNG = 2.5  # 1800 pixels across: 15 cm at 300 dots an inch


def write_figure(
    atlas: Atlas,
    path: str | Path,
    *,
    zone: str | None = None,
    day: dt.date,
    language: str,
    boundary: str | None = None,
    size: Size | str = Size.PRINT,
) -> Path:
    """Write the figure of a day, in the format of the suffix: .svg, .png or .pdf.

    In a `size` of the press a PNG has as many pixels as that says, 1200 x 675 or 1080 x 1080.

    The same atlas, day and language give the same bytes.

    Raises
    ------
    PageError
        Another suffix, or what PNG and PDF need is not installed.
    AtlasError
        No such zone, boundary or language.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in (".svg", ".png", ".pdf"):
        raise PageError(
            f"expected a figure as .svg, .png or .pdf, found {target.name!r}; "
            "choose one of these suffixes."
        )
    title = figure_title(atlas, zone, language)
    size = Size(size)
    if size is Size.PRINT:
        drawing = draw_figure(atlas, zone=zone, day=day, language=language, boundary=boundary)
    else:
        own = atlas.boundary(boundary or atlas.meta.default_boundary).id
        drawing = draw_press(
            atlas, size, title=title, zone=zone, day=day, language=language, boundary=own
        )
    if suffix == ".svg":
        content = drawing.svg(title=title, language=language).encode()
    elif suffix == ".png":
        content = to_png(
            drawing, title=title, language=language, scale=_SCALE_PNG if size is Size.PRINT else 1.0
        )
    else:
        content = to_pdf(drawing, title=title, language=language)
    return write_whole(target, content)


def figure_title(atlas: Atlas, zone: str | None, language: str) -> str:
    """Return what the figure shows: the zones, or one of them."""
    title: str = atlas.words(language)["page"]["title"]
    return title if zone is None else f"{atlas.zone(zone).name[language]} · {title}"


def draw_figure(
    atlas: Atlas,
    *,
    zone: str | None = None,
    day: dt.date,
    language: str,
    boundary: str | None = None,
) -> Drawing:
    """Return the figure of a day: title, map, legend, the zones in a table, and the sources.

    Parameters
    ----------
    zone
        Show the ground of this zone only; the others are drawn where they come into view.
    boundary
        Which way of drawing the zones; the atlas's default where None.
    """
    words = atlas.words(language)
    own = atlas.boundary(boundary or atlas.meta.default_boundary)
    extents = extents_on(atlas, day, own.id)
    if zone is not None:
        atlas.zone(zone)
    rtl = words["direction"] == "rtl"
    page = Column(
        Drawing(_WIDTH, 2_000), rtl=rtl, offset=_MARGIN, width=_WIDTH - 2 * _MARGIN, y=_MARGIN - 2
    )
    page.say(figure_title(atlas, zone, language), 21, TOKENS["ink"], weight=700, lead=1.1)
    when = fill(words["page"]["as_of"], {"day": say_days(words, day, day)})
    page.say(f"{when} · {own.name[language]}", 12.5, TOKENS["ink-2"], lead=1.5)
    page.y += 10

    shown = [e for e in extents if zone is None or e.zone == zone]
    every = [e for e in atlas.extents_under(own.id) if zone in (None, e.zone)]
    view = _view(page.y, [e.high for e in (shown or every)])
    drawing = page.drawing
    drawing.clip("map", view.box)
    draw_base(drawing, view, atlas)
    hatches = {e.zone: zone_hatch(drawing, atlas.zone(e.zone)) for e in extents}
    for extent in extents:
        draw_zone(drawing, view, extent, atlas.zone(extent.zone), hatches[extent.zone])
    draw_border(drawing, view, atlas)
    drawing.close()
    labels = Labels(drawing, view.box.grown(-4), rtl=page.rtl)
    draw_north(labels, view, words, size=9.5)
    draw_scale(labels, view, words, size=9.5, most=view.box.width / 4)
    name_zones(labels, view, extents, atlas, language, size=14.0)
    name_towns(labels, view, extents, atlas, language, size=9.5, detailed=zone is not None)
    name_countries(labels, view, extents, atlas, language, size=9.5)
    name_ground(labels, view, atlas, language, size=8.2)
    draw_frame(drawing, view.box)
    page.y = view.box.bottom + 14
    seen = [e for e in extents if not view.shape(e.high).intersection(view.window).is_empty]
    if not seen:
        page.y += 6
        page.say(words["page"]["no_zone"], 12.5, TOKENS["ink"], weight=700)
        page.y += 8
    else:
        _legend(page, words, atlas, shown or seen, detailed=zone is not None)
        _table(page, words, atlas, language, seen, hatches, day)
    _sources(page, words, atlas, language)
    return page.finish(_MARGIN - 6)


def plain_map(
    atlas: Atlas, *, zone: str | None = None, day: dt.date, language: str, width: float = 640.0
) -> Drawing:
    """Return the map of the figure alone, in few bytes: for pages on which no script runs."""
    extents = extents_on(atlas, day, atlas.meta.default_boundary)
    every = [e for e in atlas.extents_under(atlas.meta.default_boundary) if zone in (None, e.zone)]
    shown = [e for e in extents if e in every]
    view = _view(0, [e.high for e in (shown or every)], width=width, margin=0, detail=2.0)
    drawing = Drawing(width, view.box.height)
    drawing.clip("plain-map", view.box)
    draw_base(drawing, view, atlas, kinds=("neighbour", "country"))
    for extent in extents:
        zone_of = atlas.zone(extent.zone)
        hatch = zone_hatch(drawing, zone_of)
        draw_zone(drawing, view, extent, zone_of, hatch, whole_band=True)
    draw_border(drawing, view, atlas)
    drawing.close()
    rtl = atlas.words(language)["direction"] == "rtl"
    labels = Labels(drawing, view.box.grown(-4), rtl=rtl)
    draw_scale(labels, view, atlas.words(language), size=13.0, most=width / 4)
    name_zones(labels, view, extents, atlas, language, size=18.0)
    name_towns(labels, view, extents, atlas, language, size=13.0, detailed=zone is not None)
    draw_frame(drawing, view.box)
    return drawing


def _view(
    top: float,
    shapes: Sequence[Any],
    *,
    width: float = _WIDTH - 2 * _MARGIN,
    margin: float = _MARGIN,
    detail: float = 0.15,
) -> View:
    """Return a window that holds the shapes with some ground around them."""
    west, south, east, north = bounds_of(shapes)
    longitude, latitude = (west + east) / 2, (south + north) / 2
    trial = View(longitude, latitude, 1.0, Box(0, 0, 0, 0))
    corners = trial.points([west, east, west, east], [south, south, north, north])
    ground = corners.max(axis=0) - corners.min(axis=0)
    across, high = float(ground[0]) * 1.16, float(ground[1]) * 1.16
    aspect = min(max(high / across, _LEAST_ASPECT), _MOST_ASPECT)
    metres = max(across / width, high / (width * aspect))
    box = Box(margin, top, width, round(width * aspect))
    return View(longitude, latitude, metres, box, detail)


def _legend(
    page: Column,
    words: Mapping[str, Any],
    atlas: Atlas,
    extents: Sequence[Extent],
    *,
    detailed: bool,
) -> None:
    first = atlas.zone(extents[0].zone)
    named = words["page"]
    page.y += 6
    draw_legend(
        page,
        (
            ("low", named["surely_inside"]),
            ("line", named["line"]),
            ("band", named["possibly_inside"]),
            ("town", words["figure"]["settlement"] if detailed else named["town"]),
            ("road", named["road"]),
            ("border", named["state_border"]),
            ("unsettled", named["unsettled"]),
        ),
        colour=tint(first.number).colour,
        hatch=hatch_of(first),
        size=9.6,
        gap=14.0,
    )
    example = f"{named['zone_colour']} " if len(extents) > 1 else ""
    _small(page, f"{example}{named['doubt']}")
    page.y += 6


def _table(
    page: Column,
    words: Mapping[str, Any],
    atlas: Atlas,
    language: str,
    extents: Sequence[Extent],
    hatches: Mapping[str, str],
    day: dt.date,
) -> None:
    """List the zones of the day: swatch, name, phase, round, guarantors, area."""
    calendar = calendar_of(atlas)
    rounds = {entry.id: entry.name[language] for entry in atlas.rounds}
    field = words["field"]
    heads = [field[key] for key in ("zone", "phase", "arranged_under", "guarantors", "area")]
    rows = []
    for extent in extents:
        terms = calendar.terms_on(extent.zone, day_number(day))
        if terms.phase in (PhaseName.BEFORE, PhaseName.ENDED):
            continue
        actors = [atlas.actors[actor].name[language] for actor in terms.guarantors]
        area = say_number(words, extent.area_km2["best"])
        rows.append(
            (
                extent,
                [
                    atlas.zone(extent.zone).name[language],
                    words["phase"][terms.phase.value],
                    rounds.get(terms.round or "", "–"),
                    say_list(words, actors, last=False) or "–",
                    f"{isolate(area)} {words['units']['km2']}",
                ],
            )
        )
    size, gap = 10.0, 16.0
    widths = [
        max(
            measure(head, size - 1, 700),
            *(measure(cells[i], size, 700 if i == 0 else 400) for _, cells in rows),
            0,
        )
        for i, head in enumerate(heads)
    ]
    offsets = [32.0]
    for width in widths[:-1]:
        offsets.append(offsets[-1] + width + gap)
    page.y += 12
    for offset, head in zip(offsets, heads, strict=True):
        page.put(offset, page.y, head, size - 1, TOKENS["ink-2"])
    for extent, cells in rows:
        page.y += 5
        page.rule()
        page.y += 13
        zone = atlas.zone(extent.zone)
        look = tint(zone.number)
        swatch(
            page.drawing, "zone", page.box(0, page.y - 8.5, 24, 10), look.colour, hatches[zone.id]
        )
        for i, (offset, cell) in enumerate(zip(offsets, cells, strict=True)):
            fill_, weight = (look.ink, 700) if i == 0 else (TOKENS["ink"], 400)
            page.put(offset, page.y, cell, size, fill_, weight)
    page.y += 16


def _sources(page: Column, words: Mapping[str, Any], atlas: Atlas, language: str) -> None:
    said = fill(words["page"]["attribution"], {"attribution": atlas.attribution(language)})
    stamp = f"{atlas.meta.id} {atlas.version}, {atlas.meta.licence}, SHA-256 {atlas.sha256[:16]}"
    if page.rtl:
        stamp = isolate(stamp)
    page.y += 2
    _small(page, f"{said}.")
    _small(page, words["page"]["disclaimer"])
    _small(page, f"{words['card']['atlas']}: {stamp}")


def _small(page: Column, content: str) -> None:
    page.say(content, 8.2, TOKENS["ink-2"], lead=1.36)
