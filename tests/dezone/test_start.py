"""What a start imports, and how many rows are assessed: counts, which a machine cannot disturb."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from geodata.atlas import read_atlas
from geodata.columns.incidents import Incidents
from zones.verdict import Assessor

ROOT = Path(__file__).parents[2]
SCRIPT = "import sys\nfrom dezone.cli import main\ntry:\n    main()\nfinally:\n"
SCRIPT += "    print(*sorted(sys.modules), file=sys.stderr)"
CHECK = ("check", "35.93", "36.63", "--date", "2017-10-01")
NEVER = {"geopandas", "pandas", "folium", "dask", "scipy", "numpy.ma", "pyogrio", "jinja2", "typst"}


def modules(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stderr.splitlines()[-1].split())


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("start") / "incidents.csv"
    rows = (f"{i},2017-10-{1 + i % 28:02},35.{93 + i % 5},36.6{i % 9}" for i in range(200))
    path.write_text("\n".join(["id,date,latitude,longitude", *rows]))
    return path


def test_a_check_imports_what_it_needs_and_nothing_else() -> None:
    loaded = modules(*CHECK)
    assert not loaded & {*NEVER, "pyarrow", "geodata.text.sounds"}
    own = {name for name in loaded if name.partition(".")[0] in ("dezone", "maps")}
    assert own <= {
        "dezone",
        "dezone.cli",
        "dezone.cite",
        "dezone.cite.answer",
        "dezone.cite.command",
        "dezone.options",
        "dezone.process",
        "dezone.progress",
        "dezone.show",
        "dezone.translation",
    }
    assert len(loaded) < 460


def test_tagging_a_small_file_imports_no_library_of_frames(table: Path) -> None:
    loaded = modules("tag", str(table), "-o", str(table.with_name("tagged.csv")))
    assert "pyarrow" in loaded
    assert not loaded & (NEVER - {"numpy.ma"})  # which pyarrow imports for a mask


def test_pandas_is_found_after_pyarrow_was_kept_from_it() -> None:
    script = (
        "from dezone.process import spare_pandas; spare_pandas()\n"
        "import pyarrow as pa, pandas\n"
        "frame = pa.table({'a': [1]}).to_pandas()\n"
        "print(pa.Table.from_pandas(frame).num_rows)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "1"


def counted(assessor: Assessor, batches: list[Incidents], monkeypatch) -> int:
    """How many places are computed one by one, and not looked up."""
    compute, rows = Assessor._compute, []

    def count(self, places, first, last):
        rows.append(len(places))
        return compute(self, places, first, last)

    monkeypatch.setattr(Assessor, "_compute", count)
    for batch in batches:
        assessor.assess_distinct(batch)
    return sum(rows)


def test_few_of_many_points_are_computed(monkeypatch) -> None:
    rng, n = np.random.default_rng(1), 120_000
    x, y = rng.uniform(35.7, 42.3, n), rng.uniform(32.3, 37.2, n)
    days = 17_167 + rng.integers(0, 1_400, n)
    incidents = Incidents.discs(x, y, np.zeros(n), days, days)
    assert counted(Assessor(read_atlas()), [incidents], monkeypatch) < n // 40


def test_rows_at_settlements_are_computed_once(monkeypatch) -> None:
    ledger, rng, n = read_atlas().ledger, np.random.default_rng(2), 40_000
    place, days = rng.integers(0, 500, n), 17_167 + rng.integers(0, 1_400, n)
    incidents = Incidents.discs(
        ledger.longitude[place], ledger.latitude[place], np.zeros(n), days, days,
        radius_source="default",
    ).settled(ledger)  # fmt: skip
    batches = [incidents.take(np.arange(n))] * 3
    once = len(np.unique(incidents.settlement)) * 60  # holders and periods
    assert counted(Assessor(read_atlas()), batches, monkeypatch) < once
