/**
 * Space: which share of a place lies inside each zone, as each boundary draws it.
 *
 * The twin of `zones/space.py`, for one place after another.
 */

import { shares } from "grammar/limits.json";
import type { Atlas, Estimate, Extent, Ground } from "./atlas";
import { FIRST_DAY, LAST_DAY } from "./calendar";
import { Nearest } from "./geometry/nearest";
import type { Plane } from "./geometry/plane";
import type { Outline } from "./geometry/shares";
import type { Holders } from "./ledger";
import { roundHalfEven } from "./rounding";

/** An incident is inside when at least this share of its place is surely inside. */
export const INSIDE_SHARE = shares.inside;
/** It is outside when at most this share of its place is possibly inside. */
export const OUTSIDE_SHARE = shares.outside;
const SHARE_STEPS = 10 ** shares.decimals; // shares are rounded before they are compared: a record decides for itself

/** Positions in SPACES. */
export const [INSIDE, OUTSIDE, STRADDLES, UNKNOWN] = [0, 1, 2, 3] as const;
/** Stands in its place where a boundary has no extent on the days. */
export const NO_SPACE = 255;

const [LOW, BEST, HIGH] = [0, 1, 2] as const;

/** A place and its days: a disc in degrees and in the plane, and from when to when it may be. */
export class Disc {
  longitude = NaN;
  latitude = NaN;
  /** Metres on the ground. */
  radius = 0;
  x = 0;
  y = 0;
  /** Metres in the plane. */
  planeRadius = 0;
  first = FIRST_DAY;
  last = LAST_DAY;
  /** Position in the ledger of the settlement that is the place, and who held it; -1 for none. */
  settlement = -1;
  holders: Holders | null = null;

  constructor(private readonly plane: Plane) {}

  /** Take another place. */
  set(longitude: number, latitude: number, radius: number, first: number, last: number): void {
    this.longitude = longitude;
    this.latitude = latitude;
    this.radius = radius;
    this.planeRadius = radius;
    this.first = first;
    this.last = last;
    this.settlement = -1;
    this.holders = null;
    if (!(radius > 0)) return; // a point is asked about in degrees
    this.plane.project(longitude, latitude);
    this.x = this.plane.x;
    this.y = this.plane.y;
    this.planeRadius = radius * this.plane.scale(this.x, this.y);
  }
}

/** Shares of settlements, computed once and then looked up: of the discs of their sizes, and of their points. */
class Settlements {
  readonly #discs = new Map<Outline, Float64Array>();
  readonly #points = new Map<Outline, Float64Array>();

  constructor(private readonly count: number) {}

  /** Where it is known who held it, an extent that is drawn from the ledger is asked about its point alone. */
  share(extent: Extent, estimate: Estimate, disc: Disc): number {
    const asPoint = extent.byLedger && disc.holders!.known;
    const outline = extent[asPoint ? "best" : estimate];
    const table = asPoint ? this.#points : this.#discs;
    let known = table.get(outline);
    if (!known) table.set(outline, (known = new Float64Array(this.count).fill(NaN)));
    if (Number.isNaN(known[disc.settlement])) {
      const { longitude, latitude, x, y, planeRadius } = disc;
      known[disc.settlement] = outline.share(longitude, latitude, x, y, asPoint ? 0 : planeRadius);
    }
    return known[disc.settlement]!;
  }
}

/** Which extents of a ground count on some days; asked for one incident after another. */
export class Governing {
  /** Positions of the first and the last extent that count, and of the one that covers most days. */
  first = 0;
  last = 0;
  main = 0;
  readonly #starts: Int32Array;

  constructor(ground: Ground) {
    this.#starts = Int32Array.from(ground, (extent) => extent.from);
  }

  /** Before the first extent and after the last, the nearest in time stands for the ground. */
  ask(first: number, last: number): void {
    const starts = this.#starts;
    let i = 0;
    let j = 0;
    for (let k = 1; k < starts.length; k++) {
      const start = starts[k]!;
      if (start <= first) i = k;
      if (start <= last) j = k;
    }
    this.first = i;
    this.last = j;
    this.main = i;
    if (i === j) return;
    let most = -1;
    for (let k = 0; k < starts.length; k++) {
      const opens = k === 0 ? FIRST_DAY : starts[k]!;
      const stops = k + 1 < starts.length ? starts[k + 1]! : LAST_DAY;
      const covered = Math.max(0, Math.min(last + 1, stops) - Math.max(first, opens));
      if (covered > most) {
        this.main = k;
        most = covered;
      }
    }
  }
}

