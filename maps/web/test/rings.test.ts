/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeRing } from "../src/rings";

test("a ring is read back from its differences", () => {
  // 0, 0 then +1, -1 then +40, +1000 steps of a hundredth
  assert.deepEqual(decodeRing("AACBwCw-B", 100), [
    [0, 0],
    [0.01, -0.01],
    [0.41, 9.99],
  ]);
});

test("no text is no ring", () => assert.deepEqual(decodeRing("", 1), []));

test("a letter that is none of the alphabet is refused", () => {
  assert.throws(() => decodeRing("A!", 1), RangeError);
});
