/** Incidents that are published as cells of the ground: which cells there are, how many each shows. */

import { SHOWN } from "./filter";
import type { Grid } from "./grid";
import type { Points } from "./points";
import { breathe } from "../engine/unpack";

const AT_ONCE = 1 << 16;

export class Cells {
  /** An incident of each cell: all of them have its middle as their place. */
  readonly rows: number[] = [];
  readonly #of: Int32Array;
  #counts = new Uint32Array(0);
  #turn = -1;

  private constructor(private readonly grid: Grid) {
    this.#of = new Int32Array(grid.order.length);
  }

  static async of({ latitude, longitude }: Points, grid: Grid): Promise<Cells> {
    const cells = new Cells(grid);
    const known = new Map<number, number>();
    const { order } = grid;
    let [last, cell] = [NaN, 0];
    for (let at = 0; at < order.length; at++) {
      const row = order[at]!;
      const place = latitude[row]! * 1e8 + longitude[row]!;
      if (place !== last) {
        cell = known.get(place) ?? cells.rows.push(row) - 1;
        known.set(place, cell);
        last = place;
      }
      cells.#of[at] = cell;
      if (at % AT_ONCE === 0) await breathe();
    }
    cells.#counts = new Uint32Array(cells.rows.length);
    return cells;
  }

  /** How many incidents of each cell lie in the days shown. */
  counts(turn: number): Uint32Array {
    if (turn === this.#turn) return this.#counts;
    this.#turn = turn;
    const [mask, of, counts] = [this.grid.mask, this.#of, this.#counts];
    counts.fill(0);
    for (let at = 0; at < of.length; at++) if (mask[at] === SHOWN) counts[of[at]!]!++;
    return counts;
  }
}
