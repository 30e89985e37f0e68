/** XLSX: the cells of one sheet, with the values that the workbook last showed. */

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

/** Return the sheet that is wanted, or the only one that has cells; its first row that is not empty is the header. */
export async function readWorkbook(bytes: ArrayBuffer, wanted: string | null): Promise<Sheet> {
  const found = await readWorkbookFile(bytes).catch((error: unknown) => {
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
