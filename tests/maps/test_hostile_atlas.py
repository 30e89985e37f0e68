"""An atlas from a stranger: it runs nothing, asks for nothing, and writes nowhere else."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from atlases import SHIPPED, agreement, extent, square, write_atlas
from click.testing import CliRunner
from conftest import PageLog
from playwright.sync_api import Page

import maps
from dezone.cli import main
from geodata.atlas import Atlas
from geodata.errors import DezoneError, PageError
from maps.page.document import source
from maps.page.markup import Speaker, text_page
from maps.style import css_text

RUN = "window.hacked=1"
HOST = "https://host.invalid"

TEXTS = {
    "markup": f"</script><script>{RUN}</script><ScRiPt src={HOST}/a.js></ScRiPt>"
    f"</title></textarea><meta http-equiv='refresh' content='0;url={HOST}/'>"
    f"</style><style>@import '{HOST}/a.css';</style>*{{background:url({HOST}/a.png)}}"
    f"<img src={HOST}/a.png onerror={RUN}><svg onload={RUN}><use href={HOST}/#a />"
    f"<base href={HOST}><iframe src=javascript:{RUN}></iframe><object data={HOST}>",
    "attribute": f"\" onmouseover='{RUN}' autofocus onfocus={RUN} style='color:red' x='`",
    "code": f"javascript:{RUN}//{{{{ 7 * 7 }}}}{{% raw %}}{{# no #}}${{{RUN}}}`+({RUN})+`"
    f"\\u003cscript\\u003e]]>&lt;script&gt;{RUN}&lt;/script&gt;<!--<script>{RUN}--><![CDATA["
    "\u202e\u2066[2J\u2028%s%n=HYPERLINK(1)",
}

# -- texts: anything is allowed, and shown as text ------------------------------------------

# What has to stay as it is for the atlas to be one: ids, codes, days, and what is compared.
_KEPT = {
    "actor", "agreement", "area", "boundary", "confidence", "default_boundary", "direction",
    "drawn_from", "estimate", "geometry", "guarantors", "id", "kind", "languages",
    "legal", "mediators", "phase", "role", "round", "signatories", "sources", "time_zone", "type",
    "url", "version", "zone", "zones",
}  # fmt: skip


def poisoned(content: Any, text: str) -> Any:
    """Return content with the text added to every free text, the keys and ids left as they are."""
    if isinstance(content, dict):
        return {k: v if k in _KEPT else poisoned(v, text) for k, v in content.items()}
    if isinstance(content, list):
        return [poisoned(item, text) for item in content]
    if isinstance(content, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", content):
        return content + text
    return content


@pytest.fixture(scope="module")
def atlas_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def make(kind: str) -> Path:
        if kind not in made:
            made[kind] = shutil.copytree(SHIPPED, tmp_path_factory.mktemp(kind) / "atlas")
            for path in made[kind].rglob("*.*json"):
                content = json.loads(path.read_text("utf-8"))
                if path.name == "settlements.json":
                    _poison_names(content["names"], TEXTS[kind])
                    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
                    continue
                spoilt = poisoned(content, TEXTS[kind])
                if path.name == "sources.json":
                    spoilt = {key: one | {"url": None} for key, one in spoilt.items()}
                if path.name == "phases.json":
                    spoilt = [one | {"precision": None} for one in spoilt]
                path.write_text(json.dumps(spoilt, ensure_ascii=False), "utf-8")
        return made[kind]

    return make


def _poison_names(names: dict[str, list[Any]], text: str) -> None:
    """Add the text to every fiftieth name: more would make pages of many megabytes, no other."""
    for column in ("name", "name_ar", "variants"):
        names[column][::50] = poisoned(names[column][::50], text)


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(main, [str(word) for word in words])


def pages_of(atlas: Path, folder: Path) -> Iterator[Path]:
    """Write a site, cards, figures and a report of an atlas, and yield all that can be opened."""
    folder.mkdir()
    incidents = folder / "incidents.csv"
    rows = "".join(f"{n},35.{n},36.6,2018-0{1 + n % 9}-1{n % 9}\n" for n in range(30))
    incidents.write_text(f"id,latitude,longitude,date\n{rows}", "utf-8")
    check = ("check", "35.9306", "36.6339", "--date", "2018-03")
    for words in (
        ("map", "-o", folder / "site", "--incidents", incidents),
        ("page", "-o", folder / "checker.html"),
        (*check, "--card", folder / "card.html", "--card", folder / "card.svg"),
        ("figure", "--date", "2018-03-01", "-o", folder / "figure.svg"),
        ("report", incidents, "-o", folder / "report"),
    ):
        result = run(*words, "--atlas", atlas)
        assert result.exit_code in (0, 3), result.output
    yield from sorted(path for path in folder.rglob("*.*") if path.suffix in (".html", ".svg"))


@pytest.mark.parametrize("kind", TEXTS)
def test_texts_of_an_atlas_do_nothing_in_any_page(
    kind: str, atlas_of: Callable[[str], Path], page: Page, page_log: PageLog, tmp_path: Path
) -> None:
    opened = 0
    for path in pages_of(atlas_of(kind), tmp_path / "out"):
        page.goto(path.as_uri())
        if path.suffix == ".html" and path.name not in ("card.html",):
            page.wait_for_selector("[data-drawn], [data-ready]", state="attached")
        assert page.evaluate("window.hacked") is None, path
        assert page.url.split("#")[0] == path.as_uri()
        opened += 1
    assert opened > 15
    # The fixture finds every request, message, error and breach of a policy. A chart whose names
    # are longer than it is wide leaves no room for its bars.
    kml = ET.parse(tmp_path / "out" / "site" / "zones.kml")  # noqa: S314
    names = {element.tag.rpartition("}")[2] for element in kml.iter()}
    assert not names & {"NetworkLink", "script", "href", "meta", "img"}
    narrow = "<rect> attribute width: A negative value"
    page_log.messages[:] = [said for said in page_log.messages if narrow not in said]


# -- ids, codes and addresses: refused, and nothing is written ------------------------------


def small(folder: Path, zone: str = "alpha") -> Path:
    return write_atlas(
        folder,
        phases={zone: [("declared", "2017-05-06"), ("arranged", "2017-09-15")]},
        extents=[extent(zone, "2017-05-06", None, square(36.5, 35.5))],
        agreements=[agreement("pact", [zone], "2017-05-06")],
    )


def edit(folder: Path, name: str, change: Callable[[Any], object]) -> Path:
    content = json.loads((folder / name).read_text("utf-8"))
    change(content)
    (folder / name).write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return folder


def everything(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize(
    "zone",
    ["../pwned", "../../pwned", "/pwned", "..", "a/b", "a\\b", "a\0", "Alpha", "con", "a.b"],
)
def test_a_zone_cannot_name_a_file_elsewhere(zone: str, tmp_path: Path) -> None:
    atlas = small(tmp_path / "atlas", zone)
    (tmp_path / "out").mkdir()
    before = everything(tmp_path)
    result = run("map", "-o", tmp_path / "out" / "site", "--atlas", atlas)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: zones.json: ")
    assert everything(tmp_path) == before
    assert not Path("/pwned.html").exists()


@pytest.mark.parametrize("code", ["u0000", "u001b", "uFFFE", "b"])
@pytest.mark.parametrize("backslashes", [1, 2, 3])
def test_a_text_that_not_every_format_can_hold_is_refused(
    code: str, backslashes: int, tmp_path: Path
) -> None:
    folder = small(tmp_path / "atlas")
    words = folder / "languages" / "en.json"
    text = words.read_text("utf-8")
    first = text.index('": "') + len('": "')
    words.write_text(text[:first] + "\\" * backslashes + code + text[first:], "utf-8")
    result = run("check", "35.9", "36.6", "--date", "2018-03", "--atlas", folder)
    assert (result.exit_code, "every format can hold" in result.stderr) == (
        backslashes % 2,
        backslashes % 2,
    )


@pytest.mark.parametrize("zone", ["index", "timeline", "data", "method", "cite"])
def test_a_zone_cannot_take_the_place_of_another_page(zone: str, tmp_path: Path) -> None:
    atlas = small(tmp_path / "atlas", zone)
    result = run("map", "-o", tmp_path / "site", "--atlas", atlas)
    assert result.exit_code == 1
    assert f"found two called {zone}.html" in result.stderr
    assert not (tmp_path / "site").exists()


def test_the_writer_trusts_no_id_that_was_not_checked(tmp_path: Path) -> None:
    atlas = Atlas(small(tmp_path / "atlas", "ok"))
    vars(atlas)["zones"] = [_renamed(zone, "../pwned") for zone in atlas.zones]
    with pytest.raises(DezoneError):
        maps.write_site(atlas, tmp_path / "out" / "site")
    assert everything(tmp_path) == everything(tmp_path / "atlas") | {tmp_path / "atlas"}


def _renamed(zone: Any, name: str) -> Any:
    import msgspec

    return msgspec.structs.replace(zone, id=name)


@pytest.mark.parametrize("direction", [f'ltr"><script>{RUN}</script>', "rtl' onload='", "ltr "])
def test_a_direction_is_one_of_two(direction: str, tmp_path: Path, page: Page) -> None:
    folder = edit(
        small(tmp_path / "atlas"), "languages/en.json", lambda w: w.update(direction=direction)
    )
    assert run("map", "-o", tmp_path / "site", "--atlas", folder).exit_code == 1
    # Even if it were not checked:
    written = maps.write_site(Atlas(folder), tmp_path / "unchecked")
    for path in written:
        if path.suffix == ".html":
            assert re.match('<!DOCTYPE html>\n<html lang="en" dir="ltr" ', path.read_text("utf-8"))
            page.goto(path.as_uri())
            assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize(
    "code", ['en"]{}</style><meta http-equiv=refresh content=0>', "en</style>", "../en", 'x"><b>']
)
def test_the_code_of_a_language_ends_no_style(code: str, tmp_path: Path) -> None:
    folder = edit(small(tmp_path / "atlas"), "atlas.json", lambda a: a["languages"].append(code))
    result = run("map", "-o", tmp_path / "site", "--atlas", folder)
    assert result.exit_code == 1
    assert "expected the code of a language" in result.stderr
    # Even if it were not checked:
    say = Speaker(Atlas(SHIPPED))
    say.words[code] = say.words["en"]
    text = text_page(say, "en", titles=dict.fromkeys(say.words, "t"), description="", body="b")
    assert text.count("<style") == text.count("</style") == 1
    assert "<meta http-equiv=refresh" not in text.partition("<body")[0]


@pytest.mark.parametrize(
    "address", [f"javascript:{RUN}", "data:text/html,x", "//host.invalid", "x"]
)
def test_a_source_cannot_be_a_script(address: str, tmp_path: Path) -> None:
    folder = edit(
        small(tmp_path / "atlas"), "sources.json", lambda s: s["chronicle"].update(url=address)
    )
    result = run("map", "-o", tmp_path / "site", "--atlas", folder)
    assert result.exit_code == 1
    assert "expected an address that begins with https://" in result.stderr


# -- the doors ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["</style>", "</STYLE ", "a<!--", "a\rb", "a\0b"])
def test_a_style_that_would_end_its_element_is_refused(text: str) -> None:
    with pytest.raises(PageError, match="can stand in a page"):
        source(text, "style")


def test_text_in_a_style_stays_one_string() -> None:
    assert css_text("en-GB") == '"en-GB"'
    assert css_text('"]{}</style>') == r'"\22 \5d \7b \7d \3c \2f style\3e "'


def test_the_policy_comes_before_all_that_an_atlas_says(tmp_path: Path) -> None:
    folder = small(tmp_path / "atlas")
    html = [path for path in pages_of(folder, tmp_path / "out") if path.suffix == ".html"]
    assert {
        "index.html",
        "alpha.html",
        "cite.html",
        "card.html",
        "report.html",
        "checker.html",
    } <= {path.name for path in html}
    for path in html:
        head = path.read_text("utf-8")
        start = re.match(
            r'<!DOCTYPE html>\n<html lang="[a-z]{2}" dir="(?:ltr|rtl)"(?: class="[a-z]+")?>\n'
            r'<head>\n<meta charset="utf-8">\n'
            r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">\n',
            head,
        )
        assert start, path
        assert start[1].startswith("default-src 'none'; ")
        assert "unsafe" not in start[1]
