/**
 * Incidents as columns: where each one was, on which days, and what could not be read of it.
 *
 * The twin of `geodata/columns/incidents.py`.
 */

import { type Reason, REASONS } from "../generated/codes";

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
    reasons: new Uint32Array(length),
    radiusSource: new Uint8Array(length),
    radiusSources,
  };
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
