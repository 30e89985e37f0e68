/** What is mended in a text before it can be read: `geodata/text/repairs.py`. */

/** One change to a text: its kind as a code, the text before and the text after. */
export interface Repair {
  readonly kind: string;
  readonly before: string;
  readonly after: string;
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
    readonly what: "position" | "date" | "future" | "radius" | "place",
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
const MINUS = /[\u2212\ufe63\uff0d]|(?<![0-9])[\u2010-\u2013](?=[0-9])/gu;

const STEPS: readonly (readonly [kind: string, pattern: RegExp, after: string | null])[] = [
  // Marks of direction, embeddings and overrides, isolates (Unicode Standard Annex 9).
  ["bidi-marks", /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, ""],
  ["zero-width", /[\u00ad\u200b-\u200d\u2060\ufeff]/gu, ""],
  ["nbsp", /[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/gu, " "],
  ["arabic-digits", /[\u0660-\u0669\u06f0-\u06f9]/gu, null],
  ["arabic-decimal", /(?<=[0-9])\u066b(?=[0-9])/gu, "."],
  ["arabic-comma", /\u060c/gu, ","],
  ["arabic-semicolon", /\u061b/gu, ";"],
  ["minus-sign", MINUS, "-"],
];

function plainDigit(digit: string): string {
  const code = digit.charCodeAt(0);
  return String(code - (code < 0x6f0 ? 0x660 : 0x6f0));
}

function squeezed(text: string): string {
  return text.replace(WHITE, " ").replace(/^ | $/g, "");
}

/** Return a text in plain digits, spaces and signs, with one repair for each kind of change. */
export function cleanText(text: string): { clean: string; repairs: Repair[] } {
  const repairs: Repair[] = [];
  if (ASCII.test(text)) return { clean: squeezed(text), repairs };
  for (const [kind, pattern, after] of STEPS) {
    const changed = after === null ? text.replace(pattern, plainDigit) : text.replace(pattern, after);
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

const LETTERS: Readonly<Record<string, string>> = {
  ى: "ي",
  ی: "ي",
  ک: "ك",
  ة: "ه",
  ٱ: "ا",
  ـ: "",
  ı: "i",
};

/** Return a text with letters in one form each: no accents, one alef, one ya, no tatweel. */
export function foldLetters(text: string): string {
  if (ASCII.test(text)) return text;
  let out = "";
  for (const char of text) {
    if (/\p{L}/u.test(char)) {
      for (const part of char.normalize("NFKD").replace(/\p{M}/gu, "")) out += LETTERS[part] ?? part;
    } else if (!/\p{M}/u.test(char)) out += char;
  }
  return out;
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
