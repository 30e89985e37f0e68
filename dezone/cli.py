"""The `dezone` command: a thin shell over the library."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dezone import show
from dezone.inspect import reading_options, show_file, with_options
from dezone.publish import publishing_options, read_published
from geodata.atlas import Atlas, read_atlas
from geodata.errors import DezoneError

if TYPE_CHECKING:
    from zones.record import Record

__all__ = ["main"]

F = TypeVar("F", bound=Callable[..., Any])


class _Main(click.Group):
    """One line for the user where something can be mended; a traceback for bugs only."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DezoneError as error:
            raise click.ClickException(show.plain_text(str(error))) from error


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


_deciding_options = with_options(
    click.option("--boundary", help="Which way of drawing the zones decides."),
    click.option(
        "--basis",
        default="memorandum",
        show_default=True,
        help="In force from the memorandum, or from the zone's own arrangement.",
    ),
)
_day_options = with_options(
    click.option("--date", help="A day; by default the first on which all zones were arranged."),
    click.option("--boundary", help="Which way of drawing the zones."),
)
_incident_options = with_options(
    click.argument("position", nargs=-1),
    click.option("--place", help="The name of a place, in Latin or Arabic script."),
    click.option(
        "--places",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="A file with more places: GeoNames or OCHA columns.",
    ),
    click.option("--date", help="2017-10-01, 2018-03, 2018, FIRST/LAST, or as people write it."),
    click.option("--radius", help="How precisely the place is known, like 500m or 25km."),
    _deciding_options,
)


def _check(
    atlas: Atlas, position: tuple[str, ...], language: str, **options: Any
) -> tuple[Record, str]:
    """Return the record of the incident that the options tell of, and a hint at a swap."""
    from zones.incident import check as check_incident
    from zones.incident import hint_at_swap

    # Options that are not known come here as words: -36.6 has to.
    if unknown := [word for word in position if word.startswith("--")]:
        raise click.NoSuchOption(unknown[0])
    if len(position) > 2:
        raise click.UsageError(
            f"expected LATITUDE LONGITUDE, or both in one quoted text, found {len(position)} words."
        )
    where: dict[str, str] = {}
    if len(position) == 2:
        where = {"latitude": position[0], "longitude": position[1]}
    elif position:
        where = {"position": position[0]}
    record = check_incident(**where, **options, language=language, atlas=atlas)
    return record, hint_at_swap(record, atlas, language)


@main.command(context_settings={"ignore_unknown_options": True})
@_incident_options
@click.option("--json", "as_json", is_flag=True, help="The whole record as JSON.")
@click.option(
    "--card",
    "cards",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a card to cite, too: .json, .html, .svg or .pdf. May be given several times.",
)
@_language_option
@_atlas_option
def check(
    position: tuple[str, ...],
    as_json: bool,
    cards: tuple[Path, ...],
    language: str,
    atlas_path: Path | None,
    **options: Any,
) -> None:
    """Check one incident: LATITUDE LONGITUDE, or both in one text.

    \b
    dezone check 35.9306 36.6339 --date 2018-03
    dezone check "35°55'50\\"N 36°38'02\\"E" --date 2018-03-07 --radius 2km
    dezone check --place "Khan Sheikhoun" --date 2017-10

    Without a position, or without a date, the answer says what can be said.
    """
    atlas = read_atlas(atlas_path)
    record, hint = _check(atlas, position, language, **options)
    if cards:
        from dezone.cite import command as citing

        citing.write_cards(record, atlas, cards, language=language)
    said = show.safe_json(record.to_json()) if as_json else show.record(atlas, record, language)
    click.echo(said, nl=False)
    if hint:
        click.echo(f"{atlas.words(language)['field']['note']}: {hint}", err=True)


@main.command(context_settings={"ignore_unknown_options": True})
@_incident_options
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@_language_option
@_atlas_option
def explain(
    position: tuple[str, ...],
    as_json: bool,
    language: str,
    atlas_path: Path | None,
    **options: Any,
) -> None:
    """Say what would change a verdict: how far, how many days, which radius, whose line.

    \b
    dezone explain 35.9306 36.6339 --date 2018-03
    """
    from dezone.cite import command as citing
    from dezone.cite.explain import explain as explain_record

    atlas = read_atlas(atlas_path)
    record, hint = _check(atlas, position, language, **options)
    found = explain_record(record, atlas, language=language)
    said = (
        show.safe_json(found.to_json()) if as_json else citing.explanation(atlas, found, language)
    )
    click.echo(said, nl=False)
    if hint:
        click.echo(f"{atlas.words(language)['field']['note']}: {hint}", err=True)


@main.command()
@click.argument("card", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--places",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The file with more places that the card was made with.",
)
@click.option("--incidents", help="The file that a report was made from: reckons all of it anew.")
@click.option("--admin", multiple=True, help="The polygons that a report was made with.")
@_atlas_option
def verify(
    card: Path,
    places: Path | None,
    incidents: str | None,
    admin: tuple[str, ...],
    atlas_path: Path | None,
) -> None:
    """Compute a card (JSON) or a report (report.json) again, and say whether it is what it says.

    Says `verified` and exits with 0; or says what differs (record, atlas, software, answer,
    files, numbers) and exits with 4.
    """
    from dezone.cite import command as citing

    said, status = citing.verification(card, read_atlas(atlas_path), places, incidents, admin)
    click.echo(said, nl=False)
    sys.exit(status)


