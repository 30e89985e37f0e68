/**
 * Angles in words, marks and digits: every way to read them, and the one that is meant.
 *
 * The twin of `geodata/text/angles.py`.
 */

import { type Token, tokensOf } from "./lexicon";
import {
  type Axis,
  type Decimal,
  LIMITS,
  LONGEST,
  type Notation,
  NUMBER,
  offEarth,
  type Position,
  refuse,
  showNumber,
  showPair,
  twoWays,
} from "./position";
import { characters, cleanText, quote, ReadingError, type Repair } from "./repairs";

/** One angle in degrees as read: what names its axis, how it was written, what was mended. */
export interface Angle {
  readonly value: number;
  readonly axis: Axis | null;
  /** How many of degrees, minutes and seconds it has. */
  readonly parts: number;
  /** Whether signs say which of them is which. */
  readonly marked: boolean;
  /** Whether a label or a letter names its axis. */
  readonly named: boolean;
  /** Whether it has a letter that counts only beside another such letter. */
  readonly paired: boolean;
  /** Whether a decimal comma was read. */
  readonly commas: boolean;
  /** The same digits with their comma read as "degrees, minutes"; null where nobody would. */
  readonly fear: string | null;
  readonly repairs: readonly Repair[];
}

/** These tokens are no angle; `why` says why where that is worth saying. */
class NoAngle {
  constructor(readonly why: string | null = null) {}
}

// -- one angle ------------------------------------------------------------------------------

const RANKS: Readonly<Record<string, number>> = { "°": 0, "'": 1, '"': 2 };
const MARK_NAMES = ["degrees", "minutes", "seconds"] as const;

/** What stands around the digits of an angle: its label, its letter. */
interface Names {
  readonly axis: Axis | null;
  readonly letter: Token | undefined;
  readonly any: boolean;
  /** Whether the letter stands behind the digits. */
  readonly behind: boolean;
}

/** The numbers of an angle as they were written, and which marks stand between them. */
interface Digits {
  readonly parts: readonly string[];
  readonly marked: boolean;
  readonly lastMarked: boolean;
  readonly degreeMark: boolean;
}

/**
 * Return the angle that these tokens spell, all of them; throws NoAngle.
 *
 * `[label] [letter] [sign] number [mark [number [mark [number [mark]]]]] [letter]`
 */
function angleOf(tokens: readonly Token[]): Angle {
  let start = 0;
  let end = tokens.length;
  while (start < end && ["label", "hemisphere"].includes(tokens[start]!.kind)) start++;
  while (end > start && tokens[end - 1]!.kind === "hemisphere") end--;
  const names = namesOf(tokens.slice(0, start), tokens.slice(end));
  const { letter } = names;
  const minus = tokens[start]?.kind === "sign" && start < end ? tokens[start]!.text === "-" : null;
  if (letter && minus) throw new NoAngle("a minus sign and a letter say the same thing twice");
  const digits = digitsOf(tokens.slice(minus === null ? start : start + 1, end), names);
  const { parts, marked, degreeMark } = digits;
  const last = parts.at(-1)!;
  const commas = last.includes(",");
  const numbers = parts.map((part) => Number(part.replace(",", ".")));
  const value = numbers[0]! + (numbers[1] ?? 0) / 60 + (numbers[2] ?? 0) / 3600;
  return {
    value: (minus ? -1 : 1) * (letter?.sign ?? 1) * value,
    axis: names.axis,
    parts: parts.length,
    marked,
    named: names.any,
    paired: letter?.paired ?? false,
    commas,
    fear: commas && parts.length === 1 && !degreeMark ? fearOf(last) : null,
    repairs: [
      ...(commas ? [{ kind: "decimal-comma", before: last, after: last.replace(",", ".") }] : []),
      ...(letter ? letterRepairs(letter) : []),
    ],
  };
}

function namesOf(before: readonly Token[], after: readonly Token[]): Names {
  const names = [...before, ...after];
  const letters = names.filter((token) => token.kind === "hemisphere");
  if (letters.length > 1 || names.length - letters.length > 1) throw new NoAngle();
  const axes = new Set(names.map((token) => token.axis!));
  if (axes.size > 1) throw new NoAngle("a label and a letter contradict each other");
  const [axis = null] = axes;
  return { axis, letter: letters[0], any: names.length > 0, behind: after.length > 0 };
}

function digitsOf(tokens: readonly Token[], { letter, behind }: Names): Digits {
  const parts: string[] = [];
  let [marked, lastMarked, degreeMark] = [false, false, false];
  for (const { kind, text } of tokens) {
    if (kind === "number") {
      if (parts.length === 3) throw new NoAngle();
      parts.push(text);
      lastMarked = false;
      continue;
    }
    const rank = parts.length - 1;
    if (rank < 0 || lastMarked) throw new NoAngle();
    const divides = kind === "colon" || (kind === "dash" && letter !== undefined);
    if (kind === "mark" ? RANKS[text] !== rank : !divides || rank === 2) throw new NoAngle();
    degreeMark ||= kind === "mark" && rank === 0;
    marked = lastMarked = true;
  }
  if (!parts.length || ["colon", "dash"].includes(tokens.at(-1)!.kind)) throw new NoAngle();
  if (parts.slice(0, -1).some((part) => /[.,]/.test(part))) throw new NoAngle();
  parts.forEach((part, k) => {
    if (k && (part.split(/[.,]/)[0]!.length > 2 || Number(part.replace(",", ".")) >= 60)) {
      throw new NoAngle(`${part} ${MARK_NAMES[k]} are not below 60`);
    }
  });
  if (parts.length === 3 && marked && !lastMarked && behind && letter?.text === "s") {
    throw new NoAngle("the s may mean seconds or south");
  }
  return { parts, marked, lastMarked, degreeMark };
}