/** All zones as one boundary draws them, or the default one where it does not; asked about disc after disc. */
export class Drawing {
  readonly #grounds: readonly Ground[];
  readonly #governing: readonly Governing[];
  /** Of the disc last asked about: low, best and high by zone, and whether the extents changed. */
  readonly #shares: Float64Array;
  readonly #changed: Uint8Array;
  /** By zone the first day with an extent of the boundary's own, and the day after the last. */
  readonly #drawn: Int32Array;
  readonly #nearest: Nearest;
  readonly #settlements: Settlements;
  /** The boundary is drawn from the ledger of settlements. */
  readonly byLedger: boolean;

  constructor(atlas: Atlas, boundary: number) {
    this.#settlements = new Settlements(atlas.ledger.length);
    this.byLedger = atlas.isByLedger(boundary);
    const grounds = atlas.grounds[boundary]!;
    this.#grounds = grounds;
    this.#governing = grounds.map((ground) => new Governing(ground));
    this.#shares = new Float64Array(grounds.length * 3);
    this.#changed = new Uint8Array(grounds.length);
    this.#drawn = Int32Array.from(
      grounds.flatMap((ground) => {
        const own = ground.filter((extent) => extent.boundary === boundary);
        return own.length ? [own[0]!.from, own.at(-1)!.to ?? LAST_DAY] : [LAST_DAY, FIRST_DAY];
      }),
    );
    this.#nearest = new Nearest(grounds, atlas.plane);
  }

  /** Compute the shares of a disc in every zone; all else is asked about these. */
  compute(disc: Disc): void {
    this.#shares.fill(0);
    if (!(disc.radius >= 0)) return;
    for (let zone = 0; zone < this.#grounds.length; zone++) {
      this.#computeIn(this.#grounds[zone]!, zone, disc);
    }
  }

  /** The smallest low, the largest high, and the best of the extent that covers most days. */
  #computeIn(ground: Ground, zone: number, disc: Disc): void {
    const governing = this.#governing[zone]!;
    governing.ask(disc.first, disc.last);
    this.#changed[zone] = governing.first === governing.last ? 0 : 1;
    let low = 1;
    let best = 0;
    let high = 0;
    for (let k = governing.first; k <= governing.last; k++) {
      // Each estimate lies within the next: where high is nothing, and where low is all, the
      // others are known.
      const extent = ground[k]!;
      const most = this.#share(extent, "high", disc);
      const least = most ? this.#share(extent, "low", disc) : 0;
      if (least < low) low = least;
      if (most > high) high = most;
      if (k !== governing.main) continue;
      const settled = most === 0 || least === 1;
      best = settled ? most : this.#share(extent, "best", disc);
    }
    this.#shares[zone * 3 + LOW] = rounded(low);
    this.#shares[zone * 3 + BEST] = rounded(best);
    this.#shares[zone * 3 + HIGH] = rounded(high);
  }

  #share(extent: Extent, estimate: Estimate, disc: Disc): number {
    if (disc.settlement >= 0) return this.#settlements.share(extent, estimate, disc);
    return extent[estimate].share(disc.longitude, disc.latitude, disc.x, disc.y, disc.planeRadius);
  }

  low(zone: number): number {
    return this.#shares[zone * 3 + LOW]!;
  }

  best(zone: number): number {
    return this.#shares[zone * 3 + BEST]!;
  }

  high(zone: number): number {
    return this.#shares[zone * 3 + HIGH]!;
  }

  /** Return where the disc lies with regard to a zone, as a position in SPACES. */
  space(zone: number): number {
    if (this.low(zone) >= INSIDE_SHARE) return INSIDE;
    return this.high(zone) <= OUTSIDE_SHARE ? OUTSIDE : STRADDLES;
  }

  /** Tell whether the extents of a zone change within the days of the disc. */
  isChanged(zone: number): boolean {
    return this.#changed[zone] === 1;
  }

  /** Return the zone with the largest best share, the largest high share where best is 0; or -1. */
  leading(): number {
    const leading = this.#largest(BEST);
    return leading < 0 ? this.#largest(HIGH) : leading;
  }

  #largest(estimate: number): number {
    let found = -1;
    let most = 0;
    for (let zone = 0; zone < this.#grounds.length; zone++) {
      const share = this.#shares[zone * 3 + estimate]!;
      if (share > most) {
        found = zone;
        most = share;
      }
    }
    return found;
  }

  /** Return the extent of a zone that counts most on the days of the disc. */
  main(zone: number): Extent {
    return this.#grounds[zone]![this.#governing[zone]!.main]!;
  }

  /** Tell whether an extent before those that count held the disc's middle. */
  heldBefore(zone: number, { longitude, latitude }: Disc): boolean {
    const { first } = this.#governing[zone]!;
    return this.#grounds[zone]!.slice(0, first).some(({ best }) => best.covers(longitude, latitude));
  }

  /** Return the zone whose best boundary is nearest to the disc. */
  nearest({ longitude, latitude }: Disc): number {
    return this.#nearest.zone(longitude, latitude, this.#governing);
  }

  /** Tell whether the boundary itself draws a zone on some days. */
  draws(zone: number, first: number, last: number): boolean {
    return first < this.#drawn[zone * 2 + 1]! && last >= this.#drawn[zone * 2]!;
  }

  /** Tell whether the boundary itself draws any zone on some days. */
  drawsAny(first: number, last: number): boolean {
    return this.#grounds.some((_, zone) => this.draws(zone, first, last));
  }

  /** Return by which boundaries a zone was drawn on some days: a bit for each by its position. */
  drawnBy(zone: number, first: number, last: number): number {
    const governing = this.#governing[zone]!;
    governing.ask(first, last);
    return this.#grounds[zone]!
      .slice(governing.first, governing.last + 1)
      .reduce((bits, { boundary }) => bits | (1 << boundary), 0);
  }

  /** Tell whether the disc's middle lies between low and high of an extent that counts. */
  isBetween(zone: number, { longitude, latitude }: Disc): boolean {
    const { first, last } = this.#governing[zone]!;
    return this.#grounds[zone]!.slice(first, last + 1).some(
      ({ low, high }) => high.covers(longitude, latitude) && !low.covers(longitude, latitude),
    );
  }

  /** Return whole metres to the best boundary of a zone, positive inside, and its error there. */
  measure(
    zone: number,
    longitude: number,
    latitude: number,
    first: number,
    last: number,
  ): { distance: number; accuracy: number | null } | null {
    const ground = this.#grounds[zone];
    if (!ground?.length) return null;
    const governing = new Governing(ground);
    governing.ask(first, last);
    const extent = ground[governing.main]!;
    const nearest = extent.best.distance(longitude, latitude);
    if (!nearest) return null;
    return {
      distance: roundHalfEven(nearest.metres),
      accuracy: accuracyAt(extent, nearest.longitude, nearest.latitude),
    };
  }
}

