"""What several tests share: a real browser whose network is cut, and whose every word is kept."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from browser.chromium import ARGUMENTS, find_chromium
from hypothesis import settings
from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect, sync_playwright

# Help and errors are tested in English, whatever the locale of this machine is.
os.environ["LANGUAGE"] = "en"

# Other programs (QGIS, R, ...) are tested only when asked for: `make test-apps`.
collect_ignore = [] if any("apps" in Path(word).parts for word in sys.argv) else ["apps"]

# A busy machine is no fault of a page or a property: what is expected may take long to come.
expect.set_options(timeout=20_000)
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

OUTSIDE = re.compile(r"^(?!file:///|data:|blob:|about:)")


@dataclass
class PageLog:
    """What a page did that an offline page does not do; a test that expects some takes it out."""

    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Write down the page's console, uncaught errors, and breaches of its content policy."""
        page.on("console", lambda message: self.messages.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("crash", lambda _: self.errors.append("the page crashed"))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', event => console.error("
            "`content policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`))"
        )


@pytest.fixture(scope="session")
def chromium() -> Path:
    executable = find_chromium()
    if executable is None:
        pytest.fail(
            "no Chromium was found for the tests: `make test` installs one, or name one in "
            "DEZONE_CHROMIUM"
        )
    return executable


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def page_log() -> PageLog:
    return PageLog()


@pytest.fixture
def page(browser: Browser, page_log: PageLog) -> Iterator[Page]:
    """A page of 1280 x 800 without a network; it has to stay silent and ask for nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_offline(True)

    def refuse(route: Route) -> None:
        page_log.requests.append(route.request.url)
        route.abort()

    def refuse_socket(socket: WebSocketRoute) -> None:
        page_log.requests.append(socket.url)
        socket.close()

    context.route(OUTSIDE, refuse)
    context.route_web_socket(OUTSIDE, refuse_socket)
    page = context.new_page()
    page_log.watch(page)
    yield page
    context.close()
    assert page_log == PageLog(), "the page used the network, the console or a forbidden source"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside the checkout; tests that need it are skipped without."""
    root = Path(__file__).parents[1]
    folder = Path(os.environ.get("DEZONE_SHARED", root.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("the reference data are not beside this checkout")
    return folder
