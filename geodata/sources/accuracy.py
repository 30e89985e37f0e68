"""Measure the lines: settlements left out, areas, overlaps. Prints the tables of docs/method.md.

Run as `python geodata/sources/accuracy.py`. The seed is fixed: the same tables each time.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))  # run as a file: the repository is the import path

from geodata.sources import extents, lines  # noqa: E402
from geodata.sources.build import find_world_atlas  # noqa: E402
from geodata.sources.lines import BoolArray, Method  # noqa: E402

FOLDS = 10
SEED = 2017
NEAR = 3_000.0  # metres
# Rows are counted in the zone they stand by; those of no zone are by the south-west.
BESIDE = {"none": "south-west"}


@dataclass(frozen=True)
class Answers:
    """What the line says of settlements that it has not seen; arrays of n."""

    own: BoolArray
    near: BoolArray
    in_low: BoolArray
    in_best: BoolArray
    in_high: BoolArray

    def row(self, chosen: BoolArray) -> tuple[int, float, int, int, float]:
        """Return count, % right by best, confidently wrong, uncertain, % uncertain."""
        n = int(chosen.sum())
        right = (self.in_best == self.own)[chosen]
        wrong = np.where(self.own, ~self.in_high, self.in_low)[chosen]
        unsure = (self.in_high & ~self.in_low)[chosen]
        share = 100 / max(n, 1)
        return n, right.sum() * share, int(wrong.sum()), int(unsure.sum()), unsure.sum() * share


def leave_out(
    entry: dict[str, Any], ground: extents.Ground, folder: Path, method: Method
) -> Answers:
    """Draw the zone anew without each tenth of the settlements, and ask it about them."""
    all_of_them = extents.read_settlements(folder / entry["settlements"])
    own = all_of_them.own(entry["zone"], entry.get("sides"))
    here = np.array([BESIDE.get(z, z) == entry["zone"] for z in all_of_them.zones])
    places = lines.marks(all_of_them.xy)
    full = extents.draw_settled(entry, all_of_them, own, ground, folder, method)
    border = shapely.union_all([edge.line for edge in ground.edges])
    line = shapely.difference(full.best.boundary, shapely.buffer(border, 200.0))
    near = np.atleast_1d(shapely.dwithin(places, line, NEAR))
    fold = np.random.default_rng(SEED).permutation(len(own)) % FOLDS
    seen = {name: np.zeros(len(own), dtype=bool) for name in extents.ESTIMATES}
    for k in range(FOLDS):
        out = fold == k
        rest = extents.Settlements(
            tuple(np.array(all_of_them.ids)[~out]),
            all_of_them.xy[~out],
            tuple(np.array(all_of_them.sides)[~out]),
            tuple(np.array(all_of_them.zones)[~out]),
        )
        drawn = extents.draw_settled(entry, rest, own[~out], ground, folder, method)
        for name in extents.ESTIMATES:
            seen[name][out] = shapely.intersects(getattr(drawn, name), places[out])
    return Answers(own[here], near[here], seen["low"][here], seen["best"][here], seen["high"][here])


def main() -> None:
    """Print the tables."""
    plan = json.loads((HERE / "extents_plan.json").read_text("utf-8"))
    ground = extents.read_ground(HERE, plan, find_world_atlas())
    entries = [e for e in plan["extents"] if "settlements" in e]
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
            answers = leave_out(entry, ground, HERE, method)
            total.append(answers)
            _print(f"{entry['zone']}, {entry['valid_from']}", answers)
        _print("all", _join(total))
    _print_shapes()


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
        if day >= "2018-02":
            reference = "line_2020-03-06_idlib" if day >= "2020" else "line_2018-09-17_idlib"
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
    m, right_near, *_ = answers.row(answers.near)
    inside, outside = answers.in_low, ~answers.in_high
    print(
        f"| {title} | {n} | {right:.1f} % | {m} | {right_near:.1f} % "
        f"| {(inside & ~answers.own).sum()} of {inside.sum()} "
        f"| {(outside & answers.own).sum()} of {outside.sum()} "
        f"| {wrong} ({100 * wrong / n:.1f} %) | {unsure} ({percent:.1f} %) |"
    )


if __name__ == "__main__":
    main()
