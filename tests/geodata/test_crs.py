"""What a text says of a coordinate reference system: named by itself, or refused."""

from __future__ import annotations

import json

import numpy as np
import pyproj
import pyproj.network
import pytest

from geodata.crs import check_crs, to_degrees
from geodata.errors import CRSError

WITH_GRID = """GEOGCS["x",
    DATUM["x",SPHEROID["x",6378137,298.25],EXTENSION["PROJ4_GRIDS","/etc/passwd"]],
    PRIMEM["Greenwich",0],UNIT["degree",0.017]]"""


@pytest.mark.parametrize(
    "text",
    ["EPSG:4326", "OGC:CRS84", "urn:ogc:def:crs:EPSG::32637", "+proj=utm +zone=37 +datum=WGS84",
     "+proj=longlat +ellps=clrk80ign +towgs84=-190,14,1", pyproj.CRS("EPSG:22770").to_wkt(),
     pyproj.CRS("EPSG:22770").to_wkt("WKT1_ESRI"), pyproj.CRS("EPSG:22770").to_json()],
)  # fmt: skip
def test_a_crs_that_is_defined_by_itself_is_taken(text: str) -> None:
    assert check_crs(text) == pyproj.CRS(text)


def bound(parameters: list[dict[str, object]]) -> str:
    """A CRS whose shift to WGS 84 has these parameters, as PROJJSON."""
    method = {"name": "NTv2", "id": {"authority": "EPSG", "code": 9615}}
    return json.dumps(
        {
            "type": "BoundCRS",
            "source_crs": pyproj.CRS("EPSG:4230").to_json_dict(),
            "target_crs": pyproj.CRS("EPSG:4326").to_json_dict(),
            "transformation": {"name": "x", "method": method, "parameters": parameters},
        }
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("+proj=longlat +ellps=WGS84 +nadgrids=/etc/passwd", id="grid of shifts"),
        pytest.param("+proj=longlat +ellps=WGS84 +geoidgrids = x.gtx", id="grid of heights"),
        pytest.param("+init=/etc/passwd:x", id="list of codes"),
        pytest.param(WITH_GRID, id="WKT with a grid"),
        pytest.param(
            bound([{"name": "Latitude and longitude difference file", "value": "/etc/passwd"}]),
            id="PROJJSON with a grid",
        ),
        pytest.param(pyproj.CRS("EPSG:4326").to_wkt() + " " * 200_000, id="without an end"),
    ],
)
def test_a_crs_that_another_file_defines_is_refused(text: str) -> None:
    with pytest.raises(CRSError, match="defined by itself"):
        check_crs(text)


@pytest.mark.parametrize("text", ["", "x", "http://127.0.0.1:9/x", "/etc/passwd", "EPSG:0"])
def test_what_names_no_crs_is_refused(text: str) -> None:
    with pytest.raises(CRSError, match="write it like 'EPSG:4326'"):
        check_crs(text)


def test_coordinates_become_degrees_or_nothing() -> None:
    x, y = to_degrees(np.array([500_000.0, 1e30]), np.array([0.0, 0.0]), "EPSG:32637")
    assert (x[0], y[0]) == pytest.approx((39.0, 0.0))
    assert np.isnan(x[1])
    assert np.isnan(y[1])


def test_a_crs_of_another_planet_is_refused() -> None:
    mars = 'GEOGCS["Mars",DATUM["D",SPHEROID["M",3396190,169.8]],PRIMEM["P",0],UNIT["degree",1]]'
    with pytest.raises(CRSError, match="can be converted to longitude and latitude, found 'Mars'"):
        to_degrees(np.array([0.0]), np.array([0.0]), mars)


def test_grids_are_not_fetched() -> None:
    pyproj.network.set_network_enabled(active=True)  # as PROJ_NETWORK=ON does
    to_degrees(np.array([0.0]), np.array([0.0]), "EPSG:22770")
    assert not pyproj.network.is_network_enabled()
