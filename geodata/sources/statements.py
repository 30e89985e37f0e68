"""From statements to holders: who held a settlement from which day, by the rows of ``ledger/``.

A row of ``ledger/control.csv`` is one statement: a side held the place on some day of a window
(event ``held``, or ``inferred`` where we read it off the places round it), or took it on some day
of the window (every other event). Of a statement with precision ``by`` only the last day was told;
its first day, where one is given, is the earliest that other reports leave open.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from geodata.errors import AtlasError

STATES = ("held", "inferred")  # events that say who held a place, not how it changed hands
CHANGES = ("offensive", "recapture", "deal", "evacuation")  # events that say how
OPEN_DAYS = 60
"""Within the days of a change that may have come on more days than these, a line has no holder."""

CONFIDENCES = ("high", "medium", "low", "unsourced")  # best first


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One row of the table: what one report, or several that agree, say of a place."""

    settlement: str
    event: str
    side: str
    first: dt.date | None
    last: dt.date
    precision: str
    before: str | None
    sources: tuple[str, ...]
    confidence: str
    note: str

    @property
    def dated(self) -> bool:
        """Whether it says when the place was taken, not only by which day."""
        return self.event not in STATES and self.precision != "by"

    @property
    def known_on(self) -> dt.date:
        """The last day on which the side surely held the place by this statement alone."""
        return self.first if self.event in STATES and self.first else self.last


@dataclass
class Holder:
    """A side that held a place, and the days between which it came to hold it.

    `earliest` and `latest` are both None where it held the place before every report of a change.
    """

    side: str
    earliest: dt.date | None = None
    latest: dt.date | None = None
    statements: list[Statement] = field(default_factory=list)
    before_of: list[Statement] = field(default_factory=list)

    @property
    def telling(self) -> list[Statement]:
        """The statements that date its coming; all of them where none does."""
        dated = [s for s in self.statements if s.dated]
        return dated or self.statements or self.before_of

    @property
    def precision(self) -> str | None:
        """`day`, `interval`, or `by` where only a last day is told; None for the first holder."""
        if self.latest is None:
            return None
        if not any(s.dated for s in self.statements):
            return "by"
        return "day" if self.earliest == self.latest else "interval"

    @property
    def event(self) -> str:
        """How it came to hold the place: the event of the first statement that dates it."""
        return self.telling[0].event if self.statements else STATES[0]

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source, those that date its coming first."""
        told = [*self.telling, *self.statements, *self.before_of]
        return tuple(dict.fromkeys(source for s in told for source in s.sources))

    @property
    def confidence(self) -> str:
        """The best confidence among the statements that have a source."""
        told = [s.confidence for s in (*self.telling, *self.before_of) if s.sources]
        told = told or [s.confidence for s in self.statements if s.sources]
        return min(told, key=CONFIDENCES.index) if told else "unsourced"

    @property
    def readings(self) -> list[tuple[str, tuple[str, ...]]]:
        """The different first days that sources give, each with its sources; empty if one."""
        found: dict[str, list[str]] = {}
        for s in self.statements:
            if s.event in STATES or not s.sources:
                continue
            if not s.dated and self.latest is not None and s.last >= self.latest:
                continue  # taken by a later day: no other reading
            when = say_window(s.first, s.last) if s.dated else f"by {s.last}"
            found.setdefault(when, []).extend(s.sources)
        if len(found) < 2:
            return []
        return [(when, tuple(dict.fromkeys(sources))) for when, sources in sorted(found.items())]


def say_window(first: dt.date | None, last: dt.date) -> str:
    """Write a window: a day, or two with a slash between them (ISO 8601; `..` is an open first)."""
    return str(last) if first == last else f"{first or '..'}/{last}"


def holders(statements: Iterable[Statement]) -> list[Holder]:
    """List the holders of one place in order of time.

    Statements of one day follow each other as they stand in the table. A statement that names who
    held the place before makes, or gives a source to, the holder before.

    Raises
    ------
    AtlasError
        A statement that does not fit the one before it; the message names both.
    """
    found: list[Holder] = []
    for s in sorted(statements, key=lambda s: s.last):
        if s.before == s.side:
            raise _misfit(s, "another side before", f"{s.before!r} before and after")
        if s.before and not found:
            found.append(Holder(s.before, before_of=[s]))
        elif s.before and found[-1].side == s.before:
            found[-1].before_of.append(s)
        elif s.before and not (
            found[-1].side == s.side and any(t.event not in STATES for t in found[-1].statements)
        ):
            raise _misfit(s, f"{found[-1].side!r} before, as told so far", repr(s.before))
        if not found or found[-1].side != s.side:
            found.append(Holder(s.side))
        found[-1].statements.append(s)
    for previous, holder in pairwise(found):
        _date(holder, previous)
    return found


def _date(holder: Holder, previous: Holder) -> None:
    """Say between which days a holder took the place from the one before it."""
    known = max((s.known_on for s in previous.statements), default=None)
    windows = [(s.first or s.last, s.last) for s in holder.statements if s.dated]
    for s in holder.statements:
        if s.dated or (windows and s.last >= min(windows)[0]):
            continue
        # Only a last day is told: nothing else, or an earlier day than the others tell.
        since = s.first if s.precision == "by" else None
        windows.append((since or known or s.last, s.last))
    first = min(first for first, _ in windows)
    last = max(last for _, last in windows)
    holder.earliest = min(max(first, previous.earliest or first), last)
    holder.latest = max(last, previous.latest or last)


def _misfit(statement: Statement, expected: str, found: str) -> AtlasError:
    window = say_window(statement.first, statement.last)
    return AtlasError(
        f"control.csv: {statement.settlement}, {statement.event} {window}: expected {expected}, "
        f"found {found}; correct the row, or add the change between."
    )


def holder_on(chain: list[Holder], day: dt.date) -> Holder | None:
    """Return the holder of a place on a day, as a line has to choose one; None if none is told.

    Within the days of a change the new holder counts from its earliest day on, and nobody does
    while the change may have come on any of more than `OPEN_DAYS` days.
    """
    told = [h for h in chain if h.earliest is None or h.earliest <= day]
    if not told:
        return None
    last = told[-1]
    if last.earliest is None or last.latest is None or last.latest <= day:
        return last
    return last if (last.latest - last.earliest).days <= OPEN_DAYS else None


def group(statements: Iterable[Statement]) -> Mapping[str, list[Statement]]:
    """Group statements by settlement, in the order of the table."""
    grouped: dict[str, list[Statement]] = {}
    for s in statements:
        grouped.setdefault(s.settlement, []).append(s)
    return grouped
