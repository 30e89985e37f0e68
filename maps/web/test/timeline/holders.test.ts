/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";

import { holderOn } from "../../src/timeline/holders";

const NEVER = -(2 ** 31);
const held = (side: number, earliest: number, latest = earliest, sourced = true) => ({
  side,
  earliest,
  latest,
  sourced,
});

test("a settlement has the holder of the day, and is open while it changes hands", () => {
  const taken = [held(0, NEVER), held(1, 100, 103)];
  assert.deepEqual(holderOn(taken, 99), { side: 0, open: false });
  assert.deepEqual(holderOn(taken, 100), { side: 1, open: true });
  assert.deepEqual(holderOn(taken, 103), { side: 1, open: true });
  assert.deepEqual(holderOn(taken, 104), { side: 1, open: false });
});

test("a holder whom no source names is open, and so is one that is not known", () => {
  assert.deepEqual(holderOn([held(2, NEVER, NEVER, false)], 5), { side: 2, open: true });
  assert.deepEqual(holderOn([held(0, 10)], 5), { side: -1, open: true });
  assert.deepEqual(holderOn([], 5), { side: -1, open: true });
});
