/** The table of a file, by its format. */

import { decoded } from "./encodings";
import { DelimitedTable } from "./delimited";
import { readJson } from "./json";
import { readPlacemarks } from "./placemarks";
import type { Table } from "./table";
import { readWorkbook } from "./workbook";

export type Format = "delimited" | "json" | "placemarks" | "workbook";

/** A file as it came, and what was stated of it. */
export interface GivenFile {
  readonly content: ArrayBuffer | string;
  readonly format: Format;
  readonly name?: string;
  /** By its name in the Encoding Standard; without one, UTF-8 or what a byte order mark says. */
  readonly encoding?: string;
  readonly sheet?: string;
  /** In which row the names of the columns stand, from 1. */
  readonly headerRow?: number;
}

/** A table, and of a workbook its sheet and those that hold cells, too; no table while one of them is to be chosen. */
export interface OpenedTable {
  readonly table: Table | null;
  readonly sheet?: string | null;
  readonly sheets?: readonly string[];
}

type Origin = { readonly name: string; readonly bom: boolean };

const READERS: Readonly<Record<Exclude<Format, "workbook">, (text: string, from: Origin) => Table>> = {
  delimited: (text, from) => new DelimitedTable(text, from),
  json: readJson,
  placemarks: readPlacemarks,
};

/** Return the table of a file; of a workbook, which is unpacked, a promise of it. */
export function openTable({
  content,
  format,
  name = "",
  encoding,
  sheet,
}: GivenFile): OpenedTable | Promise<OpenedTable> {
  if (format !== "workbook") {
    const isText = typeof content === "string";
    const mark = isText ? "" : String(new Uint8Array(content, 0, Math.min(3, content.byteLength)));
    const text = isText ? content : decoded(content, encoding);
    return { table: READERS[format](text, { name, bom: mark === "239,187,191" }) };
  }
  if (typeof content === "string") throw new RangeError("expected the bytes of a workbook, found text");
  return readWorkbook(content, sheet ?? null);
}
