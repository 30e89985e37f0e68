/** Names on the map: none covers another, and a name pushed aside keeps a line to its place. */

import type { Point } from "./codec";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}
export interface Wish {
  key: string;
  width: number;
  height: number;
  /** Where the name belongs, in pixels. */
  anchor: Point;
  /** The ground it names, if it is more than a point: a name may lie in it or around it. */
  ground?: Box;
  /** A name that must be shown is pushed as far as needed; another gives way. */
  must: boolean;
}
export interface Placed {
  key: string;
  box: Box;
  /** Start of the leader line on the name's edge; null where the name lies at its place. */
  leader: Point | null;
}

function overlap(a: Box, b: Box, gap: number): boolean {
  return (
    a.x < b.x + b.width + gap &&
    b.x < a.x + a.width + gap &&
    a.y < b.y + b.height + gap &&
    b.y < a.y + a.height + gap
  );
}

const DIRECTIONS: Point[] = [
  [1, 0],
  [-1, 0],
  [0, -1],
  [0, 1],
  [1, -1],
  [-1, -1],
  [1, 1],
  [-1, 1],
];

function* candidates(wish: Wish): Generator<Box> {
  const { width, height, anchor, ground } = wish;
  const centred = (x: number, y: number): Box => ({
    x: x - width / 2,
    y: y - height / 2,
    width,
    height,
  });
  if (ground && ground.width > width * 1.15 && ground.height > height * 2) {
    for (const dy of [0, -0.15, 0.15, -0.3, 0.3]) {
      for (const dx of [0, -0.12, 0.12]) {
        yield centred(anchor[0] + dx * ground.width, anchor[1] + dy * ground.height);
      }
    }
  }
  const around = ground ?? { x: anchor[0] - 3, y: anchor[1] - 3, width: 6, height: 6 };
  const far = wish.must ? [6, 14, 26, 42, 62, 90] : [3, 6];
  for (const distance of far) {
    for (const [dx, dy] of DIRECTIONS) {
      const slant = dx !== 0 && dy !== 0 ? 0.75 : 1;
      yield centred(
        around.x + around.width / 2 + dx * (around.width / 2 + width / 2 + distance * slant),
        around.y + around.height / 2 + dy * (around.height / 2 + height / 2 + distance * slant),
      );
    }
  }
}

function point(x: number, y: number): Box {
  return { x, y, width: 0, height: 0 };
}

function leader(box: Box, anchor: Point, reach: number): Point | null {
  const x = Math.max(box.x, Math.min(anchor[0], box.x + box.width));
  const y = Math.max(box.y, Math.min(anchor[1], box.y + box.height));
  return Math.hypot(anchor[0] - x, anchor[1] - y) > reach ? [x, y] : null;
}

/**
 * Place the names in the order given, the first first.
 *
 * `taken` is ground no name may touch (the sheets, the marks of towns); `lines` are points of
 * outlines that a name with ground of its own keeps off while it can; `view` is the pane: a name
 * lies in it whole or not at all.
 */
export function place(wishes: Wish[], taken: Box[], view: Box, lines: Point[] = []): Placed[] {
  const placed: Placed[] = [];
  const free = (box: Box): boolean =>
    box.x >= view.x + 2 &&
    box.y >= view.y + 2 &&
    box.x + box.width <= view.x + view.width - 2 &&
    box.y + box.height <= view.y + view.height - 2 &&
    !taken.some((other) => overlap(box, other, 1)) &&
    !placed.some((other) => overlap(box, other.box, 3));
  for (const wish of wishes) {
    const [x, y] = wish.anchor;
    const seen =
      x > view.x && x < view.x + view.width && y > view.y && y < view.y + view.height;
    if (!seen && !wish.ground) continue;
    const open = [...candidates(wish)].filter(free);
    const clear = wish.ground
      ? open.find((box) => !lines.some(([px, py]) => overlap(box, point(px, py), 1)))
      : undefined;
    const box = clear ?? open[0];
    if (!box) continue;
    placed.push({ key: wish.key, box, leader: wish.must ? leader(box, wish.anchor, 12) : null });
  }
  return placed;
}
