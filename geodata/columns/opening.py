"""Open a file of incidents: what it is, which column means what, what is to be known to read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geodata.columns.areas import Areas, make_areas, named_level
from geodata.columns.cells import texts
from geodata.columns.headers.hints import hints, positions_among
from geodata.columns.headers.names import Headers
from geodata.columns.headers.paths import Inside, bases_of, paths_in, resolved
from geodata.columns.headers.rows import (
    HeaderRowError,
    as_tags,
    check_header,
    is_tags,
    names_columns,
    row_above_tags,
    second_header,
    seems_header,
)
from geodata.columns.headers.unused import unused_columns, without_codes
from geodata.columns.incidents import SETTLEMENT
from geodata.columns.mapping import Choice, ColumnMapping
from geodata.columns.named.areas import with_named
from geodata.columns.options import ReadingOptions
from geodata.columns.plan import Plan, Proofs
from geodata.columns.precision import PrecisionTable, Scheme, read_precision
from geodata.columns.radii import BASIC_SOURCES
from geodata.columns.reading import axes_of, shared_of
from geodata.columns.recognise import NoColumnError, names_date, names_position, not_ours, recognise
from geodata.crs import check_crs
from geodata.errors import CRSError, DezoneError, InputError
from geodata.findings import Finding, Severity
from geodata.formats.spool import bring
from geodata.formats.suffixes import WORKBOOKS
from geodata.formats.table import FIRST_ROW, RAGGED, Table, about_file, headers
from geodata.grammar import load
from geodata.text.dates import MonthNames, month_names, today
from geodata.text.repairs import quote

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.atlas import Atlas


def open_table(path: str | Path, options: ReadingOptions | None = None) -> Table:
    """Return a file as rows and columns, before anything in it is given a meaning.

    Raises
    ------
    InputError, CRSError
        It cannot be read, or something that is not proved was not stated.
    """
    from geodata.formats.parquet import parquet_parts, read_parquet

    options = options or ReadingOptions()
    if parts := parquet_parts(path):
        return read_parquet(parts, str(path))
    local = bring(path, format=options.format)
    _check_options(local.name, local.format, options)
    if local.format == "parquet":
        found = read_parquet([local.path], local.name, keep=local.keep)
        return replace(found, findings=local.findings)
    if local.format in WORKBOOKS:
        from geodata.formats.workbooks.xlsx import read_workbook

        return read_workbook(local, sheet=options.sheet, header=options.header)
    if local.format == "dta":
        from geodata.formats.stata import read_stata

        table = options.precision or read_precision()
        schemes: list[Scheme] = [*table.places.values(), *table.dates.values()]
        codes = {one.lower() for scheme in schemes for one in scheme.columns}
        return read_stata(local, encoding=options.encoding, codes=codes)
    if local.format == "json":
        from geodata.formats.json import read_json

        return read_json(
            local, encoding=options.encoding, list_name=options.layer, rows=options.rows
        )
    if local.format == "layers":
        from geodata.formats.layers.reading import read_layer

        return read_layer(
            local,
            layer=options.layer,
            encoding=options.encoding,
            keep_damaged=bool(options.keep_damaged),
        )
    from geodata.formats.delimited import read_delimited

    return read_delimited(
        local,
        encoding=options.encoding,
        separator=options.separator,
        header=options.header,
        known=names_columns,
    )


_ONLY_FOR = {
    "encoding": ("csv", "json", "dta", "layers"),
    "separator": ("csv",),
    "layer": ("layers", "json"),
    "rows": ("json",),
    "sheet": WORKBOOKS,
    "header_row": ("csv", *WORKBOOKS),
    "no_header": ("csv", *WORKBOOKS),
    "keep_damaged": ("layers",),
}


def _check_options(name: str, kind: str, options: ReadingOptions) -> None:
    """Refuse an option that a file of another format would need."""
    for option in options.stated():
        kinds = _ONLY_FOR.get(option, (kind,))
        if kind not in kinds:
            article = "an" if option == "encoding" else "a"
            raise InputError(
                f"{name}: expected {article} {option} for {' or '.join(kinds)} only, found a file "
                f"of {kind}; leave it out."
            )


@dataclass(frozen=True)
class OpenFile:
    """An open file of incidents, or a table of them in memory.

    Attributes
    ----------
    table
        Its rows and columns, a row of HXL tags included.
    plan
        All that is decided for the file as a whole.
    schema
        The columns as they are to be written back.
    rows
        How many incidents, where that is known without reading the file.
    findings
        What was found about the file as a whole.
    tags
        A row of HXL tags that is no incident, or a second row of names.
    skip
        How many rows of the table come before the first incident.
    """

    table: Table
    plan: Plan
    schema: pa.Schema
    rows: int | None
    findings: tuple[Finding, ...]
    tags: tuple[str, ...] | None = None
    skip: int = field(default=0, repr=False)

    @property
    def mapping(self) -> ColumnMapping:
        """Which column means what, and why."""
        return self.plan.mapping

    @property
    def parts(self) -> tuple[str, ...]:
        """The files of a folder or a pattern, by name; empty for a single file."""
        return self.table.parts

    def tags_of(self, schema: pa.Schema) -> list[str] | None:
        """Return the HXL tags of an output that begins with our columns, those added included."""
        if self.tags is None:
            return None
        added = schema.names[len(self.tags) :]
        if not is_tags(self.tags):
            return [*self.tags, *("" for _ in added)]
        return [*self.tags, *(f"#meta+dezone+{name.replace('_', '')}" for name in added)]

    def batches(
        self, size: int = 65536, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Yield the original columns (or some), untouched, in order; CSV cells as text.

        The metadata of a batch's schema carry the number of its first row. May be called again.
        """
        if columns is not None:
            columns = bases_of(columns, self.table.schema)
        return _numbered(_skipped(self.table.scan(size, columns), self.skip))


