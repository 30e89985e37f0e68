/**
 * Space times time: did an incident happen inside a zone that was in force?
 *
 * The twin of `zones/verdict.py`, for one incident after another.
 */

import type { Atlas } from "./atlas";
import { Calendar, FIRST_DAY, IN_FORCE, LAST_DAY, type Meaning, NO_TIME, PARTLY } from "./calendar";
import type { Basis } from "../generated/codes";
import {
  gainedZone,
  isConcerned,
  isUsable,
  LocationRules,
  reasonsFor,
  whyHeld,
  whyOpen,
  whyUnreadable,
} from "./evidence";
import { type Incidents, NO_DATE, NO_DAY, UNREADABLE } from "./incidents";
import { Disc, Drawing, INSIDE, NO_SPACE, OUTSIDE, STRADDLES, UNKNOWN } from "./space";

const [IS_INSIDE, IS_OUTSIDE, IS_UNDETERMINED, IS_UNCERTAIN] = [0, 1, 2, 3] as const; // in VERDICTS

/** Verdicts on n incidents as columns of codes: positions in VERDICTS, SPACES, TIMES, PHASES. */
export class Verdicts {
  readonly verdict: Uint8Array;
  readonly space: Uint8Array;
  readonly time: Uint8Array;
  /** Position among the atlas's zones; -1 where there is no usable location. */
  readonly zone: Int8Array;
  /** Of the first day; -1 where unknown. */
  readonly phase: Int8Array;
  /** By the boundary asked for; NaN where there is no location. */
  readonly shareLow: Float64Array;
  readonly shareBest: Float64Array;
  readonly shareHigh: Float64Array;
  /** n times the number of boundaries; NO_SPACE where one has no extent on the days. */
  readonly boundaries: Uint8Array;
  /** By which boundaries the zone was drawn on the days: a bit for each; 0 where there is no zone. */
  readonly drawnBy: Uint32Array;
  /** Position in the calendar's `knownTerms`; -1 where there are no agreements to give. */
  readonly terms: Int32Array;
  /** One bit a reason. */
  readonly reasons: Uint32Array;
  /** Position in the ledger of the settlement that is the place; -1 where none is. */
  readonly settlement: Int32Array;
  /** Positions of its first and its last holding on the days; -1 where nobody says. */
  readonly heldFirst: Int32Array;
  readonly heldLast: Int32Array;

  constructor(
    readonly length: number,
    boundaries: number,
  ) {
    this.verdict = new Uint8Array(length);
    this.space = new Uint8Array(length);
    this.time = new Uint8Array(length);
    this.zone = new Int8Array(length);
    this.phase = new Int8Array(length);
    this.shareLow = new Float64Array(length).fill(NaN);
    this.shareBest = new Float64Array(length).fill(NaN);
    this.shareHigh = new Float64Array(length).fill(NaN);
    this.boundaries = new Uint8Array(length * boundaries);
    this.drawnBy = new Uint32Array(length);
    this.terms = new Int32Array(length);
    this.reasons = new Uint32Array(length);
    this.settlement = new Int32Array(length).fill(-1);
    this.heldFirst = new Int32Array(length).fill(-1);
    this.heldLast = new Int32Array(length).fill(-1);
  }

  /** Take the verdict on the first of some others for a row, but for what is of one place alone. */
  take(row: number, other: Verdicts): void {
    this.verdict[row] = other.verdict[0]!;
    this.space[row] = other.space[0]!;
    this.time[row] = other.time[0]!;
    this.zone[row] = other.zone[0]!;
    this.phase[row] = other.phase[0]!;
    const count = this.boundaries.length / this.length;
    this.boundaries.set(other.boundaries.subarray(0, count), row * count);
    this.drawnBy[row] = other.drawnBy[0]!;
    this.terms[row] = other.terms[0]!;
    this.reasons[row]! |= other.reasons[0]!;
  }
}

/** How to assess; what is left out is the atlas's own. */
export interface Choices {
  /** Which way of drawing the zones decides; the others are answered as well, for comparison. */
  readonly boundary?: string;
  /** From when a zone counts as in force. */
  readonly basis?: Basis;
  /** A location known no better than this, in metres, is no location. */
  readonly coarsestRadius?: number;
}

/** Assesses incidents by one boundary and one basis. */
export class Assessor {
  readonly boundary: string;
  readonly basis: Basis;
  readonly calendar: Calendar;
  /** The zones as the boundary that decides draws them. */
  readonly drawing: Drawing;
  readonly #drawings: readonly Drawing[];
  readonly #rules: LocationRules;
  readonly #disc: Disc;

  constructor(
    readonly atlas: Atlas,
    { boundary, basis = "memorandum", coarsestRadius }: Choices = {},
  ) {
    this.boundary = boundary ?? atlas.data.default_boundary;
    const own = atlas.boundaries.indexOf(this.boundary);
    if (own < 0) {
      throw new RangeError(
        `expected a boundary of ${atlas.boundaries.join(", ")}, found ${this.boundary}`,
      );
    }
    this.basis = basis;
    this.calendar = new Calendar(atlas, basis);
    this.#drawings = atlas.boundaries.map((_, b) => new Drawing(atlas, b));
    this.drawing = this.#drawings[own]!;
    this.#rules = new LocationRules(atlas, coarsestRadius ?? atlas.data.coarsest_radius_m);
    this.#disc = new Disc(atlas.plane);
  }

