"""The tables of an atlas as a database holds them: names of columns, and rows of plain values."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import shapely

from dezone.sql.rows import Range, Rows
from dezone.sql.settled import settled
from geodata.atlas import Atlas
from geodata.columns.incidents import NO_DAY, reasons_in
from geodata.ledger import Settlement
from geodata.schema import Extent
from zones.calendar import Basis, Calendar, Terms, Time, calendar_of, day_of
from zones.places import LocationRules
from zones.plane import Plane
from zones.record import record_fields, software
from zones.space import Days, Ground, Grounds, grounds_of

_WGS84 = 4326
_METRES_A_DEGREE = 110_000.0  # of latitude, at least
_CENTIMETRES = 2  # digits of plane metres: they only tell which zone is nearest

OF_TERMS = tuple(
    field.name
    for field in record_fields()
    if field.is_default
    and field.name in Terms.__struct_fields__
    and field.name not in ("time", "phase")
)
"""Columns of a tagged table that follow from what was in force for a zone."""


def rows_of(atlas: Atlas, *, boundary: str | None, basis: Basis) -> Mapping[str, Rows]:
    """Return the tables of an atlas by name: their columns and rows."""
    calendar = calendar_of(atlas, basis)
    chosen = atlas.boundary(boundary or atlas.meta.default_boundary).id
    answers, courses = settled(atlas, chosen, basis)
    return {
        "about": Rows(("key", "value"), list(_about(atlas, chosen, basis))),
        "names": Rows(("kind", "id", "language", "name"), list(_names(atlas))),
        "placeholders": Rows(
            ("name", "west", "south", "east", "north"),
            list(_placeholders(atlas)),
        ),
        "extents": _extents(atlas),
        "grounds": _grounds(grounds_of(atlas), calendar, atlas),
        "phases": _phases(atlas),
        "agreements": _agreements(atlas),
        "terms": _terms(calendar),
        **_settlements(atlas, courses),
        **answers,
    }


def _about(atlas: Atlas, boundary: str, basis: Basis) -> Iterator[tuple[str, str]]:
    yield "atlas", atlas.meta.id
    yield "version", atlas.version
    yield "sha256", atlas.sha256
    yield "licence", atlas.meta.licence
    yield "attribution", "; ".join(atlas.meta.attribution)
    yield "software", software()
    yield "boundary", boundary
    yield "basis", basis.value
    west, south, east, north = map(repr, atlas.meta.bounds)
    yield from (("west", west), ("south", south), ("east", east), ("north", north))
    yield "plane", Plane(atlas.meta.bounds).definition


def _placeholders(atlas: Atlas) -> Iterator[tuple[Any, ...]]:
    """Yield the points that stand for whole areas, and what counts as each of them."""
    rules = LocationRules(atlas, atlas.meta.coarsest_radius_m)
    points = sorted(atlas.meta.placeholders, key=lambda p: (p.longitude, p.latitude))
    for point, box in zip(points, rules.placeholder_boxes, strict=True):
        yield point.name, *box


def _names(atlas: Atlas) -> Iterator[tuple[str, str, str, str]]:
    named = (
        ("zone", {zone.id: zone.name for zone in atlas.zones}),
        ("boundary", {one.id: one.name for one in atlas.boundaries}),
        ("agreement", {one.id: one.title for one in atlas.agreements}),
        ("round", {one.id: one.name for one in atlas.rounds}),
        ("actor", {key: actor.name for key, actor in atlas.actors.items()}),
        ("side", {key: side.name for key, side in atlas.sides.items()}),
    )
    for kind, texts in named:
        for key, text in texts.items():
            for language in atlas.meta.languages:
                if language in text:
                    yield kind, key, language, text[language]


# -- the ground -----------------------------------------------------------------------------


def _extents(atlas: Atlas) -> Rows:
    plane = Plane(atlas.meta.bounds)
    columns = ("id", "boundary", "zone", "days", "low", "best", "high", "line")
    rows = [
        (
            *(extent.id, extent.boundary, extent.zone),
            Range(extent.valid_from, extent.valid_to),
            *(shapely.set_srid(one, _WGS84) for one in (extent.low, extent.best, extent.high)),
            _line(plane, extent),
            *(extent.confidence.value, list(extent.sources)),
        )
        for extent in atlas.extents
    ]
    return Rows((*columns, "confidence", "sources"), rows)


def _line(plane: Plane, extent: Extent) -> shapely.Geometry:
    """Return the best boundary as lines of the plane."""
    flat = plane.outline(extent.best).boundary
    return shapely.transform(flat, lambda xy: xy.round(_CENTIMETRES))


def _grounds(grounds: Grounds, calendar: Calendar, atlas: Atlas) -> Rows:
    """Return which extents count on which days; where there is no date, `days` is missing.

    `main` tells which of several gives the best share, `drawn` whether the boundary has an extent
    of its own on these days.
    """
    number = {zone.id: zone.number for zone in atlas.zones}
    order = {boundary.id: i for i, boundary in enumerate(atlas.boundaries)}
    names = {id(extent.best): extent.id for extent in atlas.extents}
    rows: list[tuple[Any, ...]] = []
    for ground in grounds.values():
        key = (order[ground.boundary], ground.boundary, number[ground.zone], ground.zone)
        for days, k, drawn in _governing(ground, calendar):
            rows.append((*key, days, _id(ground, k, names), True, drawn))
        whole = Days.of(np.array([NO_DAY]), np.array([NO_DAY]))
        first, last, main = (int(one[0]) for one in ground.governing(whole))
        drawn = bool(ground.is_drawn(whole)[0])
        rows += [
            (*key, None, _id(ground, k, names), k == main, drawn) for k in range(first, last + 1)
        ]
    columns = ("rank", "boundary", "number", "zone", "days", "extent", "main", "drawn")
    return Rows(columns, rows)


def _id(ground: Ground, k: int, names: Mapping[int, str]) -> str:
    """Return the id of an extent; one that stands in for another is cut, but of the same line."""
    return names[id(ground.extents[k].best)]


def _governing(ground: Ground, calendar: Calendar) -> Iterator[tuple[Range, int, bool]]:
    """Yield the days on which an extent counts, and whether it is the boundary's own."""
    starts = _starts(calendar)
    days = Days(starts, starts)
    found = zip(ground.governing(days).main.tolist(), ground.is_drawn(days).tolist(), strict=True)
    for range_, (k, drawn) in _runs(calendar, list(found)):
        yield range_, int(k), bool(drawn)


