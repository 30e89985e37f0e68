"""Questions for other programs: points and days where answers turn, and our answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import shapely

from geodata.atlas import Atlas
from geodata.columns.incidents import NO_DAY, Incidents
from zones.calendar import calendar_of, day_number
from zones.tables.columns import make_columns
from zones.tables.question import ask

SEED = 2017


def exact_points(atlas: Atlas, count: int) -> pa.Table:
    """Return points (longitude, latitude) and days (date), any of which may be missing.

    A third of them lie on vertices and in the middle of edges, or a step beside; a third within a
    settlement; the others anywhere in and around the country. Half of the days are those of a
    change, or the day before.
    """
    rng = np.random.default_rng(SEED)
    west, south, east, north = atlas.meta.bounds
    vertices = np.concatenate(
        [shapely.get_coordinates([e.low, e.best, e.high]) for e in atlas.extents]
    )
    third = count // 3
    picked = rng.integers(0, len(vertices) - 1, third)
    middle = rng.random(third) < 0.3
    edge = np.where(
        middle[:, None], (vertices[picked] + vertices[picked + 1]) / 2, vertices[picked]
    )
    edge = edge + (rng.random((third, 1)) < 0.3) * rng.normal(0, 1e-6, (third, 2))
    ledger = atlas.ledger
    at = rng.integers(0, max(len(ledger.longitude), 1), third) if len(ledger.longitude) else []
    near = np.stack([ledger.longitude[at], ledger.latitude[at]], axis=-1)
    near = near + rng.normal(0, 0.004, near.shape)
    rest = count - len(edge) - len(near)
    margin = 0.3
    wide = np.stack(
        [
            rng.uniform(west - margin, east + margin, rest),
            rng.uniform(south - margin, north + margin, rest),
        ],
        axis=-1,
    )
    points = np.concatenate([edge, near, wide])
    rng.shuffle(points)
    placeholders = [(p.longitude, p.latitude) for p in atlas.meta.placeholders]
    points[: len(placeholders)] = placeholders
    cuts = calendar_of(atlas).cuts
    days = np.where(
        rng.random(count) < 0.5,
        rng.choice(np.concatenate([cuts, cuts - 1]), count),
        rng.integers(cuts[0] - 400, cuts[-1] + 200, count),
    )
    dates = pa.array(days.astype(np.int32), mask=rng.random(count) < 0.03).cast(pa.date32())
    lost = rng.random(count) < 0.01
    longitude, latitude = (pa.array(column, mask=lost) for column in points.T)
    return pa.table(
        {"number": np.arange(count), "longitude": longitude, "latitude": latitude, "date": dates}
    )


def answers(atlas: Atlas, questions: pa.Table, columns: list[str]) -> list[tuple[object, ...]]:
    """Return these columns of the kernel's answers, row by row."""
    x, y = (questions[name].to_numpy().astype(float) for name in ("longitude", "latitude"))
    days = [NO_DAY if day is None else day_number(day) for day in questions["date"].to_pylist()]
    incidents = Incidents.discs(x, y, np.zeros(len(x)), days, days, radius_source="default")
    incidents = incidents.settled(
        atlas.ledger, [(p.longitude, p.latitude, p.name) for p in atlas.meta.placeholders]
    )
    question = replace(ask(atlas=atlas), columns=tuple(columns))
    found, which = question.assessor.assess_distinct(incidents)
    made = make_columns(question, incidents, found, which)
    return list(zip(*(column.to_pylist() for column in made), strict=True))
