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

const READERS: Readonly<Record<Exclude<Format, "workbook">, (text: string) => Table>> = {
  delimited: (text) => new DelimitedTable(text),
  json: readJson,
  placemarks: readPlacemarks,
};

/** Return the table of a file; of a workbook, which is unpacked, a promise of it. */
export function openTable({
  content,
  format,
  encoding,
  sheet,
}: GivenFile): OpenedTable | Promise<OpenedTable> {
  if (format !== "workbook") {
    return { table: READERS[format](typeof content === "string" ? content : decoded(content, encoding)) };
  }
  if (typeof content === "string") throw new RangeError("expected the bytes of a workbook, found text");
  return readWorkbook(content, sheet ?? null);
}
