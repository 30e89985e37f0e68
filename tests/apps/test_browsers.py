"""The checker in Firefox and WebKit, from a disk and from a server, as others use Chromium."""

from __future__ import annotations

import contextlib
import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import drivers
import pytest

import maps
from geodata.atlas import read_atlas

ROWS = """id,date,lat,lon
1,2018-03-01,35.9306,36.6339
2,٧ نيسان ٢٠١٨,"35°55'50"" N","36°38'2"" E"
3,2018-03-01,33.5,36.3
4,soon,35.93,36.63
"""
COUNTS = "[...document.querySelectorAll('.file .counts dd')].map(one => one.textContent).join()"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("pages")
    maps.write_checker(read_atlas(), found / "checker.html")
    (found / "rows.csv").write_text(ROWS, encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as one:
        threading.Thread(target=one.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{one.server_port}"
        one.shutdown()


@pytest.fixture(scope="module", params=["firefox", "webkit"])
def browser(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[drivers.Browser]:
    if lacks := drivers.missing(request.param):
        pytest.skip(f"{request.param} cannot be driven here: {lacks} is not there")
    with drivers.driven(request.param, tmp_path_factory.mktemp(request.param)) as found:
        yield found


@pytest.fixture(params=["file", "http"])
def page(
    request: pytest.FixtureRequest, browser: drivers.Browser, folder: Path, server: str
) -> drivers.Browser:
    here = folder.as_uri() if request.param == "file" else server
    browser.ask("Navigate", url="about:blank")  # or another hash would open no page anew
    browser.open(f"{here}/checker.html")
    return browser


def test_a_question_is_answered(page: drivers.Browser) -> None:
    page.give("#checker-where", "35.9306, 36.6339")
    page.give("#checker-when", "2018-03-01")
    page.run("document.querySelector('.checker form').requestSubmit()")
    page.wait("document.querySelector('.answer-word') !== null")
    assert page.run("document.querySelector('.answer-word').textContent") == "Inside"


def test_a_name_is_completed(page: drivers.Browser) -> None:
    page.give("#checker-where", "kafr z")
    page.wait("document.querySelector('.suggestions li') !== null")
    assert page.run("document.querySelector('.suggestions li').textContent").startswith("Kafr Z")


def test_a_file_is_read_and_its_rows_are_answered(page: drivers.Browser, folder: Path) -> None:
    page.give("#checker-file", str(folder / "rows.csv"))
    page.wait("document.querySelector('.file .counts, .file .error') !== null")
    assert page.run(COUNTS) == "2,1,1,0"
    page.wait("document.querySelector('[data-points=drawn]') !== null")


def test_a_day_can_be_typed(page: drivers.Browser) -> None:
    day = "document.querySelector('[name=day]')"
    page.run(f"{day}.value = '7 Nisan 2018', {day}.dispatchEvent(new Event('change'))")
    page.wait("document.querySelector('.zones h2').textContent === '7 April 2018'")


def test_nothing_is_asked_of_the_network(page: drivers.Browser) -> None:
    with contextlib.suppress(drivers.DriverError):
        assert page.run("performance.getEntriesByType('resource').length") == 0
