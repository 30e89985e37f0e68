"""Many incidents at once get the very answers that each gets alone, whichever way they go."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from atlases import extent, square, write_atlas
from mixture import mixed_incidents, numbers

import zones
from geodata.atlas import read_atlas
from geodata.columns.incidents import (
    DOUBTS,
    NO_DAY,
    UNREADABLE,
    Incidents,
    Reason,
    reasons_in,
)
from zones import verdict
from zones.calendar import PHASES, TIMES, day_of
from zones.space import SPACES
from zones.verdict import VERDICTS, Assessor, Verdicts

N = 20_000
HELD = (
    Reason.HELD_UNKNOWN,
    Reason.HELD_CHANGED,
    Reason.HELD_DISPUTED,
    Reason.GROUND_LOST,
    Reason.GROUND_GAINED,
)
COLUMNS = [
    name
    for name in Verdicts.__struct_fields__
    if name not in ("terms", "known_terms", "zone_ids", "boundary_ids", "ledger")
]


def assert_equal(one: Verdicts, other: Verdicts) -> None:
    assert (one.zone_ids, one.boundary_ids) == (other.zone_ids, other.boundary_ids)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert [one.known_terms[t] for t in one.terms.tolist() if t >= 0] == [
        other.known_terms[t] for t in other.terms.tolist() if t >= 0
    ]
    np.testing.assert_array_equal(one.terms >= 0, other.terms >= 0)


@pytest.fixture(scope="module", autouse=True)
def _cells_from_the_first_row_on() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verdict, "_MANY", 0)
        yield


@pytest.fixture(scope="module")
def incidents() -> Incidents:
    return mixed_incidents(read_atlas(), N)


@pytest.fixture(scope="module")
def settled() -> Incidents:
    """Exact points in and beside settlements, half of them of which it is told who held them."""
    rng = np.random.default_rng(5)
    ledger, n = read_atlas().ledger, 8_000
    place = rng.integers(0, len(ledger.point_of), n)
    told = np.flatnonzero(np.isin(ledger.point_of, ledger.holding_of))
    place[::2] = rng.choice(told, n // 2)
    days = mixed_incidents(read_atlas(), n, seed=9)
    x = ledger.longitude[place] + rng.normal(0, 0.004, n)
    y = ledger.latitude[place] + rng.normal(0, 0.004, n)
    discs = Incidents.discs(x, y, np.zeros(n), days.first, days.last, radius_source="default")
    return discs.settled(ledger)


@pytest.fixture(scope="module")
def assessor() -> Assessor:
    return Assessor(read_atlas())


@pytest.fixture(scope="module")
def found(assessor: Assessor, incidents: Incidents) -> Verdicts:
    return assessor.assess(incidents)


def test_the_index_answers_as_computing_does(assessor, incidents, found):
    assert len(found) == N
    assert_equal(found, assessor.compute(incidents))


@pytest.mark.parametrize(
    ("boundary", "basis"),
    [("line", "arrangement"), ("ministry", "memorandum"), ("ministry", "arrangement")],
)
def test_the_index_answers_so_under_every_boundary_and_basis(incidents, boundary, basis):
    other = Assessor(read_atlas(), boundary=boundary, basis=basis)
    some = incidents.take(slice(7_000))
    assert_equal(other.assess(some), other.compute(some))


def test_every_kind_of_answer_was_among_them(found):
    assert set(found.verdict.tolist()) == set(range(len(VERDICTS)))
    assert set(found.space.tolist()) == set(range(len(SPACES)))
    assert set(found.time.tolist()) == set(range(len(TIMES)))
    assert set(found.phase.tolist()) == {-1, *range(len(PHASES))}
    assert set(found.zone.tolist()) == {-1, 0, 1, 2, 3}
    given_by_readers = {*UNREADABLE, *DOUBTS, Reason.NAME_SHARED}
    of_settlements = set(HELD)
    said = {*reasons_in(np.bitwise_or.reduce(found.reasons))}
    assert said == {*Reason} - given_by_readers - of_settlements


def test_settlements_and_discs_together_get_the_answers_that_each_gets_alone(assessor, settled):
    found = assessor.assess(settled)
    assert_equal(found, assessor.compute(settled))
    order = np.random.default_rng(2).permutation(len(settled))
    assert_equal(found.take(order), assessor.assess(settled.take(order)))
    assert set(HELD) <= {*reasons_in(np.bitwise_or.reduce(found.reasons))}
    assert 0.3 < (found.settlement >= 0).mean() < 1


@pytest.mark.parametrize("boundary", ["ministry", "agreed"])
def test_settlements_under_every_boundary(settled, boundary):
    other = Assessor(read_atlas(), boundary=boundary)
    some = settled.take(slice(3_000))
    assert_equal(other.assess(some), other.compute(some))


def test_order_and_company_do_not_matter(assessor, incidents, found):
    order = np.random.default_rng(1).permutation(N)
    assert_equal(found.take(order), assessor.assess(incidents.take(order)))
    part = np.arange(0, N, 3)
    assert_equal(found.take(part), assessor.assess(incidents.take(part)))


def test_each_verdict_that_occurs_comes_once(found):
    once, which = found.distinct()
    assert len(once) < len(found)
    assert_equal(once.take(which), found)


def test_one_check_is_one_row(incidents, found):
    for row in range(0, N, 97):
        x, y, radius, first, last = numbers(incidents, row)
        there = np.isfinite(x)
        if there and np.isnan(radius):
            continue  # one incident has a radius, or its notation has
        one = zones.check(
            **({"longitude": x, "latitude": y} if there else {}),
            radius=radius if there else None,
            date=None if first == NO_DAY else f"{day_of(first)}/{day_of(last)}",
        )
        row_in_words = found.row(row)
        assert {name: getattr(one, name) for name in row_in_words} == row_in_words


def test_no_incidents_no_answers(assessor):
    assert len(assessor.assess(Incidents.discs([], [], [], [], []))) == 0


@pytest.mark.parametrize("boundary", ["line", "sparse"])
def test_an_atlas_whose_second_boundary_draws_one_zone_only(tmp_path: Path, boundary):
    days = ("2017-05-06", "2018-06-01")
    atlas = read_atlas(
        write_atlas(
            tmp_path,
            phases={name: [("declared", days[0]), ("ended", days[1])] for name in ("one", "two")},
            extents=[
                extent("one", *days, square(36.0, 35.0), high=square(36.0, 35.0, 0.15)),
                extent("two", *days, square(38.0, 36.0), low=square(38.0, 36.0, 0.05)),
                extent("two", *days, square(38.1, 36.0), boundary="sparse"),
            ],
            boundaries=("line", "sparse"),
            placeholders=[(37.0, 35.5)],
        )
    )
    incidents = mixed_incidents(atlas, 8_000)
    assessor = Assessor(atlas, boundary=boundary)
    assert_equal(assessor.assess(incidents), assessor.compute(incidents))


def test_threads_may_share_an_assessor(incidents, found):
    shared = Assessor(read_atlas())
    parts = [slice(i, i + 500) for i in range(0, N, 500)]
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda part: shared.assess(incidents.take(part)), parts)
    for part, answer in zip(parts, answers, strict=True):
        assert_equal(answer, found.take(np.arange(N)[part]))
