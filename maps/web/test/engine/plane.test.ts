/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";

import { geodesic } from "../../src/engine/geometry/geodesic";
import { orientation } from "../../src/engine/geometry/orient";
import { Plane } from "../../src/engine/geometry/plane";

// Longitude, latitude, x, y and metres from 36.6 E 35.9 N, by PROJ.
const KNOWN = [
  [36.6339, 35.9306, -213554.754151, 122440.0513607, 4570.613327026561],
  [42.4, 37.4, 301235.1292808, 288267.0385641, 544569.7495316821],
  [35.6, 32.3, -320348.6036828, -277624.8609673, 409842.32793718704],
  [39, 34.85, 0, 0, 247239.70171989722],
] as const;
const plane = new Plane([35.6, 32.3, 42.4, 37.4]);

test("the plane is PROJ's to a thousandth of a millimetre, both ways", () => {
  for (const [longitude, latitude, x, y] of KNOWN) {
    plane.project(longitude, latitude);
    assert.ok(Math.abs(plane.x - x) < 1e-6 && Math.abs(plane.y - y) < 1e-6);
    plane.unproject(x, y);
    assert.ok(Math.abs(plane.longitude - longitude) < 1e-11);
    assert.ok(Math.abs(plane.latitude - latitude) < 1e-11);
  }
});

test("geodesics are PROJ's to a tenth of a millimetre", () => {
  for (const [longitude, latitude, , , metres] of KNOWN) {
    assert.ok(Math.abs(geodesic(36.6, 35.9, longitude, latitude) - metres) < 1e-4);
  }
  assert.equal(geodesic(36.6, 35.9, 36.6, 35.9), 0);
});

test("a point a rounding error off a line is told from one on it", () => {
  assert.equal(orientation(0, 0, 3, 3, 1.1, 1.1), 0);
  assert.equal(orientation(0, 0, 3, 3, 1.1, 1.1 + 2 ** -52), 1);
  assert.equal(orientation(0, 0, 3, 3, 1.1 + 2 ** -52, 1.1), -1);
});
