/** GeoJSON points (RFC 7946) as a table: a column for each property, and the positions. */

import type { Cells } from "../columns/reading";
import { TableError } from "./delimited";

const MOST_PROPERTIES = 4_096;

/** The features of a collection as rows. */
export class PointTable {
  readonly headers: readonly string[];
  readonly length: number;
  readonly ragged: ReadonlySet<number> = new Set();
  readonly formulas: number;
  /** Features whose geometry is no point: no place is read from them. */
  readonly shapes: number;
  /** Degrees; NaN where a feature has no geometry, Infinity where it is no point. */
  readonly longitude: Float64Array;
  readonly latitude: Float64Array;
  readonly #properties: readonly Record<string, unknown>[];

  constructor(text: string) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new TableError("expected GeoJSON, found text that is no JSON; mend the file.");
    }
    const features = isObject(value) && value["type"] === "FeatureCollection" ? value["features"] : 0;
    if (!Array.isArray(features)) {
      throw new TableError("expected a GeoJSON FeatureCollection, found other JSON; export it as one.");
    }
    const headers = new Set<string>();
    let shapes = 0;
    this.length = features.length;
    this.longitude = new Float64Array(features.length).fill(NaN);
    this.latitude = new Float64Array(features.length).fill(NaN);
    this.#properties = features.map((feature: unknown, row) => {
      const properties = isObject(feature) ? feature["properties"] : null;
      const geometry = isObject(feature) ? feature["geometry"] : null;
      if (isObject(geometry)) {
        if (geometry["type"] !== "Point") shapes++;
        const point = geometry["type"] === "Point" ? geometry["coordinates"] : null;
        const sound = Array.isArray(point) && point.slice(0, 2).every((n) => typeof n === "number");
        this.longitude[row] = sound ? (point[0] as number) : Infinity;
        this.latitude[row] = sound ? (point[1] as number) : Infinity;
      }
      if (!isObject(properties)) return {};
      for (const name of Object.keys(properties)) headers.add(name);
      if (headers.size > MOST_PROPERTIES) {
        throw new TableError(
          `expected up to ${MOST_PROPERTIES} properties, found more; leave some out.`,
        );
      }
      return properties;
    });
    this.headers = [...headers];
    this.shapes = shapes;
    let formulas = 0;
    for (const properties of this.#properties) {
      for (const value of Object.values(properties)) {
        if (typeof value === "string" && /^[=@]|^[+-][^0-9.,\s]/.test(value)) formulas++;
      }
    }
    this.formulas = formulas;
  }

  cells(row: number): string[] {
    return this.headers.map((_, column) => this.cell(row, column));
  }

  cell(row: number, column: number): string {
    const name = this.headers[column]!;
    const properties = this.#properties[row]!;
    const value = Object.hasOwn(properties, name) ? properties[name] : null;
    if (value === null || value === undefined) return "";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  line(): null {
    return null;
  }

  column(header: string): Cells {
    const at = this.headers.indexOf(header);
    if (at < 0) throw new TableError(`expected a property ${JSON.stringify(header)}, found none`);
    return { length: this.length, get: (row) => this.cell(row, at) };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
