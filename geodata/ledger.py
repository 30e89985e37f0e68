"""Settlements, and who held each of them when: arrays for many, records for one.

The ledger of an atlas is its file ``settlements.json``: columns that are decoded group by group
when first needed. Questions are asked by positions in the file (``index``), many at a time; a
record is made only for a settlement that is shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from geodata.errors import AtlasError
from geodata.ledger_file import (
    EMPTY,
    FILE,
    Columns,
    Control,
    Names,
    Places,
    Points,
    Spellings,
    Units,
    decode,
)
from geodata.nearby import Nearby

BY = "by"
UNSOURCED = "unsourced"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_DAYS = 1 << 22  # more than any number of a day: a settlement and a day make one number
_EPOCH = dt.date(1970, 1, 1).toordinal()
_NEVER, _EVER = 0, _DAYS - 1
_AT_ONCE = 1 << 15  # points looked up at a time: what fits a core's cache

_LEVELS = (4, 6, 8)  # signs in the P-codes of governorates, districts and sub-districts

T = TypeVar("T")


class AdminUnit(msgspec.Struct, frozen=True):
    """A governorate, district or sub-district: its P-code and its names."""

    code: str
    name: str
    name_ar: str


class Point(msgspec.Struct, frozen=True):
    """One published point of a settlement (WGS 84 degrees) and the id of its source."""

    longitude: float
    latitude: float
    source: str


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """A settlement: a city, town, village, neighbourhood, camp or farm.

    `kind` is ``mark`` for a point of the control map that no list of places knows: it has no name.
    `zone` is the zone that its ground belongs to while a side of that zone holds it, or None.
    `admin` is governorate, district and sub-district, or empty. `radius_m` is the size of the
    place; `radius_basis` says where it comes from: ``outline`` (of its neighbourhoods),
    ``population``, ``position`` (of a camp: how well its point is known) or ``kind``.
    """

    id: str
    name: str
    name_ar: str | None
    variants: tuple[str, ...]
    kind: str
    zone: str | None
    admin: tuple[AdminUnit, ...]
    points: tuple[Point, ...]
    radius_m: int
    radius_basis: str


class Reading(msgspec.Struct, frozen=True):
    """One of several first days that sources give: a day, an interval, or `by` a day."""

    value: str
    sources: tuple[str, ...]


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """A side that held a settlement, and between which days it came to hold it.

    `side` is None where nobody says who held it. `earliest` and `latest` are the first and the
    last day on which it may have come, both None for the first holder, who was there before any
    report of a change. It held the place until the next holding may have come. `precision` is
    ``day``, ``interval`` or ``by`` (only a last day is told).
    """

    side: str | None
    earliest: dt.date | None
    latest: dt.date | None
    precision: str | None
    event: str
    sources: tuple[str, ...]
    confidence: str
    readings: tuple[Reading, ...]
    note: str | None


@dataclass(frozen=True)
class Held:
    """Who may have held settlements on intervals of days; arrays of k.

    Attributes
    ----------
    first, last : int
        Positions in the ledger's holdings: the first and the last that were possible on any of
        the days; -1 where the ledger has no holding of the settlement.
    side : int
        Position in `Ledger.sides` where one side alone is possible, else -1 (several, or none).
    sourced : bool
        Whether every possible holding names a source; False where there is none.
    changed : bool
        Whether more than one holding is possible: a day of change belongs to both.
    disputed : bool
        Whether the change within the days is one that sources date differently, or only as done
        by some day.
    """

    first: Ints
    last: Ints
    side: Ints
    sourced: Bools
    changed: Bools
    disputed: Bools


class Ledger:
    """The settlements of an atlas, by position: ids, points, sizes, and who held each.

    Parameters
    ----------
    columns
        What ``settlements.json`` holds. Each group of columns is decoded when first needed.

    Raises
    ------
    AtlasError
        Where a group of columns is asked for that cannot be read.

    Examples
    --------
    >>> from geodata.atlas import read_atlas
    >>> ledger = read_atlas().ledger
    >>> index, distance = ledger.near(36.6489, 35.4416)
    >>> ledger.settlement(int(index[0])).name
    'Khan Shaykun'
    >>> held = ledger.held(index, ["2019-10-15"], ["2019-10-15"])
    >>> ledger.sides[held.side[0]]
    'government'
    """

    def __init__(self, columns: Columns = EMPTY) -> None:
        self._file = columns

    def __reduce__(self) -> tuple[type[Ledger], tuple[Columns]]:
        return Ledger, (self._file,)  # a worker decodes what it asks for

    # -- arrays -----------------------------------------------------------------------------

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of the settlements: OCHA's P-code, else the ledger's own."""
        return tuple(self._names.id)

    def __len__(self) -> int:
        return len(self._places.kind)

    @property
    def sides(self) -> tuple[str, ...]:
        """The sides that held settlements, by code."""
        return self._control.sides

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of settlements, by code."""
        return self._places.kinds

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones that settlements can belong to, by code."""
        return self._places.zones

    @cached_property
    def kind(self) -> Ints:
        """Position in `kinds` of each settlement; (n,)."""
        return np.asarray(self._places.kind, dtype=np.int64)

    @cached_property
    def zone(self) -> Ints:
        """Position in `zones` of each settlement, -1 where it belongs to none; (n,)."""
        return _codes(self._places.zone)

    @cached_property
    def radius_m(self) -> Floats:
        """Size of each settlement, as a radius in metres; (n,)."""
        return np.asarray(self._places.radius_m, dtype=np.float64)

    @cached_property
    def point_of(self) -> Ints:
        """The settlement of each published point; (m,): the main points first, in order."""
        return np.asarray(self._points.settlement, dtype=np.int64)

    @cached_property
    def longitude(self) -> Floats:
        """Longitude of each published point, in degrees (WGS 84); (m,)."""
        return np.asarray(self._points.longitude, dtype=np.float64)

    @cached_property
    def latitude(self) -> Floats:
        """Latitude of each published point, in degrees (WGS 84); (m,)."""
        return np.asarray(self._points.latitude, dtype=np.float64)

    @cached_property
    def names(self) -> list[tuple[str, ...]]:
        """Every name of each settlement, the Latin, the Arabic and other spellings; n of them."""
        n = self._names
        return [
            tuple(name for name in (latin, arabic, *others) if name)
            for latin, arabic, others in zip(n.name, n.name_ar, n.variants, strict=True)
        ]

    @cached_property
    def spellings(self) -> Spellings | None:
        """The spellings of all names, reduced; None where the file has none."""
        content = self._file.spellings
        return decode(content, Spellings, "spellings") if bytes(content) != b"null" else None

    @cached_property
    def units(self) -> tuple[AdminUnit, ...]:
        """All governorates, districts and sub-districts."""
        return tuple(self._by_pcode.values())

    @cached_property
    def unit(self) -> Ints:
        """Position in `units` of each settlement's sub-district, -1 where not known; (n,)."""
        return _codes(self._places.unit)

    @cached_property
    def holder(self) -> Ints:
        """Position in `sides` of the side of each holding, -1 where nobody says; (h,)."""
        return _codes(self._control.side)

    @cached_property
    def came_by(self) -> Ints:
        """Day from 1970-01-01 by which each holding had come; (h,). Of the first, before all."""
        days = (_NEVER if d is None else d.toordinal() for d in self._control.latest)
        return np.fromiter(days, np.int64, len(self.holding_of)) - _EPOCH

    # -- questions --------------------------------------------------------------------------

    def index(self, code: str) -> int:
        """Return the position of a settlement by its id (P-code); AtlasError if there is none."""
        try:
            return self._by_id[code]
        except KeyError:
            raise AtlasError(
                f"expected the id of a settlement in {FILE}, such as a P-code of OCHA, found "
                f"{code!r}; correct it, or give coordinates."
            ) from None

    def __contains__(self, code: str) -> bool:
        return code in self._by_id

    def near(self, longitude: ArrayLike, latitude: ArrayLike) -> tuple[Ints, Floats]:
        """Find the settlement that each of (k,) points lies in, by the sizes of the places.

        Of several that a point lies in, the one with the smallest distance divided by size counts,
        then the smaller one; a city whose size is the outline of its neighbourhoods only where
        nobody says who held one of these. Distances are to the nearest of a settlement's points.

        Returns
        -------
        index : (k,) int
            The settlement, -1 where a point lies in none.
        distance_m : (k,) float
            Metres to it, NaN where there is none. On the ellipsoid, to within a thousandth.
        """
        x = np.atleast_1d(np.asarray(longitude, dtype=np.float64))
        y = np.atleast_1d(np.asarray(latitude, dtype=np.float64))
        index = np.full(len(x), -1, dtype=np.int64)
        distance = np.full(len(x), np.nan)
        for begin in range(0, len(x), _AT_ONCE):
            part = slice(begin, begin + _AT_ONCE)
            self._nearest(x[part], y[part], index[part], distance[part])
        return index, distance

    def _nearest(self, x: Floats, y: Floats, index: Ints, distance: Floats) -> None:
        """Fill in the settlement of each point and the distance to it."""
        asked, point, metres = self._nearby.find(x, y)
        if not asked.size:
            return
        # The candidates of a point stand together: the least of each run counts.
        begin = np.flatnonzero(np.diff(asked, prepend=-1))
        run = np.repeat(np.arange(len(begin)), np.diff(begin, append=len(asked)))
        place, size = self.point_of[point], self._size[point]
        best = np.arange(len(asked))
        for key in (self.rank[place], metres / size, size, place.astype(float)):
            least = np.full(len(begin), np.inf)
            np.minimum.at(least, run[best], key[best])
            best = best[key[best] == least[run[best]]]
        first = best[np.flatnonzero(np.diff(run[best], prepend=-1))]
        index[asked[first]] = place[first]
        distance[asked[first]] = metres[first]

    def held(self, index: ArrayLike, first_day: ArrayLike, last_day: ArrayLike) -> Held:
        """Tell who can have held (k,) settlements on any day from (k,) first to last days.

        A day of change belongs to both holders, and so does every day of an interval in which the
        change may have come. An index of -1, or a day that is NaT, gets no answer.
        """
        places = np.atleast_1d(np.asarray(index, dtype=np.int64))
        begin, end = _numbers(first_day), _numbers(last_day)
        known = (places >= 0) & (begin > _NEVER) & (end > _NEVER)
        places, begin, end = np.broadcast_arrays(np.where(known, places, 0), begin, end)
        first = np.searchsorted(self._leaving, places * _DAYS + begin, side="left")
        last = np.searchsorted(self._coming, places * _DAYS + end, side="right") - 1
        last = np.maximum(last, first)
        of = self.holding_of
        told = known & (first < len(of))
        safe = np.where(told, first, 0)
        told &= (of[safe] == places) if len(of) else False
        first, last = np.where(told, first, -1), np.where(told, last, -1)

        def any_of(flags: Ints, begin: Ints) -> Bools:
            """Whether a flag is set on any holding after `begin` up to `last`."""
            return np.asarray(told & (flags[last + 1] > flags[begin + 1]))

        one = told & ~any_of(self._turns, first)
        side = np.where(one, self.holder[first] if len(of) else -1, -1)
        return Held(
            first=first,
            last=last,
            side=side,
            sourced=told & ~any_of(self._unsourced, first - 1),
            changed=told & (last > first),
            disputed=any_of(self._open, first),
        )

    # -- records ----------------------------------------------------------------------------

    def settlement(self, index: int) -> Settlement:
        """Return the record of the settlement at a position."""
        places, names, points = self._places, self._names, self._points
        zone = places.zone[index]
        return Settlement(
            id=names.id[index],
            name=names.name[index],
            name_ar=names.name_ar[index],
            variants=tuple(names.variants[index]),
            kind=places.kinds[places.kind[index]],
            zone=None if zone is None else places.zones[zone],
            admin=self._units(places.unit[index]),
            points=tuple(
                Point(points.longitude[p], points.latitude[p], points.sources[points.source[p]])
                for p in np.flatnonzero(self.point_of == index)
            ),
            radius_m=places.radius_m[index],
            radius_basis=places.radius_bases[places.radius_basis[index]],
        )

    def history(self, index: int) -> tuple[Holding, ...]:
        """Return all holdings of a settlement in order of time; empty if there are none."""
        begin, end = np.searchsorted(self.holding_of, [index, index + 1])
        return tuple(self.holding(position) for position in range(int(begin), int(end)))

    def holding(self, position: int) -> Holding:
        """Return the record of a holding at a position, such as `Held.first` gives."""
        c = self._control
        side = c.side[position]
        return Holding(
            side=None if side is None else c.sides[side],
            earliest=c.earliest[position],
            latest=c.latest[position],
            precision=c.precision[position],
            event=c.events[c.event[position]],
            sources=tuple(c.sources[s] for s in c.cited[position]),
            confidence=c.confidence[position],
            readings=tuple(
                Reading(value, tuple(c.sources[s] for s in cited))
                for value, cited in self._readings.get(position, ())
            ),
            note=self._notes.get(position),
        )

    def until(self, position: int) -> dt.date | None:
        """Return the last day on which a holder may have held its place; None: it was not lost."""
        end = position + 1
        if end == len(self.holding_of) or self.holding_of[end] != self.holding_of[position]:
            return None
        return self._control.latest[end]

    def name(self, index: int, language: str = "en") -> str | None:
        """Return the name of a settlement as a language writes it; None where it has no name."""
        arabic = self._names.name_ar[index] if language == "ar" else None
        return arabic or self._names.name[index] or None

    def admin_codes(self, index: int) -> tuple[str, ...]:
        """Return the P-codes of governorate, district and sub-district; empty where not known."""
        unit = self._places.unit[index]
        return () if unit is None else tuple(self._admin.pcode[unit][:n] for n in _LEVELS)

    # -- columns ----------------------------------------------------------------------------

    @cached_property
    def _places(self) -> Places:
        return decode(self._file.places, Places, "places")

    @cached_property
    def _points(self) -> Points:
        return decode(self._file.points, Points, "points")

    @cached_property
    def _control(self) -> Control:
        return decode(self._file.control, Control, "control")

    @cached_property
    def _names(self) -> Names:
        return decode(self._file.names, Names, "names")

    @cached_property
    def _admin(self) -> Units:
        return decode(self._file.admin, Units, "admin")

    @cached_property
    def _by_id(self) -> dict[str, int]:
        return {code: i for i, code in enumerate(self._names.id)}

    @cached_property
    def _by_pcode(self) -> dict[str, AdminUnit]:
        a = self._admin
        return {
            code: AdminUnit(code, name, name_ar)
            for code, name, name_ar in zip(a.pcode, a.name, a.name_ar, strict=True)
        }

    def _units(self, unit: int | None) -> tuple[AdminUnit, ...]:
        """Return governorate, district and sub-district: P-codes of four, six and eight signs."""
        if unit is None:
            return ()
        code = self._admin.pcode[unit]
        return tuple(self._by_pcode[code[:length]] for length in _LEVELS)

    @cached_property
    def rank(self) -> Floats:
        """Which of several settlements counts first: a part of a city only if something is told.

        1 for a city made up of neighbourhoods that are listed, too; 2 for a neighbourhood of which
        nobody says who held it, else 0.
        """
        p = self._places
        outline = np.array([basis == "outline" for basis in p.radius_bases], dtype=bool)
        part = np.array([kind == "neighbourhood" for kind in p.kinds], dtype=bool)[self.kind]
        told = np.isin(np.arange(len(self)), self.holding_of)
        whole = outline[np.asarray(p.radius_basis, dtype=np.int64)] & ~part
        return np.where(part & ~told, 2.0, np.where(whole, 1.0, 0.0))

    @cached_property
    def _size(self) -> Floats:
        """Size of the settlement of each published point."""
        return np.asarray(self.radius_m[self.point_of])

    @cached_property
    def _nearby(self) -> Nearby:
        return Nearby(self.longitude, self.latitude, self._size)

    @cached_property
    def holding_of(self) -> Ints:
        """The settlement of each holding; (h,): in order, and those of one in order of time."""
        return np.asarray(self._control.settlement, dtype=np.int64)

    @cached_property
    def _coming(self) -> Ints:
        """For each holding a number that orders it by settlement and earliest day."""
        days = (_NEVER if d is None else d.toordinal() for d in self._control.earliest)
        earliest = np.fromiter(days, np.int64, len(self.holding_of))
        return np.asarray(earliest + self.holding_of * _DAYS)

    @cached_property
    def _leaving(self) -> Ints:
        """For each holding a number that orders it by settlement and last possible day."""
        latest = self.came_by + _EPOCH
        until = np.append(latest[1:], _EVER)
        ends = np.append(self._first[1:], True) if len(latest) else self._first
        return np.asarray(np.where(ends, _EVER, until[: len(latest)]) + self.holding_of * _DAYS)

    @cached_property
    def _first(self) -> Bools:
        """Whether each holding is the first of its settlement."""
        return np.asarray(np.diff(self.holding_of, prepend=-1) != 0)

    @cached_property
    def _turns(self) -> Ints:
        """Running count of the holdings that came with another side, from 0."""
        return _counts(np.diff(self.holder, prepend=-1) != 0)

    @cached_property
    def _unsourced(self) -> Ints:
        """Running count of the holdings without a source or without a side."""
        return _counts(
            [
                confidence == UNSOURCED or side is None
                for confidence, side in zip(
                    self._control.confidence, self._control.side, strict=True
                )
            ]
        )

    @cached_property
    def _open(self) -> Ints:
        """Running count of the holdings whose first day is told differently, or only as a last."""
        return _counts(
            [p == BY or i in self._readings for i, p in enumerate(self._control.precision)]
        )

    @cached_property
    def _readings(self) -> dict[int, list[tuple[str, list[int]]]]:
        return dict(self._control.readings)

    @cached_property
    def _notes(self) -> dict[int, str]:
        return dict(self._control.notes)


def _counts(flags: Iterable[Any]) -> Ints:
    """Return the running count of flags; entry i counts those before position i."""
    return np.concatenate([[0], np.cumsum(np.asarray(flags, dtype=bool))]).astype(np.int64)


def _codes(values: list[int | None]) -> Ints:
    return np.fromiter((-1 if v is None else v for v in values), np.int64, len(values))


def _numbers(days: ArrayLike) -> Ints:
    """Return days as numbers that `date.toordinal` gives; 0 for NaT."""
    dates = np.atleast_1d(np.asarray(days, dtype="datetime64[D]"))
    numbers = dates.astype(np.int64) + _EPOCH
    return np.asarray(np.where(np.isnat(dates), _NEVER, numbers))
