"""`dezone inspect`: how a file of incidents is read, before it is checked."""

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
    output_option,
    reading_options,
    repairs_option,
    strict_option,
)
from geodata.columns.options import ReadingOptions
from geodata.errors import InputError

if TYPE_CHECKING:
    from geodata.atlas import Atlas
    from geodata.columns.diagnostics import Inspection


@command()
@click.argument("incidents", type=Input())
@output_option(
    "Write the mapping of its columns (TOML), to be corrected and given back with --mapping.",
    required=False,
)
@repairs_option
@strict_option
@reading_options
@atlas_option
def inspect(
    incidents: str,
    output: Path | None,
    repairs: str | None,
    strict: bool,
    atlas: Atlas,
    **reading: Any,
) -> None:
    """Show how a file is read: which column means what, what is wrong.

    \b
    dezone inspect incidents.csv -o map.toml
    dezone inspect incidents.xlsx --sheet Sheet1 --repairs repairs.csv
    """
    from geodata.columns.diagnostics import inspect_file, write_repairs
    from geodata.columns.headers.rows import HeaderRowError
    from geodata.whole import write_whole

    options = ReadingOptions.of(**reading)
    try:
        found = inspect_file(incidents, options, keep_rows=repairs is not None, atlas=atlas)
    except HeaderRowError:  # which no mapping states
        raise
    except InputError as error:
        if output is not None and (columns := _columns(incidents, options)):
            write_whole(output, _template(columns, error).encode())
            raise InputError(f"{error} A mapping to fill in is in {output}.") from error
        raise
    if output is not None:
        write_whole(output, found.mapping_text().encode())
    if repairs is not None:
        write_repairs(repairs, found.log)
    click.echo(_text(incidents, found), nl=False)
    if strict and found.is_doubtful:
        sys.exit(3)


COMMANDS = (inspect,)


def _columns(path: str, options: ReadingOptions) -> list[str]:
    """Return the columns of a file in which not all are understood; none if it is unreadable."""
    from geodata.columns.opening import open_table

    if path == "-":
        return []
    try:
        return list(open_table(path, options).schema.names)
    except InputError:
        return []


def _template(columns: list[str], error: InputError) -> str:
    """Return what was recognised as a mapping, with suggestions for the rest as comments."""
    from geodata.columns.mapping import ROLES, write_mapping
    from geodata.columns.recognise import UnclearColumnsError

    unclear = error if isinstance(error, UnclearColumnsError) else UnclearColumnsError()
    head = [str(error), "Take the mark in front of the lines that are right, and name the columns:"]
    text = write_mapping(unclear.found, columns, "\n".join(head))
    if unclear.suggested:
        text += "# Perhaps:\n" + "".join(f"# {line}\n" for one in unclear.suggested for line in one)
    left = [role for role in ROLES if getattr(unclear.found, role) is None]
    return text + "".join(f'# {role} = ""\n' for role in left)


def _text(path: str, found: Inspection) -> str:
    from geodata.columns.diagnostics import preview_line

    source = found.source
    title = f"{path}: {source.table.format}, {found.rows} rows, {len(source.schema)} columns"
    width = max((len(c.role) for c in source.mapping.choices), default=0)
    known = [f"source  {source.mapping.source}"] if source.mapping.source else []
    taken = [f"{c.role:<{width}}  {c.column}  ({c.why})" for c in source.mapping.choices]
    findings = found.log.to_text().splitlines() or ["none"]
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
