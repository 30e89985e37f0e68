"""How fast verdicts are within SQL, beside `zones.tag` on the same rows.

    python benchmarks/sql.py [--rows 200000] [--rounds 3] [--write]

Exact points and days all over the country, in a table of DuckDB. `dezone_assess` is the kernel as
a function of DuckDB (`dezone.sql.register`); `dezone_verdict` is that of `dezone sql duckdb`, pure
SQL, whose cost grows with the square of the rows: it is given a few hundred. `--write` puts the
table into ``docs/benchmarks.md``.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import duckdb
from report import put
from serve import PAGE
from tag import load_spatial, machine

import dezone.sql
import zones
from dezone.sql.script import make_script
from geodata.atlas import read_atlas
from geodata.errors import InputWarning

FEW = 300
TABLE = """
CREATE TABLE points AS SELECT setseed(0.2017), i AS id, 35.8 + 6.2 * random() AS longitude,
  32.5 + 4.5 * random() AS latitude, DATE '2016-01-01' + (3600 * random())::INT AS date
FROM range({rows}) AS r(i)
"""
ASSESS = """
SELECT v.verdict, count(*) FROM (
  SELECT dezone_assess(longitude, latitude, NULL, date, date) AS v FROM points) GROUP BY ALL
"""
VERDICT = """
SELECT v.verdict, count(*) FROM (SELECT dezone_verdict(longitude, latitude, date) AS v FROM
  (SELECT * FROM points LIMIT {few})) GROUP BY ALL
"""


def best_of(rounds: int, work: Callable[[], object]) -> float:
    """Return the seconds of the fastest round, after one that is not counted."""
    work()
    taken = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return min(taken)


def measure(rows: int, rounds: int) -> list[str]:
    """Return the table of how fast each way is."""
    base = duckdb.connect()
    load_spatial(base)
    base.execute(make_script("duckdb", read_atlas()))
    dezone.sql.register(base)
    base.execute(TABLE.format(rows=rows))
    ways: dict[str, tuple[int, Callable[[], object]]] = {
        "`zones.tag` of the rows": (
            rows,
            lambda: zones.tag(base.sql("FROM points").to_arrow_table()),
        ),
        "`dezone_assess` in DuckDB": (rows, lambda: base.sql(ASSESS).fetchall()),
        "`dezone_verdict` in DuckDB, pure SQL": (
            FEW,
            lambda: base.sql(VERDICT.format(few=FEW)).fetchall(),
        ),
    }
    lines = [f"Machine: {machine()}. The best of {rounds} rounds.", ""]
    lines += ["| way | rows | time | rows a second |", "|---|--:|--:|--:|"]
    for name, (count, work) in ways.items():
        taken = best_of(rounds, work)
        lines.append(f"| {name} | {count:,} | {taken:.2f} s | {count / taken:,.0f} |")
    return lines


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore", InputWarning)  # points abroad are meant
    lines = measure(options.rows, options.rounds)
    print("\n".join(lines))
    if options.write:
        put(PAGE, "sql", lines)


if __name__ == "__main__":
    main()
