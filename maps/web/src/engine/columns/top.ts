/** Which of a file's first rows is its header, and which one holds HXL tags: `headers/rows.py`. */

import { type Table, TableError, withoutFirst } from "../formats/table";
import { quote } from "../text/repairs";
import { isBlank } from "./cells";
import { namesColumns, namesPosition } from "./recognise";

const LOOKED_FOR_HEADER = 25; // rows
const COORDINATE = /^[+-]?[0-9]{1,3}\.[0-9]{3,}$/;
const NUMBER = /^[+-]?[0-9][0-9.,:/ -]*$/;
const MOST_SHOWN = 6; // cells of a row

/** The names of the columns stand further down: in this row of the file, counted from 1; in none: 0. */
export class HeaderRowError extends TableError {
  constructor(
    message: string,
    readonly headerRow: number,
  ) {
    super(message);
  }
}

/** A table below its header, and what was found above the first incident. */
export interface Headed {
  readonly table: Table;
  /** A row of HXL tags; empty where there is none. */
  readonly tags: readonly string[];
  /** The row of tags, or of names once more, that stands below the header. */
  readonly second?: readonly string[];
  /** What was left out: kinds of repairs, with how many rows. */
  readonly repairs: readonly { readonly kind: string; readonly count: number }[];
}

/** Return a table below the row that names its columns, which is the first unless stated (0: none) or tagged. */
export function headed(table: Table, stated?: number): Headed {
  let above = 0;
  if (stated !== undefined) {
    if (stated === 0) table = table.headless() ?? table;
    if (stated > 1) [table, above] = [headedBy(table, stated), stated - 1];
  } else {
    refuseIncident(table);
    const row = rowAboveTags(table);
    if (row) [table, above] = [headedBy(table, row), row - 1];
  }
  const repairs = above ? [{ kind: "above-header", count: above }] : [];
  const first = table.length && !table.ragged.has(0) ? table.cells(0) : [];
  const tags = asTags(first);
  if (tags) {
    return { table: withoutFirst(table), tags, second: tags, repairs: [...repairs, { kind: "hxl-tags", count: 1 }] };
  }
  if (isSecondHeader(table, first)) {
    return { table: withoutFirst(table), tags: [], second: first, repairs: [...repairs, { kind: "second-header", count: 1 }] };
  }
  if (stated === undefined && !table.points && !table.inside && !namesColumns(table.headers)) {
    refuseTitle(table);
  }
  return { table, tags: [], repairs };
}

function headedBy(table: Table, row: number): Table {
  const found = row - 2 < table.length ? table.headedBy(row - 2) : null;
  if (!found) throw new TableError(`expected a header in row ${row}, found no such row; choose another.`);
  return found;
}

/** Refuse a header that reads as an incident: it would be lost. */
function refuseIncident({ written, points, inside }: Table): void {
  if (points || inside) return;
  const cells = written.filter((cell) => COORDINATE.test(cell.trim()));
  if (cells.length < 2) return;
  throw new HeaderRowError(
    "expected a header with the names of the columns, found a row with numbers like coordinates " +
      `(${cells.slice(0, 3).map((cell) => quote(cell)).join(", ")}).`,
    0,
  );
}

/** Refuse a table below whose first row another one names the columns. */
function refuseTitle(table: Table): void {
  for (let row = 0; row < Math.min(LOOKED_FOR_HEADER, table.length); row++) {
    const cells = table.cells(row);
    if (!namesColumns(cells)) continue;
    const shown = cells.filter(Boolean).slice(0, MOST_SHOWN).map((cell) => quote(cell)).join(", ");
    throw new HeaderRowError(
      `expected the names of the columns in the first row, found ${quote(table.written[0] ?? "")}; ` +
        `the header seems to be row ${row + 2} (${shown}).`,
      row + 2,
    );
  }
}

const TAG = /^#\s*[A-Za-z]/;

/** Return the row of the header where HXL tags stand further down; 0 where they do not. */
function rowAboveTags(table: Table): number {
  if (table.points || table.inside) return 0;
  for (let row = 1; row < Math.min(LOOKED_FOR_HEADER, table.length); row++) {
    if (asTags(table.cells(row))) return row + 1;
  }
  return 0;
}

/** Return the HXL tags of a row, where it is one: all tags or empty, two at least. */
function asTags(row: readonly string[]): string[] | null {
  const cells = row.map((cell) => (isBlank(cell) ? "" : cell.trim()));
  const tags = cells.filter(Boolean);
  const isOne = tags.length > 0 && tags.length >= Math.min(2, cells.length) && tags.every((cell) => TAG.test(cell));
  return isOne ? cells : null;
}

/** Tell whether a row gives the names of the columns once more: both name a position, no cell is a number. */
function isSecondHeader(table: Table, row: readonly string[]): boolean {
  if (!row.length || row.some((cell) => NUMBER.test(cell))) return false;
  return namesPosition(table.written) && namesPosition(row);
}
