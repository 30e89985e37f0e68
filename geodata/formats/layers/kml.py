"""KML, read with a parser that opens nothing, and written so that no text can be markup."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from geodata.crs import shapes_to_degrees
from geodata.errors import InputError
from geodata.findings import Finding, Severity
from geodata.formats.layers.writing import as_text, layer_geometry, unfit
from geodata.formats.spool import Local
from geodata.formats.table import (
    MOST_COLUMNS,
    Broken,
    Job,
    Layer,
    Piece,
    about_file,
    check_filled,
    unique,
)

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, str]

_CONTAINERS = ("kml", "Document", "Folder")
# Children of a placemark, and of its time, by the names that their columns have in GDAL.
_PLAIN = {
    "name": "Name",
    "description": "description",
    "Snippet": "snippet",
    "address": "address",
    "phoneNumber": "phoneNumber",
    "visibility": "visibility",
}
_TIMES = {("TimeStamp", "when"): "timestamp", ("TimeSpan", "begin"): "begin",
          ("TimeSpan", "end"): "end"}  # fmt: skip
_ENDS = ("begin", "end")
_FIRST = ("kml_id", *_PLAIN.values(), *_TIMES.values())
_SHAPES = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "MultiTrack",
           "Model")  # fmt: skip
_ATTRIBUTES = frozenset(("id", "targetId", "name", "uom", "xmlns"))  # what KML knows of
_DEEPEST = 100  # elements in each other
_TOGETHER = 4096  # rows
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_TUPLE = re.compile(f"({_NUMBER}),({_NUMBER})(?:,({_NUMBER}))?")
_KINDS = {
    **dict.fromkeys(("int", "uint", "short", "ushort"), "int64"),
    **dict.fromkeys(("float", "double"), "float64"),
    "bool": "bool",
}


def open_kml(local: Local) -> dict[str, Callable[[], Layer]]:
    """Return the layers of a KML file: one for each document or folder that has placemarks.

    The rows are held in memory. Columns are the elements of placemarks (`Name`, `description`,
    `timestamp`, `begin`, `end`, ...) and their extended data; times stay the text that they are,
    since a month is not its first day. Links to other files are not followed, which is told.

    Raises
    ------
    InputError
        The root is not that of KML, or there is a document type, which can name other files.
    """
    reader = _Reader(local.name)
    broken = ""
    try:
        with local.path.open("rb") as file:
            reader.parser.ParseFile(file)
    except expat.ExpatError as error:
        broken = f"XML that breaks off or is damaged ({error})"
        if not any(one.rows or one.tables for one in reader.layers):
            raise Broken(broken) from error
    except (LookupError, ValueError) as error:  # what expat asks of Python: a codec by its name
        if not isinstance(error, UnicodeError) and "encoding" not in str(error):
            raise
        raise Broken(f"XML in an encoding that is not read ({error})") from error
    findings: tuple[Finding, ...] = ()
    if reader.links:
        why = f"{reader.links} links to other files were not followed"
        findings = (about_file(Severity.WARNING, "network-link", "", why),)

    def opener(name: str, of: _Container) -> Callable[[], Layer]:
        return lambda: _layer(name, of, reader.kinds, broken, findings, reader.moments)

    named = _named(reader.layers, local.path.stem)
    layers = {name: opener(name, of) for name, of in named.items()}
    if len(named) > 1:
        layers[ALL] = lambda: opener("", _together(named))()
    return layers


ALL = ""
"""The layer of all folders of a KML file together."""


def _together(named: dict[str, _Container]) -> _Container:
    """Return the placemarks of all containers, and in a further column in which each was."""
    import pyarrow as pa

    whole = _Container(())
    key = "folder"
    while any(key in one.keys for one in named.values()):
        key += "_"
    for name, one in named.items():
        table = one.table()
        folder = pa.array([name] * len(table), pa.string())
        whole.tables.append(table.append_column(f"={key}", folder))
        whole.keys.update(one.keys)
    whole.keys[key] = None
    return whole


class _Container:
    """A document or a folder, and the placemarks that lie directly in it, as tables of text."""

    def __init__(self, above: tuple[str, ...]) -> None:
        self.above, self.name = above, ""
        self.keys: dict[str, None] = {}
        self.rows: list[Row] = []
        self.shapes: list[bytes | None] = []
        self.tables: list[pa.Table] = []

    def add(self, row: Row, shape: bytes | None) -> None:
        self.keys.update(dict.fromkeys(row))
        self.rows.append(row)
        self.shapes.append(shape)
        if len(self.rows) == _TOGETHER:
            self.store()

    def store(self) -> None:
        """Put the rows away, in a tenth of the room."""
        import pyarrow as pa

        columns = {
            f"={key}": pa.array([row.get(key) for row in self.rows], pa.string())
            for key in self.keys
        }
        lost = [shape is _BAD for shape in self.shapes]
        shapes = [None if shape is _BAD else shape for shape in self.shapes]
        columns["lost"] = pa.array(lost, pa.bool_())
        columns["shape"] = pa.array(shapes, pa.binary())
        self.tables.append(pa.table(columns))
        self.rows, self.shapes = [], []

    def table(self) -> pa.Table:
        import pyarrow as pa

        if self.rows or not self.tables:
            self.store()
        return pa.concat_tables(self.tables, promote_options="default")


def _named(layers: list[_Container], stem: str) -> dict[str, _Container]:
    """Return each container that has rows by a name of its own, longer where names repeat."""
    named: dict[str, _Container] = {}
    for one in layers:
        if not one.rows and not one.tables:
            continue
        name = one.name or stem
        if name in named:
            name = "/".join((*one.above, name))
        count = 2
        while name in named:
            name = f"{one.name or stem} ({count})"
            count += 1
        named[name] = one
    return named


class _Reader:
    """What expat calls for each element; nothing outside of the file is ever opened."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.data
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.layers: list[_Container] = []
        self.kinds: dict[str, str] = {}
        self.moments: tuple[str, ...] = ()
        self.schemas: dict[str, dict[str, None]] = {}
        self.schema = ""
        self.links = self.rows = self.cells = 0
        self.stack: list[str] = []
        self.inside: list[_Container] = []
        self.row: Row | None = None
        self.geometries: list[bytes | None] = []
        self.odd = False
        self.name = ""
        self.text: list[str] = []
        self.shapes: list[_Shape] = []

    def doctype(self, *_: Any) -> None:
        raise self.refused(
            "without a document type, found one, which can name other files; save it without"
        )

    def refused(self, why: str) -> InputError:
        return InputError(f"{self.file}: expected KML {why}.")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if not self.stack and tag != "kml":
            raise self.refused(f"with <kml> around it, found <{tag[:40]}>; save it as CSV")
        if len(self.stack) > _DEEPEST:
            raise self.refused(f"at most {_DEEPEST} elements deep, found more; save it as CSV")
        self.stack.append(tag)
        self.text = []
        if tag == "Placemark":
            if self.row is not None:
                raise self.refused("with one placemark after the other, found one in another")
            self.row = {"kml_id": attributes["id"]} if "id" in attributes else {}
            self.geometries, self.shapes = [], []
            self.odd = not _ATTRIBUTES.issuperset(attributes)
        elif self.row is not None:
            if tag in ("Data", "SimpleData"):
                self.name = attributes.get("name", "")
                # Where there is a schema, it names all that is of a schema.
                self.odd |= tag == "SimpleData" and bool(self.kinds) and self.name not in self.kinds
                self.odd |= not _ATTRIBUTES.issuperset(attributes)
            elif tag == "SchemaData":  # whose columns are there, where no row has a cell too
                named = attributes.get("schemaUrl", "").removeprefix("#")
                self.inside[-1].keys.update(self.schemas.get(named, {}))
            elif tag in _SHAPES:
                self.shapes.append(_Shape(tag))
        elif tag in _CONTAINERS:
            above = tuple(one.name for one in self.inside if one.name)
            self.inside.append(_Container(above))
            self.layers.append(self.inside[-1])
        elif tag == "Schema":
            self.schema = attributes.get("id", attributes.get("name", ""))
        elif tag == "SimpleField" and "name" in attributes:
            kind = attributes.get("type", "string")
            self.schemas.setdefault(self.schema, {})[attributes["name"]] = None
            if self.kinds.setdefault(attributes["name"], kind) != kind:
                self.kinds[attributes["name"]] = "string"
        elif tag == "NetworkLink":
            self.links += 1

    def data(self, text: str) -> None:
        self.text.append(text)

    def end(self, _: str) -> None:
        tag = self.stack.pop()
        text = "".join(self.text)
        parent = self.stack[-1] if self.stack else ""
        if self.row is None:
            if tag in _CONTAINERS:
                self.inside.pop()
            elif tag == "name" and parent in _CONTAINERS and self.inside:
                self.inside[-1].name = text.strip()
        elif tag == "Placemark":
            # Of several geometries, nobody can tell which is meant.
            shapes = [*self.geometries, None] if len(self.geometries) < 2 else [_BAD]
            self.inside[-1].add(self.row, _BAD if self.odd else shapes[0])
            if len(self.inside[-1].keys) > MOST_COLUMNS:
                raise self.refused(f"with at most {MOST_COLUMNS} names of data, found more")
            self.rows, self.cells = self.rows + 1, self.cells + len(self.row)
            check_filled(self.file, self.rows, len(self.inside[-1].keys), self.cells)
            self.row = None
        elif parent == "Placemark" and tag in _PLAIN:
            self.put(_PLAIN[tag], text)
        elif (parent, tag) in _TIMES and self.stack[-2] == "Placemark":
            self.put(_TIMES[parent, tag], text.strip())
            if parent == "TimeStamp":
                self.moments = ("timestamp",)
        elif tag == "SimpleData" or (tag == "value" and parent == "Data"):
            self.put(self.name, text)
        elif parent == "ExtendedData" and tag not in ("Data", "SchemaData"):
            self.put(tag, text)
        elif self.shapes:
            self.shape(tag, parent, text)
        self.text = []

    def put(self, name: str, text: str) -> None:
        if self.row is not None and self.row.setdefault(name, text) != text:
            raise self.refused(
                f"with each name once in a placemark, found {name!r} twice with different values; "
                "name them apart"
            )

    def shape(self, tag: str, parent: str, text: str) -> None:
        current = self.shapes[-1]
        if tag == "coordinates" or (tag == "coord" and current.tag == "Track"):
            current.add(text if tag == "coordinates" else ",".join(text.split()))
        elif parent == "Location" and current.tag == "Model" and tag in ("longitude", "latitude"):
            current.add(text, half=True)
        elif tag == current.tag:
            self.shapes.pop()
            if self.shapes:
                self.shapes[-1].parts.append((current, parent))
            else:
                self.geometries.append(current.wkb())


