"""The metadata of every export: title, licence, attribution, version and hash, time."""

from __future__ import annotations

from typing import Any

from dezone.export.contents import Layer
from geodata.atlas import Atlas
from zones.calendar import calendar_of, day_of


def described(atlas: Atlas, layer: Layer | None = None) -> dict[str, Any]:
    """Return the metadata of a layer, or of the whole.

    `first` is the first day on which a zone was in force, `last` the first on which none was.
    """
    title = atlas.meta.title["en"]
    first, last = calendar_of(atlas).in_force
    about = f"{layer.about}. " if layer else ""
    return {
        "identifier": f"{atlas.meta.id}/{atlas.version}/{atlas.sha256}",
        "title": f"{title}: {layer.name}" if layer else title,
        "abstract": (
            f"{about}Atlas {atlas.meta.id}, version {atlas.version}, SHA-256 {atlas.sha256}. "
            "Intervals of days are half-open: valid_from is the first day, valid_to the first day "
            f"after it; days are local ({atlas.meta.time_zone}). The boundaries are "
            "reconstructions: no official map of the zones was ever published."
        ),
        "rights": atlas.meta.attribution,
        "licence": atlas.meta.licence,
        "first": day_of(first),
        "last": day_of(last),
    }
