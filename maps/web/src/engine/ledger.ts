/**
 * Settlements, and who held each of them when.
 *
 * The twin of `geodata/ledger.py` and `zones/holders.py`, for one question after another.
 */

import { type Day, dayOf } from "../days";
import type { Confidence, Ledger as Packed } from "../generated/payload";
import { unpackLines, unpackNumbers } from "./unpack";
import { Nearby } from "./geometry/nearby";

const NEVER = -(2 ** 31); // the day of those who were there from the start

/** Who can have held a settlement on some days. */
export interface Holders {
  /** Positions of the first and the last holding that is possible; -1 where nothing is told. */
  readonly first: number;
  readonly last: number;
  /** Every one has a side and a source; where that is not so, the rest says nothing. */
  readonly known: boolean;
  /** The zone that the ground belongs to while a side of it holds the settlement; -1 for none. */
  readonly zone: number;
  /** A side that zones are made of is possible; another is. */
  readonly own: boolean;
  readonly other: boolean;
  /** Day by which the last of the former had come. */
  readonly cameBy: number;
  /** Several sides are possible; sources leave open when the one followed the other. */
  readonly changed: boolean;
  readonly disputed: boolean;
}

/** Who held a settlement, by the names and types of a record's fields. */
export interface HeldFields {
  readonly held_by: readonly string[];
  readonly held_since: Day | null;
  readonly held_until: Day | null;
  readonly held_sources: readonly string[];
  readonly held_confidence: Confidence | null;
}

const NOBODY: HeldFields = {
  held_by: [],
  held_since: null,
  held_until: null,
  held_sources: [],
  held_confidence: null,
};

/** P-code, name, Arabic name. */
type Unit = readonly [string, string, string];

/** Columns of a ledger, unpacked. */
interface Columns {
  readonly ids: readonly string[];
  /** The name of each settlement in a script, then its other spellings. */
  readonly names: readonly (readonly string[])[];
  readonly arabic: readonly (readonly string[])[];
  readonly units: readonly string[];
  readonly sources: readonly string[];
  readonly admin: readonly Unit[];
  readonly areas: readonly string[];
  readonly kind: Int32Array;
  readonly zone: Int32Array;
  readonly radius: Int32Array;
  readonly rank: Int32Array;
  readonly unit: Int32Array;
  readonly pointOf: Int32Array;
  readonly longitude: Int32Array;
  readonly latitude: Int32Array;
  readonly holdingOf: Int32Array;
  readonly side: Int32Array;
  readonly earliest: Int32Array;
  readonly latest: Int32Array;
  readonly confidence: Int32Array;
  readonly open: Int32Array;
  readonly cited: Int32Array;
}

/** Return ids that are told as a step from the number of the one before, or whole behind "=". */
function idsOf(steps: readonly string[]): string[] {
  let last = "";
  return steps.map((step) => {
    const [digits] = /[0-9]{0,9}$/.exec(last)!;
    const next = String(Number(digits) + Number(step)).padStart(digits.length, "0");
    return (last = step.startsWith("=") ? step.slice(1) : last.slice(0, -digits.length) + next);
  });
}

/** The settlements of an atlas, by their positions. */
export class Ledger {
  readonly length: number;
  /** Degrees of the published points; those of the settlements themselves come first. */
  readonly longitude: Float64Array;
  readonly latitude: Float64Array;
  /** Of each settlement where its holdings begin; one more, where the last one's end. */
  readonly #begin: Int32Array;
  /** Of each holding where its sources begin. */
  readonly #cited: Int32Array;
  readonly #nearby: Nearby;

  private constructor(
    private readonly packed: Packed,
    private readonly columns: Columns,
  ) {
    const { scale } = packed;
    const { radius, pointOf, holdingOf, cited } = columns;
    this.length = radius.length;
    this.longitude = Float64Array.from(columns.longitude, (step) => step / scale);
    this.latitude = Float64Array.from(columns.latitude, (step) => step / scale);
    const reach = Float64Array.from(pointOf, (one) => radius[one]!);
    this.#nearby = new Nearby(this.longitude, this.latitude, reach);
    this.#begin = new Int32Array(this.length + 1);
    for (const one of holdingOf) this.#begin[one + 1]!++;
    for (let i = 0; i < this.length; i++) this.#begin[i + 1]! += this.#begin[i]!;
    this.#cited = new Int32Array(holdingOf.length);
    for (let k = 0, at = 0; k < holdingOf.length; at += cited[at]! + 1, k++) this.#cited[k] = at;
  }

  static async unpack(packed: Packed): Promise<Ledger> {
    const numbers = [
      ...[packed.zone, packed.radius, packed.rank, packed.unit, packed.point_of],
      ...[packed.longitude, packed.latitude, packed.holding_of, packed.side, packed.earliest],
      ...[packed.latest, packed.confidence, packed.open, packed.cited, packed.kind],
    ];
    const texts = [packed.ids, packed.names, packed.arabic, packed.units, packed.sources];
    const [lines, columns] = await Promise.all([
      Promise.all([...texts, packed.admin, packed.areas].map(unpackLines)),
      Promise.all(numbers.map(unpackNumbers)),
    ]);
    const [steps = [], latin = [], script = [], units, sources, listed = [], areas] = lines;
    const [names, arabic, admin] = [latin, script, listed].map((some) => some.map((line) => line.split("\t")));
    const [zone, radius, rank, unit, pointOf, longitude, latitude, holdingOf, side] = columns;
    const [earliest, latest, confidence, open, cited, kind] = columns.slice(9);
    const texted = { ids: idsOf(steps), names, arabic, units, sources, admin, areas, kind };
    const made = { ...texted, zone, radius, rank, unit, pointOf, longitude, latitude };
    const held = { holdingOf, side, earliest, latest, confidence, open, cited };
    return new Ledger(packed, { ...made, ...held } as unknown as Columns);
  }

