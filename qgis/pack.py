"""Pack the plugin for QGIS: dist/dezone_qgis.zip, the same bytes each time."""

from __future__ import annotations

import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PLUGIN = ROOT / "qgis" / "dezone_qgis"


ASKED_FOR = ("email", "repository", "tracker")
"""What QGIS's plugin repository asks for beside; a plugin from a ZIP needs none of it."""


def addresses(project: dict[str, Any]) -> dict[str, str]:
    """Return the fields of the metadata that pyproject.toml states: author, and where it lives."""
    author, urls = project["authors"][0], project.get("urls", {})
    found = {
        "author": author["name"],
        "email": author.get("email"),
        "homepage": urls.get("Homepage"),
        "repository": urls.get("Repository"),
        "tracker": urls.get("Issues"),
    }
    return {name: value for name, value in found.items() if value}


def pack(folder: Path) -> Path:
    """Write the plugin with its licence into a folder; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "dezone_qgis.zip"
    files = {path.name: path.read_bytes() for path in PLUGIN.iterdir() if path.is_file()}
    files["LICENSE"] = (ROOT / "LICENSE").read_bytes()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    stated = {"version": project["version"], **addresses(project)}
    files["metadata.txt"] += "".join(f"{key}={value}\n" for key, value in stated.items()).encode()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"dezone_qgis/{name}", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return target


if __name__ == "__main__":
    packed = pack(Path(sys.argv[1]))
    print(packed)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    missing = [name for name in ASKED_FOR if name not in addresses(project)]
    if missing:
        print(
            f"QGIS's plugin repository asks for {', '.join(missing)} as well: state an email of "
            "the first author and the urls Repository and Issues in pyproject.toml.",
            file=sys.stderr,
        )
