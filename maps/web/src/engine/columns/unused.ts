/** Columns that may say how precise a row is, and that nothing is taken from: `headers/unused.py`. */

import { deciding, ends, radius as radii, survey_marks } from "grammar/headers.json";

import type { Table } from "../formats/table";
import { readRadius, unitOf } from "../text/lengths";
import { ReadingError } from "../text/repairs";
import { isBlank } from "./cells";
import { fold, looksPrecise, saysPrecision, wordsOf } from "./headers";
import type { Recognised } from "./recognise";

const ENDS = new Set(ends.map(fold));
const RADII = new Set(radii.map(fold));
const PLAIN = new Set(deciding.plain);
const LIKE_DATE = /(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}/;
const SAMPLE = 200; // rows
const LONGEST = 40; // characters of a length, at most
const GEOPOINT = /^-?[0-9.]+ -?[0-9.]+ -?[0-9.]+ [0-9.]+$/;
const MOST_SHOWN = 6; // values of a column

/** A warning about a column, or about one that is missing, with some of its values. */
export interface ColumnWarning {
  readonly kind: "unused-precision" | "unused-length" | "unused-column" | "unused-place" | "unused-list" | "no-precision";
  readonly column: string;
  readonly values: string;
}

/** Return a warning of each column that may matter, and that nothing is taken from. */
export function columnWarnings(
  table: Table,
  { roles, unused, doubtful }: Recognised,
  tags: readonly string[] = [],
): ColumnWarning[] {
  const used = new Set<unknown>(Object.values(roles as Record<string, unknown>).flat());
  const found: ColumnWarning[] = [];
  const isSurvey = survey_marks.some((mark) => table.headers.includes(mark));
  const isPlaced = Boolean(table.points ?? roles.latitude ?? roles.position ?? roles.dms);
  const words = [...deciding.words, ...(isPlaced ? [] : deciding.offsets)].map((word) => ` ${fold(word)} `);
  const decides = (column: string, values: ReadonlySet<string>): boolean =>
    words.some((word) => wordsOf(column).includes(word)) && [...values].some((cell) => !PLAIN.has(fold(cell)));
  for (const [at, column] of table.headers.entries()) {
    if (used.has(column) || (table.points && column === "geometry")) continue;
    const values = valuesOf(table, column);
    const isPrecise = unused.includes(column) || looksPrecise((tags[at] ?? "").replace(/[#+]/g, " "));
    const kind = isPrecise ? "unused-precision" : (kindOf(column, values) ?? null);
    const isEnd = roles.date !== undefined && isOtherEnd(column, values);
    if (!kind && !isSurvey && (isEnd || decides(column, values))) {
      found.push({ kind: "unused-column", column, values: "" });
    }
    if (kind) found.push({ kind, column, values: [...values].slice(0, MOST_SHOWN).join(", ") });
  }
  const told = new Set(found.map(({ column }) => column));
  for (const { kind, column } of doubtful) if (!told.has(column)) found.push({ kind, column, values: "" });
  for (const column of table.inside?.lists ?? []) found.push({ kind: "unused-list", column, values: "" });
  return found;
}

/** Return what was recognised without a column of radii that rather holds codes: digits, and no unit. */
export function withoutCodes(table: Table, found: Recognised): Recognised {
  const { radius, ...roles } = found.roles;
  if (found.source !== null || radius === undefined || unitOf(radius) !== undefined) return found;
  if (!RADII.has(fold(radius))) return found;
  const cells = table.column(radius);
  let isFilled = false;
  for (let row = 0; row < table.length; row++) {
    const text = cells.get(row);
    if (text && !/^[0-9](\.0)?$/.test(text)) return found;
    isFilled ||= /[1-9]/.test(text); // nothing is as much in every unit
  }
  return isFilled ? { ...found, roles, unused: [...found.unused, radius] } : found;
}

/** Tell whether a column of dates is called the first or the last, beside the one date. */
function isOtherEnd(column: string, values: ReadonlySet<string>): boolean {
  const called = fold(column).split(" ").some((word) => ENDS.has(word));
  return called && values.size > 0 && [...values].every((cell) => LIKE_DATE.test(cell));
}

function kindOf(column: string, values: ReadonlySet<string>): ColumnWarning["kind"] | null {
  if (saysPrecision(column, values)) return "unused-precision";
  const cells = [...values];
  if (!cells.length) return null;
  if (cells.every(isLength) && cells.some((cell) => /[^0-9\s]\s*$/.test(cell))) return "unused-length";
  return cells.every((cell) => GEOPOINT.test(cell)) ? "unused-precision" : null;
}

/** Return the different cells of a column's first rows that hold something. */
function valuesOf(table: Table, column: string): Set<string> {
  const cells = table.column(column);
  const found = new Set<string>();
  for (let row = 0; row < Math.min(SAMPLE, table.length); row++) {
    const text = cells.get(row);
    if (!isBlank(text)) found.add(text);
  }
  return found;
}

function isLength(cell: string): boolean {
  if (cell.length > LONGEST) return false;
  try {
    readRadius(cell);
    return true;
  } catch (error) {
    if (!(error instanceof ReadingError)) throw error;
    return false;
  }
}
