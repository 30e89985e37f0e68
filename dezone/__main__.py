"""The entry of the command: `python -m dezone` is `dezone`."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

_PARTS = ("geodata", "zones", "maps")


def main() -> None:
    """Run the command, unless other packages stand where its own are looked for."""
    ours = Path(__file__).resolve().parents[1]
    for name in _PARTS:
        found = find_spec(name)
        places = found.submodule_search_locations if found else None
        if not places or Path(next(iter(places))).resolve() != ours / name:
            other = (found.origin or next(iter(places or ()), None)) if found else None
            sys.exit(
                f"Error: expected the package {name} of dezone in {str(ours)!r}, found "
                f"{repr(other) if other else 'none'}; take another of that name off PYTHONPATH "
                "and out of this folder, or install dezone in an environment of its own."
            )
    from dezone.cli import main as run

    run()


if __name__ == "__main__":
    main()
