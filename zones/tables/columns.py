"""The columns of a tagged table: the records of many incidents, as arrow arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.atlas import Estimate
from geodata.errors import InputError
from zones.calendar import NO_DAY, Spell, governing
from zones.index.grid import distinct
from zones.plane import Array
from zones.record import boundary_accuracy, software
from zones.sentence import write_sentence
from zones.verdict import PHASES, REASONS, SPACES, TIMES, VERDICTS, Judge, Judgements

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "COLUMNS",
    "EVERY_COLUMN",
    "LISTED",
    "Located",
    "column_names",
    "make_columns",
    "make_schema",
]

COLUMNS = (
    "verdict", "zone", "space", "time", "phase", "share_low", "share_best", "share_high",
    "radius_m", "first_day", "last_day", "boundaries", "agreements", "round", "guarantors",
    "reasons",
)  # fmt: skip
"""What a table gets by default, in the order of a record."""

EVERY_COLUMN = (
    "verdict", "zone", "space", "time", "phase", "basis", "share_low", "share_best", "share_high",
    "distance_m", "accuracy_m", "radius_m", "radius_source", "first_day", "last_day", "boundary",
    "boundaries", "agreements", "round", "guarantors", "reasons", "sentence", "latitude",
    "longitude", "atlas_version", "atlas_sha256", "software",
)  # fmt: skip
"""All that a table can get: a record without `input` and `repairs`."""

LISTED = ("boundaries", "agreements", "guarantors", "reasons")
"""Lists, or pairs, which a table holds as one text."""

_ALWAYS = (
    "verdict", "space", "time", "basis", "radius_source", "boundary", *LISTED, "sentence",
    "atlas_version", "atlas_sha256", "software",
)  # fmt: skip
"""What every row has: it is never missing, a list is at most empty."""

_NUMBERS = ("share_low", "share_best", "share_high", "radius_m", "latitude", "longitude")
_METRES = ("distance_m", "accuracy_m")
_DAYS = ("first_day", "last_day")
_WORDS: dict[str, tuple[StrEnum, ...]] = {
    "verdict": VERDICTS,
    "space": SPACES,
    "time": TIMES,
    "phase": PHASES,
}
_FEW = 1 << 20  # keys below this are told apart by direct address


@dataclass(frozen=True)
class Located:
    """What was judged: n positions (degrees, WGS 84), radii in metres, days, sources of radii.

    NaN and `NO_DAY` stand for what is not known. `radius_source` holds positions in
    `radius_sources`.
    """

    longitude: Array
    latitude: Array
    radius_m: Array
    first: Array
    last: Array
    radius_source: Array
    radius_sources: tuple[str, ...]
    measured_from: tuple[Array, Array] | None = None
    """Longitudes and latitudes that distances are measured from, if not the positions."""

    @property
    def one_day(self) -> bool:
        """Whether it is seen at once that each incident is of one day."""
        return self.last is self.first


def column_names(wanted: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the default columns and those wanted, in the order of a record.

    Raises
    ------
    InputError
        There is no such column; ``all`` stands for every one.
    """
    names = {name.strip() for text in wanted for name in text.split(",") if name.strip()}
    if "all" in names:
        names = names - {"all"} | set(EVERY_COLUMN)
    unknown = sorted(names - set(EVERY_COLUMN))
    if unknown:
        choices = ", ".join(name for name in EVERY_COLUMN if name not in COLUMNS)
        raise InputError(
            f"expected a column of {choices} or all, found {unknown[0]!r}; choose among these."
        )
    return tuple(name for name in EVERY_COLUMN if name in names or name in COLUMNS)


def make_schema(names: Sequence[str]) -> pa.Schema:
    """Return names and arrow types of columns as `make_columns` makes them."""
    import pyarrow as pa

    def kind(name: str) -> pa.DataType:
        if name in _NUMBERS:
            return pa.float64()
        if name in _METRES:
            return pa.int64()
        if name in _DAYS:
            return pa.date32()
        if name == "sentence":
            return pa.string()
        few = name in _WORDS or name in ("zone", "basis", "boundary", "radius_source")
        few = few or name in ("atlas_version", "atlas_sha256", "software")
        return pa.dictionary(pa.int8() if few else pa.int32(), pa.string())

    return pa.schema([pa.field(name, kind(name), name not in _ALWAYS) for name in names])


