"""Read an atlas: the shipped one, or a folder of files of the same schema."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec
import shapely
from msgspec import field

from geodata.errors import AtlasError

__all__ = [
    "Actor",
    "Agreement",
    "Atlas",
    "Boundary",
    "Confidence",
    "Disagreement",
    "Estimate",
    "Extent",
    "Legal",
    "Phase",
    "PhaseName",
    "Place",
    "Post",
    "Round",
    "Source",
    "Zone",
    "read_atlas",
]

Text = Mapping[str, str]
"""One text in several languages: language code to words."""

Polygonal = shapely.Polygon | shapely.MultiPolygon
"""The geometry of an estimate; an empty MultiPolygon where nothing is known."""

T = TypeVar("T")


class Confidence(StrEnum):
    """How far a record may be relied on; `unsourced` means that no source states it."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNSOURCED = "unsourced"


class Estimate(StrEnum):
    """Which of an extent's three nested geometries: surely inside, the line, possibly inside."""

    LOW = "low"
    BEST = "best"
    HIGH = "high"


class PhaseName(StrEnum):
    """The phases that a zone can be in, in the order of a plain life."""

    BEFORE = "before"
    DECLARED = "declared"
    ARRANGED = "arranged"
    CONTESTED = "contested"
    ENDED = "ended"


class Legal(StrEnum):
    """What stood on paper during a phase."""

    NONE = "none"
    MEMORANDUM = "memorandum"
    ARRANGEMENT = "arrangement"


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record of fact: it names its sources and how far it may be relied on."""

    sources: tuple[str, ...]
    confidence: Confidence
    note: str | None = None


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One side of a disagreement between sources."""

    value: str
    sources: tuple[str, ...] = ()


class Disagreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What sources say differently, each reading with its sources."""

    what: str
    readings: tuple[Reading, ...]


class Actor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A state, a group or a body that signs, guarantees, mediates or keeps a post."""

    id: str
    name: Text
    kind: str
    sources: tuple[str, ...] = ()
    confidence: Confidence | None = None
    note: str | None = None


class Figure(_Record, frozen=True, kw_only=True):
    """A number given at the time: people or fighters, by whom, when."""

    what: str
    value: int
    by: str
    date: dt.date | None = None


class Party(_Record, frozen=True, kw_only=True):
    """Who held ground in or around a zone."""

    actor: str
    side: str


class Zone(_Record, frozen=True, kw_only=True):
    """One de-escalation zone, as the memorandum numbers it."""

    id: str
    number: int
    name: Text
    short: Text | None = None
    variants: Mapping[str, tuple[str, ...]] = {}
    parts: Text | str | None = None
    figures: tuple[Figure, ...] = ()
    parties: tuple[Party, ...] = ()


class Boundary(_Record, frozen=True, kw_only=True):
    """One way of drawing the zones."""

    id: str
    name: Text
    description: Text
    accuracy: str


class Agreement(_Record, frozen=True, kw_only=True):
    """A text that set up, arranged or changed zones; a draft has no day in force."""

    id: str
    title: Text
    zones: tuple[str, ...]
    place: str
    signed: dt.date | None
    signed_note: str | None = None
    in_force: dt.date | None
    in_force_time: str | None = None
    until: dt.date | None
    duration: str | None = None
    signatories: tuple[str, ...]
    guarantors: tuple[str, ...]
    mediators: tuple[str, ...]
    round: str | None
    pa_x: str | None
    un_symbol: str | None
    wikipedia: str | None
    wikidata: str | None
    provisions: str
    disagreements: tuple[Disagreement, ...] = ()


class Round(_Record, frozen=True, kw_only=True):
    """A round of the Astana series, or another negotiation that an agreement came from."""

    id: str
    series: str | None
    number: int | None
    name: Text
    place: str
    first_day: dt.date
    last_day: dt.date
    precision: str | None = None
    about_zones: str
    disagreements: tuple[Disagreement, ...] = ()


class Phase(_Record, frozen=True, kw_only=True):
    """A phase of a zone, from its first day until the next phase begins."""

    zone: str
    phase: PhaseName
    start: dt.date | None = field(name="from")
    precision: str | None = None
    legal: Legal
    actual: str
    what: str
    disagreements: tuple[Disagreement, ...] = ()


