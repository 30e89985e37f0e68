/** An outline in the plane: the area that it has in common with a circle, and how far off it is. */

import type { Polygons, Ring } from "../../rings";
import { Plane } from "./plane";

const TURN = 2 * Math.PI;
const METRES_PER_DEGREE = 111_320;
const [ASKED_X, ASKED_Y] = [Math.cos(0.6), Math.sin(0.6)]; // where no map's lines run by habit
const SLACK = 1.003; // how much the plane's scale may differ between two edges that look equally near
const BLOCK = 12;

type Covers = (longitude: number, latitude: number) => boolean;

/** Its edges lie in blocks that a circle misses or swallows as a whole. */
export class Planar {
  readonly #plane: Plane;
  readonly #x: Float64Array; // vertices about the middle of the bounds, each ring closed
  readonly #y: Float64Array;
  readonly #swept: Float64Array; // twice the area swept from a ring's first vertex on
  readonly #rings: { first: number; last: number }[] = [];
  readonly #blocks: Float64Array; // x, y, radius, first edge, edge after the last
  readonly #originX: number;
  readonly #originY: number;
  readonly #halfX: number;
  readonly #halfY: number;

  constructor(polygons: Polygons, { bounds }: Plane, longestEdge: number) {
    const plane = (this.#plane = new Plane(bounds)); // the caller's holds the point it asks about
    const xs: number[] = [];
    const ys: number[] = [];
    for (const rings of polygons) {
      rings.forEach((ring, index) => {
        const flat = project(oriented(ring, index === 0), plane, longestEdge);
        this.#rings.push({ first: xs.length, last: xs.length + flat.x.length - 1 });
        for (const x of flat.x) xs.push(x);
        for (const y of flat.y) ys.push(y);
      });
    }
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < xs.length; i++) {
      west = Math.min(west, xs[i]!);
      east = Math.max(east, xs[i]!);
      south = Math.min(south, ys[i]!);
      north = Math.max(north, ys[i]!);
    }
    this.#originX = (west + east) / 2;
    this.#originY = (south + north) / 2;
    this.#halfX = (east - west) / 2;
    this.#halfY = (north - south) / 2;
    this.#x = Float64Array.from(xs, (x) => x - this.#originX);
    this.#y = Float64Array.from(ys, (y) => y - this.#originY);
    this.#swept = this.#sweep();
    this.#blocks = this.#group();
  }

