"""Looking at a file of incidents before it is checked: `dezone inspect`, and its options."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dezone import show
from geodata.columns.options import ReadingOptions
from geodata.errors import InputError

if TYPE_CHECKING:
    from geodata.atlas import Atlas
    from geodata.columns.inspecting import Inspection

__all__ = ["reading_options", "show_file", "with_options"]

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(dir_okay=False, path_type=Path)


def with_options(*several: Callable[[Any], Any]) -> Callable[[F], F]:
    """Return a decorator that gives a command several options, in this order."""

    def give(command: F) -> F:
        for option in reversed(several):
            command = option(command)
        return command

    return give


def reading_options(command: F) -> F:
    """Give a command the options that say how a file of incidents is read (`ReadingOptions`)."""
    for name, one in reversed(ReadingOptions.offered().items()):
        kind = _FILE if one.is_file else click.Choice(one.choices) if one.choices else None
        give = click.option(f"--{one.flag}", name, type=kind, multiple=one.repeats, help=one.help)
        command = give(command)
    return command


def show_file(
    path: str, atlas: Atlas, *, output: Path | None, repairs: Path | None, **reading: Any
) -> str:
    """Return what is known of a file as text; write its mapping and its repairs where asked."""
    from geodata.columns.inspecting import inspect_file, write_repairs
    from geodata.formats.storage import refuse_to_overwrite
    from maps.page.output import write_file

    refuse_to_overwrite(path, output, repairs)
    options = ReadingOptions.of(**reading)
    try:
        found = inspect_file(path, options, keep_rows=repairs is not None, atlas=atlas)
    except InputError as error:
        if output is not None and (columns := _columns(path, options)):
            write_file(output, _template(columns, str(error)).encode())
            raise InputError(f"{error} A mapping to fill in is in {output}.") from error
        raise
    if output is not None:
        write_file(output, found.mapping_text().encode())
    if repairs is not None:
        write_repairs(repairs, found.report)
    return _text(path, found)


def _columns(path: str, options: ReadingOptions) -> list[str]:
    """Return the columns of a file whose columns are not understood; none if it is unreadable."""
    from geodata.columns.opening import open_table

    if path == "-":
        return []
    try:
        return list(open_table(path, options).schema.names)
    except InputError:
        return []


def _template(columns: list[str], why: str) -> str:
    from geodata.columns.mapping import ROLES, Mapping, write_mapping

    head = [why, "Take the mark in front of the lines that are right, and name the columns:"]
    text = write_mapping(Mapping(), columns, "\n".join(head))
    return text + "".join(f'# {role} = ""\n' for role in ROLES)


def _text(path: str, found: Inspection) -> str:
    from geodata.columns.inspecting import preview_line

    source = found.source
    title = f"{path}: {source.table.format}, {found.rows} rows, {len(source.schema)} columns"
    width = max((len(c.role) for c in source.mapping.choices), default=0)
    known = [f"source  {source.mapping.source}"] if source.mapping.source else []
    taken = [f"{c.role:<{width}}  {c.column}  ({c.why})" for c in source.mapping.choices]
    findings = found.report.to_text().splitlines() or ["none"]
    blocks = {
        title: [],
        "Taken for": known + taken,
        f"The first {len(found.preview)} rows, as read": [
            preview_line(one) for one in found.preview
        ],
        "Repairs, warnings, refusals": findings,
    }
    lines: list[str] = []
    for head, body in blocks.items():
        lines.append(click.style(show.plain_text(head), bold=True))
        lines += [f"  {show.plain_text(line)}" for line in body]
    lines.append(f"{found.troubled} of {found.rows} rows without a usable place or date.")
    return "\n".join(lines) + "\n"
