/** Verdicts that would change if a row were meant otherwise than it was read: `_doubted` in `zones/verdict.py`. */

import { placeholder_degrees } from "grammar/limits.json";

import { type Reason, VERDICTS } from "../generated/codes";
import { bit, blankIncidents, type Incidents, NO_LOCATION, settle, UNREADABLE } from "./incidents";
import type { Assessor, Verdicts } from "./verdict";

const DISAGREE = bit("positions-disagree");
const NAME_SHARED = bit("name-shared");
const SETTLEMENT = "settlement";
const UNCERTAIN = VERDICTS.indexOf("uncertain");
const UNDETERMINED = VERDICTS.indexOf("undetermined");
const OUTSIDE = VERDICTS.indexOf("outside");

/** Another way in which rows may have been meant: each of `rows` as the same row of `other`. */
export interface Alternative {
  readonly reason: Reason;
  readonly rows: readonly number[];
  readonly other: Incidents;
  /** Whether the file as a whole speaks for it: then what it would change is uncertain. */
  readonly isLikely: boolean;
}

/** Return rows as they were read, before they were taken for settlements. */
export function asRead(incidents: Incidents, rows: readonly number[]): Incidents {
  const some = blankIncidents(rows.length, incidents.radiusSources);
  const byDefault = Math.max(0, incidents.radiusSources.indexOf("default"));
  rows.forEach((row, k) => {
    [some.longitude[k], some.latitude[k]] = [incidents.longitude[row]!, incidents.latitude[row]!];
    const exact = incidents.settlement[row]! >= 0;
    some.radius[k] = exact ? 0 : incidents.radius[row]!;
    some.radiusSource[k] = exact ? byDefault : incidents.radiusSource[row]!;
    [some.first[k], some.last[k]] = [incidents.first[row]!, incidents.last[row]!];
    some.reasons[k] = incidents.reasons[row]!;
  });
  return some;
}

/** Say of rows that may have been meant otherwise where the answer would then be another. */
export function doubt(assessor: Assessor, verdicts: Verdicts, meant: Alternative): void {
  const { ledger, data } = assessor.atlas;
  settle(meant.other, ledger, data.placeholders);
  const found = assessor.assess(meant.other);
  meant.rows.forEach((row, k) => {
    const read = verdicts.verdict[row]!;
    if (found.verdict[k] === read) return;
    verdicts.reasons[row]! |= bit(meant.reason);
    if (meant.isLikely && read !== UNDETERMINED) verdicts.verdict[row] = UNCERTAIN;
  });
}

/** Say of rows whose axes may be swapped where the answer would then be another. */
export function doubtAxes(
  assessor: Assessor,
  incidents: Incidents,
  rows: readonly number[],
  verdicts: Verdicts,
  isLikely: boolean,
): void {
  const other = asRead(incidents, rows);
  rows.forEach((row, k) => {
    [other.longitude[k], other.latitude[k]] = [incidents.latitude[row]!, incidents.longitude[row]!];
  });
  doubt(assessor, verdicts, { reason: "axes-may-be-swapped", rows, other, isLikely });
}

/**
 * Decide of names that several places share: where the verdicts on all of them are the same, that is
 * the verdict; where they lie inside, or partly inside, the zone must be the same, too.
 */
export function decideShared(assessor: Assessor, incidents: Incidents, verdicts: Verdicts): void {
  const { ledger, data } = assessor.atlas;
  for (const [row, places] of incidents.sharing) {
    verdicts.reasons[row] = (verdicts.reasons[row]! & ~NO_LOCATION) | NAME_SHARED;
    if (incidents.reasons[row]! & UNREADABLE) continue;
    const each = blankIncidents(places.length, ["name", SETTLEMENT]);
    places.forEach(({ settlement, longitude, latitude }, k) => {
      [each.longitude[k], each.latitude[k], each.settlement[k]] = [longitude, latitude, settlement];
      each.radius[k] = 0;
      [each.first[k], each.last[k]] = [incidents.first[row]!, incidents.last[row]!];
    });
    settle(each, ledger, data.placeholders);
    const found = assessor.assess(each);
    const alike = places.every((_, k) => {
      const same = found.verdict[k] === found.verdict[0];
      return same && (found.zone[k] === found.zone[0] || found.verdict[k] === OUTSIDE);
    });
    if (alike) verdicts.take(row, found);
  }
}

/** Say of a row whose name is of a place elsewhere if the answer would be another there. */
export function doubtPosition(
  assessor: Assessor,
  incidents: Incidents,
  row: number,
  verdicts: Verdicts,
  [x, y, radius]: readonly [longitude: number, latitude: number, radius: number],
  settlement: number,
): void {
  const other = blankIncidents(1, ["default", "settlement"]);
  [other.longitude[0], other.latitude[0], other.settlement[0]] = [x, y, settlement];
  other.radius[0] = settlement < 0 ? radius : 0;
  [other.first[0], other.last[0]] = [incidents.first[row]!, incidents.last[row]!];
  const { ledger, data } = assessor.atlas;
  settle(other, ledger, data.placeholders);
  if (assessor.assess(other).verdict[0] !== verdicts.verdict[row]) verdicts.reasons[row]! |= DISAGREE;
}

/** Say of exact points in no settlement that very many rows share: they may stand for an area. */
export function doubtShared(
  assessor: Assessor,
  incidents: Incidents,
  points: readonly (readonly [number, number])[],
  verdicts: Verdicts,
): void {
  const byDefault = incidents.radiusSources.indexOf("default");
  const { placeholders } = assessor.atlas.data;
  const rows = [...incidents.longitude.keys()].filter((row) => {
    const [x, y] = [incidents.longitude[row]!, incidents.latitude[row]!];
    if (incidents.radius[row] !== 0 || incidents.radiusSource[row] !== byDefault) return false;
    if (incidents.settlement[row]! >= 0 || !points.some(([py, px]) => px === x && py === y)) return false;
    return placeholders.every(
      ([px, py]) => Math.abs(x - px) > placeholder_degrees || Math.abs(y - py) > placeholder_degrees,
    );
  });
  const other = asRead(incidents, rows);
  other.radius.fill(NaN);
  doubt(assessor, verdicts, { reason: "shared-point", rows, other, isLikely: false });
}
