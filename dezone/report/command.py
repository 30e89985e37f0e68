"""`dezone report`: progress on a terminal, the folder, what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dezone import show
from dezone.progress import Progress
from geodata.errors import RecordError

if TYPE_CHECKING:
    from geodata.atlas import Atlas

__all__ = ["report_to_folder"]


def report_to_folder(
    incidents: str,
    output: str,
    atlas: Atlas,
    *,
    language: str,
    repairs: str | None,
    **options: Any,
) -> bool:
    """Write the report on a file into a folder; tell whether all rows could be read."""
    from dezone.report import make_report
    from dezone.report.document import REPORT, Document
    from dezone.report.page import PAGE, write_report
    from dezone.report.tables import write_tables
    from geodata.columns.diagnostics import write_repairs
    from geodata.findings import Log
    from geodata.formats.storage import whole_folder

    atlas.words(language)
    findings = Log(keep_rows=repairs is not None)
    progress = Progress()
    # The folder is looked at first: a name that cannot be used is not told after a minute.
    with whole_folder(output, replace=_is_report(Path(output))) as folder:
        try:
            found = make_report(
                incidents, atlas=atlas, findings=findings, progress=progress, **options
            )
        finally:
            progress.clear()
        tables = write_tables(found, atlas, language=language)
        for name, content in tables.items():
            (folder / name).write_bytes(content)
        drawn = write_report(
            found,
            atlas,
            folder,
            language=language,
            files=[folder / name for name in tables],
            document=REPORT,
        )
        files = tables | {path.name: path.read_bytes() for path in drawn}
        document = Document.of(found, language=language, files=files)
        (folder / REPORT).write_bytes(document.to_json())
    if repairs is not None:
        write_repairs(repairs, findings)
    for role, column in found.input.columns.items():
        click.echo(show.plain_text(f"{role}: {column}"), err=True)
    for line in findings.to_text().splitlines():
        click.echo(show.plain_text(line), err=True)
    given = found.input
    click.echo(
        f"{given.rows} rows: {given.counted} counted, {given.unlocated} without a usable place, "
        f"{given.undated} without a date, {given.abroad} abroad, {given.unreadable} unreadable",
        err=True,
    )
    click.echo(show.findings(atlas, found, language), nl=False)
    click.echo(show.plain_text(str(Path(output) / PAGE)))
    return not given.unreadable


def _is_report(folder: Path) -> bool:
    """Tell whether a folder holds an earlier report and nothing else."""
    from dezone.report.document import REPORT, read_document

    try:
        known = read_document((folder / REPORT).read_bytes()).files
    except (OSError, RecordError):
        return False
    return {path.name for path in folder.iterdir()} <= {REPORT, *known}
