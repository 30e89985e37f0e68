/**
 * Positions as people write them, read in the one way they can be meant, or refused.
 *
 * The twin of `geodata/text/coordinates.py`: the same grammar, the same refusals.
 */

import type { ReadingWords } from "../atlas";
import { characters, cleanText, foldLetters, quote, ReadingError, type Repair } from "./repairs";
import { fromUtm } from "./utm";

type Axis = "latitude" | "longitude";
export type Decimal = "." | "," | null;
export type Notation =
  | "decimal"
  | "decimal-comma"
  | "dms"
  | "iso-6709"
  | "mgrs"
  | "utm"
  | "plus-code"
  | "geo-uri"
  | "wkt"
  | "geojson"
  | "geopoint";

/** Notations of which no part can stand for another: their axes are never the wrong way round. */
export const GRIDS: readonly Notation[] = ["mgrs", "utm", "plus-code"];

/** A place in degrees, how it was written, and what was mended to read it. */
export interface Position {
  readonly longitude: number;
  readonly latitude: number;
  readonly notation: Notation;
  readonly repairs: readonly Repair[];
  /** The radius in metres that the notation itself implies; null where it says nothing. */
  readonly extent: number | null;
}

const LIMIT = 500;
const LIMITS = { latitude: 90, longitude: 180 } as const;
const WRITE = "write it like '35.9306 N, 36.6339 E'";
const PLAIN = /^ *([+-]?[0-9]{1,3}\.[0-9]+)(?: *[,;] *| +)([+-]?[0-9]{1,3}\.[0-9]+) *$/;
const NUMBER = /^[+-]?[0-9]+(?:\.[0-9]+)?$/;
const LETTER = "[\\p{L}\\p{Nl}\\p{No}]";

function refuse(text: unknown, why: string, write = WRITE): never {
  throw new ReadingError(
    `expected a latitude and a longitude, found ${quote(text)}: ${why}; ${write}`,
    "position",
  );
}

/** Refuse what can be read in these ways; `clear` are they again, each as nothing else is read. */
function twoWays(
  text: unknown,
  readings: readonly string[],
  write = WRITE,
  clear: readonly string[] = [],
): never {
  throw new ReadingError(
    `expected one position, found ${quote(text)}, which can be read in two ways: ` +
      `${readings[0]} or ${readings[1]}; ${write}`,
    "position",
    true,
    () => clear,
  );
}

/** Write a position as it is read in one way alone: angles without their sign, and their letters. */
function clearly(latitude: string, longitude: string): string {
  const side = (angle: string, plus: string, minus: string): string =>
    angle.startsWith("-") ? `${angle.slice(1)} ${minus}` : `${angle} ${plus}`;
  return `${side(latitude, "N", "S")}, ${side(longitude, "E", "W")}`;
}

function shownNumber(value: number): string {
  return value.toFixed(6).replace(/0+$/, "").replace(/\.$/, "");
}

function shownPlace(latitude: number, longitude: number): string {
  return `latitude ${shownNumber(latitude)}, longitude ${shownNumber(longitude)}`;
}

function offEarth(latitude: number, longitude: number): string | null {
  for (const [name, value] of [
    ["latitude", latitude],
    ["longitude", longitude],
  ] as const) {
    const limit = LIMITS[name];
    if (!(value >= -limit && value <= limit)) {
      const swapped = name === "latitude" && Math.abs(value) <= 180 && Math.abs(longitude) <= 90;
      return (
        `${name} ${value} is not within -${limit}..${limit}` +
        (swapped ? " (are the two swapped?)" : "")
      );
    }
  }
  return null;
}

function position(
  longitude: number,
  latitude: number,
  notation: Notation,
  text: unknown,
  repairs: readonly Repair[] = [],
  extent: number | null = null,
): Position {
  const why = offEarth(latitude, longitude);
  if (why) refuse(text, why);
  return { longitude, latitude, notation, repairs, extent };
}

// -- angles ---------------------------------------------------------------------------------

