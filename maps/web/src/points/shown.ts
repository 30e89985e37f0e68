/** Many incidents of one source: on the map, in the legend, in the table, as a download. */

import type { Context } from "../context";
import { el, isolated } from "../dom";
import { save } from "../save";
import type { State } from "../state";
import { Cells } from "./cells";
import { EVERYTHING, type Filter, readFilter, Selector, SHOWN, writeFilter } from "./filter";
import { FilterForm } from "./form";
import { Grid } from "./grid";
import { PointLayer, RAMP } from "./layer";
import { Pointer } from "./pointer";
import type { Points } from "./points";
import { PointPopup } from "./popup";
import type { PointSource } from "./source";
import { Rows } from "./table";

const REST_MS = 120;

/** What there is once the points have been read. */
interface Drawn {
  readonly points: Points;
  readonly selector: Selector;
  readonly layer: PointLayer;
  readonly popup: PointPopup;
  readonly pointer: Pointer;
}

export class ShownPoints {
  readonly #container: HTMLElement;
  #drawn: Drawn | null = null;
  #state: State | null = null;
  #filter: Filter = EVERYTHING;
  /** What was asked when rows were last selected, and when they were last marked; nothing before. */
  #selected = "";
  #marked = "";
  #turn = 0;
  #resting: ReturnType<typeof setTimeout> | undefined;
  // What lies in the panels, in the language that the page has now.
  #count = el("p.points-count", { role: "status" });
  #density = el("div.points-density", { hidden: true });
  #form: FilterForm | null = null;
  #table = el("div.points-rows", {});
  /** Ends with these incidents' time on the map. */
  readonly #stay = new AbortController();

  constructor(
    private readonly context: Context,
    private readonly source: PointSource,
  ) {
    this.#container = context.map.getContainer();
    this.#container.dataset["points"] = "reading";
    void this.#read();
  }

  get any(): boolean {
    return this.source.rows > 0;
  }

  /** Whether they are of a file of the page's user. */
  get ofFile(): boolean {
    return this.source.ofFile;
  }

