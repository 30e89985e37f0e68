/** Admin units by the names and P-codes that people write: the twin of `geodata/text/units.py`. */

import { areas } from "grammar/area_names.json";
import { of_units, rule } from "grammar/sounds.json";

import { cleanText, quote, ReadingError } from "./repairs";
import { Codes, numbersOf, readSpelling, wordsOf } from "./sounds";

const SMALL = new Set(of_units.flatMap(wordsOf));

const GOVERNORATE = 4; // signs of its P-code

type Unit = readonly [code: string, name: string, nameArabic: string];

export class Units {
  readonly #names: Codes;
  /** Of which unit each of those names is. */
  readonly #of: number[] = [];
  readonly #coded: ReadonlyMap<string, number>;
  readonly #governorates: string;
  readonly #known = new Map<string, readonly number[]>();

  constructor(readonly all: readonly Unit[]) {
    const spelt: Uint8Array[] = [];
    const more = new Map(areas.map(({ code, names }) => [code, Object.keys(names)]));
    all.forEach(([code, ...names], i) => {
      for (const name of [...names, ...(more.get(code) ?? [])]) {
        for (const one of readSpelling(bare(name)).codes) {
          spelt.push(numbersOf(one));
          this.#of.push(i);
        }
      }
    });
    this.#names = new Codes(spelt);
    this.#coded = new Map(all.map(([code], i) => [code, i]));
    this.#governorates = all.flatMap(([code, name]) => (code.length === GOVERNORATE ? [name] : [])).join(", ");
  }

  /** Return the units of one name; none where none is called so. */
  find(text: string, typo = false): readonly number[] {
    const key = `${typo}${text}`;
    let found = this.#known.get(key);
    if (!found) this.#known.set(key, (found = this.#find(text, typo)));
    return found;
  }

  #find(text: string, typo: boolean): readonly number[] {
    const coded = this.#coded.get(text.toUpperCase());
    if (coded !== undefined) return [coded];
    const far = new Map<number, number>();
    const { codes } = readSpelling(bare(text));
    const most = typo ? rule.unit_typo + rule.unit_typo_ahead : rule.unit + rule.unit_ahead;
    for (const code of codes) {
      this.#names.near(numbersOf(code), most, (at, apart) => {
        const unit = this.#of[at]!;
        far.set(unit, Math.min(far.get(unit) ?? Infinity, apart));
      });
    }
    const best = Math.min(Infinity, ...far.values());
    const upTo = (limit: number): number[] =>
      [...far].flatMap(([unit, apart]) => (apart <= Math.fround(limit) ? [unit] : [])).sort((a, b) => a - b);
    if (best <= rule.unit) return upTo(best + rule.unit_ahead);
    if (!typo || best > rule.unit_typo) return [];
    if (Math.min(...codes.map((code) => code.length)) < rule.short) return [];
    const alike = upTo(best + rule.unit_typo_ahead);
    return new Set(alike.map((i) => this.all[i]![0].slice(0, 4))).size === 1 ? alike : [];
  }

  /** Return the units that texts name together, each narrowing the others; null of none. */
  within(hints: readonly string[]): readonly number[] | null {
    let chosen: readonly number[] | null = null;
    const holds = (outer: number, inner: number): boolean =>
      this.all[inner]![0].startsWith(this.all[outer]![0]);
    for (const hint of hints) {
      const { clean } = cleanText(hint);
      if (!clean) continue;
      const named = this.find(clean, true);
      if (!named.length) {
        throw new ReadingError(
          "expected a governorate, district, sub-district or area beside the name, found " +
            `${quote(clean)}; governorates are: ${this.#governorates || "none known"}`,
          "place",
        );
      }
      if (!chosen) {
        chosen = named;
        continue;
      }
      const before: readonly number[] = chosen;
      const inner = named.filter((unit) => before.some((outer) => holds(outer, unit)));
      const outer = before.filter((unit) => named.some((one) => holds(one, unit)));
      chosen = inner.length ? inner : outer.length ? outer : [...before, ...named];
    }
    return chosen;
  }

  /** Return the units `by` that lie in some units, or are one of them; all where none are. */
  narrowed(units: readonly number[] | null, by: readonly number[]): readonly number[] {
    if (!units) return by;
    return by.filter((unit) => units.some((outer) => this.all[unit]![0].startsWith(this.all[outer]![0])));
  }

  /** Tell whether units are named and none of them is a whole governorate. */
  areNarrow(units: readonly number[] | null): boolean {
    return !!units?.length && units.every((unit) => this.all[unit]![0].length > GOVERNORATE);
  }

  /** Return the codes of units as the beginnings of the codes that lie in them. */
  codes(units: readonly number[]): readonly string[] {
    return units.map((unit) => this.all[unit]![0]);
  }
}

/** Return the name of an admin unit without words such as district and rural. */
function bare(unit: string): string {
  const words = wordsOf(unit);
  return words.filter((word) => !SMALL.has(word)).join(" ") || words.join(" ");
}