  floor(x: number, y: number): number {
    const dx = Math.max(Math.abs(x - this.#originX) - this.#halfX, 0);
    const dy = Math.max(Math.abs(y - this.#originY) - this.#halfY, 0);
    return Math.sqrt(dx * dx + dy * dy);
  }

  /** Return the area common to the polygon and a disc, by Green's theorem; `covers` knows points. */
  area(planeX: number, planeY: number, radius: number, covers: Covers): number {
    if (this.floor(planeX, planeY) >= radius) return 0;
    const x = planeX - this.#originX;
    const y = planeY - this.#originY;
    const square = radius * radius;
    const vertexX = this.#x;
    const vertexY = this.#y;
    const swept = this.#swept;
    const blocks = this.#blocks;
    let double = 0;
    let angles = 0;
    let crossed = false;
    for (let k = 0; k < blocks.length; k += 5) {
      const bx = blocks[k]! - x;
      const by = blocks[k + 1]! - y;
      const away = bx * bx + by * by;
      const reach = blocks[k + 2]!;
      if (away >= (radius + reach) * (radius + reach)) continue;
      if (radius > reach && away < (radius - reach) * (radius - reach)) continue;
      const stop = blocks[k + 4]!;
      for (let i = blocks[k + 3]!; i < stop; i++) {
        const vx = vertexX[i]! - x;
        const vy = vertexY[i]! - y;
        const wx = vertexX[i + 1]! - x;
        const wy = vertexY[i + 1]! - y;
        const start = vx * vx + vy * vy - square;
        const end = wx * wx + wy * wy - square;
        if (start < 0 && end < 0) continue;
        const dx = wx - vx;
        const dy = wy - vy;
        const a = dx * dx + dy * dy;
        const b = vx * dx + vy * dy;
        const both = start >= 0 && end >= 0;
        // Between two ends outside, an edge may still dip into the circle.
        if (both && !(b < 0 && b > -a && start * a < b * b)) continue;
        crossed = true;
        const root = Math.sqrt(Math.max(b * b - a * start, 0));
        for (let leaving = both || start < 0 ? 1 : 0, n = both ? 2 : 1; n > 0; n--, leaving = 0) {
          const sign = leaving ? 1 : -1;
          const t = Math.min(Math.max((sign * root - b) / a, 0), 1);
          const px = vx + t * dx;
          const py = vy + t * dy;
          const qx = px + x;
          const qy = py + y;
          const whole = swept[i]! + vertexX[i]! * qy - vertexY[i]! * qx;
          double += sign * (whole - (x * qy - y * qx));
          angles += sign * Math.atan2(py, px);
        }
      }
    }
    double += this.#sweptFromInside(x, y, square);
    let turn = -angles % TURN;
    if (turn < 0) turn += TURN;
    // Where nothing is crossed, or only grazed, the circle lies inside or outside as a whole, and
    // any of its points tells; not its centre, which may lie in a speck or a small hole.
    if (!crossed || turn < 1e-9 || turn > TURN - 1e-9) {
      const plane = this.#plane;
      plane.unproject(planeX + radius * ASKED_X, planeY + radius * ASKED_Y);
      turn = covers(plane.longitude, plane.latitude) ? TURN : 0;
    }
    return (double + square * turn) / 2;
  }

  /** Return twice the area swept by the rings whose first vertex lies in a circle. */
  #sweptFromInside(x: number, y: number, square: number): number {
    let double = 0;
    for (const { first, last } of this.#rings) {
      const dx = this.#x[first]! - x;
      const dy = this.#y[first]! - y;
      if (dx * dx + dy * dy < square) double += this.#swept[last]!;
    }
    return double;
  }

  distance(planeX: number, planeY: number): number {
    const x = planeX - this.#originX;
    const y = planeY - this.#originY;
    const blocks = this.#blocks;
    let bound = Infinity;
    for (let k = 0; k < blocks.length; k += 5) {
      const dx = blocks[k]! - x;
      const dy = blocks[k + 1]! - y;
      bound = Math.min(bound, Math.sqrt(dx * dx + dy * dy) + blocks[k + 2]!);
    }
    let square = bound * bound * (1 + 1e-12);
    for (let k = 0; k < blocks.length; k += 5) {
      const dx = blocks[k]! - x;
      const dy = blocks[k + 1]! - y;
      const limit = bound + blocks[k + 2]!;
      if (dx * dx + dy * dy > limit * limit) continue;
      const stop = blocks[k + 4]!;
      for (let i = blocks[k + 3]!; i < stop; i++) {
        square = Math.min(square, this.#squareTo(i, x, y));
      }
      bound = Math.sqrt(square);
    }
    return bound;
  }

  /** Visit the nearest point of every edge that may be the nearest on the ground. */
  each(planeX: number, planeY: number, visit: (x: number, y: number) => void): void {
    const x = planeX - this.#originX;
    const y = planeY - this.#originY;
    const limit = this.distance(planeX, planeY) * SLACK + 1;
    const blocks = this.#blocks;
    for (let k = 0; k < blocks.length; k += 5) {
      if (Math.hypot(blocks[k]! - x, blocks[k + 1]! - y) > limit + blocks[k + 2]!) continue;
      for (let i = blocks[k + 3]!; i < blocks[k + 4]!; i++) {
        if (this.#squareTo(i, x, y) > limit * limit) continue;
        const t = this.#along(i, x, y);
        const [vx, vy] = [this.#x[i]!, this.#y[i]!];
        visit(
          vx + t * (this.#x[i + 1]! - vx) + this.#originX,
          vy + t * (this.#y[i + 1]! - vy) + this.#originY,
        );
      }
    }
  }

  #along(i: number, x: number, y: number): number {
    const vx = this.#x[i]!;
    const vy = this.#y[i]!;
    const dx = this.#x[i + 1]! - vx;
    const dy = this.#y[i + 1]! - vy;
    const length = dx * dx + dy * dy;
    if (length === 0) return 0;
    return Math.max(0, Math.min(1, ((x - vx) * dx + (y - vy) * dy) / length));
  }

  #squareTo(i: number, x: number, y: number): number {
    const t = this.#along(i, x, y);
    const vx = this.#x[i]!;
    const vy = this.#y[i]!;
    const dx = vx + t * (this.#x[i + 1]! - vx) - x;
    const dy = vy + t * (this.#y[i + 1]! - vy) - y;
    return dx * dx + dy * dy;
  }

  #sweep(): Float64Array {
    const swept = new Float64Array(this.#x.length);
    for (const { first, last } of this.#rings) {
      for (let i = first; i < last; i++) {
        const step = this.#x[i]! * this.#y[i + 1]! - this.#y[i]! * this.#x[i + 1]!;
        swept[i + 1] = swept[i]! + step;
      }
    }
    return swept;
  }

  #group(): Float64Array {
    const blocks: number[] = [];
    for (const { first, last } of this.#rings) {
      for (let start = first; start < last; start += BLOCK) {
        const stop = Math.min(start + BLOCK, last);
        let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
        for (let i = start; i <= stop; i++) {
          west = Math.min(west, this.#x[i]!);
          east = Math.max(east, this.#x[i]!);
          south = Math.min(south, this.#y[i]!);
          north = Math.max(north, this.#y[i]!);
        }
        const [x, y] = [(west + east) / 2, (south + north) / 2];
        let reach = 0;
        for (let i = start; i <= stop; i++) {
          reach = Math.max(reach, Math.hypot(this.#x[i]! - x, this.#y[i]! - y));
        }
        blocks.push(x, y, reach + 1e-6, start, stop);
      }
    }
    return Float64Array.from(blocks);
  }
}

/** Return a ring counterclockwise if it is a shell, else clockwise. */
function oriented(ring: Ring, shell: boolean): Ring {
  let double = 0;
  for (let i = 1; i < ring.length; i++) {
    const [x0, y0] = ring[0]!;
    const [x1, y1] = ring[i - 1]!;
    const [x2, y2] = ring[i]!;
    double += (x1 - x0) * (y2 - y0) - (y1 - y0) * (x2 - x0);
  }
  return double > 0 === shell ? ring : [...ring].reverse();
}

/**
 * Return a ring in the plane, its edges divided into pieces of equal length, none longer than is said.
 *
 * Edges are straight in longitude and latitude (RFC 7946), so they are divided before they are
 * projected, as `shapely.segmentize` does.
 */
function project(
  ring: Ring,
  plane: Plane,
  longestEdge: number,
): { x: number[]; y: number[] } {
  const flat: { x: number[]; y: number[] } = { x: [], y: [] };
  const add = (longitude: number, latitude: number): void => {
    plane.project(longitude, latitude);
    flat.x.push(plane.x);
    flat.y.push(plane.y);
  };
  ring.forEach(([x, y], i) => {
    const before = ring[i - 1];
    if (before) {
      const [dx, dy] = [x - before[0], y - before[1]];
      const pieces = Math.ceil((Math.hypot(dx, dy) * METRES_PER_DEGREE) / longestEdge);
      for (let piece = 1; piece < pieces; piece++) {
        add(before[0] + (piece / pieces) * dx, before[1] + (piece / pieces) * dy);
      }
    }
    add(x, y);
  });
  return flat;
}
