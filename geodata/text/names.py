"""Places by the names and codes that people give them; a name that several share is not decided.

A name is compared with every spelling that the ledger of settlements has, in either script.
``docs/reading.md`` says when one place is clearly meant.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from geodata import grammar
from geodata.errors import PlaceError, UnknownPlaceError
from geodata.ledger import Ledger
from geodata.text.phrases import (
    cleaned,
    parts_of,
    readings_of,
    related,
    with_unit_inside,
)
from geodata.text.repairs import clean_text, fold_case, quote
from geodata.text.sounds import (
    Codes,
    Ints,
    distances,
    distances_of_parts,
    is_arabic,
    read_spelling,
    reduced,
    words_of,
)
from geodata.text.units import Units

_RULE: dict[str, Any] = grammar.load("sounds")["rule"]


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a name can mean.

    `settlement` is its position in the ledger, -1 for a place of a file of one's own. The point is
    in degrees (WGS 84), `radius_m` the size of the place; `admin` are the names of governorate,
    district and sub-district, or empty.
    """

    settlement: int
    id: str
    name: str
    name_ar: str | None
    longitude: float
    latitude: float
    radius_m: float
    admin: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f", {self.admin[0]}" if self.admin else ""
        return f"{self.name}{where} ({self.latitude:.4f}, {self.longitude:.4f})"


@dataclass(frozen=True, slots=True)
class Found:
    """What a name was taken for.

    Attributes
    ----------
    places : tuple of Place
        One place; several that share the name; or the two that the incident lies between.
    relation : str
        ``at`` the place, ``around`` it, or ``between`` the two.
    passed_over : tuple of Place
        Places of the very name that were passed over for a city.
    """

    places: tuple[Place, ...]
    relation: str = "at"
    passed_over: tuple[Place, ...] = ()

    @property
    def area(self) -> tuple[float, float, float]:
        """Longitude, latitude (degrees) and radius in metres of what is meant, by `relation`.

        A place's own; around it, twice its size and at least a kilometre more; between two, the
        disc about the middle that holds both of their points, and what the larger reaches beyond.
        """
        one = self.places[0]
        if self.relation == "between":
            other = self.places[1]
            x, y = (one.longitude + other.longitude) / 2, (one.latitude + other.latitude) / 2
            apart = metres_apart((one.longitude, one.latitude), (other.longitude, other.latitude))
            return x, y, apart / 2 + max(one.radius_m, other.radius_m)
        reach = one.radius_m if self.relation == "at" else one.radius_m + max(one.radius_m, 1000.0)
        return one.longitude, one.latitude, reach

    @property
    def shared(self) -> bool:
        """Whether several places share the name."""
        return self.relation != "between" and len(self.places) > 1

    def lies_at(self, longitude: float, latitude: float) -> bool:
        """Tell whether a point (degrees, WGS 84) is of what is meant, or of one that shares it."""
        each = [Found((place,)) for place in self.places] if self.shared else [self]
        return any(
            metres_apart((x, y), (longitude, latitude)) <= radius + _RULE["same_place_m"]
            for x, y, radius in (one.area for one in each)
        )


@dataclass(frozen=True, slots=True)
class _Likeness:
    """How far the nearest spelling of a place is from a name, by sounds alone and in all.

    `lacks` and `adds` count words such as big and east: those that the name leaves out, and those
    that the place has not.
    """

    distance: float
    sound: float
    at: int
    lacks: int
    adds: int


