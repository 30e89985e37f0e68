"""Options that commands share, and the check that no input is overwritten."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from dezone.translation import Context
from geodata.atlas import Atlas, read_atlas
from geodata.errors import InputError
from geodata.schema import Estimate

F = TypeVar("F", bound=Callable[..., Any])


class _Path(click.Path):
    """A path that is not empty, which would mean the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; refuse an empty one."""
        if value == "":
            raise WrongValue("expected a file or a folder, found an empty name; name one.", ctx)
        return super().convert(value, param, ctx)


class Input(_Path):
    """A file, folder, pattern or address that a command reads."""

    def __init__(self, *, exists: bool = False, path_type: type[Path] | None = None) -> None:
        super().__init__(
            exists=exists,
            dir_okay=not exists,
            readable=exists,
            allow_dash=True,
            path_type=path_type,
        )


class Output(_Path):
    """A file or folder that a command writes."""

    def __init__(self, *, path_type: type[Path] | None = None) -> None:
        super().__init__(readable=False, allow_dash=True, path_type=path_type)


class Command(click.Command):
    """A command that first makes sure that it does not overwrite its own inputs.

    Its inputs and outputs are the parameters of the types `Input` and `Output`.
    """

    context_class = Context

    def get_short_help_str(self, limit: int = 0) -> str:
        """Return the first sentence of the help, whole: as what it can be translated."""
        return super().get_short_help_str(limit=200)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        for parameter in self.params:
            if parameter.type is click.STRING and parameter.name in ctx.params:
                ctx.params[parameter.name] = _as_typed(ctx.params[parameter.name])
        written = self._paths(ctx, Output)
        if written:
            from geodata.formats.storage import refuse_overlap

            refuse_overlap(self._paths(ctx, Input), written)
        return super().invoke(ctx)

    def _paths(self, ctx: click.Context, kind: type[click.Path]) -> list[str]:
        found: list[str] = []
        for parameter in self.params:
            value = ctx.params.get(parameter.name or "")
            if isinstance(parameter.type, kind) and value is not None:
                found += map(_path, value if isinstance(value, tuple) else (value,))
        return found


def _as_typed(value: Any) -> Any:
    """Return words as they were typed where the locale knows ASCII alone; names of files stay."""
    if isinstance(value, tuple):
        return tuple(map(_as_typed, value))
    try:
        return os.fsencode(value).decode() if isinstance(value, str) else value
    except UnicodeError:
        return value


def _path(value: Any) -> str:
    """Return the path in a parameter's value: an atlas's folder, or a file of polygons."""
    from geodata.columns.areas import named_level

    return named_level(str(value.folder if isinstance(value, Atlas) else value))[1]


command = partial(click.command, cls=Command)
"""Decorator that makes a `Command` of a function."""


class WrongValue(click.UsageError):
    """An error in one line: the value is not one that the option may have."""

    def show(self, file: Any = None) -> None:
        """Say it on stderr."""
        click.echo(f"Error: {self.format_message()}", file=file, err=file is None)


class OneOf(click.ParamType):  # type: ignore[type-arg]  # generic in some releases only
    """One of the values that the atlas, or the library, knows."""

    def __init__(self, what: str, known: Callable[[Atlas], list[str]]) -> None:
        self.name = what
        self._known = known

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value; refuse an unknown one, and list the known ones."""
        given = None if ctx is None else ctx.params.get("atlas")
        known = self._known(given or read_atlas())
        if value not in known:
            raise WrongValue(
                f"expected a {self.name} of {', '.join(known)}, found {value!r}; choose one of "
                "these.",
                ctx,
            )
        return value


def with_options(*several: Callable[[Any], Any]) -> Callable[[F], F]:
    """Return a decorator that gives a command several options, in this order."""

    def give(command: F) -> F:
        for option in reversed(several):
            command = option(command)
        return command

    return give


def output_option(help: str, *, required: bool = True) -> Callable[[F], F]:
    """Return the option that names what is written."""
    return click.option("-o", "--output", required=required, type=Output(path_type=Path), help=help)


def is_page(output: Path, *, folder: bool = True) -> bool:
    """Tell whether an output is a page and not a folder; refuse what is neither.

    Raises
    ------
    InputError
        The name of another kind of file, or of a folder where only a page is written.
    """
    named_folder = output.is_dir() or not (output.suffix or output.name == "-")
    if named_folder and folder:
        return False
    if output.suffix.lower() in (".html", ".htm") and not named_folder:
        return True
    if folder:
        raise InputError(
            f"expected a folder or a page like page.html, found {output.name!r}; end the name of "
            "a page with .html, or make a folder first whose name has a dot."
        )
    raise InputError(
        f"expected a page like page.html, found {output.name!r}; end its name with .html."
    )


# The values of other options depend on the atlas: it is read before they are looked at.
atlas_option = click.option(
    "--atlas",
    type=Input(path_type=Path),
    is_eager=True,
    callback=lambda ctx, param, path: read_atlas(path),
    help="A folder with another atlas of the same schema.",
)
language_type = OneOf("language", lambda atlas: list(atlas.meta.languages))
language_option = click.option(
    "--lang",
    "language",
    default="en",
    show_default=True,
    type=language_type,
    help="The language of the answer.",
)


def _bases(_: Atlas) -> list[str]:
    from zones.calendar import Basis

    return [basis.value for basis in Basis]


boundary_option = click.option(
    "--boundary",
    type=OneOf("boundary", lambda atlas: [boundary.id for boundary in atlas.boundaries]),
    help="The boundary that decides: which way of drawing the zones.",
)
deciding_options = with_options(
    boundary_option,
    click.option(
        "--basis",
        default="memorandum",
        show_default=True,
        type=OneOf("basis", _bases),
        help="From when a zone is in force: the memorandum, or its own arrangement.",
    ),
)
"""The options that decide a verdict."""

day_options = with_options(
    click.option("--date", help="A day; by default the first on which every zone was arranged."),
    boundary_option,
)
"""The options that say which zones are shown."""

estimate_option = click.option(
    "--estimate",
    default="best",
    show_default=True,
    type=OneOf("estimate", lambda _: [estimate.value for estimate in Estimate]),
    help="low (surely inside), best (the line) or high (possibly inside).",
)
strict_option = click.option(
    "--strict",
    is_flag=True,
    help="Fail at the first row that cannot be read, and at any warning.",
)
repairs_option = click.option(
    "--repairs",
    type=Output(),
    help="Write every repair, warning and refusal to this table, row by row.",
)


def reading_options(command: F) -> F:
    """Give a command the options that say how a file of incidents is read (`ReadingOptions`)."""
    from geodata.columns.options import ReadingOptions

    for name, one in reversed(ReadingOptions.offered().items()):
        kind = Input() if one.is_file else click.Choice(one.choices) if one.choices else None
        more = {"is_flag": True, "default": None} if one.is_switch else {"type": kind}
        give = click.option(f"--{one.flag}", name, multiple=one.repeats, help=one.help, **more)
        command = give(command)
    return command
