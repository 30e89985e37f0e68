"""Lengths as people write them: a radius in metres or kilometres."""

from __future__ import annotations

import math
import re

from geodata.errors import InputError
from geodata.text.repairs import clean_text, quote

__all__ = ["LARGEST_RADIUS_M", "read_radius"]

LARGEST_RADIUS_M = 100_000.0
"""Beyond this a disc says nothing about a place."""

_LENGTH = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(m|km|كم|م|км|м)?", re.IGNORECASE)
_METRES = {"m": 1.0, "م": 1.0, "м": 1.0, "km": 1000.0, "كم": 1000.0, "км": 1000.0}


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
        match = _LENGTH.fullmatch(clean)
        if match is None:
            raise InputError(
                f"expected a radius like 500m or 2km, found {quote(value)}; "
                "write a number with m or km."
            )
        metres = float(match[1]) * _METRES[(match[2] or "m").lower()]
    else:
        metres = float(value)
    if not math.isfinite(metres) or not 0 <= metres <= LARGEST_RADIUS_M:
        raise InputError(
            f"expected a radius from 0 to {LARGEST_RADIUS_M / 1000:g} km, found {quote(value)}; "
            "give a smaller one, or leave the place out if it is not known."
        )
    return metres
