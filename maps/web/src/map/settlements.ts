/** The settlements of the atlas: which of them a view names, the largest first. */

import { unpackLines, unpackNumbers } from "../engine/unpack";
import type { Ledger } from "../generated/payload";
import type { Bounds, Point } from "../rings";
import type { Language } from "../words";

/** From which zoom on the settlements of a kind are on the map; one of no such kind never is. */
const FROM_ZOOM: Readonly<Record<string, number>> = {
  city: 7.5,
  town: 8.8,
  camp: 10.6,
  neighbourhood: 11.6,
  village: 10.6,
  farm: 11.6,
};
const ORDER = Object.keys(FROM_ZOOM);

/** A settlement as a view shows it. */
export interface Settlement {
  readonly index: number;
  readonly kind: string;
  readonly at: Point;
}

export class Settlements {
  private constructor(
    private readonly kinds: readonly string[],
    private readonly kind: Int32Array,
    private readonly longitude: Float64Array,
    private readonly latitude: Float64Array,
    private readonly names: readonly string[],
    private readonly arabic: readonly string[],
    /** All that have a name, the first to be named first. */
    private readonly order: readonly number[],
  ) {}

  /**
   * Unpack settlements. Those at `others` are named by the base map already: of each, the nearest
   * city or town within 0.06 degrees is left out.
   */
  static async of(packed: Ledger, others: readonly Point[]): Promise<Settlements> {
    const { kinds, scale } = packed;
    const numbers = [packed.kind, packed.longitude, packed.latitude, packed.radius];
    const [kind, x, y, radius] = (await Promise.all(numbers.map(unpackNumbers))) as [
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    // Its name is the first of a line; its other spellings, behind tabs, are for looking it up.
    const lines = await Promise.all([packed.names, packed.arabic].map(unpackLines));
    const [names, arabic] = lines.map((some) => some.map((line) => line.split("\t", 1)[0]!)) as [
      string[],
      string[],
    ];
    // The main points stand first, in the order of the settlements.
    const [longitude, latitude] = [x, y].map((steps) =>
      Float64Array.from(steps.subarray(0, kind.length), (step) => step / scale),
    ) as [Float64Array, Float64Array];
    const rank = (index: number): number => ORDER.indexOf(kinds[kind[index]!] ?? "");
    const named = new Set<number>();
    for (const [east, north] of others) {
      const away = (i: number): number => Math.hypot(longitude[i]! - east, latitude[i]! - north);
      const near = [...kind.keys()].filter((i) => rank(i) >= 0 && rank(i) < 2 && away(i) < 0.06);
      if (near.length) named.add(near.reduce((best, one) => (away(one) < away(best) ? one : best)));
    }
    const order = [...kind.keys()]
      .filter((index) => rank(index) >= 0 && names[index] && !named.has(index))
      .sort((a, b) => rank(a) - rank(b) || radius[b]! - radius[a]! || a - b);
    return new Settlements(kinds, kind, longitude, latitude, names, arabic, order);
  }

  /** The settlements within bounds that are on the map at a zoom, `most` at the most. */
  *within([west, south, east, north]: Bounds, zoom: number, most: number): Generator<Settlement> {
    let left = most;
    for (const index of this.order) {
      const [x, y] = [this.longitude[index]!, this.latitude[index]!];
      if (x < west || x > east || y < south || y > north) continue;
      const kind = this.kinds[this.kind[index]!]!;
      if (zoom < FROM_ZOOM[kind]! || left-- === 0) return;
      yield { index, kind, at: [x, y] };
    }
  }

  /** What a language calls a settlement: in Arabic in its script, else in Latin. */
  name(index: number, lang: Language): string {
    return (lang === "ar" && this.arabic[index]) || this.names[index]!;
  }
}
