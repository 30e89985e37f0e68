"""The part of an atlas that the page's own engine needs to check incidents in the browser."""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from geodata.ledger import BY
from geodata.schema import Confidence
from geodata.text.axes import grown
from geodata.text.sounds import is_arabic
from maps.page import payload
from maps.page.layers import EXTENT_SCALE, zone_extents
from maps.page.leaflet import Data
from maps.page.packing import encode_numbers, encode_polygons, pack_lines, pack_numbers
from maps.page.words import SentenceWords, choose_words
from zones.prepared import once_per_atlas

if TYPE_CHECKING:
    from geodata.atlas import Atlas
    from geodata.ledger import Ledger

_NEVER = -(2**31)  # stands for the day of those who were there from the start


def checker(atlas: Atlas, *, all_zones: bool, alone: bool = False) -> Data:
    """Return the checker of a page, which answers in the browser, by itself.

    Parameters
    ----------
    all_zones
        Whether the page draws every zone of the atlas, so that only the rest must be added.
    alone
        Whether the page consists of the checker, which is then open from the start.
    """
    return Data(
        "checker",
        payload.Checker(
            alone=alone,
            reference=_reference(atlas),
            ground=None if all_zones else _ground(atlas),
        ),
    )


def engine_atlas(atlas: Atlas) -> dict[str, Any]:
    """Return what the engine in ``maps/web/src/engine`` needs of an atlas, for JSON."""
    words = choose_words(atlas, SentenceWords, atlas.meta.languages)
    found: dict[str, Any] = {"words": msgspec.to_builtins(words)}
    for part in (_ground(atlas), _reference(atlas)):
        found |= msgspec.to_builtins(part)
    return found


@once_per_atlas
def _ground(atlas: Atlas) -> payload.Ground:
    """Return the zones without what is only shown."""
    return msgspec.convert(msgspec.to_builtins(zone_extents(atlas).payload), payload.Ground)


@once_per_atlas
def _reference(atlas: Atlas) -> payload.Reference:
    from zones.record import software

    return payload.Reference(
        version=atlas.version,
        sha256=atlas.sha256,
        software=software(),
        time_zone=atlas.meta.time_zone,
        languages=atlas.meta.languages,
        default_boundary=atlas.meta.default_boundary,
        bounds=atlas.meta.bounds,
        coarsest_radius_m=atlas.meta.coarsest_radius_m,
        placeholders=[(p.longitude, p.latitude) for p in atlas.meta.placeholders],
        country=_country(atlas),
        errors=[
            payload.LineErrors(
                zone=extent.zone,
                boundary=extent.boundary,
                start=extent.valid_from,
                metres=encode_numbers(list(_flat(extent.accuracy_m))),
            )
            for extent in atlas.extents
            if extent.accuracy_m is not None
        ],
        areas=_areas(atlas),
        ledger=_ledger(atlas),
    )


def _named_areas(atlas: Atlas) -> Iterator[str]:
    """Yield a line for each area: the positions of its sub-districts, and its names."""
    from geodata.columns.named.areas import units_inside

    at = {unit.code: str(i) for i, unit in enumerate(atlas.ledger.units)}
    for area in atlas.areas.values():
        inside = ",".join(at[code] for code in units_inside(atlas.ledger, area))
        yield "\t".join((inside, *area.name.values(), *area.variants))


def _areas(atlas: Atlas) -> list[payload.Area]:
    """Return the areas that records can name."""
    from zones.index.areas import recorded_areas

    return [
        payload.Area(
            id=area.id,
            name=area.name,
            kind=area.kind,
            explains=area.explains,
            start=area.valid_from,
            end=area.valid_to,
            low=[] if area.low == area.high else encode_polygons(area.low, EXTENT_SCALE),
            high=encode_polygons(area.high, EXTENT_SCALE),
        )
        for area in recorded_areas(atlas)
    ]


