/** Space times time: verdicts on columns of incidents. The twin of `zones/verdict.py`. */

import type { Atlas, Ground } from "./atlas";
import { Calendar, Governing, NO_DAY, PHASES, TIMES, type Basis, type Spell } from "./calendar";
import type { Plane } from "./plane";
import type { Outline } from "./shares";

export const VERDICTS = ["inside", "outside", "undetermined", "uncertain"] as const;
export const SPACES = ["inside", "outside", "straddles", "unknown"] as const;
/** What kept an answer from being plain, in the order in which a record lists it. */
export const REASONS = [
  "no-location",
  "unreadable-location",
  "placeholder-location",
  "coarse-location",
  "outside-country",
  "near-boundary",
  "boundaries-disagree",
  "spans-extents",
  "no-date",
  "unreadable-date",
  "future-date",
  "partly-in-force",
  "spans-phases",
  "contested",
] as const;
export type Verdict = (typeof VERDICTS)[number];
export type Space = (typeof SPACES)[number];
export type Reason = (typeof REASONS)[number];

/** The code of a boundary that has no extent on the days. */
export const NO_SPACE = 255;
export const INSIDE_SHARE = 0.95;
export const OUTSIDE_SHARE = 0.05;

const DIGITS = 10_000; // shares are rounded before they are compared: a record decides for itself
const PLACEHOLDER_DEG = 0.0005;
const [INSIDE, OUTSIDE, STRADDLES, UNKNOWN] = [0, 1, 2, 3] as const;
const [UNDETERMINED, UNCERTAIN] = [2, 3] as const;
const [IN_FORCE, NOT_YET, ENDED, PARTLY, NO_TIME] = [0, 1, 2, 3, 4] as const;
const [LOW, BEST, HIGH] = [0, 1, 2] as const;
const END = 1_000_000_000;

/** Return the bit that stands for a reason. */
export function bit(reason: Reason): number {
  return 1 << REASONS.indexOf(reason);
}

const NO_LOCATION = bit("no-location");
const PLACEHOLDER = bit("placeholder-location");
const COARSE = bit("coarse-location");
const ABROAD = bit("outside-country");
const NEAR = bit("near-boundary");
const DISAGREE = bit("boundaries-disagree");
const EXTENTS = bit("spans-extents");
const NO_DATE = bit("no-date");
const IN_PART = bit("partly-in-force");
const SPANS = bit("spans-phases");
const CONTESTED = bit("contested");
const ABOUT_THE_LINE = COARSE | NEAR | DISAGREE | EXTENTS;
const ABOUT_THE_DAYS = CONTESTED | SPANS | IN_PART;

/** Incidents: NaN where there is no location or no known radius, NO_DAY where there is no date. */
export interface Columns {
  readonly longitude: Float64Array;
  readonly latitude: Float64Array;
  readonly radius: Float64Array;
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/** Verdicts on n incidents as codes: positions in VERDICTS, SPACES, TIMES, the zones, PHASES. */
export class Judgements {
  readonly verdict: Uint8Array;
  readonly space: Uint8Array;
  readonly time: Uint8Array;
  /** -1 where there is no usable location. */
  readonly zone: Int8Array;
  /** -1 where unknown. */
  readonly phase: Int8Array;
  readonly shareLow: Float64Array;
  readonly shareBest: Float64Array;
  readonly shareHigh: Float64Array;
  /** n times the number of boundaries; NO_SPACE where one has no extent on the days. */
  readonly boundaries: Uint8Array;
  /** Position in the judge's spells; -1 where there are no agreements to give. */
  readonly spell: Int32Array;
  /** One bit a reason. */
  readonly reasons: Uint32Array;

