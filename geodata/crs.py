"""Coordinate reference systems: named, checked, and turned into longitude and latitude."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from geodata.errors import CRSError, InputError
from geodata.text.repairs import quote

__all__ = ["check_crs", "shapes_to_degrees", "to_degrees"]

Floats = npt.NDArray[np.float64]


@lru_cache(maxsize=8)
def _transformer(crs: str) -> Any:
    """Return the way from a CRS to longitude and latitude; None where it is the same already."""
    import pyproj

    found = check_crs(crs)
    geographic = pyproj.CRS("OGC:CRS84")
    if found.equals(geographic, ignore_axis_order=True) or found.to_epsg() == 4326:
        return None
    return pyproj.Transformer.from_crs(found, geographic, always_xy=True)


def check_crs(crs: str) -> Any:
    """Return the CRS that a text names; CRSError where it names none."""
    import pyproj

    try:
        return pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise CRSError(
            f"expected a CRS, found {quote(crs)}; write it like 'EPSG:4326' or 'EPSG:32637'."
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
    """Return geometries of a CRS in longitude and latitude, for formats that know nothing else.

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
