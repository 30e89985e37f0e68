"""Every documented incident gets the verdict that a careful person would give."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

import zones

EXAMPLES = Path(__file__).resolve().parents[1] / "examples/incidents.csv"
ROWS = list(csv.DictReader(EXAMPLES.read_text("utf-8").splitlines()))
each_row = pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])

# id -> (what dezone says, why it differs from the expectation). None may be a confident error.
DIFFERENCES = {
    "inc-46": (
        "inside",
        "The careful person doubts that the aircraft was hit where its pilot landed; the circle of "
        "25 km given for that doubt lies wholly within the line of that week, 28 km away.",
    ),
}


def check(row: dict[str, str]) -> Any:
    given = {k: row[k] for k in ("latitude", "longitude", "date") if row[k]}
    return zones.check(**given, radius=row["radius"] if row["latitude"] else None)


@each_row
def test_verdict_is_the_expected_one(row):
    expected, _ = DIFFERENCES.get(row["id"], (row["expected"], ""))
    assert check(row).verdict == expected


@each_row
def test_zone_is_the_expected_one(row):
    if row["expected_zone"]:
        assert check(row).zone == row["expected_zone"]


@each_row
def test_no_verdict_contradicts_a_careful_person_with_confidence(row):
    plain = {"inside", "outside"}
    found = check(row).verdict
    assert found == row["expected"] or found not in plain or row["expected"] not in plain


def test_differences_are_differences():
    rows = {row["id"]: row for row in ROWS}
    for name, (found, why) in DIFFERENCES.items():
        assert found != rows[name]["expected"]
        assert why
