"""The columns of a tagged table: the records of many incidents, as arrow arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.columns.incidents import NO_DAY, Incidents, Reason, reasons_in
from zones.arrays import Array, distinct
from zones.calendar import PHASES, TIMES, Terms
from zones.holders import held_in_words, settlement_in_words
from zones.index.areas import KINDS, area_spaces, areas_in_words, recorded_areas
from zones.record import RecordField, Repeats, fields_of, record_fields, software
from zones.sentence import write_sentence
from zones.space import OUTSIDE, SPACES
from zones.tables.question import Question
from zones.verdict import VERDICTS, Verdicts

if TYPE_CHECKING:
    import pyarrow as pa

_CODES: dict[str, tuple[StrEnum, ...]] = {
    "verdict": VERDICTS,
    "space": SPACES,
    "time": TIMES,
    "phase": PHASES,
}
_SHARES = ("share_low", "share_best", "share_high")
_FEW = 1 << 20  # keys below this are told apart by direct address


def make_schema(names: Sequence[str]) -> pa.Schema:
    """Return names and arrow types of columns as `make_columns` makes them."""
    import pyarrow as pa

    known = {field.name: field for field in record_fields()}
    return pa.schema(
        [pa.field(name, _arrow_type(known[name]), known[name].nullable) for name in names]
    )


def _arrow_type(field: RecordField) -> pa.DataType:
    import pyarrow as pa

    plain = {"float": pa.float64(), "int": pa.int64(), "date": pa.date32()}
    if field.type in plain:
        return plain[field.type]
    if field.repeats is Repeats.HARDLY:
        return pa.string()
    few = field.repeats is Repeats.FEW and not field.is_listed
    return pa.dictionary(pa.int8() if few else pa.int32(), pa.string())


def make_columns(
    question: Question, incidents: Incidents, found: Verdicts, which: Array | None
) -> list[pa.Array]:
    """Return the columns that a question asks for, of the types of `make_schema`.

    Missing values are null. A list is the text of its items joined by ``;`` (``boundary=space``
    for `boundaries`), and an empty list an empty text. Texts that repeat are dictionary arrays:
    each distinct one is written once, and no loop runs over the rows.

    Parameters
    ----------
    incidents
        n incidents.
    found, which
        As from `Assessor.assess_distinct`: verdicts, and the position of each incident's own.
    """
    of_rows = _of_rows(question, incidents)
    of_verdicts = _of_verdicts(found)
    if {"distance_m", "accuracy_m"} & set(question.columns):
        distance, accuracy = _distances(question, incidents, found, which)
        of_rows["distance_m"] = lambda: _numbers(distance).cast("int64")
        of_rows["accuracy_m"] = lambda: _numbers(accuracy).cast("int64")
    if set(KINDS) & set(question.columns):
        of_rows |= _areas(question, incidents, found, which)
    of_rows["sentence"] = lambda: _sentences(question, incidents, found, which)
    columns = []
    for name in question.columns:
        if name in of_rows:
            columns.append(of_rows[name]())
        else:
            column = of_verdicts[name]()
            columns.append(column if which is None else _spread(column, which))
    return columns


_Made = dict[str, "Callable[[], pa.Array]"]


def _of_rows(question: Question, incidents: Incidents) -> _Made:
    """Return the makers of the columns whose values belong to a row alone."""
    n = len(incidents)
    assessor = question.assessor
    first_day = _days(incidents.first)
    sources = incidents.radius_source.astype(np.int8)
    return {
        "basis": lambda: _constant(assessor.basis.value, n),
        "boundary": lambda: _constant(assessor.boundary, n),
        "radius_source": lambda: _coded(sources, incidents.radius_sources),
        "first_day": lambda: first_day,
        "last_day": lambda: first_day if incidents.one_day else _days(incidents.last),
        "candidates": lambda: _candidates(incidents),
        "radius_m": lambda: _numbers(incidents.radius_m),
        "latitude": lambda: _numbers(incidents.latitude),
        "longitude": lambda: _numbers(incidents.longitude),
        "atlas_version": lambda: _constant(assessor.atlas.version, n),
        "atlas_sha256": lambda: _constant(assessor.atlas.sha256, n),
        "software": lambda: _constant(software(), n),
    }


def _candidates(incidents: Incidents) -> pa.Array:
    """Return the ids of the places that share a name, as one text per row."""
    texts = [";".join(place.id for place in places) for places in incidents.candidates]
    words = ["", *dict.fromkeys(texts)]
    code = np.array([0, *map(words.index, texts)], dtype=np.int32)
    return _coded(code[incidents.shared + 1], words)


def _areas(question: Question, incidents: Incidents, found: Verdicts, which: Array | None) -> _Made:
    """Return the makers of the columns about areas, as ``area=space``."""
    areas = recorded_areas(question.atlas)
    keys, code = _each_once(area_spaces(question.assessor, incidents, found, which))

    def text(field: str) -> pa.Array:
        pairs = (areas_in_words(areas, key, field).items() for key in keys.tolist())
        texts = [";".join(f"{area}={space}" for area, space in some) for some in pairs]
        return _texts(code, len(texts), texts.__getitem__)

    return {field: lambda field=field: text(field) for field in KINDS}  # type: ignore[misc]


def _each_once(rows: Array) -> tuple[Array, Array]:
    """Return the distinct rows, and for each row the position of its own; most are the first."""
    if not rows.shape[1]:
        return rows[:1], np.zeros(len(rows), dtype=np.int64)
    odd = np.flatnonzero((rows != OUTSIDE).any(axis=1))
    some, position = np.unique(rows[odd], axis=0, return_inverse=True)
    code = np.zeros(len(rows), dtype=np.int64)
    code[odd] = position.reshape(-1) + 1
    return np.concatenate([np.full((1, rows.shape[1]), OUTSIDE, rows.dtype), some]), code


def _of_verdicts(found: Verdicts) -> _Made:
    """Return the makers of the columns that follow from the verdict, once for each verdict."""
    made: _Made = {
        "zone": lambda: _coded(found.zone, found.zone_ids),
        "boundaries": lambda: _texts(*_boundaries(found)),
        "drawn_by": lambda: _texts(
            found.drawn_by,
            1 << len(found.boundary_ids),
            lambda bits: ";".join(found.drawing_boundaries(bits)),
        ),
        "agreements": lambda: _texts(*_terms(found, lambda one: ";".join(one.agreements), "")),
        "round": lambda: _texts(*_terms(found, lambda one: one.round, None)),
        "reasons": lambda: _texts(found.reasons, 1 << len(Reason), _joined_reasons),
    }
    for name in ("settlement", "settlement_name", "admin"):
        made[name] = lambda name=name: _texts(*_settlements(found, name))  # type: ignore[misc]
    for name in ("held_by", "held_sources", "held_confidence"):
        made[name] = lambda name=name: _texts(*_held(found, name))  # type: ignore[misc]
    for name in ("held_since", "held_until"):
        made[name] = lambda name=name: _dates(*_held(found, name))  # type: ignore[misc]
    for name, codes in _CODES.items():
        made[name] = lambda name=name, codes=codes: _coded(  # type: ignore[misc]
            getattr(found, name).astype(np.int8), [code.value for code in codes]
        )
    for name in ("guarantors", "mediators", "framework_guarantors"):
        made[name] = lambda name=name: _texts(  # type: ignore[misc]
            *_terms(found, lambda one: ";".join(getattr(one, name)), "")
        )
    for name in _SHARES:
        made[name] = lambda name=name: _numbers(getattr(found, name))  # type: ignore[misc]
    return made


def _coded(codes: Array, words: Sequence[str]) -> pa.Array:
    """Return words by their codes; a negative code is a missing value."""
    import pyarrow as pa

    missing = codes < 0
    indices = pa.array(codes, mask=missing if missing.any() else None)
    return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string()))


def _spread(column: pa.Array, which: Array) -> pa.Array:
    """Return for each incident the value of its verdict."""
    import pyarrow as pa

    if not column.null_count or not pa.types.is_dictionary(column.type):
        return column.take(pa.array(which))
    # Arrow takes three times as long where something is missing.
    codes = column.indices.fill_null(-1).to_numpy().take(which)
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), column.dictionary)


def _dates(keys: Array, size: int, write: Callable[[int], str | None]) -> pa.Array:
    """Return the day of each key; `write` returns it as text."""
    import pyarrow as pa

    return _texts(keys, size, write).cast(pa.string()).cast(pa.date32())


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


# -- texts that are written once for each key -------------------------------------------------


def _texts(keys: Array, size: int, write: Callable[[int], str | None]) -> pa.Array:
    """Return the text of each key; `write` is called once for each key that occurs.

    The dictionary holds the texts that occur, in order, and so depends on these rows alone.
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


