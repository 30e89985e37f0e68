/** Which incidents lie in a box: rows by the cells of a grid over the ground of the map. */

import type { Incidents } from "./rows";
import { breathe } from "./unpack";

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
  #box: Box = { left: 0, top: 0, right: 1, bottom: 1 };

  private constructor(private readonly incidents: Incidents) {}

  static async of(incidents: Incidents): Promise<Grid> {
    const grid = new Grid(incidents);
    const { x, y, length } = incidents;
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
        const cell = incidents.placed(row) ? grid.#column(x[row]!) + grid.#line(y[row]!) * SIDE : -1;
        cells[row] = cell;
        if (cell >= 0) grid.#starts[cell + 1]!++;
      }
      await breathe();
    }
    for (let cell = 0; cell < SIDE * SIDE; cell++) grid.#starts[cell + 1]! += grid.#starts[cell]!;
    const next = grid.#starts.slice();
    grid.#order = new Int32Array(grid.#starts[SIDE * SIDE]!);
    for (let row = 0; row < length; row++) {
      const cell = cells[row]!;
      if (cell >= 0) grid.#order[next[cell]!++] = row;
    }
    return grid;
  }

  /**
   * Where in `order` the rows of the cells lie that a box touches: pairs of a start and a stop.
   * Some of those rows may lie beside the box.
   */
  spans(box: Box): number[] {
    const own = this.#box;
    const found: number[] = [];
    if (box.right < own.left || box.left > own.right) return found;
    if (box.bottom < own.top || box.top > own.bottom) return found;
    const [left, right] = [this.#column(box.left), this.#column(box.right)];
    const last = this.#line(box.bottom);
    for (let line = this.#line(box.top); line <= last; line++) {
      const start = this.#starts[line * SIDE + left]!;
      const stop = this.#starts[line * SIDE + right + 1]!;
      if (start < stop) found.push(start, stop);
    }
    return found;
  }

  /** All rows that have a place, cell by cell. */
  get order(): Int32Array {
    return this.#order;
  }

  /** The rows of a box that a mask marks, by number: in order of time. */
  within(box: Box, mask: Uint8Array): number[] {
    const { x, y } = this.incidents;
    const found: number[] = [];
    const spans = this.spans(box);
    for (let i = 0; i < spans.length; i += 2) {
      for (let at = spans[i]!; at < spans[i + 1]!; at++) {
        const row = this.#order[at]!;
        if (!mask[row] || x[row]! < box.left || x[row]! > box.right) continue;
        if (y[row]! >= box.top && y[row]! <= box.bottom) found.push(row);
      }
    }
    return found.sort((a, b) => a - b);
  }

  /** Which part of the ground on which incidents lie a box covers, from 0 to 1. */
  part(box: Box): number {
    const own = this.#box;
    const across = Math.min(box.right, own.right) - Math.max(box.left, own.left);
    const down = Math.min(box.bottom, own.bottom) - Math.max(box.top, own.top);
    if (across < 0 || down < 0) return 0;
    const area = (own.right - own.left) * (own.bottom - own.top);
    return area > 0 ? (across * down) / area : 1;
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