  /** Take these incidents off the map, for good. */
  remove(): void {
    this.#stay.abort();
    clearTimeout(this.#resting);
    this.#form?.remove();
    this.#drawn?.layer.remove();
    delete this.#container.dataset["points"];
  }

  /** Whether an incident lies where a click was. */
  meets(event: MouseEvent): boolean {
    return (this.#drawn?.pointer.rows(event).length ?? 0) > 0;
  }

  /** What lies in the legend: how many are shown, what the density means, the filter. */
  key(): HTMLElement {
    const { words } = this.context;
    const open = this.#form?.element.closest("details")?.open ?? false;
    const { hidden } = this.#density;
    this.#count = el("p.points-count", { role: "status" });
    this.#density = el(
      "div.points-density",
      { hidden },
      el("span", {}, words.say("crowd.density")),
      el("ol", {}, RAMP.map(([least, share], i) => this.#swatch(least, share, i === RAMP.length - 1))),
    );
    this.#form = new FilterForm(
      this.context,
      this.source,
      () => this.#filter,
      (part) => this.context.show({ filter: writeFilter({ ...this.#filter, ...part }) }),
    );
    this.#sayCount();
    const heading = el("summary", { "data-keep": "points-filter" }, words.say("crowd.filter"));
    const filter = el("details.choices", { open }, heading, this.#form.element);
    return el("div.points-key", {}, this.#count, this.#density, filter);
  }

  #swatch(least: number, share: number, last: boolean): HTMLElement {
    const mark = el("i", {});
    mark.style.opacity = String(share);
    return el("li", {}, mark, el("span", {}, this.context.words.number(least) + (last ? "+" : "")));
  }

  /** What lies below the map: what is published, the table, the download. */
  section(): HTMLElement {
    const { words } = this.context;
    this.#table = el("div.points-rows", {});
    const download = el("button.points-download", { type: "button" }, words.say("crowd.download"));
    download.addEventListener("click", () => void this.download(download));
    const section = el(
      "section.points-below",
      { id: "incidents", tabindex: -1, "aria-label": words.say("page.incidents") },
      el("h2", {}, isolated(this.source.heading())),
      this.#about(),
      el("p", {}, download),
      el("p.on-paper", {}, words.say("crowd.not_printed")),
      this.#table,
    );
    this.#drawTable();
    return section;
  }

  /** Show what the state asks for. */
  draw(state: State): void {
    this.#state = state;
    const filter = readFilter(state.filter);
    const same = writeFilter(filter) === writeFilter(this.#filter);
    this.#filter = filter;
    if (!same) this.#form?.fill();
    void this.#select();
  }

  /** Hand out the rows that are shown. */
  async download(button: HTMLButtonElement, format: "csv" | "xlsx" = "csv"): Promise<void> {
    if (!this.#drawn) return;
    const { rows, count } = this.#drawn.selector.selection;
    button.disabled = true;
    const file = await this.source.file(rows.slice(0, count), format);
    button.disabled = false;
    if (file) save(file, this.source.fileName.replace(/csv$/, format));
  }

  // -- from the source to what is shown ---------------------------------------------------------

  async #read(): Promise<void> {
    const { context, source } = this;
    const { signal } = this.#stay;
    const points = await source.read(context.room.edge);
    const selector = new Selector(points);
    const { selection } = selector;
    const grid = await Grid.of(points, selection);
    const cells = points.report.cell_km === null ? null : await Cells.of(points, grid);
    if (signal.aborted) return; // others took their place meanwhile
    const layer = new PointLayer(context.map, points, grid, cells, selection, (look) => {
      this.#density.hidden = look === "marks";
    });
    const seen = (row: number): void => {
      const day = points.days(row)?.first;
      const [from, until] = context.atlas.years();
      if (selection.mask[row] === SHOWN || !day || day < from || day > until) return;
      context.show({ date: day });
    };
    const popup = new PointPopup(context, source, points, layer, seen, signal);
    const pointer = new Pointer(context, points, layer, popup, signal);
    this.#drawn = { points, selector, layer, popup, pointer };
    await this.#select();
    if (signal.aborted) return;
    layer.addTo(context.map);
    this.#container.dataset["points"] = "drawn";
  }

  async #select(): Promise<void> {
    const state = this.#state;
    if (!this.#drawn || !state) return;
    const key = `?${state.filter}`;
    const days = JSON.stringify([key, state.window, state.window ? state.date : ""]);
    if (days === this.#marked) return this.#sayCount();
    const turn = ++this.#turn;
    const { selector, layer, popup } = this.#drawn;
    const filter = this.#filter;
    if (selector.waits(filter)) {
      await selector.prepare(filter);
      if (turn !== this.#turn || this.#stay.signal.aborted) return; // something else meanwhile
    }
    const others = key !== this.#selected;
    if (others) selector.select(filter);
    selector.mark(state);
    [this.#selected, this.#marked] = [key, days];
    if (popup.chosen >= 0 && !selector.selection.mask[popup.chosen]) popup.leave();
    layer.draw(popup.chosen);
    this.#sayCount();
    if (!others) return; // the table has the incidents of all days
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#drawTable(), REST_MS);
  }

  #sayCount(): void {
    const { words } = this.context;
    if (!this.#drawn || !this.#selected) {
      this.#count.replaceChildren(words.say("crowd.working"));
      return;
    }
    const { count, near } = this.#drawn.selector.selection;
    const shown = words.number(count);
    const said = words.say("crowd.shown", { shown, all: words.number(this.source.rows) });
    const these = this.#state?.window ? words.say("crowd.near", { count: words.number(near) }) : "";
    this.#count.replaceChildren(
      `${words.say("page.incidents")}: ${said} `,
      these ? el("span.whole", {}, `(${these}) `) : "",
      el("a", { href: "#incidents" }, words.say("page.table")),
    );
  }

  #about(): HTMLElement {
    const { unplaced, outlined } = this.#drawn?.points ?? { unplaced: 0, outlined: 0 };
    return el("div.points-about", {}, this.source.about(unplaced - outlined, outlined));
  }

  #drawTable(): void {
    if (!this.#drawn || !this.#selected) return;
    const { words } = this.context;
    const { source } = this;
    const { points, popup, selector } = this.#drawn;
    const about = this.#table.parentElement?.querySelector(".points-about");
    about?.replaceWith(this.#about()); // how many have no place is known by now
    const { count } = selector.selection;
    if (!count) {
      this.#table.replaceChildren(el("p", {}, words.say("crowd.no_match")));
      return;
    }
    const rows = selector.selection.rows.slice(0, count);
    const table = new Rows(
      {
        length: count,
        heads: [words.say("checker.row"), ...source.heads()],
        number: (index) => source.number(rows[index]!, index),
        fetch: (start, stop) => source.cells(rows.subarray(start, stop)),
        act: {
          word: (number) => words.say("crowd.show_row", { number: words.number(number) }),
          call: (index) => popup.goTo(rows[index]!),
          can: (index) => points.placed(rows[index]!) || points.outline(rows[index]!) !== null,
        },
      },
      source.heading(),
      words,
    );
    this.#table.replaceChildren(table.element);
  }
}
