"""How precisely each incident of a batch is placed: a radius and where it came from, or an area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from geodata.columns.areas import LEVELS
from geodata.columns.cells import (
    Floats,
    Ints,
    blank,
    distinct,
    is_text,
    note_marks,
    numbers,
    texts,
)
from geodata.columns.named.settlements import RELATIONS
from geodata.covering import covers
from geodata.errors import InputError
from geodata.findings import Log, Severity
from geodata.text.lengths import LARGEST_RADIUS_M, read_radius, unit_of
from geodata.text.names import gazetteer_of
from geodata.text.position import Notation
from geodata.text.repairs import clean_text, is_missing, read_code

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.columns.plan import Plan
    from geodata.columns.where import Where

BASIC_SOURCES = (
    "none",
    "default",
    "given",
    "unreadable",
    "unknown-code",
    *(notation.value for notation in Notation),
    *RELATIONS,
)
"""Where a radius can come from in every file; the precision codes of a source follow."""

_NONE, DEFAULT, _GIVEN, _UNREADABLE, _UNKNOWN_CODE = range(5)


@dataclass
class Radii:
    """Radius in metres (NaN: not known), its source, and the polygon that stands for it (-1)."""

    metres: Floats
    source: npt.NDArray[np.uint8]
    area: npt.NDArray[np.int32]


def radii_of(batch: pa.RecordBatch, plan: Plan, log: Log, where: Where) -> Radii:
    """Return radii: stated, from a column, from codes, from the notation, else exact."""
    n = batch.num_rows
    mapping = plan.mapping
    exact = 0.0 if mapping.radius_m is None else mapping.radius_m
    metres = np.full(n, exact)
    source = np.full(n, DEFAULT if mapping.radius_m is None else _GIVEN, dtype=np.uint8)
    area = np.full(n, -1, dtype=np.int32)
    found = Radii(metres, source, area)
    if mapping.radius_m is None:
        for name, rows in where.notation.items():
            metres[rows] = where.extent_m[rows]
            source[rows] = BASIC_SOURCES.index(name)
        if plan.place_codes is not None:
            _by_codes(batch, plan, log, found)
    if mapping.radius is not None:
        _by_column(batch.column(mapping.radius), mapping.radius, log, found)
    area[where.unreadable] = -1  # what cannot be read may be what was mistyped
    where.missing[area >= 0] = False
    if plan.areas is not None:
        _warn_of_areas(plan, log, area, where)
    nowhere = where.missing | where.unreadable
    if nowhere.any():
        if plan.areas is not None and plan.place_codes is None:
            _by_name_only(batch, plan, log, found, where)
            nowhere = where.missing | where.unreadable
        lost = nowhere & (area < 0)
        metres[lost] = np.nan
        source[lost] = _NONE
    return found


_FAR_DEG = 0.1  # 10 km: more than outlines of an area differ from each other


def _warn_of_areas(plan: Plan, log: Log, area: npt.NDArray[np.int32], where: Where) -> None:
    """Warn of rows whose position lies far from the polygon of the area that they name."""
    import shapely

    assert plan.areas is not None  # noqa: S101  (the caller asks)
    rows = np.flatnonzero((area >= 0) & np.isfinite(where.longitude))
    for one in np.unique(area[rows]).tolist():
        mine = rows[area[rows] == one]
        polygon = plan.areas.polygons[one]
        x, y = where.longitude[mine], where.latitude[mine]
        beyond = np.flatnonzero(~covers(polygon, x, y))
        points = shapely.points(x[beyond], y[beyond])
        far = mine[beyond[~shapely.dwithin(points, polygon, _FAR_DEG)]]
        named = plan.areas.all[one]
        name = getattr(plan.mapping, named.level) or ""
        why = "the position lies more than 10 km from the polygon of this name: which is right?"
        log.note(Severity.WARNING, "point-outside-area", name, named.names[0], why, far)


def _by_column(column: pa.Array, name: str, log: Log, found: Radii) -> None:
    """Take radii from a column of lengths; an empty cell leaves what there is."""
    left = ~blank(column)
    unit = unit_of(name) or 1.0
    if not is_text(column):  # a number is in metres, or in the header's unit, however small
        lengths, plain = numbers(column)
        lengths = lengths * unit
        with np.errstate(invalid="ignore"):
            plain = plain & (lengths >= 0) & (lengths <= LARGEST_RADIUS_M)
        found.metres[plain] = lengths[plain]
        found.source[plain] = _GIVEN
        found.area[plain] = -1
        left &= ~plain
    odd = distinct((texts(column),), np.flatnonzero(left))
    for i, text in enumerate(odd.values):
        rows = odd.of(i)
        clean, repairs = clean_text(text)
        if not clean or is_missing(clean):
            note_marks((text,), name, rows, log)
            continue
        try:
            metres = read_radius(text, unit)
        except InputError as error:
            log.note(Severity.REFUSAL, "unreadable-radius", name, text, str(error), rows)
            found.metres[rows] = np.nan
            found.source[rows] = _UNREADABLE
            found.area[rows] = -1
            continue
        log.repaired(repairs, name, rows)
        found.metres[rows] = metres
        found.source[rows] = _GIVEN
        found.area[rows] = -1


def _by_codes(batch: pa.RecordBatch, plan: Plan, log: Log, found: Radii) -> None:
    codes = plan.place_codes or {}
    names = plan.mapping.place_codes
    column = ", ".join(names)
    rows = np.arange(batch.num_rows)
    odd = distinct(tuple(texts(batch.column(name)) for name in names), rows)
    for i, value in enumerate(odd.values):
        rows = odd.of(i)
        parts = value if isinstance(value, tuple) else (value,)
        read = [read_code(part or "") for part in parts]
        code = " ".join(part for part, _ in read)
        for name, (_, repairs) in zip(names, read, strict=True):
            log.repaired(repairs, name, rows)
        meaning = codes.get(code)
        if meaning is None:
            why = "not a code of the precision table: the precision of the place is not known"
            log.note(Severity.WARNING, "unknown-place-code", column, code, why, rows)
            found.metres[rows] = np.nan
            found.source[rows] = _UNKNOWN_CODE
            continue
        found.source[rows] = len(BASIC_SOURCES) + plan.code_order.index(code)
        found.metres[rows] = np.nan if meaning.radius_m is None else meaning.radius_m
        if meaning.area is not None and plan.areas is not None:
            _join(batch, plan, log, found, rows, meaning.area)


def _join(
    batch: pa.RecordBatch, plan: Plan, log: Log, found: Radii, rows: Ints, level: str
) -> None:
    """Find the polygon of each row's district or governorate, by code or by name.

    Where a source names no districts (GTD), the governorate stands for the district in it.
    """
    areas = plan.areas
    assert areas is not None  # noqa: S101  (the callers ask)
    if plan.mapping.district is None:
        level = "governorate"
    name: Any = getattr(plan.mapping, level)
    if name is None:
        return
    above = plan.mapping.governorate if level == "district" else None
    columns = (name,) if above is None else (name, above)
    odd = distinct(tuple(texts(batch.column(column)) for column in columns), rows)
    for i, value in enumerate(odd.values):
        mine = odd.of(i)
        text, parent = value if isinstance(value, tuple) else (value, None)
        at, why = areas.find(level, text or "", parent or "")
        if at < 0 and (code := _code_of(level, text or "", plan)):
            at, why = areas.find(level, code, parent or "")
            why = why or f"{areas.all[at].names[0]} ({code})"
        if at < 0:
            log.note(Severity.WARNING, "no-area", name, text or "", why, mine)
            continue
        if why:
            log.note(Severity.REPAIR, "area-name", name, text or "", why, mine)
        found.area[mine] = at
        found.metres[mine] = np.nan
        found.source[mine] = len(BASIC_SOURCES) + len(plan.code_order) + (level == "governorate")


def _code_of(level: str, text: str, plan: Plan) -> str | None:
    """Return the P-code of a district or governorate that is spelt in another way."""
    units = gazetteer_of(plan.ledger).units
    signs = 2 + 2 * LEVELS[level]
    codes = [units.all[i].code for i in units.find(text) if len(units.all[i].code) == signs]
    return codes[0] if len(codes) == 1 else None


def _by_name_only(batch: pa.RecordBatch, plan: Plan, log: Log, found: Radii, where: Where) -> None:
    """Place rows without a position in the polygon of their district, else governorate."""
    rows = np.flatnonzero(where.missing)
    for level in ("district", "governorate"):
        if rows.size and getattr(plan.mapping, level) is not None:
            _join(batch, plan, log, found, rows, level)
            placed = rows[found.area[rows] >= 0]
            where.missing[placed] = False
            rows = rows[found.area[rows] < 0]
