"""`dezone report`: writes the folder of a report, and sums it up on the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dezone import show
from dezone.options import (
    Input,
    atlas_option,
    command,
    deciding_options,
    language_option,
    output_option,
    reading_options,
    repairs_option,
    strict_option,
)
from dezone.progress import Progress
from geodata.errors import InputError, RecordError

if TYPE_CHECKING:
    from dezone.report.rows import RowsReport
    from dezone.verification import Given, Verification
    from geodata.atlas import Atlas
    from geodata.formats.table import Table
    from zones.tables.question import Question


@command()
@click.argument("incidents", type=Input())
@output_option("A folder: a new one, or that of an earlier report.")
@deciding_options
@strict_option
@repairs_option
@reading_options
@language_option
@atlas_option
def report(
    incidents: str,
    output: Path,
    strict: bool,
    repairs: str | None,
    language: str,
    atlas: Atlas,
    boundary: str | None,
    basis: str,
    **reading: Any,
) -> None:
    """Count incidents by zone and week, and say what changed.

    \b
    dezone report incidents.csv -o report/
    dezone verify report/report.json --incidents incidents.csv

    Writes a page that needs no network, its charts, every number as CSV, and report.json. Exits
    with 3 if some rows cannot be read; they are counted as such.
    """
    from dezone.report import make_report
    from dezone.report.files import PAGE, report_files
    from dezone.report.words import summarize
    from geodata.columns.diagnostics import write_repairs
    from geodata.findings import Log
    from geodata.whole import whole_folder
    from zones.tables.question import ask

    if output.suffix and not output.is_dir():
        raise InputError(
            f"expected a folder, found the name of a file, {output.name!r}; name one like report/, "
            "or make it first if its name has a dot."
        )
    question = ask(boundary=boundary, basis=basis, language=language, atlas=atlas)
    findings = Log(keep_rows=repairs is not None)
    # The folder is looked at first: a name that cannot be used is not told after a minute.
    with whole_folder(output, replace=_is_report(output)) as folder:
        with Progress() as progress:
            found = make_report(
                incidents,
                question,
                strict=strict,
                findings=findings,
                progress=progress,
                **reading,
            )
        for name, content in report_files(found, atlas, language=language).items():
            (folder / name).write_bytes(content)
    if repairs is not None:
        write_repairs(repairs, findings)
    for role, column in found.input.columns.items():
        show.note_said(f"{show.role(role)}: {column}")
    show.say_findings(findings)
    given = found.input
    show.note(
        f"{given.rows} rows: {given.counted} counted, {given.unlocated} without a usable place, "
        f"{given.undated} without a date, {given.abroad} abroad, {given.unreadable} unreadable"
    )
    click.echo(summarize(atlas, found, language), nl=False)
    click.echo(show.plain_text(str(output / PAGE)))
    if given.unreadable:
        sys.exit(3)


COMMANDS = (report,)


def _is_report(folder: Path) -> bool:
    """Tell whether a folder holds an earlier report and nothing else."""
    from dezone.report.files import REPORT, read_document

    try:
        known = read_document((folder / REPORT).read_bytes()).files
    except (OSError, RecordError):
        return False
    return {path.name for path in folder.iterdir()} <= {REPORT, *known}


def report_rows(rows: Table, question: Question, name: str, content: bytes) -> RowsReport:
    """Return the report on rows that do not come from a file: see `dezone.report.rows`."""
    from dezone.report.rows import report_rows as make

    return make(rows, question, name, content)


def verify_file(path: Path, given: Given) -> Verification | None:
    """Return the result of verifying a report.json; None if the file is not one."""
    from dezone.report.files import is_report

    if not is_report(path):
        return None
    from dezone.report.verifying import verify_report

    return verify_report(path, atlas=given.atlas, incidents=given.incidents, admin=given.admin)
