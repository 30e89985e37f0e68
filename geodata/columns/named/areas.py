"""Areas of the atlas by the names that reports give them: countrysides, mountains, plains."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from geodata.columns.areas import Area as Polygon
from geodata.columns.areas import Areas
from geodata.columns.incidents import AREA
from geodata.covering import covers
from geodata.errors import PlaceError
from geodata.grammar import load
from geodata.ledger import Ledger
from geodata.schema import Area, AreaKind, Confidence, Polygonal
from geodata.text.names import Found, Gazetteer
from geodata.text.phrases import SURE, cleaned, split
from geodata.text.repairs import clean_text, quote
from geodata.text.sounds import Codes, distances, read_spelling, words_of


def find_area(
    areas: Mapping[str, Area],
    gazetteer: Gazetteer,
    text: str,
    outline: Callable[[], Any] = lambda: None,
) -> Area | None:
    """Return the area of an atlas that a text names; None where no area is called so.

    So are a governorate, a district or a sub-district that are named as such (``Harim district``)
    or by their P-code; they end at the country's `outline`, which is asked for when needed. A
    governorate or district may follow after a comma.

    Raises
    ------
    PlaceError
        A settlement is called so, too, and the text does not say ``area`` or ``countryside``.

    Examples
    --------
    >>> from geodata.atlas import read_atlas
    >>> from geodata.text.names import gazetteer_of
    >>> atlas = read_atlas()
    >>> find_area(atlas.areas, gazetteer_of(atlas.ledger), "ريف حماة الشمالي").id
    'north-hama'
    """
    parts = split(SURE, clean_text(text)[0])
    parts = [part for part in parts if not _area_words()[1].issuperset(words_of(part))] or parts
    if len(parts) > load("limits")["names"]["parts"]:
        return None
    if not parts or not all(map(gazetteer.units.find, parts[1:])):
        return None
    asked = parts[0]
    found = [
        areas[name]
        for name in _called(asked, areas)
        if all(_overlaps(gazetteer, areas[name], part) for part in parts[1:])
    ]
    units = () if found else _units_called(gazetteer, asked, parts[1:])
    named = [_area_of_unit(gazetteer.ledger, unit, outline()) for unit in units]
    found = found or named
    if len(found) > 1:
        several = ", ".join(f"{area.id} {area.name['en']}" for area in found)
        raise PlaceError(
            f"expected one area, found {quote(text)}, which several are called: {several}; "
            "write the name in full."
        )
    if not found:
        return None
    if not named and not _says_area(text):
        try:
            places = gazetteer.look_up(text).places
        except PlaceError:
            places = ()
        if places:
            raise PlaceError(
                f"expected one place, found {quote(text)}, which is an area and also "
                f"{'; '.join(f'{place.id} {place}' for place in places[:4])}; write "
                f"{quote(asked + ' area')} for the area, or give the P-code of the settlement."
            )
    return found[0]


def look_up(
    areas: Mapping[str, Area],
    gazetteer: Gazetteer,
    name: str,
    *,
    within: Sequence[str] = (),
    near: tuple[float, float] | None = None,
) -> Found:
    """Return the settlement that a name means, or those that share it, as `Gazetteer.look_up` does.

    An area of the atlas may stand beside the name, too: it is then looked for in the sub-districts
    that the area has settlements of. An admin unit elsewhere that has the area's name counts, too
    (``Taldou, Houla``); an area goes before a unit that only sounds alike.

    Examples
    --------
    >>> from geodata.atlas import read_atlas
    >>> from geodata.text.names import gazetteer_of
    >>> atlas = read_atlas()
    >>> str(look_up(atlas.areas, gazetteer_of(atlas.ledger), "Rihan, Eastern Ghouta").places[0])
    'Rihan, Rural Damascus (33.5769, 36.4477)'
    """
    parts = split(SURE, cleaned(name))
    for at in (*range(1, len(parts)), 0) if len(parts) > 1 else ():
        if at == 0 and gazetteer.spelt_so(parts[0]):
            break  # the name of a settlement stands first
        called = [areas[one] for one in _called(parts[at], areas)]
        if found := [one for one in called if not _overlaps(gazetteer, one, parts[at])]:
            codes = [code for one in found for code in units_inside(gazetteer.ledger, one)]
            also = parts[at : at + 1] if at and gazetteer.units.find(parts[at]) else []
            rest = ", ".join([*parts[:at], *also, *parts[at + 1 :]])
            return gazetteer.look_up(rest, within=(*within, *codes), near=near)
    return gazetteer.look_up(name, within=within, near=near)


def _overlaps(gazetteer: Gazetteer, area: Area, unit: str) -> bool:
    """Tell whether an area has settlements in an admin unit of some name."""
    inside = units_inside(gazetteer.ledger, area)
    units = gazetteer.units
    return any(code.startswith(units.all[one].code) for one in units.find(unit) for code in inside)


def units_inside(ledger: Ledger, area: Area) -> tuple[str, ...]:
    """Return the codes of the sub-districts that have settlements in an area, in order."""
    return _units_inside(ledger, area.high)


@lru_cache(maxsize=256)
def _units_inside(ledger: Ledger, ground: Polygonal) -> tuple[str, ...]:
    n = len(ledger)
    inside = covers(ground, ledger.longitude[:n], ledger.latitude[:n]) & (ledger.unit >= 0)
    return tuple(ledger.units[unit].code for unit in np.unique(ledger.unit[inside]).tolist())


def lies_in(area: Area, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Tell which points (degrees, WGS 84) lie in an area, or within about 3 km of it."""
    import shapely

    inside = covers(area.high, x, y)
    beyond = np.flatnonzero(~inside)
    points = shapely.points(x[beyond], y[beyond])
    inside[beyond] = shapely.dwithin(points, area.high, _NEAR_DEG)
    return inside