  /**
   * Return the verdict on each incident, in their order.
   *
   * A row that cannot be read says nothing, not even with the half of it that can be: its place or
   * its day may be what was mistyped.
   */
  assess(incidents: Incidents): Verdicts {
    const n = incidents.longitude.length;
    const found = new Verdicts(n, this.#drawings.length);
    for (let i = 0; i < n; i++) {
      this.#assess(incidents, i, found);
      const unread = incidents.reasons[i]! & UNREADABLE;
      if (!unread) continue;
      found.verdict[i] = IS_UNDETERMINED;
      found.reasons[i] = whyUnreadable(found.reasons[i]!, unread);
    }
    return found;
  }

  #assess(incidents: Incidents, i: number, found: Verdicts): void {
    const disc = this.#disc;
    const [first, last] = [incidents.first[i]!, incidents.last[i]!];
    const dated = first !== NO_DAY && last !== NO_DAY;
    this.#place(incidents, i, dated, found);
    const place = disc.settlement < 0 ? disc.radius : 0; // a settlement is never too coarse
    let reasons = this.#rules.reasons(disc.longitude, disc.latitude, place);
    const located = isUsable(reasons);
    const zone = located ? this.#locate(i, found) : -1;
    const space = located ? this.drawing.space(zone) : UNKNOWN;
    if (space === STRADDLES) reasons |= whyOpen(this.drawing, disc, zone);
    const gained = located ? gainedZone(this.drawing, disc) : -1;
    const held = disc.holders && located ? whyHeld(this.drawing, disc, zone, gained >= 0) : null;
    if (held) reasons |= held.reasons;
    const disagree = this.#compare(i, space, located, found);

    const when = dated ? this.calendar.meaning(first, last) : null;
    const column = zone < 0 ? this.atlas.zones.length : zone; // the last is for an unknown zone
    const time = when ? when.times[column]! : NO_TIME;
    reasons |= when ? when.reasons[column]! : NO_DATE;
    const elsewhere = this.#isElsewhere(when, located, gained);

    let verdict: number = IS_UNCERTAIN;
    if (elsewhere) verdict = IS_OUTSIDE;
    else if (!located || !when) verdict = IS_UNDETERMINED;
    else if (space === INSIDE && time === IN_FORCE && !held?.isOpen) verdict = IS_INSIDE;
    found.verdict[i] = verdict;
    found.space[i] = space;
    found.time[i] = time;
    found.zone[i] = zone;
    found.phase[i] = when ? when.phases[column]! : -1;
    found.terms[i] = when && isConcerned(space, time) ? when.terms[column]! : -1;
    found.reasons[i] = reasonsFor(reasons, space, time, { located, disagree, elsewhere });
  }

  /** Take the place of an incident, and its days; without a date it may have happened on any. */
  #place(incidents: Incidents, i: number, dated: boolean, found: Verdicts): void {
    const { ledger } = this.atlas;
    const disc = this.#disc;
    const settlement = incidents.settlement[i]!;
    const { longitude, latitude } = settlement < 0 ? incidents : ledger;
    const at = settlement < 0 ? i : settlement;
    const first = dated ? incidents.first[i]! : FIRST_DAY;
    const last = dated ? incidents.last[i]! : LAST_DAY;
    disc.set(longitude[at]!, latitude[at]!, incidents.radius[i]!, first, last);
    if (settlement < 0) return;
    disc.settlement = found.settlement[i] = settlement;
    disc.holders = ledger.holders(settlement, first, last);
    if (!dated || !disc.holders.known) return;
    found.heldFirst[i] = disc.holders.first;
    found.heldLast[i] = disc.holders.last;
  }

  /** Compute the shares by every boundary; return the zone to report: the leading, or the nearest. */
  #locate(i: number, found: Verdicts): number {
    for (const drawing of this.#drawings) drawing.compute(this.#disc);
    const gained = gainedZone(this.drawing, this.#disc);
    const leading = gained < 0 ? this.drawing.leading() : gained;
    const zone = leading < 0 ? this.drawing.nearest(this.#disc) : leading;
    found.shareLow[i] = this.drawing.low(zone);
    found.shareBest[i] = this.drawing.best(zone);
    found.shareHigh[i] = this.drawing.high(zone);
    found.drawnBy[i] = this.drawing.drawnBy(zone, this.#disc.first, this.#disc.last);
    return zone;
  }

  /** Fill in the space by each boundary; tell whether they disagree. */
  #compare(i: number, space: number, located: boolean, found: Verdicts): boolean {
    const { first, last } = this.#disc;
    const width = this.#drawings.length;
    let disagree = false;
    for (let b = 0; b < width; b++) {
      const other = this.#drawings[b]!;
      let code: number = NO_SPACE;
      const stoodIn = located && !((found.drawnBy[i]! >> b) & 1);
      if (other === this.drawing) code = stoodIn ? NO_SPACE : space;
      else if (other.drawsAny(first, last)) {
        const leading = other.leading();
        if (!located) code = space;
        else if (leading < 0) code = OUTSIDE;
        else if (other.draws(leading, first, last)) code = other.space(leading);
      }
      found.boundaries[i * width + b] = code;
      disagree ||= code !== NO_SPACE && code !== space;
    }
    return disagree;
  }

  /** Tell whether the disc lies outside every zone that was in force, or may have been. */
  #isElsewhere(when: Meaning | null, located: boolean, gained: number): boolean {
    for (let zone = 0; zone < this.atlas.zones.length; zone++) {
      const time = when?.times[zone];
      const alive = time === undefined || time === IN_FORCE || time === PARTLY;
      const outside = located && zone !== gained && this.drawing.space(zone) === OUTSIDE;
      if (alive && !outside) return false;
    }
    return true;
  }
}