@main.command()
@click.argument("zone", required=False)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File: .svg, .png or .pdf.",
)
@_day_options
@_language_option
@_atlas_option
def figure(
    zone: str | None,
    output: Path,
    date: str | None,
    boundary: str | None,
    language: str,
    atlas_path: Path | None,
) -> None:
    """Draw the zones of a day, or one ZONE, for print and press.

    \b
    dezone figure -o zones.pdf --date 2017-10-01
    dezone figure idlib --date 2018-03-10 --lang ar -o idlib.png
    """
    from maps.print.figure import write_figure
    from zones.layers import read_day, reference_day

    atlas = read_atlas(atlas_path)
    day = reference_day(atlas) if date is None else read_day(date)
    write_figure(atlas, output, zone=zone, day=day, language=language, boundary=boundary)
    click.echo(str(output))


@main.command()
@_day_options
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@_language_option
@_atlas_option
def zones(
    date: str | None, boundary: str | None, as_json: bool, language: str, atlas_path: Path | None
) -> None:
    """List the zones as they stood on a day."""
    from zones.layers import read_day, reference_day, zone_rows

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
@_day_options
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
    from zones.layers import load_zones, write_zones

    frame = load_zones(date, boundary, estimate, atlas=read_atlas(atlas_path))
    write_zones(frame, output)
    click.echo(f"{len(frame)} zones of {frame.attrs['date']} in {output}")


@main.command()
@click.argument("incidents")
@click.option("-o", "--output", help="A file, -, or a folder for Parquet, here or s3://...")
@click.option("--with", "with_", multiple=True, help="Further columns: distance_m, sentence, all.")
@_deciding_options
@click.option("--strict", is_flag=True, help="Stop at the first row that cannot be read.")
@click.option("--resume", is_flag=True, help="Go on with a folder from its last whole part.")
@click.option("--repairs", help="Write every repair, warning and refusal, row by row, as a table.")
@click.option("--guard-formulas", is_flag=True, help="Defuse cells a spreadsheet would run.")
@click.option("--scheduler", help="A Dask cluster for a folder: tcp://HOST:PORT.")
@reading_options
@_language_option
@_atlas_option
def tag(
    incidents: str,
    output: str | None,
    with_: tuple[str, ...],
    boundary: str | None,
    basis: str,
    strict: bool,
    resume: bool,
    repairs: str | None,
    guard_formulas: bool,
    scheduler: str | None,
    language: str,
    atlas_path: Path | None,
    **options: Any,
) -> None:
    """Give each incident of a file its verdict; INCIDENTS may be - for standard input.

    \b
    dezone tag incidents.csv -o tagged.csv
    dezone tag archive/ -o tagged/ --resume
    dezone tag 's3://bucket/*.parquet' -o s3://bucket/out/ --scheduler tcp://HOST:8786

    The columns are added to those of the file, whose rows and cells stay as they are. Without -o
    a small file is shown as a table. Exits with 3 when some rows cannot be read; they are written
    all the same, as undetermined, with their reasons.
    """
    from dezone.tag import check_usage, print_table, say_summary, tag_to_file

    atlas = read_atlas(atlas_path)
    only_with_output = (
        ("--with", with_),
        ("--resume", resume),
        ("--repairs", repairs),
        ("--guard-formulas", guard_formulas),
        ("--scheduler", scheduler),
    )
    check_usage(output, only_with_output)
    if output is None:
        asked = {"boundary": boundary, "basis": basis, "strict": strict}
        readable = print_table(incidents, atlas, language, options | asked)
    else:
        found = tag_to_file(
            incidents,
            output,
            atlas,
            with_=with_,
            boundary=boundary,
            basis=basis,
            strict=strict,
            resume=resume,
            repairs=repairs,
            guard_formulas=guard_formulas,
            scheduler=scheduler,
            language=language,
            **options,
        )
        say_summary(found)
        readable = not found.unreadable
    if not readable:
        sys.exit(3)


@main.command()
@click.argument("old")
@click.argument("new")
@click.option("--incidents", help="With two atlases: a file whose verdicts to compare.")
@click.option(
    "-o", "--output", help="A file with a row for each incident (or record) that differs."
)
@click.option("--id", "id_column", help="The column that names an incident.")
@_deciding_options
@reading_options
@_language_option
@_atlas_option
def diff(
    old: str,
    new: str,
    incidents: str | None,
    output: str | None,
    id_column: str | None,
    boundary: str | None,
    basis: str,
    language: str,
    atlas_path: Path | None,
    **options: Any,
) -> None:
    """Say what changed from OLD to NEW: incidents, or an atlas; which verdicts, and why.

    \b
    dezone diff ged_2017.csv ged_2018.csv -o changes.xlsx
    dezone diff shipped my_atlas/
    dezone diff old_atlas/ my_atlas/ --incidents incidents.csv -o changes.csv

    Incidents are joined by their id. A folder with atlas.json is an atlas, `shipped` the one of
    this program. Exits with 0 whether or not anything differs.
    """
    from dezone.diff import command as differences

    differences.check_usage(old, new, incidents=incidents, atlas=atlas_path)
    asked = {**options, "boundary": boundary, "basis": basis, "id_column": id_column}
    if differences.is_atlas(old):
        said = differences.say_atlases(old, new, incidents, output, language, **asked)
    else:
        said = differences.say_files(old, new, read_atlas(atlas_path), output, language, **asked)
    click.echo(said, nl=False)


