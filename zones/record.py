"""One incident, one record: everything that an investigator must be able to cite."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec
import numpy as np
import shapely

from geodata.atlas import Atlas, Estimate
from zones.calendar import Basis, day_number, governing
from zones.plane import Array
from zones.sentence import write_sentence
from zones.verdict import PHASES, REASONS, SPACES, TIMES, VERDICTS, Judge, Judgements

__all__ = [
    "PlaceUsed",
    "Record",
    "Repaired",
    "boundary_accuracy",
    "judge_of",
    "make_record",
    "software",
]

_CHUNK = 256  # points at a time, against every edge


class Repaired(msgspec.Struct, frozen=True):
    """What was mended in the input before it could be read: kind, text before, text after."""

    kind: str
    before: str
    after: str


class PlaceUsed(msgspec.Struct, frozen=True):
    """The place that a name was taken for, and its id in the gazetteer."""

    name: str
    gazetteer_id: str


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one incident; the keys and their order are the contract.

    Distances and radii are metres, positions degrees (WGS 84), days local to the atlas.
    `distance_m` is positive inside the zone's best boundary and negative outside;
    `accuracy_m` says how well that boundary is known where it is nearest.
    """

    verdict: str
    zone: str | None
    space: str
    time: str
    phase: str | None
    basis: str
    share_low: float | None
    share_best: float | None
    share_high: float | None
    distance_m: int | None
    accuracy_m: int | None
    radius_m: float | None
    radius_source: str
    first_day: dt.date | None
    last_day: dt.date | None
    boundary: str
    boundaries: dict[str, str]
    agreements: list[str]
    round: str | None
    guarantors: list[str]
    reasons: list[str]
    sentence: str
    latitude: float | None
    longitude: float | None
    place: PlaceUsed | None
    input: dict[str, Any]
    repairs: list[Repaired]
    atlas_version: str
    atlas_sha256: str
    software: str

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values, days as ISO 8601."""
        found = msgspec.to_builtins(self)
        assert isinstance(found, dict)  # noqa: S101  (a Struct becomes a dict)
        return found

    def to_json(self) -> str:
        """Return the record as JSON, in the order of its keys, with a final newline."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode() + "\n"


@lru_cache(maxsize=1)
def software() -> str:
    """Return the name and version of this software."""
    try:
        return f"dezone {version('dezone')}"
    except PackageNotFoundError:
        return "dezone (not installed)"


@lru_cache(maxsize=8)
def judge_of(
    atlas: Atlas, boundary: str | None, basis: Basis, coarsest_radius_m: float | None
) -> Judge:
    """Return the judge for these choices, prepared once a process."""
    return Judge(atlas, boundary=boundary, basis=basis, coarsest_radius_m=coarsest_radius_m)


def make_record(
    judge: Judge,
    *,
    longitude: float | None,
    latitude: float | None,
    radius_m: float | None,
    radius_source: str,
    first_day: dt.date | None,
    last_day: dt.date | None,
    given: Mapping[str, Any],
    repairs: list[Repaired],
    language: str,
    place: str | None = None,
    gazetteer_id: str | None = None,
) -> Record:
    """Judge one incident and write its record."""
    x, y, radius = (
        np.array([np.nan if v is None else v], dtype=float) for v in (longitude, latitude, radius_m)
    )
    first, last = (
        np.array([np.iinfo(np.int64).min if d is None else day_number(d)])
        for d in (first_day, last_day)
    )
    found = judge.judge(x, y, radius, first, last)
    atlas = judge.atlas
    zone = judge.zones[found.zone[0]] if found.zone[0] >= 0 else None
    distance, accuracy = (None, None)
    if zone is not None:
        distance, accuracy = _distance(judge, zone, x, y, first, last)
    spell = found.spells[found.spell[0]] if found.spell[0] >= 0 else None
    fields: dict[str, Any] = {
        "verdict": VERDICTS[found.verdict[0]].value,
        "zone": zone,
        "space": SPACES[found.space[0]].value,
        "time": TIMES[found.time[0]].value,
        "phase": PHASES[found.phase[0]].value if found.phase[0] >= 0 else None,
        "basis": judge.basis.value,
        "share_low": _number(found.share_low),
        "share_best": _number(found.share_best),
        "share_high": _number(found.share_high),
        "distance_m": distance,
        "accuracy_m": accuracy,
        "radius_m": radius_m,
        "radius_source": radius_source,
        "first_day": first_day,
        "last_day": last_day,
        "boundary": judge.boundary,
        "boundaries": boundary_spaces(judge, found, 0),
        "agreements": list(spell.agreements) if spell else [],
        "round": spell.round if spell else None,
        "guarantors": list(spell.guarantors) if spell else [],
        "reasons": reason_codes(found, 0),
    }
    return Record(
        **fields,
        sentence=write_sentence(atlas, fields, language=language, place=place),
        latitude=latitude,
        longitude=longitude,
        place=None
        if place is None or gazetteer_id is None
        else PlaceUsed(name=place, gazetteer_id=gazetteer_id),
        input=dict(given),
        repairs=repairs,
        atlas_version=atlas.version,
        atlas_sha256=atlas.sha256,
        software=software(),
    )


