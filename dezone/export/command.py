"""`dezone zones`, `timeline`, `export` and `figure`: what is known of the zones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from dezone import show
from dezone.options import (
    atlas_option,
    command,
    day_options,
    estimate_option,
    language_option,
    output_option,
)

if TYPE_CHECKING:
    from geodata.atlas import Atlas


@command()
@day_options
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON, with their outlines.")
@language_option
@atlas_option
def zones(
    date: str | None, boundary: str | None, as_json: bool, language: str, atlas: Atlas
) -> None:
    """List the zones as they stood on a day."""
    from zones.layers import zone_rows

    day = _day(date, atlas)
    rows = zone_rows(atlas, day, boundary or atlas.meta.default_boundary, "best")
    click.echo(show.as_json(rows) if as_json else _zones(atlas, rows, day, language), nl=False)


@command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@language_option
@atlas_option
def timeline(as_json: bool, language: str, atlas: Atlas) -> None:
    """List the rounds of talks and the phases of the zones."""
    from zones.timeline import events

    found = events(atlas, language)
    words = atlas.words(language)
    said = {} if language == "en" else words["field"] | words["confidence"]
    rows = [
        [
            one["day"],
            said.get(one["kind"], one["kind"]),
            one["name"],
            said.get(one["confidence"], one["confidence"]),
        ]
        for one in found
    ]
    click.echo(show.as_json(found) if as_json else show.aligned(None, rows), nl=False)


@command()
@output_option("The file to write: .geojson, .gpkg, .parquet, .kml or .csv.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="All days and boundaries: .gpkg (opens in QGIS as a map), .kml, .parquet or .geojson.",
)
@day_options
@estimate_option
@language_option
@atlas_option
@click.pass_context
def export(
    ctx: click.Context,
    output: Path,
    everything: bool,
    date: str | None,
    boundary: str | None,
    estimate: str,
    language: str,
    atlas: Atlas,
) -> None:
    """Write the zones to a file, in the format of its suffix.

    \b
    dezone export -o zones.geojson --date 2017-10-01
    dezone export --all -o zones.gpkg
    """
    if everything:
        for name in ("date", "boundary", "estimate"):
            if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
                raise click.UsageError(f"expected --all or --{name}, found both; give one of them.")
        from dezone.export.everything import write_all

        show.result(write_all(atlas, output, language), output)
        return
    from zones.layers import load_zones, write_zones

    frame = load_zones(date, boundary, estimate, atlas=atlas)
    write_zones(frame, output)
    show.result(f"{len(frame)} zones of {frame.attrs['date']}", output)


@command()
@click.argument("zone", required=False)
@output_option("The file to write: .svg, .png or .pdf.")
@day_options
@click.option(
    "--size",
    type=click.Choice(["print", "landscape", "square"]),
    default="print",
    show_default=True,
    help="For print, or for the press: 1200 x 675, or 1080 x 1080 pixels.",
)
@language_option
@atlas_option
def figure(
    zone: str | None,
    output: Path,
    date: str | None,
    boundary: str | None,
    size: str,
    language: str,
    atlas: Atlas,
) -> None:
    """Draw the zones, or one ZONE, for print and press.

    \b
    dezone figure -o zones.pdf --date 2017-10-01
    dezone figure idlib --date 2018-03-10 --lang ar -o idlib.png
    dezone figure --size landscape -o zones.png
    """
    from maps.print.figure import write_figure

    day = _day(date, atlas)
    write_figure(atlas, output, zone=zone, day=day, language=language, boundary=boundary, size=size)
    click.echo(str(output))


@command()
@output_option("The file to write: .csv, .gpkg or .parquet.")
@atlas_option
def ledger(output: Path, atlas: Atlas) -> None:
    """Write who held which settlement when, with sources.

    \b
    dezone ledger -o settlements.csv
    """
    from dezone.export.everything import write_ledger

    click.echo(write_ledger(atlas, output))


COMMANDS = (zones, timeline, export, figure, ledger)


def _day(date: str | None, atlas: Atlas) -> dt.date:
    from zones.layers import read_day, reference_day

    return reference_day(atlas) if date is None else read_day(date)


def _zones(atlas: Atlas, rows: Sequence[dict[str, Any]], day: dt.date, language: str) -> str:
    """Return the zones of a day as an aligned table."""
    from zones.sentence import say_area, say_days

    words = atlas.words(language)
    rounds = {entry.id: entry.name[language] for entry in atlas.rounds}
    columns = ("zone", "phase", "arranged_under", "guarantors", "area", "valid")
    body = []
    for row in rows:
        names = [atlas.actors[actor].name[language] for actor in row["guarantors"]]
        until = row["valid_to"].isoformat() if row["valid_to"] else ""
        body.append(
            [
                atlas.zone(row["zone"]).name[language],
                words["phase"][row["phase"]],
                rounds.get(row["round"], "–") if row["round"] else "–",
                words["list"]["separator"].join(names) or "–",
                say_area(words, row["area_km2"]),
                f"{row['valid_from'].isoformat()} – {until}",
            ]
        )
    title = click.style(say_days(words, day, day), bold=True)
    header = [words["field"][column] for column in columns]
    return f"{title}\n{show.aligned(header, body)}"
