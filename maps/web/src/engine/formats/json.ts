/** JSON: an array of objects, objects one a line, or GeoJSON (RFC 7946), as a table. */

import { pathsIn } from "./paths";
import { checkColumns, type OwnPoints, RowsTable } from "./rows";
import { checkFilled, TableError } from "./table";

type Record = { readonly [key: string]: unknown };

const NO_LIST =
  "expected a list of objects, objects one a line, or a GeoJSON FeatureCollection, found other JSON; " +
  "export it as one of these.";

/** How deep brackets may be nested: what reads the values would run out of stack. */
const DEEPEST = 500;

/** Return the table of a text that is JSON; nested values stay JSON text. */
export function readJson(text: string): RowsTable {
  const value = parsed(text);
  if (depthOf(text) > DEEPEST) {
    throw new TableError("expected JSON, found brackets nested too deep; mend the file.");
  }
  const cells = rowsOfCells(value);
  if (cells) return cells;
  const records = recordsOf(value);
  const first = isObject(value) ? value["type"] : records[0]?.["type"];
  const features = first === "FeatureCollection" || first === "Feature";
  if (!features) return new RowsTable(...rowsOf(records), { inside: pathsIn(records) });
  refuseOtherCrs(value);
  return readFeatures(records);
}

/** Return rows of cells below a row of names, as the HXL Proxy writes them; null of other JSON. */
function rowsOfCells(value: unknown): RowsTable | null {
  if (!Array.isArray(value) || !value.length || !value.every(Array.isArray)) return null;
  if (!(value[0] as unknown[]).every((name) => name === null || typeof name === "string")) return null;
  const [headers, ...rows] = (value as unknown[][]).map((row) => row.map(textOf));
  const width = headers!.length;
  const odd = rows.findIndex((row) => row.length > width);
  if (odd >= 0) {
    throw new TableError(`expected up to ${width} cells in row ${odd + 1}, found more; mend the file there.`);
  }
  return new RowsTable(headers!, rows);
}

/** Refuse features that state another system of coordinates, as GeoJSON did before RFC 7946. */
function refuseOtherCrs(value: unknown): void {
  const stated = isObject(value) && isObject(value["crs"]) ? value["crs"]["properties"] : null;
  const name = isObject(stated) ? String(stated["name"] ?? "") : "";
  if (!name || /(?:CRS84|4326)$/.test(name)) return;
  throw new TableError(
    `expected longitude and latitude (WGS 84), found the CRS ${JSON.stringify(name)}; convert the file to it.`,
  );
}

/** Return a JSON value; several, one a line, as a list of them. */
function parsed(text: string): unknown {
  const plain = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  try {
    return JSON.parse(plain);
  } catch {
    return plain.split("\n").flatMap((line, index) => {
      if (!line.trim()) return [];
      try {
        return [JSON.parse(line) as unknown];
      } catch {
        throw new TableError(
          `expected JSON, found text that is none at line ${index + 1}; mend the file there.`,
        );
      }
    });
  }
}

/** Return how deep the brackets of a text that is JSON are nested. */
function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  for (let i = 0, isText = false; i < text.length; i++) {
    const sign = text[i]!;
    if (sign === '"') isText = !isText;
    else if (isText) i += Number(sign === "\\");
    else if (sign === "[" || sign === "{") deepest = Math.max(deepest, ++depth);
    else if (sign === "]" || sign === "}") depth--;
  }
  return deepest;
}

function recordsOf(value: unknown): readonly Record[] {
  if (isObject(value) && value["type"] === "Feature") return [value];
  const lists = isObject(value)
    ? Object.values(value).filter((one) => Array.isArray(one) && one.some(isObject))
    : [value];
  const features = isObject(value) && value["type"] === "FeatureCollection";
  if (isObject(value) && !features && !lists.length) {
    if (isKeyed(value)) throw new TableError(NO_LIST);
    return [value]; // a single line
  }
  const [list] = features ? [value["features"]] : lists;
  const single = features || lists.length === 1;
  if (isObject(value) && !features && lists.length > 1) {
    const named = Object.keys(value).filter((key) => lists.includes(value[key] as unknown[]));
    throw new TableError(
      `expected one list of objects, found ${named.map((one) => JSON.stringify(one)).join(", ")}; ` +
        "leave the others out.",
    );
  }
  if (!single || !Array.isArray(list) || !list.length) throw new TableError(NO_LIST);
  return list.map((one: unknown) => {
    if (!isObject(one)) throw new TableError(NO_LIST);
    return one;
  });
}

