/** One incident, one record: the twin of `zones/record.py` and `zones/incident.py`. */

import { dayOf } from "../days";
import { Atlas, type Extent } from "./atlas";
import { Country, type Swap } from "./text/axes";
import { readPair, readPosition } from "./text/coordinates";
import { GRIDS, type Position } from "./text/position";
import { DateReader, type Days } from "./text/dates";
import { readRadius } from "./text/lengths";
import { Gazetteer, radiusOf, type Place } from "./text/places";
import { BASES, Governing, NO_DAY, PHASES, TIMES, type Basis } from "./calendar";
import { ReadingError, type Repair } from "./text/repairs";
import { roundHalfEven, writeSentence } from "./sentence";
import { Judge, NO_SPACE, REASONS, SPACES, VERDICTS, type Choices } from "./verdict";

/** The verdict on one incident; the keys and their order are those of the command. */
export interface VerdictRecord {
  readonly verdict: string;
  readonly zone: string | null;
  readonly space: string;
  readonly time: string;
  readonly phase: string | null;
  readonly basis: string;
  readonly share_low: number | null;
  readonly share_best: number | null;
  readonly share_high: number | null;
  readonly distance_m: number | null;
  readonly accuracy_m: number | null;
  readonly radius_m: number | null;
  readonly radius_source: string;
  readonly first_day: string | null;
  readonly last_day: string | null;
  readonly boundary: string;
  readonly boundaries: Readonly<Record<string, string>>;
  readonly agreements: readonly string[];
  readonly round: string | null;
  readonly guarantors: readonly string[];
  readonly reasons: readonly string[];
  readonly sentence: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** The place that a name was taken for, and its id in the gazetteer. */
  readonly place: { readonly name: string; readonly gazetteer_id: string } | null;
  readonly input: Readonly<Record<string, string | number>>;
  readonly repairs: readonly Repair[];
  readonly atlas_version: string;
  readonly atlas_sha256: string;
  readonly software: string;
}

/** One incident, read: null is what is not known, days are numbers from 1970-01-01. */
export interface Incident {
  readonly longitude: number | null;
  readonly latitude: number | null;
  readonly radius: number | null;
  readonly radiusSource: string;
  readonly first: number | null;
  readonly last: number | null;
  readonly input?: Readonly<Record<string, string | number>>;
  readonly repairs?: readonly Repair[];
  readonly language: string;
  /** The name of the place as the reader knows it. */
  readonly place?: string;
  readonly gazetteerId?: string;
}

/** Return the codes of the reasons in a bit set, in their fixed order. */
export function reasonCodes(bits: number): string[] {
  return REASONS.filter((_, i) => (bits >> i) & 1);
}

