"""Published points: incidents as one page shows them, and what of each is kept back."""

from __future__ import annotations

import datetime as dt
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import UNSET

from geodata.columns.diagnostics import FEW_ROWS, Diagnostics
from geodata.columns.incidents import NO_DAY, Incidents, Reason
from geodata.columns.opening import open_incidents
from geodata.errors import InputError, PageError
from geodata.findings import Log
from geodata.formats.writing import result_names
from geodata.text.dates import today
from maps.page import payload
from maps.page.leaflet import Data
from maps.page.packing import encode_ring, pack_numbers, pack_texts, rings_of
from zones.calendar import PHASES
from zones.tables.question import EVERY_COLUMN, ask
from zones.tables.tagging import BATCH, tag_batch
from zones.verdict import VERDICTS

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.atlas import Atlas
    from geodata.columns.areas import Area
    from geodata.columns.opening import OpenFile
    from zones.tables.question import Question

MOST_ROWS = 1_000_000
MOST_BYTES = 12_000_000
"""Of one page; of it the page itself takes less than `_OWN_BYTES`."""
_OWN_BYTES = 1_000_000

MISSING = -(2**31)
SCALE = 100_000  # steps of a degree: about a metre
KM_A_DEGREE = 111.195  # on a sphere of 6,371 km, as the page reckons when it draws a cell
MOST_COARSE_KM = 500
_OUTLINE_DEGREES = 0.003  # what an outline may be drawn beside its polygon: about 300 m
_OUTLINE_SCALE = 2_000  # steps of a degree: about 50 m

_OWN = payload.OwnNames.__struct_fields__
_TELL_WHERE = ("latitude", "longitude", "distance_m", "accuracy_m", "share_low", "share_best",
               "share_high", "radius_m", "sentence")  # fmt: skip
_TELL_WHEN = ("first_day", "last_day", "sentence")

Whole = npt.NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Publishing:
    """What of the incidents is published.

    Attributes
    ----------
    show
        Columns of the file, or of the record of a verdict, to publish besides verdict, date, id
        and position.
    coarsen_km
        Positions become the middles of cells of this size. The verdict is found before that. The
        id is then published only where `show` names it: it may lead to the exact position.
    min_count
        Incidents alike in all that is published of them (but ids and shown columns) are left out
        where there are fewer than this; days become weeks, from Monday to Sunday. The id as above.
    delay_days, today
        Incidents that ended later than so many days before `today` (by default the day on which
        this runs, in the atlas's time zone) are left out, and so are those without a date.
    """

    show: tuple[str, ...] = ()
    coarsen_km: float | None = None
    min_count: int = 1
    delay_days: int | None = None
    today: dt.date | None = None

    def __post_init__(self) -> None:
        if self.coarsen_km is not None and not 0 < self.coarsen_km <= MOST_COARSE_KM:
            raise InputError(
                f"expected cells of more than 0 and up to {MOST_COARSE_KM} km, found "
                f"{self.coarsen_km:g}; name another size."
            )
        for name, value, least in (
            ("a smallest count", self.min_count, 1),
            ("a delay in days", self.delay_days, 0),
        ):
            if value is not None and value < least:
                raise InputError(f"expected {name} of {least} or more, found {value}; correct it.")
        if self.today is not None and self.delay_days is None:
            raise InputError("expected a delay to count back from a day, found none; state both.")

    @property
    def blurs(self) -> bool:
        """Whether single incidents must not be recognisable in their source."""
        return self.coarsen_km is not None or self.min_count > 1


