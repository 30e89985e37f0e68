/** One map and its sheets, drawn whole from one state. */

import L from "leaflet";

import { Atlas, type AtlasData, type Incident, type Post, type Zone } from "./atlas";
import { drawBase } from "./map/base";
import { CheckerSheet } from "./checker/checker";
import { Colours } from "./colours";
import type { Base, Checker, Points, Settings } from "./generated/payload";
import { dayNumber } from "./days";
import { Crowd } from "./points/shown";
import { Published } from "./points/published";
import type { Source } from "./points/source";
import { el } from "./dom";
import { Facts } from "./facts";
import { Measure } from "./map/measure";
import { NameLayer } from "./map/names";
import { PointLayer } from "./map/marks";
import { Score } from "./timeline/timeline";
import { Legend, Panel, Tables, titleSheet, toTables } from "./panels/panels";
import { readAddress, writeAddress, type Choices, type State } from "./state";
import { type Tree, Words } from "./words";
import { ZoneLayer } from "./map/zones";

export type { Settings } from "./generated/payload";

type Box = Settings["fit"];
/** The kinds of what a map draws. */
export type Kind = "base" | "zones" | "posts" | "incidents" | "checker" | "points";

/** Marks that names keep off; of more than that, none could. */
const MOST_MARKS = 400;
/** Pixels of the scale: the tool that measures lies beside it. */
const LONGEST_RULE = 84;

function bounds([west, south, east, north]: Box): L.LatLngBounds {
  return L.latLngBounds([south, west], [north, east]);
}

export class View {
  readonly map: L.Map;
  readonly #words: Words;
  readonly #names: NameLayer;
  readonly #container: HTMLElement;
  #state: State;
  #base: Base | null = null;
  #atlas: Atlas | null = null;
  #facts: Facts | null = null;
  #colours: Colours | null = null;
  #measure: Measure | null = null;
  #shown = "";
  /** Where posts and incidents are drawn: names keep off them. */
  #marks: L.LatLngTuple[] = [];
  #posts: Post[] = [];
  #incidents: Incident[] = [];
  #zones: ZoneLayer | null = null;
  #points: PointLayer | null = null;
  #panel: Panel | null = null;
  #legend: Legend | null = null;
  #score: Score | null = null;
  #title: HTMLElement | null = null;
  #tables: Tables | null = null;
  readonly #coming: (() => void)[] = [];
  #waiting = false;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #writing: ReturnType<typeof setTimeout> | undefined;
  #sheets: HTMLElement[] = [];
  #rule: (() => void) | undefined;
  #checker: CheckerSheet | null = null;
  /** The incidents of the page, and those on the map: of a file while one is shown. */
  #published: Source | null = null;
  #crowd: Crowd | null = null;
  #rows: HTMLElement | null = null;
  #dropped = false;

