/** Verdicts that would change if a row were meant otherwise than it was read: `_doubted` in `zones/verdict.py`. */

import { placeholder_degrees } from "grammar/limits.json";
import { VERDICTS } from "../generated/codes";
import { bit, blankIncidents, type Incidents, settle } from "./incidents";
import type { Assessor, Verdicts } from "./verdict";

const SWAPPED = bit("axes-may-be-swapped");
const DISAGREE = bit("positions-disagree");
const SHARED = bit("shared-point");
const UNCERTAIN = VERDICTS.indexOf("uncertain");
const SURE = [VERDICTS.indexOf("inside"), VERDICTS.indexOf("outside")];

/**
 * Say of rows whose axes may be swapped where the answer would then be another.
 *
 * Where the file as a whole speaks for it (`isLikely`), such an answer is uncertain.
 */
export function doubtAxes(
  assessor: Assessor,
  incidents: Incidents,
  rows: readonly number[],
  verdicts: Verdicts,
  isLikely: boolean,
): void {
  const other = blankIncidents(rows.length, incidents.radiusSources);
  const byDefault = Math.max(0, incidents.radiusSources.indexOf("default"));
  rows.forEach((row, k) => {
    [other.longitude[k], other.latitude[k]] = [incidents.latitude[row]!, incidents.longitude[row]!];
    const exact = incidents.settlement[row]! >= 0; // before it was taken for a settlement
    other.radius[k] = exact ? 0 : incidents.radius[row]!;
    other.radiusSource[k] = exact ? byDefault : incidents.radiusSource[row]!;
    [other.first[k], other.last[k]] = [incidents.first[row]!, incidents.last[row]!];
    other.reasons[k] = incidents.reasons[row]!;
  });
  const { ledger, data } = assessor.atlas;
  settle(other, ledger, data.placeholders);
  const meant = assessor.assess(other);
  rows.forEach((row, k) => {
    const read = verdicts.verdict[row]!;
    if (meant.verdict[k] === read) return;
    verdicts.reasons[row]! |= SWAPPED;
    if (isLikely && SURE.includes(read)) verdicts.verdict[row] = UNCERTAIN;
  });
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
  const other = blankIncidents(rows.length, incidents.radiusSources);
  rows.forEach((row, k) => {
    [other.longitude[k], other.latitude[k]] = [incidents.longitude[row]!, incidents.latitude[row]!];
    [other.first[k], other.last[k]] = [incidents.first[row]!, incidents.last[row]!];
    [other.radius[k], other.radiusSource[k]] = [NaN, incidents.radiusSource[row]!];
    other.reasons[k] = incidents.reasons[row]!;
  });
  const meant = assessor.assess(other);
  rows.forEach((row, k) => {
    if (meant.verdict[k] !== verdicts.verdict[row]) verdicts.reasons[row]! |= SHARED;
  });
}
