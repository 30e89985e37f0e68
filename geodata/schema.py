"""The schema of an atlas: which files it has, and what a record in each of them may hold.

Ids, codes and addresses come from narrow alphabets, since they become names of files, columns and
keys, attributes of markup and rules of style; anything else is refused when a file is read. What
must hold between records is checked by `geodata.checks`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
import shapely
from msgspec import Meta as Rule
from msgspec import field

SCHEMA = 1
"""The version of the schema that this software reads."""

FILES = (
    "actors.json",
    "agreements.json",
    "atlas.json",
    "base.geojson",
    "boundaries.json",
    "extents.geojson",
    "phases.json",
    "places.json",
    "posts.json",
    "rounds.json",
    "sources.json",
    "zones.json",
)
"""The files of an atlas, beside one for each language: nothing else in its folder is read."""

OPTIONAL_FILES = ("areas.geojson", "settlements.json", "sides.json")
"""The files that an atlas may lack: it then has no named areas, or an empty ledger."""


def language_file(code: str) -> str:
    """Return the name of the file with the words of a language."""
    return f"languages/{code}.json"


Polygonal = shapely.Polygon | shapely.MultiPolygon
"""The geometry of an estimate; an empty MultiPolygon where nothing is known."""


# -- alphabets ------------------------------------------------------------------------------

_SLUG = r"\A(?=.{1,60}\Z)[a-z0-9]+(?:-[a-z0-9]+)*\Z"
_RECORD = r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z"
_ACTOR = r"\A[A-Za-z0-9][A-Za-z0-9 .'_-]{0,99}\Z"
_FEATURE = r"\A[A-Za-z0-9][A-Za-z0-9._/-]{0,299}\Z"
_LANGUAGE = r"\A[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}\Z"
_ADDRESS = r"\Ahttps?://[^\s\x00-\x1f\x7f<>\"'`{|}\\^]{1,2000}\Z"
_WORD = r"\A[a-z][a-z0-9_-]{0,39}\Z"

ALPHABETS = {
    _SLUG: "lower-case letters, digits and single hyphens, as in north-homs",
    _RECORD: "Latin letters, digits, `.`, `_` and `-`, as in Astana-6",
    _ACTOR: "Latin letters, digits, spaces and `.'_-`, as in United States",
    _FEATURE: "Latin letters, digits and `._/-`, as in idlib/line/2017-05-06/best",
    _LANGUAGE: "the code of a language, as in ar or zh-Hant",
    _ADDRESS: "an address that begins with https:// or http://, without spaces and quotes",
    _WORD: "a word of lower-case letters, as in town",
}
"""What each pattern stands for, in the words of an error."""

Slug = Annotated[str, Rule(pattern=_SLUG)]
"""The id of a zone, a boundary or the atlas: also a file name, in which case does not count."""

RecordId = Annotated[str, Rule(pattern=_RECORD)]
"""The id of an agreement, a round, a post or a source."""

ActorId = Annotated[str, Rule(pattern=_ACTOR)]
FeatureId = Annotated[str, Rule(pattern=_FEATURE)]
LanguageCode = Annotated[str, Rule(pattern=_LANGUAGE)]
Address = Annotated[str, Rule(pattern=_ADDRESS)]
Word = Annotated[str, Rule(pattern=_WORD)]
Longitude = Annotated[float, Rule(ge=-180, le=180)]
Latitude = Annotated[float, Rule(ge=-90, le=90)]

Text = Mapping[LanguageCode, str]
"""One text in several languages: language code to words."""


# -- records --------------------------------------------------------------------------------


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
    """The phases that a zone can be in, in their usual order."""

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


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record of fact: it names its sources and how far it may be relied on."""

    sources: tuple[RecordId, ...]
    confidence: Confidence
    note: str | None = None


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One side of a disagreement between sources."""

    value: str
    sources: tuple[RecordId, ...] = ()


class Disagreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A disagreement between sources: each reading with its sources."""

    what: str
    readings: tuple[Account, ...]


class Actor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A state, a group or a body that signs, guarantees, mediates or keeps a post."""

    id: ActorId
    name: Text
    kind: str
    sources: tuple[RecordId, ...] = ()
    confidence: Confidence | None = None
    note: str | None = None


class Side(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A side that held ground; `in_zones` says whether ground that it holds can be zone ground."""

    id: Slug
    name: Text
    in_zones: bool
    note: str | None = None


