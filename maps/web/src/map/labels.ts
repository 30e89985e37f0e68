/** Names on the map: none covers another, and a name pushed aside keeps a line to its place. */

import type { Point } from "../rings";

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
  /** The outline of that ground: where a line from the name beside it ends. */
  outline?: Point[];
  /** A name that must be shown is pushed as far as needed; another gives way. */
  must: boolean;
  /** A name of many lies at its mark or nowhere: no line could tell which mark it is of. */
  close?: boolean;
  /** A name that is no mark's lies on its point, not beside it: a country, a sea. */
  centred?: boolean;
  /** All points that it may lie on, the best first: elsewhere, nobody would know the river. */
  along?: Point[];
}
export interface Placed {
  key: string;
  box: Box;
  /** The line from the name's edge to what it names; null where the name lies at its place. */
  leader: [from: Point, to: Point] | null;
}

const CELL = 4; // pixels
/** How much of a cell counts: what the map is about, and the ground below it. */
const FIRM = 4;
const FAINT = 1;
/** Drawing that a name may hide before it is left out, where it can be. */
const MOST_HIDDEN = 9 * FIRM;
/** And the name of one of many: less than of any mark. */
const MOST_HIDDEN_CLOSE = 3 * FIRM;

/** What is drawn where: the lines and marks that names keep off while they can. */
export class Ink {
  readonly #columns: number;
  readonly #rows: number;
  readonly #cells: Uint8Array;

  constructor(private readonly view: Box) {
    this.#columns = Math.ceil(view.width / CELL) + 1;
    this.#rows = Math.ceil(view.height / CELL) + 1;
    this.#cells = new Uint8Array(this.#columns * this.#rows);
  }

  /** A line, by its points; a faint one is hidden rather than a firm one. */
  line(points: Point[], { closed = true, faint = false } = {}): void {
    const { x, y, width, height } = this.view;
    points.forEach(([x2, y2], index) => {
      const before = points[index - 1] ?? (closed ? points.at(-1) : undefined);
      if (!before) return;
      const [x1, y1] = before;
      if (Math.max(x1, x2) < x || Math.min(x1, x2) > x + width) return;
      if (Math.max(y1, y2) < y || Math.min(y1, y2) > y + height) return;
      const steps = Math.min(2_000, Math.ceil(Math.hypot(x2 - x1, y2 - y1) / CELL));
      for (let step = 0; step <= steps; step += 1) {
        const share = steps ? step / steps : 0;
        this.#set(x1 + (x2 - x1) * share, y1 + (y2 - y1) * share, faint ? FAINT : FIRM);
      }
    });
  }

  /** A mark, by its middle and half its width. */
  mark([x, y]: Point, half: number): void {
    for (let dx = -half; dx <= half; dx += CELL) {
      for (let dy = -half; dy <= half; dy += CELL) this.#set(x + dx, y + dy, FIRM);
    }
  }

