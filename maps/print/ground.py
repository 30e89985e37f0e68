"""The ground in print: states, waters, limits and roads, as exact as the scale asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import shapely

from geodata.atlas import Atlas
from maps.print.drawing import Box, Drawing, Labels, Text, View
from maps.style import TOKENS

_EDGE: dict[str, Any] = {"stroke": TOKENS["border"], "stroke_width": 0.7}
_LINE: dict[str, Any] = {"fill": "none", "stroke_linejoin": "round"}
GROUND: Mapping[str, dict[str, Any]] = {
    "neighbour": {"fill": TOKENS["neighbour"], **_EDGE},
    "country": {"fill": TOKENS["land"], **_EDGE},
    "border": {"fill": "none", **_EDGE},
    "lake": {"fill": TOKENS["sea"], "stroke": TOKENS["water"], "stroke_width": 0.6},
    "river": {**_LINE, "stroke": TOKENS["water"], "stroke_width": 1.0},
    "governorate-limit": {
        **_LINE,
        "stroke": TOKENS["limit"],
        "stroke_width": 0.7,
        "stroke_dasharray": "1 2.4",
    },
    "road": {**_LINE, "stroke": TOKENS["road"], "stroke_width": 1.4},
}
"""How the ground is drawn, from below."""

BORDER: dict[str, Any] = {"stroke": TOKENS["state-border"], "stroke_width": 1.1}
_BORDERS: Mapping[str, tuple[dict[str, Any], ...]] = {
    "country": (BORDER,),
    "unsettled": (
        {"stroke": TOKENS["neighbour"], "stroke_width": 2.4},  # covers what is drawn unbroken
        {**BORDER, "stroke_dasharray": "5 3"},
    ),
    "ceasefire": ({**BORDER, "stroke_dasharray": "1.2 2.6"},),
}

_NAMED = {
    "occupied": "ink-3",
    "road": "ink-2",
    "lake": "water-ink",
    "river": "water-ink",
    "governorate": "ink-3",
}
"""What of the ground has names, and their inks."""

_GOVERNORATES_BELOW = 500.0
"""Metres a unit, above which the names of governorates would stand on those of their towns."""


def draw_base(
    drawing: Drawing, view: View, atlas: Atlas, *, kinds: Collection[str] | None = None
) -> None:
    """Draw sea, land and waters, and what else the base map knows well enough for the scale.

    `kinds` are those wanted of the base map; all where None.
    """
    box = view.box
    drawing.add("rect", x=box.x, y=box.y, width=box.width, height=box.height, fill=TOKENS["sea"])
    for kind, look in GROUND.items():
        if kinds is not None and kind not in kinds:
            continue
        for feature in features(atlas, kind):
            if kind in ("neighbour", "country", "border") or _sharp(view, feature):
                drawing.path(view.path(shapely.geometry.shape(feature["geometry"])), **look)


def draw_border(drawing: Drawing, view: View, atlas: Atlas) -> None:
    """Draw the border of the country above the zones that end at it.

    Boundaries that are not final are dashed, and the lines of an armistice dotted.
    """
    for kind, looks in _BORDERS.items():
        for feature in features(atlas, kind):
            path = view.path(shapely.geometry.shape(feature["geometry"]))
            for look in looks:
                drawing.path(path, fill="none", stroke_linejoin="round", **look)


def name_ground(labels: Labels, view: View, atlas: Atlas, language: str, *, size: float) -> None:
    """Name roads, rivers, lakes, governorates and occupied ground that the map shows."""
    window = shapely.box(*corners(view.box.grown(-size)))
    for kind, ink in _NAMED.items():
        if kind == "governorate" and view.metres > _GOVERNORATES_BELOW:
            continue
        for feature in features(atlas, kind):
            name = feature["properties"].get("name")
            seen = view.shape(shapely.geometry.shape(feature["geometry"])).intersection(window)
            if name is None or seen.is_empty or not _sharp(view, feature):
                continue
            if seen.geom_type.endswith("LineString"):
                longest = max(getattr(seen, "geoms", [seen]), key=lambda part: part.length)
                seat = longest.interpolate(0.5, normalized=True)
            else:
                seat = seen.representative_point()
            content = name if isinstance(name, str) else name[language]
            text = Text(seat.x, seat.y, content, size, TOKENS[ink], halo=TOKENS["land"])
            labels.put(text, gap=None, reach=(10.0, 20.0))


def features(atlas: Atlas, kind: str) -> list[Mapping[str, Any]]:
    """Return the features of a kind of the base map."""
    return [f for f in atlas.base_map["features"] if f["properties"]["kind"] == kind]


def _sharp(view: View, feature: Mapping[str, Any]) -> bool:
    """Tell whether a feature's stated error is at most three units of the page."""
    return float(feature["properties"].get("accuracy_m") or 0) <= 3 * view.metres


def corners(box: Box) -> tuple[float, float, float, float]:
    """Return the left, upper, right and lower edge of a box."""
    return box.x, box.y, box.right, box.bottom
