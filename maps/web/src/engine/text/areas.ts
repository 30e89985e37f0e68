/**
 * Names of areas and admin units, which this engine tells from settlements and does not judge: the
 * twin of `find_area` in `geodata/columns/named/areas.py`.
 */

import { areas, rule, unit_levels } from "grammar/sounds.json";

import { cleanText } from "./repairs";
import { distance, numbersOf, readSpelling, wordsOf } from "./sounds";
import type { Units } from "./units";

const RURAL = new Set(areas.countryside.flatMap(wordsOf));
const ADDED = new Set(areas.added.flatMap(wordsOf));
const LEVELS = Object.values(unit_levels).flat().map(wordsOf);
const SURE = /[,،٫;؛()]/;

interface Key {
  readonly codes: readonly Uint8Array[];
  readonly qualifiers: number;
  readonly rural: boolean;
}

/** Areas by their names, each with all that it is called. */
export class AreaNames {
  readonly #keys: readonly Key[];

  constructor(
    names: readonly (readonly string[])[],
    private readonly units: Units,
  ) {
    this.#keys = names.flat().map(keyOf);
  }

  /** Tell whether a text names an area, or an admin unit as such (`Harim district`) or by its code. */
  has(text: string): boolean {
    const [asked = "", ...within] = cleanText(text).clean.split(SURE).map((part) => part.trim()).filter(Boolean);
    if (!asked || !within.every((part) => this.units.find(part).length)) return false;
    const own = keyOf(asked);
    return this.#keys.some((key) => alike(own, key)) || this.#namesUnit(asked);
  }

  #namesUnit(asked: string): boolean {
    const found = this.units.find(asked).map((unit) => this.units.all[unit]![0]);
    if (found.includes(asked.toUpperCase())) return true;
    const words = new Set(wordsOf(asked));
    return found.length > 0 && LEVELS.some((level) => level.every((word) => words.has(word)));
  }
}

/** Return the codes of a name without words for areas, its qualifiers, whether countryside. */
function keyOf(text: string): Key {
  const words = wordsOf(text);
  const rest = words.filter((word) => !RURAL.has(word) && !ADDED.has(word));
  const { codes, qualifiers } = readSpelling((rest.length ? rest : words).join(" "));
  return { codes: codes.map(numbersOf), qualifiers, rural: words.some((word) => RURAL.has(word)) };
}

function alike(one: Key, other: Key): boolean {
  if (one.qualifiers !== other.qualifiers || one.rural !== other.rural) return false;
  const limit = Math.fround(rule.namesake);
  return one.codes.some((code) => other.codes.some((each) => distance(code, each, limit) <= limit));
}
