/** What is shared with zones/record.py: `make types` wrote this from there. */

/** The verdict on one incident; the keys and their order are the contract. */
export interface VerdictRecord {
  /**
   * whether it happened inside a zone that was in force
   */
  verdict: "inside" | "outside" | "undetermined" | "uncertain";
  /**
   * the zone that the answer is about, by its id; of an `outside` row the nearest one
   */
  zone: string | null;
  /**
   * where the place lies with regard to the zone
   */
  space: "inside" | "outside" | "straddles" | "unknown";
  /**
   * how the days lie to those on which the zone was in force
   */
  time: "in_force" | "not_yet" | "ended" | "partly" | "unknown";
  /**
   * the zone's phase on the first day
   */
  phase: ("before" | "declared" | "arranged" | "contested" | "ended") | null;
  /**
   * from when a zone counts as in force
   */
  basis: "memorandum" | "arrangement";
  /**
   * share of the place that is surely inside
   */
  share_low: number | null;
  /**
   * share of the place within the line itself
   */
  share_best: number | null;
  /**
   * share of the place that is possibly inside
   */
  share_high: number | null;
  /**
   * metres to the zone's best boundary; positive inside, negative outside
   */
  distance_m: number | null;
  /**
   * error in metres of that boundary where it is nearest
   */
  accuracy_m: number | null;
  /**
   * metres within which the place is known; 0 is an exact point; the size of a settlement
   */
  radius_m: number | null;
  /**
   * where the radius comes from, such as `given`, `settlement`, `place`, a notation, a precision code or `district`
   */
  radius_source: string;
  /**
   * the settlement of the ledger that is the place, by its id
   */
  settlement: string | null;
  /**
   * its name
   */
  settlement_name: string | null;
  /**
   * P-codes of its governorate, district and sub-district
   */
  admin: string[];
  /**
   * ids of the sides that held it on the days, in order of time
   */
  held_by: string[];
  /**
   * the first day on which the first of them may have held it; null: from the start
   */
  held_since: string | null;
  /**
   * the last day on which the last of them may have; null: to the end
   */
  held_until: string | null;
  /**
   * ids of the sources that say so
   */
  held_sources: string[];
  /**
   * how far that may be relied on: of the least certain of them
   */
  held_confidence: ("high" | "medium" | "low" | "unsourced") | null;
  /**
   * the first day on which it may be
   */
  first_day: string | null;
  /**
   * the last such day
   */
  last_day: string | null;
  /**
   * the boundary that decides, by its id
   */
  boundary: string;
  /**
   * `space` by each boundary that draws the zone on the days
   */
  boundaries: {
    [k: string]: "inside" | "outside" | "straddles" | "unknown";
  };
  /**
   * ids of the boundaries that drew the zone on the days; another than `boundary` where that does not draw it
   */
  drawn_by: string[];
  /**
   * parts of a zone, and belts beside it, that agreements name and that hold the place
   */
  subareas: {
    [k: string]: "inside" | "outside" | "straddles" | "unknown";
  };
  /**
   * other arrangements and other parties' ground, where the place is `outside`
   */
  neighbours: {
    [k: string]: "inside" | "outside" | "straddles" | "unknown";
  };
  /**
   * ids of the agreements in force for the zone, oldest first
   */
  agreements: string[];
  /**
   * round of talks of the zone's newest own arrangement, else of the memorandum
   */
  round: string | null;
  /**
   * ids of the actors that guarantee the zone's own arrangements, else the memorandum
   */
  guarantors: string[];
  /**
   * ids of the actors that mediated the same
   */
  mediators: string[];
  /**
   * ids of the actors that guarantee the memorandum
   */
  framework_guarantors: string[];
  /**
   * what kept the answer from being plain
   */
  reasons: (
    | "no-location"
    | "unreadable-location"
    | "name-shared"
    | "placeholder-location"
    | "coarse-location"
    | "outside-country"
    | "near-boundary"
    | "boundaries-disagree"
    | "spans-extents"
    | "held-unknown"
    | "held-changed"
    | "held-disputed"
    | "ground-lost"
    | "ground-gained"
    | "no-date"
    | "unreadable-date"
    | "future-date"
    | "partly-in-force"
    | "spans-phases"
    | "contested"
    | "axes-may-be-swapped"
    | "positions-disagree"
    | "whole-degrees"
    | "day-and-month-may-be-swapped"
    | "dates-disagree"
    | "shared-point"
  )[];
  /**
   * the answer in plain words
   */
  sentence: string;
  /**
   * degrees north, WGS 84
   */
  latitude: number | null;
  /**
   * degrees east, WGS 84
   */
  longitude: number | null;
  /**
   * the place that a name was taken for
   */
  place: PlaceUsed | null;
  /**
   * ids of the places that share the name, or were passed over for a city
   */
  candidates: string[];
  /**
   * what was given, as it was given
   */
  input: {
    [k: string]: string | number;
  };
  /**
   * what was mended in it to be read
   */
  repairs: Repaired[];
  /**
   * version of the atlas
   */
  atlas_version: string;
  /**
   * SHA-256 of the atlas
   */
  atlas_sha256: string;
  /**
   * name and version of the program
   */
  software: string;
}
/** The place that a name was taken for, and its id in the gazetteer. */
export interface PlaceUsed {
  name: string;
  gazetteer_id: string;
}
/** What was mended in the input before it could be read: kind, text before, text after. */
export interface Repaired {
  kind: string;
  before: string;
  after: string;
}
