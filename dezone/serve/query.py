"""What can be asked of the features: a parameter that would be ignored is refused instead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dezone.serve.problems import RequestError
from geodata.atlas import Atlas
from geodata.errors import DateError
from geodata.schema import Estimate
from geodata.text.dates import read_days

_OF_STANDARDS = (
    *("f", "lang", "bbox", "bbox-crs", "crs", "datetime", "limit", "offset"),
    *("properties", "skipGeometry", "sortby", "resulttype"),
)
_OPEN = ("", "..")

CONFORMS = tuple(
    f"http://www.opengis.net/spec/ogcapi-{part}"
    for part in (
        *(f"common-1/1.0/conf/{one}" for one in ("core", "html", "json", "landing-page", "oas30")),
        "common-2/1.0/conf/collections",
        *(f"features-1/1.0/conf/{one}" for one in ("core", "geojson", "html", "oas30")),
        "features-2/1.0/conf/crs",
        *(f"features-3/1.0/conf/{one}" for one in ("queryables", "queryables-query-parameters")),
        *(f"processes-1/1.0/conf/{one}" for one in ("core", "json", "oas30")),
        "processes-1/1.0/conf/ogc-process-description",
    )
)
"""Classes of the OGC's standards that the service keeps, which are fewer than pygeoapi's."""


def choices(atlas: Atlas) -> Mapping[str, list[str]]:
    """Return the filters of features, and what each may be."""
    return {
        "zone": [zone.id for zone in atlas.zones],
        "boundary": [boundary.id for boundary in atlas.boundaries],
        "estimate": [estimate.value for estimate in Estimate],
    }


def check_query(atlas: Atlas, given: Mapping[str, str], properties: Mapping[str, object]) -> None:
    """Raise RequestError where the features do not have what is asked for.

    `properties` are those of a feature, each of which may be asked for by its value.
    """
    known = [*_OF_STANDARDS, *properties]
    filters = choices(atlas)
    for name, value in given.items():
        if name not in known:
            raise RequestError(
                400, f"expected parameters of {', '.join(known)}, found {name[:80]!r}; correct it."
            )
        if name in filters and value not in filters[name]:
            raise RequestError(
                400,
                f"expected {name} to be {', '.join(filters[name])}, found {value[:80]!r}; "
                "choose one of these.",
            )
    if "datetime" in given:
        read_interval(given["datetime"], atlas.meta.time_zone)


def read_interval(text: str, zone: str) -> tuple[dt.date | None, dt.date | None]:
    """Return the first and last day of a day or an interval, None where it is open.

    Raises RequestError where it is none.

    >>> read_interval("2018-03-01/..", "Asia/Damascus")
    (datetime.date(2018, 3, 1), None)
    """
    parts = text.split("/")
    try:
        days = [None if one in _OPEN else _days(one, zone) for one in parts]
    except DateError:
        days = []
    if len(days) in (1, 2) and days != [None]:
        first, last = days[0] and days[0][0], days[-1] and days[-1][1]
        if first is None or last is None or first <= last:
            return first, last
    raise RequestError(
        400,
        f"expected a day or an interval of days, found {text[:80]!r}; "
        "write it like 2018-03-01, 2018-03-01/2018-03-31 or 2018-03-01/.. (open).",
    )


def _days(text: str, zone: str) -> tuple[dt.date, dt.date]:
    try:
        day = dt.date.fromisoformat(text)  # of any year
    except ValueError:
        days = read_days(text, zone=zone)
        return days.first, days.last
    return day, day
