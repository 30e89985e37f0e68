"""Write geodata/data/ from geodata/sources/, byte for byte the same each time.

Run as `python geodata/sources/build.py`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))  # run as a file: the repository is the import path

from geodata.sources.base import write_base  # noqa: E402
from geodata.sources.extents import write_extents  # noqa: E402

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
    if importlib.util.find_spec("geodata.sources.facts"):  # until the facts are merged
        importlib.import_module("geodata.sources.facts").write_facts(data_dir)
    used = write_extents(data_dir, HERE, world_atlas)
    write_base(data_dir, HERE, world_atlas)
    _add_sources(data_dir, used)


def _add_sources(data_dir: Path, used: set[str]) -> None:
    """Add the sources of the extents to sources.json, where it lacks them."""
    path = data_dir / "sources.json"
    if not path.exists():
        return
    sources = json.loads(path.read_text("utf-8"))
    known = json.loads((HERE / "settlement_sources.json").read_text("utf-8"))
    for key in used - set(sources):
        sources[key] = known[key]
    text = json.dumps(dict(sorted(sources.items())), ensure_ascii=False, indent=1)
    path.write_text(text + "\n", "utf-8", newline="\n")


if __name__ == "__main__":
    build(DATA, find_world_atlas())
