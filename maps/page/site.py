"""The maps and pages of an atlas: what they show, and on which day they open."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import msgspec
import numpy as np
import numpy.typing as npt

from geodata.atlas import Atlas, read_atlas
from geodata.errors import ArgumentError, CRSError, DateError, PageError, says_its_arguments
from maps.page import texts
from maps.page.checker import checker
from maps.page.layers import (
    WINDOW,
    base_map,
    incident_marks,
    opening_day,
    post_marks,
    zone_extents,
    zones_in_frame,
)
from maps.page.leaflet import Data, OfflineMap, render_page, write_page
from maps.page.output import Draft, writing_folder
from maps.page.payload import (
    Box,
    Credit,
    Incident,
    Link,
    Settings,
    State,
    Tint,
)
from maps.page.points import MISSING, PublishedPoints, point_marks
from maps.page.tiles import Background, background
from maps.page.words import CheckerWords, PageWords, Text, choose_words
from maps.print.figure import write_figure
from maps.print.press import Size
from maps.print.typesetting import can_print
from maps.style import css_tint, palette
from zones.layers import reference_day

if TYPE_CHECKING:
    import folium
    import geopandas

_COLUMNS = {"zone", "boundary", "valid_from", "geometry"}

Days = npt.NDArray[np.int32]
"""Days since 1970-01-01."""


@says_its_arguments
def draw_map(
    zones: geopandas.GeoDataFrame,
    incidents: object = None,
    *,
    lang: str = "en",
    atlas: Atlas | str | Path | None = None,
) -> folium.Map:
    """Draw zones as a folium map that works offline and takes further folium layers.

    Parameters
    ----------
    zones
        Frame from `zones.load_zones`, EPSG:4326, one row per zone.
    incidents
        Frame or iterable of mappings (`maps.page.layers.incident_marks`), or none.
    lang
        Language of the atlas's words and names.
    atlas
        The atlas that the frame was loaded from, or its folder, if it is not the shipped one.

    Raises
    ------
    CRSError
        The frame has no CRS.
    PageError
        The frame lacks columns of `load_zones`.
    AtlasError
        The atlas does not have the language.
    """
    missing = _COLUMNS - set(map(str, getattr(zones, "columns", ())))
    if missing:
        raise PageError(
            f"expected a frame of zones.load_zones, found no column {', '.join(sorted(missing))}; "
            "pass that frame, or a selection of its rows."
        )
    if zones.crs is None:
        raise CRSError(
            "geometries have no CRS, expected EPSG:4326. "
            "If the coordinates are longitude and latitude, call set_crs('EPSG:4326')."
        )
    frame = zones.to_crs("EPSG:4326")
    atlas = atlas if isinstance(atlas, Atlas) else read_atlas(atlas)
    names = [str(zone) for zone in frame["zone"]]
    given = frame.attrs.get("date")
    date = _as_date(given) if given else reference_day(atlas)
    boundary = str(frame["boundary"].iloc[0]) if len(frame) else atlas.meta.default_boundary
    bounds = _box(frame.total_bounds.tolist()) if len(frame) else atlas.meta.bounds
    state = _state(atlas, date=date, boundary=boundary, lang=lang)
    words = choose_words(atlas, PageWords, [lang])
    chart = _map(_settings(atlas, state, words=words, sheets="map", fit=bounds))
    chart.add_child(base_map(atlas))
    chart.add_child(zones_in_frame(atlas, frame))
    chart.add_child(post_marks(atlas, names))
    if incidents is not None:
        chart.add_child(incident_marks(incidents))
    return chart


@says_its_arguments
def draw_site_map(
    atlas: Atlas,
    *,
    zone: str | None = None,
    date: dt.date | None = None,
    boundary: str | None = None,
    lang: str = "en",
    incidents: object = None,
    tiles: str | None = None,
) -> OfflineMap:
    """Draw the page of all zones, or of one zone: every extent, phase and post, and the time.

    Parameters
    ----------
    date
        The day on which it opens; by default the first on which all zones were arranged, or one
        with incidents (`maps.page.layers.opening_day`).
    incidents
        `maps.page.points.PublishedPoints`, of which the page of a zone gets those of the zone; or
        what `maps.page.layers.incident_marks` takes.
    tiles
        The name of an online background (`maps.page.tiles`).

    Raises
    ------
    AtlasError
        The atlas has no such zone, boundary or language.
    PageError
        There are no such tiles.
    """
    state = _state(atlas, zone=zone, date=date, boundary=boundary, lang=lang, window=WINDOW)
    online = background(tiles) if tiles else None
    return _site_map(atlas, state, incidents, opens=date is None, online=online)


def _site_map(
    atlas: Atlas,
    state: State,
    incidents: object = None,
    *,
    opens: bool = False,
    online: Background | None = None,
    links: Sequence[Link] = (),
    alone: bool = False,
) -> OfflineMap:
    """Draw a page with all its sheets: one of a site, or one `alone` to check incidents.

    It `opens` on a day that has incidents, where it has any.
    """
    wanted = None if state.zone is None else [state.zone]
    shown, first, last = _shown(incidents, state.zone)
    if opens and len(first):
        state = msgspec.structs.replace(state, date=opening_day(atlas, first, last))
    settings = _settings(
        atlas,
        state,
        words=choose_words(atlas, CheckerWords, atlas.meta.languages),
        sheets="page",
        fit=_reach(atlas, wanted),
        links=links,
        online=online,
    )
    chart = _map(settings, sources=online.origins if online else ())
    chart.plain = texts.plain(atlas, state.lang, settings.head[state.lang], state.date, wanted)
    chart.add_child(base_map(atlas))
    chart.add_child(zone_extents(atlas, wanted))
    chart.add_child(post_marks(atlas, wanted))
    chart.add_child(checker(atlas, all_zones=wanted is None, alone=alone))
    if shown is not None:
        chart.add_child(shown)
    return chart


def _shown(incidents: object, zone: str | None) -> tuple[Data | None, Days, Days]:
    """Return the incidents that a page shows, and the first and last days of those with a date."""
    if isinstance(incidents, PublishedPoints):
        points = incidents.of_zone(zone) if zone else incidents
        dated = points.first != MISSING
        return point_marks(points), points.first[dated], points.last[dated]
    if incidents is None:
        return None, np.empty(0, np.int32), np.empty(0, np.int32)
    marks = incident_marks(incidents)
    rows = cast("list[Incident]", marks.payload)
    spans = [(one.first, one.last) for one in rows if one.first and one.last]
    days = np.array(spans, dtype="datetime64[D]").astype(np.int32).reshape(-1, 2)
    return marks, days[:, 0], days[:, 1]


@says_its_arguments
def write_map(
    atlas: Atlas,
    path: str | Path,
    *,
    zone: str | None = None,
    date: dt.date | None = None,
    boundary: str | None = None,
    lang: str = "en",
    incidents: object = None,
    tiles: str | None = None,
) -> Path:
    """Write one page, of all zones or of one, and return its path.

    Raises
    ------
    AtlasError
        The atlas has no such zone, boundary or language.
    PageError
        The file cannot be written, or there are no such tiles.
    """
    chart = draw_site_map(
        atlas,
        zone=zone,
        date=date,
        boundary=boundary,
        lang=lang,
        incidents=incidents,
        tiles=tiles,
    )
    return write_page(chart, path)


@says_its_arguments
def write_checker(atlas: Atlas, path: str | Path, *, lang: str = "en") -> Path:
    """Write the checker as a page of its own, and return its path.

    Raises
    ------
    AtlasError
        The atlas has no such language.
    PageError
        The file cannot be written.
    """
    return write_page(_site_map(atlas, _state(atlas, lang=lang, window=WINDOW), alone=True), path)


@says_its_arguments
def write_site(
    atlas: Atlas,
    folder: str | Path,
    *,
    date: dt.date | None = None,
    boundary: str | None = None,
    lang: str = "en",
    incidents: object = None,
    tiles: str | None = None,
    further: Mapping[str, Callable[[Path], str]] | None = None,
) -> list[Path]:
    """Write the site of an atlas and return its files, ``index.html`` first.

    Pages: the map of all zones and of each, the timeline, data and sources, method, how to cite.
    Beside them the zones as files (`zones.layers.write_zones`), ``preview.png`` for links to the
    site (with the extra ``print``), and ``manifest.json`` with the SHA-256 of every file. The same
    to the byte each time. They appear all together or not at all; other files that lie in the
    folder stay.

    Parameters
    ----------
    further
        More files to offer on the page of the data: of each, what writes it and says how it is
        cited.

    Raises
    ------
    PageError
        The folder cannot be made, or a file in it not written; or two pages would have one name.
    """
    if not (
        incidents is None or isinstance(incidents, PublishedPoints) or hasattr(incidents, "to_dict")
    ):
        incidents = list(incidents)  # type: ignore[call-overload]  # read more than once
    online = background(tiles) if tiles else None
    links = [Link(href=href, word=f"page.{word}") for href, word in texts.LINKS]
    state = _state(atlas, date=date, boundary=boundary, lang=lang, window=WINDOW)
    place = Path(folder)
    with writing_folder(place) as draft:
        downloads = _write_downloads(atlas, draft)
        cited = {name: write(draft.path(name)) for name, write in (further or {}).items()}
        downloads |= {name: draft.read(name) for name in cited}
        for name, zone in (("index", None), *((zone.id, zone.id) for zone in atlas.zones)):
            opened = msgspec.structs.replace(state, zone=zone)
            opens = date is None
            chart = _site_map(atlas, opened, incidents, opens=opens, online=online, links=links)
            if zone is None:
                chart.dataset = texts.dataset(atlas, lang, downloads)
                chart.picture = _write_picture(atlas, draft, state)
            draft.write(f"{name}.html", render_page(chart).encode("utf-8"))
        for name, page in (
            ("timeline.html", texts.timeline_page(atlas, lang)),
            ("data.html", texts.data_page(atlas, lang, downloads, cited.values())),
            ("method.html", texts.method_page(atlas, lang)),
            ("cite.html", texts.cite_page(atlas, lang)),
        ):
            draft.write(name, page.encode("utf-8"))
        pages = [name for name in draft.names if name not in downloads]
        draft.write("manifest.json", _manifest(atlas, draft).encode("utf-8"))
    return [place / name for name in (*pages, *downloads, "manifest.json")]


def _write_picture(atlas: Atlas, draft: Draft, state: State) -> str | None:
    """Write the zones as a picture for links to the site, and return its name; None if none can be.

    Links show no SVG, so that there is a picture only where PNG can be made.
    """
    if not can_print():
        return None
    name = "preview.png"
    day = dt.date.fromisoformat(str(state.date))
    path = draft.path(name)
    write_figure(atlas, path, day=day, language=state.lang, size=Size.LANDSCAPE)
    return name


def _write_downloads(atlas: Atlas, draft: Draft) -> dict[str, bytes]:
    """Write the zones in every format, and return the files by name."""
    from zones.layers import all_zones, write_zones

    frame = all_zones(atlas)
    for name in texts.DOWNLOADS:
        write_zones(frame, draft.path(name))
    return {name: draft.read(name) for name in texts.DOWNLOADS}


def _manifest(atlas: Atlas, draft: Draft) -> str:
    """Return the SHA-256 of every file of a site."""
    contents = {name: draft.read(name) for name in sorted(draft.names)}
    manifest = {
        "atlas": {"id": atlas.meta.id, "version": atlas.version, "sha256": atlas.sha256},
        "files": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in contents.items()
        },
    }
    return json.dumps(manifest, indent=1, sort_keys=True) + "\n"


def _as_date(value: object) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise DateError(
            f"expected a day such as 2017-10-01, found {str(value)!r}; write it that way."
        ) from error


def _reach(atlas: Atlas, zones: Sequence[str] | None) -> Box:
    """Return the bounds of every extent of the zones."""
    boxes = [
        extent.high.bounds
        for extent in atlas.extents
        if (zones is None or extent.zone in zones) and not extent.high.is_empty
    ]
    if not boxes:
        return atlas.meta.bounds
    west, south, east, north = zip(*boxes, strict=True)
    return (min(west), min(south), max(east), max(north))


def _box(bounds: Sequence[float]) -> Box:
    west, south, east, north = (round(float(edge), 4) for edge in bounds)
    return west, south, east, north


# -- settings -------------------------------------------------------------------------------


def _state(
    atlas: Atlas,
    *,
    zone: str | None = None,
    date: dt.date | None = None,
    boundary: str | None = None,
    lang: str,
    window: int = 0,
) -> State:
    """Return what a page shows when it is opened."""
    if not isinstance(atlas, Atlas):
        raise ArgumentError(
            f"expected an atlas, found {type(atlas).__name__}; give geodata.read_atlas()."
        )
    atlas.words(lang)
    return State(
        date=date or reference_day(atlas),
        zone=None if zone is None else atlas.zone(zone).id,
        boundary=atlas.boundary(boundary or atlas.meta.default_boundary).id,
        lang=lang,
        estimate="all",
        colour="zone",
        window=window,
        digits="latn",
        filter="",
    )


def _settings(
    atlas: Atlas,
    state: State,
    *,
    words: Mapping[str, PageWords],
    sheets: Literal["page", "map"],
    fit: Sequence[float],
    links: Sequence[Link] = (),
    online: Background | None = None,
) -> Settings:
    title = {code: own.page["title"] for code, own in words.items()}
    subtitle = {code: own.page["subtitle"] for code, own in words.items()}
    head: Text = title
    if state.zone is not None:
        name = atlas.zone(state.zone).name
        title, subtitle = {code: name[code] for code in words}, title
        head = {code: f"{title[code]} · {subtitle[code]}" for code in words}
    meta = atlas.meta
    return Settings(
        languages=words,
        state=state,
        title=title,
        subtitle=subtitle,
        head=head,
        description={code: own.page["description"] for code, own in words.items()},
        palette=[
            Tint(colour=one.colour, ink=one.ink, angle=one.angle)
            for one in map(css_tint, range(1, len(palette()) + 1))
        ],
        links=links,
        zone_pages=bool(links),
        tiles=None if online is None else online.settings(),
        credit=Credit(
            attribution=_attribution(atlas, words),
            atlas=f"{meta.id} {meta.version}, {meta.licence}, SHA-256 {atlas.sha256[:16]}",
        ),
        sheets=sheets,
        fit=_box(fit),
        edge=_box(atlas.base_map.get("bbox", (-180, -85, 180, 85))),
    )


def _attribution(atlas: Atlas, languages: Iterable[str]) -> Text:
    """Return whose data these are: in English, and in the languages it is translated to."""
    plain = " · ".join(atlas.meta.attribution)
    said = {code: atlas.attribution(code) for code in languages}
    return {"en": plain} | {code: line for code, line in said.items() if line != plain}


def _map(settings: Settings, sources: Sequence[str] = ()) -> OfflineMap:
    lang = settings.state.lang
    own = settings.languages[lang]
    return OfflineMap(
        settings,
        title=settings.head[lang],
        description=settings.description[lang],
        lang=lang,
        direction=own.direction,
        sources=sources,
    )
