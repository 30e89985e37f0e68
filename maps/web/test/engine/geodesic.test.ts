/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";

import { geodesic } from "../../src/engine/geometry/geodesic";

test("distances are those of PROJ, on the ellipsoid", () => {
  const ways = [
    [36.63, 35.93, 36.29, 33.51, 270263.6608376376],
    [36.63, 35.93, 36.631, 35.93, 90.24330168119775],
    [-10, 40, 120, -33, 15536351.82718034],
    [36, 33, 36, 36, 332794.6272268734],
    [36, 33, 36, 33, 0],
  ] as const;
  for (const [x1, y1, x2, y2, metres] of ways) {
    assert.ok(Math.abs(geodesic(x1, y1, x2, y2) - metres) < 1e-4);
  }
});
