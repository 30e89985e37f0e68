"""What stands in a page as JSON, for its script to draw: the types of both sides.

The page's TypeScript has its types from here: ``make types`` writes them anew.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType, field

from geodata.schema import AgreementKind, AreaKind, Confidence, DrawnFrom, Estimate, PhaseName
from maps.page.words import CheckerWords, PageWords, SentenceWords, Text

Box = tuple[float, float, float, float]
"""West, south, east and north, in degrees."""

Ring = str
"""Longitudes and latitudes as short text (`maps.page.packing.encode_ring`)."""


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what a page holds."""


class Sourced(Payload, frozen=True, kw_only=True):
    """What rests on sources, and how far it may be relied on."""

    sources: Sequence[str]
    confidence: Confidence


# -- the zones, as an assessment needs them -------------------------------------------------


class Named(Payload, frozen=True, kw_only=True):
    """A zone, a boundary or a round."""

    id: str
    name: Text


class Outline(Payload, frozen=True, kw_only=True):
    """One estimate of the ground of a zone while it was valid; polygons are numbers of rings."""

    zone: str
    boundary: str
    estimate: Estimate
    start: dt.date = field(name="from")
    end: dt.date | None = field(name="to")
    polygons: Sequence[Sequence[int]]


class PhaseStart(Payload, frozen=True, kw_only=True):
    """The first day of a phase; `arranged`: the zone's own arrangement is in force."""

    zone: str
    phase: PhaseName
    arranged: bool
    start: dt.date | None = field(name="from")


class Arrangement(Payload, frozen=True, kw_only=True):
    """What an agreement was to which zones, when it was in force, and who guaranteed it."""

    id: str
    kind: AgreementKind
    zones: Sequence[str]
    start: dt.date | None = field(name="from")
    end: dt.date | None = field(name="to")
    round: str | None
    guarantors: Sequence[str]
    mediators: Sequence[str]


class Drawn(Named, frozen=True, kw_only=True):
    """A way of drawing the zones, and what its extents rest on."""

    drawn_from: DrawnFrom


class Ground(Payload, frozen=True, kw_only=True):
    """The zones as an assessment needs them; rings are in steps of 1 / `scale` degree."""

    zones: Sequence[Named]
    boundaries: Sequence[Drawn]
    scale: int
    rings: Sequence[Ring]
    extents: Sequence[Outline]
    phases: Sequence[PhaseStart]
    agreements: Sequence[Arrangement]
    rounds: Sequence[Named]
    actors: Mapping[str, Text]


class LineErrors(Payload, frozen=True, kw_only=True):
    """Of each vertex of a best extent, in metres: pairs of neighbours, encoded like a ring."""

    zone: str
    boundary: str
    start: dt.date = field(name="from")
    metres: Ring


class PackedNumbers(Payload, frozen=True, kw_only=True):
    """Whole numbers of 32 bits, deflated; with `steps` each is a difference from the one before."""

    steps: bool
    data: str


class LedgerSide(Named, frozen=True, kw_only=True):
    """A side that held settlements; `in_zones`: zones are made of what it held."""

    in_zones: bool


class Ledger(Payload, frozen=True, kw_only=True):
    """The ledger: n settlements, their published points (the n main ones first), who held them.

    Numbers are positions (-1: none), steps of 1 / `scale` degree, days from 1970-01-01 (-2^31:
    none). `cited` tells of each holding how many sources it has, then which. `names` and `arabic`
    are the name of each, then its other spellings in that script; `admin` codes and names of all
    admin units, and `areas` the sub-districts (positions, apart by commas) and the names of each
    area of the atlas; apart by tabs.
    """

    sides: Sequence[LedgerSide]
    kinds: Sequence[str]
    confidences: Sequence[Confidence]
    scale: int
    units: str
    sources: str
    admin: str
    areas: str
    ids: str
    names: str
    arabic: str
    kind: PackedNumbers
    zone: PackedNumbers
    radius: PackedNumbers
    rank: PackedNumbers
    unit: PackedNumbers
    point_of: PackedNumbers
    longitude: PackedNumbers
    latitude: PackedNumbers
    holding_of: PackedNumbers
    side: PackedNumbers
    earliest: PackedNumbers
    latest: PackedNumbers
    confidence: PackedNumbers
    open: PackedNumbers
    cited: PackedNumbers


