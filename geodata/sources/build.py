"""Write geodata/data/ from geodata/sources/, byte for byte the same each time.

Run as `python geodata/sources/build.py`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))  # run as a file: the repository is the import path

from geodata.sources.areas import write_areas  # noqa: E402
from geodata.sources.base import write_base  # noqa: E402
from geodata.sources.extents import write_extents  # noqa: E402
from geodata.sources.facts import write_facts  # noqa: E402
from geodata.sources.settlements import write_settlements  # noqa: E402

DATA = HERE.parent / "data"
ATLAS_VARIABLE = "DEZONE_WORLD_ATLAS"
ATLAS = HERE.parent.parent / "maps/web/node_modules/world-atlas/countries-10m.json"


def find_world_atlas() -> Path:
    """Return the path of world-atlas's countries-10m.json; exit with one line if there is none."""
    path = Path(os.environ.get(ATLAS_VARIABLE, ATLAS))
    if path.is_dir():
        path = path / "countries-10m.json"
    if not path.is_file():
        sys.exit(
            f"expected Natural Earth's countries (npm package world-atlas 2.0.2) at {path}, "
            f"found nothing: run `npm ci` in maps/web or set {ATLAS_VARIABLE}"
        )
    return path


def build(data_dir: Path, world_atlas: Path) -> None:
    """Write every file of the atlas into `data_dir`."""
    data_dir.mkdir(parents=True, exist_ok=True)
    write_facts(data_dir)
    write_settlements(data_dir)
    write_extents(data_dir, HERE, world_atlas)
    write_areas(data_dir, HERE, world_atlas)
    write_base(data_dir, HERE, world_atlas)


if __name__ == "__main__":
    build(DATA, find_world_atlas())
