/** The zone whose best boundary is nearest to a point: the twin of `zones/index/nearest.py`. */

import type { Ground } from "../atlas";
import type { Outline } from "./shares";

/** Which extent of a ground stands for it. */
interface Main {
  readonly main: number;
}

const CELL_M = 4_000;
const HALF = 128; // cells from the middle of the plane to each side of the table
const WIDTH = 2 * HALF;
const [UNASKED, UNSURE] = [0, 1] as const; // else 2 and the zone

/**
 * Finds that zone by a table of cells, each of which is asked about once.
 *
 * A distance changes from the middle of a cell to its corner by half of its diagonal at most, so a
 * zone that is nearer than the others by more than twice that is nearer in the whole cell.
 */
export class Nearest {
  readonly #grounds: readonly (Ground | null)[];
  readonly #tables = new Map<number, Uint8Array>();
  readonly #outlines: (Outline | null)[];
  readonly #floors: Float64Array;
  #lead = 0;

  constructor(grounds: readonly (Ground | null)[]) {
    this.#grounds = grounds;
    this.#outlines = grounds.map(() => null);
    this.#floors = new Float64Array(grounds.length);
  }

  /** Return the zone nearest to a point of the plane; `governing` has been asked for the days. */
  zone(x: number, y: number, governing: readonly (Main | null)[]): number {
    let key = 0;
    for (let z = 0; z < this.#grounds.length; z++) {
      const main = governing[z]?.main ?? 0;
      key = key * 64 + main;
      this.#outlines[z] = this.#grounds[z]?.[main]!.best ?? null;
    }
    const column = Math.floor(x / CELL_M) + HALF;
    const row = Math.floor(y / CELL_M) + HALF;
    if (!(column >= 0 && column < WIDTH && row >= 0 && row < WIDTH)) return this.#search(x, y);
    let table = this.#tables.get(key);
    if (!table) this.#tables.set(key, (table = new Uint8Array(WIDTH * WIDTH)));
    const cell = row * WIDTH + column;
    if (table[cell] === UNASKED) {
      const nearest = this.#search((column - HALF + 0.5) * CELL_M, (row - HALF + 0.5) * CELL_M);
      table[cell] = this.#lead > CELL_M * Math.SQRT2 + 1 ? nearest + 2 : UNSURE;
    }
    return table[cell] === UNSURE ? this.#search(x, y) : table[cell]! - 2;
  }

  /** Return the nearest zone; leave in `lead` by how much it is nearer than any other, at least. */
  #search(x: number, y: number): number {
    let start = 0;
    for (let z = 0; z < this.#floors.length; z++) {
      this.#floors[z] = this.#outlines[z]?.floor(x, y) ?? Infinity;
      if (this.#floors[z]! < this.#floors[start]!) start = z;
    }
    let nearest = start;
    let least = this.#outlines[start]?.planeDistance(x, y) ?? Infinity;
    let second = Infinity;
    for (let z = 0; z < this.#floors.length; z++) {
      if (z === start) continue;
      const floor = this.#floors[z]!;
      // Far enough to change nothing, neither the zone nor whether a whole cell has it.
      const far = floor > least + 2 * CELL_M;
      const metres = far ? floor : (this.#outlines[z]?.planeDistance(x, y) ?? Infinity);
      if (metres < least || (metres === least && z < nearest)) {
        second = least;
        nearest = z;
        least = metres;
      } else if (metres < second) second = metres;
    }
    this.#lead = second === Infinity && least === Infinity ? 0 : second - least;
    return least === Infinity ? 0 : nearest;
  }
}
