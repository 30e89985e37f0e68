/** What was found in a file: how many of each verdict, what was mended, what could not be read. */

import type { Atlas } from "../atlas";
import { el, isolated, type Content } from "../dom";
import { PHASES, VERDICTS } from "../generated/codes";
import { breathe } from "../engine/unpack";
import type { ComputedReply, OpenedReply, PointColumns, RepairKind } from "../session/messages";
import type { Words } from "../words";
import { swapValues } from "./answer";

const FIRST_FAULTS = 8;
const AT_ONCE = 100_000; // rows, before the page may do something else

/** The incidents of one zone: how many by verdict, and how many surely inside by phase. */
export interface Tally {
  readonly verdict: number[];
  readonly phase: number[];
}

/** Count the incidents of each zone. */
export async function tallyOf(points: PointColumns, zones: number): Promise<Tally[]> {
  const tallies = Array.from({ length: zones }, () => ({
    verdict: VERDICTS.map(() => 0),
    phase: PHASES.map(() => 0),
  }));
  for (let i = 0; i < points.zone.length; i++) {
    if (i % AT_ONCE === AT_ONCE - 1) await breathe();
    const tally = tallies[points.zone[i]!];
    if (!tally) continue;
    tally.verdict[points.verdict[i]!]!++;
    const sure = VERDICTS[points.verdict[i]!] === "inside";
    if (sure && points.phase[i]! >= 0) tally.phase[points.phase[i]!]!++;
  }
  return tallies;
}

/** How many incidents there are of each verdict. */
export function countNodes({ points, counts }: ComputedReply, words: Words): Content[] {
  const kinds = VERDICTS.flatMap((verdict, code) => [
    el("dt", {}, words.say(`verdict.${verdict}`)),
    el("dd", {}, words.number(counts[code] ?? 0)),
  ]);
  const total = words.number(points.verdict.length);
  return [el("p", {}, words.say("checker.judged", { count: total })), el("dl.counts", {}, kinds)];
}

/** What was mended, and what was not read, in lines and with examples. */
export function noteNodes(
  found: ComputedReply,
  opened: OpenedReply,
  words: Words,
  saveFaults: () => void,
): Content[] {
  const line = (key: string, count: number, warn = false): Content => {
    if (!count) return null;
    const said = words.say(`checker.${key}`, { count: words.number(count) });
    return el(warn ? "li.warn" : "li", {}, said);
  };
  const notes = el(
    "ul.notes",
    {},
    found.stopped ? el("li.warn", {}, words.say("checker.stopped")) : null,
    line("repairs", found.mended),
    line("refused", found.faultCount, true),
    line("swapped_only", found.swaps.only, true),
    line("swapped_both", found.swaps.both),
    found.exchanged ? el("li.warn", {}, words.say("checker.axes_likely")) : null,
    ...opened.columnWarnings.map(({ kind, column, values }) => {
      const said = words.say(`checker.column.${kind}`, { column });
      return el("li.warn", {}, said, values ? [" ", el("span.secondary", {}, isolated(values))] : []);
    }),
    ...found.warnings.map((one) => el("li.warn", {}, kindNodes("warning", one, words))),
    found.shared
      ? el(
          "li.warn",
          {},
          words.say("checker.shared_point", {
            position: found.shared.position,
            count: words.number(found.shared.count),
          }),
        )
      : null,
    line("ragged", opened.ragged, true),
    line("shapes", opened.shapes, true),
    line("formulas", opened.formulas, true),
  );
  const faults = found.faults.map(({ row, text, message, what, word = what, near = "" }) => {
    const close = words.lang === "ar" ? near : "";
    const why = words.lang === "en" ? message : `${words.say(`checker.error_${close ? "near" : word}`)} ${close}`;
    return [row, [isolated(text || "–"), el("span.secondary", {}, ` ${why}`)] as Content] as const;
  });
  const turned = found.turned.map(({ row, doubt, latitude, longitude }) => {
    return [row, words.say(`swapped.${doubt}`, swapValues(latitude, longitude))] as const;
  });
  const all = el("button.link", { type: "button" }, words.say("checker.faults_download"));
  all.addEventListener("click", saveFaults);
  return [
    notes,
    repairNodes(found.repairs, words),
    examples("checker.faults", faults, words),
    faults.length ? el("p", {}, all) : null,
    examples("checker.swapped", turned, words),
  ];
}

/** What was mended in cells and what stands for nothing: each kind, how often, and the first of it. */
function repairNodes(repairs: readonly RepairKind[], words: Words): Content {
  if (!repairs.length) return null;
  const lines = repairs.map((one) => el("li", {}, kindNodes("repair", one, words)));
  const heading = el("summary", {}, words.say("checker.repairs_heading"));
  return el("details", {}, heading, el("ul.faults", {}, lines));
}

/** What was mended or doubted, how often, and the first of it. */
function kindNodes(how: "repair" | "warning", found: RepairKind, words: Words): Content[] {
  const { kind, count, row, before } = found;
  const after = (words.lang === "ar" && found.arabic) || found.after;
  const said = `${words.say(`checker.${how}.${kind}`)}: ${words.number(count)}.`;
  if (!before && !after) return [said];
  const example = [isolated(before), ...(after ? [" → ", isolated(after)] : how === "repair" ? [" → –"] : [])];
  return [`${said} `, el("span.secondary", {}, `${words.say("checker.row")} ${words.number(row + 1)}: `, example)];
}

/** The first rows of which something is to be said. */
function examples(
  heading: string,
  rows: readonly (readonly [row: number, said: Content])[],
  words: Words,
): Content {
  if (!rows.length) return null;
  const lines = rows
    .slice(0, FIRST_FAULTS)
    .map(([row, said]) => el("li", {}, `${words.say("checker.row")} ${words.number(row + 1)}: `, said));
  return el("details", {}, el("summary", {}, words.say(heading)), el("ul.faults", {}, lines));
}

/** How many incidents by zone and verdict, and by zone and phase. */
export function crossNodes(tallies: readonly Tally[], words: Words, atlas: Atlas): Content {
  const table = (caption: string, heads: string[], pick: (tally: Tally) => number[]): HTMLElement =>
    el(
      "table.tally",
      {},
      el("caption", {}, caption),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          [words.say("field.zone"), ...heads].map((head) => el("th", { scope: "col" }, head)),
        ),
      ),
      el(
        "tbody",
        {},
        tallies.map((tally, z) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, words.name(atlas.data.zones[z]!.name)),
            pick(tally).map((count) => el("td", {}, count ? words.number(count) : "–")),
          ),
        ),
      ),
    );
  // The rest of the verdicts lie in no zone; in the rest of the phases no zone is in force.
  const verdicts = ["inside", "uncertain"] as const;
  const phases = ["declared", "arranged", "contested"] as const;
  return el(
    "div.crossed",
    {},
    table(
      words.say("checker.by_zone"),
      verdicts.map((verdict) => words.say(`verdict.${verdict}`)),
      (tally) => verdicts.map((verdict) => tally.verdict[VERDICTS.indexOf(verdict)] ?? 0),
    ),
    table(
      words.say("checker.by_phase"),
      phases.map((phase) => words.say(`phase.${phase}`)),
      (tally) => phases.map((phase) => tally.phase[PHASES.indexOf(phase)] ?? 0),
    ),
  );
}
