/** The plane on which a geodesic disc is a circle: the twin of `zones/plane.py`. */

import type { Bounds } from "../../rings";
import { A, B, F, turned } from "./geodesic";

const E2 = F * (2 - F);
const E = Math.sqrt(E2);
const RADIANS = Math.PI / 180;
const HALF_PI = Math.PI / 2;
const SPHERE = 1e-4; // more than the ellipsoid's scale departs from the sphere's

/** Tangent of half the conformal colatitude's complement (Snyder 1987, eq. 3-1). */
function conformal(latitude: number): number {
  const sine = E * Math.sin(latitude);
  return Math.tan((HALF_PI + latitude) / 2) * Math.pow((1 - sine) / (1 + sine), E / 2);
}

/**
 * The ellipsoidal oblique stereographic plane about the middle of the bounds, as PROJ has it in
 * `+proj=stere +lat_0 +lon_0 +ellps=WGS84` (Snyder 1987, eq. 21-24 and following).
 */
export class Plane {
  readonly #longitude: number;
  readonly #sine: number;
  readonly #cosine: number;
  readonly #factor: number;
  readonly #fourSquareRadii: number;
  readonly #cornerScale: number;
  /** The point last projected or unprojected: no array is made for each of a million points. */
  x = 0;
  y = 0;
  longitude = 0;
  latitude = 0;

  constructor(readonly bounds: Bounds) {
    const [west, south, east, north] = bounds;
    const latitude = ((south + north) / 2) * RADIANS;
    const sine = Math.sin(latitude);
    const middle = 2 * Math.atan(conformal(latitude)) - HALF_PI;
    this.#longitude = (west + east) / 2;
    this.#sine = Math.sin(middle);
    this.#cosine = Math.cos(middle);
    this.#factor = (2 * A * Math.cos(latitude)) / Math.sqrt(1 - E2 * sine * sine);
    this.#fourSquareRadii = 4 * (B / (1 - E2 * sine * sine)) ** 2;
    let most = 1;
    for (const longitude of [west, east]) {
      for (const latitude of [south, north]) {
        this.project(longitude, latitude);
        most = Math.max(most, this.scale(this.x, this.y));
      }
    }
    this.#cornerScale = most;
  }

  /** Put the metres east and north of the middle of the bounds into `x` and `y`. */
  project(longitude: number, latitude: number): void {
    const lambda = turned(longitude - this.#longitude) * RADIANS;
    const chi = 2 * Math.atan(conformal(latitude * RADIANS)) - HALF_PI;
    const sine = Math.sin(chi);
    const cosine = Math.cos(chi);
    const along = cosine * Math.cos(lambda);
    const a = this.#factor / (this.#cosine * (1 + this.#sine * sine + this.#cosine * along));
    this.x = a * cosine * Math.sin(lambda);
    this.y = a * (this.#cosine * sine - this.#sine * along);
  }

  /** Put the degrees of a point of the plane into `longitude` and `latitude`. */
  unproject(x: number, y: number): void {
    const rho = Math.hypot(x, y);
    const c = 2 * Math.atan2(rho * this.#cosine, this.#factor);
    const sine = Math.sin(c);
    const cosine = Math.cos(c);
    const chi = Math.asin(
      cosine * this.#sine + (rho === 0 ? 0 : (y * sine * this.#cosine) / rho),
    );
    const tangent = Math.tan((HALF_PI + chi) / 2);
    let phi = chi;
    for (let step = 0; step < 20; step++) {
      const s = E * Math.sin(phi);
      const next = 2 * Math.atan(tangent * Math.pow((1 + s) / (1 - s), E / 2)) - HALF_PI;
      const change = Math.abs(next - phi);
      phi = next;
      if (change < 1e-14) break;
    }
    const lambda = Math.atan2(x * sine, rho * this.#cosine * cosine - y * this.#sine * sine);
    this.longitude = turned(this.#longitude + lambda / RADIANS);
    this.latitude = phi / RADIANS;
  }

  /**
   * Return how many times longer one of two lengths that look equal may be on the ground, for
   * lengths from (x, y) to anywhere within the bounds.
   */
  distortion(x: number, y: number): number {
    return Math.max(this.scale(x, y), this.#cornerScale) + SPHERE;
  }

  /** Return plane metres per metre on the ground (Snyder 1987, eq. 21-4, on a sphere). */
  scale(x: number, y: number): number {
    return 1 + (x * x + y * y) / this.#fourSquareRadii;
  }
}