/** Judge one incident and write its record. */
export function makeRecord(judge: Judge, incident: Incident): VerdictRecord {
  const { data, boundaries, zones } = judge.atlas;
  const found = judge.judge({
    longitude: Float64Array.of(incident.longitude ?? NaN),
    latitude: Float64Array.of(incident.latitude ?? NaN),
    radius: Float64Array.of(incident.radius ?? NaN),
    first: Int32Array.of(incident.first ?? NO_DAY),
    last: Int32Array.of(incident.last ?? NO_DAY),
  });
  const at = found.zone[0]!;
  const near = at >= 0 ? measure(judge, at, incident) : null;
  const spell = judge.spells[found.spell[0]!];
  const spaces: Record<string, string> = {};
  boundaries.forEach((name, b) => {
    const code = found.boundaries[b]!;
    if (code !== NO_SPACE) spaces[name] = SPACES[code]!;
  });
  const number = (value: number): number | null => (Number.isNaN(value) ? null : value);
  const fields = {
    verdict: VERDICTS[found.verdict[0]!]!,
    zone: at >= 0 ? zones[at]! : null,
    space: SPACES[found.space[0]!]!,
    time: TIMES[found.time[0]!]!,
    shareLow: number(found.shareLow[0]!),
    shareBest: number(found.shareBest[0]!),
    shareHigh: number(found.shareHigh[0]!),
    distance: near?.distance ?? null,
    accuracy: near?.accuracy ?? null,
    radius: incident.radius,
    first: incident.first,
    last: incident.last,
    boundaries: spaces,
    agreements: spell?.agreements ?? [],
    round: spell?.round ?? null,
    guarantors: spell?.guarantors ?? [],
    reasons: reasonCodes(found.reasons[0]!),
  };
  return {
    verdict: fields.verdict,
    zone: fields.zone,
    space: fields.space,
    time: fields.time,
    phase: PHASES[found.phase[0]!] ?? null,
    basis: judge.basis,
    share_low: fields.shareLow,
    share_best: fields.shareBest,
    share_high: fields.shareHigh,
    distance_m: fields.distance,
    accuracy_m: fields.accuracy,
    radius_m: incident.radius,
    radius_source: incident.radiusSource,
    first_day: incident.first === null ? null : dayOf(incident.first),
    last_day: incident.last === null ? null : dayOf(incident.last),
    boundary: judge.boundary,
    boundaries: spaces,
    agreements: fields.agreements,
    round: fields.round,
    guarantors: fields.guarantors,
    reasons: fields.reasons,
    sentence: writeSentence(data, fields, incident.language, incident.place),
    latitude: incident.latitude,
    longitude: incident.longitude,
    place:
      incident.place === undefined || incident.gazetteerId === undefined
        ? null
        : { name: incident.place, gazetteer_id: incident.gazetteerId },
    input: incident.input ?? {},
    repairs: incident.repairs ?? [],
    atlas_version: data.version,
    atlas_sha256: data.sha256,
    software: data.software,
  };
}

/** What is given to `Checker.check`, as a person gives it; all may be left out. */
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

/** Answers questions as the command does; `today` is the last day that an incident can have. */
export class Checker {
  readonly dates: DateReader;
  readonly #judges = new Map<string, Judge>();
  #gazetteer: Gazetteer | undefined;
  #country: Country | undefined;

  constructor(
    readonly atlas: Atlas,
    readonly today: number = Math.floor(
      (Date.now() - new Date().getTimezoneOffset() * 60_000) / 86_400_000,
    ),
  ) {
    this.dates = new DateReader(atlas.data);
  }

  /** Return the judge for these choices, made once. */
  judge(choices: Choices = {}): Judge {
    const key = JSON.stringify([choices.boundary, choices.basis, choices.coarsestRadius]);
    let judge = this.#judges.get(key);
    if (!judge) {
      judge = new Judge(this.atlas, choices);
      this.#judges.set(key, judge);
    }
    return judge;
  }

