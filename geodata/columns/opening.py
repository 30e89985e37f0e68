"""Open a file of incidents: what it is, which column means what, what is to be known to read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from geodata.columns.areas import Areas, read_areas
from geodata.columns.mapping import Mapping
from geodata.columns.plan import Plan, Proofs
from geodata.columns.precision import PrecisionTable, read_precision
from geodata.columns.radii import BASIC_SOURCES
from geodata.columns.recognise import location_pairs, recognise
from geodata.columns.where import check_crs
from geodata.errors import CRSError, InputError
from geodata.findings import Finding, Severity
from geodata.formats.spool import bring
from geodata.formats.table import FIRST_ROW, RAGGED, Table, about_file
from geodata.text.dates import month_names

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.atlas import Atlas

__all__ = ["OpenFile", "open_file", "open_table"]


def open_table(
    path: str | Path,
    *,
    format: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    layer: str | None = None,
    sheet: str | None = None,
) -> Table:
    """Return a file as rows and columns, before anything in it is given a meaning.

    Raises
    ------
    InputError, CRSError
        It cannot be read, or something that is not proved was not stated.
    """
    from geodata.formats.parquet import parquet_parts, read_parquet

    if parts := parquet_parts(path):
        return read_parquet(parts, str(path))
    local = bring(path, format=format)
    _check_options(local.name, local.format, encoding, separator, layer, sheet)
    if local.format == "parquet":
        found = read_parquet([local.path], local.name, keep=local.keep)
        return replace(found, findings=local.findings)
    if local.format == "xlsx":
        from geodata.formats.xlsx import read_sheet

        return read_sheet(local, sheet=sheet)
    if local.format == "json":
        from geodata.formats.json import read_documents

        return read_documents(local, encoding=encoding)
    if local.format == "layers":
        from geodata.formats.layers import read_layer

        return read_layer(local, layer=layer)
    from geodata.formats.delimited import read_delimited

    return read_delimited(local, encoding=encoding, separator=separator, known=location_pairs)


def _check_options(
    name: str,
    kind: str,
    encoding: str | None,
    separator: str | None,
    layer: str | None,
    sheet: str | None,
) -> None:
    for option, value, kinds in (
        ("an encoding", encoding, ("csv", "json")),
        ("a separator", separator, ("csv",)),
        ("a layer", layer, ("layers",)),
        ("a sheet", sheet, ("xlsx",)),
    ):
        if value is not None and kind not in kinds:
            raise InputError(
                f"{name}: expected {option} for {' or '.join(kinds)} only, found a file of "
                f"{kind}; leave it out."
            )


@dataclass(frozen=True)
class OpenFile:
    """An open file of incidents; see `geodata.columns.reading.Source`."""

    table: Table
    plan: Plan
    schema: pa.Schema
    rows: int | None
    findings: tuple[Finding, ...]
    tags: tuple[str, ...] | None = None
    skip: int = field(default=0, repr=False)

    @property
    def mapping(self) -> Mapping:
        """Which column means what, and why."""
        return self.plan.mapping

    @property
    def parts(self) -> tuple[str, ...]:
        """The files of a folder or a pattern, by name; empty for a single file."""
        return self.table.parts

    def batches(
        self, size: int = 65536, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Yield the original columns (or some), untouched, in order, numbered by first row."""
        return _numbered(_skipped(self.table.scan(size, columns), self.skip))


def _skipped(batches: Iterator[pa.RecordBatch], skip: int) -> Iterator[pa.RecordBatch]:
    """Leave out the first rows (a row of HXL tags)."""
    for batch in batches:
        if not skip:
            yield batch
            continue
        left = min(skip, batch.num_rows)
        skip -= left
        if left < batch.num_rows:
            metadata = dict(batch.schema.metadata or {})
            if RAGGED in metadata:
                rows = [int(row) - left for row in metadata[RAGGED].decode().split(",")]
                metadata[RAGGED] = ",".join(str(row) for row in rows if row >= 0).encode()
            yield batch.slice(left).replace_schema_metadata(metadata)


def _numbered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    first = 1
    for batch in batches:
        metadata = {**(batch.schema.metadata or {}), FIRST_ROW: str(first).encode()}
        first += batch.num_rows
        yield batch.replace_schema_metadata(metadata)


