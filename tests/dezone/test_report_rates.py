"""Intervals hold what they promise: shown on incidents of which the truth is known."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from scipy import optimize, stats

from dezone.cli import main
from dezone.report.numbers.rates import WEEKS, Estimate
from geodata.atlas import read_atlas

SIMULATIONS = 500
REST = {"mean": 40.0, "size": 10.0}


def simulate(
    rng: np.random.Generator,
    mean: float,
    ratio: float,
    size: float | None,
    correlation: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Weeks before and after, negative binomial: variance = mean + mean^2 / size.

    The gamma rates behind them may resemble their neighbours: a Gaussian copula of lag-one
    correlation.
    """
    shape = (SIMULATIONS, 2 * WEEKS)
    means = np.repeat([mean, mean * ratio], WEEKS)
    if size is None:
        counts = rng.poisson(means, shape)
    else:
        normal = rng.standard_normal(shape)
        for week in range(1, 2 * WEEKS):
            normal[:, week] *= np.sqrt(1 - correlation**2)
            normal[:, week] += correlation * normal[:, week - 1]
        rate = stats.gamma.ppf(stats.norm.cdf(normal), size, scale=1 / size)
        counts = rng.poisson(means * rate)
    return counts[:, :WEEKS], counts[:, WEEKS:]


def held(estimate: Estimate, truth: float) -> float:
    """The share of intervals that hold the truth."""
    low, high = estimate.interval()
    return float(np.mean((low <= truth) & (truth <= high)))


MEANS = (3, 10, 40)
SIZES = (None, 4.0, 1.0)  # a Poisson process; dispersions of up to 11, and of up to 41


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mean", MEANS)
@pytest.mark.parametrize("ratio", [0.2, 0.5, 2.0])
def test_the_true_ratio_of_a_known_change_lies_in_95_of_100_intervals(mean, ratio, size):
    rng = np.random.default_rng(int(mean * 100 + ratio * 10 + (size or 0)))
    zone = Estimate.of(*simulate(rng, mean, ratio, size))
    rest = Estimate.of(*simulate(rng, REST["mean"], 1.0, REST["size"]))
    assert held(zone, ratio) >= 0.95
    assert held(zone.against(rest), ratio) >= 0.95


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mean", MEANS)
def test_where_nothing_changed_a_change_is_claimed_at_most_5_times_in_100(mean, size):
    rng = np.random.default_rng(int(mean * 100 + (size or 0)))
    zone = Estimate.of(*simulate(rng, mean, 1.0, size))
    rest = Estimate.of(*simulate(rng, REST["mean"], 1.0, REST["size"]))
    assert 1 - held(zone, 1.0) <= 0.05
    assert 1 - held(zone.against(rest), 1.0) <= 0.05


@pytest.mark.parametrize(("correlation", "least"), [(0.25, 0.95), (0.4, 0.92)])
@pytest.mark.parametrize("ratio", [0.2, 1.0])
def test_weeks_that_resemble_their_neighbours_cost_little_of_it(ratio, correlation, least):
    rng = np.random.default_rng(7)
    zone = Estimate.of(*simulate(rng, 10, ratio, 4.0, correlation))
    rest = Estimate.of(*simulate(rng, REST["mean"], 1.0, REST["size"], correlation))
    assert held(zone, ratio) >= least
    assert held(zone.against(rest), ratio) >= least


def test_intervals_are_no_wider_than_they_have_to_be():
    rng = np.random.default_rng(8)
    rest = Estimate.of(*simulate(rng, REST["mean"], 1.0, REST["size"]))
    fallen = Estimate.of(*simulate(rng, 20, 0.3, 20.0)).against(rest)
    assert np.mean(fallen.interval()[1] < 1) >= 0.95, "a fall to a third goes unseen"