/** Tell whether an object holds records under a key each, columns of values, or a list that lies deeper. */
function isKeyed(value: Record): boolean {
  const whole = Object.values(value);
  if (whole.length > 1 && whole.every(Array.isArray)) return true;
  const [only] = whole;
  const isOne = whole.length === 1 && isObject(only);
  const inner = isOne ? Object.values(only) : whole;
  if (isOne && inner.some((one) => Array.isArray(one) && one.length && one.every(isObject))) return true;
  const [first, ...others] = inner.filter(isObject);
  const isEach = inner.length > 1 && others.length === inner.length - 1;
  return isEach && Object.keys(first!).some((key) => others.every((one) => Object.hasOwn(one, key)));
}

function rowsOf(records: readonly Record[]): [headers: string[], rows: string[][]] {
  const names = records.map(Object.keys);
  const headers = [...new Set(names.flat())];
  checkColumns(headers);
  checkFilled(records.length, headers.length, names.reduce((sum, { length }) => sum + length, 0));
  return [headers, records.map((one) => headers.map((name) => textOf(own(one, name))))];
}

/** Features: their id, their properties, and their geometry as well-known text. */
function readFeatures(features: readonly Record[]): RowsTable {
  const { length } = features;
  const longitude = new Float64Array(length).fill(NaN);
  const latitude = new Float64Array(length).fill(NaN);
  const points: OwnPoints = { longitude, latitude };
  let shapes = 0;
  const hasIds = features.some((one) => own(one, "id") !== undefined);
  const of = (one: Record): Record => (isObject(one["properties"]) ? one["properties"] : {});
  const [headers, cells] = rowsOf(features.map(of));
  const rows = features.map((one, row) => {
    const { geometry } = one as { geometry?: unknown };
    if (isObject(geometry)) {
      const { type, coordinates } = single(geometry);
      if (type !== "Point") shapes++;
      const point = type === "Point" && Array.isArray(coordinates) ? coordinates.slice(0, 2) : [];
      const sound = point.length === 2 && point.every((n) => typeof n === "number");
      longitude[row] = sound ? (point[0] as number) : Infinity;
      latitude[row] = sound ? (point[1] as number) : Infinity;
    }
    const id = hasIds ? [textOf(own(one, "id"))] : [];
    return [...id, ...cells[row]!, isObject(geometry) ? wellKnown(geometry) : ""];
  });
  const inside = pathsIn(features.map(of));
  return new RowsTable([...(hasIds ? ["id"] : []), ...headers, "geometry"], rows, { points, shapes, inside });
}

/** Return a point for several that are one. */
function single(geometry: Record): Record {
  const { type, coordinates } = geometry;
  const isOne = type === "MultiPoint" && Array.isArray(coordinates) && coordinates.length === 1;
  return isOne ? { type: "Point", coordinates: coordinates[0] as unknown } : geometry;
}

/** Return a geometry as well-known text (OGC 06-103r4). */
function wellKnown({ type, coordinates, geometries }: Record): string {
  const plain = String(type).toUpperCase();
  if (Array.isArray(geometries)) {
    return `${plain} (${geometries.filter(isObject).map(wellKnown).join(", ")})`;
  }
  if (plain === "MULTIPOINT" && Array.isArray(coordinates)) coordinates = coordinates.map((one: unknown) => [one]);
  let first = coordinates;
  while (Array.isArray(first) && Array.isArray(first[0])) first = first[0] as unknown;
  const name = Array.isArray(first) && first.length > 2 ? `${plain} Z` : plain;
  const said = (value: unknown): string => {
    if (!Array.isArray(value)) return "";
    if (value.every((one) => typeof one === "number")) return value.slice(0, 3).join(" ");
    return value.map((one) => (isPosition(one) ? said(one) : `(${said(one)})`)).join(", ");
  };
  const text = said(coordinates);
  return text ? `${name} (${text})` : `${name} EMPTY`;
}

function isPosition(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "number");
}

function own(record: Record, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Return a value as a cell; what is nested as JSON with a blank after each mark. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? spaced(value) : String(value);
}

function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  const pairs = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${spaced(one)}`);
  return `{${pairs.join(", ")}}`;
}

function isObject(value: unknown): value is Record {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
