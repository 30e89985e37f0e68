/** What the columns of a file are, by their headers: `geodata/columns/recognise.py` in short. */

import {
  date,
  intervals,
  pairs,
  position,
  radius,
  sources,
  suffix_pairs,
  weak_pairs,
} from "grammar/headers.json";
import { dates, places } from "grammar/precision.json";

import { cleanText, foldLetters } from "../text/repairs";
import type { DatePrecision, PlacePrecision, ReadingOptions } from "./plan";
import type { Roles } from "./roles";

/** The columns of a file, the source that they are known from, and what its codes mean. */
export interface Recognised {
  readonly roles: Roles;
  /** Its name; null where the headers are those of no source that is known. */
  readonly source: string | null;
  readonly options: ReadingOptions;
}

interface Source {
  readonly id: string;
  readonly name: string;
  readonly signature: readonly string[];
  readonly roles: Readonly<Record<string, string>>;
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
  const source = SOURCES.find(({ signature }) => signature.every((name) => known.get(name)));
  if (!source) return { roles: rolesByNames(known), source: null, options: {} };
  const roles: Record<string, unknown> = {};
  for (const [role, name] of Object.entries(source.roles)) {
    const header = UNUSED.has(role) ? undefined : known.get(name);
    if (header !== undefined) roles[role] = header;
  }
  const options: { -readonly [Name in keyof ReadingOptions]: ReadingOptions[Name] } = {};
  const placeCodes = PLACE_CODES[source.id];
  const columns = placeCodes?.columns.flatMap((name) => known.get(name) ?? []);
  if (placeCodes && columns?.length === placeCodes.columns.length) {
    [roles["placeCodes"], options.places] = [columns, placeCodes.codes];
  }
  const dateCodes = DATE_CODES[source.id];
  const column = dateCodes && known.get(dateCodes.columns[0] ?? "");
  if (dateCodes && column !== undefined) {
    [roles["dateCode"], options.dates] = [column, dateCodes.codes];
  }
  return { roles, source: source.name, options };
}

function rolesByNames(known: FileHeaders): Roles {
  const roles: { -readonly [Role in keyof Roles]: Roles[Role] } = {};
  const place = known.pair(pairs) ?? known.pair(known.endings(suffix_pairs));
  const whole = place ? undefined : known.one(position);
  const weak = place ?? (whole === undefined ? known.pair(weak_pairs) : undefined);
  if (weak) [roles.latitude, roles.longitude] = weak;
  else if (whole !== undefined) roles.position = whole;
  const interval = known.pair(intervals);
  const day = known.one(date);
  if (interval && day === undefined) [roles.first, roles.last] = interval;
  else if (day !== undefined && !interval) roles.date = day;
  const metres = known.one(radius);
  if (metres !== undefined) roles.radius = metres;
  return roles;
}

/** The headers of a file by their folded names; one that occurs twice names neither. */
class FileHeaders {
  readonly #folded = new Map<string, string[]>();

  constructor(headers: readonly string[]) {
    for (const header of headers) {
      const key = fold(header);
      this.#folded.set(key, [...(this.#folded.get(key) ?? []), header]);
    }
  }

  /** Return the one header with this name. */
  get(name: string): string | undefined {
    const found = this.#folded.get(fold(name)) ?? [];
    return found.length === 1 ? found[0] : undefined;
  }

  /** Return the one header with any of these names. */
  one(names: readonly string[]): string | undefined {
    const found = [...new Set(names.flatMap((name) => this.get(name) ?? []))];
    return found.length === 1 ? found[0] : undefined;
  }

  /** Return the one pair of headers with any of these pairs of names. */
  pair(names: readonly (readonly string[])[]): [string, string] | undefined {
    const found = names.flatMap(([a = "", b = ""]): [string, string][] => {
      const [first, second] = [this.get(a), this.get(b)];
      return first !== undefined && second !== undefined ? [[first, second]] : [];
    });
    return found.length === 1 ? found[0] : undefined;
  }

  /** Return pairs of names that end in one of these pairs. */
  endings(endings: readonly (readonly string[])[]): string[][] {
    return [...this.#folded.keys()].flatMap((name) =>
      endings.flatMap(([a = "", b = ""]) =>
        name.endsWith(` ${a}`) ? [[name, name.slice(0, -a.length) + b]] : [],
      ),
    );
  }
}

function fold(header: string): string {
  const { clean } = cleanText(header.slice(0, 500));
  const words = foldLetters(clean)
    .toLowerCase()
    .replace(/[\s_./:-]+/g, " ")
    .trim();
  return words.replace(/ ?\((wgs ?84|dd|decimal degrees|degrees|°)\)$/, "");
}
