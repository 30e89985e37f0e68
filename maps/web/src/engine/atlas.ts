/** What the engine knows: the JSON that `maps/page/engine.py` writes, and its geometry decoded. */

import { type Day, dayNumber } from "../days";
import { type Bounds, decodeRing, type Polygons, type Ring } from "../rings";
import type { Text } from "../words";
import type { PlaceRow } from "./text/places";
import { Plane } from "./geometry/plane";
import { Outline } from "./geometry/shares";

export type Estimate = "low" | "best" | "high";
export type PhaseName = "before" | "declared" | "arranged" | "contested" | "ended";

/** The words of one language that a sentence is made of, from the atlas's language files. */
export interface Words {
  readonly date: Text;
  readonly list: Text;
  readonly months: readonly string[];
  readonly months_alone: readonly string[];
  readonly months_alt?: readonly (string | readonly string[])[];
  readonly sentence: Text;
  readonly space: Text;
  readonly units: Text;
}

/** The extents, phases and agreements are spelt as the map pages spell them. */
export interface AtlasData {
  readonly version: string;
  readonly sha256: string;
  readonly software: string;
  readonly time_zone: string;
  readonly languages: readonly string[];
  readonly default_boundary: string;
  readonly bounds: Bounds;
  readonly coarsest_radius_m: number;
  readonly placeholders: readonly (readonly [longitude: number, latitude: number])[];
  /** Where a point counts as in the country: polygons of rings; none where that is not known. */
  readonly country: readonly (readonly string[])[];
  readonly zones: readonly { readonly id: string; readonly name: Text }[];
  readonly boundaries: readonly { readonly id: string; readonly name: Text }[];
  readonly scale: number;
  readonly rings: readonly string[];
  readonly extents: readonly {
    readonly zone: string;
    readonly boundary: string;
    readonly estimate: Estimate;
    readonly from: Day;
    readonly to: Day | null;
    readonly polygons: readonly (readonly number[])[];
  }[];
  /** Of each vertex of a best extent, in metres: pairs of neighbours, encoded like a ring. */
  readonly errors: readonly {
    readonly zone: string;
    readonly boundary: string;
    readonly from: Day;
    readonly metres: string;
  }[];
  readonly phases: readonly {
    readonly zone: string;
    readonly phase: PhaseName;
    readonly from: Day | null;
  }[];
  readonly agreements: readonly {
    readonly id: string;
    readonly zones: readonly string[];
    readonly from: Day | null;
    readonly to: Day | null;
    readonly round: string | null;
    readonly guarantors: readonly string[];
  }[];
  readonly rounds: readonly { readonly id: string; readonly name: Text }[];
  readonly actors: Readonly<Record<string, Text>>;
  readonly words: Readonly<Record<string, Words>>;
  readonly places: readonly PlaceRow[];
}

/** One zone under one boundary while it was valid: days are numbers from 1970-01-01. */
export interface Extent {
  readonly from: number;
  readonly to: number | null;
  readonly low: Outline;
  readonly best: Outline;
  readonly high: Outline;
  readonly errors: readonly number[] | null;
}

/** The extents of one zone under one boundary, in order. */
export type Ground = readonly Extent[];

/** An atlas with its geometry decoded; everything dear is made when it is first asked for. */
export class Atlas {
  readonly plane: Plane;
  readonly zones: readonly string[];
  readonly boundaries: readonly string[];
  #grounds: (Ground | null)[][] | undefined;

  constructor(readonly data: AtlasData) {
    this.plane = new Plane(data.bounds);
    this.zones = data.zones.map((zone) => zone.id);
    this.boundaries = data.boundaries.map((boundary) => boundary.id);
  }

  /** By boundary, then zone: its extents, or null where the boundary does not draw the zone. */
  get grounds(): (Ground | null)[][] {
    return (this.#grounds ??= this.boundaries.map((boundary) =>
      this.zones.map((zone) => this.#ground(boundary, zone)),
    ));
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

  #ground(boundary: string, zone: string): Ground | null {
    const mine = this.data.extents.filter((e) => e.boundary === boundary && e.zone === zone);
    const starts = [...new Set(mine.map((e) => e.from))].sort();
    if (!starts.length) return null;
    return starts.map((from) => {
      const same = mine.filter((e) => e.from === from);
      const polygons = (estimate: Estimate): Polygons =>
        (same.find((e) => e.estimate === estimate)?.polygons ?? []).map((rings) =>
          rings.map((index) => this.#ring(index)),
        );
      const to = same[0]?.to ?? null;
      const best = polygons("best");
      return {
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
