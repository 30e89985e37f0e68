/** Which discs hold a point: the twin of `geodata/nearby.py`. */

const [RADIUS, FLATTENING] = [6_378_137, 1 / 298.257223563] as const; // WGS 84
const CELL = 0.02; // degrees: about the size of a village
const CELLS = 1 << 20; // at most: those of a larger table are larger
const DEGREE = (Math.PI / 180) * RADIUS * (1 - 2 * FLATTENING); // no longer anywhere

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

/** Discs about points, in degrees and metres, found by a table of cells. */
export class Nearby {
  readonly #west: number;
  readonly #south: number;
  readonly #step: number;
  readonly #columns: number;
  readonly #rows: number;
  /** Of each cell where its discs begin; one more, where the last one's end. */
  readonly #begin: Int32Array;
  readonly #discs: Int32Array;

  constructor(
    private readonly longitude: Float64Array,
    private readonly latitude: Float64Array,
    private readonly reach: Float64Array,
  ) {
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    const up = reach.map((metres) => metres / DEGREE);
    const across = up.map((degrees, i) => {
      const far = Math.min(Math.abs(latitude[i]!) + degrees, 89);
      return degrees / Math.cos(radians(far));
    });
    longitude.forEach((x, i) => {
      const y = latitude[i]!;
      west = Math.min(west, x - across[i]!);
      east = Math.max(east, x + across[i]!);
      south = Math.min(south, y - up[i]!);
      north = Math.max(north, y + up[i]!);
    });
    if (!longitude.length) [west, south, east, north] = [0, 0, 0, 0];
    const step = Math.max(CELL, Math.sqrt(((east - west) * (north - south)) / CELLS));
    [this.#west, this.#south, this.#step] = [west, south, step];
    this.#columns = Math.floor((east - west) / step) + 1;
    this.#rows = Math.floor((north - south) / step) + 1;
    this.#begin = new Int32Array(this.#columns * this.#rows + 1);
    const each = (see: (cell: number, disc: number) => void): void => {
      longitude.forEach((x, i) => {
        const y = latitude[i]!;
        const right = Math.floor((x + across[i]! - west) / step);
        const top = Math.floor((y + up[i]! - south) / step);
        for (let row = Math.floor((y - up[i]! - south) / step); row <= top; row++) {
          const left = Math.floor((x - across[i]! - west) / step);
          for (let column = left; column <= right; column++) see(row * this.#columns + column, i);
        }
      });
    };
    each((cell) => this.#begin[cell + 1]!++);
    for (let cell = 1; cell < this.#begin.length; cell++) {
      this.#begin[cell]! += this.#begin[cell - 1]!;
    }
    const filled = this.#begin.slice();
    this.#discs = new Int32Array(this.#begin.at(-1)!);
    each((cell, disc) => (this.#discs[filled[cell]!++] = disc));
  }

  /** Call `see` with each disc that holds a point, and the metres between the two. */
  find(x: number, y: number, see: (disc: number, metres: number) => void): void {
    const column = Math.floor((x - this.#west) / this.#step);
    const row = Math.floor((y - this.#south) / this.#step);
    if (!(column >= 0 && column < this.#columns && row >= 0 && row < this.#rows)) return;
    const cell = row * this.#columns + column;
    for (let at = this.#begin[cell]!; at < this.#begin[cell + 1]!; at++) {
      const disc = this.#discs[at]!;
      const metres = metresBetween(x, y, this.longitude[disc]!, this.latitude[disc]!);
      if (metres <= this.reach[disc]!) see(disc, metres);
    }
  }
}

/** Return the distance between near points on the ellipsoid of WGS 84. */
function metresBetween(x0: number, y0: number, x1: number, y1: number): number {
  const e2 = FLATTENING * (2 - FLATTENING);
  const middle = radians((y0 + y1) / 2);
  const w = 1 - e2 * Math.sin(middle) ** 2;
  const north = (radians(y1 - y0) * RADIUS * (1 - e2)) / w ** 1.5;
  const east = ((radians(x1 - x0) * RADIUS) / Math.sqrt(w)) * Math.cos(middle);
  return Math.hypot(north, east);
}
