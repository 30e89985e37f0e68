/** Rows of a file as incidents: the twin of `geodata/columns/reading.py`. */

import { settle, UNREADABLE_DATE, UNREADABLE_LOCATION } from "../incidents";
import { Batch } from "./batch";
import type { Plan } from "./plan";
import { NameReader } from "./named";
import { RadiusReader } from "./radii";
import { DaysReader } from "./when";
import { PlaceReader } from "./where";

/** Reads the columns of one file, a stretch of rows at a time. */
export class ColumnReader {
  readonly #places: PlaceReader;
  readonly #days: DaysReader;
  readonly #radii: RadiusReader;
  readonly #names: NameReader;

  constructor(private readonly plan: Plan) {
    this.#places = new PlaceReader(plan);
    this.#days = new DaysReader(plan);
    this.#radii = new RadiusReader(plan);
    this.#names = new NameReader(plan);
  }

  /** Read the rows from `start` to before `stop`; the cells of a ragged one cannot be told apart. */
  read(start: number, stop: number, ragged: ReadonlySet<number>): Batch {
    const batch = new Batch(start, stop - start, this.#radii.sources);
    for (let i = 0; i < stop - start; i++) {
      if (ragged.has(start + i)) {
        batch.miss(i, UNREADABLE_LOCATION | UNREADABLE_DATE);
        continue;
      }
      const position = this.#places.read(batch, i);
      const reach = this.#names.read(batch, i) ?? position;
      this.#days.read(batch, i);
      this.#radii.read(batch, i, reach);
    }
    const { atlas } = this.plan.checker;
    settle(batch.incidents, atlas.ledger, atlas.data.placeholders);
    return batch;
  }
}
