/** KML placemarks and GPX waypoints as a table, read with a parser that opens nothing. */

import { Parser } from "saxen";

import { checkColumns, RowsTable } from "./rows";
import { checkFilled, TableError } from "./table";

/** Children of a placemark, or of its time, by the names that their columns have in GDAL. */
const KML: Readonly<Record<string, string>> = {
  "Placemark/name": "Name",
  "Placemark/description": "description",
  "Placemark/Snippet": "snippet",
  "Placemark/address": "address",
  "Placemark/phoneNumber": "phoneNumber",
  "Placemark/visibility": "visibility",
  "TimeStamp/when": "timestamp",
  "TimeSpan/begin": "begin",
  "TimeSpan/end": "end",
};
/** The columns that come first. */
const FIRST = ["kml_id", ...Object.values(KML)];
/** What placemarks lie in; where several do, a column says in which each lies. */
const CONTAINERS = ["kml", "Document", "Folder"];
const SHAPES = ["LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "Model"];

interface Place {
  readonly cells: Map<string, string>;
  readonly folder: Folder | undefined;
  point: readonly [longitude: number, latitude: number, height?: number] | null;
  shape: boolean;
}

interface Folder {
  name: string;
  readonly above: readonly Folder[];
}

/** Return the placemarks of a KML text, or the waypoints of a GPX text, with their own points. */
export function readPlacemarks(text: string, { name: file = "" } = {}): RowsTable {
  const stem = file.replace(/\.[^.]*$/, "");
  const places: Place[] = [];
  const path: string[] = [];
  const folders: Folder[] = [];
  const inside: Folder[] = [];
  let place: Place | null = null;
  let [said, field] = ["", ""];
  const parser = new Parser();
  const local = (name: string): string => name.slice(name.indexOf(":") + 1);
  parser.on("openTag", (name, attributes) => {
    const tag = local(name);
    path.push(tag);
    said = "";
    const given = attributes();
    if (tag === "Placemark" || tag === "wpt") {
      places.push((place = { cells: new Map(), folder: inside.at(-1), point: null, shape: false }));
      if (given["id"]) place.cells.set("kml_id", given["id"]);
      if (tag === "wpt") place.point = [degrees(given["lon"]), degrees(given["lat"])];
    } else if (tag === "Data" || tag === "SimpleData") field = given["name"] ?? "";
    else if (place && SHAPES.includes(tag)) place.shape = true;
    else if (!place && CONTAINERS.includes(tag)) {
      const folder = { name: "", above: [...inside] };
      inside.push(folder);
      folders.push(folder);
    }
  });
  const take = (chunk: string): void => void (said += chunk);
  parser.on("text", (value, decode) => take(decode(value)));
  parser.on("cdata", take);
  parser.on("closeTag", (name) => {
    const tag = local(name);
    path.pop();
    const above = path.at(-1) ?? "";
    if (tag === "Placemark" || tag === "wpt") place = null;
    else if (place) {
      const column =
        tag === "value" || tag === "SimpleData" ? field : above === "wpt" ? tag : KML[`${above}/${tag}`];
      if (tag === "coordinates" && above === "Point") place.point = pointOf(said);
      else if (column && said.trim()) place.cells.set(column, said.trim());
    } else if (CONTAINERS.includes(tag)) inside.pop();
    else if (tag === "name" && CONTAINERS.includes(above) && inside.length) inside.at(-1)!.name = said.trim();
    said = "";
  });
  parser.on("error", ({ message }) => {
    throw new TableError(`expected XML, found a fault (${message}); export the file again.`);
  });
  parser.parse(text);
  const folder = nameFolders(folders, places, stem);
  return tableOf(places, folder);
}

/**
 * Where placemarks lie in several folders, bring them into the order of these, and say in which each
 * lies: by a longer name where names repeat. Return the name of that column.
 */
function nameFolders(folders: readonly Folder[], places: Place[], stem: string): string | null {
  const used = new Set(places.map(({ folder }) => folder));
  const filled = folders.filter((one) => used.has(one));
  if (filled.length < 2) return null;
  const order = new Map(filled.map((one, at) => [one, at]));
  places.sort((one, other) => order.get(one.folder!)! - order.get(other.folder!)!);
  const named = new Map<string, Folder>();
  for (const one of filled) {
    const plain = one.name || stem;
    const longer = [...one.above.map(({ name }) => name).filter(Boolean), plain].join("/");
    let name = named.has(plain) ? longer : plain;
    for (let n = 2; named.has(name); n++) name = `${plain} (${n})`;
    named.set(name, one);
  }
  let key = "folder";
  while (places.some(({ cells }) => cells.has(key))) key += "_";
  const names = new Map([...named].map(([name, one]) => [one, name]));
  for (const { cells, folder } of places) cells.set(key, names.get(folder!)!);
  return key;
}

const NUMBER = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i;

function degrees(text = ""): number {
  return NUMBER.test(text) ? Number(text) : NaN;
}

function pointOf(text: string): NonNullable<Place["point"]> {
  const [longitude = NaN, latitude = NaN, height] = text.split(",").map((part) => degrees(part));
  return height === undefined ? [longitude, latitude] : [longitude, latitude, height];
}

function tableOf(places: readonly Place[], last: string | null): RowsTable {
  const isSpan = places.some(({ cells }) => cells.has("begin") || cells.has("end"));
  for (const { cells } of isSpan ? places : []) {
    const moment = cells.get("timestamp"); // which begins and ends when it is
    if (!moment || cells.get("begin") || cells.get("end")) continue;
    cells.set("begin", moment).set("end", moment);
  }
  const found = new Set(places.flatMap(({ cells }) => [...cells.keys()]));
  const rest = [...found].filter((name) => !FIRST.includes(name) && name !== last);
  const headers = [...FIRST.filter((name) => found.has(name)), ...rest, ...(last ? [last] : [])];
  checkColumns(headers);
  checkFilled(places.length, headers.length, places.reduce((sum, { cells }) => sum + cells.size, 0));
  const isShape = ({ point, shape }: Place): boolean => shape && !point;
  const along = (axis: 0 | 1): Float64Array =>
    Float64Array.from(places, (one) => (isShape(one) ? Infinity : (one.point?.[axis] ?? NaN)));
  const rows = places.map(({ cells, point }) => [
    ...headers.map((name) => cells.get(name) ?? ""),
    point ? `POINT ${point.length > 2 ? "Z " : ""}(${point.join(" ")})` : "",
  ]);
  const points = { longitude: along(0), latitude: along(1) };
  // Without placemarks, such as in tracks, there is nothing.
  return new RowsTable(places.length ? [...headers, "geometry"] : [], rows, {
    points,
    shapes: places.filter(isShape).length,
    moments: headers.includes("timestamp") ? ["timestamp"] : [],
  });
}
