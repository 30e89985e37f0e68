"""Looking at a file of incidents before it is checked: `dezone inspect`, and its options."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dezone import show
from geodata.errors import InputError

if TYPE_CHECKING:
    from geodata.atlas import Atlas
    from geodata.columns.inspecting import Inspection

__all__ = ["reading_options", "show_file", "stated", "with_options"]

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(dir_okay=False, path_type=Path)


def with_options(*several: Callable[[Any], Any]) -> Callable[[F], F]:
    """Return a decorator that gives a command several options, in this order."""

    def give(command: F) -> F:
        for option in reversed(several):
            command = option(command)
        return command

    return give


reading_options = with_options(
    click.option("--mapping", "mapping_path", type=_FILE, help="Which column means what (TOML)."),
    click.option("--format", "format_name", help="csv, json, xlsx, parquet or layers."),
    click.option("--encoding", help="Of a text file, where it is not proved: cp1256, ..."),
    click.option("--separator", help="Of a text file, where it is not proved: ';', tab, ..."),
    click.option("--layer", help="Of a GeoPackage or KML with several."),
    click.option("--sheet", help="Of a workbook with several."),
    click.option("--crs", help="Of the positions, where the file does not say: EPSG:32637, ..."),
    click.option("--radius", help="How precisely every place is known: 500m, 25km."),
    click.option("--precision", type=_FILE, help="Another table of precision codes."),
    click.option(
        "--admin",
        multiple=True,
        help="Polygons of districts or governorates, for events that are coded to one.",
    ),
    click.option("--order", type=click.Choice(["dmy", "mdy"]), help="Of day and month."),
    click.option("--decimal", type=click.Choice([".", ","]), help="The decimal mark."),
    click.option(
        "--epoch", type=click.Choice(["1900", "1904"]), help="Of a spreadsheet's serial dates."
    ),
)
"""The options that say how a file of incidents is read."""


def stated(
    *,
    mapping_path: Path | None,
    format_name: str | None,
    radius: str | None,
    precision: Path | None,
    epoch: str | None,
    **rest: Any,
) -> dict[str, Any]:
    """Return the options of a command as those of `open_incidents`."""
    from geodata.columns.mapping import read_mapping
    from geodata.columns.precision import read_precision
    from geodata.text.lengths import read_radius

    return {
        **rest,
        "mapping": None if mapping_path is None else read_mapping(mapping_path),
        "format": format_name,
        "radius_m": None if radius is None else read_radius(radius),
        "precision": None if precision is None else read_precision(precision),
        "epoch": None if epoch is None else int(epoch),
    }


def show_file(
    path: str, atlas: Atlas, *, output: Path | None, repairs: Path | None, **options: Any
) -> str:
    """Return what is known of a file as text; write its mapping and its repairs where asked."""
    from geodata.columns.inspecting import inspect_file, write_repairs
    from geodata.formats.storage import refuse_to_overwrite
    from maps.page.document import write_file

    refuse_to_overwrite(path, output, repairs)
    try:
        found = inspect_file(path, keep_rows=repairs is not None, atlas=atlas, **options)
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


def _columns(path: str, options: dict[str, Any]) -> list[str]:
    """Return the columns of a file whose columns are not understood; none if it is unreadable."""
    from geodata.columns.opening import open_table

    if path == "-":
        return []
    names = ("format", "encoding", "separator", "layer", "sheet")
    try:
        return list(open_table(path, **{name: options.get(name) for name in names}).schema.names)
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
