"""The `dezone` command: the commands of all features, and how a run ends."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from types import ModuleType
from typing import Any

import click

from dezone import show
from dezone.process import running
from geodata.errors import DezoneError


class _Main(click.Group):
    """One line for the user where something can be mended; a traceback for bugs only."""

    def main(self, *args: Any, **options: Any) -> Any:
        with running():
            return super().main(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DezoneError as error:
            raise click.ClickException(show.plain_text(str(error))) from error


@click.group(cls=_Main, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dezone", prog_name="dezone")
def main() -> None:
    """Did it happen inside a de-escalation zone that was in force?

    \b
    dezone check 35.9306 36.6339 --date 2018-03
    dezone zones --date 2017-10-01
    dezone map -o site/
    """


def features() -> Iterator[ModuleType]:
    """Yield the command module of each feature: each folder beside this file is one.

    A command module names its commands in `COMMANDS`. One whose files can be verified also has
    `verify_file`: see `dezone.verify.command`.
    """
    for folder in sorted(files("dezone").iterdir(), key=lambda entry: entry.name):
        if folder.joinpath("command.py").is_file():
            yield import_module(f"dezone.{folder.name}.command")


for _feature in features():
    for _command in _feature.COMMANDS:
        main.add_command(_command)
