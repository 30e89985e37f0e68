/** Many incidents of one file: on the map, in the legend, in the table, as a download. */

import L from "leaflet";

import type { Atlas } from "../atlas";
import { save } from "../checker/save";
import { el, isolated, sourceLink, type Content } from "../dom";
import type { State } from "../state";
import type { Words } from "../words";
import { Cells } from "./cells";
import { EVERYTHING, readFilter, Sieve, writeFilter, type Filter } from "./filter";
import { Grid } from "./grid";
import { CrowdLayer, RAMP } from "./layer";
import type { Incidents, Outline } from "./points";
import { MOST_LETTERS, type Source, type Told } from "./source";
import { Rows } from "./table";

/** What the incidents ask of the page that they lie on. */
export interface Host {
  readonly map: L.Map;
  readonly words: Words;
  readonly edge: [west: number, south: number, east: number, north: number];
  atlas(): Atlas;
  show(change: Partial<State>): void;
  /** Where a popup may lie: between the sheets. */
  room(): L.PopupOptions;
  /** Room that the sheets leave to the map. */
  free(): L.FitBoundsOptions;
}

const TYPING_MS = 250;
const REST_MS = 120;

export class Crowd {
  readonly #container: HTMLElement;
  readonly #discs = L.layerGroup();
  #incidents: Incidents | null = null;
  #layer: CrowdLayer | null = null;
  #sieve: Sieve | null = null;
  #state: State | null = null;
  #sifted = "";
  #turn = 0;
  #filter: Filter = EVERYTHING;
  #popup: L.Popup | null = null;
  #chosen = -1;
  #from: HTMLElement | null = null;
  #look = "marks";
  #typing: ReturnType<typeof setTimeout> | undefined;
  #resting: ReturnType<typeof setTimeout> | undefined;
  // Sheets of the language that the page has now.
  #count = el("p.crowd-count", { role: "status" });
  #ramp = el("div.crowd-ramp", {});
  #form = el("div.crowd-filter", {});
  #table = el("div.crowd-rows", {});
  #inputs: (() => void)[] = [];
  #open = false;
  /** Ends with these incidents' time on the map. */
  readonly #stay = new AbortController();

  constructor(
    private readonly host: Host,
    private readonly source: Source,
  ) {
    const { map } = host;
    this.#container = map.getContainer();
    this.#container.dataset["crowd"] = "reading";
    this.#discs.addTo(map);
    this.#listen();
    void this.#read();
  }

  get any(): boolean {
    return this.source.rows > 0;
  }

