/** Spellings of names as codes of sounds, and how far apart two are: `geodata/text/sounds.py`. */

import * as table from "grammar/sounds.json";

import { cleanText, foldCase, foldLetters } from "./repairs";

// Costs are in hundredths while they are summed.
const ANOTHER_SOUND = 100;
const LEFT_OUT = 95;
const READINGS = 4;

const SYMBOLS = [...(table.arabic + table.latin + table.digits)];
const NUMBER = new Map(SYMBOLS.map((symbol, i) => [symbol, i + 1]));
const ARABIC = /[\u0600-\u06ff]/;
const SIGNS = /['`´‘’ʻʼʾʿˈʹ′]/gu;
const SIGNED = new Map(Object.entries(table.signed));
const CYRILLIC = new Map(Object.entries(table.cyrillic));
const SAME = new Map(Object.entries(table.arabic_as));
const SOUNDS = new Map(Object.entries(table.latin_as));
const LATIN = new RegExp([...SOUNDS.keys()].sort((a, b) => b.length - a.length).join("|"), "g");
const GLUED = /^(?:al|el|ul|il)(.{3,})$/u;

/** One spelling, reduced: its codes (one a reading) and its qualifiers, one bit each. */
export interface Spelling {
  readonly codes: readonly string[];
  readonly qualifiers: number;
}

function mapped(text: string, letters: ReadonlyMap<string, string>): string {
  let out = "";
  for (const letter of text) out += letters.get(letter) ?? letter;
  return out;
}

function folded(text: string): string {
  const lowered = foldCase(text.replaceAll("İ", "i")).replace(SIGNS, "");
  return mapped(foldLetters(mapped(mapped(lowered, SIGNED), CYRILLIC)), SAME);
}

function withoutArticle(word: string): string {
  return word.startsWith("ال") && word.length > 4 ? word.slice(2) : word;
}

/** Return a word without its article, however its ending is written (sharqia, sharqiyyeh). */
function endingApart(word: string): string {
  return ARABIC.test(word) ? withoutArticle(word) : latinCode(word, true);
}

/** Return a text with every doubled letter once (villlage). */
function single(text: string): string {
  return text.replace(/(\D)\1+/gu, "$1");
}

const ARTICLES = new Set(table.articles.map(folded));
const GENERIC = new Set(table.generic.map((word) => single(withoutArticle(folded(word)))));
const QUALIFIERS = new Map(
  Object.values(table.qualifiers).flatMap((words, i) =>
    words.map((word) => [endingApart(folded(word)), 1 << i] as const),
  ),
);

/**
 * Return the words of a name, folded: no accents, no signs, hyphens and brackets as spaces.
 *
 * Numbers are words; one in other signs than plain digits (①, ½) is a `#`, which no name has.
 */
export function wordsOf(text: string): string[] {
  const plain = folded(cleanText(text).clean).replace(/(?![0-9])\p{N}/gu, "#");
  return plain.match(/\p{L}+|[0-9#]+/gu) ?? [];
}

const known = new Map<string, Spelling>();

/** Return the codes and qualifiers of one spelling; no codes where it has no letters. */
export function readSpelling(text: string): Spelling {
  let found = known.get(text);
  if (!found) known.set(text, (found = spellingOf(text)));
  return found;
}

function spellingOf(text: string): Spelling {
  const all = wordsOf(text);
  let named = all.filter((word) => !GENERIC.has(single(withoutArticle(word))));
  if (!named.length) named = all;
  named = named.filter((word, i) => !isArticle(word, named[i + 1] ?? ""));
  let base: string[] = [];
  let qualifiers = 0;
  for (const word of named) {
    const glued = GLUED.exec(word)?.[1];
    const bit = QUALIFIERS.get(endingApart(word)) ?? QUALIFIERS.get(endingApart(glued ?? "")) ?? 0;
    if (bit) qualifiers |= bit;
    else base.push(word);
  }
  if (!base.length) [base, qualifiers] = [named, 0];
  let codes = [""];
  base.forEach((word, i) => {
    const readings = codesOf(word, i === base.length - 1);
    codes = codes.slice(0, READINGS).flatMap((code) => readings.map((reading) => code + reading));
  });
  return { codes: [...new Set(codes.map(single))].filter(Boolean), qualifiers };
}

/** Tell whether a word is an article: al, or one that took the sound of the next (ar-Rastan). */
function isArticle(word: string, after: string): boolean {
  if (!ARTICLES.has(word) || !after) return false;
  const end = word.slice(-1);
  return "lль".includes(end) || end === after.slice(0, 1) || word.slice(-2) === after.slice(0, 2);
}

function codesOf(word: string, last: boolean): string[] {
  if (table.digits.includes(word[0]!)) return [word];
  if (ARABIC.test(word)) {
    const bare = word.startsWith("ال") && word.length > 3 ? word.slice(2) : word;
    let code = [...bare].filter((char) => NUMBER.has(char)).join("");
    if (code.endsWith("ه") && code.length > 2) code = `${code.slice(0, -1)}ة`;
    const inner = /^(.{2,})ال(.{3,})$/u.exec(code); // عزالدين, written as one word
    return inner ? [code, inner[1]! + inner[2]!] : [code];
  }
  const glued = GLUED.exec(word)?.[1];
  const readings = [latinCode(word, last)];
  return glued === undefined ? readings : [...readings, latinCode(glued, last)];
}

/** Return the sounds of a Latin word; `@` is the ending that Arabic writes as ta marbuta. */
function latinCode(word: string, last: boolean): string {
  if (!last) word = word.replace(/(?<=[a-z]{3})[ae]t$/, "@");
  word = word.replace(/(?<=[a-z]{2})(iy*|e?yy*)[ae]h?$/, "i@");
  word = word.replace(/(?<=[a-z]{2})[ae]+h?$/, "@");
  return word.replace(/[^a-z@]/g, "").replace(LATIN, (part) => SOUNDS.get(part)!);
}

export function isArabic(code: string): boolean {
  return ARABIC.test(code);
}

// -- the distance ---------------------------------------------------------------------------------

const SIZE = SYMBOLS.length + 1;
const EXCHANGE = new Int32Array(SIZE * SIZE).fill(ANOTHER_SOUND);
for (let i = 0; i < SIZE; i++) EXCHANGE[i * SIZE + i] = 0;
for (const group of Object.values(table.exchange)) {
  for (const [cost, pairs] of Object.entries(group)) {
    for (const [one, other] of pairs as string[]) {
      const [a, b] = [NUMBER.get(one!)!, NUMBER.get(other!)!];
      EXCHANGE[a * SIZE + b] = EXCHANGE[b * SIZE + a] = Math.round(100 * Number(cost));
    }
  }
}
const LEAVE_OUT = new Int32Array(SIZE).fill(LEFT_OUT);
for (const [cost, symbols] of Object.entries(table.leave_out)) {
  for (const symbol of symbols) LEAVE_OUT[NUMBER.get(symbol)!] = Math.round(100 * Number(cost));
}
/** Which class of consonants each symbol is of, a bit each. */
const CLASSES = new Uint16Array(SIZE);
table.classes.forEach((symbols, i) => [...symbols].forEach((symbol) => (CLASSES[NUMBER.get(symbol)!]! |= 1 << i)));

export function numbersOf(code: string): Uint8Array {
  return Uint8Array.from([...code], (char) => NUMBER.get(char)!);
}

/** Return how many bits a number has. */
export function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left; left &= left - 1) count++;
  return count;
}

const SLACK = 1e-3; // more than single precision loses in a limit

/** Codes of many spellings, in the order of their symbols: what begins alike is compared once. */
export class Codes {
  readonly #order: Uint32Array;
  /** How many symbols each in that order has in common with the one before it. */
  readonly #common: Uint8Array;
  readonly #classes: Uint16Array;

  constructor(private readonly codes: readonly Uint8Array[]) {
    this.#order = Uint32Array.from(codes.keys()).sort((a, b) => inOrder(codes[a]!, codes[b]!));
    this.#common = Uint8Array.from(this.#order, (at, k) => (k ? alikeUntil(codes[at]!, codes[this.#order[k - 1]!]!) : 0));
    this.#classes = Uint16Array.from(codes, (code) => code.reduce((bits, one) => bits | CLASSES[one]!, 0));
  }

  /**
   * Tell of the codes that are at most `most` from one how far they are, in the single precision
   * that Python compares in, and in no order to rely on; of those alone whose classes of consonants
   * differ by at most `differ`.
   */
  near(code: Uint8Array, most: number, found: (at: number, far: number) => void, differ = Infinity): void {
    const limit = 100 * (most + SLACK);
    const own = code.reduce((bits, one) => bits | CLASSES[one]!, 0);
    const rows = [new Int32Array(code.length + 1)];
    code.forEach((one, j) => (rows[0]![j + 1] = rows[0]![j]! + LEAVE_OUT[one]!));
    let [shared, tooFar] = [0, Infinity]; // rows that hold for the next code; the one beyond the limit
    for (let k = 0; k < this.#order.length; k++) {
      shared = Math.min(shared, this.#common[k]!);
      if (shared >= tooFar) continue;
      const at = this.#order[k]!;
      if (bitCount(own ^ this.#classes[at]!) > differ) continue;
      const other = this.codes[at]!;
      for (tooFar = Infinity; shared < other.length && tooFar === Infinity; shared++) {
        const after = (rows[shared + 1] ??= new Int32Array(code.length + 1));
        if (fillRow(rows[shared]!, after, other[shared]!, code) > limit) tooFar = shared + 1;
      }
      const far = rows[shared]![code.length]!;
      if (tooFar === Infinity && far <= limit) found(at, Math.fround(far / 100));
    }
  }
}

function inOrder(one: Uint8Array, other: Uint8Array): number {
  const at = alikeUntil(one, other);
  return (one[at] ?? 0) - (other[at] ?? 0);
}

/** Return how many symbols two codes begin with alike. */
function alikeUntil(one: Uint8Array, other: Uint8Array): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

/** Fill the row of one more symbol from the row before, where to begin costs `start`; return the least of it. */
function fillRow(row: Int32Array, after: Int32Array, symbol: number, code: Uint8Array, start = Infinity): number {
  const out = LEAVE_OUT[symbol]!;
  let least = (after[0] = Math.min(start, row[0]! + out));
  for (let j = 0; j < code.length; j++) {
    const one = code[j]!;
    const best = Math.min(row[j + 1]! + out, row[j]! + EXCHANGE[symbol * SIZE + one]!, after[j]! + LEAVE_OUT[one]!);
    after[j + 1] = best;
    if (best < least) least = best;
  }
  return least;
}

// The rows of a table: made once, since millions are filled.
const ROWS = [new Int32Array(256), new Int32Array(256)] as [Int32Array, Int32Array];

/** Return how far the shorter code is from a part of the longer one; infinite beyond `most`. */
export function distanceOfPart(code: Uint8Array, other: Uint8Array, most: number): number {
  const { length } = other;
  const longer = length >= code.length;
  const limit = 100 * (most + SLACK);
  let [row, after] = length < ROWS[0].length ? ROWS : [new Int32Array(length + 1), new Int32Array(length + 1)];
  row[0] = 0;
  for (let j = 0; j < length; j++) row[j + 1] = longer ? 0 : row[j]! + LEAVE_OUT[other[j]!]!;
  let [least, end] = [0, row[length]!];
  for (const symbol of code) {
    least = fillRow(row, after, symbol, other, longer ? Infinity : 0);
    [row, after] = [after, row];
    end = Math.min(end, row[length]!);
    if (longer && least > limit) return Infinity;
  }
  return Math.fround((longer ? least : end) / 100);
}