_BAD = b"?"


class _Shape:
    """A geometry while it is read: its points, or the geometries in it."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.points: list[tuple[float, ...]] = []
        self.half: list[float] = []
        self.parts: list[tuple[_Shape, str]] = []
        self.bad = False

    def add(self, text: str, *, half: bool = False) -> None:
        if half:
            found = re.fullmatch(_NUMBER, text.strip())
            self.half.append(float(found[0]) if found else np.nan)
            self.bad |= found is None
            return
        for one in ",".join(map(str.strip, text.split(","))).split():
            match = _TUPLE.fullmatch(one)
            if match is None:
                self.bad = True
                return
            self.points.append(tuple(float(n) for n in match.groups() if n is not None))

    def wkb(self) -> bytes | None:
        """Return the geometry; None where it is empty, `_BAD` where it cannot be read."""
        import shapely

        if self.tag == "Point" and not self.bad and [*map(len, self.points)] == [2]:
            return struct.pack("<BIdd", 1, 1, *self.points[0])
        try:
            shape = self.geometry()
        except (ValueError, shapely.errors.GEOSException):
            return _BAD
        if shape is None or shape.is_empty:
            return None
        return bytes(shapely.to_wkb(shape, flavor="iso"))

    def geometry(self) -> Any:
        import shapely

        if self.bad:
            raise ValueError("coordinates that are not numbers")
        if self.tag == "Model":
            return shapely.Point(self.half[0], self.half[1]) if len(self.half) == 2 else None
        if self.tag in ("MultiGeometry", "MultiTrack"):
            parts = [part.geometry() for part, _ in self.parts]
            return _gathered([part for part in parts if part is not None])
        if self.tag == "Polygon":
            rings = [(part.line(), where) for part, where in self.parts]
            shells = [ring for ring, where in rings if where == "outerBoundaryIs"]
            holes = [ring for ring, where in rings if where == "innerBoundaryIs"]
            if len(shells) > 1 or len(shells) + len(holes) < len(rings) or (holes and not shells):
                raise ValueError("not one outline")
            return shapely.Polygon(shells[0], holes) if shells else None
        points = self.line()
        if not points:
            return None
        if self.tag == "Point":
            if len(points) > 1:
                raise ValueError("several points for one")
            return shapely.Point(points[0])
        return shapely.LineString(points)

    def line(self) -> list[tuple[float, ...]]:
        """Return the points; the height of one that has none is 0 where others have one."""
        if self.bad:
            raise ValueError("coordinates that are not numbers")
        most = max(map(len, self.points), default=0)
        return [(*point, 0.0)[:most] for point in self.points]


def _gathered(parts: list[Any]) -> Any:
    """Return several geometries as one, of the narrowest kind that holds them."""
    import shapely

    if not parts:
        return None
    kinds = {part.geom_type for part in parts}
    for kind, many in (("Point", shapely.MultiPoint), ("LineString", shapely.MultiLineString),
                       ("Polygon", shapely.MultiPolygon)):  # fmt: skip
        if kinds == {kind}:
            return many(parts)
    return shapely.GeometryCollection(parts)


def _layer(
    name: str,
    of: _Container,
    kinds: dict[str, str],
    broken: str,
    findings: tuple[Finding, ...],
    moments: tuple[str, ...],
) -> Layer:
    import pyarrow as pa

    held = _with_spans(of)
    keys = {**{key: None for key in _FIRST if key in of.keys}, **of.keys}
    names, renamed = unique(list(keys)) if keys else ([], [])
    geometry = "geometry"
    while geometry in names:
        geometry += "_"
    columns = [_typed(held[f"={key}"], kinds.get(key, "string")) for key in keys]
    fields = [pa.field(name, one.type) for name, one in zip(names, columns, strict=True)]
    fields.append(
        pa.field(geometry, pa.binary(), metadata={b"ARROW:extension:name": b"geoarrow.wkb"})
    )
    table = pa.Table.from_arrays([*columns, held["shape"]], schema=pa.schema(fields))
    lost = held["lost"].to_numpy()

    def pieces(size: int, columns: Sequence[str] | None) -> Iterator[Piece]:
        some = table if columns is None else table.select(list(columns))
        at = 0
        for batch in some.to_batches(max_chunksize=size):
            yield batch, lost[at : at + batch.num_rows]
            at += batch.num_rows

    told = (*findings, *renamed)
    own = tuple(one for one in moments if one in of.keys)
    crs = "EPSG:4326"
    return Layer(name, table.schema, geometry, crs, pieces, held.num_rows, broken, told, own)


def _with_spans(of: _Container) -> pa.Table:
    """Return the rows of a container; where some have a span of time, a moment is one, too."""
    import pyarrow as pa
    import pyarrow.compute as pc

    held = of.table()
    if "timestamp" not in of.keys or of.keys.keys().isdisjoint(_ENDS):
        return held
    empty = pa.nulls(len(held), pa.string())
    ends = [held[f"={end}"] if end in of.keys else empty for end in _ENDS]
    none = pc.and_(*map(pc.is_null, ends))
    for end, own in zip(_ENDS, ends, strict=True):
        filled = pc.if_else(none, held["=timestamp"], own)
        if end in of.keys:
            held = held.drop_columns([f"={end}"])
        held = held.append_column(f"={end}", filled)
        of.keys[end] = None
    return held


def _typed(text: pa.ChunkedArray, kind: str) -> pa.ChunkedArray:
    """Return a column in the kind that its schema states, where all its cells are of it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if kind not in _KINDS:
        return text
    bare = pc.utf8_trim_whitespace(text)
    filled = pc.if_else(pc.equal(bare, ""), pa.scalar(None, pa.string()), bare)
    try:
        return filled.cast(pa.type_for_alias(_KINDS[kind]))
    except pa.ArrowInvalid:
        return text


