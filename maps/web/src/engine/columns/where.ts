/** Where each row is: the twin of `geodata/columns/where.py`. */

import { NO_LOCATION, UNREADABLE_LOCATION } from "../incidents";
import { readGeopoint, readPair, readPosition, turned } from "../text/coordinates";
import { type Decimal, GRIDS, type Position } from "../text/position";
import { cleanText, ReadingError } from "../text/repairs";
import type { Batch } from "./batch";
import { type Cells, type Column, isBlank, isCells, Memo, textOf } from "./cells";
import type { Plan } from "./plan";

const PLAIN = /^[+-]?[0-9]{1,3}(?:\.[0-9]+)?$/;
// Latitude, longitude, altitude, accuracy: degrees with a fraction have no minutes behind them.
const GEOPOINT = /^-?[0-9]+\.[0-9]+ -?[0-9]+\.[0-9]+ -?[0-9]+(?:\.[0-9]+)? [0-9]+(?:\.[0-9]+)?$/;
const APART_DEG = 0.01; // 1 km: more than what rounding does
const NEAR_DEG = 0.0005; // 50 m: the same point, however many digits were kept

/** Two numbers like metres of a projection. */
const METRES = /^[0-9]{5,8}(\.[0-9]+)?( \/ |, )[0-9]{5,8}(\.[0-9]+)?$/;
const PROJECTED = "; if these are metres of a projection, convert them to degrees, or state it to the command (--crs EPSG:32637)";

function refuse(batch: Batch, i: number, text: string, why: string): void {
  const message = `${why}${METRES.test(text) ? PROJECTED : ""}`;
  batch.refuse(i, UNREADABLE_LOCATION, { what: "position", text, message });
}

export class PlaceReader {
  readonly #memo = new Memo<Position>();

  constructor(private readonly plan: Plan) {}

  /** Read where a row is; return the position where it was more than two plain numbers. */
  read(batch: Batch, i: number): Position | null {
    const row = batch.start + i;
    const { latitude, longitude, position, dms } = this.plan.columns;
    let found: Position | null = null;
    if (dms) found = this.#readText(batch, i, ...this.#angles(row, dms));
    else if (latitude && longitude) found = this.#readColumns(batch, i, row, latitude, longitude);
    else if (position) found = this.#readPosition(batch, i, row, position);
    else batch.miss(i, NO_LOCATION);
    found = this.#compare(batch, i, row, found);
    const { latitude: y, longitude: x } = batch.incidents;
    if (Number.isFinite(x[i])) this.#doubtTenths(batch, i, found);
    batch.hasDecimals ||= Number.isFinite(x[i]) && !(Number.isInteger(x[i]) && Number.isInteger(y[i]));
    if (y[i] === 0 && x[i] === 0) {
      [y[i], x[i]] = [NaN, NaN]; // what tables hold where there is no place
      batch.miss(i, NO_LOCATION);
      batch.blank(i, "0, 0", "zero-point");
      return null;
    }
    // A grid has no axes that could be swapped.
    if (found && GRIDS.includes(found.notation)) batch.grids.push(i);
    else {
      this.#doubt(batch, i, row);
      this.#doubtWhole(batch, i);
    }
    return found;
  }

