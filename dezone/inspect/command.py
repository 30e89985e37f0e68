"""`dezone inspect`: how a file of incidents is read, before it is checked."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dezone import show
from dezone.options import (
    Input,
    atlas_option,
    command,
    language_option,
    output_option,
    reading_options,
    repairs_option,
    strict_option,
)
from dezone.translation import say
from geodata.columns.options import ReadingOptions
from geodata.errors import InputError

if TYPE_CHECKING:
    from geodata.atlas import Atlas
    from geodata.columns.diagnostics import Inspection, Preview


@command()
@click.argument("incidents", type=Input())
@output_option(
    "Write the mapping of its columns (TOML), to be corrected and given back with --mapping.",
    required=False,
)
@repairs_option
@strict_option
@reading_options
@language_option
@atlas_option
def inspect(
    incidents: str,
    output: Path | None,
    repairs: str | None,
    strict: bool,
    language: str,
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
    click.echo(_text(incidents, found, language, atlas.words(language)["reason"]), nl=False)
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


def _text(path: str, found: Inspection, language: str, words: Mapping[str, str]) -> str:
    from geodata.columns.diagnostics import preview_line

    def preview(one: Preview) -> str:
        line = say(preview_line(replace(one, trouble=())))
        return "  ".join(filter(None, (line, show.reasons(one.trouble, language, words))))

    source = found.source
    title = say(f"{source.table.format}, {found.rows} rows, {len(source.schema)} columns")
    taken = [show.taken(choice) for choice in source.mapping.choices]
    width = max((show.columns(role) for role, _, _ in taken), default=0)
    known = [f"{say('source')}  {source.mapping.source}"] if source.mapping.source else []
    findings = [show.said(line) for line in found.log.to_text().splitlines() or ["none"]]
    blocks = {
        f"{path}: {title}": [],
        say("Taken for"): known
        + [f"{show.pad(role, width)}  {column}  {why}" for role, column, why in taken],
        say(f"The first {len(found.preview)} rows, as read"): list(map(preview, found.preview)),
        say("Repairs, warnings, refusals"): findings,
    }
    lines: list[str] = []
    for head, body in blocks.items():
        lines.append(click.style(show.plain_text(head), bold=True))
        lines += [f"  {show.plain_text(line)}" for line in body]
    lines.append(say(f"{found.troubled} of {found.rows} rows without a usable place or date."))
    return "\n".join(lines) + "\n"