_Keys = tuple[Array, int, "Callable[[int], str | None]"]
"""A key for each verdict, how many keys there may be, and the text of one."""


def _boundaries(found: Verdicts) -> _Keys:
    base = len(SPACES) + 1  # one more: no extent on those days
    spaces = np.minimum(found.boundaries, len(SPACES))
    keys = np.zeros(len(found), dtype=np.int64)
    for b in range(len(found.boundary_ids)):
        keys = keys * base + spaces[:, b]

    def write(key: int) -> str:
        pairs: list[str] = []
        for name in reversed(found.boundary_ids):
            key, code = divmod(key, base)
            if code < len(SPACES):
                pairs.append(f"{name}={SPACES[code].value}")
        return ";".join(reversed(pairs))

    return keys, base ** len(found.boundary_ids), write


def _terms(found: Verdicts, write: Callable[[Terms], str | None], none: str | None) -> _Keys:
    known = found.known_terms
    return found.terms + 1, len(known) + 1, lambda key: write(known[key - 1]) if key else none


def _settlements(found: Verdicts, name: str) -> _Keys:
    def write(key: int) -> str | None:
        return _as_text(settlement_in_words(found.ledger, key - 1)[name])

    return found.settlement + 1, len(found.ledger) + 1, write


def _held(found: Verdicts, name: str) -> _Keys:
    width = int((found.held_last - found.held_first).max(initial=0)) + 1
    keys = (found.held_first.astype(np.int64) + 1) * width + found.held_last - found.held_first

    def write(key: int) -> str | None:
        first, more = divmod(key, width)
        return _as_text(held_in_words(found.ledger, first - 1, first - 1 + more)[name])

    return keys, int(keys.max(initial=0)) + 1, write


