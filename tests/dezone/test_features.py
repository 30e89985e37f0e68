"""Each thing that people do is one folder, which can be deleted without touching another."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

import dezone.cli

ROOT = Path(__file__).parents[2]
FEATURES = {module.__name__.split(".")[1]: module for module in dezone.cli.features()}
LAYERS = ("maps", "zones", "geodata")
COMMANDS = dezone.cli.main.list_commands()


def test_every_command_belongs_to_one_feature():
    declared = [command for module in FEATURES.values() for command in module.COMMANDS]
    assert sorted(command.name for command in declared) == COMMANDS
    homes = {path.parent.name for path in (ROOT / "dezone").glob("*/command.py")}
    assert set(FEATURES) == homes


@pytest.mark.parametrize("name", sorted(FEATURES))
def test_a_feature_that_is_deleted_is_missed_by_no_other(name, tmp_path):
    """The program without it has all other commands, and each module of it can be imported."""
    copy = tmp_path / "dezone"
    shutil.copytree(ROOT / "dezone", copy, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.rmtree(copy / name)
    for layer in LAYERS:
        (tmp_path / layer).symlink_to(ROOT / layer)
    script = (
        "import importlib, pathlib\n"
        "import dezone.cli\n"
        "for path in sorted(pathlib.Path('dezone').rglob('*.py')):\n"
        "    if path.stem not in ('__main__', '__init__'):\n"
        "        importlib.import_module('.'.join(path.with_suffix('').parts))\n"
        "print(*dezone.cli.main.list_commands())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env={}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    left = set(COMMANDS) - {command.name for command in FEATURES[name].COMMANDS}
    assert set(done.stdout.split()) == left


@pytest.mark.parametrize("name", sorted(FEATURES))
def test_a_feature_names_no_other(name):
    """Not even within a function, where an import fails only when it is used."""
    others = set(FEATURES) - {name}
    for path in (ROOT / "dezone" / name).glob("*.py"):
        text = path.read_text("utf-8")
        assert not [other for other in others if f"dezone.{other}" in text], path.name


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_of_each_what_it_does_in_a_whole_sentence(name):
    command = dezone.cli.main.get_command(None, name)
    said = command.get_short_help_str(limit=66)
    assert said.endswith(".")
    assert not said.endswith("...")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_the_list_of_commands_loads_nothing_but_commands():
    """Whoever checks one incident does not wait for tables, pages and statistics."""
    script = "import sys, dezone.cli; list(dezone.cli.features()); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    for name in FEATURES:
        mine = {module for module in loaded if module.startswith(f"dezone.{name}.")}
        assert mine <= {f"dezone.{name}.command", "dezone.cite.answer"}
    assert not {"pyarrow", "pandas", "geopandas", "folium", "scipy", "jinja2"} & set(loaded)
    assert not [module for module in loaded if module.startswith(("zones.", "maps."))]
