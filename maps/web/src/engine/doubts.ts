/** Verdicts that would change if the axes of a position were swapped: `_doubted` in `zones/verdict.py`. */

import { VERDICTS } from "../generated/codes";
import { bit, blankIncidents, type Incidents } from "./incidents";
import type { Assessor, Verdicts } from "./verdict";

const SWAPPED = bit("axes-may-be-swapped");
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
  rows.forEach((row, k) => {
    [other.longitude[k], other.latitude[k]] = [incidents.latitude[row]!, incidents.longitude[row]!];
    other.radius[k] = incidents.radius[row]!;
    [other.first[k], other.last[k]] = [incidents.first[row]!, incidents.last[row]!];
    other.reasons[k] = incidents.reasons[row]!;
  });
  const meant = assessor.assess(other);
  rows.forEach((row, k) => {
    const read = verdicts.verdict[row]!;
    if (meant.verdict[k] === read) return;
    verdicts.reasons[row]! |= SWAPPED;
    if (isLikely && SURE.includes(read)) verdicts.verdict[row] = UNCERTAIN;
  });
}
