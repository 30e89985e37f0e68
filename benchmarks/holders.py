"""How often the ledger agrees with reports that it is not made from, and what it changes.

    python benchmarks/holders.py ged.csv

`ged.csv` is the Georeferenced Event Dataset of the Uppsala Conflict Data Program, or a part of it.
It does not say who held a place, but who fought there: of two parties, one most often held it.
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from pathlib import Path

import pandas as pd

import zones
from geodata.errors import InputWarning

FIRST = "2017-05-06"
EXACT = 1  # where_prec
SIDES = {"Government of Syria": "government", "IS": "islamic-state", "SDF": "sdf"}
ELSEWHERE = ("Civilians", "Government of ")  # parties that held no settlement, or cannot be told


def side_of(party: str) -> str | None:
    """Return the side of the ledger that a party belongs to; None where it cannot be told."""
    if party not in SIDES and party.startswith(ELSEWHERE):
        return None
    return SIDES.get(party, "opposition")


def main(path: Path) -> None:
    """Print the tables as Markdown."""
    events = pd.read_csv(path, low_memory=False)
    events = events[(events["country"] == "Syria") & (events["date_start"] >= FIRST)]
    events = events.reset_index(drop=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        tagged = zones.tag(events, with_=["reasons"])
    for name in ("verdict", "settlement", "held_by", "reasons"):
        tagged[name] = tagged[name].astype(object)
    print_verdicts(tagged)
    print_agreement(tagged[(tagged["where_prec"] == EXACT) & tagged["settlement"].notna()])


def print_verdicts(tagged: pd.DataFrame) -> None:
    """Print the verdicts, and why those are uncertain that are."""
    print(f"{len(tagged)} events:", dict(tagged["verdict"].value_counts()))
    settled = tagged["settlement"].notna()
    uncertain = tagged["verdict"] == "uncertain"
    for said, rows in (("settlements", settled), ("others", ~settled)):
        some = tagged[uncertain & rows]
        why = Counter(code for text in some["reasons"] for code in text.split(";") if code)
        print(f"uncertain, {said}: {len(some)} of {int(rows.sum())};", dict(why.most_common(6)))


def print_agreement(tagged: pd.DataFrame) -> None:
    """Print how often a party of a fight held the place where it was, by the ledger."""
    print("\n| fought | events | holder told | a party held it | another did, where |")
    print("|---|--:|--:|--:|---|")
    pairs: dict[str, list[tuple[set[str], set[str], str]]] = {}
    for dyad, held, where in tagged[["dyad_name", "held_by", "where_coordinates"]].to_numpy():
        first, _, second = dyad.partition(" - ")
        parties = {side_of(name) for group in (first, second) for name in group.split(", ")}
        if None in parties:
            continue
        key = " and ".join(sorted(str(one) for one in parties))
        holders = {one for one in str(held or "").split(";") if one}
        pairs.setdefault(key, []).append((holders, {str(one) for one in parties}, where))
    for key, rows in sorted(pairs.items(), key=lambda pair: -len(pair[1])):
        told = [row for row in rows if row[0]]
        odd = Counter(where for holders, parties, where in told if not holders & parties)
        said = ", ".join(f"{where} {n}" for where, n in odd.most_common(4))
        print(f"| {key} | {len(rows)} | {len(told)} | {len(told) - sum(odd.values())} | {said} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
