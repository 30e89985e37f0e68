"""Write the vectors that every engine of dezone has to pass: ``python tests/vectors/make.py``.

``docs/vectors.md`` tells what they are. Needed whenever the atlas or the meaning of a verdict
changes; the same atlas gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from vectors.readings import READINGS, readings_text  # noqa: E402

from geodata.atlas import Atlas, read_atlas  # noqa: E402
from geodata.columns.incidents import NO_DAY, Incidents  # noqa: E402
from geodata.columns.named.areas import look_up  # noqa: E402
from geodata.errors import CoordinateError, DezoneError, PlaceError  # noqa: E402
from geodata.schema import Estimate  # noqa: E402
from geodata.text.axes import swapped  # noqa: E402
from geodata.text.coordinates import read_pair, read_position  # noqa: E402
from geodata.text.dates import month_names, read_days  # noqa: E402
from geodata.text.lengths import read_radius  # noqa: E402
from geodata.text.names import gazetteer_of  # noqa: E402
from geodata.text.repairs import Repair  # noqa: E402
from maps.page.checker import engine_atlas  # noqa: E402
from zones.calendar import Basis, Calendar, day_number  # noqa: E402
from zones.incident import check  # noqa: E402
from zones.places import INSIDE_SHARE, OUTSIDE_SHARE  # noqa: E402
from zones.sentence import say_area, say_length, say_number, say_share  # noqa: E402
from zones.space import grounds_of  # noqa: E402
from zones.verdict import assessor_of  # noqa: E402

FOLDER = Path(__file__).parent
VECTORS = FOLDER / "vectors.json"
ATLAS = FOLDER / "atlas.json"
SEED = 20170504
SHARE_TOLERANCE = 0.0001

Row = list[Any]
Answer = Callable[[Atlas, list[Row]], list[Row]]

GIVEN: dict[str, tuple[str, ...]] = {
    "plane": ("longitude", "latitude"),
    "geodesics": ("longitude", "latitude", "to_longitude", "to_latitude"),
    "shares": ("zone", "boundary", "valid_from", "estimate", "longitude", "latitude", "radius_m"),
    "distances": ("zone", "boundary", "valid_from", "longitude", "latitude"),
    "terms": ("basis", "zone", "first_day", "last_day"),
    "verdicts": (
        *("longitude", "latitude", "radius_m", "first_day", "last_day"),
        *("boundary", "basis"),
    ),
    "settlements": (
        *("longitude", "latitude", "radius_source", "first_day", "last_day"),
        *("boundary", "basis"),
    ),
    "records": ("position", "date", "radius", "boundary", "basis", "language"),
    "positions": ("text", "decimal"),
    "pairs": ("latitude", "longitude", "decimal"),
    "dates": ("text", "order"),
    "radii": ("text",),
    "places": ("name",),
    "pasted": ("text",),
    "swaps": ("longitude", "latitude"),
    "wordings": ("language", "kind", "value", "digits"),
}
EXPECTED: dict[str, tuple[str, ...]] = {
    "plane": ("x", "y", "scale"),
    "geodesics": ("metres",),
    "shares": ("share",),
    "distances": ("metres",),
    "terms": (
        *("time", "phase", "contested", "spans_phases"),
        *("agreements", "round", "guarantors", "mediators", "framework_guarantors"),
    ),
    "verdicts": (
        *("verdict", "zone", "space", "time", "phase"),
        *("share_low", "share_best", "share_high"),
        *("boundaries", "agreements", "reasons"),
    ),
    "settlements": (
        *("settlement", "settlement_name", "admin", "radius_m"),
        *("verdict", "zone", "space", "time", "share_low", "share_best", "share_high"),
        *("boundaries", "agreements", "reasons"),
        *("held_by", "held_since", "held_until", "held_sources", "held_confidence"),
    ),
    "records": ("record",),
    "positions": ("error", "latitude", "longitude", "notation", "extent_m", "repairs"),
    "pairs": ("error", "latitude", "longitude", "notation", "repairs"),
    "dates": ("error", "first_day", "last_day", "notation", "precision", "repairs"),
    "radii": ("error", "metres"),
    "places": ("error", "ids", "relation", "passed_over", "radius_m"),
    "pasted": ("error", "position", "place", "date"),
    "swaps": ("doubt",),
    "wordings": ("said",),
}
# How far an answer may be from the one expected; whatever is not named must be the same.
TOLERANCES: dict[str, dict[str, float]] = {
    "plane": {"x": 1e-6, "y": 1e-6, "scale": 1e-12},
    "geodesics": {"metres": 0.001},
    "shares": {"share": SHARE_TOLERANCE},
    "distances": {"metres": 0.01},
    "verdicts": dict.fromkeys(("share_low", "share_best", "share_high"), SHARE_TOLERANCE),
    "settlements": dict.fromkeys(("share_low", "share_best", "share_high"), SHARE_TOLERANCE),
    "records": {
        **dict.fromkeys(("share_low", "share_best", "share_high"), SHARE_TOLERANCE),
        **{"distance_m": 1, "accuracy_m": 1, "latitude": 1e-9, "longitude": 1e-9},
        "radius_m": 0.001,
    },
    "places": {"radius_m": 0.001},
    "positions": {"latitude": 1e-9, "longitude": 1e-9, "extent_m": 0.001},
    "pairs": {"latitude": 1e-9, "longitude": 1e-9},
    "radii": {"metres": 1e-9},
}


# -- answers: what Python says ----------------------------------------------------------------


def answer(atlas: Atlas, kind: str, rows: list[Row]) -> list[Row]:
    """Return what is expected for the rows given of one kind."""
    return _ANSWERS[kind](atlas, rows)


def _plane(atlas: Atlas, rows: list[Row]) -> list[Row]:
    plane = grounds_of(atlas).plane
    x, y = plane.project(*_columns(rows))
    return [[float(a), float(b), float(c)] for a, b, c in zip(x, y, plane.scale(x, y), strict=True)]


def _geodesics(atlas: Atlas, rows: list[Row]) -> list[Row]:
    plane = grounds_of(atlas).plane
    return [[round(float(m), 4)] for m in plane.geod.inv(*_columns(rows))[2]]


def _shares(atlas: Atlas, rows: list[Row]) -> list[Row]:
    grounds = grounds_of(atlas)
    found: list[Row] = []
    for zone, boundary, start, estimate, *disc in rows:
        ground = grounds[boundary, zone]
        k = [e.valid_from.isoformat() for e in ground.extents].index(start)
        outline = ground.outlines[k][Estimate(estimate)]
        share = outline.share(*(np.array([value], dtype=float) for value in disc))
        found.append([round(float(share[0]), 6)])
    return found


def _distances(atlas: Atlas, rows: list[Row]) -> list[Row]:
    grounds = grounds_of(atlas)
    found: list[Row] = []
    for zone, boundary, start, longitude, latitude in rows:
        ground = grounds[boundary, zone]
        k = [e.valid_from.isoformat() for e in ground.extents].index(start)
        metres, _, _ = ground.outlines[k][Estimate.BEST].distance(
            np.array([longitude]), np.array([latitude])
        )
        found.append([round(float(metres[0]), 3)])
    return found


def _terms(atlas: Atlas, rows: list[Row]) -> list[Row]:
    calendars = {basis.value: Calendar(atlas, basis) for basis in Basis}
    found: list[Row] = []
    for basis, zone, *days in rows:
        calendar = calendars[basis]
        first, last = (int(calendar.period(np.array([_number(day)]))[0]) for day in days)
        terms = calendar.terms(zone, first, last)
        found.append(
            [
                terms.time.value,
                terms.phase.value,
                terms.contested,
                terms.spans_phases,
                ";".join(terms.agreements),
                terms.round,
                ";".join(terms.guarantors),
                ";".join(terms.mediators),
                ";".join(terms.framework_guarantors),
            ]
        )
    return found


def _verdicts(atlas: Atlas, rows: list[Row]) -> list[Row]:
    found: list[Row] = [[] for _ in rows]
    for boundary in {row[5] for row in rows}:
        for basis in {row[6] for row in rows}:
            mine = [i for i, row in enumerate(rows) if row[5:] == [boundary, basis]]
            assessor = assessor_of(atlas, boundary, Basis(basis))
            for start in range(0, len(mine), 1_000):
                part = mine[start : start + 1_000]
                place = [[np.nan if v is None else v for v in rows[i][:3]] for i in part]
                days = [[_number(day) for day in rows[i][3:5]] for i in part]
                columns = *np.array(place, dtype=float).T, *np.array(days).T
                assessed = assessor.assess(Incidents.discs(*columns))
                for k, i in enumerate(part):
                    words = assessed.row(k)
                    spaces = words["boundaries"].items()
                    found[i] = [
                        *(words[name] for name in ("verdict", "zone", "space", "time", "phase")),
                        *(words[name] for name in ("share_low", "share_best", "share_high")),
                        ";".join(f"{name}={space}" for name, space in spaces),
                        ";".join(words["agreements"]),
                        ";".join(words["reasons"]),
                    ]
    return found


def _settlements(atlas: Atlas, rows: list[Row]) -> list[Row]:
    """Return what is said of exact points, in the words of a record; lists are joined by ``;``."""
    placeholders = [(p.longitude, p.latitude, p.name) for p in atlas.meta.placeholders]
    found: list[Row] = []
    for longitude, latitude, source, *days, boundary, basis in rows:
        one = Incidents.discs(
            [longitude], [latitude], [0.0], *([_number(day)] for day in days), radius_source=source
        ).settled(atlas.ledger, placeholders)
        words = assessor_of(atlas, boundary, Basis(basis)).assess(one).row(0)
        words["radius_m"] = float(one.radius_m[0])
        words["boundaries"] = [f"{name}={space}" for name, space in words["boundaries"].items()]
        found.append([_as_cell(words[name]) for name in EXPECTED["settlements"]])
    return found


def _as_cell(value: Any) -> Any:
    if isinstance(value, list):
        return ";".join(value)
    return value.isoformat() if isinstance(value, dt.date) else value


_OF_THIS_COPY = ("input", "atlas_version", "atlas_sha256", "software")


def _records(atlas: Atlas, rows: list[Row]) -> list[Row]:
    found: list[Row] = []
    for position, date, radius, boundary, basis, language in rows:
        record = check(
            position=position,
            date=date,
            radius=radius,
            boundary=boundary,
            basis=basis,
            language=language,
            atlas=atlas,
        ).to_dict()
        found.append([{k: v for k, v in record.items() if k not in _OF_THIS_COPY}])
    return found


def _fault(error: DezoneError) -> str:
    return "ambiguous" if "read in two ways" in str(error) else "refused"


def _kinds(repairs: Iterable[Repair]) -> str:
    return ";".join(repair.kind for repair in repairs)


def _positions(atlas: Atlas, rows: list[Row]) -> list[Row]:
    found: list[Row] = []
    for text, decimal in rows:
        try:
            p = read_position(text, decimal=decimal)
        except CoordinateError as error:
            found.append([_fault(error), None, None, None, None, None])
        else:
            extent = None if p.extent_m is None else round(p.extent_m, 6)
            notation = p.notation.value
            found.append([None, p.latitude, p.longitude, notation, extent, _kinds(p.repairs)])
    return found


def _pairs(atlas: Atlas, rows: list[Row]) -> list[Row]:
    found: list[Row] = []
    for latitude, longitude, decimal in rows:
        try:
            p = read_pair(latitude, longitude, decimal=decimal)
        except CoordinateError as error:
            found.append([_fault(error), None, None, None, None])
        else:
            found.append([None, p.latitude, p.longitude, p.notation.value, _kinds(p.repairs)])
    return found


def _dates(atlas: Atlas, rows: list[Row]) -> list[Row]:
    months = month_names(atlas.words(code) for code in atlas.meta.languages)
    found: list[Row] = []
    for text, order in rows:
        try:
            days = read_days(text, order=order, months=months, zone=atlas.meta.time_zone)
        except DezoneError as error:
            found.append([_fault(error), None, None, None, None, None])
        else:
            found.append(
                [
                    None,
                    days.first.isoformat(),
                    days.last.isoformat(),
                    days.notation.value,
                    days.precision.value,
                    _kinds(days.repairs),
                ]
            )
    return found


def _wordings(atlas: Atlas, rows: list[Row]) -> list[Row]:
    say = {"number": say_number, "length": say_length, "area": say_area, "share": say_share}
    return [
        [say[kind](atlas.words(language), value, *([] if digits is None else [digits]))]
        for language, kind, value, digits in rows
    ]


def _radii(atlas: Atlas, rows: list[Row]) -> list[Row]:
    found: list[Row] = []
    for (text,) in rows:
        try:
            found.append([None, read_radius(text)])
        except DezoneError:
            found.append(["refused", None])
    return found


def _places(atlas: Atlas, rows: list[Row]) -> list[Row]:
    gazetteer = gazetteer_of(atlas.ledger)
    found: list[Row] = []
    for (name,) in rows:
        try:
            answer = look_up(atlas.areas, gazetteer, name)
        except PlaceError:
            try:
                nearest = [place.id for place in gazetteer.nearest(name)]
            except PlaceError:
                nearest = []
            found.append(["refused", ";".join(nearest), None, None, None])
        else:
            ids = ";".join(place.id for place in answer.places)
            over = ";".join(place.id for place in answer.passed_over)
            found.append([None, ids, answer.relation, over, answer.area[2]])
    return found


def _pasted(atlas: Atlas, rows: list[Row]) -> list[Row]:
    found: list[Row] = []
    for (text,) in rows:
        try:
            given = check(text, atlas=atlas).input
        except DezoneError as error:
            found.append([_fault(error), None, None, None])
        else:
            found.append([None, *(given.get(name) for name in ("position", "place", "date"))])
    return found


def _swaps(atlas: Atlas, rows: list[Row]) -> list[Row]:
    only, both = swapped(*_columns(rows), atlas.meta.bounds, atlas.outline)
    doubts: list[Row] = [[None] for _ in rows]
    for doubt, mine in (("only", only), ("both", both)):
        for row in mine:
            doubts[row] = [doubt]
    return doubts


_ANSWERS: dict[str, Answer] = {
    "plane": _plane,
    "geodesics": _geodesics,
    "shares": _shares,
    "distances": _distances,
    "terms": _terms,
    "verdicts": _verdicts,
    "settlements": _settlements,
    "records": _records,
    "positions": _positions,
    "pairs": _pairs,
    "dates": _dates,
    "radii": _radii,
    "places": _places,
    "pasted": _pasted,
    "swaps": _swaps,
    "wordings": _wordings,
}


def _columns(rows: list[Row]) -> list[Any]:
    return list(np.array(rows, dtype=float).T)


def _number(day: str | None) -> int:
    return NO_DAY if day is None else day_number(dt.date.fromisoformat(day))


# -- questions: chosen where answers differ ---------------------------------------------------


class _Chooser:
    """Draws the questions; nothing here decides what is right."""

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        self.random = random.Random(SEED)  # noqa: S311  (the same each time, not secret)
        self.extents = [e for e in atlas.extents if not e.high.is_empty]
        days = Calendar(atlas).cuts.tolist()
        self.cuts = [dt.date(1970, 1, 1) + dt.timedelta(days=day) for day in days]

    def near(self, extent: Any, spread: float) -> tuple[float, float]:
        """Return a point about a vertex or the middle of an edge of an extent's outlines."""
        shapes = [s for s in (extent.low, extent.best, extent.high) if not s.is_empty]
        points = shapely.get_coordinates(self.random.choice(shapes))
        i = self.random.randrange(len(points) - 1)
        x, y = points[i] if self.random.random() < 0.5 else (points[i] + points[i + 1]) / 2
        return (
            round(float(x) + self.random.gauss(0, spread), 6),
            round(float(y) + self.random.gauss(0, spread), 6),
        )

    def anywhere(self, around: float = 0.2) -> tuple[float, float]:
        west, south, east, north = self.atlas.meta.bounds
        return (
            round(self.random.uniform(west - around, east + around), 6),
            round(self.random.uniform(south - around, north + around), 6),
        )

    def point(self) -> tuple[float, float]:
        if self.random.random() < 0.15:
            return self.anywhere()
        extent = self.random.choice(self.extents)
        return self.near(extent, self.random.choice([0.0, 0.0005, 0.01, 0.1, 0.4]))

    def radius(self) -> float | None:
        r = self.random
        return r.choice(
            [
                0,
                0,
                0,
                25000,
                25000,
                round(r.uniform(1, 25000)),
                round(10 ** r.uniform(0, 4.4)),
                round(r.uniform(1, 9999), 1),
                r.choice([None, 25001, 60000]),
            ]
        )

    def days(self) -> tuple[str | None, str | None]:
        r = self.random
        if r.random() < 0.04:
            return None, None
        first = (
            r.choice(self.cuts) + dt.timedelta(days=r.randint(-2, 2))
            if r.random() < 0.5
            else dt.date(2016, 1, 1) + dt.timedelta(days=r.randrange(3_600))
        )
        length = r.choice([0, 0, 0, 0, 0, 1, 2, 6, 29, 364, r.randrange(2_000)])
        return first.isoformat(), (first + dt.timedelta(days=length)).isoformat()


