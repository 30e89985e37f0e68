"""`dezone tag`: progress on a terminal, the summary, the status."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from dezone import show
from geodata.errors import InputError

if TYPE_CHECKING:
    from geodata.atlas import Atlas
    from zones.files import Summary

__all__ = ["Progress", "check_usage", "print_table", "say_summary", "tag_to_file"]

_MOST_SHOWN = 1_000
_EVERY_S = 0.2


class Progress:
    """Rows done, rate and time left on one line of a terminal; nothing in a pipe."""

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()
        self.begin = self.last = time.monotonic()

    def __call__(self, rows: int, total: int | None) -> None:
        now = time.monotonic()
        if not self.live or now - self.last < _EVERY_S:
            return
        self.last = now
        rate = rows / (now - self.begin)
        said = f"{rows:,} rows, {rate:,.0f} a second"
        if total:
            left = round((total - rows) / rate)
            said += f", {rows / total:.0%}, {left // 60}:{left % 60:02d} left"
        click.echo(f"\r\x1b[K{said}", err=True, nl=False)

    def clear(self) -> None:
        """Leave the line empty."""
        if self.live:
            click.echo("\r\x1b[K", err=True, nl=False)


def tag_to_file(incidents: str, output: str, atlas: Atlas, **options: Any) -> Summary:
    """Tag a file into another, showing how it goes on."""
    from zones.files import tag_file

    progress = Progress()
    try:
        return tag_file(incidents, output, atlas=atlas, progress=progress, **options)
    finally:
        progress.clear()


def say_summary(found: Summary) -> None:
    """Say on stderr what came of a file: verdicts, repairs, refusals, other names of columns."""
    for choice in found.mapping.choices:
        click.echo(show.plain_text(f"{choice.role}: {choice.column} ({choice.why})"), err=True)
    for ours, name in found.renamed.items():
        click.echo(
            show.plain_text(f"column {ours}: called {name}, its own name is taken"), err=True
        )
    for line in found.report.to_text().splitlines():
        click.echo(show.plain_text(line), err=True)
    counts = ", ".join(f"{name} {count}" for name, count in found.verdicts.items() if count)
    said = f"{found.rows} rows in {found.output}"
    if found.parts:
        said += f", {found.parts} parts ({found.kept} were there already)"
    click.echo(show.plain_text(f"{said}: {counts or 'none'}"), err=True)
    if found.unreadable:
        click.echo(
            f"{found.unreadable} rows could not be read: undetermined, their reasons say why",
            err=True,
        )


def print_table(incidents: str, atlas: Atlas, language: str, options: dict[str, Any]) -> bool:
    """Print the verdicts on a small file as a table; tell whether all rows could be read."""
    from zones.tables import answer_file

    answers = answer_file(incidents, atlas, language=language, most=_MOST_SHOWN, **options)
    click.echo(show.table(atlas, answers, language), nl=False)
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
