"""Colours and hatches: one set of tokens for pages and figures."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["TOKENS", "Tint", "palette", "stylesheet", "tint"]

TOKENS = {
    "sea": "#DCE6EA",
    "land": "#F7F4EC",
    "neighbour": "#ECE9E1",
    "border": "#C9C3B4",
    "state-border": "#8C8675",
    "road": "#CFC8B8",
    "paper": "#FBFAF7",
    "rule": "#DEDACF",
    "ink": "#1F2933",
    "ink-2": "#56616B",
    "ink-3": "#6A6557",  # names of countries, on land and on neighbours
    "link": "#0A5C94",
    "shade": "rgba(31, 41, 51, 0.16)",
}
"""Colours by name; text on paper, land and neighbours keeps a contrast of 4.5 or more."""


@dataclass(frozen=True, slots=True)
class Tint:
    """How a zone is told from the others: by colour, by hatch, and always by its name.

    `colour` fills and strokes, `ink` is the same hue dark enough for text, `angle` turns the
    hatch, in degrees clockwise from upright.
    """

    colour: str
    ink: str
    angle: int


# Okabe and Ito's blue, green, vermilion and purple, darkened until a line keeps a contrast of 3
# on land; no party to the war flies one of them alone.
_TINTS = (
    Tint("#0B6AA8", "#095C93", 45),
    Tint("#0B8A64", "#076B4D", 0),
    Tint("#C24E00", "#A94400", 135),
    Tint("#9C4585", "#8A3B75", 90),
)


# Beside the four: for rounds, guarantors and phases. Each differs from the others in lightness or
# in hue for every kind of colour blindness that is common, and in the angle of its hatch.
_MORE = (
    Tint("#6E5B00", "#665500", 20),
    Tint("#4B4A9E", "#42418F", 65),
    Tint("#2F3B46", "#2F3B46", 110),
    Tint("#8A4B3A", "#7D4233", 155),
)


def palette() -> tuple[Tint, ...]:
    """Return all tints, those of the zones first."""
    return _TINTS + _MORE


def tint(number: int) -> Tint:
    """Return the tint of a zone by its number, counted from 1; tints repeat after the last."""
    return _TINTS[(number - 1) % len(_TINTS)]


def stylesheet() -> str:
    """Return the tokens as CSS custom properties."""
    lines = "".join(f"--{name}:{value};" for name, value in TOKENS.items())
    return f":root{{{lines}}}"


def css_text(text: str) -> str:
    """Return text as a string of CSS: no character of it can end the string, or the style."""
    kept = re.sub("[^A-Za-z0-9-]", lambda found: f"\\{ord(found[0]):x} ", text)
    return f'"{kept}"'