def questions(atlas: Atlas) -> Iterator[tuple[str, list[Row]]]:
    """Yield the rows given, kind by kind."""
    choose = _Chooser(atlas)
    r = choose.random
    yield "plane", [list(choose.anywhere()) for _ in range(60)]
    yield "geodesics", [[*choose.anywhere(), *choose.anywhere()] for _ in range(60)]
    yield "shares", list(_share_questions(choose, 640))
    yield (
        "distances",
        [
            [e.zone, e.boundary, e.valid_from.isoformat(), *_about(choose, e)]
            for e in (r.choice(choose.extents) for _ in range(420))
            if not e.best.is_empty
        ],
    )
    yield (
        "terms",
        [
            [r.choice(list(Basis)).value, r.choice(atlas.zones).id, *days]
            for days in (choose.days() for _ in range(320))
            if days[0] is not None
        ],
    )
    verdicts = [
        [*choose.point(), choose.radius(), *choose.days(), *_choices(choose)] for _ in range(2_900)
    ]
    verdicts += [
        [round(p.longitude + dx, 6), p.latitude, 0, *choose.days(), *_choices(choose)]
        for p in atlas.meta.placeholders
        for dx in (0.0, 0.0004, 0.0006)
    ]
    verdicts += [[None, None, None, *choose.days(), *_choices(choose)] for _ in range(30)]
    yield "verdicts", _plain(atlas, verdicts)
    yield "settlements", _clear(atlas, list(_settlement_questions(atlas)))
    yield "records", list(_record_questions(atlas, choose))
    yield "positions", list(_position_questions(choose))
    yield "pairs", list(_pair_questions(choose))
    yield "dates", list(_date_questions(choose))
    yield "radii", [[text] for text in _RADII]
    yield "places", list(_place_questions(atlas, choose))
    yield "pasted", [[text] for text in _PASTED]
    yield "swaps", list(_swap_questions(choose))
    yield "wordings", list(_wording_questions(choose))


