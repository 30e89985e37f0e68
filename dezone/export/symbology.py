"""The symbols with which QGIS draws the layers: tint, firm line and hatched doubt, as in pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from geodata.atlas import Atlas
from maps.style import TOKENS, palette, tint
from zones.layers import name_column

_FONTS = ("Noto Sans", "Noto Sans Arabic", "Open Sans", "DejaVu Sans")
_HERE, _REGION = 150_000, 1_500_000  # scales down to which names and settlements are shown


@dataclass(frozen=True)
class Part:
    """One layer of a symbol: the name that QGIS has for it, and its options."""

    name: str
    options: Mapping[str, Any]
    inner: Symbol | None = None


@dataclass(frozen=True)
class Symbol:
    """A symbol: ``fill``, ``line`` or ``marker``."""

    kind: str
    parts: tuple[Part, ...]
    alpha: float = 1


@dataclass(frozen=True)
class Rule:
    """Which rows are drawn with a symbol, and down to which scale (1 : `until`)."""

    label: str
    filter: str
    symbol: Symbol
    until: int = 0


@dataclass(frozen=True, kw_only=True)
class Label:
    """What is written beside a row, or beside a point of it; `always` over other labels, too.

    `text`, `colours` and `beside` are expressions.
    """

    text: str
    size: float
    colour: str
    colours: str = ""
    weight: int = 50
    style: str = "Regular"
    buffer: float = 0.8
    behind: str = ""
    placement: int = 1
    quadrant: int = 4
    distance: float = 0
    beside: str = ""
    always: bool = False
    until: int = 0
    font: str = _FONTS[0]
    families: tuple[str, ...] = _FONTS


@dataclass(frozen=True)
class Look:
    """How a layer is drawn."""

    rules: tuple[Rule, ...]
    label: Label | None = None


def look_of(atlas: Atlas, name: str, language: str) -> Look:
    """Return how a layer is drawn, its legend and its labels in a language."""
    return _LOOKS[name](atlas, language)


# -- zones ----------------------------------------------------------------------------------


def _zones(atlas: Atlas, language: str) -> Look:
    """Tint what is surely inside, draw the line: firm for the default boundary, else dashed."""
    says = atlas.words(language)["boundary_estimate"]
    rules = []
    for zone in atlas.zones:
        look = tint(zone.number)
        mine = f'"zone" = {quoted(zone.id)} AND "estimate" ='
        default = quoted(atlas.meta.default_boundary)
        name = zone.name[language]
        fill = Symbol("fill", (_fill(look.colour, alpha=0.3),))
        rules.append(Rule(f"{name}: {says['low']}", f"{mine} 'low'", fill))
        for same, label in (("=", f"{name}: {says['best']}"), ("<>", name)):
            line = Symbol("fill", (_outline(look.colour, 0.55, firm=same == "="),))
            rules.append(Rule(label, f"{mine} 'best' AND \"boundary\" {same} {default}", line))
    said = Label(
        text=f'CASE WHEN "estimate" = \'best\' THEN "{name_column(language)}" END',
        size=11,
        colour=_rgba(TOKENS["ink"]),
        colours=_by_zone(atlas, lambda number: tint(number).ink),
        weight=75,
        style="Bold",
        buffer=1.0,
        behind=_rgba(TOKENS["paper"]),
        beside="make_point(x_max($geometry), y(centroid($geometry)))",
        quadrant=5,
        always=True,
    )
    return Look(tuple(rules), said)


def _doubt(atlas: Atlas, language: str) -> Look:
    says = atlas.words(language)["boundary_estimate"]["high"]
    return Look(
        tuple(
            Rule(
                f"{zone.name[language]}: {says}",
                f'"zone" = {quoted(zone.id)}',
                Symbol("fill", (_hatch(tint(zone.number).colour, tint(zone.number).angle),)),
            )
            for zone in atlas.zones
        )
    )


def _areas(atlas: Atlas, language: str) -> Look:
    """Draw parts of zones in the colour of their zone (low tinted, high dashed), others in grey."""
    titles, says = atlas.words(language)["field"], atlas.words(language)["boundary_estimate"]
    rules = []
    for zone in atlas.zones:
        colour = tint(zone.number).colour
        drawn = {"low": _fill(colour, alpha=0.3), "high": _outline(colour, 0.4, firm=False)}
        for estimate, part in drawn.items():
            only = f'"zone" = {quoted(zone.id)} AND "estimate" = {quoted(estimate)}'
            label = f"{zone.name[language]}: {says[estimate]}"
            rule = Rule(label, f"\"kind\" = 'subarea' AND {only}", Symbol("fill", (part,)))
            rules.append(rule)
    line, ground = _outline(TOKENS["ink-3"], 0.3, firm=False), _fill(TOKENS["ink-3"], alpha=0.15)
    beside = Symbol("fill", (ground, line))
    rules.append(Rule(titles["neighbours"], "\"kind\" = 'neighbour'", beside))
    rules.append(Rule("–", "\"kind\" = 'named'", Symbol("fill", (line,))))
    said = Label(
        text=f'CASE WHEN "estimate" <> \'low\' THEN "{name_column(language)}" END',
        size=7.5,
        colour=_rgba(TOKENS["ink-2"]),
        behind=_rgba(TOKENS["paper"]),
        beside="make_point(x_min($geometry), y(centroid($geometry)))",
        quadrant=3,
        always=True,
    )
    return Look(tuple(rules), said)


def _by_zone(atlas: Atlas, colour: Callable[[int], str]) -> str:
    """Return an expression that gives each zone its colour."""
    cases = "".join(
        f' WHEN "zone" = {quoted(zone.id)} THEN {quoted(_rgba(colour(zone.number)))}'
        for zone in atlas.zones
    )
    return f"CASE{cases} END"


# -- posts and settlements ------------------------------------------------------------------


def _posts(atlas: Atlas, language: str) -> Look:
    """Draw a square for each actor, hollow where a post was only planned."""
    keepers = dict.fromkeys(post.actor for post in atlas.posts)
    rules = []
    for actor, look in zip(keepers, further_colours(), strict=False):
        name = atlas.actors[actor].name[language]
        mine = f'"actor" = {quoted(actor)} AND'
        for planned in (False, True):
            part = _mark("square", look, 2.4, hollow=planned)
            condition = f'{mine} {"" if planned else "NOT "}"planned"'
            label = name if not planned else f"{name} *"
            rules.append(Rule(label, condition, Symbol("marker", (part,))))
    return Look(tuple(rules), _name_beside(language, size=7.5, until=400_000))


def _held(atlas: Atlas, language: str) -> Look:
    """Draw a small disc in the colour of the side."""
    rules = [
        Rule(
            side.name[language],
            f'"held_by" = {quoted(side.id)}',
            Symbol("marker", (_mark("circle", look, 1.5),)),
            _REGION,
        )
        for side, look in zip(atlas.sides.values(), further_colours(), strict=False)
    ]
    unknown = Symbol("marker", (_mark("circle", TOKENS["ink-2"], 1.5, hollow=True),))
    rules.append(Rule("–", '"held_by" IS NULL', unknown, _REGION))
    return Look(tuple(rules), _settlement_name(language))


def _settlements(atlas: Atlas, language: str) -> Look:
    word = atlas.words(language)["figure"]["settlement"]
    symbol = Symbol("marker", (_mark("circle", TOKENS["ink-2"], 1.2),))
    return Look((Rule(word, "", symbol, _REGION),), _settlement_name(language))


def further_colours() -> list[str]:
    """Return the colours of the palette, those that no zone has first."""
    return [look.colour for look in (*palette()[4:], *palette()[:4])] * 4


def _settlement_name(language: str) -> Label:
    text = '"name_ar"' if language == "ar" else '"name"'
    return _name_beside(language, size=7, until=_HERE, text=f'coalesce({text}, "name")')


def _name_beside(language: str, *, size: float, until: int = 0, text: str = "") -> Label:
    return Label(
        text=text or f'"{name_column(language)}"',
        size=size,
        colour=_rgba(TOKENS["ink"]),
        behind=_rgba(TOKENS["land"]),
        placement=6,
        distance=1.4,
        until=until,
    )


# -- the base map ---------------------------------------------------------------------------


def _base_areas(atlas: Atlas, language: str) -> Look:
    def area(kind: str, fill: str, line: str) -> Rule:
        name = atlas.meta.country[language] if kind == "country" else "–"
        parts = (_fill(TOKENS[fill]), _outline(TOKENS[line], 0.3))
        return Rule(name, f"\"kind\" = '{kind}'", Symbol("fill", parts))

    return Look((area("neighbour", "neighbour", "border"), area("country", "land", "state-border")))


def _base_lines(atlas: Atlas, language: str) -> Look:
    return Look(
        tuple(
            Rule("–", f"\"kind\" = '{kind}'", Symbol("line", (_line(TOKENS[colour], wide),)))
            for kind, colour, wide in (("border", "border", 0.3), ("road", "road", 0.7))
        )
    )


def _base_points(atlas: Atlas, language: str) -> Look:
    town = Part(
        "SimpleMarker",
        {
            "name": "circle",
            "color": _rgba(TOKENS["paper"]),
            "outline_color": _rgba(TOKENS["ink"]),
            "outline_width": 0.3,
            "size": 1.6,
        },
    )
    word = atlas.words(language)["figure"]["settlement"]
    nothing = _mark("circle", TOKENS["ink-3"], 0.01)
    rules = (
        Rule(word, "\"kind\" = 'town'", Symbol("marker", (town,))),
        Rule("–", "\"kind\" <> 'town'", Symbol("marker", (nothing,), alpha=0)),
    )
    colours = f"CASE WHEN \"kind\" <> 'town' THEN '{_rgba(TOKENS['ink-3'])}' END"
    return Look(rules, replace(_name_beside(language, size=8), colours=colours))


_LOOKS: Mapping[str, Callable[[Atlas, str], Look]] = {
    "zones": _zones,
    "extents": _zones,
    "areas": _areas,
    "doubt": _doubt,
    "posts": _posts,
    "held": _held,
    "settlements": _settlements,
    "base_areas": _base_areas,
    "base_lines": _base_lines,
    "base_points": _base_points,
}


# -- parts of symbols -----------------------------------------------------------------------


def _fill(colour: str, *, alpha: float = 1) -> Part:
    return Part(
        "SimpleFill", {"color": _rgba(colour, alpha), "style": "solid", "outline_style": "no"}
    )


def _line(colour: str, width: float, *, firm: bool = True) -> Part:
    return Part(
        "SimpleLine",
        {
            "line_color": _rgba(colour),
            "line_width": width,
            "line_width_unit": "MM",
            "line_style": "solid" if firm else "dash",
            "joinstyle": "round",
            "capstyle": "round",
        },
    )


def _outline(colour: str, width: float, *, firm: bool = True) -> Part:
    return _line(colour, width, firm=firm)


def _hatch(colour: str, angle: int) -> Part:
    """Return lines at an angle that counts clockwise from upright; QGIS counts from the right."""
    return Part(
        "LinePatternFill",
        {"angle": (90 - angle) % 180, "distance": 1.5, "distance_unit": "MM", "offset": 0},
        Symbol("line", (_line(colour, 0.25),)),
    )


def _mark(name: str, colour: str, size: float, *, hollow: bool = False) -> Part:
    return Part(
        "SimpleMarker",
        {
            "name": name,
            "color": _rgba(TOKENS["paper"] if hollow else colour),
            "outline_color": _rgba(colour if hollow else TOKENS["paper"]),
            "outline_width": 0.4 if hollow else 0.2,
            "size": size,
            "size_unit": "MM",
        },
    )


def _rgba(colour: str, alpha: float = 1) -> str:
    red, green, blue = rgb(colour)
    return f"{red},{green},{blue},{round(255 * alpha)}"


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue of a colour like ``#0B6AA8``, from 0 to 255."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def quoted(text: str) -> str:
    """Return text as a string of QGIS's expressions."""
    doubled = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
