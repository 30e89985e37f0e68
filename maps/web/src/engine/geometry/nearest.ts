/** The zone whose best boundary is nearest to a point: the twin of `zones/index/nearest.py`. */

import type { Ground } from "../atlas";
import type { Plane } from "./plane";
import type { Outline } from "./shares";

/** Which extent of a ground stands for it. */
interface Main {
  readonly main: number;
}

const CELL_M = 4_000;
const HALF = 128; // cells from the middle of the plane to each side of the table
const WIDTH = 2 * HALF;
const [UNASKED, UNSURE] = [0, 1] as const; // else 2 and the zone
const SURE = 1.000001; // more than distances are rounded by

/**
 * Finds that zone by a table of cells, each of which is asked about once.
 *
 * Distances are compared in the plane, and two that are nearly equal there on the ellipsoid. A
 * distance changes from the middle of a cell to its corner by half of its diagonal at most, so a
 * zone that is nearer than the others by more than twice that, and by more than the plane's scale
 * may hide, is nearer in the whole cell.
 */
export class Nearest {
  readonly #grounds: readonly Ground[];
  readonly #plane: Plane;
  readonly #tables = new Map<number, Uint8Array>();
  readonly #outlines: (Outline | null)[];
  /** Plane metres to each outline, or less where it is too far to matter. */
  readonly #metres: Float64Array;
  #least = 0;
  #second = 0;

  constructor(grounds: readonly Ground[], plane: Plane) {
    this.#grounds = grounds;
    this.#plane = plane;
    this.#outlines = grounds.map(() => null);
    this.#metres = new Float64Array(grounds.length);
  }

  /** Return the zone nearest to a point in degrees; `governing` has been asked for the days. */
  zone(longitude: number, latitude: number, governing: readonly (Main | null)[]): number {
    let key = 0;
    for (let z = 0; z < this.#grounds.length; z++) {
      const main = governing[z]?.main ?? 0;
      key = key * 64 + main;
      this.#outlines[z] = this.#grounds[z]![main]?.best ?? null;
    }
    this.#plane.project(longitude, latitude);
    const { x, y } = this.#plane;
    const column = Math.floor(x / CELL_M) + HALF;
    const row = Math.floor(y / CELL_M) + HALF;
    if (!(column >= 0 && column < WIDTH && row >= 0 && row < WIDTH)) {
      return this.#exact(longitude, latitude);
    }
    let table = this.#tables.get(key);
    if (!table) this.#tables.set(key, (table = new Uint8Array(WIDTH * WIDTH)));
    const cell = row * WIDTH + column;
    if (table[cell] === UNASKED) table[cell] = this.#ofCell(column, row);
    return table[cell] === UNSURE ? this.#exact(longitude, latitude) : table[cell]! - 2;
  }

  /** Return what the table holds of a cell: whether all of it has one zone, and which. */
  #ofCell(column: number, row: number): number {
    const [west, south] = [(column - HALF) * CELL_M, (row - HALF) * CELL_M];
    const farX = Math.max(Math.abs(west), Math.abs(west + CELL_M));
    const farY = Math.max(Math.abs(south), Math.abs(south + CELL_M));
    const slack = this.#plane.distortion(farX, farY) * SURE;
    const nearest = this.#search(west + CELL_M / 2, south + CELL_M / 2, slack);
    const apart = this.#second > (this.#least + CELL_M * Math.SQRT2) * slack;
    return apart ? nearest + 2 : UNSURE;
  }

  /** Return the nearest zone: by the plane, or on the ellipsoid where the plane cannot tell. */
  #exact(longitude: number, latitude: number): number {
    this.#plane.project(longitude, latitude);
    const { x, y } = this.#plane;
    const slack = this.#plane.distortion(x, y) * SURE;
    let nearest = this.#search(x, y, slack);
    if (!(this.#second <= this.#least * slack)) return nearest;
    let least = Infinity;
    for (const [z, outline] of this.#outlines.entries()) {
      if (!outline || this.#metres[z]! > this.#least * slack) continue;
      const metres = Math.abs(outline.distance(longitude, latitude)?.metres ?? Infinity);
      if (metres < least) [nearest, least] = [z, metres];
    }
    return nearest;
  }

  /** Return the zone nearest in the plane; leave the two least distances, and those of all. */
  #search(x: number, y: number, slack: number): number {
    let start = 0;
    for (let z = 0; z < this.#metres.length; z++) {
      this.#metres[z] = this.#outlines[z]?.floor(x, y) ?? Infinity;
      if (this.#metres[z]! < this.#metres[start]!) start = z;
    }
    let nearest = start;
    let least = (this.#metres[start] = this.#outlines[start]?.planeDistance(x, y) ?? Infinity);
    let second = Infinity;
    for (let z = 0; z < this.#metres.length; z++) {
      if (z === start) continue;
      // Far enough to change nothing, neither the zone nor whether a whole cell has it.
      const far = this.#metres[z]! > (least + 2 * CELL_M) * slack;
      if (!far) this.#metres[z] = this.#outlines[z]?.planeDistance(x, y) ?? Infinity;
      const metres = this.#metres[z]!;
      if (metres < least || (metres === least && z < nearest)) {
        second = least;
        nearest = z;
        least = metres;
      } else if (metres < second) second = metres;
    }
    this.#least = least;
    this.#second = second;
    return least === Infinity ? 0 : nearest;
  }
}