def _cells(table: Table, columns: Sequence[str], skip: int) -> Iterator[pa.RecordBatch]:
    """Yield some columns, those that are paths into values of JSON included."""
    batches = table.scan(65536, bases_of(columns, table.schema))
    return (resolved(batch, columns) for batch in _skipped(batches, skip))


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


def open_incidents(
    incidents: str | Path | Table,
    options: ReadingOptions | None = None,
    *,
    atlas: Atlas | None = None,
    **reading: Any,
) -> OpenFile:
    """Open a file of incidents.

    Parameters
    ----------
    incidents
        A path; ``-`` is standard input, a folder or a pattern is Parquet. Rows that are no file (a
        frame in memory, say) come as a `Table`.
    options, reading
        What is stated about it: `ReadingOptions`, or its fields as keywords.
    atlas
        Gives the time zone, names of months, bounds and placeholders.

    Raises
    ------
    InputError
        No such file, a format, encoding, separator, layer, sheet or column that is not proved and
        was not stated, or a file that is broken; the message lists the choices.
    CRSError
        Geometries without a CRS, or a CRS that is none.
    """
    from geodata.atlas import read_atlas

    options = options or ReadingOptions.of(**reading)
    book = read_atlas() if atlas is None else atlas
    if isinstance(incidents, Table):
        return _understood(incidents, options, book, "")
    name = "standard input: " if str(incidents) == "-" else f"{incidents}: "
    table = open_table(incidents, options)
    if options.header is None and str(incidents) != "-" and (row := row_above_tags(table)):
        table = open_table(incidents, replace(options, header_row=row))
    return _understood(table, options, book, name)


def _understood(table: Table, options: ReadingOptions, atlas: Atlas, name: str) -> OpenFile:
    """Return a table with the meaning of its columns; errors about them begin with `name`."""
    if options.header is None:
        check_header(table, name)
    tags = _tags(table)
    codes = options.precision or read_precision()
    inside = paths_in(table)
    names = [*table.schema.names, *inside.paths]
    months = month_names(atlas.words(code) for code in atlas.meta.languages)
    try:
        table, stated = _in_crs(table, options.columns(), options.crs)
        if options.no_header:
            stated = _without_header(table, stated)
        mapping = _recognised(table, stated, names, tags, inside, options)
        _check_geometry(mapping, table)
        _check_namesakes(mapping, stated, table)
    except DezoneError as error:
        unnamed = options.header is None and isinstance(error, NoColumnError)
        row = seems_header(table) if unnamed else ""
        if row.startswith("the header"):
            first = ", ".join(map(quote, headers(table.schema)[:3]))
            raise HeaderRowError(
                f"{name}expected the names of the columns in the first row, found {first}; {row}."
            ) from error
        hint = f" Or, {row}." if row else ""
        again = type(error)(
            f"{name}{error}{hint or _hints(table, names, inside, error, atlas, tags)}"
        )
        again.__dict__.update(error.__dict__)
        raise again from error
    areas = read_areas(options.admin) if options.admin else None
    findings = [*table.findings, *_mended(areas)]
    if tags is not None:
        kind, why = "hxl-tags", "the row of tags is no incident"
        if table.format == "frame":
            why += ", and is answered as one that cannot be read: leave it out"
        if not is_tags(tags):
            kind, why = "second-header", "the second row of names is no incident"
        findings.append(about_file(Severity.REPAIR, kind, "", why))
    skip = 0 if tags is None or table.format == "frame" else 1
    for one, keys in inside.lists.items():
        if names_position(keys) and one not in mapping.ignore:
            cure = f"--rows {one} makes" if table.format in ("json", "jsonl") else "make"
            why = f"holds lists of places, which are not read: {cure} a row of each"
            findings.append(about_file(Severity.WARNING, "unused-list", quote(one), why))

    def scan(columns: list[str]) -> Iterator[pa.RecordBatch]:
        return _cells(table, columns, skip)

    told = dict(zip(table.schema.names, tags or (), strict=False))
    mapping = without_codes(mapping, scan)
    findings += unused_columns(not_ours(names), mapping, codes, scan, told)
    return OpenFile(
        table,
        _plan(atlas, table, mapping, codes, areas, skip, months),
        table.schema.remove_metadata() if table.format != "parquet" else table.schema,
        None if table.rows is None else table.rows - skip,
        tuple(findings),
        tags,
        skip,
    )


