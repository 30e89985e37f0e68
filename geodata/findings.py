"""Repairs, warnings and refusals in a file, by kind, count and first rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from geodata.text.repairs import Repair, quote

_FIRST_ROWS = 5  # of each kind, that are shown


class Severity(StrEnum):
    """What became of the rows: read after a repair, read with a warning, or not read."""

    REPAIR = "repair"
    WARNING = "warning"
    REFUSAL = "refusal"


@dataclass(frozen=True)
class Finding:
    """One kind of finding on one text of a cell, and the rows that have it.

    `rows` are numbers of rows of incidents, counted from 1; empty if the finding is about the file
    as a whole. `before` is the cell as it stood, `after` what was read, or why it was not.
    """

    severity: Severity
    kind: str
    column: str
    before: str
    after: str
    rows: npt.NDArray[np.int64]


@dataclass
class Log:
    """The findings of a batch or of a whole file, by kind, count and first rows.

    Attributes
    ----------
    first_row
        Number of the row that `note` counts as 0.
    keep_rows
        Keep every finding with all its rows, for `kept` and `rows`. Without it only counts and
        first rows are kept, and the memory does not grow with the file.
    """

    first_row: int = 1
    keep_rows: bool = False
    kept: list[Finding] = field(default_factory=list)
    _counts: dict[tuple[Severity, str], int] = field(default_factory=dict)
    _first: dict[tuple[Severity, str], list[tuple[int, str, str, str]]] = field(
        default_factory=dict
    )

    def note(
        self,
        severity: Severity,
        kind: str,
        column: str,
        before: str,
        after: str,
        rows: npt.NDArray[np.int64],
    ) -> None:
        """Add a finding about rows counted from 0 in the batch; none, if there are no rows."""
        if not len(rows):
            return
        numbers = np.asarray(rows, dtype=np.int64) + self.first_row
        if len(numbers) > 1:
            numbers.sort()
        key = (severity, kind)
        if not self.keep_rows and self._is_late(key, numbers[0]):
            self._counts[key] += len(numbers)
        else:
            self.add([Finding(severity, kind, column, before, after, numbers)])

    def _is_late(self, key: tuple[Severity, str], row: np.int64) -> bool:
        """Tell whether a row comes after the first ones of its kind, which alone are kept."""
        first = self._first.get(key, [])
        return len(first) == _FIRST_ROWS and bool(row > first[-1][0])

    def repaired(self, repairs: Iterable[Repair], column: str, rows: npt.NDArray[np.int64]) -> None:
        """Add the repairs that were made to read one text in these rows."""
        for one in repairs:
            self.note(Severity.REPAIR, one.kind, column, one.before, one.after, rows)

    def add(self, findings: Iterable[Finding]) -> None:
        """Add the findings on the file or on one batch."""
        for one in findings:
            key = (one.severity, one.kind)
            self._counts[key] = self._counts.get(key, 0) + max(len(one.rows), 1)
            first = self._first.setdefault(key, [])
            if self.keep_rows:
                self.kept.append(one)
            if len(one.rows) and self._is_late(key, one.rows[0]):
                continue
            shown = one.rows[:_FIRST_ROWS].tolist() or [0]
            first += [(row, one.column, one.before, one.after) for row in shown]
            first.sort(key=lambda row: row[0])
            del first[_FIRST_ROWS:]

    def count(self, kind: str) -> int:
        """Return how many rows (or, for the whole file, findings) are of a kind."""
        return sum(n for (_, name), n in self._counts.items() if name == kind)

    def kinds(self, only: Severity | None = None) -> dict[str, int]:
        """Return the counts by kind (of one severity only), in the order of severity and name."""
        order = list(Severity)
        keys = sorted(self._counts, key=lambda key: (order.index(key[0]), key[1]))
        return {
            kind: self._counts[severity, kind]
            for severity, kind in keys
            if only is None or severity is only
        }

    def first(self, severity: Severity) -> str | None:
        """Return the first kind of a severity as one line; None where there is none."""
        lines = self.to_text().splitlines()
        for head, example in pairwise(lines):
            if head.startswith(f"{severity.value} "):
                return f"{head} ({example.strip()})"
        return None

    def rows(self) -> Iterator[tuple[int, str, str, str, str, str]]:
        """Yield (row, column, severity, kind, before, after) in the order of the rows."""
        out = [
            (row, one.column, one.severity.value, one.kind, one.before, one.after)
            for one in self.kept
            for row in (one.rows.tolist() or [0])
        ]
        yield from sorted(out)

    def to_list(self) -> list[dict[str, Any]]:
        """Return each kind with its count and first rows, as plain values."""
        names = ("row", "column", "before", "after")
        return [
            {
                "severity": severity.value,
                "kind": kind,
                "count": self._counts[severity, kind],
                "first": [dict(zip(names, one, strict=True)) for one in first],
            }
            for (severity, kind), first in self._in_order()
        ]

    def to_warning(self) -> str:
        """Return one line on what was doubted or refused, with a row of each kind; or nothing."""
        return "; ".join(
            f"{kind}: {self._counts[severity, kind]} ({_line(*first[0])})"
            for (severity, kind), first in self._in_order()
            if severity is not Severity.REPAIR
        )

    def _in_order(self) -> list[tuple[tuple[Severity, str], list[tuple[int, str, str, str]]]]:
        order = list(Severity)
        return sorted(self._first.items(), key=lambda k: (order.index(k[0][0]), k[0][1]))

    def to_text(self) -> str:
        """Return the findings as lines of text; empty where there are none."""
        lines: list[str] = []
        for (severity, kind), first in self._in_order():
            lines.append(f"{severity.value} {kind}: {self._counts[severity, kind]}")
            lines += [f"    {_line(*one)}" for one in first]
        return "".join(line + "\n" for line in lines)


def _line(row: int, column: str, before: str, after: str) -> str:
    where = f"row {row}" if row else "file"
    if column:
        where += f", {column}"
    change = f"{quote(before)} -> {after}" if before else after
    return f"{where}: {change}"
