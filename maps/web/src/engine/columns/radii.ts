/** How precisely each place is known: the twin of `geodata/columns/radii.py`. */

import { RADIUS_SOURCES } from "../../generated/codes";
import { bit, NO_LOCATION, UNREADABLE_LOCATION } from "../incidents";
import { readRadius } from "../text/lengths";
import { readCode, ReadingError } from "../text/repairs";
import type { Batch } from "./batch";
import { isBlank, isCells, Memo, textOf } from "./cells";
import type { Reach } from "./named";
import type { Plan } from "./plan";

const NOWHERE = NO_LOCATION | UNREADABLE_LOCATION | bit("name-shared");
const [NONE, DEFAULT, GIVEN, UNREADABLE, UNKNOWN_CODE] = [0, 1, 2, 3, 4] as const;

export class RadiusReader {
  readonly #memo = new Memo<number>();
  /** Where a radius can come from, as a record names it; notations and codes are added. */
  readonly sources: string[] = [...RADIUS_SOURCES];

  constructor(private readonly plan: Plan) {}

  /** Read how precisely the place of a row is known, the position of which may imply it. */
  read(batch: Batch, i: number, position: Reach | null): void {
    const { columns, options } = this.plan;
    const row = batch.start + i;
    if (batch.incidents.reasons[i]! & NOWHERE) {
      this.#readColumn(batch, i, row); // a fault is a fault, wherever it is
      put(batch, i, NaN, NONE);
      return;
    }
    const stated = options.radius;
    if (stated !== undefined) put(batch, i, stated, GIVEN);
    else if (columns.placeCodes && options.places) this.#readCodes(batch, i, row);
    else if (position && position.extent !== null) {
      put(batch, i, position.extent, this.#source(position.notation));
    } else put(batch, i, 0, DEFAULT);
    this.#readColumn(batch, i, row);
  }

  #readCodes(batch: Batch, i: number, row: number): void {
    const { placeCodes = [] } = this.plan.columns;
    const code = placeCodes.map((cells) => readCode(cells.get(row))).join(" ");
    const meaning = this.plan.options.places?.[code];
    const source = meaning ? this.#source(meaning.source ?? [this.plan.options.coded, code].filter(Boolean).join(" ")) : UNKNOWN_CODE;
    put(batch, i, meaning?.radius_m ?? NaN, source);
  }

  /** Read the column of radii, which goes before all else where it says something. */
  #readColumn(batch: Batch, i: number, row: number): void {
    const { radius } = this.plan.columns;
    const { unit } = this.plan.options;
    if (!radius) return;
    const text = textOf(radius, row);
    if (isBlank(text)) return;
    const metres = this.#memo.recall(text, () => readRadius(isCells(radius) ? text : Number(text), unit));
    if (metres instanceof ReadingError) {
      put(batch, i, NaN, UNREADABLE);
      batch.refuse(i, 0, { what: "radius", text, message: metres.message });
    } else if (metres !== null) put(batch, i, metres, GIVEN);
  }

  #source(name: string): number {
    const at = this.sources.indexOf(name);
    return at < 0 ? this.sources.push(name) - 1 : at;
  }
}

function put({ incidents }: Batch, i: number, metres: number, source: number): void {
  incidents.radius[i] = metres;
  incidents.radiusSource[i] = source;
}