def _starts(calendar: Calendar) -> np.ndarray[Any, Any]:
    """Return the first day of each period of a calendar; of the first, the day before the next."""
    cuts = calendar.cuts
    return np.concatenate([cuts[:1] - 1, cuts])


def _runs(calendar: Calendar, values: Sequence[Any]) -> Iterator[tuple[Range, Any]]:
    """Yield the days on which a value of the periods holds, and the value."""
    cuts = [None, *map(day_of, calendar.cuts.tolist()), None]
    for value, periods in groupby(range(len(values)), key=lambda p: values[p]):
        mine = list(periods)
        yield Range(cuts[mine[0]], cuts[mine[-1] + 1]), value


# -- the days -------------------------------------------------------------------------------


def _phases(atlas: Atlas) -> Rows:
    rows: list[tuple[Any, ...]] = []
    for zone in atlas.zones:
        mine = [phase for phase in atlas.phases if phase.zone == zone.id]
        ends = [*(phase.start for phase in mine), None][1:]
        rows += [
            (
                *(zone.id, phase.phase.value, Range(phase.start, end), phase.legal.value),
                *(phase.actual, phase.what, phase.confidence.value, list(phase.sources)),
            )
            for phase, end in zip(mine, ends, strict=True)
        ]
    columns = ("zone", "phase", "days", "legal", "actual", "what", "confidence", "sources")
    return Rows(columns, rows)


