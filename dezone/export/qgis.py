"""How QGIS opens the layers of an atlas: styles, metadata, and a project of all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from pyproj import CRS

from dezone.export.contents import Layer
from dezone.export.metadata import described
from dezone.export.symbology import Look, look_of, quoted, rgb
from geodata.atlas import Atlas
from maps.page.document import render
from maps.style import TOKENS

_GEOMETRY = {"Point": ("Point", 0), "MultiLineString": ("Line", 1), "MultiPolygon": ("Polygon", 2)}
_ID = "dezone_layer"  # QGIS takes none of up to ten letters for the id of a layer
_RADIUS = 6_378_137.0  # of the sphere of EPSG:3857


def layer_style(atlas: Atlas, layer: Layer, language: str) -> str:
    """Return the style of a layer, its labels and legend in a language, as QML."""
    look, (_, code) = look_of(atlas, layer.name, language), _GEOMETRY[layer.geometry]
    return str(render("dezone.export:layer.qml", layer=layer, look=look, geometry=code)).lstrip()


def layer_metadata(atlas: Atlas, layer: Layer | None) -> str:
    """Return the metadata of a layer, or of the whole, as QGIS keeps them."""
    found = render("dezone.export:resource.xml", **described(atlas, layer))
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{found}"


def project(atlas: Atlas, every: Sequence[Layer], *, file: str, language: str) -> str:
    """Return a project of all layers: their order, what is shown, and what its clock plays.

    Parameters
    ----------
    file
        The name of the GeoPackage that the project lies in.
    """
    west, south, east, north = atlas.meta.bounds
    whole = described(atlas) | {"title": atlas.words(language)["page"]["title"]}
    return str(
        render(
            "dezone.export:project.xml",
            **whole,
            groups=_groups(atlas, {layer.name: layer for layer in every}, file, language),
            extent=(*_mercator(west, south), *_mercator(east, north)),
            sea=rgb(TOKENS["sea"]),
            wkt={code: CRS.from_epsg(code).to_wkt() for code in (3857, 4326)},
        )
    ).lstrip()


# -- the tree of a project ------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """A layer in a project: where its rows are, and how it is called and drawn."""

    id: str
    title: str
    source: str
    layer: Layer
    look: Look | None
    metadata: Markup
    shown: bool

    @property
    def geometry(self) -> str:
        """The kind of its geometries, as a project calls it."""
        return _GEOMETRY[self.layer.geometry][0] if self.layer.geometry else "No geometry"


@dataclass(frozen=True)
class Group:
    """Layers that are shown or hidden together; without a title they stand by themselves."""

    title: str
    entries: Sequence[Entry]
    shown: bool = True


def _groups(atlas: Atlas, every: Mapping[str, Layer], file: str, language: str) -> list[Group]:
    """Return the layers from top to bottom: places, zones by boundary, base map, tables."""
    words = atlas.words(language)
    titles = words["field"]

    def entry(
        name: str, title: str, only: str = "", by: str = "boundary", *, shown: bool = True
    ) -> Entry:
        layer = every[name]
        subset = f'|subset="{by}" = {quoted(only)}' if only else ""
        return Entry(
            id="_".join(filter(None, (_ID, name, only))).replace("-", "_"),
            title=title,
            source=f"./{file}|layername={name}{subset}",
            layer=layer,
            look=look_of(atlas, name, language) if layer.geometry else None,
            metadata=render("dezone.export:resource.xml", **described(atlas, layer)),
            shown=shown,
        )

    places = [
        entry("base_points", titles["place"]),
        entry("posts", titles["posts"]),
        entry("held", titles["settlements"]),
        entry("areas", titles["subareas"], "subarea", "kind"),
        entry("areas", titles["neighbours"], "neighbour", "kind", shown=False),
    ]
    drawn = [
        Group(
            one.name[language],
            [
                entry("zones", titles["zones"], one.id),
                entry("doubt", words["boundary_estimate"]["high"], one.id),
            ],
            shown=one.id == atlas.meta.default_boundary,
        )
        for one in atlas.boundaries
    ]
    ground = [entry("base_lines", "–"), entry("base_areas", atlas.meta.country[language])]
    tables = ("extents", "phases", "agreements", "rounds", "boundaries", "sources")
    data = [entry(name, titles[name], shown=False) for name in tables]
    data.append(entry("settlements", words["figure"]["settlement"], shown=False))
    return [
        Group("", places),
        *drawn,
        Group(words["page"]["map"], ground),
        Group(words["page"]["data"], data, shown=False),
    ]


def _mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """Return a position in metres of EPSG:3857."""
    north = math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2))
    return _RADIUS * math.radians(longitude), _RADIUS * north
