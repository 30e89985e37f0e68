/**
 * Incidents as columns: where each one was, on which days, and what could not be read of it.
 *
 * The twin of `geodata/columns/incidents.py`.
 */

import { placeholder_degrees } from "grammar/limits.json";
import { type Reason, REASONS } from "../generated/codes";
import type { Ledger } from "./ledger";
import type { Place } from "./text/names";

/** The day number that stands for a missing date. */
export const NO_DAY = -2_147_483_648;

/** n incidents, in the order of their rows. */
export interface Incidents {
  /** Degrees, WGS 84; NaN where there is no position, or none that can be read. */
  readonly longitude: Float64Array;
  readonly latitude: Float64Array;
  /** Metres on the ground, 0 for an exact point; NaN where it is not known. */
  readonly radius: Float64Array;
  /** Days since 1970-01-01, both included; NO_DAY where there is no date, or none to be read. */
  readonly first: Int32Array;
  readonly last: Int32Array;
  /** Position in the ledger of the settlement that is the place; -1 for none. */
  readonly settlement: Int32Array;
  /** The places that share the name of a row, by row. */
  readonly sharing: Map<number, readonly Place[]>;
  /** Why a row has no position or no days: one bit a reason. */
  readonly reasons: Uint32Array;
  /** Position in `radiusSources`. */
  readonly radiusSource: Uint8Array;
  /** Where a radius can come from, as a record names it. */
  readonly radiusSources: readonly string[];
}

/** Return n incidents of which nothing is known, to be filled in. */
export function blankIncidents(length: number, radiusSources: readonly string[]): Incidents {
  return {
    longitude: new Float64Array(length).fill(NaN),
    latitude: new Float64Array(length).fill(NaN),
    radius: new Float64Array(length).fill(NaN),
    first: new Int32Array(length).fill(NO_DAY),
    last: new Int32Array(length).fill(NO_DAY),
    settlement: new Int32Array(length).fill(-1),
    sharing: new Map(),
    reasons: new Uint32Array(length),
    radiusSource: new Uint8Array(length),
    radiusSources,
  };
}

const STATED: readonly string[] = ["given", "unreadable"];
const SETTLEMENT = "settlement";

/**
 * Give each incident that lies in a settlement that as its place; its radius becomes the size.
 *
 * These are exact points, by default or by a precision code, that a name was taken for, or that lie
 * within the size of a settlement and stand for no whole area.
 */
export function settle(
  { longitude, latitude, radius, radiusSource, radiusSources, settlement }: Incidents,
  ledger: Ledger,
  placeholders: readonly (readonly [number, number])[],
): void {
  const source = radiusSources.indexOf(SETTLEMENT);
  for (let i = 0; i < radius.length; i++) {
    if (radius[i] !== 0 || STATED.includes(radiusSources[radiusSource[i]!]!)) continue;
    const [x, y] = [longitude[i]!, latitude[i]!];
    const place = settlement[i]! < 0 ? ledger.near(x, y) : settlement[i]!;
    const away = ([px, py]: readonly [number, number]): boolean =>
      Math.abs(x - px) > placeholder_degrees || Math.abs(y - py) > placeholder_degrees;
    settlement[i] = place >= 0 && placeholders.every(away) ? place : -1;
    if (settlement[i]! < 0) continue;
    radius[i] = ledger.radius(place);
    radiusSource[i] = source;
  }
}

// -- sets of reasons ------------------------------------------------------------------------

/** Return the bit that stands for a reason. */
export function bit(reason: Reason): number {
  return 1 << REASONS.indexOf(reason);
}

/** Return a set of reasons as bits. */
export function setOf(...reasons: Reason[]): number {
  return reasons.reduce((bits, reason) => bits | bit(reason), 0);
}

/** Return the reasons of a set, in their order. */
export function reasonsIn(bits: number): Reason[] {
  return REASONS.filter((_, i) => (bits >> i) & 1);
}

export const NO_LOCATION = bit("no-location");
export const UNREADABLE_LOCATION = bit("unreadable-location");
export const NO_DATE = bit("no-date");
export const UNREADABLE_DATE = bit("unreadable-date");
export const FUTURE_DATE = bit("future-date");
/** What is given and cannot be taken as it stands; the rest of the row is not relied on, either. */
export const UNREADABLE = UNREADABLE_LOCATION | UNREADABLE_DATE | FUTURE_DATE;
