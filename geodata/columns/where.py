"""Positions of a batch of incidents: plain numbers at once, the rest cell by cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.columns.cells import (
    Bools,
    Floats,
    Ints,
    blank,
    comma_numbers,
    distinct,
    note_marks,
    numbers,
    texts,
)
from geodata.columns.headers.names import fold, longitude_first
from geodata.columns.incidents import PLACEHOLDER_DEG
from geodata.columns.plan import Axes, Refused
from geodata.crs import to_degrees
from geodata.errors import CoordinateError
from geodata.findings import Log, Severity
from geodata.text.axes import fits, swapped
from geodata.text.coordinates import is_geopoint, read_geopoint, read_pair, read_position, turned
from geodata.text.position import GRIDS, Position
from geodata.text.repairs import clean_text, is_missing

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.columns.mapping import ColumnMapping
    from geodata.columns.plan import Plan

_MOST_SHOWN = 5000  # distinct texts of one kind in one batch
_MOST_PLACES = 100  # listed one by one in one batch


@dataclass
class Where:
    """Degrees (NaN: none), what the notation implies of the radius, and what went wrong."""

    longitude: Floats
    latitude: Floats
    extent_m: Floats
    notation: dict[str, Ints]
    missing: Bools
    unreadable: Bools
    grids: list[Ints] = field(default_factory=list)
    """Rows given in a grid, which has no axes to swap."""
    swapped: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Rows whose axes may be swapped."""
    is_exchanged: bool = False
    """Whether the file as a whole speaks for swapped axes."""
    whole: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Rows whose coordinates are both whole numbers of degrees."""
    has_decimals: bool = True
    """Whether any position of the file is finer than whole degrees."""
    other: Where | None = None
    """The positions that other columns of the same rows give."""


def positions(batch: pa.RecordBatch, plan: Plan, log: Log) -> Where:
    """Return the positions of a batch as the mapping has them, and what is doubtful of them."""
    where = _read_positions(batch, plan, log)
    others = plan.mapping.also
    if others:
        latitude, longitude, position = (
            (*others, None) if len(others) == 2 else (None, None, *others)
        )
        mapping = replace(
            plan.mapping,
            geometry=None,
            crs=None,
            latitude=latitude,
            longitude=longitude,
            position=position,
        )
        where.other = _read_positions(batch, replace(plan, mapping=mapping), Log())
        _fill(where, where.other, ", ".join(others), log)
    _warn(plan, log, where)
    if where.other is not None:
        _warn_of_other(plan, log, where, where.other)
    return where


def _fill(where: Where, other: Where, names: str, log: Log) -> None:
    """Take the position of other columns where a row has none in the first."""
    rows = np.flatnonzero(where.missing & np.isfinite(other.longitude))
    if not rows.size:
        return
    for name in ("longitude", "latitude", "extent_m"):
        values = getattr(where, name).copy()
        values[rows] = getattr(other, name)[rows]
        setattr(where, name, values)
    for notation, those in other.notation.items():
        mine = np.intersect1d(those, rows)
        where.notation[notation] = np.concatenate([where.notation.get(notation, rows[:0]), mine])
    where.grids += [np.intersect1d(those, rows) for those in other.grids]
    where.missing = where.missing.copy()
    where.missing[rows] = False
    why = "the row has no other position"
    log.note(Severity.REPAIR, "other-position", names, "", why, rows)


_APART_DEG = 0.01  # 1 km: more than what rounding does


def _warn_of_other(plan: Plan, log: Log, where: Where, other: Where) -> None:
    """Warn of rows that other columns place elsewhere, and keep only these in `other`."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(where.longitude - other.longitude) > _APART_DEG
        apart |= np.abs(where.latitude - other.latitude) > _APART_DEG
    other.longitude = np.where(apart, other.longitude, np.nan)
    other.latitude = np.where(apart, other.latitude, np.nan)
    names = ", ".join(plan.mapping.also)
    why = f"not where {names} would have it: which is right?"
    log.note(Severity.WARNING, "positions-disagree", _columns(plan), "", why, np.flatnonzero(apart))
    if plan.mapping.radius is None:
        with np.errstate(invalid="ignore"):
            vaguer = ~apart & np.isfinite(other.extent_m) & ~(other.extent_m <= where.extent_m)
        why = f"accuracies of {names} are not used; take it as the position to use them"
        rows = np.flatnonzero(vaguer)
        log.note(Severity.WARNING, "unused-precision", _columns(plan), "", why, rows)


