/** Values inside objects of JSON, named by their path: the twin of `geodata/columns/headers/paths.py`. */

/** Paths to single values, columns of lists of objects, and columns of points of GeoJSON. */
export interface Inside {
  readonly paths: readonly string[];
  readonly lists: readonly string[];
  readonly points: readonly string[];
}

const SAMPLE = 50; // rows in which paths are looked for
const MOST_PATHS = 500;
const DEEPEST = 4;
const LONGEST_LIST = 4; // of values by number: a pair of coordinates, not a list of events

type Record = { readonly [key: string]: unknown };

/** Return what there is inside the values of the first records. */
export function pathsIn(records: readonly Record[]): Inside {
  const paths = new Set<string>();
  const lists = new Set<string>();
  const points = new Map<string, boolean>();
  const names = new Set(records.flatMap(Object.keys));
  for (const record of records.slice(0, SAMPLE)) {
    for (const [name, value] of Object.entries(record)) {
      if (typeof value !== "object" || value === null) continue;
      if (Array.isArray(value) && value.some(isObject)) lists.add(name);
      for (const [path, leaf] of leaves(name, value, 0)) {
        if (leaf !== null) points.set(path, (points.get(path) ?? true) && isObject(leaf));
        if (!names.has(path)) paths.add(path);
      }
    }
  }
  return {
    paths: [...paths].slice(0, MOST_PATHS),
    lists: [...lists],
    points: [...points].flatMap(([path, only]) => (only ? [path] : [])),
  };
}

/** Yield the paths to single values, and to points of GeoJSON, with these. */
function* leaves(path: string, value: unknown, depth: number): Generator<readonly [string, unknown]> {
  if (Array.isArray(value)) {
    if (!value.length || value.length > LONGEST_LIST) return;
    for (const [i, inner] of value.entries()) {
      if (typeof inner !== "object" || inner === null) yield [`${path}.${i}`, inner];
    }
  } else if (isObject(value) && value["type"] !== "Point") {
    if (depth >= DEEPEST) return;
    for (const [key, inner] of Object.entries(value)) yield* leaves(`${path}.${key}`, inner, depth + 1);
  } else yield [path, value];
}

/** Return the value at a path into the JSON of a cell, as text; nothing where there is none. */
export function valueAt(cell: string, steps: readonly string[]): string {
  let value: unknown;
  try {
    value = cell === "" ? null : JSON.parse(cell);
  } catch {
    return "";
  }
  for (const step of steps) {
    if (Array.isArray(value)) value = /^[0-9]+$/.test(step) ? (value[Number(step)] as unknown) : null;
    else value = isObject(value) && Object.hasOwn(value, step) ? value[step] : null;
  }
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value as string | number | boolean);
}

function isObject(value: unknown): value is Record {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
