"""JSON, JSON Lines and GeoJSON: records as rows, every value written back as it was."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from geodata.errors import InputError
from geodata.formats.encodings import Text, as_utf8
from geodata.formats.separators import LONGEST_LINE
from geodata.formats.spool import Local
from geodata.formats.table import HEADER, JSON_TEXT, Job, Table, field_of, geometry_column, unique
from geodata.formats.values import in_json, plain_values, told_batches
from geodata.text.repairs import quote

if TYPE_CHECKING:
    import pyarrow as pa


Record = dict[str, Any]

_GEOMETRY = "geometry"


class _Repeated(ValueError):  # noqa: N818  (told as an InputError)
    """An object that has one key twice."""


def read_json(local: Local, *, encoding: str | None = None) -> Table:
    """Return an array of objects, objects one a line, or GeoJSON features as a table.

    A column of one kind keeps it; mixed and nested values are kept as JSON text (`JSON_TEXT`).
    A missing key is null; where some are missing and others null, the column is JSON text, too.
    Features give their properties, their `id` and their geometry (WKB, last column).

    Raises
    ------
    InputError
        The text is no JSON, names a key twice, or holds no list of objects; several lists: which.
    """
    text = as_utf8(local, encoding=encoding)
    lines = _is_lines(text, local.name)
    features = False
    crs: str | None = None
    held: list[Record] | None = None
    if not lines:
        held, features, crs = _whole(text, local.name)
    else:
        first = next(iter(_lines(text, local.name)), None)
        features = first is not None and first.get("type") == "Feature"
        crs = "OGC:CRS84" if features else None

    def records() -> Iterator[Record]:
        found = _lines(text, local.name) if held is None else iter(held)
        return _flat(found, local.name) if features else found

    survey = _Survey(local.name)
    for record in records():
        survey.see(record)
    names, renamed = unique(list(survey.kinds) or ([_GEOMETRY] if features else []))
    schema = survey.schema(names)
    if features:
        schema = _with_geometry(schema)

    def scan(size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        for chunk in _chunks(records(), size):
            batch = _batch(schema, survey, chunk, features)
            yield batch if columns is None else batch.select(list(columns))

    return Table(
        "geojson" if features else "jsonl" if lines else "json",
        schema,
        scan,
        rows=survey.rows,
        findings=(*text.findings, *renamed),
        geometry=schema.names[-1] if features else None,
        crs=crs,
        keep=text.keep,
    )


def _fault(name: str, error: Exception) -> NoReturn:
    if isinstance(error, _Repeated):
        raise InputError(
            f"{name}: expected each key once, found {error}; rename or remove one."
        ) from error
    where = ""
    if isinstance(error, json.JSONDecodeError):
        where = f" at line {error.lineno}, column {error.colno}"
    what = error.msg if isinstance(error, json.JSONDecodeError) else str(error)[:120]
    if isinstance(error, RecursionError):
        what = "brackets nested too deep"
    raise InputError(
        f"{name}: expected JSON, found a fault ({what}){where}; mend the file."
    ) from error


def _object(pairs: list[tuple[str, Any]]) -> Record:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _Repeated(f"{quote(twice)} twice in one object")
    return found


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number in JSON")


def _decode(text: str) -> Any:
    return json.loads(
        text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_number
    )


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is beyond every number")
    return value


def _is_lines(text: Text, name: str) -> bool:
    """Tell whether the first line is a whole object that is not the whole file."""
    with text.path.open(encoding="utf-8-sig") as file:
        line = ""
        while not line.strip():
            line = file.readline(LONGEST_LINE)
            if not line:
                raise InputError(f"{name}: expected records, found only blank lines.")
        rest = file.readline(LONGEST_LINE)
        while rest and not rest.strip():
            rest = file.readline(LONGEST_LINE)
    if not line.lstrip().startswith("{"):
        return False
    try:
        first = _decode(line)
    except (ValueError, RecursionError):
        return False
    if rest:
        return True
    # One line only: a record of its own, unless it holds the records.
    return not any(isinstance(value, list) and _objects(value) for value in first.values())


def _objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _lines(text: Text, name: str) -> Iterator[Record]:
    with text.path.open(encoding="utf-8-sig", newline="\n") as file:
        number = 0
        while True:
            try:
                line = file.readline(LONGEST_LINE)
            except UnicodeDecodeError as error:
                _fault(name, error)
            if not line:
                return
            number += 1
            if not line.strip():
                continue
            try:
                record = _decode(line)
            except (ValueError, RecursionError) as error:
                _fault(f"{name}, line {number}", error)
            if not isinstance(record, dict):
                raise InputError(
                    f"{name}, line {number}: expected an object, found {quote(line.strip())}; "
                    "write one object a line."
                )
            yield record


def _whole(text: Text, name: str) -> tuple[list[Record], bool, str | None]:
    """Return the records of one JSON text, whether they are features, and their CRS."""
    try:
        found = _decode(text.path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        _fault(name, error)
    if isinstance(found, dict):
        if found.get("type") == "FeatureCollection" and isinstance(found.get("features"), list):
            return _checked(found["features"], name), True, _old_crs(found, name)
        if found.get("type") == "Feature":
            return [found], True, "OGC:CRS84"
        lists = [key for key, value in found.items() if _objects(value)]
        if len(lists) != 1:
            raise InputError(
                f"{name}: expected one list of objects, found "
                f"{', '.join(map(quote, lists)) or 'none'} among "
                f"{', '.join(map(quote, list(found)[:12]))}; write the records as one array."
            )
        found = found[lists[0]]
    return _checked(found, name), False, None


def _checked(found: Any, name: str) -> list[Record]:
    if not _objects(found):
        what = "something else" if found else "an empty one"
        raise InputError(
            f"{name}: expected an array of objects, found {what}; write each record as an "
            "object with the names of its values."
        )
    records: list[Record] = found
    return records


def _old_crs(found: Record, name: str) -> str:
    """Return the CRS of a collection: WGS 84, or what the older standard let it state."""
    crs = found.get("crs")
    if crs is None:
        return "OGC:CRS84"
    stated = crs.get("properties", {}).get("name") if isinstance(crs, dict) else None
    if not isinstance(stated, str):
        raise InputError(
            f"{name}: expected a named CRS, found {quote(crs)}; take the member out if the "
            "positions are longitude and latitude."
        )
    return stated


def _flat(features: Iterable[Record], name: str) -> Iterator[Record]:
    for number, feature in enumerate(features, start=1):
        properties = feature.get("properties") or {}
        if feature.get("type") != "Feature" or not isinstance(properties, dict):
            raise InputError(
                f"{name}: feature {number}: expected a GeoJSON feature, found "
                f"{quote(feature.get('type'))}; mend it."
            )
        record = dict(properties)
        if "id" in feature and "id" not in record:
            record = {"id": feature["id"], **record}
        record[_KEY] = feature.get("geometry")
        yield record


_KEY = "\0geometry"


class _Survey:
    """The keys of all records, and of what kind their values are."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kinds: dict[str, set[str]] = {}
        self.counts: dict[str, int] = {}
        self.rows = 0

    def see(self, record: Record) -> None:
        self.rows += 1
        for key, value in record.items():
            if key == _KEY:
                continue
            self.kinds.setdefault(key, set()).add(_kind(value))
            self.counts[key] = self.counts.get(key, 0) + 1

    def kind(self, key: str) -> str:
        kinds = set(self.kinds[key])
        missing = self.counts[key] < self.rows
        if "null" in kinds and missing:
            return "json"
        kinds.discard("null")
        if not kinds:
            return "text"
        return kinds.pop() if len(kinds) == 1 else "json"

    def schema(self, names: Sequence[str]) -> pa.Schema:
        import pyarrow as pa

        types = {
            "text": pa.string(),
            "whole": pa.int64(),
            "number": pa.float64(),
            "truth": pa.bool_(),
            "json": pa.string(),
        }
        fields = []
        for name, key in zip(names, self.kinds, strict=False):
            kind = self.kind(key)
            field = field_of(name, key, types[kind])
            extra = {JSON_TEXT: b"1"} if kind == "json" else {}
            if self.counts[key] < self.rows:
                extra[b"dezone.missing"] = b"1"
            fields.append(field.with_metadata({**(field.metadata or {}), **extra} or None))
        return pa.schema(fields)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int):
        return "whole" if -(2**63) <= value < 2**63 else "json"
    if isinstance(value, float):
        return "number"
    return "text" if isinstance(value, str) and _encodable(value) else "json"


