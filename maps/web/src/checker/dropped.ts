/** The incidents of a file that was dropped on the page: the worker keeps it, and is asked. */

import type { Atlas } from "../atlas";
import { Incidents, type Frame } from "../points/points";
import type { Source, Told } from "../points/source";
import { el, type Content } from "../dom";
import { COLUMNS, PHASES, VERDICTS } from "../generated/codes";
import type { ColumnName } from "../engine/fields";
import { bit } from "../engine/incidents";
import type { Bounds } from "../rings";
import type { Words } from "../words";
import type { Client } from "../session/client";
import type { PointColumns } from "../session/messages";

const MOST_SHOWN = 40; // columns of the file beside the verdicts in the table
const MOST_TOLD = 16; // of one incident on the map
const ANSWERS = ["verdict", "zone", "phase", "share_best", "first_day", "reasons"] as const;
const FIELDS = ["verdict", "zone", "phase", "share", "date", "reasons"] as const;
const SCALE = 100_000; // steps of a degree: about a metre, as in maps/page/points.py
const NO_PLACE = bit("placeholder-location");

export class Dropped implements Source {
  readonly rows: number;
  readonly zones: readonly string[];
  readonly phases = PHASES;
  readonly verdicts = VERDICTS;
  readonly columns: readonly string[] = [];
  readonly file: string;
  readonly #shown: readonly string[];

  constructor(
    private readonly client: Client,
    private readonly words: Words,
    private readonly atlas: () => Atlas,
    private readonly name: string,
    private readonly headers: readonly string[],
    private readonly drawn: PointColumns,
  ) {
    this.rows = drawn.verdict.length;
    this.zones = atlas().data.zones.map(({ id }) => id);
    this.file = `${name.replace(/\.[^.]*$/, "")}-verdicts.csv`;
    this.#shown = headers.slice(0, MOST_SHOWN);
  }

  heading(): string {
    return this.words.say("checker.rows_heading", { name: this.name });
  }

  read(edge: Bounds): Promise<Incidents> {
    const { drawn } = this;
    const frame: Frame = {
      rows: this.rows,
      scale: SCALE,
      zones: [...this.zones],
      phases: [...PHASES],
      verdicts: [...VERDICTS],
      report: NOTHING_LEFT_OUT,
    };
    // As `maps/page/points.py` has it: a point is drawn where it stands for a place known to be so near.
    const undrawn = (row: number): boolean =>
      (drawn.reasons[row]! & NO_PLACE) !== 0 || Number.isNaN(drawn.radius[row]!);
    return Incidents.of(frame, drawn, undrawn, edge);
  }

  about(unplaced: number): Content[] {
    if (!unplaced) return [];
    const count = this.words.number(unplaced);
    return [el("p", {}, this.words.say("crowd.unplaced", { count }))];
  }

  heads(): string[] {
    return [...FIELDS.map((field) => this.words.say(`field.${field}`)), ...this.#shown];
  }

  async cells(rows: Int32Array): Promise<string[][]> {
    const found = await this.#ask(rows, ANSWERS);
    const width = this.headers.length;
    return found.map((cells) => [
      ...this.#said(cells.slice(width)),
      ...cells.slice(0, this.#shown.length),
    ]);
  }

  number(row: number): number {
    return row + 1;
  }

  async told(row: number): Promise<Told> {
    const [cells = []] = await this.#ask(Int32Array.of(row), ["sentence"]);
    const columns = this.headers
      .map((name, column) => [name, cells[column] ?? ""] as const)
      .filter(([, text]) => text.trim())
      .slice(0, MOST_TOLD);
    const number = [this.words.say("checker.row"), this.words.number(row + 1)] as const;
    return { sentence: cells[this.headers.length] ?? "", columns: [number, ...columns] };
  }

  async csv(rows: Int32Array): Promise<Blob | null> {
    const [, answer] = this.client.ask<"export">({ type: "export", names: COLUMNS, rows });
    const reply = await answer;
    return reply.type === "fault" ? null : reply.text;
  }

  /** Ask for rows; nothing where the worker has another file by now. */
  async #ask(
    rows: Int32Array,
    names: readonly ColumnName[],
  ): Promise<readonly (readonly string[])[]> {
    const language = this.words.lang;
    const [, answer] = this.client.ask<"rows">({ type: "rows", rows: [...rows], names, language });
    const reply = await answer;
    return reply.type === "fault" ? [] : reply.rows;
  }

  /** What was answered, in the language that the page has now. */
  #said(cells: readonly string[]): string[] {
    const { words } = this;
    const [verdict = "", zone = "", phase = "", share = "", day = "", reasons = ""] = cells;
    const named = this.atlas().zone(zone);
    return [
      words.say(`verdict.${verdict}`),
      named ? words.name(named.name) : "–",
      phase ? words.say(`phase.${phase}`) : "–",
      share ? words.share(Number(share)) : "–",
      day ? words.day(day) : "–",
      words.list(reasons.split(";").filter(Boolean).map((code) => words.say(`reason.${code}`))),
    ];
  }
}

/** Nothing of a file is blurred or kept back: it never leaves the page. */
const NOTHING_LEFT_OUT: Frame["report"] = {
  rows: 0,
  id: false,
  cell_km: null,
  delayed: null,
  withheld: null,
  elsewhere: 0,
  columns_left_out: 0,
};
