"""The vectors that other engines are held against are what Python answers now."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from vectors.make import (
    ATLAS,
    EXPECTED,
    GIVEN,
    TOLERANCES,
    VECTORS,
    answer,
    atlas_text,
    shipped,
    to_text,
)

ANEW = "the atlas or the answers have changed: run python tests/vectors/make.py"
TABLES = json.loads(VECTORS.read_text(encoding="utf-8"))["tables"]


@pytest.mark.parametrize("kind", GIVEN)
def test_vectors_are_what_python_answers(kind):
    table = TABLES[kind]
    assert (table["given"], table["expected"]) == (list(GIVEN[kind]), list(EXPECTED[kind]))
    assert table["tolerances"] == TOLERANCES.get(kind, {})
    width = len(GIVEN[kind])
    given = [row[:width] for row in table["rows"]]
    wanted = [row[width:] for row in table["rows"]]
    found = json.loads(to_text(answer(shipped(), kind, given)))
    for asked, one, other in zip(given, found, wanted, strict=True):
        # The last digits of a float differ from one processor's mathematics to another's.
        assert one == _settled(other), (asked, ANEW)


def _settled(value):
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-9, abs=2e-6)
    if isinstance(value, list):
        return [_settled(item) for item in value]
    if isinstance(value, dict):
        return {key: _settled(item) for key, item in value.items()}
    return value


def test_the_atlas_beside_the_vectors_is_the_one_shipped():
    assert ATLAS.read_text(encoding="utf-8") == atlas_text(shipped()), ANEW
    assert json.loads(VECTORS.read_text(encoding="utf-8"))["atlas_sha256"] == shipped().sha256, ANEW


def test_there_are_five_thousand_vectors_and_every_answer_is_among_them():
    assert sum(len(table["rows"]) for table in TABLES.values()) >= 5_000
    verdicts = [
        dict(zip(EXPECTED["verdicts"], row[len(GIVEN["verdicts"]) :], strict=True))
        for row in TABLES["verdicts"]["rows"]
    ]
    for key, least in (("verdict", 4), ("space", 4), ("time", 5), ("phase", 6), ("zone", 5)):
        assert len({verdict[key] for verdict in verdicts}) == least
    reasons = Counter(code for verdict in verdicts for code in verdict["reasons"].split(";"))
    assert set(reasons) == {
        *("", "no-location", "placeholder-location", "coarse-location", "outside-country"),
        *("near-boundary", "boundaries-disagree", "spans-extents", "no-date"),
        *("partly-in-force", "spans-phases", "contested"),
    }
    assert {row[5] for row in TABLES["records"]["rows"]} == {"en", "ar", "ru", "tr"}
