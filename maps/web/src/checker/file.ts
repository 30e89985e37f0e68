/** A file of incidents: its columns, its verdicts, what was mended and what was refused. */

import type { Atlas } from "../atlas";
import { el, isolated, type Content } from "../dom";
import { COLUMNS } from "../engine/columns";
import type { Drawn, Reply } from "../engine/desk";
import { PHASES } from "../engine/phases";
import { VERDICTS } from "../engine/verdict";
import type { Words } from "../words";
import type { Client, Fault } from "./client";
import { kindOf } from "./kind";
import { MOST_POINTS, pause, type Mark } from "./mark";
import { dated, placed, recognise, ROLES, type HeaderTable, type PrecisionTable, type Recognised, type Role } from "./recognise";
import { Rows } from "./rows";
import { save } from "./save";

type Opened = Extract<Reply, { type: "table" }>;
type Judged = Extract<Reply, { type: "judged" }>;

const MOST_SHOWN = 40; // columns of the file beside the verdicts in the table
const ANSWERS = ["verdict", "zone", "phase", "share_best", "first_day", "reasons"] as const;
const FIRST_FAULTS = 8;

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

/** Count the incidents of each zone, and those that have a place. */
async function tallied(drawn: Drawn, zones: number): Promise<[tally: Tally[], located: number]> {
  let located = 0;
  const rows = Array.from({ length: zones }, () => ({
    verdict: VERDICTS.map(() => 0),
    phase: PHASES.map(() => 0),
  }));
  for (let i = 0; i < drawn.zone.length; i++) {
    if (i % COUNTED === COUNTED - 1) await pause();
    if (!Number.isNaN(drawn.latitude[i]!)) located++;
    const row = rows[drawn.zone[i]!];
    if (!row) continue;
    row.verdict[drawn.verdict[i]!]!++;
    const sure = VERDICTS[drawn.verdict[i]!] === "inside";
    if (sure && drawn.phase[i]! >= 0) row.phase[drawn.phase[i]!]!++;
  }
  return [rows, located];
}

export class FileReport {
  readonly element = el("div.file", { "aria-live": "polite" });
  /** The table of rows, which lies below the map. */
  readonly rows = el("div.checker-below", {});
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
  #shown: [shown: number, all: number] = [0, 0];
  #asking = false;

  constructor(
    private readonly client: Client,
    private readonly words: Words,
    private readonly atlas: () => Atlas,
    private readonly tables: { headers: HeaderTable; precision: PrecisionTable },
    private readonly mark: Mark,
    private readonly drawn: (drawn: Drawn) => void,
  ) {}

