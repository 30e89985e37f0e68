/** A question about one incident, as a person asks it: the twin of `zones/incident.py`. */

import { dayOf } from "../days";
import type { Atlas } from "./atlas";
import { type Basis, BASES } from "../generated/codes";
import { doubtAxes, doubtPosition } from "./doubts";
import type { VerdictRecord } from "./fields";
import { blankIncidents, settle } from "./incidents";
import { type Given, recordOf } from "./record";
import { AreaNames } from "./text/areas";
import { Country, type Swap } from "./text/axes";
import { placeAndDate, readPair, readPosition } from "./text/coordinates";
import { DateReader, type Days, localTime } from "./text/dates";
import { readRadius } from "./text/lengths";
import {
  areaOf,
  described,
  type Found,
  Gazetteer,
  isShared,
  liesAt,
  type Place,
  PlaceError,
  type Point,
  settlementOf,
} from "./text/names";
import { GRIDS, type Position } from "./text/position";
import { ReadingError } from "./text/repairs";
import { Assessor, type Choices } from "./verdict";

/** What is known of one incident; all may be left out. */
export interface Question {
  readonly latitude?: string | number;
  readonly longitude?: string | number;
  readonly position?: string;
  readonly date?: string;
  readonly radius?: string | number;
  readonly boundary?: string;
  readonly basis?: Basis;
  readonly coarsestRadius?: string | number;
  readonly language?: string;
  /** A name, looked up in the gazetteer. */
  readonly place?: string;
}

type Input = Record<string, string | number>;

/** Languages in which the ledger names every place, or most. */
const NAMED = ["en", "ar"];

/**
 * Answers questions as the command does; `today` is the last day that an incident can have, by
 * default the day in the atlas's time zone, wherever the page is open.
 */
export class Checker {
  readonly dates: DateReader;
  readonly #assessors = new Map<string, Assessor>();
  #gazetteer: Gazetteer | undefined;
  #areaNames: AreaNames | undefined;
  #country: Country | undefined;

  constructor(
    readonly atlas: Atlas,
    readonly today: number = localTime(Date.now() / 1000, atlas.data.time_zone).day,
  ) {
    this.dates = new DateReader(atlas.data);
  }

  /** Return the assessor for these choices, made once. */
  assessor(choices: Choices = {}): Assessor {
    const key = JSON.stringify([choices.boundary, choices.basis, choices.coarsestRadius]);
    let found = this.#assessors.get(key);
    if (!found) this.#assessors.set(key, (found = new Assessor(this.atlas, choices)));
    return found;
  }

