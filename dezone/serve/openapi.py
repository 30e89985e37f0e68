"""The OpenAPI document: every address, parameter and answer of the service."""

from __future__ import annotations

import copy
from typing import Any

from dezone.serve.checking import ASKED, DECIDING, GEOJSON, JSON, LINES, MOST_INCIDENTS
from dezone.serve.ogc import PROCESSES, REPORT
from dezone.serve.problems import MEDIA_TYPE, SCHEMA
from dezone.serve.query import choices
from geodata.atlas import Atlas
from zones.calendar import Basis
from zones.record import json_schema, software

_PROBLEMS = {
    400: "What is asked cannot be read, or in two ways.",
    404: "There is no such thing.",
    405: "The address has no such method.",
    413: "The body is too large, or has too many incidents.",
    415: "The body is of no type that is read.",
    429: "Too many requests of one client.",
    503: "Another report is being made; ask again in a moment.",
}


def describe(atlas: Atlas, url: str) -> dict[str, Any]:
    """Return the OpenAPI 3.0 document of the service of an atlas at an address."""
    schemas = {"Problem": SCHEMA, **_record_schemas()}
    return {
        "openapi": "3.0.3",
        "info": {
            "title": atlas.meta.title["en"],
            "version": atlas.version,
            "description": f"{software()}. Nothing that is asked is stored or logged.",
            "license": {"name": atlas.meta.licence},
        },
        "servers": [{"url": url}],
        "paths": {**_checks(atlas), **_features(atlas), **_processes()},
        "components": {"schemas": schemas},
    }


def _record_schemas() -> dict[str, Any]:
    """Return the JSON Schema of a record and of its parts, as OpenAPI 3.0 writes them."""
    whole = copy.deepcopy(json_schema())
    parts = whole.pop("$defs")
    whole.pop("$schema")
    return {"Record": _as_openapi(whole), **{name: _as_openapi(p) for name, p in parts.items()}}


def _as_openapi(schema: Any) -> Any:
    """Return a schema without what OpenAPI 3.0 has no words for: null as a type, `$defs`."""
    if isinstance(schema, list):
        return [_as_openapi(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _as_openapi(value) for key, value in schema.items()}
    if isinstance(found.get("$ref"), str):
        found["$ref"] = found["$ref"].replace("#/$defs/", "#/components/schemas/")
    kinds = found.get("type")
    if isinstance(kinds, list):
        found.pop("type")
        plain = [kind for kind in kinds if kind != "null"]
        found |= {"type": plain[0]} if len(plain) == 1 else {"anyOf": [{"type": k} for k in plain]}
        if "null" in kinds:
            found["nullable"] = True
    options = found.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        rest = [one for one in options if one != {"type": "null"}]
        found.pop("anyOf")
        found |= {
            "nullable": True,
            **(rest[0] if len(rest) == 1 and "$ref" not in rest[0] else {"allOf": rest}),
        }
    if "enum" in found and found.get("nullable"):
        found["enum"] = [*found["enum"], None]
    return found


def _answers(kinds: dict[str, Any], *problems: int) -> dict[str, Any]:
    """Return the answers of an operation: what it gives, and how it can fail."""
    fault = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        "200": {
            "description": "The answer.",
            "content": {kind: {"schema": schema} for kind, schema in kinds.items()},
        },
        **{
            str(status): {"description": _PROBLEMS[status], "content": fault}
            for status in sorted({*problems, 405, 429})
        },
    }


def _parameter(
    name: str, schema: dict[str, Any], said: str, where: str = "query"
) -> dict[str, Any]:
    return {
        "name": name,
        "in": where,
        "required": where == "path",
        "description": said,
        "schema": schema,
    }


# -- checks ---------------------------------------------------------------------------------

_SAID = {
    "lat": "Degrees north, or in any notation that dezone reads.",
    "lon": "Degrees east.",
    "position": "Both in one text.",
    "place": "A name, instead of a position.",
    "date": "A day, a month, a year, FIRST/LAST or a timestamp.",
    "radius": "How precisely the place is known: metres, or text like 2km.",
    "boundary": "Which boundary decides.",
    "basis": "From when a zone counts as in force.",
    "lang": "The language of the sentence.",
}


