"""Every documented incident can be asked by the name that its report uses, and none is mistaken."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

import zones
from geodata.errors import InputError
from geodata.text.names import metres_apart

EXAMPLES = Path(__file__).resolve().parents[1] / "examples/incidents.csv"
ROWS = list(csv.DictReader(EXAMPLES.read_text("utf-8").splitlines()))

# A name of the whole governorate, and what no place is called: nothing plain is to be had.
VAGUE = {"inc-17", "inc-26", "inc-22", "inc-32"}
# id -> why a plain answer is not the one that the careful person gave for coordinates and a radius.
BY_NAME = {
    "inc-08": "the village itself was held by the government; UCDP's point stands for 25 km",
    "inc-13": "the village itself; UCDP's point stands for 25 km",
    "inc-16": "the village itself; the report's point stands for 3 km",
    "inc-20": "the village itself; UCDP's point stands for 25 km",
    "inc-35": "the town itself; the report names a base at its edge",
    "inc-46": "the surroundings of the hill; the careful person doubts where the aircraft was hit",
    "inc-50": "the village itself; the post stood on a hill near it",
}


class Asked(NamedTuple):
    """How a name was answered: plain, shared with one verdict, open, or refused."""

    outcome: str
    verdict: str
    metres: float


def ask(row: dict[str, str], name: str) -> Asked:
    try:
        found = zones.check(place=name, date=row["date"])
    except InputError:
        return Asked("refused", "", 0)
    if found.latitude is None or found.longitude is None:
        outcome = "area" if found.radius_source == "area" else "shared"
        return Asked(outcome, str(found.verdict), 0)
    meant = float(row["longitude"]), float(row["latitude"])
    return Asked(
        "plain", str(found.verdict), metres_apart(meant, (found.longitude, found.latitude))
    )


@pytest.fixture(scope="module")
def answers() -> dict[tuple[str, str], Asked]:
    return {
        (row["id"], column): ask(row, row[column])
        for row in ROWS
        for column in ("place", "place_ar")
        if row[column]
    }


def test_no_name_is_taken_for_another_place(answers):
    far = {key: one for key, one in answers.items() if one.metres > 3_500}
    assert far == {}


def test_no_name_leads_to_the_opposite_of_what_happened(answers):
    plain = {"inside", "outside"}
    expected = {row["id"]: row["expected"] for row in ROWS}
    opposed = {key: one for key, one in answers.items() if {one.verdict, expected[key[0]]} == plain}
    assert opposed == {}


def test_a_verdict_that_differs_says_why(answers):
    expected = {row["id"]: row["expected"] for row in ROWS}
    differ = {
        name
        for (name, _), one in answers.items()
        if one.outcome == "plain" and one.verdict != expected[name]
    }
    assert differ <= BY_NAME.keys()


def test_nine_of_ten_names_are_answered(answers):
    """docs/method.md has the figures."""
    for column, least in (("place", 0.9), ("place_ar", 0.9)):
        asked = {row["id"] for row in ROWS if row[column]} - VAGUE
        verdicts = Counter(
            answers[name, column].verdict not in ("", "undetermined") for name in asked
        )
        assert verdicts[True] / len(asked) >= least