  get country(): Country {
    return (this.#country ??= new Country(this.atlas));
  }

  get gazetteer(): Gazetteer {
    return (this.#gazetteer ??= new Gazetteer(this.atlas.ledger));
  }

  get areaNames(): AreaNames {
    return (this.#areaNames ??= new AreaNames(this.atlas.ledger.areas, this.gazetteer.units));
  }

  /** Return the settlement that a name means, beside which an area may stand, or those that share it. */
  lookUp(name: string, within: readonly string[] = [], near: Point | null = null): Found {
    const [rest, inside] = this.areaNames.parted(name, (one) => this.gazetteer.speltSo(one).length > 0);
    return this.gazetteer.lookUp(rest, [...within, ...inside], near);
  }

  /** Return the record of one incident; throws ReadingError for what cannot be read. */
  check(asked: Question): VerdictRecord {
    const question = this.dated(asked);
    const { boundary, basis, coarsestRadius, date, radius, language = "en" } = question;
    if (basis !== undefined && !BASES.includes(basis)) {
      throw new RangeError(`expected a basis of ${BASES.join(", ")}, found ${basis as string}`);
    }
    const input: Input = {};
    const place = readPlace(question, input);
    const found = this.#named(question, input, place);
    const named = place ? null : found; // beside a position a name decides nothing
    if (date !== undefined) input["date"] = date;
    const days = date === undefined ? null : this.readDate(date);
    if (radius !== undefined) input["radius"] = radius;
    const [metres, source] = radiusAndSource(radius, named, place);
    const assessor = this.assessor({
      ...(boundary === undefined ? {} : { boundary }),
      ...(basis === undefined ? {} : { basis }),
      ...(coarsestRadius === undefined ? {} : { coarsestRadius: readRadius(coarsestRadius) }),
    });
    const incidents = blankIncidents(1, [source, "settlement"]);
    // 0, 0 is what tables hold where there is no place.
    if (place && (place.longitude || place.latitude)) {
      [incidents.longitude[0], incidents.latitude[0]] = [place.longitude, place.latitude];
    }
    if (named) {
      [incidents.longitude[0], incidents.latitude[0]] = areaOf(named);
      incidents.settlement[0] = settlementOf(named);
    }
    if (days) [incidents.first[0], incidents.last[0]] = [days.first, days.last];
    incidents.radius[0] = metres;
    settle(incidents, this.atlas.ledger, this.atlas.data.placeholders);
    const given: Given = {
      place: found && !isShared(found) ? this.#placeUsed(found, language, question.place ?? "") : null,
      candidates: found?.passedOver.map(({ id }) => id) ?? [],
      input,
      repairs: [...(place?.repairs ?? []), ...(days?.repairs ?? [])],
    };
    const verdicts = assessor.assess(incidents);
    if (place && !GRIDS.includes(place.notation) && this.country.swapped(place.longitude, place.latitude)) {
      doubtAxes(assessor, incidents, [0], verdicts, false);
    }
    if (place && found && !isShared(found) && !liesAt(found, [place.longitude, place.latitude])) {
      doubtPosition(assessor, incidents, 0, verdicts, areaOf(found), settlementOf(found));
    }
    return recordOf({ assessor, incidents, verdicts, language, given }, 0);
  }

  #placeUsed({ places }: Found, language: string, given: string): Given["place"] {
    const names = places.map((place) => this.#called(place, language, given));
    return { name: names.join(" – "), gazetteer_id: places.map(({ id }) => id).join(";") };
  }

  /** A place's name in a language; as it was given, where the ledger has none in that. */
  #called({ name, nameArabic, settlement }: Place, language: string, given: string): string {
    if (NAMED.includes(language)) return (language === "ar" && nameArabic) || name;
    const known = this.atlas.ledger.spellings(settlement).map((one) => one.toLowerCase());
    const parts = given.split(",").map((part) => part.trim());
    return parts.find((part) => known.includes(part.toLowerCase())) ?? name;
  }

  /** Tell whether the axes of a record's position may be swapped: `hint_at_swap` in Python. */
  doubt({ latitude, longitude, input }: VerdictRecord): Swap | null {
    if (latitude === null || longitude === null) return null;
    const { position } = input;
    if ("place" in input && position === undefined && !("latitude" in input)) return null;
    if (position !== undefined) {
      const { notation } = readPosition(String(position));
      if (GRIDS.includes(notation)) return null;
    }
    return this.country.swapped(longitude, latitude);
  }

  /** Return the days that a text names; one that begins after today is refused. */
  readDate(text: string): Days {
    const days = this.dates.readDays(text);
    if (days.first > this.today) {
      throw new ReadingError(
        `expected a day up to today (${dayOf(this.today)}), found '${text}', which lies in the ` +
          "future; correct the date.",
        "future",
      );
    }
    return days;
  }

  /** Return a question with the date that its place or position also holds. */
  dated(question: Question): Question {
    const { place, position, date } = question;
    const text = place ?? position;
    if (text === undefined || date !== undefined) return question;
    if (place !== undefined && position !== undefined && this.#isDate(position)) {
      const { position: day, ...rest } = question;
      return { ...rest, date: day! };
    }
    const found = placeAndDate(text, (part) => this.#isDate(part));
    if (!found || (place === undefined && isPosition(text))) return question;
    const [where, day] = found;
    if (place !== undefined) return { ...question, place: where, date: day };
    const { position: _, ...rest } = question;
    return { ...rest, [isName(where) ? "place" : "position"]: where, date: day };
  }

  #isDate(text: string): boolean {
    try {
      this.dates.readDays(text);
      return true;
    } catch (error) {
      if (error instanceof ReadingError) return error.ambiguous; // the reader of dates asks which
      throw error;
    }
  }

  /** Return what a name was taken for; several places that share it are the user's to choose from. */
  #named({ place }: Question, input: Input, position: Position | null): Found | null {
    if (place === undefined) return null;
    input["place"] = place;
    if (position) {
      try {
        return this.lookUp(place, [], [position.longitude, position.latitude]);
      } catch (error) {
        if (error instanceof ReadingError) return null; // the position counts
        throw error;
      }
    }
    if (this.areaNames.has(place)) {
      throw new PlaceError(
        `expected a settlement, found '${place}', which is an area: only the command and the library ` +
          "judge areas; name a settlement in it, or give coordinates",
        [],
        false,
        "area",
      );
    }
    const found = this.lookUp(place);
    if (isShared(found)) {
      const choices = found.places.map((one) => described(one)).join("; ");
      throw new PlaceError(
        `expected one place, found '${place}', which could be several places: ${choices}; give ` +
          "coordinates, or the governorate after a comma",
        found.places,
        true,
      );
    }
    return found;
  }
}

/** Tell a name, or the code of a settlement (a letter and digits), from a position: that has a digit. */
function isName(text: string): boolean {
  return !/\p{Nd}/u.test(text) || /^\p{L}[0-9]{3,}$/u.test(text);
}

function isPosition(text: string): boolean {
  try {
    readPosition(text);
    return true;
  } catch {
    return false;
  }
}

function readPlace({ position, latitude, longitude }: Question, input: Input): Position | null {
  if (position !== undefined) {
    if (latitude !== undefined || longitude !== undefined) {
      throw new ReadingError(
        "expected a position in one text or a latitude and a longitude, found both; " +
          "give one of the two.",
        "position",
      );
    }
    input["position"] = position;
    return readPosition(position);
  }
  if (latitude === undefined && longitude === undefined) return null;
  if (latitude === undefined || longitude === undefined) {
    throw new ReadingError(
      "expected a latitude and a longitude, found only one of them; give both, or neither " +
        "where the place is not known.",
      "position",
    );
  }
  input["latitude"] = latitude;
  input["longitude"] = longitude;
  return readPair(latitude, longitude);
}

function radiusAndSource(
  given: string | number | undefined,
  named: Found | null,
  place: Position | null,
): [metres: number, source: string] {
  if (given !== undefined) return [readRadius(given), "given"];
  if (named) return named.relation === "at" ? [0, "default"] : [areaOf(named)[2], named.relation];
  if (!place) return [NaN, "none"];
  return place.extent === null ? [0, "default"] : [place.extent, place.notation];
}
