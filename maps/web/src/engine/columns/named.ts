/** Settlements that rows name, or give the P-code of: `geodata/columns/named/settlements.py`. */

import { names as limits } from "grammar/limits.json";
import { rule } from "grammar/sounds.json";

import { bit, NO_LOCATION, UNREADABLE_LOCATION } from "../incidents";
import { readPosition } from "../text/coordinates";
import {
  ANY_SIGN,
  areaOf,
  CITY,
  described,
  describedInArabic,
  type Found,
  isShared,
  metresApart,
  type Place,
  PlaceError,
  settlementOf,
} from "../text/names";
import { cleanText, quote, ReadingError } from "../text/repairs";
import type { Batch } from "./batch";
import { isBlank, Memo } from "./cells";
import type { Plan } from "./plan";

const SHARED = bit("name-shared");
const MOST_LISTED = 6;

/** What a name implies of how precise the place is. */
export interface Reach {
  readonly extent: number | null;
  readonly notation: string;
}

export class NameReader {
  readonly #memo = new Memo<Found>();
  readonly #spelt = new Map<string, readonly Place[]>();
  readonly #similar = new Map<string, readonly Place[]>();
  /** Different names of no known place, each with its units, and the letters of them all. */
  readonly #unknown = new Set<string>();
  #letters = 0;

  constructor(private readonly plan: Plan) {}

  /** Look up what a row names where it has no position; return how near the place is known. */
  read(batch: Batch, i: number): Reach | null {
    const { incidents } = batch;
    const row = batch.start + i;
    const { place, placeCode, governorate, district, subdistrict } = this.plan.columns;
    if (!(place ?? placeCode)) return null;
    if (!(incidents.reasons[i]! & NO_LOCATION)) {
      for (const cells of [place, placeCode]) if (cells) this.#doubtFar(batch, i, cells.get(row));
      return null;
    }
    const said = (text = ""): string => (isBlank(text) ? "" : cleanText(text).clean);
    const code = said(placeCode?.get(row));
    const name = code || said(place?.get(row));
    if (!name) return null;
    // The widest first: each narrows what the others leave.
    const units = [governorate, district, subdistrict].map((cells) => said(cells?.get(row))).filter(Boolean);
    if (isPosition(name)) {
      incidents.reasons[i]! &= ~NO_LOCATION;
      const message = "expected the name of a place, found coordinates; choose this column as the position";
      batch.refuse(i, UNREADABLE_LOCATION, { what: "place", text: name, message });
      return null;
    }
    const key = code ? `code ${name}` : [name, ...units].join("\0");
    const found = this.#memo.recall(key, () => (code ? this.#codes(name) : this.#names(name, units)));
    if (found === null) return null;
    incidents.reasons[i]! &= ~NO_LOCATION;
    if (found instanceof ReadingError) {
      if (!this.#unknown.has(key)) this.#letters += [name, ...units].join("").length;
      this.#unknown.add(key);
      const { message, ambiguous, what } = found;
      const word = ambiguous ? "ambiguous" : what;
      const near = found instanceof PlaceError ? found.choices.map(describedInArabic).join("; ") : "";
      batch.refuse(i, UNREADABLE_LOCATION, { what: "place", text: name, message, word, near });
      return null;
    }
    return this.#place(batch, i, name, found);
  }

  #place(batch: Batch, i: number, name: string, found: Found): Reach | null {
    const { incidents } = batch;
    if (isShared(found)) {
      incidents.reasons[i]! |= SHARED;
      incidents.sharing.set(i, found.places);
      batch.warn(i, "name-shared", name, ...listed(found.places));
      return null;
    }
    const [longitude, latitude, radius] = areaOf(found);
    [incidents.longitude[i], incidents.latitude[i]] = [longitude, latitude];
    incidents.settlement[i] = settlementOf(found);
    if (found.passedOver.length) batch.warn(i, "namesakes", name, ...listed(found.places));
    return found.relation === "at" ? null : { extent: radius, notation: found.relation };
  }

  /** Warn of a row whose position is very far from every place that is spelt like its name. */
  #doubtFar(batch: Batch, i: number, name: string): void {
    const { gazetteer } = this.plan.checker;
    let spelt = this.#spelt.get(name);
    if (!spelt) this.#spelt.set(name, (spelt = isBlank(name) ? [] : gazetteer.speltSo(name)));
    const { longitude, latitude, reasons } = batch.incidents;
    const [x, y] = [longitude[i]!, latitude[i]!];
    if (!spelt.length || reasons[i]! & UNREADABLE_LOCATION || (x === 0 && y === 0)) return;
    const isFar = (place: Place): boolean => {
      const isCity = this.plan.checker.atlas.ledger.size(place.settlement) === CITY;
      return metresApart([place.longitude, place.latitude], [x, y]) > (isCity ? rule.far_of_city_m : rule.far_m);
    };
    if (!spelt.every(isFar)) return;
    let similar = this.#similar.get(name);
    if (!similar) this.#similar.set(name, (similar = gazetteer.similar(name)));
    if (similar.every(isFar)) batch.warn(i, "name-elsewhere", name, ...listed(spelt));
  }

  #codes(code: string): Found {
    this.#refuseArea(code);
    return this.plan.checker.gazetteer.lookUp(code);
  }

  #refuseArea(name: string): void {
    if (!this.plan.checker.areaNames.has(name)) return;
    throw new PlaceError(
      `expected a settlement, found ${quote(name)}, which is an area: only the command and the ` +
        "library judge areas; name a settlement in it, or give coordinates",
      [],
      false,
      "area",
    );
  }

  #names(name: string, units: readonly string[]): Found {
    const { areaNames, gazetteer } = this.plan.checker;
    // Where a settlement has the name of an area, too, the units may decide.
    const isArea = !units.length || areaNames.has([name, ...units].join(", "));
    if (isArea || !gazetteer.speltSo(name).length) this.#refuseArea(name);
    // Of very many names of no place, those that are spelt as no place is are compared no further.
    const isSpelt = (text: string): boolean => gazetteer.speltSo(text).length > 0;
    if (this.#letters >= limits.compared && ![name, ...name.split(ANY_SIGN)].some(isSpelt)) {
      throw new PlaceError(
        "expected a name as the ledger spells it, after thousands of others that are of no known " +
          `place, found ${quote(name)}; correct it, or give coordinates`,
      );
    }
    gazetteer.suggests = this.#letters < limits.suggested;
    try {
      return this.plan.checker.lookUp(name, units);
    } finally {
      gazetteer.suggests = true;
    }
  }
}

function isPosition(name: string): boolean {
  if (!/\p{Nd}/u.test(name)) return false;
  try {
    readPosition(name);
    return true;
  } catch (error) {
    if (!(error instanceof ReadingError)) throw error;
    return false;
  }
}

function listed(places: Found["places"]): [latin: string, arabic: string] {
  const more = places.length - MOST_LISTED;
  const joined = (said: (place: Place) => string): string =>
    places.slice(0, MOST_LISTED).map(said).join("; ") + (more > 0 ? ` +${more}` : "");
  return [joined((place) => described(place)), joined(describedInArabic)];
}