def _ledger(atlas: Atlas) -> payload.Ledger:
    """Return the ledger of settlements, packed."""
    ledger, every = atlas.ledger, range(len(atlas.ledger))
    zones = np.array([*map([zone.id for zone in atlas.zones].index, ledger.zones), -1])
    units = [";".join(ledger.admin_codes(i)[-1:]) for i in every]
    holdings = [ledger.holding(position) for position in range(len(ledger.holder))]
    codes = sorted({*units} - {""})
    confidences = list(Confidence)
    sources = sorted({key for one in holdings for key in one.sources})
    cited = [[len(one.sources), *map(sources.index, one.sources)] for one in holdings]
    return payload.Ledger(
        sides=[
            payload.LedgerSide(id=side.id, name=side.name, in_zones=side.in_zones)
            for side in (atlas.sides[one] for one in ledger.sides)
        ],
        kinds=ledger.kinds,
        confidences=confidences,
        scale=EXTENT_SCALE,
        units=pack_lines(codes),
        sources=pack_lines(sources),
        admin=pack_lines("\t".join((unit.code, unit.name, unit.name_ar)) for unit in ledger.units),
        areas=pack_lines(_named_areas(atlas)),
        ids=pack_lines(_steps(ledger.ids)),
        names=pack_lines(_spellings(ledger, "en")),
        arabic=pack_lines(_spellings(ledger, "ar")),
        kind=pack_numbers(ledger.kind),
        zone=pack_numbers(zones[ledger.zone]),
        radius=pack_numbers(ledger.radius_m),
        rank=pack_numbers(ledger.rank),
        unit=pack_numbers([codes.index(code) if code else -1 for code in units]),
        point_of=pack_numbers(ledger.point_of),
        longitude=pack_numbers(np.round(ledger.longitude * EXTENT_SCALE)),
        latitude=pack_numbers(np.round(ledger.latitude * EXTENT_SCALE)),
        holding_of=pack_numbers(ledger.holding_of),
        side=pack_numbers(ledger.holder),
        earliest=pack_numbers([_day(one.earliest) for one in holdings]),
        latest=pack_numbers([_day(one.latest) for one in holdings]),
        confidence=pack_numbers([confidences.index(Confidence(h.confidence)) for h in holdings]),
        open=pack_numbers([one.precision == BY or bool(one.readings) for one in holdings]),
        cited=pack_numbers([number for one in cited for number in one]),
    )


def _steps(ids: Iterable[str]) -> Iterator[str]:
    """Yield each id as its number's step from the one before it, or whole behind =."""
    prefix, width, last = "", 0, 0
    for one in ids:
        found = re.fullmatch(r"(.*?)([0-9]{1,9})", one)
        begin, digits = found.groups() if found else ("", "0")
        number = int(digits)
        follows = found and (begin, len(digits)) == (prefix, width) and number > last
        yield str(number - last) if follows else f"={one}"
        prefix, width, last = begin, len(digits) if found else 0, number


def _spellings(ledger: Ledger, language: str) -> Iterator[str]:
    """Yield a line for each settlement: its name, and its other spellings in the same script."""
    for i, names in enumerate(ledger.names):
        known = (ledger.name(i), ledger.name(i, "ar"))
        others = (one for one in names if one not in known)
        alike = (one for one in others if is_arabic(one) == (language == "ar"))
        yield "\t".join((ledger.name(i, language) or "", *alike))


def _day(day: dt.date | None) -> int:
    return _NEVER if day is None else day.toordinal() - dt.date(1970, 1, 1).toordinal()


def _country(atlas: Atlas) -> list[list[payload.Ring]]:
    """Return where a point counts as in the country; empty where the atlas has no outline."""
    if atlas.outline is None:
        return []
    return encode_polygons(grown(atlas.outline), EXTENT_SCALE)


def _flat(nested: list[Any]) -> Iterator[float]:
    for item in nested:
        if isinstance(item, list):
            yield from _flat(item)
        else:
            yield item


if __name__ == "__main__":
    from geodata.atlas import read_atlas

    sys.stdout.buffer.write(msgspec.json.encode(engine_atlas(read_atlas())) + b"\n")