def _encodable(text: str) -> bool:
    """Tell whether a text has no half of a surrogate pair, which UTF-8 cannot hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _with_geometry(schema: pa.Schema) -> pa.Schema:
    import pyarrow as pa

    name = _GEOMETRY
    while name in schema.names:
        name += "_"
    wkb = {b"ARROW:extension:name": b"geoarrow.wkb"}
    return schema.append(pa.field(name, pa.binary(), metadata=wkb))


def _chunks(records: Iterator[Record], size: int) -> Iterator[list[Record]]:
    held: list[Record] = []
    for record in records:
        held.append(record)
        if len(held) == size:
            yield held
            held = []
    if held:
        yield held


_ABSENT = object()


def _batch(
    schema: pa.Schema, survey: _Survey, records: list[Record], features: bool
) -> pa.RecordBatch:
    import pyarrow as pa

    arrays = []
    for key, field in zip(survey.kinds, schema, strict=False):
        cells = [record.get(key, _ABSENT) for record in records]
        if (field.metadata or {}).get(JSON_TEXT):
            cells = [None if c is _ABSENT else json.dumps(c) for c in cells]
        else:
            cells = [None if c is _ABSENT else c for c in cells]
        arrays.append(pa.array(cells, field.type))
    if features:
        arrays.append(
            pa.array([_wkb(record[_KEY], survey.name) for record in records], pa.binary())
        )
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _wkb(geometry: Any, name: str) -> bytes | None:
    import shapely

    if geometry is None:
        return None
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
        return bytes(shapely.to_wkb(shape))
    except (shapely.errors.GEOSException, ValueError, TypeError) as error:
        raise InputError(
            f"{name}: expected a GeoJSON geometry, found {quote(json.dumps(geometry))}; mend it."
        ) from error


# -- writing -------------------------------------------------------------------------------------


def write_json(job: Job, out: Any) -> None:
    """Write an array (.json), records one a line (.jsonl), or features (.geojson).

    Positions of GeoJSON are longitude and latitude: a geometry in another CRS is converted. A key
    that a record of the source did not have, it does not get.
    """
    geometry = geometry_column(job.schema)
    features = job.suffix == ".geojson"
    array = job.suffix in (".json", ".geojson")
    turn = _to_degrees(job) if geometry is not None else None
    names, raw, missing = [], set(), set()
    for field in job.schema:
        metadata = field.metadata or {}
        name = metadata.get(HEADER, field.name.encode()).decode()
        names.append(field.name if name in names else name)
        if metadata.get(JSON_TEXT):
            raw.add(len(names) - 1)
        if metadata.get(b"dezone.missing"):
            missing.add(len(names) - 1)
    shape = None if geometry is None else job.schema.get_field_index(geometry)
    if array:
        head = '{"type": "FeatureCollection", "features": [' if features else "["
        out.write(f"{head}\n".encode())
    first = True
    for batch in told_batches(job, "JSON"):
        lines = []
        for row in zip(*map(plain_values, batch.columns), strict=True):
            cells = []
            place = "null"
            for i, (name, value) in enumerate(zip(names, row, strict=True)):
                if i == shape:
                    place = turn(value) if turn is not None else "null"
                    if features:
                        continue
                    text = place
                elif value is None:
                    if i in missing:
                        continue
                    text = "null"
                else:
                    text = value if i in raw else in_json(value)
                cells.append(f"{json.dumps(name, ensure_ascii=False)}: {text}")
            record = "{" + ", ".join(cells) + "}"
            if features:
                record = f'{{"type": "Feature", "geometry": {place}, "properties": {record}}}'
            lines.append(record)
        if lines:
            if array:
                text = ("" if first else ",\n") + ",\n".join(lines)
            else:
                text = "".join(f"{line}\n" for line in lines)
            out.write(text.encode())
            first = False
    if array:
        out.write(b"\n]}\n" if features else b"\n]\n")


def _to_degrees(job: Job) -> Any:
    """Return a function from WKB to the text of a GeoJSON geometry in WGS 84."""
    import shapely

    from geodata.crs import shapes_to_degrees

    crs = job.crs()

    def text(wkb: bytes | None) -> str:
        if wkb is None:
            return "null"
        return str(shapely.to_geojson(shapes_to_degrees(shapely.from_wkb(wkb), crs)))

    return text
