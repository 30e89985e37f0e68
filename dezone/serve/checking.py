"""Questions in requests, and their answers: one incident, or up to ten thousand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from dezone.serve.problems import RequestError
from geodata.atlas import Atlas
from geodata.columns.recognise import UnclearColumnsError, names_position
from geodata.findings import Log, Severity
from zones.incident import Question, answer_questions, read_question
from zones.record import Record
from zones.tables.rows import check_rows

MOST_INCIDENTS = 10_000
"""Incidents of one request."""
MOST_COLUMNS, MOST_CELLS = 1_000, 2_000_000
"""Different names in the incidents of one request, and cells of the table that they make."""

ASKED: Mapping[str, str] = {
    "lat": "latitude",
    "lon": "longitude",
    "position": "position",
    "place": "place",
    "date": "date",
    "radius": "radius",
    "boundary": "boundary",
    "basis": "basis",
    "lang": "language",
}
"""Parameters of a question, and what `zones.check` calls them."""

JSON, LINES, GEOJSON = "application/json", "application/x-ndjson", "application/geo+json"


def read_one(atlas: Atlas, given: Mapping[str, Any]) -> Question:
    """Return one question as it was read.

    Raises
    ------
    RequestError
        A parameter that there is not, or not in that form.
    DezoneError
        What is given cannot be read.
    """
    unknown = sorted(set(given) - set(ASKED))
    if unknown:
        raise RequestError(
            400,
            f"expected parameters of {', '.join(ASKED)}, found {unknown[0][:80]!r}; correct it.",
        )
    for name, value in given.items():
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise RequestError(
                400, f"expected {name} as a text or a number, found {type(value).__name__}."
            )
    texts = {ASKED[name]: str(value) for name, value in given.items()}
    return read_question(atlas, texts)


def check_one(atlas: Atlas, given: Mapping[str, Any]) -> Record:
    """Return the record of one question; raises what `read_one` raises."""
    return answer_questions([read_one(atlas, given)])[0]


DECIDING: Mapping[str, str] = {name: ASKED[name] for name in ("boundary", "basis", "lang")}
"""Parameters that hold for all incidents of a request, and what the library calls them."""


def deciding(given: Mapping[str, Any]) -> dict[str, str]:
    """Return what is stated for all incidents, as keywords of the library.

    Raises
    ------
    RequestError
        A parameter that there is not, or one that is no text.
    """
    for name, value in given.items():
        if name not in DECIDING:
            raise RequestError(
                400,
                f"expected parameters of {', '.join(DECIDING)}, found {name[:80]!r}; leave it out.",
            )
        if not isinstance(value, str):
            raise RequestError(400, f"expected {name} as a text, found {type(value).__name__}.")
    return {DECIDING[name]: value for name, value in given.items()}


def check_many(
    atlas: Atlas,
    rows: Sequence[Mapping[str, Any]],
    given: Mapping[str, Any],
    log: Log | None = None,
) -> list[Record]:
    """Return the record of each row, in order; one that cannot be read is undetermined.

    `given` are the parameters of `DECIDING`; all that was found in the rows goes to `log`.
    Raises RequestError where no name, or more than one, says where or when.
    """
    try:
        answers = check_rows(as_texts(rows), atlas, **deciding(given), log=log)
    except UnclearColumnsError as error:  # a request has no mapping file
        found = str(error).partition("; state")[0]
        raise RequestError(
            400,
            f"{found}; name it in each incident as latitude and longitude, position, place or "
            "place_code, and date, or first_day and last_day (null where it is not known), and "
            "leave out what is not meant.",
        ) from None
    return [answer.record for answer in answers]


def as_texts(rows: Any) -> list[dict[str, Any]]:
    """Return rows of a request with the same columns in each; values but objects as their text.

    Raises
    ------
    RequestError
        They are no list of objects, or too many, or name too many columns.
    """
    if not isinstance(rows, Sequence) or not all(isinstance(row, dict) for row in rows):
        raise RequestError(400, "expected incidents as a list of objects, found something else.")
    if len(rows) > MOST_INCIDENTS:
        raise RequestError(
            413,
            f"expected at most {MOST_INCIDENTS} incidents, found {len(rows)}; send them in parts.",
        )
    names = list(dict.fromkeys(name for row in rows for name in row))
    if len(names) > MOST_COLUMNS or len(names) * len(rows) > MOST_CELLS:
        raise RequestError(
            413,
            f"expected at most {MOST_COLUMNS} different names and {MOST_CELLS} cells, found "
            f"{len(names)} names in {len(rows)} incidents; leave out what does not say where or "
            "when.",
        )
    return [{name: _text(row.get(name)) for name in names} for row in rows]


def _text(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str | dict | list):
        return value
    return json.dumps(value, ensure_ascii=False)


NOTICES = "Dezone-Notices"
"""The header of an answer with the warnings about all its rows together, as JSON in ASCII."""


def notices(log: Log) -> list[dict[str, Any]]:
    """Return each kind of warning with its count and one example."""
    return [
        {"kind": one["kind"], "count": one["count"], "first": one["first"][0]["after"][:200]}
        for one in log.to_list()
        if one["severity"] == Severity.WARNING
    ]


# -- bodies ---------------------------------------------------------------------------------


def read_body(body: bytes, media_type: str) -> tuple[list[dict[str, Any]], bool]:
    """Return the rows of a body, and whether they are the features of a collection.

    A body is JSON (a list of objects), JSON Lines, or GeoJSON of points.
    """
    if media_type == LINES:
        return [_row(_decoded(line)) for line in body.splitlines() if line.strip()], False
    if media_type not in (JSON, GEOJSON):
        raise RequestError(
            415,
            f"expected {JSON}, {LINES} or {GEOJSON}, found {media_type[:80]!r}; send one of these.",
        )
    found = _decoded(body)
    if isinstance(found, list):
        return list(map(_row, found)), False
    features = found.get("features") if isinstance(found, dict) else None
    if not isinstance(features, list) or found.get("type") != "FeatureCollection":
        raise RequestError(
            400,
            "expected a list of incidents or a FeatureCollection, found "
            f"{'an object' if isinstance(found, dict) else 'no list'}; put it in a list.",
        )
    return list(map(_feature, features)), True


def _decoded(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(
            400, f"expected JSON in UTF-8, found none ({error}); correct it."
        ) from error


def _row(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RequestError(
            400, f"expected an object for each incident, found {type(value).__name__}."
        )
    return value


def _feature(value: Any) -> dict[str, Any]:
    """Return a feature as a row; its point as longitude and latitude."""
    feature = _row(value)
    row = dict(_row(feature.get("properties") or {}))
    geometry = feature.get("geometry")
    if geometry is None:
        return row
    point = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if not isinstance(point, list) or geometry.get("type") != "Point" or len(point) < 2:
        raise RequestError(
            400, "expected points as geometries, found another kind; send positions."
        )
    if names_position(list(row)):  # which is compared
        return {**row, "geometry": json.dumps({"type": "Point", "coordinates": point[:3]})}
    return {**row, "longitude": point[0], "latitude": point[1]}


def write_body(records: Sequence[Record], body_type: str, is_collection: bool) -> tuple[bytes, str]:
    """Return records as they were asked for, and the media type of it."""
    encode = msgspec.json.encode
    if is_collection:
        features = list(map(_as_feature, records))
        return encode({"type": "FeatureCollection", "features": features}), GEOJSON
    if body_type == LINES:
        return b"".join(encode(record) + b"\n" for record in records), LINES
    return encode(records), JSON


def _as_feature(record: Record) -> dict[str, Any]:
    point = None
    if record.longitude is not None and record.latitude is not None:
        point = {"type": "Point", "coordinates": [record.longitude, record.latitude]}
    return {"type": "Feature", "geometry": point, "properties": record}