def _hints(
    table: Table,
    names: list[str],
    inside: Inside,
    error: DezoneError,
    atlas: Atlas,
    tags: tuple[str, ...] | None,
) -> str:
    """Return what may be stated where no header names the place or the date; else nothing.

    The lines of a mapping that would state it are taken down in the error.
    """
    if not isinstance(error, NoColumnError):
        return ""
    first = next(_cells(table, names, 0 if tags is None else 1), None)
    if inside.lists:
        listed = ", ".join(map(quote, inside.lists))
        # That which says when, too, if there is one.
        one = max(inside.lists, key=lambda name: names_date(inside.lists[name]))
        return f" Lists of objects are in {listed}: --rows {one} makes a row of each."
    if first is None:
        return ""
    months = month_names(atlas.words(code) for code in atlas.meta.languages)
    found = ""
    wanted = [error.what, *(["date"] if error.what == "place" and not names_date(names) else [])]
    for what in wanted:
        lines, text = hints(first, what, months, atlas)
        error.suggested += lines
        found += text
    return found


def _recognised(
    table: Table,
    stated: ColumnMapping,
    names: list[str],
    tags: tuple[str, ...] | None,
    inside: Inside,
    options: ReadingOptions,
) -> ColumnMapping:
    """Return the mapping of a table; where nothing else names a date, its own moments do."""
    skip = 0 if tags is None else 1
    called = Headers(names).all(load("headers")["place"])
    first = next(_cells(table, called, skip), None) if called else None
    positions = positions_among(first) if first is not None else []
    known = partial(
        recognise,
        names,
        tags=tags if tags is not None and is_tags(tags) else (),
        geometry=table.geometry,
        precision=options.precision or read_precision(),
        areas=bool(options.admin),
        points=tuple(dict.fromkeys((*inside.points, *positions))),
    )
    try:
        return known(stated=stated)
    except NoColumnError as error:
        if error.what != "date" or not table.moments:
            raise
        return known(stated=_at_moments(stated, table.moments[0]))


def _at_moments(stated: ColumnMapping, column: str) -> ColumnMapping:
    """Return the mapping of a file in which no column but that of its own moments names a date."""
    choice = Choice("date", column, "the file's own moments")
    return replace(stated, date=column, choices=(*stated.choices, choice))


def _without_header(table: Table, stated: ColumnMapping) -> ColumnMapping:
    """Return the mapping of a source that has no header, known by its columns; else as stated."""
    first = next(iter(table.scan(1, None)), None)
    if stated.used() or first is None:
        return stated
    for known in load("headers")["without_header"]:
        roles = known["roles"]
        if known["columns"] == len(table.schema.names):
            numbers = (str(first.column(roles[role])[0].as_py() or "") for role in ("id", "date"))
            if all(cell.isdigit() for cell in numbers):
                codes = tuple(known["place_codes"])
                return replace(stated, source=known["source"], place_codes=codes, **roles)
    return stated


def _in_crs(table: Table, stated: ColumnMapping, crs: str | None) -> tuple[Table, ColumnMapping]:
    """Return the table and its stated columns, that of the two in `crs` which it is stated for."""
    if stated.crs is not None:
        check_crs(stated.crs)
    if crs is None:
        return table, stated
    found = check_crs(crs)
    if table.geometry is None or stated.latitude is not None:
        return table, replace(stated, crs=crs)
    if table.crs is not None:
        own = check_crs(table.crs)
        if not own.equals(found, ignore_axis_order=True):
            raise CRSError(
                f"expected no CRS but the file's own, found {crs!r} stated and {own.name!r} in the "
                "file; leave it out."
            )
    return replace(table, crs=crs), stated


def _check_geometry(mapping: ColumnMapping, table: Table) -> None:
    if mapping.geometry is None:
        return
    if mapping.geometry != table.geometry:
        raise InputError(
            f"expected a column of geometries, found {mapping.geometry!r}, which is not one; state "
            "it as the position."
        )
    if table.crs is None:
        raise CRSError(
            "expected geometries with a CRS, found none stated; state it (--crs EPSG:4326 for "
            "longitude and latitude, EPSG:32637 for UTM zone 37N)."
        )


