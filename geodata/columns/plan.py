"""What is decided for a file as a whole, so that its batches can be read one by one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from geodata.columns.cells import Floats, Ints
from geodata.columns.mapping import ColumnMapping
from geodata.errors import InputError
from geodata.ledger import Ledger
from geodata.parallel import go_on
from geodata.text.coordinates import column_decimal
from geodata.text.date_columns import column_century, column_order, days_exchanged
from geodata.text.dates import Epoch, MonthNames, Order
from geodata.text.position import Decimal

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.columns.areas import Areas
    from geodata.columns.precision import DateCode, PlaceCode
    from geodata.schema import Area

Points = tuple[tuple[float, float], ...]
"""Latitudes and longitudes in degrees."""


class Axes(NamedTuple):
    """Positions of a file by the way round in which they lie in the country, counted.

    `swapped` only with their axes swapped, `as_read` only as read, `both` either way, `neither`
    neither way; `decimals` are those of which a coordinate is no whole number of degrees, `finer`
    those of which one is no whole number of tenths.
    """

    swapped: int = 0
    as_read: int = 0
    both: int = 0
    neither: int = 0
    decimals: int = 0
    finer: int = 0

    def plus(self, other: Axes) -> Axes:
        """Return the counts of both."""
        return Axes(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def only_tenths(self) -> bool:
        """Whether there are several positions, and none is finer than a tenth of a degree."""
        return not self.finer and self.swapped + self.as_read + self.both + self.neither > 1

    @property
    def point_to_an_exchange(self) -> bool:
        """Whether most of what tells lies in the country only with its axes swapped."""
        return self.swapped > self.as_read + self.neither


_MANY = 20
_MANY_SHARE = 0.02
_BUCKETS = 16
"""Bits of the hash by which points are sorted into buckets."""


class SharedPoints:
    """How many incidents lie at each point that many share.

    Points are counted by buckets of a hash: a point that many share is in a full bucket, and only
    what lies in one is sorted.
    """

    def __init__(self) -> None:
        self.total = 0
        self._points: list[tuple[Floats, Floats]] = []
        self._in_bucket: Ints = np.zeros(1 << _BUCKETS, dtype=np.int64)

    def add(self, latitude: Floats, longitude: Floats) -> None:
        """Take in the points of incidents, in degrees; NaN has none."""
        placed = ~np.isnan(longitude)
        y, x = latitude[placed] + 0.0, longitude[placed] + 0.0  # -0 is 0
        self.total += len(x)
        self._points.append((y, x))
        self._in_bucket += np.bincount(_bucket(y, x), minlength=1 << _BUCKETS)

    def shared(self) -> list[tuple[tuple[float, float], int]]:
        """Return the points (latitude, longitude) that very many incidents share, and how many.

        Those are 20 or more, and 2 % or more of all; a point that all share is none of them.
        """
        least = max(_MANY, _MANY_SHARE * self.total)
        full = self._in_bucket >= least
        if not full.any():
            return []
        kept = [np.column_stack(one)[full[_bucket(*one)]] for one in self._points]
        points, count = np.unique(np.concatenate(kept), axis=0, return_counts=True)
        many = (count >= least) & (count < self.total)
        found = [
            ((y, x), n)
            for (y, x), n in zip(points[many].tolist(), count[many].tolist(), strict=True)
        ]
        return sorted(found, key=lambda one: (-one[1], one[0]))


def _bucket(y: Floats, x: Floats) -> Ints:
    """Return the bucket of each point: the upper bits of a product (Knuth 6.4)."""
    bits = y.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + x.view(np.uint64)
    return (bits * np.uint64(0xD1B54A32D192ED03) >> np.uint64(64 - _BUCKETS)).astype(np.int64)


class Proofs:
    """What columns prove as a whole: looked for when first needed, by reading them once more.

    Pickled (for a worker that does not have the file), all is proved beforehand.
    """

    def __init__(
        self,
        scan: Callable[[list[str]], Iterator[pa.RecordBatch]] | None = None,
        *,
        dates: tuple[str, ...] = (),
        places: tuple[str, ...] = (),
        years: tuple[str, ...] = (),
        count_axes: Callable[[], Axes] | None = None,
        find_shared: Callable[[], Points] | None = None,
    ) -> None:
        self._scan, self._dates, self._places = scan, dates, places
        self._count_axes, self._find_shared = count_axes, find_shared
        self._axes: Axes | None = None
        self._shared: Points | None = None
        self._exchanged: dict[str, bool] = {}
        self._centuries: dict[str, int | None] = {}
        self._years = years
        self._orders: dict[str, Order | None] = {}
        self._decimal: tuple[Decimal | None] | None = None
        self._lock = RLock()

    def order(self, column: str) -> Order | None:
        """Return the order of day and month that a column proves."""
        with self._lock:
            if column not in self._orders:
                self._orders[column] = column_order(self._texts([column]))
            return self._orders[column]

    def decimal(self) -> Decimal | None:
        """Return the decimal mark that the columns of the place prove."""
        with self._lock:
            if self._decimal is None:
                self._decimal = (column_decimal(self._texts(list(self._places))),)
            return self._decimal[0]

    def century(self, column: str) -> int | None:
        """Return the century of all years of four digits in a column, else in one of years."""
        with self._lock:
            if column not in self._centuries:
                found = [column_century(self._texts([one])) for one in (column, *self._years)]
                self._centuries[column] = next((one for one in found if one is not None), None)
            return self._centuries[column]

    def exchanged(self, column: str) -> bool:
        """Tell whether a column proves that a spreadsheet exchanged days and months in it."""
        with self._lock:
            if column not in self._exchanged:
                self._exchanged[column] = days_exchanged(self._texts([column]))
            return self._exchanged[column]

    def axes(self) -> Axes | None:
        """Return how the positions of the whole file lie; None where nobody can tell."""
        with self._lock:
            if self._axes is None and self._count_axes is not None:
                self._axes = self._count_axes()
            return self._axes

    def shared(self) -> Points:
        """Return the points (latitude, longitude) that very many rows of the file share."""
        with self._lock:
            if self._shared is None:
                self._shared = () if self._find_shared is None else self._find_shared()
            return self._shared

    def places_read_by(self, axes: Callable[[], Axes], shared: Callable[[], Points]) -> None:
        """State what reads the places of the whole file when they are first asked for."""
        self._count_axes, self._find_shared = axes, shared

    def _texts(self, columns: list[str]) -> Iterator[str]:
        """Yield the distinct texts of some columns, batch by batch."""
        import pyarrow as pa

        if self._scan is None or not columns:
            return
        for batch in self._scan(columns):
            kinds = [field.type for field in batch.schema]
            if all(pa.types.is_floating(kind) or pa.types.is_temporal(kind) for kind in kinds):
                return  # no texts here, and none further on
            for column in batch.columns:
                if pa.types.is_dictionary(column.type):
                    column = column.dictionary
                if pa.types.is_integer(column.type):
                    column = column.cast(pa.string())
                if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
                    yield from (text for text in column.unique().to_pylist() if text)

    def __getstate__(self) -> dict[str, Any]:
        for column in self._dates:
            self.order(column)
            self.exchanged(column)
            self.century(column)
        return {
            "_orders": self._orders,
            "_exchanged": self._exchanged,
            "_centuries": self._centuries,
            "_decimal": (self.decimal(),),
            "_axes": self.axes(),
            "_shared": self.shared(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._scan = self._count_axes = self._find_shared = None
        self._dates = self._places = self._years = ()
        self.__dict__.update(state)
        self._lock = RLock()


R = TypeVar("R")


class Refused(str):
    """Why a text cannot be read."""

    __slots__ = ()


MOST_UNREADABLE = 200_000
"""How many different texts of one table may be refused: no reader is cheap for a million."""
MOST_UNREADABLE_LETTERS = 10_000_000


class Memo:
    """Results of reading texts that came before; not pickled."""

    _MOST = 200_000

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}
        self._refused: dict[Hashable, Refused] = {}
        self._rows = self._unreadable = self._letters = 0
        self._lock = RLock()

    def begin(self, rows: int) -> None:
        """Take down that so many more rows are read."""
        with self._lock:
            self._rows += rows

    def recall(self, key: tuple[Hashable, ...], read: Callable[[], R]) -> R | Refused:
        """Return what `read` gives, or the words of the InputError that it raises.

        `key` is what is read, the column, and the texts that are read. `read` is asked once for
        each key, however many threads ask. Of an error only the words are kept: the frames that it
        holds would be a gigabyte where 200,000 texts cannot be read.

        Raises
        ------
        InputError
            More different texts cannot be read than a table may have, in over a quarter of its
            rows so far: of a table that is sound otherwise, each bad cell spoils one row.
        """
        found = self._known.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            found = self._refused.get(key, _UNKNOWN)
        if found is not _UNKNOWN:
            return found  # type: ignore[no-any-return]
        go_on()
        with self._lock:
            if key in self._refused:
                return self._refused[key]
            if key not in self._known:
                try:
                    result = read()
                except InputError as error:
                    return self._refuse(key, error)
                if len(self._known) >= self._MOST:
                    self._known = {}
                self._known[key] = result
            return self._known[key]  # type: ignore[no-any-return]

    def _refuse(self, key: tuple[Hashable, ...], error: InputError) -> Refused:
        self._unreadable += 1
        self._letters += _letters(key[2:])
        many = self._unreadable > MOST_UNREADABLE or self._letters > MOST_UNREADABLE_LETTERS
        if many and 4 * self._unreadable > self._rows:
            raise InputError(
                f"expected at most {MOST_UNREADABLE:,} different texts (of "
                f"{MOST_UNREADABLE_LETTERS:,} letters together) that are no date, no position and "
                "no place, found more, in over a quarter of the rows; state which columns hold "
                "them (a mapping file), or give the rows in parts"
            ) from None
        if len(self._refused) >= self._MOST:
            self._refused = {}
        return self._refused.setdefault(key, Refused(error))

    def __reduce__(self) -> tuple[type[Memo], tuple[()]]:
        return Memo, ()


_LONG = 500  # letters: a longer text is refused at once


def _letters(part: object) -> int:
    if isinstance(part, tuple):
        return sum(map(_letters, part))
    return min(len(part), _LONG) if isinstance(part, str) else 0


_UNKNOWN = object()


@dataclass(frozen=True)
class Plan:
    """All that is decided for a file as a whole; it can be pickled and sent to a worker.

    Attributes
    ----------
    mapping
        Which column means what.
    zone, months, today
        Time zone of the days, names of months, and the day of reading (days since 1970-01-01).
    bounds, outline, placeholders
        West, south, east, north of the country in degrees; its outline, None where none is known;
        (longitude, latitude, name) of points that stand for a whole area.
    crs
        Of the file's own geometry; None where it has none, or does not say.
    epoch
        Of a workbook's serial dates; None where the file does not say.
    place_codes, date_codes, code_order
        What the source's precision codes mean; the order in which `radius_sources` lists them.
    areas, units
        Polygons of districts or governorates, None where none were given; and with those of the
        areas that names can mean, where the file has names.
    ledger, named_areas
        The settlements of the atlas, and its areas by their ids.
    proofs
        What the columns prove as a whole.
    radius_sources
        The words of `Incidents.radius_source`.
    memo
        Results of reading texts that came before.
    """

    mapping: ColumnMapping
    zone: str
    months: MonthNames
    today: int
    bounds: tuple[float, float, float, float]
    outline: Any = field(default=None, repr=False)
    placeholders: tuple[tuple[float, float, str], ...] = ()
    crs: str | None = None
    epoch: Epoch | None = None
    place_codes: Mapping[str, PlaceCode] | None = None
    date_codes: Mapping[str, DateCode] | None = None
    code_order: tuple[str, ...] = ()
    areas: Areas | None = None
    units: Areas | None = None
    ledger: Ledger = field(default_factory=Ledger, repr=False)
    named_areas: Mapping[str, Area] = field(default_factory=dict, repr=False)
    proofs: Proofs = field(default_factory=Proofs, compare=False)
    radius_sources: tuple[str, ...] = ()
    memo: Memo = field(default_factory=Memo, compare=False, repr=False)
