/** Whether a polygon covers a point: exactly, and fast for many of them. */

import type { Ring } from "../../rings";
import { orientation } from "./orient";

const CELLS = 192;
const [OUT, IN, MIXED] = [0, 1, 2] as const;

/**
 * A table of cells: one that no edge touches is inside or outside as a whole, in the others the
 * edges of the row are counted, exactly.
 */
export class Covering {
  readonly #west: number;
  readonly #south: number;
  readonly #east: number;
  readonly #north: number;
  readonly #acrossDeg: number;
  readonly #upDeg: number;
  readonly #code = new Uint8Array(CELLS * CELLS);
  readonly #edges: Float64Array; // x1, y1, x2, y2
  readonly #rows: Int32Array[];

  constructor(rings: readonly Ring[]) {
    const edges: number[] = [];
    for (const ring of rings) {
      for (let i = 1; i < ring.length; i++) edges.push(...ring[i - 1]!, ...ring[i]!);
    }
    this.#edges = Float64Array.from(edges);
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < edges.length; i += 2) {
      west = Math.min(west, edges[i]!);
      east = Math.max(east, edges[i]!);
      south = Math.min(south, edges[i + 1]!);
      north = Math.max(north, edges[i + 1]!);
    }
    [this.#west, this.#south, this.#east, this.#north] = [west, south, east, north];
    this.#acrossDeg = (east - west) / CELLS || 1;
    this.#upDeg = (north - south) / CELLS || 1;
    this.#rows = this.#mark();
    this.#fill();
  }

  covers(x: number, y: number): boolean {
    if (!(x >= this.#west && x <= this.#east && y >= this.#south && y <= this.#north)) return false;
    const row = this.#row(y);
    const code = this.#code[row * CELLS + this.#column(x)];
    return code === MIXED ? this.#count(x, y, row) : code === IN;
  }

  #row(y: number): number {
    return Math.max(0, Math.min(CELLS - 1, Math.floor((y - this.#south) / this.#upDeg)));
  }

  #column(x: number): number {
    return Math.max(0, Math.min(CELLS - 1, Math.floor((x - this.#west) / this.#acrossDeg)));
  }

  /** Mark the cells that edges touch, with a little to spare; return the edges of each row. */
  #mark(): Int32Array[] {
    const rows: number[][] = Array.from({ length: CELLS }, () => []);
    const e = this.#edges;
    const spare = 1e-9;
    for (let i = 0; i < e.length; i += 4) {
      const [x1, y1, x2, y2] = [e[i]!, e[i + 1]!, e[i + 2]!, e[i + 3]!];
      const [low, high] = [Math.min(y1, y2), Math.max(y1, y2)];
      for (let row = this.#row(low - spare); row <= this.#row(high + spare); row++) {
        rows[row]!.push(i);
        const bottom = this.#south + row * this.#upDeg - spare;
        const top = this.#south + (row + 1) * this.#upDeg + spare;
        const at = (y: number): number => {
          const t = y1 === y2 ? 0 : Math.max(0, Math.min(1, (y - y1) / (y2 - y1)));
          return x1 + t * (x2 - x1);
        };
        const [a, b] = y1 === y2 ? [x1, x2] : [at(bottom), at(top)];
        const first = this.#column(Math.min(a, b) - spare);
        const last = this.#column(Math.max(a, b) + spare);
        this.#code.fill(MIXED, row * CELLS + first, row * CELLS + last + 1);
      }
    }
    return rows.map((indices) => Int32Array.from(indices));
  }

  #fill(): void {
    for (let row = 0; row < CELLS; row++) {
      const y = this.#south + (row + 0.5) * this.#upDeg;
      let known: number = MIXED;
      for (let column = 0; column < CELLS; column++) {
        const cell = row * CELLS + column;
        if (this.#code[cell] === MIXED) {
          known = MIXED;
          continue;
        }
        if (known === MIXED) {
          known = this.#count(this.#west + (column + 0.5) * this.#acrossDeg, y, row) ? IN : OUT;
        }
        this.#code[cell] = known;
      }
    }
  }

  /** Count the edges to the right of a point; one that it lies on settles the matter. */
  #count(x: number, y: number, row: number): boolean {
    const e = this.#edges;
    const edges = this.#rows[row]!;
    let inside = false;
    for (let k = 0; k < edges.length; k++) {
      const i = edges[k]!;
      const x1 = e[i]!;
      const x2 = e[i + 2]!;
      if (x1 < x && x2 < x) continue;
      const y1 = e[i + 1]!;
      const y2 = e[i + 3]!;
      if (x === x2 && y === y2) return true;
      if (y1 === y && y2 === y) {
        if (Math.min(x1, x2) <= x && x <= Math.max(x1, x2)) return true;
        continue;
      }
      if ((y1 > y && y2 <= y) || (y2 > y && y1 <= y)) {
        const side = orientation(x1, y1, x2, y2, x, y);
        if (side === 0) return true;
        if (y2 < y1 ? side < 0 : side > 0) inside = !inside;
      }
    }
    return inside;
  }
}
