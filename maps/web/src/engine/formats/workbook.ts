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

/** Refuse a workbook that would fill the memory: the reader makes every cell up to the farthest one. */
function refuseLarge(bytes: ArrayBuffer): void {
  const packed = new Uint8Array(bytes);
  let room = Math.max(ALWAYS, TIMES * packed.length);
  const filter = ({ originalSize }: { originalSize: number }): boolean => {
    if ((room -= originalSize) >= 0) return true;
    throw new TableError("expected a workbook, found one that unpacks to very much more; save it as CSV.");
  };
  // Any part can be a sheet.
  for (const part of Object.values(unzipSync(packed, { filter }))) refuseFar(part);
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
  const found = await read(bytes).catch((error: unknown) => {
    if (error instanceof TableError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new TableError(`expected a workbook, found a damaged one (${why}); save it again.`);
  });
  const filled = found
    .map(({ sheet, data }) => ({
      sheet,
      rows: data.map((row) => row.map((value) => textOf(value as Value))).filter((row) => row.some(Boolean)),
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
  const table = new RowsTable(Array.from({ length: width }, (_, at) => head[at] ?? ""), rows);
  return { table, sheet: chosen.sheet, sheets };
}

async function read(bytes: ArrayBuffer): ReturnType<typeof readWorkbookFile> {
  refuseLarge(bytes);
  return readWorkbookFile(bytes);
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

/** Return a value of a sheet as `dezone tag` writes it: days as ISO 8601 has them. */
function textOf(value: Value): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) {
    const [day = "", time = ""] = value.toISOString().split("T");
    return time.startsWith("00:00:00.000") ? day : `${day} ${time.slice(0, 8)}`;
  }
  return typeof value === "boolean" ? String(value).toUpperCase() : String(value);
}
