"""GPX: the waypoints of a GPS, read with a parser that opens nothing."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from xml.parsers import expat

from geodata.errors import InputError
from geodata.findings import Finding, Severity
from geodata.formats.spool import Local
from geodata.formats.table import (
    MOST_COLUMNS,
    Broken,
    Layer,
    Piece,
    about_file,
    check_filled,
    unique,
)

_DEEPEST = 50  # elements in each other


def open_gpx(local: Local) -> dict[str, Callable[[], Layer]]:
    """Return the waypoints of a GPX file as a layer; routes and tracks are counted, not read.

    Columns are the elements of waypoints (``name``, ``time``, ``desc``, ...), those of extensions
    included, as texts. Positions are longitude and latitude on WGS 84, as GPX has them.

    Raises
    ------
    InputError
        There is a document type, which can name other files, or a waypoint without a position.
    """
    reader = _Reader(local.name)
    broken = ""
    try:
        with local.path.open("rb") as file:
            reader.parser.ParseFile(file)
    except expat.ExpatError as error:
        broken = f"XML that breaks off or is damaged ({error})"
        if not reader.rows:
            raise Broken(broken) from error
    except (LookupError, ValueError) as error:  # a codec by its name, or bytes that are not of it
        raise Broken(f"XML in an encoding that is not read ({error})") from error
    return {"waypoints": lambda: _layer(reader, broken)}


class _Reader:
    """What expat calls for each element."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.data
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.rows: list[dict[str, str]] = []
        self.shapes: list[bytes] = []
        self.keys: dict[str, None] = {}
        self.tracks = 0
        self.depth = 0
        self.row: dict[str, list[str]] | None = None
        self.text: list[str] = []

    def refused(self, why: str) -> InputError:
        return InputError(f"{self.file}: expected GPX {why}.")

    def doctype(self, *_: Any) -> None:
        raise self.refused(
            "without a document type, found one, which can name other files; save it without"
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.refused(f"at most {_DEEPEST} elements deep, found more; save it as CSV")
        self.text = []
        if tag == "wpt" and self.row is None:
            try:
                point = _degrees(attributes["lon"]), _degrees(attributes["lat"])
            except (KeyError, ValueError) as error:
                raise self.refused("with lat and lon of each waypoint, found none") from error
            self.row = {}
            self.shapes.append(struct.pack("<BIdd", 1, 1, *point))
        elif tag in ("trk", "rte"):
            self.tracks += 1

    def data(self, text: str) -> None:
        self.text.append(text)

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        self.depth -= 1
        text = "".join(self.text).strip()
        self.text = []
        if self.row is None:
            return
        if tag == "wpt":
            self.rows.append({key: "; ".join(texts) for key, texts in self.row.items()})
            self.row = None
        elif text:
            self.row.setdefault(tag, []).append(text)
            self.keys[tag] = None
            if len(self.keys) >= MOST_COLUMNS:
                raise self.refused(f"with at most {MOST_COLUMNS} names of data, found more")


def _degrees(text: str) -> float:
    if not re.fullmatch(r"\s*[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?\s*", text):
        raise ValueError("no number: Python's own has more notations")
    return float(text)


def _layer(reader: _Reader, broken: str) -> Layer:
    import pyarrow as pa

    if reader.tracks and not reader.rows:
        raise reader.refused(
            "with waypoints, found routes and tracks alone, which are no incidents; save the "
            "places as waypoints"
        )
    check_filled(reader.file, len(reader.rows), len(reader.keys), sum(map(len, reader.rows)))
    names, renamed = unique(list(reader.keys)) if reader.keys else ([], [])
    geometry = "geometry"
    while geometry in names:
        geometry += "_"
    fields = [pa.field(name, pa.string()) for name in names]
    fields.append(
        pa.field(geometry, pa.binary(), metadata={b"ARROW:extension:name": b"geoarrow.wkb"})
    )
    columns = [pa.array([row.get(key) for row in reader.rows], pa.string()) for key in reader.keys]
    shapes = pa.array(reader.shapes[: len(reader.rows)], pa.binary())
    table = pa.Table.from_arrays([*columns, shapes], schema=pa.schema(fields))
    findings: list[Finding] = list(renamed)
    if reader.tracks:
        why = f"{reader.tracks} routes and tracks are no incidents, and were left out"
        findings.append(about_file(Severity.WARNING, "tracks", "", why))

    def pieces(size: int, columns: Sequence[str] | None) -> Iterator[Piece]:
        some = table if columns is None else table.select(list(columns))
        for batch in some.to_batches(max_chunksize=size):
            yield batch, None

    return Layer(
        "waypoints",
        table.schema,
        geometry,
        "EPSG:4326",
        pieces,
        table.num_rows,
        broken,
        tuple(findings),
    )
