"""What would change a verdict. Every alternative is assessed, never estimated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, count
from typing import Any

import msgspec
import numpy as np

from dezone.cite.history import write_history
from geodata.atlas import Atlas
from geodata.columns.incidents import AREA, NO_DAY, SETTLEMENT, Incidents, PlaceType
from geodata.columns.named.areas import polygon_of
from geodata.schema import Estimate
from geodata.text.names import Place, gazetteer_of
from zones.arrays import Array
from zones.calendar import Basis, Time, day_number, day_of
from zones.incident import area_named
from zones.record import Record, assess_names
from zones.sentence import fill, say_days, say_length, say_number, say_place
from zones.space import Space
from zones.verdict import VERDICTS, Assessor, Verdict, assessor_of

FARTHEST_M = 100_000.0
"""The longest move that is tried in search of another verdict."""

_TURN = 4.0  # degrees between the directions tried first
_DIRECTIONS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
_NEAR_M = 0.5  # a threshold is found to half a metre
_UNDATED_RUNS = 6


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that was tried, and the verdict it leads to.

    `kind` is `move`, `earlier`, `later`, `date`, `boundary`, `basis` or `radius`. Lengths are
    metres, `bearing` degrees clockwise from north; `latitude` and `longitude` are where the
    moved incident would lie. `verdict` is what is assessed for exactly the values stated here.
    """

    kind: str
    verdict: str
    sentence: str
    same: bool = False
    distance_m: int | None = None
    bearing: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    days: int | None = None
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    boundary: str | None = None
    basis: str | None = None
    radius_m: int | None = None


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A record, the changes that were found, and what is said about those that were not.

    `history` tells who held the settlement that is the place, after a heading; empty for none.
    """

    record: Record
    heading: str
    changes: list[Change]
    sentences: list[str]
    tried: str
    history: list[str] = []

    def to_json(self) -> str:
        """Return the explanation as JSON with a final newline."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode() + "\n"


def explain(
    record: Record, atlas: Atlas, *, language: str, coarsest_radius_m: float | None = None
) -> Explanation:
    """Return what would change the verdict of a record, and what would not.

    Parameters
    ----------
    record
        Of `zones.check`, with the same atlas.
    language
        Of the sentences.
    coarsest_radius_m
        As the record was made with; the atlas's own where None.
    """
    search = _Search(record, atlas, atlas.words(language), language, coarsest_radius_m)
    found = [item for item in search.run() if item is not None]
    words = search.words["explain"]
    return Explanation(
        record=record,
        history=[]
        if record.settlement is None
        else write_history(atlas, record.settlement, language),
        heading=words["heading"],
        changes=[item for item in found if isinstance(item, Change)],
        sentences=[item.sentence if isinstance(item, Change) else item for item in found],
        tried=fill(
            words["tried"],
            {
                "limit": say_length(search.words, FARTHEST_M),
                "count": f"{360 / _TURN:.0f}",
                "radius": say_length(search.words, search.assessor.coarsest_radius_m),
            },
        ),
    )


