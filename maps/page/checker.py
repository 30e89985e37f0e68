"""What the page's own engine knows of an atlas: a page checks incidents in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from geodata.text.axes import grown
from maps.page import payload
from maps.page.layers import EXTENT_SCALE, zone_extents
from maps.page.leaflet import Data
from maps.page.packing import encode_numbers, encode_polygons
from maps.page.words import SentenceWords, choose_words

if TYPE_CHECKING:
    from geodata.atlas import Atlas


def checker(atlas: Atlas, *, all_zones: bool, alone: bool = False) -> Data:
    """Return the checker of a page, which answers in the browser, by itself.

    Parameters
    ----------
    all_zones
        The page draws every zone of the atlas, so that only the rest has to be added.
    alone
        The page is there for the checker, which is open from the start.
    """
    return Data(
        "checker",
        payload.Checker(
            alone=alone,
            reference=_reference(atlas),
            words=choose_words(atlas, SentenceWords, atlas.meta.languages),
            ground=None if all_zones else _ground(atlas),
        ),
    )


def engine_atlas(atlas: Atlas) -> dict[str, Any]:
    """Return all that the engine of ``maps/web/src/engine`` knows of an atlas, to be made JSON."""
    words = choose_words(atlas, SentenceWords, atlas.meta.languages)
    found: dict[str, Any] = {"words": msgspec.to_builtins(words)}
    for part in (_ground(atlas), _reference(atlas)):
        found |= msgspec.to_builtins(part)
    return found


def _ground(atlas: Atlas) -> payload.Ground:
    """Return the zones without what is only there to be shown."""
    return msgspec.convert(msgspec.to_builtins(zone_extents(atlas).payload), payload.Ground)


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
        places=[
            payload.PlaceRow(
                id=str(place.id),
                name=place.name,
                name_ar=place.name_ar,
                variants=place.variants,
                longitude=place.longitude,
                latitude=place.latitude,
                admin1=place.admin1,
                population=place.population,
            )
            for place in atlas.places
        ],
    )


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

    print(msgspec.json.encode(engine_atlas(read_atlas())).decode())
