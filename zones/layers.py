"""The zones as a table of polygons, as geopandas users expect them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.atlas import Atlas, read_atlas
from geodata.errors import AtlasError, DateError, says_its_arguments
from geodata.schema import Estimate, Extent, PhaseName
from zones.calendar import Time, calendar_of, day_number, day_of, governing

if TYPE_CHECKING:
    import geopandas as gpd


def reference_day(atlas: Atlas) -> dt.date:
    """Return the first day on which every zone that was ever arranged was `arranged`.

    It is the default day of maps and layers. Where the zones were never all arranged at once, it
    is the first day on which any was in force.
    """
    calendar = calendar_of(atlas)
    for number in calendar.cuts.tolist():
        phases = {calendar.terms_on(zone, number).phase for zone in calendar.zones}
        if phases == {PhaseName.ARRANGED}:
            return day_of(number)
    return day_of(calendar.in_force[0])


def zone_rows(atlas: Atlas, day: dt.date, boundary: str, estimate: str) -> list[dict[str, Any]]:
    """Return one mapping per zone, by number: names, agreements, phase and geometry on a day.

    A zone has a row on every day. Before it was declared and after it ended (its `phase` says so,
    and `in_force` is False) its geometry is the extent nearest in time. `boundary` is the default
    one where the boundary asked for does not draw the zone on the day.
    """
    calendar = calendar_of(atlas)
    chosen = atlas.boundary(boundary).id
    number = day_number(day)
    days = np.array([number])
    rows = []
    for zone in atlas.zones:
        extents = [e for e in atlas.extents_under(chosen) if e.zone == zone.id]
        extent: Extent = extents[int(governing(extents, days, days).main[0])]
        terms = calendar.terms_on(zone.id, number)
        rows.append(
            {
                "zone": zone.id,
                "number": zone.number,
                **{name_column(code): zone.name[code] for code in atlas.meta.languages},
                "guarantors": list(terms.guarantors),
                "mediators": list(terms.mediators),
                "framework_guarantors": list(terms.framework_guarantors),
                "round": terms.round,
                "agreements": list(terms.agreements),
                "phase": terms.phase.value,
                "in_force": terms.time is Time.IN_FORCE,
                "boundary": extent.boundary,
                "estimate": Estimate(estimate).value,
                "valid_from": extent.valid_from,
                "valid_to": extent.valid_to,
                "area_km2": extent.area_km2[estimate],
                "confidence": extent.confidence.value,
                "sources": list(extent.sources),
                "geometry": extent.geometry(estimate),
            }
        )
    return rows


def name_column(language: str, what: str = "name") -> str:
    """Return the name of a column of texts in a language; for English it has no suffix."""
    return what if language == "en" else f"{what}_{language}"


@says_its_arguments
def load_zones(
    date: str | dt.date | None = None,
    boundary: str | None = None,
    estimate: str = "best",
    *,
    atlas: Atlas | str | Path | None = None,
) -> gpd.GeoDataFrame:
    """Return the zones on a day, one row per zone, tagged with guarantors and agreement round.

    Parameters
    ----------
    date
        ISO 8601 day, local to the atlas; None for the first day on which all zones were
        arranged.
    boundary
        One of the atlas's ways of drawing the zones; its default where None.
    estimate
        ``low`` (surely inside), ``best`` (the line itself) or ``high`` (possibly inside).
    atlas
        The shipped one where None; an `Atlas`, or the folder of one.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, indexed from 0, with `zone`, `number`, names in every language (`name`,
        `name_ar`, ...), `guarantors`, `mediators`, `framework_guarantors`, `round`,
        `agreements`, `phase`, `in_force`, `boundary`,
        `estimate`, `valid_from` and `valid_to` (days as ISO 8601 text, which every map takes
        and which compares as a day does; missing = open), `area_km2`,
        `confidence`, `sources`, `geometry`. A zone not yet or no longer in force keeps its row,
        with `in_force` False and the extent nearest in time. ``frame.attrs`` holds the `date`,
        the `boundary` and the `atlas_version`.

    Raises
    ------
    DateError
        The date is not an ISO 8601 day.
    AtlasError
        There is no such boundary, or the atlas has a fault.

    Examples
    --------
    >>> import zones
    >>> frame = zones.load_zones("2017-10-01")
    >>> frame[["zone", "round"]].values.tolist()[0]
    ['idlib', 'Astana-6']
    """
    import geopandas as gpd

    book = atlas if isinstance(atlas, Atlas) else read_atlas(atlas)
    day = reference_day(book) if date is None else read_day(date)
    drawn = book.boundary(boundary or book.meta.default_boundary).id
    if estimate not in set(Estimate):
        raise AtlasError(
            f"expected an estimate of {', '.join(Estimate)}, found {estimate!r}; choose one."
        )
    frame = gpd.GeoDataFrame(
        zone_rows(book, day, drawn, estimate), geometry="geometry", crs="EPSG:4326"
    )
    _write_days(frame)
    frame.attrs = {"date": day.isoformat(), "boundary": drawn, "atlas_version": book.version}
    return frame


def read_day(date: str | dt.date) -> dt.date:
    """Return an ISO 8601 day; DateError for anything else."""
    if isinstance(date, dt.datetime):
        return date.date()
    if isinstance(date, dt.date):
        return date
    try:
        return dt.date.fromisoformat(date)
    except (TypeError, ValueError) as error:
        raise DateError(
            f"expected a day like 2017-10-01, found {date!r}; write year-month-day."
        ) from error


def all_zones(atlas: Atlas) -> gpd.GeoDataFrame:
    """Return every outline of every zone: a row for each boundary, time and estimate.

    EPSG:4326, with `zone`, `number`, names in every language, `boundary`, `estimate`,
    `valid_from` and `valid_to` (as of `load_zones`), `area_km2`, `confidence`, `sources`,
    `geometry` (empty where nothing is surely inside).
    """
    import geopandas as gpd

    rows = []
    for extent in atlas.extents:
        zone = atlas.zone(extent.zone)
        for estimate in Estimate:
            rows.append(
                {
                    "zone": zone.id,
                    "number": zone.number,
                    **{name_column(code): zone.name[code] for code in atlas.meta.languages},
                    "boundary": extent.boundary,
                    "estimate": estimate.value,
                    "valid_from": extent.valid_from,
                    "valid_to": extent.valid_to,
                    "area_km2": extent.area_km2[estimate.value],
                    "confidence": extent.confidence.value,
                    "sources": list(extent.sources),
                    "geometry": extent.geometry(estimate.value),
                }
            )
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")
    _write_days(frame)
    return frame


def _write_days(frame: gpd.GeoDataFrame) -> None:
    """Write days as text, since JSON, and so every map in a notebook, has no dates."""
    import pandas as pd

    for column in ("valid_from", "valid_to"):
        days = [None if day is None else day.isoformat() for day in frame[column]]
        frame[column] = pd.Series(days, dtype="str", index=frame.index)


def write_zones(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write zones to a file in the format of its suffix.

    The file appears whole or not at all, and its bytes are the same each time: where GeoPackage
    asks for the time of the last change, it says 1970. Lists become text joined by
    ``;`` except in Parquet; days are dates where the format has any; in CSV, JSON and XLSX the
    geometry is WKT.

    Raises
    ------
    InputError
        The suffix belongs to no format that can be written, or to one without areas (Shapefile).
    OutputError
        The file cannot be written.
    """
    import pyarrow as pa
    import shapely

    from geodata.formats.suffixes import output_format
    from geodata.formats.table import Table
    from geodata.formats.writing import write_table
    from geodata.whole import whole_file

    format, suffix, _ = output_format(path)
    frame = frame.copy()
    for column in ("valid_from", "valid_to"):
        days = (d if isinstance(d, str) else None for d in frame[column])
        frame[column] = [day and dt.date.fromisoformat(day) for day in days]
    if format.name == "parquet":  # which holds a frame as it is
        with whole_file(path) as part:
            frame.to_parquet(part, schema_version="1.1.0", write_covering_bbox=True)
        return
    shapes = frame.geometry.to_numpy()
    flat = frame.drop(columns="geometry")
    for column in {
        "guarantors",
        "mediators",
        "framework_guarantors",
        "agreements",
        "sources",
    } & set(flat.columns):
        flat[column] = [";".join(items) for items in flat[column]]
    if format.name == "csv" and "in_force" in flat:
        flat["in_force"] = flat["in_force"].map(str)  # True and False, as pandas has them
    if suffix == ".geojson":  # RFC 7946: to seven digits, outlines to the left
        shapes = shapely.orient_polygons(shapely.transform(shapes, lambda xy: xy.round(7)))
    elif suffix == ".kml":
        flat = flat.rename(columns={"name": "Name"})
    rows = pa.Table.from_pandas(flat, preserve_index=False).replace_schema_metadata()
    kinds = [pa.string() if pa.types.is_large_string(kind) else kind for kind in rows.schema.types]
    rows = rows.cast(pa.schema(zip(rows.schema.names, kinds, strict=True)))
    if format.has_geometry:
        metadata = {b"ARROW:extension:name": b"geoarrow.wkb"}
        field = pa.field("geometry", pa.binary(), metadata=metadata)
        rows = rows.append_column(field, pa.array(shapely.to_wkb(shapes), pa.binary()))
    else:
        rows = rows.append_column("geometry", [shapely.to_wkt(shapes, rounding_precision=5)])
    like = Table("zones", rows.schema, lambda *_: iter(()), geometry="geometry", crs="EPSG:4326")
    write_table(path, rows.schema, rows.to_batches(), like=like)