def count_axes(batch: pa.RecordBatch, plan: Plan) -> Axes:
    """Return which way round the positions of a batch lie in the country, counted."""
    return _axes(_read_positions(batch, plan, Log()), plan)


def points_of(batch: pa.RecordBatch, plan: Plan) -> tuple[Floats, Floats]:
    """Return the latitudes and the longitudes of a batch; NaN where there is no position."""
    where = _read_positions(batch, plan, Log())
    return where.latitude, where.longitude


def _axes(where: Where, plan: Plan) -> Axes:
    x, y = where.longitude, where.latitude
    plain = fits(x, y, plan.bounds, plan.outline)
    turned = fits(y, x, plan.bounds, plan.outline)
    for rows in where.grids:
        plain[rows], turned[rows] = True, False
    placed = np.isfinite(x)
    fine = placed & ((x != np.floor(x)) | (y != np.floor(y)))
    finer = placed & ~_in_tenths(x, y)
    for rows in where.grids:
        finer[rows] = True
    ways = (turned & ~plain, plain & ~turned, plain & turned, placed & ~plain & ~turned)
    return Axes(*(int(which.sum()) for which in (*ways, fine, finer)))


def _in_tenths(x: Floats, y: Floats) -> Bools:
    """Tell where both coordinates are whole tenths of a degree, as floats of 32 bits have them."""
    with np.errstate(invalid="ignore"):
        near = [np.abs(one * 10 - np.rint(one * 10)) < _SAME_TENTH for one in (x, y)]
    return np.asarray(near[0] & near[1])


_SAME_TENTH = 5e-5


def _read_positions(batch: pa.RecordBatch, plan: Plan, log: Log) -> Where:
    n = batch.num_rows
    nothing = np.full(n, np.nan)
    no = np.zeros(n, dtype=bool)
    where = Where(nothing, nothing.copy(), nothing.copy(), {}, no, no.copy())
    mapping = plan.mapping
    if mapping.geometry is not None:
        _from_geometry(batch.column(mapping.geometry), plan, log, where)
    elif mapping.latitude is not None and mapping.longitude is not None:
        pair = batch.column(mapping.latitude), batch.column(mapping.longitude)
        if all(fold(name).endswith("e7") for name in (mapping.latitude, mapping.longitude)):
            pair = _tenmillionths(pair[0]), _tenmillionths(pair[1])
        if mapping.crs is not None:
            _from_plane(pair, mapping.crs, f"{mapping.latitude}, {mapping.longitude}", log, where)
        else:
            _from_pair(pair, plan, log, where)
    elif mapping.dms:
        half = len(mapping.dms) // 2
        parts = [texts(batch.column(name)) for name in mapping.dms]
        _from_pair((_angles(parts[:half]), _angles(parts[half:])), plan, log, where)
    elif mapping.position is not None:
        _from_texts(batch.column(mapping.position), mapping, plan, log, where)
    else:
        where.missing[:] = True
    return where


def _angles(parts: Sequence[pa.Array]) -> pa.Array:
    """Return the angles that columns of degrees, minutes, seconds and perhaps a direction give."""
    import pyarrow as pa

    found = []
    for cells in zip(*(part.to_pylist() for part in parts), strict=True):
        filled = [cell if _holds(cell or "") else "" for cell in cells]
        marked = [f"{cell}{mark}" for cell, mark in zip(filled, "°'\"", strict=False) if cell]
        found.append(" ".join([*marked, *filled[3:]]) if any(filled[:3]) else "")
    return pa.array(found, pa.string())


