"""Maps of the zones: interactive pages and figures for print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maps.page.leaflet import OfflineMap, render_page, write_page
    from maps.page.site import draw_map, draw_site_map, write_checker, write_map, write_site

__all__ = [
    "OfflineMap",
    "draw_map",
    "draw_site_map",
    "render_page",
    "write_checker",
    "write_map",
    "write_page",
    "write_site",
]

_HOME = {
    "OfflineMap": "leaflet",
    "render_page": "leaflet",
    "write_page": "leaflet",
}


def __getattr__(name: str) -> Any:
    # folium takes a second to import: only who draws a map waits for it.
    if name not in __all__:
        raise AttributeError(f"module 'maps' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"maps.page.{_HOME.get(name, 'site')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