def _as_text(value: Any) -> str | None:
    if isinstance(value, list):
        return ";".join(value)
    return None if value is None else str(value)


def _joined_reasons(bits: int) -> str:
    return ";".join(reason.value for reason in reasons_in(bits))


# -- what has to be computed row by row, and is only when it is asked for ---------------------


def _distances(
    question: Question, incidents: Incidents, found: Verdicts, which: Array | None
) -> tuple[Array, Array]:
    """Return distance and accuracy in whole metres; NaN where a record has none."""
    assessor = question.assessor
    zone = found.zone if which is None else found.zone.take(which)
    x, y = assessor.measured_from(incidents)
    return assessor.grounds.distances(
        assessor.boundary, zone, x, y, incidents.first, incidents.last
    )


def _sentences(
    question: Question, incidents: Incidents, found: Verdicts, which: Array | None
) -> pa.Array:
    """Return the sentence of each row, written once for all rows with the same sentence."""
    import pyarrow as pa

    distance, accuracy = _distances(question, incidents, found, which)
    if which is None:
        found, which = found.distinct()
    numbers = [one.view(np.int64) for one in (distance, accuracy, incidents.radius_m)]
    _, areas = _each_once(area_spaces(question.assessor, incidents, found, which))
    of_rows = (incidents.place_type, incidents.first, incidents.last)
    key = np.column_stack([which, areas, *numbers, *of_rows])
    _, example, position = np.unique(key, axis=0, return_index=True, return_inverse=True)
    fields = fields_of(question.assessor, incidents.take(example), found, which[example])
    language = question.language
    said = [write_sentence(question.atlas, one, language=language) for one in fields]
    return pa.array(said, pa.string()).take(pa.array(position.reshape(-1)))
