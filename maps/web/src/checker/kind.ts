/** What a file is, by its name and how it begins: said before anybody waits for its reading. */

import type { Format } from "../engine/formats/opening";

/** What a file is that is not read: a word for it, or the name of a format and whether the command reads it. */
export type Kind = "picture" | "pdf" | "packed" | { readonly name: string; readonly command: boolean };

/** How the files begin that people drop instead of a table. */
const SIGNS: readonly (readonly [sign: string, kind: "picture" | "pdf" | "packed"])[] = [
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
];

/** Formats by how they begin and what their files are called, and whether the command reads them. */
const FORMATS: readonly (readonly [start: RegExp, name: RegExp, format: string, command: boolean])[] = [
  [/^(?:<stata_dta>|[\x69-\x73][\x01\x02]\x01)/, /(?:)/, "Stata (.dta)", true],
  [/^(?:\xd0\xcf|PK)/, /\.ods$/i, "OpenDocument (.ods)", true],
  [/^PK/, /\.xlsb$/i, "Excel (.xlsb)", false],
  [/^PK/, /\.docx$/i, "Word (.docx)", false],
  [/^PK/, /\.kmz$/i, "KMZ (.kmz)", true],
  [/^\xd0\xcf\x11\xe0/, /\.doc$/i, "Word (.doc)", false],
  [/^\xd0\xcf\x11\xe0/, /(?:)/, "Excel (.xls)", true],
  [/^\x09[\x00\x02\x04\x08]/, /\.xls$/i, "Excel (.xls)", true],
  [/^PAR1/, /(?:)/, "Parquet (.parquet)", true],
  [/^SQLite format 3\0/, /(?:)/, "GeoPackage (.gpkg)", true],
  [/^\0\0\x27\x0a/, /(?:)/, "Shapefile (.shp)", true],
  [/^fgb\x03/, /(?:)/, "FlatGeobuf (.fgb)", true],
  [/^\$FL[23]/, /(?:)/, "SPSS (.sav)", false],
  [/^(?:RDX|X\n|\x1f\x8b)/, /\.(?:rds|rda|rdata)$/i, "R (.rds)", false],
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
  const [, , format, command = false] = FORMATS.find(([start, called]) => start.test(text) && called.test(name)) ?? [];
  if (format) return { name: format, command };
  return SIGNS.find(([sign]) => text.startsWith(sign))?.[1] ?? null;
}
