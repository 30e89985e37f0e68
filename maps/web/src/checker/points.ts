/** The incidents of a file that was dropped on the page: the session keeps it, and is asked. */

import type { Atlas } from "../atlas";
import { type Content, el } from "../dom";
import type { ColumnName } from "../engine/fields";
import { COLUMNS, PHASES, VERDICTS } from "../generated/codes";
import { bit } from "../engine/incidents";
import { type PointFrame, Points } from "../points/points";
import type { Details, PointSource } from "../points/source";
import type { Bounds } from "../rings";
import type { Client } from "../session/client";
import type { PointColumns } from "../session/messages";
import type { Words } from "../words";

const MOST_COLUMNS = 40; // of the file beside the verdicts in the table
const MOST_DETAILS = 16; // of one incident on the map
const ANSWERS = ["verdict", "zone", "phase", "share_best", "first_day", "reasons"] as const;
const FIELDS = ["verdict", "zone", "phase", "share", "date", "reasons"] as const;
const SCALE = 100_000; // steps of a degree: about a metre, as in maps/page/points.py
const NO_PLACE = bit("placeholder-location");

export class FilePoints implements PointSource {
  readonly rows: number;
  readonly zones: readonly string[];
  readonly phases = PHASES;
  readonly verdicts = VERDICTS;
  readonly columns: readonly string[] = [];
  readonly ofFile = true;
  readonly fileName: string;
  readonly #shown: readonly string[];

  constructor(
    private readonly client: Client,
    private readonly host: { readonly words: Words; readonly atlas: Atlas },
    private readonly name: string,
    private readonly headers: readonly string[],
    private readonly points: PointColumns,
  ) {
    this.rows = points.verdict.length;
    this.zones = host.atlas.data.zones.map(({ id }) => id);
    this.fileName = `${name.replace(/\.[^.]*$/, "")}-verdicts.csv`;
    this.#shown = headers.slice(0, MOST_COLUMNS);
  }

  get days(): PointColumns {
    return this.points;
  }

  heading(): string {
    return this.host.words.say("checker.rows_heading", { name: this.name });
  }

  read(edge: Bounds): Promise<Points> {
    const { points } = this;
    const frame: PointFrame = {
      rows: this.rows,
      scale: SCALE,
      zones: [...this.zones],
      phases: [...PHASES],
      verdicts: [...VERDICTS],
      report: NOTHING_LEFT_OUT,
    };
    // As in `maps/page/points.py`: a point is drawn where a place is known to be so near.
    const undrawn = (row: number): boolean =>
      (points.reasons[row]! & NO_PLACE) !== 0 || Number.isNaN(points.radius[row]!);
    return Points.of(frame, points, undrawn, edge);
  }

  about(unplaced: number): Content[] {
    if (!unplaced) return [];
    const count = this.host.words.number(unplaced);
    return [el("p", {}, this.host.words.say("crowd.unplaced", { count }))];
  }

  heads(): string[] {
    return [...FIELDS.map((field) => this.host.words.say(`field.${field}`)), ...this.#shown];
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

  async details(row: number): Promise<Details> {
    const [cells = []] = await this.#ask(Int32Array.of(row), ["sentence"]);
    const columns = this.headers
      .map((name, column) => [name, cells[column] ?? ""] as const)
      .filter(([, text]) => text.trim())
      .slice(0, MOST_DETAILS);
    const number = [this.host.words.say("checker.row"), this.host.words.number(row + 1)] as const;
    return { sentence: cells[this.headers.length] ?? "", columns: [number, ...columns] };
  }

  async file(rows: Int32Array, format: "csv" | "xlsx"): Promise<Blob | null> {
    const asked = { type: "export", format, names: COLUMNS, rows } as const;
    const [, answer] = this.client.ask<"export">(asked);
    const reply = await answer;
    return reply.type === "fault" ? null : reply.file;
  }

  /** Ask for rows; nothing where the worker has another file by now. */
  async #ask(
    rows: Int32Array,
    names: readonly ColumnName[],
  ): Promise<readonly (readonly string[])[]> {
    const language = this.host.words.lang;
    const [, answer] = this.client.ask<"rows">({ type: "rows", rows: [...rows], names, language });
    const reply = await answer;
    return reply.type === "fault" ? [] : reply.rows;
  }

  /** What was answered, in the language that the page has now. */
  #said(cells: readonly string[]): string[] {
    const { atlas, words } = this.host;
    const [verdict = "", zone = "", phase = "", share = "", day = "", reasons = ""] = cells;
    const named = atlas.zone(zone);
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
const NOTHING_LEFT_OUT: PointFrame["report"] = {
  rows: 0,
  id: false,
  cell_km: null,
  delayed: null,
  withheld: null,
  elsewhere: 0,
  columns_left_out: 0,
};
