/** A file of incidents in the checker: opened, its columns settled, its verdicts computed and shown. */

import type { Atlas } from "../atlas";
import { el, isolated, type Content } from "../dom";
import type { ReadingOptions } from "../engine/columns/plan";
import { namesDate, namesPlace, type Roles } from "../engine/columns/roles";
import type { ShownPoints } from "../points/shown";
import type { PointSource } from "../points/source";
import { ENCODINGS } from "../engine/formats/encodings";
import type { GivenFile } from "../engine/formats/opening";
import { breathe } from "../engine/unpack";
import { save } from "../save";
import type { Client } from "../session/client";
import type { ComputedReply, FaultReply, OpenedReply, PointColumns } from "../session/messages";
import type { Words } from "../words";
import { columnChoice, dateChoice } from "./columns";
import { FilePoints } from "./points";
import { formatOf, kindOf } from "./kind";
import { countNodes, crossNodes, noteNodes, type Tally, tallyOf } from "./summary";

const HEAD = 4_096; // bytes of a file that tell its format
const HEADING = 48; // pixels of the panel's heading, which on a phone stays above the report

/** What was stated of a file. */
type Stated = Pick<GivenFile, "encoding" | "sheet" | "headerRow">;

/** What a file asks of the page. */
export interface FileHost {
  readonly words: Words;
  readonly atlas: Atlas;
  /** Put incidents on the map in place of the page's own; null brings those back. */
  incidents(source: PointSource | null): ShownPoints | null;
  /** Show where incidents lie. */
  fit(points: PointColumns): void;
}

/** Verdicts on a file, how many there are by zone, and the incidents on the map. */
interface Found {
  readonly computed: ComputedReply;
  readonly tallies: readonly Tally[];
  readonly shown: ShownPoints | null;
}

export class FileReport {
  readonly element = el("div.file", { "aria-live": "polite" });
  #file: File | null = null;
  #stated: Stated = {};
  #opened: OpenedReply | null = null;
  #roles: Roles = {};
  /** What days mean that can be read in several ways. */
  #dates: ReadingOptions = {};
  #found: Found | null = null;
  /** What is wrong with the file, in the language that the page then has. */
  #message: (() => string) | null = null;
  /** Whether its text is in an encoding that has to be chosen. */
  #undecoded = false;
  /** The row that seems to be its header; 0 where it seems to have none, null where nothing is known. */
  #headerRow: number | null = null;
  #running = 0;
  #turn = 0;

  constructor(
    private readonly client: Client,
    private readonly host: FileHost,
  ) {}

