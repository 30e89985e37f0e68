"""`dezone map --incidents`: which incidents a page shows, and what it tells of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dezone import show
from dezone.inspect import with_options
from geodata.columns.options import ReadingOptions
from geodata.errors import InputError

if TYPE_CHECKING:
    from geodata.atlas import Atlas
    from maps.page.incidents import Crowd

__all__ = ["publishing_options", "read_published"]

publishing_options = with_options(
    click.option(
        "--incidents",
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
"""The options that say which incidents a page shows, and how."""


def read_published(
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
) -> Crowd | None:
    """Return the incidents of a page; none where no file was named.

    Raises
    ------
    InputError
        An option that says how a file is shown or read, but no file.
    """
    publishing: dict[str, Any] = {
        "--show": show_columns,
        "--coarsen": coarsen,
        "--min-count": min_count,
        "--delay": delay,
        "--today": today,
    }
    if incidents is None:
        given = [name for name, value in publishing.items() if value not in (None, ())]
        offered = ReadingOptions.offered()
        given += [f"--{offered[k].flag}" for k, value in reading.items() if value not in (None, ())]
        if given:
            raise InputError(
                f"expected a file for {given[0]}, found none; name it with --incidents."
            )
        return None

    from maps.page.incidents import Publishing, read_crowd
    from zones.layers import read_day

    wanted = Publishing(
        show=show_columns,
        coarsen_km=coarsen,
        min_count=1 if min_count is None else min_count,
        delay_days=delay,
        today=None if today is None else read_day(today),
    )
    crowd = read_crowd(incidents, atlas, wanted, language=language, **reading)
    for line in _said(crowd):
        click.echo(show.plain_text(line), err=True)
    return crowd


def _said(crowd: Crowd) -> list[str]:
    """Return what there is to know about a file that was published."""
    report = crowd.report
    names = ", ".join(["verdict, date, position", *(name for name, _ in crowd.columns)])
    lines = [f"{len(crowd)} of {report['rows']} incidents, published with {names}"]
    if delayed := report["delayed"]:
        lines.append(
            f"left out: {delayed['count']} after {delayed['until']}, {delayed['undated']} of them "
            "without a date"
        )
    if withheld := report["withheld"]:
        lines.append(
            f"left out: {withheld['count']} in {withheld['groups']} groups of fewer than "
            f"{withheld['least']}"
        )
    if crowd.unreadable:
        rows = "row" if crowd.unreadable == 1 else "rows"
        lines.append(f"{crowd.unreadable} {rows} could not be read: undetermined")
    return lines