  /** Return the settlement that a point lies in, by the sizes of the places; -1 for none. */
  near(longitude: number, latitude: number): number {
    const { pointOf, radius, rank } = this.columns;
    let found = -1;
    let best = Infinity;
    this.#nearby.find(longitude, latitude, (point, metres) => {
      const place = pointOf[point]!;
      const share = metres / radius[place]!;
      const order =
        found < 0
          ? -1
          : rank[place]! - rank[found]! ||
            share - best ||
            radius[place]! - radius[found]! ||
            place - found;
      if (order < 0) [found, best] = [place, share];
    });
    return found;
  }

  radius(index: number): number {
    return this.columns.radius[index]!;
  }

  id(index: number): string {
    return this.columns.ids[index]!;
  }

  /** Return the name of a settlement as a language writes it; null where it has none. */
  name(index: number, language = "en"): string | null {
    const { names, arabic } = this.columns;
    return (language === "ar" ? arabic : names)[index]![0] || null;
  }

  /** Return every name of a settlement, the Latin, the Arabic and other spellings. */
  spellings(index: number): string[] {
    const [[name, ...latin], [own, ...script]] = [this.columns.names[index]!, this.columns.arabic[index]!];
    return [name!, own!, ...latin, ...script].filter(Boolean);
  }

  /** Return 2 of a city, 1 of a town, 0 of any other settlement. */
  size(index: number): number {
    const kind = this.packed.kinds[this.columns.kind[index]!];
    return kind === "city" ? 2 : Number(kind === "town");
  }

  /** Tell whether the ground of a settlement belongs to a zone while a side of it holds it. */
  isOfZone(index: number): boolean {
    return this.columns.zone[index]! >= 0;
  }

  /** All admin units. */
  get units(): readonly Unit[] {
    return this.columns.admin;
  }

  /** Areas of the atlas: the positions of their sub-districts, apart by commas, and their names. */
  get areas(): readonly string[] {
    return this.columns.areas;
  }

  /** Tell what an admin unit is called in Latin or in Arabic script. */
  unitName(code: string, language = "en"): string {
    const [, latin, arabic] = this.columns.admin.find(([own]) => own === code) ?? [];
    return (language === "ar" ? arabic : latin) || latin || code;
  }

  /** Return the P-codes of governorate, district and sub-district. */
  admin(index: number): string[] {
    const code = this.columns.units[this.columns.unit[index]!];
    return code === undefined ? [] : [4, 6, 8].map((signs) => code.slice(0, signs));
  }

  /** Tell what a side is called in a language. */
  sideName(id: string, language: string): string {
    return this.packed.sides.find((side) => side.id === id)?.name[language] ?? id;
  }

  /** Tell who can have held a settlement on any of the days, both included. */
  holders(index: number, first: number, last: number): Holders {
    const { earliest, latest, side, open, zone } = this.columns;
    const [begin, end] = [this.#begin[index]!, this.#begin[index + 1]!];
    let k = begin;
    while (k + 1 < end && latest[k + 1]! < first) k++;
    let stop = k;
    while (stop + 1 < end && earliest[stop + 1]! <= last) stop++;
    const found = { own: false, other: false, changed: false, disputed: false, cameBy: NEVER };
    let known = begin < end;
    for (let at = k; at <= stop && at < end; at++) {
      known &&= this.#isSourced(at);
      if (this.packed.sides[side[at]!]?.in_zones) [found.own, found.cameBy] = [true, latest[at]!];
      else found.other = true;
      if (at === k) continue;
      found.changed ||= side[at] !== side[at - 1];
      found.disputed ||= open[at] === 1;
    }
    const told = begin < end;
    return { ...found, first: told ? k : -1, last: told ? stop : -1, known, zone: zone[index]! };
  }

  #isSourced(holding: number): boolean {
    const { side, confidence } = this.columns;
    return side[holding]! >= 0 && this.packed.confidences[confidence[holding]!] !== "unsourced";
  }

  /** Return who held a settlement, from one holding to another; -1 where nobody says. */
  held(first: number, last: number): HeldFields {
    if (first < 0) return NOBODY;
    const { holdingOf, side, earliest, latest, confidence, cited } = this.columns;
    const sides: string[] = [];
    const sources = new Set<string>();
    let least = 0;
    for (let k = first; k <= last; k++) {
      sides.push(this.packed.sides[side[k]!]!.id);
      least = Math.max(least, confidence[k]!);
      const at = this.#cited[k]!;
      for (let n = 1; n <= cited[at]!; n++) sources.add(this.columns.sources[cited[at + n]!]!);
    }
    const since = earliest[first]!;
    return {
      held_by: sides,
      held_since: since === NEVER ? null : dayOf(since),
      held_until: holdingOf[last + 1] === holdingOf[last] ? dayOf(latest[last + 1]!) : null,
      held_sources: [...sources],
      held_confidence: this.packed.confidences[least]!,
    };
  }
}