_PASTED = (
    "حمورية, 12 March 2018", "حمورية، ١٢ آذار ٢٠١٨", "حمورية ١٢ آذار ٢٠١٨", "Дума, 7 апреля 2018",
    "Khan Sheikhoun October 2017", "Khan Sheikhoun, October 2017", "Khan Sheikhoun, 2017",
    "Hamouria (7 March 2018)", "Hamouria: 2018-03-07", "Hamouria - 7 March 2018",
    "7 March 2018 - Hamouria", "7 March 2018, Douma, Rural Damascus",
    "Douma, Rural Damascus, April 7, 2018", "Hamouria 2018-03-07T14:30",
    "Hamouria, 2018-03-01/2018-03-07", "Hamouria, 3-5 March 2018",
    "Hamouria, Wednesday 7 March 2018", "35.93 36.63, 2018-03-07", "35.93, 36.63, 7 March 2018",
    "2018-03-07 35.93, 36.63", "35.93 -36.63 2018-03-07", "2018-03-07 -35.93 36.63",
    "35°55'50\"N 36°38'02\"E, 7.3.2018, 14:30", "37S BV 86490 79620 2018-03-07", "33.5, 11.2019",
    "11.2019, 33.5", "35.93, 36.63", "35.2017 36.2018", "C3987 2018-03-07", "Douma, 03/04/2018",
    "Douma, 13/04/2018", "Douma 12 March", "12 March 2018", "2018", "Zzyx, 2018", "Douma, 1850",
    "Douma, 12 March 2018, 2019", "Douma\n12 March 2018", "x" * 190 + ", 12 March 2018", "",
)  # fmt: skip
"""Texts that hold a place and a date, and some that only look like it."""


