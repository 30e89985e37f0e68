/** Incidents as CSV: the columns that are published, and no formula. */

import { isFormula, quoted } from "../engine/formats/csv";
import type { Own, Points } from "./points";
import { breathe } from "../engine/unpack";

const AT_ONCE = 20_000; // rows before the page may do something else

/** A cell that no spreadsheet runs. */
function cell(text: string): string {
  return quoted(isFormula(text) ? `'${text}` : text);
}

/** A column of the table and of the download: its name there, and what a row has in it. */
export interface Head {
  name: string;
  /** One of our own; else it is of the file or of the record. */
  own: Own | null;
  get(row: number): string;
}

/** The columns that are published: the id, what we found out, and what else was chosen. */
export function heads(points: Points, names: Record<Own, string>): Head[] {
  const given = points.columns.map(
    ({ name, texts }): Head => ({ name, own: null, get: (row) => texts.get(row) }),
  );
  const ids = given.splice(0, points.report.id ? 1 : 0);
  const own = points.own.map(
    (key): Head => ({ name: names[key], own: key, get: (row) => points.value(row, key) }),
  );
  return [...ids, ...own, ...given];
}

export async function csv(columns: readonly Head[], rows: Int32Array): Promise<Blob> {
  const parts: string[] = ["\ufeff", `${columns.map(({ name }) => cell(name)).join(",")}\r\n`];
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const lines: string[] = [];
    for (const row of rows.subarray(at, at + AT_ONCE)) {
      lines.push(`${columns.map((column) => cell(column.get(row))).join(",")}\r\n`);
    }
    parts.push(lines.join(""));
    await breathe();
  }
  return new Blob(parts, { type: "text/csv;charset=utf-8" });
}