/** ISO 6709 writes minutes with two digits, so 36,2 cannot be minutes, and 36,75 neither. */
function fearOf(part: string): string | null {
  const [whole, fraction = ""] = part.split(",");
  return fraction.length === 2 && Number(fraction) < 60 ? `${whole}°${fraction}'` : null;
}

function letterRepairs({ text, axis, sign }: Token): Repair[] {
  if (["N", "S", "E", "W"].includes(text)) return [];
  const plain = axis === "longitude" ? "EW" : "NS";
  return [{ kind: "hemisphere-word", before: text, after: plain[sign === -1 ? 1 : 0]! }];
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

// -- commas, and where one angle ends and the other begins --------------------------------------

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
    const decimals = new Set(commas.filter((_, k) => choice[k]));
    const joined = joinedAt(tokens, decimals);
    if (joined) yield joined;
  }
}

/** Return the tokens with numbers joined at these commas; null where one would have two marks. */
function joinedAt(tokens: readonly Token[], decimals: ReadonlySet<number>): Token[] | null {
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token.kind !== "comma") out.push(token);
    else if (!decimals.has(at)) out.push({ kind: "separator", text: "," });
    else {
      const joined = `${out.pop()!.text},${tokens[++at]!.text}`;
      if (joined.split(/[.,]/).length > 2) return null;
      out.push({ kind: "number", text: joined });
    }
  }
  return out;
}

/** Return every way to cut the tokens into two angles; throws NoAngle. */
function halves(tokens: readonly Token[]): [Angle, Angle][] {
  const cuts = tokens.flatMap((token, i) => (token.kind === "separator" ? [i] : []));
  if (cuts.length > 1) return [];
  if (cuts.length) {
    const left = angleOf(tokens.slice(0, cuts[0]));
    const right = angleOf(tokens.slice(cuts[0]! + 1));
    return left.parts === right.parts || !isPlain(left, right) ? [[left, right]] : [];
  }
  const found: [Angle, Angle][] = [];
  let refused: NoAngle | null = null;
  for (let cut = 1; cut < tokens.length; cut++) {
    try {
      found.push([angleOf(tokens.slice(0, cut)), angleOf(tokens.slice(cut))]);
    } catch (error) {
      if (!(error instanceof NoAngle)) throw error;
      refused ??= error.why === null ? null : error;
    }
  }
  if (!found.length && refused) throw refused;
  // Without marks, 35 55 36 38 is twice degrees and minutes: nobody writes the two differently.
  const even = found.filter(([a, b]) => a.parts === b.parts);
  const loose = found.some((pair) => isPlain(...pair));
  return loose || (found.length > 1 && even.length) ? even : found;
}

function isPlain(...angles: Angle[]): boolean {
  return !angles.some((angle) => angle.marked || angle.named);
}

/** Return two angles as latitude and longitude, by their letters and labels or by their order. */
function oriented(first: Angle, second: Angle): [Angle, Angle] {
  if (first.named !== second.named) throw new NoAngle("only one of the two says which it is");
  if (first.paired !== second.paired) throw new NoAngle("letters of two languages are mixed");
  if (first.axis === null && second.axis === null) return [first, second];
  if (first.axis === second.axis) throw new NoAngle(`both are a ${first.axis}`);
  return first.axis === "latitude" ? [first, second] : [second, first];
}

/** Return the notation that a pair of angles counts as. */
export function angleNotation(...angles: Angle[]): Notation {
  if (angles.some((angle) => angle.parts > 1)) return "dms";
  return angles.some((angle) => angle.commas) ? "decimal-comma" : "decimal";
}

/** Return two angles with every decimal comma read otherwise; null where nobody would read so. */
export function fearedPair(pair: readonly Angle[]): string[] | null {
  const commas = pair.filter((angle) => angle.commas);
  if (!commas.length || commas.some((angle) => angle.fear === null)) return null;
  return pair.map((angle) => angle.fear ?? showNumber(angle.value));
}

// -- a whole text ---------------------------------------------------------------------------

/** The readings of one text, and why it has no more of them. */
class Readings {
  readonly #places = new Map<string, Position>();
  readonly #shown: string[] = [];
  /** The same, each written so that it is read in one way alone. */
  readonly #clear: string[] = [];
  #why: string | null = null;
  #single: string | null = null;

  constructor(
    private readonly repairs: readonly Repair[],
    private readonly decimal: Decimal,
    /** Whether either order is meant: GeoJSON puts longitude first in an array. */
    private readonly unordered: boolean,
  ) {}

