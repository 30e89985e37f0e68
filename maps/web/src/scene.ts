/** Everything that is drawn of one map's data, layers and panels, from one state. */

import type L from "leaflet";

import type { Incident, Post, Zone } from "./atlas";
import { CheckerPanel } from "./checker/panel";
import type { Context } from "./context";
import { type Day, dayNumber, dayOf } from "./days";
import { type Content, el } from "./dom";
import type { Base, Checker, Ledger, Points, Settings } from "./generated/payload";
import { FrontLayer } from "./map/front";
import { MarkLayer } from "./map/marks";
import { NameLayer } from "./map/names";
import { Settlements } from "./map/settlements";
import { ZoneLayer } from "./map/zones";
import { Panels } from "./panels/panels";
import { openingDay } from "./points/opening";
import { PublishedPoints } from "./points/published";
import { ShownPoints } from "./points/shown";
import type { PointSource } from "./points/source";
import { isInWindow, type State } from "./state";

/** Marks that names keep off; of more than that, none could. */
const MOST_MARKS = 400;

/** What a page holds for a map to draw, beside what is known of the zones. */
export interface SceneData {
  /** Whether zones are drawn. */
  readonly zoned: boolean;
  readonly base: Base | null;
  readonly posts: readonly Post[];
  readonly incidents: readonly Incident[];
  readonly points: Points | null;
  readonly checker: Checker | null;
}

export class Scene {
  readonly #zones: ZoneLayer;
  readonly #marks: MarkLayer;
  readonly #names: NameLayer;
  readonly #front: FrontLayer | null;
  readonly #checker: CheckerPanel | null;
  /** The incidents that stand in the page, and those on the map: of a file while one is shown. */
  readonly #published: PointSource | null;
  #shown: ShownPoints | null;
  #panels: Panels | null = null;
  /** Which posts and incidents are drawn, and where: names keep off them. */
  #drawn = "";
  #spots: L.LatLngTuple[] = [];

  constructor(
    private readonly context: Context,
    private readonly settings: Settings,
    private readonly data: SceneData,
    private state: State,
  ) {
    const { map, words, atlas } = context;
    this.#marks = new MarkLayer(context);
    this.#zones = new ZoneLayer(context, (zone) => this.#summary(zone));
    this.#names = new NameLayer(context, data.base);
    const ledger = data.checker?.reference.ledger;
    if (ledger) void this.#settle(ledger);
    this.#front = ledger?.sides.length ? new FrontLayer(context, ledger, state.date) : null;
    this.#published = data.points && new PublishedPoints(data.points, words, atlas);
    this.#shown = this.#published && new ShownPoints(context, this.#published);
    const host = {
      ...context,
      incidents: (source: PointSource | null) => this.#replace(source),
      day: () => this.state.date,
      meets: (event: MouseEvent) => this.#shown?.meets(event) ?? false,
    };
    this.#checker = data.checker && new CheckerPanel(host, data.checker);
    map.on("moveend resize", () => this.drawNames()); // a zoom ends with a move
  }

  /** Lay the panels in the language of the words, in place of those that lie there. */
  lay(): void {
    const { context, settings } = this;
    const focused = (document.activeElement as HTMLElement | null)?.dataset["keep"];
    const y = scrollY;
    const choicesOpen = this.#panels?.choicesOpen ?? false;
    this.#panels?.remove();
    this.#drawn = "";
    this.#names.forget();
    context.map.getContainer().setAttribute("aria-label", context.words.say("page.map_label"));
    const parts = {
      settlements: this.data.checker !== null,
      posts: this.data.posts,
      incidents: this.data.incidents,
      shown: this.#shown,
      checker: this.#checker?.elements() ?? [],
      front: this.#front,
    };
    const extent = this.data.zoned ? settings.sheets : "zoom";
    this.#panels = new Panels(context, settings, parts, { extent, choicesOpen });
    if (focused) document.querySelector<HTMLElement>(`[data-keep="${focused}"]`)?.focus();
    if (y) scrollTo({ top: y, behavior: "instant" });
  }

  /** Show the zones as large as the panels allow. */
  fit(): void {
    if (this.settings.sheets !== "page") return;
    this.#panels?.drawOverMap(this.state);
    this.#panels?.reveal();
    this.context.room.fit();
  }

