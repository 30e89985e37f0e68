/** What the engine knows: the JSON that `maps/page/checker.py` writes, and its geometry decoded. */

import { type Day, dayNumber } from "../days";
import { decodeRing, type Polygons, type Ring } from "../rings";
import type { Estimate, Ground as WireGround, Reference, SentenceWords as Words } from "../generated/payload";
import { Plane } from "./geometry/plane";
import { Outline } from "./geometry/shares";
import type { Ledger } from "./ledger";

export type { Estimate, PhaseName, SentenceWords as Words } from "../generated/payload";

/** What an assessment needs: the ground of the zones, the rest of the atlas, and its words. */
export type AtlasData = WireGround & Reference & { readonly words: Readonly<Record<string, Words>> };

/** One zone under one boundary while it was valid: days are numbers from 1970-01-01. */
export interface Extent {
  /** The boundary that draws it, by its position. */
  readonly boundary: number;
  /** It is drawn from the ledger of settlements. */
  readonly byLedger: boolean;
  readonly from: number;
  readonly to: number | null;
  readonly low: Outline;
  readonly best: Outline;
  readonly high: Outline;
  readonly errors: readonly number[] | null;
}

/** The extents of one zone under one boundary, in order; where it has none, the default one's. */
export type Ground = readonly Extent[];

/** An atlas with its geometry decoded; everything dear is made when it is first asked for. */
export class Atlas {
  readonly plane: Plane;
  readonly zones: readonly string[];
  readonly boundaries: readonly string[];
  #grounds: Ground[][] | undefined;

  constructor(
    readonly data: AtlasData,
    readonly ledger: Ledger,
  ) {
    this.plane = new Plane(data.bounds);
    this.zones = data.zones.map((zone) => zone.id);
    this.boundaries = data.boundaries.map((boundary) => boundary.id);
  }

  /** By boundary, then zone: the extents that stand for it. */
  get grounds(): Ground[][] {
    return (this.#grounds ??= this.#madeGrounds());
  }

  #madeGrounds(): Ground[][] {
    const own = this.boundaries.map((_, b) => this.zones.map((zone) => this.#ground(b, zone)));
    const standard = own[this.boundaries.indexOf(this.data.default_boundary)]!;
    return own.map((grounds) =>
      grounds.map((mine, zone) => (grounds === standard ? mine : filledIn(mine, standard[zone]!))),
    );
  }

  /** Where a point counts as in the country; null where that is not known. */
  get country(): Outline | null {
    const { country, scale } = this.data;
    if (!country.length) return null;
    const polygons = country.map((rings) => rings.map((ring) => decodeRing(ring, scale)));
    return new Outline(polygons, this.plane);
  }

  words(language: string): Words {
    const words = this.data.words[language];
    if (!words) throw new RangeError(`expected a language of the atlas, found ${language}`);
    return words;
  }

  /** Tell whether a boundary is drawn from the ledger of settlements. */
  isByLedger(boundary: number): boolean {
    return this.data.boundaries[boundary]!.drawn_from === "ledger";
  }

  #ground(position: number, zone: string): Ground {
    const boundary = this.boundaries[position]!;
    const mine = this.data.extents.filter((e) => e.boundary === boundary && e.zone === zone);
    const starts = [...new Set(mine.map((e) => e.from))].sort();
    return starts.map((from) => {
      const same = mine.filter((e) => e.from === from);
      const polygons = (estimate: Estimate): Polygons =>
        (same.find((e) => e.estimate === estimate)?.polygons ?? []).map((rings) =>
          rings.map((index) => this.#ring(index)),
        );
      const to = same[0]?.to ?? null;
      const best = polygons("best");
      return {
        boundary: position,
        byLedger: this.isByLedger(position),
        from: dayNumber(from),
        to: to === null ? null : dayNumber(to),
        low: new Outline(polygons("low"), this.plane),
        best: new Outline(best, this.plane),
        high: new Outline(polygons("high"), this.plane),
        errors: this.#errors(boundary, zone, from, best.flat().flat().length),
      };
    });
  }

  #errors(boundary: string, zone: string, from: Day, vertices: number): number[] | null {
    const found = this.data.errors.find(
      (e) => e.boundary === boundary && e.zone === zone && e.from === from,
    );
    return found ? decodeRing(found.metres, 1).flat().slice(0, vertices) : null;
  }

  #ring(index: number): Ring {
    return decodeRing(this.data.rings[index] ?? "", this.data.scale);
  }
}

/** Return a boundary's extents with those of the default one before its first and after its last. */
function filledIn(mine: Ground, standard: Ground): Ground {
  if (!mine.length) return standard;
  const start = mine[0]!.from;
  const end = mine.at(-1)!.to ?? Infinity;
  const until = ({ to }: Extent): number => to ?? Infinity;
  return [
    ...standard
      .filter(({ from }) => from < start)
      .map((extent) => ({ ...extent, to: Math.min(until(extent), start) })),
    ...mine,
    ...standard
      .filter((extent) => until(extent) > end)
      .map((extent) => ({ ...extent, from: Math.max(extent.from, end) })),
  ];
}
