/** One map and its sheets, drawn whole from one state. */

import L from "leaflet";

import { Atlas, type AtlasData, type Incident, type Post, type State, type Zone } from "./atlas";
import { drawBase, type BaseData } from "./base";
import { el } from "./dom";
import { Facts } from "./facts";
import { NameLayer } from "./names";
import { PointLayer } from "./points";
import { Score } from "./score";
import { Legend, Panel, Tables, titleSheet } from "./sheets";
import { Words, type Tree } from "./words";
import { ZoneLayer } from "./zones";

export interface Settings {
  words: Tree;
  state: State;
  title: string;
  subtitle: string;
  /** A page has all its sheets; a map in a notebook has the legend alone. */
  sheets: "page" | "map";
  fit: [west: number, south: number, east: number, north: number];
  edge: [west: number, south: number, east: number, north: number];
}

type Box = Settings["fit"];

function bounds([west, south, east, north]: Box): L.LatLngBounds {
  return L.latLngBounds([south, west], [north, east]);
}

export class View {
  readonly map: L.Map;
  readonly #words: Words;
  readonly #names: NameLayer;
  readonly #container: HTMLElement;
  #state: State;
  #base: BaseData | null = null;
  #atlas: Atlas | null = null;
  #facts: Facts | null = null;
  #posts: Post[] = [];
  #incidents: Incident[] = [];
  #zones: ZoneLayer | null = null;
  #points: PointLayer | null = null;
  #panel: Panel | null = null;
  #legend: Legend | null = null;
  #score: Score | null = null;
  #tables: Tables | null = null;
  #waiting = false;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(
    id: string,
    options: L.MapOptions,
    private readonly settings: Settings,
  ) {
    this.#state = settings.state;
    this.#words = new Words(settings.state.lang, settings.words);
    this.#container = document.getElementById(id) as HTMLElement;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map = L.map(this.#container, {
      ...options,
      attributionControl: false,
      zoomControl: false,
      zoomSnap: 0.25,
      zoomDelta: 0.75,
      wheelPxPerZoomLevel: 120,
      maxBounds: bounds(settings.edge),
      maxBoundsViscosity: 1,
      maxZoom: 13,
      fadeAnimation: !still,
      zoomAnimation: !still,
      markerZoomAnimation: !still,
      inertia: !still,
    });
    this.#container.setAttribute("role", "application");
    this.#container.setAttribute("aria-label", this.#words.say("page.map_label"));
    this.#names = new NameLayer(this.map, this.#words, () => this.#covered());
    document.body.classList.add(settings.sheets);
    this.#zoomButtons();
    this.map.fitBounds(bounds(settings.fit), { animate: false });
    this.#limit();
    this.map.on("resize", () => this.#limit());
    this.map.on("zoomend moveend resize", () => this.#drawNames());
    // The script that made the map goes on: draw once it has given all it has.
    this.#later();
    document.fonts?.ready.then(() => {
      this.#names.forget();
      this.#drawNames();
    });
  }

  take(kind: "base" | "zones" | "posts" | "incidents", data: unknown): void {
    if (kind === "base") {
      this.#base = data as BaseData;
      drawBase(this.map, this.#base);
    } else if (kind === "zones") this.#atlas = new Atlas(data as AtlasData);
    else if (kind === "posts") this.#posts = data as Post[];
    else this.#incidents = data as Incident[];
    this.#later();
  }

  /** Change what is shown, and draw it. */
  show(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    this.map.closePopup();
    this.#draw();
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#drawTables(), 120);
  }

  #later(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    queueMicrotask(() => {
      this.#waiting = false;
      this.#lay();
      this.#draw();
      this.#drawTables();
      this.#container.dataset["drawn"] = "true";
    });
  }

  /** Lay the sheets on the map, once everything has come. */
  #lay(): void {
    const atlas = this.#atlas;
    const words = this.#words;
    this.#facts = new Facts(atlas ?? new Atlas(NOTHING), words);
    this.#points ??= new PointLayer(this.map, words, this.#facts, () => this.#room());
    this.#points.drawIncidents(this.#incidents);
    if (!atlas || this.#zones) return;
    this.#zones = new ZoneLayer(this.map, atlas, words, (zone, at) => this.#open(zone, at));
    const has = {
      posts: this.#posts.some((post) => post.latitude !== null && !post.planned),
      incidents: this.#incidents.length > 0,
    };
    const pick = (boundary: string): void => this.show({ boundary });
    this.#legend = new Legend(atlas, words, has, pick, this.#scale());
    const sheets: HTMLElement[] = [this.#legend.element];
    if (this.settings.sheets === "page") {
      const { title, subtitle } = this.settings;
      this.#panel = new Panel(atlas, words, this.#facts, (zone) => this.show({ zone }));
      this.#score = new Score(atlas, words, (date) => this.show({ date }));
      this.#tables = new Tables(atlas, words, this.#facts);
      sheets.unshift(titleSheet(title, subtitle, words));
      sheets.push(this.#score.element, this.#panel.element);
      this.#container.after(...sheets, this.#tables.element);
      this.#container.before(el("a.skip", { href: "#tables" }, words.say("page.skip_to_table")));
      document.body.style.setProperty("--lanes", String(atlas.data.zones.length));
      this.#panel.draw(this.#state, this.#posts); // its height says what it leaves to the map
      this.#score.draw(this.#state);
      this.#score.reveal();
      this.map.fitBounds(bounds(this.settings.fit), { animate: false, ...this.#free() });
    } else this.#container.after(...sheets);
  }

  #draw(): void {
    this.#zones?.draw(this.#state);
    const stood = (post: Post): boolean => this.#atlas?.stood(post, this.#state.date) ?? false;
    this.#points?.drawPosts(this.#posts.filter(stood));
    this.#panel?.draw(this.#state, this.#posts);
    this.#legend?.draw(this.#state);
    this.#score?.draw(this.#state);
    this.#drawNames();
  }

  /** The tables follow when the cursor rests: nobody reads them while it moves. */
  #drawTables(): void {
    this.#tables?.draw(this.#state, this.#posts, this.#incidents);
  }

  #drawNames(): void {
    this.#container.dataset["zoom"] = this.map.getZoom() < 8 ? "far" : "near";
    this.#names.draw(this.#state, this.#base, this.#atlas);
  }

  #open(zone: Zone, at: L.LatLng): void {
    if (!this.#facts) return;
    const heading = el("h3", {}, this.#words.name(zone.name));
    heading.style.color = zone.ink;
    const summary = el("p.summary", {}, this.#facts.summary(zone, this.#state));
    const facts = this.#facts.zone(zone, this.#state, this.#posts, true);
    L.popup({ maxWidth: 340, ...this.#room() })
      .setLatLng(at)
      .setContent(el("div.sheet-facts", {}, heading, summary, facts))
      .openOn(this.map);
  }

  /** The sheets' ground, in pixels of the map. */
  #covered(): DOMRect[] {
    const own = this.#container.getBoundingClientRect();
    return [...document.querySelectorAll(".sheet")].flatMap((sheet) => {
      const rect = sheet.getBoundingClientRect();
      if (!rect.width || rect.top >= own.bottom) return [];
      return [new DOMRect(rect.x - own.x, rect.y - own.y, rect.width, rect.height)];
    });
  }

  /** Keep the view on the ground that the base map covers. */
  #limit(): void {
    const zoom = this.map.getBoundsZoom(bounds(this.settings.edge), true);
    this.map.setMinZoom(Math.ceil(zoom * 4) / 4);
  }

  /** Room that the sheets leave to the map. */
  #free(): L.FitBoundsOptions {
    const size = this.map.getSize();
    let [left, right, top, bottom] = [12, 12, 12, 12];
    for (const rect of this.#covered()) {
      if (rect.width > size.x * 0.7) {
        if (rect.y < size.y / 2) top = Math.max(top, rect.bottom + 8);
        else bottom = Math.max(bottom, size.y - rect.y + 8);
      } else if (rect.height > size.y * 0.3) {
        if (rect.x > size.x / 2) right = Math.max(right, size.x - rect.x + 12);
        else left = Math.max(left, rect.right + 12);
      }
    }
    return { paddingTopLeft: [left, top], paddingBottomRight: [right, bottom] };
  }

  /** How large a popup may be, and where it may lie: between the sheets. */
  #room(): L.PopupOptions {
    const size = this.map.getSize();
    const { paddingTopLeft, paddingBottomRight } = this.#free();
    const [left, top] = paddingTopLeft as [number, number];
    const [right, bottom] = paddingBottomRight as [number, number];
    return {
      minWidth: Math.min(300, size.x - left - right - 60),
      maxHeight: Math.max(180, size.y - top - bottom - 50),
      autoPanPaddingTopLeft: [left, top],
      autoPanPaddingBottomRight: [right, bottom],
    };
  }

  #zoomButtons(): void {
    const button = (sign: string, word: string, act: () => void): HTMLElement => {
      const one = el("button", { type: "button", "aria-label": this.#words.say(word) }, sign);
      one.addEventListener("click", act);
      return one;
    };
    const sheet = el(
      "div.sheet.zoom",
      {},
      button("+", "page.zoom_in", () => this.map.zoomIn()),
      button("−", "page.zoom_out", () => this.map.zoomOut()),
    );
    this.#container.after(sheet);
  }

  #scale(): HTMLElement {
    const text = el("span", {});
    const bar = el("span.scale-bar", { "aria-hidden": "true" });
    const draw = (): void => {
      const size = this.map.getSize();
      const row = size.y / 2;
      const metres = this.map.distance(
        this.map.containerPointToLatLng([0, row]),
        this.map.containerPointToLatLng([100, row]),
      );
      if (!metres) return;
      const power = 10 ** Math.floor(Math.log10(metres));
      const round = [5, 2, 1].map((step) => step * power).find((step) => step <= metres) ?? power;
      bar.style.inlineSize = `${((100 * round) / metres).toFixed(1)}px`;
      text.replaceChildren(this.#words.length(round));
    };
    this.map.on("zoomend moveend", draw);
    draw();
    return el("div.scale", {}, bar, text);
  }
}

const NOTHING: AtlasData = {
  zones: [],
  scale: 1,
  rings: [],
  extents: [],
  phases: [],
  agreements: [],
  rounds: [],
  boundaries: [],
  actors: {},
  sources: {},
};