  constructor(
    id: string,
    options: L.MapOptions,
    private readonly settings: Settings,
  ) {
    this.#state = settings.state;
    this.#words = new Words(
      settings.state.lang,
      settings.languages as unknown as Record<string, Tree>,
    );
    this.#container = document.getElementById(id) as HTMLElement;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map = L.map(this.#container, {
      ...options,
      attributionControl: false,
      zoomControl: false,
      zoomSnap: 0.1,
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
    this.#background();
    this.#names = new NameLayer(this.map, this.#words, () => this.#covered());
    document.body.classList.add(settings.sheets);
    this.map.fitBounds(bounds(settings.fit), { animate: false });
    this.#limit();
    this.map.on("resize", () => this.#limit());
    this.map.on("moveend resize", () => this.#drawNames()); // a zoom ends with a move
    // The script that made the map goes on: draw once it has given all it has.
    this.#later();
    if (settings.sheets === "page") {
      for (const type of ["hashchange", "popstate"]) {
        addEventListener(type, () => this.#follow());
      }
    }
    // Paper and phones have the sheets elsewhere (page.css): what is shown is fitted anew.
    for (const layout of ["print", "(max-width: 760px)"]) {
      matchMedia(layout).addEventListener("change", () => {
        // Leaflet would pan back to these bounds from a view that is about to be left.
        this.map.setMaxBounds(L.latLngBounds([]));
        this.map.invalidateSize({ animate: false, pan: false });
        this.#limit();
        this.#fit();
        this.map.setMaxBounds(bounds(settings.edge));
      });
    }
    document.fonts?.ready.then(() => {
      this.#share();
      this.#names.forget();
      this.#drawNames();
    });
  }

  /** Take one kind of what is drawn, each in a task of its own. */
  take(kind: Kind, read: () => unknown): void {
    this.#coming.push(() => this.#take(kind, read()));
    this.#later();
  }

  #take(kind: Kind, data: unknown): void {
    if (kind === "base") {
      this.#base = data as Base;
      drawBase(this.map, this.#base);
    } else if (kind === "zones") this.#atlas = new Atlas(data as AtlasData);
    else if (kind === "posts") this.#posts = data as Post[];
    else if (kind === "checker") this.#checker = this.#checkerOf(data as Checker);
    else if (kind === "points") {
      const atlas = (): Atlas => this.#atlas ?? new Atlas(NOTHING);
      this.#published = new Published(data as Points, this.#words, atlas);
      this.#crowd = this.#crowdOf(this.#published);
    }
    else this.#incidents = data as Incident[];
  }

  #checkerOf(data: Checker): CheckerSheet {
    const host = {
      map: this.map,
      words: this.#words,
      atlas: () => this.#atlas ?? new Atlas(NOTHING),
      facts: () => this.#facts ?? new Facts(new Atlas(NOTHING), this.#words),
      show: (change: Partial<State>) => this.show(change),
      incidents: (source: Source | null) => this.#replace(source),
      meets: (event: MouseEvent) => this.#crowd?.meets(event) ?? false,
      room: () => this.#free(),
    };
    return new CheckerSheet(host, data);
  }

  /** Show the incidents of a file in place of the page's own; null brings those back. */
  #replace(source: Source | null): Crowd | null {
    this.#crowd?.remove();
    this.#dropped = source !== null;
    const shown = source ?? this.#published;
    this.#crowd = shown ? this.#crowdOf(shown) : null;
    this.#layIncidents();
    this.show({ filter: "", window: 0 }); // what was asked of the others means nothing here
    return this.#crowd;
  }