class Post(_Record, frozen=True, kw_only=True):
    """An observation post, a checkpoint or a base of a guarantor."""

    id: str
    zone: str
    actor: str
    kind: str
    name: Text
    number: int | None
    longitude: float | None
    latitude: float | None
    accuracy_m: int | None
    position_basis: str | None
    start: dt.date | None = field(name="from")
    precision: str | None = None
    encircled: dt.date | None
    until: dt.date | None
    planned: bool
    disagreements: tuple[Disagreement, ...] = ()


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A settlement of the gazetteer; WGS 84 degrees."""

    id: int
    name: str
    name_ar: str | None
    variants: tuple[str, ...]
    longitude: float
    latitude: float
    admin1: str
    population: int


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a fact comes from."""

    title: str
    publisher: str | None
    url: str | None
    date: str | None
    language: str | None
    kind: str | None


class Placeholder(_Record, frozen=True, kw_only=True):
    """A point that stands for a whole country or governorate, not for a place."""

    longitude: float
    latitude: float
    what: str
    name: str


class Meta(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The atlas as a whole: what it is, its licence, its country, its languages."""

    schema: int
    id: str
    version: str
    title: Text
    licence: str
    attribution: tuple[str, ...]
    time_zone: str
    languages: tuple[str, ...]
    default_boundary: str
    bounds: tuple[float, float, float, float]
    country: Text
    coarsest_radius_m: float
    placeholders: tuple[Placeholder, ...]


class _ExtentProperties(_Record, frozen=True, kw_only=True):
    zone: str
    boundary: str
    estimate: Estimate
    valid_from: dt.date
    valid_to: dt.date | None
    area_km2: float
    accuracy_m: list[Any] | None = None


class _Feature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    type: str
    id: str
    properties: _ExtentProperties
    geometry: msgspec.Raw
    bbox: tuple[float, ...] | None = None


class _FeatureCollection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    type: str
    features: list[_Feature]
    bbox: tuple[float, ...] | None = None


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """The ground of one zone under one boundary while it was valid.

    `low`, `best` and `high` are nested polygons in EPSG:4326 (possibly empty). The extent holds
    from `valid_from` (included) to `valid_to` (excluded; None = open). `accuracy_m` gives the
    positional error of `best` in metres, one number a vertex, nested like its coordinates.
    """

    zone: str
    boundary: str
    valid_from: dt.date
    valid_to: dt.date | None
    low: Polygonal
    best: Polygonal
    high: Polygonal
    accuracy_m: list[Any] | None
    area_km2: Mapping[str, float]
    sources: tuple[str, ...]
    confidence: Confidence
    note: str | None

    @property
    def id(self) -> str:
        """Zone, boundary and first valid day."""
        return f"{self.zone}/{self.boundary}/{self.valid_from.isoformat()}"

    def geometry(self, estimate: str) -> Polygonal:
        """Return the geometry of an estimate: low, best or high."""
        return {"low": self.low, "best": self.best, "high": self.high}[Estimate(estimate)]


class Atlas:
    """Everything known, read file by file when first asked for.

    Parameters
    ----------
    folder
        Where the files are: the package's own data, or any folder of the same schema.
    """

    def __init__(self, folder: Traversable) -> None:
        self.folder = folder

    def __repr__(self) -> str:
        return f"<Atlas {self.meta.id} {self.version} {self.sha256[:12]}>"

    # -- files ------------------------------------------------------------------------------

    def read_bytes(self, name: str) -> bytes:
        """Return a file of the atlas; AtlasError when it is missing."""
        try:
            return self.folder.joinpath(*name.split("/")).read_bytes()
        except OSError as error:
            raise AtlasError(
                f"{name}: expected a file of the atlas in {self.folder}, found none that can be "
                f"read ({error.strerror or error}); name a folder that holds a whole atlas."
            ) from error

    def _read(self, name: str, kind: type[T]) -> T:
        content = self.read_bytes(name)
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.ValidationError as error:
            raise AtlasError(f"{name}: {_locate(content, str(error), kind)}") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise AtlasError(
                f"{name}: expected JSON, found {_json_fault(content)}; mend the file there."
            ) from error

    # -- records ----------------------------------------------------------------------------

    @cached_property
    def meta(self) -> Meta:
        """The atlas as a whole."""
        return self._read("atlas.json", Meta)

    @property
    def version(self) -> str:
        """Version of the data."""
        return self.meta.version

    @cached_property
    def sha256(self) -> str:
        """Hash over the names and bytes of all the atlas's JSON and GeoJSON files."""
        digest = hashlib.sha256()
        for name in sorted(self._names()):
            digest.update(f"{name}\0".encode())
            digest.update(hashlib.sha256(self.read_bytes(name)).digest())
        return digest.hexdigest()

    def _names(self) -> Iterator[str]:
        for entry in self.folder.iterdir():
            if entry.name == "languages":
                yield from (f"languages/{e.name}" for e in entry.iterdir() if _is_data(e.name))
            elif _is_data(entry.name):
                yield entry.name

    @cached_property
    def zones(self) -> tuple[Zone, ...]:
        """The zones, ordered by their number."""
        zones = self._read("zones.json", tuple[Zone, ...])
        return tuple(sorted(zones, key=lambda zone: zone.number))

    @cached_property
    def boundaries(self) -> tuple[Boundary, ...]:
        """The ways of drawing the zones, the default first."""
        found = self._read("boundaries.json", tuple[Boundary, ...])
        return tuple(sorted(found, key=lambda b: b.id != self.meta.default_boundary))

    @cached_property
    def features(self) -> tuple[_Feature, ...]:
        """The features of extents.geojson as they stand, one an estimate."""
        return tuple(self._read("extents.geojson", _FeatureCollection).features)

    @cached_property
    def extents(self) -> tuple[Extent, ...]:
        """The extents, ordered by zone number, boundary and first valid day."""
        grouped: dict[tuple[str, str, dt.date], dict[str, _Feature]] = {}
        for feature in self.features:
            p = feature.properties
            grouped.setdefault((p.zone, p.boundary, p.valid_from), {})[p.estimate] = feature
        order = {zone.id: zone.number for zone in self.zones}
        rank = {boundary.id: i for i, boundary in enumerate(self.boundaries)}
        try:
            keys = sorted(grouped, key=lambda key: (order[key[0]], rank[key[1]], key[2]))
        except KeyError as error:
            raise AtlasError(
                f"extents.geojson: {error.args[0]!r} is no zone of zones.json and no boundary of "
                "boundaries.json; expected one that is there. Correct the feature or add one."
            ) from error
        return tuple(self._extent(key, grouped[key]) for key in keys)

    def _extent(self, key: tuple[str, str, dt.date], parts: dict[str, _Feature]) -> Extent:
        missing = [e.value for e in Estimate if e not in parts]
        if missing:
            name = "/".join((*key[:2], key[2].isoformat()))
            raise AtlasError(
                f"extents.geojson: {name}: expected the estimates low, best and high, found no "
                f"{' and no '.join(missing)}; add the feature (empty where nothing is known)."
            )
        best = parts[Estimate.BEST].properties
        shapes = {e: _geometry(parts[e]) for e in Estimate}
        return Extent(
            zone=best.zone,
            boundary=best.boundary,
            valid_from=best.valid_from,
            valid_to=best.valid_to,
            low=shapes[Estimate.LOW],
            best=shapes[Estimate.BEST],
            high=shapes[Estimate.HIGH],
            accuracy_m=best.accuracy_m,
            area_km2={e.value: parts[e].properties.area_km2 for e in Estimate},
            sources=best.sources,
            confidence=best.confidence,
            note=best.note,
        )

    @cached_property
    def phases(self) -> tuple[Phase, ...]:
        """The phases of the zones, in the order of the file."""
        return self._read("phases.json", tuple[Phase, ...])

    @cached_property
    def agreements(self) -> tuple[Agreement, ...]:
        """The agreements, oldest in force first; drafts last."""
        found = self._read("agreements.json", tuple[Agreement, ...])
        return tuple(sorted(found, key=lambda a: (a.in_force or dt.date.max, a.id)))

    @cached_property
    def rounds(self) -> tuple[Round, ...]:
        """The rounds and other negotiations, by their first day."""
        found = self._read("rounds.json", tuple[Round, ...])
        return tuple(sorted(found, key=lambda r: (r.first_day, r.id)))

    @cached_property
    def posts(self) -> tuple[Post, ...]:
        """Observation posts, checkpoints and bases."""
        return self._read("posts.json", tuple[Post, ...])

    @cached_property
    def actors(self) -> Mapping[str, Actor]:
        """Actors by id."""
        return {actor.id: actor for actor in self._read("actors.json", tuple[Actor, ...])}

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The gazetteer."""
        return self._read("places.json", tuple[Place, ...])

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Sources by id."""
        return self._read("sources.json", dict[str, Source])

    @cached_property
    def base_map(self) -> Mapping[str, Any]:
        """The base map: a GeoJSON FeatureCollection in EPSG:4326."""
        return self._read("base.geojson", dict[str, Any])

    @cached_property
    def outline(self) -> Polygonal | None:
        """The country's outline in the base map (degrees); None where the base map has none."""
        for feature in self.base_map.get("features", ()):
            if (feature.get("properties") or {}).get("kind") == "country":
                text = json.dumps(feature.get("geometry"))
                shape = shapely.from_geojson(text, on_invalid="ignore")
                if isinstance(shape, shapely.Polygon | shapely.MultiPolygon) and not shape.is_empty:
                    return shape
        return None

    @lru_cache(maxsize=16)  # noqa: B019  (a handful of languages, kept as long as the atlas)
    def words(self, language: str) -> Mapping[str, Any]:
        """Return the words of a language, nested as in its file.

        Raises AtlasError, naming the languages there are, for one the atlas does not have.
        """
        if language not in self.meta.languages:
            raise AtlasError(
                f"expected one of the atlas's languages ({', '.join(self.meta.languages)}), found "
                f"{language!r}; choose one of these, or add its file to languages/."
            )
        return self._read(f"languages/{language}.json", dict[str, Any])

    # -- look-ups ---------------------------------------------------------------------------

    def zone(self, zone_id: str) -> Zone:
        """Return a zone by id; AtlasError names those there are."""
        return _pick(self.zones, zone_id, "zone")

    def boundary(self, boundary_id: str) -> Boundary:
        """Return a boundary by id; AtlasError names those there are."""
        return _pick(self.boundaries, boundary_id, "boundary")


N = TypeVar("N", Zone, Boundary)


def _pick(records: tuple[N, ...], wanted: str, what: str) -> N:
    for record in records:
        if record.id == wanted:
            return record
    raise AtlasError(
        f"expected a {what} of the atlas ({', '.join(r.id for r in records)}), found {wanted!r}; "
        "choose one of these."
    )


def _is_data(name: str) -> bool:
    return name.endswith((".json", ".geojson"))


def _geometry(feature: _Feature) -> Polygonal:
    raw = bytes(feature.geometry)
    try:
        shape = shapely.from_geojson(raw)
    except shapely.errors.GEOSException as error:
        raise AtlasError(
            f"extents.geojson: {feature.id}: expected a Polygon or MultiPolygon, found a geometry "
            f"that cannot be read ({error}); write it as RFC 7946 has it."
        ) from error
    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon):
        found = shape.geom_type if shape is not None else "null"
        raise AtlasError(
            f"extents.geojson: {feature.id}: expected a Polygon or MultiPolygon, found {found}; "
            'write an empty estimate as {"type": "MultiPolygon", "coordinates": []}.'
        )
    return shape


