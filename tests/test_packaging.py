"""What is shipped: a wheel that has all it needs, works without a network, and is ours."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from dezone.provenance import program_files, software_sha256
from hatch_build import BUNDLE, digest, is_fresh, sbom

ROOT = Path(__file__).parents[1]
# Put into the new environment: every connection of its programs is an error.
GUARD = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        raise RuntimeError(f"the network was asked for: {event} {arguments}")

sys.addaudithook(refuse)
"""
LAYERS = ("dezone", "maps", "zones", "geodata")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
INFO = f"dezone-{VERSION}.dist-info"


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, (
        f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}"
    )
    return done.stdout


def build(kind, source, folder):
    """Build with what is installed already: packaging is tested, not the network."""
    run(sys.executable, "-m", "build", "--no-isolation", kind, "--outdir", folder, source)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    return build("--wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def sdist(tmp_path_factory):
    return build("--sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="session")
def shipped(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """A new environment with dezone from its wheel; what it depends on comes from this one."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    run(*pip, "--no-deps", "--no-index", "--no-warn-script-location", wheel)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    (packages / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def offline(tmp_path_factory):
    """Run a program of that environment, away from this checkout."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return functools.partial(run, cwd=elsewhere, env=inherited)


def test_wheel_has_the_page_and_the_whole_atlas(shipped):
    assert shipped >= {f"maps/static/{name}" for name in BUNDLE}
    atlas = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "geodata" / "data").rglob("*")
        if path.is_file()
    }
    assert shipped >= atlas
    languages = json.loads((ROOT / "geodata/data/atlas.json").read_text("utf-8"))["languages"]
    assert shipped >= {f"geodata/data/languages/{language}.json" for language in languages}


def test_what_the_index_shows_leads_nowhere_that_it_lacks(wheel):
    """The page of the package has the text of README.md, but not the files beside it."""
    with zipfile.ZipFile(wheel) as archive:
        said = archive.read(f"{INFO}/METADATA").decode()
    assert "Description-Content-Type: text/markdown" in said
    targets = re.findall(r"\]\(([^)]*)\)", said)
    assert [target for target in targets if not target.startswith("https://")] == []
    for said_so in re.findall(
        r"(?<!!)\[([^\]]+)\]\(docs/", (ROOT / "README.md").read_text("utf-8")
    ):
        assert said_so in said


def test_wheel_has_nothing_but_the_four_layers(shipped):
    assert {name.split("/")[0] for name in shipped} == {*LAYERS, INFO}
    assert shipped >= {f"{layer}/py.typed" for layer in LAYERS}
    unwanted = re.compile(r"^geodata/sources/|^maps/web/|/tests?/|/\.|node_modules|\.pyc$")
    assert [name for name in sorted(shipped) if unwanted.search(name)] == []


BUNDLED = json.loads((ROOT / "LICENSES" / "bundled.json").read_bytes())


def test_wheel_carries_the_licences_of_all_that_is_in_it(wheel, shipped):
    texts = {"LICENSE", "geodata/data/LICENSE", *(f"LICENSES/{part['text']}" for part in BUNDLED)}
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"{INFO}/METADATA").decode().splitlines()
        for text in texts:
            assert archive.read(f"{INFO}/licenses/{text}") == (ROOT / text).read_bytes()
            assert f"License-File: {text}" in metadata
    (expression,) = (line for line in metadata if line.startswith("License-Expression: "))
    assert set(expression.removeprefix("License-Expression: ").split(" AND ")) == {
        "BSD-3-Clause",
        "CC-BY-SA-4.0",
        *(part["licence"] for part in BUNDLED),
    }


def test_what_is_bundled_is_in_the_wheel_and_all_of_it_is_listed(shipped):
    within = {path for part in BUNDLED for path in part["within"]}
    assert within <= shipped
    fonts = {name for name in shipped if name.endswith(".ttf")}
    assert fonts == {name for name in within if name.endswith(".ttf")}
    package = json.loads((ROOT / "maps/web/package.json").read_bytes())
    assert set(package["dependencies"]) <= {part.get("npm") for part in BUNDLED}
    for name, version in json.loads((ROOT / "maps/web/package-lock.json").read_bytes())[
        "packages"
    ].items():
        if name and not version.get("dev"):
            assert name.removeprefix("node_modules/") in {part.get("npm") for part in BUNDLED}