def _tenmillionths(column: pa.Array) -> pa.Array:
    """Return degrees from a column of whole ten-millionths of a degree; other cells as texts."""
    import pyarrow as pa

    cells = [
        f"{int(cell) / 1e7:.7f}" if re.fullmatch(r"-?[0-9]+", cell or "") else cell
        for cell in texts(column).to_pylist()
    ]
    return pa.array(cells, pa.string())


def _place(where: Where, rows: Ints, found: Position) -> None:
    where.longitude[rows] = found.longitude
    where.latitude[rows] = found.latitude
    if found.notation in GRIDS:
        where.grids.append(rows)
    if found.extent_m is not None:
        where.extent_m[rows] = found.extent_m
        name = found.notation.value
        where.notation[name] = np.concatenate([where.notation.get(name, rows[:0]), rows])


def _from_pair(pair: tuple[pa.Array, pa.Array], plan: Plan, log: Log, where: Where) -> None:
    (north, plain_north), (east, plain_east) = numbers(pair[0]), numbers(pair[1])
    commas: list[Bools] = []
    if plan.mapping.decimal != "." and not (plain_north.all() and plain_east.all()):
        north_commas, comma_north = comma_numbers(pair[0])
        east_commas, comma_east = comma_numbers(pair[1])
        north = np.where(comma_north, north_commas, north)
        east = np.where(comma_east, east_commas, east)
        plain_north, plain_east = plain_north | comma_north, plain_east | comma_east
        commas = [comma_north, comma_east]
    with np.errstate(invalid="ignore"):
        plain = plain_north & plain_east & (np.abs(north) <= 90) & (np.abs(east) <= 180)
    for cells, comma in zip(pair, commas, strict=False):
        _note_commas(cells, np.flatnonzero(comma & plain), plan, log)
    if plain.all():
        where.latitude, where.longitude = north, east
        return
    where.latitude[plain], where.longitude[plain] = north[plain], east[plain]
    none = blank(pair[0]) & blank(pair[1])
    where.missing |= none
    rows = np.flatnonzero(~plain & ~none)
    if not rows.size:
        return
    column = f"{plan.mapping.latitude}, {plan.mapping.longitude}"
    odd = distinct((texts(pair[0]), texts(pair[1])), rows)
    for i, (latitude, longitude) in enumerate(odd.values):
        mine = odd.of(i)
        cells = (latitude or "", longitude or "")
        if not any(_holds(cell) for cell in cells):
            where.missing[mine] = True
            note_marks(cells, column, mine, log)
            continue

        def read(mark: Any, cells: tuple[str, str] = cells) -> Position:
            return read_pair(*cells, decimal=mark)

        found = _read_once(read, plan, where, mine, cells, column, log)
        if found is not None:
            _place(where, mine, found)


def _holds(cell: str) -> bool:
    return bool(clean_text(cell)[0]) and not is_missing(cell)


def _note_commas(cells: pa.Array, rows: Ints, plan: Plan, log: Log) -> None:
    """Take down the decimal commas of a column, with their texts unless these are very many."""
    if rows.size > _MOST_SHOWN:
        why = "the comma read as the decimal mark"
        log.note(Severity.REPAIR, "decimal-comma", _columns(plan), "", why, rows)
        return
    odd = distinct((cells,), rows)
    for i, text in enumerate(odd.values):
        read_as = text.replace(",", ".")
        log.note(Severity.REPAIR, "decimal-comma", _columns(plan), text, read_as, odd.of(i))


def _from_texts(
    column: pa.Array, mapping: ColumnMapping, plan: Plan, log: Log, where: Where
) -> None:
    none = blank(column)
    where.missing |= none
    name = mapping.position or ""
    odd = distinct((texts(column),), np.flatnonzero(~none))
    for i, text in enumerate(odd.values):
        mine = odd.of(i)
        if not _holds(text):
            where.missing[mine] = True
            note_marks((text,), name, mine, log)
            continue

        def read(mark: Any, text: str = text) -> Position:
            if mapping.notation == "geopoint" or is_geopoint(text):
                return read_geopoint(text)
            found = read_position(text, decimal=mark)
            return turned(found, text) if longitude_first(name) else found

        found = _read_once(read, plan, where, mine, (text,), name, log)
        if found is not None:
            _place(where, mine, found)


