/** The panels that lie on the map and below it, in the language of the page. */

import type { Incident, Post } from "../atlas";
import type { Context } from "../context";
import { el } from "../dom";
import type { Settings } from "../generated/payload";
import { Scale, zoomButtons } from "../map/controls";
import { Measure } from "../map/measure";
import type { State } from "../state";
import { Timeline } from "../timeline/timeline";
import { Legend } from "./legend";
import { backgroundNote, creditNote } from "./notes";
import { Tables } from "./tables";
import { titlePanel } from "./title";
import { ZonesPanel } from "./zones";

/** Incidents on the map that have a part of the legend, and a section below the map. */
export interface ShownIncidents {
  /** Whether there are any. */
  readonly any: boolean;
  /** They are of a file, which comes first below the map: it is what its user looks at. */
  readonly ofFile: boolean;
  key(): HTMLElement;
  section(): HTMLElement;
}

/** What there is to lay panels for. */
export interface PanelParts {
  /** Whether settlements are named on the map. */
  readonly settlements: boolean;
  readonly posts: readonly Post[];
  readonly incidents: readonly Incident[];
  readonly shown: ShownIncidents | null;
  /** The panel of the checker. */
  readonly checker: readonly HTMLElement[];
  /** What shows who held which settlement, where that is known. */
  readonly front: { element(): HTMLElement } | null;
}

/** The panels of a whole page, beside the legend. */
interface PagePanels {
  readonly title: HTMLElement;
  readonly zones: ZonesPanel;
  readonly timeline: Timeline;
  readonly tables: Tables;
  section: HTMLElement | null;
}

/**
 * A page has all of them; a map in a notebook has the legend and the buttons to zoom, of which the
 * last is all there is where no zones are drawn.
 */
export class Panels {
  #legend: Legend | null;
  #tools: { remove(): void }[] = [];
  readonly #page: PagePanels | null;
  readonly #watch = new ResizeObserver(() => this.share());
  readonly #others: HTMLElement[];

  /** Lay them after the map. */
  constructor(
    private readonly context: Context,
    private readonly settings: Settings,
    private readonly parts: PanelParts,
    { extent, choicesOpen }: { extent: "page" | "map" | "zoom"; choicesOpen: boolean },
  ) {
    const { map, words } = context;
    const zoom = zoomButtons(map, words);
    this.#legend = extent === "zoom" ? null : this.#makeLegend(parts.shown, choicesOpen);
    this.#page = extent === "page" ? this.#makePage() : null;
    const legend = this.#legend ? [this.#legend.element] : [];
    if (this.#page) this.#others = [zoom, ...this.#layPage(this.#page, [...legend, zoom])];
    else {
      this.#others = [zoom];
      map.getContainer().after(...legend, zoom);
    }
  }

  /** Lay all that a page has around its map; return what was laid, beside what is removed by itself. */
  #layPage(page: PagePanels, onMap: readonly HTMLElement[]): HTMLElement[] {
    const { context, parts, settings } = this;
    const { title, zones, timeline, tables, section } = page;
    const container = context.map.getContainer();
    const { words } = context;
    const skips = [
      parts.checker.length ? el("a.skip", { href: "#checker-toggle" }, words.say("page.skip_to_check")) : null,
      el("a.skip", { href: `#${container.id}` }, words.say("page.skip_to_map")),
      el("a.skip", { href: "#tables" }, words.say("page.skip_to_table")),
    ].filter((one) => one !== null);
    for (const skip of skips) {
      skip.addEventListener("click", (event) => {
        event.preventDefault(); // the address says what the page shows
        document.querySelector<HTMLElement>(skip.hash)?.focus();
      });
    }
    const credit = creditNote(settings.credit, context.words);
    const below = [tables.element, ...(section ? [section] : [])];
    if (parts.shown?.ofFile) below.reverse();
    // The order of reading and of focus: the title, the check, the map, then what is beside it.
    container.before(...skips, title, ...parts.checker);
    container.after(...onMap, timeline.element, zones.element, ...below, credit);
    const lanes = String(context.atlas.data.zones.length);
    document.body.style.setProperty("--lanes", lanes);
    this.share();
    this.#watch.observe(title); // a reader's own spacing or size of letters may come later
    return [...skips, title, ...parts.checker, zones.element, tables.element, credit];
  }

  /** Whether the choices lie open, as the next panels should leave them. */
  get choicesOpen(): boolean {
    return this.#legend?.open ?? false;
  }

  draw(state: State): void {
    this.drawOverMap(state);
    this.#legend?.draw(state);
  }

  /** Draw the panels whose height says what they leave to the map. */
  drawOverMap(state: State): void {
    this.#page?.zones.draw(state, this.parts.posts);
    this.#page?.timeline.draw(state);
  }

  /** A button to what the panel of zones says of one; none where there is no such panel. */
  wayTo(zone: string): HTMLElement | null {
    return this.#page?.zones.wayTo(zone) ?? null;
  }

  /** Bring the day into view. */
  reveal(): void {
    this.#page?.timeline.reveal();
  }

  drawTables(state: State, incidents: readonly Incident[]): void {
    this.#page?.tables.draw(state, this.parts.posts, incidents);
  }

  /** Say how much of the height the title leaves to the other panels. */
  share(): void {
    const high = this.#page?.title.offsetHeight;
    if (high) document.body.style.setProperty("--title", `${high}px`);
  }

  /** Lay what tells of other incidents, and leave all else as it lies. */
  replaceIncidents(shown: ShownIncidents | null): void {
    if (!this.#page || !this.#legend) return;
    const [before, open] = [this.#legend.element, this.#legend.open];
    for (const tool of this.#tools) tool.remove();
    this.#legend = this.#makeLegend(shown, open);
    before.replaceWith(this.#legend.element);
    this.#page.section?.remove();
    this.#page.section = shown?.section() ?? null;
    if (!this.#page.section) return;
    this.#page.tables.element[shown?.ofFile ? "before" : "after"](this.#page.section);
  }

  remove(): void {
    this.#watch.disconnect();
    this.#page?.timeline.remove();
    this.#page?.section?.remove();
    for (const tool of this.#tools) tool.remove();
    this.#legend?.element.remove();
    for (const element of this.#others) element.remove();
  }

  #makeLegend(shown: ShownIncidents | null, open: boolean): Legend {
    const { map, words } = this.context;
    const { posts, incidents } = this.parts;
    const { tiles } = this.settings;
    const [scale, measure] = [new Scale(map, words), new Measure(map, words)];
    this.#tools = [scale, measure];
    const front = this.parts.front ? [this.parts.front.element()] : [];
    // The filter of a file lies beside what was found in it.
    const filter = shown?.any && !shown.ofFile ? [shown.key()] : [];
    return new Legend(this.context, {
      settlements: this.parts.settlements,
      posts: posts.some((post) => post.latitude !== null && !post.planned),
      incidents: incidents.length > 0 || (shown?.any ?? false),
      open,
      body: [...front, ...filter, ...(tiles ? [backgroundNote(tiles, words)] : [])],
      foot: [scale.element, measure.element],
    });
  }

  #makePage(): PagePanels {
    const { context, settings, parts } = this;
    return {
      title: titlePanel(settings, context.words, (change) => context.show(change)),
      zones: new ZonesPanel(context, settings.zone_pages),
      timeline: new Timeline(context),
      tables: new Tables(context),
      section: parts.shown?.section() ?? null,
    };
  }
}
