"""Lengths as people write them: a radius in metres or kilometres."""

from __future__ import annotations

import math
import re
from functools import cache

from geodata.errors import InputError
from geodata.grammar import load
from geodata.text.repairs import clean_text, either_case, quote

LARGEST_RADIUS_M = float(load("limits")["radius_m"])
"""Beyond this a disc says nothing about a place."""


def read_radius(value: str | float, unit: float = 1.0) -> float:
    """Return a radius in metres, from 0 to 100 km.

    A number is in metres, or in units of so many metres. Text is a number and its unit, like
    ``2km``, ``500 m``; a bare number in text is a number.

    Raises
    ------
    InputError
        Not a length, negative, not finite, or beyond 100 km.
    """
    if isinstance(value, str):
        clean, _ = clean_text(value)
        pattern, metres_of = _units()
        match = pattern.fullmatch(clean)
        if match is None:
            raise InputError(
                f"expected a radius like 500m or 2km, found {quote(value)}; "
                "write a number with m or km."
            )
        metres = float(match[1]) * (metres_of[match[2].lower()] if match[2] else unit)
    else:
        metres = float(value) * unit
    if not math.isfinite(metres) or not 0 <= metres <= LARGEST_RADIUS_M:
        raise InputError(
            f"expected a radius from 0 to {LARGEST_RADIUS_M / 1000:g} km, found {quote(value)}; "
            "give a smaller one, or leave the place out if it is not known."
        )
    return metres


def unit_of(header: str) -> float | None:
    """Return the metres in the unit that the header of a column ends in; None where in none.

    >>> unit_of("buffer_km"), unit_of("Accuracy (m)"), unit_of("radius")
    (1000.0, 1.0, None)
    """
    words = re.findall(r"[^\W\d_]+", clean_text(header)[0])
    return _units()[1].get(words[-1].lower()) if len(words) > 1 else None


@cache
def _units() -> tuple[re.Pattern[str], dict[str, float]]:
    """Return the pattern of a length, and the metres in each unit by its spelling."""
    metres = {
        spelling: float(unit["metres"])
        for unit in load("words")["lengths"]
        for spelling in unit["spellings"]
    }
    units = "|".join(map(either_case, sorted(metres)))
    return re.compile(rf"([0-9]+(?:\.[0-9]+)?) ?({units})?"), metres