const MARKS: Readonly<Record<string, string>> = Object.fromEntries([
  ...[..."°º˚ᵒ∘"].map((mark) => [mark, "°"]),
  ...[..."'’‘′´`ʹʼ‛"].map((mark) => [mark, "'"]),
  ...[..."\"”“″˝ʺ‟"].map((mark) => [mark, '"']),
]) as Record<string, string>;
const ANY_MARK = new RegExp(`[${Object.keys(MARKS).join("")}]`, "gu");
const RANKS: Readonly<Record<string, number>> = { "°": 0, "'": 1, '"': 2 };
const MARK_NAMES = ["degrees", "minutes", "seconds"] as const;
// The letters d, m, s are marks only as a row, in lower case: alone, D may be the Turkish east and
// s the south.
const LETTERED = new RegExp(
  "([0-9]+) ?d ?([0-9]+(?:[.,][0-9]+)?) ?m(?: ?([0-9]+(?:[.,][0-9]+)?) ?s)?" + `(?!${LETTER})`,
  "gu",
);

interface Token {
  readonly kind:
    | "number"
    | "comma"
    | "separator"
    | "sign"
    | "mark"
    | "colon"
    | "dash"
    | "is"
    | "hemisphere"
    | "label";
  readonly text: string;
  readonly axis?: Axis;
  readonly sign?: 1 | -1;
  readonly paired?: boolean; // a Turkish letter, which counts only beside another one
  readonly tight?: boolean; // a comma with a digit on both sides
}

interface Angle {
  readonly value: number;
  readonly axis: Axis | null;
  readonly parts: number;
  readonly marked: boolean;
  readonly named: boolean;
  readonly paired: boolean;
  readonly commas: boolean; // a decimal comma was read
  readonly fear: string | null; // the same number, its comma read as "degrees, minutes"
  readonly repairs: readonly Repair[];
}

/** These tokens are no angle; `why` says why where that is worth telling. */
class NoAngle {
  constructor(readonly why: string | null = null) {}
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\-]/g, "\\$&");
}

/** Return a pattern that matches a text in capitals, small letters or both. */
function eitherCase(text: string): string {
  return [...text]
    .map((char) => {
      const [small, large] = [char.toLowerCase(), char.toUpperCase()];
      return small === large ? escaped(char) : `[${small}${large}]`;
    })
    .join("");
}

function wordKey(word: string): string {
  return foldLetters(word).replace(/[. ]/g, "").toLowerCase();
}

interface Lexicon {
  readonly token: RegExp;
  readonly words: ReadonlyMap<string, Token>;
}

function lexiconOf(table: ReadingWords): Lexicon {
  const words = new Map<string, Token>();
  const patterns = new Map<string, { pattern: string; length: number }>();
  const add = (word: string, token: Token): void => {
    const key = wordKey(word);
    words.set(key, token);
    // Russian abbreviations come with and without dots and blanks.
    const dotted = word.includes(".");
    const pieces = foldLetters(word).replaceAll(".", "").split(/ +/).filter(Boolean);
    const letters = dotted ? [...pieces.join("")] : pieces;
    const glue = dotted ? "\\.? ?" : " ";
    patterns.set(key, {
      pattern: letters.map(eitherCase).join(glue) + "\\.?",
      length: letters.join(glue).length,
    });
  };
  const signs = {
    north: ["latitude", 1],
    south: ["latitude", -1],
    east: ["longitude", 1],
    west: ["longitude", -1],
  } as const;
  for (const [name, [axis, sign]] of Object.entries(signs)) {
    for (const word of table.hemispheres[name] ?? []) {
      add(word, { kind: "hemisphere", text: word, axis, sign });
    }
    for (const word of table.paired_letters[name] ?? []) {
      words.set(`=${word}`, { kind: "hemisphere", text: word, axis, sign, paired: true });
    }
  }
  for (const axis of ["latitude", "longitude"] as const) {
    for (const word of table.axes[axis] ?? []) add(word, { kind: "label", text: word, axis });
  }
  for (const [mark, names] of Object.entries(table.marks)) {
    for (const word of names) add(word, { kind: "mark", text: mark });
  }
  const paired = Object.values(table.paired_letters).flat().join("");
  const ordered = [...patterns.values()]
    .sort((a, b) => b.length - a.length || (a.pattern < b.pattern ? -1 : 1))
    .map(({ pattern }) => pattern);
  const token = new RegExp(
    "(?<number>[0-9]+(?:\\.[0-9]+)?)" +
      "|(?<comma>,)|(?<separator>[;/|])|(?<colon>:)|(?<is>=)" +
      "|(?<dash>(?<=[0-9])-(?=[0-9]))|(?<sign>[+\\-](?=[0-9]))" +
      "|(?<mark>°|''|'|\")" +
      `|(?<!${LETTER})(?<word>${ordered.join("|")}|[${paired}])(?!${LETTER})` +
      "|(?<space> +)",
    "uy",
  );
  return { token, words };
}