_NEAR_DEG = 0.03


def polygon_of(area: Area) -> Areas:
    """Return all that possibly belongs to an area, as a table of one polygon."""
    return Areas((_polygon(area),), {}, {})


@cache
def _unit_levels() -> tuple[tuple[int, frozenset[str]], ...]:
    """Return words for kinds of admin units, each with how many signs the codes of these have."""
    return tuple(
        (int(count), frozenset(words_of(word)))
        for count, named in load("sounds")["unit_levels"].items()
        for word in named
    )


def _units_called(gazetteer: Gazetteer, asked: str, within: list[str]) -> tuple[int, ...]:
    """Return the admin units that a text names as such (``Harim district``), or by their code."""
    units = gazetteer.units
    words = set(words_of(asked))
    signs = {count for count, said in _unit_levels() if said <= words}
    if not signs and not re.fullmatch("[A-Za-z]{2}[0-9]+", asked):
        return ()
    named = units.narrowed(units.within(within), units.find(asked))
    if asked.upper() not in {units.all[unit].code for unit in named}:
        # A sub-district is no district, however it is written.
        named = tuple(unit for unit in named if signs and len(units.all[unit].code) == max(signs))
    return named


def _area_of_unit(ledger: Ledger, unit: int, outline: Any) -> Area:
    """Return the ground of an admin unit: the least convex shape about its settlements.

    The atlas has no polygons of admin units, whose real limits reach a little farther.
    """
    import shapely

    one = ledger.units[unit]
    codes = np.array([each.code.startswith(one.code) for each in ledger.units], dtype=bool)
    inside = (ledger.unit >= 0) & codes[ledger.unit]
    n = len(inside)
    at = np.stack([ledger.longitude[:n][inside], ledger.latitude[:n][inside]], axis=1)
    points = shapely.multipoints(at)
    ground: Any = shapely.buffer(shapely.convex_hull(points), _RIM_DEG, quad_segs=2)
    if outline is not None:
        ground = shapely.intersection(ground, outline)
    return Area(
        id=one.code,
        kind=AreaKind.NAMED,
        name={"en": one.name, "ar": one.name_ar},
        variants=(),
        zone=None,
        agreement=None,
        valid_from=None,
        valid_to=None,
        low=ground,
        high=ground,
        explains=None,
        sources=(),
        confidence=Confidence.LOW,
        note=None,
    )


