/** Shares and verdicts in words. */

import type { VerdictRecord } from "../engine/fields";
import type { Words } from "../words";

/** A share in whole per cent; only a true 0 or 1 is called 0 % or 100 %. */
export function shareText(words: Words, share: number): string {
  const whole = Math.round(share * 100);
  const say = (key: string, value: number): string =>
    words.say(`units.${key}`, { share: words.number(value) });
  if (whole === 0 && share !== 0) return say("less", 1);
  if (whole === 100 && share !== 1) return say("more", 99);
  return say("share", whole);
}

/** The days of a record: one, or from one to another. */
export function daysText(words: Words, record: VerdictRecord): string | null {
  const { first_day: first, last_day: last } = record;
  if (first === null || last === null) return null;
  return words.days(first, last);
}

/** How far a record's place is from the line, and on which side. */
export function distanceText(words: Words, record: VerdictRecord): string | null {
  const { distance_m: metres } = record;
  if (metres === null) return null;
  const side = metres >= 0 ? "inside" : "outside";
  return words.say(`distance.${side}`, { distance: words.length(Math.abs(metres)) });
}
