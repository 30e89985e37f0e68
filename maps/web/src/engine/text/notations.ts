/**
 * Notations of positions with a form of their own: a table of patterns and their readers.
 *
 * The twin of `geodata/text/notations.py`.
 */

import { mgrs, plus_code } from "grammar/grids.json";

import { NUMBER, onEarth, type Position, refuse, showPair, twoWays } from "./position";
import { quote, ReadingError, type Repair } from "./repairs";
import { fromUtm } from "./utm";

function readIso6709(match: RegExpExecArray, text: string): Position {
  const angle = (sign: string, digits: string, fraction: string, degrees: number): number => {
    const rest = digits.slice(degrees);
    const pieces = [digits.slice(0, degrees), ...(rest.match(/../g) ?? [])];
    pieces[pieces.length - 1] += fraction;
    const numbers = pieces.map(Number);
    if (numbers.slice(1).some((number) => number >= 60)) {
      refuse(text, "minutes or seconds reach 60");
    }
    const value = numbers.reduce((sum, number, power) => sum + number / 60 ** power, 0);
    return sign === "-" ? -value : value;
  };
  const latitude = angle(match[1]!, match[2]!, match[3] ?? "", 2);
  const longitude = angle(match[4]!, match[5]!, match[6] ?? "", 3);
  if (match[2]!.length - 2 !== match[5]!.length - 3) {
    refuse(text, "latitude and longitude have different numbers of digits");
  }
  return onEarth(longitude, latitude, "iso-6709", text);
}

function readGeoUri(match: RegExpExecArray, text: string): Position {
  const write = "write it like 'geo:35.9306,36.6339;u=100'";
  const numbers = match[1]!.split(",");
  if (![2, 3].includes(numbers.length) || !numbers.every((number) => NUMBER.test(number))) {
    refuse(text, "a geo URI has two or three plain numbers", write);
  }
  let extent: number | null = null;
  match[2]!
    .split(";")
    .filter(Boolean)
    .forEach((parameter, at) => {
      const cut = parameter.indexOf("=");
      const name = (cut < 0 ? parameter : parameter.slice(0, cut)).toLowerCase();
      const value = cut < 0 ? "" : parameter.slice(cut + 1);
      if (name === "crs") {
        if (at !== 0 || value.toLowerCase() !== "wgs84") {
          refuse(text, `its reference system is ${quote(value)}, not wgs84`, write);
        }
      } else if (name === "u") {
        if (extent !== null || !/^[0-9]+(?:\.[0-9]+)?$/.test(value)) {
          refuse(text, `the uncertainty ${quote(parameter)} is no length`, write);
        }
        extent = Number(value);
        if (extent === Infinity) refuse(text, "the uncertainty is endless", write);
      } else refuse(text, `the parameter ${quote(parameter)} is not known`, write);
    });
  return onEarth(Number(numbers[1]), Number(numbers[0]), "geo-uri", text, [], extent);
}

function readWkt(match: RegExpExecArray, text: string): Position {
  const write = "write it like 'POINT (36.6339 35.9306)', longitude first";
  if (match[1] !== undefined && Number(match[1]) !== 4326) {
    throw new ReadingError(
      `expected SRID 4326 (WGS 84), found ${quote(text)}; convert it before`,
      "position",
    );
  }
  const body = match[3]!.trim();
  if (body.toUpperCase() === "EMPTY") refuse(text, "the point is empty", write);
  const numbers = body.replace(/^\(|\)$/g, "").split(" ").filter(Boolean);
  const axes = 2 + (match[2] ?? "").length;
  const plain = numbers.every((n) => /^[+-]?[0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]{1,3})?$/i.test(n));
  if (!plain || !(numbers.length === axes || (axes === 2 && [3, 4].includes(numbers.length)))) {
    refuse(text, "this is no WKT point", write);
  }
  return onEarth(Number(numbers[0]), Number(numbers[1]), "wkt", text);
}

