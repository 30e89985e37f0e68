/** What the columns of a file are, by their headers: `geodata/columns/recognise.py` in short. */

import {
  centroid_words,
  date,
  deaths,
  district,
  dms,
  governorate,
  hxl,
  hxl_other_dates,
  id as ids,
  intervals,
  other_pairs,
  pairs,
  parts,
  parts_intervals,
  place,
  place_code,
  position,
  radius,
  sources,
  subdistrict,
  suffix_pairs,
  weak_pairs,
} from "grammar/headers.json";
import { dates, places } from "grammar/precision.json";

import { ReadingError } from "../text/repairs";
import { type Cells, isBlank } from "./cells";
import { FileHeaders, fold, looksPrecise } from "./headers";
import type { DatePrecision, PlacePrecision, ReadingOptions } from "./plan";
import { namesDate, namesPlace, type Roles } from "./roles";
import { readWhole } from "./where";

/** The columns of a file, the source that they are known from, and what its codes mean. */
export interface Recognised {
  readonly roles: Roles;
  /** Its name; null where the headers are those of no source that is known. */
  readonly source: string | null;
  readonly options: ReadingOptions;
  /** Headers that look as if they said how precise a row is, and that nothing is taken from. */
  readonly unused: readonly string[];
  /** Further headers that may say where, when or how precise, of which something is to be said. */
  readonly doubtful: readonly Doubtful[];
}

/** A column, or what is missing, of which a warning is to be given. */
export interface Doubtful {
  readonly kind: "unused-column" | "unused-place" | "no-precision";
  readonly column: string;
}

