/**
 * Positions as people write them, read in the one way they can be meant, or refused.
 *
 * The twin of `geodata/text/coordinates.py`: the same grammar, the same refusals.
 */

import { angleNotation, fearedPair, readAngles, readCell } from "./angles";
import { FORMS } from "./notations";
import {
  type Decimal,
  LONGEST,
  NUMBER,
  onEarth,
  type Position,
  refuse,
  showNumber,
  twoWays,
} from "./position";
import { characters, cleanText, quote, ReadingError } from "./repairs";

// The common case, without the grammar.
const PLAIN = /^ *([+-]?[0-9]{1,3}\.[0-9]+)(?: *[,;] *| +)([+-]?[0-9]{1,3}\.[0-9]+) *$/;

// A fraction of a degree has no minutes behind it: here the colon can only separate.
const COLON = /^([+-]?[0-9]{1,2}\.[0-9]+) ?: ?([+-]?[0-9]{1,3}\.[0-9]+)$/;

/** Return the position that a text names; a plain pair is latitude, then longitude. */
export function readPosition(text: string, decimal: Decimal = null): Position {
  const plain = PLAIN.exec(text);
  if (plain) return onEarth(Number(plain[2]), Number(plain[1]), "decimal", text);
  if (text.length > LONGEST && characters(text) > LONGEST) {
    refuse(text, `it has ${characters(text)} characters`);
  }
  const cleaned = cleanText(text);
  const { repairs } = cleaned;
  if (!cleaned.clean) refuse(text, "it is empty");
  const clean = cleaned.clean.replace(COLON, "$1, $2");
  for (const [pattern, read] of FORMS) {
    const match = pattern.exec(clean);
    if (!match) continue;
    const found = read(match, text);
    return { ...found, repairs: [...repairs, ...found.repairs] };
  }
  return readAngles(text, clean, repairs, decimal);
}

const PAIRS: readonly string[] = ["decimal", "decimal-comma", "dms"];

/** Return what was read of a pair whose column says that its longitude comes first. */
export function turned(found: Position, text: string): Position {
  if (!PAIRS.includes(found.notation) || /\p{L}/u.test(text)) return found;
  return onEarth(found.latitude, found.longitude, found.notation, text, found.repairs);
}

/** Return the position given by a latitude and a longitude from two cells. */
export function readPair(
  latitude: string | number,
  longitude: string | number,
  decimal: Decimal = null,
): Position {
  const [north, northRepairs] = readCell("latitude", latitude, decimal);
  const [east, eastRepairs] = readCell("longitude", longitude, decimal);
  const shown = `${latitude} / ${longitude}`;
  const feared = decimal === null ? fearedPair([north, east]) : null;
  if (feared) {
    const read = `${showNumber(north.value)}, ${showNumber(east.value)}`;
    twoWays(shown, [read, feared.join(", ")]);
  }
  return onEarth(east.value, north.value, angleNotation(north, east), shown, [
    ...northRepairs,
    ...north.repairs,
    ...eastRepairs,
    ...east.repairs,
  ]);
}

/** Return the position of one ODK or Kobo geopoint: latitude, longitude, altitude, accuracy. */
export function readGeopoint(text: string): Position {
  const { clean, repairs } = cleanText(text);
  const parts = clean.split(" ");
  if (parts.length < 2 || parts.length > 4 || !parts.every((part) => NUMBER.test(part))) {
    throw new ReadingError(
      `expected a geopoint of two to four plain numbers, found ${quote(text)}; ` +
        "write 'latitude longitude altitude accuracy' with blanks between",
      "position",
    );
  }
  const accuracy = parts.length === 4 ? Number(parts[3]) : null;
  if (accuracy !== null && !(accuracy >= 0 && accuracy < Infinity)) {
    refuse(text, `an accuracy of ${parts[3]} m is not possible`);
  }
  return onEarth(Number(parts[1]), Number(parts[0]), "geopoint", text, repairs, accuracy);
}

const COMMA_NUMBER = /(?<![0-9.,])[0-9]{1,3},([0-9]+)(?![0-9.,])/g;

/** Return the decimal mark that a column of single angles proves, or null. */
export function columnDecimal(values: Iterable<unknown>): Decimal {
  const found = new Set<"," | ".">();
  for (const value of values) {
    if (typeof value !== "string") continue;
    const { clean } = cleanText(value);
    if (/[0-9]\.[0-9]/.test(clean)) found.add(".");
    for (const [, fraction] of clean.matchAll(COMMA_NUMBER)) {
      if (fraction!.length > 2 || Number(fraction!.padEnd(2, "0")) >= 60) found.add(",");
    }
  }
  return found.size === 1 ? [...found][0]! : null;
}

// -- a place and a date in one text, as people paste them ----------------------------------------

const LONGEST_PASTED = 200;
const MOST_WORDS = 12;
const TOKEN = /[^\s,،;؛]+/gu;
const YEAR = /(?<!\p{Nd})\p{Nd}{4}(?!\p{Nd})/u;
const BEFORE_IT = /^[ \t\r\n,،;؛:()]+/u;
const AFTER_IT = /[ \t\r\n,،;؛:()\-–—]+$/u;

/**
 * Return the place and the date of "Hamouria, 12 March 2018"; null where a text has not both.
 *
 * The date is the longest that ends the text, else the longest that begins it; it has at most 12
 * words, and a year of four digits.
 */
export function placeAndDate(text: string, isDate: (text: string) => boolean): [string, string] | null {
  if (text.length > LONGEST_PASTED || !YEAR.test(text)) return null;
  const inner = [...text.matchAll(TOKEN)].slice(1).map(({ index }) => index);
  const ends = inner.slice(-MOST_WORDS).map((at) => [text.slice(0, at), text.slice(at)] as const);
  const begins = inner.slice(0, MOST_WORDS).reverse().map((at) => [text.slice(at), text.slice(0, at)] as const);
  for (const [place, when] of [...ends, ...begins]) {
    const date = trimmed(when).replace(/^[-–— ]+/u, "");
    if (YEAR.test(date) && isDate(date)) return [trimmed(place), date];
  }
  return null;
}

function trimmed(text: string): string {
  return text.replace(BEFORE_IT, "").replace(AFTER_IT, "");
}
