"""The documented incidents can be read by anyone, and every one of them can be looked up."""

import csv
import io
import json
import re
from datetime import date
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
COLUMNS = [
    "id",
    "date",
    "place",
    "place_ar",
    "latitude",
    "longitude",
    "radius",
    "place_note",
    "what",
    "expected",
    "expected_zone",
    "why",
    "sources",
    "source_url",
    "attribution",
]
VERDICTS = {"inside", "outside", "uncertain", "undetermined"}
ZONES = {"idlib", "north-homs", "eastern-ghouta", "south-west"}
ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s]+")
WEST, SOUTH, EAST, NORTH = 35.5, 32.3, 42.4, 37.4
IN_FORCE_FROM = date(2017, 5, 6)


def read_text() -> str:
    return (EXAMPLES / "incidents.csv").read_bytes().decode("utf-8")


def read_rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read_text(), newline=""), strict=True))


def read_days(text: str) -> tuple[date, date]:
    """First and last day of `YYYY-MM-DD`, `YYYY-MM` or `FIRST/LAST`."""
    first, _, last = text.partition("/")
    if not last and re.fullmatch(r"\d{4}-\d{2}", first):
        return date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{first}-28")
    return date.fromisoformat(first), date.fromisoformat(last or first)


ROWS = read_rows()
each_row = pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])


@pytest.fixture(scope="module")
def sources() -> dict[str, dict[str, str]]:
    return json.loads((EXAMPLES / "sources.json").read_text(encoding="utf-8"))


def test_file_is_plain_csv_with_the_documented_columns():
    text = read_text()
    assert not text.startswith("\ufeff")
    assert "\r" not in text
    assert text.endswith("\n")
    table = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert table[0] == COLUMNS
    assert {len(line) for line in table} == {len(COLUMNS)}
    assert all(cell == cell.strip() for line in table for cell in line)


def test_at_least_fifty_rows_with_unique_ids():
    assert len(ROWS) >= 50
    assert len({row["id"] for row in ROWS}) == len(ROWS)


def test_every_verdict_and_every_zone_occurs():
    assert {row["expected"] for row in ROWS} == VERDICTS
    assert {row["expected_zone"] for row in ROWS} - {""} == ZONES


def test_rows_are_ordered_by_date():
    keys = [(row["date"], row["id"]) for row in ROWS]
    assert keys == sorted(keys)


@each_row
def test_date_is_an_iso_interval(row):
    first, last = read_days(row["date"])
    assert date(2017, 1, 1) <= first <= last <= date(2024, 12, 31)


@each_row
def test_point_is_in_syria_or_absent(row):
    if not row["latitude"] and not row["longitude"]:
        assert row["expected"] in {"undetermined", "outside"}
        return
    assert SOUTH < float(row["latitude"]) < NORTH
    assert WEST < float(row["longitude"]) < EAST
    assert row["attribution"].startswith("Point: ")


@each_row
def test_radius_is_whole_metres_with_a_reason(row):
    assert re.fullmatch(r"0|[1-9]\d*", row["radius"])
    assert row["place_note"]


@each_row
def test_zone_is_named_exactly_where_the_verdict_speaks_of_one(row):
    assert bool(row["expected_zone"]) == (row["expected"] in {"inside", "uncertain"})


@each_row
def test_nothing_is_inside_before_any_zone_was_in_force(row):
    _, last = read_days(row["date"])
    if last < IN_FORCE_FROM:
        assert row["expected"] == "outside"


@each_row
def test_a_place_coarser_than_25_km_is_never_inside(row):
    if int(row["radius"]) > 25_000:
        assert row["expected"] in {"undetermined", "outside"}


@each_row
def test_row_says_what_and_why_in_a_few_words(row):
    for column in ("place", "what", "why"):
        assert 0 < len(row[column]) <= 160, column


@each_row
def test_every_source_has_an_address(row, sources):
    names = row["sources"].split(";")
    assert len(set(names)) == len(names)
    addresses = {sources[name]["url"] for name in names}
    assert row["source_url"] in addresses
    assert all(ADDRESS.fullmatch(address) for address in addresses)


@each_row
def test_ucdp_events_are_credited_by_their_id(row):
    cites_event = re.search(r"event: UCDP GED \d+", row["attribution"])
    if cites_event:
        assert "ucdp" in row["sources"].split(";")


def test_no_source_is_left_over(sources):
    used = {name for row in ROWS for name in row["sources"].split(";")} | {"ocha"}
    assert set(sources) == used


def test_readme_counts_and_credits_hold():
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for verdict in VERDICTS:
        count = sum(row["expected"] == verdict for row in ROWS)
        assert f"| `{verdict}` | {count} |" in readme
    for column in COLUMNS:
        assert f"`{column}`" in readme
    for credit in ("CC BY 4.0", "CC BY-IGO", "UCDP", "OCHA"):
        assert credit in readme
    ids = {row["id"] for row in ROWS}
    assert set(re.findall(r"inc-\d+", readme)) <= ids
