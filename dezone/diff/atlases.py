"""Two versions of an atlas: which records are new, gone or edited, and how far a line moved."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import shapely

from geodata.atlas import Atlas
from geodata.schema import Estimate, Extent

KINDS = (
    "extents", "phases", "agreements", "rounds", "zones", "boundaries", "posts", "actors", "places",
    "sources", "settings", "words", "base_map",
)  # fmt: skip
"""What an atlas holds, in the order in which changes are told."""

_SHAPES = tuple(estimate.value for estimate in Estimate)


@dataclass(frozen=True, kw_only=True)
class RecordChange:
    """One record of an atlas that is new, gone or edited.

    Attributes
    ----------
    kind, id
        One of `KINDS`; what names the record within it.
    change
        ``new``, ``gone`` or ``edited``.
    edits
        Each field that says something else: its values before and now. Of a geometry, its area in
        km2.
    zone, boundary, first, last
        Whose ground or time it is about, where it is about one; days, None where open.
    areas
        Of the best lines before and now, in km2; None where there is none.
    overlap
        Of these two (intersection over union), where both are there and differ.
    """

    kind: str
    id: str
    change: str
    edits: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    zone: str | None = None
    boundary: str | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    areas: tuple[float | None, float | None] = (None, None)
    overlap: float | None = None


class MixedAtlas(Atlas):
    """An atlas with some of its files taken from another: to ask what they alone change."""

    def __init__(self, atlas: Atlas, other: Atlas, names: Sequence[str]) -> None:
        super().__init__(atlas.folder)
        self._other, self._taken = other, frozenset(names)

    def read_bytes(self, name: str) -> bytes:
        """Return a file of the atlas, or of the other one."""
        if name in self._taken:
            return self._other.read_bytes(name)
        return super().read_bytes(name)


def compare_atlases(old: Atlas, new: Atlas) -> list[RecordChange]:
    """Return every record that differs, in the order of `KINDS`, then as the new atlas has them.

    Records are the same by their id. A phase is the same by zone and name: of several of one name,
    those with the same first day are paired first, the others in order.
    """
    if old.sha256 == new.sha256:
        return []
    return [change for kind in KINDS for change in _COMPARE[kind](old, new)]


# -- records that an id names ---------------------------------------------------------------


def _plain(record: Any) -> dict[str, Any]:
    return dict(msgspec.to_builtins(record))


def _by_id(atlas: Atlas, kind: str) -> dict[str, dict[str, Any]]:
    if kind == "settings":
        return {atlas.meta.id: _plain(atlas.meta)}
    if kind == "base_map":
        content = atlas.read_bytes("base.geojson")
        return {"base.geojson": {"sha256": hashlib.sha256(content).hexdigest()}}
    if kind == "words":
        return {code: _leaves(atlas.words(code)) for code in atlas.meta.languages}
    records = getattr(atlas, kind)
    if isinstance(records, Mapping):
        return {str(key): _plain(record) for key, record in records.items()}
    return {str(record.id): _plain(record) for record in records}


def _leaves(words: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(words, Mapping):
        return {path: words}
    found: dict[str, Any] = {}
    for key, value in words.items():
        found |= _leaves(value, f"{path}.{key}" if path else key)
    return found


def _records(kind: str, old: Atlas, new: Atlas) -> Iterator[RecordChange]:
    before, now = _by_id(old, kind), _by_id(new, kind)
    if kind == "settings" and len(before.keys() | now.keys()) > 1:
        # Another atlas altogether still has one set of settings.
        before = dict(zip(now, before.values(), strict=True))
    for name, record in now.items():
        if name not in before:
            yield RecordChange(kind=kind, id=name, change="new")
        elif edits := _edits(before[name], record):
            yield RecordChange(kind=kind, id=name, change="edited", edits=edits)
    for name in before:
        if name not in now:
            yield RecordChange(kind=kind, id=name, change="gone")


def _edits(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys([*old, *new])
    return {
        name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)
    }


# -- phases ---------------------------------------------------------------------------------


def _phases(old: Atlas, new: Atlas) -> Iterator[RecordChange]:
    before, now = ([_plain(phase) for phase in atlas.phases] for atlas in (old, new))
    pairs: dict[int, dict[str, Any]] = {}
    left = list(before)
    for keys in (("zone", "phase", "from"), ("zone", "phase")):
        for i, record in enumerate(now):
            same = [other for other in left if all(other[key] == record[key] for key in keys)]
            if same and i not in pairs:
                pairs[i] = same[0]
                left.remove(same[0])
    for i, record in enumerate(now):
        if i not in pairs:
            yield _phase(record, "new", {})
        elif edits := _edits(pairs[i], record):
            yield _phase(record, "edited", edits)
    for record in left:
        yield _phase(record, "gone", {})


def _phase(
    record: Mapping[str, Any], change: str, edits: Mapping[str, tuple[Any, Any]]
) -> RecordChange:
    day = record["from"]
    return RecordChange(
        kind="phases",
        id=f"{record['zone']}/{record['phase']}" + (f"/{day}" if day else ""),
        change=change,
        edits=edits,
        zone=record["zone"],
    )


# -- extents --------------------------------------------------------------------------------


def _extents(old: Atlas, new: Atlas) -> Iterator[RecordChange]:
    before, now = ({extent.id: extent for extent in atlas.extents} for atlas in (old, new))
    for name, extent in now.items():
        other = before.get(name)
        area = extent.area_km2["best"]
        if other is None:
            yield _extent(extent, "new", {}, areas=(None, area))
        elif edits := _extent_edits(other, extent):
            moved = "best" in edits
            overlap = _overlap(other.best, extent.best, _middle(new)) if moved else None
            areas = (other.area_km2["best"], area)
            yield _extent(extent, "edited", edits, areas=areas, overlap=overlap)
    for name, extent in before.items():
        if name not in now:
            yield _extent(extent, "gone", {}, areas=(extent.area_km2["best"], None))


def _extent(
    extent: Extent,
    change: str,
    edits: Mapping[str, tuple[Any, Any]],
    *,
    areas: tuple[float | None, float | None],
    overlap: float | None = None,
) -> RecordChange:
    last = None if extent.valid_to is None else extent.valid_to - dt.timedelta(days=1)
    return RecordChange(
        kind="extents",
        id=extent.id,
        change=change,
        edits=edits,
        zone=extent.zone,
        boundary=extent.boundary,
        first=extent.valid_from,
        last=last,
        areas=areas,
        overlap=overlap,
    )


def _extent_edits(old: Extent, new: Extent) -> dict[str, tuple[Any, Any]]:
    edits: dict[str, tuple[Any, Any]] = {}
    for name in _SHAPES:
        if not shapely.equals_exact(old.geometry(name), new.geometry(name), normalize=True):
            edits[name] = (old.area_km2[name], new.area_km2[name])
    for name in ("valid_to", "sources", "confidence", "note"):
        values = tuple(msgspec.to_builtins(getattr(extent, name)) for extent in (old, new))
        if values[0] != values[1]:
            edits[name] = (values[0], values[1])
    if old.accuracy_m != new.accuracy_m and "best" not in edits:
        edits["accuracy_m"] = tuple(_median(extent) for extent in (old, new))  # type: ignore[assignment]
    return edits


def _median(extent: Extent) -> float | None:
    import statistics

    numbers = [float(n) for n in _numbers(extent.accuracy_m)]
    return statistics.median(numbers) if numbers else None


def _numbers(nested: Any) -> Iterator[float]:
    if isinstance(nested, list | tuple):
        for item in nested:
            yield from _numbers(item)
    elif nested is not None:
        yield nested


def _middle(atlas: Atlas) -> tuple[float, float]:
    west, south, east, north = atlas.meta.bounds
    return (west + east) / 2, (south + north) / 2


def _overlap(a: shapely.Geometry, b: shapely.Geometry, middle: tuple[float, float]) -> float | None:
    """Return intersection over union, in an equal-area projection about the middle."""
    from pyproj import Transformer

    longitude, latitude = middle
    turn = Transformer.from_crs(
        "EPSG:4326", f"+proj=laea +lon_0={longitude} +lat_0={latitude}", always_xy=True
    )

    def flat(points: Any) -> Any:
        return np.stack(turn.transform(points[:, 0], points[:, 1]), axis=1)

    a, b = (shapely.make_valid(shapely.transform(shape, flat)) for shape in (a, b))
    union = shapely.union(a, b).area
    return round(shapely.intersection(a, b).area / union, 4) if union else None


def _generic(kind: str) -> Any:
    return lambda old, new: _records(kind, old, new)


_COMPARE = {kind: _generic(kind) for kind in KINDS} | {"phases": _phases, "extents": _extents}