class Area(Named, frozen=True, kw_only=True):
    """A part of a zone, or a neighbour's ground, while it held good; no `low`: it is as `high`."""

    kind: AreaKind
    explains: Text | None
    start: dt.date | None = field(name="from")
    end: dt.date | None = field(name="to")
    low: Sequence[Sequence[Ring]]
    high: Sequence[Sequence[Ring]]


class Reference(Payload, frozen=True, kw_only=True):
    """What an assessment needs of the atlas beside the ground of the zones.

    `country`: where a point counts as in the country, in polygons; empty where that is not known.
    """

    version: str
    sha256: str
    software: str
    time_zone: str
    languages: Sequence[str]
    default_boundary: str
    bounds: Box
    coarsest_radius_m: float
    placeholders: Sequence[tuple[float, float]]
    country: Sequence[Sequence[Ring]]
    errors: Sequence[LineErrors]
    areas: Sequence[Area]
    ledger: Ledger


class Checker(Payload, frozen=True, kw_only=True):
    """What the page's own engine needs; no `ground` where the page draws it; `alone`: for it."""

    alone: bool
    reference: Reference
    ground: Ground | None


# -- the zones, as a page shows them --------------------------------------------------------


class Zone(Named, frozen=True, kw_only=True):
    """A zone and how it looks."""

    number: int
    colour: str
    ink: str
    angle: int


class Boundary(Drawn, frozen=True, kw_only=True):
    """A way of drawing the zones, as it is shown."""

    description: Text


class Extent(Outline, frozen=True, kw_only=True):
    """An outline with its area in km2, and the median and ninth decile of its error in metres."""

    area: float
    accuracy: tuple[int, int] | None
    sources: Sequence[str]
    confidence: Confidence


class Phase(PhaseStart, frozen=True, kw_only=True):
    """A phase of a zone and what it rests on."""

    precision: str | None
    sources: Sequence[str]
    confidence: Confidence


class Agreement(Arrangement, frozen=True, kw_only=True):
    """An agreement and what it rests on."""

    title: Text
    signed: dt.date | None
    sources: Sequence[str]
    confidence: Confidence


class Round(Named, frozen=True, kw_only=True):
    """A round of talks."""

    number: int | None
    first: dt.date
    last: dt.date
    precision: str | None
    sources: Sequence[str]
    confidence: Confidence


class Source(Payload, frozen=True, kw_only=True):
    """Where a fact comes from."""

    title: str
    publisher: str
    url: str
    date: str | None


class Zones(Ground, frozen=True, kw_only=True):
    """The zones with everything that dates them, and the sources that is from."""

    zones: Sequence[Zone]
    boundaries: Sequence[Boundary]
    extents: Sequence[Extent]
    phases: Sequence[Phase]
    agreements: Sequence[Agreement]
    rounds: Sequence[Round]
    sources: Mapping[str, Source]


class Post(Sourced, frozen=True, kw_only=True):
    """An observation post, a checkpoint or a base."""

    zone: str
    actor: str
    kind: str
    name: Text
    number: int | UnsetType = UNSET
    longitude: float | None
    latitude: float | None
    accuracy: int | None
    start: dt.date | None = field(name="from")
    precision: str | UnsetType = UNSET
    encircled: dt.date | UnsetType = UNSET
    end: dt.date | None = field(name="to")
    planned: bool | UnsetType = UNSET


# -- the base map ---------------------------------------------------------------------------