/** Yield the tokens with each comma read as a decimal mark or as the separator of the two. */
function* commaReadings(tokens: readonly Token[], decimal: Decimal): Generator<Token[]> {
  const commas = tokens.flatMap((token, i) => (token.kind === "comma" ? [i] : []));
  if (commas.length > 4) return;
  const roles = commas.map((i) => (tokens[i]!.tight && decimal !== "." ? [true, false] : [false]));
  const choices = roles.reduce<boolean[][]>(
    (all, role) => all.flatMap((chosen) => role.map((one) => [...chosen, one])),
    [[]],
  );
  for (const choice of choices) {
    const isDecimal = new Map(commas.map((at, k) => [at, choice[k]!]));
    const out: Token[] = [];
    let sound = true;
    for (let at = 0; at < tokens.length; at++) {
      const token = tokens[at]!;
      if (token.kind !== "comma") out.push(token);
      else if (!isDecimal.get(at)) out.push({ kind: "separator", text: "," });
      else {
        const joined = `${out.pop()!.text},${tokens[at + 1]!.text}`;
        if (joined.split(/[.,]/).length > 2) {
          sound = false;
          break;
        }
        out.push({ kind: "number", text: joined });
        at++;
      }
    }
    if (sound) yield out;
  }
}

/** Return the angle that these tokens spell, all of them; throws NoAngle. */
function angleOf(tokens: readonly Token[]): Angle {
  let start = 0;
  let end = tokens.length;
  while (start < end && ["label", "hemisphere"].includes(tokens[start]!.kind)) start++;
  while (end > start && tokens[end - 1]!.kind === "hemisphere") end--;
  const names = [...tokens.slice(0, start), ...tokens.slice(end)];
  const letters = names.filter((token) => token.kind === "hemisphere");
  const labels = names.filter((token) => token.kind === "label");
  if (letters.length > 1 || labels.length > 1) throw new NoAngle();
  const axes = new Set(names.map((token) => token.axis));
  if (axes.size > 1) throw new NoAngle("a label and a letter contradict each other");

  let sign = 1;
  if (start < end && tokens[start]!.kind === "sign") {
    sign = tokens[start]!.text === "-" ? -1 : 1;
    if (letters.length && sign < 0) {
      throw new NoAngle("a minus sign and a letter say the same thing twice");
    }
    start++;
  }
  const parts: string[] = [];
  let marked = false;
  let lastMarked = false;
  let degreeMark = false;
  for (const token of tokens.slice(start, end)) {
    if (token.kind === "number") {
      if (parts.length === 3) throw new NoAngle();
      parts.push(token.text);
      lastMarked = false;
      continue;
    }
    if (!parts.length || lastMarked) throw new NoAngle();
    const rank = parts.length - 1;
    if (token.kind === "mark") {
      if (RANKS[token.text] !== rank) throw new NoAngle();
      degreeMark ||= rank === 0;
    } else if (!(token.kind === "colon" || (token.kind === "dash" && letters.length)) || rank === 2) {
      throw new NoAngle();
    }
    marked = lastMarked = true;
  }
  if (!parts.length || ["colon", "dash"].includes(tokens[end - 1]!.kind)) throw new NoAngle();
  if (parts.slice(0, -1).some((part) => /[.,]/.test(part))) throw new NoAngle();
  const numbers = parts.map((part) => Number(part.replace(",", ".")));
  for (let k = 1; k < parts.length; k++) {
    if (parts[k]!.split(/[.,]/)[0]!.length > 2 || numbers[k]! >= 60) {
      throw new NoAngle(`${parts[k]} ${MARK_NAMES[k]} are not below 60`);
    }
  }
  const letter = letters[0];
  const after = end < tokens.length;
  if (parts.length === 3 && marked && !lastMarked && after && letter?.text === "s") {
    throw new NoAngle("the s may mean seconds or south");
  }
  let value = numbers[0]!;
  if (numbers.length > 1) value += numbers[1]! / 60;
  if (numbers.length > 2) value += numbers[2]! / 3600;
  const repairs: Repair[] = [];
  const lastPart = parts.at(-1)!;
  const commas = lastPart.includes(",");
  if (commas) {
    repairs.push({ kind: "decimal-comma", before: lastPart, after: lastPart.replace(",", ".") });
  }
  if (letter && !["N", "S", "E", "W"].includes(letter.text)) {
    const plain = letter.axis === "longitude" ? "EW" : "NS";
    repairs.push({
      kind: "hemisphere-word",
      before: letter.text,
      after: plain[letter.sign === -1 ? 1 : 0]!,
    });
  }
  let fear: string | null = null;
  // ISO 6709 writes minutes with two digits, so 36,2 cannot be minutes, and 36,75 neither.
  if (commas && parts.length === 1 && !degreeMark) {
    const [whole, fraction] = parts[0]!.split(",") as [string, string];
    if (fraction.length === 2 && Number(fraction) < 60) fear = `${whole}°${fraction}'`;
  }
  return {
    value: sign * (letter?.sign ?? 1) * value,
    axis: [...axes][0] ?? null,
    parts: parts.length,
    marked,
    named: names.length > 0,
    paired: letter?.paired ?? false,
    commas,
    fear,
    repairs,
  };
}