@dataclass(frozen=True)
class PublishedPoints:
    """n incidents as a page shows them, in order of time, and what was left out.

    Attributes
    ----------
    first, last : (n,) int32
        Days since 1970-01-01, both included; MISSING without a date.
    latitude, longitude : (n,) int32
        In 1 / SCALE degree, WGS 84; MISSING where nothing can be drawn.
    radius : (n,) int32
        Metres; 0 also where it is not published.
    verdict, zone, phase : (n,) int32
        Positions in `VERDICTS`, `zones` and `PHASES`; -1 for none.
    area : (n,) int32
        Position in `areas` of the polygon by which alone a place is known; -1 for none.
    areas
        Polygons of districts and governorates that the file was read with.
    zones
        Ids of the zones of the atlas.
    columns
        Names and texts of the other columns that are published, the id first where it is.
    numbered
        How many columns at the front are ids.
    report
        What was left out, as the page says it.
    unreadable
        How many rows of the file could not be read; they are undetermined.
    log
        All that was found in the file.
    """

    first: Whole
    last: Whole
    latitude: Whole
    longitude: Whole
    radius: Whole
    verdict: Whole
    zone: Whole
    phase: Whole
    area: Whole
    areas: tuple[Area, ...]
    zones: tuple[str, ...]
    columns: tuple[tuple[str, pa.ChunkedArray], ...]
    numbered: int
    names: tuple[str, ...]
    report: payload.PublishingReport
    unreadable: int = 0
    log: Log = field(default_factory=Log)

    def __len__(self) -> int:
        return len(self.first)

    def take(self, rows: npt.NDArray[Any]) -> PublishedPoints:
        """Return some of the rows, by number or by mask."""
        import pyarrow as pa

        which = np.flatnonzero(rows) if rows.dtype == bool else rows
        arrays: dict[str, Any] = {name: getattr(self, name)[which] for name in _ARRAYS}
        columns = tuple((name, column.take(pa.array(which))) for name, column in self.columns)
        return replace(self, **arrays, columns=columns)

    def of_zone(self, zone: str) -> PublishedPoints:
        """Return the share of one zone's page: the incidents whose zone it is."""
        mine = self.take(self.zone == self.zones.index(zone))
        return _reported(mine, elsewhere=len(self) - len(mine))


_ARRAYS = ("first", "last", "latitude", "longitude", "radius", "verdict", "zone", "phase", "area")


def _reported(points: PublishedPoints, **changes: Any) -> PublishedPoints:
    return replace(points, report=msgspec.structs.replace(points.report, **changes))


def read_points(
    path: str | Path,
    atlas: Atlas,
    publishing: Publishing | None = None,
    *,
    language: str = "en",
    strict: bool = False,
    **reading: Any,
) -> PublishedPoints:
    """Read a file of incidents, assess each, and keep what may be published.

    Parameters
    ----------
    path, reading
        As for `geodata.columns.opening.open_incidents`.
    language
        Of the sentence, where it is shown.
    strict
        Stop at the first row that cannot be read, and at a warning.

    Raises
    ------
    InputError
        The file cannot be read, has more than MOST_ROWS rows, or has no such column; or a column
        that is to be shown would undo what is to be blurred.
    """
    wanted = publishing or Publishing()
    source = open_incidents(path, atlas=atlas, **reading)
    ids, from_file, from_record = _columns(source, wanted)
    question = ask(with_=from_record, language=language, atlas=atlas)
    read = _Read(question, ids, from_file, from_record)
    _check_rows(path, source.rows or 0)
    diagnostics = Diagnostics(source, most_rows=FEW_ROWS)
    for batch in source.batches(BATCH):
        _check_rows(path, read.rows + batch.num_rows)
        diagnostics.see(batch, read.add(batch, source, strict=strict))
    log = diagnostics.close(strict=strict)
    named = set(source.mapping.of("name"))  # which are looked up, and not published
    used = {*(set(source.mapping.columns()) - named), *from_file, *([ids] if ids else [])}
    points = read.points(left_out=len(set(source.schema.names) - used))
    return _publish(replace(points, log=log), wanted, atlas.meta.time_zone)


def _check_rows(path: str | Path, rows: int) -> None:
    if rows > MOST_ROWS:
        raise InputError(
            f"{path}: expected at most {MOST_ROWS:,} incidents for one page, found more; cut the "
            "file by time, or by zone (dezone tag gives each row its zone), and show a part of it."
        )


