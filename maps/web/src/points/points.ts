/** Points on the map as typed arrays: where, when, which verdict. */

import { type Day, dayOf } from "../days";
import type {
  Areas,
  OwnNames,
  Points as PublishedData,
  PublishingReport,
} from "../generated/payload";
import { type Bounds, decodeRing, type Ring } from "../rings";
import type { PointColumns } from "../session/messages";
import { breathe, type Texts, unpackNumbers, unpackTexts } from "../engine/unpack";

/** The polygon of a district or governorate by which alone a place is known. */
export interface Outline {
  level: string;
  name: string;
  rings: Ring[];
}

export const OWN = [
  "verdict",
  "zone",
  "phase",
  "first_day",
  "last_day",
  "latitude",
  "longitude",
  "radius_m",
  "cell_km",
] as const satisfies readonly (keyof OwnNames)[];
export type Own = keyof OwnNames;

/** What is known of all incidents before any of them is read. */
export type PointFrame = Pick<PublishedData, "rows" | "scale" | "zones" | "phases" | "verdicts" | "report">;

export const MISSING = -(2 ** 31);
const AT_ONCE = 1 << 17; // rows before the page may do something else
const KM_A_DEGREE = 111.195; // as in maps/page/points.py

export interface Column {
  name: string;
  texts: Texts;
}

