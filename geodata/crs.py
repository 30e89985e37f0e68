"""Coordinate reference systems: reading one from a text, and converting to degrees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from geodata.errors import CRSError, InputError
from geodata.text.repairs import quote

Floats = npt.NDArray[np.float64]

_LONGEST = 100_000  # characters of a definition
# PROJ opens the file that one of these names, wherever it lies.
_NAMES_A_FILE = re.compile(
    r"grids?\s*=|\binit\s*=(?!epsg:\d+\b)|\bfile\s*=|PARAMETERFILE|PROJ4_GRIDS", re.IGNORECASE
)


def check_crs(crs: str) -> Any:
    """Return the `pyproj.CRS` that a text names: a code, WKT, PROJJSON or a PROJ string.

    Raises
    ------
    CRSError
        It names none; or one that depends on another file (a grid of shifts, a list of codes),
        which is not opened, since the text may come from a stranger.
    """
    import pyproj

    if len(crs) > _LONGEST or _NAMES_A_FILE.search(crs):
        raise _of_another_file(crs)
    try:
        found = pyproj.CRS.from_user_input(crs)
        if any(_files(found.to_json_dict())):
            raise _of_another_file(crs)
    except pyproj.exceptions.CRSError as error:
        raise CRSError(
            f"expected a CRS, found {quote(crs)}; write it like 'EPSG:4326' or 'EPSG:32637'."
        ) from error
    return found


def _files(node: Any) -> Iterator[str]:
    """Yield what may name files in PROJJSON: parameters that are texts, and PROJ's own methods."""
    if isinstance(node, list):
        for one in node:
            yield from _files(one)
    elif isinstance(node, dict):
        for one in node.get("parameters", ()):
            if isinstance(one.get("value"), str):
                yield one["value"]
        if str(node.get("method", {}).get("name", "")).startswith("PROJ"):
            yield node["method"]["name"]
        for one in node.values():
            yield from _files(one)


def _of_another_file(crs: str) -> CRSError:
    return CRSError(
        f"expected a CRS that is defined by itself, found one that needs another file, "
        f"{quote(crs)}; write it like 'EPSG:4326' or 'EPSG:32637'."
    )


@lru_cache(maxsize=8)
def _transformer(crs: str) -> Any:
    """Return the transformation of a CRS to longitude and latitude; None where none is needed.

    CRSError if there is none, for example for the CRS of another planet.
    """
    import pyproj
    import pyproj.network

    found = check_crs(crs)
    geographic = pyproj.CRS("OGC:CRS84")
    if found.equals(geographic, ignore_axis_order=True) or found.to_epsg() == 4326:
        return None
    # Grids are not fetched, whatever PROJ_NETWORK says.
    pyproj.network.set_network_enabled(active=False)  # type: ignore[attr-defined]
    try:
        return pyproj.Transformer.from_crs(found, geographic, always_xy=True)
    except pyproj.exceptions.ProjError as error:
        raise CRSError(
            f"expected a CRS that can be converted to longitude and latitude, found "
            f"{quote(found.name)}; state the one that the positions are in."
        ) from error


def to_degrees(x: Floats, y: Floats, crs: str | None) -> tuple[Floats, Floats]:
    """Return longitude and latitude of coordinates in a CRS, NaN where there are none."""
    transformer = None if crs is None else _transformer(crs)
    if transformer is None:
        return x, y
    lon, lat = transformer.transform(x, y)
    # What cannot be projected comes back as infinity.
    return np.where(np.isfinite(lon), lon, np.nan), np.where(np.isfinite(lat), lat, np.nan)


def shapes_to_degrees(shapes: Any, crs: str | None) -> Any:
    """Return geometries of a CRS in longitude and latitude, for formats that have no other CRS.

    Parameters
    ----------
    shapes : geometry, or array of them
        None stays None.
    crs
        None where the file does not say.

    Raises
    ------
    InputError
        The CRS is not known, or a position cannot be converted.
    """
    import shapely

    if crs is None:
        raise InputError(
            "expected geometries with a CRS, found none stated; state it (--crs EPSG:4326 for "
            "longitude and latitude), or write GeoPackage, which keeps them as they are."
        )
    if _transformer(crs) is None:
        return shapes

    def turn(points: Any) -> Any:
        x, y = to_degrees(points[:, 0], points[:, 1], crs)
        if np.isnan(x).any() or np.isnan(y).any():
            raise InputError(
                "expected positions that can be converted to longitude and latitude, found one "
                "that cannot; write GeoPackage, which keeps the CRS."
            )
        return np.stack([x, y], axis=1)

    return shapely.transform(shapes, turn)
