/** A file as rows and columns, before anything in it is given a meaning. */

import { cells as limits } from "grammar/limits.json";
import type { Cells } from "../columns/cells";
import type { Inside } from "./paths";

/** A text that is no table; the message says what was expected, what was found and what to do. */
export class TableError extends Error {
  override readonly name = "TableError";
}

/** How delimited text is written. */
export interface Dialect {
  readonly separator: string;
  /** The separator of the file that it was read from. */
  readonly own: string;
  readonly lineEnd: string;
  /** Whether a byte order mark stands in front. */
  readonly bom: boolean;
}

/** A header, and rows of cells. */
export interface Table {
  readonly headers: readonly string[];
  /** The headers as they stand in the file, where one may occur twice. */
  readonly written: readonly string[];
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
  /** How its text is written, where it is delimited. */
  readonly dialect?: Dialect;
  /** From which year its serial dates are counted. */
  readonly epoch?: 1900 | 1904;
  /** Return a row as it was written if it can be written so again; else null. */
  line(row: number): string | null;
  /** Return the column with this header, or of values inside a column of JSON by their path. */
  column(header: string): Cells;
  /** Return the table whose header is a row of this one; null where the format has no such rows. */
  headedBy(row: number): Table | null;
  /** Return the table whose header, too, is a row of incidents; null where the format has no such rows. */
  headless(): Table | null;
  /** What there is inside the values of JSON: paths to single values, and columns of points. */
  readonly inside?: Inside;
  /** Columns that say when something was where no other does. */
  readonly moments?: readonly string[];
}

/** Refuse a table of which so few cells hold something that it would fill any memory. */
export function checkFilled(rows: number, columns: number, filled: number): void {
  const cells = rows * columns;
  if (cells <= limits.always || cells <= limits.sparse * filled) return;
  throw new TableError(
    `expected rows about as long as the header, found ${filled} cells in ${rows} rows below ` +
      `${columns} columns; leave out the columns that hold nothing.`,
  );
}

/** Return headers each of which occurs once: an empty one gets the number of its column. */
export function unique(headers: readonly string[]): string[] {
  const known = new Set<string>();
  const tried = new Map<string, number>(); // by name: the last number, all below which are taken
  return headers.map((header, index) => {
    const plain = header || `column_${index + 1}`;
    let name = plain;
    while (known.has(name)) {
      tried.set(plain, (tried.get(plain) ?? 1) + 1);
      name = `${plain}_${tried.get(plain)}`;
    }
    known.add(name);
    return name;
  });
}

/** Return the names of columns that have none. */
export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `column_${at + 1}`);
}

/** Return a table without its first row, which is no incident. */
export function withoutFirst(table: Table): Table {
  const { headers, written, length, formulas, shapes, dialect, epoch } = table;
  return {
    ...{ headers, written, formulas, shapes },
    ...(dialect ? { dialect } : {}),
    ...(epoch ? { epoch } : {}),
    length: Math.max(0, length - 1),
    ragged: new Set([...table.ragged].filter(Boolean).map((row) => row - 1)),
    cells: (row) => table.cells(row + 1),
    line: (row) => table.line(row + 1),
    column: (header) => {
      const all = table.column(header);
      return { length: Math.max(0, all.length - 1), get: (row) => all.get(row + 1) };
    },
    headedBy: (row) => table.headedBy(row + 1),
    headless: () => null,
  };
}
