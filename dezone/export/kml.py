"""The zones while they were in force, and the posts, as KML that plays on a globe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from dezone.export.cells import plain
from dezone.export.contents import HALF_OPEN, Layer, doubt, posts, zones
from dezone.export.metadata import described
from dezone.export.symbology import further_colours
from geodata.atlas import Atlas
from geodata.formats.layers.kml import kml_geometry
from geodata.schema import Estimate
from maps.page.document import render
from maps.style import tint
from zones.layers import name_column


@dataclass(frozen=True)
class Style:
    """Colours in the order of KML: opacity, blue, green, red."""

    id: str
    line: str
    fill: str = "00ffffff"
    width: float = 2
    icon: bool = False


@dataclass(frozen=True)
class Mark:
    """One placemark. Its time span begins and ends with these days, the last not included."""

    id: str
    name: str
    style: str
    begin: Any
    end: Any
    data: Mapping[str, Any]
    shape: Markup


@dataclass(frozen=True)
class Folder:
    """Placemarks that are shown or hidden together."""

    title: str
    shown: bool
    marks: tuple[Mark, ...]


def kml(atlas: Atlas, language: str) -> str:
    """Return the whole document, its names in a language."""
    words = atlas.words(language)
    drawn, hazy, kept = zones(atlas), doubt(atlas), posts(atlas)
    folders = []
    for boundary in atlas.boundaries:
        shown = boundary.id == atlas.meta.default_boundary
        title, of = boundary.name[language], f"-{boundary.id}"
        best = _marks(drawn, language, "zone", of, boundary=boundary.id, estimate=Estimate.BEST)
        band = _marks(hazy, language, "doubt", of, boundary=boundary.id)
        high = words["boundary_estimate"]["high"]
        folders += [
            Folder(title, shown, tuple(best)),
            Folder(f"{title}: {high}", shown, tuple(band)),
        ]
    folders.append(Folder(words["field"]["posts"], True, tuple(_marks(kept, language, "post", ""))))
    return str(
        render(
            "dezone.export:all.kml",
            **described(atlas) | {"title": words["page"]["title"]},
            styles=list(_styles(atlas)),
            folders=folders,
        )
    )


def _marks(layer: Layer, language: str, style: str, of: str, **only: str) -> Iterator[Mark]:
    """Yield the rows of a layer that have a place and these values."""
    begin, end = HALF_OPEN
    for number, row in enumerate(layer.rows):
        shape = row["geometry"]
        if any(row[name] != value for name, value in only.items()):
            continue
        names = [one.name for one in layer.columns]
        data = {name: plain(row[name]) for name in names if plain(row.get(name)) is not None}
        yield Mark(
            id=f"{layer.name}{of}-{number}",
            name=row[name_column(language)],
            style=f"{style}-{row['zone'] if style != 'post' else _slug(row['actor'])}",
            begin=row[begin],
            end=row[end],
            data=data,
            shape=Markup("" if shape is None or shape.is_empty else kml_geometry(shape)),  # noqa: S704
        )


def _styles(atlas: Atlas) -> Iterator[Style]:
    for zone in atlas.zones:
        colour = tint(zone.number).colour
        yield Style(f"zone-{zone.id}", _abgr(colour, 255), _abgr(colour, 77))
        yield Style(f"doubt-{zone.id}", _abgr(colour, 120), _abgr(colour, 40), width=0)
    keepers = dict.fromkeys(post.actor for post in atlas.posts)
    for actor, colour in zip(keepers, further_colours(), strict=False):
        yield Style(f"post-{_slug(actor)}", _abgr(colour, 255), icon=True)


def _slug(actor: str) -> str:
    return "".join(char if char.isalnum() else "-" for char in actor.lower())


def _abgr(colour: str, alpha: int) -> str:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return f"{alpha:02x}{blue:02x}{green:02x}{red:02x}"
