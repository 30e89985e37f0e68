/** Incidents by where they lie: cell by cell of a grid over their ground, each beside its neighbours. */

import { type Selection, SHOWN } from "./filter";
import type { Points } from "./points";
import { breathe } from "../engine/unpack";

const SIDE = 512;
const AT_ONCE = 1 << 18;

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export class Grid {
  readonly #starts = new Int32Array(SIDE * SIDE + 1);
  #order: Int32Array = new Int32Array(0);
  #x = new Float32Array(0);
  #y = new Float32Array(0);
  #mask = new Uint8Array(0);
  #box: Box = { left: 0, top: 0, right: 1, bottom: 1 };
  #turn = -1;

  private constructor(private readonly selection: Selection) {}

  static async of(points: Points, selection: Selection): Promise<Grid> {
    const grid = new Grid(selection);
    const { x, y, length } = points;
    const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    for (let row = 0; row < length; row++) {
      if (x[row]! < box.left) box.left = x[row]!;
      if (x[row]! > box.right) box.right = x[row]!;
      if (y[row]! < box.top) box.top = y[row]!;
      if (y[row]! > box.bottom) box.bottom = y[row]!;
    }
    grid.#box = box;
    await breathe();
    const cells = new Int32Array(length);
    for (let at = 0; at < length; at += AT_ONCE) {
      const stop = Math.min(length, at + AT_ONCE);
      for (let row = at; row < stop; row++) {
        const cell = points.placed(row) ? grid.#column(x[row]!) + grid.#line(y[row]!) * SIDE : -1;
        cells[row] = cell;
        if (cell >= 0) grid.#starts[cell + 1]!++;
      }
      await breathe();
    }
    for (let cell = 0; cell < SIDE * SIDE; cell++) grid.#starts[cell + 1]! += grid.#starts[cell]!;
    const next = grid.#starts.slice();
    const placed = grid.#starts[SIDE * SIDE]!;
    grid.#order = new Int32Array(placed);
    grid.#x = new Float32Array(placed);
    grid.#y = new Float32Array(placed);
    grid.#mask = new Uint8Array(placed);
    for (let at = 0; at < length; at += AT_ONCE) {
      const stop = Math.min(length, at + AT_ONCE);
      for (let row = at; row < stop; row++) {
        const cell = cells[row]!;
        if (cell < 0) continue;
        const place = next[cell]!++;
        grid.#order[place] = row;
        grid.#x[place] = x[row]! - box.left;
        grid.#y[place] = y[row]! - box.top;
      }
      await breathe();
    }
    return grid;
  }

  /** All rows that have a place, cell by cell. */
  get order(): Int32Array {
    return this.#order;
  }

  /** Where they lie in Mercator's square, from `corner` on, in that order. */
  get x(): Float32Array {
    return this.#x;
  }

  get y(): Float32Array {
    return this.#y;
  }

  get corner(): [x: number, y: number] {
    return [this.#box.left, this.#box.top];
  }

  /** The marks of the selection, in that order. */
  get mask(): Uint8Array {
    const { turn, mask } = this.selection;
    if (turn === this.#turn) return this.#mask;
    this.#turn = turn;
    const [order, mine] = [this.#order, this.#mask];
    for (let at = 0; at < order.length; at++) mine[at] = mask[order[at]!]!;
    return mine;
  }

  /**
   * Where in `order` the rows of the cells lie that a box touches: pairs of a start and a stop.
   * Some of those rows may lie beside the box.
   */
  spans(box: Box): number[] {
    const own = this.#box;
    const found: number[] = [];
    if (!(box.right >= own.left && box.left <= own.right)) return found;
    if (!(box.bottom >= own.top && box.top <= own.bottom)) return found;
    const [left, right] = [this.#column(box.left), this.#column(box.right)];
    const last = this.#line(box.bottom);
    for (let line = this.#line(box.top); line <= last; line++) {
      const start = this.#starts[line * SIDE + left]!;
      const stop = this.#starts[line * SIDE + right + 1]!;
      if (start === stop) continue;
      if (found.at(-1) === start) found[found.length - 1] = stop;
      else found.push(start, stop);
    }
    return found;
  }

  /** The rows of a box that have at least this mark, by number. */
  within(box: Box, least: number = SHOWN): number[] {
    const [x, y, mask] = [this.#x, this.#y, this.mask];
    const [dx, dy] = this.corner;
    const [left, right, top, bottom] = [box.left - dx, box.right - dx, box.top - dy, box.bottom - dy];
    const found: number[] = [];
    const spans = this.spans(box);
    for (let i = 0; i < spans.length; i += 2) {
      for (let at = spans[i]!; at < spans[i + 1]!; at++) {
        if (mask[at]! < least || x[at]! < left || x[at]! > right) continue;
        if (y[at]! >= top && y[at]! <= bottom) found.push(this.#order[at]!);
      }
    }
    return found.sort((a, b) => a - b);
  }

  #column(x: number): number {
    return part(x, this.#box.left, this.#box.right);
  }

  #line(y: number): number {
    return part(y, this.#box.top, this.#box.bottom);
  }
}

function part(value: number, from: number, to: number): number {
  if (!(to > from)) return 0;
  return Math.min(SIDE - 1, Math.max(0, Math.floor(((value - from) / (to - from)) * SIDE)));
}
