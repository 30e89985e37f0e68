"""The same rows give the same verdicts and warnings in a frame and in a request as in a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import zones
from dezone.serve.checking import as_texts, read_body
from geodata.atlas import read_atlas
from geodata.errors import InputWarning
from geodata.findings import Log, Severity
from zones.tables.rows import check_rows

VECTORS = Path(__file__).parents[1] / "vectors" / "readings.json"
FILES = json.loads(VECTORS.read_text(encoding="utf-8"))["files"]
Rows = list[dict[str, Any]]
Found = tuple[list[tuple[str, str]], set[str]]


def flat(file: dict[str, Any]) -> Rows | None:
    """Return the rows of a text with one row of names; None of other files."""
    first = file["content"].split("\n", 1)[0]
    table = list(csv.reader(io.StringIO(file["content"]), delimiter=max(",;\t", key=first.count)))
    names, *rows = [row for row in table if row]
    tidy = len(set(names)) == len(names) and all(len(row) == len(names) for row in rows)
    other = "#" in file["content"] or file["what"] in ("two rows of names", "a second header")
    return None if other or not tidy else [dict(zip(names, row, strict=True)) for row in rows]


def in_a_frame(rows: Rows) -> Found:
    found = zones.tag(pd.DataFrame(rows))
    told = found.attrs["dezone"]["findings"]
    # A column of theirs keeps its name.
    verdict = "dezone_verdict" if "dezone_verdict" in found else "verdict"
    pairs = zip(found[verdict].astype(str), found["reasons"].fillna("").astype(str), strict=True)
    return list(pairs), {one["kind"] for one in told if one["severity"] == "warning"}


def in_a_request(rows: Rows) -> Found:
    log = Log()
    answers = check_rows(as_texts(rows), read_atlas(), log=log)
    records = [answer.record for answer in answers]
    told = {one["kind"] for one in log.to_list() if one["severity"] == Severity.WARNING}
    return [(str(one.verdict), ";".join(one.reasons)) for one in records], told


def differences(
    files: dict[str, tuple[Rows, dict[str, Any]]], read: Callable[[Rows], Found]
) -> Any:
    """Return what is read otherwise, or a warning of which is not given."""
    out = {}
    for what, (rows, file) in files.items():
        found, told = read(rows)
        wanted = [(row[0], row[6]) for row in file["rows"]]
        if found != wanted or not set(file["warnings"]) <= told:
            out[what] = (found, wanted, set(file["warnings"]) - told)
    return out


@pytest.mark.filterwarnings(f"ignore::{InputWarning.__module__}.{InputWarning.__name__}")
@pytest.mark.parametrize("read", [in_a_frame, in_a_request])
def test_tables_are_read_alike(read: Callable[[Rows], Found]) -> None:
    tables = {
        file["what"]: (flat(file), file) for file in FILES if file["suffix"] in ("csv", "tsv")
    }
    files = {what: (rows, file) for what, (rows, file) in tables.items() if rows}
    assert len(files) > 40
    assert differences(files, read) == {}


def test_json_is_read_alike_in_a_request() -> None:
    files = {}
    for file in FILES:
        if file["suffix"] == "json" and file["what"] != "rows of cells":
            body = json.loads(file["content"])
            lists = (
                [one for one in body.values() if isinstance(one, list)]
                if isinstance(body, dict)
                else [body]
            )
            files[file["what"]] = (lists[0] if lists else [body], file)
        elif file["suffix"] == "geojson" and file["what"] != "shapes and heights":
            rows, _ = read_body(file["content"].encode(), "application/geo+json")
            files[file["what"]] = (rows, file)
    found = differences(files, in_a_request)
    # The columns go first there; that both are given is said all the same.
    (other,) = found.pop("columns beside a geometry")[0]
    assert (other[0], other[1].split(";")[-1]) == ("uncertain", "positions-disagree")
    assert found == {}
