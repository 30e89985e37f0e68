"""What is fuzzed: every reader of a stranger's file, and what has to hold whatever it is given.

Rows come back as they are, or there is an error of dezone's family in one line.
"""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import category

import numpy as np
import pyarrow as pa
import seeds

from dezone.cite.verifying import verify
from dezone.report.verifying import verify_report
from geodata.atlas import Atlas, read_atlas
from geodata.columns.incidents import NO_DAY, Reason
from geodata.columns.mapping import ColumnMapping, read_mapping, write_mapping
from geodata.columns.opening import OpenFile, open_incidents, read_areas
from geodata.columns.plan import Plan
from geodata.columns.precision import read_precision
from geodata.columns.reading import read_batch
from geodata.errors import DezoneError
from geodata.formats.table import JSON_TEXT
from geodata.formats.writing import needs_geometry, with_points, write_table
from geodata.text.gazetteers import read_gazetteer
from zones.incident import check


@dataclass(frozen=True)
class Target:
    """One reader.

    Attributes
    ----------
    name
        Of the reader.
    seeds
        Yields the files that a fuzzer begins from.
    read
        Reads a file that holds some bytes, and says what came of it: ``read``, ``refused``,
        ``unwritable``. Any error that is not dezone's own is a fault.
    suffix
        Of the file.
    parts
        What is changed, besides bytes anywhere: ``zip``, the members of an archive; ``json``,
        values; ``record``, values, and the hash over them is written anew; ``carried``, the same in
        the card within a drawing; else empty.
    """

    name: str
    seeds: Callable[[], Iterable[bytes]]
    read: Callable[[Path], str]
    suffix: str
    parts: str = ""

    def run(self, content: bytes, folder: Path) -> str:
        """Read a file with such content, and check that a refusal is one line."""
        path = folder / f"in.{self.suffix}"
        path.write_bytes(content)
        try:
            return self.read(path)
        except DezoneError as error:
            text = str(error)
            if any(category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in text) or len(text) > 3000:
                raise AssertionError(f"no line for a person: {text!r}") from error
            return "refused"


# -- tables ---------------------------------------------------------------------------------


def read_table(path: Path) -> str:
    """Read incidents in every way that a command does; check that none is lost or left untold."""
    rng = random.Random(hashlib.sha256(path.read_bytes()).digest())  # noqa: S311  (no secret)
    try:
        source, batches = _opened(path, rng)
    except DezoneError as error:
        if path.suffix in _LAYERS and "--keep-damaged" in str(error):
            _check_rows(*_opened(path, rng, keep_damaged=True))
        raise
    _check_rows(source, batches)
    rows = sum(batch.num_rows for batch in batches)
    declared = _COUNTS.get(path.suffix, lambda _: None)(path)
    if declared is not None and declared != rows + source.skip:
        raise AssertionError(f"{rows} rows of {declared}")
    return _write(path.parent, source, batches, rng) if rng.random() < 0.1 else "read"


_LAYERS = (".gpkg", ".db", ".zip", ".fgb", ".kml", ".kmz")


def _opened(
    path: Path, rng: random.Random, **options: Any
) -> tuple[OpenFile, list[pa.RecordBatch]]:
    """Return an open file and its rows, which are the same in batches of any size."""
    admin = _polygons() if rng.random() < 0.2 else []
    if path.suffix == ".gpx":  # its times may be those of the incidents, or not
        told = (
            ColumnMapping(date="time") if rng.random() < 0.5 else ColumnMapping(without=("date",))
        )
        options["mapping"] = told
    source = open_incidents(path, admin=admin, **options)
    batches = list(source.batches(rng.choice([1, 7, 65536])))
    rows = sum(batch.num_rows for batch in batches)
    if source.rows is not None and source.rows != rows:
        raise AssertionError(f"{rows} rows where {source.rows} were told")
    if rows != sum(batch.num_rows for batch in source.batches()):
        raise AssertionError("another count when read again")
    return source, batches


@cache
def _polygons() -> list[Path]:
    return seeds.polygons(Path(tempfile.mkdtemp(prefix="fuzz-polygons-")))