@pytest.mark.parametrize(
    "part", [part for part in BUNDLED if "npm" in part], ids=lambda p: p["npm"]
)
def test_the_licence_of_a_bundled_package_is_its_own(part):
    package = ROOT / "maps" / "web" / "node_modules" / part["npm"]
    assert (package / "LICENSE").read_text("utf-8") == (ROOT / "LICENSES" / part["text"]).read_text(
        "utf-8"
    )
    assert json.loads((package / "package.json").read_bytes())["license"] == part["licence"]


def test_wheel_lists_what_it_bundles_and_needs_with_hashes(wheel):
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(f"{INFO}/sboms/dezone.cdx.json")
    assert content == sbom(ROOT)
    listed = json.loads(content)
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.6")
    refs = [one["bom-ref"] for one in listed["components"]]
    assert len(refs) == len(set(refs))
    names = {one["name"]: one for one in listed["components"]}
    assert {part["name"] for part in BUNDLED} <= set(names)
    assert names["Leaflet"]["purl"] == "pkg:npm/leaflet@1.9.4"
    pinned = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert set(pinned) <= set(names)
    hashed = {"SHA-256": 64, "SHA-512": 128}
    for one in listed["components"]:
        for found in one.get("hashes", []):
            assert len(bytes.fromhex(found["content"])) * 2 == hashed[found["alg"]]
        assert one["type"] == "data" or one["hashes"], one["name"]
    assert "timestamp" not in listed["metadata"]


def test_the_hash_of_the_software_is_of_all_that_the_wheel_installs(installed, offline, shipped):
    program = "from dezone.provenance import software_sha256; print(software_sha256())"
    elsewhere = offline(installed / "bin" / "python", "-c", program).strip()
    assert elsewhere == software_sha256()
    covered = {name for name, _ in program_files()}
    assert covered == {
        name for name in shipped if not name.startswith((f"{INFO}/", "geodata/data/"))
    }


def test_wheel_is_the_same_each_time(wheel, tmp_path):
    again = build("--wheel", ROOT, tmp_path)
    assert again.read_bytes() == wheel.read_bytes()


def test_wheel_from_the_source_archive_is_the_same_and_needs_no_npm(wheel, sdist, tmp_path):
    with tarfile.open(sdist) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(tmp_path / "source", filter="data")
        else:
            archive.extractall(tmp_path / "source")  # noqa: S202 - our own archive
    (source,) = (tmp_path / "source").iterdir()
    assert is_fresh(source / "maps" / "web", source / "maps" / "static")
    assert not (source / "maps" / "web" / "node_modules").exists()
    (tmp_path / "built").mkdir()
    again = build("--wheel", source, tmp_path / "built")
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert {name: one.read(name) for name in one.namelist()} == {
            name: other.read(name) for name in other.namelist()
        }


def test_installed_command_works_without_a_network(installed, offline, tmp_path):
    dezone = installed / "bin" / "dezone"
    assert VERSION in offline(dezone, "--version")
    assert "Idlib" in offline(dezone, "check", "35.93", "36.63", "--date", "2017-10-01")
    offline(dezone, "map", "-o", tmp_path / "site")
    assert (tmp_path / "site" / "index.html").is_file()


def test_network_guard_bites(installed, offline):
    with pytest.raises(AssertionError, match="the network was asked for"):
        offline(
            installed / "bin" / "python",
            "-c",
            "import socket; socket.create_connection(('127.0.0.1', 9), timeout=1)",
        )


def test_import_names_are_ours(installed, offline):
    program = (
        "import json, importlib;"
        f"print(json.dumps([importlib.import_module(n).__file__ for n in {LAYERS!r}]))"
    )
    files = json.loads(offline(installed / "bin" / "python", "-c", program))
    (packages,) = installed.glob("lib/python*/site-packages")
    assert files == [str(packages / layer / "__init__.py") for layer in LAYERS]


def test_import_names_are_ours_in_this_checkout_too():
    for layer in LAYERS:
        assert Path(__import__(layer).__file__) == ROOT / layer / "__init__.py"