def _wording_questions(choose: _Chooser) -> Iterator[Row]:
    """Yield numbers, lengths, areas and shares, most of them where rounding turns."""
    languages = choose.atlas.meta.languages
    r = choose.random
    lengths = (0, 0.2, 4.5, 9.49, 9.5, 14, 15, 25, 994.9, 995, 1_050, 1_150, 1_250, 8_000, 23_000,
               23_400, 23_450, 99_949, 99_950, 124_523, 500_500, 1_234_567)  # fmt: skip
    yield from ([language, "length", m, None] for language in languages for m in lengths)
    areas = (0, 0.04, 0.25, 7.35, 9.94, 9.95, 55, 617.5, 9_612, 185_180)
    yield from ([language, "area", km2, None] for language in languages for km2 in areas)
    shares = (0, 0.001, 0.005, 0.015, 0.025, 0.5, 0.9949, 0.995, 0.9999, 1)
    yield from ([language, "share", share, None] for language in languages for share in shares)
    numbers = (0, 0.5, 1.5, 2.5, 0.125, 0.375, 0.25, 0.75, 1.05, 999.95, 1_000, 1_234.5, 1_000_000)
    for language in languages:
        yield from ([language, "number", n, digits] for n in numbers for digits in (0, 1, 2))
    for _ in range(60):
        value = round(10 ** r.uniform(-2, 6), r.choice((1, 2, 3)))
        yield [r.choice(languages), r.choice(("length", "area")), value, None]


