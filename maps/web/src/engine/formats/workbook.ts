/** XLSX: the cells of one sheet, with the values that the workbook last showed. */

import { unzipSync } from "fflate";
import readWorkbookFile from "read-excel-file/web-worker";
import writeWorkbookFile from "write-excel-file/universal";

import { RowsTable } from "./rows";
import { TableError } from "./table";

/** Numbers of so few digits that a sheet holds them exactly. */
const EXACT = /^-?[0-9.]{1,15}$/;

type Value = string | number | boolean | Date | null;

/** A sheet that has cells, and all that have some; of several none is read until one is chosen. */
export interface Sheet {
  readonly table: RowsTable | null;
  readonly sheet: string | null;
  readonly sheets: readonly string[];
}

/** What a workbook may become: bytes, or times its size; and cells in the rectangle of a sheet. */
const ALWAYS = 2 ** 27;
const TIMES = 40;
const MOST_CELLS = 2 ** 24;
const REFERENCE = /\sr\s{0,9}=\s{0,9}["']([^"'<>]{1,20})["']/g;
const CHUNK = 2 ** 22;
const OVERLAP = 2 ** 11;
/** Far more than spreadsheets let one write. */
const LONG_FORMAT = /formatCode\s{0,9}=\s{0,9}["'][^"']{1025}/;

/** Refuse a workbook that would fill the memory: the reader makes every cell up to the farthest one. Return its epoch. */
function refuseLarge(bytes: ArrayBuffer): 1900 | 1904 {
  const packed = new Uint8Array(bytes);
  let room = Math.max(ALWAYS, TIMES * packed.length);
  const filter = ({ originalSize }: { originalSize: number }): boolean => {
    if ((room -= originalSize) >= 0) return true;
    throw new TableError("expected a workbook, found one that unpacks to very much more; save it as CSV.");
  };
  // Any part can be a sheet.
  const parts = unzipSync(packed, { filter });
  for (const part of Object.values(parts)) refuseFar(part);
  const book = parts["xl/workbook.xml"] ?? new Uint8Array();
  return /<(?:\w+:)?workbookPr\s[^>]{0,999}?\bdate1904\s?=\s?["'](?:1|true)/.test(new TextDecoder().decode(book))
    ? 1904
    : 1900;
}

function refuseFar(part: Uint8Array): void {
  let [rows, columns] = [0, 0];
  const decoder = new TextDecoder("latin1");
  for (let at = 0; at < part.length; at += CHUNK) {
    const text = decoder.decode(part.subarray(at, at + CHUNK + OVERLAP));
    if (LONG_FORMAT.test(text)) {
      throw new TableError("expected formats of numbers up to 1,024 characters, found a longer one; save it as CSV.");
    }
    for (const [, cell = ""] of text.matchAll(REFERENCE)) {
      const [, letters = "", digits] = /^([A-Z]{1,3})([0-9]{1,7})$/.exec(cell) ?? [];
      if (cell.includes("&")) throw new TableError("expected cells like B7, found one in another notation; save it again.");
      rows = Math.max(rows, Number(digits ?? 0));
      columns = Math.max(columns, [...letters].reduce((sum, one) => sum * 26 + one.charCodeAt(0) - 64, 0));
    }
  }
  if (rows * columns > MOST_CELLS) {
    throw new TableError(
      `expected a sheet of at most ${MOST_CELLS} cells, found its farthest in row ${rows} and column ${columns}; ` +
        "remove what lies far off, or save it as CSV.",
    );
  }
}

/** Return the sheet that is wanted, or the only one that has cells; its first row that is not empty is the header. */
export async function readWorkbook(bytes: ArrayBuffer, wanted: string | null): Promise<Sheet> {
  const [found, epoch] = await read(bytes).catch((error: unknown) => {
    if (error instanceof TableError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new TableError(`expected a workbook, found a damaged one (${why}); save it again.`);
  });
  const filled = found
    .map(({ sheet, data }) => ({
      sheet,
      rows: textsOf(data as Value[][]).filter((row) => row.some(Boolean)),
    }))
    .filter(({ rows }) => rows.length);
  if (!filled.length) throw new TableError("expected a sheet with cells, found none; choose another file.");
  const sheets = filled.map(({ sheet }) => sheet);
  const chosen = filled.length === 1 ? filled[0] : filled.find(({ sheet }) => sheet === wanted);
  if (!chosen) return { table: null, sheet: null, sheets };
  const [head = [], ...rows] = chosen.rows;
  const widthOf = (row: readonly string[]): number => row.length - [...row].reverse().findIndex(Boolean);
  // A title may stand above the header.
  const width = rows.reduce((most, row) => Math.max(most, widthOf(row)), widthOf(head));
  const table = new RowsTable(Array.from({ length: width }, (_, at) => head[at] ?? ""), rows, { epoch });
  return { table, sheet: chosen.sheet, sheets };
}

async function read(bytes: ArrayBuffer): Promise<[Awaited<ReturnType<typeof readWorkbookFile>>, 1900 | 1904]> {
  const epoch = refuseLarge(bytes);
  return [await readWorkbookFile(bytes), epoch];
}

/** Return rows of text as a workbook; no text is ever a formula there. */
export async function writeWorkbook(rows: readonly (readonly string[])[], sheet: string): Promise<Blob> {
  const cells = rows.map((row) =>
    row.map((value) => {
      if (!value) return null;
      // A number with other signs than its own, such as 007, stays what was written.
      return EXACT.test(value) && String(Number(value)) === value
        ? { value: Number(value), type: Number }
        : { value, type: String };
    }),
  );
  return writeWorkbookFile(cells, { sheet }).toBlob();
}

/** Return the values of a sheet as `dezone tag` writes them: a column of nothing but truth values otherwise. */
function textsOf(rows: readonly (readonly Value[])[]): string[][] {
  const mixed = new Set<number>();
  for (const row of rows.slice(1)) {
    for (const [at, value] of row.entries()) if (value !== null && typeof value !== "boolean") mixed.add(at);
  }
  return rows.map((row) => row.map((value, at) => textOf(value, mixed.has(at))));
}

/** Days as ISO 8601 has them; a moment of the day before the first is a time alone. */
function textOf(value: Value, isMixed: boolean): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) {
    // Serial numbers end just below the second that they mean.
    const at = new Date(value.getTime() + (value.getUTCMilliseconds() === 999 ? 1 : 0));
    const [day = "", time = ""] = at.toISOString().split("T");
    if (day === "1899-12-30") return time.slice(0, 8);
    return time.startsWith("00:00:00.000") ? day : `${day} ${time.slice(0, 8)}`;
  }
  const text = String(value);
  return typeof value === "boolean" && isMixed ? text.toUpperCase() : text;
}
