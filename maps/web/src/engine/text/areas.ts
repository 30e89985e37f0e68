/**
 * Names of areas and admin units, which this engine tells from settlements and does not judge: the
 * twin of `find_area` in `geodata/columns/named/areas.py`.
 */

import { names as limits } from "grammar/limits.json";
import { areas, rule, unit_levels } from "grammar/sounds.json";

import { cleanText } from "./repairs";
import { Codes, numbersOf, readSpelling, wordsOf } from "./sounds";
import type { Units } from "./units";

const RURAL = new Set(areas.countryside.flatMap(wordsOf));
const ADDED = new Set(areas.added.flatMap(wordsOf));
const LEVELS = Object.values(unit_levels).flat().map(wordsOf);
const SURE = /[,،٫;؛()]/;

interface Key {
  readonly codes: readonly string[];
  readonly qualifiers: number;
  readonly rural: boolean;
}

/** Areas by their names, each with all that it is called. */
export class AreaNames {
  /** The names of areas, and the sub-districts that each has settlements of. */
  readonly #keys: readonly (readonly [key: Key, inside: readonly number[]])[];
  readonly #codes: Codes;
  /** Of which key each of those codes is. */
  readonly #of: readonly number[];

  constructor(
    lines: readonly string[],
    private readonly units: Units,
  ) {
    this.#keys = lines.flatMap((line) => {
      const [inside = "", ...names] = line.split("\t");
      const units = inside ? inside.split(",").map(Number) : [];
      return names.map((name) => [keyOf(name), units] as const);
    });
    this.#codes = new Codes(this.#keys.flatMap(([{ codes }]) => codes.map(numbersOf)));
    this.#of = this.#keys.flatMap(([{ codes }], i) => codes.map(() => i));
  }

  /** Tell whether a text names an area, or an admin unit as such (`Harim district`) or by its code. */
  has(text: string): boolean {
    const parts = partsOf(text);
    const said = parts.filter((part) => !wordsOf(part).every((word) => ADDED.has(word)));
    const [asked = "", ...within] = said.length ? said : parts;
    if (!asked || within.length >= limits.parts || !within.every((part) => this.units.find(part).length)) return false;
    const overlaps = (inside: readonly number[]): boolean =>
      within.every((part) => this.units.narrowed(this.units.find(part), inside).length);
    return this.#called(asked).some(overlaps) || this.#namesUnit(asked);
  }

  /**
   * Return a name of a settlement without the area that stands beside it (`Saqba, Eastern Ghouta`),
   * and the codes of the sub-districts that the area has settlements of.
   */
  parted(
    text: string,
    isSettlement: (name: string) => boolean,
  ): readonly [name: string, within: readonly string[]] {
    const parts = partsOf(text);
    if (parts.length > limits.parts) return [text, []];
    for (let i = 1; parts.length > 1 && i <= parts.length; i++) {
      const at = i % parts.length; // the first comes last
      if (at === 0 && isSettlement(parts[0]!)) break;
      const units = this.units.find(parts[at]!);
      const areas = this.#called(parts[at]!).filter(
        (inside) => !units.length || !this.units.narrowed(units, inside).length,
      );
      if (!areas.length) continue;
      const codes = areas.flatMap((inside) => this.units.codes(inside));
      const rest = at && units.length ? parts : parts.filter((_, other) => other !== at);
      return [rest.join(", "), codes];
    }
    return [text, []];
  }

  #called(asked: string): (readonly number[])[] {
    const { codes, qualifiers, rural } = keyOf(asked);
    const found = new Set<number>();
    const compare = (at: number, far: number): void => {
      const one = this.#of[at]!;
      const [key] = this.#keys[one]!;
      if (far <= Math.fround(rule.namesake) && key.qualifiers === qualifiers && key.rural === rural) found.add(one);
    };
    for (const code of codes) this.#codes.near(numbersOf(code), rule.namesake, compare);
    return [...new Set([...found].sort((a, b) => a - b).map((one) => this.#keys[one]![1]))];
  }

  #namesUnit(asked: string): boolean {
    const found = this.units.find(asked).map((unit) => this.units.all[unit]![0]);
    if (found.includes(asked.toUpperCase())) return true;
    const words = new Set(wordsOf(asked));
    return found.length > 0 && LEVELS.some((level) => level.every((word) => words.has(word)));
  }
}

function partsOf(text: string): string[] {
  return cleanText(text).clean.split(SURE).map((part) => part.trim()).filter(Boolean);
}

/** Return the codes of a name without words for areas, its qualifiers, whether countryside. */
function keyOf(text: string): Key {
  const words = wordsOf(text);
  const rest = words.filter((word) => !RURAL.has(word) && !ADDED.has(word));
  const { codes, qualifiers } = readSpelling((rest.length ? rest : words).join(" "));
  return { codes, qualifiers, rural: words.some((word) => RURAL.has(word)) };
}