def _choices(choose: _Chooser) -> tuple[str, str]:
    boundaries = [b.id for b in choose.atlas.boundaries]
    return (
        choose.random.choice([boundaries[0], *boundaries]),
        choose.random.choice(["memorandum", "memorandum", "arrangement"]),
    )


def _about(choose: _Chooser, extent: Any) -> tuple[float, float]:
    return choose.near(extent, choose.random.choice([0.0005, 0.01, 0.1, 0.5]))


def _share_questions(choose: _Chooser, count: int) -> Iterator[Row]:
    r = choose.random
    for _ in range(count):
        extent = r.choice(choose.extents)
        radius = r.choice([0, 25_000, round(10 ** r.uniform(0, 5)), round(r.uniform(1, 30_000))])
        estimate = r.choice(list(Estimate)).value
        start = extent.valid_from.isoformat()
        yield [extent.zone, extent.boundary, start, estimate, *_about(choose, extent), radius]


def _settlement_questions(atlas: Atlas) -> Iterator[Row]:
    """Yield exact points about settlements, most of them on the days that change something.

    Those whose holder changed, of every zone; those of which nobody says who held them; points
    where sizes overlap, other published points, and points just within and beyond a size.
    """
    r = random.Random(SEED)  # noqa: S311  (the same each time, not secret)
    ledger, boundaries = atlas.ledger, [b.id for b in atlas.boundaries]
    told = sorted({*ledger.holding_of.tolist()})
    changed = [i for i in told if len(ledger.history(i)) > 1]
    starts = sorted({e.valid_from for e in atlas.extents} | {dt.date(2017, 7, 1)})
    some = [*r.sample(changed, min(260, len(changed))), *r.sample(told, min(260, len(told)))]
    for index in [*some, *r.sample(range(len(ledger)), min(160, len(ledger)))]:
        own = np.flatnonzero(ledger.point_of == index)
        point = int(r.choice([own[0], *own]))
        east, north = r.choice([(0, 0), (0, 0), (r.uniform(-1.1, 1.1), r.uniform(-0.7, 0.7))])
        step = ledger.radius_m[index] / 111_000
        x = round(float(ledger.longitude[point]) + east * step, 6)
        y = round(float(ledger.latitude[point]) + north * step, 6)
        turns = [h.latest for h in ledger.history(index) if h.latest]
        turns += [h.earliest for h in ledger.history(index) if h.earliest]
        for _ in range(3):
            first = r.choice([*turns, *turns, r.choice(starts)])
            first += dt.timedelta(days=r.choice([0, 0, -1, 1, r.randint(-90, 90)]))
            last = first + dt.timedelta(days=r.choice([0, 0, 0, 1, 30, 400]))
            days = (None, None) if r.random() < 0.05 else (first.isoformat(), last.isoformat())
            source = r.choice(["default", "default", "default", "ucdp-ged where_prec 1", "given"])
            basis = r.choice(["memorandum", "memorandum", "arrangement"])
            yield [x, y, source, *days, r.choice([boundaries[0], *boundaries]), basis]


def _clear(atlas: Atlas, rows: list[Row]) -> list[Row]:
    """Return the rows on settlements without those where a share on the brink decides."""
    low, high = (EXPECTED["settlements"].index(name) for name in ("share_low", "share_high"))
    return [
        row
        for row, found in zip(rows, _settlements(atlas, rows), strict=True)
        if not any(_is_on_the_brink(found[k]) for k in (low, high))
    ]


def _is_on_the_brink(share: float | None) -> bool:
    slack = 2 * SHARE_TOLERANCE
    return share is not None and any(abs(share - t) <= slack for t in (INSIDE_SHARE, OUTSIDE_SHARE))


def _plain(atlas: Atlas, rows: list[Row]) -> list[Row]:
    """Return the rows without those where a share on the brink decides.

    Two right engines may differ there: in the last digit kept of a share.
    """
    kept = []
    for row, found in zip(rows, _verdicts(atlas, rows), strict=True):
        brink = _is_on_the_brink(found[5]) or _is_on_the_brink(found[7])
        if not (brink and row[2]):
            kept.append(row)
    return kept


def _record_questions(atlas: Atlas, choose: _Chooser) -> Iterator[Row]:
    """Yield questions of as many sorts as there are, each in every language."""
    drawn = [
        [*choose.point(), choose.radius() or 0, *choose.days(), *_choices(choose)]
        for _ in range(2_500)
    ]
    drawn = [row for row in _plain(atlas, drawn) if row[3] is None or row[4] < "2025"]
    seen: dict[Any, int] = {}
    languages = atlas.meta.languages
    for row, found in zip(drawn, _verdicts(atlas, drawn), strict=True):
        sort = (found[0], found[2], found[3], found[10], bool(row[2]), row[3] == row[4])
        at = seen[sort] = seen.get(sort, -1) + 1
        if at >= (2 if len(seen) < 60 else 1):
            continue
        longitude, latitude, radius, first, last, boundary, basis = row
        date = first if first == last or first is None else f"{first}/{last}"
        position = f"{latitude} {longitude}"
        for language in languages if len(seen) < 40 and at == 0 else languages[len(seen) % 4 :][:1]:
            yield [position, date, radius, boundary, basis, language]
    odd = [
        [None, "2018-03", None],
        ["37S BV 8645 7920", "2018-03", None],
        ["8G8RWJJM+6H", "2017", "2km"],
        ["geo:35.9306,36.6339;u=3000", "2017-10-01", None],
        ["٣٥٫٩٣ شمال ٣٦٫٦٣ شرق", "١ آب ٢٠١٨", None],
        ["35 55 50 N 36 38 02 E", "2018-02-01/2018-02-28", "1250m"],
        ["35.0, 38.0", "2018-05-05", None],
        ["36.2, 37.16", None, "30km"],
        ["35.9306, 36.6339", "2018-03", "0.4m"],
        ["{latitude}, {longitude}", "2018-03", "4m"],
    ]
    vertex = next(e for e in choose.extents if e.id == "idlib/line/2018-02-15").best
    longitude, latitude = shapely.get_coordinates(vertex)[100].round(5).tolist()  # metres off
    for position, date, radius in odd:
        if position is not None:
            position = position.format(latitude=latitude, longitude=longitude)
        for language in languages:
            yield [position, date, radius, None, "memorandum", language]


