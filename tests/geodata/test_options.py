"""What can be stated about a file: listed once, the same in the library and in every command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import zones
from dezone.cli import main
from geodata.columns.mapping import ColumnMapping
from geodata.columns.options import ReadingOptions
from geodata.errors import InputError

READ_FILES = ("diff", "inspect", "map", "report", "tag")


@pytest.mark.parametrize("command", READ_FILES)
def test_a_command_that_reads_files_has_every_option_of_reading(command):
    options = {one.name: one for one in main.get_command(None, command).params}
    for name, one in ReadingOptions.offered().items():
        assert options[name].opts == [f"--{one.flag}"]
        assert options[name].help == one.help
        assert options[name].multiple == one.repeats
        if one.choices:
            assert tuple(options[name].type.choices) == one.choices


def test_no_other_command_has_them():
    taken = {
        name
        for name in main.list_commands()
        if (command := main.get_command(None, name))
        and {one.name for one in command.params} >= {"encoding", "separator"}
    }
    assert taken == set(READ_FILES)


def test_an_option_that_there_is_not_is_named_with_those_that_there_are():
    frame = pd.DataFrame({"latitude": [35.9], "longitude": [36.6], "date": ["2018"]})
    with pytest.raises(TypeError, match=r"expected an option of reading .*order.*, found 'oder'"):
        zones.tag(frame, oder="dmy")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"radius_m": "2km"}, {"radius_m": 2000.0}),
        ({"radius_m": 500}, {"radius_m": 500.0}),
        ({"epoch": "1904"}, {"epoch": 1904}),
        ({"epoch": 1900}, {"epoch": 1900}),
        ({"admin": "a.geojson"}, {"admin": ("a.geojson",)}),
        ({"admin": [Path("a.shp"), "b.shp"]}, {"admin": (Path("a.shp"), "b.shp")}),
        ({"order": None, "crs": None, "admin": ()}, {}),
        ({"order": "mdy", "decimal": ","}, {"order": "mdy", "decimal": ","}),
    ],
)
def test_values_may_be_the_texts_of_a_command_line(given: dict[str, Any], meant: dict[str, Any]):
    assert ReadingOptions.of(**given).stated() == meant


@pytest.mark.parametrize("text", ["a = ", "header_row = " + "9" * 5000, "[a]\n[a]", "\xff"])
def test_a_mapping_that_is_no_toml_is_refused_in_one_line(tmp_path: Path, text: str):
    (tmp_path / "m.toml").write_text(text, "latin-1")
    with pytest.raises(InputError, match=r"expected TOML, found a fault .*; mend it"):
        ReadingOptions.of(mapping=tmp_path / "m.toml")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"order": "ymd"}, "expected order to be dmy or mdy, found 'ymd'"),
        ({"decimal": "'"}, "expected decimal to be . or ,"),
        ({"epoch": 1970}, "expected epoch to be 1900 or 1904 or unix, found 1970"),
        ({"radius_m": "far"}, "expected a radius like 500m"),
        ({"radius_m": -1}, "expected a radius from 0 to 100 km"),
        ({"mapping": "nowhere.toml"}, "expected a mapping file at 'nowhere.toml'"),
        ({"precision": "nowhere.json"}, "expected a table of precision codes"),
    ],
)
def test_values_that_are_none_are_refused(given: dict[str, Any], why: str):
    with pytest.raises(InputError, match=why):
        ReadingOptions.of(**given)


def test_an_option_goes_before_the_mapping_and_the_mapping_before_nothing():
    mapping = ColumnMapping(order="dmy", decimal=",", radius_m=100.0)
    found = ReadingOptions(mapping=mapping, order="mdy").columns()
    assert (found.order, found.decimal, found.radius_m) == ("mdy", ",", 100.0)
