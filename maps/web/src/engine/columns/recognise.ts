/** What the columns of a file are, by their headers: `geodata/columns/recognise.py` in short. */

import {
  centroid_words,
  date,
  intervals,
  pairs,
  parts,
  position,
  radius,
  sources,
  suffix_pairs,
  weak_pairs,
} from "grammar/headers.json";
import { dates, places } from "grammar/precision.json";

import { FileHeaders, fold, looksPrecise } from "./headers";
import type { DatePrecision, PlacePrecision, ReadingOptions } from "./plan";
import { namesDate, namesPlace, type Roles } from "./roles";

/** The columns of a file, the source that they are known from, and what its codes mean. */
export interface Recognised {
  readonly roles: Roles;
  /** Its name; null where the headers are those of no source that is known. */
  readonly source: string | null;
  readonly options: ReadingOptions;
  /** Headers that look as if they said how precise a row is, and that nothing is taken from. */
  readonly unused: readonly string[];
}

interface Source {
  readonly id: string;
  readonly name: string;
  /** Headers each group of which is a sign of the source. */
  readonly signs: readonly (readonly string[])[];
  readonly roles: Readonly<Record<string, string>>;
  readonly settled?: readonly string[];
}
interface Codes<Meaning> {
  readonly columns: readonly string[];
  readonly codes: Readonly<Record<string, Meaning>>;
}
const SOURCES: readonly Source[] = sources as readonly Source[];
const PLACE_CODES: Readonly<Record<string, Codes<PlacePrecision>>> = places;
const DATE_CODES: Readonly<Record<string, Codes<DatePrecision>>> = dates;
/** Roles that the page takes from no column. */
const UNUSED = new Set(["id", "district", "governorate", "deaths", "deaths_low", "deaths_high"]);

/** Return what can be told from the headers; a role that several could mean is left open. */
export function recognise(headers: readonly string[]): Recognised {
  const known = new FileHeaders(headers);
  const cut = (name: string): boolean => known.cut(name) !== undefined;
  const source = SOURCES.find(({ signs }) => signs.some((sign) => sign.every(cut)));
  const roles: Settled = source ? rolesOf(known, source) : {};
  if (!namesPlace(roles)) Object.assign(roles, placeByNames(known));
  if (!namesDate(roles)) Object.assign(roles, daysByNames(known));
  const metres = source ? undefined : known.one(radius);
  if (metres !== undefined) roles.radius = metres;
  const centred = fold(roles.latitude ?? "").split(" ").some((word) => centroid_words.includes(word));
  const id = source?.id ?? (centred ? "centroids" : "");
  const options: { -readonly [Name in keyof ReadingOptions]: ReadingOptions[Name] } = {};
  const placeCodes = PLACE_CODES[id];
  if (placeCodes) {
    const columns = placeCodes.columns.flatMap((name) => known.cut(name) ?? []);
    if (columns[0] === placeCodes.columns.map((name) => known.cut(name))[0]) {
      [roles.placeCodes, options.places] = [columns, placeCodes.codes];
    }
  }
  const dateCodes = DATE_CODES[id];
  if (dateCodes) {
    const column = dateCodes.columns.flatMap((name) => known.cut(name) ?? [])[0];
    if (column !== undefined || !dateCodes.columns.length) options.dates = dateCodes.codes;
    if (column !== undefined) roles.dateCode = column;
  }
  const settled = (source?.settled ?? []).map((name) => known.cut(name));
  const used = new Set<unknown>([...Object.values(roles as Record<string, unknown>).flat(), ...settled]);
  const unused = headers.filter((header) => looksPrecise(header) && !used.has(header));
  return { roles, source: source?.name ?? null, options, unused };
}

/** Return the roles of a source's own headers; half of a pair says nothing. */
function rolesOf(known: FileHeaders, source: Source): Settled {
  const found = new Map<string, string>();
  for (const [role, name] of Object.entries(source.roles)) {
    const header = UNUSED.has(role) ? undefined : known.cut(name);
    if (header !== undefined) found.set(role, header);
  }
  for (const [one, two] of [
    ["latitude", "longitude"],
    ["first", "last"],
  ] as const) {
    if (found.has(one) && found.has(two)) continue;
    found.delete(one);
    found.delete(two);
  }
  return Object.fromEntries(found);
}

type Settled = { -readonly [Role in keyof Roles]: Roles[Role] };

/** Return roles with the columns found for them. */
function given(names: readonly (keyof Roles)[], found: readonly string[]): Settled {
  return Object.fromEntries(found.map((header, i) => [names[i]!, header]));
}

function placeByNames(known: FileHeaders): Settled {
  const place = known.group(pairs) ?? known.group(known.endings(suffix_pairs));
  if (place) return given(["latitude", "longitude"], place);
  const whole = known.one(position);
  if (whole !== undefined) return { position: whole };
  return given(["latitude", "longitude"], known.group(weak_pairs) ?? []);
}

function daysByNames(known: FileHeaders): Settled {
  const interval = known.group(intervals);
  const triple = known.group(parts) ?? [];
  const day = known.one(date.filter((name) => !triple.includes(known.get(name) ?? "")));
  if (interval) return day === undefined ? given(["first", "last"], interval) : {};
  return day === undefined ? given(["year", "month", "day"], triple) : { date: day };
}