  #crowdOf(source: Source): Crowd {
    const host = {
      map: this.map,
      words: this.#words,
      edge: this.settings.edge,
      atlas: () => this.#atlas ?? new Atlas(NOTHING),
      show: (change: Partial<State>) => this.show(change),
      room: () => this.#room(),
      free: () => this.#free(),
    };
    return new Crowd(host, source);
  }

  /** Change what is shown, draw it, and write it into the address. */
  show(change: Partial<State>): void {
    this.#change(change);
    if (this.settings.sheets !== "page") return;
    clearTimeout(this.#writing);
    // Browsers refuse an address that changes with every pixel of a moved cursor.
    this.#writing = setTimeout(() => {
      history.replaceState(null, "", writeAddress(this.#state, this.settings.state));
    }, 250);
  }

  #change(change: Partial<State>): void {
    const before = this.#state;
    this.#state = { ...before, ...change };
    this.map.closePopup();
    if (this.#state.lang !== before.lang || this.#state.digits !== before.digits) this.#lay();
    this.#draw();
    if (this.#state.lang !== before.lang) this.#score?.reveal();
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#drawTables(), 120);
  }

  /** Show what the address says, now that it has changed. */
  #follow(): void {
    clearTimeout(this.#writing);
    const said = readAddress(location.hash, this.#choices());
    if (Object.keys(said).length) this.#change(said);
    else if (!location.hash) this.#change(this.settings.state);
  }

  #choices(): Choices {
    const data = this.#atlas?.data ?? NOTHING;
    const [first, last] = this.#atlas?.years() ?? ["", ""];
    return {
      zones: data.zones.map((zone) => zone.id),
      boundaries: data.boundaries.map((boundary) => boundary.id),
      languages: this.#words.languages,
      first,
      last,
    };
  }

  #later(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    const steps = [
      (): void => {
        this.#waiting = false;
        if (this.settings.sheets === "page") {
          this.#state = { ...this.#state, ...readAddress(location.hash, this.#choices()) };
        }
        this.#layers();
      },
      (): void => this.#lay(),
      (): void => this.#fit(),
      (): void => this.#draw(),
      (): void => {
        this.#drawTables();
        this.#container.dataset["drawn"] = "true";
      },
    ];
    // One after the other, with room between them for whoever uses the page already.
    const next = (): void => {
      (this.#coming.shift() ?? steps.shift())?.();
      if (steps.length) setTimeout(next);
    };
    setTimeout(next);
  }

  /** Make the layers of the map, once everything has come. */
  #layers(): void {
    const words = this.#words;
    this.#facts = new Facts(this.#atlas ?? new Atlas(NOTHING), words);
    this.#points ??= new PointLayer(this.map, words, this.#facts, () => this.#room());
    if (!this.#atlas) return;
    this.#colours ??= new Colours(this.#atlas, this.settings.palette, words);
    this.#zones ??= new ZoneLayer(this.map, this.#atlas, words, this.#colours, (zone, at) =>
      this.#open(zone, at),
    );
  }

  /** Lay the sheets on the map in the state's language, in place of those that lie there. */
  #lay(): void {
    const { atlas, words } = { atlas: this.#atlas, words: this.#words };
    const { title, subtitle, head, description } = this.settings;
    const focused = (document.activeElement as HTMLElement | null)?.dataset["keep"];
    const y = scrollY;
    this.#score?.remove();
    for (const sheet of this.#sheets) sheet.remove();
    this.#sheets = [];
    this.#shown = "";
    words.use(this.#state.lang, this.#state.digits);
    this.#names.forget();
    this.#container.setAttribute("aria-label", words.say("page.map_label"));
    const sheets: HTMLElement[] = [this.#zoomButtons()];
    if (atlas) sheets.unshift(this.#key(atlas));
    if (atlas && this.settings.sheets === "page") {
      const root = document.documentElement;
      root.lang = words.lang;
      root.dir = words.direction;
      document.title = words.name(head);
      document
        .querySelector('meta[name="description"]')
        ?.setAttribute("content", words.name(description));
      this.#panel = new Panel(
        atlas,
        words,
        this.#facts as Facts,
        this.#colours as Colours,
        (zone) => this.show({ zone }),
        this.settings.zone_pages,
      );
      this.#score = new Score(atlas, words, (date) => this.show({ date }));
      this.#tables = new Tables(atlas, words, this.#facts as Facts);
      const checker = this.#checker?.elements() ?? [];
      this.#rows = this.#crowd?.section() ?? null;
      const rows = this.#rows ? [this.#rows] : [];
      const show = (change: Partial<State>): void => this.show(change);
      const links = this.#links();
      this.#title = titleSheet(words.name(title), words.name(subtitle), words, show, links);
      sheets.unshift(this.#title);
      sheets.push(...checker, this.#score.element, this.#panel.element);
      // A file that was dropped comes first: it is what its user looks at.
      if (this.#dropped) sheets.push(...rows, this.#tables.element);
      else sheets.push(this.#tables.element, ...rows);
      sheets.push(this.#credit());
      document.body.style.setProperty("--lanes", String(atlas.data.zones.length));
      const skip = el("a.skip", { href: "#tables" }, words.say("page.skip_to_table"));
      this.#container.before(skip);
      this.#sheets.push(skip);
    }
    this.#container.after(...sheets);
    this.#sheets.push(...sheets);
    this.#share();
    if (focused) document.querySelector<HTMLElement>(`[data-keep="${focused}"]`)?.focus();
    if (y) scrollTo({ top: y, behavior: "instant" });
  }

  /** Make the legend in the words of the page, as open as the one that lies there. */
  #key(atlas: Atlas): HTMLElement {
    const words = this.#words;
    const has = {
      posts: this.#posts.some((post) => post.latitude !== null && !post.planned),
      incidents: this.#incidents.length > 0 || (this.#crowd?.any ?? false),
    };
    const opened = this.#legend?.open ?? false;
    this.#measure?.remove();
    this.#measure = new Measure(this.map, words);
    // The filter of a file lies beside what was found in it.
    const crowd = this.#crowd?.any && !this.#dropped ? [this.#crowd.key()] : [];
    const body = [...crowd, ...this.#notice()];
    const foot = [this.#scale(), this.#measure.element];
    const colours = this.#colours as Colours;
    const show = (change: Partial<State>): void => this.show(change);
    this.#legend = new Legend(atlas, words, colours, has, show, opened, { body, foot });
    return this.#legend.element;
  }

  /** Lay what tells of the incidents anew, and leave all else: less than the whole page is drawn. */
  #layIncidents(): void {
    const { legend, rows } = { legend: this.#legend?.element, rows: this.#rows };
    const tables = this.#tables?.element;
    if (!this.#atlas || !legend || !tables) return; // nothing lies there yet
    const key = this.#key(this.#atlas);
    legend.replaceWith(key);
    rows?.remove();
    const gone: (HTMLElement | null)[] = [legend, rows];
    this.#sheets = [...this.#sheets.filter((sheet) => !gone.includes(sheet)), key];
    this.#rows = this.#crowd?.section() ?? null;
    if (!this.#rows) return;
    tables[this.#dropped ? "before" : "after"](this.#rows);
    this.#sheets.push(this.#rows);
  }

  /** Tell the other sheets how much of the height the title leaves to them. */
  #share(): void {
    const high = this.#title?.offsetHeight;
    if (high) document.body.style.setProperty("--title", `${high}px`);
  }

  /** Show the zones as large as the sheets allow. */
  #fit(): void {
    if (this.settings.sheets !== "page") return;
    this.#panel?.draw(this.#state, this.#posts); // its height says what it leaves to the map
    this.#score?.draw(this.#state);
    this.#score?.reveal();
    this.map.fitBounds(bounds(this.settings.fit), { animate: false, ...this.#free() });
  }

  #draw(): void {
    const changed = this.#zones?.draw(this.#state) ?? true;
    const stood = (post: Post): boolean => this.#atlas?.stood(post, this.#state.date) ?? false;
    const posts = this.#posts.filter(stood);
    const incidents = this.#incidents.filter((one) => this.#within(one));
    // While the cursor runs, most days show what the day before showed.
    const shown = [posts, incidents].map((marks) => marks.map((one) => one.id).join()).join("|");
    if (shown !== this.#shown || changed) {
      this.#points?.drawPosts(posts);
      this.#points?.drawIncidents(incidents);
      this.#marks = [...posts, ...incidents].flatMap(({ latitude, longitude }) =>
        latitude === null || longitude === null ? [] : [[latitude, longitude] as L.LatLngTuple],
      );
    }
    this.#crowd?.draw(this.#state);
    this.#panel?.draw(this.#state, this.#posts);
    this.#legend?.draw(this.#state);
    this.#score?.draw(this.#state);
    if (changed || shown !== this.#shown) this.#drawNames();
    this.#shown = shown;
    for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-page]")) {
      const { lang, digits } = this.#state;
      const said = digits === "latn" ? `lang=${lang}` : `lang=${lang}&digits=${digits}`;
      link.href = `${link.dataset["page"]}#${said}`;
    }
  }

  /** Whether an incident may have happened in the days shown. */
  #within(incident: Incident): boolean {
    const { window, date } = this.#state;
    if (!window) return true;
    if (!incident.first || !incident.last) return false;
    const day = dayNumber(date);
    return dayNumber(incident.first) <= day + window && dayNumber(incident.last) >= day - window;
  }

  /** The online background, over our own quiet one. */
  #background(): void {
    const { tiles } = this.settings;
    if (!tiles) return;
    this.map.createPane("tiles").style.zIndex = "215";
    const { url, subdomains, max_zoom } = tiles;
    L.tileLayer(url, { pane: "tiles", subdomains, maxNativeZoom: max_zoom }).addTo(this.map);
  }

  #notice(): HTMLElement[] {
    const { tiles } = this.settings;
    if (!tiles) return [];
    const said = this.#words.say("page.tiles_privacy", { host: tiles.host });
    return [el("p.tiles", {}, said, " ", el("bdi", { dir: "ltr" }, tiles.attribution))];
  }

  /** The line of sources, at the foot of the page and below the legend on paper. */
  #credit(): HTMLElement {
    const { attribution, atlas } = this.settings.credit;
    const line = el("bdi", { lang: "en", dir: "ltr" }, attribution.join("; "));
    const [before, after] = this.#words.say("page.attribution", { attribution: "\u0000" }).split("\u0000");
    return el("p.credit", {}, before, line, after, el("bdi", { dir: "ltr" }, atlas));
  }

  #links(): HTMLElement | null {
    const { links } = this.settings;
    if (!links.length) return null;
    return el(
      "nav.links",
      { "aria-label": this.#words.say("page.nav") },
      links.map(({ href, word }) =>
        el("a", { href, "data-page": href }, this.#words.say(word)),
      ),
      toTables(this.#words),
    );
  }

  /** The tables follow when the cursor rests: nobody reads them while it moves. */
  #drawTables(): void {
    const incidents = this.#incidents.filter((one) => this.#within(one));
    this.#tables?.draw(this.#state, this.#posts, incidents);
  }

  #drawNames(): void {
    this.#container.dataset["zoom"] = this.map.getZoom() < 8 ? "far" : "near";
    const sight = this.map.getBounds();
    const asked = this.#checker?.place;
    const marks = asked ? [asked, ...this.#marks] : this.#marks;
    const seen = marks.filter((at) => sight.contains(at)).slice(0, MOST_MARKS);
    this.#names.draw(this.#state, this.#base, this.#atlas, this.#colours, seen);
  }

  #open(zone: Zone, at: L.LatLng): void {
    if (!this.#facts) return;
    const heading = el("h3", {}, this.#words.name(zone.name));
    heading.style.color = (this.#colours?.of(zone, this.#state) ?? zone).ink;
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
    this.map.setMinZoom(Math.ceil(zoom * 10) / 10);
  }

  /** Room that the sheets leave to the map. */
  #free(): L.FitBoundsOptions {
    const size = this.map.getSize();
    let [left, right, top, bottom] = [12, 12, 12, 12];
    for (const rect of this.#covered()) {
      if (rect.width > size.x * 0.7) {
        // The middle decides: a sheet from below may reach high up on a phone.
        if (rect.y + rect.height / 2 < size.y / 2) top = Math.max(top, rect.bottom + 8);
        else bottom = Math.max(bottom, size.y - rect.y + 8);
      } else if (rect.height > size.y * 0.15) {
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

  #zoomButtons(): HTMLElement {
    const button = (sign: string, word: string, act: () => void): HTMLElement => {
      const one = el("button", { type: "button", "aria-label": this.#words.say(word) }, sign);
      one.addEventListener("click", act);
      return one;
    };
    return el(
      "div.sheet.zoom",
      {},
      button("+", "page.zoom_in", () => this.map.zoomIn()),
      button("−", "page.zoom_out", () => this.map.zoomOut()),
    );
  }

  #scale(): HTMLElement {
    const text = el("span", {});
    const bar = el("span.scale-bar", { "aria-hidden": "true" });
    const draw = (): void => {
      const size = this.map.getSize();
      const row = size.y / 2;
      const metres = this.map.distance(
        this.map.containerPointToLatLng([0, row]),
        this.map.containerPointToLatLng([LONGEST_RULE, row]),
      );
      if (!metres) return;
      const power = 10 ** Math.floor(Math.log10(metres));
      const round = [5, 2, 1].map((step) => step * power).find((step) => step <= metres) ?? power;
      bar.style.inlineSize = `${((LONGEST_RULE * round) / metres).toFixed(1)}px`;
      text.replaceChildren(this.#words.length(round));
    };
    if (this.#rule) this.map.off("moveend", this.#rule);
    this.#rule = draw;
    this.map.on("moveend", draw);
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
