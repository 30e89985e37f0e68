"""Governorates, districts and sub-districts by the names and P-codes that people write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from geodata import grammar
from geodata.errors import PlaceError
from geodata.ledger import AdminUnit
from geodata.text.repairs import clean_text, quote
from geodata.text.sounds import Codes, Ints, distances, read_spelling, words_of


class Units:
    """The admin units of a ledger, found by any spelling of their names, or by their P-codes."""

    def __init__(self, units: Iterable[AdminUnit]) -> None:
        self.all = tuple(units)
        self._known: dict[tuple[str, bool], tuple[int, ...]] = {}

    def find(self, text: str, *, typo: bool = False) -> tuple[int, ...]:
        """Return the positions of the units of one name: a governorate and its district share some.

        None where no unit is called so. With `typo` one letter may be wrong, if only one
        governorate has a unit that is meant then (Idlin).
        """
        if (text, typo) not in self._known:
            self._known[text, typo] = self._find(text, typo=typo)
        return self._known[text, typo]

    def is_spelt(self, text: str) -> bool:
        """Tell whether a text is a code, or is spelt letter by letter as the name of a unit is."""
        codes = read_spelling(_bare(text)).codes
        return text.upper() in self._coded or not self._spelt.isdisjoint(codes)

    @cached_property
    def _spelt(self) -> frozenset[str]:
        return frozenset(
            code
            for unit in self.all
            for name in (unit.name, unit.name_ar)
            for code in read_spelling(_bare(name)).codes
        )

    def within(self, hints: Sequence[str]) -> tuple[int, ...] | None:
        """Return the units that texts name together, each narrowing the others; None of none.

        Where two contradict each other, both count.

        Raises
        ------
        PlaceError
            No unit is called so; the message lists the governorates.
        """
        chosen: tuple[int, ...] | None = None
        for hint in hints:
            if not (text := clean_text(hint)[0]):
                continue
            if not (named := self.find(text, typo=True)):
                known = ", ".join(unit.name for unit in self.all if len(unit.code) == 4)
                raise PlaceError(
                    "expected a governorate, district, sub-district or area beside the name, "
                    f"found {quote(text)}; governorates are: {known or 'none known'}"
                )
            if chosen is not None:
                inner = tuple(u for u in named if any(self._holds(c, u) for c in chosen))
                outer = tuple(c for c in chosen if any(self._holds(u, c) for u in named))
                named = inner or outer or (*chosen, *named)
            chosen = named
        return chosen

    def narrowed(self, units: Sequence[int] | None, by: Sequence[int]) -> tuple[int, ...]:
        """Return the units `by` that lie in some units, or are one of them; all where none are."""
        if units is None:
            return tuple(by)
        return tuple(unit for unit in by if any(self._holds(outer, unit) for outer in units))

    def are_narrow(self, units: Sequence[int] | None) -> bool:
        """Tell whether units are named and none of them is a whole governorate."""
        return bool(units) and all(len(self.all[unit].code) > _GOVERNORATE for unit in units or ())

    def inside(self, units: Sequence[int]) -> NDArray[np.bool_]:
        """Tell which units lie in one of some units, or are one of them."""
        codes = tuple(self.all[unit].code for unit in units)
        return np.array([unit.code.startswith(codes) for unit in self.all], dtype=bool)

    def _holds(self, outer: int, inner: int) -> bool:
        return self.all[inner].code.startswith(self.all[outer].code)

    def _find(self, text: str, *, typo: bool) -> tuple[int, ...]:
        if coded := self._coded.get(text.upper()):
            return coded
        rule = grammar.load("sounds")["rule"]
        codes, of = self._names
        far = np.full(len(self.all), np.inf, dtype=np.float32)
        asked = read_spelling(_bare(text)).codes
        name = "unit_typo" if typo else "unit"
        most = rule[name] + rule[f"{name}_ahead"]
        for code in asked:
            np.minimum.at(far, of, distances(code, codes, np.arange(len(codes)), most))
        best = float(far.min(initial=np.inf))
        if best <= rule["unit"]:
            return _positions(far <= best + rule["unit_ahead"])
        if typo and best <= rule["unit_typo"] and min(map(len, asked)) >= rule["short"]:
            alike = _positions(far <= best + rule["unit_typo_ahead"])
            if len({self.all[i].code[:4] for i in alike}) == 1:
                return alike
        return ()

    @cached_property
    def _coded(self) -> dict[str, tuple[int, ...]]:
        """The positions of the units of each P-code."""
        return {unit.code: (i,) for i, unit in enumerate(self.all)}

    @cached_property
    def _names(self) -> tuple[Codes, Ints]:
        """The codes of all names of the units, and which unit each is of."""
        spellings = {unit.code: [unit.name, unit.name_ar] for unit in self.all}
        for area in grammar.load("area_names")["areas"]:
            if area["code"] in spellings:
                spellings[area["code"]].extend(area["names"])
        pairs = [
            (code, i)
            for i, unit in enumerate(self.all)
            for name in spellings[unit.code]
            for code in read_spelling(_bare(name)).codes
        ]
        return Codes([code for code, _ in pairs]), np.array([i for _, i in pairs], dtype=np.int64)


_GOVERNORATE = 4  # signs of its P-code


def _positions(which: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(np.flatnonzero(which).tolist())


@cache
def _small() -> frozenset[str]:
    return frozenset(w for name in grammar.load("sounds")["of_units"] for w in words_of(name))


def _bare(unit: str) -> str:
    """Return the name of an admin unit without words such as district and rural."""
    words = words_of(unit)
    return " ".join([word for word in words if word not in _small()] or words)
