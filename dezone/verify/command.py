"""`dezone verify`: tells whether a card or a report is what it says."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dezone import show
from dezone.options import Input, atlas_option, command
from dezone.translation import say
from dezone.verification import Given, Outcome, Verification, differs

if TYPE_CHECKING:
    from geodata.atlas import Atlas

DIFFERS = 4
"""Exit status if something is not what it says."""

UNCHECKED = 5
"""Exit status if nothing differs, but not everything could be compared."""


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
@click.option(
    "--signers",
    type=Input(exists=True, path_type=Path),
    help="Whose signature it must have: allowed signers, as of ssh.",
)
@click.option(
    "--authority",
    type=Input(exists=True, path_type=Path),
    help="Whose time stamp it must have: certificates in PEM.",
)
@atlas_option
def verify(
    card: Path,
    places: Path | None,
    incidents: str | None,
    admin: tuple[str, ...],
    signers: Path | None,
    authority: Path | None,
    atlas: Atlas,
) -> None:
    """Say whether a card or a report is what it says.

    \b
    dezone verify verdict.pdf
    dezone verify report/report.json --incidents incidents.csv

    Computes everything again and compares every value, and every file beside a report. CARD is a
    card as JSON, HTML, SVG or PDF, a record as JSON, or a report.json. Says `verified` and exits
    with 0; or says what differs and exits with 4; or, where nothing differs but something could
    not be compared, says what and exits with 5. A signature (CARD.sig) and a time stamp (CARD.tsr)
    beside the card are verified, too.
    """
    from dezone.cli import features
    from dezone.signature import verify_signature
    from dezone.timestamp import verify_timestamp

    given = Given(atlas=atlas, places=places, incidents=incidents, admin=admin)
    verifiers = [one.verify_file for one in features() if hasattr(one, "verify_file")]
    results = (verify_file(card, given) for verify_file in verifiers)
    found = next((result for result in results if result is not None), None)
    if found is None:
        text = (
            "expected a card as `dezone check --card` writes it, a record as JSON, or a "
            f"report.json, found nothing of the kind in {card.name!r}; use the file as it was "
            "written."
        )
        found = Verification.of([differs("file", text)])
    beside = (verify_signature(card, signers), verify_timestamp(card, authority))
    found = Verification.of([*found.findings, *(one for one in beside if one is not None)])
    for line in _said(found):
        click.echo(say(show.plain_text(line)))
    if beside[0] is None and found.having(Outcome.SAME):
        click.echo(say("unsigned"))
    if not found.verified:
        sys.exit(DIFFERS if found.differences else UNCHECKED)


COMMANDS = (verify,)


def _said(found: Verification) -> Iterator[str]:
    """Yield the lines for the user: first what differs, or that nothing does."""
    if found.verified:
        yield "verified"
    for one in (*found.differences, *found.unchecked):
        yield one.text
    if checked := [one.text for one in found.having(Outcome.SAME)]:
        yield f"the same: {', '.join(map(say, checked))}"
    if stated := [one.text for one in found.having(Outcome.STATED)]:
        yield f"stated only: {', '.join(map(say, stated))}"
