"""What the documentation shows is what comes out."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
import pytest

from dezone.cli import main

DOCS = Path(__file__).parents[1] / "docs"
sys.path.insert(0, str(DOCS))

import glossary  # noqa: E402 - a script of docs/

import examples  # noqa: E402 - a script of docs/

RUN = {path.relative_to(DOCS).as_posix(): path for path in examples.PAGES}
WRITTEN = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(#[^)\s]*)?\)")


@pytest.mark.parametrize("name", sorted(RUN))
def test_a_page_shows_what_its_commands_print(name: str) -> None:
    text = RUN[name].read_text("utf-8")
    assert examples.again(text) == text, "write it anew with `python docs/examples.py`"


def test_every_command_has_its_help_on_the_page() -> None:
    page = (DOCS / "commands.md").read_text("utf-8")
    assert re.findall(r"^\$ dezone (\w+) --help$", page, re.MULTILINE) == sorted(
        main.list_commands(click.Context(main))
    )


@pytest.mark.parametrize("name", ["en", "ar"])
def test_the_glossary_has_the_words_of_the_pages(name: str) -> None:
    path = DOCS / {"en": "glossary.md", "ar": "ar/glossary.md"}[name]
    assert path.read_text("utf-8") == glossary.glossary(name), "run `python docs/glossary.py`"


@pytest.mark.parametrize("name", WRITTEN)
def test_links_lead_to_files_that_are_there(name: str) -> None:
    path = DOCS / name
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    missing = [target for target, _ in LINK.findall(text) if not (path.parent / target).exists()]
    assert missing == []


def test_every_page_is_in_the_table_of_contents() -> None:
    index = (DOCS / "index.md").read_text("utf-8")
    listed = set(re.findall(r"^[a-z_/]+$", index, re.MULTILINE))
    assert {name.removesuffix(".md") for name in WRITTEN} - {"index"} == listed
