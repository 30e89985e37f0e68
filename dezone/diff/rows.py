"""The rows of a comparison's output: what is new, edited, answered otherwise, or gone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dezone.diff.atlases import RecordChange
from dezone.diff.causes import Causes, Why, metres_moved
from dezone.diff.edits import Edits
from dezone.diff.releases import ASKED, Mask, Pair, Release, Rows
from geodata.columns.incidents import NO_DAY
from geodata.errors import InputError
from geodata.formats.layers.wkb import points
from geodata.formats.table import JSON_TEXT
from geodata.formats.writing import needs_geometry, write_table

if TYPE_CHECKING:
    import pyarrow as pa

_PAIRED = (
    "verdict", "zone", "phase", "first_day", "last_day", "latitude", "longitude", "radius_m",
)  # fmt: skip


def schema_for(output: str | Path | None) -> pa.Schema:
    """Return the columns of an output, with points where its format needs geometries."""
    import pyarrow as pa

    text, day, number = pa.string(), pa.date32(), pa.float64()
    kinds = dict.fromkeys(("first_day", "last_day"), day)
    kinds |= dict.fromkeys(("latitude", "longitude", "radius_m"), number)
    fields = [pa.field(name, text) for name in ("id", "change", "edited")]
    fields.append(pa.field("edits", text, metadata={JSON_TEXT: b"1"}))
    fields += [pa.field(name, text) for name in ("answer", "causes", "why")]
    fields.append(pa.field("moved_m", pa.int64()))
    for name in _PAIRED:
        kind = kinds.get(name, text)
        fields += [pa.field(f"{name}_old", kind), pa.field(f"{name}_new", kind)]
    schema = pa.schema(fields)
    if output is not None and needs_geometry(output, schema):
        wkb = {b"ARROW:extension:name": b"geoarrow.wkb"}
        schema = schema.append(pa.field("geometry", pa.binary(), metadata=wkb))
    return schema


class DifferingRows:
    """Makes the rows of an output."""

    def __init__(self, pair: Pair, causes: Causes, schema: pa.Schema) -> None:
        self.pair, self.causes, self.schema = pair, causes, schema

    def rows(
        self, o: Rows, n: Rows, edits: Edits, changed: Mapping[str, Mask], tally: Counter[str]
    ) -> Iterator[pa.RecordBatch]:
        """Yield the new rows `n` that differ from the old ones `o`, in their order.

        `edits` and `changed` are about those that have an old one; causes are added to `tally`.
        """
        both = np.flatnonzero(o >= 0)
        any_changed = np.logical_or.reduce(list(changed.values()))
        shown = o < 0
        shown[both] = edits.edited | any_changed
        picked = np.flatnonzero(shown)
        if not picked.size:
            return
        rows = np.flatnonzero(any_changed)
        why: dict[int, Why] = {}
        for i, found in zip(rows, self.causes.find(o[both[rows]], n[both[rows]]), strict=True):
            why[int(both[i])] = found
            tally.update(found.parts)
        cells: dict[int, dict[str, list[str]]] = {}
        for name, at, old, new in edits.cells:
            for i, a, b in zip(both[at].tolist(), old, new, strict=True):
                cells.setdefault(i, {})[name] = [a, b]
        answer = np.full(len(n), "", dtype=object)
        for k in rows.tolist():
            answer[both[k]] = ";".join(name for name in ASKED if changed[name][k])
        known = picked.tolist()
        change = ["new" if o[i] < 0 else "edited" if i in cells else "unedited" for i in known]
        texts = [json.dumps(cells[i], ensure_ascii=False) if i in cells else None for i in known]
        yield self._batch(
            o[picked],
            n[picked],
            change=change,
            edited=[";".join(cells.get(i, ())) for i in known],
            edits=texts,
            answer=answer[picked].tolist(),
            causes=[why.get(i, Why()).code for i in known],
            why=[why.get(i, Why()).sentence for i in known],
        )

    def gone(self, o: Rows) -> pa.RecordBatch:
        """Return rows that are no longer there."""
        empty = dict.fromkeys(("edited", "answer", "causes", "why"), [""] * len(o))
        change, edits = ["gone"] * len(o), [None] * len(o)
        return self._batch(o, np.full(len(o), -1), change=change, edits=edits, **empty)

    def _batch(self, o: Rows, n: Rows, **said: list[Any]) -> pa.RecordBatch:
        import pyarrow as pa
        import pyarrow.compute as pc

        old, new = self.pair.old, self.pair.new
        columns: dict[str, Any] = {"id": pc.coalesce(_at(new.ids, n), _at(old.ids, o)), **said}
        columns["moved_m"] = self._moved(o, n)
        for name in _PAIRED:
            columns[f"{name}_old"] = self._facts(old, name, o)
            columns[f"{name}_new"] = self._facts(new, name, n)
        if "geometry" in self.schema.names:
            x, y = (
                np.where(
                    n >= 0,
                    _padded(getattr(new.incidents, name), n),
                    _padded(getattr(old.incidents, name), o),
                )
                for name in ("longitude", "latitude")
            )
            columns["geometry"] = points(x, y)
        arrays = [
            column if isinstance(column, pa.Array) else pa.array(column, field.type)
            for field, column in zip(
                self.schema, (columns[name] for name in self.schema.names), strict=True
            )
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _moved(self, o: Rows, n: Rows) -> pa.Array:
        import pyarrow as pa

        metres = np.full(len(o), np.nan)
        rows = np.flatnonzero((o >= 0) & (n >= 0))
        incidents = self.pair.old.incidents, self.pair.new.incidents
        metres[rows] = metres_moved(*incidents, o[rows], n[rows])
        metres = np.round(metres)
        still = np.isnan(metres) | (metres == 0)
        return pa.array(np.where(still, 0, metres).astype(np.int64), mask=still)

    def _facts(self, release: Release, name: str, rows: Rows) -> pa.Array:
        import pyarrow as pa

        if name in release.answers:
            texts = np.array(self.pair.codes.texts, dtype=object)
            numbers = _padded(release.answers[name], rows, 0).astype(np.intp)
            return pa.array(texts[numbers], pa.string())
        if name in ("first_day", "last_day"):
            numbers = _padded(getattr(release.incidents, name.removesuffix("_day")), rows, NO_DAY)
            missing = numbers == NO_DAY
            days = np.where(missing, 0, numbers).astype(np.int32)
            return pa.array(days, mask=missing).view(pa.date32())
        numbers = _padded(getattr(release.incidents, name), rows)
        return pa.array(numbers, pa.float64(), from_pandas=True)


def _at(ids: pa.Array, rows: Rows) -> pa.Array:
    import pyarrow as pa

    if not len(ids):
        return pa.nulls(len(rows), pa.string())
    return ids.take(pa.array(np.where(rows < 0, 0, rows), mask=rows < 0))


def _padded(values: Any, rows: Rows, missing: Any = np.nan) -> Any:
    """Return the values at some rows, `missing` at -1."""
    if not len(values):
        return np.full(len(rows), missing)
    return np.where(rows < 0, missing, values[np.clip(rows, 0, None)])


# -- records of an atlas --------------------------------------------------------------------


def write_records(changes: Sequence[RecordChange], output: str | Path) -> int:
    """Write the records of an atlas that differ, one a row, in the format of the suffix.

    Raises InputError for a suffix that is not written, and for formats of geometries.
    """
    import pyarrow as pa

    text = pa.string()
    schema = pa.schema(
        [
            *(pa.field(name, text) for name in ("kind", "id", "change", "edited")),
            pa.field("edits", text, metadata={JSON_TEXT: b"1"}),
            pa.field("area_km2_old", pa.float64()),
            pa.field("area_km2_new", pa.float64()),
            pa.field("overlap", pa.float64()),
        ]
    )
    if needs_geometry(output, schema):
        raise InputError(
            f"expected a table for records of an atlas, found {str(output)!r}, a format of "
            "geometries; write .csv, .xlsx, .json or .parquet."
        )
    rows = [
        {
            "kind": one.kind,
            "id": one.id,
            "change": one.change,
            "edited": ";".join(one.edits),
            "edits": json.dumps(one.edits, ensure_ascii=False, default=str) if one.edits else None,
            "area_km2_old": one.areas[0],
            "area_km2_new": one.areas[1],
            "overlap": one.overlap,
        }
        for one in changes
    ]
    batch = pa.RecordBatch.from_pylist(rows, schema=schema)
    written, _ = write_table(output, schema, [batch], guard_formulas=True)
    return written