class Gazetteer:
    """Places, found by any spelling of their names, or by their codes.

    Parameters
    ----------
    ledger
        The settlements of an atlas. Its spellings are worked out here where its file has none.
    more
        Places beside them.

    Attributes
    ----------
    ledger : Ledger
        The settlements.
    units : Units
        The admin units of the ledger.

    Examples
    --------
    >>> from geodata.atlas import read_atlas
    >>> gazetteer = Gazetteer(read_atlas().ledger)
    >>> str(gazetteer.look_up("Khan Cheikhoun").places[0])
    'Khan Shaykun, Idleb (35.4437, 36.6504)'
    """

    def __init__(self, ledger: Ledger, more: Iterable[Place] = ()) -> None:
        self.ledger = ledger
        self._more = tuple(more)
        self.units = Units(ledger.units)
        self._rows_inside: dict[tuple[int, ...], Ints] = {}
        spellings = ledger.spellings or reduced(ledger.names)
        codes = spellings.code.split("\n") if spellings.settlement else []
        self._owner: Ints = np.asarray(spellings.settlement, dtype=np.int64)
        self._qualifiers: Ints = np.asarray(spellings.qualifiers, dtype=np.int64)
        if self._more:
            others = reduced([(p.name, p.name_ar or "", *p.variants) for p in self._more])
            codes += others.code.split("\n")
            owner = np.asarray(others.settlement, dtype=np.int64) + len(ledger)
            self._owner = np.concatenate([self._owner, owner])
            self._qualifiers = np.concatenate([self._qualifiers, others.qualifiers])
        self._codes = Codes(codes)
        self._text = np.array(codes, dtype=str)

    # -- asking -----------------------------------------------------------------------------

    def look_up(
        self,
        name: str,
        *,
        within: Sequence[str] = (),
        near: tuple[float, float] | None = None,
    ) -> Found:
        """Return the place that a name or a code clearly means, or those that share it.

        A governorate, district or sub-district may follow after a comma or in brackets
        (``Tamanah, Idlib``).

        Parameters
        ----------
        within
            Names or P-codes of admin units that the place lies in, as a row says them.
        near
            Longitude and latitude (degrees, WGS 84) that the row gives, to choose among places
            of one name: those within 10 km.

        Raises
        ------
        PlaceError
            No place is called so, or no admin unit; the message lists the nearest names.
        """
        text = cleaned(name)
        if text in self.ledger:
            return Found((self._place(self.ledger.index(text)),))
        if re.fullmatch("C[0-9]{3,6}", text):
            raise PlaceError(
                f"expected the P-code of a settlement, found {quote(text)}, which the ledger does "
                "not have; correct it, or give a name or coordinates"
            )
        readings = readings_of(text, self.units.find)
        for asked, hints in readings:
            if found := self._found(asked, self.units.within([*hints, *within]), near):
                return found
        asked, hints = readings[0]
        units = self.units.within([*hints, *within])
        for inner, unit in with_unit_inside(asked, self.units.find):
            if (narrower := self.units.narrowed(units, unit)) and (
                found := self._found(inner, narrower, near)
            ):
                return found
        names = related(asked)[0]
        if len(parts := parts_of("and", asked)) == 2:
            names = parts
            with contextlib.suppress(PlaceError):
                both = Found(tuple(self._one(part, units, near) for part in parts), "between")
                if both.area[2] <= _RULE["together_m"]:
                    return both
        self._refuse_unlike(name, names, units)

    def _found(
        self, asked: str, units: Sequence[int] | None, near: tuple[float, float] | None
    ) -> Found | None:
        """Return what one reading of a text means; None where no place is called so."""
        names, relation = related(asked)
        if relation == "between":
            return Found(tuple(self._one(part, units, near) for part in names), relation)
        chosen, passed_over = self._chosen(names, units, near)
        places, others = (tuple(map(self._place, some)) for some in (chosen, passed_over))
        return Found(places, relation, others) if places else None

    def spelt_so(self, name: str) -> list[Place]:
        """Return the places that are spelt as a name is, letter by letter, or have it as code."""
        text = clean_text(name)[0]
        if text in self.ledger:
            return [self._place(self.ledger.index(text))]
        owners = (self._by_code.get(code, ()) for code in read_spelling(text).codes)
        return [self._place(at) for at in sorted({at for some in owners for at in some})]

    def similar(self, name: str) -> list[Place]:
        """Return the places whose spellings are like a name, the nearest first."""
        return [self._place(one.at) for one in self._ranked(name, None, "listed")]

    @cached_property
    def _by_code(self) -> dict[str, list[int]]:
        """The positions of the places that have each code."""
        found: dict[str, list[int]] = {}
        for code, at in zip(self._text.tolist(), self._owner.tolist(), strict=True):
            found.setdefault(code, []).append(at)
        return found

    def nearest(self, name: str, *, within: Sequence[str] = (), limit: int = 8) -> list[Place]:
        """Return the places whose spellings are nearest to a name, the nearest first."""
        asked, hints = readings_of(cleaned(name), self.units.find)[0]
        return self._nearest(related(asked)[0], self.units.within([*hints, *within]), limit)

    def _one(
        self, name: str, units: Sequence[int] | None, near: tuple[float, float] | None
    ) -> Place:
        """Return the one place at either end of `between`."""
        chosen, _ = self._chosen([name], units, near)
        if len(chosen) == 1:
            return self._place(chosen[0])
        if not chosen:
            self._refuse_unlike(name, [name], units)
        listed = "; ".join(str(self._place(at)) for at in chosen[:4])
        raise PlaceError(
            f"expected two places to lie between, found {quote(name)}, which could be several: "
            f"{listed}; give the governorate after a comma"
        )

    # -- deciding ---------------------------------------------------------------------------

    def _chosen(
        self, asked: Sequence[str], units: Sequence[int] | None, near: tuple[float, float] | None
    ) -> tuple[list[int], list[int]]:
        """Return the place that stands out or those that share the name; and those passed over.

        Of several names for one place (`X or Y`) those that are found must agree.
        """
        chosen: dict[int, None] = {}
        passed_over: list[int] = []
        for name in asked:
            # Beside the very name only its rivals count, which are near: nothing farther is sought.
            ranked = self._ranked(name, units, "rival") if near is None else []
            if not ranked or ranked[0].distance:
                ranked = self._ranked(name, units)
            told = units is not None
            if near is not None:
                close = [one for one in ranked if self._apart(one.at, near) <= _RULE["near_m"]]
                ranked, told = (close, True) if close else (ranked, told)
            found = self._clear(name, ranked, told)
            if len(found) == 1 and not told and not self._stands_alone(found[0]):
                found = []
            best = ranked[0] if ranked else None
            if len(found) > 1 and self.units.are_narrow(units):
                found = self._written_so(name, found)
            if found and best and told and (best.lacks or best.distance >= _RULE["doubted"]):
                # A place of the very name elsewhere contradicts what the row says of this one.
                least = min(best.distance - _RULE["ahead"], _RULE["elsewhere"])
                found += [one.at for one in self._ranked(name, None) if one.distance <= least]
            if len(found) > 1:
                found, over = self._foremost(name, ranked, found, told)
                passed_over += over
            chosen.update(dict.fromkeys(found))
        first = next(iter(chosen), 0)
        return [at for at in chosen if at == first or not self._same(at, first)], passed_over

    def _foremost(
        self, name: str, ranked: list[_Likeness], chosen: list[int], told: bool
    ) -> tuple[list[int], list[int]]:
        """Return the one city or town that counts before others, and the namesakes passed over.

        Where nothing narrows a name, a city goes before villages of its very name: nobody who
        writes of the village would leave out where it is. A town goes before places that sound
        alike and are not named the same. Within a governorate an article in Arabic tells namesakes
        apart: 126 of 136 reports write it as the ledger does.
        """
        distance = {one.at: one.distance for one in ranked}
        cities = [at for at in chosen if self._rank(at) == _CITY]
        if not told and len(cities) == 1 and self._is_called(cities[0], name):
            return cities, [at for at in chosen if at != cities[0]]
        best, *others = chosen
        if told and is_arabic(name) and all(self._homonyms(at, best) for at in others):
            names, asked = self.ledger.names, words_of(name)
            # A record beside one that was chosen, and is the same place, has its names, too.
            known = [at for at in {*distance, *chosen} if at < len(names)]
            spelt = [at for at in known if asked in map(words_of, names[at])]
            own = [a for a in chosen if any(self._same(a, one) for one in spelt)]
            if len(own) == 1:
                return own, [at for at in chosen if at != own[0]]
        towns = [at for at in chosen if self._rank(at)]
        alike = any(not distance.get(at, 0) or self._homonyms(at, best) for at in others)
        return ([best], []) if towns == [best] and not alike else (chosen, [])

    def _written_so(self, name: str, chosen: list[int]) -> list[int]:
        """Return the one place that is written the very way, article and all; else those chosen.

        Only where a district or less narrows the name: in a whole governorate those who leave out
        an article or a word such as upper are too many.
        """
        asked = _plain(name)
        names = self.ledger.names
        own = [a for a in chosen if a < len(names) and asked in map(_plain, names[a])]
        return own if len(own) == 1 else chosen

    def _is_called(self, at: int, name: str) -> bool:
        """Tell whether a name is the very one that a settlement is listed by, in either script."""
        own = Codes(
            [code for one in self.ledger.names[at][:2] for code in read_spelling(one).codes]
        )
        every = np.arange(len(own))
        far = [distances(code, own, every).min() for code in read_spelling(name).codes]
        return bool(min(far) <= _RULE["namesake"])

    def _stands_alone(self, at: int) -> bool:
        """Tell whether a name that nothing narrows can mean a place: a town, or one near a zone.

        Farther away the ledger has fewer of the places that share the name of a village.
        """
        ledger, n = self.ledger, len(self.ledger)
        if at >= n or self._rank(at) > 0:
            return True
        near = np.abs(self._points[:n][ledger.zone >= 0] - self._points[at]) <= _RULE["alone_deg"]
        return bool(near.all(axis=1).any())

    def _rank(self, at: int) -> int:
        """Return 2 of a city, 1 of a town, 0 of any other place."""
        ledger = self.ledger
        kind = ledger.kinds[ledger.kind[at]] if at < len(ledger) else ""
        return {"city": _CITY, "town": _TOWN}.get(kind, 0)

    def _clear(self, name: str, ranked: list[_Likeness], told: bool) -> list[int]:
        """Return the place of the nearest spelling and its rivals; none where it is too far."""
        if not ranked:
            return []
        best = ranked[0]
        asked = read_spelling(name)
        # A word such as big makes a short name longer, too.
        length = min(map(len, asked.codes)) + _RULE["short"] * int(_COUNT[asked.qualifiers])
        limits = _RULE["told" if told else "alone"]
        far = min(limits["far"] + limits["far_a_sound"] * length, limits["farthest"])
        if length < _RULE["short"]:
            far = limits["short"]
        elif told and self._rank(best.at):  # what is written often is misspelt often
            clear = best.distance + _RULE["town"]["ahead"]
            far += _RULE["town"]["far"] * all(one.distance >= clear for one in ranked[1:2])
        if best.sound > far or best.adds:
            return []
        if best.lacks and not (told and best.sound <= _RULE["lacks"]):
            return []
        ahead = limits["ahead"] if best.distance else limits["ahead_of_exact"]
        within = best.distance * (1 + _RULE["ahead_more"]) + ahead
        rivals = [
            one.at
            for one in ranked[1:]
            if one.distance <= within + (_RULE["homonym"] if self._homonyms(one.at, best.at) else 0)
        ]
        return [best.at, *(at for at in rivals if not self._same(at, best.at))]

    def _ranked(
        self, name: str, units: Sequence[int] | None, limit: str = "alike"
    ) -> list[_Likeness]:
        """Return the places whose spellings are like a name, the nearest first."""
        alike = _RULE[limit]
        spelling = read_spelling(name)
        among = self._among(units)
        sound = np.full(len(self._owner), np.inf, dtype=np.float32)
        for code in spelling.codes:
            rows = self._codes.alike(code, among)
            arabic = is_arabic(code)
            # The very letters; or in Latin, every letter of the Arabic name.
            far = np.zeros(len(rows), dtype=np.float32)
            other = np.flatnonzero(self._text[rows] != code)
            far[other] = distances(code, self._codes, rows[other], alike) + _OTHER
            # Letters are compared across scripts at a price where the place is spelt in both.
            across = self._codes.arabic[rows] != arabic
            across &= self._spelt[int(arabic), self._owner[rows]]
            far += np.where(across, np.float32(_RULE["across"][int(arabic)]), 0)
            sound[rows] = np.minimum(sound[rows], far)
        rows = np.flatnonzero(sound <= alike)
        lacks = _COUNT[self._qualifiers[rows] & ~spelling.qualifiers]
        adds = _COUNT[spelling.qualifiers & ~self._qualifiers[rows]]
        price = _RULE["qualifier"]
        words = np.where(
            (lacks > 0) & (adds > 0), price["other"], price["lacks"] * lacks + price["adds"] * adds
        )
        distance = np.round(sound[rows] + words, 3)
        order = np.lexsort((self._owner[rows], distance))
        owner, first = np.unique(self._owner[rows][order], return_index=True)
        best = [
            _Likeness(
                float(distance[i]), float(sound[rows[i]]), int(at), int(lacks[i]), int(adds[i])
            )
            for at, i in zip(owner, order[first], strict=True)
            if distance[i] <= alike
        ]
        return sorted(best, key=lambda one: (one.distance, one.at))

    def _nearest(
        self, asked: Sequence[str], units: Sequence[int] | None, limit: int = 8
    ) -> list[Place]:
        """Return the nearest places: like the name, with it as a part, so called elsewhere, others.

        Each of the first kinds is a few only, lest the others be crowded out.
        """
        here = [one for name in asked for one in self._ranked(name, units, "remote")]
        there = [one for name in asked for one in self._ranked(name, None)] if units else []
        few = limit // 2
        like = [one.at for one in here if one.distance <= _RULE["listed"]][:few]
        parts = [at for name in asked for at in self._with_part(name, units)[:few]]
        so_called = [one.at for one in there if one.distance <= _RULE["elsewhere"]][: few // 2]
        rest = [one.at for one in (*here, *there)]
        found = dict.fromkeys([*like, *so_called, *parts, *rest])
        return [self._place(at) for at in list(found)[:limit]]

    def _with_part(self, name: str, units: Sequence[int] | None) -> list[int]:
        """Return the places that have a name as a part of theirs, or theirs as a part of it."""
        among = self._among(units)
        among = among[self._codes.length[among] >= _RULE["short"]]
        best: dict[int, float] = {}
        for code in read_spelling(name).codes:
            if len(code) < _RULE["short"]:
                continue
            rows = among[self._codes.arabic[among] == is_arabic(code)]
            # A long common part says more than a short one.
            common = np.minimum(self._codes.length[rows], len(code))
            most = _RULE["part"] * common
            far = distances_of_parts(code, self._codes, rows, most)
            close = np.flatnonzero(far <= most)
            for i in close[np.lexsort((rows[close], -common[close] + 4 * far[close]))]:
                rank = float(4 * far[i] - common[i])
                at = int(self._owner[rows[i]])
                best[at] = min(rank, best.get(at, np.inf))
        return sorted(best, key=lambda at: (best[at], at))

    # -- places -----------------------------------------------------------------------------

    def _place(self, at: int) -> Place:
        if at >= len(self.ledger):
            return self._more[at - len(self.ledger)]
        record = self.ledger.settlement(at)
        point = record.points[0]
        return Place(
            at,
            record.id,
            record.name or record.name_ar or record.id,
            record.name_ar,
            point.longitude,
            point.latitude,
            float(record.radius_m),
            tuple(unit.name for unit in record.admin),
        )

    @cached_property
    def _points(self) -> NDArray[np.float64]:
        """Longitude and latitude of each place; (n, 2)."""
        ledger, n = self.ledger, len(self.ledger)
        own = np.stack([ledger.longitude[:n], ledger.latitude[:n]], axis=1)
        more = [(place.longitude, place.latitude) for place in self._more]
        return np.concatenate([own, np.reshape(np.asarray(more, dtype=np.float64), (-1, 2))])

    @cached_property
    def _spelt(self) -> NDArray[np.bool_]:
        """Whether each place is spelt in Latin, and in Arabic; (2, n)."""
        spelt = np.zeros((2, len(self._points)), dtype=bool)
        spelt[self._codes.arabic.astype(np.intp), self._owner] = True
        return spelt

    def _apart(self, at: int, point: Sequence[float]) -> float:
        return metres_apart(self._points[at].tolist(), point)

    def _same(self, one: int, other: int) -> bool:
        """Tell whether two records of one name are near enough to be of one place."""
        return self._apart(one, self._points[other].tolist()) <= float(_RULE["same_place_m"])

    def _homonyms(self, one: int, other: int) -> bool:
        """Tell whether two places have the same name in Arabic, however it is transliterated."""
        return not self._arabic.get(one, _NONE).isdisjoint(self._arabic.get(other, _NONE))

    @cached_property
    def _arabic(self) -> dict[int, set[tuple[str, int]]]:
        """The codes and qualifiers of each place's names in Arabic."""
        codes: dict[int, set[tuple[str, int]]] = {}
        for row in np.flatnonzero(self._codes.arabic):
            pair = (str(self._text[row]), int(self._qualifiers[row]))
            codes.setdefault(int(self._owner[row]), set()).add(pair)
        return codes

    # -- admin units ------------------------------------------------------------------------

    def _among(self, units: Sequence[int] | None) -> Ints:
        """Return the spellings of places that lie in one of some units; all where none are said."""
        if units is None:
            return np.arange(len(self._owner))
        key = tuple(units)
        if key not in self._rows_inside:
            inside, unit = self.units.inside(key), self.ledger.unit
            place = np.zeros(len(self._points), dtype=bool)
            place[: len(unit)] = (unit >= 0) & inside[unit]
            place[len(unit) :] = [self._lies_in(p, key) for p in self._more]
            self._rows_inside[key] = np.flatnonzero(place[self._owner])
        return self._rows_inside[key]

    def _lies_in(self, place: Place, units: Sequence[int]) -> bool:
        """Tell whether a place of one's own names one of some units as where it lies."""
        return any(not set(self.units.find(name)).isdisjoint(units) for name in place.admin)

    def _refuse_unlike(
        self, name: str, asked: Sequence[str], units: Sequence[int] | None
    ) -> NoReturn:
        where, more = (" there", "") if units is not None else ("", " add its governorate,")
        raise UnknownPlaceError(
            f"expected the name of a place, found {quote(name)}, which no place{where} clearly has",
            f"correct it,{more} or give coordinates",
            lambda: self._nearest(asked, units),
        )


@lru_cache(maxsize=4)
def gazetteer_of(ledger: Ledger) -> Gazetteer:
    """Return the gazetteer of a ledger, made once."""
    return Gazetteer(ledger)


def metres_apart(one: Sequence[float], other: Sequence[float]) -> float:
    """Return metres on a sphere of 6,371 km; good to 0.5 %, enough to tell places apart."""
    x, y, u, v = map(math.radians, (*one, *other))
    half = math.sin((v - y) / 2) ** 2 + math.cos(y) * math.cos(v) * math.sin((u - x) / 2) ** 2
    return 2 * 6_371_000.0 * math.asin(min(1.0, math.sqrt(half)))


_CITY, _TOWN = 2, 1
_OTHER = np.float32(_RULE["other"])
_NONE: frozenset[tuple[str, int]] = frozenset()
_COUNT = np.array([i.bit_count() for i in range(1 << 10)], dtype=np.int64)


def _plain(name: str) -> str:
    """Return a name in small letters, cleaned."""
    return fold_case(clean_text(name)[0])
