/** The incidents that stand in a page: `maps/page/points.py` chose what of them is published. */

import type { Atlas } from "../atlas";
import { el, isolated, type Content } from "../dom";
import type { Bounds } from "../rings";
import type { Points as PublishedData } from "../generated/payload";
import type { Words } from "../words";
import { csv, heads, type Head } from "./csv";
import { type Own, Points } from "./points";
import { type Details, MOST_LETTERS, type PointSource } from "./source";

const FIELDS: Record<Own, string> = {
  verdict: "field.verdict",
  zone: "field.zone",
  phase: "field.phase",
  first_day: "field.first_day",
  last_day: "field.last_day",
  latitude: "field.latitude",
  longitude: "field.longitude",
  radius_m: "field.radius",
  cell_km: "crowd.cell",
};

export class PublishedPoints implements PointSource {
  readonly rows: number;
  readonly zones: readonly string[];
  readonly phases: readonly string[];
  readonly verdicts: readonly string[];
  readonly columns: readonly string[];
  readonly ofFile = false;
  readonly fileName = "incidents.csv";
  #points: Points | null = null;
  #heads: Head[] = [];

  constructor(
    private readonly data: PublishedData,
    private readonly words: Words,
    private readonly atlas: Atlas,
  ) {
    this.rows = data.rows;
    this.zones = data.zones;
    this.phases = data.phases;
    this.verdicts = data.verdicts;
    this.columns = data.columns.map(({ name }) => name);
  }

  heading(): string {
    return this.words.say("page.table_incidents");
  }

  async read(edge: Bounds): Promise<Points> {
    const points = await Points.read(this.data, edge);
    [this.#points, this.#heads] = [points, heads(points, this.data.names)];
    return points;
  }

  about(unplaced: number, outlined: number): Content[] {
    const { words } = this;
    const { report, columns } = this.data;
    const size = report.cell_km === null ? "" : words.length(report.cell_km * 1000);
    const count = (n: number): string => words.number(n);
    const names: Content[] = [
      words.say("field.verdict"),
      words.say("field.zone"),
      words.say("field.phase"),
      words.say("field.date"),
      report.cell_km === null
        ? `${words.say("crowd.position")} (${words.say("field.radius")})`
        : `${words.say("crowd.cell")} (${size})`,
      ...columns.map(({ name }) => isolated(name)),
    ];
    const [before, after] = words.around("crowd.published", "columns");
    const list = names.flatMap((name, i) => (i ? [" · ", name] : [name]));
    const lines: Content[][] = [[before, list, after]];
    if (report.columns_left_out) {
      lines.push([words.say("crowd.left_out", { count: count(report.columns_left_out) })]);
    }
    if (report.cell_km !== null) lines.push([words.say("crowd.coarsened", { size })]);
    if (report.withheld) {
      const values = { least: count(report.withheld.least), count: count(report.withheld.count) };
      lines.push([words.say("crowd.withheld", values)]);
    }
    if (report.delayed) {
      const values = { day: words.day(report.delayed.until), count: count(report.delayed.count) };
      lines.push([words.say("crowd.delayed", values)]);
    }
    if (report.elsewhere) lines.push([words.say("crowd.elsewhere", { count: count(report.elsewhere) })]);
    if (unplaced) lines.push([words.say("crowd.unplaced", { count: count(unplaced) })]);
    if (outlined) lines.push([words.say("crowd.outlined", { count: count(outlined) })]);
    lines.push([words.say("crowd.formulas")]);
    return [
      el("h3", {}, words.say("crowd.about")),
      el("ul", {}, lines.map((line) => el("li", {}, line))),
    ];
  }

  heads(): string[] {
    return this.#heads.map(({ own, name }) => (own ? this.words.say(FIELDS[own]) : name));
  }

  cells(rows: Int32Array): Promise<string[][]> {
    const found: string[][] = [];
    for (const row of rows) found.push(this.#heads.map((column) => this.#cell(column, row)));
    return Promise.resolve(found);
  }

  /** Rows are called by where they stand in what is shown: they have no other order. */
  number(_row: number, line: number): number {
    return line + 1;
  }

  details(row: number): Promise<Details> {
    let sentence = "";
    const columns: [string, string][] = [];
    for (const { name, texts } of this.#points?.columns ?? []) {
      const text = texts.get(row);
      if (name === "sentence") sentence = text.slice(0, 4 * MOST_LETTERS);
      else if (text) columns.push([name, text]);
    }
    return Promise.resolve({ sentence, columns });
  }

  async file(rows: Int32Array, format: "csv" | "xlsx"): Promise<Blob | null> {
    return this.#points && format === "csv" ? csv(this.#heads, rows) : null;
  }

  #zone(id: string): string {
    const zone = this.atlas.zone(id);
    return zone ? this.words.name(zone.name) : id;
  }

  /** A cell as the page's language says it. */
  #cell(column: Head, row: number): string {
    const { words } = this;
    const text = column.get(row);
    if (!text) return "";
    switch (column.own) {
      case null:
        return text.slice(0, MOST_LETTERS);
      case "verdict":
      case "phase":
        return words.say(`${column.own}.${text}`);
      case "zone":
        return this.#zone(text);
      case "radius_m":
        return words.length(Number(text));
      case "cell_km":
        return words.length(Number(text) * 1000);
      case "first_day":
      case "last_day":
        return words.day(text);
      default:
        return text;
    }
  }
}
