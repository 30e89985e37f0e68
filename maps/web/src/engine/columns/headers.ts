/** Headers compared by their words: the twin of `geodata/columns/headers/names.py`. */

import { precision_like, survey_marks } from "grammar/headers.json";

import { cleanText, foldCase, foldLetters } from "../text/repairs";

const CUT = 10; // letters of a name in a Shapefile
const SHORT = 7; // letters to which R shortens names for one

/** The headers of a file by their folded names; one that occurs twice names neither. */
export class FileHeaders {
  readonly #folded = new Set<string>();
  readonly #joined = new Map<string, string[]>();

  constructor(readonly headers: readonly string[]) {
    const isSurvey = survey_marks.some((mark) => headers.includes(mark));
    for (const header of headers) {
      // Kobo and ODK put the names of groups in front of that of a question.
      const words = fold(isSurvey ? header.slice(header.lastIndexOf("/") + 1) : header);
      this.#folded.add(words);
      const key = words.replaceAll(" ", "");
      this.#joined.set(key, [...(this.#joined.get(key) ?? []), header]);
    }
  }

  /** Return the one header with this name. */
  get(name: string): string | undefined {
    const found = this.#joined.get(fold(name).replaceAll(" ", "")) ?? [];
    return found.length === 1 ? found[0] : undefined;
  }

  /** Return the one header with this name, which a Shapefile may have cut. */
  cut(name: string): string | undefined {
    for (const form of [name, name.slice(0, CUT), shortened(name)]) {
      const found = this.#joined.get(fold(form).replaceAll(" ", ""));
      if (found) return found.length === 1 ? found[0] : undefined;
    }
    return undefined;
  }

  /** Return the one header with any of these names. */
  one(names: readonly string[]): string | undefined {
    const found = [...new Set(names.flatMap((name) => this.get(name) ?? []))];
    return found.length === 1 ? found[0] : undefined;
  }

  /** Return the one pair (or triple) of headers with any of these groups of names. */
  group(names: readonly (readonly string[])[]): string[] | undefined {
    const found = names.flatMap((group): string[][] => {
      const headers = group.flatMap((name) => this.get(name) ?? []);
      return headers.length === group.length ? [headers] : [];
    });
    const distinct = new Map(found.map((group) => [group.join("\0"), group]));
    return distinct.size === 1 ? found[0] : undefined;
  }

  /** Return pairs of names that end in one of these pairs. */
  endings(endings: readonly (readonly string[])[]): string[][] {
    return [...this.#folded].flatMap((name) =>
      endings.flatMap(([a = "", b = ""]) =>
        name.endsWith(` ${a}`) ? [[name, name.slice(0, -a.length) + b]] : [],
      ),
    );
  }
}

/** Return the words of a header in small letters, one blank between two. */
export function fold(header: string): string {
  const { clean } = cleanText(header.slice(0, 500));
  const apart = clean.replace(/(?<=[a-z])(?=[A-Z][a-z])/g, " ");
  const words = foldCase(foldLetters(apart))
    .replace(/[\s_./:-]+/g, " ")
    .trim();
  return words.replace(/ ?\((wgs ?84|dd|decimal degrees|degrees|°)\)$/, "");
}

/** Tell whether a header looks as if its column said how precise a place or a date is. */
export function looksPrecise(header: string): boolean {
  const words = ` ${fold(header)} `;
  if (precision_like.not.some((word) => words.includes(` ${word} `))) return false;
  const joined = words.replaceAll(" ", "");
  if (precision_like.within.some((part) => joined.includes(part))) return true;
  return precision_like.words.some((word) => words.includes(` ${word} `));
}

/** Return a name as R's `abbreviate` shortens it: small vowels go first, from the end. */
function shortened(name: string): string {
  const letters = [...name];
  for (const gone of [/[aeiou]/, /[a-z]/]) {
    for (let at = letters.length - 1; at > 0 && letters.length > SHORT; at--) {
      if (gone.test(letters[at]!)) letters.splice(at, 1);
    }
  }
  return letters.join("");
}