class Figure(Fact, frozen=True, kw_only=True):
    """A number given at the time: people or fighters, by whom, when."""

    what: str
    value: int
    by: str
    date: dt.date | None = None


class Party(Fact, frozen=True, kw_only=True):
    """Who held ground in or around a zone."""

    actor: ActorId
    side: str


class Zone(Fact, frozen=True, kw_only=True):
    """One de-escalation zone, as the memorandum numbers it."""

    id: Slug
    number: Annotated[int, Rule(ge=1, le=999)]
    name: Text
    short: Text | None = None
    variants: Mapping[LanguageCode, tuple[str, ...]] = {}
    parts: Text | str | None = None
    figures: tuple[Figure, ...] = ()
    parties: tuple[Party, ...] = ()


class DrawnFrom(StrEnum):
    """What the extents of a boundary rest on: who held each settlement, or a published map."""

    LEDGER = "ledger"
    MAP = "map"


class Boundary(Fact, frozen=True, kw_only=True):
    """One way of drawing the zones."""

    id: Slug
    name: Text
    description: Text
    accuracy: str
    drawn_from: DrawnFrom = DrawnFrom.MAP


class AgreementKind(StrEnum):
    """What an agreement is to its zones.

    The memorandum that declared them, an arrangement of their own, or a text that recognises
    zones which others have arranged.
    """

    MEMORANDUM = "memorandum"
    ARRANGEMENT = "arrangement"
    RECOGNITION = "recognition"


class Agreement(Fact, frozen=True, kw_only=True):
    """A text that set up, arranged or changed zones; a draft has no day in force."""

    id: RecordId
    kind: AgreementKind
    title: Text
    zones: tuple[Slug, ...]
    place: str
    signed: dt.date | None
    signed_note: str | None = None
    in_force: dt.date | None
    in_force_time: str | None = None
    until: dt.date | None
    duration: str | None = None
    signatories: tuple[ActorId, ...]
    guarantors: tuple[ActorId, ...]
    mediators: tuple[ActorId, ...]
    round: RecordId | None
    pa_x: str | None
    un_symbol: str | None
    wikipedia: str | None
    wikidata: str | None
    provisions: str
    disagreements: tuple[Disagreement, ...] = ()


class Round(Fact, frozen=True, kw_only=True):
    """A round of the Astana series, or another negotiation that an agreement came from."""

    id: RecordId
    series: str | None
    number: int | None
    name: Text
    place: str
    first_day: dt.date
    last_day: dt.date
    precision: str | None = None
    about_zones: str
    disagreements: tuple[Disagreement, ...] = ()


class Phase(Fact, frozen=True, kw_only=True):
    """A phase of a zone, from its first day until the next phase begins."""

    zone: Slug
    phase: PhaseName
    start: dt.date | None = field(name="from")
    precision: str | None = None
    legal: Legal
    actual: str
    what: str
    disagreements: tuple[Disagreement, ...] = ()

    @property
    def is_arranged(self) -> bool:
        """Whether the zone's own arrangement is in force, be it contested or not."""
        return self.phase is PhaseName.ARRANGED or self.legal is Legal.ARRANGEMENT


class Post(Fact, frozen=True, kw_only=True):
    """An observation post, a checkpoint or a base of a guarantor."""

    id: RecordId
    zone: Slug
    actor: ActorId
    kind: Word
    name: Text
    number: int | None
    longitude: Longitude | None
    latitude: Latitude | None
    accuracy_m: Annotated[int, Rule(ge=0)] | None
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
    longitude: Longitude
    latitude: Latitude
    admin1: str
    population: int


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a fact comes from."""

    title: str
    publisher: str | None
    url: Address | None
    date: str | None
    language: str | None
    kind: str | None


class Placeholder(Fact, frozen=True, kw_only=True):
    """A point that stands for a whole country or governorate, not for a place."""

    longitude: Longitude
    latitude: Latitude
    what: str
    name: str


class Meta(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The atlas as a whole: what it is, its licence, its country, its languages."""

    schema: int
    id: Slug
    version: RecordId
    title: Text
    licence: str
    attribution: tuple[str, ...]
    time_zone: str
    languages: tuple[LanguageCode, ...]
    default_boundary: Slug
    bounds: tuple[Longitude, Latitude, Longitude, Latitude]
    country: Text
    coarsest_radius_m: Annotated[float, Rule(gt=0)]
    placeholders: tuple[Placeholder, ...]