/** What is known of a file beside its headers. */
export interface Known {
  /** The headers as they stand in the file, where one may occur twice. */
  readonly written?: readonly string[];
  /** Headers that say when something was where no other does: KML's moments. */
  readonly moments?: readonly string[];
  /** Whether it has points of its own, which go before what its columns say. */
  readonly located?: boolean;
  /** A row of HXL tags. */
  readonly tags?: readonly string[];
  /** Columns of points of GeoJSON, or of positions under a header that is one of names. */
  readonly points?: readonly string[];
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
const HXL: Readonly<Record<string, readonly string[]>> = hxl;
const SOURCES: readonly Source[] = sources as readonly Source[];
const PLACE_CODES: Readonly<Record<string, Codes<PlacePrecision>>> = places;
const DATE_CODES: Readonly<Record<string, Codes<DatePrecision>>> = dates;
const SAMPLE = 50; // rows in which positions are looked for
const CUT = 10; // letters of a name in a Shapefile
/** Roles that the page takes from no column. */
const UNUSED = new Set(["id", "deaths", "deaths_low", "deaths_high"]);
const PLACES = ["latitude", "longitude", "position"] as const;

/** Return what can be told from the headers; a role that several could mean is left open. */
export function recognise(headers: readonly string[], about: Known = {}): Recognised {
  const known = new FileHeaders(headers, about.written);
  const { located = false } = about;
  const source = SOURCES.find(({ signs }) => signs.some((sign) => sign.every((name) => known.cut(name))));
  const tagged = byTags(about.tags ?? headers, headers);
  const roles: Settled = source ? rolesOf(known, source) : { ...tagged };
  if (!source && !Object.keys(tagged).length) Object.assign(roles, unitsOf(known));
  if (located) for (const role of PLACES) delete roles[role];
  if (!located && !namesPlace(roles)) Object.assign(roles, placeByNames(known, about.points ?? []));
  if (!located && !namesPlace(roles)) Object.assign(roles, nameOf(known));
  const placed = located || Boolean(roles.position ?? roles.latitude ?? roles.dms);
  const beside = placed && !roles.place && !roles.placeCode ? besideOf(known, headers, roles, about.points) : [];
  if (beside[0] && beside.length === 1) roles[beside[0][0]] = beside[0][1];
  if (roles.place ?? roles.placeCode) {
    const narrower = known.first(subdistrict);
    if (narrower !== undefined) roles.subdistrict ??= narrower;
  }
  if (!namesDate(roles)) Object.assign(roles, daysByNames(known));
  if (!namesDate(roles)) Object.assign(roles, given(["date"], about.moments ?? []));
  if (!source && roles.radius === undefined) {
    const metres = known.one(radius) ?? accuracyBeside(known, located, roles.latitude);
    if (metres !== undefined) roles.radius = metres;
  }
  const [id, options] = codesOf(known, roles, source?.id ?? "");
  const settled = (source?.settled ?? []).map((name) => known.cut(name));
  secondOf(known, roles, about, id === "centroids", settled);
  const used = new Set<unknown>([...Object.values(roles as Record<string, unknown>).flat(), ...settled]);
  const unused = headers.filter((header) => looksPrecise(header) && !used.has(header));
  const doubtful: Doubtful[] = othersOf(known, used).map((column) => ({ kind: "unused-column", column }));
  if (beside.length > 1) {
    doubtful.push({ kind: "unused-place", column: beside.map(([, name]) => name).join(", ") });
  }
  for (const column of missingOf(id, roles)) doubtful.push({ kind: "no-precision", column });
  return { roles, source: source?.name ?? null, options, unused, doubtful };
}

/** Return the columns called like names of places whose first cells are all positions. */
export function positionsAmong(headers: readonly string[], column: (header: string) => Cells): string[] {
  return new FileHeaders(headers).all(place).filter((name) => {
    const cells = column(name);
    const first = Array.from({ length: Math.min(cells.length, SAMPLE) }, (_, row) => cells.get(row));
    const some = first.filter((cell) => !isBlank(cell));
    return some.length > 0 && some.every(isPosition);
  });
}

function isPosition(cell: string): boolean {
  try {
    return Boolean(readWhole(cell, null, false));
  } catch (error) {
    if (error instanceof ReadingError) return false;
    throw error;
  }
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
type Options = { -readonly [Name in keyof ReadingOptions]: ReadingOptions[Name] };

/** Return roles with the columns found for them. */
function given(names: readonly (keyof Roles)[], found: readonly string[]): Settled {
  return Object.fromEntries(found.map((header, i) => [names[i]!, header]));
}

/** Return roles by HXL tag; of several columns with the same tag the role is left open. */
function byTags(tags: readonly string[], headers: readonly string[]): Settled {
  if (!tags.some((tag) => tag.startsWith("#"))) return {};
  const out: Record<string, string> = {};
  for (const [role, [tag, ...attributes]] of Object.entries(HXL)) {
    const found = headers.flatMap((header, i) => {
      const [head, ...rest] = (tags[i] ?? "").replace(/\s+/g, "").toLowerCase().split("+");
      if (head !== tag || !attributes.every((one) => rest.includes(one))) return [];
      if (role === "date" && rest.some((one) => hxl_other_dates.includes(one))) return [];
      if (role === "place" && rest.includes("code")) return [];
      return [[header, rest.includes("code")] as const];
    });
    const isLevel = ["governorate", "district"].includes(role);
    const coded = isLevel ? found.filter(([, code]) => code) : [];
    const chosen = found.length > 1 && coded.length ? coded : found;
    if (chosen.length === 1) out[role === "place_code" ? "placeCode" : role] = chosen[0]![0];
  }
  if (out["latitude"] && out["longitude"]) delete out["position"];
  else {
    delete out["latitude"];
    delete out["longitude"];
  }
  return out;
}

/** Return the columns of governorates and districts: codes come before names. */
function unitsOf(known: FileHeaders): Settled {
  const found: Settled = {};
  const [outer, inner] = [known.first(governorate), known.first(district)];
  if (outer !== undefined) found.governorate = outer;
  if (inner !== undefined) found.district = inner;
  return found;
}

function placeByNames(known: FileHeaders, points: readonly string[]): Settled {
  const pair = known.group(pairs) ?? known.group(known.endings(suffix_pairs));
  if (pair) return given(["latitude", "longitude"], pair);
  const whole = wholeOf(known);
  if (whole.length) return whole.length === 1 ? { position: whole[0]! } : {};
  if (points.length) return points.length === 1 ? { position: points[0]! } : {};
  const weak = known.group(other_pairs) ?? known.group(weak_pairs);
  return weak ? given(["latitude", "longitude"], weak) : degreesOf(known);
}

/** Return the columns of whole positions by their names, but for lists that paths lead into. */
function wholeOf(known: FileHeaders): string[] {
  return known.all(position).filter((name) => !known.headers.includes(`${name}.0`));
}

/** Return columns of degrees, minutes, seconds and perhaps direction, of both axes in turn. */
function degreesOf(known: FileHeaders): Settled {
  const kinds: string[] = [];
  const found: string[] = [];
  for (const column of known.headers) {
    const words = fold(column).split(" ").map((word) => word.replace(/[0-9]+$/, ""));
    for (const [kind, names] of Object.entries(dms)) {
      if (!words.some((word) => names.includes(word))) continue;
      kinds.push(kind);
      found.push(column);
    }
  }
  const one = ["degrees", "minutes", "seconds", "direction"].slice(0, Math.floor(found.length / 2));
  return one.length > 2 && kinds.join() === [...one, ...one].join() ? { dms: found } : {};
}

/** Return the column of P-codes of settlements, and the one of their names. */
function nameOf(known: FileHeaders): Settled {
  const found: Settled = {};
  const code = known.first(place_code);
  const named = known.all(place).filter((name) => !basesOf(known.headers).has(name));
  if (code !== undefined) found.placeCode = code;
  if (named.length === 1 || (named.length && code !== undefined)) found.place = named[0]!;
  return found;
}

/** Return the columns that paths lead into: they hold no names. */
function basesOf(headers: readonly string[]): ReadonlySet<string> {
  return new Set(headers.filter((name) => name.includes(".")).map((name) => name.split(".")[0]!));
}

/** Return the columns that may name the places of rows without a position; codes go first. */
function besideOf(
  known: FileHeaders,
  headers: readonly string[],
  roles: Settled,
  points: readonly string[] = [],
): (readonly ["place" | "placeCode", string])[] {
  const taken = new Set<unknown>([...Object.values(roles as Record<string, unknown>).flat(), ...points]);
  const bases = basesOf(headers);
  for (const [role, names] of [
    ["placeCode", place_code],
    ["place", place],
  ] as const) {
    const found = known.all(names).filter((name) => !taken.has(name) && !bases.has(name));
    if (found.length) return found.map((name) => [role, name] as const);
  }
  return [];
}

/** Return the column of accuracy that Kobo and ODK write beside a latitude; in a layer, beside the one in it. */
function accuracyBeside(known: FileHeaders, located: boolean, latitude = ""): string | undefined {
  const beside = located ? known.pairsOf(known.endings([["latitude", "longitude"]])) : [];
  const folded = fold(latitude || (beside.length === 1 ? beside[0]![0]! : ""));
  if (!folded.endsWith(" latitude")) return undefined;
  for (const word of ["precision", "accuracy"]) {
    const found = known.get(folded.replace(/latitude$/, word));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Settle the columns of a known source's precision codes; the first of them is enough. */
function codesOf(known: FileHeaders, roles: Settled, source: string): [id: string, options: Options] {
  const centred = fold(roles.latitude ?? "").split(" ").some((word) => centroid_words.includes(word));
  const id = source || (centred ? "centroids" : "");
  const options: Options = {};
  const ofPlaces = PLACE_CODES[id];
  if (ofPlaces) {
    const columns = ofPlaces.columns.flatMap((name) => known.cut(name) ?? []);
    const first = ofPlaces.columns[0];
    if (first === undefined || (columns.length && columns[0] === known.cut(first))) {
      [roles.placeCodes, options.places] = [columns, ofPlaces.codes];
      options.coded = [id, ...columns].join(" ");
    }
  }
  const ofDates = DATE_CODES[id];
  if (ofDates) {
    const column = ofDates.columns.flatMap((name) => known.cut(name) ?? [])[0];
    if (column !== undefined || !ofDates.columns.length) options.dates = ofDates.codes;
    if (column !== undefined) roles.dateCode = column;
  }
  return [id, options];
}

/** Return the columns of precision that a known source has, and this file has not. */
function missingOf(id: string, { placeCodes, radius: metres, dateCode }: Roles): string[] {
  const [ofPlaces, ofDates] = [PLACE_CODES[id]?.columns[0], DATE_CODES[id]?.columns[0]];
  return [
    ...(ofPlaces !== undefined && !placeCodes && metres === undefined ? [ofPlaces] : []),
    ...(ofDates !== undefined && dateCode === undefined ? [ofDates] : []),
  ];
}

/** Settle columns that give the place or the date a second time. */
function secondOf(
  known: FileHeaders,
  roles: Settled,
  { located = false, points = [] }: Known,
  isCentroid: boolean,
  settled: readonly unknown[],
): void {
  const taken = new Set<unknown>([...Object.values(roles as Record<string, unknown>).flat(), ...settled]);
  const free = (names: readonly string[]): boolean => names.every((name) => !taken.has(name));
  const days = known.groups(parts).find(free);
  if (days && roles.date !== undefined) roles.alsoDays = days;
  if (!located && !(roles.position ?? roles.latitude ?? roles.dms)) return;
  const ways = [
    ...known.groups([...pairs, ...other_pairs]),
    ...wholeOf(known).filter((name) => !located || name !== "geometry").map((name) => [name]),
    ...points.map((name) => [name]),
    ...(isCentroid ? [] : besidePairs(known)),
  ];
  const other = ways.find(free);
  if (other) roles.also = other;
}

/** Return pairs of a latitude and a longitude with one more word, or a number, in their names. */
function besidePairs(known: FileHeaders): string[][] {
  return known.pairsOf([...known.endings(suffix_pairs), ...known.beginnings(suffix_pairs)]);
}

/** Return columns with a common name of a place or date that nothing is taken from. */
function othersOf(known: FileHeaders, used: ReadonlySet<unknown>): string[] {
  const ofParts = new Set(known.groups(parts).flat());
  const found = [
    ...known.all(date).filter((name) => !ofParts.has(name)),
    ...known.groups(intervals).flat(),
    ...wholeOf(known),
    ...known.groups(pairs).flat(),
    ...besidePairs(known).flat(),
  ];
  return [...new Set(found)].filter((name) => !used.has(name) && name !== "geometry");
}

function daysByNames(known: FileHeaders): Settled {
  const spans = known.groups(intervals);
  const six = known.groups(parts_intervals);
  if (six.length === 1 && !spans.length) return { span: six[0]! };
  const triples = known.groups(parts);
  let days = known.all(date).filter((name) => !triples.flat().includes(name));
  if (!spans.length && !days.length && !triples.length) {
    // A Shapefile cuts names to ten letters.
    const cut = new Set(date.filter((name) => name.length > CUT).map((name) => known.cut(name)));
    days = known.headers.filter((name) => name.length === CUT && cut.has(name));
  }
  if (spans.length + days.length > 1) return {};
  if (spans[0]) return given(["first", "last"], spans[0]);
  if (days[0] !== undefined) return { date: days[0] };
  return triples.length === 1 ? given(["year", "month", "day"], triples[0]!) : {};
}

const KNOWN = [date, position, radius, ids, deaths, place, place_code, subdistrict, district, governorate].flat();
const GROUPED = [...pairs, ...parts, ...intervals].flat();

/** Tell whether cells name a position in a way that is known. */
export function namesPosition(cells: readonly string[]): boolean {
  const { latitude, position: whole, dms: degrees } = placeByNames(new FileHeaders(cells), []);
  return Boolean(latitude ?? whole ?? degrees);
}

/** Tell whether cells are names of columns: of a source or a place, or two of any that are known. */
export function namesColumns(cells: readonly string[]): boolean {
  const known = new FileHeaders(cells);
  const isSource = SOURCES.some(({ signs }) => signs.some((sign) => sign.every((name) => known.cut(name))));
  const named = (): boolean => known.all([...KNOWN, ...GROUPED]).length > 1;
  return cells.length > 1 && (isSource || namesPosition(cells) || named());
}