  /** Take these incidents off the map, for good. */
  remove(): void {
    this.#stay.abort();
    clearTimeout(this.#resting);
    clearTimeout(this.#typing);
    this.#leave();
    this.#layer?.remove();
    this.#discs.remove();
    this.#container.classList.remove("on-incident");
    delete this.#container.dataset["crowd"];
  }

  /** Whether an incident lies where a click was. */
  meets(event: MouseEvent): boolean {
    return this.#at(event).length > 0;
  }

  /** What lies in the legend: how many are shown, the ramp of the density, the filter. */
  key(): HTMLElement {
    const { words } = this.host;
    this.#open = this.#form.closest("details")?.open ?? this.#open;
    this.#count = el("p.crowd-count", { role: "status" });
    this.#ramp = el(
      "div.crowd-ramp",
      { hidden: this.#look === "marks" },
      el("span", {}, words.say("crowd.density")),
      el(
        "ol",
        {},
        RAMP.map(([least, share], i) => {
          const swatch = el("i", {});
          swatch.style.opacity = String(share);
          const more = i === RAMP.length - 1 ? "+" : "";
          return el("li", {}, swatch, el("span", {}, words.number(least) + more));
        }),
      ),
    );
    this.#form = this.#fields();
    this.#say();
    const filter = el(
      "details.choices",
      { open: this.#open },
      el("summary", { "data-keep": "crowd-filter" }, words.say("crowd.filter")),
      this.#form,
    );
    return el("div.crowd-key", {}, this.#count, this.#ramp, filter);
  }

  /** What lies below the map: what is published, the table, the download. */
  section(): HTMLElement {
    const { words } = this.host;
    this.#table = el("div.crowd-rows", {});
    const download = el("button.crowd-download", { type: "button" }, words.say("crowd.download"));
    download.addEventListener("click", () => void this.download(download));
    const section = el(
      "section.crowd-below",
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
    if (!same) for (const fill of this.#inputs) fill();
    void this.#sift();
  }

  // -- from the page's data to what is shown ----------------------------------------------------

  async #read(): Promise<void> {
    const incidents = await this.source.read(this.host.edge);
    const sieve = new Sieve(incidents);
    const grid = await Grid.of(incidents, sieve.shown);
    const cells = incidents.report.cell_km === null ? null : await Cells.of(incidents, grid);
    if (this.#stay.signal.aborted) return; // others took their place meanwhile
    [this.#incidents, this.#sieve] = [incidents, sieve];
    this.#layer = new CrowdLayer(this.host.map, incidents, grid, cells, sieve.shown, (look) => {
      this.#look = look;
      this.#ramp.hidden = look === "marks";
    });
    await this.#sift();
    if (this.#stay.signal.aborted) return;
    this.#layer.addTo(this.host.map);
    this.#container.dataset["crowd"] = "drawn";
  }

  async #sift(): Promise<void> {
    const [sieve, state] = [this.#sieve, this.#state];
    if (!sieve || !state) return;
    const key = JSON.stringify([state.filter, state.window, state.window ? state.date : ""]);
    if (key === this.#sifted) return this.#say();
    const turn = ++this.#turn;
    const filter = this.#filter;
    if (sieve.waits(filter)) {
      await sieve.prepare(filter);
      if (turn !== this.#turn || this.#stay.signal.aborted) return; // something else meanwhile
    }
    sieve.sift(filter, state);
    this.#sifted = key;
    if (this.#chosen >= 0 && !sieve.shown.mask[this.#chosen]) this.#leave();
    this.#layer?.draw(this.#chosen);
    this.#say();
    // Nobody reads the table while the day runs.
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#drawTable(), REST_MS);
  }

  #say(): void {
    const { words } = this.host;
    const shown = this.#sieve?.shown;
    if (!shown || !this.#sifted) {
      this.#count.replaceChildren(words.say("crowd.working"));
      return;
    }
    const all = words.number(this.source.rows);
    const said = words.say("crowd.shown", { shown: words.number(shown.count), all });
    this.#count.replaceChildren(
      `${words.say("page.incidents")}: ${said} `,
      el("a", { href: "#incidents" }, words.say("page.table")),
    );
  }

  // -- the filter -------------------------------------------------------------------------------

  #fields(): HTMLDivElement {
    const { words } = this.host;
    const any: [string, string] = ["", words.say("crowd.any")];
    this.#inputs = [];
    const change = (part: Partial<Filter>): void => {
      const filter = { ...this.#filter, ...part };
      this.host.show({ filter: writeFilter(filter) });
    };
    const verdicts = el(
      "fieldset.crowd-verdicts",
      {},
      el("legend", {}, words.say("field.verdict")),
      this.source.verdicts.map((verdict) => {
        const keep = `crowd-verdict-${verdict}`;
        const box = el("input", { type: "checkbox", name: keep, "data-keep": keep });
        box.addEventListener("change", () => {
          const now = this.#filter.verdict.length ? this.#filter.verdict : this.source.verdicts;
          const wanted = this.source.verdicts.filter((one) =>
            one === verdict ? box.checked : now.includes(one),
          );
          const all = wanted.length === this.source.verdicts.length;
          // None of them would show nothing at all: then the last one stays.
          change({ verdict: all ? [] : wanted.length ? wanted : [verdict] });
          fill();
        });
        const fill = (): void => {
          const wanted = this.#filter.verdict;
          box.checked = !wanted.length || wanted.includes(verdict);
        };
        this.#inputs.push(fill);
        return el("label", {}, box, words.say(`verdict.${verdict}`));
      }),
    );
    const choose = (key: "zone" | "phase", options: [string, string][]): HTMLElement => {
      const keep = `crowd-${key}`;
      const select = el(
        "select",
        { name: keep, "data-keep": keep },
        [any, ...options].map(([value, text]) => el("option", { value }, text)),
      );
      select.addEventListener("change", () => change({ [key]: select.value }));
      this.#inputs.push(() => {
        select.value = this.#filter[key];
      });
      return el("label.choice", {}, el("span", {}, words.say(`field.${key}`)), select);
    };
    const day = (key: "from" | "until"): HTMLElement => {
      const keep = `crowd-${key}`;
      const input = el("input", { type: "date", name: keep, "data-keep": keep });
      input.addEventListener("change", () => change({ [key]: input.value }));
      this.#inputs.push(() => {
        input.value = this.#filter[key];
      });
      return el("label.choice", {}, el("span", {}, words.say(`field.${key}`)), input);
    };
    const texts = this.source.columns.map((name) => {
      const keep = `crowd-column-${name}`;
      const input = el("input", { type: "search", dir: "auto", name: keep, "data-keep": keep });
      input.addEventListener("input", () => {
        clearTimeout(this.#typing);
        this.#typing = setTimeout(() => {
          change({ columns: { ...this.#filter.columns, [name]: input.value } });
        }, TYPING_MS);
      });
      this.#inputs.push(() => {
        const value = this.#filter.columns[name] ?? "";
        if (input.value !== value && document.activeElement !== input) input.value = value;
      });
      const [before, after] = words.say("crowd.contains", { column: "\u0000" }).split("\u0000");
      return el("label.choice", {}, el("span", {}, before, isolated(name), after), input);
    });
    const clear = el(
      "button.crowd-clear",
      { type: "button", "data-keep": "crowd-clear" },
      words.say("crowd.clear"),
    );
    clear.addEventListener("click", () => this.host.show({ filter: "", window: 0 }));
    const zones = this.source.zones.map((id): [string, string] => [id, this.#zone(id)]);
    const phases = this.source.phases.map((one): [string, string] => [one, words.say(`phase.${one}`)]);
    const form = el(
      "div.crowd-filter",
      {},
      verdicts,
      choose("zone", zones),
      choose("phase", phases),
      day("from"),
      day("until"),
      texts,
      clear,
    );
    for (const fill of this.#inputs) fill();
    return form;
  }

  #zone(id: string): string {
    const zone = this.host.atlas().zone(id);
    return zone ? this.host.words.name(zone.name) : id;
  }

  // -- the table and the download ---------------------------------------------------------------

  #about(): HTMLElement {
    const { unplaced, outlined } = this.#incidents ?? { unplaced: 0, outlined: 0 };
    const lines = this.source.about(unplaced - outlined, outlined);
    return el("div.crowd-about", {}, lines);
  }

  #drawTable(): void {
    const [incidents, shown] = [this.#incidents, this.#sieve?.shown];
    const { source } = this;
    const { words } = this.host;
    if (!incidents || !shown || !this.#sifted) return;
    const about = this.#table.parentElement?.querySelector(".crowd-about");
    about?.replaceWith(this.#about()); // how many have no place is known by now
    if (!shown.count) {
      this.#table.replaceChildren(el("p", {}, words.say("crowd.no_match")));
      return;
    }
    const rows = shown.rows.slice(0, shown.count);
    const table = new Rows(
      {
        length: shown.count,
        heads: [words.say("checker.row"), ...source.heads()],
        number: (index) => source.number(rows[index]!, index),
        fetch: (start, stop) => source.cells(rows.subarray(start, stop)),
        act: {
          word: (number) => words.say("crowd.show_row", { number: words.number(number) }),
          call: (index) => this.#goTo(rows[index]!),
          can: (index) => incidents.placed(rows[index]!) || incidents.outline(rows[index]!) !== null,
        },
      },
      source.heading(),
      words,
    );
    this.#table.replaceChildren(table.element);
  }

  /** Hand out the rows that are shown. */
  async download(button: HTMLButtonElement): Promise<void> {
    const shown = this.#sieve?.shown;
    if (!this.#incidents || !shown) return;
    button.disabled = true;
    const file = await this.source.csv(shown.rows.slice(0, shown.count));
    button.disabled = false;
    if (file) save(file, this.source.file);
  }

  // -- one incident -----------------------------------------------------------------------------

  #at(event: MouseEvent): number[] {
    const target = event.target as Element;
    if (!this.#layer || target.closest(".leaflet-popup, .leaflet-marker-icon")) return [];
    if (this.#container.classList.contains("measuring")) return [];
    return this.#layer.hit(this.host.map.mouseEventToContainerPoint(event));
  }

  #listen(): void {
    const { map } = this.host;
    const container = this.#container;
    const { signal } = this.#stay;
    // Before Leaflet and the zones hear of it: a mark lies above the zone.
    container.addEventListener(
      "click",
      (event) => {
        if ((map.dragging as unknown as { moved(): boolean }).moved()) return;
        const rows = this.#at(event);
        if (!rows.length) return;
        event.stopPropagation();
        this.#from = null;
        void this.#show(rows, 0, map.mouseEventToLatLng(event));
      },
      { capture: true, signal },
    );
    const tip = L.tooltip({ direction: "top", offset: [0, -8], className: "crowd-tip" });
    let asked = 0;
    const moved = (event: PointerEvent): void => {
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(() => {
        const rows = event.pointerType === "touch" || event.buttons ? [] : this.#at(event);
        container.classList.toggle("on-incident", rows.length > 0);
        if (!rows.length || this.#popup?.isOpen()) return void tip.remove();
        tip.setLatLng(map.mouseEventToLatLng(event)).setContent(this.#tip(rows));
        if (!map.hasLayer(tip)) tip.addTo(map);
      });
    };
    container.addEventListener("pointermove", moved, { signal });
    const gone = (): void => {
      cancelAnimationFrame(asked);
      tip.remove();
    };
    container.addEventListener("pointerleave", gone, { signal });
    const key = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || !this.#popup) return;
      this.#leave();
      // Back to the row it was opened from, if the table still has it.
      if (this.#from?.isConnected) this.#from.focus();
      this.#from = null;
    };
    document.addEventListener("keydown", key, { signal });
    const closed = (event: L.PopupEvent): void => {
      if (event.popup !== this.#popup) return;
      this.#popup = null; // it goes by itself
      this.#leave();
    };
    map.on("popupclose", closed);
    signal.addEventListener("abort", () => {
      gone();
      map.off("popupclose", closed);
    });
  }

  #tip(rows: number[]): HTMLElement {
    const { words } = this.host;
    const incidents = this.#incidents as Incidents;
    const row = rows[0]!;
    const verdict = words.say(`verdict.${incidents.value(row, "verdict")}`);
    const said = [verdict, this.#days(row), incidents.report.id ? incidents.columns[0]?.texts.get(row) : ""];
    const line = said.filter(Boolean).flatMap((part, i) => [i ? " · " : "", isolated(String(part).slice(0, 80))]);
    if (rows.length === 1) return el("span", {}, line);
    return el("span", {}, `${words.say("page.incidents")}: ${words.number(rows.length)}`);
  }

  #days(row: number): string {
    const days = (this.#incidents as Incidents).days(row);
    if (!days) return "";
    const { words } = this.host;
    return days.first === days.last ? words.day(days.first) : words.range(days.first, days.last);
  }

  /** Go to the place of a row of the table. */
  #goTo(row: number): void {
    const incidents = this.#incidents as Incidents;
    const { map } = this.host;
    this.#from = document.activeElement as HTMLElement | null;
    this.#container.scrollIntoView({ block: "start" });
    const outline = incidents.outline(row);
    if (outline) {
      const shape = polygon(outline);
      map.fitBounds(shape.getBounds(), { animate: false, maxZoom: 10, ...this.host.free() });
      void this.#show([row], 0, top(shape), true);
      return;
    }
    const at = incidents.at(row);
    map.setView(at, Math.max(map.getZoom(), 10), { animate: false });
    void this.#show([row], 0, L.latLng(at), true);
  }

  async #show(rows: number[], index: number, at: L.LatLng, focus = false): Promise<void> {
    const incidents = this.#incidents as Incidents;
    const row = rows[index]!;
    this.#discs.clearLayers();
    this.#chosen = row;
    const common = { className: "disc", interactive: false, pane: "discs" };
    const outline = incidents.outline(row);
    if (outline) this.#discs.addLayer(polygon(outline, common));
    const here = outline ? at : L.latLng(incidents.at(row));
    const cell = incidents.cell(row);
    const { lat, lng } = here;
    if (cell) {
      const box = L.latLngBounds([lat - cell.high, lng - cell.wide], [lat + cell.high, lng + cell.wide]);
      this.#discs.addLayer(L.rectangle(box, common));
    } else if (!outline && incidents.radius[row]! > 0) {
      this.#discs.addLayer(L.circle(here, { ...common, radius: incidents.radius[row]! }));
    }
    this.#layer?.draw(row);
    const turn = (step: number): void => {
      void this.#show(rows, (index + step + rows.length) % rows.length, at, true);
    };
    const told = await this.source.told(row);
    if (this.#chosen !== row) return; // another one is shown by now, or none
    const content = this.#content(row, told, index, rows.length, turn);
    const open = this.#popup?.isOpen() ? this.#popup : null;
    this.#popup = (open ?? L.popup({ maxWidth: 300, ...this.host.room() }))
      // While one goes from one to the next, the buttons stay where they are.
      .setLatLng(cell || rows.length > 1 ? at : here)
      .setContent(content);
    if (!open) this.#popup.openOn(this.host.map);
    if (focus) content.querySelector<HTMLElement>(".crowd-next, .verdict")?.focus({ preventScroll: true });
  }

  #leave(): void {
    const popup = this.#popup;
    [this.#popup, this.#chosen] = [null, -1];
    this.#discs.clearLayers();
    popup?.remove();
    this.#layer?.draw(-1);
  }

  #content(
    row: number,
    told: Told,
    index: number,
    count: number,
    turn: (step: number) => void,
  ): HTMLElement {
    const { words } = this.host;
    const incidents = this.#incidents as Incidents;
    const facts: [Content, Content][] = [];
    const days = this.#days(row);
    if (days) facts.push([words.say("field.date"), isolated(days)]);
    const zone = incidents.value(row, "zone");
    if (zone) facts.push([words.say("field.zone"), this.#zone(zone)]);
    const phase = incidents.value(row, "phase");
    if (phase) facts.push([words.say("field.phase"), words.say(`phase.${phase}`)]);
    const outline = incidents.outline(row);
    if (outline) facts.push([words.say(`crowd.only_${outline.level}`), isolated(outline.name)]);
    const km = incidents.report.cell_km;
    if (km !== null) facts.push([words.say("crowd.cell"), words.length(km * 1000)]);
    else if (incidents.radius[row]!) facts.push([words.say("field.radius"), words.length(incidents.radius[row]!)]);
    const sentence = told.sentence ? el("p.sentence", { dir: "auto" }, told.sentence) : null;
    for (const [name, text] of told.columns) {
      const shown = text.length > 4 * MOST_LETTERS ? `${text.slice(0, 4 * MOST_LETTERS)}…` : text;
      facts.push([isolated(name), sourceLink(text, shown)]);
    }
    const steps =
      count > 1
        ? el(
            "div.crowd-steps",
            {},
            this.#step("crowd.previous", "‹", () => turn(-1)),
            el(
              "span",
              {},
              words.say("crowd.here", { number: words.number(index + 1), count: words.number(count) }),
            ),
            this.#step("crowd.next", "›", () => turn(1)),
          )
        : null;
    return el(
      "div.sheet-facts",
      {},
      el("p.verdict", { tabindex: -1 }, words.say(`verdict.${incidents.value(row, "verdict")}`)),
      sentence,
      el(
        "dl.facts",
        {},
        facts.map(([label, value]) => [el("dt", {}, label), el("dd", {}, value)]),
      ),
      steps,
    );
  }

  #step(word: string, sign: string, act: () => void): HTMLElement {
    const label = this.host.words.say(word);
    const name = word === "crowd.next" ? "button.crowd-next" : "button.crowd-previous";
    const one = el(name as "button", { type: "button", "aria-label": label, title: label }, sign);
    one.addEventListener("click", (event) => {
      // The button is replaced: Leaflet would take the click for one beside the popup.
      event.stopPropagation();
      act();
    });
    return one;
  }
}

function polygon({ rings }: Outline, options: L.PolylineOptions = {}): L.Polygon {
  const shape = rings.map((ring) => ring.map(([x, y]): L.LatLngTuple => [y, x]));
  return L.polygon(shape, { fillRule: "evenodd", ...options });
}

/** The northernmost point of an outline: a popup there points at the whole, and at no place in it. */
function top(shape: L.Polygon): L.LatLng {
  const points = (shape.getLatLngs() as L.LatLng[][]).flat();
  return points.reduce((best, one) => (one.lat > best.lat ? one : best));
}
