/** The incidents that are shown, as CSV: the columns that are published, and no formula. */

import type { Shown } from "./filter";
import { OWN, type Incidents } from "./rows";
import { breathe } from "./unpack";

const AT_ONCE = 20_000; // rows before the page may do something else
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^[+-]?[0-9]*[.,]?[0-9]+([eE][+-]?[0-9]+)?%?$/;

/** A cell that no spreadsheet runs, quoted where it must be (RFC 4180). */
export function cell(text: string): string {
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function heads(incidents: Incidents): string[] {
  return [...incidents.columns.map(({ name }) => name), ...OWN.map((name) => incidents.names[name])];
}

export function cells(incidents: Incidents, row: number): string[] {
  return [
    ...incidents.columns.map(({ texts }) => texts.get(row)),
    ...OWN.map((name) => incidents.own(row, name)),
  ];
}

export async function csv(incidents: Incidents, shown: Shown): Promise<Blob> {
  const rows = shown.rows.slice(0, shown.count); // the filter may change meanwhile
  const parts: string[] = ["\ufeff", `${heads(incidents).map(cell).join(",")}\r\n`];
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const lines: string[] = [];
    for (const row of rows.subarray(at, at + AT_ONCE)) {
      lines.push(`${cells(incidents, row).map(cell).join(",")}\r\n`);
    }
    parts.push(lines.join(""));
    await breathe();
  }
  return new Blob(parts, { type: "text/csv;charset=utf-8" });
}