  constructor(
    readonly length: number,
    width: number,
  ) {
    this.verdict = new Uint8Array(length);
    this.space = new Uint8Array(length);
    this.time = new Uint8Array(length);
    this.zone = new Int8Array(length);
    this.phase = new Int8Array(length);
    this.shareLow = new Float64Array(length);
    this.shareBest = new Float64Array(length);
    this.shareHigh = new Float64Array(length);
    this.boundaries = new Uint8Array(length * width);
    this.spell = new Int32Array(length);
    this.reasons = new Uint32Array(length);
  }
}

interface Moment {
  /** By zone, and last for when the zone is not known. */
  readonly times: number[];
  readonly phases: number[];
  readonly spells: number[];
  readonly bits: number[];
}

export interface Choices {
  readonly boundary?: string;
  readonly basis?: Basis;
  /** A location known no better than this is no location; the atlas's own by default. */
  readonly coarsestRadius?: number;
}

/** Answers, for columns of incidents, under one boundary and one basis. */
export class Judge {
  readonly boundary: string;
  readonly basis: Basis;
  readonly coarsestRadius: number;
  readonly calendar: Calendar;
  /** What `Judgements.spell` points into; it grows as days are asked about. */
  readonly spells: Spell[] = [];
  readonly #own: number;
  readonly #moments = new Map<number, Moment>();
  // The shares of one incident by boundary, zone and estimate, and whether extents changed.
  readonly #shares: Float64Array;
  readonly #changed: Uint8Array;
  readonly #governing: (Governing | null)[];
  readonly #placeholders: Float64Array;
  readonly #bounds: Float64Array;
  readonly #available: Int32Array; // of each boundary and zone, first day and day after the last
  readonly #nearest: Nearest;

  constructor(
    readonly atlas: Atlas,
    { boundary, basis = "memorandum", coarsestRadius }: Choices = {},
  ) {
    this.boundary = boundary ?? atlas.data.default_boundary;
    this.#own = atlas.boundaries.indexOf(this.boundary);
    if (this.#own < 0) {
      throw new RangeError(
        `expected a boundary of ${atlas.boundaries.join(", ")}, found ${this.boundary}`,
      );
    }
    this.basis = basis;
    this.coarsestRadius = coarsestRadius ?? atlas.data.coarsest_radius_m;
    this.calendar = new Calendar(atlas, basis);
    const grounds = atlas.grounds.flat();
    this.#shares = new Float64Array(grounds.length * 3);
    this.#changed = new Uint8Array(grounds.length);
    this.#governing = grounds.map((ground) => (ground ? new Governing(ground) : null));
    this.#placeholders = Float64Array.from(atlas.data.placeholders.flat());
    this.#bounds = Float64Array.from(atlas.data.bounds);
    this.#available = Int32Array.from(
      grounds.flatMap((ground) => (ground ? [ground[0]!.from, ground.at(-1)!.to ?? END] : [END, -END])),
    );
    this.#nearest = new Nearest(atlas.grounds[this.#own]!, atlas.plane);
  }

