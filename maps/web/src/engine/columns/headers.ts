/** Headers compared by their words: the twin of `geodata/columns/headers/names.py`. */

import { dashed_marks, longitude_first, precision_like, survey_marks, utc } from "grammar/headers.json";

import { cleanText, foldCase, foldLetters } from "../text/repairs";

const CUT = 10; // letters of a name in a Shapefile
const PARTS = ["latitude", "longitude", "altitude", "accuracy"]; // of ODK's point, behind its name
const SHORT = 7; // letters to which R shortens names for one

/** The headers of a file by their folded names; one that occurs twice in it names neither. */
export class FileHeaders {
  readonly #folded = new Set<string>();
  readonly #joined = new Map<string, string[]>();

  /** `written` is how they stand in the file, where one may occur twice. */
  constructor(
    readonly headers: readonly string[],
    written: readonly string[] = headers,
  ) {
    const isSurvey = survey_marks.some((mark) => headers.includes(mark));
    const isDashed = dashed_marks.every((mark) => headers.includes(mark));
    for (const [i, header] of headers.entries()) {
      // Kobo and ODK put the names of groups in front of that of a question.
      const own = written[i] ?? header;
      const words = fold(isSurvey ? own.slice(own.lastIndexOf("/") + 1) : own);
      this.#folded.add(words);
      const question = fold(own.slice(own.lastIndexOf("-") + 1));
      const isAlso = isDashed && question !== words && !PARTS.includes(question);
      for (const name of isAlso ? [words, question] : [words]) {
        const key = name.replaceAll(" ", "");
        this.#joined.set(key, [...(this.#joined.get(key) ?? []), header]);
      }
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

  /** Return every header with one of these names, each once. */
  all(names: readonly string[]): string[] {
    const found = names.flatMap((name) => this.#joined.get(fold(name).replaceAll(" ", "")) ?? []);
    return [...new Set(found)];
  }

  /** Return the first header that alone has one of these names, in their order. */
  first(names: readonly string[]): string | undefined {
    return names.map((name) => this.get(name)).find((header) => header !== undefined);
  }

  /** Return the headers of every pair (or triple) of names that are all there. */
  groups(names: readonly (readonly string[])[]): string[][] {
    const found = names.flatMap((group) =>
      group.reduce<string[][]>(
        (rows, name) => rows.flatMap((row) => this.all([name]).map((header) => [...row, header])),
        [[]],
      ),
    );
    return [...new Map(found.map((group) => [group.join("\0"), group])).values()];
  }

  /** Return the headers of folded pairs that are both there. */
  pairsOf(folded: readonly (readonly string[])[]): string[][] {
    return folded.flatMap((group) => {
      const headers = group.flatMap((name) => this.get(name) ?? []);
      return headers.length === group.length ? [headers] : [];
    });
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

  /** Return pairs of names like `lat corrected` and `lat2`. */
  beginnings(beginnings: readonly (readonly string[])[]): string[][] {
    return [...this.#folded].flatMap((name) =>
      beginnings.flatMap(([a = "", b = ""]) =>
        name.startsWith(a) && /^[ 0-9]/.test(name.slice(a.length)) ? [[name, b + name.slice(a.length)]] : [],
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

/** Return the words of a header between blanks, without brackets and other signs. */
export function wordsOf(header: string): string {
  return ` ${(fold(header).match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).join(" ")} `;
}

/** Tell whether a header says that the times of its column are in UTC. */
export function saysUtc(header: unknown): boolean {
  return typeof header === "string" && utc.some((word) => wordsOf(header).includes(` ${word} `));
}

/** Tell whether a header says that a plain pair is a longitude, then a latitude. */
export function longitudeFirst(header: unknown): boolean {
  return typeof header === "string" && longitude_first.some((words) => wordsOf(header).includes(` ${words} `));
}

const WORDS = Object.fromEntries(
  Object.entries(precision_like).map(([key, words]) => [key, new Set(words.map(fold))]),
) as unknown as Readonly<Record<keyof typeof precision_like, ReadonlySet<string>>>;
const MOST_CODES = 12; // different values of a column of codes

/** Tell whether a header looks as if its column said how precise a place or a date is. */
export function looksPrecise(header: string): boolean {
  const words = ` ${fold(header)} `;
  const says = (some: ReadonlySet<string>): boolean => [...some].some((word) => words.includes(` ${word} `));
  if (says(WORDS.not)) return false;
  const joined = words.replaceAll(" ", "");
  return [...WORDS.within].some((part) => joined.includes(part)) || says(WORDS.words) || pairs(words, WORDS.how);
}

/** Tell whether folded words are of a place or a date, and of how it is known. */
function pairs(words: string, how: ReadonlySet<string>): boolean {
  const said = words.split(" ");
  return said.some((word) => how.has(word) && said.some((one) => one !== word && WORDS.about.has(one)));
}

/** Tell whether a column's different cells are words for how precise a place is. */
export function saysPrecision(header: string, cells: ReadonlySet<string>): boolean {
  const found = new Set([...cells].map(fold));
  if (!found.size || found.size > MOST_CODES) return false;
  const plain = (cell: string): boolean => WORDS.cells.has(cell) || WORDS.more_cells.has(cell);
  if ([...found].every(plain) && [...found].some((cell) => WORDS.cells.has(cell))) return true;
  if (!pairs(` ${fold(header)} `, WORDS.perhaps) && !isCut(header)) return false;
  return (
    [...found].some((cell) => cell.split(" ").some((word) => WORDS.telling.has(word))) ||
    [...found].every((cell) => plain(cell) || WORDS.with_header.has(cell) || /^[0-9]$/.test(cell))
  );
}

/** Tell whether a Shapefile may have cut a name for how precise a place or a date is. */
function isCut(header: string): boolean {
  const words = fold(header).split(" ");
  const last = words.pop() ?? "";
  return (
    header.length === CUT &&
    precision_like.cut.some((word) => word.startsWith(last)) &&
    words.some((word) => WORDS.about.has(word))
  );
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
