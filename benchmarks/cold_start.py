"""How long `dezone check` takes from a cold start, beside `import geopandas` alone."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 7
IMPORT = [sys.executable, "-c", "import geopandas"]
CHECK = [Path(sys.executable).with_name("dezone"), "check", "35.93", "36.63"]
CHECK += ["--date", "2017-10-01"]


def seconds(command: list[str | Path]) -> float:
    """Return how long `command` takes, its process included."""
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def main() -> None:
    """Take both in turn, so that a busy moment strikes both, and print the best of each."""
    rounds = [(seconds(IMPORT), seconds(CHECK)) for _ in range(ROUNDS)]
    geopandas, check = map(min, zip(*rounds, strict=True))
    print(f"import geopandas   {geopandas:.2f} s")
    print(f"dezone check       {check:.2f} s, {check / geopandas:.2f} of it (promised: under 0.6)")


if __name__ == "__main__":
    main()