def _swap_questions(choose: _Chooser) -> Iterator[Row]:
    """Yield points either way round: of the country, near where they fit both ways, and abroad."""
    r = choose.random
    for _ in range(60):
        longitude, latitude = choose.point()
        yield [longitude, latitude]
        yield [latitude, longitude]
    for _ in range(120):  # about the diagonal, where the country lies on both sides
        x = r.uniform(35.6, 37.4)
        yield [round(x, 6), round(x + r.gauss(0, 0.15), 6)]
    yield from ([36.0, 36.01], [36.3, 36.3], [0, 0], [90, 36], [36.2, 95], [-36.2, 36.6])


_POINTS = ((35.9306, 36.6339), (33.51, 36.29), (34.7308, 36.7094), (32.6189, 36.1021), (-4.5, 9.25))
_NOISE = " ,.;/|°'\"NSEWnsewdmشقجغKBDG-+−0123456789٣٫،:()[]="


def _dms(value: float, marks: str) -> str:
    minutes, seconds = divmod(round(abs(value) * 3600), 60)
    degrees, minutes = divmod(minutes, 60)
    return marks.format(degrees, minutes, seconds)


def _written(choose: _Chooser) -> Iterator[str]:
    """Yield positions in every notation."""
    r = choose.random
    points = [*_POINTS, *(choose.anywhere()[::-1] for _ in range(4))]
    marks = ("{}°{}'{}\"", "{} {} {}", "{}°{:02d}′{:02d}″", "{}d{}m{}s", "{}:{:02d}:{:02d}")
    pairs = (("N", "S", "E", "W"), ("ش", "ج", "ق", "غ"), ("с.ш.", "ю.ш.", "в.д.", "з.д."))
    arabic = str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")
    for latitude, longitude in points:
        digits = r.choice([2, 4, 5, 6])
        a, b = f"{latitude:.{digits}f}", f"{longitude:.{digits}f}"
        for between in (" ", ", ", ",", "; ", "/", "  ;"):
            yield a + between + b
        yield f"{a.replace('.', ',')} {b.replace('.', ',')}"
        yield f"{a.replace('.', ',')}; {b.replace('.', ',')}"
        yield f"{a} {b}".translate(arabic)
        yield f"lat: {a} lon: {b}"
        yield f"longitude={b}, latitude={a}"
        yield f"[{b}, {a}]"
        yield f"POINT ({b} {a})"
        yield f"SRID=4326;POINT Z({b} {a} 310)"
        yield f"geo:{a},{b};u=35"
        yield json.dumps({"type": "Point", "coordinates": [float(b), float(a)]})
        yield f"{latitude:+08.4f}{longitude:+09.4f}/"
        north, south, east, west = r.choice(pairs)
        for mark in marks:
            one = f"{_dms(latitude, mark)} {north if latitude >= 0 else south}"
            two = f"{_dms(longitude, mark)} {east if longitude >= 0 else west}"
            yield f"{one} {two}"
            yield f"{two}, {one}"
            yield f"{_dms(latitude, mark)} {_dms(longitude, mark)}"
    for zone in (36, 37, 38, 5, 1):
        for band in "SNTXCR":
            for square in ("BV", "YE", "CA", "LU"):
                if r.random() < 0.35:
                    easting, northing = r.randrange(100_000), r.randrange(100_000)
                    yield f"{zone}{band} {square} {easting:05d} {northing:05d}"
                    yield f"{zone}{band}{square}{easting // 1000:02d}{northing // 1000:02d}"
        yield f"UTM {zone} north {r.randrange(100_000, 900_000)} {r.randrange(0, 9_000_000)}"
        yield f"{zone}R {r.randrange(100_000, 900_000)}E {r.randrange(2_700_000, 3_500_000)}N"
        yield f"EPSG:32{r.choice('67')}{zone:02d} {r.randrange(100_000, 900_000)} 3_980_000"
    for _ in range(12):
        code = "".join(r.choice("23456789CFGHJMPQRVWX") for _ in range(r.choice([10, 11, 12])))
        yield f"{code[:8]}+{code[8:]}"


def _mutated(choose: _Chooser, texts: list[str], noise: str, count: int) -> Iterator[str]:
    """Yield texts with a character or two put in, taken out or changed."""
    r = choose.random
    for _ in range(count):
        letters = list(r.choice(texts))
        for _ in range(r.choice([1, 1, 2])):
            at = r.randrange(len(letters) + 1)
            letters[at : at + r.choice([0, 1])] = r.choice([[], [r.choice(noise)]])
        yield "".join(letters)


def _kept(name: str) -> list[dict[str, Any]]:
    """Return the readers' own vectors."""
    tables = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return [row for table in tables.values() for row in table if isinstance(row.get("text"), str)]


