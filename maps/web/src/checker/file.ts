/** A file of incidents: its columns, its verdicts, what was mended and what was refused. */

import type { Atlas } from "../atlas";
import type { Crowd } from "../points/shown";
import type { Source } from "../points/source";
import { breathe } from "../points/unpack";
import { el, isolated, type Content } from "../dom";
import type { Drawn, Reply } from "../session/session";
import { PHASES } from "../engine/calendar";
import { VERDICTS } from "../engine/verdict";
import type { Words } from "../words";
import type { Client, Fault } from "../session/client";
import { swapValues } from "./answer";
import { Dropped } from "./dropped";
import { kindOf } from "./kind";
import { dated, placed, recognise, ROLES, type HeaderTable, type PrecisionTable, type Recognised, type Role } from "../engine/columns/recognise";

type Opened = Extract<Reply, { type: "table" }>;
type Judged = Extract<Reply, { type: "judged" }>;

const FIRST_FAULTS = 8;
const HEADING = 48; // pixels of the sheet's heading, which on a phone stays above the report

function label(words: Words, role: Role): string {
  if (role === "position") return words.say("checker.position");
  return words.say(`field.${{ first: "first_day", last: "last_day" }[role as string] ?? role}`);
}

/** The incidents of one zone: how many by verdict, and how many surely inside by phase. */
interface Tally {
  verdict: number[];
  phase: number[];
}

const COUNTED = 100_000; // rows, before the page may do something else

/** Count the incidents of each zone. */
async function tallied(drawn: Drawn, zones: number): Promise<Tally[]> {
  const rows = Array.from({ length: zones }, () => ({
    verdict: VERDICTS.map(() => 0),
    phase: PHASES.map(() => 0),
  }));
  for (let i = 0; i < drawn.zone.length; i++) {
    if (i % COUNTED === COUNTED - 1) await breathe();
    const row = rows[drawn.zone[i]!];
    if (!row) continue;
    row.verdict[drawn.verdict[i]!]!++;
    const sure = VERDICTS[drawn.verdict[i]!] === "inside";
    if (sure && drawn.phase[i]! >= 0) row.phase[drawn.phase[i]!]!++;
  }
  return rows;
}

export class FileReport {
  readonly element = el("div.file", { "aria-live": "polite" });
  #name = "";
  #located = false;
  #opened: Opened | null = null;
  #known: Recognised | null = null;
  #judged: Judged | null = null;
  #running = 0;
  #turn = 0;
  /** What is wrong with the file, in the language that the page then has. */
  #message: (() => string) | null = null;
  #tally: Tally[] = [];
  /** The incidents of the file on the map. */
  #crowd: Crowd | null = null;
  #asking = false;

  constructor(
    private readonly client: Client,
    private readonly words: Words,
    private readonly atlas: () => Atlas,
    private readonly tables: { headers: HeaderTable; precision: PrecisionTable },
    /** Put incidents on the map in place of the page's own; null brings those back. */
    private readonly incidents: (source: Source | null) => Crowd | null,
    private readonly drawn: (drawn: Drawn) => void,
  ) {}

