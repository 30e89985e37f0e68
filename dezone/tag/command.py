"""`dezone tag`: the verdicts on a file, written to another file or shown as a table."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from dezone import show
from dezone.options import (
    Input,
    Output,
    atlas_option,
    command,
    deciding_options,
    language_option,
    reading_options,
    repairs_option,
    strict_option,
)
from dezone.process import spare_pandas
from dezone.progress import Progress
from geodata.columns.options import ReadingOptions
from geodata.errors import InputError

if TYPE_CHECKING:
    from geodata.atlas import Atlas
    from geodata.columns.mapping import ColumnMapping
    from zones.tables.question import Question
    from zones.tables.rows import Answer
    from zones.tables.stream import Summary

_CUT = " …"
_MOST_SHOWN = 1_000


@command()
@click.argument("incidents", type=Input())
@click.option(
    "-o",
    "--output",
    type=Output(),
    help="A file; - for standard output; for Parquet also a folder, here or at s3://...",
)
@click.option("--with", "with_", multiple=True, help="Add columns: distance_m, sentence, or all.")
@deciding_options
@strict_option
@click.option("--resume", is_flag=True, help="Continue a folder after its last complete part.")
@repairs_option
@click.option("--guard-formulas", is_flag=True, help="Defuse cells that a spreadsheet would run.")
@click.option("--bom", is_flag=True, help="Begin CSV with a byte order mark, for Excel.")
@click.option("--scheduler", help="The Dask cluster to use for a folder: tcp://HOST:PORT.")
@reading_options
@language_option
@atlas_option
def tag(incidents: str, output: str | None, language: str, atlas: Atlas, **asked: Any) -> None:
    """Give each incident of a file its verdict.

    \b
    dezone tag incidents.csv -o tagged.csv
    dezone tag archive/ -o tagged/ --resume
    dezone tag 's3://bucket/*.parquet' -o s3://bucket/out/ --scheduler tcp://HOST:8786

    INCIDENTS is a file, - for standard input, or a folder or pattern of Parquet files. The verdict
    is added in new columns; rows and cells of the file stay as they are. Without -o, a small file
    is shown as a table. Exits with 3 if some rows cannot be read: they are written too, as
    undetermined, with the reason.
    """
    from zones.tables.question import ask

    if output is None:
        _check_usage(asked)
    chosen = {name: asked.pop(name) for name in ("with_", "boundary", "basis")}
    question = ask(atlas=atlas, language=language, **chosen)
    how = {name: asked.pop(name) for name in ("strict", *_WITH_OUTPUT.values()) if name in asked}
    if output is None:
        readable = _print_table(incidents, question, asked, strict=how["strict"])
    else:
        found = _tag_to_file(incidents, output, question, how, asked)
        _say_summary(found, atlas.words(language)["verdict"] if language != "en" else {})
        readable = not found.unreadable
    if not readable:
        sys.exit(3)


COMMANDS = (tag,)


# -- to a file ------------------------------------------------------------------------------


def _tag_to_file(
    incidents: str,
    output: str,
    question: Question,
    how: Mapping[str, Any],
    reading: Mapping[str, Any],
) -> Summary:
    from zones.tables.files import tag_file
    from zones.tables.stream import Tagging

    if how["scheduler"] is None:
        spare_pandas()

    with Progress() as progress:
        return tag_file(incidents, output, question, Tagging(progress=progress, **how), **reading)


def _say_summary(found: Summary, words: Mapping[str, str]) -> None:
    """Sum up a file on stderr: verdicts (in these words), repairs, refusals, renamed columns."""
    _say_choices(found.mapping)
    if found.renamed:
        names = ", ".join(f"{name} for {ours}" for ours, name in found.renamed.items())
        show.note(f"columns called otherwise, because the file has columns of these names: {names}")
    show.say_findings(found.log)
    counts = ("، " if words else ", ").join(
        f"{words.get(name, name)} {count}" for name, count in found.verdicts.items() if count
    )
    said = f"{found.rows} rows in {found.output}"
    if found.parts:
        said += f", {found.parts} parts ({found.kept} were there already)"
    show.note(f"{said}: {counts or 'none'}")
    if found.unreadable:
        show.note(
            f"{found.unreadable} {'row' if found.unreadable == 1 else 'rows'} could not be read: "
            "their reasons and the refusals above say why"
        )


def _say_choices(mapping: ColumnMapping) -> None:
    for choice in mapping.choices:
        if not choice.role.startswith("deaths"):  # which a verdict does not depend on
            role, column, why = show.taken(choice)
            show.note_said(f"{role}: {column} {why}")


# -- as a table -----------------------------------------------------------------------------


_WITH_OUTPUT = {
    "--with": "with_",
    "--resume": "resume",
    "--repairs": "repairs",
    "--guard-formulas": "guard_formulas",
    "--bom": "bom",
    "--scheduler": "scheduler",
}


def _check_usage(asked: Mapping[str, Any]) -> None:
    """Refuse options that need an output if there is none."""
    given = [option for option, name in _WITH_OUTPUT.items() if asked[name]]
    if given:
        raise InputError(f"expected an output file for {given[0]}, found none; name one with -o.")


def _print_table(
    incidents: str, question: Question, reading: Mapping[str, Any], *, strict: bool
) -> bool:
    """Print the verdicts on a small file as a table; tell whether all rows could be read."""
    from zones.tables.rows import answer_file

    answers, mapping, log = answer_file(
        incidents, question, ReadingOptions.of(**reading), most=_MOST_SHOWN, strict=strict
    )
    table = _table(question.atlas, answers, question.language, mapping)
    click.echo(table, nl=False)
    if _CUT in table:
        show.note("long names of places are shortened (…): the file that -o writes has all of them")
    _say_choices(mapping)
    show.say_findings(log)
    troubled = [(n, answer) for n, answer in enumerate(answers, 1) if answer.trouble]
    said = log.to_text()
    for n, answer in troubled:
        if answer.trouble in said:  # the log has the first of each kind
            continue
        show.note(f"{answer.row.get(mapping.id or 'id') or f'row {n}'}: {answer.trouble}")
    return not troubled


def _table(atlas: Atlas, answers: Sequence[Answer], language: str, mapping: ColumnMapping) -> str:
    """Return verdicts on incidents as an aligned table, with their count below."""
    words = atlas.words(language)
    labels = words["field"]
    columns = ("incident", "date", "place", "verdict", "zone", "phase", "reasons")
    body = []
    counts: dict[str, int] = {}
    for answer in answers:
        found = answer.record
        counts[found.verdict] = counts.get(found.verdict, 0) + 1
        days = [day.isoformat() for day in (found.first_day, found.last_day) if day is not None]
        body.append(
            [
                show.plain_text(answer.row.get(mapping.id or "id", "")),
                answer.row.get(mapping.date or "date") or "/".join(dict.fromkeys(days)),
                textwrap.shorten(
                    show.plain_text(answer.row.get(mapping.place or "place", "")),
                    34,
                    placeholder=_CUT,
                ),
                words["verdict"][found.verdict],
                atlas.zone(found.zone).name[language] if found.zone else "–",
                words["phase"][found.phase] if found.phase else "–",
                show.reasons(found.reasons, language, words["reason"]),
            ]
        )
    total = " · ".join(
        f"{words['verdict'][name]} {counts[name]}" for name in words["verdict"] if name in counts
    )
    header = [labels[column] for column in columns]
    return f"{show.aligned(header, body)}\n{click.style(total, bold=True)}\n"