class _Search:
    """A search for other verdicts, which assesses the incident of a record many times."""

    def __init__(
        self,
        record: Record,
        atlas: Atlas,
        words: Mapping[str, Any],
        language: str,
        coarsest_radius_m: float | None,
    ) -> None:
        self.record = record
        self.atlas = atlas
        self.words = words
        self.language = language
        self.coarsest_radius_m = coarsest_radius_m
        self.assessor = assessor_of(atlas, record.boundary, Basis(record.basis), coarsest_radius_m)
        self.geod = self.assessor.grounds.plane.geod
        self.first = NO_DAY if record.first_day is None else day_number(record.first_day)
        self.last = NO_DAY if record.last_day is None else day_number(record.last_day)
        self.now = VERDICTS.index(Verdict(record.verdict))
        # The places that share the name, where none of them was chosen.
        self.sharing: tuple[Place, ...] = ()
        ids = record.candidates if record.latitude is None else ()
        if all(one in atlas.ledger for one in ids):
            gazetteer = gazetteer_of(atlas.ledger)
            self.sharing = tuple(gazetteer.look_up(one).places[0] for one in ids)

        name = record.place.gazetteer_id if record.radius_source == AREA and record.place else None
        self.area = None
        if name is not None:
            gazetteer = gazetteer_of(atlas.ledger)
            self.area = atlas.areas.get(name) or area_named(atlas, gazetteer, name)

    def run(self) -> Iterator[Change | str | None]:
        """Yield the changes in order: place, precision, days, boundary and basis."""
        located = self.record.space != Space.UNKNOWN
        if self.sharing:
            yield from self._as_each()
        elif located and self.area is None:
            yield from self._moves()
        if self.record.latitude is not None and "placeholder-location" not in self.record.reasons:
            yield from self._radii()
        elif not located and not self.sharing and self.record.verdict != Verdict.OUTSIDE:
            yield self.words["explain"]["place"]
        if self.record.time != Time.UNKNOWN:
            yield self._shift("earlier", -1)
            yield self._shift("later", 1)
        elif located:
            yield from self._dates()
        if located:
            yield from self._otherwise()

    # -- asking -----------------------------------------------------------------------------

    def _ask(
        self,
        *,
        longitude: Array | float | None = None,
        latitude: Array | float | None = None,
        radius: Array | float | None = None,
        first: Array | int | None = None,
        last: Array | int | None = None,
        assessor: Assessor | None = None,
    ) -> Array:
        """Return the verdicts on the incident with some of its values replaced."""
        record = self.record
        by_default = radius is None and record.radius_source in ("default", SETTLEMENT)
        if by_default:
            radius = 0.0
        values = np.broadcast_arrays(
            np.asarray(_or_nan(record.longitude) if longitude is None else longitude, float),
            np.asarray(_or_nan(record.latitude) if latitude is None else latitude, float),
            np.asarray(_or_nan(record.radius_m) if radius is None else radius, float),
            np.asarray(self.first if first is None else first, np.int64),
            np.asarray(self.last if last is None else last, np.int64),
        )
        flat = [np.ascontiguousarray(np.atleast_1d(v).ravel()) for v in values]
        incidents = Incidents.discs(*flat, radius_source="default" if by_default else "given")
        if record.settlement is not None and longitude is None:
            named = np.full(len(incidents), self.atlas.ledger.index(record.settlement), np.int32)
            incidents = replace(incidents, settlement=named)
        placeholders = [(p.longitude, p.latitude, p.name) for p in self.atlas.meta.placeholders]
        incidents = incidents.settled(self.atlas.ledger, placeholders)
        if self.area is not None:
            kind = np.full(len(incidents), PlaceType.ADMIN_UNIT, dtype=np.uint8)
            unit, units = np.zeros(len(incidents), dtype=np.int32), polygon_of(self.area)
            incidents = replace(incidents, place_type=kind, unit=unit, units=units)
        if self.sharing and longitude is None:
            shared = np.zeros(len(incidents), dtype=np.int32)
            incidents = replace(incidents, shared=shared, candidates=(self.sharing,))
        found, which = assess_names(assessor or self.assessor, incidents)
        verdict = found.verdict if which is None else found.verdict[which]
        return np.asarray(verdict).reshape(values[0].shape)

    def _as_each(self) -> Iterator[str]:
        """Yield what the verdict would be on each of the places that share the name."""
        n = len(self.sharing)
        incidents = Incidents.discs(
            [place.longitude for place in self.sharing],
            [place.latitude for place in self.sharing],
            np.zeros(n),
            np.full(n, self.first),
            np.full(n, self.last),
            radius_source="default",
        )
        named = np.array([place.settlement for place in self.sharing], dtype=np.int32)
        incidents = replace(incidents, settlement=named).settled(self.atlas.ledger)
        for place, code in zip(self.sharing, self.assessor.assess(incidents).verdict, strict=True):
            name = say_place(self.atlas.ledger, place, self.language)
            yield f"{name}: {self.words['verdict'][VERDICTS[int(code)].value]}"

    # -- where ------------------------------------------------------------------------------

    def _moves(self) -> Iterator[Change | str]:
        bearings, seeds = self._nearest_lines()
        rays = np.concatenate([np.arange(0.0, 360.0, _TURN), bearings])
        steps = self._steps(seeds)
        moved = self._moved(rays[:, None], steps[None, :])
        found = []
        for target in range(len(VERDICTS)):
            if target == self.now or VERDICTS[target] is Verdict.UNDETERMINED:
                continue
            hits = moved == target
            rows = np.flatnonzero(hits.any(axis=1))
            if not rows.size:
                continue
            at = hits[rows].argmax(axis=1)
            low = np.where(at > 0, steps[at - 1], 0.0)
            found.append(self._nearest(rays[rows], low, steps[at], target))
        if not found:
            limit = say_length(self.words, FARTHEST_M)
            yield fill(self.words["explain"]["move_none"], {"limit": limit})
        for distance, bearing, target in sorted(found):
            yield self._move(distance, bearing, target)

    def _nearest_lines(self) -> tuple[Array, Array]:
        """Return bearing and distance of the nearest ground surely and possibly in each zone."""
        x, y = np.array([self.record.longitude]), np.array([self.record.latitude])
        found = []
        for (boundary, _), ground in self.assessor.grounds.items():
            if boundary != self.assessor.boundary:
                continue
            for outlines in ground.outlines:
                for estimate in (Estimate.LOW, Estimate.HIGH):
                    metres, near_x, near_y = outlines[estimate].distance(x, y)
                    if np.isfinite(metres[0]) and abs(metres[0]) < FARTHEST_M:
                        bearing, _, away = self.assessor.grounds.plane.geod.inv(
                            x, y, near_x, near_y
                        )
                        found.append((float(bearing[0]) % 360.0, float(away[0])))
        unique = np.array(sorted(set(found)), dtype=float).reshape(-1, 2)
        return unique[:, 0], unique[:, 1]

    def _steps(self, seeds: Array) -> Array:
        """Return the distances to try, close enough that a disc cannot skip a change."""
        radius = self.record.radius_m or 0.0
        even = np.arange(1, 31) * radius / 10 if radius else np.array([])
        coarse = np.geomspace(5.0, FARTHEST_M, 40 if radius else 80)
        steps = np.concatenate([coarse, even, seeds + _NEAR_M])
        return np.unique(steps[steps <= FARTHEST_M])

    def _moved(self, bearing: Array, distance: Array) -> Array:
        longitude, latitude = self._position(bearing, distance)
        return self._ask(longitude=longitude, latitude=latitude)

    def _position(self, bearing: Array, distance: Array) -> tuple[Array, Array]:
        bearing, distance = np.broadcast_arrays(bearing, distance)
        shape = bearing.shape
        x, y, _ = self.geod.fwd(
            np.full(bearing.size, self.record.longitude),
            np.full(bearing.size, self.record.latitude),
            bearing.ravel(),
            distance.ravel(),
        )
        return np.asarray(x).reshape(shape), np.asarray(y).reshape(shape)

    def _nearest(
        self, rays: Array, low: Array, high: Array, target: int
    ) -> tuple[float, float, int]:
        """Return the shortest move that leads to a verdict, and its bearing.

        Bisects along every ray that may still hold the shortest one, then searches between the
        neighbours of the best.
        """
        for spread in (0.0, 1.0, 0.1):
            if spread:
                turn = np.linspace(-_TURN * spread, _TURN * spread, 41)
                rays = (rays + turn) % 360.0
                reach = self._moved(rays, np.full(len(rays), high[0])) == target
                rays, low = rays[reach], np.full(int(reach.sum()), low[0] * 0.9)
                high = np.full(len(rays), high[0])
                low = np.where(self._moved(rays, low) == target, 0.0, low)
            rays, low, high = self._bisect(rays, low, high, target)
        return float(high[0]), float(rays[0]), target

    def _bisect(
        self, rays: Array, low: Array, high: Array, target: int
    ) -> tuple[Array, Array, Array]:
        while True:
            alive = low < high.min() - _NEAR_M / 2
            alive[high.argmin()] = True
            rays, low, high = rays[alive], low[alive], high[alive]
            best = int(high.argmin())
            if (high - low).max() < _NEAR_M:
                return rays[best : best + 1], low[best : best + 1], high[best : best + 1]
            middle = (low + high) / 2
            there = self._moved(rays, middle) == target
            low, high = np.where(there, low, middle), np.where(there, middle, high)

    def _move(self, distance: float, bearing: float, target: int) -> Change:
        bearing = round(bearing, 2)
        metres = next(
            length
            for length in chain((_round_up(distance),), count(int(np.ceil(distance))))
            if self._moved(np.array([bearing]), np.array([float(length)]))[0] == target
        )
        x, y = self._position(np.array([bearing]), np.array([float(metres)]))
        words = self.words["explain"]
        direction = _DIRECTIONS[round(bearing / 45.0) % 8]
        return Change(
            kind="move",
            verdict=VERDICTS[target].value,
            distance_m=metres,
            bearing=bearing,
            longitude=round(float(x[0]), 6),
            latitude=round(float(y[0]), 6),
            sentence=fill(
                words["move"],
                {
                    "distance": self._length(metres),
                    "direction": words["direction"][direction],
                    "verdict": self._verdict(target),
                },
            ),
        )

    # -- how well known ---------------------------------------------------------------------

    def _radii(self) -> Iterator[Change | str]:
        """Find the nearest radius below and above that leads to another verdict."""
        coarsest = self.assessor.coarsest_radius_m
        grid = np.unique(np.concatenate([[0.0], np.geomspace(10.0, coarsest, 240)]))
        own = self.record.radius_m
        if own and self.record.radius_source == SETTLEMENT:
            # It is judged by its holder; as a circle of any size near its own it is another place.
            target = int(self._ask(radius=own))
            if target != self.now:
                yield self._circle(int(own), target, "radius_circle")
                return
        now = coarsest if own is None or own > coarsest else own
        verdicts = self._ask(radius=grid)
        other = verdicts != self.now
        none = True
        for below in (True, False):
            side = grid <= now if below and now != own else (grid < now if below else grid > now)
            rows = np.flatnonzero(side & other)
            if rows.size:
                none = False
                yield self._radius(float(grid[rows[-1 if below else 0]]), now, below=below)
        if none:
            radius = say_length(self.words, coarsest)
            yield fill(self.words["explain"]["radius_none"], {"radius": radius})

    def _radius(self, far: float, near: float, *, below: bool) -> Change:
        target = int(self._ask(radius=far))
        while abs(far - near) > _NEAR_M:
            middle = (far + near) / 2
            if int(self._ask(radius=middle)) == target:
                far = middle
            else:
                near = middle
        exact = range(int(far), -1, -1) if below else count(int(np.ceil(far)))
        lengths = chain((_round_down(far) if below else _round_up(far),), exact)
        metres = next(m for m in lengths if int(self._ask(radius=float(m))) == target)
        return self._circle(metres, target, "radius" if metres else "radius_exact")

    def _circle(self, metres: int, target: int, key: str) -> Change:
        slots = {"radius": self._length(metres), "verdict": self._verdict(target)}
        return Change(
            kind="radius",
            verdict=VERDICTS[target].value,
            radius_m=metres,
            sentence=fill(self.words["explain"][key], slots),
        )

    # -- when -------------------------------------------------------------------------------

    def _shift(self, kind: str, sign: int) -> Change | str:
        """Find the fewest days earlier or later that lead to another verdict."""
        begin, end = self.assessor.calendar.in_force
        most = self.last - begin + 1 if sign < 0 else end - self.first + 1
        shifts = np.arange(1, max(most, 1) + 1) * sign
        verdicts = self._ask(first=self.first + shifts, last=self.last + shifts)
        rows = np.flatnonzero(verdicts != self.now)
        words = self.words["explain"]
        if not rows.size:
            return fill(words[f"{kind}_none"], {"verdict": self._verdict(self.now)})
        shift, target = int(shifts[rows[0]]), int(verdicts[rows[0]])
        first, last = day_of(self.first + shift), day_of(self.last + shift)
        form = words["days"][_plural(words["plural"], abs(shift))]
        return Change(
            kind=kind,
            verdict=VERDICTS[target].value,
            days=abs(shift),
            first_day=first,
            last_day=last,
            sentence=fill(
                words[kind],
                {
                    "count": fill(form, {"count": str(abs(shift))}),
                    "days": say_days(self.words, first, last),
                    "verdict": self._verdict(target),
                },
            ),
        )

    def _dates(self) -> Iterator[Change]:
        """Yield the intervals of days on which a dated report would get another verdict."""
        begin, end = self.assessor.calendar.in_force
        days = np.arange(begin, end)
        verdicts = self._ask(first=days, last=days)
        starts = np.flatnonzero(np.diff(verdicts, prepend=-1))
        stops = np.append(starts[1:], len(days)) - 1
        kept = [
            (int(days[a]), int(days[b]), int(verdicts[a]))
            for a, b in zip(starts, stops, strict=True)
            if verdicts[a] != self.now
        ]
        for first, last, target in kept[:_UNDATED_RUNS]:
            span = day_of(first), day_of(last)
            slots = {"days": say_days(self.words, *span), "verdict": self._verdict(target)}
            yield Change(
                kind="date",
                verdict=VERDICTS[target].value,
                first_day=span[0],
                last_day=span[1],
                sentence=fill(self.words["explain"]["date"], slots),
            )

    # -- by whose line ----------------------------------------------------------------------

    def _otherwise(self) -> Iterator[Change]:
        """Yield the verdict by every other boundary that has ground on the days, and basis."""
        for boundary in self.atlas.boundaries:
            if boundary.id == self.assessor.boundary or boundary.id not in self.record.boundaries:
                continue
            assessor = assessor_of(
                self.atlas, boundary.id, self.assessor.basis, self.coarsest_radius_m
            )
            name = boundary.name[self.language]
            yield self._by("boundary", boundary.id, name, int(self._ask(assessor=assessor)))
        for basis in Basis:
            if basis is self.assessor.basis or self.record.time == Time.UNKNOWN:
                continue
            assessor = assessor_of(
                self.atlas, self.assessor.boundary, basis, self.coarsest_radius_m
            )
            name = self.words["basis"][basis.value]
            yield self._by("basis", basis.value, name, int(self._ask(assessor=assessor)))

    def _by(self, kind: str, value: str, name: str, target: int) -> Change:
        same = target == self.now
        template = self.words["explain"][f"{kind}_same" if same else kind]
        return Change(
            kind=kind,
            verdict=VERDICTS[target].value,
            same=same,
            boundary=value if kind == "boundary" else None,
            basis=value if kind == "basis" else None,
            sentence=fill(template, {kind: name, "verdict": self._verdict(target)}),
        )

    # -- words ------------------------------------------------------------------------------

    def _verdict(self, code: int) -> str:
        word: str = self.words["verdict"][VERDICTS[code].value]
        return word

    def _length(self, metres: int) -> str:
        """Return a length that was already rounded in words; to the metre if it was not."""
        if metres in (_round_up(metres), _round_down(metres)):
            return say_length(self.words, metres)
        value, digits, unit = (metres, 0, "m") if metres < 1_000 else (metres / 1_000, 3, "km")
        return f"{say_number(self.words, value, digits)}\u00a0{self.words['units'][unit]}"


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _unit(metres: float) -> int:
    """Return the step to which `say_length` rounds."""
    return 1 if metres < 9 else 10 if metres < 985 else 100 if metres < 99_900 else 1000


def _round_up(metres: float) -> int:
    unit = _unit(metres)
    return int(np.ceil(metres / unit)) * unit


def _round_down(metres: float) -> int:
    unit = _unit(metres)
    return int(metres // unit) * unit


def _plural(rule: str, count: int) -> str:
    """Return the plural form for a whole number, by Unicode's rules."""
    tens, ones = count % 100, count % 10
    if rule == "arabic":
        if count < 3:
            return ("zero", "one", "two")[count]
        return "few" if 3 <= tens <= 10 else "many" if tens >= 11 else "other"
    if rule == "slavic":
        if ones == 1 and tens != 11:
            return "one"
        return "few" if 2 <= ones <= 4 and not 12 <= tens <= 14 else "many"
    return "one" if count == 1 else "other"