# Signs that some engine takes for a letter or a digit: by folding case (the kelvin sign for K, the
# long s for S, the dotless and the dotted i), by what they are composed of, or as numbers.
_MISTAKEN = {
    "k": "\u212a", "s": "\u017f", "i": "\u0131\u0130", "a": "\u212b\uff41", "n": "\u0149\uff2e",
    "m": "\u217f", "c": "\u217d", "2": "\u00b2\u2461\u0968", "1": "\u2160\u00bd", "в": "\u1c80",
}  # fmt: skip


def _mistaken(texts: Iterable[str]) -> Iterator[str]:
    """Yield texts with each of their letters in turn as another sign that folds like it."""
    for text in texts:
        for at, letter in enumerate(text):
            for other in _MISTAKEN.get(letter.lower(), ""):
                yield text[:at] + other + text[at + 1 :]


def _position_questions(choose: _Chooser) -> Iterator[Row]:
    kept = [row["text"] for row in _kept("coordinates.json") if len(row["text"]) < 300]
    written = list(dict.fromkeys([*kept, *_written(choose)]))
    for text in written:
        yield [text, None]
    for text in choose.random.sample(written, 40):
        yield [text, choose.random.choice([".", ","])]
    for text in dict.fromkeys(_mutated(choose, written, _NOISE, 420)):
        yield [text, None]
    plain = (
        *(
            "37SCA5043012345",
            "37 s ka 50",
            "UTM 37 south 286000 3980000",
            "geo:35.9,36.6;crs=wgs84",
        ),
        *("POINT (36.6 35.9)", "8G7RWJJM+6C", "35.9 K 36.6 D", "35.9 south, 36.6 east"),
        *("35 min 55", "enlem 35.9 boylam 36.6", "36.2 в.д. 35.9 с.ш.", "35.9 güneyi 36.6 doğusu"),
    )
    for text in _mistaken(plain):
        yield [text, None]


def _pair_questions(choose: _Chooser) -> Iterator[Row]:
    cells: list[tuple[Any, Any]] = [
        (35.9306, 36.6339),
        (95.0, 36.0),
        ("35.9306", "36.6339"),
        ("35,9306", "36,6339"),
        ("35,55", "36,38"),
        ("35,55", "36,6339"),
        ("35 55 50 N", "36 38 02 E"),
        ("36.6 E", "35.9 N"),
        ("٣٥٫٩٣", "٣٦٫٦٣"),
        ("", "36.6"),
        ("35.9", "n/a"),
        (" 35.9 ", "36.6\u200f"),
        ("35°55'50\"", "36°38'02\""),
        ("-35.9 S", "36.6"),
        ("lat 35.9", "lon 36.6"),
        ("35.93 K", "36.63 D"),
        ("136.5", "36.6"),
    ]
    for latitude, longitude in cells:
        for decimal in (None, ",", "."):
            yield [latitude, longitude, decimal]
    texts = [text for pair in cells for text in pair if isinstance(text, str) and text]
    for text in _mutated(choose, texts, _NOISE, 120):
        yield [text, "36.6339", None]


def _date_questions(choose: _Chooser) -> Iterator[Row]:
    r = choose.random
    kept = [row for row in _kept("dates.json") if len(row["text"]) < 150]
    for row in kept:
        yield [row["text"], row.get("order")]
    written: list[str] = []
    for code in choose.atlas.meta.languages:
        words = choose.atlas.words(code)
        for table in ("months", "months_alt", "months_alone"):
            for entry in words.get(table, ()):
                for name in (entry,) if isinstance(entry, str) else entry:
                    day, year = r.randrange(1, 32), r.randrange(2011, 2026)
                    written.append(
                        r.choice(
                            [
                                f"{day} {name} {year}",
                                f"{name} {year}",
                                f"{name} {day}, {year}",
                                f"{year} {name} {day}",
                                f"{day}-{name}-{year}",
                                name.upper(),
                            ]
                        )
                    )
    for _ in range(160):
        day = dt.date(2011, 1, 1) + dt.timedelta(days=r.randrange(5_500))
        hour, minute = r.randrange(24), r.randrange(60)
        zone = r.choice(["", "Z", "+03:00", "-0800", " UTC", "+00", " GMT+2", "+02:30"])
        written.append(
            r.choice(
                [
                    day.isoformat(),
                    f"{day:%Y-%m}",
                    f"{day:%Y%m%d}",
                    f"{day:%d/%m/%Y}",
                    f"{day:%m/%d/%Y}",
                    f"{day:%d.%m.%Y}",
                    f"{day:%Y/%m/%d}",
                    f"{day.isoformat()}T{hour:02d}:{minute:02d}:00{zone}",
                    f"{day.isoformat()} {hour:02d}:{minute:02d}{zone}",
                    f"{day:%d/%m/%Y} {hour % 12 + 1}:{minute:02d} {r.choice(['am', 'PM', 'p.m.'])}",
                    f"{day.isoformat()}/{(day + dt.timedelta(days=r.randrange(90))).isoformat()}",
                    f"{day:%Y-%m}..{day.year}-12",
                    f"{day:%d.%m.%y}",
                    str(r.randrange(40_000, 46_000)),
                    str(r.randrange(1_400_000_000, 1_600_000_000)),
                ]
            )
        )
    for text in dict.fromkeys(written):
        yield [text, r.choice([None, None, "dmy", "mdy"])]
    noise = " -/.,:T0123456789٣٤ nainisмайшубاط()"
    for text in dict.fromkeys(_mutated(choose, [*written, *(k["text"] for k in kept)], noise, 300)):
        yield [text, None]
    plain = ("12 Mart 2018", "21 Kasım 2017", "1 kis 2018", "2018-12-01 10:00 am", "1 січня 2018")
    for text in _mistaken((*plain, "7 августа 2018", "December 12th 2018", "1900-01-01T00:30+05")):
        yield [text, None]
    yield ["1900-01-01T00:30+14:00", None]


