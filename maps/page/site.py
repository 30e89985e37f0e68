"""Maps and pages of an atlas: what they show, and on which day."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geodata.atlas import Atlas, read_atlas
from geodata.errors import CRSError, DateError, PageError
from maps.page import texts as pages
from maps.page.checker import checker
from maps.page.incidents import Crowd, crowd_marks
from maps.page.layers import (
    base_map,
    incident_marks,
    post_marks,
    zone_extents,
    zones_in_frame,
)
from maps.page.leaflet import OfflineMap, render_page, write_page
from maps.page.output import Draft, writing_folder
from maps.page.tiles import Background, background
from maps.style import palette
from zones.layers import reference_day

if TYPE_CHECKING:
    import folium
    import geopandas

__all__ = ["draw_map", "draw_site_map", "write_checker", "write_map", "write_site"]


def draw_map(
    zones: geopandas.GeoDataFrame,
    incidents: object = None,
    *,
    lang: str = "en",
    atlas: Atlas | str | Path | None = None,
) -> folium.Map:
    """Draw zones as a folium map that works offline and takes layers of folium's own.

    Parameters
    ----------
    zones
        Frame of `zones.load_zones`, EPSG:4326, one row a zone.
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
    missing = {"zone", "boundary", "valid_from", "geometry"} - set(map(str, zones.columns))
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
    bounds = tuple(float(edge) for edge in frame.total_bounds) if len(frame) else atlas.meta.bounds
    chart = _map(
        atlas, date=date, zone=None, boundary=boundary, lang=lang, sheets="map", fit=bounds
    )
    chart.add_child(base_map(atlas))
    chart.add_child(zones_in_frame(atlas, frame))
    chart.add_child(post_marks(atlas, names))
    if incidents is not None:
        chart.add_child(incident_marks(incidents))
    return chart


def draw_site_map(
    atlas: Atlas,
    *,
    zone: str | None = None,
    date: dt.date | None = None,
    boundary: str | None = None,
    lang: str = "en",
    incidents: object = None,
    tiles: str | None = None,
    whole_site: bool = False,
    alone: bool = False,
) -> OfflineMap:
    """Draw the page of all zones, or of one zone: every extent, phase and post, and the time.

    `tiles` names an online background (`maps.page.tiles`); a map of a `whole_site` has links to it;
    one `alone` is there to check incidents. `incidents` are a `maps.page.incidents.Crowd`, of
    which the page of a zone gets those of the zone; or what
    `maps.page.layers.incident_marks` takes.
    """
    wanted = None if zone is None else [atlas.zone(zone).id]
    chart = _map(
        atlas,
        date=date or reference_day(atlas),
        zone=zone,
        boundary=atlas.boundary(boundary).id if boundary else atlas.meta.default_boundary,
        lang=lang,
        sheets="page",
        fit=_reach(atlas, wanted),
        links=pages.LINKS if whole_site else (),
        background=background(tiles) if tiles else None,
    )
    chart.add_child(base_map(atlas))
    chart.add_child(zone_extents(atlas, wanted))
    chart.add_child(post_marks(atlas, wanted))
    chart.add_child(checker(atlas, all_zones=wanted is None, alone=alone))
    if isinstance(incidents, Crowd):
        chart.add_child(crowd_marks(incidents.of_zone(zone) if zone else incidents))
    elif incidents is not None:
        chart.add_child(incident_marks(incidents))
    return chart


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


def write_checker(atlas: Atlas, path: str | Path, *, lang: str = "en") -> Path:
    """Write the checker as a page of its own, and return its path.

    Raises
    ------
    AtlasError
        The atlas has no such language.
    PageError
        The file cannot be written.
    """
    return write_page(draw_site_map(atlas, lang=lang, alone=True), path)


