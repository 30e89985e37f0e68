"""`dezone verify`: whether a card or a report is what it says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dezone.options import Input, atlas_option, command
from dezone.verification import Given
from geodata.errors import RecordError

if TYPE_CHECKING:
    from geodata.atlas import Atlas

__all__ = ["COMMANDS"]

CHANGED = 4
"""Exit status where a file is not what it says."""


@command()
@click.argument("card", type=Input(exists=True, path_type=Path))
@click.option(
    "--places",
    type=Input(exists=True, path_type=Path),
    help="The file with more places that the card was made with.",
)
@click.option(
    "--incidents",
    type=Input(),
    help="The file that a report was made from: all of it is computed again.",
)
@click.option(
    "--admin", type=Input(), multiple=True, help="The polygons that a report was made with."
)
@atlas_option
def verify(
    card: Path, places: Path | None, incidents: str | None, admin: tuple[str, ...], atlas: Atlas
) -> None:
    """Say whether a card or a report is what it says.

    Computes it again. Says `verified` and exits with 0, or says what differs (record, atlas,
    software, answer, files, numbers) and exits with 4.
    """
    from dezone.cli import features

    given = Given(atlas=atlas, places=places, incidents=incidents, admin=admin)
    verifiers = [one.verify_file for one in features() if hasattr(one, "verify_file")]
    results = (verify_file(card, given) for verify_file in verifiers)
    found = next((result for result in results if result is not None), None)
    if found is None:
        raise RecordError(
            f"expected a card as `dezone check --card` writes it, or a report.json, found "
            f"{card.name!r}, which is neither; use the file as it was written."
        )
    if found.verified:
        click.echo("verified")
        return
    lines = [difference.text for difference in found.differences]
    if found.recomputed and not {"answer", "numbers"} & {one.what for one in found.differences}:
        lines.append("the answer itself comes out the same")
    click.echo("".join(f"{line}\n" for line in lines), nl=False)
    sys.exit(CHANGED)


COMMANDS = (verify,)
