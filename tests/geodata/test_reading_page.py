"""The page on reading says what the program does."""

import json
import re
from pathlib import Path

import pytest

import geodata
from geodata.errors import CoordinateError, DateError
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
