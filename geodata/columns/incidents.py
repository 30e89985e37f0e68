"""Incidents as columns: where each one was, on which days, and what could not be read of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import IntEnum, StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from geodata.grammar import load

if TYPE_CHECKING:
    from geodata.columns.areas import Areas
    from geodata.findings import Finding
    from geodata.ledger import Ledger
    from geodata.text.names import Place

NO_DAY = int(np.iinfo(np.int64).min)
"""The day number that stands for a missing date (the same as numpy's NaT)."""


PLACEHOLDER_DEG: float = load("limits")["placeholder_degrees"]
"""Within so many degrees (50 m) a point is the same, however many digits were kept."""

SETTLEMENT = "settlement"
"""The source of a radius that is the size of a settlement."""

AREA = "area"
"""Where the extent of an incident comes from whose place is an area of the atlas."""

_STATED = ("given", "unreadable")
_NOT_SHARED = np.full(0, -1, dtype=np.int32)


class PlaceType(IntEnum):
    """What the place of an incident is; `Incidents.place_type` holds these numbers."""

    DISC = 0
    """A point and a radius, which may be 0."""

    ADMIN_UNIT = 1
    """A district or a governorate, as its polygon."""

    SETTLEMENT = 2
    """A settlement of the ledger."""


class Reason(StrEnum):
    """What kept an answer from being plain, in the order in which a record lists it."""

    NO_LOCATION = "no-location"
    UNREADABLE_LOCATION = "unreadable-location"
    NAME_SHARED = "name-shared"
    PLACEHOLDER_LOCATION = "placeholder-location"
    COARSE_LOCATION = "coarse-location"
    OUTSIDE_COUNTRY = "outside-country"
    NEAR_BOUNDARY = "near-boundary"
    BOUNDARIES_DISAGREE = "boundaries-disagree"
    SPANS_EXTENTS = "spans-extents"
    HELD_UNKNOWN = "held-unknown"
    HELD_CHANGED = "held-changed"
    HELD_DISPUTED = "held-disputed"
    GROUND_LOST = "ground-lost"
    GROUND_GAINED = "ground-gained"
    NO_DATE = "no-date"
    UNREADABLE_DATE = "unreadable-date"
    FUTURE_DATE = "future-date"
    PARTLY_IN_FORCE = "partly-in-force"
    SPANS_PHASES = "spans-phases"
    CONTESTED = "contested"
    AXES_MAY_BE_SWAPPED = "axes-may-be-swapped"
    POSITIONS_DISAGREE = "positions-disagree"
    WHOLE_DEGREES = "whole-degrees"
    DAY_AND_MONTH_MAY_BE_SWAPPED = "day-and-month-may-be-swapped"
    DATES_DISAGREE = "dates-disagree"
    SHARED_POINT = "shared-point"

    @property
    def bit(self) -> np.uint32:
        """The bit that stands for the reason in a set of reasons."""
        return _BITS[self]


_BITS = {reason: np.uint32(1 << i) for i, reason in enumerate(Reason)}

UNREADABLE = (Reason.UNREADABLE_LOCATION, Reason.UNREADABLE_DATE, Reason.FUTURE_DATE)
"""What is given and cannot be taken as it stands; the rest of the row is not relied on, either."""


DOUBTS = (
    Reason.AXES_MAY_BE_SWAPPED,
    Reason.POSITIONS_DISAGREE,
    Reason.WHOLE_DEGREES,
    Reason.DAY_AND_MONTH_MAY_BE_SWAPPED,
    Reason.DATES_DISAGREE,
    Reason.SHARED_POINT,
)
"""What may have been meant otherwise than it was read: said where the verdict would change."""


def set_of(*reasons: Reason) -> np.uint32:
    """Return a set of reasons as bits."""
    return np.uint32(sum(int(reason.bit) for reason in {*reasons}))


def reasons_in(bits: int) -> list[Reason]:
    """Return the reasons of a set, in their order.

    >>> reasons_in(Reason.NO_DATE.bit | Reason.NO_LOCATION.bit)
    [<Reason.NO_LOCATION: 'no-location'>, <Reason.NO_DATE: 'no-date'>]
    """
    return [reason for reason in Reason if bits & reason.bit]


@dataclass(frozen=True, kw_only=True)
class Incidents:
    """n incidents as arrays, in the order of their rows.

    Attributes
    ----------
    longitude, latitude : (n,) float64
        Degrees, WGS 84; NaN where there is no position, or none that can be read.
    radius_m : (n,) float64
        Of a disc, geodesic, in metres; 0 for an exact point. The size of a settlement. NaN where
        it is not known, and for an admin unit.
    first, last : (n,) int64
        Days since 1970-01-01, both included; `NO_DAY` where there is no date, or none to be read.
        Where each incident is of one day, `last` is the very array that `first` is.
    place_type : (n,) uint8
        What the place is, by the numbers of `PlaceType`.
    unit : (n,) int32
        Position in `units.polygons` of an admin unit; -1 for every other type of place.
    units : Areas, optional
        The polygons, where some were given.
    settlement : (n,) int32
        Position in the atlas's ledger; -1 for every other type of place. Before `settled`, of a
        point with radius 0: what a name or a code was taken for, at whose position it lies.
    shared : (n,) int32
        Position in `candidates` of the places that share the name of an incident, which has no
        position then; -1 for every other.
    candidates : tuple of tuple of Place
        Places that share a name.
    radius_source : (n,) uint8
        Position in `radius_sources`.
    radius_sources : tuple of str
        The same for every batch of a file.
    reasons : (n,) uint32
        Why a row has no position or no days: a set of `Reason`, by their bits.
    findings : tuple of Finding
        Repairs, warnings and refusals, with their rows.
    alternatives : tuple of Alternative
        Other ways in which some rows may have been meant.
    """

    longitude: npt.NDArray[np.float64]
    latitude: npt.NDArray[np.float64]
    radius_m: npt.NDArray[np.float64]
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    place_type: npt.NDArray[np.uint8]
    unit: npt.NDArray[np.int32]
    units: Areas | None = None
    settlement: npt.NDArray[np.int32]
    shared: npt.NDArray[np.int32] = field(default_factory=lambda: _NOT_SHARED)
    candidates: tuple[tuple[Place, ...], ...] = ()
    radius_source: npt.NDArray[np.uint8]
    radius_sources: tuple[str, ...]
    reasons: npt.NDArray[np.uint32]
    findings: tuple[Finding, ...] = ()
    alternatives: tuple[Alternative, ...] = ()

    def __post_init__(self) -> None:
        if self.last is not self.first and np.array_equal(self.first, self.last):
            object.__setattr__(self, "last", self.first)
        if self.shared is _NOT_SHARED:
            object.__setattr__(self, "shared", np.full(len(self), -1, dtype=np.int32))

    def __len__(self) -> int:
        return len(self.longitude)

    @classmethod
    def discs(
        cls,
        longitude: npt.ArrayLike,
        latitude: npt.ArrayLike,
        radius_m: npt.ArrayLike,
        first: npt.ArrayLike,
        last: npt.ArrayLike,
        *,
        radius_source: str = "given",
    ) -> Self:
        """Return incidents whose places are discs, given as columns of the same length.

        Parameters
        ----------
        longitude, latitude, radius_m : (n,) array of float
            Degrees (WGS 84) and metres; NaN where they are not known.
        first, last : (n,) array of int
            Days since 1970-01-01; `NO_DAY` where they are not known.
        """
        x = np.asarray(longitude, dtype=np.float64)
        return cls(
            longitude=x,
            latitude=np.asarray(latitude, dtype=np.float64),
            radius_m=np.asarray(radius_m, dtype=np.float64),
            first=np.asarray(first, dtype=np.int64),
            last=np.asarray(last, dtype=np.int64),
            place_type=np.zeros(len(x), dtype=np.uint8),
            unit=np.full(len(x), -1, dtype=np.int32),
            settlement=np.full(len(x), -1, dtype=np.int32),
            radius_source=np.zeros(len(x), dtype=np.uint8),
            radius_sources=(radius_source,),
            reasons=np.zeros(len(x), dtype=np.uint32),
        )

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return the incidents of several batches of one file as one, without their findings."""
        if not parts:
            return cls.discs((), (), (), (), ())
        arrays: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS
        }
        before = np.cumsum([0, *(len(part.candidates) for part in parts)])
        arrays["shared"] = np.concatenate(
            [
                np.where(part.shared < 0, part.shared, part.shared + np.int32(begin))
                for part, begin in zip(parts, before, strict=False)
            ]
        )
        starts = np.cumsum([0, *map(len, parts)])
        alternatives = tuple(
            replace(one, rows=one.rows + start)
            for part, start in zip(parts, starts, strict=False)
            for one in part.alternatives
        )
        return cls(
            units=parts[0].units,
            radius_sources=parts[0].radius_sources,
            candidates=tuple(chain.from_iterable(part.candidates for part in parts)),
            alternatives=alternatives,
            **arrays,
        )

    def take(self, rows: slice | npt.NDArray[Any]) -> Self:
        """Return some of the incidents, without their findings."""
        arrays: dict[str, Any] = {
            name: getattr(self, name)[rows] for name in _ARRAYS if name != "last"
        }
        last = arrays["first"] if self.one_day else self.last[rows]
        taken = type(self)(
            units=self.units,
            radius_sources=self.radius_sources,
            candidates=self.candidates,
            last=last,
            **arrays,
        )
        if not self.alternatives:
            return taken
        now = np.full(len(self), -1, dtype=np.int64)
        now[rows] = np.arange(len(taken))
        return replace(taken, alternatives=tuple(one.moved(now) for one in self.alternatives))

    def settled(
        self, ledger: Ledger, placeholders: Iterable[tuple[float, float, str]] = ()
    ) -> Self:
        """Return the incidents, each that lies in a settlement with that as its place.

        These are exact points, by default or by a precision code, of which `settlement` is set
        already (a name or a code was taken for it), or which lie within the size of a settlement.
        Their radius becomes its size. A radius that was stated means a disc; so does any above 0,
        and a point that lies in no settlement.

        Parameters
        ----------
        ledger
            The settlements of the atlas.
        placeholders
            Longitude, latitude (degrees) and name of points that stand for a whole area: none of
            them lies in a settlement.
        """
        stated = np.array([source in _STATED for source in self.radius_sources], dtype=bool)
        exact = (self.radius_m == 0) & (self.place_type == PlaceType.DISC)
        exact &= ~stated[self.radius_source]
        rows = np.flatnonzero(exact)
        already = self.place_type == PlaceType.SETTLEMENT
        settlement = np.where(already, self.settlement, np.int32(-1))
        settlement[rows] = self.settlement[rows]
        unnamed = rows[settlement[rows] < 0]
        settlement[unnamed], _ = ledger.near(self.longitude[unnamed], self.latitude[unnamed])
        rows = rows[settlement[rows] >= 0]
        for longitude, latitude, _ in placeholders:
            near = np.abs(self.longitude[rows] - longitude) <= PLACEHOLDER_DEG
            near &= np.abs(self.latitude[rows] - latitude) <= PLACEHOLDER_DEG
            settlement[rows[near]] = -1
        rows = rows[settlement[rows] >= 0]
        if not rows.size:
            return replace(self, settlement=settlement)
        sources = self.radius_sources
        if SETTLEMENT not in sources:
            sources = (*sources, SETTLEMENT)
        radius, source, kind = (
            self.radius_m.copy(),
            self.radius_source.copy(),
            self.place_type.copy(),
        )
        radius[rows] = ledger.radius_m[settlement[rows]]
        source[rows], kind[rows] = sources.index(SETTLEMENT), PlaceType.SETTLEMENT
        return replace(
            self,
            settlement=settlement,
            radius_m=radius,
            radius_source=source,
            radius_sources=sources,
            place_type=kind,
        )

    @property
    def one_day(self) -> bool:
        """Whether each incident is of one day."""
        return self.last is self.first

    @property
    def unreadable(self) -> npt.NDArray[np.bool_]:
        """(n,) Which have a place or a date that is given and cannot be read."""
        return np.asarray((self.reasons & set_of(*UNREADABLE)) != 0)

    @property
    def refused(self) -> npt.NDArray[np.bool_]:
        """(n,) Which have a place, a date or a radius that is given and cannot be read."""
        lost = [i for i, name in enumerate(self.radius_sources) if name == "unreadable"]
        return np.asarray(self.unreadable | np.isin(self.radius_source, lost))


_ARRAYS = tuple(
    field.name
    for field in fields(Incidents)
    if field.name not in ("units", "radius_sources", "candidates", "findings", "alternatives")
)


@dataclass(frozen=True)
class Alternative:
    """Another way in which some rows of a batch may have been meant.

    Attributes
    ----------
    reason
        What is said of a row whose verdict would change.
    rows : (k,) int64
        Which they are.
    incidents
        The k rows, meant the other way.
    is_likely
        Whether the row or the file as a whole speaks for it: a verdict that would change is then
        not certain.
    """

    reason: Reason
    rows: npt.NDArray[np.int64]
    incidents: Incidents
    is_likely: bool

    def moved(self, now: npt.NDArray[np.int64]) -> Alternative:
        """Return those of the rows that there still are, with their numbers now (-1: gone)."""
        kept = np.flatnonzero(now[self.rows] >= 0)
        return replace(self, rows=now[self.rows[kept]], incidents=self.incidents.take(kept))