def _check_rows(source: OpenFile, batches: list[pa.RecordBatch]) -> None:
    """Check that each row has a place and a date, or is told to have none."""
    first = 1
    for batch in batches:
        found = read_batch(batch, source.plan)
        if len(found) != batch.num_rows:
            raise AssertionError("rows were lost")
        nowhere = np.isnan(found.longitude)
        if (nowhere != np.isnan(found.latitude)).any():
            raise AssertionError("half a position")
        bits = {r.value: (found.reasons & r.bit) != 0 for r in Reason}
        placed = bits["no-location"] | bits["unreadable-location"]
        in_area = found.unit >= 0  # which stands for a place that is not given, not for a wrong one
        if (
            (in_area & placed).any()
            or ((nowhere & ~in_area) != placed).any()
            or ((found.first == NO_DAY) != (found.last == NO_DAY)).any()
        ):
            raise AssertionError("a trouble that is not told")
        if (in_area & ~np.isnan(found.radius_m)).any():
            raise AssertionError("a radius and an area")
        if (found.first > found.last).any():
            raise AssertionError("an interval that runs backwards")
        refusals = {row for f in found.findings if f.severity == "refusal" for row in f.rows}
        told = np.isin(np.arange(first, first + len(found)), list(refusals))
        if (bits["unreadable-location"] & ~told).any() or (bits["unreadable-date"] & ~told).any():
            raise AssertionError("a refusal without a finding")
        first += batch.num_rows


def _write(
    folder: Path, source: OpenFile, batches: list[pa.RecordBatch], rng: random.Random
) -> str:
    """Write the rows in some format; check that text comes back with the same cells."""
    suffix = rng.choice(["csv", "csv", "jsonl", "parquet", "xlsx", "gpkg", "fgb", "kml", "geojson"])
    target = folder / f"out.{suffix}"
    geometry = needs_geometry(target, source.schema)
    held = [_with_points(batch, source.plan) if geometry else batch for batch in batches]
    schema = held[0].schema if held else source.schema
    try:
        rows, _ = write_table(target, schema, held, like=source.table, workers=1)
    except DezoneError:
        return "unwritable"
    if rows != sum(batch.num_rows for batch in batches):
        raise AssertionError("rows were lost in writing")
    # A column of texts, numbers and lists is held as JSON, and written as what it stands for.
    texts = all(pa.types.is_string(f.type) and JSON_TEXT not in (f.metadata or {}) for f in schema)
    if suffix not in ("csv", "jsonl") or not texts:
        return "read"
    dialect = source.table.dialect if suffix == "csv" else None
    options: dict[str, Any] = {"separator": dialect.separator} if dialect else {}
    try:
        again = open_incidents(target, mapping=source.mapping, **options)
    except DezoneError as error:
        if "expected a column" in str(error) or "could be meant" in str(error) or not held:
            return "read"  # names that repeat are told apart anew
        raise AssertionError(f"what was written as {suffix} is refused: {error}") from error
    # Cells and not names: a column without a proper name gets one when it is read again.
    if _said(batches) != _said(again.batches()):
        raise AssertionError(f"cells were changed in {suffix}")
    return "read"


def _with_points(batch: pa.RecordBatch, plan: Plan) -> pa.RecordBatch:
    found = read_batch(batch, plan)
    return with_points(batch, found.longitude, found.latitude)


def _said(batches: Iterable[pa.RecordBatch]) -> list[list[object]]:
    """Return the cells of some batches; a missing one and an empty one are alike in CSV."""
    return [
        [cell or "" for cell in row]
        for batch in batches
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]


def _count_json(path: Path) -> int | None:
    """Return the records of a text that Python's own reader finds to be one list of objects."""
    try:
        whole = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if isinstance(whole, dict) and whole.get("type") == "FeatureCollection":
        whole = whole.get("features")
    one_list = isinstance(whole, list) and all(isinstance(one, dict) for one in whole)
    return len(whole) if one_list else None


def _count_parquet(path: Path) -> int:
    import pyarrow.parquet

    return int(pyarrow.parquet.read_metadata(path).num_rows)


def _count_sqlite(path: Path) -> int | None:
    """Return the rows of the only table of an SQLite file that SQLite itself calls sound."""
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as base:
        try:
            tables = base.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            if len(tables) != 1 or base.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                return None
            name = tables[0][0].replace('"', '""')
            return int(base.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])
        except (sqlite3.Error, UnicodeError):
            return None


_COUNTS: dict[str, Callable[[Path], int | None]] = {
    ".json": _count_json,
    ".geojson": _count_json,
    ".parquet": _count_parquet,
    ".db": _count_sqlite,
}
"""How many rows another reader finds, by suffix."""


