"""`dezone diff`: what changed, in at most twelve lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
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
    strict_option,
)
from dezone.progress import Progress
from geodata.atlas import Atlas, read_atlas
from geodata.errors import InputError

if TYPE_CHECKING:
    from dezone.diff.atlases import RecordChange
    from dezone.diff.compare import Comparison
    from zones.tables.question import Question

SHIPPED = "shipped"
"""Stands for the atlas of this program where a folder of one is expected."""

_MOST_ITEMS = 4


@command()
@click.argument("old", type=Input())
@click.argument("new", type=Input())
@click.option(
    "--incidents", type=Input(), help="With two atlases: the file whose verdicts are compared."
)
@click.option(
    "-o",
    "--output",
    type=Output(),
    help="A table with a row for each incident or record that differs.",
)
@click.option("--id", "id_column", help="The column that names an incident.")
@deciding_options
@strict_option
@reading_options
@language_option
@atlas_option
def diff(
    old: str,
    new: str,
    incidents: str | None,
    language: str,
    atlas: Atlas,
    **asked: Any,
) -> None:
    """Say what changed between two files or two atlases, and why.

    \b
    dezone diff ged_2017.csv ged_2018.csv -o changes.xlsx
    dezone diff shipped my_atlas/
    dezone diff old_atlas/ my_atlas/ --incidents incidents.csv -o changes.csv

    Incidents are joined by their id. A folder with atlas.json is an atlas; `shipped` is the one
    that comes with the program. Exits with 0 whether or not anything differs.
    """
    stated = (
        click.get_current_context().get_parameter_source("atlas")
        is not click.core.ParameterSource.DEFAULT
    )
    of_atlases = _is_pair_of_atlases(old, new)
    if of_atlases and stated:
        raise InputError(
            "expected --atlas with two files of incidents only, found it with two atlases; "
            "leave it out."
        )
    if of_atlases:
        said = _say_atlases(old, new, incidents, language, **asked)
    elif incidents is not None:
        raise InputError(
            "expected --incidents with two atlases only, found it with two files; leave it out."
        )
    else:
        said = _say_files(old, new, atlas, language, **asked)
    click.echo(said, nl=False)


COMMANDS = (diff,)


def _is_pair_of_atlases(old: str, new: str) -> bool:
    """Tell whether both are atlases; refuse an atlas beside a file."""
    kinds = [path == SHIPPED or (Path(path) / "atlas.json").is_file() for path in (old, new)]
    if kinds[0] != kinds[1]:
        file = old if kinds[1] else new
        raise InputError(
            f"expected two files of incidents or two atlases, found an atlas and {file!r}; name "
            "two of a kind (a folder with atlas.json is an atlas)."
        )
    return kinds[0]


def _asked(asked: dict[str, Any], language: str) -> tuple[Callable[..., Question], dict[str, Any]]:
    """Return what makes a question of an atlas, and what was asked for besides."""
    from zones.tables.question import ask

    decisive = {name: asked[name] for name in ("boundary", "basis")}
    rest = {name: value for name, value in asked.items() if name not in decisive}
    return partial(ask, language=language, **decisive), rest


def _say_files(
    old: str, new: str, atlas: Atlas, language: str, output: str | None, **asked: Any
) -> str:
    """Compare two files and return what changed, as text."""
    from dezone.diff.compare import compare_files

    question, rest = _asked(asked, language)
    with Progress() as progress:
        found = compare_files(
            old, new, question(atlas=atlas), output=output, progress=progress, **rest
        )
    _say_found(found)
    words = atlas.words(language)
    lines = [_title(f"{old} → {new}"), *_rows(found, words), *_written(found, output, words)]
    return _text(lines)


def _say_atlases(
    old: str, new: str, incidents: str | None, language: str, output: str | None, **asked: Any
) -> str:
    """Compare two atlases, by a file of incidents too where there is one; return it as text."""
    from dezone.diff.atlases import compare_atlases
    from dezone.diff.compare import compare_verdicts
    from dezone.diff.rows import write_records

    before, now = (read_atlas(None if path == SHIPPED else path) for path in (old, new))
    words = now.words(language)
    versions = {
        "old": before.version,
        "old_hash": before.sha256[:12],
        "new": now.version,
        "new_hash": now.sha256[:12],
    }
    head = [_title(f"{old} → {new}"), _fill(words["diff"]["atlases"], versions)]
    tail: list[str] = []
    if incidents is None:
        records = compare_atlases(before, now)
        if output is not None:
            count = write_records(records, output)
            tail = [_fill(words["diff"]["written"], {"file": output, "count": count})]
    else:
        question, rest = _asked(asked, language)
        questions = question(atlas=before), question(atlas=now)
        with Progress() as progress:
            found = compare_verdicts(
                incidents, *questions, output=output, progress=progress, **rest
            )
        _say_found(found)
        records = list(found.records)
        tail = [*_rows(found, words), *_written(found, output, words)]
    if not records:
        head.append(words["diff"]["same_atlas"])
    room = show.MOST_LINES - len(head) - len(tail)
    return _text([*head, *_records(records, words, room), *tail])


def _say_found(found: Comparison) -> None:
    """Say what was found in each file that was read."""
    for name, log in zip(found.names, found.logs, strict=False):
        if log.kinds():
            show.note(f"{name}:")
            show.say_findings(log)


def _title(text: str) -> str:
    return click.style(show.plain_text(text), bold=True)


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _fill(template: str, slots: Mapping[str, object]) -> str:
    from zones.sentence import fill

    return show.plain_text(fill(template, {name: str(value) for name, value in slots.items()}))


def _listed(items: Sequence[str], words: Mapping[str, Any]) -> str:
    """Return the first items, and how many more there are."""
    shown = list(items[:_MOST_ITEMS])
    if len(items) > _MOST_ITEMS:
        shown.append(_fill(words["diff"]["more"], {"count": len(items) - _MOST_ITEMS}))
    separator: str = words["list"]["separator"]
    return separator.join(shown)


def _rows(found: Comparison, words: Mapping[str, Any]) -> Iterator[str]:
    """Yield what became of the rows, in at most nine lines."""
    said, verdict = words["diff"], words["verdict"]
    facts = {
        "old": found.rows[0],
        "new": found.rows[1],
        "column": found.id_column,
        "gone": found.gone,
        "edited": found.edited,
        "unedited": found.unedited,
        "count": found.rewritten,
    }
    if found.id_column is None:
        yield _fill(said["judged"], facts)
    else:
        yield _fill(said["rows"], facts)
        counts = _fill(said["counts"], facts | {"new": found.new})
        if found.rewritten:
            counts += f" ({_fill(said['rewritten'], facts)})"
        yield counts
        if found.rows[0] and found.rows[1] and not found.edited + found.unedited:
            yield _fill(said["none_shared"], facts)
    if found.columns:
        ranked = sorted(found.columns.items(), key=lambda item: (-item[1], item[0]))
        items = [f"{name} {count}" for name, count in ranked]
        yield _fill(said["columns"], {"items": _listed(items, words)})
    others = [
        _fill(said[key], {"items": _listed(names, words)})
        for key, names in (
            ("columns_gone", found.columns_gone),
            ("columns_new", found.columns_new),
        )
        if names
    ]
    if others:
        yield " · ".join(others)
    changed = sum(found.verdicts.values())
    pairs = sorted(found.verdicts.items(), key=lambda item: (-item[1], item[0]))
    items = [f"{verdict[a]} → {verdict[b]} {count}" for (a, b), count in pairs]
    slots = {"count": changed, "items": _listed(items, words)}
    yield _fill(said["verdicts" if changed else "verdicts_none"], slots)
    if found.details:
        yield _fill(said["details"], {"count": found.details})
    if found.causes:
        ranked = sorted(found.causes.items(), key=lambda item: (-item[1], item[0]))
        items = [f"{said['cause'][cause]} {count}" for cause, count in ranked]
        yield _fill(said["causes"], {"items": _listed(items, words)})
    among = []
    for key, counts_of in (("among_new", found.verdicts_new), ("among_gone", found.verdicts_gone)):
        if items := [f"{verdict[name]} {counts_of[name]}" for name in verdict if counts_of[name]]:
            among.append(_fill(said[key], {"items": _listed(items, words)}))
    if among:
        yield " · ".join(among)
    if any(found.unreadable):
        before, now = found.unreadable
        yield _fill(said["unreadable"], {"old": before, "new": now})


def _written(found: Comparison, output: str | None, words: Mapping[str, Any]) -> list[str]:
    if output is None:
        return []
    return [_fill(words["diff"]["written"], {"file": output, "count": found.written})]


def _records(records: Sequence[RecordChange], words: Mapping[str, Any], room: int) -> Iterator[str]:
    """Yield the kinds of records that differ, then the extents that moved, in so many lines."""
    said = words["diff"]
    kinds: dict[str, dict[str, int]] = {}
    for one in records:
        counts = kinds.setdefault(one.kind, {"new": 0, "gone": 0, "edited": 0})
        counts[one.change] += 1
    lines = []
    for kind, counts in kinds.items():
        name = said["kind"].get(kind) or words["field"][kind]
        lines.append(_fill(said["record"], {"kind": name, **counts}))
    moved = [_extent(one, words) for one in records if _has_moved(one)]
    for few in (lines, moved):
        left = room - (1 if few is lines and moved else 0)
        shown = few if len(few) <= left else few[: max(left - 1, 0)]
        yield from shown
        room -= len(shown)
        if len(shown) < len(few) and room:
            yield _fill(said["more"], {"count": len(few) - len(shown)})
            room -= 1


def _has_moved(one: RecordChange) -> bool:
    return one.kind == "extents" and (one.change != "edited" or "best" in one.edits)


def _extent(one: RecordChange, words: Mapping[str, Any]) -> str:
    from zones.sentence import say_number

    said = words["diff"]
    old, new = one.areas

    def number(value: float | None) -> str:
        return "–" if value is None else say_number(words, value)

    slots = {
        "id": one.id,
        "old": number(old),
        "new": number(new),
        "km2": words["units"]["km2"],
        "overlap": "" if one.overlap is None else say_number(words, one.overlap, 2),
    }
    key = {"new": "extent_new", "gone": "extent_gone", "edited": "extent"}[one.change]
    return f"  {_fill(said[key], slots)}"