def test_the_estimate_is_that_of_a_quasi_poisson_regression():
    rng = np.random.default_rng(9)
    before, after = (rng.negative_binomial(900, 0.6, 8) for _ in range(2))
    counts = np.concatenate([before, after])
    late = np.repeat([0.0, 1.0], WEEKS)

    def minus_likelihood(beta):
        return float(np.sum(np.exp(beta[0] + beta[1] * late) - counts * (beta[0] + beta[1] * late)))

    fitted = optimize.minimize(minus_likelihood, [np.log(counts.mean()), 0.0], method="BFGS",
                               options={"gtol": 1e-7}).x  # fmt: skip
    means = np.exp(fitted[0] + fitted[1] * late)
    design = np.stack([np.ones(16), late])
    dispersion = np.sum((counts - means) ** 2 / means) / 14
    variance = np.linalg.inv((design * means) @ design.T)[1, 1] * max(dispersion, 1)

    found = Estimate.of(before, after)
    assert found.log_ratio[0] == pytest.approx(fitted[1], abs=1e-4)
    assert found.dispersion[0] == pytest.approx(max(dispersion, 1), rel=1e-3)
    assert found.variance[0] >= variance * 0.999, "and never surer than that"


def test_weeks_that_vary_less_than_chance_are_taken_for_chance():
    even = Estimate.of([[10.0] * 8], [[10.0] * 8])
    assert even.dispersion[0] == 1
    low, high = even.interval()
    assert low[0] < 0.7
    assert high[0] > 1.4


def test_a_side_without_incidents_has_an_interval():
    low, high = Estimate.of([[5, 4, 6, 5, 3, 5, 6, 4]], [[0] * 8]).interval()
    assert 0 < low[0] < high[0] < 1


# -- through the whole command ----------------------------------------------------------------


def points_in(shape, rng: np.random.Generator, n: int) -> np.ndarray:
    """(n, 2) points in a polygon, by rejection."""
    west, south, east, north = shape.bounds
    found = np.empty((0, 2))
    while len(found) < n:
        points = rng.uniform((west, south), (east, north), (4 * n + 20, 2))
        found = np.vstack([found, points[shapely.contains_xy(shape, *points.T)]])
    return found[:n]


def write_incidents(path: Path, day: dt.date, ratio: float, seed: int) -> Path:
    """Incidents of 40 weeks around a day: those in Idlib change by a ratio, the others do not."""
    rng = np.random.default_rng(seed)
    extents = [e for e in read_atlas().extents if e.boundary == "line"]
    idlib = next(e for e in extents if e.zone == "idlib" and e.valid_from <= day)
    far = shapely.box(38.5, 34.0, 41.5, 36.0)  # no zone is near
    lines = ["date,latitude,longitude"]
    for week in range(-20, 20):
        for shape, mean in ((idlib.low, 15 * (ratio if week >= 0 else 1)), (far, 60)):
            number = rng.poisson(mean * rng.gamma(20.0, 1 / 20.0))
            for x, y in points_in(shape, rng, number):
                when = day + dt.timedelta(days=7 * week + int(rng.integers(7)))
                lines.append(f"{when},{y:.5f},{x:.5f}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("ratio", "sign"),
    [pytest.param(0.2, "fall", id="a drop"), pytest.param(1.0, "open", id="none")],
)
def test_a_known_drop_on_a_known_day_is_found_and_none_where_there_is_none(tmp_path, ratio, sign):
    day = dt.date(2017, 9, 15)
    event = next(p.start for p in read_atlas().phases if p.zone == "idlib" and p.start == day)
    file = write_incidents(tmp_path / "simulated.csv", day, ratio, seed=3)
    done = CliRunner().invoke(main, ["report", str(file), "-o", str(tmp_path / "report")])
    assert done.exit_code == 0, done.output
    report = json.loads((tmp_path / "report" / "report.json").read_bytes())["report"]
    change = next(c for c in report["changes"] if c["event"] == f"idlib/{event}")
    best = change["best"]
    assert (change["weeks_before"], change["weeks_after"]) == (WEEKS, WEEKS)
    assert best["zone"]["low"] <= ratio <= best["zone"]["high"]
    assert best["low"] <= ratio <= best["high"]
    assert best["sign"] == best["relative_sign"] == sign
    assert change["sure"]["zone"]["before"] == best["zone"]["before"]
    finding = next(f for f in report["findings"] if f["event"] == f"idlib/{event}")
    assert finding["code"] == f"{sign}-{sign}"
