/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";

import { Ink, place, type Box, type Wish } from "../../src/map/labels";

const view: Box = { x: 0, y: 0, width: 400, height: 300 };
const wish = (key: string, x: number, y: number, rest: Partial<Wish> = {}): Wish => ({
  key,
  anchor: [x, y],
  width: 60,
  height: 16,
  must: false,
  ...rest,
});
const apart = (a: Box, b: Box): boolean =>
  a.x + a.width <= b.x ||
  b.x + b.width <= a.x ||
  a.y + a.height <= b.y ||
  b.y + b.height <= a.y;

test("names at one place do not touch, and the last gives way", () => {
  const placed = place(
    Array.from({ length: 20 }, (_, index) => wish(String(index), 200, 150)),
    [],
    view,
  );
  assert.ok(placed.length > 1 && placed.length < 20);
  placed.forEach((one, index) =>
    placed.slice(index + 1).forEach((other) => assert.ok(apart(one.box, other.box))),
  );
});

test("the name of a river lies on one of its points, the first that is free, or nowhere", () => {
  const along: [number, number][] = [
    [200, 150],
    [200, 220],
  ];
  const river = wish("river", 200, 150, { centred: true, along });
  const town: Box = { x: 195, y: 145, width: 10, height: 10 };
  assert.equal(place([river], [], view)[0]?.box.y, 142);
  assert.equal(place([river], [town], view)[0]?.box.y, 212);
  assert.deepEqual(place([river], [town, { ...town, y: 215 }], view), []);
});

test("the name of one of many lies at its mark and on no other, or nowhere", () => {
  const close = { width: 40, height: 14, close: true };
  const marks: [number, number][] = [
    [200, 150],
    [207, 150],
    [300, 100],
  ];
  const ink = new Ink(view);
  ink.mark([300, 100], 5); // an incident reported there
  const dots = marks.map(([x, y]): Box => ({ x: x - 2, y: y - 2, width: 4, height: 4 }));
  const wishes = marks.map(([x, y], index) => wish(String(index), x, y, close));
  const placed = place(wishes, dots, view, ink);
  assert.equal(placed.length, 3);
  for (const { key, box, leader } of placed) {
    const [x, y] = marks[Number(key)]!;
    assert.equal(leader, null);
    assert.ok(dots.every((dot) => apart(box, dot)));
    const [dx, dy] = [Math.max(box.x - x, x - box.x - box.width), Math.max(box.y - y, y - box.y - box.height)];
    assert.ok(Math.max(dx, dy) <= 9, "nearer to its mark than a line would be needed");
    assert.ok(ink.under(box) < 16);
  }
  const full = { x: 0, y: 0, width: 400, height: 300 };
  assert.deepEqual(place([wish("none", 200, 150, close)], [full], view), []);
});

test("a name lies in the ground it names, if it fits", () => {
  const ground = { x: 100, y: 100, width: 120, height: 80 };
  const [one] = place([wish("zone", 160, 140, { ground, must: true })], [], view);
  assert.deepEqual(one?.box, { x: 130, y: 132, width: 60, height: 16 });
  assert.equal(one?.leader, null);
});

test("a name pushed off its ground keeps a line to it", () => {
  const ground = { x: 190, y: 140, width: 20, height: 20 };
  const taken = [{ x: 150, y: 110, width: 100, height: 80 }];
  const [one] = place([wish("zone", 200, 150, { ground, must: true })], taken, view);
  assert.ok(one?.leader);
  assert.ok(taken.every((box) => apart(box, one.box)));
});

test("a name keeps off the outlines while it can", () => {
  const ground = { x: 100, y: 100, width: 120, height: 80 };
  const ink = new Ink(view);
  ink.line([[184, 100], [184, 180]], { closed: false });
  const [one] = place([wish("zone", 160, 140, { ground, must: true })], [], view, ink);
  assert.ok(one && ink.under(one.box) === 0);
});

test("a town's name goes to the side that is free of lines and marks", () => {
  const ink = new Ink(view);
  ink.line([[220, 0], [220, 300]], { closed: false });
  const [one] = place([wish("town", 200, 150)], [], view, ink);
  assert.ok(one && one.box.x + one.box.width <= 200, "to the left, as the line is to the right");
  assert.equal(one.leader, null);
  for (const x of [140, 160, 180]) ink.mark([x, 150], 8);
  const [other] = place([wish("town", 200, 150)], [], view, ink);
  assert.ok(other && ink.under(other.box) === 0);
});

test("a town's name pushed further keeps a line to its mark, and gives way where nothing is free", () => {
  const ink = new Ink(view);
  for (let y = 132; y <= 168; y += 4) ink.line([[120, y], [280, y]], { closed: false });
  const [one] = place([wish("town", 200, 150)], [], view, ink);
  assert.ok(one?.leader);
  for (let y = 0; y <= 300; y += 4) ink.line([[0, y], [400, y]], { closed: false });
  assert.deepEqual(place([wish("town", 200, 150)], [], view, ink), []);
});

test("names lie on the other side of their marks where one reads from the right", () => {
  const [one] = place([wish("town", 200, 150)], [], view, null, -1);
  assert.ok(one && one.box.x + one.box.width < 200);
});

test("the name of a country lies on its point", () => {
  const [one] = place([wish("country", 200, 150, { centred: true })], [], view);
  assert.deepEqual(one, { key: "country", box: { x: 170, y: 142, width: 60, height: 16 }, leader: null });
});

test("a name that the view would cut is not shown there", () => {
  const [one] = place([wish("town", 395, 150)], [], view);
  assert.ok(one && one.box.x + one.box.width <= view.width);
  assert.deepEqual(place([wish("town", 900, 150)], [], view), []);
});