# -- writing ---------------------------------------------------------------------------------

# What XML 1.0 cannot hold, not even escaped (2.2); a carriage return it would turn into a line end.
_FORBIDDEN = r"[\x00-\x08\x0b\x0c\x0e-\x1f]|\x{fffe}|\x{ffff}"
_ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;"))


def write_kml(job: Job, path: Path) -> None:
    """Write KML: a placemark for each row, its columns as data of a schema, in degrees.

    A column `Name` is what maps show of a placemark; every other text is data, so none is taken
    for markup, `description` neither. Numbers have all their digits. The file is read once more
    before it is anybody's.

    Raises
    ------
    InputError
        Characters that XML does not hold; positions that are not on Earth, or cannot be converted
        to longitude and latitude.
    """
    import pyarrow as pa

    geometry = layer_geometry(job)
    crs = job.crs()
    names = [field.name for field in job.schema]
    for name in (*names, path.stem):
        _check_text(pa.array([name]), "a name")
    kinds = [_kind(field.type) for field in job.schema]
    fields = "".join(
        f"<SimpleField name={quoteattr(name)} type={quoteattr(kind)}/>\n"
        for name, kind in zip(names, kinds, strict=True)
        if name not in (geometry, "Name")
    )
    with path.open("wb") as out:
        out.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Schema name="row" id="row">\n'
            f"{fields}</Schema><Folder><name>{escape(path.stem)}</name>\n".encode()
        )
        for batch in job.batches():
            for text in _placemarks(batch, geometry, crs).to_pylist():
                out.write(text.encode())
        out.write(b"</Folder></Document></kml>\n")
    with path.open("rb") as file:
        expat.ParserCreate().ParseFile(file)


