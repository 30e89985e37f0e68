"""What only a file as a whole shows: rows that come twice, points shared by many, axes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from geodata.findings import Finding, Severity
from geodata.formats.table import about_file
from geodata.text.axes import fits

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.columns.incidents import Incidents
    from geodata.columns.plan import Plan

__all__ = ["Doctor"]

_MOST_ROWS = 2_000_000
"""Rows that are looked at for duplicates and shared points; what is not looked at is told."""

_MANY = 20
_MANY_SHARE = 0.02
_MOST_POINTS = 10


class Doctor:
    """Sees the batches of a file one after the other, and tells what they show together.

    Its memory does not grow beyond `_MOST_ROWS` rows.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.rows = self.looked = 0
        self.points: Counter[tuple[float, float]] = Counter()
        self.seen: set[bytes] = set()
        self.ids: set[str] = set()
        self.twice: list[int] = []
        self.same_id: list[int] = []
        self.as_read = self.swapped = self.both = self.neither = 0

    def see(self, batch: pa.RecordBatch, incidents: Incidents) -> None:
        """Take in one batch and what was read from it."""
        self._axes(incidents)
        if self.looked < _MOST_ROWS:
            self._duplicates(batch)
            self._points(incidents)
            self.looked += batch.num_rows
        self.rows += batch.num_rows

    def _axes(self, incidents: Incidents) -> None:
        x, y = incidents.longitude, incidents.latitude
        plain = fits(x, y, self.plan.bounds, self.plan.outline)
        turned = fits(y, x, self.plan.bounds, self.plan.outline)
        placed = ~np.isnan(x)
        self.both += int((plain & turned).sum())
        self.as_read += int((plain & ~turned).sum())
        self.swapped += int((turned & ~plain).sum())
        self.neither += int((placed & ~plain & ~turned).sum())

    def _duplicates(self, batch: pa.RecordBatch) -> None:
        import hashlib

        from geodata.columns.cells import texts

        columns = [texts(column).to_pylist() for column in batch.columns]
        for number, row in enumerate(zip(*columns, strict=True), start=self.rows + 1):
            text = "\x1f".join("\x00" if cell is None else cell for cell in row)
            key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()
            if key in self.seen:
                self.twice.append(number)
            self.seen.add(key)
        name = self.plan.mapping.id
        if name is not None:
            cells = columns[batch.schema.get_field_index(name)]
            for number, cell in enumerate(cells, start=self.rows + 1):
                if cell:
                    if cell in self.ids:
                        self.same_id.append(number)
                    self.ids.add(cell)

    def _points(self, incidents: Incidents) -> None:
        placed = ~np.isnan(incidents.longitude)
        pairs = np.stack([incidents.latitude[placed], incidents.longitude[placed]], axis=1)
        found, counts = np.unique(pairs, axis=0, return_counts=True)
        for (latitude, longitude), count in zip(found.tolist(), counts.tolist(), strict=True):
            self.points[latitude, longitude] += count

    def findings(self) -> tuple[Finding, ...]:
        """Return what the file as a whole shows."""
        found: list[Finding] = []

        def note(kind: str, column: str, before: str, after: str, rows: list[int]) -> None:
            if rows:
                numbers = np.array(rows, dtype=np.int64)
                found.append(Finding(Severity.WARNING, kind, column, before, after, numbers))

        note("duplicate-row", "", "", "the same as an earlier row in every cell", self.twice)
        name = self.plan.mapping.id or ""
        only_id = sorted(set(self.same_id) - set(self.twice))
        note("duplicate-id", name, "", "an earlier row has the same id, and other cells", only_id)
        total = self.points.total()
        least = max(_MANY, _MANY_SHARE * total)
        common = sorted(self.points.items(), key=lambda item: (-item[1], item[0]))
        for (latitude, longitude), count in common[:_MOST_POINTS]:
            if count >= least and len(self.points) > 1:
                found.append(
                    about_file(
                        Severity.WARNING,
                        "shared-point",
                        f"{latitude:g}, {longitude:g}",
                        f"{count} of {total} incidents share it: a place, or a placeholder?",
                    )
                )
        if self.swapped:
            found.append(
                about_file(
                    Severity.WARNING,
                    "axes",
                    "",
                    f"{self.swapped} rows fit the country only with their axes swapped, "
                    f"{self.as_read} only as read, {self.both} either way, {self.neither} neither; "
                    "nothing was changed",
                )
            )
        if self.rows > self.looked:
            found.append(
                about_file(
                    Severity.WARNING,
                    "not-looked-at",
                    "",
                    f"duplicates and shared points after row {self.looked}",
                )
            )
        return tuple(found)
