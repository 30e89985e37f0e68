"""One incident, one record: everything that an investigator must be able to cite.

The fields of a record are listed here and nowhere else: their order, types, meanings and codes,
and which of them are columns of a table. Schemas, columns and the documentation follow from it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace as replaced
from enum import StrEnum
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
import numpy as np
from msgspec.structs import replace

from geodata.columns.incidents import NO_DAY, Incidents, Reason
from geodata.schema import Confidence, PhaseName
from zones.arrays import Array
from zones.calendar import Basis, Time, day_of
from zones.index.areas import KINDS, area_spaces, areas_in_words, recorded_areas
from zones.sentence import record_html, write_sentence
from zones.space import Space
from zones.verdict import VERDICTS, Assessor, Verdict, Verdicts


class Repeats(StrEnum):
    """How many distinct values a column of texts has, and so how large its dictionary is."""

    FEW = "few"
    SOME = "some"
    HARDLY = "hardly"


def _codes(kind: type[StrEnum]) -> msgspec.Meta:
    """Describe a text as one of the codes of an enumeration."""
    return msgspec.Meta(extra_json_schema={"enum": [code.value for code in kind]})


def _field(meaning: str, *, default: bool = False, repeats: Repeats = Repeats.FEW) -> msgspec.Meta:
    """Describe a field that can be a column of a table; by `default`, or only when asked for."""
    column = {"default": default, "repeats": repeats}
    return msgspec.Meta(description=meaning, extra={"column": column})


def _of_a_record(meaning: str) -> msgspec.Meta:
    """Describe a field that cannot be a column of a table."""
    return msgspec.Meta(description=meaning, extra={"column": None})


Share = Annotated[float, msgspec.Meta(extra_json_schema={"minimum": 0, "maximum": 1})]


class Repaired(msgspec.Struct, frozen=True):
    """What was mended in the input before it could be read: kind, text before, text after."""

    kind: str
    before: str
    after: str


class PlaceUsed(msgspec.Struct, frozen=True):
    """The place that a name was taken for, and its id in the gazetteer."""

    name: str
    gazetteer_id: str


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one incident; the keys and their order are the contract.

    Distances and radii are metres, positions degrees (WGS 84), days local to the atlas.

    Examples
    --------
    >>> import zones
    >>> record = zones.check(latitude=35.9306, longitude=36.6339, date="2018-03-07")
    >>> record.verdict, record.zone, record.share_best
    ('inside', 'idlib', 1.0)
    >>> list(record.to_dict())[:3]
    ['verdict', 'zone', 'space']
    """

    verdict: Annotated[
        Annotated[str, _codes(Verdict)],
        _field("whether it happened inside a zone that was in force", default=True),
    ]
    zone: Annotated[
        str | None,
        _field(
            "the zone that the answer is about, by its id; of an `outside` row the nearest one",
            default=True,
        ),
    ]
    space: Annotated[
        Annotated[str, _codes(Space)],
        _field("where the place lies with regard to the zone", default=True),
    ]
    time: Annotated[
        Annotated[str, _codes(Time)],
        _field("how the days lie to those on which the zone was in force", default=True),
    ]
    phase: Annotated[
        Annotated[str, _codes(PhaseName)] | None,
        _field("the zone's phase on the first day", default=True),
    ]
    basis: Annotated[Annotated[str, _codes(Basis)], _field("from when a zone counts as in force")]
    share_low: Annotated[
        Share | None, _field("share of the place that is surely inside", default=True)
    ]
    share_best: Annotated[
        Share | None, _field("share of the place within the line itself", default=True)
    ]
    share_high: Annotated[
        Share | None, _field("share of the place that is possibly inside", default=True)
    ]
    distance_m: Annotated[
        int | None,
        _field("metres to the zone's best boundary; positive inside, negative outside"),
    ]
    accuracy_m: Annotated[
        int | None, _field("error in metres of that boundary where it is nearest")
    ]
    radius_m: Annotated[
        float | None,
        _field(
            "metres within which the place is known; 0 is an exact point; the size of a settlement",
            default=True,
        ),
    ]
    radius_source: Annotated[
        str,
        _field(
            "where the radius comes from, such as `given`, `settlement`, `place`, a notation, a "
            "precision code or `district`"
        ),
    ]
    settlement: Annotated[
        str | None,
        _field(
            "the settlement of the ledger that is the place, by its id",
            default=True,
            repeats=Repeats.SOME,
        ),
    ]
    settlement_name: Annotated[str | None, _field("its name", repeats=Repeats.SOME)]
    admin: Annotated[list[str], _field("P-codes of its governorate, district and sub-district")]
    held_by: Annotated[
        list[str],
        _field("ids of the sides that held it on the days, in order of time", default=True),
    ]
    held_since: Annotated[
        dt.date | None,
        _field("the first day on which the first of them may have held it; null: from the start"),
    ]
    held_until: Annotated[
        dt.date | None, _field("the last day on which the last of them may have; null: to the end")
    ]
    held_sources: Annotated[list[str], _field("ids of the sources that say so")]
    held_confidence: Annotated[
        Annotated[str, _codes(Confidence)] | None,
        _field("how far that may be relied on: of the least certain of them"),
    ]
    first_day: Annotated[dt.date | None, _field("the first day on which it may be", default=True)]
    last_day: Annotated[dt.date | None, _field("the last such day", default=True)]
    boundary: Annotated[str, _field("the boundary that decides, by its id")]
    boundaries: Annotated[
        dict[str, Annotated[str, _codes(Space)]],
        _field("`space` by each boundary that draws the zone on the days", default=True),
    ]
    drawn_by: Annotated[
        list[str],
        _field(
            "ids of the boundaries that drew the zone on the days; another than `boundary` where "
            "that does not draw it"
        ),
    ]
    subareas: Annotated[
        dict[str, Annotated[str, _codes(Space)]],
        _field(
            "parts of a zone, and belts beside it, that agreements name and that hold the place"
        ),
    ]
    neighbours: Annotated[
        dict[str, Annotated[str, _codes(Space)]],
        _field("other arrangements and other parties' ground, where the place is `outside`"),
    ]
    agreements: Annotated[
        list[str],
        _field("ids of the agreements in force for the zone, oldest first", default=True),
    ]
    round: Annotated[
        str | None,
        _field(
            "round of talks of the zone's newest own arrangement, else of the memorandum",
            default=True,
            repeats=Repeats.SOME,
        ),
    ]
    guarantors: Annotated[
        list[str],
        _field(
            "ids of the actors that guarantee the zone's own arrangements, else the memorandum",
            default=True,
        ),
    ]
    mediators: Annotated[list[str], _field("ids of the actors that mediated the same")]
    framework_guarantors: Annotated[
        list[str], _field("ids of the actors that guarantee the memorandum")
    ]
    reasons: Annotated[
        list[Annotated[str, _codes(Reason)]],
        _field("what kept the answer from being plain", default=True),
    ]
    sentence: Annotated[str, _field("the answer in plain words", repeats=Repeats.HARDLY)]
    latitude: Annotated[float | None, _field("degrees north, WGS 84")]
    longitude: Annotated[float | None, _field("degrees east, WGS 84")]
    place: Annotated[PlaceUsed | None, _of_a_record("the place that a name was taken for")]
    candidates: Annotated[
        list[str],
        _field("ids of the places that share the name, or were passed over for a city"),
    ]
    input: Annotated[
        dict[str, Any],
        msgspec.Meta(extra_json_schema={"additionalProperties": {"type": ["string", "number"]}}),
        _of_a_record("what was given, as it was given"),
    ]
    repairs: Annotated[list[Repaired], _of_a_record("what was mended in it to be read")]
    atlas_version: Annotated[str, _field("version of the atlas")]
    atlas_sha256: Annotated[str, _field("SHA-256 of the atlas")]
    software: Annotated[str, _field("name and version of the program")]

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values, days as ISO 8601."""
        found = msgspec.to_builtins(self)
        assert isinstance(found, dict)  # noqa: S101  (a Struct becomes a dict)
        return found

    def to_json(self) -> str:
        """Return the record as JSON, in the order of its keys, with a final newline."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode() + "\n"

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        """The record as a GeoJSON feature; without a geometry where there is no position."""
        point = None
        if self.longitude is not None and self.latitude is not None:
            point = {"type": "Point", "coordinates": (self.longitude, self.latitude)}
        return {"type": "Feature", "geometry": point, "properties": self.to_dict()}

    def _repr_html_(self) -> str:
        """Return the answer as a notebook shows it."""
        return record_html(self.to_dict())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return the answer in the forms that a notebook can show."""
        return {"text/plain": f"{self.verdict}: {self.sentence}", "text/html": self._repr_html_()}


# -- the fields -----------------------------------------------------------------------------


class RecordField(msgspec.Struct, frozen=True):
    """One field of a record.

    Attributes
    ----------
    name, meaning
        Its key, and what it says.
    type
        ``str``, ``float``, ``int``, ``date``, ``list`` or ``dict`` where it can be a column.
    nullable
        Whether it may be missing.
    is_column, is_default
        Whether it can be a column of a table; whether it is one by default.
    repeats
        How many distinct values it has.
    """

    name: str
    meaning: str
    type: str
    nullable: bool
    is_column: bool
    is_default: bool
    repeats: Repeats

    @property
    def is_listed(self) -> bool:
        """Whether it is a list or a mapping, which a table holds as one text."""
        return self.type in ("list", "dict")


@cache
def record_fields() -> tuple[RecordField, ...]:
    """Return the fields of a record, in their order."""
    hints = get_type_hints(Record, include_extras=True)
    return tuple(_described(name, hints[name]) for name in Record.__struct_fields__)


def _described(name: str, hint: Any) -> RecordField:
    kind, *metas = get_args(hint)
    meta = next(one for one in metas if one.description)
    column = (meta.extra or {})["column"]
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    plain = next(one for one in options if one is not type(None))
    while get_origin(plain) is Annotated:
        plain = get_args(plain)[0]
    return RecordField(
        name=name,
        meaning=str(meta.description),
        type=(get_origin(plain) or plain).__name__,
        nullable=type(None) in options,
        is_column=column is not None,
        is_default=bool(column and column["default"]),
        repeats=column["repeats"] if column else Repeats.HARDLY,
    )


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a record, with its codes as enumerations.

    `x-column` tells whether a table has the field by default, has it when asked for, or cannot
    have it. The file `record.schema.json` beside this module holds the same.

    Examples
    --------
    >>> json_schema()["properties"]["verdict"]["enum"]
    ['inside', 'outside', 'undetermined', 'uncertain']
    """
    definitions = msgspec.json.schema(Record)["$defs"]
    whole = definitions.pop("Record")
    for field in record_fields():
        whole["properties"][field.name]["x-column"] = (
            "default" if field.is_default else "further" if field.is_column else "none"
        )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **whole,
        "title": "VerdictRecord",
        "description": whole["description"].partition("\n")[0],
        "$defs": definitions,
    }


