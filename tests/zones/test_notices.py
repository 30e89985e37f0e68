"""The same file has the same notices in every channel: commands, frames, batches, the service."""

from __future__ import annotations

import csv
import io
import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import pandas
import pyarrow as pa
import pytest
from click.testing import CliRunner

import zones
from dezone.cli import main
from geodata.atlas import read_atlas
from geodata.errors import InputWarning

HEAD = ["id", "date", "latitude", "longitude", "place", "geo_precision", "How near"]
ROWS = [
    *(["same", "2018-03-07", "35.9306", "36.6339", "", "1", "500 m"] for _ in range(3)),
    *([f"s{i}", "2018-03-07", "33.53", "36.35", "", "2", "25 km"] for i in range(25)),
    *([f"x{i}", "2018-03-07", "36.35", f"33.5{i}", "", "1", "500 m"] for i in range(30)),
    ["z", "2018-03-07", "0", "0", "", "1", "1 km"],
    ["p", "2018-03-07", "35", "38", "", "1", "1 km"],
    ["w", "2018-03-07", "34", "37", "", "1", "1 km"],
    ["n", "2018-03-07", "", "", "Douma", "1", "1 km"],
    ["same", "2018-03-08", "35.9306", "36.6339", "", "1", "500 m"],
]
OF_THE_FILE = {"unused-precision", "unused-length"}
OF_ROWS = {
    "axes", "swapped-axes", "zero-point", "placeholder-point", "whole-degrees", "shared-point",
    "duplicate-row", "duplicate-id",
}  # fmt: skip
MAPPING = 'place = "place"\nlatitude = "latitude"\nlongitude = "longitude"\n'


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEAD, *ROWS])
    path = tmp_path_factory.mktemp("in") / "in.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def frame() -> pandas.DataFrame:
    return pandas.DataFrame(ROWS, columns=HEAD)


def command(*args: str) -> Callable[[Path], str]:
    def run(path: Path) -> str:
        folder = path.parent
        words = [word.format(path=path, out=folder / "out") for word in args]
        found = CliRunner().invoke(main, words)
        assert found.exit_code == 0, found.output
        return found.output

    return run


def warned(tag: Callable[[], object]) -> str:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tag()
    return "\n".join(
        re.sub(r"(^|; )([a-z-]+: [0-9]+ )", r"\nwarning \2", str(one.message))
        for one in caught
        if one.category is InputWarning
    )


def attributes(path: Path) -> str:
    with pytest.warns(InputWarning):
        found = zones.tag(frame()).attrs["dezone"]["findings"]
    return "".join(f"warning {f['kind']}: {f['count']}\n" for f in found)


def reader(path: Path) -> str:
    table = pa.Table.from_pandas(frame())
    batches = pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=7))
    return warned(lambda: zones.tag(batches).read_all())


def service(path: Path) -> str:
    serving = pytest.importorskip("dezone.serve.app", reason="needs the extra serve")
    client = serving.make_app(read_atlas(), "http://127.0.0.1").test_client()
    rows = [dict(zip(HEAD, row, strict=True)) for row in ROWS]
    found = client.post("/check", json=rows)
    told = json.loads(found.headers["Dezone-Notices"])
    return "".join(f"warning {one['kind']}: {one['count']}\n" for one in told)


CHANNELS: dict[str, Callable[[Path], str]] = {
    "inspect": command("inspect", "{path}"),
    "tag": command("tag", "{path}", "-o", "{out}.csv"),
    "table": command("tag", "{path}"),
    "map": command("map", "idlib", "-o", "{out}.html", "--incidents", "{path}"),
    "report": command("report", "{path}", "-o", "{out}"),
    "frame": lambda path: warned(lambda: zones.tag(frame())),
    "attrs": attributes,
    "arrow": lambda path: warned(lambda: zones.tag(pa.Table.from_pandas(frame()))),
    "batches": reader,
    "service": service,
}


def kinds(said: str) -> dict[str, int]:
    return {kind: int(n) for kind, n in re.findall(r"^ *warning ([a-z-]+): ([0-9]+)", said, re.M)}


@pytest.fixture(scope="module")
def expected(path: Path) -> dict[str, int]:
    return kinds(CHANNELS["inspect"](path))


def test_every_kind_of_notice_is_in_the_file(expected: dict[str, int]) -> None:
    assert expected.keys() == OF_THE_FILE | OF_ROWS | {"namesakes"}


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_has_the_same_notices(
    path: Path, expected: dict[str, int], channel: str
) -> None:
    assert kinds(CHANNELS[channel](path)) == expected


def test_both_files_of_a_diff_have_theirs(path: Path, expected: dict[str, int]) -> None:
    lines = path.read_text().splitlines(keepends=True)
    once = path.with_name("once.csv")  # a diff needs an id of its own in each row
    once.write_text("".join(line for line in lines if not line.startswith("same")))
    said = command("diff", "{path}", "{path}")(once)
    one, other = said.split(f"{once}:\n")[1:]
    assert kinds(one) == kinds(other) == kinds(CHANNELS["inspect"](once)) != {}
