/** Latitude and longitude given the other way round: `geodata/text/axes.py`. */

import { axes } from "grammar/grids.json";

import type { Atlas } from "../atlas";
import type { Outline } from "../geometry/shares";

/** The point lies in the country only with its axes swapped, or both ways. */
export type Swap = "only" | "both";

// Nearer to the diagonal than this the two orders are one place.
const SAME_DEG = axes.same_place_degrees;

export class Country {
  readonly #outline: Outline | null;
  readonly #bounds: Atlas["data"]["bounds"];

  constructor(atlas: Atlas) {
    this.#outline = atlas.country;
    this.#bounds = atlas.data.bounds;
  }

  /** Tell whether a point counts as in the country; without an outline its bounds decide. */
  fits(longitude: number, latitude: number): boolean {
    const [west, south, east, north] = this.#bounds;
    // NaN is on no side of anything.
    if (!(west <= longitude && longitude <= east)) return false;
    if (!(south <= latitude && latitude <= north)) return false;
    return this.#outline?.covers(longitude, latitude) ?? true;
  }

  /** Tell whether a point may be the wrong way round; null where there is no doubt. */
  swapped(longitude: number, latitude: number): Swap | null {
    if (!this.fits(latitude, longitude)) return null;
    if (!this.fits(longitude, latitude)) return "only";
    // The bounds alone hold most points of the country's north-west both ways: they prove nothing.
    const apart = Math.abs(longitude - latitude) > SAME_DEG;
    return this.#outline && apart ? "both" : null;
  }
}