# -- what else is read ----------------------------------------------------------------------


def read_polygons(path: Path) -> str:
    """Read polygons of districts, and look for one."""
    areas = read_areas([f"district={path}"])
    for name in ("Ariha", "SY0705", "\0", ""):
        areas.find("district", name)
    return "read"


def read_card(path: Path) -> str:
    """Verify a card as JSON by the shipped atlas: of all files only the seeds are verified."""
    return _verified(path, read_atlas())


def read_drawing(path: Path) -> str:
    """Verify a card in any format by a small atlas, which is drawn faster."""
    return _verified(path, _small_atlas())


def _verified(path: Path, atlas: Atlas) -> str:
    content = path.read_bytes()
    if verify(content, atlas=atlas).verified and content not in _cards(atlas).values():
        raise AssertionError("a changed card is verified")
    return "read"


@cache
def _small_atlas() -> Atlas:
    folder = Path(tempfile.mkdtemp(prefix="fuzz-atlas-"))
    return read_atlas(seeds.small_atlas(folder))


@cache
def _cards(atlas: Atlas) -> dict[str, bytes]:
    return seeds.cards(atlas)


def verify_document(path: Path) -> str:
    """Verify the document of a report beside which there is nothing: it never is."""
    alone = path.parent / "report.json"
    path.replace(alone)
    if verify_report(alone, atlas=_small_atlas()).verified:
        raise AssertionError("a report without its files is verified")
    return "read"


def open_atlas(path: Path) -> str:
    """Read an atlas out of an archive of its files, and answer with it."""
    with tempfile.TemporaryDirectory(dir=path.parent) as name:
        try:
            with zipfile.ZipFile(path) as members:
                members.extractall(name)
        except Exception:  # the archive is ours: only what is in it is looked at
            return "refused"
        atlas = read_atlas(name)
        found = check(longitude=36.5, latitude=35.5, date="2018-03", atlas=atlas)
        json.dumps(found.to_dict(), allow_nan=False)
    return "read"


def open_mapping(path: Path) -> str:
    """Read a mapping, and write it: it is read again as it is."""
    mapping = read_mapping(path)
    path.write_text(write_mapping(mapping), encoding="utf-8")
    if read_mapping(path) != mapping:
        raise AssertionError("a mapping was changed")
    return "read"


def open_precision(path: Path) -> str:
    """Read a table of precision codes."""
    read_precision(path)
    return "read"


def open_places(path: Path) -> str:
    """Read a gazetteer."""
    read_gazetteer(path)
    return "read"


# -- all of them ----------------------------------------------------------------------------


def _table(suffix: str, parts: str = "") -> Target:
    file = {"shp": "zip"}.get(suffix, suffix)
    return Target(suffix, lambda: seeds.seeds(suffix), read_table, file, parts)


TARGETS = {
    one.name: one
    for one in (
        _table("csv"),
        _table("tsv"),
        _table("gz"),
        _table("json", "json"),
        _table("jsonl"),
        _table("geojson", "json"),
        _table("xlsx", "zip"),
        _table("xls"),
        _table("ods", "zip"),
        _table("dta"),
        _table("parquet"),
        _table("gpkg"),
        _table("db"),
        _table("shp", "zip"),
        _table("fgb"),
        _table("kml"),
        _table("kmz", "zip"),
        _table("gpx"),
        _table("zip"),
        Target("polygons", lambda: [
            next(seeds.seeds("geojson")),
            *(path.read_bytes() for path in _polygons()),
        ], read_polygons, "geojson", "json"),
        Target("card", lambda: [_cards(read_atlas())["json"]], read_card, "json", "record"),
        Target("drawing", lambda: _cards(_small_atlas()).values(), read_drawing, "card", "carried"),
        Target("report", lambda: [seeds.report(_small_atlas())], verify_document, "json", "record"),
        Target("atlas", lambda: [seeds.atlas()], open_atlas, "zip", "zip"),
        Target("mapping", lambda: [seeds.MAPPING], open_mapping, "toml"),
        Target("precision", lambda: [seeds.precision()], open_precision, "json", "json"),
        Target("places", lambda: [b"id,name,latitude,longitude,variants\n1,Idlib,35.9,36.6,a|b\n"],
               open_places, "csv"),
    )
}  # fmt: skip
