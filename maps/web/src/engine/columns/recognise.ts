/** What the columns of a file are, by their headers: `geodata/columns/recognise.py` in short. */

import type { Roles } from "../../session/session";
import { cleanText, foldLetters } from "../text/repairs";
import type { Statement } from "./reading";

/** `geodata/grammar/headers.json`. */
export interface HeaderTable {
  readonly sources: readonly {
    readonly id: string;
    readonly name: string;
    readonly signature: readonly string[];
    readonly roles: Readonly<Record<string, string>>;
  }[];
  readonly pairs: readonly (readonly [string, string])[];
  readonly weak_pairs: readonly (readonly [string, string])[];
  readonly suffix_pairs: readonly (readonly [string, string])[];
  readonly position: readonly string[];
  readonly date: readonly string[];
  readonly intervals: readonly (readonly [string, string])[];
  readonly radius: readonly string[];
  readonly id: readonly string[];
}

/** `geodata/grammar/precision.json`. */
export interface PrecisionTable {
  readonly places: Readonly<
    Record<
      string,
      {
        readonly columns: readonly string[];
        readonly codes: Readonly<Record<string, { readonly radius_m?: number }>>;
      }
    >
  >;
  readonly dates: Readonly<
    Record<
      string,
      {
        readonly columns: readonly string[];
        readonly codes: Readonly<
          Record<string, { readonly days?: number; readonly span?: "month" | "year" }>
        >;
      }
    >
  >;
}

/** The columns of a file, as headers by role, and what its source's codes mean. */
export interface Recognised {
  readonly roles: Roles;
  readonly id: string | null;
  readonly source: string | null;
  readonly stated: Statement;
}

/** What a user can say of a file's columns. */
export const ROLES = ["latitude", "longitude", "position", "date", "first", "last", "radius"] as const;
export type Role = (typeof ROLES)[number];

function fold(header: string): string {
  const { clean } = cleanText(header.slice(0, 500));
  const words = foldLetters(clean)
    .toLowerCase()
    .replace(/[\s_./:-]+/g, " ")
    .trim();
  return words.replace(/ ?\((wgs ?84|dd|decimal degrees|degrees|°)\)$/, "");
}

/** Return what can be told from the headers; a role that several could mean is left open. */
export function recognise(
  headers: readonly string[],
  table: HeaderTable,
  precision: PrecisionTable,
): Recognised {
  const folded = new Map<string, string[]>();
  for (const header of headers) {
    const key = fold(header);
    folded.set(key, [...(folded.get(key) ?? []), header]);
  }
  // A header that occurs twice names neither.
  const get = (name: string): string | undefined => {
    const found = folded.get(fold(name)) ?? [];
    return found.length === 1 ? found[0] : undefined;
  };
  const one = (names: readonly string[]): string | undefined => {
    const found = [...new Set(names.flatMap((name) => get(name) ?? []))];
    return found.length === 1 ? found[0] : undefined;
  };
  const pair = (pairs: readonly (readonly [string, string])[]): [string, string] | undefined => {
    const found = pairs.flatMap(([a, b]): [string, string][] => {
      const [first, second] = [get(a), get(b)];
      return first !== undefined && second !== undefined ? [[first, second]] : [];
    });
    return found.length === 1 ? found[0] : undefined;
  };
  const roles: Record<string, string | readonly string[]> = {};
  const source = table.sources.find(({ signature }) => signature.every((name) => get(name)));
  if (source) {
    for (const [role, name] of Object.entries(source.roles)) {
      const header = get(name);
      if (header !== undefined && !["id", "district", "governorate"].includes(role)) {
        roles[role] = header;
      }
    }
  } else {
    const endings = [...folded.keys()].flatMap((name) =>
      table.suffix_pairs.flatMap(([a, b]): [string, string][] =>
        name.endsWith(` ${a}`) ? [[name, name.slice(0, -a.length) + b]] : [],
      ),
    );
    const place = pair(table.pairs) ?? pair(endings);
    const position = place ? undefined : one(table.position);
    const weak = place ?? (position === undefined ? pair(table.weak_pairs) : undefined);
    if (weak) [roles["latitude"], roles["longitude"]] = weak;
    else if (position !== undefined) roles["position"] = position;
    const span = pair(table.intervals);
    const date = one(table.date);
    if (span && date === undefined) [roles["first"], roles["last"]] = span;
    else if (date !== undefined && !span) roles["date"] = date;
    const radius = one(table.radius);
    if (radius !== undefined) roles["radius"] = radius;
  }
  const stated: { -readonly [K in keyof Statement]: Statement[K] } = {};
  const places = source && precision.places[source.id];
  const placeCodes = places?.columns.flatMap((name) => get(name) ?? []);
  if (places && placeCodes?.length === places.columns.length) {
    roles["placeCodes"] = placeCodes;
    stated.places = places.codes;
  }
  const dates = source && precision.dates[source.id];
  const dateCode = dates && get(dates.columns[0] ?? "");
  if (dates && dateCode !== undefined) {
    roles["dateCode"] = dateCode;
    stated.dates = dates.codes;
  }
  const id = (source?.roles["id"] && get(source.roles["id"])) ?? one(table.id) ?? null;
  return { roles: roles as Roles, id: id || null, source: source?.name ?? null, stated };
}

/** Whether the roles name a place; `located` where the file has positions of its own. */
export function placed(roles: Roles, located: boolean): boolean {
  return Boolean(located || roles.position || (roles.latitude && roles.longitude));
}

/** Whether the roles name a date. */
export function dated(roles: Roles): boolean {
  return Boolean(roles.date || roles.year || (roles.first && roles.last));
}