def _check_namesakes(mapping: ColumnMapping, stated: ColumnMapping, table: Table) -> None:
    """Refuse a column taken by its header that has a namesake with other cells."""
    wanted = set(mapping.used()) - set(stated.used()) - set(mapping.dms)
    named: dict[str, list[str]] = {}
    for column, header in zip(table.schema.names, headers(table.schema), strict=True):
        named.setdefault(header, []).append(column)
    for header, columns in named.items():
        if header.strip() and len(columns) > 1 and not wanted.isdisjoint(columns):
            for column in columns[1:]:
                _check_same(table, header, columns[0], column)


def _check_same(table: Table, header: str, one: str, other: str) -> None:
    row = 1
    for batch in table.scan(65536, [one, other]):
        for a, b in zip(*(texts(column).to_pylist() for column in batch.columns), strict=True):
            if a != b:
                raise InputError(
                    f"expected one column {header!r}, found two with other cells (row {row}: "
                    f"{quote(a or '')} and {quote(b or '')}); rename one, or state which is meant "
                    f"in a mapping file: {one!r} is the first, {other!r} the second."
                )
            row += 1


def read_areas(files: Iterable[str | Path]) -> Areas:
    """Return the polygons of some files: any format with polygons that is read.

    A file is of one level, known by its columns (ADM2_PCODE, ADM1_EN, NAME_2, ...), or stated in
    front of its name: ``district=FILE``, ``governorate=FILE``.

    Raises
    ------
    InputError
        A file cannot be read, holds no polygons, has no codes and no names, or no level.
    CRSError
        Its geometries have no CRS.
    """
    found = []
    for file in files:
        level, path = named_level(str(file))
        found.append((path, level, open_table(path)))
    return make_areas(found)


def _mended(areas: Areas | None) -> Iterator[Finding]:
    for name in () if areas is None else areas.mended:
        why = "its outline crosses itself: the ground that it goes around was taken"
        yield about_file(Severity.REPAIR, "area-outline", name, why)


def _tags(table: Table) -> tuple[str, ...] | None:
    """Return the first row where it is one of HXL tags, or of names once more; else None."""
    import pyarrow as pa

    if table.format not in ("csv", *WORKBOOKS, "json", "jsonl", "frame"):
        return None
    if not any(pa.types.is_string(f.type) or pa.types.is_null(f.type) for f in table.schema):
        return None
    first = next(iter(table.scan(1, None)), None)
    if first is None:
        return None
    row = [str(column[0].as_py() or "") for column in first.columns]
    return as_tags(row) or (None if table.format == "frame" else second_header(row, table))


def _plan(
    atlas: Atlas,
    table: Table,
    mapping: ColumnMapping,
    precision: PrecisionTable,
    areas: Areas | None,
    skip: int,
    months: MonthNames,
) -> Plan:
    meta = atlas.meta
    places = precision.places.get(mapping.source or "")
    dates = precision.dates.get(mapping.source or "")
    order: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    if places is not None and (mapping.place_codes or not places.columns):
        order = tuple(places.codes)
        words = tuple(
            " ".join(filter(None, (mapping.source, *mapping.place_codes, code))) for code in order
        )

    def scan(columns: list[str]) -> Iterator[pa.RecordBatch]:
        return _cells(table, columns, skip)

    years = tuple(c for c in (Headers(table.schema.names).get("year"),) if c)
    named_dates = tuple(c for c in (mapping.date, mapping.first, mapping.last) if c)
    named_places = tuple(c for c in (mapping.latitude, mapping.longitude, mapping.position) if c)
    proofs = Proofs(scan, dates=named_dates, places=named_places, years=years)
    has_names = (mapping.place or mapping.place_code) is not None
    plan = Plan(
        mapping=mapping,
        zone=meta.time_zone,
        months=dict(months),
        today=(today(meta.time_zone) - dt.date(1970, 1, 1)).days,
        bounds=meta.bounds,
        outline=atlas.outline,
        placeholders=tuple((p.longitude, p.latitude, p.name) for p in meta.placeholders),
        crs=table.crs,
        epoch=table.epoch,
        place_codes=places.codes if places is not None and order else None,
        date_codes=dates.codes if dates and (mapping.date_code or not dates.columns) else None,
        code_order=order,
        areas=areas,
        units=with_named(areas, atlas.areas, atlas.ledger, atlas.outline) if has_names else areas,
        ledger=atlas.ledger,
        named_areas=atlas.areas,
        proofs=proofs,
        radius_sources=(*BASIC_SOURCES, *words, "district", "governorate", SETTLEMENT),
    )
    if place := mapping.of("place"):
        proofs.places_read_by(
            lambda: axes_of(scan(list(place)), plan), lambda: shared_of(scan(list(place)), plan)
        )
    return plan
