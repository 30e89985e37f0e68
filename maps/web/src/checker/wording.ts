/** Shares and verdicts in words. */

import type { VerdictRecord } from "../engine/fields";
import type { Words } from "../words";

/** The days of a record: one, or from one to another. */
export function daysText(words: Words, record: VerdictRecord): string | null {
  const { first_day: first, last_day: last } = record;
  if (first === null || last === null) return null;
  return first === last ? words.day(first) : words.range(first, last);
}

/** How far a record's place is from the line, and on which side. */
export function distanceText(words: Words, record: VerdictRecord): string | null {
  const { distance_m: metres } = record;
  if (metres === null) return null;
  const side = metres >= 0 ? "inside" : "outside";
  return words.say(`distance.${side}`, { distance: words.length(Math.abs(metres)) });
}
