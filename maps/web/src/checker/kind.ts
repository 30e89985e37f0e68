/** What a file is, by its name and how it begins: said before anybody waits for its reading. */

import type { Format } from "../engine/formats/opening";

export type Kind = "workbook" | "picture" | "pdf" | "packed" | "other";

/** How the files begin that people drop instead of a table. */
const SIGNS: readonly (readonly [sign: string, kind: Kind])[] = [
  ["\x89PNG", "picture"],
  ["\xff\xd8\xff", "picture"],
  ["GIF8", "picture"],
  ["II*\0", "picture"],
  ["MM\0*", "picture"],
  ["%PDF", "pdf"],
  ["PK\x03\x04", "packed"],
  ["\x1f\x8b", "packed"],
  ["BZh", "packed"],
  ["7z\xbc\xaf", "packed"],
  ["Rar!", "packed"],
  ["\xfd7zXZ", "packed"],
  ["\xd0\xcf\x11\xe0", "other"],
  ["PAR1", "other"],
  ["SQLite format 3\0", "other"],
  ["<stata_dta>", "other"],
  ["$FL", "other"],
  ["RDX", "other"],
];

/** Return the format in which a file is read, from its first bytes. */
export function formatOf(start: Uint8Array): Format {
  const text = new TextDecoder().decode(start).trimStart();
  if (text.startsWith("PK\x03\x04")) return "workbook";
  if (/^[[{]/.test(text)) return "json";
  const xml = /^(<\?xml[^>]*>\s*)?(<!-{2}[^]*?-{2}>\s*)*<(\w+:)?(kml|gpx)[\s>]/i;
  return xml.test(text) ? "placemarks" : "delimited";
}

/** Return what a file is that cannot be read, from its name and first bytes; null where it may be. */
export function kindOf(name: string, start: Uint8Array): Kind | null {
  const text = String.fromCharCode(...start.subarray(0, 16));
  if (/\.xls[xm]$/i.test(name) && text.startsWith("PK\x03\x04")) return null;
  const kind = SIGNS.find(([sign]) => text.startsWith(sign))?.[1] ?? null;
  // A workbook is a packed folder, or a file of its older program: its name says so.
  return kind !== null && /\.(xls[xmb]?|ods)$/i.test(name) ? "workbook" : kind;
}
