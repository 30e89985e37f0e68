/** Delimited text (RFC 4180) as columns of cells that are cut out only when they are asked for. */

import type { Cells } from "../columns/cells";
import { isFormula } from "./csv";
import { checkFilled, type Dialect, numbered, type Table, TableError, unique } from "./table";

const QUOTE = 34;
const LINE_FEED = 10;
const RETURN = 13;
const MOST_COLUMNS = 4_096;
const MOST_CELLS = 1_048_576; // of one row; a row of more is no row of a table

/** The first line in which Excel states the separator. */
const STATED = /^"?sep=([^\r\n"])"?(?:\r\n|\r|\n)/i;

const MARKS = [",", "\t", ";", "|"] as const;
const PROVING = 50; // rows

/**
 * Return the separator that the first rows prove: under it they all have as many cells as the header.
 *
 * Where several do, or none does, the one with the most cells in the header.
 */
function separatorOf(text: string): string {
  let best: string = ",";
  let most = 0;
  for (const mark of MARKS) {
    const cut = mark.charCodeAt(0);
    let [width, at, even] = [0, 0, true];
    try {
      for (let row = 0; row < PROVING && at < text.length; row++) {
        const [cells, next] = cellsOf(text, at, cut);
        if (row === 0) width = cells.length - 1;
        else if (cells.length > 2) even &&= cells.length - 1 === width;
        at = next;
      }
    } catch (error) {
      if (!(error instanceof TableError)) throw error;
      even = false;
    }
    if (width < 2) continue;
    const weight = width + (even ? MOST_COLUMNS : 0);
    if (weight > most) [best, most] = [mark, weight];
  }
  return best;
}

/** Whether a spreadsheet would run the cell at a place of a text; most begin with a letter or a digit. */
function mayRun(text: string, start: number, stop: number): boolean {
  const code = text.charCodeAt(start);
  return !(code >= 48 && code < 58) && !(code >= 65 && code < 123) && isFormula(cellAt(text, start, stop));
}

/** What is known of a text beside its content. */
interface Origin {
  /** That of its file. */
  readonly name?: string;
  /** Whether a byte order mark stood in front. */
  readonly bom?: boolean;
  /** The separator; without one, it is proved. */
  readonly given?: string;
}

/** A table of text: a header, and rows of as many cells. */
export class DelimitedTable implements Table {
  readonly headers: readonly string[];
  readonly written: readonly string[];
  readonly length: number;
  readonly ragged: ReadonlySet<number>;
  readonly formulas: number;
  readonly shapes = 0;
  readonly #text: string;
  readonly #odd = new Map<number, readonly number[]>(); // where the cells of a ragged row begin
  readonly #starts: Int32Array; // where each cell of the other rows begins
  readonly #from: readonly number[]; // by row: where it begins in `#starts`
  readonly #width: number;
  readonly dialect: Dialect;