@main.command()
@click.argument("incidents")
@click.option("-o", "--output", required=True, help="A folder, new or of an earlier report.")
@_deciding_options
@click.option("--strict", is_flag=True, help="Stop at the first row that cannot be read.")
@click.option("--repairs", help="Write every repair, warning and refusal, row by row, as a table.")
@reading_options
@_language_option
@_atlas_option
def report(
    incidents: str,
    output: str,
    boundary: str | None,
    basis: str,
    strict: bool,
    repairs: str | None,
    language: str,
    atlas_path: Path | None,
    **options: Any,
) -> None:
    """Count a file of incidents by zone and week, and tell what changed when, and how surely.

    \b
    dezone report incidents.csv -o report/
    dezone verify report/report.json --incidents incidents.csv

    Writes a page that needs no network, its charts, every number as CSV, and report.json. Exits
    with 3 when some rows cannot be read; they are counted as such.
    """
    from dezone.report.command import report_to_folder

    readable = report_to_folder(
        incidents,
        output,
        read_atlas(atlas_path),
        boundary=boundary,
        basis=basis,
        strict=strict,
        repairs=repairs,
        language=language,
        **options,
    )
    if not readable:
        sys.exit(3)


@main.command("inspect")
@click.argument("incidents")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the mapping of its columns (TOML), to be corrected and given back.",
)
@click.option(
    "--repairs",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write every repair, warning and refusal, row by row, as a table.",
)
@reading_options
@_atlas_option
def inspect_command(
    incidents: str,
    output: Path | None,
    repairs: Path | None,
    atlas_path: Path | None,
    **options: Any,
) -> None:
    """Look at a file of incidents: which column means what, and what is wrong with it.

    \b
    dezone inspect incidents.csv -o map.toml
    dezone inspect incidents.xlsx --sheet Sheet1 --repairs repairs.csv
    """
    atlas = read_atlas(atlas_path)
    found = show_file(incidents, atlas, output=output, repairs=repairs, **options)
    click.echo(found, nl=False)


@main.command("map")
@click.argument("zone", required=False)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="A folder for the site, or a file like page.html for one page: of all zones, or of one.",
)
@click.option("--date", help="A day; by default the first on which all zones were arranged.")
@publishing_options
@click.option(
    "--tiles",
    metavar="NAME",
    help="An online background that xyzservices knows, like OpenStreetMap.Mapnik; tells its "
    "server who looks where.",
)
@reading_options
@_language_option
@_atlas_option
def make_map(
    zone: str | None,
    output: Path,
    date: str | None,
    tiles: str | None,
    language: str,
    atlas_path: Path | None,
    **options: Any,
) -> None:
    """Write map pages that need no network: the whole site, one page of all zones, or of one ZONE.

    \b
    dezone map -o site/
    dezone map -o page.html --incidents incidents.csv
    dezone map idlib --date 2017-10-01 -o idlib.html
    dezone map -o site/ --incidents incidents.csv --show place --delay 30

    Up to a million incidents fit into a page. Each is published with its verdict, date, id and
    position; the page says what was left out.
    """
    from maps import write_map, write_site
    from zones.layers import read_day

    atlas: Atlas = read_atlas(atlas_path)
    day = None if date is None else read_day(date)
    crowd = read_published(atlas, language=language, **options)
    one_page = output.suffix.lower() in (".html", ".htm") and not output.is_dir()
    if zone is None and not one_page:
        files = write_site(atlas, output, date=day, lang=language, incidents=crowd, tiles=tiles)
        pages = [path for path in files if path.suffix == ".html"]
        click.echo(f"{len(pages)} pages in {output}")
    else:
        if zone is not None:
            atlas.zone(zone)
        write_map(atlas, output, zone=zone, date=day, lang=language, incidents=crowd, tiles=tiles)
        click.echo(str(output))
    if tiles:
        from maps.page.tiles import background

        host = background(tiles).host
        said: str = atlas.words(language)["page"]["tiles_privacy"]
        click.echo(f"note: {said.format(host=host)}", err=True)


@main.command("page")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file, like checker.html.",
)
@_language_option
@_atlas_option
def make_page(output: Path, language: str, atlas_path: Path | None) -> None:
    """Write one page that checks incidents in the browser, with no network.

    \b
    dezone page -o checker.html
    """
    from maps import write_checker

    write_checker(read_atlas(atlas_path), output, lang=language)
    click.echo(str(output))
