/// <reference types="node" />
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import type { AtlasData } from "../../src/engine/atlas";
import { Ledger } from "../../src/engine/ledger";
import { Codes, numbersOf, readSpelling } from "../../src/engine/text/sounds";

const path = fileURLToPath(new URL("../../../../tests/vectors/atlas.json", import.meta.url));
const data = JSON.parse(readFileSync(path, "utf8")) as AtlasData;
const ledger = await Ledger.unpack(data.ledger);
const names = Array.from({ length: ledger.length }, (_, at) => ledger.spellings(at)).flat();
const spelt = names.flatMap((name) => readSpelling(name).codes).map(numbersOf);
const codes = new Codes(spelt);
const single = spelt.map((code) => new Codes([code]));
const ASKED = ["Khan Sheikhoun", "خان شيخون", "Tselupv cuapishgy", "حخرثقر ينفقوذهظل", "A", "Saraqib"];
const asked = ASKED.flatMap((name) => readSpelling(name).codes).map(numbersOf);

test("codes that are compared all together are as far apart as each pair alone", () => {
  for (const most of [0, 0.35, 1.2, 2]) {
    for (const code of asked) {
      const together = new Map<number, number>();
      codes.near(code, most, (at, far) => together.set(at, far));
      const alone = new Map<number, number>();
      single.forEach((one, at) => one.near(code, Infinity, (_, far) => far <= most && alone.set(at, far)));
      const near = [...together].filter(([, far]) => far <= most);
      assert.deepEqual(new Map(near.sort(([a], [b]) => a - b)), alone);
    }
  }
  assert.ok(spelt.length > 1000);
});

test("a name that nothing is like costs a part of what a comparison with every spelling costs", () => {
  const spent = (compare: () => void): number => {
    const before = process.cpuUsage();
    for (let i = 0; i < 5; i++) compare();
    return process.cpuUsage(before).user;
  };
  const together = (): void => asked.forEach((code) => codes.near(code, 0.35, () => undefined));
  const alone = (): void => asked.forEach((code) => single.forEach((one) => one.near(code, 0.35, () => undefined)));
  [together, alone].forEach((compare) => compare());
  const [few, all] = [spent(together), spent(alone)];
  assert.ok(3 * few < all, `${few} and ${all} µs`);
});