/** Return every way to cut the tokens into two angles; throws NoAngle. */
function halves(tokens: readonly Token[]): [Angle, Angle][] {
  const cuts = tokens.flatMap((token, i) => (token.kind === "separator" ? [i] : []));
  if (cuts.length > 1) return [];
  if (cuts.length) {
    const left = angleOf(tokens.slice(0, cuts[0]));
    const right = angleOf(tokens.slice(cuts[0]! + 1));
    const plain = !(left.marked || right.marked || left.named || right.named);
    return left.parts === right.parts || !plain ? [[left, right]] : [];
  }
  const found: [Angle, Angle][] = [];
  let told: NoAngle | null = null;
  for (let cut = 1; cut < tokens.length; cut++) {
    try {
      found.push([angleOf(tokens.slice(0, cut)), angleOf(tokens.slice(cut))]);
    } catch (error) {
      if (!(error instanceof NoAngle)) throw error;
      told ??= error.why === null ? null : error;
    }
  }
  // Without marks, 35 55 36 38 is twice degrees and minutes: nobody writes the two differently.
  const even = found.filter(([a, b]) => a.parts === b.parts);
  const loose = found.some((pair) => !pair.some((angle) => angle.marked || angle.named));
  if (!found.length && told) throw told;
  return loose || (found.length > 1 && even.length) ? even : found;
}

/** Return two angles as latitude and longitude, by their letters and labels or by their order. */
function orientedPair(first: Angle, second: Angle): [Angle, Angle] {
  if (first.named !== second.named) throw new NoAngle("only one of the two says which it is");
  if (first.paired !== second.paired) throw new NoAngle("letters of two languages are mixed");
  if (first.axis === null && second.axis === null) return [first, second];
  if (first.axis === second.axis) throw new NoAngle(`both are a ${first.axis}`);
  return first.axis === "latitude" ? [first, second] : [second, first];
}