  /** Return the verdicts on the incidents from `start` to before `stop`. */
  judge(columns: Columns, start = 0, stop = columns.longitude.length): Judgements {
    const found = new Judgements(stop - start, this.atlas.boundaries.length);
    for (let row = start; row < stop; row++) {
      this.#judgeOne(
        found,
        row - start,
        columns.longitude[row]!,
        columns.latitude[row]!,
        columns.radius[row]!,
        columns.first[row]!,
        columns.last[row]!,
      );
    }
    return found;
  }

  /** Return the ground of the zone at a position under the boundary that decides. */
  ground(zone: number): Ground | null {
    return this.atlas.grounds[this.#own]![zone]!;
  }

  #judgeOne(
    found: Judgements,
    row: number,
    longitude: number,
    latitude: number,
    radius: number,
    first: number,
    last: number,
  ): void {
    const zones = this.atlas.zones.length;
    const boundaries = this.atlas.boundaries.length;
    let reasons = this.#locate(longitude, latitude, radius);
    const located = (reasons & (NO_LOCATION | PLACEHOLDER | COARSE)) === 0;
    const dated = first !== NO_DAY && last !== NO_DAY;
    if (!dated) reasons |= NO_DATE;
    const from = dated ? first : -END;
    const to = dated ? last : END;
    const moment = dated ? this.#moment(first, last) : null;

    let zone = -1;
    let space: number = UNKNOWN;
    let elsewhere = true;
    let disagree = false;
    found.shareLow[row] = found.shareBest[row] = found.shareHigh[row] = NaN;
    if (located) {
      this.#share(longitude, latitude, radius, from, to);
      zone = this.#choose(longitude, latitude);
      const at = (this.#own * zones + zone) * 3;
      found.shareLow[row] = this.#shares[at + LOW]!;
      found.shareBest[row] = this.#shares[at + BEST]!;
      found.shareHigh[row] = this.#shares[at + HIGH]!;
      space = this.#space(this.#own, zone);
    }
    for (let z = 0; z < zones && elsewhere; z++) {
      const time = moment?.times[z];
      const alive = time === undefined || time === IN_FORCE || time === PARTLY;
      if (alive && !(located && this.#space(this.#own, z) === OUTSIDE)) elsewhere = false;
    }
    for (let b = 0; b < boundaries; b++) {
      let code: number = NO_SPACE;
      if (this.#isAvailable(b, first, last, dated)) {
        code = !located || b === this.#own ? space : this.#space(b, this.#leading(b));
        if (code !== space) disagree = true;
      }
      found.boundaries[row * boundaries + b] = code;
    }

    const column = zone < 0 ? zones : zone;
    const time = moment ? moment.times[column]! : NO_TIME;
    if (moment) reasons |= moment.bits[column]!;
    const concerned = space === INSIDE || space === STRADDLES;
    const inTime = time === IN_FORCE || time === PARTLY;
    const relevant = concerned && inTime;
    if (space === STRADDLES) reasons |= this.#whyOpen(zone, longitude, latitude, radius);
    if (located && disagree) reasons |= DISAGREE;
    if (!relevant) reasons &= ~ABOUT_THE_DAYS;
    if (located && elsewhere && (time === NOT_YET || time === ENDED)) reasons &= ~ABOUT_THE_LINE;

    let verdict: number = UNCERTAIN;
    if (elsewhere) verdict = OUTSIDE;
    else if (!located || !dated) verdict = UNDETERMINED;
    else if (space === INSIDE && time === IN_FORCE) verdict = INSIDE;
    found.verdict[row] = verdict;
    found.space[row] = space;
    found.time[row] = time;
    found.zone[row] = zone;
    found.phase[row] = moment ? moment.phases[column]! : -1;
    found.spell[row] = relevant && moment ? moment.spells[column]! : -1;
    found.reasons[row] = reasons;
  }

  // -- where --------------------------------------------------------------------------------

  #locate(x: number, y: number, radius: number): number {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return NO_LOCATION;
    let reasons = radius <= this.coarsestRadius ? 0 : COARSE;
    const placeholders = this.#placeholders;
    for (let k = 0; k < placeholders.length; k += 2) {
      if (
        Math.abs(x - placeholders[k]!) <= PLACEHOLDER_DEG &&
        Math.abs(y - placeholders[k + 1]!) <= PLACEHOLDER_DEG
      ) {
        reasons |= PLACEHOLDER;
      }
    }
    const bounds = this.#bounds;
    const abroad = x < bounds[0]! || x > bounds[2]! || y < bounds[1]! || y > bounds[3]!;
    return abroad ? reasons | ABROAD : reasons;
  }

  /** Reckon all shares of one incident, rounded. */
  #share(longitude: number, latitude: number, radius: number, from: number, to: number): void {
    const plane = this.atlas.plane;
    let x = 0;
    let y = 0;
    let reach = radius;
    if (radius > 0) {
      plane.project(longitude, latitude);
      x = plane.x;
      y = plane.y;
      reach = radius * plane.scale(x, y);
    }
    const grounds = this.atlas.grounds;
    const shares = this.#shares;
    shares.fill(0);
    if (!(radius >= 0)) return;
    for (let b = 0, at = 0; b < grounds.length; b++) {
      const ofBoundary = grounds[b]!;
      for (let z = 0; z < ofBoundary.length; z++, at++) {
        const ground = ofBoundary[z]!;
        const governing = this.#governing[at]!;
        if (ground === null || governing === null) continue;
        governing.ask(from, to);
        this.#changed[at] = governing.first === governing.last ? 0 : 1;
        let low = 1;
        let best = 0;
        let high = 0;
        for (let k = governing.first; k <= governing.last; k++) {
          // Each estimate lies within the next: where high is nothing, and where low is all, the
          // others are known.
          const extent = ground[k]!;
          const most = extent.high.share(longitude, latitude, x, y, reach);
          const least = most ? extent.low.share(longitude, latitude, x, y, reach) : 0;
          if (least < low) low = least;
          if (most > high) high = most;
          if (k !== governing.main) continue;
          const settled = most === 0 || least === 1;
          best = settled ? most : extent.best.share(longitude, latitude, x, y, reach);
        }
        shares[at * 3 + LOW] = rounded(low);
        shares[at * 3 + BEST] = rounded(best);
        shares[at * 3 + HIGH] = rounded(high);
      }
    }
  }

  #space(boundary: number, zone: number): number {
    const at = (boundary * this.atlas.zones.length + zone) * 3;
    if (this.#shares[at + LOW]! >= INSIDE_SHARE) return INSIDE;
    return this.#shares[at + HIGH]! <= OUTSIDE_SHARE ? OUTSIDE : STRADDLES;
  }

  /** Return the zone with the largest best share, the largest high share where best is 0. */
  #leading(boundary: number): number {
    const leading = this.#most(boundary, BEST);
    return leading < 0 ? Math.max(this.#most(boundary, HIGH), 0) : leading;
  }

  /** Return the zone with the largest share, -1 where there is none above 0. */
  #most(boundary: number, estimate: number): number {
    const zones = this.atlas.zones.length;
    let found = -1;
    let most = 0;
    for (let z = 0; z < zones; z++) {
      const share = this.#shares[(boundary * zones + z) * 3 + estimate]!;
      if (share > most) {
        found = z;
        most = share;
      }
    }
    return found;
  }

  /** Return the zone to report: the largest best share, then high; else the nearest. */
  #choose(longitude: number, latitude: number): number {
    let zone = this.#most(this.#own, BEST);
    if (zone < 0) zone = this.#most(this.#own, HIGH);
    if (zone >= 0) return zone;
    const width = this.atlas.zones.length;
    return this.#nearest.zone(longitude, latitude, this.#governing, this.#own * width);
  }

  /** Tell whether a boundary has an extent on the days; the one that decides always has. */
  #isAvailable(boundary: number, first: number, last: number, dated: boolean): boolean {
    if (boundary === this.#own) return true;
    const zones = this.atlas.zones.length;
    const days = this.#available;
    for (let at = boundary * zones; at < (boundary + 1) * zones; at++) {
      const begin = days[at * 2]!;
      if (begin === END) continue;
      if (!dated || (first < days[at * 2 + 1]! && last >= begin)) return true;
    }
    return false;
  }

  /** Return why a location straddles: it is coarse, or near the line, or the line moved. */
  #whyOpen(zone: number, longitude: number, latitude: number, radius: number): number {
    const at = this.#own * this.atlas.zones.length + zone;
    let reasons = radius > 0 ? COARSE : 0;
    if (this.#changed[at]) reasons |= EXTENTS;
    const ground = this.ground(zone)!;
    const { first, last } = this.#governing[at]!;
    for (let k = first; k <= last; k++) {
      const { low, high } = ground[k]!;
      if (high.covers(longitude, latitude) && !low.covers(longitude, latitude)) reasons |= NEAR;
    }
    return reasons;
  }

  // -- when ---------------------------------------------------------------------------------

  #moment(first: number, last: number): Moment {
    const a = this.calendar.segment(first);
    const b = this.calendar.segment(last);
    const key = a * (this.calendar.cuts.length + 1) + b;
    let moment = this.#moments.get(key);
    if (!moment) {
      const spells = this.atlas.zones.map((_, zone) => this.calendar.spell(zone, a, b));
      moment = {
        times: [...spells.map((s) => s.time), this.calendar.anywhere(a, b)].map((time) =>
          TIMES.indexOf(time),
        ),
        phases: [...spells.map((s) => PHASES.indexOf(s.phase)), -1],
        spells: [...spells.map((s) => this.spells.push(s) - 1), -1],
        bits: [
          ...spells.map(
            (s) =>
              (s.contested ? CONTESTED : 0) |
              (s.spansPhases ? SPANS : 0) |
              (s.time === "partly" ? IN_PART : 0),
          ),
          0,
        ],
      };
      this.#moments.set(key, moment);
    }
    return moment;
  }
}

