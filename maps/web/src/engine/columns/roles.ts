/** The roles of columns, by the headers that have them. */

/** Which header means what. */
export interface Roles {
  readonly latitude?: string;
  readonly longitude?: string;
  readonly position?: string;
  readonly geopoint?: boolean;
  readonly date?: string;
  readonly first?: string;
  readonly last?: string;
  readonly year?: string;
  readonly month?: string;
  readonly day?: string;
  readonly radius?: string;
  readonly placeCodes?: readonly string[];
  readonly dateCode?: string;
}

/** What a user can say of a file's columns. */
export const ROLES = ["latitude", "longitude", "position", "date", "first", "last", "radius"] as const;
export type Role = (typeof ROLES)[number];

/** Tell whether the roles name a place. */
export function namesPlace(roles: Roles): boolean {
  return Boolean(roles.position || (roles.latitude && roles.longitude));
}

/** Tell whether the roles name a date. */
export function namesDate(roles: Roles): boolean {
  return Boolean(roles.date || roles.year || (roles.first && roles.last));
}