  get country(): Country {
    return (this.#country ??= new Country(this.atlas));
  }

  /** Tell whether the axes of a record's position may be swapped: `hint_at_swap` in Python. */
  doubt({ latitude, longitude, input }: VerdictRecord): Swap | null {
    if (latitude === null || longitude === null || "place" in input) return null;
    const { position } = input;
    if (position !== undefined) {
      const { notation } = readPosition(String(position));
      if (GRIDS.includes(notation)) return null;
    }
    return this.country.swapped(longitude, latitude);
  }

  get gazetteer(): Gazetteer {
    return (this.#gazetteer ??= new Gazetteer(this.atlas.data.places));
  }

  /** Return the record of one incident; throws ReadingError for what cannot be read. */
  check(question: Question): VerdictRecord {
    const { boundary, basis, coarsestRadius, date, radius } = question;
    if (basis !== undefined && !BASES.includes(basis)) {
      throw new RangeError(`expected a basis of ${BASES.join(", ")}, found ${basis as string}`);
    }
    const input: Record<string, string | number> = {};
    const town = this.#town(question, input);
    const place = town
      ? { longitude: town.longitude, latitude: town.latitude, repairs: [], extent: null }
      : this.#place(question, input);
    let days: Days | null = null;
    if (date !== undefined) {
      input["date"] = date;
      days = this.readDate(date);
    }
    if (radius !== undefined) input["radius"] = radius;
    let [metres, origin]: [number | null, string] = [null, "none"];
    if (radius !== undefined) [metres, origin] = [readRadius(radius), "given"];
    else if (town) [metres, origin] = [radiusOf(town), "place"];
    else if (place && "notation" in place && place.extent !== null) {
      [metres, origin] = [place.extent, place.notation];
    } else if (place) [metres, origin] = [0, "default"];
    const judge = this.judge({
      ...(boundary === undefined ? {} : { boundary }),
      ...(basis === undefined ? {} : { basis }),
      ...(coarsestRadius === undefined ? {} : { coarsestRadius: readRadius(coarsestRadius) }),
    });
    return makeRecord(judge, {
      longitude: place?.longitude ?? null,
      latitude: place?.latitude ?? null,
      radius: metres,
      radiusSource: origin,
      first: days?.first ?? null,
      last: days?.last ?? null,
      input,
      repairs: [...(place?.repairs ?? []), ...(days?.repairs ?? [])],
      language: question.language ?? "en",
      ...(town ? { place: named(town, question.language), gazetteerId: town.id } : {}),
    });
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

  #town(question: Question, input: Record<string, string | number>): Place | null {
    const { place, position, latitude, longitude } = question;
    if (place === undefined) return null;
    if (position !== undefined || latitude !== undefined || longitude !== undefined) {
      throw new ReadingError(
        "expected a place or a position, found both; give the one that the source names.",
        "place",
      );
    }
    input["place"] = place;
    return this.gazetteer.resolve(place);
  }

  #place(question: Question, input: Record<string, string | number>): Position | null {
    const { position, latitude, longitude } = question;
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
}

function named(town: Place, language = "en"): string {
  return language === "ar" && town.nameArabic ? town.nameArabic : town.name;
}

/** Return the signed distance to the zone's best boundary, and how well that is known there. */
export function measure(
  judge: Judge,
  zone: number,
  { longitude, latitude, first, last }: Pick<Incident, "longitude" | "latitude" | "first" | "last">,
): { distance: number; accuracy: number | null } | null {
  const ground = judge.ground(zone);
  if (!ground) return null;
  const governing = new Governing(ground);
  governing.ask(first ?? NO_DAY, last ?? NO_DAY);
  const extent = ground[governing.main]!;
  const nearest = extent.best.distance(longitude!, latitude!);
  if (!nearest) return null;
  return {
    distance: roundHalfEven(nearest.metres),
    accuracy: accuracyAt(extent, nearest.longitude, nearest.latitude),
  };
}

/** Return the error of a boundary at a point on it, between its two nearest vertices. */
function accuracyAt({ best, errors }: Extent, x: number, y: number): number | null {
  if (!errors) return null;
  // Degrees are squeezed so that both axes are alike: enough to tell the nearest edge.
  const squeeze = Math.cos((y * Math.PI) / 180);
  let least = Infinity;
  let error = NaN;
  let at = 0;
  for (const ring of best.polygons.flat()) {
    for (let i = 0; i + 1 < ring.length; i++) {
      const ax = (ring[i]![0] - x) * squeeze;
      const ay = ring[i]![1] - y;
      const dx = (ring[i + 1]![0] - x) * squeeze - ax;
      const dy = ring[i + 1]![1] - y - ay;
      const along = -(ax * dx + ay * dy) / Math.max(dx * dx + dy * dy, 1e-18);
      const t = Math.max(0, Math.min(1, along));
      const gap = (ax + t * dx) ** 2 + (ay + t * dy) ** 2;
      if (gap < least) {
        least = gap;
        error = errors[at + i]! + t * (errors[at + i + 1]! - errors[at + i]!);
      }
    }
    at += ring.length;
  }
  return roundHalfEven(error);
}