/** Longitude and latitude in steps of a degree as places in Mercator's square of side 1. */
function mercator(longitude: number, latitude: number): [x: number, y: number] {
  const sine = Math.sin((latitude * Math.PI) / 180);
  return [longitude / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
}

export class Points {
  readonly length: number;
  readonly scale: number;
  readonly zones: readonly string[];
  readonly phases: readonly string[];
  readonly verdicts: readonly string[];
  /** Columns of the file or of the record that are published: the id first, where it is. */
  readonly columns: Column[] = [];
  first: Int32Array = new Int32Array(0);
  last: Int32Array = new Int32Array(0);
  latitude: Int32Array = new Int32Array(0);
  longitude: Int32Array = new Int32Array(0);
  radius: Int32Array = new Int32Array(0);
  verdict: Uint8Array = new Uint8Array(0);
  /** Numbers in `zones` and `phases`, from 1; 0 for none. */
  zone = new Uint8Array(0);
  phase = new Uint8Array(0);
  /** Places in Mercator's square; NaN where nothing can be drawn. */
  x = new Float64Array(0);
  y = new Float64Array(0);
  /** Rows that no mark can be drawn of, and those of them that an outline can be drawn of. */
  unplaced = 0;
  outlined = 0;
  #outlines: ((row: number) => Outline | null) = () => null;

  private constructor(private readonly data: PointFrame) {
    this.length = data.rows;
    this.scale = data.scale;
    this.zones = data.zones;
    this.phases = data.phases;
    this.verdicts = data.verdicts;
  }

  /** Read what stands in the page, bit by bit; `edge` is the ground that the map shows. */
  static async read(data: PublishedData, edge: Bounds): Promise<Points> {
    const rows = new Points(data);
    const { numbers } = data;
    rows.latitude = await unpackNumbers(numbers.latitude);
    rows.longitude = await unpackNumbers(numbers.longitude);
    await rows.#place(edge);
    rows.#kinds(await unpackNumbers(numbers.kind));
    await breathe();
    rows.first = await unpackNumbers(numbers.first);
    rows.#span(await unpackNumbers(numbers.days));
    await breathe();
    rows.radius = await unpackNumbers(numbers.radius);
    if (data.areas) rows.#outline(data.areas, await unpackNumbers(data.areas.rows));
    for (const column of data.columns) {
      rows.columns.push({ name: column.name, texts: await unpackTexts(column) });
      await breathe();
    }
    return rows;
  }

  /** Take what was computed; nothing is drawn where `undrawn` says that a place stands for none. */
  static async of(
    frame: PointFrame,
    columns: PointColumns,
    undrawn: (row: number) => boolean,
    edge: Bounds,
  ): Promise<Points> {
    const rows = new Points(frame);
    const { length, scale } = rows;
    for (const name of ["latitude", "longitude", "radius"] as const) rows[name] = new Int32Array(length);
    for (const name of ["zone", "phase"] as const) rows[name] = new Uint8Array(length);
    rows.verdict = columns.verdict;
    rows.first = columns.first;
    rows.last = columns.last;
    for (let at = 0; at < length; at += AT_ONCE) {
      const stop = Math.min(length, at + AT_ONCE);
      for (let row = at; row < stop; row++) {
        const [latitude, longitude] = [columns.latitude[row]!, columns.longitude[row]!];
        const drawn = !Number.isNaN(latitude) && !Number.isNaN(longitude) && !undrawn(row);
        rows.latitude[row] = drawn ? Math.round(latitude * scale) : MISSING;
        rows.longitude[row] = drawn ? Math.round(longitude * scale) : MISSING;
        rows.radius[row] = drawn ? Math.round(columns.radius[row]!) : 0;
        rows.zone[row] = columns.zone[row]! + 1;
        rows.phase[row] = columns.phase[row]! + 1;
      }
      if (stop < length) await breathe();
    }
    await rows.#place(edge);
    return rows;
  }

  get report(): PublishingReport {
    return this.data.report;
  }

  /** Our own columns, as far as this page has them: how near a place is known, or its cell. */
  get own(): Own[] {
    const left = this.report.cell_km === null ? "cell_km" : "radius_m";
    return OWN.filter((name) => name !== left);
  }

  /** Half the width and height of the cell around a row, in degrees; none for exact places. */
  cell(row: number): { wide: number; high: number } | null {
    const km = this.data.report.cell_km;
    if (km === null) return null;
    const high = km / KM_A_DEGREE / 2;
    return { high, wide: high / Math.cos((this.latitude[row]! / this.scale / 180) * Math.PI) };
  }

  /** The outline by which alone the place of a row is known. */
  outline(row: number): Outline | null {
    return this.placed(row) ? null : this.#outlines(row);
  }

  /** Whether a row has a place that the map can show. */
  placed(row: number): boolean {
    return !Number.isNaN(this.x[row]!);
  }

  at(row: number): [latitude: number, longitude: number] {
    return [this.latitude[row]! / this.scale, this.longitude[row]! / this.scale];
  }

  days(row: number): { first: Day; last: Day } | null {
    if (this.first[row]! === MISSING) return null;
    return { first: dayOf(this.first[row]!), last: dayOf(this.last[row]!) };
  }

  /** What a row has in one of our own columns, as in a table of `dezone tag`. */
  value(row: number, name: Own): string {
    switch (name) {
      case "verdict":
        return this.verdicts[this.verdict[row]!]!;
      case "zone":
        return this.zones[this.zone[row]! - 1] ?? "";
      case "phase":
        return this.phases[this.phase[row]! - 1] ?? "";
      case "first_day":
        return this.days(row)?.first ?? "";
      case "last_day":
        return this.days(row)?.last ?? "";
      case "radius_m":
        return this.latitude[row]! === MISSING ? "" : String(this.radius[row]!);
      case "cell_km":
        return this.latitude[row]! === MISSING ? "" : String(this.report.cell_km);
      default: {
        const steps = this[name][row]!;
        return steps === MISSING ? "" : (steps / this.scale).toFixed(5);
      }
    }
  }

  async #place([west, south, east, north]: Bounds): Promise<void> {
    const { length, latitude, longitude, scale } = this;
    const [x, y] = [new Float64Array(length), new Float64Array(length)];
    for (let at = 0; at < length; at += AT_ONCE) {
      const stop = Math.min(length, at + AT_ONCE);
      for (let row = at; row < stop; row++) {
        const [lat, lon] = [latitude[row]! / scale, longitude[row]! / scale];
        const missing = latitude[row]! === MISSING;
        if (missing || lat < south || lat > north || lon < west || lon > east) {
          x[row] = y[row] = NaN;
          this.unplaced++;
          continue;
        }
        const place = mercator(lon, lat);
        x[row] = place[0];
        y[row] = place[1];
      }
      if (stop < length) await breathe();
    }
    [this.x, this.y] = [x, y];
  }

  #outline({ outlines, scale }: Areas, which: Int32Array): void {
    this.#outlines = (row) => {
      const found = outlines[which[row]!];
      return found ? { ...found, rings: found.rings.map((ring) => decodeRing(ring, scale)) } : null;
    };
    for (let row = 0; row < this.length; row++) {
      if (which[row]! >= 0 && !this.placed(row)) this.outlined++;
    }
  }

  #kinds(kinds: Int32Array): void {
    const { length } = this;
    const [verdicts, phases] = [this.verdicts.length, this.phases.length + 1];
    for (const name of ["verdict", "zone", "phase"] as const) this[name] = new Uint8Array(length);
    for (let row = 0; row < length; row++) {
      const kind = kinds[row]!;
      this.verdict[row] = kind % verdicts;
      const rest = (kind - this.verdict[row]!) / verdicts;
      this.phase[row] = rest % phases;
      this.zone[row] = (rest - this.phase[row]!) / phases;
    }
  }

  #span(days: Int32Array): void {
    this.last = days;
    for (let row = 0; row < this.length; row++) {
      days[row] = this.first[row]! === MISSING ? MISSING : this.first[row]! + days[row]!;
    }
  }
}
