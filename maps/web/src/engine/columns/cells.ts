/** The cells of a column, as they stand in a file. */

import { missing } from "grammar/words.json";

import { NO_DAY } from "../incidents";
import { cleanText, foldCase, foldLetters, ReadingError } from "../text/repairs";

export interface Cells {
  readonly length: number;
  get(row: number): string;
}

/** A column of text, or of numbers that stand for cells: NaN and NO_DAY are empty. */
export type Column = Cells | Float64Array | Int32Array;

export function isCells(column: Column | undefined): column is Cells {
  return column !== undefined && !ArrayBuffer.isView(column);
}

/** Return a cell as text; nothing is an empty text. */
export function textOf(column: Column, row: number): string {
  if (isCells(column)) return column.get(row);
  const value = column[row]!;
  return Number.isNaN(value) || value === NO_DAY ? "" : String(value);
}

const MISSING = new Set(missing.map((mark) => foldCase(foldLetters(mark))));
const LONGEST_MARK = 20;

/** Tell whether a cell holds nothing, or a mark that says so. */
export function isBlank(text: string): boolean {
  if (text === "") return true;
  const { clean } = cleanText(text);
  return clean === "" || (clean.length <= LONGEST_MARK && MISSING.has(foldCase(foldLetters(clean))));
}

/** Yield every cell of the columns of text. */
export function* everyCell(...columns: (Column | undefined)[]): Generator<string> {
  for (const column of columns) {
    if (isCells(column)) for (let row = 0; row < column.length; row++) yield column.get(row);
  }
}

/** What was read of a cell, or why it cannot be; null is an empty cell. */
export type Read<T> = T | ReadingError | null;

const MOST_REMEMBERED = 200_000; // distinct texts, so that a hostile file fills no memory

/** What texts were read as, so that each is read once. */
export class Memo<T> {
  readonly #known = new Map<string, Read<T>>();

  /** Return what was made of a text before, or what `read` makes of it. */
  recall(text: string, read: () => T | null): Read<T> {
    let found = this.#known.get(text);
    if (found !== undefined) return found;
    try {
      found = read();
    } catch (error) {
      if (!(error instanceof ReadingError)) throw error;
      found = error;
    }
    if (this.#known.size < MOST_REMEMBERED) this.#known.set(text, found);
    return found;
  }
}
