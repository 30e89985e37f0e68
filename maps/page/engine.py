"""The atlas as the page's own engine reads it: what a verdict needs, in one compact object."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from geodata.text.axes import grown
from maps.page.layers import EXTENT_SCALE, encode_ring, zone_extents

if TYPE_CHECKING:
    from geodata.atlas import Atlas

__all__ = ["engine_atlas", "engine_extras"]

# Of the language files, what sentences are made of and months are read by.
_WORDS = ("date", "list", "months", "months_alone", "months_alt", "sentence", "space", "units")
_SHARED = (
    "zones",
    "scale",
    "rings",
    "extents",
    "phases",
    "agreements",
    "rounds",
    "boundaries",
    "actors",
)


def engine_atlas(atlas: Atlas) -> dict[str, Any]:
    """Return all that the engine of ``maps/web/src/engine`` asks of an atlas, to be made JSON."""
    shown = zone_extents(atlas).payload
    assert isinstance(shown, dict)  # noqa: S101  (zone_extents makes one)
    found = {
        key: [_needed(item) for item in shown[key]] for key in _SHARED if _is_table(shown[key])
    }
    found |= {key: shown[key] for key in _SHARED if key not in found}
    return found | engine_extras(atlas)


def engine_extras(atlas: Atlas) -> dict[str, Any]:
    """Return what the engine needs beyond that which a page with every zone holds for drawing.

    ``{...zones, ...extras}`` of such a page is an atlas for its engine.
    """
    from zones.record import software

    return {
        "version": atlas.version,
        "sha256": atlas.sha256,
        "software": software(),
        "time_zone": atlas.meta.time_zone,
        "languages": list(atlas.meta.languages),
        "default_boundary": atlas.meta.default_boundary,
        "bounds": list(atlas.meta.bounds),
        "coarsest_radius_m": atlas.meta.coarsest_radius_m,
        "placeholders": [[p.longitude, p.latitude] for p in atlas.meta.placeholders],
        "country": _country(atlas),
        "errors": [
            {
                "zone": extent.zone,
                "boundary": extent.boundary,
                "from": extent.valid_from.isoformat(),
                "metres": _encode_numbers(extent.accuracy_m),
            }
            for extent in atlas.extents
            if extent.accuracy_m is not None
        ],
        "words": {
            code: {key: words[key] for key in _WORDS if key in words}
            for code in atlas.meta.languages
            for words in (atlas.words(code),)
        },
        "places": [
            [
                str(place.id),
                place.name,
                place.name_ar,
                list(place.variants),
                place.longitude,
                place.latitude,
                place.admin1,
                place.population,
            ]
            for place in atlas.places
        ],
    }


def _country(atlas: Atlas) -> list[list[str]]:
    """Return where a point counts as in the country: polygons of rings; none without an outline."""
    if atlas.outline is None:
        return []
    shape = grown(atlas.outline)
    return [
        [encode_ring(ring.coords, EXTENT_SCALE) for ring in (part.exterior, *part.interiors)]
        for part in getattr(shape, "geoms", [shape])
    ]


_UNSAID = {"sources", "confidence", "what", "area", "accuracy", "title", "signed", "description"}


def _is_table(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _needed(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in _UNSAID}


def _encode_numbers(nested: list[Any]) -> str:
    """Encode whole numbers in pairs, as if they were points; an odd one is paired with 0."""
    numbers = list(_flat(nested))
    return encode_ring(zip_longest(numbers[::2], numbers[1::2], fillvalue=0), 1)


def _flat(nested: list[Any]) -> Iterator[int]:
    for item in nested:
        if isinstance(item, list):
            yield from _flat(item)
        else:
            yield item
