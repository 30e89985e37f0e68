/** Evidence: what kept an answer from being plain. The twin of `zones/evidence.py`. */

import { far_abroad_degrees, placeholder_degrees } from "grammar/limits.json";

import type { Atlas } from "./atlas";
import { ENDED, FIRST_DAY, IN_FORCE, LAST_DAY, NOT_YET, PARTLY } from "./calendar";
import {
  bit,
  FUTURE_DATE,
  NO_DATE,
  NO_LOCATION,
  setOf,
  UNREADABLE,
  UNREADABLE_DATE,
  UNREADABLE_LOCATION,
} from "./incidents";
import { type Disc, type Drawing, INSIDE, OUTSIDE, STRADDLES } from "./space";

const PLACEHOLDER = bit("placeholder-location");
const COARSE = bit("coarse-location");
const ABROAD = bit("outside-country");
const NEAR = bit("near-boundary");
const DISAGREE = bit("boundaries-disagree");
const CHANGED = bit("spans-extents");
const UNUSABLE = NO_LOCATION | PLACEHOLDER | COARSE;
const HELD_UNKNOWN = bit("held-unknown");
const HELD_CHANGED = bit("held-changed");
const HELD_DISPUTED = bit("held-disputed");
const LOST = bit("ground-lost");
export const GAINED = bit("ground-gained");
const OF_HOLDERS = HELD_UNKNOWN | HELD_CHANGED | HELD_DISPUTED | LOST | GAINED;
const OF_THE_LINE = COARSE | NEAR | DISAGREE | CHANGED | OF_HOLDERS;
const OF_THE_DAYS = setOf("partly-in-force", "spans-phases", "contested");

/** What makes a position usable, by the words of an atlas. */
export class LocationRules {
  readonly #placeholders: Float64Array;
  readonly #bounds: Float64Array;

  constructor(
    atlas: Atlas,
    /** A location known no better than this, in metres, is no location. */
    readonly coarsestRadius: number,
  ) {
    this.#placeholders = Float64Array.from(atlas.data.placeholders.flat());
    this.#bounds = Float64Array.from(atlas.data.bounds);
  }

  /** Return what speaks against a location, as a set of reasons. */
  reasons(longitude: number, latitude: number, radius: number): number {
    if (!Number.isFinite(longitude) || !Number.isFinite(latitude)) return NO_LOCATION;
    let reasons = radius <= this.coarsestRadius ? 0 : COARSE;
    const points = this.#placeholders;
    for (let k = 0; k < points.length; k += 2) {
      const away = Math.abs(longitude - points[k]!);
      if (away > placeholder_degrees || Math.abs(latitude - points[k + 1]!) > placeholder_degrees) continue;
      reasons |= PLACEHOLDER;
    }
    const [west, south, east, north] = [0, 1, 2, 3] as const;
    const bounds = this.#bounds;
    // How far beyond the country's rectangle; within it, nothing or less.
    const away = Math.max(
      bounds[west]! - longitude,
      longitude - bounds[east]!,
      bounds[south]! - latitude,
      latitude - bounds[north]!,
    );
    if (away > far_abroad_degrees) reasons &= ~COARSE;
    return away > 0 ? reasons | ABROAD : reasons;
  }
}

/** Tell whether a location can be relied on; one beyond the country can, and has its reason. */
export function isUsable(reasons: number): boolean {
  return (reasons & UNUSABLE) === 0;
}

/** Return why a disc straddles a zone: it is known coarsely, or near the line, or the line moved. */
export function whyOpen(drawing: Drawing, disc: Disc, zone: number): number {
  const decided = drawing.byLedger && disc.holders?.known; // by who held the settlement
  return (
    (disc.radius > 0 && !decided ? COARSE : 0) |
    (drawing.isChanged(zone) ? CHANGED : 0) |
    (drawing.isBetween(zone, disc) ? NEAR : 0)
  );
}

/**
 * Return the zone of which a settlement was gained: a side of it held it, outside of it; -1 for none.
 *
 * Under an extent that is drawn from the ledger, at any time; under another, only where that side
 * came after the extent's first day.
 */
export function gainedZone(drawing: Drawing, { holders }: Disc): number {
  if (!holders?.known || !holders.own || holders.zone < 0) return -1;
  if (drawing.space(holders.zone) !== OUTSIDE) return -1;
  const { byLedger, from } = drawing.main(holders.zone);
  return byLedger || holders.cameBy > from ? holders.zone : -1;
}

/** What follows from who held a settlement. */
export interface OfHolders {
  /** It is not inside, whatever the line says. */
  readonly isOpen: boolean;
  readonly reasons: number;
}

/** Tell what follows from who held a settlement, for the zone that is reported. */
export function whyHeld(drawing: Drawing, disc: Disc, zone: number, gained: boolean): OfHolders {
  const { known, own, other, changed, disputed } = disc.holders!;
  const space = drawing.space(zone);
  const lost = known && !own && space !== OUTSIDE;
  const isOpen = lost || (known && own && other && space !== OUTSIDE);
  if (disc.first === FIRST_DAY && disc.last === LAST_DAY) return { isOpen, reasons: 0 };
  let reasons = gained ? GAINED : 0;
  if (!known && drawing.high(zone) > 0) reasons |= HELD_UNKNOWN;
  if (known && changed) reasons |= disputed ? HELD_DISPUTED : HELD_CHANGED;
  // A disc that straddles the line of a map was perhaps never within it.
  if (lost && (space === INSIDE || drawing.byLedger)) reasons |= LOST;
  if (space === OUTSIDE && !(known && own) && drawing.heldBefore(zone, disc)) reasons |= LOST;
  return { isOpen, reasons };
}

/**
 * Tell whether an incident lies in a zone, at least in part, while that was in force, at least partly.
 *
 * Only then are there agreements, and something to say about days.
 */
export function isConcerned(space: number, time: number): boolean {
  return (space === INSIDE || space === STRADDLES) && (time === IN_FORCE || time === PARTLY);
}

/** What else is known of an incident. */
export interface Circumstances {
  /** Its location can be relied on. */
  readonly located: boolean;
  /** The boundaries differ in where it lies. */
  readonly disagree: boolean;
  /** It lies outside every zone that was in force. */
  readonly elsewhere: boolean;
}

/**
 * Return a set of reasons without those that decide nothing.
 *
 * Reasons about the line are left out where time alone decides; those about time where the incident
 * lies outside.
 */
export function reasonsFor(
  reasons: number,
  space: number,
  time: number,
  { located, disagree, elsewhere }: Circumstances,
): number {
  let found = reasons;
  if (located && disagree) found |= DISAGREE;
  if (!isConcerned(space, time)) found &= ~OF_THE_DAYS;
  if (located && elsewhere && (time === NOT_YET || time === ENDED)) found &= ~OF_THE_LINE;
  return found;
}

/** Return a set of reasons with why cells could not be read, in place of what is then missing. */
export function whyUnreadable(reasons: number, unread: number): number {
  let found = reasons | (unread & UNREADABLE);
  if (unread & UNREADABLE_LOCATION) found &= ~NO_LOCATION;
  if (unread & (UNREADABLE_DATE | FUTURE_DATE)) found &= ~NO_DATE;
  return found;
}
