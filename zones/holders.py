"""Who may have held the settlements of incidents on their days."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from geodata.atlas import Atlas
from geodata.ledger import Ledger
from geodata.schema import Confidence
from zones.arrays import Array
from zones.prepared import once_per_atlas

_BEGIN, _END = (np.datetime64(day).astype(int) for day in ("1800-01-01", "2200-01-01"))


class Holders(msgspec.Struct, frozen=True, eq=False):
    """Who may have held n settlements on the days of incidents.

    Attributes
    ----------
    first, last : (n,) int
        Positions of the first and the last possible holding in the ledger; -1 where it has none.
    known : (n,) bool
        Whether every possible holding has a side and a source. Where it is False, the columns
        below mean nothing.
    zone : (n,) int
        Position of the zone that the settlement belongs to while one of the zone's sides holds
        it; -1 for none.
    own, other : (n,) bool
        Whether a side whose ground is zone ground may have held it; whether another side may.
    came_by : (n,) int
        Day by which the last of the zone's sides had taken it.
    changed, disputed : (n,) bool
        Whether several sides may have held it; whether sources disagree on, or leave open, when
        it changed hands.
    """

    first: Array
    last: Array
    known: Array
    zone: Array
    own: Array
    other: Array
    came_by: Array
    changed: Array
    disputed: Array

    def take(self, rows: Array) -> Holders:
        """Return the holders of some of the settlements."""
        return Holders(*(getattr(self, name)[rows] for name in self.__struct_fields__))


class Control:
    """Who held the settlements of an atlas, and which sides' ground is zone ground."""

    def __init__(self, atlas: Atlas) -> None:
        self.ledger = atlas.ledger
        sides, zones = atlas.sides, [zone.id for zone in atlas.zones]
        makes_zones = np.array([*(sides[one].in_zones for one in self.ledger.sides), False])
        self._own = makes_zones[self.ledger.holder]  # of each holding; nobody is the last
        positions = np.where(self._own, np.arange(len(self._own)), -1)
        self._last_own = np.maximum.accumulate(positions) if len(positions) else positions
        self._owns = np.concatenate([[0], np.cumsum(self._own)])
        of_ledger = [*(zones.index(one) for one in self.ledger.zones), -1]
        self._zone = np.array(of_ledger)[self.ledger.zone]

    def holders(self, settlement: Array, first: Array, last: Array) -> Holders:
        """Return who may have held settlements on any of the days.

        Parameters
        ----------
        settlement : (n,) array of int
            Positions in the ledger.
        first, last : (n,) array of int
            Days since 1970-01-01, both included. Open ends lie far away.
        """
        days = (np.clip(d, _BEGIN, _END).astype("datetime64[D]") for d in (first, last))
        held = self.ledger.held(settlement, *days)
        begin, end = (
            np.where(held.first < 0, 0, held.first),
            np.where(held.first < 0, -1, held.last),
        )
        own = self._owns[end + 1] - self._owns[begin]
        came = np.full(len(begin), _BEGIN)
        rows = np.flatnonzero(own)
        came[rows] = self.ledger.came_by[self._last_own[end[rows]]]
        return Holders(
            first=held.first,
            last=held.last,
            known=held.sourced,
            zone=self._zone[settlement],
            own=own > 0,
            other=own < end + 1 - begin,
            came_by=came,
            changed=held.sourced & (held.side < 0),
            disputed=held.disputed,
        )


def settlement_in_words(ledger: Ledger, index: int) -> dict[str, Any]:
    """Return which settlement it is, by the names and types of a `Record`'s fields; -1 is none."""
    if index < 0:
        return {"settlement": None, "settlement_name": None, "admin": []}
    return {
        "settlement": ledger.ids[index],
        "settlement_name": ledger.name(index),
        "admin": list(ledger.admin_codes(index)),
    }


def held_in_words(ledger: Ledger, first: int, last: int) -> dict[str, Any]:
    """Return who held a settlement, by the names and types of a `Record`'s fields.

    Parameters
    ----------
    first, last
        Positions in the ledger's holdings; -1 where nobody says who held it.
    """
    if first < 0:
        return {
            "held_by": [],
            "held_since": None,
            "held_until": None,
            "held_sources": [],
            "held_confidence": None,
        }
    holdings = [ledger.holding(position) for position in range(first, last + 1)]
    order = [confidence.value for confidence in Confidence]
    return {
        "held_by": [one.side for one in holdings],
        "held_since": holdings[0].earliest,
        "held_until": ledger.until(last),
        "held_sources": list(dict.fromkeys(key for one in holdings for key in one.sources)),
        "held_confidence": max((one.confidence for one in holdings), key=order.index),
    }


@once_per_atlas
def control_of(atlas: Atlas) -> Control:
    """Return who held the settlements of an atlas, prepared once a process."""
    return Control(atlas)