# -- making one -----------------------------------------------------------------------------


@lru_cache(maxsize=1)
def software() -> str:
    """Return the name and version of this software."""
    try:
        return f"dezone {version('dezone')}"
    except PackageNotFoundError:
        return "dezone (not installed)"


def assess_names(assessor: Assessor, incidents: Incidents) -> tuple[Verdicts, Array | None]:
    """Return verdicts as `Assessor.assess_distinct` does, and decide shared names where possible.

    If the verdicts on all places that share a name are the same, that is the verdict; if they are
    `inside` or `uncertain`, the zone must be the same, too. Otherwise it is `undetermined`. Either
    way the reason is `name-shared`.
    """
    found, which = assessor.assess_distinct(incidents)
    rows = np.flatnonzero((incidents.shared >= 0) & ~incidents.unreadable)
    if not rows.size:
        return found, which
    columns = (incidents.shared, incidents.first, incidents.last)
    key = np.stack([column[rows] for column in columns], axis=1)
    _, example, group = np.unique(key, axis=0, return_index=True, return_inverse=True)
    example = rows[example]
    # Each group is given its own verdict behind those that are there.
    if which is None:
        which = np.arange(len(incidents))
    own = _decided(assessor, incidents, example, found.take(which[example]))
    which = which.copy()
    which[rows] = len(found) + group.reshape(-1)
    return found.joined(own), which


