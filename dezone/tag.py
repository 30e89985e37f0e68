"""`dezone tag`: progress on a terminal, the summary, the status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from dezone import show
from dezone.progress import Progress
from geodata.errors import InputError

if TYPE_CHECKING:
    from geodata.atlas import Atlas
    from geodata.columns.mapping import ColumnMapping
    from geodata.findings import Log
    from zones.tables.files import Summary

__all__ = ["check_usage", "print_table", "say_summary", "tag_to_file"]

_MOST_SHOWN = 1_000


def tag_to_file(incidents: str, output: str, atlas: Atlas, **options: Any) -> Summary:
    """Tag a file into another, showing how it goes on."""
    from zones.tables.files import tag_file

    progress = Progress()
    try:
        return tag_file(incidents, output, atlas=atlas, progress=progress, **options)
    finally:
        progress.clear()


def say_summary(found: Summary) -> None:
    """Say on stderr what came of a file: verdicts, repairs, refusals, other names of columns."""
    _say_choices(found.mapping)
    for ours, name in found.renamed.items():
        click.echo(
            show.plain_text(f"column {ours}: called {name}, its own name is taken"), err=True
        )
    _say_log(found.log)
    counts = ", ".join(f"{name} {count}" for name, count in found.verdicts.items() if count)
    said = f"{found.rows} rows in {found.output}"
    if found.parts:
        said += f", {found.parts} parts ({found.kept} were there already)"
    click.echo(show.plain_text(f"{said}: {counts or 'none'}"), err=True)
    if found.unreadable:
        click.echo(
            f"{found.unreadable} {'row' if found.unreadable == 1 else 'rows'} could not be read: "
            "undetermined, their reasons say why",
            err=True,
        )


def _say_choices(mapping: ColumnMapping) -> None:
    for choice in mapping.choices:
        if not choice.role.startswith("deaths"):  # which a verdict does not depend on
            click.echo(show.plain_text(f"{choice.role}: {choice.column} ({choice.why})"), err=True)


def _say_log(log: Log) -> None:
    for line in log.to_text().splitlines():
        click.echo(show.plain_text(line), err=True)


def print_table(incidents: str, atlas: Atlas, language: str, options: dict[str, Any]) -> bool:
    """Print the verdicts on a small file as a table; tell whether all rows could be read."""
    from zones.tables.tagging import answer_file

    answers, mapping, log = answer_file(
        incidents, atlas, language=language, most=_MOST_SHOWN, **options
    )
    click.echo(show.table(atlas, answers, language), nl=False)
    _say_choices(mapping)
    _say_log(log)
    troubled = [(n, answer) for n, answer in enumerate(answers, 1) if answer.trouble]
    for n, answer in troubled:
        name = answer.row.get("id") or f"row {n}"
        click.echo(show.plain_text(f"{name}: {answer.trouble}"), err=True)
    return not troubled


def check_usage(output: str | None, wanted: Sequence[tuple[str, Any]]) -> None:
    """Refuse options that need an output where there is none."""
    given = [name for name, value in wanted if value]
    if output is None and given:
        raise InputError(f"expected an output file for {given[0]}, found none; name one with -o.")