def make_columns(
    judge: Judge,
    given: Located,
    found: Judgements,
    which: Array | None,
    names: Sequence[str],
    *,
    language: str = "en",
) -> list[pa.Array]:
    """Return the columns with these names, of the types of `make_schema`.

    Missing values are null; a list is the text of its items joined by ``;`` (``boundary=space``
    for `boundaries`), an empty list an empty text. Texts of which there are few are dictionary
    arrays: each distinct one is written once, and no loop runs over the rows.

    Parameters
    ----------
    given
        The n incidents.
    found, which
        As `Judge.answers` gives them: answers, and for each incident which is its own.
    """
    n = len(given.longitude)
    first_day = _days(given.first)
    of_rows: dict[str, Callable[[], pa.Array]] = {
        "basis": lambda: _constant(judge.basis.value, n),
        "boundary": lambda: _constant(judge.boundary, n),
        "radius_source": lambda: _coded(given.radius_source.astype(np.int8), given.radius_sources),
        "first_day": lambda: first_day,
        "last_day": lambda: first_day if given.one_day else _days(given.last),
        "radius_m": lambda: _numbers(given.radius_m),
        "latitude": lambda: _numbers(given.latitude),
        "longitude": lambda: _numbers(given.longitude),
        "atlas_version": lambda: _constant(judge.atlas.version, n),
        "atlas_sha256": lambda: _constant(judge.atlas.sha256, n),
        "software": lambda: _constant(software(), n),
    }
    of_answers: dict[str, Callable[[], pa.Array]] = {
        "zone": lambda: _coded(found.zone, judge.zones),
        "boundaries": lambda: _texts(*_boundaries(judge, found)),
        "agreements": lambda: _texts(*_spells(found, lambda one: ";".join(one.agreements), "")),
        "guarantors": lambda: _texts(*_spells(found, lambda one: ";".join(one.guarantors), "")),
        "round": lambda: _texts(*_spells(found, lambda one: one.round, None)),
        "reasons": lambda: _texts(*_reasons(found)),
    }
    for name, words in _WORDS.items():
        of_answers[name] = lambda name=name, words=words: _coded(  # type: ignore[misc]
            getattr(found, name).astype(np.int8), [word.value for word in words]
        )
    for name in ("share_low", "share_best", "share_high"):
        of_answers[name] = lambda name=name: _numbers(getattr(found, name))  # type: ignore[misc]
    if {"distance_m", "accuracy_m", "sentence"} & set(names):
        zone = found.zone if which is None else found.zone.take(which)
        distance, accuracy = _distances(judge, given, zone)
        of_rows["distance_m"] = lambda: _numbers(distance).cast("int64")
        of_rows["accuracy_m"] = lambda: _numbers(accuracy).cast("int64")

    # What makes columns does not know of what is called here: a circle of functions would keep
    # their arrays in memory until the interpreter looks for circles.
    def make(name: str) -> pa.Array:
        if name in of_rows:
            return of_rows[name]()
        answers = of_answers[name]()
        return answers if which is None else _spread(answers, which)

    return [
        _sentences(judge, make, language) if name == "sentence" else make(name) for name in names
    ]


def _coded(codes: Array, words: Sequence[str]) -> pa.Array:
    """Return words by their codes; a negative code is a missing value."""
    import pyarrow as pa

    missing = codes < 0
    indices = pa.array(codes, mask=missing if missing.any() else None)
    return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string()))


def _spread(answers: pa.Array, which: Array) -> pa.Array:
    """Return for each incident what its answer has."""
    import pyarrow as pa

    if not answers.null_count or not pa.types.is_dictionary(answers.type):
        return answers.take(pa.array(which))
    # Arrow takes three times as long where something is missing.
    codes = answers.indices.fill_null(-1).to_numpy().take(which)
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), answers.dictionary)


def _constant(text: str, n: int) -> pa.Array:
    return _coded(np.zeros(n, dtype=np.int8), [text])