  /** Read a file, and check its incidents as soon as its columns are known. */
  async open(file: File): Promise<void> {
    const turn = ++this.#turn;
    if (this.#running) this.client.stop(this.#running);
    this.#name = file.name;
    [this.#opened, this.#judged, this.#message] = [null, null, null];
    this.#shown = [0, 0];
    this.mark.clearFile();
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

  /** Draw anew, in the language that the page has now. */
  draw(): void {
    const { words } = this;
    if (this.#message !== null) {
      this.element.replaceChildren(el("p.error", { role: "alert" }, this.#message()));
      return;
    }
    const opened = this.#opened;
    if (!opened) return;
    const nodes: Content[] = [el("h3", {}, isolated(this.#name))];
    if (this.#asking) nodes.push(el("p.error", { role: "alert" }, words.say("checker.columns_needed")));
    else if (this.#judged) nodes.push(...this.#summary(this.#judged));
    nodes.push(this.#columns(opened));
    this.element.replaceChildren(...(nodes.filter(Boolean) as Node[]));
    this.#drawRows();
  }

  async #judge(): Promise<void> {
    const turn = ++this.#turn;
    const known = this.#known;
    if (!known || !this.#opened) return;
    this.#judged = null;
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
    this.element.replaceChildren(el("h3", {}, isolated(this.#name)), bar, text, stop);
    const reply = await answer;
    if (turn !== this.#turn) return; // another file came meanwhile, or other columns
    this.#running = 0;
    if (reply.type === "fault") return this.#refuse(reply);
    await pause();
    this.drawn(reply.drawn);
    await pause();
    const [tally, located] = await tallied(reply.drawn, this.atlas().data.zones.length);
    if (turn !== this.#turn) return;
    this.#tally = tally;
    this.#shown = [Math.min(located, MOST_POINTS), located];
    this.#judged = reply;
    this.draw(); // the numbers first: the points follow, few at a time
    await this.mark.file(reply.drawn, located);
  }

  #busy(text: string): void {
    this.element.replaceChildren(el("p.secondary", {}, text));
    this.rows.replaceChildren();
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
      line("ragged", this.#opened?.ragged ?? 0, true),
      line("formulas", this.#opened?.formulas ?? 0, true),
      this.#shown[0] < this.#shown[1]
        ? el(
            "li",
            {},
            words.say("checker.points_capped", {
              shown: words.number(this.#shown[0]),
              total: words.number(this.#shown[1]),
            }),
          )
        : null,
    );
    const download = el("button.main", { type: "button" }, words.say("checker.download"));
    download.addEventListener("click", () => void this.#download(download));
    const down = el("a", { href: "#checker-rows" }, words.say("checker.show_rows"));
    return [
      el("p", {}, words.say("checker.judged", { count: words.number(total) })),
      el("dl.counts", {}, kinds),
      this.#crossed(),
      notes,
      faults.length
        ? el("details", {}, el("summary", {}, words.say("checker.faults")), el("ul.faults", {}, faults))
        : null,
      el("div.actions", {}, download, down),
    ];
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

  #drawRows(): void {
    const { words } = this;
    const judged = this.#judged;
    const opened = this.#opened;
    if (!judged || !opened) return this.rows.replaceChildren();
    const heads = opened.headers.slice(0, MOST_SHOWN);
    const width = opened.headers.length;
    const zones = new Map(this.atlas().data.zones.map((zone) => [zone.id, words.name(zone.name)]));
    const said = (cells: readonly string[]): string[] => {
      const [verdict = "", zone = "", phase = "", share = "", day = "", reasons = ""] = cells;
      return [
        words.say(`verdict.${verdict}`),
        zones.get(zone) ?? "–",
        phase ? words.say(`phase.${phase}`) : "–",
        share ? words.say("units.share", { share: words.number(Math.round(Number(share) * 100)) }) : "–",
        day ? words.day(day) : "–",
        words.list(reasons.split(";").filter(Boolean).map((code) => words.say(`reason.${code}`))),
      ];
    };
    const fetch = async (start: number, stop: number): Promise<string[][]> => {
      const rows = Array.from({ length: stop - start }, (_, k) => start + k);
      const [, answer] = this.client.ask<"rows">({ type: "rows", rows, names: ANSWERS });
      const reply = await answer;
      if (reply.type === "fault") return [];
      return reply.rows.map((cells) => [...said(cells.slice(width)), ...cells.slice(0, heads.length)]);
    };
    const fields = ["verdict", "zone", "phase", "share", "date", "reasons"];
    const caption = words.say("checker.rows_heading", { name: this.#name });
    const table = new Rows(
      {
        length: judged.drawn.verdict.length,
        heads: [words.say("checker.row"), ...fields.map((field) => words.say(`field.${field}`)), ...heads],
        fetch,
      },
      caption,
      words,
    );
    this.rows.replaceChildren(
      el("section.checker-rows", { id: "checker-rows", tabindex: -1 }, el("h2", {}, isolated(caption)), table.element),
    );
  }

  async #download(button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    const [, answer] = this.client.ask<"export">({ type: "export", names: COLUMNS });
    const reply = await answer;
    button.disabled = false;
    if (reply.type === "fault") return this.#refuse(reply);
    save(reply.text, `${this.#name.replace(/\.[^.]*$/, "")}-verdicts.csv`);
  }
}
