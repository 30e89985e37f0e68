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
  "TimeStamp/when": "timestamp",
  "TimeSpan/begin": "begin",
  "TimeSpan/end": "end",
};
const SHAPES = ["LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "Model"];

interface Place {
  readonly cells: Map<string, string>;
  point: readonly [longitude: number, latitude: number] | null;
  shape: boolean;
}

/** Return the placemarks of a KML text, or the waypoints of a GPX text, with their own points. */
export function readPlacemarks(text: string): RowsTable {
  const places: Place[] = [];
  const path: string[] = [];
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
      places.push((place = { cells: new Map(), point: null, shape: false }));
      if (given["id"]) place.cells.set("kml_id", given["id"]);
      if (tag === "wpt") place.point = [degrees(given["lon"]), degrees(given["lat"])];
    } else if (tag === "Data" || tag === "SimpleData") field = given["name"] ?? "";
    else if (place && SHAPES.includes(tag)) place.shape = true;
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
      else if (column) place.cells.set(column, said.trim());
    }
    said = "";
  });
  parser.on("error", ({ message }) => {
    throw new TableError(`expected XML, found a fault (${message}); export the file again.`);
  });
  parser.parse(text);
  return tableOf(places);
}

const NUMBER = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i;

function degrees(text = ""): number {
  return NUMBER.test(text) ? Number(text) : NaN;
}

function pointOf(text: string): readonly [number, number] {
  const [longitude, latitude] = text.split(",").map((part) => degrees(part));
  return [longitude ?? NaN, latitude ?? NaN];
}

function tableOf(places: readonly Place[]): RowsTable {
  const headers = [...new Set(places.flatMap(({ cells }) => [...cells.keys()]))];
  checkColumns(headers);
  checkFilled(places.length, headers.length, places.reduce((sum, { cells }) => sum + cells.size, 0));
  const isSpan = headers.includes("begin") || headers.includes("end");
  for (const { cells } of isSpan ? places : []) {
    const moment = cells.get("timestamp"); // which begins and ends when it is
    if (!moment || cells.get("begin") || cells.get("end")) continue;
    cells.set("begin", moment).set("end", moment);
  }
  const isShape = ({ point, shape }: Place): boolean => shape && !point;
  const along = (axis: 0 | 1): Float64Array =>
    Float64Array.from(places, (one) => (isShape(one) ? Infinity : (one.point?.[axis] ?? NaN)));
  const rows = places.map(({ cells, point }) => [
    ...headers.map((name) => cells.get(name) ?? ""),
    point ? `POINT (${point[0]} ${point[1]})` : "",
  ]);
  const points = { longitude: along(0), latitude: along(1) };
  return new RowsTable([...headers, "geometry"], rows, {
    points,
    shapes: places.filter(isShape).length,
    moments: headers.includes("timestamp") ? ["timestamp"] : [],
  });
}
