/** What a position is, and how one that cannot be is refused: the twin of `geodata/text/position.py`. */

import { characters, degrees } from "grammar/limits.json";

import { GRIDS as GRID_NOTATIONS, type Notation } from "../../generated/codes";
import { quote, ReadingError, type Repair } from "./repairs";

export type { Notation };

export type Axis = "latitude" | "longitude";
/** What a comma between two digits is, where that is stated or proved. */
export type Decimal = "." | "," | null;

/** Notations that are no pair of axes, and cannot be the other way round. */
export const GRIDS: readonly Notation[] = GRID_NOTATIONS;

/** A place in degrees, how it was written, and what was mended to read it. */
export interface Position {
  readonly longitude: number;
  readonly latitude: number;
  readonly notation: Notation;
  readonly repairs: readonly Repair[];
  /** The radius in metres that the notation itself implies; null where it says nothing. */
  readonly extent: number | null;
}

export const LONGEST = characters.position;
export const LIMITS: Readonly<Record<Axis, number>> = degrees;
export const WRITE = "write it like '35.9306 N, 36.6339 E'";
export const NUMBER = /^[+-]?[0-9]+(?:\.[0-9]+)?$/;

/** Throw the error that says why a text is no position, and what to write instead. */
export function refuse(text: unknown, why: string, write = WRITE): never {
  throw new ReadingError(
    `expected a latitude and a longitude, found ${quote(text)}: ${why}; ${write}`,
    "position",
  );
}

/** Throw the error that shows two readings; `clear` are all of them, each read in one way alone. */
export function twoWays(
  text: unknown,
  readings: readonly string[],
  clear: readonly string[] = [],
  write = WRITE,
): never {
  throw new ReadingError(
    `expected one position, found ${quote(text)}, which can be read in two ways: ` +
      `${readings[0]} or ${readings[1]}; ${write}`,
    "position",
    true,
    () => clear,
  );
}

/** Return degrees for an error message, to a decimetre. */
export function showNumber(value: number): string {
  return value.toFixed(6).replace(/0+$/, "").replace(/\.$/, "");
}

/** Return a position for an error message. */
export function showPair(latitude: number, longitude: number): string {
  return `latitude ${showNumber(latitude)}, longitude ${showNumber(longitude)}`;
}

/** Return the position if it is on Earth. */
export function onEarth(
  longitude: number,
  latitude: number,
  notation: Notation,
  text: unknown,
  repairs: readonly Repair[] = [],
  extent: number | null = null,
): Position {
  const why = offEarth(latitude, longitude);
  if (why) refuse(text, why);
  return { longitude, latitude, notation, repairs, extent };
}

/** Say why this is no position, or null; NaN and infinities are outside of every range. */
export function offEarth(latitude: number, longitude: number): string | null {
  for (const [name, value] of [
    ["latitude", latitude],
    ["longitude", longitude],
  ] as const) {
    const limit = LIMITS[name];
    if (value >= -limit && value <= limit) continue;
    const swapped = name === "latitude" && Math.abs(value) <= 180 && Math.abs(longitude) <= 90;
    const hint = swapped ? " (are the two swapped?)" : "";
    return `${name} ${value} is not within -${limit}..${limit}${hint}`;
  }
  return null;
}