  /** Note whether a position is in whole tenths of a degree, as floats of 32 bits have them. */
  #doubtTenths(batch: Batch, i: number, found: Position | null): void {
    const at = [batch.incidents.latitude[i]!, batch.incidents.longitude[i]!];
    const isTenths = at.every((one) => Math.abs(one * 10 - Math.round(one * 10)) < 5e-5);
    if ((found && GRIDS.includes(found.notation)) || !isTenths) batch.finer++;
    else if (at.every(Number.isInteger)) batch.placed++;
    else batch.tenths.push({ row: batch.start + i, before: at.join(", ") });
  }

  #doubtWhole(batch: Batch, i: number): void {
    const [x, y] = [batch.incidents.longitude[i]!, batch.incidents.latitude[i]!];
    if (!Number.isInteger(x) || !Number.isInteger(y)) return;
    const { placeholders } = this.plan.checker.atlas.data;
    const near = ([px, py]: readonly [number, number]): boolean =>
      Math.abs(x - px) <= NEAR_DEG && Math.abs(y - py) <= NEAR_DEG;
    if (placeholders.some(near)) return;
    batch.whole.push(i);
    batch.warn(i, "whole-degrees", `${y}, ${x}`);
  }

  /** Compare a second position of the row, and take it where there is no other. */
  #compare(batch: Batch, i: number, row: number, found: Position | null): Position | null {
    const { also } = this.plan.columns;
    if (!also) return found;
    const other = this.#other(row, also);
    if (!other) return found;
    const { longitude, latitude, reasons } = batch.incidents;
    if (reasons[i]! & NO_LOCATION) {
      put(batch, i, other.latitude, other.longitude);
      reasons[i]! &= ~NO_LOCATION;
      batch.repairs.push({ row, kind: "other-position", before: "", after: shown(other) });
      return other;
    }
    const isApart = (one: number, two: number): boolean => Math.abs(one - two) > APART_DEG;
    if (isApart(longitude[i]!, other.longitude) || isApart(latitude[i]!, other.latitude)) {
      batch.elsewhere.push({ i, longitude: other.longitude, latitude: other.latitude });
      batch.warn(i, "positions-disagree", `${latitude[i]!}, ${longitude[i]!}`, shown(other));
    } else if (other.extent !== null && !(other.extent <= (found?.extent ?? NaN)) && !this.plan.columns.radius) {
      batch.warn(i, "unused-precision", `${other.extent} m`);
    }
    return found;
  }

  /** Return the position that other columns give; null where they give none that can be read. */
  #other(row: number, also: readonly Cells[]): Position | null {
    const [one, two] = also.map((cells) => cells.get(row));
    const read = (decimal: Decimal): Position | null => {
      if (two === undefined) return isBlank(one!) ? null : readWhole(one!, decimal, false, this.plan.options.alsoTurned);
      return isBlank(one!) && isBlank(two) ? null : readPair(one!, two, decimal);
    };
    const found = this.#memo.recall(`also ${one!} / ${two ?? ""}`, () => this.#careful(`${one!}${two ?? ""}`, read));
    return found instanceof ReadingError ? null : found;
  }

  /** Return the text of degrees, minutes and seconds in columns of their own, and what reads it. */
  #angles(row: number, dms: readonly Cells[]): [string, (decimal: Decimal) => Position | null] {
    const half = dms.length / 2;
    const angle = (cells: readonly Cells[]): string => {
      const said = cells.map((one) => one.get(row)).map((text) => (isBlank(text) ? "" : text));
      const marked = said.slice(0, 3).flatMap((cell, k) => (cell ? [`${cell}${"°'\""[k]!}`] : []));
      return marked.length ? [...marked, ...said.slice(3)].join(" ") : "";
    };
    const [north, east] = [angle(dms.slice(0, half)), angle(dms.slice(half))];
    const none = !north.trim() && !east.trim();
    return [`${north} / ${east}`, (decimal) => (none ? null : readPair(north, east, decimal))];
  }

  #readColumns(batch: Batch, i: number, row: number, latitude: Column, longitude: Column): Position | null {
    if (!isCells(latitude) && !isCells(longitude)) {
      this.#readNumbers(batch, i, latitude[row]!, longitude[row]!);
      return null;
    }
    const texts = [textOf(latitude, row), textOf(longitude, row)];
    const [north, east] = this.plan.options.tenmillionths ? texts.map(degrees) : texts;
    if (north === undefined || east === undefined) return null;
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
      return readWhole(text, decimal, this.plan.columns.geopoint ?? false, this.plan.options.turned);
    });
  }

  #readNumbers(batch: Batch, i: number, y: number, x: number): void {
    if (put(batch, i, y, x)) return;
    if (Number.isNaN(x) && Number.isNaN(y)) batch.miss(i, NO_LOCATION);
    else if (Number.isFinite(x) || Number.isFinite(y)) {
      const message = "expected a latitude within -90..90 and a longitude within -180..180";
      refuse(batch, i, `${y}, ${x}`, message);
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
      refuse(batch, i, text, found.message);
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

/** Return the position in one cell; four numbers as forms write them are a geopoint. */
export function readWhole(text: string, decimal: Decimal, isGeopoint: boolean, isTurned = false): Position {
  const geopoint = isGeopoint || GEOPOINT.test(cleanText(text).clean);
  if (geopoint) return readGeopoint(text);
  const found = readPosition(text, decimal);
  return isTurned ? turned(found, text) : found;
}

/** Return degrees from whole ten-millionths of a degree; other cells as they are. */
function degrees(text: string): string {
  return /^-?[0-9]+$/.test(text) ? (Number(text) / 1e7).toFixed(7) : text;
}

function shown({ latitude, longitude }: Position): string {
  return `${latitude}, ${longitude}`;
}

/** Put a position into a row if it is on Earth; tell whether it is. */
function put({ incidents }: Batch, i: number, latitude: number, longitude: number): boolean {
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return false;
  incidents.latitude[i] = latitude;
  incidents.longitude[i] = longitude;
  return true;
}
