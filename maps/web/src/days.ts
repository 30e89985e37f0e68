/** Days without a time zone, and their numbers. */

/** ISO 8601, local to the atlas. */
export type Day = string;

const MILLISECONDS = 86_400_000;

/** Return the number of a day, counted from 1970-01-01. */
export function dayNumber(day: Day): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / MILLISECONDS);
}

/** Return the day with this number. */
export function dayOf(number: number): Day {
  return new Date(number * MILLISECONDS).toISOString().slice(0, 10);
}

/** Return the number of a day by its parts; the month counts from 1. */
export function numberOf(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) / MILLISECONDS;
}

/** Return how many days a month has. */
export function monthLength(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
