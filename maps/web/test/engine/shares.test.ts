/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";

import { Plane } from "../../src/engine/geometry/plane";
import { Outline } from "../../src/engine/geometry/shares";
import type { Polygons } from "../../src/rings";

const plane = new Plane([35.6, 32.3, 42.4, 37.4]);
const SQUARE: Polygons = [
  [
    [
      [36, 35],
      [37, 35],
      [37, 36],
      [36, 36],
      [36, 35],
    ],
    [
      [36.4, 35.4],
      [36.4, 35.6],
      [36.6, 35.6],
      [36.6, 35.4],
      [36.4, 35.4],
    ],
  ],
];

function shareOf(outline: Outline, longitude: number, latitude: number, radius: number): number {
  plane.project(longitude, latitude);
  const { x, y } = plane;
  return outline.share(longitude, latitude, x, y, radius * plane.scale(x, y));
}

test("the first distance asked of an outline is that of the second time", () => {
  const outline = new Outline(SQUARE, plane);
  const first = outline.distance(36.2, 35.5);
  assert.deepEqual(outline.distance(36.2, 35.5), first);
  assert.ok(first && Math.abs(first.metres - 18_140) < 50); // a fifth of a degree of longitude
});

test("a point on a boundary is inside, in a hole outside", () => {
  const outline = new Outline(SQUARE, plane);
  for (const [x, y] of [[36, 35], [36.5, 35], [36, 35.123], [36.4, 35.5], [36.2, 35.2]] as const) {
    assert.ok(outline.covers(x, y), `${x} ${y}`);
  }
  for (const [x, y] of [[36.5, 35.5], [35.9, 35.5], [36.2, 36.0000001]] as const) {
    assert.ok(!outline.covers(x, y), `${x} ${y}`);
  }
});

test("a disc over a hole, over an edge, and over all of a polygon", () => {
  const outline = new Outline(SQUARE, plane);
  assert.equal(shareOf(outline, 36.2, 35.2, 5_000), 1);
  assert.equal(shareOf(outline, 36.5, 35.5, 5_000), 0);
  assert.ok(Math.abs(shareOf(outline, 36, 35.5, 100) - 0.5) < 1e-3);
  const degree = 111_195;
  const hole = 0.04 * degree ** 2 * Math.cos((35.5 * Math.PI) / 180);
  const whole = hole * 25;
  const around = shareOf(outline, 36.5, 35.5, 30_000);
  assert.ok(Math.abs(around - (1 - hole / (Math.PI * 30_000 ** 2))) < 2e-3);
  const all = shareOf(outline, 36.5, 35.5, 100_000);
  assert.ok(Math.abs(all - (whole - hole) / (Math.PI * 100_000 ** 2)) < 2e-3);
});

test("an outline of nothing covers nothing", () => {
  const outline = new Outline([], plane);
  assert.equal(outline.covers(36.5, 35.5), false);
  assert.equal(shareOf(outline, 36.5, 35.5, 1_000), 0);
  assert.equal(outline.distance(36.5, 35.5), null);
  assert.equal(outline.planeDistance(0, 0), Infinity);
});