def _columns(source: OpenFile, wanted: Publishing) -> tuple[str | None, list[str], list[str]]:
    """Return the column of the id ("" for the number of the row), of the file, of the record."""
    mapping, names = source.mapping, source.schema.names
    id_column = mapping.id or ""
    from_file: list[str] = []
    from_record: list[str] = []
    wants_id = not wanted.blurs
    for name in dict.fromkeys(wanted.show):
        if name == "id" or (id_column and name == id_column):
            wants_id = True
        elif name in names:
            from_file.append(name)
        elif name in EVERY_COLUMN:
            if name not in _OWN:
                from_record.append(name)
        else:
            known = ", ".join(names[:30])
            raise InputError(
                f"expected a column of the file ({known}) or of a record ({', '.join(EVERY_COLUMN)}"
                f"), found {name!r}; show one of these."
            )
    where = {mapping.latitude, mapping.longitude, mapping.position, mapping.geometry}
    when = {mapping.date, mapping.first, mapping.last, mapping.day}
    for option, holds, mine, telling in (
        ("coarsened positions", wanted.coarsen_km is not None, where, _TELL_WHERE),
        ("weeks", wanted.min_count > 1, when, _TELL_WHEN),
    ):
        undone = [n for n in from_file if n in mine] + [n for n in from_record if n in telling]
        if holds and undone:
            raise InputError(
                f"expected columns that keep {option}, found {undone[0]!r}, which tells what was "
                "blurred; leave it out."
            )
    return (id_column if wants_id else None), from_file, from_record


