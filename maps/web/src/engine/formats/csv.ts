/** Cells as CSV (RFC 4180). */

import { begins, number } from "grammar/formulas.json";

const FORMULA = new RegExp(begins);
const NUMBER = new RegExp(number);
const NEEDS_QUOTES = /[",\r\n]/;

/** Whether a spreadsheet would run a cell. */
export function isFormula(cell: string): boolean {
  return FORMULA.test(cell) && !NUMBER.test(cell);
}

/** Return a cell, quoted where it must be. */
export function quoted(cell: string): string {
  return NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Return cells as one line, without its end. */
export function lineOf(cells: readonly string[]): string {
  return cells.map(quoted).join(",");
}
