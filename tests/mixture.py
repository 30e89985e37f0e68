"""Incidents of every kind, for tests that must miss none."""

from __future__ import annotations

import numpy as np

from geodata.atlas import Atlas
from geodata.columns.incidents import NO_DAY, Incidents
from geodata.schema import Estimate
from zones.calendar import Calendar


def mixed_incidents(atlas: Atlas, n: int, seed: int = 20170504) -> Incidents:
    """Incidents of every kind: on lines and far off, exact and coarse, dated and not, unusable."""
    rng = np.random.default_rng(seed)
    west, south, east, north = atlas.meta.bounds
    x, y = rng.uniform(west - 0.6, east + 0.6, n), rng.uniform(south - 0.6, north + 0.6, n)

    lines = [extent.geometry(e) for extent in atlas.extents for e in Estimate]
    vertices = np.concatenate([np.asarray(s.exterior.coords) for g in lines for s in parts(g)])
    near = rng.random(n) < 0.4
    x[near], y[near] = vertices[rng.integers(0, len(vertices), near.sum())].T
    beside = near & (rng.random(n) < 0.8)
    x[beside] += rng.normal(0, 0.02, beside.sum())
    y[beside] += rng.normal(0, 0.02, beside.sum())
    for i, point in enumerate(atlas.meta.placeholders):
        x[i::997], y[i::997] = point.longitude, point.latitude
    x[rng.random(n) < 0.02] = np.nan

    radius = np.zeros(n)
    kind = rng.random(n)
    radius[kind < 0.45] = np.exp(rng.uniform(np.log(1.0), np.log(30_000.0), n))[kind < 0.45]
    radius[kind < 0.15] = 25_000.0
    radius[kind < 0.05] = np.nan
    radius[kind < 0.02] = 100_000.0

    cuts = Calendar(atlas).cuts
    first = rng.integers(cuts[0] - 400, cuts[-1] + 400, n)
    at_cut = rng.random(n) < 0.3
    first[at_cut] = rng.choice(cuts, at_cut.sum()) + rng.integers(-1, 2, at_cut.sum())
    length = np.where(rng.random(n) < 0.6, 0, rng.geometric(0.01, n))
    last = first + length
    first[rng.random(n) < 0.05] = NO_DAY
    last[first == NO_DAY] = NO_DAY
    return Incidents.discs(x, y, radius, first, last)


def numbers(incidents: Incidents, row: int) -> tuple[float, float, float, int, int]:
    """Longitude, latitude, radius, first and last day of one row."""
    columns = (
        incidents.longitude, incidents.latitude, incidents.radius_m, incidents.first, incidents.last
    )  # fmt: skip
    return tuple(column[row].item() for column in columns)


def parts(shape):
    return [p for p in getattr(shape, "geoms", [shape]) if not p.is_empty]
