/** A place and a date in one text, as people paste them: `geodata/text/place_and_date.py`. */

const LONGEST = 200;
const TOKEN = /[^\s,،;؛]+/gu;
const YEAR = /(?<!\p{Nd})\p{Nd}{4}(?!\p{Nd})/u;
const BEFORE = /^[ \t\r\n,،;؛:()]+/u;
const AFTER = /[ \t\r\n,،;؛:()\-–—]+$/u;

/**
 * Return the place and the date of "Hamouria, 12 March 2018"; null where a text has not both.
 *
 * The date is the longest that ends the text, else the longest that begins it, and has a year of
 * four digits.
 */
export function placeAndDate(text: string, isDate: (text: string) => boolean): [string, string] | null {
  if (text.length > LONGEST || !YEAR.test(text)) return null;
  const inner = [...text.matchAll(TOKEN)].slice(1).map(({ index }) => index);
  const ends = inner.map((at) => [text.slice(0, at), text.slice(at)] as const);
  const begins = inner.reverse().map((at) => [text.slice(at), text.slice(0, at)] as const);
  for (const [place, when] of [...ends, ...begins]) {
    const date = trimmed(when).replace(/^[-–— ]+/u, "");
    if (YEAR.test(date) && isDate(date)) return [trimmed(place), date];
  }
  return null;
}

function trimmed(text: string): string {
  return text.replace(BEFORE, "").replace(AFTER, "");
}
