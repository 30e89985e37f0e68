/** What a file is, by its name and how it begins: said before anybody waits for its reading. */

import type { Format } from "../engine/formats/opening";

/** What a file is that is not read: a word for it, or the name of a format. */
export type Kind = "picture" | "pdf" | "packed" | { readonly format: string };

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

/** Formats by how they begin, with a blank and what their files are called. */
const FORMATS: readonly (readonly [start: RegExp, format: string])[] = [
  [/^(<stata_dta>|[i-s][\x01\x02]\x01)/, "Stata (.dta)"],
  [/^PK.* .*\.ods$/is, "OpenDocument (.ods)"],
  [/^PK.* .*\.xlsb$/is, "Excel (.xlsb)"],
  [/^PK.* .*\.kmz$/is, "KMZ (.kmz)"],
  [/^\xd0\xcf.* .*\.doc$/is, "Word (.doc)"],
  [/^(\xd0\xcf|\t[\0\x02\x04\x08].* .*\.xls$)/is, "Excel (.xls)"],
  [/^PAR1/, "Parquet"],
  [/^SQLite/, "GeoPackage (.gpkg)"],
  [/^\0\0\x27\n/, "Shapefile (.shp)"],
  [/^\$FL[23]/, "SPSS (.sav)"],
  [/^.* .*\.(rds|rda)$/is, "R (.rds)"],
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
  const [, format] = FORMATS.find(([sign]) => sign.test(`${text} ${name}`)) ?? [];
  if (format) return { format };
  return SIGNS.find(([sign]) => text.startsWith(sign))?.[1] ?? null;
}
