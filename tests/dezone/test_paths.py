"""What is read is never written over, by any name; two things written never share a path."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from dezone.cli import main
from dezone.options import Command, Input, Output
from geodata.errors import InputError
from geodata.formats.storage import refuse_overlap

ROOT = Path(__file__).parents[2]
REFUSED = "expected another name for what is written"


def run(*words: object) -> Result:
    found = CliRunner().invoke(main, [str(word) for word in words])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """A folder with one file of each kind that is read."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "examples" / "incidents.csv", "in.csv")
    shutil.copy("in.csv", "page.html")
    shutil.copytree(ROOT / "geodata" / "data", "atlas")
    for name in ("adm.geojson", "pl.json", "map.toml", "codes.json", "card.json"):
        Path(name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        "tag in.csv -o in.csv",
        "tag in.csv -o adm.geojson --admin adm.geojson",
        "tag in.csv -o adm.geojson --admin district=adm.geojson",
        "tag in.csv -o out.csv --repairs in.csv",
        "tag in.csv -o map.toml --mapping map.toml",
        "tag in.csv -o codes.json --precision codes.json",
        "tag in.csv -o atlas/extents.geojson --atlas atlas",
        "tag in.csv -o out.csv --repairs out.csv",
        "tag in.csv -o ./out.csv --repairs out.csv",
        "tag in.csv -o .",
        "check --places pl.json --card pl.json",
        "check --card a.json --card a.json",
        "check --card atlas/zones.json --atlas atlas",
        "map idlib -o page.html --incidents page.html",
        "map -o . --incidents in.csv",
        "map -o page.html --incidents in.csv --admin page.html",
        "inspect in.csv -o in.csv",
        "inspect in.csv -o map.toml --repairs map.toml",
        "inspect in.csv -o adm.geojson --admin governorate=adm.geojson",
        "report in.csv -o out --repairs out/repairs.csv",
        "report in.csv -o . --mapping map.toml",
        "diff in.csv page.html -o page.html",
        "diff atlas shipped -o atlas/zones.json",
        "diff shipped atlas --incidents in.csv -o in.csv",
        "export -o atlas/extents.geojson --atlas atlas",
        "figure -o atlas/zones.json --atlas atlas",
        "zones --atlas atlas",  # writes nothing: not refused
    ],
)
def test_what_is_read_or_written_is_not_written_over(here, words):
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    found = run(*words.split())
    if words.startswith("zones"):
        assert found.exit_code == 0
    else:
        assert (found.exit_code, REFUSED in found.stderr) == (1, True), found.output
        assert found.stderr.count("\n") == 1
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("link", [os.symlink, os.link])
@pytest.mark.parametrize("option", ["--output", "--repairs"])
def test_a_file_is_itself_by_any_name(here, link, option):
    before = Path("in.csv").read_bytes()
    link("in.csv", "other.csv")
    words = ["-o", "other.csv"] if option == "--output" else ["-o", "o.csv", option, "other.csv"]
    found = run("tag", "in.csv", *words)
    assert (found.exit_code, REFUSED in found.stderr) == (1, True)
    assert Path("in.csv").read_bytes() == Path("other.csv").read_bytes() == before


def test_a_folder_is_itself_by_a_link(here):
    Path("link").symlink_to(".")
    assert REFUSED in run("map", "-o", "link", "--incidents", "in.csv").stderr
    assert REFUSED in run("tag", "in.csv", "-o", "link/in.csv").stderr
    assert REFUSED in run("tag", "in.csv", "-o", "link/a.csv", "--repairs", "a.csv").stderr


def test_the_parts_of_a_shapefile_are_one_file(tmp_path):
    for suffix in (".shp", ".shx", ".dbf"):
        (tmp_path / f"adm{suffix}").touch()
    refuse_overlap([tmp_path / "adm.shp"], [tmp_path / "other.shp"])
    for read, written in (("adm.shp", "adm.dbf"), ("adm.dbf", "adm.shp")):
        with pytest.raises(InputError, match=REFUSED):
            refuse_overlap([tmp_path / read], [tmp_path / written])


def test_a_folder_of_parquet_is_read_with_its_parts(tmp_path):
    part = tmp_path / "in" / "part.parquet"
    part.parent.mkdir()
    part.touch()
    os.link(part, tmp_path / "out.parquet")
    for read in (tmp_path / "in", tmp_path / "in" / "*.parquet"):
        refuse_overlap([read], [tmp_path / "new.parquet"])
        for written in (part, tmp_path / "out.parquet"):
            with pytest.raises(InputError, match=REFUSED):
                refuse_overlap([read], [written])


def test_addresses_are_compared_as_they_are_written():
    refuse_overlap(["s3://b/in/"], ["s3://b/out/"])
    refuse_overlap(["s3://b/in"], ["s3://b/in2"])
    for read, written in (("s3://b/a.csv", "s3://b/a.csv"), ("s3://b/x/a.csv", "s3://b/x/")):
        with pytest.raises(InputError, match=REFUSED):
            refuse_overlap([read], [written])


def test_standard_output_is_given_once():
    refuse_overlap(["-"], ["-", None])
    with pytest.raises(InputError, match="one thing on standard output"):
        refuse_overlap([], ["-", "-"])


def test_a_device_or_a_pipe_is_no_file_to_write(tmp_path, here):
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("/dev/null", tmp_path / "pipe.csv"):
        found = run("tag", "in.csv", "-o", name)
        assert (found.exit_code, "found a device or a pipe" in found.stderr) == (1, True)
        assert found.stderr.count("\n") == 1


@pytest.mark.parametrize("name", main.list_commands())
def test_every_path_that_a_command_takes_is_said_to_be_read_or_written(name):
    """So that no option added later goes unguarded."""
    command = main.get_command(None, name)
    assert isinstance(command, Command)
    words = ("file", "folder", "path", "table", "polygons")
    for parameter in command.params:
        known = isinstance(parameter.type, Input | Output)
        assert known or not isinstance(parameter.type, click.Path | click.File), parameter.name
        if parameter.name in ("output", "repairs", "cards"):
            assert isinstance(parameter.type, Output)
        elif parameter.name in ("incidents", "old", "new", "card", "atlas", "admin", "mapping"):
            assert isinstance(parameter.type, Input)
        help_text = (getattr(parameter, "help", None) or "").lower()
        if parameter.name not in NO_PATHS and any(word in help_text.split() for word in words):
            assert known, f"{name} {parameter.name}: {help_text}"


NO_PATHS = {
    "format", "encoding", "separator", "layer", "sheet", "crs", "strict", "resume", "scheduler",
    "show_columns", "id_column",
}  # fmt: skip
