/** The roles of columns, by the headers that have them. */

/** Which header means what. */
export interface Roles {
  readonly latitude?: string;
  readonly longitude?: string;
  readonly position?: string;
  readonly geopoint?: boolean;
  /** Degrees, minutes, seconds and perhaps a direction, of both axes in turn. */
  readonly dms?: readonly string[];
  /** A second position, by one header or two, which is compared. */
  readonly also?: readonly string[];
  /** A name or a P-code, looked up where a row has no position, and what narrows it. */
  readonly place?: string;
  readonly placeCode?: string;
  readonly subdistrict?: string;
  readonly district?: string;
  readonly governorate?: string;
  readonly date?: string;
  readonly first?: string;
  readonly last?: string;
  readonly year?: string;
  readonly month?: string;
  readonly day?: string;
  /** Year, month and day of a first and a last day. */
  readonly span?: readonly string[];
  /** Year, month and day beside a date, which are compared. */
  readonly alsoDays?: readonly string[];
  readonly radius?: string;
  readonly placeCodes?: readonly string[];
  readonly dateCode?: string;
}

/** What a user can say of a file's columns. */
export const ROLES = [
  "latitude",
  "longitude",
  "position",
  "place",
  "governorate",
  "date",
  "first",
  "last",
  "radius",
] as const;
export type Role = (typeof ROLES)[number];

/** Tell whether the roles name a place. */
export function namesPlace({ position, latitude, longitude, dms, place, placeCode }: Roles): boolean {
  return Boolean(position || (latitude && longitude) || dms || place || placeCode);
}

/** Tell whether the roles name a date. */
export function namesDate({ date, year, first, last, span }: Roles): boolean {
  return Boolean(date || year || (first && last) || span);
}