def _read_once(
    read: Callable[[Any], Position],
    plan: Plan,
    where: Where,
    rows: Ints,
    cells: tuple[str, ...],
    column: str,
    log: Log,
) -> Position | None:
    """Return what a reader makes of distinct cells, with a decimal mark stated or proved."""
    stated = plan.mapping.decimal
    shown = " / ".join(cells)

    def once() -> Position:
        try:
            return read(stated)
        except CoordinateError as error:
            has_comma = stated is None and "," in shown
            mark = plan.proofs.decimal() if has_comma else None
            if mark is not None:
                return read(mark)
            if has_comma and "two ways" in str(error):
                how = "--decimal , where the commas are decimal marks"
                raise CoordinateError(f"{error}; or state {how}") from error
            raise

    found = plan.memo.recall(("place", column, cells), once)
    if isinstance(found, Refused):
        where.unreadable[rows] = True
        kind, why = _refused(shown, found, plan)
        log.note(Severity.REFUSAL, kind, column, shown, why, rows)
        return None
    log.repaired(found.repairs, column, rows)
    return found


_BETWEEN = re.compile(r" ?/ ?|[ ,;]+")
_METRES = re.compile(r"[0-9]{6,7}(?:\.[0-9]+)?")
_WHOLE = re.compile(r"([+-]?)([0-9]{4,})(?:\.0*)?")


def _refused(shown: str, why: str, plan: Plan) -> tuple[str, str]:
    """Return the kind of a refusal and its text: a lost decimal point is one of its own."""
    clean, _ = clean_text(shown)
    parts = _BETWEEN.split(clean)
    if len(parts) == 2:
        whole = [_WHOLE.fullmatch(part) for part in parts]
        if all(whole):
            degrees = [float(f"{m[1]}{m[2][:2]}.{m[2][2:]}") for m in whole if m]
            west, south, east, north = plan.bounds
            if south <= degrees[0] <= north and west <= degrees[1] <= east:
                return (
                    "lost-decimal-point",
                    f"not read; with a point it would be {degrees[0]:g}, {degrees[1]:g}: correct "
                    "them (or, of metres in a projection, state which: --crs EPSG:32637)",
                )
        if all(map(_METRES.fullmatch, parts)):
            why += "; of metres in a projection state which (--crs EPSG:32637 for UTM zone 37N)"
    return "unreadable-location", why


def _from_geometry(column: pa.Array, plan: Plan, log: Log, where: Where) -> None:
    from geodata.formats.layers.wkb import point_coordinates

    name = plan.mapping.geometry or ""
    fast = point_coordinates(column)
    if fast is not None:
        x, y = fast
        none = np.isnan(x) & np.isnan(y)
    else:
        x, y, none, odd = _of_shapes(column)
        where.unreadable[odd] = True
        log.note(Severity.REFUSAL, "not-a-point", name, "", "expected a point", odd)
    where.missing |= none
    x, y = to_degrees(x, y, plan.crs)
    with np.errstate(invalid="ignore"):
        bad = ~none & ~where.unreadable & ~((np.abs(y) <= 90) & (np.abs(x) <= 180))
    where.unreadable |= bad
    log.note(
        Severity.REFUSAL, "unreadable-location", name, "", "no point on Earth", np.flatnonzero(bad)
    )
    good = ~(none | where.unreadable)
    where.longitude[good], where.latitude[good] = x[good], y[good]