def open_file(
    path: str | Path | Table,
    *,
    atlas: Atlas | None = None,
    mapping: Mapping | None = None,
    format: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    layer: str | None = None,
    sheet: str | None = None,
    crs: str | None = None,
    radius_m: float | None = None,
    precision: PrecisionTable | None = None,
    admin: Sequence[str | Path] = (),
    order: Literal["dmy", "mdy"] | None = None,
    decimal: Literal[".", ","] | None = None,
    epoch: Literal[1900, 1904] | None = None,
) -> OpenFile:
    """Open a file of incidents; `geodata.columns.reading.open_incidents` describes it.

    Rows that are no file (a frame in memory, say) come as a `Table`.
    """
    from geodata.atlas import read_atlas

    book = read_atlas() if atlas is None else atlas
    from_file = not isinstance(path, Table)
    if isinstance(path, Table):
        table, path = path, path.format
    else:
        table = open_table(
            path, format=format, encoding=encoding, separator=separator, layer=layer, sheet=sheet
        )
    stated = mapping or Mapping()
    options: dict[str, Any] = {
        "radius_m": radius_m,
        "order": order,
        "decimal": decimal,
        "epoch": epoch,
    }
    stated = replace(stated, **{k: v for k, v in options.items() if v is not None})
    if crs is not None:
        check_crs(crs)
        if table.geometry is None or stated.latitude is not None:
            stated = replace(stated, crs=crs)
        else:
            table = _with_crs(table, crs, str(path))
    if stated.crs is not None:
        check_crs(stated.crs)
    tags = _tags(table)
    codes = precision or read_precision()
    with _named(path if from_file else None):
        found = recognise(
            table.schema.names,
            stated=stated,
            tags=tags or (),
            geometry=table.geometry,
            precision=codes,
            areas=bool(admin),
        )
    if found.geometry is not None and found.geometry == table.geometry and table.crs is None:
        raise CRSError(
            f"{path}: expected geometries with a CRS, found none stated; state it "
            "(--crs EPSG:4326 for longitude and latitude, EPSG:32637 for UTM zone 37N)."
        )
    if found.geometry is not None and found.geometry != table.geometry:
        raise InputError(
            f"{path}: expected a column of geometries, found {found.geometry!r}, which is none; "
            "state it as the position."
        )
    areas: Areas | None = read_areas(admin) if admin else None
    findings = list(table.findings)
    for name in () if areas is None else areas.mended:
        why = "its outline crosses itself: the ground that it goes around was taken"
        findings.append(about_file(Severity.REPAIR, "area-outline", name, why))
    if tags is not None:
        findings.append(
            about_file(Severity.REPAIR, "hxl-tags", "", "the row of tags is no incident")
        )
    findings += _taken(found, table)
    skip = 0 if tags is None else 1
    plan = _plan(book, table, found, codes, areas, skip)
    return OpenFile(
        table,
        plan,
        table.schema.remove_metadata() if table.format != "parquet" else table.schema,
        None if table.rows is None else table.rows - skip,
        tuple(findings),
        tags,
        skip,
    )


@contextmanager
def _named(path: str | Path | None) -> Iterator[None]:
    """Put the name of the file, where there is one, in front of what is wrong with its columns."""
    try:
        yield
    except InputError as error:
        if path is None:
            raise
        name = "standard input" if str(path) == "-" else path
        raise type(error)(f"{name}: {error}") from error


def _with_crs(table: Table, crs: str, path: str) -> Table:
    """Return the table with a CRS stated for it; one that contradicts the file is an error."""
    if table.crs is not None and not check_crs(table.crs).equals(
        check_crs(crs), ignore_axis_order=True
    ):
        raise CRSError(
            f"{path}: expected no CRS but the file's own, found {crs!r} stated and "
            f"{check_crs(table.crs).name!r} in the file; leave it out."
        )
    return replace(table, crs=crs)


def _tags(table: Table) -> tuple[str, ...] | None:
    """Return the HXL tags of the first row, where it is one: all tags or empty, one at least."""
    import pyarrow as pa

    if table.format not in ("csv", "xlsx", "json", "jsonl"):
        return None
    if not any(pa.types.is_string(f.type) for f in table.schema):
        return None
    first = next(iter(table.scan(1, None)), None)
    if first is None:
        return None
    cells = [str(column[0].as_py() or "").strip() for column in first.columns]
    if any(c.startswith("#") for c in cells) and all(not c or c.startswith("#") for c in cells):
        return tuple(cells)
    return None


def _taken(mapping: Mapping, table: Table) -> list[Finding]:
    """Say where a column that could be meant was not taken."""
    if mapping.geometry is None:
        return []
    others = [c for c in table.schema.names if c != mapping.geometry]
    if location_pairs(others):
        why = "the file's geometry was taken, not its columns of latitude and longitude"
        return [about_file(Severity.WARNING, "two-locations", "", why)]
    return []


def _plan(
    atlas: Atlas,
    table: Table,
    mapping: Mapping,
    precision: PrecisionTable,
    areas: Areas | None,
    skip: int,
) -> Plan:
    meta = atlas.meta
    places = precision.places.get(mapping.source or "")
    dates = precision.dates.get(mapping.source or "")
    order: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    if places is not None and mapping.place_codes:
        order = tuple(places.codes)
        named = " ".join(mapping.place_codes)
        words = tuple(f"{mapping.source} {named} {code}" for code in order)

    def scan(columns: list[str]) -> Iterator[pa.RecordBatch]:
        return _skipped(table.scan(65536, columns), skip)

    named_dates = tuple(c for c in (mapping.date, mapping.first, mapping.last) if c)
    named_places = tuple(c for c in (mapping.latitude, mapping.longitude, mapping.position) if c)
    return Plan(
        mapping=mapping,
        zone=meta.time_zone,
        months=dict(month_names(atlas.words(code) for code in meta.languages)),
        today=(dt.date.today() - dt.date(1970, 1, 1)).days,
        bounds=meta.bounds,
        outline=atlas.outline,
        placeholders=tuple((p.longitude, p.latitude, p.name) for p in meta.placeholders),
        crs=table.crs,
        epoch=table.epoch,
        place_codes=places.codes if places is not None and order else None,
        date_codes=dates.codes if dates is not None else None,
        code_order=order,
        areas=areas,
        proofs=Proofs(scan, dates=named_dates, places=named_places),
        radius_sources=(*BASIC_SOURCES, *words, "district", "governorate"),
    )
