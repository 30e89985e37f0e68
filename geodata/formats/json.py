"""JSON, JSON Lines and GeoJSON: records as rows, every value written back as it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from geodata.errors import InputError
from geodata.findings import Finding
from geodata.formats.encodings import Text, as_utf8, not_utf8
from geodata.formats.json_text import DECODER, Record, Stream, fault, refuse_keyed
from geodata.formats.separators import LONGEST_LINE
from geodata.formats.spool import Local
from geodata.formats.table import (
    HEADER,
    JSON_TEXT,
    MOST_COLUMNS,
    Job,
    Scan,
    Table,
    field_of,
    geometry_column,
    is_sparse,
    unique,
)
from geodata.formats.values import batches_for, in_json, plain_values
from geodata.text.repairs import quote

if TYPE_CHECKING:
    import pyarrow as pa


_GEOMETRY = "geometry"


def read_json(
    local: Local,
    *,
    encoding: str | None = None,
    list_name: str | None = None,
    rows: Sequence[str] = (),
) -> Table:
    """Return an array of objects, objects one a line, or GeoJSON features as a table.

    A column of one kind keeps it; mixed and nested values are kept as JSON text (`JSON_TEXT`).
    A missing key is null; where some are missing and others null, the column is JSON text, too.
    Features give their properties, their `id` and their geometry (WKB, last column).

    Parameters
    ----------
    local, encoding
        The file, and the encoding that is stated of it.
    list_name
        Which list of an object with several holds the records.
    rows
        Keys of lists in each record: each of their items, with all else of its record, is a row.

    Raises
    ------
    InputError
        The text is no JSON, names a key twice, or holds no list of objects; several lists: which.
    """
    text = as_utf8(local, encoding=encoding)
    held = _held(text, local.name, list_name, rows)
    if held is None:
        return _read_lines(local, text, rows)
    schema, batches = held.whole()

    def scan(size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            chosen = batch if columns is None else batch.select(list(columns))
            for start in range(0, batch.num_rows, size):
                yield chosen.slice(start, size)

    return _table(text, "json", schema, scan, held.survey, held.crs)


def _read_lines(local: Local, text: Text, rows: Sequence[str]) -> Table:
    first = next(_lines(text, local.name), None)
    features = first is not None and first.get("type") == "Feature"

    def records() -> Iterator[Record]:
        found = _lines(text, local.name)
        return _flat(found, local.name) if features else _itemised(found, rows)

    survey = _Survey(local.name, features)
    for chunk in _chunks(records(), _AT_ONCE):
        survey.see(chunk)
    schema = survey.schema()

    def scan(size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        for chunk in _chunks(records(), size):
            batch = _batch(schema, survey, chunk)
            yield batch if columns is None else batch.select(list(columns))

    return _table(text, "jsonl", schema, scan, survey, "OGC:CRS84" if features else None)


def _table(
    text: Text, format: str, schema: pa.Schema, scan: Scan, survey: _Survey, crs: str | None
) -> Table:
    if not schema.names:
        unique([])  # which is an error
    return Table(
        "geojson" if survey.features else format,
        schema,
        scan,
        rows=survey.rows,
        findings=(*text.findings, *survey.renamed),
        geometry=schema.names[-1] if survey.features else None,
        crs=crs,
        keep=text.keep,
    )


def _lines(text: Text, name: str) -> Iterator[Record]:
    with text.path.open(encoding="utf-8-sig", newline="\n") as file:
        number = 0
        while True:
            try:
                line = file.readline(LONGEST_LINE)
            except UnicodeDecodeError as error:
                raise not_utf8(text.path, name) from error
            if not line:
                return
            number += 1
            if not line.strip():
                continue
            try:
                record = DECODER.decode(line)
            except (ValueError, RecursionError) as error:
                where = f" at line 1, column {error.colno}" if hasattr(error, "colno") else ""
                raise fault(f"{name}, line {number}", error, where) from error
            if not isinstance(record, dict):
                raise InputError(
                    f"{name}, line {number}: expected an object, found {quote(line.strip())}; "
                    "write one object a line."
                )
            yield record


# -- one text that holds all records -----------------------------------------------------------


class _Held:
    """Records that were read, as columns: in chunks, each with what it alone shows of them."""

    def __init__(self, name: str, features: bool) -> None:
        self.survey = _Survey(name, features)
        self.crs = "OGC:CRS84" if features else None
        self._chunks: list[tuple[pa.RecordBatch, _Survey]] = []

    def add(self, records: Iterable[Record]) -> None:
        """Take in some records."""
        survey = self.survey
        found = list(_flat(records, survey.name, survey.rows) if survey.features else records)
        own = _Survey(survey.name, survey.features)
        own.see(found)
        survey.join(own)
        self._chunks.append((_batch(own.schema(), own, found), own))

    def whole(self) -> tuple[pa.Schema, list[pa.RecordBatch]]:
        """Return the columns of all records."""
        schema = self.survey.schema()
        return schema, [_widened(*chunk, schema, self.survey) for chunk in self._chunks]


def _widened(
    batch: pa.RecordBatch, own: _Survey, schema: pa.Schema, survey: _Survey
) -> pa.RecordBatch:
    """Return a chunk with the columns, and the kinds of columns, of all records."""
    import pyarrow as pa

    columns = dict(zip(own.kinds, batch.columns, strict=False))
    arrays = []
    for key, field in zip(survey.kinds, schema, strict=False):
        array, kind = columns.get(key), survey.kind(key)
        if array is None or (own.kind(key) != kind and kind != "json"):
            array = pa.nulls(batch.num_rows, field.type)  # no value of it in this chunk
        elif own.kind(key) != kind:
            none = "null" if own.counts[key] == own.rows else None
            cells = [none if c is None else json.dumps(c) for c in array.to_pylist()]
            array = pa.array(cells, pa.string())
        arrays.append(array)
    if survey.features:
        arrays.append(batch.columns[-1])
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _held(
    text: Text, name: str, wanted: str | None, rows: Sequence[str], *, collection: bool = False
) -> _Held | None:
    """Return the records of a text that is one value; None where there is a record a line.

    `collection` tells what may come to be known only behind the features: that it is one.
    """
    with text.path.open(encoding="utf-8-sig") as file:
        stream = Stream(file, text.path, name)
        first, line = stream.next(), stream.line()
        if not first:
            raise InputError(f"{name}: expected records, found only blank lines.")
        if first != "{":
            found = _gather(_itemised(stream.items(), rows), name) if first == "[" else None
            if found is None and first != "[":
                stream.value()
            stream.end()
            return _checked(found, name)
        members: Record = {}
        lists: dict[str, _Held | None] = {}
        for key in stream.members():
            if stream.next() == "[":
                known = collection or members.get("type") == "FeatureCollection"
                features = known and key == "features"
                items = stream.items() if features else _itemised(stream.items(), rows)
                lists[key] = _gather(items, name, features=features)
                members[key] = []
            else:
                members[key] = stream.value()
        one_line = stream.line() == line  # before the line's end is passed over
        if stream.next():
            return None
    refuse_keyed(members, lists, name)
    if members.get("type") == "FeatureCollection" and "features" in lists:
        if not collection and (found := lists["features"]) and not found.survey.features:
            return _held(text, name, wanted, rows, collection=True)
        found = _checked(lists["features"], name)
        found.crs = _old_crs(members, name)
        return found
    records = [key for key, found in lists.items() if found is not None and found.survey.rows]
    if one_line and not records:
        return None
    if members.get("type") == "Feature":
        feature = _Held(name, features=True)
        feature.add([members])
        return feature
    if wanted is not None:
        records = [wanted] if wanted in records else []
    if len(records) != 1:
        do = "name one (--layer)" if records else "write the records as one array"
        raise InputError(
            f"{name}: expected one list of objects, found "
            f"{', '.join(map(quote, records)) or 'none'} among "
            f"{', '.join(map(quote, list(members)[:12]))}; {do}."
        )
    return lists[records[0]]


def _itemised(records: Iterable[Any], rows: Sequence[str]) -> Iterator[Any]:
    """Yield records, each as often as there are items in its lists `rows`, with one in its place.

    An empty or missing list leaves the record, with nothing there.
    """
    for record in records:
        found = [record]
        for key in rows:
            if isinstance(record, dict):
                items = record.get(key) or [None]
                items = items if isinstance(items, list) else [items]
                found = [{**one, key: item} for one in found for item in items]
        yield from found


_AT_ONCE = 1 << 14  # records


def _gather(items: Iterable[Any], name: str, *, features: bool = False) -> _Held | None:
    """Return the records of a list; None where something in it is no object."""
    held: _Held | None = _Held(name, features)
    chunk: list[Record] = []
    titles: list[str] | None = None
    for item in items:
        if (
            isinstance(item, list)
            and not features
            and held is not None
            and (titles or not (chunk or held.survey.rows))
        ):
            if titles is None and any(isinstance(cell, dict | list | float | int) for cell in item):
                held = None
                continue
            if titles is None:
                titles = unique([cell if isinstance(cell, str) else "" for cell in item])[0]
                continue
            # Rows of cells below a row of names, as the HXL Proxy writes them.
            item = dict(zip(titles, item, strict=False)) if len(item) <= len(titles) else None
        if not isinstance(item, dict):
            held = None
        if held is None:
            continue  # to the end of the list
        chunk.append(item)
        if len(chunk) == _AT_ONCE:
            held.add(chunk)
            chunk = []
    if held is not None and chunk:
        held.add(chunk)
    return held


def _checked(held: _Held | None, name: str) -> _Held:
    if held is None or not held.survey.rows:
        what = "something else" if held is None else "an empty one"
        raise InputError(
            f"{name}: expected an array of objects, found {what}; write each record as an "
            "object with the names of its values."
        )
    return held


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


def _flat(features: Iterable[Record], name: str, before: int = 0) -> Iterator[Record]:
    """Yield the properties of features, their id and their geometry, as records."""
    for number, feature in enumerate(features, start=before + 1):
        properties = feature.get("properties") or {}
        if feature.get("type") != "Feature" or not isinstance(properties, dict):
            raise InputError(
                f"{name}: feature {number}: expected a GeoJSON feature, found "
                f"{quote(feature.get('type'))}; mend it."
            )
        record = dict(properties)
        if "id" in feature and record.get("id", _ABSENT) != feature["id"]:
            key = "id" if "id" not in record else "feature_id"
            record = {key: feature["id"], **record}
        record[_KEY] = feature.get("geometry")
        yield record


_KEY = "\0geometry"
_ABSENT = object()


class _Survey:
    """The keys of records, and of what kind their values are."""

    def __init__(self, name: str, features: bool) -> None:
        self.name, self.features = name, features
        self.kinds: dict[str, set[str]] = {}
        self.counts: dict[str, int] = {}
        self.rows = 0
        self.renamed: list[Finding] = []

    def see(self, records: list[Record]) -> None:
        """Take in some records."""
        self.rows += len(records)
        keys = [key for key in dict.fromkeys(chain.from_iterable(records)) if key != _KEY]
        for key in keys:
            if key not in self.kinds:
                self._meet(key)
        self._check_filled(sum(map(len, records)))
        for key in keys:
            cells = [record.get(key, _ABSENT) for record in records]
            self.kinds[key] |= _kinds(cells)
            self.counts[key] += len(cells) - cells.count(_ABSENT)

    def _meet(self, key: str) -> None:
        if not _encodable(key):
            raise InputError(
                f"{self.name}: expected keys of whole characters, found {ascii(key)[:80]}; "
                "rename it."
            )
        self.kinds[key], self.counts[key] = set(), 0
        if len(self.kinds) > MOST_COLUMNS:
            unique(list(self.kinds))  # which is an error

    def _check_filled(self, more: int) -> None:
        """Refuse records that nearly all have other keys: as a table they would fill any memory."""
        cells = self.rows * len(self.kinds)
        filled = sum(self.counts.values()) + more
        if is_sparse(cells, filled):
            raise InputError(
                f"{self.name}: expected records that share their keys, found {len(self.kinds)} "
                f"keys in {self.rows} records, and {filled} values; write what differs as a list."
            )

    def join(self, other: _Survey) -> None:
        """Take in what was seen of further records."""
        self.rows += other.rows
        for key, kinds in other.kinds.items():
            if key not in self.kinds:
                self._meet(key)
            self.kinds[key] |= kinds
            self.counts[key] += other.counts[key]
        self._check_filled(0)

    def kind(self, key: str) -> str:
        """Return of what kind a column is."""
        kinds = set(self.kinds[key])
        missing = self.counts[key] < self.rows
        if "null" in kinds and missing:
            return "json"
        kinds.discard("null")
        if not kinds:
            return "text"
        return kinds.pop() if len(kinds) == 1 else "json"

    def schema(self) -> pa.Schema:
        """Return the columns of the records; of features the geometry is the last."""
        import pyarrow as pa

        types = {
            "text": pa.string(),
            "whole": pa.int64(),
            "number": pa.float64(),
            "truth": pa.bool_(),
            "json": pa.string(),
        }
        keys = list(self.kinds)
        names, self.renamed = unique(keys) if keys else ([], [])
        fields = []
        for name, key in zip(names, keys, strict=True):
            kind = self.kind(key)
            field = field_of(name, key, types[kind])
            extra = {JSON_TEXT: b"1"} if kind == "json" else {}
            if self.counts[key] < self.rows:
                extra[b"dezone.missing"] = b"1"
            fields.append(field.with_metadata({**(field.metadata or {}), **extra} or None))
        schema = pa.schema(fields)
        return _with_geometry(schema) if self.features else schema


_KINDS = {type(None): "null", bool: "truth", int: "whole", float: "number", str: "text"}


def _kinds(cells: list[Any]) -> set[str]:
    """Return of what kinds some values are."""
    types = set(map(type, cells)) - {object}
    kinds = {_KINDS.get(one, "json") for one in types}
    if int in types:
        whole = [cell for cell in cells if type(cell) is int]
        if min(whole) < -(2**63) or max(whole) >= 2**63:
            kinds.add("json")
    if str in types and not _encodable("".join(c for c in cells if type(c) is str)):
        kinds.add("json")
    return kinds


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


def _batch(schema: pa.Schema, survey: _Survey, records: list[Record]) -> pa.RecordBatch:
    import pyarrow as pa

    arrays = []
    for key, field in zip(survey.kinds, schema, strict=False):
        cells = [record.get(key, _ABSENT) for record in records]
        if (field.metadata or {}).get(JSON_TEXT):
            cells = [None if c is _ABSENT else json.dumps(c) for c in cells]
        else:
            cells = [None if c is _ABSENT else c for c in cells]
        arrays.append(pa.array(cells, field.type))
    if survey.features:
        arrays.append(_wkb([record[_KEY] for record in records], survey.name))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _wkb(geometries: list[Any], name: str) -> pa.Array:
    import pyarrow as pa
    import shapely

    texts = [None if geometry is None else json.dumps(geometry) for geometry in geometries]
    try:
        return pa.array(shapely.to_wkb(shapely.from_geojson(texts)), pa.binary())
    except (shapely.errors.GEOSException, ValueError, TypeError):
        if len(texts) > 1:  # which one is it?
            return pa.concat_arrays([_wkb([geometry], name) for geometry in geometries])
        raise InputError(
            f"{name}: expected a GeoJSON geometry, found {quote(texts[0] or '')}; mend it."
        ) from None


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
    for batch in batches_for(job, "JSON"):
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