  /** Read a file, and check its incidents as soon as its columns are known. */
  async open(file: File): Promise<void> {
    const turn = ++this.#turn;
    if (this.#running) this.client.stop(this.#running);
    this.#name = file.name;
    this.#clear();
    this.#busy(this.words.say("checker.reading", { name: file.name }));
    const bytes = new Uint8Array(await file.slice(0, 64).arrayBuffer());
    if (!bytes.length) return this.#complain(() => this.words.say("checker.error_blank"));
    const found = kindOf(file.name, bytes);
    if (found) {
      const word = found === "workbook" || found === "other" ? "error_kind_table" : "error_kind";
      return this.#complain(() =>
        this.words.say(`checker.${word}`, { kind: this.words.say(`checker.kind_${found}`) }),
      );
    }
    const start = new TextDecoder().decode(bytes);
    this.#located = /\.(geo)?json$/i.test(file.name) || /^\s*\{/.test(start);
    const kind = this.#located ? "geojson" : "delimited";
    const [, answer] = this.client.ask<"table">({ type: "table", content: file, kind });
    const reply = await answer;
    if (turn !== this.#turn) return; // another file came meanwhile
    if (reply.type === "fault") return this.#refuse(reply);
    if (!reply.length && !reply.headers.some((header) => header.trim())) {
      return this.#complain(() => this.words.say("checker.error_blank"));
    }
    this.#opened = reply;
    const { headers, precision } = this.tables;
    this.#known = recognise(reply.headers, headers, precision);
    await this.#judge();
  }

  /** Put the file away. */
  close(): void {
    this.#turn++;
    if (this.#running) this.client.stop(this.#running);
    this.#clear();
    this.element.replaceChildren();
  }

  #clear(): void {
    [this.#opened, this.#judged, this.#message] = [null, null, null];
    this.#leave();
  }

  #leave(): void {
    if (this.#crowd) this.incidents(null);
    this.#crowd = null;
  }

  /** Draw anew, in the language that the page has now. */
  draw(): void {
    const { words } = this;
    if (this.#message !== null) {
      this.element.replaceChildren(el("p.error", { role: "alert" }, this.#message()));
      return;
    }
    const opened = this.#opened;
    if (!opened) return;
    const nodes: Content[] = [this.#head()];
    if (this.#asking) nodes.push(el("p.error", { role: "alert" }, words.say("checker.columns_needed")));
    else if (this.#judged) nodes.push(...this.#summary(this.#judged));
    nodes.push(this.#columns(opened));
    this.element.replaceChildren(...(nodes.filter(Boolean) as Node[]));
  }

  async #judge(): Promise<void> {
    const turn = ++this.#turn;
    const known = this.#known;
    if (!known || !this.#opened) return;
    this.#judged = null;
    this.#leave();
    this.#asking = !placed(known.roles, this.#located) || !dated(known.roles);
    if (this.#asking) return this.draw();
    const bar = el("progress", { max: 1, "aria-label": this.words.say("checker.checking") });
    const text = el("p.secondary", {}, this.words.say("checker.checking"));
    const stop = el("button.link", { type: "button" }, this.words.say("checker.stop"));
    const { roles, stated } = known;
    const [id, answer] = this.client.ask<"judged">({ type: "judge", columns: roles, stated }, (told) => {
      bar.max = told.total || 1;
      bar.value = told.done;
      const values = { done: this.words.number(told.done), total: this.words.number(told.total) };
      text.replaceChildren(this.words.say("checker.progress", values));
    });
    this.#running = id;
    stop.addEventListener("click", () => this.client.stop(id));
    this.element.replaceChildren(this.#head(), bar, text, stop);
    const reply = await answer;
    if (turn !== this.#turn) return; // another file came meanwhile, or other columns
    this.#running = 0;
    if (reply.type === "fault") return this.#refuse(reply);
    await breathe();
    this.drawn(reply.drawn);
    await breathe();
    const { words, atlas, client } = this;
    this.#tally = await tallied(reply.drawn, atlas().data.zones.length);
    if (turn !== this.#turn) return;
    this.#judged = reply;
    const { headers } = this.#opened;
    this.#crowd = this.incidents(new Dropped(client, words, atlas, this.#name, headers, reply.drawn));
    this.draw();
    // Where the sheet is low, what was found would lie below its edge.
    const sheet = this.element.closest(".sheet");
    const above = matchMedia("(max-width: 760px)").matches ? HEADING : 4;
    sheet?.scrollTo({ top: this.element.offsetTop - above });
  }

  #busy(text: string): void {
    this.element.replaceChildren(el("p.secondary", {}, text));
  }

  #refuse(fault: Fault): void {
    const { words } = this;
    this.#complain(() => (words.lang === "en" ? fault.message : words.say("checker.error_file")));
  }

  #complain(message: () => string): void {
    this.#message = message;
    this.draw();
  }

  #summary(judged: Judged): Content[] {
    const { words } = this;
    const { drawn, counts } = judged;
    const total = drawn.verdict.length;
    const line = (key: string, count: number, warn = false): Content =>
      count
        ? el(warn ? "li.warn" : "li", {}, words.say(`checker.${key}`, { count: words.number(count) }))
        : null;
    const kinds = VERDICTS.flatMap((verdict, code) => {
      const count = counts[code] ?? 0;
      return [
        el("dt", {}, words.say(`verdict.${verdict}`)),
        el("dd", {}, words.number(count)),
      ];
    });
    const faults = judged.faults.slice(0, FIRST_FAULTS).map(({ row, text }) => {
      const named = `${words.say("checker.row")} ${words.number(row + 1)}: `;
      return el("li", {}, named, isolated(text || "–"));
    });
    const notes = el(
      "ul.notes",
      {},
      judged.stopped ? el("li.warn", {}, words.say("checker.stopped")) : null,
      line("repairs", judged.mended),
      line("refused", judged.faultCount, true),
      line("swapped_only", judged.swaps.only, true),
      line("swapped_both", judged.swaps.both),
      line("ragged", this.#opened?.ragged ?? 0, true),
      line("shapes", this.#opened?.shapes ?? 0, true),
      line("formulas", this.#opened?.formulas ?? 0, true),
    );
    return [
      el("p", {}, words.say("checker.judged", { count: words.number(total) })),
      el("dl.counts", {}, kinds),
      ...this.#actions(),
      notes,
      faults.length
        ? el("details", {}, el("summary", {}, words.say("checker.faults")), el("ul.faults", {}, faults))
        : null,
      this.#turned(judged),
      this.#crossed(),
    ];
  }

  /** The first rows whose axes may be swapped, both ways round. */
  #turned(judged: Judged): Content {
    const { words } = this;
    if (!judged.turned.length) return null;
    const rows = judged.turned.slice(0, FIRST_FAULTS).map(({ row, doubt, latitude, longitude }) => {
      const values = swapValues(latitude, longitude);
      return el(
        "li",
        {},
        `${words.say("checker.row")} ${words.number(row + 1)}: `,
        words.say(`swapped.${doubt}`, values),
      );
    });
    return el(
      "details",
      {},
      el("summary", {}, words.say("checker.swapped")),
      el("ul.faults", {}, rows),
    );
  }

  /** What lies on the map, and can be filtered and handed out. */
  #actions(): Content[] {
    const { words } = this;
    const crowd = this.#crowd;
    if (!crowd) return [];
    const download = el("button.main", { type: "button" }, words.say("crowd.download"));
    download.addEventListener("click", () => void crowd.download(download));
    return [crowd.key(), download];
  }

  #head(): HTMLElement {
    const close = el("button.link.file-close", { type: "button" }, this.words.say("checker.close_file"));
    close.addEventListener("click", () => this.close());
    return el("div.file-head", {}, el("h3", {}, isolated(this.#name)), close);
  }

  /** How many incidents by zone and verdict, and by zone and phase. */
  #crossed(): Content {
    const { words } = this;
    const zones = this.atlas().data.zones;
    const rows = this.#tally;
    const table = (
      caption: string,
      heads: string[],
      pick: (row: Tally) => number[],
    ): HTMLElement =>
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
          rows.map((row, z) =>
            el(
              "tr",
              {},
              el("th", { scope: "row" }, words.name(zones[z]!.name)),
              pick(row).map((count) => el("td", {}, count ? words.number(count) : "–")),
            ),
          ),
        ),
      );
    const shown = [0, 3] as const; // inside, uncertain; the rest lies in no zone
    const lasting = [1, 2, 3] as const; // the phases in which a zone is in force
    return el(
      "div.crossed",
      {},
      table(
        words.say("checker.by_zone"),
        shown.map((code) => words.say(`verdict.${VERDICTS[code]}`)),
        (row) => shown.map((code) => row.verdict[code] ?? 0),
      ),
      table(
        words.say("checker.by_phase"),
        lasting.map((code) => words.say(`phase.${PHASES[code]}`)),
        (row) => lasting.map((code) => row.phase[code] ?? 0),
      ),
    );
  }

  /** Which column was taken for what; another can be chosen. */
  #columns(opened: Opened): HTMLElement {
    const { words } = this;
    const known = this.#known as Recognised;
    const roles = { ...known.roles } as Record<string, unknown>;
    const rows = ROLES.filter((role) => !this.#located || !["latitude", "longitude", "position"].includes(role)).map(
      (role) => {
        const select = el("select", { "data-role": role, "data-keep": `role-${role}` });
        const options = ["", ...opened.headers.slice(0, 500)];
        for (const header of options) {
          const one = el("option", { value: header }, header.slice(0, 60) || "–");
          one.selected = header === (roles[role] ?? "");
          select.append(one);
        }
        select.addEventListener("change", () => {
          if (select.value) roles[role] = select.value;
          else delete roles[role];
          this.#known = { ...known, roles };
          void this.#judge();
        });
        return el("label.role", {}, el("span", {}, label(words, role)), select);
      },
    );
    const details = el(
      "details.columns",
      {},
      el("summary", {}, words.say("checker.columns")),
      known.source ? el("p.secondary", {}, words.say("checker.source", { name: known.source })) : null,
      rows,
    );
    details.open = this.#asking;
    return details;
  }
}
