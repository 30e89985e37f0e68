/** One map: what it is given, what it shows, and its address. */

import L from "leaflet";

import { Atlas, type AtlasData, type Incident, NOTHING, type Post } from "./atlas";
import { Colours } from "./colours";
import type { Context } from "./context";
import { Embed } from "./panels/embed";
import { Facts } from "./facts";
import type { Base, Checker, Points, Settings, Tiles } from "./generated/payload";
import { drawBase } from "./map/base";
import { Paper } from "./panels/paper";
import { makeMap, Room } from "./map/room";
import { Scene } from "./scene";
import { type Choices, readAddress, type State, writeAddress } from "./state";
import { TypedDays } from "./timeline/typed";
import { Words } from "./words";

/** What a map draws, by kind; what does not come is empty. */
interface Given {
  base: Base | null;
  zones: AtlasData | null;
  posts: Post[];
  incidents: Incident[];
  points: Points | null;
  checker: Checker | null;
}
export type Kind = keyof Given;

const TABLES_MS = 120; // nobody reads the tables while the cursor moves
const ADDRESS_MS = 250; // browsers refuse an address that changes with every pixel of a moved cursor

/** Let the page answer its user before going on. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

export class View {
  readonly map: L.Map;
  readonly #words: Words;
  readonly #room: Room;
  readonly #coming: (() => void)[] = [];
  readonly #given: Given = {
    base: null,
    zones: null,
    posts: [],
    incidents: [],
    points: null,
    checker: null,
  };
  #atlas = new Atlas(NOTHING);
  #embed: Embed | null = null;
  #scene: Scene | null = null;
  #state: State;
  #resting: ReturnType<typeof setTimeout> | undefined;
  #writing: ReturnType<typeof setTimeout> | undefined;

  constructor(
    id: string,
    options: L.MapOptions,
    private readonly settings: Settings,
  ) {
    const { state, languages, fit, edge, sheets, tiles } = settings;
    this.#state = state;
    this.#words = new Words(state.lang, languages);
    this.map = makeMap(document.getElementById(id) as HTMLElement, options, fit, edge);
    this.#room = new Room(this.map, fit, edge);
    if (tiles) drawBackground(this.map, tiles);
    document.body.classList.add(sheets);
    if (sheets === "page" && Embed.asked()) this.#embed = new Embed(settings, this.#words);
    this.#listen();
    void this.#start();
  }

  /** Take one kind of what is drawn. */
  take<K extends Kind>(kind: K, read: () => Given[K]): void {
    this.#coming.push(() => {
      this.#given[kind] = read();
      if (kind === "base" && this.#given.base) drawBase(this.map, this.#given.base);
    });
  }

  /** Change what is shown, draw it, and write it into the address. */
  show(change: Partial<State>): void {
    this.#change(change);
    if (this.settings.sheets !== "page" || this.#embed) return;
    clearTimeout(this.#writing);
    this.#writing = setTimeout(() => {
      history.replaceState(null, "", writeAddress(this.#state, this.settings.state));
    }, ADDRESS_MS);
  }

  /** Draw for the first time, each step in a task of its own: the page may be used already. */
  async #start(): Promise<void> {
    await breathe(); // the script that made the map goes on
    for (const take of this.#coming) {
      take();
      await breathe();
    }
    const scene = this.#makeScene();
    await breathe();
    this.#speak();
    scene.lay();
    await breathe();
    scene.fit();
    await breathe();
    scene.draw(this.#state);
    this.#link();
    if (this.#embed) this.#room.resize(() => scene.fit()); // what stands below takes its room
    await breathe();
    scene.drawTables();
    this.map.getContainer().dataset["drawn"] = "true";
  }

  #makeScene(): Scene {
    const { map, settings } = this;
    const { zones, ...others } = this.#given;
    this.#atlas = new Atlas(zones ?? NOTHING, others.checker?.reference.areas);
    const [atlas, words] = [this.#atlas, this.#words];
    if (settings.sheets === "page") {
      this.#state = { ...this.#state, ...readAddress(location.hash, this.#choices()) };
    }
    const context: Context = {
      map,
      words,
      atlas,
      room: this.#room,
      typed: new TypedDays(others.checker?.reference ?? null, words.engine),
      facts: new Facts(atlas, words),
      colours: new Colours(atlas, settings.palette, words),
      address: () => writeAddress(this.#state, settings.state),
      show: (change) => this.show(change),
    };
    const data = { ...others, zoned: zones !== null };
    return (this.#scene = new Scene(context, settings, data, this.#state));
  }

  #listen(): void {
    if (this.settings.sheets === "page") {
      new Paper(this.map, this.#room);
      for (const type of ["hashchange", "popstate"]) addEventListener(type, () => this.#follow());
    }
    // Narrow screens have the panels elsewhere (page.css): what is shown is fitted anew.
    matchMedia("(max-width: 1000px)").addEventListener("change", () => {
      if (!this.#room.paper) this.#room.resize(() => this.#scene?.fit());
    });
    void document.fonts?.ready.then(() => this.#scene?.remeasure());
  }

  #change(change: Partial<State>): void {
    const before = this.#state;
    const scene = this.#scene;
    this.#state = { ...before, ...change };
    this.map.closePopup();
    if (!scene) return;
    const { lang, digits } = this.#state;
    if (lang !== before.lang || digits !== before.digits) {
      this.#speak();
      scene.lay();
    }
    scene.draw(this.#state);
    this.#link();
    if (lang !== before.lang) {
      scene.reveal();
      // The panels have other heights in other languages.
      if (this.#room.isFitted && !this.#room.paper) scene.fit();
    }
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => scene.drawTables(), TABLES_MS);
  }

  /** Show what the address says, now that it has changed. */
  #follow(): void {
    clearTimeout(this.#writing);
    const said = readAddress(location.hash, this.#choices());
    if (Object.keys(said).length) this.#change(said);
    else if (!location.hash) this.#change(this.settings.state);
  }

  #choices(): Choices {
    const { data } = this.#atlas;
    const [first, last] = this.#given.zones ? this.#atlas.years() : ["", ""];
    return {
      zones: data.zones.map((zone) => zone.id),
      boundaries: data.boundaries.map((boundary) => boundary.id),
      languages: this.#words.languages,
      first,
      last,
    };
  }

  /** Speak the state's language from now on, in the page's head, too. */
  #speak(): void {
    const { lang, digits } = this.#state;
    const words = this.#words;
    words.use(lang, digits);
    if (this.settings.sheets !== "page" || !this.#given.zones) return;
    const { head, description } = this.settings;
    const root = document.documentElement;
    root.lang = words.lang;
    root.dir = words.direction;
    document.title = words.name(head);
    const meta = document.querySelector('meta[name="description"]');
    meta?.setAttribute("content", words.name(description));
  }

  /** Let the links to other pages lead to them in the page's language. */
  #link(): void {
    const { lang, digits } = this.#state;
    this.#embed?.draw(this.#state, writeAddress(this.#state, this.settings.state));
    const said = digits === "latn" ? `lang=${lang}` : `lang=${lang}&digits=${digits}`;
    for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-page]")) {
      link.href = `${link.dataset["page"]}#${said}`;
    }
  }
}

/** Draw an online background over our own quiet one. */
function drawBackground(map: L.Map, { url, subdomains, max_zoom }: Tiles): void {
  map.createPane("tiles").style.zIndex = "215";
  L.tileLayer(url, { pane: "tiles", subdomains, maxNativeZoom: max_zoom }).addTo(map);
}
