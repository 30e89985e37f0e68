"""Settlements that rows name, or give the P-code of, told apart by their admin units."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from geodata import grammar
from geodata.columns.cells import Bools, Distinct, Floats, Ints, distinct, texts
from geodata.columns.incidents import AREA
from geodata.columns.named.areas import find_area, lies_in, look_up, spelt_codes
from geodata.columns.plan import Refused
from geodata.errors import CoordinateError, PlaceError, UnknownPlaceError
from geodata.findings import Log, Severity
from geodata.schema import Area
from geodata.text.coordinates import read_position
from geodata.text.names import Found, Place, gazetteer_of
from geodata.text.phrases import DASH, SURE
from geodata.text.repairs import clean_text, quote
from geodata.text.sounds import read_spelling

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.columns.mapping import ColumnMapping
    from geodata.columns.plan import Plan
    from geodata.columns.where import Where

RELATIONS = ("around", "between", AREA)
"""Where the extent of an area comes from that is said by the names of places."""

_LIMITS: dict[str, int] = grammar.load("limits")["names"]
_RULE: dict[str, Any] = grammar.load("sounds")["rule"]
_ROLES = ("place_code", "place", "subdistrict", "district", "governorate")


@dataclass
class Named:
    """What the names of n rows were taken for.

    Attributes
    ----------
    settlement : (n,) int32
        Position in the ledger; -1 where a row names none.
    shared : (n,) int32
        Position in `candidates` of the places that share the name; -1 where one is meant, or none.
    area : (n,) int32
        Position in the plan's polygons of an area of the atlas, or of an admin unit that is named
        as such; -1 where a row names none.
    candidates : list of tuple of Place
        Each different set of places once.
    elsewhere : list of (rows, Found)
        Rows whose position lies elsewhere than the name beside it.
    """

    settlement: npt.NDArray[np.int32]
    shared: npt.NDArray[np.int32]
    area: npt.NDArray[np.int32]
    candidates: list[tuple[Place, ...]] = field(default_factory=list)
    elsewhere: list[tuple[Ints, Found]] = field(default_factory=list)

    @property
    def is_shared(self) -> Bools:
        """Which rows have a name that several places share."""
        return np.asarray(self.shared >= 0)


def settlements_of(batch: pa.RecordBatch, plan: Plan, log: Log, where: Where) -> Named:
    """Look up what rows name, each different name once; `where` is filled in.

    A position goes before a code, and that before a name. The names or codes of governorate,
    district and sub-district in the same row narrow both.
    """
    n = batch.num_rows
    none = np.full(n, -1, dtype=np.int32)
    found = Named(none, none.copy(), none.copy())
    mapping = plan.mapping
    columns = {role: getattr(mapping, role) for role in _ROLES if getattr(mapping, role)}
    if not columns.keys() & {"place", "place_code"}:
        return found
    placed = np.isfinite(where.longitude) & ((where.longitude != 0) | (where.latitude != 0))
    if not _is_stated(mapping):
        _doubt_far(batch, plan, log, where, placed & ~where.missing)
        placed = np.zeros(n, dtype=bool)
    rows = np.flatnonzero(where.missing | placed)
    if not rows.size:
        return found
    odd = distinct(tuple(texts(batch.column(name)) for name in columns.values()), rows)
    unknown = 0
    plain: list[tuple[int, Place]] = []
    beside = bool(placed.any())
    for i, value in enumerate(odd.values):
        cells = value if isinstance(value, tuple) else (value,)
        said = {role: clean_text(cell or "")[0] for role, cell in zip(columns, cells, strict=True)}
        name = said.get("place_code") or said.get("place")
        if name:
            role = "place_code" if said.get("place_code") else "place"
            answer = _answer(name, said, plan, role, unknown)
            if not beside and isinstance(answer, Found) and answer == Found(answer.places[:1]):
                plain.append((i, answer.places[0]))
                continue
            unknown += sum(map(len, said.values())) if isinstance(answer, Refused) else 0
            named = odd.of(i)
            placed_so = named[placed[named]]
            if placed_so.size:
                _compare(name, role, answer, plan, log, where, found, placed_so)
            if placed_so.size < named.size:
                _place(name, role, answer, plan, log, where, found, named[~placed[named]])
    if plain:
        _place_plainly(plain, odd, where, found)
    return found


def _place_plainly(
    plain: list[tuple[int, Place]], odd: Distinct, where: Where, found: Named
) -> None:
    """Fill in the places of rows that have no position and name one place, all at once."""
    which = np.array([i for i, _ in plain], dtype=np.int64)
    count = odd.starts[which + 1] - odd.starts[which]
    chosen = np.zeros(len(odd.starts) - 1, dtype=bool)
    chosen[which] = True
    rows = odd.rows[np.repeat(chosen, np.diff(odd.starts))]
    where.longitude[rows] = np.repeat([place.longitude for _, place in plain], count)
    where.latitude[rows] = np.repeat([place.latitude for _, place in plain], count)
    found.settlement[rows] = np.repeat([place.settlement for _, place in plain], count)
    where.missing[rows] = False


def _is_stated(mapping: ColumnMapping) -> bool:
    """Tell whether somebody said that the names are the places of the rows.

    A column that is merely called so can hold the name of a district town beside each position.
    """
    roles = ("place", "place_code")
    return not any(one.role in roles and one.why != "stated" for one in mapping.choices)


def _doubt_far(batch: pa.RecordBatch, plan: Plan, log: Log, where: Where, placed: Bools) -> None:
    """Warn of rows whose position is very far from every place that is spelt like their name."""
    gazetteer = gazetteer_of(plan.ledger)
    for role in ("place", "place_code"):
        column = getattr(plan.mapping, role)
        odd = distinct((texts(batch.column(column)),) if column else (), np.flatnonzero(placed))
        for i, name in enumerate(odd.values if column else ()):
            if not name or not (places := gazetteer.spelt_so(name)):
                continue
            far = _beyond(places, plan, where, odd.of(i))
            if far.size:
                far = _beyond(gazetteer.similar(name), plan, where, far)
            why = f"the position counts; this name is known elsewhere: {_listed(tuple(places))}"
            log.note(Severity.WARNING, "name-elsewhere", column, name, why, far)


def _beyond(places: list[Place], plan: Plan, where: Where, rows: Ints) -> Ints:
    """Return the rows whose position is very far from each place.

    A city may stand for its governorate.
    """
    for place in places:
        limit = _RULE["far_of_city_m" if _is_city(plan, place) else "far_m"]
        rows = rows[_metres(place, where.longitude[rows], where.latitude[rows]) > limit]
    return rows


def _is_city(plan: Plan, place: Place) -> bool:
    ledger = plan.ledger
    return place.settlement >= 0 and ledger.kinds[ledger.kind[place.settlement]] == "city"


def _metres(place: Place, longitude: Floats, latitude: Floats) -> Floats:
    """Return the distances of points from a place, on the sphere of `metres_apart`."""
    x, y = np.radians(longitude), np.radians(latitude)
    u, v = np.radians(place.longitude), np.radians(place.latitude)
    half = np.sin((v - y) / 2) ** 2 + np.cos(y) * np.cos(v) * np.sin((u - x) / 2) ** 2
    return np.asarray(2 * 6_371_000.0 * np.arcsin(np.minimum(1.0, np.sqrt(half))))


_ANY_SIGN = re.compile(f"{SURE.pattern}|{DASH.pattern}")


def _answer(
    name: str, said: dict[str, str], plan: Plan, role: str, unknown: int
) -> Found | Area | Refused:
    """Return what a name was taken for, or why it was not.

    The more letters of a batch are of names that are `unknown`, the less is done for the next: the
    nearest places are listed at first; and after very many, a name that is spelt as no place is,
    is not compared with all.
    """
    # The widest first: each narrows what the others leave.
    units = tuple(
        said[level] for level in ("governorate", "district", "subdistrict") if level in said
    )
    gazetteer = gazetteer_of(plan.ledger)
    suggested, compared = unknown < _LIMITS["suggested"], unknown < _LIMITS["compared"]

    def answer() -> Found | Area:
        if _is_position(name):
            column = quote(getattr(plan.mapping, role))
            raise PlaceError(
                f"expected the name of a place, found coordinates ({quote(name)}); state "
                f"position = {column} in a mapping file."
            )
        if not compared and role == "place":
            unlike = () if _is_spelt(name, plan) else (name,)
            for text in (*unlike, *(unit for unit in units if not gazetteer.units.is_spelt(unit))):
                raise PlaceError(
                    "expected a name as the ledger spells it, after thousands of others that are "
                    f"of no known place, found {quote(text)}; correct it, or give coordinates"
                )
        if area := _area(name, units, plan):
            return area
        if role == "place_code":
            return gazetteer.look_up(name)
        try:
            return look_up(plan.named_areas, gazetteer, name, within=units)
        except UnknownPlaceError as error:
            if suggested:
                raise
            raise PlaceError(error.brief) from None

    return plan.memo.recall(("settlement", role, name, units, suggested, compared), answer)


def _area(name: str, units: tuple[str, ...], plan: Plan) -> Area | None:
    """Return the area that a name means; where a settlement has it, too, the units may decide."""

    def found(text: str) -> Area | None:
        return find_area(plan.named_areas, gazetteer_of(plan.ledger), text, lambda: plan.outline)

    try:
        return found(name)
    except PlaceError:
        if not units:
            raise
        return found(", ".join((name, *units)))


def _is_spelt(name: str, plan: Plan) -> bool:
    """Tell whether a text or a part of it is spelt as a place or an area of the atlas is."""
    areas = plan.memo.recall(("codes", "areas"), lambda: spelt_codes(plan.named_areas))
    assert not isinstance(areas, Refused)  # noqa: S101  (no text is read)
    gazetteer = gazetteer_of(plan.ledger)
    return any(
        gazetteer.spelt_so(part) or not areas.isdisjoint(read_spelling(part).codes)
        for part in dict.fromkeys((name, *_ANY_SIGN.split(name)))
    )


def _is_position(name: str) -> bool:
    if not any(sign.isdigit() for sign in name):
        return False
    try:
        read_position(name)
    except CoordinateError:
        return False
    return True


def _compare(
    name: str,
    role: str,
    answer: Found | Area | Refused,
    plan: Plan,
    log: Log,
    where: Where,
    found: Named,
    rows: Ints,
) -> None:
    """Warn of rows whose position lies elsewhere than their name, or whose name nobody knows."""
    column = getattr(plan.mapping, role)
    if isinstance(answer, Refused):
        log.note(Severity.WARNING, "unknown-name", column, name, answer, rows)
        return
    x, y = where.longitude[rows], where.latitude[rows]
    if isinstance(answer, Area):
        far, meant = rows[~lies_in(answer, x, y)], answer.name["en"]
    else:
        here = [answer.lies_at(*point) for point in zip(x.tolist(), y.tolist(), strict=True)]
        far, meant = rows[~np.array(here)], _listed(answer.places)
        if far.size and not answer.shared:
            found.elsewhere.append((far, answer))
    why = f"the position counts; the name was taken for {meant}, which lies elsewhere"
    log.note(Severity.WARNING, "name-elsewhere", column, name, why, far)


def _place(
    name: str,
    role: str,
    answer: Found | Area | Refused,
    plan: Plan,
    log: Log,
    where: Where,
    found: Named,
    rows: Ints,
) -> None:
    """Fill in the places of rows that have no position."""
    column = getattr(plan.mapping, role)
    if isinstance(answer, Area):
        assert plan.units is not None  # noqa: S101  (the file has a column of names)
        (found.area[rows],) = plan.units.codes[AREA, answer.id]
        where.missing[rows] = False
        return
    if isinstance(answer, Refused):
        where.unreadable[rows], where.missing[rows] = True, False
        log.note(Severity.REFUSAL, "unknown-place", column, name, answer, rows)
        return
    if answer.shared:
        if answer.places not in found.candidates:
            found.candidates.append(answer.places)
        found.shared[rows] = found.candidates.index(answer.places)
        why = "several places share this name: " + _listed(answer.places)
        log.note(Severity.WARNING, "name-shared", column, name, why, rows)
        return
    longitude, latitude, radius = answer.area
    where.longitude[rows], where.latitude[rows] = longitude, latitude
    where.missing[rows] = False
    if answer.relation == "at":
        found.settlement[rows] = answer.places[0].settlement
    else:
        before: Any = where.notation.get(answer.relation, rows[:0])
        where.notation[answer.relation] = np.concatenate([before, rows])
        where.extent_m[rows] = radius
    if answer.passed_over:
        why = f"taken for {answer.places[0]}; others of this name: {_listed(answer.passed_over)}"
        log.note(Severity.WARNING, "namesakes", column, name, why, rows)


_MOST_LISTED = 6


def _listed(places: tuple[Place, ...]) -> str:
    listed = "; ".join(f"{place.id} {place}" for place in places[:_MOST_LISTED])
    return listed + (f" and {more} more" if (more := len(places) - _MOST_LISTED) > 0 else "")
