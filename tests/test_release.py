"""What a release is described with says the same everywhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from geodata.atlas import read_atlas

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
VERSION = PROJECT["version"]


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def test_the_version_is_that_of_the_citation_the_changelog_and_the_recipe() -> None:
    cited = read("CITATION.cff")
    entry = rf"^## \[{re.escape(VERSION)}\] - (\d{{4}}-\d\d-\d\d)$"
    dated = re.search(entry, (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert cited["version"] == VERSION
    assert dated
    assert str(cited["date-released"]) == dated[1]
    assert read("release/conda/recipe.yaml")["context"]["version"] == VERSION


def test_the_recipe_needs_what_the_wheel_needs() -> None:
    recipe = read("release/conda/recipe.yaml")
    needed = {name.replace(" ", "") for name in recipe["requirements"]["run"]}
    other_names = {"python-tzdata": "tzdata"}
    for name, ours in other_names.items():
        needed = {one.replace(name, ours) for one in needed}
    assert needed == {f"python{PROJECT['requires-python']}", *PROJECT["dependencies"]}
    assert recipe["about"]["license"] == PROJECT["license"]


def test_the_citation_names_the_atlas_and_its_version() -> None:
    atlas = read_atlas()
    (cited,) = read("CITATION.cff")["references"]
    assert cited["abbreviation"] == atlas.meta.id
    assert cited["version"] == atlas.version
    assert cited["title"] == atlas.meta.title["en"]
    assert cited["license"] == atlas.meta.licence.replace(" ", "-")


FORMS = sorted(path.name for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


@pytest.mark.parametrize("name", FORMS)
def test_a_form_asks_for_no_real_incident_and_in_every_language(name: str) -> None:
    form = read(f".github/ISSUE_TEMPLATE/{name}")
    if name == "config.yml":
        assert form == {"blank_issues_enabled": True}
        return
    assert form["name"]
    assert form["description"]
    assert form["body"]
    if name == "word.yml":
        languages = form["body"][0]["attributes"]["options"]
        assert len(languages) == len(read_atlas().meta.languages)
    else:
        warning = form["body"][0]["attributes"]["value"]
        assert "unpublished incidents" in warning or "real incidents" in warning


def test_the_workflows_take_only_what_they_need() -> None:
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        flow = read(str(path.relative_to(ROOT)))
        assert flow["permissions"] == {"contents": "read"}, path.name
        for job in flow["jobs"].values():
            assert job["timeout-minutes"]
            for step in job["steps"]:
                # Text of a stranger (a title, a branch) in a command would be run.
                assert "${{" not in step.get("run", ""), path.name


@pytest.mark.parametrize("name", ["release.yml", "test.yml"])
def test_an_action_is_named_by_its_commit(name: str) -> None:
    # A tag can be moved to other code by whoever holds the action's repository; a commit cannot.
    text = (ROOT / ".github" / "workflows" / name).read_text("utf-8")
    uses = [line for line in text.splitlines() if "uses:" in line]
    pinned = re.compile(r" +(- )?uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert uses
    assert [line for line in uses if not pinned.fullmatch(line)] == []


def test_the_versions_of_python_are_those_that_are_tested() -> None:
    flow = read(".github/workflows/test.yml")
    versions = flow["jobs"]["systems"]["strategy"]["matrix"]["python"]
    assert f">={versions[0]}" == PROJECT["requires-python"]
    named = [c.rsplit(" :: ", 1)[1] for c in PROJECT["classifiers"] if " 3." in c]
    assert named == versions
