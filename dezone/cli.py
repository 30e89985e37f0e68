"""The `dezone` command: the commands of all features, and how a run ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.resources import files
from types import ModuleType
from typing import Any

import click

from dezone import show
from dezone.options import language_type
from dezone.process import running
from dezone.translation import Context, language_of, said, speaking
from geodata.errors import DezoneError

_FEATURES = {
    "cite": ("check", "explain"),
    "diff": ("diff",),
    "export": ("export", "figure", "ledger", "timeline", "zones"),
    "inspect": ("inspect",),
    "publish": ("map", "page"),
    "report": ("report",),
    "serve": ("serve",),
    "sql": ("sql",),
    "tag": ("tag",),
    "verify": ("verify",),
}
"""The commands of each feature, so that only the feature that is run is imported."""


class _Main(click.Group):
    """Reports in one line what the user can mend; only a bug shows a traceback."""

    context_class = Context

    def list_commands(self, ctx: click.Context | None = None) -> list[str]:
        """Return the names of the commands of all features that are installed."""
        return sorted(name for feature in _present() for name in _FEATURES[feature])

    def get_command(self, ctx: click.Context | None, name: str) -> click.Command | None:
        """Import the feature that a command belongs to, and return the command."""
        for feature in _present():
            if name in _FEATURES[feature]:
                commands: tuple[click.Command, ...] = _module(feature).COMMANDS
                return next(one for one in commands if one.name == name)
        return None

    def main(self, args: Sequence[str] | None = None, *more: Any, **options: Any) -> Any:
        given = sys.argv[1:] if args is None else list(args)
        with speaking(language_of(given, os.environ)), running():
            return super().main(given, *more, **options)

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        with _saying():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _saying():
            return super().invoke(ctx)


@contextmanager
def _saying() -> Iterator[None]:
    """Let errors be said in the language of the run; those of the library in one line."""
    try:
        yield
    except DezoneError as error:
        raise said(click.ClickException(show.plain_text(str(error)))) from error
    except click.ClickException as error:
        raise said(error) from error


@click.group(cls=_Main, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dezone", prog_name="dezone")
@click.option(
    "--lang", type=language_type, help="The language of help, errors and answers: dezone --lang ar."
)
@click.pass_context
def main(ctx: click.Context, lang: str | None) -> None:
    """Did it happen inside a de-escalation zone that was in force?

    \b
    dezone check 35.9306 36.6339 --date 2018-03
    dezone zones --date 2017-10-01
    dezone map -o site/
    """
    if lang is not None:
        ctx.default_map = {name: {"language": lang} for name in main.list_commands()}


def features() -> Iterator[ModuleType]:
    """Yield the command module of each feature; each folder beside this file is a feature.

    A command module names its commands in `COMMANDS`. If the feature's files can be verified it
    has `verify_file`, too (see `dezone.verify.command`); the one that counts incidents has
    `report_rows`, which the service calls.
    """
    return map(_module, _present())


def _present() -> Iterator[str]:
    """Yield the features whose folders exist."""
    home = files("dezone")
    return (name for name in _FEATURES if home.joinpath(name, "command.py").is_file())


def _module(feature: str) -> ModuleType:
    return import_module(f"dezone.{feature}.command")
