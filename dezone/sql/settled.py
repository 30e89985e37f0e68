"""The precomputed answers on settlements, each for some days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, pairwise
from typing import Any

import numpy as np

from dezone.sql.rows import Range, Rows
from geodata.atlas import Atlas
from geodata.columns.incidents import NO_DAY, Incidents
from zones.calendar import Basis, calendar_of, day_number, day_of
from zones.record import record_fields
from zones.tables.columns import make_columns
from zones.tables.question import ask

COLUMNS = tuple(
    field.name
    for field in record_fields()
    if field.is_default
    and not field.name.startswith("share_")
    and field.name not in ("radius_m", "first_day", "last_day")
)
"""What `dezone_verdict` gives, in the order of a record."""


_OF_ANSWERS = tuple(name for name in COLUMNS if name != "settlement")

Run = tuple[Range | None, int]
"""Days, and the answer on them; no days where there is no date."""


def settled(atlas: Atlas, boundary: str, basis: Basis) -> tuple[dict[str, Rows], list[int]]:
    """Return what the kernel answers for each settlement, on the days on which it is the same.

    `answers` are the columns of the function, each combination once; `courses` are answers over
    time, each sequence once. The second result tells the course of each settlement of the ledger.
    """
    place, first = _asked(atlas)
    ledger = atlas.ledger
    incidents = Incidents.discs(
        ledger.longitude[place],
        ledger.latitude[place],
        np.zeros(len(place)),
        first,
        first,
        radius_source="default",
    )
    incidents = replace(incidents, settlement=place.astype(np.int32)).settled(ledger)
    question = replace(ask(atlas=atlas, boundary=boundary, basis=basis.value), columns=_OF_ANSWERS)
    found, which = question.assessor.assess_distinct(incidents)
    columns = make_columns(question, incidents, found, which)
    told = list(zip(*(column.to_pylist() for column in columns), strict=True))
    answers = {answer: i for i, answer in enumerate(sorted(set(told), key=repr))}
    codes = [answers[answer] for answer in told]
    courses: dict[tuple[Run, ...], int] = {}
    of_settlements = []
    stops = np.searchsorted(place, np.arange(len(ledger) + 1)).tolist()
    for start, stop in pairwise(stops):
        runs = tuple(_runs(first[start:stop].tolist(), codes[start:stop]))
        of_settlements.append(courses.setdefault(runs, len(courses)))
    rows = [(course, *run) for runs, course in courses.items() for run in runs]
    tables = {
        "answers": Rows(("id", *_OF_ANSWERS), [(i, *answer) for answer, i in answers.items()]),
        "courses": Rows(("course", "days", "answer"), rows),
    }
    return tables, of_settlements


def _asked(atlas: Atlas) -> tuple[Any, Any]:
    """Return settlements and days: of each the first day of every time in which nothing changes."""
    cuts = {int(cut) for cut in calendar_of(atlas).cuts}
    before = min(cuts, default=0) - 1
    place, first = [], []
    for i in range(len(atlas.ledger)):
        days = {before, NO_DAY, *cuts}
        for holding in atlas.ledger.history(i):
            for day, more in ((holding.earliest, 0), (holding.latest, 0), (holding.latest, 1)):
                if day is not None:
                    days.add(day_number(day) + more)
        earliest = min(days - {NO_DAY})
        days |= {earliest - 1} - {NO_DAY}
        place += [i] * len(days)
        first += sorted(days)
    return np.array(place, dtype=np.int64), np.array(first, dtype=np.int64)


def _runs(first: list[int], codes: list[int]) -> Iterator[Run]:
    """Yield each answer once for all days that follow each other: no date, then from the start."""
    yield None, codes[0]
    alike = [list(run) for _, run in groupby(range(1, len(codes)), key=lambda i: codes[i])]
    cuts = [None, *(day_of(first[run[0]]) for run in alike[1:]), None]
    for run, begin, end in zip(alike, cuts, cuts[1:], strict=False):
        yield Range(begin, end), codes[run[0]]
