"""Small atlases for tests: a few squares, drawn where the shipped words and sources serve."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import shapely

import geodata

LANGUAGES = ("en", "ar", "ru", "tr")
SHIPPED = Path(geodata.__file__).parent / "data"
FACT = {"sources": ["chronicle"], "confidence": "high"}
NOWHERE = shapely.MultiPolygon()

Phases = Sequence[tuple[str, str]]
"""(phase, first day) after `before`, which every zone begins with."""


def named(text: str) -> dict[str, str]:
    """Return the same text in every language."""
    return dict.fromkeys(LANGUAGES, text)


def square(longitude: float, latitude: float, half: float = 0.1) -> shapely.Polygon:
    """Return a square of degrees about a point, its shell counterclockwise."""
    box = shapely.box(longitude - half, latitude - half, longitude + half, latitude + half)
    return shapely.orient_polygons(box, exterior_cw=False)


def extent(
    zone: str,
    valid_from: str,
    valid_to: str | None,
    best: shapely.Geometry,
    *,
    low: shapely.Geometry | None = None,
    high: shapely.Geometry | None = None,
    boundary: str = "line",
    accuracy_m: int | None = None,
) -> list[dict[str, Any]]:
    """Return the three features of an extent; `low` and `high` are `best` where not given."""
    features = []
    for estimate, shape in (("low", low), ("best", best), ("high", high)):
        drawn = best if shape is None else shape
        properties = {
            "zone": zone,
            "boundary": boundary,
            "estimate": estimate,
            "valid_from": valid_from,
            "valid_to": valid_to,
            "area_km2": round(drawn.area * 1e4, 1),
            **FACT,
        }
        if estimate == "best" and accuracy_m is not None:
            rings = [[[accuracy_m for _ in ring] for ring in p] for p in polygons(drawn)]
            properties["accuracy_m"] = rings
        features.append(
            {
                "type": "Feature",
                "id": f"{zone}/{boundary}/{valid_from}/{estimate}",
                "properties": properties,
                "geometry": {"type": "MultiPolygon", "coordinates": polygons(drawn)},
            }
        )
    return features


def polygons(shape: shapely.Geometry) -> list[list[list[list[float]]]]:
    """Return a shape as coordinates of a MultiPolygon with right-handed rings."""
    parts = shapely.get_parts(shapely.orient_polygons(shape, exterior_cw=False))
    return [[shapely.get_coordinates(r).tolist() for r in shapely.get_rings(p)] for p in parts]


def agreement(
    name: str,
    zones: Sequence[str],
    in_force: str | None,
    *,
    until: str | None = None,
    guarantors: Sequence[str] = ("Arbiter",),
    round_id: str | None = None,
    kind: str = "arrangement",
    mediators: Sequence[str] = (),
) -> dict[str, Any]:
    """Return an agreement that came from its own round, which is called after it."""
    return {
        "id": name,
        "title": named(name),
        "kind": kind,
        "zones": list(zones),
        "place": "Somewhere",
        "signed": in_force,
        "in_force": in_force,
        "until": until,
        "duration": None,
        "signatories": list(guarantors),
        "guarantors": list(guarantors),
        "mediators": list(mediators),
        "round": round_id or f"Round-{name}",
        "pa_x": None,
        "un_symbol": None,
        "wikipedia": None,
        "wikidata": None,
        "provisions": "Fighting stops.",
        **FACT,
    }


Holding = tuple[str | None, str | None, str | None]
"""A side, and the first and the last day on which it may have come."""


def write_ledger(
    folder: Path,
    places: Mapping[str, tuple[float, float]],
    held: Mapping[str, Sequence[Holding]],
    *,
    zone: str,
    radius_m: int = 1_000,
    unsourced: Sequence[str] = (),
    disputed: Sequence[str] = (),
    no_zone: Sequence[str] = (),
) -> None:
    """Write settlements of one size, and who held them, beside the files of an atlas.

    The sides are ``own``, which zones are made of, ``other`` and ``third``.
    """
    names, sides = sorted(places), ["other", "own", "third"]
    rows = [(i, one) for i, name in enumerate(names) for one in held.get(name, ())]
    content = {
        "places": {
            "kinds": ["village"],
            "zones": [zone],
            "radius_bases": ["kind"],
            "kind": [0] * len(names),
            "zone": [None if name in no_zone else 0 for name in names],
            "radius_m": [radius_m] * len(names),
            "radius_basis": [0] * len(names),
            "unit": [None] * len(names),
        },
        "names": {
            "id": names,
            "name": [name.title() for name in names],
            "name_ar": [None] * len(names),
            "variants": [[] for _ in names],
        },
        "points": {
            "sources": ["chronicle"],
            "settlement": list(range(len(names))),
            "longitude": [places[name][0] for name in names],
            "latitude": [places[name][1] for name in names],
            "source": [0] * len(names),
        },
        "control": {
            "sides": sides,
            "events": ["held"],
            "sources": ["chronicle"],
            "settlement": [i for i, _ in rows],
            "side": [None if one[0] is None else sides.index(one[0]) for _, one in rows],
            "earliest": [one[1] for _, one in rows],
            "latest": [one[2] for _, one in rows],
            "precision": [
                None if one[1] is None else "by" if names[i] in disputed else "interval"
                for i, one in rows
            ],
            "event": [0] * len(rows),
            "confidence": ["unsourced" if names[i] in unsourced else "high" for i, _ in rows],
            "cited": [[] if names[i] in unsourced else [0] for i, _ in rows],
            "readings": [],
            "notes": [],
        },
        "admin": {"pcode": [], "name": [], "name_ar": []},
    }
    (folder / "settlements.json").write_text(json.dumps(content), encoding="utf-8")
    named_sides = [{"id": side, "name": named(side), "in_zones": side == "own"} for side in sides]
    (folder / "sides.json").write_text(json.dumps(named_sides), encoding="utf-8")


def write_atlas(
    folder: Path,
    *,
    phases: Mapping[str, Phases],
    extents: Sequence[Sequence[Mapping[str, Any]]],
    agreements: Sequence[Mapping[str, Any]] = (),
    boundaries: Sequence[str] = ("line",),
    placeholders: Sequence[tuple[float, float]] = (),
    bounds: tuple[float, float, float, float] = (35.0, 34.0, 39.0, 37.0),
    zone_names: Mapping[str, str] | None = None,
    actor_names: Mapping[str, str] | None = None,
    by_ledger: Sequence[str] = (),
) -> Path:
    """Write an atlas with one zone for each key of `phases`, numbered in their order."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(SHIPPED / "languages", folder / "languages", dirs_exist_ok=True)
    actors = ("guarantors", "mediators")
    guarantors = sorted({name for one in agreements for key in actors for name in one[key]})
    names = {zone: zone.title() for zone in phases} | dict(zone_names or {})
    files: dict[str, Any] = {
        "atlas.json": {
            "schema": 1,
            "id": "sketch",
            "version": "0.0.1",
            "title": named("Sketch"),
            "licence": "CC0",
            "attribution": [],
            "time_zone": "Asia/Damascus",
            "languages": list(LANGUAGES),
            "default_boundary": boundaries[0],
            "bounds": list(bounds),
            "country": named("Sketchland"),
            "coarsest_radius_m": 25_000,
            "placeholders": [
                {"longitude": x, "latitude": y, "what": "country", "name": "Middle", **FACT}
                for x, y in placeholders
            ],
        },
        "actors.json": [
            {"id": n, "name": named((actor_names or {}).get(n, n)), "kind": "state"}
            for n in guarantors
        ],
        "zones.json": [
            {"id": zone, "number": i, "name": named(names[zone]), **FACT}
            for i, zone in enumerate(phases, start=1)
        ],
        "boundaries.json": [
            {
                "id": name,
                "name": named(name),
                "description": named(f"Drawn as {name}."),
                "accuracy": "As drawn.",
                "drawn_from": "ledger" if name in by_ledger else "map",
                **FACT,
            }
            for name in boundaries
        ],
        "extents.geojson": {
            "type": "FeatureCollection",
            "features": [dict(feature) for features in extents for feature in features],
        },
        "agreements.json": [dict(one) for one in agreements],
        "rounds.json": [
            {
                "id": name,
                "series": None,
                "number": None,
                "name": named(name),
                "place": "Somewhere",
                "first_day": "2017-01-01",
                "last_day": "2017-01-02",
                "about_zones": "All of it.",
                **FACT,
            }
            for name in sorted({one["round"] for one in agreements})
        ],
        "phases.json": [
            {
                "zone": zone,
                "phase": phase,
                "from": day,
                "legal": "none",
                "actual": "none",
                "what": f"{zone} is {phase}.",
                **FACT,
            }
            for zone, spells in phases.items()
            for phase, day in [("before", None), *spells]
        ],
        "posts.json": [],
        "places.json": [],
        "sources.json": {
            "chronicle": {
                "title": "Chronicle",
                "publisher": None,
                "url": None,
                "date": None,
                "language": "en",
                "kind": "book",
            }
        },
        "base.geojson": {"type": "FeatureCollection", "features": []},
    }
    for name, content in files.items():
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (folder / name).write_text(f"{text}\n", encoding="utf-8")
    return folder
