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


def read_radius(value: str | float) -> float:
    """Return a radius in metres, from 0 to 100 km.

    A number is metres. Text is a number and its unit, like ``2km``, ``500 m``; a bare number in
    text is metres, too.

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
        metres = float(match[1]) * (metres_of[match[2].lower()] if match[2] else 1.0)
    else:
        metres = float(value)
    if not math.isfinite(metres) or not 0 <= metres <= LARGEST_RADIUS_M:
        raise InputError(
            f"expected a radius from 0 to {LARGEST_RADIUS_M / 1000:g} km, found {quote(value)}; "
            "give a smaller one, or leave the place out if it is not known."
        )
    return metres


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