def _decided(assessor: Assessor, incidents: Incidents, rows: Array, unknown: Verdicts) -> Verdicts:
    """Return the verdicts on rows with shared names.

    `unknown` are the verdicts on the same rows without a place, for names that stay undecided.
    """
    asked = [incidents.candidates[k] for k in incidents.shared[rows].tolist()]
    group = np.repeat(np.arange(len(rows)), [len(places) for places in asked])
    places = list(chain.from_iterable(asked))
    each = Incidents.discs(
        [place.longitude for place in places],
        [place.latitude for place in places],
        [0.0 if place.settlement >= 0 else place.radius_m for place in places],
        incidents.first[rows][group],
        incidents.last[rows][group],
        radius_source="name",
    )
    each = replaced(
        each, settlement=np.array([place.settlement for place in places], dtype=np.int32)
    ).settled(assessor.atlas.ledger)
    answers = assessor.assess(each)
    begin = np.searchsorted(group, np.arange(len(rows)))
    answer = answers.take(begin)
    outside = answers.verdict == VERDICTS.index(Verdict.OUTSIDE)
    differs = answers.verdict != answer.verdict[group]
    differs |= (answers.zone != answer.zone[group]) & ~outside
    alike = np.bincount(group, differs, minlength=len(rows)) == 0
    chosen = answer.joined(unknown).take(np.where(alike, 0, len(rows)) + np.arange(len(rows)))
    reasons = chosen.reasons & ~Reason.NO_LOCATION.bit | Reason.NAME_SHARED.bit
    # Shares, and who held it, are those of one place.
    none, nobody = np.full(len(rows), np.nan), np.full(len(rows), -1, dtype=np.int32)
    return replace(
        chosen,
        reasons=reasons,
        share_low=none,
        share_best=none,
        share_high=none,
        settlement=nobody,
        held_first=nobody,
        held_last=nobody,
    )


