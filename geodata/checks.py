"""The checks of a whole atlas, within its files and between them, made when it is read.

Each function takes the records that it is about and raises an AtlasError for the first fault,
which names the file, the record, what was expected, what was found and what to do.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import shapely

from geodata.errors import AtlasError
from geodata.schema import (
    SCHEMA,
    Actor,
    Agreement,
    Area,
    AreaKind,
    BaseMap,
    Boundary,
    Confidence,
    Estimate,
    Extent,
    Feature,
    Meta,
    Phase,
    PhaseName,
    Post,
    Round,
    Side,
    Source,
    Zone,
    language_file,
)
from geodata.text.repairs import quote

SENTENCE_SLOTS = (
    *("accuracy", "area", "boundaries", "days", "distance", "guarantors", "holders", "mediators"),
    *("neighbours", "place", "radius", "round", "share_best", "share_high", "share_low"),
    *("subareas", "verdict", "zone"),
)
"""What the sentences of a language file may name in braces."""

Facts = Iterable[tuple[str, str, Any]]
"""Records of fact: file, id and the record."""

_SLOT = re.compile(r"\{(\w+)\}")
_OVERLAP_M2 = 1.0
_MOST_BOUNDARIES = 16
_METRES_PER_DEGREE = 111_195.0
_NESTING_TOLERANCE_DEG = 1e-9

# Names that Windows keeps for devices, whatever the suffix.
_DEVICES = re.compile(r"con|prn|aux|nul|com\d|lpt\d")


def _fault(file: str, record: str, expected: str, found: str, do: str) -> AtlasError:
    """Return a fault as one line, whatever the names in it hold."""
    text = f"{file}: {record[:120]}: expected {expected}, found {found[:200]}; {do}."
    return AtlasError("".join(char if char.isprintable() else "\ufffd" for char in text))


# -- within a file --------------------------------------------------------------------------


def check_version(meta: Meta) -> None:
    """Check that this software reads the schema that the atlas has."""
    if meta.schema != SCHEMA:
        raise AtlasError(
            f"atlas.json: expected schema {SCHEMA}, found {meta.schema}; use the release of "
            "dezone that reads it, or bring the atlas to this schema."
        )


def check_meta(meta: Meta, boundaries: Sequence[Boundary]) -> None:
    """Check the settings of the atlas: languages, time zone, bounds, default boundary."""
    west, south, east, north = meta.bounds
    for key, holds, expected, found, do in (
        ("languages", meta.languages, "at least one language", "none", "add one"),
        (
            "time_zone",
            _is_time_zone(meta.time_zone),
            "a time zone such as Asia/Damascus",
            quote(meta.time_zone),
            "name one of the IANA database",
        ),
        (
            "bounds",
            west < east and south < north,
            "west, south, east and north",
            str(list(meta.bounds)),
            "put them in this order",
        ),
        (
            "boundaries",
            len(boundaries) <= _MOST_BOUNDARIES,
            f"at most {_MOST_BOUNDARIES} boundaries",
            str(len(boundaries)),
            "leave some out of boundaries.json",
        ),
        (
            "default_boundary",
            meta.default_boundary in {boundary.id for boundary in boundaries},
            "a boundary of boundaries.json",
            repr(meta.default_boundary),
            "name one that is there",
        ),
    ):
        if not holds:
            raise _fault("atlas.json", key, expected, found, do)


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # KeyError: there is none of the name
        return False
    return True


def check_ids(ids: Mapping[str, Sequence[str]]) -> None:
    """Check that each file uses an id once; ids that differ only in case count as the same."""
    for file, given in ids.items():
        for one, count in Counter(map(str.casefold, given)).items():
            if count > 1:
                raise _fault(file, one, "an id that is used once", "it twice", "rename one of them")


def check_zones(zones: Sequence[Zone]) -> None:
    """Check that there are zones, each with a number and a file name of its own."""
    if not zones:
        raise _fault("zones.json", "the file", "at least one zone", "none", "add one")
    check_ids({"zones.json": [str(zone.number) for zone in zones]})
    for zone in zones:
        if _DEVICES.fullmatch(zone.id):
            raise _fault(
                "zones.json",
                zone.id,
                "an id that can be the name of a file",
                "the name of a device of Windows",
                "rename the zone",
            )


def check_base_map(base: BaseMap) -> None:
    """Check that the features of the base map can be drawn."""
    for number, feature in enumerate(base.features, start=1):
        shape = shapely.from_geojson(msgspec.json.encode(feature.geometry), on_invalid="ignore")
        if shape is None or shape.is_empty or shape.geom_type == "GeometryCollection":
            raise _fault(
                "base.geojson",
                f"feature {number}",
                "points, lines or polygons",
                "a geometry that cannot be drawn",
                "correct or remove it",
            )


# -- languages ------------------------------------------------------------------------------


def check_languages(words: Mapping[str, Mapping[str, Any]], facts: Facts) -> None:
    """Check that all languages have the same words, and all names are given in each.

    `words` are those of each language by its code. A language need not translate the notes.
    """
    first, *others = words
    reference = _leaves(words[first])
    for language in others:
        leaves = _leaves(words[language])
        for key in sorted(reference ^ leaves):
            lacking = language if key in reference else first
            raise _fault(
                language_file(lacking),
                key,
                "the same keys in every language",
                f"none in {lacking}",
                "translate it",
            )
    for language, own in words.items():
        _check_words(language_file(language), own)
    for file, record_id, record in facts:
        for name in ("name", "title", "description", "explains"):
            text = getattr(record, name, None)
            missing = [c for c in words if not text.get(c)] if isinstance(text, Mapping) else []
            if missing:
                raise _fault(
                    file,
                    f"{record_id}, {name}",
                    f"the languages {', '.join(words)}",
                    f"no {', '.join(missing)}",
                    "add the missing text",
                )


def _check_words(file: str, words: Mapping[str, Any]) -> None:
    if words.get("direction") not in ("ltr", "rtl"):
        found = quote(words.get("direction"))
        raise _fault(file, "direction", "`ltr` or `rtl`", found, "write one of these")
    notes = words.get("notes", {})
    if not isinstance(notes, Mapping) or not all(isinstance(n, str) for n in notes.values()):
        expected, cure = "notes of the atlas and what each is in the language", "write them as such"
        raise _fault(file, "notes", expected, quote(notes), cure)
    templates = words.get("sentence")
    if not isinstance(templates, Mapping):
        raise _fault(file, "sentence", "sentences by key", quote(templates), "write them as such")
    for key, template in templates.items():
        for name in _SLOT.findall(str(template)):
            if name not in SENTENCE_SLOTS:
                raise _fault(
                    file,
                    f"sentence.{key}",
                    f"slots among {', '.join(SENTENCE_SLOTS)}",
                    f"{{{name}}}",
                    "correct the slot",
                )


def _leaves(words: Mapping[str, Any], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in words.items():
        if prefix + key == "notes":
            continue
        if isinstance(value, Mapping):
            found |= _leaves(value, f"{prefix}{key}.")
        else:
            found.add(prefix + key)
    return found


# -- sources --------------------------------------------------------------------------------


def check_sources(facts: Facts, sources: Mapping[str, Source]) -> None:
    """Check that every cited source exists, and that exactly what cites none is unsourced."""
    for file, record_id, record in facts:
        accounts = [a for d in getattr(record, "disagreements", ()) for a in d.readings]
        for source in [*record.sources, *(key for account in accounts for key in account.sources)]:
            if source not in sources:
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


# -- extents --------------------------------------------------------------------------------


def check_features(
    features: Sequence[Feature], zones: Collection[str], boundaries: Collection[str]
) -> None:
    """Check that every feature is about a zone and a boundary of the atlas."""
    for feature in features:
        p = feature.properties
        if p.zone not in zones or p.boundary not in boundaries:
            raise _fault(
                "extents.geojson",
                feature.id,
                "a zone and a boundary of this atlas",
                f"{p.zone!r}, {p.boundary!r}",
                "correct the properties",
            )


def check_extents(extents: Sequence[Extent], zones: Sequence[Zone], meta: Meta) -> None:
    """Check the ground of the zones: its shape, its doubt, its days, and that none overlap."""
    for extent in extents:
        for estimate in Estimate:
            _check_shape(extent, estimate.value, meta.bounds)
        _check_nesting(extent)
        _check_accuracy(extent)
    drawn = defaultdict(list)
    lives = defaultdict(list)
    for extent in extents:
        drawn[extent.boundary].append(extent)
        lives[extent.zone, extent.boundary].append(extent)
    for life in lives.values():
        _check_validity(life)
    for chosen in drawn.values():
        _check_apart(chosen)
    for zone in zones:
        if (zone.id, meta.default_boundary) not in lives:
            raise _fault(
                "extents.geojson",
                zone.id,
                f"an extent under the default boundary {meta.default_boundary!r}",
                "none",
                "add one",
            )


def _check_shape(extent: Extent, estimate: str, bounds: Sequence[float]) -> None:
    shape = extent.geometry(estimate)
    name = f"{extent.id}/{estimate}"
    if shape.is_empty:
        if estimate == Estimate.BEST:
            raise _fault(
                "extents.geojson",
                name,
                "ground, since distances are measured to this line",
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
    _check_bounds(name, shape.bounds, bounds)
    for polygon in shapely.get_parts(shape):
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


def _check_bounds(name: str, found: Sequence[float], bounds: Sequence[float]) -> None:
    west, south, east, north = bounds
    x0, y0, x1, y1 = found
    if x1 >= west and x0 <= east and y1 >= south and y0 <= north:
        return
    swapped = y1 >= west and y0 <= east and x1 >= south and x0 <= north
    raise _fault(
        "extents.geojson",
        name,
        f"longitude, latitude within {list(bounds)}",
        f"bounds {[round(v, 4) for v in found]}"
        + (", which fits with the axes swapped" if swapped else ""),
        "write longitude first" if swapped else "correct the positions",
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
    metres = list(_flatten(extent.accuracy_m))
    expected = shapely.get_num_coordinates(extent.best)
    if len(metres) != expected or not all(
        isinstance(one, int | float) and math.isfinite(one) and one >= 0 for one in metres
    ):
        raise _fault(
            "extents.geojson",
            f"{extent.id}/best, accuracy_m",
            f"{expected} numbers of metres, one a vertex",
            f"{len(metres)}",
            "write one for each vertex, nested like the coordinates",
        )


def _flatten(nested: Iterable[Any]) -> Iterator[Any]:
    for item in nested:
        if isinstance(item, list):
            yield from _flatten(item)
        else:
            yield item


def _check_validity(extents: Sequence[Extent]) -> None:
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


def _check_apart(extents: Sequence[Extent]) -> None:
    """Check that no two zones of one boundary share ground on a day."""
    lines = [extent.best for extent in extents]
    pairs = shapely.STRtree(lines).query(lines, predicate="intersects").T.tolist()
    for first, second in sorted(pair for pair in pairs if pair[0] < pair[1]):
        one, other = extents[first], extents[second]
        if one.zone == other.zone or not _share_days(one, other):
            continue
        common = _square_metres(shapely.intersection(one.best, other.best))
        if common > _OVERLAP_M2:
            raise _fault(
                "extents.geojson",
                f"{one.id} and {other.id}",
                "zones that do not overlap",
                f"{common / 1e6:.3f} km2 in both",
                "give the ground to one of them",
            )


def _share_days(one: Extent, other: Extent) -> bool:
    return one.valid_from < (other.valid_to or dt.date.max) and other.valid_from < (
        one.valid_to or dt.date.max
    )


def _square_metres(shape: shapely.geometry.base.BaseGeometry) -> float:
    """Rough area of a shape in degrees: good enough to tell a sliver from ground."""
    if shape.is_empty:
        return 0.0
    _, south, _, north = shape.bounds
    cosine = math.cos(math.radians((south + north) / 2))
    return float(shapely.area(shape)) * cosine * _METRES_PER_DEGREE**2


# -- time, agreements, posts ----------------------------------------------------------------


def check_phases(phases: Sequence[Phase], zones: Sequence[Zone]) -> None:
    """Check that the phases of each zone begin with `before` and follow without a gap."""
    lives: dict[str, list[Phase]] = {zone.id: [] for zone in zones}
    for phase in phases:
        if phase.zone not in lives:
            raise _fault("phases.json", phase_id(phase), "a zone", repr(phase.zone), "correct it")
        lives[phase.zone].append(phase)
    for zone, own in lives.items():
        if not own or own[0].phase is not PhaseName.BEFORE or own[0].start is not None:
            raise _fault(
                "phases.json",
                zone,
                "a first phase `before` with no first day",
                phase_id(own[0]) if own else "no phase at all",
                "add it: time has no gap at its beginning",
            )
        for one, other in pairwise(own):
            if other.start is None or (one.start is not None and other.start <= one.start):
                raise _fault(
                    "phases.json",
                    phase_id(other),
                    f"a first day after that of {phase_id(one)}",
                    str(other.start),
                    "put the phases in order, without a gap",
                )
            if other.phase == one.phase or one.phase is PhaseName.ENDED:
                raise _fault(
                    "phases.json",
                    phase_id(other),
                    "phases that change, `before` first and `ended` last",
                    f"{one.phase} then {other.phase}",
                    "correct the phase",
                )


def phase_id(phase: Phase) -> str:
    """Return the name of a phase in an error."""
    return f"{phase.zone} {phase.phase} from {phase.start or 'the beginning'}"


def check_agreements(
    agreements: Sequence[Agreement],
    rounds: Sequence[Round],
    zones: Collection[str],
    actors: Mapping[str, Actor],
) -> None:
    """Check that agreements name zones, actors and rounds of the atlas, and rounds their days."""
    known = {entry.id for entry in rounds}
    for agreement in agreements:
        names = (*agreement.signatories, *agreement.guarantors, *agreement.mediators)
        for expected, there, used in (
            ("zones of zones.json", zones, agreement.zones),
            ("actors of actors.json", actors, names),
            ("a round of rounds.json", known, (agreement.round,) if agreement.round else ()),
        ):
            for one in used:
                if one not in there:
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
    for entry in rounds:
        if entry.last_day < entry.first_day:
            raise _fault(
                "rounds.json", entry.id, "last_day from first_day on", str(entry.last_day), "mend"
            )


def check_posts(posts: Sequence[Post], zones: Collection[str], actors: Mapping[str, Actor]) -> None:
    """Check that posts belong to a zone and an actor, and have both coordinates or none."""
    for post in posts:
        if post.zone not in zones or post.actor not in actors:
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


def check_areas(areas: Iterable[Area], zones: Collection[str], texts: Collection[str]) -> None:
    """Check the areas: what they belong to, their days, their shapes, and what they explain."""
    for area in areas:
        belongs = area.zone, area.agreement
        known = area.zone in {None, *zones} and area.agreement in {None, *texts}
        full = area.kind is not AreaKind.SUBAREA or None not in belongs
        explained = (area.explains is not None) == (area.kind is AreaKind.NEIGHBOUR)
        begun = (area.valid_from or dt.date.min) < (area.valid_to or dt.date.max)
        sound = area.low.is_valid and area.high.is_valid and not area.high.is_empty
        nested = sound and shapely.buffer(area.low, -1e-5).within(area.high)  # a metre: rounding
        for holds, expected, found in (
            (known, "a zone and an agreement of this atlas", str(belongs)),
            (full, "the zone and the agreement of a sub-area", str(belongs)),
            (begun, "valid_to after valid_from", str(area.valid_to)),
            (explained, "`explains` exactly for a neighbour", f"kind {area.kind.value}"),
            (sound, "valid polygons with some ground", "none, or a ring that crosses itself"),
            (nested, "`low` within `high`", "ground of it outside"),
        ):
            if not holds:
                raise _fault("areas.geojson", area.id, expected, found, "correct the feature")


def check_sides(sides: Mapping[str, Side], languages: Sequence[str]) -> None:
    """Check that the sides are named in every language, and that one of them holds zone ground."""
    for side in sides.values():
        if missing := [code for code in languages if not side.name.get(code)]:
            raise _fault(
                "sides.json",
                f"{side.id}, name",
                f"the languages {', '.join(languages)}",
                f"no {', '.join(missing)}",
                "add the missing text",
            )
    if sides and not any(side.in_zones for side in sides.values()):
        raise _fault(
            "sides.json", "in_zones", "a side whose ground is zone ground", "none", "mark one"
        )