_RIM_DEG = 0.01  # 1 km: the ground of the outermost settlements


def with_named(
    areas: Areas | None, named: Mapping[str, Area], ledger: Ledger, outline: Any
) -> Areas:
    """Return polygons of admin units with those of all areas that `find_area` may return.

    These have the level ``area`` and their ids as codes.
    """
    units = [_area_of_unit(ledger, unit, outline) for unit in range(len(ledger.units))]
    before = areas or Areas((), {}, {})
    more = [one for one in (*named.values(), *units) if not one.high.is_empty]
    return Areas(
        (*before.all, *(_polygon(one) for one in more)),
        before.codes | {(AREA, one.id): (len(before.all) + i,) for i, one in enumerate(more)},
        before.names,
        before.mended,
    )


def _polygon(area: Area) -> Polygon:
    return Polygon(AREA, area.id, (area.name["en"],), (), area.high)


def _names(area: Area) -> tuple[str, ...]:
    """Return the id of an area, and all that it is called."""
    return (area.id, *area.name.values(), *area.variants)


@cache
def _area_words() -> tuple[frozenset[str], frozenset[str]]:
    """Return words for a countryside, and those that may be added to the name of any area."""
    table = load("sounds")["areas"]
    countryside, added = (
        frozenset(word for one in table[name] for word in words_of(one))
        for name in ("countryside", "added")
    )
    return countryside, added


def _says_area(text: str) -> bool:
    countryside, added = _area_words()
    return not (countryside | added).isdisjoint(words_of(text))


@cache
def _key(text: str) -> tuple[tuple[str, ...], int, bool]:
    """Return the codes of a name without words for areas, its qualifiers, whether countryside."""
    countryside, added = _area_words()
    words = words_of(text)
    rest = [word for word in words if word not in countryside and word not in added]
    spelling = read_spelling(text if rest in ([], words) else " ".join(rest))
    return spelling.codes, spelling.qualifiers, not countryside.isdisjoint(words)


class _Spelt(NamedTuple):
    """Spellings of all areas as arrays, and which area each is of."""

    codes: Codes
    qualifiers: npt.NDArray[np.int64]
    rural: npt.NDArray[np.bool_]
    area: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _These:
    """Areas of an atlas that are the same as others if they are the same object."""

    areas: Mapping[str, Area]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _These) and self.areas is other.areas

    def __hash__(self) -> int:
        return id(self.areas)


@lru_cache(maxsize=4)
def _spelt(these: _These) -> _Spelt:
    """Return the spellings of areas."""
    named = map(_names, these.areas.values())
    rows = [
        (code, qualifiers, rural, name)
        for name, *names in named
        for codes, qualifiers, rural in map(_key, names)
        for code in codes
    ]
    codes, qualifiers, rural, area = zip(*rows, strict=True) if rows else ((), (), (), ())
    return _Spelt(Codes(codes), np.array(qualifiers, np.int64), np.array(rural, bool), area)


def spelt_codes(areas: Mapping[str, Area]) -> frozenset[str]:
    """Return the codes of all names of areas, with words for areas and without."""
    names = [name for area in areas.values() for name in _names(area)]
    return frozenset(
        code for name in names for code in (*read_spelling(name).codes, *_key(name)[0])
    )


def _called(asked: str, areas: Mapping[str, Area]) -> list[str]:
    """Return the ids of the areas that a text names, in their order."""
    codes, qualifiers, rural = _key(asked)
    known = _spelt(_These(areas))
    same = np.flatnonzero((known.qualifiers == qualifiers) & (known.rural == rural))
    limit: float = load("sounds")["rule"]["namesake"]
    found = set()
    for code in codes:
        rows = known.codes.alike(code, same)
        if not len(rows):
            continue
        near = rows[distances(code, known.codes, rows, limit) <= limit]
        found |= {known.area[row] for row in near.tolist()}
    return [name for name in areas if name in found]
