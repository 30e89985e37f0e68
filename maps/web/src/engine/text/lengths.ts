/** Lengths as people write them: `geodata/text/lengths.py`. */

import { radius_m } from "grammar/limits.json";
import * as words from "grammar/words.json";

import { cleanText, eitherCase, quote, ReadingError } from "./repairs";

/** Beyond this a disc says nothing about a place. */
export const LARGEST_RADIUS = radius_m;

const METRES = new Map(
  words.lengths.flatMap(({ metres, spellings }) => spellings.map((unit) => [unit, metres])),
);
const LENGTH = new RegExp(
  `^([0-9]+(?:\\.[0-9]+)?) ?(${[...METRES.keys()].map(eitherCase).join("|")})?$`,
  "u",
);

/** Return the metres in the unit that the header of a column ends in; undefined where in none. */
export function unitOf(header: string): number | undefined {
  const words = cleanText(header).clean.match(/\p{L}+/gu) ?? [];
  return words.length > 1 ? METRES.get(words.at(-1)!.toLowerCase()) : undefined;
}

/**
 * Return a radius in metres, from 0 to 100 km; text is a number and its unit, like 2km.
 *
 * A bare number is in units of so many metres.
 */
export function readRadius(value: string | number, bare = 1): number {
  let metres: number;
  if (typeof value === "string") {
    const match = LENGTH.exec(cleanText(value).clean);
    const unit = match?.[2] === undefined ? bare : METRES.get(match[2].toLowerCase());
    if (!match || unit === undefined) {
      throw new ReadingError(
        `expected a radius like 500m or 2km, found ${quote(value)}; write a number with m or km.`,
        "radius",
      );
    }
    metres = Number(match[1]) * unit;
  } else metres = value * bare;
  if (!(metres >= 0 && metres <= LARGEST_RADIUS)) {
    throw new ReadingError(
      `expected a radius from 0 to ${LARGEST_RADIUS / 1000} km, found ${quote(value)}; ` +
        "give a smaller one, or leave the place out if it is not known.",
      "radius",
    );
  }
  return metres;
}
