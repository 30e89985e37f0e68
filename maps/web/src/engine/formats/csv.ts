/** Cells as CSV (RFC 4180). */

const NEEDS_QUOTES = /[",\r\n]/;

/** Return a cell, quoted where it must be. */
export function quoted(cell: string): string {
  return NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Return cells as one line, without its end. */
export function lineOf(cells: readonly string[]): string {
  return cells.map(quoted).join(",");
}
