/// <reference types="node" />
// Names in the page's engine: beside a position, and of areas, which it does not judge.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { dayNumber } from "../../src/days";
import { Atlas, type AtlasData } from "../../src/engine/atlas";
import { Checker } from "../../src/engine/incident";
import { Ledger } from "../../src/engine/ledger";

const path = fileURLToPath(new URL("../../../../tests/vectors/atlas.json", import.meta.url));
const data = JSON.parse(readFileSync(path, "utf8")) as AtlasData;
const atlas = new Atlas(data, await Ledger.unpack(data.ledger));
const checker = new Checker(atlas, dayNumber("2026-01-01"));

test("an area is not taken for a settlement that sounds like it", () => {
  for (const place of ["ريف إدلب الجنوبي", "منطقة الحولة", "حوران", "Jabal al-Zawiya", "Harim district", "SY0703"]) {
    assert.throws(() => checker.check({ place, date: "2018-03-07" }), /which is an area/, place);
  }
  assert.equal(checker.check({ place: "Harim", date: "2018-03-07" }).verdict, "inside");
});

test("beside a position a name decides nothing, and what it was taken for is told", () => {
  const away = checker.check({ latitude: 34, longitude: 36.8, place: "Saraqib", date: "2018-03-07" });
  assert.equal(away.verdict, "outside");
  assert.equal(away.place?.gazetteer_id, "C3916");
  assert.ok(away.reasons.includes("positions-disagree"));
  assert.doesNotMatch(away.sentence, /Saraq/);
  const there = checker.check({ latitude: 35.861, longitude: 36.806, place: "Saraqib", date: "2018-03-07" });
  assert.ok(!there.reasons.includes("positions-disagree"));
  const unknown = checker.check({ latitude: 35.861, longitude: 36.806, place: "Zzyzx", date: "2018-03-07" });
  assert.deepEqual([unknown.verdict, unknown.place], ["inside", null]);
});

test("a place is called as its language writes it, else as it was given where it is spelt so", () => {
  const called = (place: string, language: string): string | undefined =>
    checker.check({ place, date: "2018-04-07", language }).place?.name;
  assert.equal(called("Дума, Риф Димашк", "ru"), "Дума");
  assert.equal(called("Дума", "en"), "Duma");
  assert.equal(called("Duma", "ar"), "دوما");
  assert.equal(called("C2338", "ru"), "Duma");
});
