/** A file as rows and columns, before anything in it is given a meaning. */

import type { Cells } from "../columns/cells";

/** A text that is no table; the message says what was expected, what was found and what to do. */
export class TableError extends Error {
  override readonly name = "TableError";
}

/** A header, and rows of cells. */
export interface Table {
  readonly headers: readonly string[];
  readonly length: number;
  /** Rows, from 0, that have more or fewer cells than the header: none of theirs is read. */
  readonly ragged: ReadonlySet<number>;
  /** How many cells a spreadsheet would run as formulas. */
  readonly formulas: number;
  /** Features that are no points. */
  readonly shapes: number;
  /** Degrees of the rows, where the format has places of its own. */
  readonly points?: { readonly longitude: Float64Array; readonly latitude: Float64Array };
  /** Return all cells of a row, of a ragged one as many as it has. */
  cells(row: number): string[];
  /** Return a row as it was written if that is CSV; else null. */
  line(row: number): string | null;
  /** Return the column with this header. */
  column(header: string): Cells;
}
