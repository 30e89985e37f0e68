/** GeoJSON points (RFC 7946) as a table: a column for each property, and the positions. */

import type { Cells } from "../columns/cells";
import { isFormula } from "./csv";
import { type Table, TableError } from "./table";

const MOST_PROPERTIES = 4_096;

/** The features of a collection as rows. */
export class PointTable implements Table {
  readonly headers: readonly string[];
  readonly length: number;
  readonly ragged: ReadonlySet<number> = new Set();
  readonly formulas: number;
  readonly shapes: number;
  /** NaN where a feature has no geometry, Infinity where it is no point. */
  readonly points: { readonly longitude: Float64Array; readonly latitude: Float64Array };
  readonly #properties: readonly Record<string, unknown>[];

  constructor(text: string) {
    const features = featuresOf(text);
    this.length = features.length;
    this.points = {
      longitude: new Float64Array(features.length).fill(NaN),
      latitude: new Float64Array(features.length).fill(NaN),
    };
    let shapes = 0;
    features.forEach(({ geometry }, row) => {
      if (!isObject(geometry)) return;
      if (geometry["type"] !== "Point") shapes++;
      const point = geometry["type"] === "Point" ? geometry["coordinates"] : null;
      const sound = Array.isArray(point) && point.slice(0, 2).every((n) => typeof n === "number");
      this.points.longitude[row] = sound ? (point[0] as number) : Infinity;
      this.points.latitude[row] = sound ? (point[1] as number) : Infinity;
    });
    this.shapes = shapes;
    this.#properties = features.map(({ properties }) => (isObject(properties) ? properties : {}));
    this.headers = namesOf(this.#properties);
    this.formulas = [...this.headers, ...this.#properties.flatMap(Object.values)].filter(
      (value) => typeof value === "string" && isFormula(value),
    ).length;
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

function featuresOf(text: string): Record<string, unknown>[] {
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
  return features.map((feature: unknown) => (isObject(feature) ? feature : {}));
}

function namesOf(rows: readonly Record<string, unknown>[]): string[] {
  const names = new Set<string>();
  for (const properties of rows) {
    for (const name of Object.keys(properties)) names.add(name);
    if (names.size > MOST_PROPERTIES) {
      throw new TableError(`expected up to ${MOST_PROPERTIES} properties, found more; leave some out.`);
    }
  }
  return [...names];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
