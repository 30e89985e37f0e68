"""`dezone check` and `dezone explain`: the answer on one incident, and what would change it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dezone import show
from dezone.cite.answer import CUT, show_record
from dezone.options import (
    Input,
    Output,
    atlas_option,
    command,
    deciding_options,
    language_option,
    with_options,
)

if TYPE_CHECKING:
    from dezone.cite.explain import Explanation
    from dezone.verification import Given, Verification
    from geodata.atlas import Atlas
    from zones.record import Record

_incident_options = with_options(
    click.argument("position", nargs=-1),
    click.option(
        "--place",
        help="A settlement, by any spelling of its name or by P-code: Dana, Idlib; C3987.",
    ),
    click.option(
        "--places",
        type=Input(exists=True, path_type=Path),
        help="A file with more places, with the columns of GeoNames or OCHA.",
    ),
    click.option(
        "--date", help="2017-10-01, 2018-03, 2018, FIRST/LAST, or a date as people write it."
    ),
    click.option("--radius", help="How precisely the place is known: 500m, 25km."),
    deciding_options,
)


@command(context_settings={"ignore_unknown_options": True})
@_incident_options
@click.option("--json", "as_json", is_flag=True, help="Print the whole record as JSON.")
@click.option(
    "--card",
    "cards",
    multiple=True,
    type=Output(path_type=Path),
    help="Also write a card to cite: .json, .html, .svg or .pdf. May be given several times.",
)
@click.option(
    "--sign",
    "key",
    type=Input(exists=True, path_type=Path),
    help="An Ed25519 key, as of ssh: writes a signature beside each card.",
)
@language_option
@atlas_option
def check(
    position: tuple[str, ...],
    as_json: bool,
    cards: tuple[Path, ...],
    key: Path | None,
    language: str,
    atlas: Atlas,
    **incident: Any,
) -> None:
    """Check one incident.

    The POSITION is LATITUDE LONGITUDE, or one text with both, or the name of a place; the date may
    follow it.

    \b
    dezone check 35.9306 36.6339 --date 2018-03
    dezone check "35°55'50\\"N 36°38'02\\"E" --date 2018-03-07 --radius 2km
    dezone check "Khan Sheikhoun, October 2017"

    Without a position, or without a date, the answer says what can still be said.
    """
    signer = _signer(key, cards)
    record, hint = _check(atlas, position, language, **incident)
    if cards:
        _write_cards(record, atlas, cards, language=language, signer=signer)
    said = show.safe_json(record.to_json()) if as_json else show_record(atlas, record, language)
    _say(said, hint, atlas, language)


@command(context_settings={"ignore_unknown_options": True})
@_incident_options
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@language_option
@atlas_option
def explain(
    position: tuple[str, ...], as_json: bool, language: str, atlas: Atlas, **incident: Any
) -> None:
    """Say what would change a verdict.

    Tries other distances, days, radii and boundaries, and the other basis.

    \b
    dezone explain 35.9306 36.6339 --date 2018-03
    """
    from dezone.cite.explain import explain as explain_record

    record, hint = _check(atlas, position, language, **incident)
    found = explain_record(record, atlas, language=language)
    said = show.safe_json(found.to_json()) if as_json else _explanation(atlas, found, language)
    _say(said, hint, atlas, language)


COMMANDS = (check, explain)

_DIGIT = re.compile(r"\d")


def _check(
    atlas: Atlas, position: tuple[str, ...], language: str, **incident: Any
) -> tuple[Record, str]:
    """Return the record of the incident that the options describe, and a hint at a swap."""
    from zones.incident import check as check_incident
    from zones.incident import hint_at_name, hint_at_swap

    # Unknown options come here as words, because -36.6 has to.
    if unknown := [word for word in position if word.startswith("--")]:
        raise click.NoSuchOption(unknown[0])
    # Words that are no pair of numbers are one text: `35.93 36.63 2018-03-07`, `Hamouria 2018-03`.
    is_pair = len(position) == 2 and all(map(_DIGIT.search, position))
    where = position if is_pair or not position else (" ".join(position),)
    record = check_incident(*where, **incident, language=language, atlas=atlas)
    hints = (hint(record, atlas, language) for hint in (hint_at_swap, hint_at_name))
    return record, " ".join(filter(None, hints))


def _say(said: str, hint: str, atlas: Atlas, language: str) -> None:
    click.echo(said, nl=False)
    if CUT in said:
        show.note("the answer is shortened (…): --json prints all of it")
    if hint:
        click.echo(f"{atlas.words(language)['field']['note']}: {hint}", err=True)


def _signer(key: Path | None, cards: Sequence[Path]) -> Callable[[Path], Path] | None:
    """Return what signs a card, or None; asks for the passphrase of a key that has one."""
    if key is None:
        return None
    if not cards:
        raise click.UsageError("expected --card beside --sign, found none; say what to sign.")
    from dezone.signature import needs_passphrase, read_key, sign, signature_of
    from geodata.formats.storage import refuse_overlap

    refuse_overlap([key], map(signature_of, cards))
    passphrase = None
    if needs_passphrase(key):
        passphrase = click.prompt(f"Passphrase of {key.name}", hide_input=True, err=True)
    return partial(sign, key=read_key(key, passphrase))


def _write_cards(
    record: Record,
    atlas: Atlas,
    paths: Sequence[Path],
    *,
    language: str,
    signer: Callable[[Path], Path] | None,
) -> None:
    """Write the card of a record, made now, to each of the files; say each on stderr."""
    from dezone.cite.card import make_card
    from dezone.cite.files import write_card

    card = make_card(record, atlas, language=language, made=dt.datetime.now(dt.UTC))
    for path in paths:
        write_card(card, atlas, path)
        show.note(f"card: {path}")
        if signer is not None:
            show.note(f"signature: {signer(path)}")


def _explanation(atlas: Atlas, found: Explanation, language: str) -> str:
    """Return the verdict as the terminal shows it, and below what would change it."""
    title, *told = found.history or [""]
    lines = [
        show_record(atlas, found.record, language),
        *([click.style(show.plain_text(title), bold=True)] if title else []),
        *(f"- {show.plain_text(line)}" for line in told),
        *([""] if title else []),
        click.style(found.heading, bold=True),
        *(f"- {sentence}" for sentence in found.sentences),
        click.style(found.tried, dim=True),
    ]
    return "\n".join(lines) + "\n"


def verify_file(path: Path, given: Given) -> Verification | None:
    """Return the result of verifying a card or a record; None if the file carries neither."""
    from dezone.cite.verifying import is_card, verify

    if not is_card(path):
        return None
    return verify(path, atlas=given.atlas, places=given.places)
