"""The `dezone` command: a thin shell over the library."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from dezone import show
from geodata.atlas import Atlas, read_atlas
from geodata.errors import DezoneError

__all__ = ["main"]

F = TypeVar("F", bound=Callable[..., Any])


class _Main(click.Group):
    """One line for the user where something can be mended; a traceback for bugs only."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DezoneError as error:
            raise click.ClickException(str(error)) from error


def _atlas_option(command: F) -> F:
    return click.option(
        "--atlas",
        "atlas_path",
        type=click.Path(path_type=Path),
        help="Folder of another atlas of the same schema.",
    )(command)


def _language_option(command: F) -> F:
    return click.option(
        "--lang", "language", default="en", show_default=True, help="Language of the words."
    )(command)


@click.group(cls=_Main, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dezone", prog_name="dezone")
def main() -> None:
    """Did it happen inside a de-escalation zone that was in force?

    \b
    dezone check 35.9306 36.6339 --date 2018-03
    dezone zones --date 2017-10-01
    dezone map -o site/
    """


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("position", nargs=-1)
@click.option("--place", help="The name of a place, in Latin or Arabic script.")
@click.option(
    "--places",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file with more places: GeoNames or OCHA columns.",
)
@click.option("--date", help="2017-10-01, 2018-03, 2018, FIRST/LAST, or as people write it.")
@click.option("--radius", help="How precisely the place is known, like 500m or 25km.")
@click.option("--boundary", help="Which way of drawing the zones decides.")
@click.option(
    "--basis",
    default="memorandum",
    show_default=True,
    help="In force from the memorandum, or from the zone's own arrangement.",
)
@click.option("--json", "as_json", is_flag=True, help="The whole record as JSON.")
@_language_option
@_atlas_option
def check(
    position: tuple[str, ...],
    place: str | None,
    places: Path | None,
    date: str | None,
    radius: str | None,
    boundary: str | None,
    basis: str,
    as_json: bool,
    language: str,
    atlas_path: Path | None,
) -> None:
    """Check one incident: LATITUDE LONGITUDE, or both in one text.

    \b
    dezone check 35.9306 36.6339 --date 2018-03
    dezone check "35°55'50\\"N 36°38'02\\"E" --date 2018-03-07 --radius 2km
    dezone check --place "Khan Sheikhoun" --date 2017-10

    Without a position, or without a date, the answer says what can be said.
    """
    from zones.incident import check as check_incident
    from zones.incident import hint_at_swap

    if len(position) > 2:
        raise click.UsageError(
            f"expected LATITUDE LONGITUDE, or both in one quoted text, found {len(position)} words."
        )
    atlas = read_atlas(atlas_path)
    where: dict[str, str] = {}
    if len(position) == 2:
        where = {"latitude": position[0], "longitude": position[1]}
    elif position:
        where = {"position": position[0]}
    record = check_incident(
        **where,
        place=place,
        places=places,
        date=date,
        radius=radius,
        boundary=boundary,
        basis=basis,
        language=language,
        atlas=atlas,
    )
    click.echo(record.to_json() if as_json else show.record(atlas, record, language), nl=False)
    if hint := hint_at_swap(record, atlas):
        click.echo(f"note: {hint}", err=True)


@main.command()
@click.option("--date", help="A day; by default the first on which all zones were arranged.")
@click.option("--boundary", help="Which way of drawing the zones.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@_language_option
@_atlas_option
def zones(
    date: str | None, boundary: str | None, as_json: bool, language: str, atlas_path: Path | None
) -> None:
    """List the zones as they stood on a day."""
    from zones.frames import read_day, reference_day, zone_rows

    atlas = read_atlas(atlas_path)
    day = reference_day(atlas) if date is None else read_day(date)
    rows = zone_rows(atlas, day, boundary or atlas.meta.default_boundary, "best")
    click.echo(show.as_json(rows) if as_json else show.zones(atlas, rows, day, language), nl=False)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@_language_option
@_atlas_option
def timeline(as_json: bool, language: str, atlas_path: Path | None) -> None:
    """List the rounds and the phases of the zones, in order of time."""
    from zones.timeline import events

    atlas = read_atlas(atlas_path)
    found = events(atlas, language)
    click.echo(show.as_json(found) if as_json else show.timeline(found), nl=False)


@main.command()
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File: .geojson, .gpkg, .parquet, .kml or .csv.",
)
@click.option("--date", help="A day; by default the first on which all zones were arranged.")
@click.option("--boundary", help="Which way of drawing the zones.")
@click.option(
    "--estimate",
    default="best",
    show_default=True,
    help="low (surely inside), best (the line) or high (possibly inside).",
)
@_atlas_option
def export(
    output: Path, date: str | None, boundary: str | None, estimate: str, atlas_path: Path | None
) -> None:
    """Write the zones to a file, in the format of its suffix."""
    from zones.frames import load_zones, write_zones

    frame = load_zones(date, boundary, estimate, atlas=read_atlas(atlas_path))
    write_zones(frame, output)
    click.echo(f"{len(frame)} zones of {frame.attrs['date']} in {output}")


@main.command()
@click.argument("incidents", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_language_option
@_atlas_option
def tag(incidents: Path, language: str, atlas_path: Path | None) -> None:
    """Check every incident of a CSV file, and print the verdicts as a table.

    The file has the columns id, date, place, latitude, longitude and, where it is known, radius
    in metres. Exits with 3 when some rows cannot be read; they are listed all the same.
    """
    from zones.tables import check_rows, read_rows

    atlas = read_atlas(atlas_path)
    answers = check_rows(read_rows(incidents), atlas, language=language)
    click.echo(show.table(atlas, answers, language), nl=False)
    troubled = [answer for answer in answers if answer.trouble]
    for answer in troubled:
        click.echo(f"{answer.row.get('id', '?')}: {answer.trouble}", err=True)
    if troubled:
        sys.exit(3)


@main.command("map")
@click.argument("zone", required=False)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="A folder for the site, or a file for the page of one zone.",
)
@click.option("--date", help="A day; by default the first on which all zones were arranged.")
@click.option(
    "--incidents",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A CSV file of incidents to show.",
)
@click.option(
    "--tiles",
    metavar="NAME",
    help="An online background that xyzservices knows, like OpenStreetMap.Mapnik; tells its "
    "server who looks where.",
)
@_language_option
@_atlas_option
def make_map(
    zone: str | None,
    output: Path,
    date: str | None,
    incidents: Path | None,
    tiles: str | None,
    language: str,
    atlas_path: Path | None,
) -> None:
    """Write map pages that need no network: the whole site, or the page of one ZONE.

    \b
    dezone map -o site/
    dezone map idlib --date 2017-10-01 -o idlib.html
    """
    from maps import write_map, write_site
    from zones.frames import read_day
    from zones.tables import check_rows, read_rows

    atlas: Atlas = read_atlas(atlas_path)
    day = None if date is None else read_day(date)
    answers = None
    if incidents is not None:
        answers = check_rows(read_rows(incidents), atlas, language=language)
    if zone is None:
        files = write_site(atlas, output, date=day, lang=language, incidents=answers, tiles=tiles)
        pages = [path for path in files if path.suffix == ".html"]
        click.echo(f"{len(pages)} pages in {output}")
    else:
        atlas.zone(zone)
        write_map(atlas, output, zone=zone, date=day, lang=language, incidents=answers, tiles=tiles)
        click.echo(str(output))
    if tiles:
        from maps.tiles import background

        host = background(tiles).host
        said: str = atlas.words(language)["page"]["tiles_privacy"]
        click.echo(f"note: {said.format(host=host)}", err=True)
