"""What it means: which zone, in force when, how surely.

The public names are loaded when they are first used, so that checking an incident does not pay
for tables and polygons it does not need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zones.incident import check
    from zones.index.membership import locate
    from zones.layers import load_zones
    from zones.record import Record
    from zones.tables.frames import tag

__all__ = ["Record", "check", "load_zones", "locate", "tag"]

_HOMES = {
    "Record": "zones.record",
    "check": "zones.incident",
    "load_zones": "zones.layers",
    "locate": "zones.index.membership",
    "tag": "zones.tables.frames",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