function angleNotation(...angles: Angle[]): Notation {
  if (angles.some((angle) => angle.parts > 1)) return "dms";
  return angles.some((angle) => angle.commas) ? "decimal-comma" : "decimal";
}

/** Return a single angle as it would be read, for an error message. */
function alone(angle: Angle, tokens: readonly Token[]): string {
  const numbers = tokens.filter((t) => t.kind === "number").map((t) => t.text.replace(",", "."));
  if (numbers.length === 1) return shownNumber(angle.value);
  return numbers.map((number, k) => number + "°'\""[k]).join("");
}

function plainAngle(value: number): Angle {
  return {
    value,
    axis: null,
    parts: 1,
    marked: false,
    named: false,
    paired: false,
    commas: false,
    fear: null,
    repairs: [],
  };
}

// -- notations with a form of their own -------------------------------------------------------

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
  return position(longitude, latitude, "iso-6709", text);
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
  return position(Number(numbers[1]), Number(numbers[0]), "geo-uri", text, [], extent);
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
  return position(Number(numbers[0]), Number(numbers[1]), "wkt", text);
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
  return position(Number(numbers[0]), Number(numbers[1]), "geojson", text);
}

// Metres in a degree at most: of a meridian at the poles, of the equator (WGS 84).
const MERIDIAN_DEGREE = 111_694;
const EQUATOR_DEGREE = 111_320;
const PLUS_DIGITS = "23456789CFGHJMPQRVWX";

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
  return position(west + width / 2, south + height / 2, "plus-code", text, [], extent);
}

const BANDS = "CDEFGHJKLMNPQRSTUVWX";
const ROWS = "ABCDEFGHJKLMNPQRSTUV";
const COLUMNS = "ABCDEFGHJKLMNPQRSTUVWXYZ";

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
      return position(place.longitude, place.latitude, "mgrs", text, [], extent);
    }
  }
  refuse(text, `band ${band} of zone ${zone} has no square ${column}${row} there`, write);
}

function readUtm(match: RegExpExecArray, text: string): Position {
  const groups = match.groups ?? {};
  const write = "write it like 'UTM 37 north 286000 3980000'";
  let zone: number;
  let letter: string;
  if (groups["epsg"]) {
    const code = Number(groups["epsg"]);
    zone = code % 100;
    letter = { 326: "north", 327: "south" }[Math.floor(code / 100)] ?? "";
    if (!letter || !(zone >= 1 && zone <= 60)) {
      refuse(text, `EPSG:${code} is not WGS 84 / UTM`, write);
    }
  } else {
    zone = Number(groups["zone"]);
    letter = groups["letter"]!;
  }
  if (!(zone >= 1 && zone <= 60)) refuse(text, `there is no zone ${zone}`, write);
  const plain = (number: string): number => Number(number.replaceAll("٬", ""));
  const easting = plain((groups["e"] ?? groups["e2"])!);
  const northing = plain((groups["n"] ?? groups["n2"])!);
  const repairs: Repair[] = match[0].includes("٬")
    ? [{ kind: "thousands", before: match[0], after: match[0].replaceAll("٬", "") }]
    : [];
  if (!(easting >= 1e5 && easting < 9e5) || !(northing >= 0 && northing <= 1e7)) {
    refuse(text, "an easting is 100000 to 900000, a northing 0 to 10000000", write);
  }
  const readings: { longitude: number; latitude: number; north: boolean; name: string }[] = [];
  const add = (north: boolean, name: string): void => {
    readings.push({ ...fromUtm(zone, north, easting, northing), north, name });
  };
  if (letter.length > 1) add(letter.toLowerCase() === "north", letter.toLowerCase());
  else {
    letter = letter.toUpperCase();
    if (letter === "N" || letter === "S") {
      add(letter === "N", `zone ${zone} ${letter === "N" ? "north" : "south"}`);
    }
    if (letter !== "N") {
      const { latitude } = fromUtm(zone, letter >= "N", easting, northing);
      const [low, high] = bandLimits(letter);
      if (latitude >= low - 1e-6 && latitude <= high + 1e-6) add(letter >= "N", `band ${letter}`);
    }
  }
  const possible = readings.filter(
    (r) => Number.isFinite(r.longitude) && r.latitude >= -80.5 && r.latitude <= 84.5,
  );
  if (!possible.length) refuse(text, `there is no such point in zone ${zone}${letter}`, write);
  if (possible.length > 1) {
    twoWays(
      text,
      possible.map((r) => `${r.name} (${shownPlace(r.latitude, r.longitude)})`),
      `write 'UTM ${zone} north ...' or 'UTM ${zone} south ...'`,
      possible.map((r) => `UTM ${zone} ${r.north ? "north" : "south"} ${easting} ${northing}`),
    );
  }
  return position(possible[0]!.longitude, possible[0]!.latitude, "utm", text, repairs);
}