  /** Draw what a state shows. */
  draw(state: State): void {
    this.state = state;
    const changed = this.#zones.draw(state);
    const posts = this.data.posts.filter((post) => this.context.atlas.stood(post, state.date));
    const [incidents, other] = this.#incidents();
    // While the cursor runs, most days show what the day before showed.
    const numbers = posts.map((post) => this.data.posts.indexOf(post));
    const shown = [numbers, ...[incidents, other].map((marks) => marks.map(({ id }) => id))].join("|");
    const others = shown !== this.#drawn;
    if (others || changed) {
      this.#marks.draw(posts, incidents, other);
      this.#spots = [...posts, ...incidents, ...other].flatMap(({ latitude, longitude }) =>
        latitude === null || longitude === null ? [] : [[latitude, longitude] as L.LatLngTuple],
      );
    }
    this.#front?.draw(state.date);
    this.#shown?.draw(state);
    this.#panels?.draw(state);
    if (others || changed) this.drawNames();
    this.#drawn = shown;
  }

  /** Draw the tables, which say what the map says. */
  drawTables(): void {
    this.#panels?.drawTables(this.state, this.data.incidents);
  }

  /** Name settlements as soon as they are unpacked; the base map names its towns itself. */
  async #settle(packed: Ledger): Promise<void> {
    const { features = [] } = this.data.base ?? {};
    const towns = features.flatMap(({ kind, point }) => (kind === "town" && point ? [point] : []));
    this.#names.take(await Settlements.of(packed, towns));
    this.drawNames();
    this.context.map.getContainer().dataset["settlements"] = "named";
  }

  drawNames(): void {
    const { map } = this.context;
    map.getContainer().dataset["zoom"] = map.getZoom() < 8 ? "far" : "near";
    const sight = map.getBounds();
    const seen = this.#spots.filter((at) => sight.contains(at)).slice(0, MOST_MARKS);
    this.#names.draw(this.state, seen, this.#checker?.place ?? null);
  }

  /** Bring the day into view. */
  reveal(): void {
    this.#panels?.reveal();
  }

  /** Measure anew what is as large as its letters, now that a font has come. */
  remeasure(): void {
    this.#panels?.share();
    this.#names.forget();
    this.drawNames();
  }

  /** The incidents of the days shown, and those of other days. */
  #incidents(): [shown: Incident[], other: Incident[]] {
    const near = ({ first, last }: Incident): boolean => isInWindow(first, last, this.state);
    const { incidents } = this.data;
    return [incidents.filter(near), incidents.filter((one) => !near(one))];
  }

  /** Show the incidents of a file in place of the page's own; null brings those back. */
  #replace(source: PointSource | null): ShownPoints | null {
    this.#shown?.remove();
    const shown = source ?? this.#published;
    this.#shown = shown && new ShownPoints(this.context, shown);
    this.#panels?.replaceIncidents(this.#shown);
    // What was asked of the others means nothing here.
    const { window } = this.settings.state;
    const days = source?.days;
    const date = days ? this.#openingDay(days.first, days.last, window) : this.state.date;
    this.context.show({ filter: "", window, date });
    return this.#shown;
  }

  /** The day on which incidents are first shown. */
  #openingDay(first: Int32Array, last: Int32Array, window: number): Day {
    const { atlas } = this.context;
    const lives = atlas.data.zones.map((zone) => atlas.life(zone.id));
    const [from, until] = atlas.years();
    const begin = lives.flatMap((life) => life.from ?? []).sort()[0] ?? from;
    const end = lives.map((life) => life.to ?? until).sort().at(-1) ?? until;
    const spans = [
      [dayNumber(begin), dayNumber(end) - 1],
      [dayNumber(from), dayNumber(until)],
    ] as const;
    return dayOf(openingDay(first, last, dayNumber(this.state.date), window, spans));
  }

  /** What a popup says of a zone. */
  #summary(zone: Zone): Content {
    const { colours, facts, words } = this.context;
    const heading = el("h3", {}, words.name(zone.name));
    heading.style.color = colours.of(zone, this.state).ink;
    const summary = el("p.summary", {}, facts.summary(zone, this.state));
    // The panel says the rest, where there is one.
    const more = this.#panels?.wayTo(zone.id);
    return [heading, summary, more ?? facts.zone(zone, this.state, this.data.posts, true)];
  }
}