/** Tell whether an object in valid JSON gives a name twice, which no parser tells. */
function hasTwins(json: string): boolean {
  const open: (Set<string> | null)[] = [];
  for (const match of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    const piece = match[0];
    if (piece === "{") open.push(new Set());
    else if (piece === "[") open.push(null);
    else if (piece === "}" || piece === "]") open.pop();
    else if (match[1] !== undefined) {
      const names = open.at(-1);
      const name = JSON.parse(piece.slice(0, piece.length - match[1].length)) as string;
      if (names?.has(name)) return true;
      names?.add(name);
    }
  }
  return false;
}

function readGeoJson(match: RegExpExecArray, text: string): Position {
  const write =
    'write it like {"type": "Point", "coordinates": [36.6339, 35.9306]}, longitude first';
  let value: unknown;
  try {
    value = JSON.parse(match[0]);
  } catch {
    refuse(text, "this is not JSON", write);
  }
  if (hasTwins(match[0])) refuse(text, "a name occurs twice", write);
  const isObject = (one: unknown): one is Record<string, unknown> =>
    typeof one === "object" && one !== null && !Array.isArray(one);
  const own = (one: Record<string, unknown>, name: string): unknown =>
    Object.hasOwn(one, name) ? one[name] : undefined;
  if (isObject(value) && own(value, "type") === "Feature") value = own(value, "geometry");
  if (!isObject(value) || own(value, "type") !== "Point") {
    refuse(text, "this is no GeoJSON point", write);
  }
  if (Object.hasOwn(value, "crs")) {
    refuse(text, "it names a reference system of its own, which GeoJSON no longer has", write);
  }
  const numbers = own(value, "coordinates");
  if (
    !Array.isArray(numbers) ||
    ![2, 3].includes(numbers.length) ||
    !numbers.every((n): n is number => typeof n === "number") ||
    numbers.slice(0, 2).some((n) => Math.abs(n) > 1e6)
  ) {
    refuse(text, "its coordinates are not two or three numbers", write);
  }
  const properties = own(value, "properties"); // as ODK writes them
  const metres = isObject(properties) ? (own(properties, "accuracy") ?? null) : null;
  if (metres !== null && !(typeof metres === "number" && metres >= 0 && metres < 1e7)) {
    refuse(text, `an accuracy of ${String(metres)} m is not possible`, write);
  }
  return onEarth(Number(numbers[0]), Number(numbers[1]), "geojson", text, [], metres);
}

// Metres in a degree at most: of a meridian at the poles, of the equator (WGS 84).
const MERIDIAN_DEGREE = 111_694;
const EQUATOR_DEGREE = 111_320;
const PLUS_DIGITS = plus_code.digits;

function readPlusCode(match: RegExpExecArray, text: string): Position {
  const write = "write the full code, like '8G7RWJJM+6H'";
  const [head, tail] = match[0].toUpperCase().split("+") as [string, string];
  const bare = head.replace(/0+$/, "");
  const padded = head.length - bare.length;
  if (head.length < 8) refuse(text, "a short Plus Code needs a place beside it", write);
  const misplaced = padded && (tail || padded % 2 || padded > 6);
  if (misplaced || tail.length === 1 || (bare + tail).includes("0")) {
    refuse(text, "this is no valid Plus Code", write);
  }
  const digits = [...(bare + tail).slice(0, 15)].map((digit) => PLUS_DIGITS.indexOf(digit));
  let [south, west, height, width] = [-90, -180, 400, 400];
  for (let at = 0; at < Math.min(digits.length, 10); at += 2) {
    height /= 20;
    width /= 20;
    south += height * digits[at]!;
    west += width * digits[at + 1]!;
  }
  for (const digit of digits.slice(10)) {
    height /= 5;
    width /= 4;
    south += height * Math.floor(digit / 4);
    west += width * (digit % 4);
  }
  if (south >= 90 || west >= 180) {
    refuse(text, "this Plus Code lies beyond a pole or the antimeridian", write);
  }
  const across = south <= 0 && 0 <= south + height;
  const nearest = across ? 0 : Math.min(Math.abs(south), Math.abs(south + height));
  const extent = Math.hypot(
    (height / 2) * MERIDIAN_DEGREE,
    (width / 2) * EQUATOR_DEGREE * Math.cos((nearest * Math.PI) / 180),
  );
  return onEarth(west + width / 2, south + height / 2, "plus-code", text, [], extent);
}

