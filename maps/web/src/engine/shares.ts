/** How much of a disc lies inside a polygon, and how far off its outline is: `zones/shares.py`. */

import { geodesic } from "./geodesic";
import { orientation } from "./orient";
import { Plane } from "./plane";

export type Ring = readonly (readonly [longitude: number, latitude: number])[];
export type Polygons = readonly (readonly Ring[])[];

const TURN = 2 * Math.PI;
const LONGEST_EDGE_M = 1_500;
const SHORT_EDGE_M = 150;
const SMALL_M = 10; // a smaller disc sees how far an edge of 1.5 km strays from its true course
const POINT_M = 0.05; // a smaller disc is a point: the numbers of the plane carry no more
const METRES_PER_DEGREE = 111_320;
const [ASKED_X, ASKED_Y] = [Math.cos(0.6), Math.sin(0.6)]; // where no map's lines run by habit
const SLACK = 1.003; // how much the plane's scale may differ between two edges that look equally near
const BLOCK = 12;
const CELLS = 192;
const [OUT, IN, MIXED] = [0, 1, 2] as const;

/** One polygon, ready to be asked about points and discs. */
export class Outline {
  readonly empty: boolean;
  #cells: Cells | undefined;
  #planar: Planar | undefined;
  #finer: Planar | undefined;

  constructor(
    readonly polygons: Polygons,
    readonly plane: Plane,
  ) {
    this.empty = !polygons.some((rings) => rings.some((ring) => ring.length > 1));
  }

