"""Two releases of a row: whether it says something else, and in which cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dezone.diff.cells import as_texts, differing, said_otherwise
from dezone.diff.releases import Mask, Pair, Release, Rows
from geodata.columns.incidents import NO_DAY

if TYPE_CHECKING:
    import pyarrow as pa

_TIME = r"\d:\d"  # a date's text that has this says more than its day


@dataclass
class Edits:
    """What became of some rows that both releases have.

    `edited` and `rewritten` tell which rows say something else, and which only say it otherwise;
    `cells` are the edited cells: column, rows (positions among these), texts before and now.
    """

    edited: Mask
    rewritten: Mask
    cells: list[tuple[str, Rows, list[str], list[str]]]

    @classmethod
    def none(cls, rows: int) -> Edits:
        """Return that nothing became of some rows."""
        return cls(np.zeros(rows, bool), np.zeros(rows, bool), [])


def find_edits(pair: Pair, o: Rows, n: Rows) -> Edits:
    """Return which cells differ in the columns that both releases have, for n pairs of rows."""
    before, now = pair.old, pair.new
    names = [name for name in now.source.schema.names if name in before.stored.schema.names]
    found = Edits.none(len(n))
    same_place, same_days = _read_alike(before, now, o, n)
    columns = zip(names, before.stored.take(o, names), now.stored.take(n, names), strict=True)
    for name, old, new in columns:
        rows = np.flatnonzero(differing(old, new))
        if not rows.size:
            continue
        texts = [_shown(column, rows) for column in (old, new)]
        same = said_otherwise(*texts)
        if _says(name, before, now, ("latitude", "longitude", "position", "geometry")):
            same |= same_place[rows]
        if _says(name, before, now, ("date", "first", "last")):
            same |= same_days[rows] & ~_timed(*texts)
        found.rewritten[rows[same]] = True
        other = rows[~same]
        if other.size:
            found.edited[other] = True
            old_texts, new_texts = (text.filter(_arrow(~same)).to_pylist() for text in texts)
            found.cells.append((name, other, old_texts, new_texts))
    found.rewritten &= ~found.edited
    return found


def _arrow(values: Any) -> Any:
    import pyarrow as pa

    return pa.array(values)


def _shown(column: pa.Array, rows: Rows) -> pa.Array:
    """Return some cells as texts; points in well-known binary as well-known text."""
    import pyarrow as pa
    import shapely

    column = column.take(pa.array(rows))
    if pa.types.is_binary(column.type):
        try:
            shapes = shapely.from_wkb(column.to_pylist())
        except shapely.errors.GEOSException:
            return as_texts(column)
        return as_texts(pa.array([None if s is None else s.wkt for s in shapes], pa.string()))
    return as_texts(column)


def _read_alike(before: Release, now: Release, o: Rows, n: Rows) -> tuple[Mask, Mask]:
    """Tell which rows were read as the same place, and which as the same days, in both releases."""
    a, b = before.incidents, now.incidents
    place = (a.longitude[o] == b.longitude[n]) & (a.latitude[o] == b.latitude[n])
    days = (a.first[o] == b.first[n]) & (a.last[o] == b.last[n]) & (a.first[o] != NO_DAY)
    if before.source.mapping.date_code or now.source.mapping.date_code:
        days &= False  # the days are not what the cell of the date says alone
    return place, days


def _says(name: str, before: Release, now: Release, roles: Sequence[str]) -> bool:
    return all(
        name in [getattr(side.source.mapping, role) for role in roles] for side in (before, now)
    )


def _timed(old: pa.Array, new: pa.Array) -> Mask:
    import pyarrow.compute as pc

    found = [pc.match_substring_regex(side, _TIME) for side in (old, new)]
    return np.asarray(pc.or_(*found).to_numpy(zero_copy_only=False), dtype=bool)