  /** Read a file, and check its incidents as soon as its columns are known. */
  async open(file: File, stated: Stated = {}): Promise<void> {
    const turn = ++this.#turn;
    const { words } = this.host;
    this.#stop();
    this.#clear();
    [this.#file, this.#stated] = [file, stated];
    this.element.replaceChildren(
      el("p.secondary", {}, words.say("checker.reading", { name: file.name })),
    );
    // Here, not in the worker: WebKit lets no worker of a page from a disk read a file.
    const content = await file.arrayBuffer().catch(() => null);
    if (turn !== this.#turn) return; // another file came meanwhile
    if (!content) {
      return this.#complain(() => words.say("checker.error_unreadable", { name: file.name }));
    }
    const start = new Uint8Array(content.slice(0, HEAD));
    if (!start.length) return this.#complain(() => words.say("checker.error_blank"));
    const kind = kindOf(file.name, start);
    if (kind) {
      return this.#complain(() => {
        if (typeof kind === "string") {
          return words.say("checker.error_kind", { kind: words.say(`checker.kind_${kind}`) });
        }
        return words.say("checker.error_format", { format: `\u2068${kind.format}\u2069` });
      });
    }
    const asked = { type: "open", content, format: formatOf(start), name: file.name, ...stated } as const;
    const [, answer] = this.client.ask<"opened">(asked, undefined, [content]);
    const reply = await answer;
    if (turn !== this.#turn) return; // another file came meanwhile
    if (reply.type === "fault") {
      this.#undecoded = reply.what === "encoding";
      this.#headerRow = reply.headerRow ?? null;
      return this.#refuse(reply);
    }
    const unchosen = reply.sheet === null && reply.sheets.length > 1;
    if (!unchosen && !reply.length && !reply.headers.some((header) => header.trim())) {
      return this.#complain(() => words.say("checker.error_blank"));
    }
    [this.#opened, this.#roles, this.#dates] = [reply, reply.roles, {}];
    await this.#compute();
  }

  /** Put the file away. */
  close(): void {
    this.#turn++;
    this.#stop();
    this.#clear();
    this.element.replaceChildren();
  }

  #stop(): void {
    if (this.#running) this.client.stop(this.#running);
  }

  #clear(): void {
    [this.#opened, this.#message, this.#undecoded, this.#headerRow] = [null, null, false, null];
    this.#leave();
  }

  #leave(): void {
    if (this.#found?.shown) this.host.incidents(null);
    this.#found = null;
  }

  /** Draw anew, in the language that the page has now. */
  draw(): void {
    const { words } = this.host;
    if (this.#message !== null) {
      const error = el("p.error", { role: "alert" }, this.#message());
      const encoding = this.#undecoded ? [this.#head(), this.#encodings()] : [];
      this.element.replaceChildren(error, ...encoding, ...this.#header());
      return;
    }
    const opened = this.#opened;
    if (!opened) return;
    const choose = (roles: Roles): void => {
      this.#roles = roles;
      void this.#compute();
    };
    const columns = columnChoice(opened, this.#roles, opened.located, words, choose);
    if (opened.sheet === null) columns.append(this.#encodings());
    columns.append(
      ...dateChoice(this.#dates, words, (dates) => {
        this.#dates = dates;
        void this.#compute();
      }),
    );
    columns.open = !this.#settled || Boolean(this.#found?.computed.faults.some(({ what }) => what === "date"));
    if (opened.sheet === null && opened.sheets.length > 1) {
      const ask = el("p.error", { role: "alert" }, words.say("checker.sheet_needed"));
      return this.element.replaceChildren(this.#head(), ask, this.#sheets(opened)!);
    }
    const needed = el("p.error", { role: "alert" }, words.say("checker.columns_needed"));
    const found = this.#found ? this.#report(opened, this.#found) : [];
    const { governorate } = this.#roles;
    const isHeadless = opened.headed && this.#stated.headerRow === undefined && !Object.keys(this.#roles).length;
    const area = governorate && !namesPlace(this.#roles) ? [isolated(governorate), `: ${words.say("checker.error_area")}`] : null;
    const unknown = [needed, area ? el("p", {}, area) : null, ...(isHeadless ? this.#header(0) : [])];
    const nodes = [this.#head(), this.#sheets(opened), ...(this.#settled ? found : unknown), columns];
    this.element.replaceChildren(...(nodes.filter(Boolean) as Node[]));
  }

  /** Whether the columns say where and when. */
  get #settled(): boolean {
    const located = this.#opened?.located ?? false;
    return (located || namesPlace(this.#roles)) && namesDate(this.#roles);
  }

  async #compute(): Promise<void> {
    const turn = ++this.#turn;
    const { words } = this.host;
    if (!this.#opened) return;
    this.#leave();
    if (!this.#settled) return this.draw();
    const bar = el("progress", { max: 1, "aria-label": words.say("checker.checking") });
    const text = el("p.secondary", {}, words.say("checker.checking"));
    const stop = el("button.link", { type: "button" }, words.say("checker.stop"));
    const [id, answer] = this.client.ask<"computed">(
      { type: "compute", columns: this.#roles, options: this.#dates },
      ({ done, total }) => {
        [bar.max, bar.value] = [total || 1, done];
        const values = { done: words.number(done), total: words.number(total) };
        text.replaceChildren(words.say("checker.progress", values));
      },
    );
    this.#running = id;
    stop.addEventListener("click", () => this.client.stop(id));
    this.element.replaceChildren(this.#head(), bar, text, stop);
    const reply = await answer;
    if (turn !== this.#turn) return; // another file came meanwhile, or other columns
    this.#running = 0;
    if (reply.type === "fault") return this.#refuse(reply);
    await this.#show(reply, turn);
  }

  /** Put computed incidents on the map, and say what was found. */
  async #show(computed: ComputedReply, turn: number): Promise<void> {
    const { client, host } = this;
    const { points } = computed;
    await breathe();
    host.fit(points);
    await breathe();
    const tallies = await tallyOf(points, host.atlas.data.zones.length);
    if (turn !== this.#turn || !this.#opened) return;
    const { headers } = this.#opened;
    const source = new FilePoints(client, host, this.#file?.name ?? "", headers, points);
    this.#found = { computed, tallies, shown: host.incidents(source) };
    this.draw();
    // Where the panel is low, what was found would lie below its edge.
    const above = matchMedia("(max-width: 1000px)").matches ? HEADING : 4;
    this.element.closest(".panel")?.scrollTo({ top: this.element.offsetTop - above });
  }

  #refuse(fault: FaultReply): void {
    const { words } = this.host;
    const word = fault.headerRow === undefined ? "error_file" : "columns_needed";
    this.#complain(() => (words.lang === "en" ? fault.message : words.say(`checker.${word}`)));
  }

  #complain(message: () => string): void {
    this.#message = message;
    this.draw();
  }

  #report(opened: OpenedReply, { computed, tallies, shown }: Found): Content[] {
    const { words } = this.host;
    return [
      ...countNodes(computed, words),
      ...(shown ? this.#actions(shown) : []),
      ...noteNodes(computed, opened, words, () => void this.#saveFaults()),
      crossNodes(tallies, words, this.host.atlas),
    ];
  }

  /** What lies on the map, and can be filtered and handed out. */
  #actions(shown: ShownPoints): Content[] {
    const { words } = this.host;
    const download = el("button.main", { type: "button" }, words.say("crowd.download"));
    download.addEventListener("click", () => void shown.download(download));
    const workbook = el("button.link", { type: "button" }, words.say("checker.download_xlsx"));
    workbook.addEventListener("click", () => void shown.download(workbook, "xlsx"));
    return [shown.key(), download, el("p", {}, workbook)];
  }

  /** Which sheet of several was read; another can be chosen. */
  #sheets({ sheet, sheets }: OpenedReply): HTMLElement | null {
    if (sheets.length < 2) return null;
    const named = sheets.map((name) => [name, name] as const);
    const options = sheet === null ? [["", "–"] as const, ...named] : named;
    return this.#choice("sheet", options, sheet ?? "", (name) => ({ sheet: name }));
  }

  /** In which encoding the text of the file is. */
  #encodings(): HTMLElement {
    const named = ENCODINGS.map((name) => [name, name] as const);
    const options = [["", "UTF-8"] as const, ...named];
    return this.#choice("encoding", options, this.#stated.encoding ?? "", (name) =>
      name ? { encoding: name } : {},
    );
  }

  /** An offer to read the file below the row that seems to be its header, or as one that has none. */
  #header(row = this.#headerRow): HTMLElement[] {
    const [{ words }, file] = [this.host, this.#file];
    if (row === null || !file) return [];
    const said = row ? words.say("checker.take_header", { row: words.number(row) }) : words.say("checker.no_header");
    const take = el("button.link", { type: "button" }, said);
    take.addEventListener("click", () => void this.open(file, { ...this.#stated, headerRow: row }));
    return [el("p", {}, take)];
  }

  /** A choice after which the file is read anew. */
  #choice(
    key: "sheet" | "encoding",
    options: readonly (readonly [value: string, text: string])[],
    chosen: string,
    stated: (value: string) => Stated,
  ): HTMLElement {
    const marks = { "data-keep": `file-${key}`, name: `file-${key}` };
    const nodes = options.map(([value, text]) => el("option", { value }, text));
    const select = el("select", marks, nodes);
    select.value = chosen;
    select.addEventListener("change", () => {
      if (this.#file) void this.open(this.#file, stated(select.value));
    });
    return el("label.role", {}, el("span", {}, this.host.words.say(`checker.${key}`)), select);
  }

  /** Hand out all cells that cannot be read. */
  async #saveFaults(): Promise<void> {
    const [, answer] = this.client.ask<"export">({ type: "faults" });
    const reply = await answer;
    const name = (this.#file?.name ?? "").replace(/\.[^.]*$/, "");
    if (reply.type !== "fault") save(reply.file, `${name}-unreadable.csv`);
  }

  #head(): HTMLElement {
    const { words } = this.host;
    const close = el("button.link.file-close", { type: "button" }, words.say("checker.close_file"));
    close.addEventListener("click", () => this.close());
    return el("div.file-head", {}, el("h3", {}, isolated(this.#file?.name ?? "")), close);
  }
}