/** Round a share to four digits. */
export function rounded(share: number): number {
  return share === 0 || share === 1 ? share : roundHalfEven(share * SHARE_STEPS) / SHARE_STEPS;
}

/** Return the error of a boundary at a point on it, between its two nearest vertices. */
function accuracyAt({ best, errors }: Extent, x: number, y: number): number | null {
  if (!errors) return null;
  // Degrees are squeezed so that both axes are alike: enough to tell the nearest edge.
  const squeeze = Math.cos((y * Math.PI) / 180);
  let least = Infinity;
  let error = NaN;
  let at = 0;
  for (const ring of best.polygons.flat()) {
    for (let i = 0; i + 1 < ring.length; i++) {
      const ax = (ring[i]![0] - x) * squeeze;
      const ay = ring[i]![1] - y;
      const dx = (ring[i + 1]![0] - x) * squeeze - ax;
      const dy = ring[i + 1]![1] - y - ay;
      const along = -(ax * dx + ay * dy) / Math.max(dx * dx + dy * dy, 1e-18);
      const t = Math.max(0, Math.min(1, along));
      const gap = (ax + t * dx) ** 2 + (ay + t * dy) ** 2;
      if (gap < least) {
        least = gap;
        error = errors[at + i]! + t * (errors[at + i + 1]! - errors[at + i]!);
      }
    }
    at += ring.length;
  }
  return roundHalfEven(error);
}
