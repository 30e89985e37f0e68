/** Places whose names begin as a text does, in any script: for whoever is still typing. */

import type { Ledger } from "../ledger";
import { readSpelling, wordsOf } from "./sounds";

const LEAST_LETTERS = 2;
const LEAST_SOUNDS = 3; // of a name in another spelling: fewer sounds begin hundreds of names

/** A place that is offered: `admin` and `adminArabic` are governorate, district and sub-district. */
export interface Offer {
  readonly id: string;
  readonly name: string;
  readonly nameArabic: string | null;
  readonly admin: readonly string[];
  readonly adminArabic: readonly string[];
}

interface Known {
  readonly at: number;
  /** The folded words of a name, one blank before each. */
  readonly words: string;
  readonly sounds: readonly string[];
  readonly variant: boolean;
}

/** What a place was found by, the best first; a variant of its name counts less than its name. */
const [BY_NAME, BY_WORD, BY_SOUND] = [0, 2, 4] as const;
const VARIANT = 1;

export class Completion {
  readonly #known: Known[] = [];

  constructor(private readonly ledger: Ledger) {
    for (let at = 0; at < ledger.length; at++) {
      const main = [ledger.name(at), ledger.name(at, "ar")];
      for (const spelling of ledger.spellings(at)) {
        const variant = !main.includes(spelling);
        for (const name of spelling.split("_")) {
          this.#known.push({ at, words: joined(name), sounds: soundsOf(name), variant });
        }
      }
    }
  }

  /** Return up to so many places, cities and towns first; none of a text that says too little. */
  complete(text: string, limit = 8): Offer[] {
    const asked = joined(text);
    if (asked.length <= LEAST_LETTERS || /[0-9]/.test(asked)) return [];
    const codes = soundsOf(text).filter((code) => code.length >= LEAST_SOUNDS);
    const found = new Map<number, number>();
    for (const { at, words, sounds, variant } of this.#known) {
      const how = words.startsWith(asked)
        ? BY_NAME
        : words.includes(asked)
          ? BY_WORD
          : codes.some((code) => sounds.some((sound) => sound.startsWith(code)))
            ? BY_SOUND
            : null;
      if (how === null) continue;
      const by = how + (variant ? VARIANT : 0);
      if (by < (found.get(at) ?? Infinity)) found.set(at, by);
    }
    const { ledger } = this;
    const name = (at: number): string => ledger.name(at) ?? "";
    const order = ([a, byA]: [number, number], [b, byB]: [number, number]): number =>
      byA - byB || ledger.size(b) - ledger.size(a) || (name(a) < name(b) ? -1 : 1) || a - b;
    return [...found].sort(order).slice(0, limit).map(([at]) => this.#offer(at));
  }

  #offer(at: number): Offer {
    const { ledger } = this;
    const [id, nameArabic] = [ledger.id(at), ledger.name(at, "ar")];
    const units = ledger.admin(at);
    return {
      id,
      name: ledger.name(at) ?? nameArabic ?? id,
      nameArabic,
      admin: units.map((code) => ledger.unitName(code)),
      adminArabic: units.map((code) => ledger.unitName(code, "ar")),
    };
  }
}

/** The sounds of a name in any script, without the vowels, of which spellings differ most. */
function soundsOf(name: string): string[] {
  return readSpelling(name).codes.map((code) => code.replace(/[AEIOU@]/g, ""));
}

function joined(name: string): string {
  return wordsOf(name)
    .map((word) => ` ${word}`)
    .join("");
}