def _numbers(values: Array) -> pa.Array:
    """Return numbers, NaN as missing."""
    import pyarrow as pa

    return pa.array(values, pa.float64(), from_pandas=bool(np.isnan(values).any()))


def _days(numbers: Array) -> pa.Array:
    import pyarrow as pa

    missing = numbers == NO_DAY
    days = pa.array(numbers.astype(np.int32), mask=missing if missing.any() else None)
    return days.view(pa.date32())


def _texts(keys: Array, size: int, write: Callable[[int], str | None]) -> pa.Array:
    """Return the text of each key; `write` is asked once for each that occurs.

    The dictionary holds the texts that occur, in order: it is the same whatever came before.
    """
    if size <= _FEW:
        present, position = distinct(keys, size)
    else:
        present, position = np.unique(keys, return_inverse=True)
    texts = [write(key) for key in present.tolist()]
    words = sorted({text for text in texts if text is not None})
    codes = {text: code for code, text in enumerate(words)}
    table = np.array([-1 if t is None else codes[t] for t in texts], dtype=np.int32)
    return _coded(table[position], words)


_Keys = tuple[Array, int, Callable[[int], str | None]]
"""A key for each answer, how many keys there may be, and the text of one."""


def _boundaries(judge: Judge, found: Judgements) -> _Keys:
    base = len(SPACES) + 1  # one more: no extent on those days
    spaces = np.minimum(found.boundaries, len(SPACES))
    keys = np.zeros(len(found), dtype=np.int64)
    for b in range(len(judge.boundaries)):
        keys = keys * base + spaces[:, b]

    def write(key: int) -> str:
        pairs: list[str] = []
        for name in reversed(judge.boundaries):
            key, code = divmod(key, base)
            if code < len(SPACES):
                pairs.append(f"{name}={SPACES[code].value}")
        return ";".join(reversed(pairs))

    return keys, base ** len(judge.boundaries), write


def _spells(found: Judgements, write: Callable[[Spell], str | None], none: str | None) -> _Keys:
    spells = found.spells
    return found.spell + 1, len(spells) + 1, lambda key: write(spells[key - 1]) if key else none


def _reasons(found: Judgements) -> _Keys:
    def write(bits: int) -> str:
        return ";".join(reason.value for i, reason in enumerate(REASONS) if bits >> i & 1)

    return found.reasons, 1 << len(REASONS), write


# -- what has to be reckoned row by row, and is only when it is asked for --------------------


def _distances(judge: Judge, given: Located, zones: Array) -> tuple[Array, Array]:
    """Return distance and accuracy in whole metres; NaN where a record has none."""
    distance, accuracy = (np.full(len(zones), np.nan) for _ in range(2))
    longitude, latitude = given.measured_from or (given.longitude, given.latitude)
    for z, zone in enumerate(judge.zones):
        ground = judge.grounds.get((judge.boundary, zone))
        rows = np.flatnonzero(zones == z)
        if ground is None or not rows.size:
            continue
        _, _, main = governing(ground.extents, given.first[rows], given.last[rows])
        for k in np.unique(main):
            mine = rows[main == k]
            metres, x, y = ground.outlines[k][Estimate.BEST].distance(
                longitude[mine], latitude[mine]
            )
            distance[mine] = np.round(metres)
            accuracy[mine] = boundary_accuracy(judge, zone, int(k), x, y)
    return distance, accuracy


def _sentences(judge: Judge, make: Callable[[str], pa.Array], language: str) -> pa.Array:
    import pyarrow as pa

    names = EVERY_COLUMN[: EVERY_COLUMN.index("sentence")]
    columns = {name: make(name).to_pylist() for name in names}
    known: dict[tuple[Any, ...], str] = {}
    said = []
    for values in zip(*columns.values(), strict=True):
        text = known.get(values)
        if text is None:
            fields = dict(zip(names, values, strict=True))
            for name in LISTED:
                fields[name] = [item for item in fields[name].split(";") if item]
            fields["boundaries"] = dict(pair.split("=") for pair in fields["boundaries"])
            text = known[values] = write_sentence(judge.atlas, fields, language=language)
        said.append(text)
    return pa.array(said, pa.string())
