"""The codes of a record as the page's TypeScript has them, in the order of Python's enumerations.

``make types`` writes ``maps/web/src/generated/codes.ts`` anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from geodata.columns.incidents import DOUBTS, SETTLEMENT, Reason
from geodata.columns.radii import BASIC_SOURCES
from geodata.text.position import GRIDS, Notation
from zones.calendar import PHASES, TIMES, Basis
from zones.space import SPACES
from zones.tables.question import COLUMNS
from zones.verdict import VERDICTS


def codes_module() -> str:
    """Return the module of TypeScript.

    Each list is a constant, with a type of what is in it. A column of codes holds positions in
    them, so their order is part of what Python and the page agree on.
    """
    notations = tuple(Notation)
    lists: tuple[tuple[str, str, Iterable[str]], ...] = (
        ("VERDICTS", "Verdict", VERDICTS),
        ("SPACES", "Space", SPACES),
        ("TIMES", "Time", TIMES),
        ("PHASES", "PhaseName", PHASES),
        ("BASES", "Basis", Basis),
        ("REASONS", "Reason", Reason),
        ("DOUBTS", "Doubt", DOUBTS),
        ("NOTATIONS", "Notation", notations),
        ("GRIDS", "Grid", [one for one in notations if one in GRIDS]),
        (
            "RADIUS_SOURCES",
            "RadiusSource",
            [*(s for s in BASIC_SOURCES if s not in set(Notation)), SETTLEMENT],
        ),
        ("COLUMNS", "DefaultColumn", COLUMNS),
    )
    parts = ["/** The codes of a record: `make types` wrote this from maps/page/codes.py. */\n"]
    for name, kind, values in lists:
        items = "".join(f"  {json.dumps(str(value))},\n" for value in values)
        parts.append(
            f"export const {name} = [\n{items}] as const;\n"
            f"export type {kind} = (typeof {name})[number];\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    print(codes_module(), end="")