const { bands: BANDS, columns: COLUMNS, rows: ROWS } = mgrs;

function bandLimits(band: string): [south: number, north: number] {
  const south = -80 + 8 * BANDS.indexOf(band);
  return [south, band === "X" ? 84 : south + 8];
}

function readMgrs(match: RegExpExecArray, text: string): Position {
  const write = "write it like '37S BV 8645 7920'";
  const zone = Number(match[1]);
  const [band, column, row] = [match[2], match[3], match[4]].map((letter) =>
    letter!.toUpperCase(),
  ) as [string, string, string];
  const [first, second] = [match[5] ?? "", match[6] ?? ""];
  if (second && first.length !== second.length) {
    refuse(text, "easting and northing have different numbers of digits", write);
  }
  const digits = first + second;
  if (digits.length % 2 || digits.length > 10) {
    refuse(text, `${digits.length} digits are not twice up to five`, write);
  }
  if (!(zone >= 1 && zone <= 60)) refuse(text, `there is no zone ${zone}`, write);
  const half = digits.length / 2;
  const side = 10 ** (5 - half);
  const at = ((zone - 1) % 3) * 8;
  const columns = COLUMNS.slice(at, at + 8);
  if (!columns.includes(column)) {
    refuse(text, `zone ${zone} has no column ${column}, only ${columns[0]} to ${columns[7]}`, write);
  }
  const within = (part: string): number => Number(part || 0) * side + side / 2;
  const easting = (columns.indexOf(column) + 1) * 1e5 + within(digits.slice(0, half));
  const offset = zone % 2 ? 0 : 5;
  const northing = ((ROWS.indexOf(row) - offset + 20) % 20) * 1e5 + within(digits.slice(half));
  const [south, north] = bandLimits(band);
  const slack = (side / 2 / 110_000) * 1.5; // the middle of a square that the band's edge cuts
  for (let lap = 0; lap < 5; lap++) {
    const place = fromUtm(zone, band >= "N", easting, northing + lap * 2e6);
    if (place.latitude >= south - slack && place.latitude <= north + slack) {
      const extent = (side / 2) * Math.SQRT2;
      return onEarth(place.longitude, place.latitude, "mgrs", text, [], extent);
    }
  }
  refuse(text, `band ${band} of zone ${zone} has no square ${column}${row} there`, write);
}

interface UtmReading {
  readonly longitude: number;
  readonly latitude: number;
  readonly north: boolean;
  readonly name: string;
}

/** The letter of 37S may be the band of Syria or the southern hemisphere: what gives a point counts. */
function utmReadings(zone: number, letter: string, easting: number, northing: number): UtmReading[] {
  const found: UtmReading[] = [];
  const add = (north: boolean, name: string): void => {
    found.push({ ...fromUtm(zone, north, easting, northing), north, name });
  };
  if (letter.length > 1) add(letter === "NORTH", letter.toLowerCase());
  else {
    if (letter === "N") add(true, `zone ${zone} north`);
    if (letter === "S") add(false, `zone ${zone} south`);
    if (letter !== "N") {
      const { latitude } = fromUtm(zone, letter >= "N", easting, northing);
      const [low, high] = bandLimits(letter);
      if (latitude >= low - 1e-6 && latitude <= high + 1e-6) add(letter >= "N", `band ${letter}`);
    }
  }
  return found.filter((r) => Number.isFinite(r.longitude) && r.latitude >= -80.5 && r.latitude <= 84.5);
}

