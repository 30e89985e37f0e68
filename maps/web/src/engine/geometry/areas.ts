/** Which areas that agreements name hold a place, and by which readings: `zones/index/areas.py`. */

import { dayNumber } from "../../days";
import type { Space } from "../../generated/codes";
import type { Area as Packed } from "../../generated/payload";
import { decodeRing } from "../../rings";
import type { Atlas } from "../atlas";
import { FIRST_DAY, LAST_DAY } from "../calendar";
import { Outline } from "./shares";
import { INSIDE_SHARE, OUTSIDE_SHARE, rounded } from "../space";

/** Where a place lies with regard to areas, by their ids; those that it lies outside of are left out. */
export type AreaSpaces = Readonly<Record<string, Space>>;

/** A place and its days; without a date it may have been on any. */
export interface PlaceOnDays {
  readonly longitude: number;
  readonly latitude: number;
  /** Metres on the ground. */
  readonly radius: number;
  readonly first: number;
  readonly last: number;
}

interface Area {
  readonly id: string;
  readonly kind: Packed["kind"];
  readonly from: number;
  readonly to: number;
  readonly low: Outline;
  readonly high: Outline;
}

const MADE = new WeakMap<Atlas, Areas>();

/** Return the areas of an atlas that records tell of; made when they are first asked for. */
export function areasOf(atlas: Atlas): Areas {
  let made = MADE.get(atlas);
  if (!made) MADE.set(atlas, (made = new Areas(atlas)));
  return made;
}

/** The areas of an atlas that records tell of. */
class Areas {
  readonly #areas: readonly Area[];

  constructor(private readonly atlas: Atlas) {
    const { areas, scale } = atlas.data;
    this.#areas = areas.map(({ id, kind, from, to, low, high }) => {
      const [lower, upper] = [low, high].map((polygons) => {
        const rings = polygons.map((polygon) => polygon.map((ring) => decodeRing(ring, scale)));
        return new Outline(rings, atlas.plane);
      });
      return {
        id,
        kind,
        from: from === null ? FIRST_DAY : dayNumber(from),
        to: to === null ? LAST_DAY : dayNumber(to),
        low: low.length ? lower! : upper!,
        high: upper!,
      };
    });
  }

  /** Return the areas of one kind that hold a place, on any of the days on which they held good. */
  holding(kind: Packed["kind"], { longitude, latitude, radius, first, last }: PlaceOnDays): AreaSpaces {
    const { plane } = this.atlas;
    plane.project(longitude, latitude);
    const { x, y } = plane;
    const wide = radius * plane.scale(x, y);
    const found: Record<string, Space> = {};
    for (const area of this.#areas) {
      if (area.kind !== kind || first >= area.to || last < area.from) continue;
      const [low, high] = [area.low, area.high].map((outline) =>
        rounded(outline.share(longitude, latitude, x, y, wide)),
      ) as [number, number];
      if (low >= INSIDE_SHARE) found[area.id] = "inside";
      else if (high > OUTSIDE_SHARE) found[area.id] = "straddles";
    }
    return found;
  }
}
