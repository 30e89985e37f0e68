"""Settlements that rows name, or give the P-code of, told apart by their admin units."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from geodata.columns.cells import Bools, Ints, distinct, texts
from geodata.columns.plan import Refused
from geodata.findings import Log, Severity
from geodata.text.names import Found, Place, gazetteer_of
from geodata.text.repairs import clean_text

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.columns.plan import Plan
    from geodata.columns.where import Where

RELATIONS = ("around", "between")
"""Where the radius of an area comes from that is said by the names of places."""

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
    candidates : list of tuple of Place
        Each different set of places once.
    """

    settlement: npt.NDArray[np.int32]
    shared: npt.NDArray[np.int32]
    candidates: list[tuple[Place, ...]] = field(default_factory=list)

    @property
    def is_shared(self) -> Bools:
        """Which rows have a name that several places share."""
        return np.asarray(self.shared >= 0)


def settlements_of(batch: pa.RecordBatch, plan: Plan, log: Log, where: Where) -> Named:
    """Look up what rows without a position name, each different name once; `where` is filled in.

    A code goes before a name. The names or codes of governorate, district and sub-district in the
    same row narrow both.
    """
    n = batch.num_rows
    found = Named(np.full(n, -1, dtype=np.int32), np.full(n, -1, dtype=np.int32))
    mapping = plan.mapping
    columns = {role: getattr(mapping, role) for role in _ROLES if getattr(mapping, role)}
    rows = np.flatnonzero(where.missing)
    if not rows.size or not columns.keys() & {"place", "place_code"}:
        return found
    odd = distinct(tuple(texts(batch.column(name)) for name in columns.values()), rows)
    for i, value in enumerate(odd.values):
        cells = value if isinstance(value, tuple) else (value,)
        said = {role: clean_text(cell or "")[0] for role, cell in zip(columns, cells, strict=True)}
        name = said.get("place_code") or said.get("place")
        if name:
            _place(name, said, plan, log, where, found, odd.of(i))
    return found


def _place(
    name: str, said: dict[str, str], plan: Plan, log: Log, where: Where, found: Named, rows: Ints
) -> None:
    mapping = plan.mapping
    role = "place_code" if said.get("place_code") else "place"
    column = getattr(mapping, role)
    # The widest first: each narrows what the others leave.
    units = tuple(
        said[level] for level in ("governorate", "district", "subdistrict") if level in said
    )
    gazetteer = gazetteer_of(plan.ledger)

    def look_up() -> Found:
        return gazetteer.look_up(name, within=() if role == "place_code" else units)

    answer = plan.memo.recall(("settlement", role, name, units), look_up)
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
        why = f"taken for {answer.places[0]}; also called so: {_listed(answer.passed_over)}"
        log.note(Severity.WARNING, "namesakes", column, name, why, rows)


_MOST_LISTED = 6


def _listed(places: tuple[Place, ...]) -> str:
    listed = "; ".join(f"{place.id} {place}" for place in places[:_MOST_LISTED])
    return listed + (f" and {more} more" if (more := len(places) - _MOST_LISTED) > 0 else "")
