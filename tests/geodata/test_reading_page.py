"""The page on reading says what the program does."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

import geodata
from geodata.columns.mapping import ColumnMapping
from geodata.errors import CoordinateError, DateError
from geodata.grammar import load
from geodata.text.coordinates import read_position
from geodata.text.dates import month_names, read_days

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "reading.md").read_text(encoding="utf-8")
LANGUAGES = (Path(geodata.__file__).parent / "data" / "languages").glob("*.json")
MONTHS = month_names(json.loads(path.read_text(encoding="utf-8")) for path in sorted(LANGUAGES))


def rows(heading):
    """Return the rows of the table whose header begins with `heading`."""
    table = PAGE.split(f"\n| {heading} |", 1)[1].split("\n\n", 1)[0]
    found = re.findall(r"^\| `(.+?)` \| (.+?) \|$", table, flags=re.MULTILINE)
    assert len(found) == table.count("\n") - 1
    return found


@pytest.mark.parametrize(("text", "expected"), rows("position | latitude, longitude"))
def test_positions_on_the_page_are_read(text, expected):
    position = read_position(text)
    latitude, longitude = (float(number) for number in expected.split(","))
    assert position.latitude == pytest.approx(latitude, abs=1e-6)
    assert position.longitude == pytest.approx(longitude, abs=1e-6)


@pytest.mark.parametrize(("text", "because"), rows("position | because"))
def test_positions_on_the_page_are_refused(text, because):
    with pytest.raises(CoordinateError):
        read_position(text)


@pytest.mark.parametrize(("text", "expected"), rows("date | first and last day"))
def test_dates_on_the_page_are_read(text, expected):
    days = read_days(text, months=MONTHS)
    assert f"{days.first} {days.last}" == expected


@pytest.mark.parametrize(("text", "because"), rows("refused date | because"))
def test_dates_on_the_page_are_refused(text, because):
    with pytest.raises(DateError):
        read_days(text, months=MONTHS)


FILES_PAGE = (REPOSITORY / "docs" / "files.md").read_text(encoding="utf-8")
NOTED = re.compile(r'Severity\.(?:REPAIR|WARNING|REFUSAL),\s*"([a-z-]+)"')


def kinds() -> list[str]:
    """Return every kind of notice that the program gives of a file."""
    folders = ("geodata/columns", "geodata/formats")
    files = [path for folder in folders for path in (REPOSITORY / folder).rglob("*.py")]
    return sorted({kind for path in files for kind in NOTED.findall(path.read_text())})


@pytest.mark.parametrize("kind", kinds())
def test_every_notice_stands_on_the_page_of_files(kind):
    assert f"`{kind}`" in FILES_PAGE


@pytest.mark.parametrize("source", [source["name"] for source in load("headers")["sources"]])
def test_every_source_that_is_known_stands_on_the_page_of_files(source):
    assert source.casefold() in FILES_PAGE.casefold()


@pytest.mark.parametrize("name", [f.name for f in fields(ColumnMapping) if f.name != "choices"])
def test_every_entry_of_a_mapping_stands_on_the_page_of_files(name):
    assert f"`{name}`" in FILES_PAGE