class ExtentProperties(Fact, frozen=True, kw_only=True):
    """What extents.geojson says of one estimate of an extent."""

    zone: Slug
    boundary: Slug
    estimate: Estimate
    valid_from: dt.date
    valid_to: dt.date | None
    area_km2: Annotated[float, Rule(ge=0)]
    accuracy_m: list[Any] | None = None


class Feature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One estimate of an extent, its geometry still as it is written."""

    type: str
    id: FeatureId
    properties: ExtentProperties
    geometry: msgspec.Raw
    bbox: tuple[float, ...] | None = None


class FeatureCollection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of extents.geojson."""

    type: str
    features: list[Feature]
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

    def between(self, start: dt.date | None, end: dt.date | None) -> Extent:
        """Return the same ground, valid from `start` on and before `end` at most; None is open."""
        return msgspec.structs.replace(
            self,
            valid_from=self.valid_from if start is None else max(self.valid_from, start),
            valid_to=min((d for d in (self.valid_to, end) if d is not None), default=None),
        )

    def holds_on(self, day: dt.date) -> bool:
        """Tell whether it is valid on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def geometry(self, estimate: str) -> Polygonal:
        """Return the geometry of an estimate: low, best or high."""
        return {"low": self.low, "best": self.best, "high": self.high}[Estimate(estimate)]


# -- areas ----------------------------------------------------------------------------------


class AreaKind(StrEnum):
    """What an area is: one that reports name, a part of a zone, or a neighbour's ground."""

    NAMED = "named"
    SUBAREA = "subarea"
    NEIGHBOUR = "neighbour"


class AreaProperties(Fact, frozen=True, kw_only=True):
    """What areas.geojson says of one estimate of an area."""

    area: Slug
    kind: AreaKind
    estimate: Estimate
    name: Text
    variants: tuple[str, ...]
    zone: Slug | None = None
    agreement: RecordId | None = None
    valid_from: dt.date | None
    valid_to: dt.date | None
    area_km2: Annotated[float, Rule(ge=0)]
    explains: Text | None = None
    disagreements: tuple[Disagreement, ...] = ()


class AreaFeature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One estimate of an area, its geometry still as it is written."""

    type: Literal["Feature"]
    id: FeatureId
    properties: AreaProperties
    geometry: msgspec.Raw
    bbox: tuple[float, ...] | None = None


class AreaCollection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of areas.geojson."""

    type: Literal["FeatureCollection"]
    features: tuple[AreaFeature, ...]
    bbox: tuple[float, ...] | None = None


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """An area that reports or agreements name.

    `low` and `high` are nested polygons in EPSG:4326: what surely, and what possibly belongs to
    it. Both are the same for an area whose limits are a choice and not a reading. It holds from
    `valid_from` (included) to `valid_to` (excluded); None is open. `explains` says of a neighbour
    what lies there, as part of a sentence.
    """

    id: str
    kind: AreaKind
    name: Text
    variants: tuple[str, ...]
    zone: str | None
    agreement: str | None
    valid_from: dt.date | None
    valid_to: dt.date | None
    low: Polygonal
    high: Polygonal
    explains: Text | None
    sources: tuple[str, ...]
    confidence: Confidence
    note: str | None


# -- the base map ---------------------------------------------------------------------------


class BaseProperties(msgspec.Struct, frozen=True, kw_only=True):
    """What the base map says of a feature; it may say more."""

    kind: Word
    name: Text | str | None = None
    role: Word | None = None
    rank: int | None = None


class BaseFeature(msgspec.Struct, frozen=True, kw_only=True):
    """A feature of the base map: ground, a border, a road, a town, a name."""

    type: Literal["Feature"]
    properties: BaseProperties
    geometry: Mapping[str, Any]


class BaseMap(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of base.geojson."""

    type: Literal["FeatureCollection"]
    features: tuple[BaseFeature, ...]
    bbox: tuple[Longitude, Latitude, Longitude, Latitude] | None = None