const CELL_M = 4_000;
const HALF = 128; // cells from the middle of the plane to each side of the table
const WIDTH = 2 * HALF;
const [UNASKED, UNSURE] = [0, 1] as const; // else 2 and the zone
const SURE = 1.000001; // more than distances are rounded by

/**
 * The zone whose best boundary is nearest to a point.
 *
 * Distances are compared in the plane, and two that are nearly equal there on the ellipsoid. A
 * distance changes from the middle of a cell to its corner by half of its diagonal at most, so a
 * zone that is nearer than the others by more than twice that, and by more than the plane's scale
 * may hide, is nearer in the whole cell.
 */
class Nearest {
  readonly #grounds: readonly (Ground | null)[];
  readonly #plane: Plane;
  readonly #tables = new Map<number, Uint8Array>();
  readonly #outlines: (Outline | null)[];
  /** Plane metres to each outline, or less where it is too far to matter. */
  readonly #metres: Float64Array;
  #least = 0;
  #second = 0;

  constructor(grounds: readonly (Ground | null)[], plane: Plane) {
    this.#grounds = grounds;
    this.#plane = plane;
    this.#outlines = grounds.map(() => null);
    this.#metres = new Float64Array(grounds.length);
  }

  /** Return the zone; `governing` has been asked for the days, from position `at` on. */
  zone(
    longitude: number,
    latitude: number,
    governing: readonly (Governing | null)[],
    at: number,
  ): number {
    let key = 0;
    for (let z = 0; z < this.#grounds.length; z++) {
      const main = governing[at + z]?.main ?? 0;
      key = key * 64 + main;
      this.#outlines[z] = this.#grounds[z]?.[main]!.best ?? null;
    }
    this.#plane.project(longitude, latitude);
    const { x, y } = this.#plane;
    const column = Math.floor(x / CELL_M) + HALF;
    const row = Math.floor(y / CELL_M) + HALF;
    if (!(column >= 0 && column < WIDTH && row >= 0 && row < WIDTH)) {
      return this.#exact(longitude, latitude);
    }
    let table = this.#tables.get(key);
    if (!table) this.#tables.set(key, (table = new Uint8Array(WIDTH * WIDTH)));
    const cell = row * WIDTH + column;
    if (table[cell] === UNASKED) table[cell] = this.#ofCell(column, row);
    return table[cell] === UNSURE ? this.#exact(longitude, latitude) : table[cell]! - 2;
  }

