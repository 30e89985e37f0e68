/** The tokens of an angle: the words and marks of `grammar/words.json`, and the pattern that finds them. */

import * as words from "grammar/words.json";

import { type Axis, refuse } from "./position";
import { eitherCase, foldCase, foldLetters, quote } from "./repairs";

const LETTER = "[\\p{L}\\p{Nl}\\p{No}]";

const MARKS = new Map(
  Object.entries(words.mark_signs).flatMap(([mark, signs]) =>
    [...signs].map((sign) => [sign, mark] as const),
  ),
);
const ANY_MARK = new RegExp(`[${[...MARKS.keys()].join("")}]`, "gu");
// The letters d, m, s are marks only as a row, in lower case: alone, D may be the Turkish east and
// s the south.
const LETTERED = new RegExp(
  "([0-9]+) ?d ?([0-9]+(?:[.,][0-9]+)?) ?m(?: ?([0-9]+(?:[.,][0-9]+)?) ?s)?" + `(?!${LETTER})`,
  "gu",
);

export interface Token {
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
  /** A Turkish letter, which counts only beside another one. */
  readonly paired?: boolean;
  /** A comma with a digit on both sides. */
  readonly tight?: boolean;
}

const HEMISPHERES = {
  north: ["latitude", 1],
  south: ["latitude", -1],
  east: ["longitude", 1],
  west: ["longitude", -1],
} as const;

function wordKey(word: string): string {
  return foldCase(foldLetters(word)).replace(/[. ]/g, "");
}

/** Return a pattern of a word: Russian abbreviations come with and without dots and blanks. */
function patternOf(word: string): string {
  const dotted = word.includes(".");
  const pieces = foldLetters(word).replaceAll(".", "").split(/ +/).filter(Boolean);
  const letters = dotted ? [...pieces.join("")] : pieces;
  return `${letters.map(eitherCase).join(dotted ? "\\.? ?" : " ")}\\.?`;
}

interface Lexicon {
  /** One token, at a place of a text. */
  readonly pattern: RegExp;
  /** The words by their folded spelling, those of paired letters behind an equals sign. */
  readonly words: ReadonlyMap<string, Token>;
}

function makeLexicon(): Lexicon {
  const found = new Map<string, Token>();
  const patterns = new Map<string, string>();
  const add = (names: readonly string[], token: Omit<Token, "text">, sign?: string): void => {
    for (const name of names) {
      found.set(wordKey(name), { ...token, text: sign ?? name });
      patterns.set(wordKey(name), patternOf(name));
    }
  };
  for (const side of ["north", "south", "east", "west"] as const) {
    const [axis, sign] = HEMISPHERES[side];
    add(words.hemispheres[side], { kind: "hemisphere", axis, sign });
    for (const text of words.paired_letters[side]) {
      found.set(`=${text}`, { kind: "hemisphere", text, axis, sign, paired: true });
    }
  }
  for (const axis of ["latitude", "longitude"] as const) add(words.axes[axis], { kind: "label", axis });
  for (const [mark, names] of Object.entries(words.marks)) add(names, { kind: "mark" }, mark);
  // The longest first: a word may begin another.
  const ordered = [...patterns.values()].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const paired = Object.values(words.paired_letters).flat().join("");
  const pattern = new RegExp(
    "(?<number>[0-9]+(?:\\.[0-9]+)?)" +
      "|(?<comma>,)|(?<separator>[;/|])|(?<colon>:)|(?<is>=)" +
      "|(?<dash>(?<=[0-9])-(?=[0-9]))|(?<sign>[+\\-](?=[0-9]))" +
      "|(?<mark>°|''|'|\")" +
      `|(?<!${LETTER})(?<word>${ordered.join("|")}|[${paired}])(?!${LETTER})` +
      "|(?<space> +)",
    "uy",
  );
  return { pattern, words: found };
}

let lexicon: Lexicon | undefined;

// Three groups of digits between dots are no number: 41.40.25N is read as 41-40-25N is.
const DOTTED = /(?<![0-9.])([0-9]{1,3})\.([0-9]{1,2})\.([0-9]{1,2}(?:\.[0-9]+)?)(?![0-9.])/g;

/** Return the tokens of a clean text; refuse at the first sign that has no place in an angle. */
export function tokensOf(text: string, clean: string): Token[] {
  const { pattern, words } = (lexicon ??= makeLexicon());
  const folded = foldLetters(clean.replace(ANY_MARK, (mark) => MARKS.get(mark)!));
  const dotted = /\p{L}/u.test(folded) ? folded.replace(DOTTED, "$1-$2-$3") : folded;
  const marked = dotted.replace(
    LETTERED,
    (_, degrees: string, minutes: string, seconds?: string) =>
      `${degrees}°${minutes}'${seconds === undefined ? "" : `${seconds}"`}`,
  );
  const out: Token[] = [];
  for (let at = 0; at < marked.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(marked);
    if (!match) refuse(text, meaningless(marked.slice(at)));
    const raw = match[0];
    const [kind] = Object.entries(match.groups!).find(([, found]) => found !== undefined)!;
    if (kind === "word") {
      const token = words.get(`=${raw}`) ?? words.get(wordKey(raw))!;
      out.push(token.kind === "mark" ? token : { ...token, text: raw });
    } else if (kind === "comma") {
      const around = marked.slice(Math.max(at - 1, 0), at) + marked.slice(at + 1, at + 2);
      out.push({ kind, text: raw, tight: /^[0-9]{2}$/.test(around) });
    } else if (kind === "mark") out.push({ kind, text: raw === "''" ? '"' : raw });
    else if (kind !== "space") out.push({ kind: kind as Token["kind"], text: raw });
  }
  // An equals sign or a colon belongs to the label or letter before it.
  return out.filter(({ kind }, i) => {
    const before = out[i - 1]?.kind;
    const belongs = before === "label" || before === "hemisphere";
    return !(belongs && (kind === "is" || kind === "colon"));
  });
}

function meaningless(rest: string): string {
  const sign = new RegExp(`^${LETTER}+|^.`, "u").exec(rest)?.[0] ?? "";
  if (sign === "٬") return "U+066C separates thousands, and degrees have none";
  return `${quote(sign)} has no meaning there`;
}