_PLACES = (
    *("Khan Sheikhoun", "Chan Schaichun", "Хан-Шейхун", "Han Şeyhun", "İDLİB", "Douma", "الجديدة"),
    *("Saraqib - Idlib", "Idlib / Khan Sheikhoun", "Idlib, Saraqib", "Kafranbel / Kafr Nabl"),
    *("Kafr Nabl or Kafranbel", "outskirts of Saraqib", "محيط سراقب", "окрестности Саракиб"),
    *("between Saraqib and Khan Sheikhoun", "بين سراقب و معرة النعمان", "between Idlib and Zzyzx"),
    *("C3871", "C99999", "N0163", "Khan Sheikhoun, Idlin", "Sarmada, محافظة ادلب", "Dana, Idlib"),
    *("Ghariyah al-Sharqiyah, Daraa", "Little Orm, Aleppo", "Al-Zof (al-Foz) camp", "عزالدين"),
    *("Hamouriya, Damascus", "Mydanke", "ميدانكي", "Şiyê", "عقيربات حماده عمر", "Khattab Hama"),
    *(
        "Tal Amara and Hawa, Idlib",
        "Saraqib and Douma",
        "بعدينو٫ راجو",
        "البدرية, SY0701",
        "الجابرية",
    ),
)


def _place_questions(atlas: Atlas, choose: _Chooser) -> Iterator[Row]:
    """Yield names of the atlas in every script, with what people change in them, and others."""
    r = choose.random
    written: list[str] = []
    ledger = atlas.ledger
    for at in r.sample(range(len(ledger)), k=400):
        if not (names := ledger.names[at]):
            continue
        units = [unit.name for unit in ledger.settlement(at).admin]
        written += r.sample(names, k=min(len(names), 2))
        if units and r.random() < 0.3:
            written.append(f"{r.choice(names)}, {r.choice(units)}")
        if units and r.random() < 0.1:
            written.append(f"{r.choice(names).upper()} ({units[0]})")
    written += _PLACES
    written += [
        "ar-Rayhan, Eastern Ghouta",
        "Hamouriyah (Eastern Ghouta)",
        "حمورية، الغوطة الشرقية",
    ]
    written += [
        "Eastern Ghouta, Saqba",
        "Rasm al-Abed, southern Idlib countryside",
        "Houla, Mars",
        "Nawa, Hauran",
        "Taldou, Houla",
        "Marj, Latakia",
    ]
    odd = ["", " ", "Atlantis", "x" * 300, "al", "town", "Idlib, Mars", "Hama (", "12"]
    odd += ["kafr al " * 20, "al" * 90, "b" * 60, "bd" * 31, "between Saraqib and " + "bd" * 31]
    odd += [" or ".join(["Saraqib"] * 4), " / ".join(["Saraqib"] * 5), "Saraqib, " * 20]
    noise = " -'aeiouhkqyاةهىي"
    for name in dict.fromkeys([*written, *odd, *_mutated(choose, written, noise, 250)]):
        yield [name]
    plain = ("Khan Sheikhoun", "Binnish", "Saraqib, Idlib", "Area 12")
    marked = (
        "Idlib²",
        "Idlib2",
        "Homs①",
        "مزة ٨٦",
        "إدلب²",
        "①إدلب",
        "Haratanŉ",
        "Binniẚsh",
        "Maßyaf",
        "Ⅷ Idlib",
        "إدلب १",
    )
    for name in (*_mistaken(plain), *marked):
        yield [name]


_RADII: tuple[Any, ...] = (
    *("2km", "500 m", "0", "25", "1.5 KM", "٢ كم", "3 км", "100km", "100.001 km", "-5 m", "2 mi"),
    *("", "m", "1e3", "1,5 km", "0.5", "12 م", "70 М", 0, 250, 100_000, 100_001, -1, 12.5),
    *("2 \u212am", "2 k\u217f", "2 \u217f", "²km", "2² m", "1e-9", 1e-9, "0.000000001", 1e-5),
)


# -- writing ------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def shipped() -> Atlas:
    return read_atlas(None)


def to_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def atlas_text(atlas: Atlas) -> str:
    """Return the atlas as the engine reads it; the name of this copy's software is left out."""
    return to_text({**engine_atlas(atlas), "software": "dezone"}) + "\n"


def vectors_text(atlas: Atlas) -> str:
    """Return the vectors as JSON, one row a line."""
    tables = []
    for kind, given in questions(atlas):
        rows = [
            to_text([*row, *found])
            for row, found in zip(given, answer(atlas, kind, given), strict=True)
        ]
        head = to_text(
            {
                "given": GIVEN[kind],
                "expected": EXPECTED[kind],
                "tolerances": TOLERANCES.get(kind, {}),
            }
        )
        lines = ",\n".join(dict.fromkeys(rows))
        tables.append(f'"{kind}":{head[:-1]},"rows":[\n{lines}\n]}}')
    body = ",\n".join(tables)
    return (
        f'{{"atlas_version":"{atlas.version}","atlas_sha256":"{atlas.sha256}","tables":{{\n'
        f"{body}\n}}}}\n"
    )


def main() -> None:
    """Write the files beside this script."""
    atlas = shipped()
    ATLAS.write_text(atlas_text(atlas), encoding="utf-8", newline="\n")
    VECTORS.write_text(vectors_text(atlas), encoding="utf-8", newline="\n")
    READINGS.write_text(readings_text(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
