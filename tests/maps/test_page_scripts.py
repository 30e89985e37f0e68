"""The page's own tests and types, in TypeScript: what its package.json calls test and check."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hatch_build import npm

WEB = Path(__file__).parents[2] / "maps" / "web"


@pytest.mark.parametrize("script", ["test", "check"])
def test_page_passes_its_own_tests_and_types(script):
    assert script in json.loads((WEB / "package.json").read_text("utf-8"))["scripts"]
    done = npm("run", script, folder=WEB)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    if script == "test":  # the runner is content with no test at all; we are not
        assert re.search(r"\btests [1-9]", done.stdout), done.stdout
