"""Measure the lines: settlements left out, areas, overlaps. Prints the tables of docs/method.md.

Run as `python geodata/sources/accuracy.py`. The seed is fixed: the same tables each time.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))  # run as a file: the repository is the import path

from geodata.sources import extents, lines  # noqa: E402
from geodata.sources.build import find_world_atlas  # noqa: E402
from geodata.sources.lines import BoolArray, FloatArray, Method  # noqa: E402

FOLDS = 10
SEED = 2017
NEAR = 3_000.0  # metres
DISTANCES = (0.0, 1_000.0, NEAR, 10_000.0, np.inf)  # metres from the line
RADII = (0.0, 1_000.0, 2_000.0, 5_000.0)  # metres; 0 is an exact point
INSIDE, OUTSIDE = 0.95, 0.05  # shares from which a verdict is sure, as docs/method.md has them
BINS = np.array([0.0, 1e-4, 0.2, 0.4, 0.6, 0.8, 1.0 - 1e-4, 1.0])


@dataclass(frozen=True)
class Answers:
    """What the line says of settlements that it has not seen; arrays of n."""

    own: BoolArray
    away: FloatArray  # metres from the line, state border aside
    in_low: BoolArray
    in_best: BoolArray
    in_high: BoolArray
    shares: FloatArray  # (n, radii, 3): of a disc about each, inside low, best and high
    names: Any  # ids of the settlements, with the first day of the extent

    def row(self, chosen: BoolArray) -> tuple[int, float, int, int, float]:
        """Return count, % right by best, confidently wrong, uncertain, % uncertain."""
        n = int(chosen.sum())
        right = (self.in_best == self.own)[chosen]
        wrong = np.where(self.own, ~self.in_high, self.in_low)[chosen]
        unsure = (self.in_high & ~self.in_low)[chosen]
        share = 100 / max(n, 1)
        return n, right.sum() * share, int(wrong.sum()), int(unsure.sum()), unsure.sum() * share


def leave_out(entry: dict[str, Any], ground: extents.Ground, method: Method) -> Answers:
    """Draw the zone anew without each tenth of the settlements, and ask it about them.

    A settlement is left out with all its points, and asked about at its first. Only those are
    asked about whose holder a source names: the others are our own judgement.
    """
    known = extents.read_settlements(entry["on"])
    own = known.own(entry["zone"])
    _, first, settlement = np.unique(known.ids, return_index=True, return_inverse=True)
    asked = np.zeros(len(own), dtype=bool)
    asked[first] = True
    asked &= known.sourced & np.array([z == entry["zone"] for z in known.zones])
    places = lines.marks(known.xy)
    full = extents.draw_settled(entry, known, ground, method)
    border = shapely.union_all([edge.line for edge in ground.edges])
    line = shapely.difference(full.best.boundary, shapely.buffer(border, 200.0))
    away = np.atleast_1d(shapely.distance(places, line))
    fold = (np.random.default_rng(SEED).permutation(len(first)) % FOLDS)[settlement]
    seen = {name: np.zeros(len(own), dtype=bool) for name in extents.ESTIMATES}
    shares = np.zeros((len(own), len(RADII), len(extents.ESTIMATES)))
    for k in range(FOLDS):
        out = fold == k
        drawn = extents.draw_settled(entry, known.kept(~out), ground, method)
        out &= asked
        for e, name in enumerate(extents.ESTIMATES):
            seen[name][out] = shapely.intersects(getattr(drawn, name), places[out])
            for r, radius in enumerate(RADII):
                shares[out, r, e] = _shares(getattr(drawn, name), places[out], radius)
    return Answers(
        own[asked],
        away[asked],
        seen["low"][asked],
        seen["best"][asked],
        seen["high"][asked],
        shares[asked],
        np.array([f"{i} {entry['valid_from']}" for i in known.ids])[asked],
    )


def _shares(shape: Any, places: Any, radius: float) -> FloatArray:
    """Return the share of the disc about each place that lies inside."""
    if radius == 0:
        return np.asarray(shapely.intersects(shape, places), dtype=float)
    discs = shapely.buffer(places, radius, quad_segs=32)
    return np.asarray(shapely.area(shapely.intersection(shape, discs)) / shapely.area(discs))


def main() -> None:
    """Print the tables."""
    plan = json.loads((HERE / "extents_plan.json").read_text("utf-8"))
    ground = extents.read_ground(HERE, plan, find_world_atlas())
    entries = [e for e in plan["extents"] if e["boundary"] == "line"]
    shares = [float(a) for a in sys.argv[1:]] or [extents.METHOD.share]
    for share in shares:
        method = dataclasses.replace(extents.METHOD, share=share)
        print(f"\n| left out, band {share} of the half-gap | n | best right | within 3 km | right "
              "| said inside, wrong | said outside, wrong | confidently wrong | in doubt |\n"
              "|---|--:|--:|--:|--:|--:|--:|--:|--:|")  # fmt: skip
        total: list[Answers] = []
        for entry in entries:
            if entry["valid_from"] in ("2018-02-15", "2017-05-30"):
                continue  # the same settlements but for an enclave
            answers = leave_out(entry, ground, method)
            total.append(answers)
            _print(f"{entry['zone']}, {entry['valid_from']}", answers)
        _print("all", _join(total))
        _print_distances(_join(total))
        _print_reliability(_join(total))
    _print_shapes()


def _print_distances(answers: Answers) -> None:
    """Print how good the line is near it and far from it."""
    print(
        "\n| from the line | n | best right | confidently wrong | in doubt |\n|---|--:|--:|--:|--:|"
    )
    for begin, end in pairwise(DISTANCES):
        n, right, wrong, unsure, percent = answers.row(
            (answers.away >= begin) & (answers.away < end)
        )
        until = f" to {end / 1000:g}" if np.isfinite(end) else " or more"
        print(
            f"| {begin / 1000:g}{until} km | {n} | {right:.1f} % "
            f"| {wrong} ({100 * wrong / max(n, 1):.1f} %) | {unsure} ({percent:.1f} %) |"
        )


def _print_reliability(answers: Answers) -> None:
    """Print what verdicts would say of settlements left out, and how well shares are calibrated."""
    own = answers.own
    low, best, high = np.round(np.moveaxis(answers.shares, 2, 0), 4)
    print("\n| verdict on settlements left out | said inside, wrong | said outside, wrong "
          "| confidently wrong | uncertain | Brier score of share_best |\n"
          "|---|--:|--:|--:|--:|--:|")  # fmt: skip
    which: dict[str, list[str]] = {}
    for r, radius in enumerate(RADII):
        inside, outside = low[:, r] >= INSIDE, high[:, r] <= OUTSIDE
        wrong = (inside & ~own) | (outside & own)
        unsure = ~inside & ~outside
        brier = np.square(best[:, r] - own).mean()
        print(
            f"| radius {radius / 1000:g} km | {(inside & ~own).sum()} of {inside.sum()} "
            f"| {(outside & own).sum()} of {outside.sum()} "
            f"| {wrong.sum()} ({100 * wrong.mean():.1f} %) "
            f"| {unsure.sum()} ({100 * unsure.mean():.1f} %) | {brier:.3f} |"
        )
        if radius:
            which[f"{radius / 1000:g} km"] = answers.names[wrong].tolist()
    print("\nWrong with confidence:", which)
    base = own.mean()
    print(f"\nBrier score of always saying {base:.2f}: {base * (1 - base):.3f}")
    print("\n| share_best | " + " | ".join(f"{r / 1000:g} km" for r in RADII[1:]) + " |")
    print("|---|" + "--:|" * len(RADII[1:]))
    for b, (begin, end) in enumerate(pairwise(BINS)):
        cells = []
        for r in range(1, len(RADII)):
            chosen = np.digitize(best[:, r], BINS[1:-1]) == b
            n = int(chosen.sum())
            cells.append(f"{own[chosen].mean():.2f} of {n}" if n else "–")
        name = f"{begin:.1f} to {end:.1f}"
        if b == 0 or b == len(BINS) - 2:
            name = f"{round(begin)} exactly"
        print(f"| {name} | " + " | ".join(cells) + " |")


def _print_shapes() -> None:
    text = (HERE.parent / "data/extents.geojson").read_text("utf-8")
    features = {f["id"]: f for f in json.loads(text)["features"]}
    shapes = {
        i: lines.to_metres(shapely.geometry.shape(f["geometry"])) for i, f in features.items()
    }
    names = sorted({i.rsplit("/", 1)[0] for i in features})
    print("\n| extent | low km2 | best km2 | high km2 |\n|---|--:|--:|--:|")
    for name in names:
        areas = [features[f"{name}/{e}"]["properties"]["area_km2"] for e in extents.ESTIMATES]
        print(f"| {name} | " + " | ".join(f"{a:,.0f}" for a in areas) + " |")
    print("\n| line | ministry | overlap (best) |\n|---|---|--:|")
    for a in names:
        for b in names:
            one, other = (features[f"{n}/best"]["properties"] for n in (a, b))
            if (one["zone"], one["boundary"], other["boundary"]) != (
                other["zone"], "line", "ministry"
            ):  # fmt: skip
                continue
            if one["valid_from"] < other["valid_to"] and other["valid_from"] < one["valid_to"]:
                print(f"| {a} | {b} | {_overlap(shapes[f'{a}/best'], shapes[f'{b}/best']):.2f} |")
    folder = Path(os.environ.get("DEZONE_SHARED", HERE.parents[2] / "shared")) / "data/boundaries"
    if not folder.is_dir():
        return
    print("\n| line | reference outline | overlap |\n|---|---|--:|")
    for name in names:
        zone, boundary, day = name.split("/")
        reference = "line_2017-09-15"
        if day >= "2019-08":
            reference = "line_2020-03-06_idlib"
            if day < "2020":
                continue  # no earlier drawing of that day
        elif day >= "2018-02":
            reference = "line_2018-09-17_idlib"
        outlines = json.loads((folder / f"{reference}.geojson").read_text("utf-8"))["features"]
        for outline in outlines:
            if boundary == "line" and outline["properties"]["zone"] == zone:
                theirs = lines.to_metres(shapely.geometry.shape(outline["geometry"]))
                overlap = _overlap(shapes[f"{name}/best"], theirs)
                print(f"| {name} | {reference} | {overlap:.3f} |")


def _overlap(a: Any, b: Any) -> float:
    return float(shapely.intersection(a, b).area / shapely.union(a, b).area)


def _join(parts: list[Answers]) -> Answers:
    return Answers(
        *(np.concatenate([getattr(p, f.name) for p in parts]) for f in dataclasses.fields(Answers))
    )


def _print(title: str, answers: Answers) -> None:
    every = np.ones(len(answers.own), dtype=bool)
    n, right, wrong, unsure, percent = answers.row(every)
    m, right_near, *_ = answers.row(answers.away < NEAR)
    inside, outside = answers.in_low, ~answers.in_high
    print(
        f"| {title} | {n} | {right:.1f} % | {m} | {right_near:.1f} % "
        f"| {(inside & ~answers.own).sum()} of {inside.sum()} "
        f"| {(outside & answers.own).sum()} of {outside.sum()} "
        f"| {wrong} ({100 * wrong / n:.1f} %) | {unsure} ({percent:.1f} %) |"
    )


if __name__ == "__main__":
    main()
