"""Values inside objects of JSON, named by their path: ``location.lat``, ``_geolocation.0``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from geodata.formats.table import JSON_TEXT, Table

if TYPE_CHECKING:
    import pyarrow as pa

_SAMPLE = 50  # rows in which paths are looked for
_MOST_PATHS = 500
_DEEPEST = 4
_LONGEST_LIST = 4  # of values by number: a pair of coordinates, not a list of events


class Inside(NamedTuple):
    """What the objects of a table hold: paths to values, lists of objects, points of GeoJSON.

    `lists` are columns of lists of objects, each with the paths in these.
    """

    paths: tuple[str, ...] = ()
    lists: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    points: tuple[str, ...] = ()


def paths_in(table: Table) -> Inside:
    """Return what there is inside the objects of a table's first rows.

    `points` are columns and paths that hold nothing but points of GeoJSON. Of columns of Arrow's
    own lists of structs only `lists` are told.
    """
    typed = {f.name: keys for f in table.schema if (keys := tuple(_keys_of_list(f.type)))}
    known = set(table.schema.names)
    nested = [field.name for field in table.schema if (field.metadata or {}).get(JSON_TEXT)]
    first = next(iter(table.scan(_SAMPLE, nested)), None) if nested else None
    found: dict[str, None] = {}
    lists: dict[str, dict[str, None]] = {}
    points: dict[str, bool] = {}
    if first is None:
        return Inside(lists=typed)
    for name in nested:
        for cell in first.column(name).to_pylist():
            if cell is None or cell == "null":
                continue
            value = json.loads(cell)
            for one in value if isinstance(value, list) else ():
                if isinstance(one, dict):
                    inner = (path for key in one for path, _ in _leaves(key, one[key], 1))
                    lists.setdefault(name, {}).update(dict.fromkeys(inner))
            for path, leaf in _leaves(name, value, 0):
                if leaf is not None:
                    points[path] = points.get(path, True) and isinstance(leaf, dict)
                if path not in known:
                    found[path] = None
    return Inside(
        tuple(list(found)[:_MOST_PATHS]),
        {name: tuple(keys) for name, keys in lists.items()},
        tuple(path for path, only in points.items() if only),
    )


def _keys_of_list(kind: pa.DataType) -> Iterator[str]:
    """Yield the paths in the structs that a type is a list of; nothing of other types."""
    import pyarrow as pa

    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _keys(kind.value_type)


def _keys(kind: pa.DataType) -> Iterator[str]:
    import pyarrow as pa

    for field in kind if pa.types.is_struct(kind) else ():
        yield from (f"{field.name}.{key}" for key in _keys(field.type))
        yield field.name


def _leaves(path: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield the paths to single values, and to points of GeoJSON, with these."""
    is_point = isinstance(value, dict) and value.get("type") == "Point"
    if isinstance(value, dict) and depth < _DEEPEST and not is_point:
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}", inner, depth + 1)
    elif isinstance(value, list) and 0 < len(value) <= _LONGEST_LIST:
        for i, inner in enumerate(value):
            if not isinstance(inner, dict | list):
                yield f"{path}.{i}", inner
    elif is_point or not isinstance(value, dict | list):
        yield path, value


def bases_of(names: Sequence[str], schema: pa.Schema) -> list[str]:
    """Return the columns that hold some names: a column itself, or that which a path begins at."""
    known = set(schema.names)  # which pyarrow lists anew each time
    return list(dict.fromkeys(_base(name, known) for name in names))


def _base(name: str, known: set[str]) -> str:
    base = name
    while base not in known and "." in base:
        base = base.rpartition(".")[0]
    return base if base in known else name


def resolved(batch: pa.RecordBatch, names: Sequence[str]) -> pa.RecordBatch:
    """Return the columns of a batch with these names; of a path the values that it leads to."""
    import pyarrow as pa

    known = set(batch.schema.names)
    if known.issuperset(names):
        return batch.select(list(names))
    columns, fields = [], []
    parsed: dict[str, list[Any]] = {}  # once, however many paths lead into it
    for name in names:
        base = _base(name, known)
        column, field = batch.column(base), batch.schema.field(base)
        if base != name:
            steps = name[len(base) + 1 :].split(".")
            if base not in parsed:
                parsed[base] = [None if c is None else json.loads(c) for c in column.to_pylist()]
            values = [_at(value, steps) for value in parsed[base]]
            column, field = pa.array(values, pa.string()), pa.field(name, pa.string())
        columns.append(column)
        fields.append(field)
    schema = pa.schema(fields, metadata=batch.schema.metadata)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _at(value: Any, steps: Sequence[str]) -> str | None:
    for step in steps:
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value if value is None or isinstance(value, str) else json.dumps(value)