def _checks(atlas: Atlas) -> dict[str, Any]:
    record = {"$ref": "#/components/schemas/Record"}
    many = {"type": "array", "items": record, "maxItems": MOST_INCIDENTS}
    choices = {
        "boundary": [boundary.id for boundary in atlas.boundaries],
        "basis": [basis.value for basis in Basis],
        "lang": list(atlas.meta.languages),
    }
    parameters = [
        _parameter(
            name,
            {"type": "string", **({"enum": choices[name]} if name in choices else {})},
            _SAID[name],
        )
        for name in ASKED
    ]
    rows = {"type": "array", "items": {"type": "object"}, "maxItems": MOST_INCIDENTS}
    collection = {"type": "object", "description": "A FeatureCollection of points."}
    plain = {"type": "object"}
    return {
        "/": _get(
            "checkerPage", "The page of the checker.", _answers({"text/html": {"type": "string"}})
        ),
        "/health": _get("health", "Whether it answers.", _answers({JSON: plain})),
        "/version": _get("version", "Versions of software and atlas.", _answers({JSON: plain})),
        "/openapi": _get(
            "openapi", "This document.", _answers({"application/vnd.oai.openapi+json": plain})
        ),
        "/check": {
            **_get(
                "checkOne",
                "Did it happen inside a de-escalation zone that was in force?",
                _answers({JSON: record}, 400),
                parameters,
            ),
            "post": {
                "operationId": "checkMany",
                "summary": f"The same for up to {MOST_INCIDENTS:,} incidents.",
                "parameters": [one for one in parameters if one["name"] in DECIDING],
                "requestBody": {
                    "required": True,
                    "content": {
                        JSON: {"schema": rows},
                        LINES: {"schema": {"type": "string"}},
                        GEOJSON: {"schema": collection},
                    },
                },
                "responses": _answers(
                    {JSON: many, LINES: {"type": "string"}, GEOJSON: collection}, 400, 413, 415
                ),
            },
        },
    }


def _get(
    id: str, summary: str, answers: dict[str, Any], parameters: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    return {
        "get": {
            "operationId": id,
            "summary": summary,
            "parameters": parameters or [],
            "responses": answers,
        }
    }


# -- OGC APIs -------------------------------------------------------------------------------


def _features(atlas: Atlas) -> dict[str, Any]:
    plain = {"type": "object"}
    page = {JSON: plain, "text/html": {"type": "string"}}
    form = _parameter("f", {"type": "string", "enum": ["json", "html"]}, "The form of the answer.")
    asked = [
        form,
        _parameter(
            "limit", {"type": "integer", "minimum": 1, "maximum": 1000}, "Features at a time."
        ),
        _parameter(
            "offset",
            {"type": "integer", "minimum": 0, "maximum": 100_000},
            "Features before the first.",
        ),
        {
            **_parameter(
                "bbox",
                {"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "number"}},
                "West, south, east, north.",
            ),
            "style": "form",
            "explode": False,
        },
        _parameter(
            "datetime", {"type": "string"}, "A day, or an interval like 2017-05-06/2018-01-01."
        ),
        _parameter("crs", {"type": "string"}, "The CRS of the answer, of those of the collection."),
        *(
            _parameter(name, {"type": "string", "enum": values}, f"Of this {name} alone.")
            for name, values in choices(atlas).items()
        ),
    ]
    items = {GEOJSON: plain, JSON: plain, "text/html": {"type": "string"}}
    one = "/ogc/collections/zones"
    id = _parameter("id", {"type": "string"}, "The id of a feature.", "path")
    return {
        "/ogc/": _get("landing", "What there is.", _answers(page, 400), [form]),
        "/ogc/conformance": _get(
            "conformance", "Standards that are kept.", _answers(page, 400), [form]
        ),
        "/ogc/collections": _get("collections", "The collections.", _answers(page, 400), [form]),
        one: _get("zones", "The collection of zones.", _answers(page, 400), [form]),
        f"{one}/queryables": _get(
            "zonesQueryables",
            "By what zones are filtered.",
            _answers({"application/schema+json": plain, **page}, 400),
            [form],
        ),
        f"{one}/schema": _get(
            "zonesSchema",
            "What the properties of a zone are.",
            _answers({"application/schema+json": plain, **page}, 400),
            [form],
        ),
        f"{one}/items": _get("zonesItems", "The zones.", _answers(items, 400), asked),
        f"{one}/items/{{id}}": _get(
            "zonesItem", "One of them.", _answers(items, 400, 404), [id, form]
        ),
    }


def _processes() -> dict[str, Any]:
    plain = {"type": "object"}
    page = {JSON: plain, "text/html": {"type": "string"}}
    form = _parameter("f", {"type": "string", "enum": ["json", "html"]}, "The form of the answer.")
    found: dict[str, Any] = {
        "/ogc/processes": _get("processes", "The processes.", _answers(page, 400), [form])
    }
    for process in PROCESSES:
        path = f"/ogc/processes/{process['id']}"
        inputs = {name: one["schema"] for name, one in process["inputs"].items()}
        outputs = dict.fromkeys(process["outputs"], plain)
        required = [name for name, one in process["inputs"].items() if one["minOccurs"]]
        body = {
            "type": "object",
            "required": ["inputs"],
            "additionalProperties": False,
            "properties": {
                "inputs": {
                    "type": "object",
                    "properties": inputs,
                    **({"required": required} if required else {}),
                },
                "outputs": {"type": "object", "properties": outputs, "maxProperties": 1},
            },
        }
        answers = {
            one["schema"]["contentMediaType"]: {"type": one["schema"]["type"]}
            for one in process["outputs"].values()
        }
        found[path] = _get(
            f"{process['id']}Process", process["title"]["en"], _answers(page, 400), [form]
        )
        found[f"{path}/execution"] = {
            "post": {
                "operationId": f"{process['id']}Execute",
                "summary": process["description"]["en"],
                "requestBody": {"required": True, "content": {JSON: {"schema": body}}},
                "responses": _answers(answers, 400, 413, *((503,) if process is REPORT else ())),
            }
        }
    return found