def boundary_spaces(judge: Judge, found: Judgements, row: int) -> dict[str, str]:
    """Return the space under each boundary that is available on the days."""
    codes = found.boundaries[row].tolist()
    return {
        name: SPACES[code].value
        for name, code in zip(judge.boundaries, codes, strict=True)
        if code < len(SPACES)
    }


def reason_codes(found: Judgements, row: int) -> list[str]:
    """Return the codes of the reasons, in their fixed order."""
    bits = int(found.reasons[row])
    return [reason.value for i, reason in enumerate(REASONS) if bits >> i & 1]


def _number(values: Array) -> float | None:
    value = float(values[0])
    return None if np.isnan(value) else value


def _distance(
    judge: Judge, zone: str, x: Array, y: Array, first: Array, last: Array
) -> tuple[int | None, int | None]:
    ground = judge.grounds[judge.boundary, zone]
    _, _, main = governing(ground.extents, first, last)
    k = int(main[0])
    metres, near_x, near_y = ground.outlines[k][Estimate.BEST].distance(x, y)
    if np.isnan(metres[0]):
        return None, None
    accuracy = float(boundary_accuracy(judge, zone, k, near_x, near_y)[0])
    return round(float(metres[0])), None if np.isnan(accuracy) else round(accuracy)


def boundary_accuracy(judge: Judge, zone: str, k: int, x: Array, y: Array) -> Array:
    """Return the error of a boundary at points on it, between the two nearest vertices of each.

    Parameters
    ----------
    judge, zone, k
        The boundary of the k-th extent of a zone.
    x, y : (n,) array of float
        Degrees, WGS 84.

    Returns
    -------
    (n,) array of float
        Whole metres; NaN where the boundary has no errors.
    """
    line = _line_with_errors(judge, zone, k)
    if line is None:
        return np.full(len(x), np.nan)
    points, joined, errors = line
    found = np.empty(len(x))
    for start in range(0, len(x), _CHUNK):
        here = np.stack([x, y], axis=-1)[start : start + _CHUNK, None]
        # Degrees are squeezed so that both axes are alike: enough to tell the nearest edge.
        squeeze = np.ones_like(here)
        squeeze[..., 0] = np.cos(np.radians(here[..., 1]))
        a, b = points[:-1] * squeeze, points[1:] * squeeze
        step = b - a
        length = np.maximum((step**2).sum(axis=-1), 1e-18)
        along = (((here * squeeze - a) * step).sum(axis=-1) / length).clip(0, 1)
        gap = ((a + along[..., None] * step - here * squeeze) ** 2).sum(axis=-1)
        gap[:, ~joined] = np.inf
        i = gap.argmin(axis=1)
        along = along[np.arange(len(i)), i]
        found[start : start + _CHUNK] = errors[i] + along * (errors[i + 1] - errors[i])
    return np.round(found)


@lru_cache(maxsize=64)
def _line_with_errors(judge: Judge, zone: str, k: int) -> tuple[Array, Array, Array] | None:
    """Return a boundary's vertices, which of them are joined to the next, and their errors."""
    extent = judge.grounds[judge.boundary, zone].extents[k]
    if extent.accuracy_m is None:
        return None
    ring = _ring_of(extent.best)
    errors = np.asarray(list(_flatten(extent.accuracy_m)), dtype=float)
    return shapely.get_coordinates(extent.best), ring[:-1] == ring[1:], errors


def _ring_of(shape: shapely.Polygon | shapely.MultiPolygon) -> Array:
    rings = shapely.get_rings(shapely.get_parts(shape))
    return np.repeat(np.arange(len(rings)), shapely.get_num_coordinates(rings))


def _flatten(nested: list[Any]) -> list[float]:
    flat: list[float] = []
    for item in nested:
        if isinstance(item, list):
            flat += _flatten(item)
        else:
            flat.append(item)
    return flat
