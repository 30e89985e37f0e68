"""Small files of the kinds that people have are read as `tests/vectors/readings.json` says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from vectors.readings import FILES, READINGS, UNLIKE, answer, copy

KEPT = json.loads(READINGS.read_text(encoding="utf-8"))["files"]


@pytest.mark.parametrize("file", [pytest.param(one, id=one["what"]) for one in KEPT])
def test_a_file_is_read_as_its_vector_says(file: dict[str, Any]) -> None:
    rows, warnings = answer(file["content"], file["suffix"])
    assert (rows, warnings) == (file["rows"], file["warnings"])
    if file["what"] not in UNLIKE:
        assert copy(file["content"], file["suffix"]) == file["copy"]


def test_all_files_are_in_the_vectors() -> None:
    anew = "run python tests/vectors/make.py"
    given = [(one["what"], one["suffix"], one["content"]) for one in KEPT]
    assert given == list(FILES), anew
