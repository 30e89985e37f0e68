/** Where each row is: the twin of `geodata/columns/where.py`. */

import { NO_LOCATION, UNREADABLE_LOCATION } from "../incidents";
import { readGeopoint, readPair, readPosition } from "../text/coordinates";
import { type Decimal, GRIDS, type Position } from "../text/position";
import { ReadingError } from "../text/repairs";
import type { Batch } from "./batch";
import { type Cells, type Column, isBlank, isCells, Memo, textOf } from "./cells";
import type { Plan } from "./plan";

const PLAIN = /^[+-]?[0-9]{1,3}(?:\.[0-9]+)?$/;

export class PlaceReader {
  readonly #memo = new Memo<Position>();

  constructor(private readonly plan: Plan) {}

  /** Read where a row is; return the position where it was more than two plain numbers. */
  read(batch: Batch, i: number): Position | null {
    const row = batch.start + i;
    const { latitude, longitude, position } = this.plan.columns;
    let found: Position | null = null;
    if (latitude && longitude) found = this.#readColumns(batch, i, row, latitude, longitude);
    else if (position) found = this.#readPosition(batch, i, row, position);
    else batch.miss(i, NO_LOCATION);
    const { latitude: y, longitude: x } = batch.incidents;
    if (y[i] === 0 && x[i] === 0) {
      [y[i], x[i]] = [NaN, NaN]; // what tables hold where there is no place
      batch.miss(i, NO_LOCATION);
      batch.blank(i, "0, 0", "zero-point");
      return null;
    }
    // A grid has no axes that could be swapped.
    if (found && GRIDS.includes(found.notation)) batch.grids.push(i);
    else this.#doubt(batch, i, row);
    return found;
  }

  #readColumns(batch: Batch, i: number, row: number, latitude: Column, longitude: Column): Position | null {
    if (!isCells(latitude) && !isCells(longitude)) {
      this.#readNumbers(batch, i, latitude[row]!, longitude[row]!);
      return null;
    }
    const [north, east] = [textOf(latitude, row), textOf(longitude, row)];
    if (PLAIN.test(north) && PLAIN.test(east) && put(batch, i, Number(north), Number(east))) return null;
    const empty = isBlank(north) && isBlank(east);
    return this.#readText(batch, i, `${north} / ${east}`, (decimal) =>
      empty ? null : readPair(north, east, decimal),
    );
  }

  #readPosition(batch: Batch, i: number, row: number, position: Cells): Position | null {
    const text = position.get(row);
    return this.#readText(batch, i, text, (decimal) => {
      if (isBlank(text)) return null;
      return this.plan.columns.geopoint ? readGeopoint(text) : readPosition(text, decimal);
    });
  }

  #readNumbers(batch: Batch, i: number, y: number, x: number): void {
    if (put(batch, i, y, x)) return;
    if (Number.isNaN(x) && Number.isNaN(y)) batch.miss(i, NO_LOCATION);
    else if (Number.isFinite(x) || Number.isFinite(y)) {
      const message = "expected a latitude within -90..90 and a longitude within -180..180";
      batch.refuse(i, UNREADABLE_LOCATION, { what: "position", text: `${y}, ${x}`, message });
    } else batch.miss(i, UNREADABLE_LOCATION); // a shape that is no point is counted by its table
  }

  #readText(
    batch: Batch,
    i: number,
    text: string,
    read: (decimal: Decimal) => Position | null,
  ): Position | null {
    const found = this.#memo.recall(text, () => this.#careful(text, read));
    if (found === null) {
      batch.miss(i, NO_LOCATION);
      batch.blank(i, text);
    } else if (found instanceof ReadingError) {
      const { message } = found;
      batch.refuse(i, UNREADABLE_LOCATION, { what: "position", text, message });
    } else {
      batch.mend(i, found.repairs);
      put(batch, i, found.latitude, found.longitude);
      return found;
    }
    return null;
  }

  /** What the column as a whole proves is asked for last. */
  #careful(text: string, read: (decimal: Decimal) => Position | null): Position | null {
    const stated = this.plan.options.decimal ?? null;
    try {
      return read(stated);
    } catch (error) {
      const proved = stated === null && text.includes(",") ? this.plan.decimal : null;
      if (!(error instanceof ReadingError) || proved === null) throw error;
      return read(proved);
    }
  }

  #doubt(batch: Batch, i: number, row: number): void {
    const [longitude, latitude] = [batch.incidents.longitude[i]!, batch.incidents.latitude[i]!];
    const doubt = this.plan.checker.country.swapped(longitude, latitude);
    if (doubt) batch.turned.push({ row, doubt, latitude, longitude });
  }
}

/** Put a position into a row if it is on Earth; tell whether it is. */
function put({ incidents }: Batch, i: number, latitude: number, longitude: number): boolean {
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return false;
  incidents.latitude[i] = latitude;
  incidents.longitude[i] = longitude;
  return true;
}
