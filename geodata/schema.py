"""What an atlas must satisfy; checked once, when it is read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import shapely

from geodata.atlas import Atlas, Confidence, Estimate, Extent, Phase, PhaseName
from geodata.errors import AtlasError

__all__ = ["SCHEMA", "SENTENCE_SLOTS", "check_atlas"]

SCHEMA = 1
"""The version of the schema that this software reads."""

SENTENCE_SLOTS = (
    "accuracy",
    "boundaries",
    "days",
    "distance",
    "guarantors",
    "place",
    "radius",
    "round",
    "share_best",
    "share_high",
    "share_low",
    "zone",
)
"""What the sentences of a language file may name in braces."""

_SLOT = re.compile(r"\{(\w+)\}")
_OVERLAP_M2 = 1.0
_METRES_PER_DEGREE = 111_195.0
_NESTING_TOLERANCE_DEG = 1e-9


def check_atlas(atlas: Atlas) -> None:
    """Check a whole atlas; the first fault is an AtlasError.

    The message names the file, the record and what is wrong: broken JSON, a polygon that
    crosses itself, axes swapped, zones that overlap, phases with a gap, a source that does not
    exist, a language that is missing.
    """
    if atlas.meta.schema != SCHEMA:
        raise AtlasError(
            f"atlas.json: expected schema {SCHEMA}, found {atlas.meta.schema}; use the release of "
            "dezone that reads it, or bring the atlas to this schema."
        )
    _check_ids(atlas)
    _check_languages(atlas)
    _check_sources(atlas)
    _check_extents(atlas)
    _check_phases(atlas)
    _check_agreements(atlas)
    _check_posts(atlas)
    _ = (atlas.places, atlas.base_map)


def _fault(file: str, record: str, expected: str, found: str, do: str) -> AtlasError:
    return AtlasError(f"{file}: {record}: expected {expected}, found {found}; {do}.")


def _records(atlas: Atlas) -> Iterator[tuple[str, str, Any]]:
    """Yield (file, id, record) for every record of fact."""
    for name, records in (
        ("zones.json", atlas.zones),
        ("boundaries.json", atlas.boundaries),
        ("agreements.json", atlas.agreements),
        ("rounds.json", atlas.rounds),
        ("posts.json", atlas.posts),
    ):
        for record in records:
            yield name, record.id, record
    for zone in atlas.zones:
        for part in (*zone.figures, *zone.parties):
            yield "zones.json", zone.id, part
    for phase in atlas.phases:
        yield "phases.json", _phase_name(phase), phase
    for feature in atlas.features:
        yield "extents.geojson", feature.id, feature.properties
    for point in atlas.meta.placeholders:
        yield "atlas.json", point.name, point
    for actor in atlas.actors.values():
        if actor.confidence is not None:
            yield "actors.json", actor.id, actor


def _phase_name(phase: Phase) -> str:
    return f"{phase.zone} {phase.phase} from {phase.start or 'the beginning'}"


def _check_ids(atlas: Atlas) -> None:
    for file, ids in (
        ("zones.json", [z.id for z in atlas.zones]),
        ("zones.json", [str(z.number) for z in atlas.zones]),
        ("boundaries.json", [b.id for b in atlas.boundaries]),
        ("agreements.json", [a.id for a in atlas.agreements]),
        ("rounds.json", [r.id for r in atlas.rounds]),
        ("posts.json", [p.id for p in atlas.posts]),
        ("extents.geojson", [f.id for f in atlas.features]),
    ):
        for one in {i for i in ids if ids.count(i) > 1}:
            raise _fault(file, one, "an id that is used once", "it twice", "rename one of them")
    if not atlas.zones:
        raise _fault("zones.json", "the file", "at least one zone", "none", "add one")
    if atlas.meta.default_boundary not in {b.id for b in atlas.boundaries}:
        raise _fault(
            "atlas.json",
            "default_boundary",
            "a boundary of boundaries.json",
            repr(atlas.meta.default_boundary),
            "name one that is there",
        )


def _check_languages(atlas: Atlas) -> None:
    languages = atlas.meta.languages
    if not languages:
        raise _fault("atlas.json", "languages", "at least one language", "none", "add one")
    reference = _leaves(atlas.words(languages[0]))
    for language in languages[1:]:
        leaves = _leaves(atlas.words(language))
        for key in sorted(reference ^ leaves):
            lacking = language if key in reference else languages[0]
            raise _fault(
                f"languages/{lacking}.json",
                key,
                "the same keys in every language",
                f"none in {lacking}",
                "translate it",
            )
    for language in languages:
        _check_slots(language, atlas.words(language).get("sentence", {}))
    for file, record_id, record in _records(atlas):
        for name in ("name", "title", "description"):
            text = getattr(record, name, None)
            if isinstance(text, Mapping):
                missing = [code for code in languages if not text.get(code)]
                if missing:
                    raise _fault(
                        file,
                        f"{record_id}, {name}",
                        f"the languages {', '.join(languages)}",
                        f"no {', '.join(missing)}",
                        "add the missing text",
                    )


def _check_slots(language: str, templates: Mapping[str, Any]) -> None:
    for key, template in templates.items():
        for name in _SLOT.findall(str(template)):
            if name not in SENTENCE_SLOTS:
                raise _fault(
                    f"languages/{language}.json",
                    f"sentence.{key}",
                    f"slots among {', '.join(SENTENCE_SLOTS)}",
                    f"{{{name}}}",
                    "correct the slot",
                )


def _leaves(words: Mapping[str, Any], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in words.items():
        if isinstance(value, Mapping):
            found |= _leaves(value, f"{prefix}{key}.")
        else:
            found.add(prefix + key)
    return found


def _check_sources(atlas: Atlas) -> None:
    for file, record_id, record in _records(atlas):
        cited = list(record.sources)
        for disagreement in getattr(record, "disagreements", ()):
            for reading in disagreement.readings:
                cited += reading.sources
        for source in cited:
            if source not in atlas.sources:
                raise _fault(
                    file,
                    record_id,
                    "source ids of sources.json",
                    repr(source),
                    "add the source or correct the id",
                )
        if (record.confidence is Confidence.UNSOURCED) != (not record.sources):
            raise _fault(
                file,
                record_id,
                "`unsourced` exactly where no source is named",
                f"confidence {record.confidence.value!r} with {len(record.sources)} sources",
                "name the source or mark the record unsourced",
            )


def _check_extents(atlas: Atlas) -> None:
    zones = {zone.id for zone in atlas.zones}
    boundaries = {boundary.id for boundary in atlas.boundaries}
    for feature in atlas.features:
        p = feature.properties
        if p.zone not in zones or p.boundary not in boundaries:
            raise _fault(
                "extents.geojson",
                feature.id,
                "a zone and a boundary of this atlas",
                f"{p.zone!r}, {p.boundary!r}",
                "correct the properties",
            )
    for extent in atlas.extents:
        for estimate in Estimate:
            _check_shape(atlas, extent, estimate.value)
        _check_nesting(extent)
        _check_accuracy(extent)
    for boundary in boundaries:
        chosen = [e for e in atlas.extents if e.boundary == boundary]
        for zone in zones:
            _check_validity([e for e in chosen if e.zone == zone])
        for one, other in combinations(chosen, 2):
            if one.zone != other.zone and _share_days(one, other):
                _check_apart(one, other)
    default = {e.zone for e in atlas.extents if e.boundary == atlas.meta.default_boundary}
    for zone in sorted(zones - default):
        raise _fault(
            "extents.geojson",
            zone,
            f"an extent under the default boundary {atlas.meta.default_boundary!r}",
            "none",
            "add one",
        )


def _check_shape(atlas: Atlas, extent: Extent, estimate: str) -> None:
    shape = extent.geometry(estimate)
    name = f"{extent.id}/{estimate}"
    if shape.is_empty:
        if estimate == Estimate.BEST:
            raise _fault(
                "extents.geojson",
                name,
                "ground: distances are told to this line",
                "an empty geometry",
                "draw it, or leave the extent out",
            )
        return
    if not shape.is_valid:
        raise _fault(
            "extents.geojson",
            name,
            "a valid polygon",
            shapely.is_valid_reason(shape),
            "redraw the ring there",
        )
    west, south, east, north = atlas.meta.bounds
    x0, y0, x1, y1 = shape.bounds
    if not (x1 >= west and x0 <= east and y1 >= south and y0 <= north):
        swapped = y1 >= west and y0 <= east and x1 >= south and x0 <= north
        raise _fault(
            "extents.geojson",
            name,
            f"longitude, latitude within {list(atlas.meta.bounds)}",
            f"bounds {[round(v, 4) for v in shape.bounds]}"
            + (", which fits with the axes swapped" if swapped else ""),
            "write longitude first" if swapped else "correct the positions",
        )
    parts = shapely.get_parts(shape)
    for polygon in parts:
        rings = [(polygon.exterior, True), *((hole, False) for hole in polygon.interiors)]
        for ring, counterclockwise in rings:
            if ring.is_ccw != counterclockwise:
                raise _fault(
                    "extents.geojson",
                    name,
                    "right-handed rings (RFC 7946, 3.1.6)",
                    f"a {'shell' if counterclockwise else 'hole'} that runs the other way",
                    "reverse the ring",
                )


def _check_nesting(extent: Extent) -> None:
    for inner, outer in (("low", "best"), ("best", "high")):
        rest = shapely.difference(extent.geometry(inner), extent.geometry(outer))
        if not rest.is_empty and not shapely.buffer(rest, -_NESTING_TOLERANCE_DEG).is_empty:
            raise _fault(
                "extents.geojson",
                extent.id,
                f"`{inner}` within `{outer}`",
                f"{_square_metres(rest):.0f} m2 of it outside",
                "redraw one of the two",
            )


def _check_accuracy(extent: Extent) -> None:
    if extent.accuracy_m is None:
        return
    flat = np.asarray(list(_flatten(extent.accuracy_m)), dtype=float)
    expected = shapely.get_num_coordinates(extent.best)
    if flat.size != expected or not (np.isfinite(flat) & (flat >= 0)).all():
        raise _fault(
            "extents.geojson",
            f"{extent.id}/best, accuracy_m",
            f"{expected} numbers of metres, one a vertex",
            f"{flat.size}",
            "write one for each vertex, nested like the coordinates",
        )


def _flatten(nested: Iterable[Any]) -> Iterator[float]:
    for item in nested:
        if isinstance(item, list | tuple):
            yield from _flatten(item)
        else:
            yield item


def _check_validity(extents: list[Extent]) -> None:
    for extent in extents:
        if extent.valid_to is not None and extent.valid_to <= extent.valid_from:
            raise _fault(
                "extents.geojson",
                extent.id,
                "valid_to after valid_from",
                f"{extent.valid_to}",
                "correct the days",
            )
    for one, other in pairwise(extents):
        if one.valid_to != other.valid_from:
            kind = (
                "a gap"
                if one.valid_to is not None and one.valid_to < other.valid_from
                else "an overlap"
            )
            raise _fault(
                "extents.geojson",
                other.id,
                f"it to begin on the day {one.id} ends ({one.valid_to})",
                kind,
                "make the days meet",
            )


def _share_days(one: Extent, other: Extent) -> bool:
    return one.valid_from < (other.valid_to or dt.date.max) and other.valid_from < (
        one.valid_to or dt.date.max
    )


def _check_apart(one: Extent, other: Extent) -> None:
    common = shapely.intersection(one.best, other.best)
    if _square_metres(common) > _OVERLAP_M2:
        raise _fault(
            "extents.geojson",
            f"{one.id} and {other.id}",
            "zones that do not overlap",
            f"{_square_metres(common) / 1e6:.3f} km2 in both",
            "give the ground to one of them",
        )


def _square_metres(shape: shapely.geometry.base.BaseGeometry) -> float:
    """Rough area of a shape in degrees: good enough to tell a sliver from ground."""
    if shape.is_empty:
        return 0.0
    _, south, _, north = shape.bounds
    cosine = float(np.cos(np.radians((south + north) / 2)))
    return float(shapely.area(shape)) * cosine * _METRES_PER_DEGREE**2


def _check_phases(atlas: Atlas) -> None:
    zones = {zone.id for zone in atlas.zones}
    for phase in atlas.phases:
        if phase.zone not in zones:
            raise _fault(
                "phases.json", _phase_name(phase), "a zone", repr(phase.zone), "correct it"
            )
    for zone in atlas.zones:
        own = [phase for phase in atlas.phases if phase.zone == zone.id]
        if not own or own[0].phase is not PhaseName.BEFORE or own[0].start is not None:
            raise _fault(
                "phases.json",
                zone.id,
                "a first phase `before` with no first day",
                _phase_name(own[0]) if own else "no phase at all",
                "add it: time has no gap at its beginning",
            )
        for one, other in pairwise(own):
            if other.start is None or (one.start is not None and other.start <= one.start):
                raise _fault(
                    "phases.json",
                    _phase_name(other),
                    f"a first day after that of {_phase_name(one)}",
                    str(other.start),
                    "put the phases in order, without a gap",
                )
            if other.phase == one.phase or one.phase is PhaseName.ENDED:
                raise _fault(
                    "phases.json",
                    _phase_name(other),
                    "phases that change, `before` first and `ended` last",
                    f"{one.phase} then {other.phase}",
                    "correct the phase",
                )


def _check_agreements(atlas: Atlas) -> None:
    zones = {zone.id for zone in atlas.zones}
    rounds = {entry.id for entry in atlas.rounds}
    for agreement in atlas.agreements:
        names = (*agreement.signatories, *agreement.guarantors, *agreement.mediators)
        for expected, known, used in (
            ("zones of zones.json", zones, agreement.zones),
            ("actors of actors.json", atlas.actors, names),
            ("a round of rounds.json", rounds, (agreement.round,) if agreement.round else ()),
        ):
            for one in used:
                if one not in known:
                    raise _fault(
                        "agreements.json", agreement.id, expected, repr(one), "add or correct it"
                    )
        if agreement.in_force is not None and agreement.round is None:
            raise _fault(
                "agreements.json",
                agreement.id,
                "the round that it came from",
                "none",
                "name one of rounds.json",
            )
    for entry in atlas.rounds:
        if entry.last_day < entry.first_day:
            raise _fault(
                "rounds.json", entry.id, "last_day from first_day on", str(entry.last_day), "mend"
            )


def _check_posts(atlas: Atlas) -> None:
    zones = {zone.id for zone in atlas.zones}
    for post in atlas.posts:
        if post.zone not in zones or post.actor not in atlas.actors:
            raise _fault(
                "posts.json",
                post.id,
                "a zone and an actor of this atlas",
                f"{post.zone!r}, {post.actor!r}",
                "correct the record",
            )
        if (post.longitude is None) != (post.latitude is None):
            raise _fault(
                "posts.json", post.id, "both coordinates or none", "one", "complete or empty it"
            )
