"""`dezone map` and `dezone page`: pages that need no network."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dezone import show
from dezone.options import (
    Input,
    atlas_option,
    command,
    is_page,
    language_option,
    output_option,
    reading_options,
    strict_option,
    with_options,
)
from geodata.columns.options import ReadingOptions
from geodata.errors import InputError

if TYPE_CHECKING:
    from geodata.atlas import Atlas
    from maps.page.points import PublishedPoints

_publishing_options = with_options(
    click.option(
        "--incidents",
        type=Input(),
        metavar="FILE",
        help="Show the incidents of a file, in any format that `dezone tag` reads.",
    ),
    click.option(
        "--show",
        "show_columns",
        multiple=True,
        metavar="COLUMN",
        help="Publish this column too, of the file or of a record (sentence, round, ...); by "
        "default verdict, date, id and position. May be given several times.",
    ),
    click.option(
        "--coarsen", metavar="KM", type=float, help="Show cells of this size, not positions."
    ),
    click.option(
        "--min-count",
        metavar="N",
        type=int,
        help="Leave out incidents of which there are fewer in a place, week, zone and verdict.",
    ),
    click.option(
        "--delay", metavar="DAYS", type=int, help="Leave out incidents younger than this."
    ),
    click.option(
        "--today", metavar="DAY", help="The day that --delay counts back from, if not the real one."
    ),
)


@command("map")
@click.argument("zone", required=False)
@output_option(
    "A folder for the whole site, or a file like page.html for one page (of all zones, or of ZONE)."
)
@click.option("--date", help="A day; by default the first on which every zone was arranged.")
@_publishing_options
@click.option(
    "--tiles",
    metavar="NAME",
    help="An online background that xyzservices knows, like OpenStreetMap.Mapnik. Its server then "
    "sees who looks where.",
)
@strict_option
@reading_options
@language_option
@atlas_option
def make_map(
    zone: str | None,
    output: Path,
    date: str | None,
    tiles: str | None,
    language: str,
    atlas: Atlas,
    **asked: Any,
) -> None:
    """Write map pages that need no network.

    \b
    dezone map -o site/
    dezone map -o page.html --incidents incidents.csv
    dezone map idlib --date 2017-10-01 -o idlib.html
    dezone map -o site/ --incidents incidents.csv --show place --delay 30

    A page shows up to a million incidents, each with its verdict, date, id and position. It says
    what was left out.
    """
    from zones.layers import read_day

    one_page = is_page(output, folder=zone is None)
    day = None if date is None else read_day(date)
    with ThreadPoolExecutor(1) as beside:
        beside.submit(import_module, "maps.page.site")  # a second, while the file is read
        points = _read_published(atlas, language=language, **asked)
    from maps import write_map, write_site

    if not one_page:
        files = write_site(
            atlas,
            output,
            date=day,
            lang=language,
            incidents=points,
            tiles=tiles,
            further=_ledger_files(click.get_current_context(), atlas),
        )
        pages = [path for path in files if path.suffix == ".html"]
        show.result(f"{len(pages)} pages", output)
    else:
        if zone is not None:
            atlas.zone(zone)
        write_map(atlas, output, zone=zone, date=day, lang=language, incidents=points, tiles=tiles)
        click.echo(str(output))
    if tiles:
        from maps.page.tiles import background

        said: str = atlas.words(language)["page"]["tiles_privacy"]
        show.note(f"note: {said.format(host=background(tiles).host)}")


def _ledger_files(context: click.Context, atlas: Atlas) -> dict[str, Callable[[Path], str]]:
    """Return the files of the ledger with the functions that write and cite them.

    They come from the command `ledger`; there are none without that command, or without a ledger.
    """
    root = context.find_root().command
    ledger = root.get_command(context, "ledger") if isinstance(root, click.Group) else None
    if ledger is None or not len(atlas.ledger):
        return {}

    def write(path: Path) -> str:
        with redirect_stdout(StringIO()) as said:
            context.invoke(ledger, output=path, atlas=atlas)
        return said.getvalue().strip()

    return dict.fromkeys((f"settlements.{one}" for one in ("csv", "gpkg", "parquet")), write)


@command("page")
@output_option("The file to write, like checker.html.")
@language_option
@atlas_option
def make_page(output: Path, language: str, atlas: Atlas) -> None:
    """Write a page that checks incidents in the browser.

    It needs no network.

    \b
    dezone page -o checker.html
    """
    from maps import write_checker

    is_page(output, folder=False)
    write_checker(atlas, output, lang=language)
    click.echo(str(output))


COMMANDS = (make_map, make_page)


def _read_published(
    atlas: Atlas,
    *,
    incidents: str | None,
    show_columns: tuple[str, ...],
    coarsen: float | None,
    min_count: int | None,
    delay: int | None,
    today: str | None,
    language: str,
    **reading: Any,
) -> PublishedPoints | None:
    """Return the incidents of a page; none if no file was named.

    Raises
    ------
    InputError
        An option says how to show or read a file, but no file is named.
    """
    publishing: dict[str, Any] = {
        "--show": show_columns,
        "--coarsen": coarsen,
        "--min-count": min_count,
        "--delay": delay,
        "--today": today,
    }
    strict = bool(reading.pop("strict"))
    if incidents is None:
        given = [name for name, value in publishing.items() if value not in (None, ())]
        offered = ReadingOptions.offered()
        given += [f"--{offered[k].flag}" for k, value in reading.items() if value not in (None, ())]
        if given:
            raise InputError(
                f"expected a file for {given[0]}, found none; name it with --incidents."
            )
        return None

    from maps.page.points import Publishing, read_points
    from zones.layers import read_day

    wanted = Publishing(
        show=show_columns,
        coarsen_km=coarsen,
        min_count=1 if min_count is None else min_count,
        delay_days=delay,
        today=None if today is None else read_day(today),
    )
    points = read_points(incidents, atlas, wanted, language=language, strict=strict, **reading)
    show.say_findings(points.log)
    for line in _said(points):
        show.note(line)
    return points


def _said(points: PublishedPoints) -> list[str]:
    """Return the notes about a file that was published."""
    report = points.report
    names = ", ".join(["verdict, date, position", *(name for name, _ in points.columns)])
    lines = [f"{len(points)} of {report.rows} incidents, published with {names}"]
    if delayed := report.delayed:
        lines.append(
            f"left out: {delayed.count} after {delayed.until}, {delayed.undated} of them "
            "without a date"
        )
    if withheld := report.withheld:
        lines.append(
            f"left out: {withheld.count} in {withheld.groups} groups of fewer than {withheld.least}"
        )
    if points.unreadable:
        rows = "row" if points.unreadable == 1 else "rows"
        lines.append(f"{points.unreadable} {rows} could not be read")
    return lines
