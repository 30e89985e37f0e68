"""The zones and the questions as pygeoapi's plugins: OGC API Features and Processes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from importlib.resources import files
from typing import Any

import msgspec
import shapely
from pygeoapi.api import API, F_HTML, APIRequest
from pygeoapi.process.base import BaseProcessor, ProcessorExecuteError
from pygeoapi.provider.base import BaseProvider, ProviderItemNotFoundError
from pygeoapi.util import crs_transform, render_j2_template, to_json

from dezone.serve.checking import ASKED, DECIDING, check_many, check_one, notices
from dezone.serve.query import CONFORMS, read_interval
from dezone.serve.reporting import OUTPUTS, can_report, report
from geodata.atlas import Atlas, read_atlas
from geodata.errors import DezoneError
from geodata.findings import Log

_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_CRS = [
    _CRS84,
    *(f"http://www.opengis.net/def/crs/EPSG/0/{code}" for code in (4326, 3857, 32637)),
]
_JSON = "application/json"


class Zones(BaseProvider):  # type: ignore[misc]  # pygeoapi ships no types
    """Every outline of every zone, one feature for each boundary, time and estimate.

    Parameters
    ----------
    provider_def
        `data` is the folder of an atlas, empty for the shipped one.
    """

    def __init__(self, provider_def: dict[str, Any]) -> None:
        super().__init__(provider_def)
        atlas = read_atlas(provider_def["data"] or None)
        self._time_zone = atlas.meta.time_zone
        self._features = list(map(_feature, _outlines(atlas)))
        self.get_fields()

    def get_fields(self) -> dict[str, Any]:
        """Return the properties of features and their JSON types."""
        kinds = {"number": "integer", "area_km2": "number"}
        names = self._features[0]["properties"] if self._features else {}
        self._fields = {
            name: {
                "type": kinds.get(name, "string"),
                **({"format": "date"} if name.startswith("valid_") else {}),
            }
            for name in names
        }
        return self._fields

    @crs_transform  # type: ignore[untyped-decorator]
    def query(
        self,
        offset: int = 0,
        limit: int = 10,
        resulttype: str = "results",
        **asked: Any,
    ) -> dict[str, Any]:
        """Return the features that are asked for, some of them at a time."""
        days = None
        if when := asked.get("datetime_"):
            days = read_interval(when, self._time_zone)
        found = [one for one in self._features if _fits(one, asked, days)]
        for key in reversed(asked.get("sortby") or []):
            name, down = key["property"], key["order"] == "-"
            found.sort(key=partial(_sort_key, name), reverse=down)
        some = [] if resulttype == "hits" else found[offset : offset + limit]
        return {
            "type": "FeatureCollection",
            "features": [_shown(one, asked) for one in some],
            "numberMatched": len(found),
            "numberReturned": len(some),
        }

    @crs_transform  # type: ignore[untyped-decorator]
    def get(self, identifier: str, **asked: Any) -> dict[str, Any]:
        """Return one feature by its id."""
        for one in self._features:
            if one["id"] == identifier:
                return _shown(one, {})
        raise ProviderItemNotFoundError(f"no feature {identifier[:80]!r}")


def _sort_key(name: str, feature: Mapping[str, Any]) -> str:
    return str(feature["properties"][name])


def _outlines(atlas: Atlas) -> Any:
    from zones.layers import all_zones

    return all_zones(atlas).to_dict("records")


def _feature(row: Mapping[str, Any]) -> dict[str, Any]:
    properties = {name: _plain(name, value) for name, value in row.items() if name != "geometry"}
    key = (row["zone"], row["boundary"], str(properties["valid_from"]), row["estimate"])
    return {
        "type": "Feature",
        "id": ".".join(key),
        "properties": properties,
        "geometry": row["geometry"],
    }


def _plain(name: str, value: Any) -> Any:
    """Return a property as JSON has it: days as ISO 8601, null where one is open."""
    if name.startswith("valid_"):
        return None if value is None or value != value else str(value)[:10]
    return ";".join(value) if isinstance(value, list | tuple) else value


def _shown(feature: dict[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    chosen = asked.get("select_properties")
    properties = feature["properties"]
    geometry = None if asked.get("skip_geometry") else shapely.geometry.mapping(feature["geometry"])
    return {
        **feature,
        "properties": {
            name: properties[name] for name in chosen or properties if name in properties
        },
        "geometry": geometry,
    }


def _fits(
    feature: Mapping[str, Any],
    asked: Mapping[str, Any],
    days: tuple[dt.date | None, dt.date | None] | None,
) -> bool:
    properties = feature["properties"]
    for name, value in asked.get("properties") or ():
        if str(properties.get(name)) != value:
            return False
    box = asked.get("bbox")
    if box:
        west, south, east, north = map(float, box)
        if not shapely.intersects(feature["geometry"], shapely.box(west, south, east, north)):
            return False
    if days is None:
        return True
    first, last = days
    begin, end = properties["valid_from"], properties["valid_to"]  # ISO 8601
    begun = last is None or begin <= last.isoformat()
    return begun and (first is None or end is None or first.isoformat() < end)


_Answer = tuple[dict[str, str], int, str]


def without_dead_links(work: Callable[..., Any]) -> Callable[..., _Answer]:
    """Return a function of pygeoapi without its links to jobs and tiles: there are none."""

    def answer(api: API, asked: APIRequest, *names: str) -> _Answer:
        headers, status, content = work(api, asked, *names)
        if asked.format == F_HTML or status != HTTPStatus.OK:
            return headers, status, content
        said = json.loads(content)
        for one in (said, *said.get("processes", ())):
            links = one.get("links", [])  # of which the landing page as JSON-LD has none
            links[:] = [link for link in links if not link["rel"].endswith(_NOT_THERE)]
        return headers, status, to_json(said, api.pretty_print)

    return answer


_NOT_THERE = ("job-list", "tiling-schemes")


def conformance(api: API, asked: APIRequest) -> _Answer:
    """Return headers, status and the standards that are kept, in the form that is asked for."""
    said = {"conformsTo": list(CONFORMS)}
    headers = asked.get_response_headers(**api.api_headers)
    if asked.format != F_HTML:
        return headers, 200, to_json(said, api.pretty_print)
    templates = api.config["server"]["templates"]
    page = render_j2_template(api.tpl_config, templates, "conformance.html", said, asked.locale)
    return headers, 200, page


# -- processes ------------------------------------------------------------------------------


def _process(
    id: str,
    title: str,
    description: str,
    inputs: dict[str, Any],
    outputs: Mapping[str, tuple[str, str]],
) -> dict[str, Any]:
    return {
        "version": "1.0.0",
        "id": id,
        "title": {"en": title},
        "description": {"en": description},
        "jobControlOptions": ["sync-execute"],
        "keywords": ["dezone"],
        "inputs": inputs,
        "outputs": {name: _output(*one) for name, one in outputs.items()},
        "links": [],
    }


def _output(media_type: str, title: str) -> dict[str, Any]:
    kind = "object" if media_type == "application/json" else "string"
    return {"title": title, "schema": {"type": kind, "contentMediaType": media_type}}


def _text_input(name: str) -> dict[str, Any]:
    return {"title": name, "schema": {"type": "string"}, "minOccurs": 0, "maxOccurs": 1}


_INCIDENTS = {
    "incidents": {
        "title": "Incidents: a list of objects, as of POST /check",
        "schema": {"type": "array", "items": {"type": "object"}},
        "minOccurs": 1,
        "maxOccurs": 1,
    },
    **{name: _text_input(name) for name in DECIDING},
}
_RECORDS = {"records": ("application/json", "Records")}

CHECK = _process(
    "check",
    "Check an incident",
    "Did it happen inside a de-escalation zone that was in force? Inputs are those of GET /check.",
    {name: _text_input(name) for name in ASKED},
    _RECORDS,
)
TAG = _process(
    "tag",
    "Tag incidents",
    "Give each of up to 10,000 incidents its record, and say what is doubtful about all of them.",
    _INCIDENTS,
    _RECORDS,
)
REPORT = _process(
    "report",
    "Report",
    "Count up to 10,000 incidents by zone and week, and say what changed at each agreement and "
    "offensive, and how surely. One output at a time: the numbers, if none is named.",
    _INCIDENTS,
    OUTPUTS,
)
PROCESSES = (CHECK, TAG, *((REPORT,) if can_report() else ()))


class _Processor(BaseProcessor):  # type: ignore[misc]
    """What all processes do: answer, and say what cannot be answered."""

    def __init__(self, processor_def: dict[str, Any], metadata: dict[str, Any]) -> None:
        super().__init__(processor_def, metadata)
        self.supports_outputs = True
        self._atlas = read_atlas(processor_def["atlas"] or None)

    def execute(self, data: Any, outputs: Any = None) -> tuple[str, Any]:
        """Return the media type and the answer."""
        try:
            return self._answer(data, outputs)
        except DezoneError as error:
            raise ProcessorExecuteError(str(error), user_msg=str(error)) from error

    def _answer(self, data: Any, outputs: Any) -> tuple[str, Any]:
        raise NotImplementedError


class Check(_Processor):
    """The process `check`: one incident, one record."""

    def __init__(self, processor_def: dict[str, Any]) -> None:
        super().__init__(processor_def, CHECK)

    def _answer(self, data: Any, outputs: Any) -> tuple[str, Any]:
        return _JSON, msgspec.to_builtins(check_one(self._atlas, data))


class Tag(_Processor):
    """The process `tag`: many incidents, a record for each."""

    def __init__(self, processor_def: dict[str, Any]) -> None:
        super().__init__(processor_def, TAG)

    def _answer(self, data: Any, outputs: Any) -> tuple[str, Any]:
        given = {name: value for name, value in data.items() if name != "incidents"}
        log = Log()
        records = check_many(self._atlas, data.get("incidents"), given, log)
        return _JSON, {"records": msgspec.to_builtins(records), "notices": notices(log)}


class Report(_Processor):
    """The process `report`: many incidents, counted by zone and week."""

    def __init__(self, processor_def: dict[str, Any]) -> None:
        super().__init__(processor_def, REPORT)

    def _answer(self, data: Any, outputs: Any) -> tuple[str, Any]:
        return report(self._atlas, data, outputs)


# -- the configuration ----------------------------------------------------------------------


def _processor(id: str, folder: str) -> dict[str, Any]:
    processor = {"name": f"{__name__}.{id.title()}", "atlas": folder}
    return {"type": "process", "processor": processor}


def configuration(atlas: Atlas, folder: str, url: str) -> dict[str, Any]:
    """Return pygeoapi's configuration of a server of an atlas at an address."""
    meta = atlas.meta
    name, title = f"{__name__}.", meta.title["en"]
    began = min((extent.valid_from for extent in atlas.extents), default=dt.date(1970, 1, 1))
    midnight = dt.datetime(began.year, began.month, began.day)
    nobody = {"name": "dezone", "url": url}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 0},
            "url": url,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["en-US"],
            "pretty_print": False,
            "limits": {"default_items": 100, "max_items": 1000},
            "templates": {"path": str(files("dezone.serve") / "templates"), "static": ""},
            "map": {"url": "", "attribution": ""},
        },
        "logging": {"level": "CRITICAL"},
        "metadata": {
            "identification": {
                "title": {"en": title},
                "description": {"en": title},
                "keywords": {"en": ["ceasefire", "de-escalation", "Syria"]},
                "keywords_type": "theme",
                "terms_of_service": meta.licence,
                "url": url,
            },
            "license": {"name": meta.licence, "url": url},
            "provider": nobody,
            "contact": nobody,
        },
        "resources": {
            "zones": {
                "type": "collection",
                "title": title,
                "description": "The ground of each zone by boundary, time and estimate.",
                "keywords": ["zones"],
                "links": [],
                "extents": {
                    "spatial": {"bbox": list(meta.bounds), "crs": _CRS84},
                    "temporal": {"begin": midnight, "end": None},
                },
                "providers": [
                    {
                        "type": "feature",
                        "name": f"{name}Zones",
                        "data": folder,
                        "id_field": "id",
                        "title_field": "name",
                        "time_field": "valid_from",
                        "crs": _CRS,
                        "storage_crs": _CRS84,
                    }
                ],
            },
            **{one["id"]: _processor(one["id"], folder) for one in PROCESSES},
        },
    }
