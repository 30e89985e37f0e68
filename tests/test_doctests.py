"""The examples in the docstrings run, and say what they say they say."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for package in ("geodata", "zones", "maps", "dezone")
    for path in (ROOT / package).rglob("*.py")
    if "node_modules" not in path.parts and ">>> " in path.read_text("utf-8")
)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings(name):
    failed, tried = doctest.testmod(import_module(name), raise_on_error=False)
    assert (failed, tried > 0) == (0, True)


def test_the_public_functions_have_examples():
    assert {"zones.incident", "zones.layers"} <= set(WITH_EXAMPLES)
