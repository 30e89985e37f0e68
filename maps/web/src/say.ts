/** Numbers, lengths, shares and lists in words: the twin of the `say_*` of `zones/sentence.py`. */

import { roundHalfEven } from "./engine/rounding";

/** The words of a language that these need. */
export interface Wording {
  readonly units: Readonly<Record<string, string>>;
  readonly list: Readonly<Record<string, string>>;
}

/** Put values into a template's {slots}; a value is never read as a template itself. */
export function fill(template: string, slots: ReadonlyMap<string, string>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = slots.get(name);
    if (value === undefined) throw new RangeError(`no value for {${name}}`);
    return value;
  });
}

/** Return a number: thousands apart by a narrow space, then at most so many decimals. */
export function sayNumber(words: Wording, value: number, digits = 0): string {
  const [whole = "", decimals = ""] = fixed(value, digits).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const rest = decimals.replace(/0+$/, "");
  return rest ? grouped + words.units["decimal"]! + rest : grouped;
}

/** Round to so many decimals; a tie that a binary number holds exactly goes to the even one. */
function fixed(value: number, digits: number): string {
  const halves = value * 2 ** (digits + 1);
  const tie = Number.isInteger(halves) && halves % 2 !== 0;
  const scale = 10 ** digits;
  return (tie ? roundHalfEven(value * scale) / scale : value).toFixed(digits);
}

/**
 * Return a length: whole metres below 10 m, tens of metres below 1 km, then tenths of one; from
 * 100 km on, whole kilometres. Only a true 0 is called 0 m.
 */
export function sayLength(words: Wording, metres: number): string {
  if (metres < 9.5) return measure(words, Math.max(roundHalfEven(metres), metres ? 1 : 0), 0, "m");
  if (metres < 995) return measure(words, roundHalfEven(metres / 10) * 10, 0, "m");
  const kilometres = metres / 1000;
  return measure(words, kilometres, kilometres < 99.95 ? 1 : 0, "km");
}

/** Return an area in square kilometres: whole, below ten to a tenth. */
export function sayArea(words: Wording, km2: number): string {
  return measure(words, km2, km2 < 9.95 ? 1 : 0, "km2");
}

function measure(words: Wording, value: number, digits: number, unit: string): string {
  return `${sayNumber(words, value, digits)}\u00a0${words.units[unit]}`;
}

/** Return a share in whole per cent; only a true 0 or 1 is called 0 % or 100 %. */
export function sayShare(words: Wording, share: number): string {
  const whole = roundHalfEven(share * 100);
  const [key, shown] =
    (whole === 0 && share !== 0) || (whole === 100 && share !== 1)
      ? whole === 0
        ? ["less", 1]
        : ["more", 99]
      : ["share", whole];
  return fill(words.units[key]!, new Map([["share", sayNumber(words, shown)]]));
}

/** Return items joined as the language joins them. */
export function sayList(words: Wording, items: readonly string[]): string {
  const separator = words.list["separator"]!;
  if (items.length < 2) return items.join("");
  return items.slice(0, -1).join(separator) + words.list["last"]! + items.at(-1)!;
}
