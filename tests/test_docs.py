"""What the documentation shows is what comes out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from dezone.cli import main

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))

import glossary  # noqa: E402 - a script of docs/

import examples  # noqa: E402 - a script of docs/

RUN = {path.relative_to(ROOT).as_posix(): path for path in examples.PAGES}
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


@pytest.mark.parametrize("name", ["README.md", "README.ar.md"])
def test_the_first_lines_of_python_that_are_shown_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (lines,) = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(lines, {})  # noqa: S102 - the lines of our own page
    assert (tmp_path / "zones.html").is_file()


@pytest.mark.parametrize("name", [*WRITTEN, "../README.md", "../README.ar.md"])
def test_links_lead_to_files_that_are_there(name: str) -> None:
    path = DOCS / name
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    missing = [target for target, _ in LINK.findall(text) if not (path.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("site", ["", "ar/"])
def test_every_page_is_in_the_table_of_contents(site: str) -> None:
    index = (DOCS / site / "index.md").read_text("utf-8")
    listed = {f"{site}{name}" for name in re.findall(r"^[a-z_/]+$", index, re.MULTILINE)}
    pages = {name.removesuffix(".md") for name in WRITTEN if name.startswith("ar/") == bool(site)}
    assert pages - {f"{site}index"} == listed


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site, English and Arabic, or skip where Sphinx is not installed."""
    pytest.importorskip("furo", reason="the site is made with the tools of `make docs`")
    folder = tmp_path_factory.mktemp("site")
    sphinx = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "-c", DOCS / "site"]
    subprocess.run([*sphinx, DOCS, folder], check=True)
    subprocess.run([*sphinx, "-D", "language=ar", DOCS / "ar", folder / "ar"], check=True)
    return folder


def test_the_frame_of_a_page_is_in_its_language(built: Path) -> None:
    arabic = (built / "ar" / "tutorial.html").read_text("utf-8")
    written = r"<head.*?</head>|<article.*?</article>|<script.*?</script>"
    frame = re.sub(written, "", arabic, flags=re.DOTALL)
    heard = re.findall(r'(?:aria-label|placeholder|title)="([^"]*)"', frame)
    said = " ".join([re.sub(r"<[^>]*>", " ", frame), *heard])
    assert '<html class="no-js" lang="ar" dir="rtl"' in arabic
    names = {"dezone", "contributors", "English", "Furo"}
    assert set(re.findall(r"[A-Za-z]{3,}", said)) <= names
    assert '<bdi dir="ltr">2018-03-12</bdi>' in arabic  # it would be shown as 12-03-2018
    english = (built / "tutorial.html").read_text("utf-8")
    assert '<html class="no-js" lang="en"' in english
    assert 'dir="rtl"' not in english
    assert 'href="./ar/tutorial.html"' in english
    assert 'href="./../tutorial.html"' in arabic


def test_the_site_loads_nothing_from_elsewhere_and_its_links_lead_to_files(built: Path) -> None:
    missing = []
    for path in built.rglob("*.html"):
        page = path.read_text("utf-8")
        loaded = re.findall(r'<(?:script|img|link)[^>]*(?:src|href)="([^"]*)"', page)
        assert [one for one in loaded if "://" in one] == []
        for target in {*loaded, *re.findall(r'<a[^>]*href="([^"]+)"', page)}:
            file = re.sub(r"[?#].*", "", target)
            if file and not re.match(r"https?:|mailto:|data:", file):
                missing += [] if (path.parent / file).is_file() else [(path.name, target)]
    assert missing == []