  /** Tell whether the polygon covers a point in degrees; a point on its boundary is inside. */
  covers(longitude: number, latitude: number): boolean {
    if (this.empty) return false;
    return (this.#cells ??= new Cells(this.polygons.flat())).cover(longitude, latitude);
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
    const area = flat.area(x, y, radius, this);
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

/**
 * Point in polygon by a table of cells: a cell that no edge touches is inside or outside as a whole,
 * in the others the edges of its row are counted, exactly.
 */
class Cells {
  readonly #west: number;
  readonly #south: number;
  readonly #east: number;
  readonly #north: number;
  readonly #acrossDeg: number;
  readonly #upDeg: number;
  readonly #code = new Uint8Array(CELLS * CELLS);
  readonly #edges: Float64Array; // x1, y1, x2, y2
  readonly #rows: Int32Array[];

  constructor(rings: readonly Ring[]) {
    const edges: number[] = [];
    for (const ring of rings) {
      for (let i = 1; i < ring.length; i++) edges.push(...ring[i - 1]!, ...ring[i]!);
    }
    this.#edges = Float64Array.from(edges);
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < edges.length; i += 2) {
      west = Math.min(west, edges[i]!);
      east = Math.max(east, edges[i]!);
      south = Math.min(south, edges[i + 1]!);
      north = Math.max(north, edges[i + 1]!);
    }
    [this.#west, this.#south, this.#east, this.#north] = [west, south, east, north];
    this.#acrossDeg = (east - west) / CELLS || 1;
    this.#upDeg = (north - south) / CELLS || 1;
    this.#rows = this.#mark();
    this.#fill();
  }

  cover(x: number, y: number): boolean {
    if (!(x >= this.#west && x <= this.#east && y >= this.#south && y <= this.#north)) return false;
    const row = this.#row(y);
    const code = this.#code[row * CELLS + this.#column(x)];
    return code === MIXED ? this.#count(x, y, row) : code === IN;
  }

  #row(y: number): number {
    return Math.max(0, Math.min(CELLS - 1, Math.floor((y - this.#south) / this.#upDeg)));
  }

  #column(x: number): number {
    return Math.max(0, Math.min(CELLS - 1, Math.floor((x - this.#west) / this.#acrossDeg)));
  }

  /** Mark the cells that edges touch, with a little to spare; return the edges of each row. */
  #mark(): Int32Array[] {
    const rows: number[][] = Array.from({ length: CELLS }, () => []);
    const e = this.#edges;
    const spare = 1e-9;
    for (let i = 0; i < e.length; i += 4) {
      const [x1, y1, x2, y2] = [e[i]!, e[i + 1]!, e[i + 2]!, e[i + 3]!];
      const [low, high] = [Math.min(y1, y2), Math.max(y1, y2)];
      for (let row = this.#row(low - spare); row <= this.#row(high + spare); row++) {
        rows[row]!.push(i);
        const bottom = this.#south + row * this.#upDeg - spare;
        const top = this.#south + (row + 1) * this.#upDeg + spare;
        const at = (y: number): number => {
          const t = y1 === y2 ? 0 : Math.max(0, Math.min(1, (y - y1) / (y2 - y1)));
          return x1 + t * (x2 - x1);
        };
        const [a, b] = y1 === y2 ? [x1, x2] : [at(bottom), at(top)];
        const first = this.#column(Math.min(a, b) - spare);
        const last = this.#column(Math.max(a, b) + spare);
        this.#code.fill(MIXED, row * CELLS + first, row * CELLS + last + 1);
      }
    }
    return rows.map((indices) => Int32Array.from(indices));
  }

  #fill(): void {
    for (let row = 0; row < CELLS; row++) {
      const y = this.#south + (row + 0.5) * this.#upDeg;
      let known: number = MIXED;
      for (let column = 0; column < CELLS; column++) {
        const cell = row * CELLS + column;
        if (this.#code[cell] === MIXED) {
          known = MIXED;
          continue;
        }
        if (known === MIXED) {
          known = this.#count(this.#west + (column + 0.5) * this.#acrossDeg, y, row) ? IN : OUT;
        }
        this.#code[cell] = known;
      }
    }
  }

  /** Count the edges to the right of a point; one that it lies on settles the matter. */
  #count(x: number, y: number, row: number): boolean {
    const e = this.#edges;
    const edges = this.#rows[row]!;
    let inside = false;
    for (let k = 0; k < edges.length; k++) {
      const i = edges[k]!;
      const x1 = e[i]!;
      const x2 = e[i + 2]!;
      if (x1 < x && x2 < x) continue;
      const y1 = e[i + 1]!;
      const y2 = e[i + 3]!;
      if (x === x2 && y === y2) return true;
      if (y1 === y && y2 === y) {
        if (Math.min(x1, x2) <= x && x <= Math.max(x1, x2)) return true;
        continue;
      }
      if ((y1 > y && y2 <= y) || (y2 > y && y1 <= y)) {
        const side = orientation(x1, y1, x2, y2, x, y);
        if (side === 0) return true;
        if (y2 < y1 ? side < 0 : side > 0) inside = !inside;
      }
    }
    return inside;
  }
}

/** The outline in the plane, its edges in blocks that a circle misses or swallows as a whole. */
class Planar {
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

  /** Return the area common to the polygon and a disc, by Green's theorem. */
  area(
    planeX: number,
    planeY: number,
    radius: number,
    outline: Outline,
  ): number {
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
    const rings = this.#rings;
    for (let k = 0; k < rings.length; k++) {
      const { first, last } = rings[k]!;
      const dx = vertexX[first]! - x;
      const dy = vertexY[first]! - y;
      if (dx * dx + dy * dy < square) double += swept[last]!;
    }
    let turn = -angles % TURN;
    if (turn < 0) turn += TURN;
    // Where nothing is crossed, or only grazed, the circle lies inside or outside as a whole, and
    // any of its points tells; not its centre, which may lie in a speck or a small hole.
    if (!crossed || turn < 1e-9 || turn > TURN - 1e-9) {
      const plane = this.#plane;
      plane.unproject(planeX + radius * ASKED_X, planeY + radius * ASKED_Y);
      turn = outline.covers(plane.longitude, plane.latitude) ? TURN : 0;
    }
    return (double + square * turn) / 2;
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
 * Return a ring in the plane, its edges divided into pieces of equal length, no longer than told.
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
