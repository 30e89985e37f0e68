"""Colours and hatches: one set of tokens for pages and figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TOKENS = {
    "sea": "#DCE6EA",
    "land": "#F7F4EC",
    "neighbour": "#ECE9E1",
    "border": "#C9C3B4",
    "state-border": "#8C8675",
    "road": "#CFC8B8",
    "limit": "#A8A08C",  # of governorates
    "water": "#A9C2CC",  # rivers, and the shores of lakes
    "water-ink": "#42616F",
    "paper": "#FBFAF7",
    "rule": "#DEDACF",
    "ink": "#1F2933",
    "ink-2": "#56616B",
    "ink-3": "#6A6557",  # names of countries, on land and on neighbours
    "link": "#0A5C94",
    "field": "#FFFFFF",
    "error": "#94301D",
    "shade": "rgba(31, 41, 51, 0.16)",
}
"""Colours by name; text on paper, land and neighbours keeps a contrast of 4.5 or more."""

DARK = {
    "sea": "#141C23",
    "land": "#262B30",
    "neighbour": "#1E2328",
    "border": "#454C53",
    "state-border": "#8F9498",
    "road": "#555C63",
    "limit": "#6C7278",
    "water": "#40606F",
    "water-ink": "#93B7C8",
    "paper": "#1B2026",
    "rule": "#3A424A",
    "ink": "#ECEAE3",
    "ink-2": "#B9C0C7",
    "ink-3": "#A9ADA6",
    "link": "#86BEEC",
    "field": "#12161B",
    "error": "#F2A493",
    "shade": "rgba(0, 0, 0, 0.5)",
}
"""The same for dark screens; what is printed stays light."""


@dataclass(frozen=True, slots=True)
class Tint:
    """How a zone differs from the others: by colour, by hatch, and always by its name.

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


_DARK_TINTS = (
    Tint("#5FAEEA", "#84C0EF", 45),
    Tint("#3FBF95", "#63CCA9", 0),
    Tint("#F08E52", "#F4A473", 135),
    Tint("#D58CC2", "#DF9FCE", 90),
    Tint("#C4AC40", "#D0BA5C", 20),
    Tint("#A3A2EC", "#B5B4F1", 65),
    Tint("#AAB6C2", "#BBC5CF", 110),
    Tint("#D29582", "#DDA897", 155),
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


def dark_palette() -> tuple[Tint, ...]:
    """Return all tints for a dark screen, in the order of `palette`."""
    return _DARK_TINTS


def tint(number: int) -> Tint:
    """Return the tint of a zone by its number, counted from 1; tints repeat after the last."""
    return _TINTS[(number - 1) % len(_TINTS)]


def stylesheet() -> str:
    """Return the tokens and tints as CSS custom properties."""
    return f":root{{{_properties(TOKENS, palette())}}}"


def dark_stylesheet() -> str:
    """Return the same for users who prefer dark screens; what is printed stays light."""
    dark = _properties(DARK, _DARK_TINTS)
    return f"@media screen and (prefers-color-scheme:dark){{:root{{color-scheme:dark;{dark}}}}}"


def zone_tint(number: int) -> Tint:
    """Return the tint of a zone, like `tint`, as CSS custom properties."""
    return css_tint((number - 1) % len(_TINTS) + 1)


def css_tint(place: int) -> Tint:
    """Return a tint of the palette, counted from 1, as CSS custom properties."""
    return Tint(f"var(--tint-{place})", f"var(--tint-{place}-ink)", palette()[place - 1].angle)


def _properties(tokens: Mapping[str, str], tints: Sequence[Tint]) -> str:
    tinted = {
        name: value
        for number, one in enumerate(tints, start=1)
        for name, value in ((f"tint-{number}", one.colour), (f"tint-{number}-ink", one.ink))
    }
    return "".join(f"--{name}:{value};" for name, value in {**tokens, **tinted}.items())


def css_text(text: str) -> str:
    """Return text as a CSS string; no character of it can end the string or the style."""
    kept = re.sub("[^A-Za-z0-9-]", lambda found: f"\\{ord(found[0]):x} ", text)
    return f'"{kept}"'
