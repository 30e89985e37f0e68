/** Lengths as people write them: `geodata/text/lengths.py`. */

import { cleanText, quote, ReadingError } from "./repairs";

/** Beyond this a disc says nothing about a place. */
export const LARGEST_RADIUS = 100_000;

const LENGTH = /^([0-9]+(?:\.[0-9]+)?) ?(m|km|كم|م|км|м)?$/iu;
const METRES: Readonly<Record<string, number>> = { m: 1, م: 1, м: 1, km: 1000, كم: 1000, км: 1000 };

/** Return a radius in metres, from 0 to 100 km; text is a number and its unit, like 2km. */
export function readRadius(value: string | number): number {
  let metres: number;
  if (typeof value === "string") {
    const match = LENGTH.exec(cleanText(value).clean);
    const unit = METRES[(match?.[2] ?? "m").toLowerCase()];
    if (!match || unit === undefined) {
      throw new ReadingError(
        `expected a radius like 500m or 2km, found ${quote(value)}; write a number with m or km.`,
        "radius",
      );
    }
    metres = Number(match[1]) * unit;
  } else metres = value;
  if (!(metres >= 0 && metres <= LARGEST_RADIUS)) {
    throw new ReadingError(
      `expected a radius from 0 to ${LARGEST_RADIUS / 1000} km, found ${quote(value)}; ` +
        "give a smaller one, or leave the place out if it is not known.",
      "radius",
    );
  }
  return metres;
}