class BaseFeature(Payload, frozen=True, kw_only=True):
    """A feature of the base map: ground, a line, a town or a name.

    `accuracy` is its stated error in metres: what could be further off than a few pixels is not
    drawn.
    """

    kind: str
    name: Text | UnsetType = UNSET
    rank: int | UnsetType = UNSET
    role: str | UnsetType = UNSET
    accuracy: float | UnsetType = UNSET
    point: tuple[float, float] | UnsetType = UNSET
    lines: Sequence[Ring] | UnsetType = UNSET
    polygons: Sequence[Sequence[Ring]] | UnsetType = UNSET


class Base(Payload, frozen=True, kw_only=True):
    """The base map; rings and lines are in steps of 1 / `scale` degree."""

    scale: int
    features: Sequence[BaseFeature]


# -- incidents ------------------------------------------------------------------------------


class NumberedColumn(Payload, frozen=True, kw_only=True, tag_field="kind", tag="numbered"):
    """A column of texts that are all a number behind one prefix."""

    name: str
    prefix: str
    numbers: PackedNumbers


class ListedColumn(Payload, frozen=True, kw_only=True, tag_field="kind", tag="listed"):
    """A column of texts, each `distinct` one listed once, deflated, `line` of them a line."""

    name: str
    distinct: int
    line: int
    table: str
    codes: PackedNumbers


class PointNumbers(Payload, frozen=True, kw_only=True):
    """What is known of each incident as numbers.

    `first` counts days from 1970-01-01, `days` from `first`; positions are in steps of 1 / `scale`
    degree, `radius` in metres; `kind` is ((zone + 1) * (phases + 1) + phase + 1) * verdicts +
    verdict.
    """

    first: PackedNumbers
    days: PackedNumbers
    latitude: PackedNumbers
    longitude: PackedNumbers
    radius: PackedNumbers
    kind: PackedNumbers


class OwnNames(Payload, frozen=True, kw_only=True):
    """What our own columns are called where a column of the file has the same name."""

    verdict: str
    zone: str
    phase: str
    first_day: str
    last_day: str
    latitude: str
    longitude: str
    radius_m: str
    cell_km: str


class Delayed(Payload, frozen=True, kw_only=True):
    """How many incidents were left out as too young or without a date."""

    until: dt.date
    count: int
    undated: int


class Withheld(Payload, frozen=True, kw_only=True):
    """How many incidents were left out, for there were fewer than `least` alike."""

    least: int
    count: int
    groups: int


class PublishingReport(Payload, frozen=True, kw_only=True):
    """What was left out or made coarse of the `rows` incidents of a file."""

    rows: int
    id: bool
    cell_km: float | None
    delayed: Delayed | None
    withheld: Withheld | None
    elsewhere: int
    columns_left_out: int


class AreaOutline(Payload, frozen=True, kw_only=True):
    """The outline of a `district` or a `governorate`."""

    level: str
    name: str
    rings: Sequence[Ring]


class Areas(Payload, frozen=True, kw_only=True):
    """Outlines by which alone some places are known, and which of them each row has, or -1."""

    scale: int
    outlines: Sequence[AreaOutline]
    rows: PackedNumbers


class Points(Payload, frozen=True, kw_only=True):
    """Incidents as they are published."""

    rows: int
    scale: int
    zones: Sequence[str]
    phases: Sequence[str]
    verdicts: Sequence[str]
    numbers: PointNumbers
    names: OwnNames
    columns: Sequence[NumberedColumn | ListedColumn]
    report: PublishingReport
    areas: Areas | UnsetType = UNSET


class Incident(Payload, frozen=True, kw_only=True):
    """One incident of a table; `date` as it is written, `first` and `last` where it says days."""

    id: str
    date: str
    first: dt.date | None
    last: dt.date | None
    place: str
    longitude: float | None
    latitude: float | None
    radius: float
    verdict: str
    zone: str | None
    sentence: str
    source: str


# -- settings -------------------------------------------------------------------------------