@dataclass
class _Read:
    """Batches of a file, assessed, as far as they may be published."""

    question: Question
    ids: str | None
    from_file: list[str]
    from_record: list[str]
    rows: int = 0
    unreadable: int = 0
    parts: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in _ARRAYS})
    texts: list[list[pa.Array]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    areas: tuple[Area, ...] = ()

    def add(self, batch: pa.RecordBatch, source: OpenFile, *, strict: bool) -> Incidents:
        """Add one batch, and return what was read of it."""
        import pyarrow as pa

        tagged = tag_batch(batch, source.plan, self.question, strict=strict)
        columns = dict(zip(self.question.columns, tagged.columns, strict=True))
        given = tagged.incidents
        # Where a source says no more than the country's middle, or not how near, nothing is drawn.
        usable = ~_has_reason(columns["reasons"], Reason.PLACEHOLDER_LOCATION)
        usable &= np.isfinite(given.longitude) & np.isfinite(given.latitude)
        usable &= np.isfinite(given.radius_m)
        usable &= (np.abs(given.latitude) < 90) & (np.abs(given.longitude) <= 180)
        for name in ("latitude", "longitude"):
            steps = np.round(np.where(usable, getattr(given, name), 0.0) * SCALE)
            self.parts[name].append(np.where(usable, steps, MISSING).astype(np.int32))
        self.areas = source.plan.areas.all if source.plan.areas else ()
        self.parts["area"].append(given.unit)
        radius = np.where(usable, given.radius_m, 0.0)
        self.parts["radius"].append(np.round(radius).astype(np.int32))
        for name in ("first", "last"):
            days = getattr(given, name)
            self.parts[name].append(np.where(days == NO_DAY, MISSING, days).astype(np.int32))
        for name in ("verdict", "zone", "phase"):
            self.parts[name].append(_codes(columns[name]))
        texts = [_as_text(batch, name) for name in self.from_file]
        texts += [columns[name].cast(pa.string()) for name in self.from_record]
        if self.ids is not None:
            numbers = pa.array(np.arange(self.rows + 1, self.rows + 1 + batch.num_rows))
            found = _as_text(batch, self.ids) if self.ids else numbers.cast(pa.string())
            texts.insert(0, found)
        self.texts.append([text.cast(pa.large_string()) for text in texts])
        self.rows += batch.num_rows
        self.unreadable += tagged.unreadable
        return given

    def points(self, *, left_out: int) -> PublishedPoints:
        """Return the points, given how many columns of the file are not published."""
        import pyarrow as pa

        id_name = [] if self.ids is None else ["id" if self.ids else "row"]
        names = [*id_name, *self.from_file, *self.from_record]
        own = result_names(names, _OWN)
        columns = tuple(
            (name, pa.chunked_array([part[i] for part in self.texts], pa.large_string()))
            for i, name in enumerate(names)
        )
        arrays = {
            name: np.concatenate(parts) if parts else np.zeros(0, np.int32)
            for name, parts in self.parts.items()
        }
        return PublishedPoints(
            **arrays,  # type: ignore[arg-type]  # (of the names in _ARRAYS)
            areas=self.areas,
            zones=tuple(self.question.assessor.zones),
            columns=columns,
            numbered=len(id_name),
            names=tuple(own[name] for name in _OWN),
            report=payload.PublishingReport(
                rows=self.rows,
                id=bool(id_name),
                cell_km=None,
                delayed=None,
                withheld=None,
                elsewhere=0,
                columns_left_out=left_out,
            ),
            unreadable=self.unreadable,
        )


def _codes(column: pa.Array) -> Whole:
    indices = column.indices.fill_null(-1)
    return np.asarray(indices.to_numpy(zero_copy_only=False)).astype(np.int32)


def _has_reason(column: pa.Array, reason: Reason) -> npt.NDArray[np.bool_]:
    """Tell which rows have a given reason."""
    said = np.array([reason in text.split(";") for text in column.dictionary.to_pylist()], bool)
    codes = column.indices.to_numpy(zero_copy_only=False)
    found: npt.NDArray[np.bool_] = said[codes]
    return found


def _as_text(batch: pa.RecordBatch, name: str) -> pa.Array:
    """Return a column of a file as texts, as its cells were written."""
    import json

    import pyarrow as pa

    from geodata.formats.table import JSON_TEXT
    from geodata.formats.values import plain_texts

    column = batch.column(name)
    if (batch.schema.field(name).metadata or {}).get(JSON_TEXT):
        said = [None if cell is None else json.loads(cell) for cell in column.to_pylist()]
        texts = [
            text if isinstance(text, str) or text is None else json.dumps(text, ensure_ascii=False)
            for text in said
        ]
        return pa.array([None if t is None else _encodable(t) for t in texts], pa.string())
    return plain_texts(column).cast(pa.string())


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


# -- what is kept back ----------------------------------------------------------------------


def _publish(points: PublishedPoints, wanted: Publishing, zone: str) -> PublishedPoints:
    points = _reported(points, cell_km=wanted.coarsen_km)
    if wanted.delay_days is not None:
        until = (wanted.today or today(zone)) - dt.timedelta(days=wanted.delay_days)
        limit = (until - dt.date(1970, 1, 1)).days
        undated = points.last == MISSING
        kept = ~undated & (points.last <= limit)
        delayed = payload.Delayed(until=until, count=int((~kept).sum()), undated=int(undated.sum()))
        points = _reported(points.take(kept), delayed=delayed)
    if wanted.blurs:  # an outline could be finer than the cells, and tell alike incidents apart
        points = replace(points, area=np.full_like(points.area, -1), areas=())
    if wanted.coarsen_km is not None:
        points = _coarsen(points, wanted.coarsen_km)
    if wanted.min_count > 1:
        points = _weeks(points)
        groups, counts = _alike(points)
        small = counts < wanted.min_count
        withheld = payload.Withheld(
            least=wanted.min_count, count=int(counts[small].sum()), groups=int(small.sum())
        )
        points = _reported(points.take(~small[groups]), withheld=withheld)
    dated = np.where(points.first == MISSING, np.iinfo(np.int32).max, points.first)
    order = np.lexsort((points.longitude, points.latitude, dated))
    return points.take(order)


def _coarsen(points: PublishedPoints, km: float) -> PublishedPoints:
    """Return the incidents at the middles of their cells; a place in no cell stays without one.

    Rows of cells are `km` high, counted from the equator; in each row cells are as wide at the
    row's middle, counted from the prime meridian.
    """
    placed = points.latitude != MISSING
    high = km / KM_A_DEGREE
    middle = (np.floor(points.latitude / SCALE / high) + 0.5) * high
    middle = np.clip(middle, -89.5, 89.5)
    wide = high / np.cos(np.radians(middle))
    across = (np.floor(points.longitude / SCALE / wide) + 0.5) * wide

    def steps(degrees: npt.NDArray[np.float64]) -> Whole:
        whole: Whole = np.where(placed, np.round(degrees * SCALE), MISSING).astype(np.int32)
        return whole

    return replace(
        points,
        latitude=steps(middle),
        longitude=steps(across),
        radius=np.zeros_like(points.radius),
    )


def _weeks(points: PublishedPoints) -> PublishedPoints:
    """Return the incidents with the weeks of their days, from Monday to Sunday."""
    dated = points.first != MISSING
    monday = points.first - (points.first + 3) % 7  # 1970-01-01 was a Thursday
    sunday = points.last - (points.last + 3) % 7 + 6
    return replace(
        points,
        first=np.where(dated, monday, MISSING).astype(np.int32),
        last=np.where(dated, sunday, MISSING).astype(np.int32),
    )


def _alike(points: PublishedPoints) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the group of each incident, and how many are in each group."""
    keys = np.stack([getattr(points, name) for name in _ARRAYS], axis=1)
    _, group, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    return group.reshape(-1), counts


# -- into the page --------------------------------------------------------------------------


def point_marks(points: PublishedPoints) -> Data:
    """Return the incidents for a page.

    Raises
    ------
    PageError
        They would make the page larger than MOST_BYTES.
    """
    kind = (points.zone + 1) * (len(PHASES) + 1) + points.phase + 1
    numbers = {
        "first": points.first,
        "days": np.where(points.first == MISSING, 0, points.last - points.first),
        "latitude": points.latitude,
        "longitude": points.longitude,
        "radius": points.radius,
        "kind": kind * len(VERDICTS) + points.verdict,
    }
    with ThreadPoolExecutor() as threads:  # zlib leaves other threads free to run
        columns = [
            threads.submit(pack_texts, name, texts, numbered=i < points.numbered)
            for i, (name, texts) in enumerate(points.columns)
        ]
        arrays = dict(zip(numbers, threads.map(pack_numbers, numbers.values()), strict=True))
    packed = payload.Points(
        rows=len(points),
        scale=SCALE,
        zones=points.zones,
        phases=[phase.value for phase in PHASES],
        verdicts=[verdict.value for verdict in VERDICTS],
        numbers=payload.PointNumbers(**arrays),
        names=payload.OwnNames(**dict(zip(_OWN, points.names, strict=True))),
        columns=[column.result() for column in columns],
        report=points.report,
        areas=_outlines(points) or UNSET,
    )
    _check_size(packed)
    return Data("points", packed)


def _outlines(points: PublishedPoints) -> payload.Areas | None:
    """Return the outlines by which alone some places are known; none where there are none."""
    used, place = np.unique(points.area, return_inverse=True)
    if not (used >= 0).any():
        return None
    none = int(used[0] < 0)
    outlines = []
    for area in (points.areas[i] for i in used[none:]):
        shape = area.polygon.simplify(_OUTLINE_DEGREES)
        parts = getattr(shape, "geoms", [shape])
        outlines.append(
            payload.AreaOutline(
                level=area.level,
                name=next(iter(area.names), area.code),
                rings=[encode_ring(r.coords, _OUTLINE_SCALE) for p in parts for r in rings_of(p)],
            )
        )
    return payload.Areas(
        scale=_OUTLINE_SCALE, outlines=outlines, rows=pack_numbers(place.reshape(-1) - none)
    )


def _check_size(points: payload.Points) -> None:
    sizes = {
        name: len(packed["data"]) for name, packed in msgspec.to_builtins(points.numbers).items()
    }
    for column in points.columns:
        if isinstance(column, payload.NumberedColumn):
            sizes[column.name] = len(column.numbers.data)
        else:
            sizes[column.name] = len(column.codes.data) + len(column.table)
    if isinstance(points.areas, payload.Areas):
        outlines = sum(len(ring) for one in points.areas.outlines for ring in one.rings)
        sizes["--admin"] = len(points.areas.rows.data) + outlines
    total = sum(sizes.values()) + _OWN_BYTES
    if total <= MOST_BYTES:
        return
    largest = max(sizes, key=lambda name: sizes[name])
    rows = points.rows
    fit = math.floor(rows * (MOST_BYTES - _OWN_BYTES) / sum(sizes.values()) / 1000) * 1000
    raise PageError(
        f"expected a page of at most {MOST_BYTES / 1e6:g} MB, found {total / 1e6:.1f} MB, of which "
        f"{largest!r} takes {sizes[largest] / 1e6:.1f} MB; leave that column out, or show about "
        f"{fit:,} of the {rows:,} incidents."
    )