  constructor(text: string, { name = "", bom = false, given = "" }: Origin = {}) {
    text = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    const stated = STATED.exec(text);
    this.#text = text = (stated ? text.slice(stated[0].length) : text).replace(/^[\r\n]+/, "");
    const separator = stated?.[1] ?? (given || separatorOf(text));
    const lineEnd = /^[^\n]*\r\n/.test(text) ? "\r\n" : "\n";
    // Tabs are not handed on to CSV, unless they were in a file that was called so.
    const other = separator === "\t" && !/\.csv$/i.test(name) ? "," : separator;
    this.dialect = { separator: other, own: separator, lineEnd, bom };
    const cut = separator.charCodeAt(0);
    const headers: string[] = [];
    let at = 0;
    let line: number[];
    [line, at] = cellsOf(text, 0, cut);
    for (let c = 0; c + 1 < line.length; c++) headers.push(cellAt(text, line[c]!, line[c + 1]! - 1));
    if (headers.length > MOST_COLUMNS) {
      throw new TableError(`expected up to ${MOST_COLUMNS} columns, found more; cut the file.`);
    }
    this.headers = unique(headers);
    this.written = headers;
    this.#width = headers.length + 1;
    let starts = new Int32Array(Math.max(1_024, this.#width * 64));
    const ragged = new Set<number>();
    let formulas = headers.filter(isFormula).length;
    const rows: number[] = [];
    let [row, filled, from] = [0, 0, 0];
    while (at < text.length) {
      [line, at] = cellsOf(text, at, cut);
      if (line.length === 2 && line[1]! - line[0]! === 1) continue; // an empty line is no row
      if (from + this.#width > starts.length) {
        const larger = new Int32Array(starts.length * 2);
        larger.set(starts);
        starts = larger;
      }
      for (let c = 0; c + 1 < line.length; c++) {
        if (mayRun(text, line[c]!, line[c + 1]! - 1)) formulas++;
      }
      rows.push(from);
      if (line.length === this.#width) {
        starts.set(line, from);
        from += this.#width;
      } else {
        ragged.add(row);
        this.#odd.set(row, line);
      }
      row++;
      filled += line.length - 1;
    }
    checkFilled(row, headers.length, filled);
    this.length = row;
    this.formulas = formulas;
    this.ragged = ragged;
    this.#starts = starts;
    this.#from = rows;
  }

  /** Return a cell as it was written, without its quotes; of a ragged row nothing. */
  cell(row: number, column: number): string {
    if (this.ragged.has(row)) return "";
    const at = this.#from[row]! + column;
    return cellAt(this.#text, this.#starts[at]!, this.#starts[at + 1]! - 1);
  }

  cells(row: number): string[] {
    const odd = this.#odd.get(row);
    if (!odd) return this.headers.map((_, column) => this.cell(row, column));
    const found: string[] = [];
    for (let c = 0; c + 1 < odd.length; c++) {
      found.push(cellAt(this.#text, odd[c]!, odd[c + 1]! - 1));
    }
    while (found.length < this.headers.length) found.push("");
    return found;
  }

  line(row: number): string | null {
    if (this.dialect.own !== this.dialect.separator || this.ragged.has(row)) return null;
    const at = this.#from[row]!;
    const line = this.#text.slice(this.#starts[at]!, this.#starts[at + this.#width - 1]! - 1);
    return line.includes('"') ? null : line;
  }

  headedBy(row: number): DelimitedTable {
    const [start = 0] = this.#odd.get(row) ?? [this.#starts[this.#from[row]!]!];
    const table = new DelimitedTable(this.#text.slice(start), { given: this.dialect.own });
    return Object.assign(table, { dialect: this.dialect });
  }

  headless(): DelimitedTable {
    const { own } = this.dialect;
    const table = new DelimitedTable(`${numbered(this.headers.length).join(own)}\n${this.#text}`, { given: own });
    return Object.assign(table, { dialect: this.dialect });
  }

  column(header: string): Cells {
    const at = this.headers.indexOf(header);
    if (at < 0) {
      throw new TableError(
        `expected a column ${JSON.stringify(header)}, found ${this.headers.slice(0, 20).join(", ")}`,
      );
    }
    return { length: this.length, get: (row) => this.cell(row, at) };
  }
}

/** Return where the cells of a line begin, with one past the last, and where the next line begins. */
function cellsOf(text: string, start: number, cut: number): [cells: number[], next: number] {
  const cells = [start];
  let at = start;
  for (;;) {
    if (text.charCodeAt(at) === QUOTE) {
      // The quotes end at the first one that is not doubled.
      do {
        const end = text.indexOf('"', at + 1);
        if (end < 0) {
          throw new TableError(
            `expected the quotes that begin at character ${at} to end, found the end of the file; ` +
              "mend the file there.",
          );
        }
        at = end + 1;
      } while (text.charCodeAt(at) === QUOTE);
    }
    let code = text.charCodeAt(at);
    while (code !== cut && code !== LINE_FEED && code !== RETURN && at < text.length) {
      code = text.charCodeAt(++at);
    }
    cells.push(at + 1);
    if (at >= text.length) return [cells, at];
    if (code === cut) {
      at++;
      if (cells.length > MOST_CELLS) {
        throw new TableError(`expected up to ${MOST_CELLS} cells in a row, found more; cut the file.`);
      }
      continue;
    }
    const both = code === RETURN && text.charCodeAt(at + 1) === LINE_FEED;
    return [cells, at + (both ? 2 : 1)];
  }
}

function cellAt(text: string, start: number, stop: number): string {
  if (text.charCodeAt(start) !== QUOTE || stop <= start) return text.slice(start, stop);
  const inner = text.slice(start + 1, text.charCodeAt(stop - 1) === QUOTE ? stop - 1 : stop);
  return inner.includes('""') ? inner.replaceAll('""', '"') : inner;
}