def _locate(content: bytes, message: str, kind: type[T]) -> str:
    """Put the name of the faulty record in front of a validation message."""
    text, _, path = message.partition(" - at `$")
    path = path.rstrip("`")
    record = ""
    if path.startswith("[...]"):  # a record that is known by its key
        record, path = _faulty_key(content, kind), path.removeprefix("[...]")
    elif path:
        try:
            node: Any = json.loads(content)
            for step in path.replace("]", "").replace("[", ".").split("."):
                if not step:
                    continue
                node = node[int(step)] if isinstance(node, list) else node[step]
                if isinstance(node, dict) and "id" in node:
                    record = str(node["id"])
        except (ValueError, KeyError, IndexError, TypeError):
            record = ""
    where = f"record {record!r}, " if record else ""
    return f"{where}at {path or 'the top'}: {text[:1].lower()}{text[1:]}; correct the record."


def _faulty_key(content: bytes, kind: type[T]) -> str:
    _, record = get_args(kind)
    for key, value in json.loads(content).items():
        try:
            msgspec.convert(value, record)
        except msgspec.ValidationError:
            return str(key)
    return ""


def _json_fault(content: bytes) -> str:
    try:
        json.loads(content)
    except UnicodeDecodeError as error:
        return f"bytes that are not UTF-8 at byte {error.start}"
    except json.JSONDecodeError as error:
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return "something else"


@lru_cache(maxsize=1)
def _shipped() -> Atlas:
    return Atlas(files("geodata") / "data")


def read_atlas(path: str | Path | None = None) -> Atlas:
    """Read an atlas: the shipped one, or the one in the folder `path`.

    A folder given by the user is checked whole at once (`geodata.schema.check_atlas`); the
    shipped atlas is checked by the test suite and read file by file when needed.

    Raises
    ------
    AtlasError
        Names the file, the record and what is wrong.
    """
    if path is None:
        return _shipped()
    folder = Path(path)
    if not folder.is_dir():
        raise AtlasError(
            f"expected a folder with an atlas, found {'a file' if folder.exists() else 'nothing'} "
            f"at {str(path)!r}; name the folder that holds atlas.json."
        )
    from geodata.schema import check_atlas

    atlas = Atlas(folder)
    check_atlas(atlas)
    return atlas
