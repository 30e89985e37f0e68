"""The browser of the tests: without a network, and a witness of all that a page does."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


def wait_until(page, condition):
    """Let the page's events arrive until `condition` holds, for 5 seconds at most."""
    for _ in range(500):
        if condition():
            return
        page.wait_for_timeout(10)


@pytest.fixture
def write(tmp_path):
    def write(body: str, head: str = "") -> str:
        file = tmp_path / "page.html"
        file.write_text(
            f"<!doctype html><html lang=en><meta charset=utf-8>{head}<body>{body}", encoding="utf-8"
        )
        return file.as_uri()

    return write


def test_quiet_page_leaves_no_trace(page, page_log, write):
    page.goto(
        write("<p>Idlib, إدلب</p><img alt='' src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>")
    )
    assert page.locator("p").inner_text() == "Idlib, إدلب"
    assert page_log == type(page_log)()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<img alt='' src='https://tiles.invalid/1.png'>", id="picture"),
        pytest.param("<script src='http://scripts.invalid/a.js'></script>", id="script"),
        pytest.param("<script>fetch('https://data.invalid/x').catch(() => 0)</script>", id="fetch"),
        pytest.param("<img alt='' src='file://host.invalid/1.png'>", id="file of another machine"),
        pytest.param("<script>new WebSocket('wss://sockets.invalid/')</script>", id="socket"),
    ],
)
def test_every_request_is_refused_and_written_down(page, page_log, write, body):
    page.goto(write(body))
    wait_until(page, lambda: page_log.requests)
    page.close()  # and with it the last words on the console
    assert len(page_log.requests) == 1
    page_log.requests.clear()
    page_log.messages.clear()


def test_messages_errors_and_breaches_of_the_policy_are_written_down(page, page_log, write):
    policy = "<meta http-equiv=Content-Security-Policy content=\"style-src 'none'\">"
    page.goto(
        write(
            "<style>p { color: red }</style>"
            "<script>console.log('said'); setTimeout(() => { throw new Error('fell') })</script>",
            head=policy,
        )
    )
    wait_until(page, lambda: page_log.errors)
    assert "log: said" in page_log.messages
    assert any("content policy: style-src" in message for message in page_log.messages)
    assert page_log.errors == ["fell"]
    page_log.messages.clear()
    page_log.errors.clear()


def test_browser_named_in_the_environment_is_taken(monkeypatch):
    from browser.chromium import find_chromium

    monkeypatch.setenv("DEZONE_CHROMIUM", "/bin/sh")
    assert find_chromium() == Path("/bin/sh")
    monkeypatch.setenv("DEZONE_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(FileNotFoundError, match="DEZONE_CHROMIUM names '/nowhere/chromium'"):
        find_chromium()


def test_chromium_tells_its_version(chromium):
    done = subprocess.run(
        [chromium, "--version", "--no-sandbox"], capture_output=True, text=True, check=True
    )
    assert "Chrom" in done.stdout
