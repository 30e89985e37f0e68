"""The sheet that checks incidents: what a page needs for it, and a page of it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from maps.page.engine import engine_atlas, engine_extras
from maps.page.layers import Data

if TYPE_CHECKING:
    from geodata.atlas import Atlas

__all__ = ["checker"]


def checker(atlas: Atlas, *, all_zones: bool, alone: bool = False) -> Data:
    """Return the checker of a page, which answers in the browser, by itself.

    Parameters
    ----------
    all_zones
        The page draws every zone of the atlas, so that only the rest has to be added.
    alone
        The page is there for the checker, which is open from the start.
    """
    payload: dict[str, Any] = {"alone": alone}
    if all_zones:
        payload["extras"] = engine_extras(atlas)
    else:
        payload["atlas"] = engine_atlas(atlas)
    return Data("checker", payload)