def write_site(
    atlas: Atlas,
    folder: str | Path,
    *,
    date: dt.date | None = None,
    boundary: str | None = None,
    lang: str = "en",
    incidents: object = None,
    tiles: str | None = None,
) -> list[Path]:
    """Write the site of an atlas and return its files, ``index.html`` first.

    Pages: the map of all zones and of each, the timeline, data and sources, method, how to cite.
    Beside them the zones as files (`zones.layers.write_zones`), and ``manifest.json`` with the
    SHA-256 of every file. The same to the byte each time. They appear all together or not at
    all; other files that lie in the folder stay.

    Raises
    ------
    PageError
        The folder cannot be made, or a file in it not written; or two pages would have one name.
    """
    if not (incidents is None or isinstance(incidents, Crowd) or hasattr(incidents, "to_dict")):
        incidents = list(incidents)  # type: ignore[call-overload]  # read more than once
    place = Path(folder)
    with writing_folder(place) as draft:
        downloads = _write_downloads(atlas, draft)
        for name, zone in [("index.html", None), *((f"{z.id}.html", z.id) for z in atlas.zones)]:
            chart = draw_site_map(
                atlas,
                zone=zone,
                date=date,
                boundary=boundary,
                lang=lang,
                incidents=incidents,
                tiles=tiles,
                whole_site=True,
            )
            if zone is None:
                chart.dataset = pages.dataset(atlas, lang, downloads)
            draft.write(name, render_page(chart).encode("utf-8"))
        for name, page in (
            ("timeline.html", pages.timeline_page(atlas, lang)),
            ("data.html", pages.data_page(atlas, lang, downloads)),
            ("method.html", pages.method_page(atlas, lang)),
            ("cite.html", pages.cite_page(atlas, lang)),
        ):
            draft.write(name, page.encode("utf-8"))
        draft.write("manifest.json", _manifest(atlas, draft).encode("utf-8"))
        first = [name for name in draft.names if name not in downloads and name != "manifest.json"]
    return [place / name for name in (*first, *downloads, "manifest.json")]


def _write_downloads(atlas: Atlas, draft: Draft) -> dict[str, bytes]:
    """Write the zones in every format, and return the files by name."""
    from zones.layers import all_zones, write_zones

    frame = all_zones(atlas)
    for name in pages.DOWNLOADS:
        write_zones(frame, draft.path(name))
    return {name: draft.read(name) for name in pages.DOWNLOADS}


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


def _reach(atlas: Atlas, zones: Sequence[str] | None) -> tuple[float, ...]:
    """Return the bounds of every extent of the zones."""
    boxes = [
        extent.high.bounds
        for extent in atlas.extents
        if (zones is None or extent.zone in zones) and not extent.high.is_empty
    ]
    if not boxes:
        return tuple(atlas.meta.bounds)
    west, south, east, north = zip(*boxes, strict=True)
    return (min(west), min(south), max(east), max(north))


def _map(
    atlas: Atlas,
    *,
    date: dt.date,
    zone: str | None,
    boundary: str,
    lang: str,
    sheets: str,
    fit: tuple[float, ...],
    links: Sequence[tuple[str, str]] = (),
    background: Background | None = None,
) -> OfflineMap:
    words = atlas.words(lang)
    codes = list(atlas.meta.languages) if sheets == "page" else [lang]
    spoken = {code: atlas.words(code) for code in codes}
    title = {code: spoken[code]["page"]["title"] for code in codes}
    subtitle = {code: spoken[code]["page"]["subtitle"] for code in codes}
    head = title
    if zone is not None:
        title, subtitle = {code: atlas.zone(zone).name[code] for code in codes}, title
        head = {code: f"{title[code]} · {subtitle[code]}" for code in codes}
    settings: dict[str, Any] = {
        "languages": {code: _shown(spoken[code], sheets) for code in codes},
        "state": {
            "date": date.isoformat(),
            "zone": zone,
            "boundary": boundary,
            "lang": lang,
            "estimate": "all",
            "colour": "zone",
            "window": 0,
            "digits": "latn",
            "filter": "",
        },
        "title": title,
        "subtitle": subtitle,
        "head": head,
        "description": {code: spoken[code]["page"]["description"] for code in codes},
        "palette": [asdict(one) for one in palette()],
        "links": [{"href": href, "word": f"page.{word}"} for href, word in links],
        "zone_pages": bool(links),
        "tiles": None if background is None else background.settings(),
        "credit": {
            "attribution": list(atlas.meta.attribution),
            "atlas": f"{atlas.meta.id} {atlas.version}, {atlas.meta.licence}, "
            f"SHA-256 {atlas.sha256[:16]}",
        },
        "sheets": sheets,
        "fit": [round(edge, 4) for edge in fit],
        "edge": [
            round(float(edge), 4) for edge in atlas.base_map.get("bbox", (-180, -85, 180, 85))
        ],
    }
    return OfflineMap(
        settings,
        title=head[lang],
        description=words["page"]["description"],
        lang=lang,
        direction=words["direction"],
        sources=background.origins if background else (),
    )


_WORDS = (
    "boundary_estimate",
    "confidence",
    "crowd",
    "date",
    "direction",
    "field",
    "language",
    "list",
    "page",
    "phase",
    "post_kind",
    "space",
    "units",
    "verdict",
)


_CHECKER_WORDS = (
    "card",
    "checker",
    "distance",
    "radius_exact",
    "reason",
    "shares",
    "swapped",
    "time",
)


def _shown(words: Mapping[str, Any], sheets: str) -> dict[str, Any]:
    """Return the words that a page shows; sentences come with the checker's engine."""
    keys = _WORDS + _CHECKER_WORDS if sheets == "page" else _WORDS
    return {key: words[key] for key in keys if key in words}