  /** How much of it a box would hide. */
  under(box: Box): number {
    const [left, top] = this.#cell(box.x, box.y);
    const [right, bottom] = this.#cell(box.x + box.width, box.y + box.height);
    let sum = 0;
    for (let row = Math.max(0, top); row <= Math.min(bottom, this.#rows - 1); row += 1) {
      const start = row * this.#columns;
      for (let at = Math.max(0, left); at <= Math.min(right, this.#columns - 1); at += 1) {
        sum += this.#cells[start + at] ?? 0;
      }
    }
    return sum;
  }

  #cell(x: number, y: number): [column: number, row: number] {
    return [Math.floor((x - this.view.x) / CELL), Math.floor((y - this.view.y) / CELL)];
  }

  #set(x: number, y: number, weight: number): void {
    const [column, row] = this.#cell(x, y);
    if (column < 0 || row < 0 || column >= this.#columns || row >= this.#rows) return;
    const at = row * this.#columns + column;
    this.#cells[at] = Math.max(this.#cells[at] ?? 0, weight);
  }
}

function overlap(a: Box, b: Box, gap: number): boolean {
  return (
    a.x < b.x + b.width + gap &&
    b.x < a.x + a.width + gap &&
    a.y < b.y + b.height + gap &&
    b.y < a.y + a.height + gap
  );
}

/** Beside, above and below, aslant: the order in which a reader looks for a name. */
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

/** Where a name could lie, and what each place costs beside what it hides. */
function* candidates(wish: Wish, start: 1 | -1): Generator<[box: Box, cost: number]> {
  const { width, height, anchor, ground } = wish;
  const centred = (x: number, y: number): Box => ({
    x: x - width / 2,
    y: y - height / 2,
    width,
    height,
  });
  if (wish.along) {
    for (const [rank, [x, y]] of wish.along.entries()) yield [centred(x, y), rank];
    return;
  }
  if (wish.centred) {
    for (const dy of [0, -14, 14, -30, 30]) {
      for (const dx of [0, -24, 24, -56, 56]) {
        yield [centred(anchor[0] + dx, anchor[1] + dy), Math.hypot(dx, dy) / 8];
      }
    }
    return;
  }
  if (ground && ground.width > width * 1.15 && ground.height > height * 2) {
    for (const dy of [0, -0.15, 0.15, -0.3, 0.3]) {
      for (const dx of [0, -0.12, 0.12]) {
        const box = centred(anchor[0] + dx * ground.width, anchor[1] + dy * ground.height);
        yield [box, 8 * Math.hypot(dx, dy)];
      }
    }
  }
  const around = ground ?? { x: anchor[0] - 3, y: anchor[1] - 3, width: 6, height: 6 };
  const far = wish.close ? [1, 6] : wish.must ? [6, 14, 26, 42, 62, 90] : [3, 6, 14, 24, 38];
  for (const distance of far) {
    for (const [rank, [way, dy]] of DIRECTIONS.entries()) {
      const dx = way * start;
      const slant = dx !== 0 && dy !== 0 ? 0.75 : 1;
      const box = centred(
        around.x + around.width / 2 + dx * (around.width / 2 + width / 2 + distance * slant),
        around.y + around.height / 2 + dy * (around.height / 2 + height / 2 + distance * slant),
      );
      yield [box, (ground ? 5 : 0) + rank * 0.3 + distance / 4];
    }
  }
}

/** The line from a name to what it names; none where it lies in it, or close by. */
function leader(box: Box, { anchor, ground, outline, must }: Wish): Placed["leader"] {
  const edge = ([x, y]: Point): Point => [
    Math.max(box.x, Math.min(x, box.x + box.width)),
    Math.max(box.y, Math.min(y, box.y + box.height)),
  ];
  const away = (to: Point): number => Math.hypot(to[0] - edge(to)[0], to[1] - edge(to)[1]);
  if (ground && overlap(box, ground, -2)) return null;
  // To the nearest of the outline, and a little over it.
  const near = outline?.reduce((best, one) => (away(one) < away(best) ? one : best), anchor) ?? anchor;
  const from = edge(near);
  const long = away(near);
  if (long <= (must ? 12 : 10)) return null;
  const over = outline ? 1 + 4 / long : 1;
  return [from, [from[0] + (near[0] - from[0]) * over, from[1] + (near[1] - from[1]) * over]];
}

/**
 * Place the names in the order given, the first first.
 *
 * `taken` is ground no name may touch (the sheets, the marks of towns); `ink` is what names keep
 * off while they can, and a name that need not be shown gives way to it; `view` is the pane: a
 * name lies in it whole or not at all; `start` is 1 where one reads from the left.
 */
export function place(
  wishes: Wish[],
  taken: Box[],
  view: Box,
  ink: Ink | null = null,
  start: 1 | -1 = 1,
): Placed[] {
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
    if (x <= view.x || x >= view.x + view.width || y <= view.y || y >= view.y + view.height) continue;
    let best: { box: Box; cost: number } | null = null;
    for (const [box, away] of candidates(wish, start)) {
      if (best && away >= best.cost) continue;
      if (!free(box)) continue;
      const hidden = ink?.under(box) ?? 0;
      if (hidden > (wish.close ? MOST_HIDDEN_CLOSE : MOST_HIDDEN) && !wish.must) continue;
      const cost = away + hidden / FIRM;
      if (!best || cost < best.cost) best = { box, cost };
    }
    if (!best) continue;
    const bare = wish.centred || wish.close;
    placed.push({ key: wish.key, box: best.box, leader: bare ? null : leader(best.box, wish) });
  }
  return placed;
}
