/** Cells as CSV (RFC 4180). */

import { begins, number } from "grammar/formulas.json";

const FORMULA = new RegExp(begins);
const NUMBER = new RegExp(number);
const NEEDS_QUOTES = /["\r\n]/;

/** Whether a spreadsheet would run a cell. */
export function isFormula(cell: string): boolean {
  return FORMULA.test(cell) && !NUMBER.test(cell);
}

/** Return a cell, quoted where it must be. */
export function quoted(cell: string, separator = ","): string {
  const plain = !cell.includes(separator) && !NEEDS_QUOTES.test(cell);
  return plain ? cell : `"${cell.replaceAll('"', '""')}"`;
}

/** Return cells as one line, without its end. */
export function lineOf(cells: readonly string[], separator = ","): string {
  return cells.map((cell) => quoted(cell, separator)).join(separator);
}