def _of_shapes(column: pa.Array) -> tuple[Floats, Floats, Bools, Ints]:
    """Return the coordinates of points, which cells hold no geometry, and the rows of others."""
    import shapely

    from geodata.formats.layers.wkb import shapes_of

    x = np.full(len(column), np.nan)
    y, none, odd = x.copy(), np.zeros(len(column), dtype=bool), np.zeros(len(column), dtype=bool)
    for rows, shapes in shapes_of(column, on_invalid="ignore"):
        null = np.asarray(column[rows].is_null().to_numpy(zero_copy_only=False))
        none[rows] = null | shapely.is_empty(shapes)
        single = (shapely.get_type_id(shapes) == 4) & (shapely.get_num_geometries(shapes) == 1)
        shapes[single] = shapely.get_geometry(shapes[single], 0)
        odd[rows] = (shapely.get_type_id(shapes) != 0) & ~none[rows]
        shapes[none[rows]] = None  # GEOS has no coordinates for an empty point
        x[rows], y[rows] = shapely.get_x(shapes), shapely.get_y(shapes)
    return x, y, none, np.flatnonzero(odd)


def _from_plane(
    pair: tuple[pa.Array, pa.Array], crs: str, column: str, log: Log, where: Where
) -> None:
    """Read two columns of plain numbers (northing or latitude first) in the CRS stated."""
    values = []
    none = np.ones(len(pair[0]), dtype=bool)
    for cells in pair:
        found = np.full(len(cells), np.nan)
        none &= blank(cells)
        some = distinct((texts(cells),), np.flatnonzero(~blank(cells)))
        for i, text in enumerate(some.values):
            clean, repairs = clean_text(text)
            if re.fullmatch(r"[+-]?[0-9]{1,9}(\.[0-9]+)?", clean):
                found[some.of(i)] = float(clean)
                log.repaired(repairs, column, some.of(i))
        values.append(found)
    x, y = to_degrees(values[1], values[0], crs)
    with np.errstate(invalid="ignore"):
        good = (np.abs(y) <= 90) & (np.abs(x) <= 180)
    where.missing |= none
    bad = ~good & ~none
    where.unreadable |= bad
    log.note(
        Severity.REFUSAL,
        "unreadable-location",
        column,
        "",
        f"no plain numbers that are a point of {crs}",
        np.flatnonzero(bad),
    )
    where.longitude[good], where.latitude[good] = x[good], y[good]


def _warn(plan: Plan, log: Log, where: Where) -> None:
    """Warn of swapped axes, with both candidates, and of points that stand for a whole area."""
    west, south, east, north = plan.bounds
    x, y = where.longitude, where.latitude
    if not len(x):
        return
    turned, either = swapped(x, y, plan.bounds, plan.outline)
    whole = np.flatnonzero((x == np.floor(x)) & (y == np.floor(y)))
    plain = np.ones(len(x), dtype=bool)
    plain[np.concatenate([*where.grids, whole[:0]])] = False
    turned, either, whole = (rows[plain[rows]] for rows in (turned, either, whole))
    where.swapped = np.sort(np.concatenate([turned, either]))
    if turned.size or whole.size:
        axes = plan.proofs.axes() or _axes(where, plan)
        where.is_exchanged, where.has_decimals = axes.point_to_an_exchange, axes.decimals > 0
    _warn_tenths(plain, plan, log, where)
    if where.is_exchanged:
        where.swapped = np.flatnonzero(np.isfinite(x) & plain)
    _warn_swapped(turned, plan, log, where, "outside of the country; {} would be within")
    _warn_swapped(either, plan, log, where, "within the country, and so would be {}")
    with np.errstate(invalid="ignore"):
        # NaN is in no interval, hence the negation; the usual batch is wholly within.
        if not (x.min() >= west and x.max() <= east and y.min() >= south and y.max() <= north):
            rows = np.flatnonzero((x < west) | (x > east) | (y < south) | (y > north))
            zero = rows[(x[rows] == 0) & (y[rows] == 0)]
            why = "stands for no place: not taken as one"
            log.note(Severity.WARNING, "zero-point", _columns(plan), "0, 0", why, zero)
            if zero.size:
                whole = np.setdiff1d(whole, zero)
                where.missing[zero] = True
                where.longitude, where.latitude = x, y = x.copy(), y.copy()
                x[zero] = y[zero] = np.nan
        rows = _perhaps_placeholder(x, plan)
        for longitude, latitude, name in plan.placeholders if rows.size else ():
            near = np.abs(x[rows] - longitude) <= PLACEHOLDER_DEG
            near &= np.abs(y[rows] - latitude) <= PLACEHOLDER_DEG
            if near.any():
                shown = f"{latitude:g}, {longitude:g}"
                why = f"stands for {name} as a whole"
                log.note(
                    Severity.WARNING, "placeholder-point", _columns(plan), shown, why, rows[near]
                )
                whole = np.setdiff1d(whole, rows[near])
    why = "both coordinates are whole numbers of degrees: known to 50 km at best"
    log.note(Severity.WARNING, "whole-degrees", _columns(plan), "", why, whole)
    where.whole = whole