  /** Return what the table holds of a cell: whether all of it has one zone, and which. */
  #ofCell(column: number, row: number): number {
    const [west, south] = [(column - HALF) * CELL_M, (row - HALF) * CELL_M];
    const farX = Math.max(Math.abs(west), Math.abs(west + CELL_M));
    const farY = Math.max(Math.abs(south), Math.abs(south + CELL_M));
    const slack = this.#plane.distortion(farX, farY) * SURE;
    const nearest = this.#search(west + CELL_M / 2, south + CELL_M / 2, slack);
    const apart = this.#second > (this.#least + CELL_M * Math.SQRT2) * slack;
    return apart ? nearest + 2 : UNSURE;
  }

  /** Return the nearest zone: by the plane, or on the ellipsoid where the plane cannot tell. */
  #exact(longitude: number, latitude: number): number {
    this.#plane.project(longitude, latitude);
    const { x, y } = this.#plane;
    const slack = this.#plane.distortion(x, y) * SURE;
    let nearest = this.#search(x, y, slack);
    if (!(this.#second <= this.#least * slack)) return nearest;
    let least = Infinity;
    for (const [z, outline] of this.#outlines.entries()) {
      if (!outline || this.#metres[z]! > this.#least * slack) continue;
      const metres = Math.abs(outline.distance(longitude, latitude)?.metres ?? Infinity);
      if (metres < least) [nearest, least] = [z, metres];
    }
    return nearest;
  }

  /** Return the zone nearest in the plane; leave the two least distances, and those of all. */
  #search(x: number, y: number, slack: number): number {
    let start = 0;
    for (let z = 0; z < this.#metres.length; z++) {
      this.#metres[z] = this.#outlines[z]?.floor(x, y) ?? Infinity;
      if (this.#metres[z]! < this.#metres[start]!) start = z;
    }
    let nearest = start;
    let least = (this.#metres[start] = this.#outlines[start]?.planeDistance(x, y) ?? Infinity);
    let second = Infinity;
    for (let z = 0; z < this.#metres.length; z++) {
      if (z === start) continue;
      // Far enough to change nothing, neither the zone nor whether a whole cell has it.
      const far = this.#metres[z]! > (least + 2 * CELL_M) * slack;
      if (!far) this.#metres[z] = this.#outlines[z]?.planeDistance(x, y) ?? Infinity;
      const metres = this.#metres[z]!;
      if (metres < least || (metres === least && z < nearest)) {
        second = least;
        nearest = z;
        least = metres;
      } else if (metres < second) second = metres;
    }
    this.#least = least;
    this.#second = second;
    return least === Infinity ? 0 : nearest;
  }
}

/** Round a share to four digits, halves to the even one. */
function rounded(share: number): number {
  if (share === 0 || share === 1) return share;
  const scaled = share * DIGITS;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 === 1);
  return (up ? floor + 1 : floor) / DIGITS;
}
