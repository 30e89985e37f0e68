"""Many incidents at once get the very answers that each gets alone, whichever way they go."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from atlases import extent, square, write_atlas
from mixture import Incidents, mixed_incidents

import zones
from geodata.atlas import read_atlas
from zones import verdict
from zones.calendar import NO_DAY, day_of
from zones.record import boundary_spaces, reason_codes
from zones.verdict import PHASES, SPACES, TIMES, VERDICTS, Judge, Judgements

N = 20_000
COLUMNS = [f.name for f in fields(Judgements) if f.name not in ("spell", "spells")]


def assert_equal(one: Judgements, other: Judgements) -> None:
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert [s and one.spells[s] for s in one.spell.tolist() if s >= 0] == [
        s and other.spells[s] for s in other.spell.tolist() if s >= 0
    ]
    np.testing.assert_array_equal(one.spell >= 0, other.spell >= 0)


@pytest.fixture(scope="module", autouse=True)
def _cells_from_the_first_row_on() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verdict, "_MANY", 0)
        yield


@pytest.fixture(scope="module")
def incidents() -> Incidents:
    return mixed_incidents(read_atlas(), N)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(read_atlas())


@pytest.fixture(scope="module")
def found(judge: Judge, incidents: Incidents) -> Judgements:
    return judge.judge(*incidents)


def reckoned(judge: Judge, incidents: Incidents) -> Judgements:
    """The answers when no cell is asked."""
    return judge.reckon(verdict.Incidents(*incidents))


def test_cells_answer_as_reckoning_does(judge, incidents, found):
    assert len(found) == N
    assert_equal(found, reckoned(judge, incidents))


@pytest.mark.parametrize(
    ("boundary", "basis"),
    [("line", "arrangement"), ("ministry", "memorandum"), ("ministry", "arrangement")],
)
def test_cells_answer_so_under_every_boundary_and_basis(incidents, boundary, basis):
    other = Judge(read_atlas(), boundary=boundary, basis=basis)
    some = tuple(column[:7_000] for column in incidents)
    assert_equal(other.judge(*some), reckoned(other, some))


def test_every_kind_of_answer_was_among_them(found):
    assert set(found.verdict.tolist()) == set(range(len(VERDICTS)))
    assert set(found.space.tolist()) == set(range(len(SPACES)))
    assert set(found.time.tolist()) == set(range(len(TIMES)))
    assert set(found.phase.tolist()) == {-1, *range(len(PHASES))}
    assert set(found.zone.tolist()) == {-1, 0, 1, 2, 3}
    unreadable = {verdict.REASONS.index(f"unreadable-{w}") for w in ("location", "date")}
    told_by_readers = unreadable | {verdict.REASONS.index("future-date")}
    bits = np.bitwise_or.reduce(found.reasons)
    told = {i for i in range(len(verdict.REASONS)) if bits >> i & 1}
    assert told == set(range(len(verdict.REASONS))) - told_by_readers


def test_order_and_company_do_not_matter(judge, incidents, found):
    order = np.random.default_rng(1).permutation(N)
    assert_equal(found.take(order), judge.judge(*(column[order] for column in incidents)))
    part = np.arange(0, N, 3)
    assert_equal(found.take(part), judge.judge(*(column[part] for column in incidents)))


def test_one_check_is_one_row(judge, incidents, found):
    for row in range(0, N, 97):
        x, y, radius, first, last = (column[row].item() for column in incidents)
        there = np.isfinite(x)
        if there and np.isnan(radius):
            continue  # one incident has a radius, or its notation has
        one = zones.check(
            **({"longitude": x, "latitude": y} if there else {}),
            radius=radius if there else None,
            date=None if first == NO_DAY else f"{day_of(first)}/{day_of(last)}",
        )
        spell = found.spells[found.spell[row]] if found.spell[row] >= 0 else None
        assert {
            "verdict": one.verdict,
            "space": one.space,
            "time": one.time,
            "zone": one.zone,
            "phase": one.phase,
            "shares": [one.share_low, one.share_best, one.share_high],
            "boundaries": one.boundaries,
            "reasons": one.reasons,
            "agreements": one.agreements,
            "round": one.round,
            "guarantors": one.guarantors,
        } == {
            "verdict": VERDICTS[found.verdict[row]],
            "space": SPACES[found.space[row]],
            "time": TIMES[found.time[row]],
            "zone": judge.zones[found.zone[row]] if found.zone[row] >= 0 else None,
            "phase": PHASES[found.phase[row]] if found.phase[row] >= 0 else None,
            "shares": [
                None if np.isnan(share[row]) else share[row]
                for share in (found.share_low, found.share_best, found.share_high)
            ],
            "boundaries": boundary_spaces(judge, found, row),
            "reasons": reason_codes(found, row),
            "agreements": list(spell.agreements) if spell else [],
            "round": spell.round if spell else None,
            "guarantors": list(spell.guarantors) if spell else [],
        }


def test_no_incidents_no_answers(judge):
    nothing, no_days = np.empty(0), np.empty(0, dtype=np.int64)
    assert len(judge.judge(nothing, nothing, nothing, no_days, no_days)) == 0


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
    judge = Judge(atlas, boundary=boundary)
    assert_equal(judge.judge(*incidents), reckoned(judge, incidents))


def test_threads_may_share_a_judge(judge, incidents, found):
    shared = Judge(read_atlas())
    parts = [slice(i, i + 500) for i in range(0, N, 500)]
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda part: shared.judge(*(c[part] for c in incidents)), parts)
    for part, answer in zip(parts, answers, strict=True):
        assert_equal(answer, found.take(np.arange(N)[part]))