def fields_of(
    assessor: Assessor, incidents: Incidents, found: Verdicts, which: Array | None = None
) -> Iterator[dict[str, Any]]:
    """Yield for each incident the fields of a record that follow from its verdict and its place.

    All but `sentence`, `latitude`, `longitude` and the fields after them.

    Parameters
    ----------
    found, which
        As `Assessor.assess_distinct` gives them.
    """
    zone = found.zone if which is None else found.zone[which]
    x, y = assessor.measured_from(incidents)
    first, last = incidents.first, incidents.last
    areas = recorded_areas(assessor.atlas)
    spaces = area_spaces(assessor, incidents, found, which).tolist()
    distance, accuracy = assessor.grounds.distances(assessor.boundary, zone, x, y, first, last)
    for i in range(len(incidents)):
        metres, error = _number(distance[i]), _number(accuracy[i])
        yield {
            **found.row(i if which is None else int(which[i])),
            "basis": assessor.basis.value,
            "distance_m": None if metres is None else int(metres),
            "accuracy_m": None if metres is None or error is None else int(error),
            "radius_m": _number(incidents.radius_m[i]),
            "radius_source": incidents.radius_sources[incidents.radius_source[i]],
            "first_day": None if first[i] == NO_DAY else day_of(int(first[i])),
            "last_day": None if last[i] == NO_DAY else day_of(int(last[i])),
            "boundary": assessor.boundary,
            **{field: areas_in_words(areas, spaces[i], field) for field in KINDS},
        }


def make_records(
    assessor: Assessor,
    incidents: Incidents,
    given: Sequence[Given],
    *,
    language: str,
) -> Iterator[Record]:
    """Assess incidents and yield the record of each, with a sentence in a language.

    Parameters
    ----------
    incidents
        n rows.
    given
        What was given for each of them.
    """
    atlas = assessor.atlas
    every = fields_of(assessor, incidents, *assess_names(assessor, incidents))
    for i, (fields, own) in enumerate(zip(every, given, strict=True)):
        # Beside a position a name may be another place's.
        own_name = (
            own.place if "latitude" not in own.input and "position" not in own.input else None
        )
        name = None if own_name is None else own_name.name
        yield Record(
            **fields,
            sentence=write_sentence(atlas, fields, language=language, place=name),
            latitude=_number(incidents.latitude[i]),
            longitude=_number(incidents.longitude[i]),
            place=own.place,
            candidates=candidate_ids(incidents, i) or list(own.passed_over),
            input=dict(own.input),
            repairs=list(own.repairs),
            atlas_version=atlas.version,
            atlas_sha256=atlas.sha256,
            software=software(),
        )


class Given(msgspec.Struct, frozen=True):
    """What was given for an incident, what was repaired in it, and what its name was taken for."""

    input: Mapping[str, Any]
    repairs: Sequence[Repaired] = ()
    place: PlaceUsed | None = None
    passed_over: Sequence[str] = ()


def decides(given: Mapping[str, Any]) -> bool:
    """Tell whether an incident is placed by its name: beside a position a name decides nothing."""
    return "place" in given and given.keys().isdisjoint(("position", "latitude"))


def candidate_ids(incidents: Incidents, row: int) -> list[str]:
    """Return the ids of the places that share an incident's name; none if it names one place."""
    shared = int(incidents.shared[row])
    return [] if shared < 0 else [place.id for place in incidents.candidates[shared]]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