def _warn_tenths(plain: Bools, plan: Plan, log: Log, where: Where) -> None:
    """Warn of positions that are tenths of a degree, where those of the file are no finer."""
    x, y = where.longitude, where.latitude
    placed = np.isfinite(x)
    some = np.flatnonzero(placed)[:_FIRST]  # mostly enough to see that they are finer
    if not _in_tenths(x[some], y[some]).all() or not _in_tenths(x[placed], y[placed]).all():
        return
    if (plan.proofs.axes() or _axes(where, plan)).only_tenths:
        whole = (x == np.floor(x)) & (y == np.floor(y))
        why = "no position of the file is finer than a tenth of a degree: known to 5 km at best"
        rows = np.flatnonzero(placed & plain & ~whole)
        log.note(Severity.WARNING, "whole-degrees", _columns(plan), "", why, rows)


_FIRST = 64
_STRIPES = 100  # a degree


@lru_cache(maxsize=8)
def _stripes(placeholders: tuple[tuple[float, float, str], ...]) -> tuple[float, Bools]:
    """Return a table of narrow stripes of longitude: which may hold a placeholder, from where."""
    longitudes = [longitude for longitude, _, _ in placeholders]
    start = np.floor(min(longitudes)) - 1
    table = np.zeros(int(np.ceil(max(longitudes) - start) + 2) * _STRIPES, dtype=bool)
    for longitude in longitudes:
        for edge in (longitude - PLACEHOLDER_DEG, longitude, longitude + PLACEHOLDER_DEG):
            table[int((edge - start) * _STRIPES)] = True
    return float(start), table


def _perhaps_placeholder(x: Floats, plan: Plan) -> Ints:
    """Return the rows whose longitude is near to that of some placeholder."""
    if not plan.placeholders:
        return np.empty(0, dtype=np.int64)
    start, table = _stripes(plan.placeholders)
    # Beyond the table, and NaN, which becomes the smallest integer: clipped to an empty stripe.
    at = ((x - start) * _STRIPES).clip(-1, len(table)).astype(np.int32)
    return np.flatnonzero(table.take(at, mode="clip"))


def _columns(plan: Plan) -> str:
    mapping = plan.mapping
    if mapping.latitude is not None:
        return f"{mapping.latitude}, {mapping.longitude}"
    return mapping.position or mapping.geometry or ""


def _warn_swapped(rows: Ints, plan: Plan, log: Log, where: Where, why: str) -> None:
    """Warn of rows with both candidates, place by place; of very many, without."""
    if not rows.size:
        return
    why += " (not changed)"
    points = np.stack([where.latitude[rows], where.longitude[rows]], axis=1)
    # Whether there are very many is mostly seen from the first: sorting all of them takes long.
    for some in (points[: 4 * _MOST_PLACES], points):
        order = np.lexsort(some.T)
        begins = np.flatnonzero(np.diff(some[order], axis=0, prepend=np.nan).any(axis=1))
        if len(begins) > _MOST_PLACES:
            text = why.format("the same with the axes swapped")
            log.note(Severity.WARNING, "swapped-axes", _columns(plan), "", text, rows)
            return
    for mine in np.split(order, begins[1:]):
        latitude, longitude = points[mine[0]].tolist()
        log.note(
            Severity.WARNING,
            "swapped-axes",
            _columns(plan),
            f"{latitude:g}, {longitude:g}",
            why.format(f"{longitude:g}, {latitude:g}"),
            np.sort(rows[mine]),
        )