@pytest.mark.parametrize("name", ["geodata", "zones", "maps"])
@pytest.mark.parametrize("kind", ["package", "module"])
@pytest.mark.parametrize("entry", [["-m", "dezone"], [str(Path(sys.executable).parent / "dezone")]])
def test_another_package_of_our_names_is_told_in_one_line(name, kind, entry, tmp_path):
    other = tmp_path / name / "__init__.py" if kind == "package" else tmp_path / f"{name}.py"
    other.parent.mkdir(exist_ok=True)
    other.touch()
    there = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    done = subprocess.run(
        [sys.executable, *entry, "zones"],
        cwd=tmp_path,
        env=there,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: expected the package {name} of dezone in ")
    assert str(other) in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_editable_install_is_this_folder(tmp_path):
    from hatchling.builders.wheel import WheelBuilder

    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["editable"])
    with zipfile.ZipFile(built) as archive:
        (path,) = (name for name in archive.namelist() if name.endswith(".pth"))
        assert archive.read(path).decode().strip() == str(ROOT)
        entry_points = archive.read(f"{INFO}/entry_points.txt").decode()
    assert "dezone = dezone.__main__:main" in entry_points


def test_page_is_built_anew_only_when_its_sources_change(tmp_path):
    web, static = tmp_path / "web", tmp_path / "static"
    for folder in (web / "src", web / "node_modules", static):
        folder.mkdir(parents=True)
    (web / "src" / "page.ts").write_text("1", encoding="ascii")
    assert not is_fresh(web, static)
    (static / "fonts").mkdir()
    for name in BUNDLE:
        (static / name).write_text("", encoding="ascii")
    (static / ".built-from").write_text(digest(web), encoding="ascii")
    assert is_fresh(web, static)
    (web / "node_modules" / "installed.js").write_text("", encoding="ascii")
    assert is_fresh(web, static)
    (web / "src" / "page.ts").write_text("2", encoding="ascii")
    assert not is_fresh(web, static)


def test_page_build_without_a_registry_says_so_in_one_line(tmp_path):
    from hatch_build import PageBuildError, build_page

    web = tmp_path / "web"
    shutil.copytree(ROOT / "maps" / "web", web, ignore=shutil.ignore_patterns("node_modules"))
    # Port 9 of this machine answers nothing; an empty cache cannot help out.
    (web / ".npmrc").write_text(
        f"registry=http://127.0.0.1:9/\nfetch-retries=0\ncache={tmp_path / 'cache'}\n",
        encoding="utf-8",
    )
    with pytest.raises(PageBuildError) as caught:
        build_page(web, tmp_path / "static")
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("dezone: npm could not fetch the packages")
    assert "ECONNREFUSED" in message
    assert not (tmp_path / "static").exists()


@pytest.mark.parametrize(
    "name",
    [
        "requirements.lock",
        "requirements-dev.lock",
        "requirements-bench.lock",
        "requirements-docs.lock",
        "requirements-fuzz.lock",
    ],
)
def test_lock_has_hashes_and_no_address(name):
    lines = (ROOT / name).read_text("utf-8").splitlines()
    requirement = re.compile(r"[a-z0-9-]+==[^ ]+( ; [^\\]+)? \\")
    hashed = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
    strange = [
        line for line in lines if not requirement.fullmatch(line) and not hashed.fullmatch(line)
    ]
    assert strange == []
    assert sum(map(bool, map(requirement.fullmatch, lines))) > 20


def test_locks_agree_with_each_other():
    def pins(name):
        text = (ROOT / name).read_text("utf-8")
        return set(re.findall(r"^([a-z0-9-]+==[^\\]+) \\$", text, re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


@pytest.mark.parametrize("folder", ["maps/web", "tests/browser", "benchmarks/rivals"])
def test_npm_lock_has_hashes_and_no_address(folder):
    text = (ROOT / folder / "package-lock.json").read_text("utf-8")
    packages = json.loads(text)["packages"]
    assert "://" not in re.sub(r'"funding": \{[^}]*\}|"url": "[^"]*"', "", text)
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name


def test_layers_are_imported_downwards_only():
    report = run(Path(sys.executable).parent / "lint-imports", "--no-cache", cwd=ROOT)
    assert "1 kept, 0 broken" in report


def test_every_package_is_a_layer():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages == set(LAYERS)


def test_bundle_keeps_the_notice_of_what_it_bundles():
    script = (ROOT / "maps" / "static" / "page.js").read_text("utf-8")
    assert re.search(r"Leaflet 1\.9\.4", script)


def test_digest_is_of_names_and_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"bc")
    assert digest(tmp_path) == hashlib.sha256(b"a\x002\x00bc").hexdigest()