  /** Read tokens whose commas are settled. */
  add(tokens: readonly Token[]): void {
    this.#attempt(() => {
      this.#single ??= showSingle(angleOf(tokens), tokens);
    });
    this.#attempt(() => {
      for (const pair of halves(tokens)) this.#attempt(() => this.#addPair(pair));
    });
  }

  /** Return the one position that the text names. */
  only(text: string): Position {
    const [found] = this.#places.values();
    const single = this.#single;
    if (!found) {
      if (single) refuse(text, `this is one angle, ${single}, and a position needs two`);
      refuse(text, this.#why ?? "it is no pair of angles");
    }
    const shown = single ? [...this.#shown, `the one angle ${single}`] : this.#shown;
    if (shown.length > 1) twoWays(text, shown, this.#clear);
    return found;
  }

  #attempt(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof NoAngle)) throw error;
      this.#why ??= error.why;
    }
  }

  #addPair(pair: readonly [Angle, Angle]): void {
    const [north, east] = oriented(...pair);
    this.#addOrder(north, east, pair);
    if (this.unordered && !north.named) this.#addOrder(east, north, pair);
  }

  #addOrder(latitude: Angle, longitude: Angle, pair: readonly [Angle, Angle]): void {
    const off = offEarth(latitude.value, longitude.value);
    if (off) {
      this.#why ??= off;
      return;
    }
    // Zero is one place, with either sign.
    const place = `${latitude.value + 0} ${longitude.value + 0}`;
    if (!this.#places.has(place)) {
      this.#places.set(place, {
        longitude: longitude.value,
        latitude: latitude.value,
        notation: angleNotation(latitude, longitude),
        repairs: [...this.repairs, ...pair[0].repairs, ...pair[1].repairs],
        extent: null,
      });
      this.#shown.push(showPair(latitude.value, longitude.value));
      this.#clear.push(clearly(showNumber(latitude.value), showNumber(longitude.value)));
    }
    const feared = this.decimal === null ? fearedPair([latitude, longitude]) : null;
    if (feared) {
      this.#shown.push(`latitude ${feared[0]}, longitude ${feared[1]}`);
      this.#clear.push(clearly(feared[0]!, feared[1]!));
    }
  }
}

/** Return a position as it is read in one way alone: angles without their sign, and their letters. */
function clearly(latitude: string, longitude: string): string {
  const side = (angle: string, plus: string, minus: string): string =>
    angle.startsWith("-") ? `${angle.slice(1)} ${minus}` : `${angle} ${plus}`;
  return `${side(latitude, "N", "S")}, ${side(longitude, "E", "W")}`;
}

/** Return a single angle as it would be read, for an error message. */
function showSingle(angle: Angle, tokens: readonly Token[]): string {
  const numbers = tokens.filter((t) => t.kind === "number").map((t) => t.text.replace(",", "."));
  if (numbers.length === 1) return showNumber(angle.value);
  return numbers.map((number, k) => number + "°'\""[k]).join("");
}

/** Return the position that two angles in one text name. */
export function readAngles(
  text: string,
  clean: string,
  repairs: readonly Repair[],
  decimal: Decimal,
): Position {
  const [, , inArray, inBrackets = inArray] = /^(\[(.*)\]|\((.*)\))$/.exec(clean) ?? [];
  const readings = new Readings(repairs, decimal, inArray !== undefined);
  const tokens = tokensOf(text, inBrackets?.trim() ?? clean);
  for (const settled of commaReadings(tokens, decimal)) readings.add(settled);
  return readings.only(text);
}

/** Return the angle in one cell of a known axis, in range, and the repairs to its text. */
export function readCell(
  axis: Axis,
  cell: string | number,
  decimal: Decimal,
): [angle: Angle, repairs: readonly Repair[]] {
  const no = (why: string): never => {
    const example = axis === "latitude" ? "35.9306" : "36.6339";
    throw new ReadingError(
      `expected a ${axis} in degrees, found ${quote(cell)}: ${why}; write it like ${example}`,
      "position",
    );
  };
  const within = (angle: Angle): Angle => {
    const limit = LIMITS[axis];
    if (angle.axis !== null && angle.axis !== axis) no(`its letter makes it a ${angle.axis}`);
    if (!(angle.value >= -limit && angle.value <= limit)) no(`it is not within -${limit}..${limit}`);
    return angle;
  };
  if (typeof cell === "number" || NUMBER.test(cell)) return [within(plainAngle(Number(cell))), []];
  if (cell.length > LONGEST && characters(cell) > LONGEST) no(`it has ${characters(cell)} characters`);
  const { clean, repairs } = cleanText(cell);
  if (!clean) no("it is empty");
  let why: string | null = null;
  for (const settled of commaReadings(tokensOf(cell, clean), decimal)) {
    try {
      return [within(angleOf(settled)), repairs];
    } catch (error) {
      if (!(error instanceof NoAngle)) throw error;
      why ??= error.why;
    }
  }
  return no(why ?? "it is no single angle");
}