function readUtm(match: RegExpExecArray, text: string): Position {
  const groups = match.groups ?? {};
  const write = "write it like 'UTM 37 north 286000 3980000'";
  let [zone, letter] = [Number(groups["zone"]), (groups["letter"] ?? "").toUpperCase()];
  if (groups["epsg"]) {
    const code = Number(groups["epsg"]);
    [zone, letter] = [code % 100, { 326: "NORTH", 327: "SOUTH" }[Math.floor(code / 100)] ?? ""];
    if (!letter || !(zone >= 1 && zone <= 60)) refuse(text, `EPSG:${code} is not WGS 84 / UTM`, write);
  }
  if (!(zone >= 1 && zone <= 60)) refuse(text, `there is no zone ${zone}`, write);
  const plain = (number: string): number => Number(number.replaceAll("٬", ""));
  const easting = plain((groups["e"] ?? groups["e2"])!);
  const northing = plain((groups["n"] ?? groups["n2"])!);
  if (!(easting >= 1e5 && easting < 9e5) || !(northing >= 0 && northing <= 1e7)) {
    refuse(text, "an easting is 100000 to 900000, a northing 0 to 10000000", write);
  }
  const [found, ...others] = utmReadings(zone, letter, easting, northing);
  if (!found) refuse(text, `there is no such point in zone ${zone}${letter.length > 1 ? letter.toLowerCase() : letter}`, write);
  if (others.length) {
    const possible = [found, ...others];
    twoWays(
      text,
      possible.map((r) => `${r.name} (${showPair(r.latitude, r.longitude)})`),
      possible.map((r) => `UTM ${zone} ${r.north ? "north" : "south"} ${easting} ${northing}`),
      `write 'UTM ${zone} north ...' or 'UTM ${zone} south ...'`,
    );
  }
  const [before, after] = [match[0], match[0].replaceAll("٬", "")];
  const repairs: Repair[] = before === after ? [] : [{ kind: "thousands", before, after }];
  return onEarth(found.longitude, found.latitude, "utm", text, repairs);
}

function refusePolar(_: RegExpExecArray, text: string): never {
  refuse(text, "polar squares (A, B, Y, Z) are not read", "write it in degrees");
}

const METRES = "(?:[0-9]+(?:\\.[0-9]+)?|[0-9]{1,3}(?:٬[0-9]{3})+(?:\\.[0-9]+)?)";
type Reader = (match: RegExpExecArray, text: string) => Position;

/** Each form, and what reads it. */
export const FORMS: readonly (readonly [RegExp, Reader])[] = [
  [/^\{.*\}$/, readGeoJson],
  [/^geo:([^;]*)((?:;[^;]*)*)$/i, readGeoUri],
  [/^(?:SRID ?= ?([0-9]{1,6}) ?; ?)?POINT ?(Z|M|ZM)? ?(EMPTY|\([^()]*\))$/i, readWkt],
  [/^[23456789CFGHJMPQRVWX0]{2,8}\+[23456789CFGHJMPQRVWX]*$/i, readPlusCode],
  [
    new RegExp(
      "^([+-])([0-9]{2}|[0-9]{4}|[0-9]{6})(\\.[0-9]+)?([+-])([0-9]{3}|[0-9]{5}|[0-9]{7})" +
        "(\\.[0-9]+)?(?:[+-][0-9]+(?:\\.[0-9]+)?)?(?:CRSWGS_84)?/?$",
    ),
    readIso6709,
  ],
  [
    new RegExp(
      "^(?:MGRS:? ?)?([0-9]{1,2}) ?([C-HJ-NP-X]) ?([A-HJ-NP-Z])([A-HJ-NP-V])" +
        "(?: ?([0-9]+)(?: ([0-9]+))?)?$",
      "i",
    ),
    readMgrs,
  ],
  [/^[ABYZ] ?[A-HJ-NP-Z]{2}(?: ?[0-9]+(?: [0-9]+)?)?$/i, refusePolar],
  [
    new RegExp(
      "^(?:(?:UTM:? ?)?(?:zone )?(?<zone>[0-9]{1,2}) ?(?<letter>north|south|[C-HJ-NP-X])" +
        "|EPSG:(?<epsg>[0-9]{5}))[,:;]? " +
        `(?:(?:E ?)?(?<e>${METRES}) ?(?:m ?E?|E)?[,;]? ` +
        `(?:N ?)?(?<n>${METRES}) ?(?:m ?N?|N)?` +
        `|(?<n2>${METRES}) ?m? ?N[,;]? (?<e2>${METRES}) ?m? ?E)$`,
      "i",
    ),
    readUtm,
  ],
];
