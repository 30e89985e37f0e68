"""The fields of a record are listed once: schema, columns and documentation say the same."""

from __future__ import annotations

import csv
import json
import tracemalloc
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from mixture import mixed_incidents

import zones
from docs import fields
from geodata.atlas import read_atlas
from zones.record import Given, Record, json_schema, make_records, record_fields
from zones.tables.question import COLUMNS, EVERY_COLUMN, column_names
from zones.tables.rows import check_rows
from zones.verdict import VERDICTS, assessor_of

ROOT = Path(__file__).parents[2]
VALIDATOR = jsonschema.Draft202012Validator(
    json_schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)


def records() -> list[dict[str, Any]]:
    """Records of all kinds: of points and discs, of rows of a file, of a place by its name."""
    atlas = read_atlas()
    incidents = mixed_incidents(atlas, 1_500, seed=8)
    given = [Given(input={})] * len(incidents)
    found = list(make_records(assessor_of(atlas), incidents, given, language="en"))
    examples = ROOT / "examples" / "incidents.csv"
    rows = list(csv.DictReader(examples.read_text("utf-8").splitlines()))
    found += [answer.record for answer in check_rows(rows, atlas)]
    unreadable = [{"latitude": "٣٥٫٩", "longitude": "36.6", "date": "the 40th of May"}]
    found += [answer.record for answer in check_rows(unreadable, atlas)]
    found.append(zones.check(place="Khan Sheikhoun", date="آذار 2018", language="ar"))
    return [json.loads(record.to_json()) for record in found]


def test_records_of_every_verdict_are_as_the_schema_has_them():
    found = records()
    assert {record["verdict"] for record in found} == set(VERDICTS)
    assert any(record["repairs"] for record in found)
    assert any("unreadable-date" in record["reasons"] for record in found)
    for record in found:
        VALIDATOR.validate(record)
        assert list(record) == list(json_schema()["properties"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("verdict", "guilty"),
        ("space", None),
        ("phase", "paused"),
        ("share_low", 1.2),
        ("distance_m", 3.5),
        ("first_day", "2018-02-30"),
        ("boundaries", {"line": "perhaps"}),
        ("reasons", ["because"]),
        ("repairs", [{"kind": "digits"}]),
    ],
)
def test_the_schema_refuses_what_no_record_has(name, value):
    record = json.loads(zones.check(latitude=35.93, longitude=36.63, date="2018-03").to_json())
    VALIDATOR.validate(record)
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate({**record, name: value})
    del record[name]
    with pytest.raises(jsonschema.ValidationError, match=f"'{name}' is a required property"):
        VALIDATOR.validate(record)


def test_every_field_says_what_it_is():
    assert [field.name for field in record_fields()] == list(Record.__struct_fields__)
    for field in record_fields():
        assert field.meaning
        assert not field.meaning.endswith(".")


def test_the_columns_of_a_table_follow_the_order_of_a_record():
    names = [field.name for field in record_fields()]
    assert [name for name in names if name in EVERY_COLUMN] == list(EVERY_COLUMN)
    assert set(names) - set(EVERY_COLUMN) == {"place", "input", "repairs"}
    assert column_names() == COLUMNS
    assert column_names(["all"]) == EVERY_COLUMN
    assert column_names(["software, distance_m"]) == tuple(
        name for name in names if name in (*COLUMNS, "distance_m", "software")
    )


@pytest.mark.parametrize("path", fields.FILES, ids=lambda path: path.name)
def test_the_shipped_schema_the_page_and_the_documentation_are_of_this_program(path):
    stale = "the fields of a record have changed: run make fields"
    assert path.read_text("utf-8") == fields.FILES[path](), stale


def test_names_of_columns_are_kept_once_however_many_rows_there_are() -> None:
    row = {"x" * 100_000: "", "latitude": "35.9", "longitude": "36.6", "date": "2018-03-01"}
    tracemalloc.start()
    try:
        answers = check_rows([row] * 1_000, read_atlas())
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(answers) == 1_000
    assert held < 50_000_000
