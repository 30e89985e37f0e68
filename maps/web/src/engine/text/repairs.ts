/** What is mended in a text before it can be read: `geodata/text/repairs.py`. */

import { one_case, one_form, repairs as mended } from "grammar/letters.json";

/** One change to a text: its kind as a code, the text before and the text after. */
export interface Repair {
  readonly kind: string;
  readonly before: string;
  readonly after: string;
  /** The same with names in Arabic, where there are such. */
  readonly arabic?: string;
}

/**
 * A text that cannot be read, or that can be read in two ways (`ambiguous`).
 *
 * The message says what was expected, what was found and what to do.
 */
export class ReadingError extends Error {
  override readonly name: string = "ReadingError";

  constructor(
    message: string,
    readonly what: "position" | "date" | "future" | "radius" | "place" | "area" | "question",
    readonly ambiguous = false,
    /** What the text can mean, each written so that it means nothing else; found when asked for. */
    readonly readings: () => readonly string[] = () => [],
  ) {
    super(message);
  }
}

// Python's `str.split` without arguments.
const WHITE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu;
// eslint-disable-next-line no-control-regex
const ASCII = /^[\x00-\x7f]*$/;

const STEPS = mended.map(({ kind, pattern, becomes }) => ({
  kind,
  pattern: new RegExp(pattern, "gu"),
  becomes,
}));

function plainDigit(digit: string): string {
  return String(digit.charCodeAt(0) & 0xf); // U+0660 to U+0669, U+06F0 to U+06F9
}

function squeezed(text: string): string {
  return text.replace(WHITE, " ").replace(/^ | $/g, "");
}

/** Return a text in plain digits, spaces and signs, with one repair for each kind of change. */
export function cleanText(text: string): { clean: string; repairs: Repair[] } {
  const repairs: Repair[] = [];
  if (ASCII.test(text)) return { clean: squeezed(text), repairs };
  for (const { kind, pattern, becomes } of STEPS) {
    const changed =
      becomes === "digit" ? text.replace(pattern, plainDigit) : text.replace(pattern, becomes);
    if (changed !== text) {
      repairs.push({ kind, before: text, after: changed });
      text = changed;
    }
  }
  return { clean: squeezed(text), repairs };
}

/** Return a code of a table in plain signs; `3.0` is how many programs write a 3. */
export function readCode(text: string): string {
  return cleanText(text).clean.replace(/^([0-9]+)\.0+$/, "$1");
}

const ONE_FORM = new Map(Object.entries(one_form));

/** Return a text with letters in one form each: no accents, one alef, one ya, no tatweel. */
export function foldLetters(text: string): string {
  if (ASCII.test(text)) return text;
  let out = "";
  for (const char of text) {
    if (/\p{L}/u.test(char)) {
      for (const part of char.normalize("NFKD").replace(/\p{M}/gu, "")) out += ONE_FORM.get(part) ?? part;
    } else if (!/\p{M}/u.test(char)) out += char;
  }
  return out;
}

/** Return a text in small letters: `fold_case` of Python. */
export function foldCase(text: string): string {
  let small = text.toLowerCase();
  for (const [letter, other] of Object.entries(one_case)) {
    small = small.replaceAll(letter, other);
  }
  return small;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\-]/g, "\\$&");
}

/**
 * Return a pattern of a word in capitals, small letters or both, and of nothing else.
 *
 * The flags `iu` would match the kelvin sign for k, the long s for s, and more like these.
 */
export function eitherCase(word: string): string {
  return [...word]
    .map((char) => {
      const [small, large] = [char.toLowerCase(), char.toUpperCase()];
      return small === large ? escaped(char) : `[${small}${large}]`;
    })
    .join("");
}

/** Return a text for an error message: quoted, short, unseen signs spelt out. */
export function quote(text: unknown, limit = 60): string {
  let shown = typeof text === "string" ? text : String(text);
  if (shown.length > limit) shown = `${shown.slice(0, limit - 1)}…`;
  const spelt = shown.replace(
    /[\p{C}\p{Zl}\p{Zp}\\]|(?! )\p{Zs}/gu,
    (sign) => (sign === "\\" ? "\\\\" : `\\u${sign.codePointAt(0)!.toString(16).padStart(4, "0")}`),
  );
  return spelt.includes("'") && !spelt.includes('"')
    ? `"${spelt}"`
    : `'${spelt.replaceAll("'", "\\'")}'`;
}

/** Return the length of a text in characters, as Python counts them. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
