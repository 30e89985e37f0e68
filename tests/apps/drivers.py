"""Firefox and WebKit as a test drives them: by the protocols that they speak themselves.

Firefox is spoken to over Marionette, the protocol below geckodriver; WebKit over W3C WebDriver, by
Debian's WebKitWebDriver. Both take the same commands, of which a few are enough here.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

START_S, PATIENCE_S = 60, 90
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # W3C WebDriver, 11
MINI_BROWSERS = ("webkit2gtk-4.1", "webkit2gtk-4.0", "webkitgtk-6.0")


class DriverError(RuntimeError):
    """What a browser answers to a command that it could not carry out."""


class Browser:
    """A browser under a driver; the subclasses say how a command reaches it."""

    def ask(self, command: str, **arguments: Any) -> Any:
        raise NotImplementedError

    def open(self, address: str) -> None:
        """Open a page, and wait until its map is drawn."""
        self.ask("Navigate", url=address)
        self.wait("document.querySelector('[data-drawn]') !== null")

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page."""
        found = self.ask("ExecuteScript", script=f"return ({script})", args=[])
        return found["value"] if isinstance(found, dict) and "value" in found else found

    def wait(self, condition: str) -> None:
        """Wait until an expression in the page is true."""
        end = time.monotonic() + PATIENCE_S
        while not self.run(condition):
            if time.monotonic() > end:
                raise TimeoutError(f"not true after {PATIENCE_S} s: {condition}")
            time.sleep(0.2)

    def give(self, selector: str, text: str) -> None:
        """Type a text into a field, or give a field of files a path."""
        found = self.ask("FindElement", using="css selector", value=selector)
        element = found.get("value", found)
        self.ask("ElementSendKeys", id=element[ELEMENT], text=text)


class Firefox(Browser):
    """Firefox over Marionette: JSON behind its length, on a socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._file = connection, connection.makefile("rb")
        self._number = 0
        self._read()  # who it is
        self.ask("NewSession")

    def ask(self, command: str, **arguments: Any) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, f"WebDriver:{command}", arguments])
        self._connection.sendall(f"{len(message.encode())}:{message}".encode())
        _, _, error, found = self._read()
        if error:
            raise DriverError(f"{command}: {error['message']}")
        return found

    def _read(self) -> Any:
        digits = b""
        while (one := self._file.read(1)) != b":":
            if not one:
                raise DriverError("Firefox ended")
            digits += one
        return json.loads(self._file.read(int(digits)))


class WebKit(Browser):
    """WebKitGTK's MiniBrowser over WebDriver, by HTTP."""

    def __init__(self, port: int, program: Path) -> None:
        self._port = port
        options = {"binary": str(program), "args": ["--automation"]}
        wanted = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}
        found = self._send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{found['sessionId']}"

    def ask(self, command: str, **arguments: Any) -> Any:
        paths = {
            "Navigate": "/url",
            "ExecuteScript": "/execute/sync",
            "FindElement": "/element",
            "ElementSendKeys": f"/element/{arguments.pop('id', '')}/value",
        }
        return self._send("POST", self._session + paths[command], arguments)

    def end(self) -> None:
        """End the browser."""
        self._send("DELETE", self._session, None)

    def _send(self, method: str, path: str, body: object) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
        connection.request(method, path, None if body is None else json.dumps(body))
        found = json.load(connection.getresponse())["value"]
        connection.close()
        if isinstance(found, dict) and "error" in found:
            raise DriverError(f"{path}: {found['message']}")
        return found


def mini_browser() -> Path | None:
    """Return WebKitGTK's MiniBrowser; None where it is not there."""
    found = Path("/usr/lib").glob("*/webkit*/MiniBrowser")
    return next((path for path in sorted(found) if path.parent.name in MINI_BROWSERS), None)


def missing(name: str) -> str:
    """Return what a browser lacks to be driven here; nothing where it lacks nothing."""
    needed = {"firefox": ["firefox-esr"], "webkit": ["WebKitWebDriver", "Xvfb"]}[name]
    lacks = [program for program in needed if shutil.which(program) is None]
    if name == "webkit" and mini_browser() is None:
        lacks.append("MiniBrowser")
    return ", ".join(lacks)


@contextlib.contextmanager
def driven(name: str, folder: Path) -> Iterator[Browser]:
    """Start a browser with a fresh profile in a folder; end it afterwards."""
    with contextlib.ExitStack() as stack:
        yield (_firefox if name == "firefox" else _webkit)(stack, folder)


def _firefox(stack: contextlib.ExitStack, folder: Path) -> Browser:
    port = free_port()
    # Nothing of what Firefox would like to ask the network for.
    quiet = {
        "marionette.port": port,
        "app.normandy.enabled": False,
        "app.update.enabled": False,
        "browser.safebrowsing.update.enabled": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
    }
    lines = [f"user_pref({json.dumps(key)}, {json.dumps(value)});" for key, value in quiet.items()]
    (folder / "user.js").write_text("\n".join(lines), encoding="utf-8")
    command = ["firefox-esr", "--headless", "--marionette", "--profile", str(folder)]
    _start(stack, command, {**os.environ, "HOME": str(folder)})
    return Firefox(stack.enter_context(_connected(port)))


def _webkit(stack: contextlib.ExitStack, folder: Path) -> Browser:
    read, write = os.pipe()
    _start(
        stack, ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x900x24"], None, keep=[write]
    )
    os.close(write)
    with os.fdopen(read) as lines:
        display = f":{lines.readline().strip()}"
    port = free_port()
    environment = {
        **os.environ,
        "DISPLAY": display,
        "HOME": str(folder),
        "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
    }
    _start(stack, ["WebKitWebDriver", f"--port={port}"], environment)
    _connected(port).close()
    program = mini_browser()
    assert program is not None
    browser = WebKit(port, program)
    stack.callback(browser.end)
    return browser


def _start(
    stack: contextlib.ExitStack,
    command: list[str],
    environment: dict[str, str] | None,
    keep: list[int] | None = None,
) -> None:
    silent = subprocess.DEVNULL
    process = subprocess.Popen(
        command, env=environment, stdout=silent, stderr=silent, pass_fds=keep or []
    )

    def end() -> None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    stack.callback(end)


def _connected(port: int) -> socket.socket:
    """Return a connection to a program that is about to listen on a port."""
    end = time.monotonic() + START_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
