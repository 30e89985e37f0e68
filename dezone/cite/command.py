"""What one cites: explanations, cards, their verification, and figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dezone import show
from geodata.atlas import Atlas

if TYPE_CHECKING:
    from dezone.cite.explain import Explanation
    from zones.record import Record

__all__ = ["CHANGED", "explanation", "verification", "write_cards"]

CHANGED = 4
"""Exit status where a card is not what it says."""


def write_cards(record: Record, atlas: Atlas, paths: Sequence[Path], *, language: str) -> None:
    """Write the card of a record, made now, to each of the files; one line for each.

    Without the extra `print` a card as PDF is refused; nothing else needs it.
    """
    from dezone.cite.card import make_card
    from dezone.cite.drawing import write_card

    card = make_card(record, atlas, language=language, made=dt.datetime.now(dt.UTC))
    for path in paths:
        write_card(card, atlas, path)
        click.echo(f"card: {path}", err=True)


def explanation(atlas: Atlas, found: Explanation, language: str) -> str:
    """Return the verdict as the terminal shows it, and below what would change it."""
    lines = [
        show.record(atlas, found.record, language),
        click.style(found.heading, bold=True),
        *(f"- {sentence}" for sentence in found.sentences),
        click.style(found.tried, dim=True),
    ]
    return "\n".join(lines) + "\n"


def verification(
    path: Path,
    atlas: Atlas,
    places: Path | None,
    incidents: str | None = None,
    admin: Sequence[str] = (),
) -> tuple[str, int]:
    """Return what came of recomputing a card or a report, and the exit status: 0, or `CHANGED`."""
    from dezone.report.document import is_report, verify_report

    if incidents is not None or is_report(path):
        found = verify_report(path, atlas=atlas, incidents=incidents, admin=admin)
        if found.verified and incidents is None:
            return "verified: bytes, files, versions, tables; --incidents FILE reckons anew\n", 0
    else:
        from dezone.cite.card import verify

        found = verify(path, atlas=atlas, places=places)
    if found.verified:
        return "verified\n", 0
    lines = [difference.text for difference in found.differences]
    if found.recomputed and not {"answer", "numbers"} & {one.what for one in found.differences}:
        lines.append("the answer itself comes out the same")
    return "".join(f"{line}\n" for line in lines), CHANGED