class State(Payload, frozen=True, kw_only=True):
    """What a page shows: everything on it is drawn from this.

    `window`: days before and after `date` beyond which incidents are faint, 0 for none; `filter`:
    which incidents there are.
    """

    date: dt.date
    zone: str | None
    boundary: str
    lang: str
    estimate: Literal["all", "low", "best", "high"]
    colour: Literal["zone", "guarantors", "round", "phase"]
    window: int
    digits: Literal["latn", "arab"]
    filter: str


class Tint(Payload, frozen=True, kw_only=True):
    """Colours of an area: its line, its text, and the angle of its hatching."""

    colour: str
    ink: str
    angle: int


class Tiles(Payload, frozen=True, kw_only=True):
    """An online background, for who chose one."""

    url: str
    subdomains: str
    attribution: str
    max_zoom: int
    host: str


class Credit(Payload, frozen=True, kw_only=True):
    """Whom the data are from, in English and where it is translated, and which they are."""

    attribution: Text
    atlas: str


class Link(Payload, frozen=True, kw_only=True):
    """Another page of the site: where it lies, and the key of its word."""

    href: str
    word: str


class Settings(Payload, frozen=True, kw_only=True):
    """What a map draws itself from.

    `head` is what the browser's window is called; `palette` has the colours beyond the zones' own;
    a page has all its `sheets`, a map in a notebook the legend alone; `fit` is shown at first, and
    nothing beyond `edge`.
    """

    languages: Mapping[str, PageWords]
    state: State
    title: Text
    subtitle: Text
    head: Text
    description: Text
    palette: Sequence[Tint]
    links: Sequence[Link]
    zone_pages: bool
    tiles: Tiles | None
    credit: Credit
    sheets: Literal["page", "map"]
    fit: Box
    edge: Box


class PageLanguage(Payload, frozen=True, kw_only=True):
    """A language of a page of text."""

    title: str
    direction: str


class TextSettings(Payload, frozen=True, kw_only=True):
    """What a page of text changes when its language changes."""

    lang: str
    languages: Mapping[str, PageLanguage]


# -- text that a user binds to a layer ------------------------------------------------------


class Popup(Payload, frozen=True, kw_only=True):
    """A popup of text; `show`: it is open from the start."""

    text: str
    options: Mapping[str, Any]
    show: bool


class Tooltip(Payload, frozen=True, kw_only=True):
    """A tooltip of text, or an icon of text."""

    text: str
    options: Mapping[str, Any]


class Details(Payload, frozen=True, kw_only=True):
    """The fields of features, each with its label or without, in a popup or a tooltip."""

    kind: Literal["popup", "tooltip"]
    fields: Sequence[str]
    labels: Sequence[str]
    options: Mapping[str, Any]


# -- for the page's own side ----------------------------------------------------------------

WHOLE = (Settings, TextSettings, Base, Zones, Post, Checker, Points, Incident, CheckerWords,
         SentenceWords, Popup, Tooltip, Details)  # fmt: skip
"""What can stand in a page by itself; all other types are parts of these."""


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of all types (draft 2020-12, tuples as in draft 7)."""
    _, parts = msgspec.json.schema_components(WHOLE, ref_template="#/definitions/{name}")
    definitions = {name: _plain(parts[name]) for name in sorted(parts)}
    return {"title": "Payload", "definitions": definitions}


def _plain(node: Any) -> Any:
    """Return a part of a schema whose tuples and objects hold no more than is said."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    found = {key: _plain(value) for key, value in node.items()}
    if "prefixItems" in node:
        found |= {"items": found.pop("prefixItems"), "additionalItems": False}
    if node == {"type": "object"}:
        found["additionalProperties"] = True
    if "required" in node:  # a struct: its name is that of its type
        found |= {"additionalProperties": False}
        del found["title"]
    return found


if __name__ == "__main__":
    print(json.dumps(json_schema(), ensure_ascii=False))
