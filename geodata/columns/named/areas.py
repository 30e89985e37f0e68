"""Areas of the atlas by the names that reports give them: countrysides, mountains, plains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np

from geodata.columns.areas import Area as Polygon
from geodata.columns.areas import Areas
from geodata.errors import PlaceError
from geodata.grammar import load
from geodata.schema import Area
from geodata.text.names import Gazetteer
from geodata.text.phrases import SURE, split
from geodata.text.repairs import clean_text, quote
from geodata.text.sounds import Codes, distances, read_spelling, words_of

AREA = "area"
"""Where the extent of an incident comes from whose place is an area of the atlas."""


def find_area(areas: Mapping[str, Area], gazetteer: Gazetteer, text: str) -> Area | None:
    """Return the area of an atlas that a text names; None where no area is called so.

    A governorate or district may follow after a comma.

    Raises
    ------
    PlaceError
        A settlement is called so, too, and the text does not say ``area`` or ``countryside``.

    Examples
    --------
    >>> from geodata.atlas import read_atlas
    >>> from geodata.text.names import gazetteer_of
    >>> atlas = read_atlas()
    >>> find_area(atlas.areas, gazetteer_of(atlas.ledger), "ريف حماة الشمالي").id
    'north-hama'
    """
    parts = split(SURE, clean_text(text)[0])
    if not parts or not all(map(gazetteer.units.find, parts[1:])):
        return None
    asked = parts[0]
    found = [area for area in areas.values() if any(_alike(asked, one) for one in _names(area))]
    if len(found) > 1:
        raise PlaceError(
            f"expected one area, found {quote(text)}, which several are called: "
            f"{', '.join(area.name['en'] for area in found)}; write the name in full."
        )
    if not found:
        return None
    if not _says_area(asked):
        try:
            places = gazetteer.look_up(text).places
        except PlaceError:
            places = ()
        if places:
            raise PlaceError(
                f"expected one place, found {quote(text)}, which is an area and also "
                f"{'; '.join(f'{place.id} {place}' for place in places[:4])}; write "
                f"{quote(asked + ' area')} for the area, or give the P-code of the settlement."
            )
    return found[0]


def polygon_of(area: Area) -> Areas:
    """Return all that possibly belongs to an area, as a table of one polygon."""
    return Areas((Polygon(AREA, area.id, (area.name["en"],), (), area.high),), {}, {})


def _names(area: Area) -> Iterable[str]:
    return (*area.name.values(), *area.variants)


@cache
def _area_words() -> tuple[frozenset[str], frozenset[str]]:
    """Return words for a countryside, and those that may be added to the name of any area."""
    table = load("sounds")["areas"]
    countryside, added = (
        frozenset(word for one in table[name] for word in words_of(one))
        for name in ("countryside", "added")
    )
    return countryside, added


def _says_area(text: str) -> bool:
    countryside, added = _area_words()
    return not (countryside | added).isdisjoint(words_of(text))


@cache
def _key(text: str) -> tuple[tuple[str, ...], int, bool]:
    """Return the codes of a name without words for areas, its qualifiers, whether countryside."""
    countryside, added = _area_words()
    words = words_of(text)
    rest = [word for word in words if word not in countryside and word not in added]
    spelling = read_spelling(" ".join(rest or words))
    return spelling.codes, spelling.qualifiers, not countryside.isdisjoint(words)


def _alike(one: str, other: str) -> bool:
    codes, qualifiers, rural = _key(one)
    others, *rest = _key(other)
    if not codes or not others or [qualifiers, rural] != rest:
        return False
    every = np.arange(len(others))
    limit: float = load("sounds")["rule"]["namesake"]
    return min(float(distances(code, Codes(others), every).min()) for code in codes) <= limit
