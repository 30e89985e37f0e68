/** How much of a disc lies inside a polygon, and how far off its outline is: `zones/shares.py`. */

import type { Polygons } from "../../rings";
import { Covering } from "./covering";
import { geodesic } from "./geodesic";
import { Planar } from "./planar";
import type { Plane } from "./plane";

const LONGEST_EDGE_M = 1_500;
const SHORT_EDGE_M = 150;
const SMALL_M = 10; // a smaller disc sees how far an edge of 1.5 km strays from its true course
const POINT_M = 0.05; // a smaller disc is a point: the numbers of the plane carry no more

/** One polygon, ready to be asked about points and discs. */
export class Outline {
  readonly empty: boolean;
  #covering: Covering | undefined;
  #planar: Planar | undefined;
  #finer: Planar | undefined;
  readonly #covers = (longitude: number, latitude: number): boolean => this.covers(longitude, latitude);

  constructor(
    readonly polygons: Polygons,
    readonly plane: Plane,
  ) {
    this.empty = !polygons.some((rings) => rings.some((ring) => ring.length > 1));
  }

  /** Tell whether the polygon covers a point in degrees; a point on its boundary is inside. */
  covers(longitude: number, latitude: number): boolean {
    if (this.empty) return false;
    return (this.#covering ??= new Covering(this.polygons.flat())).covers(longitude, latitude);
  }

  /**
   * Return the share of a disc's area that lies inside, from 0 to 1.
   *
   * The centre is given both in degrees and in the plane (x, y), the radius in plane metres.
   */
  share(longitude: number, latitude: number, x: number, y: number, radius: number): number {
    if (this.empty) return 0;
    if (radius < POINT_M) return this.covers(longitude, latitude) ? 1 : 0;
    const flat =
      radius < SMALL_M
        ? (this.#finer ??= new Planar(this.polygons, this.plane, SHORT_EDGE_M))
        : this.#flat;
    const area = flat.area(x, y, radius, this.#covers);
    return Math.min(Math.max(area / (Math.PI * radius * radius), 0), 1);
  }

  /** Return the least plane distance there can be from (x, y) to the outline. */
  floor(x: number, y: number): number {
    return this.empty ? Infinity : this.#flat.floor(x, y);
  }

  /** Return plane metres from (x, y) to the outline; Infinity where it is empty. */
  planeDistance(x: number, y: number): number {
    return this.empty ? Infinity : this.#flat.distance(x, y);
  }

  /** Return geodesic metres to the outline, positive inside, and the nearest point of it. */
  distance(
    longitude: number,
    latitude: number,
  ): { metres: number; longitude: number; latitude: number } | null {
    if (this.empty) return null;
    const plane = this.plane;
    plane.project(longitude, latitude);
    const nearest = { metres: Infinity, longitude: NaN, latitude: NaN };
    this.#flat.each(plane.x, plane.y, (footX, footY) => {
      plane.unproject(footX, footY);
      const metres = geodesic(longitude, latitude, plane.longitude, plane.latitude);
      if (metres < nearest.metres) {
        nearest.metres = metres;
        nearest.longitude = plane.longitude;
        nearest.latitude = plane.latitude;
      }
    });
    if (!this.covers(longitude, latitude)) nearest.metres = -nearest.metres;
    return nearest;
  }

  get #flat(): Planar {
    return (this.#planar ??= new Planar(this.polygons, this.plane, LONGEST_EDGE_M));
  }
}