def _agreements(atlas: Atlas) -> Rows:
    columns = ("id", "zones", "signed", "days", "signatories", "guarantors", "mediators", "round")
    rows = [
        (
            *(one.id, list(one.zones), one.signed),
            None if one.in_force is None else Range(one.in_force, one.until),
            *(list(one.signatories), list(one.guarantors), list(one.mediators), one.round),
            *(one.confidence.value, list(one.sources)),
        )
        for one in atlas.agreements
    ]
    return Rows((*columns, "confidence", "sources"), rows)


def _terms(calendar: Calendar) -> Rows:
    """Return what was in force for each zone on which days; for no zone where none is known."""
    rows: list[tuple[Any, ...]] = []
    periods = range(len(calendar.cuts) + 1)
    for zone in calendar.zones:
        every = [calendar.terms(zone, period) for period in periods]
        for days, terms in _runs(calendar, every):
            in_force = terms.time in (Time.IN_FORCE, Time.PARTLY)
            reasons = [reason.value for reason in reasons_in(int(terms.reasons))]
            texts = (_text(getattr(terms, name)) for name in OF_TERMS)
            rows.append(
                (zone, days, terms.time.value, terms.phase.value, in_force, reasons, *texts)
            )
    anywhere = [calendar.anywhere(period, period) for period in periods]
    for days, time in _runs(calendar, anywhere):
        rows.append((None, days, time.value, None, None, [], *(None for _ in OF_TERMS)))
    return Rows(("zone", "days", "time", "phase", "in_force", "reasons", *OF_TERMS), rows)


def _text(value: str | Sequence[str] | None) -> str | None:
    """Return a value as a cell of a tagged table has it."""
    return value if value is None or isinstance(value, str) else ";".join(value)


# -- settlements ----------------------------------------------------------------------------


def _settlements(atlas: Atlas, courses: Sequence[int]) -> dict[str, Rows]:
    ledger = atlas.ledger
    settlements, points, holdings = [], [], []
    for i in range(len(ledger)):
        one, history = ledger.settlement(i), ledger.history(i)
        codes = [unit.code for unit in one.admin]
        settlements.append(
            (one.id, one.name, one.name_ar, one.kind, one.zone, codes, one.radius_m, courses[i])
        )
        tier = _tier(one, has_history=bool(history))
        up = one.radius_m / _METRES_A_DEGREE
        for point in one.points:
            across = up / math.cos(math.radians(abs(point.latitude) + up))
            box = (point.longitude - across, point.longitude + across, point.latitude - up)
            points.append(
                (
                    *(one.id, i, point.longitude, point.latitude, point.source),
                    *(one.radius_m, tier, *box, point.latitude + up),
                )
            )
        ends = [*(holding.latest for holding in history), None][1:]
        holdings += [
            (
                *(one.id, holding.side, Range(holding.earliest, _after(end)), holding.latest),
                *(holding.event, holding.confidence, list(holding.sources)),
            )
            for holding, end in zip(history, ends, strict=True)
        ]
    columns = ("id", "name", "name_ar", "kind", "zone", "admin", "size_m", "course")
    held = ("settlement", "side", "days", "came_by", "event", "confidence", "sources")
    return {
        "settlements": Rows(columns, settlements),
        "points": Rows(
            (
                *("settlement", "rank", "longitude", "latitude", "source", "size_m", "tier"),
                *("west", "east", "south", "north"),
            ),
            points,
        ),
        "holdings": Rows(held, holdings),
    }


def _tier(settlement: Settlement, *, has_history: bool) -> int:
    """Return which of several settlements counts first, as `Ledger.near` has it: the least."""
    if settlement.kind == "neighbourhood":
        return 0 if has_history else 2
    return 1 if settlement.radius_basis == "outline" else 0


def _after(day: dt.date | None) -> dt.date | None:
    """Return the day after the last on which a holder may still have been there."""
    return None if day is None else day + dt.timedelta(days=1)
