"""Plain, aligned text for the terminal, safe from control characters in foreign text."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from dezone.translation import say

if TYPE_CHECKING:
    from geodata.columns.mapping import Choice
    from geodata.findings import Log

WIDTH = 78
MOST_LINES = 12
"""An answer is short: so many lines at most."""


def note(text: str) -> None:
    """Say a line on stderr, in the language of the run."""
    note_said(said(plain_text(text)))


def said(line: str) -> str:
    """Return a line in the language of the run, indented as it was."""
    words = line.lstrip(" ")
    return line[: len(line) - len(words)] + say(words)


def note_said(text: str) -> None:
    """Write a line on stderr whose parts are in the language of the run already."""
    click.echo(plain_text(text), err=True)


def result(what: str, written: object) -> None:
    """Print what was written in the language of the run, and its name as it is."""
    click.echo(f"{say(what)} {say('in')} {written}")


def taken(choice: Choice) -> tuple[str, str, str]:
    """Return a role, the column taken for it as it is called, and the reason."""
    return role(choice.role), choice.column, f"({say(choice.why)})"


def role(name: str) -> str:
    """Return what a column is taken for."""
    return say(f"role {name}").removeprefix("role ")


def reasons(codes: Iterable[str], language: str, words: Mapping[str, str]) -> str:
    """Return reasons by their codes, which are English, or in the words of another language."""
    return ", ".join(codes) if language == "en" else " · ".join(words[code] for code in codes)


def say_findings(log: Log) -> None:
    """Say on stderr all that was found in a file: repairs, warnings, refusals."""
    for line in log.to_text().splitlines():
        note(line)


def plain_text(text: str) -> str:
    """Return foreign text without characters that could control a terminal."""
    return "".join(
        char if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") else " "
        for char in text
    )


def as_json(value: Any) -> str:
    """Return rows as JSON; geometries and lists of sources as they are, days as ISO 8601."""
    import shapely

    def encode(item: Any) -> Any:
        if isinstance(item, dt.date):
            return item.isoformat()
        if isinstance(item, shapely.Geometry):
            return json.loads(shapely.to_geojson(item))
        raise TypeError(f"no JSON for {type(item).__name__}")

    return json.dumps(value, ensure_ascii=False, indent=2, default=encode) + "\n"


def safe_json(text: str) -> str:
    """Return the same JSON with escapes for characters that could control a terminal."""
    return "".join(
        char if char == "\n" or plain_text(char) == char else json.dumps(char)[1:-1]
        for char in text
    )


def room() -> int:
    """Return the width of a paragraph, in columns."""
    return max(WIDTH, min(shutil.get_terminal_size((WIDTH, 24)).columns, 110))


def aligned(header: list[str] | None, body: list[list[str]]) -> str:
    """Return rows of cells as text in aligned columns."""
    rows = [[plain_text(cell) for cell in row] for row in ([header] if header else []) + body]
    widths = [max(columns(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for n, row in enumerate(rows):
        cells = [pad(cell, width) for cell, width in zip(row, widths, strict=True)]
        line = "  ".join(cells).rstrip()
        lines.append(click.style(line, dim=True) if header and n == 0 else line)
    return "\n".join(lines) + "\n"


def columns(text: str) -> int:
    """Return the width of a text in columns of a terminal; combining marks have none."""
    return sum(1 for char in text if unicodedata.combining(char) == 0)


def pad(text: str, width: int) -> str:
    """Return a text with blanks up to a width."""
    return text + " " * (width - columns(text))
