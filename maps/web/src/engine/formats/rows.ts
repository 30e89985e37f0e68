/** Rows of text under a header, whatever file they came from. */

import type { Cells } from "../columns/cells";
import { isFormula } from "./csv";
import { type Inside, valueAt } from "./paths";
import { numbered, type Table, TableError, unique } from "./table";

const MOST_COLUMNS = 4_096;
const NONE: ReadonlySet<number> = new Set();

/** Degrees of the rows; NaN where a row has no place, Infinity where its shape is no point. */
export interface OwnPoints {
  readonly longitude: Float64Array;
  readonly latitude: Float64Array;
}

/** Refuse more columns than are shown. */
export function checkColumns(headers: readonly string[]): void {
  if (headers.length <= MOST_COLUMNS) return;
  throw new TableError(`expected up to ${MOST_COLUMNS} columns, found more; leave some out.`);
}

export class RowsTable implements Table {
  readonly headers: readonly string[];
  readonly written: readonly string[];
  readonly length: number;
  readonly ragged = NONE;
  readonly formulas: number;
  readonly shapes: number;
  readonly points?: OwnPoints;
  readonly inside?: Inside;
  readonly moments?: readonly string[];
  readonly epoch?: 1900 | 1904;
  readonly #rows: readonly (readonly string[])[];

  /** Headers that are empty get the number of their column, and those that occur twice a number. */
  constructor(
    headers: readonly string[],
    rows: readonly (readonly string[])[],
    own: Partial<Pick<Table, "shapes" | "inside" | "moments" | "epoch">> & { readonly points?: OwnPoints } = {},
  ) {
    checkColumns(headers);
    this.headers = unique(headers);
    this.written = headers;
    if (own.inside) this.inside = own.inside;
    if (own.moments) this.moments = own.moments;
    if (own.epoch) this.epoch = own.epoch;
    this.length = rows.length;
    this.shapes = own.shapes ?? 0;
    if (own.points) this.points = own.points;
    this.#rows = rows;
    let formulas = this.headers.filter(isFormula).length;
    for (const row of rows) for (const cell of row) if (cell && isFormula(cell)) formulas++;
    this.formulas = formulas;
  }

  cells(row: number): string[] {
    return this.headers.map((_, column) => this.#rows[row]![column] ?? "");
  }

  line(): null {
    return null;
  }

  column(header: string): Cells {
    const at = this.headers.indexOf(header);
    const length = this.length;
    if (at < 0 && this.inside?.paths.includes(header)) {
      const base = [...this.headers].reverse().find((one) => header.startsWith(`${one}.`))!;
      const cells = this.column(base);
      const steps = header.slice(base.length + 1).split(".");
      return { length, get: (row) => valueAt(cells.get(row), steps) };
    }
    if (at < 0) throw new TableError(`expected a column ${JSON.stringify(header)}, found none`);
    return { length, get: (row) => this.#rows[row]![at] ?? "" };
  }

  headless(): Table | null {
    if (this.points || this.inside) return null;
    const rows = [this.written, ...this.#rows];
    return new RowsTable(numbered(this.headers.length), rows, this.epoch ? { epoch: this.epoch } : {});
  }

  headedBy(row: number): Table | null {
    if (this.points || this.inside) return null;
    return new RowsTable(this.#rows[row]!, this.#rows.slice(row + 1), this.epoch ? { epoch: this.epoch } : {});
  }
}