def _kind(kind: pa.DataType) -> str:
    """Return the type of a schema's field; KML has no whole numbers of 64 bits."""
    import pyarrow as pa

    if pa.types.is_floating(kind):
        return "double"
    if pa.types.is_boolean(kind):
        return "bool"
    return "int" if pa.types.is_integer(kind) and kind.bit_width < 32 else "string"


def _check_text(text: pa.Array, where: str) -> None:
    import pyarrow.compute as pc

    if pc.any(pc.match_substring_regex(text, _FORBIDDEN)).as_py():
        raise unfit("KML", f"a character that XML does not have in {where}", "GeoPackage")


def _placemarks(batch: pa.RecordBatch, geometry: str, crs: str | None) -> pa.Array:
    """Return each row as text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    nothing = pa.array([""] * batch.num_rows)
    shown, data = nothing, []
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if field.name == geometry:
            continue
        text = as_text(column)
        _check_text(text, f"{field.name!r}")
        for sign, escaped in _ESCAPES:
            text = pc.replace_substring(text, sign, escaped)
        if field.name == "Name":
            shown = pc.fill_null(pc.binary_join_element_wise("<name>", text, "</name>", ""), "")
            continue
        head = f"<SimpleData name={quoteattr(field.name)}>"
        data.append(
            pc.fill_null(pc.binary_join_element_wise(head, text, "</SimpleData>\n", ""), "")
        )
    shapes = _shapes(batch.column(geometry), crs)
    return pc.binary_join_element_wise(
        "<Placemark>",
        shown,
        '<ExtendedData><SchemaData schemaUrl="#row">\n',
        *data,
        "</SchemaData></ExtendedData>",
        shapes,
        "</Placemark>\n",
        "",
    )


def _shapes(column: pa.Array, crs: str | None) -> pa.Array:
    """Return geometries as KML, in longitude and latitude; nothing where there is none."""
    import pyarrow as pa
    import shapely

    shapes = shapely.from_wkb(np.array(column.to_pylist(), dtype=object))
    shapes = shapes_to_degrees(shapes, crs)
    west, south, east, north = shapely.total_bounds(shapes)  # NaN where there is none
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise InputError(
            "expected positions on Earth for KML, which would move others, found coordinates from "
            f"{west:g}, {south:g} to {east:g}, {north:g}; write GeoPackage."
        )
    return pa.array(
        ["" if shape is None or shape.is_empty else kml_geometry(shape) for shape in shapes]
    )


def kml_geometry(shape: Any) -> str:
    """Return a geometry (longitude, latitude) as KML."""
    kind = shape.geom_type
    if kind == "Polygon":
        rings = [("outer", shape.exterior), *(("inner", ring) for ring in shape.interiors)]
        inside = "".join(
            f"<{where}BoundaryIs>{kml_geometry(ring)}</{where}BoundaryIs>" for where, ring in rings
        )
        return f"<Polygon>{inside}</Polygon>"
    if kind.startswith("Multi") or kind == "GeometryCollection":
        return f"<MultiGeometry>{''.join(map(kml_geometry, shape.geoms))}</MultiGeometry>"
    points = " ".join(",".join(map(repr, point)) for point in shape.coords)
    return f"<{kind}><coordinates>{points}</coordinates></{kind}>"