function refusePolar(_: RegExpExecArray, text: string): never {
  refuse(text, "polar squares (A, B, Y, Z) are not read", "write it in degrees");
}

const METRES = "(?:[0-9]+(?:\\.[0-9]+)?|[0-9]{1,3}(?:٬[0-9]{3})+(?:\\.[0-9]+)?)";
const FORMS: readonly (readonly [RegExp, (match: RegExpExecArray, text: string) => Position])[] = [
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

// -- the readers ------------------------------------------------------------------------------

/** Reads positions with the words of one atlas. */
export class PositionReader {
  readonly #lexicon: Lexicon;

  constructor(words: ReadingWords) {
    this.#lexicon = lexiconOf(words);
  }

  /** Return the position that a text names; a plain pair is latitude, then longitude. */
  readPosition(text: string, decimal: Decimal = null): Position {
    const plain = PLAIN.exec(text);
    if (plain) return position(Number(plain[2]), Number(plain[1]), "decimal", text);
    if (text.length > LIMIT && characters(text) > LIMIT) {
      refuse(text, `it has ${characters(text)} characters`);
    }
    const { clean, repairs } = cleanText(text);
    if (!clean) refuse(text, "it is empty");
    for (const [pattern, read] of FORMS) {
      const match = pattern.exec(clean);
      if (match) {
        const found = read(match, text);
        return { ...found, repairs: [...repairs, ...found.repairs] };
      }
    }
    return this.#readAngles(text, clean, repairs, decimal);
  }

  /** Return the position given by a latitude and a longitude from two cells. */
  readPair(
    latitude: string | number,
    longitude: string | number,
    decimal: Decimal = null,
  ): Position {
    const [north, northRepairs] = this.#readCell("latitude", latitude, decimal);
    const [east, eastRepairs] = this.#readCell("longitude", longitude, decimal);
    const shown = `${latitude} / ${longitude}`;
    const fears = [north, east].filter((angle) => angle.commas).map((angle) => angle.fear);
    if (decimal === null && fears.length && fears.every((fear) => fear !== null)) {
      twoWays(shown, [
        `${shownNumber(north.value)}, ${shownNumber(east.value)}`,
        [north, east].map((angle) => angle.fear ?? shownNumber(angle.value)).join(", "),
      ]);
    }
    return position(east.value, north.value, angleNotation(north, east), shown, [
      ...northRepairs,
      ...north.repairs,
      ...eastRepairs,
      ...east.repairs,
    ]);
  }

  /** Return the position of one ODK or Kobo geopoint: latitude, longitude, altitude, accuracy. */
  readGeopoint(text: string): Position {
    const { clean, repairs } = cleanText(text);
    const parts = clean.split(" ");
    if (parts.length < 2 || parts.length > 4 || !parts.every((part) => NUMBER.test(part))) {
      throw new ReadingError(
        `expected a geopoint of two to four plain numbers, found ${quote(text)}; ` +
          "write 'latitude longitude altitude accuracy' with blanks between",
        "position",
      );
    }
    const accuracy = parts.length === 4 ? Number(parts[3]) : null;
    if (accuracy !== null && !(accuracy >= 0 && accuracy < Infinity)) {
      refuse(text, `an accuracy of ${parts[3]} m is not possible`);
    }
    return position(Number(parts[1]), Number(parts[0]), "geopoint", text, repairs, accuracy);
  }

  /** Return the tokens of a text; refuse at the first sign that has no place in an angle. */
  #tokens(text: string, clean: string): Token[] {
    const { token: pattern, words } = this.#lexicon;
    const marked = foldLetters(clean.replace(ANY_MARK, (mark) => MARKS[mark]!)).replace(
      LETTERED,
      (_, degrees: string, minutes: string, seconds?: string) =>
        `${degrees}°${minutes}'${seconds === undefined ? "" : `${seconds}"`}`,
    );
    const out: Token[] = [];
    for (let at = 0; at < marked.length; ) {
      pattern.lastIndex = at;
      const match = pattern.exec(marked);
      if (!match) {
        const rest = new RegExp(`^${LETTER}+|^.`, "u").exec(marked.slice(at))?.[0] ?? "";
        refuse(
          text,
          rest === "٬"
            ? "U+066C separates thousands, and degrees have none"
            : `${quote(rest)} has no meaning there`,
        );
      }
      const raw = match[0];
      const groups = match.groups!;
      if (groups["word"] !== undefined) {
        const token = words.get(`=${raw}`) ?? words.get(wordKey(raw))!;
        out.push(token.kind === "mark" ? token : { ...token, text: raw });
      } else if (groups["comma"] !== undefined) {
        const around = marked.slice(Math.max(at - 1, 0), at) + marked.slice(at + 1, at + 2);
        out.push({ kind: "comma", text: raw, tight: /^[0-9]{2}$/.test(around) });
      } else if (groups["mark"] !== undefined) {
        out.push({ kind: "mark", text: raw === "''" ? '"' : raw });
      } else if (groups["space"] === undefined) {
        const kinds = ["number", "separator", "colon", "is", "dash", "sign"] as const;
        out.push({ kind: kinds.find((kind) => groups[kind] !== undefined)!, text: raw });
      }
      at = pattern.lastIndex;
    }
    // An equals sign or a colon belongs to the label or letter before it.
    return out.filter((token, i) => {
      const before = out[i - 1]?.kind;
      return !(
        (token.kind === "is" || token.kind === "colon") &&
        (before === "label" || before === "hemisphere")
      );
    });
  }

  #readAngles(text: string, clean: string, repairs: readonly Repair[], decimal: Decimal): Position {
    const square = /^\[(.*)\]$/.exec(clean);
    const brackets = /^\((.*)\)$/.exec(clean) ?? square;
    const tokens = this.#tokens(text, brackets ? brackets[1]!.trim() : clean);
    const readings = new Map<string, Position>();
    const shown: string[] = [];
    const clear: string[] = [];
    let why: string | null = null;
    let single: string | null = null;
    const told = (error: unknown): void => {
      if (!(error instanceof NoAngle)) throw error;
      why ??= error.why;
    };
    for (const variant of commaReadings(tokens, decimal)) {
      try {
        const angle = angleOf(variant);
        single ??= alone(angle, variant);
      } catch (error) {
        told(error);
      }
      let pairs: [Angle, Angle][];
      try {
        pairs = halves(variant);
      } catch (error) {
        told(error);
        continue;
      }
      for (const pair of pairs) {
        let north: Angle;
        let east: Angle;
        try {
          [north, east] = orientedPair(...pair);
        } catch (error) {
          told(error);
          continue;
        }
        const orders = [[north, east] as const];
        // A bare JSON array: GeoJSON puts longitude first.
        if (square && !north.named) orders.push([east, north]);
        for (const [latitude, longitude] of orders) {
          const off = offEarth(latitude.value, longitude.value);
          if (off) {
            why ??= off;
            continue;
          }
          // Zero is one place, with either sign.
          const place = `${latitude.value + 0} ${longitude.value + 0}`;
          if (!readings.has(place)) {
            readings.set(place, {
              longitude: longitude.value,
              latitude: latitude.value,
              notation: angleNotation(latitude, longitude),
              repairs: [...repairs, ...pair[0].repairs, ...pair[1].repairs],
              extent: null,
            });
            shown.push(shownPlace(latitude.value, longitude.value));
            clear.push(clearly(shownNumber(latitude.value), shownNumber(longitude.value)));
          }
          const fears = pair.filter((angle) => angle.commas).map((angle) => angle.fear);
          if (decimal === null && fears.length && fears.every((fear) => fear !== null)) {
            const both = [latitude, longitude].map((a) => a.fear ?? shownNumber(a.value));
            shown.push(`latitude ${both[0]}, longitude ${both[1]}`);
            clear.push(clearly(both[0]!, both[1]!));
          }
        }
      }
    }
    const [found] = readings.values();
    if (!found) {
      if (single) refuse(text, `this is one angle, ${single as string}, and a position needs two`);
      refuse(text, why ?? "it is no pair of angles");
    }
    if (single) shown.push(`the one angle ${single as string}`);
    if (shown.length > 1) twoWays(text, shown, WRITE, clear);
    return found;
  }

  /** Return the angle in one cell of a known axis, in range, and the repairs to its text. */
  #readCell(
    axis: Axis,
    cell: string | number,
    decimal: Decimal,
  ): [angle: Angle, repairs: readonly Repair[]] {
    const example = axis === "latitude" ? "35.9306" : "36.6339";
    const limit = LIMITS[axis];
    const no = (why: string): never => {
      throw new ReadingError(
        `expected a ${axis} in degrees, found ${quote(cell)}: ${why}; write it like ${example}`,
        "position",
      );
    };
    let angle: Angle;
    let repairs: readonly Repair[] = [];
    if (typeof cell === "number") angle = plainAngle(cell);
    else if (NUMBER.test(cell)) angle = plainAngle(Number(cell));
    else {
      if (cell.length > LIMIT && characters(cell) > LIMIT) {
        no(`it has ${characters(cell)} characters`);
      }
      const cleaned = cleanText(cell);
      repairs = cleaned.repairs;
      if (!cleaned.clean) no("it is empty");
      const found: Angle[] = [];
      let why: string | null = null;
      for (const variant of commaReadings(this.#tokens(cell, cleaned.clean), decimal)) {
        try {
          found.push(angleOf(variant));
        } catch (error) {
          if (!(error instanceof NoAngle)) throw error;
          why ??= error.why;
        }
      }
      angle = found[0] ?? no(why ?? "it is no single angle");
      if (angle.axis !== null && angle.axis !== axis) no(`its letter makes it a ${angle.axis}`);
    }
    if (!(angle.value >= -limit && angle.value <= limit)) no(`it is not within -${limit}..${limit}`);
    return [angle, repairs];
  }
}

const COMMA_NUMBER = /(?<![0-9.,])[0-9]{1,3},([0-9]+)(?![0-9.,])/g;

/** Return the decimal mark that a column of single angles proves, or null. */
export function columnDecimal(values: Iterable<unknown>): Decimal {
  const found = new Set<"," | ".">();
  for (const value of values) {
    if (typeof value !== "string") continue;
    const { clean } = cleanText(value);
    if (/[0-9]\.[0-9]/.test(clean)) found.add(".");
    for (const [, fraction] of clean.matchAll(COMMA_NUMBER)) {
      if (fraction!.length > 2 || Number(fraction!.padEnd(2, "0")) >= 60) found.add(",");
    }
  }
  return found.size === 1 ? [...found][0]! : null;
}
