/** Shares and verdicts in words. */

import type { Place } from "../engine/text/names";
import type { VerdictRecord } from "../engine/fields";
import type { Words } from "../words";

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

type Named = Pick<Place, "id" | "name" | "nameArabic">;

/** The name of a settlement in the script of the page. */
export function nameOf(place: Named, words: Words): string {
  return words.lang === "ar" && place.nameArabic ? place.nameArabic : place.name;
}

/** A settlement as text that means it alone: its name, and its code. */
export function codedName(place: Named, words: Words): string {
  return `${nameOf(place, words)} (${place.id})`;
}

/** Return the code of a text that `codedName` made; null where there is none. */
export function codeIn(text: string): string | null {
  return /\((\p{L}\d{3,})\)$/u.exec(text)?.[1] ?? null;
}
