/** The zones: what is surely inside plain, the line firm, what is possibly inside hatched. */

import L from "leaflet";

import type { Estimate, Zone } from "../atlas";
import type { Tint } from "../colours";
import type { Context } from "../context";
import { type Content, el, svg } from "../dom";
import type { Polygons } from "../rings";
import { BOTH, type State } from "../state";
import { Ground } from "./ground";
import { takeFocus } from "./focus";
import { hatch } from "./symbols";

type Shape = L.LatLngTuple[][];

function shapeOf(polygons: Polygons): Shape {
  return polygons.flat().map((ring) => ring.map(([x, y]): L.LatLngTuple => [y, x]));
}

export class ZoneLayer {
  readonly #group = L.featureGroup();
  readonly #renderer: L.SVG;
  readonly #prefix: string;
  readonly #defs = svg("defs", {});
  readonly #patterns = new Map<string, string>();
  /** The ground of each zone that answers, by the zone's id. */
  readonly #targets = new Map<string, L.Polygon>();
  #drawn = "";

  constructor(
    private readonly context: Context,
    /** What a popup of a zone says. */
    private readonly content: (zone: Zone) => Content,
  ) {
    const { map } = context;
    const pane = map.createPane("zones");
    pane.style.zIndex = "410";
    this.#renderer = new Ground(map, { pane: "zones", padding: 0.5 });
    this.#renderer.addTo(map);
    this.#prefix = map.getContainer().id;
    (this.#renderer as unknown as { _container: SVGSVGElement })._container.prepend(this.#defs);
    this.#group.addTo(map);
  }

  /** Draw the zones of the state; tell whether anything is not as it was. */
  draw(state: State): boolean {
    const { atlas, colours } = this.context;
    const seen = atlas.data.zones.map((zone) => [
      atlas.span(zone.id, state.date)?.from,
      atlas.data.boundaries.map(({ id }) => atlas.extent(zone.id, "best", state, id)?.from),
      colours.of(zone, state).colour,
    ]);
    const { boundary, estimate, lang, zone, colour } = state;
    const key = JSON.stringify([seen, boundary, estimate, lang, zone, colour]);
    if (key === this.#drawn) return false;
    this.#drawn = key;
    this.#group.clearLayers();
    this.#targets.clear();
    for (const one of atlas.data.zones) {
      if (atlas.inForce(one.id, state.date)) this.#drawZone(one, state);
      else this.#drawIdle(one, state);
    }
    return true;
  }

  #drawZone(zone: Zone, state: State): void {
    const { estimate } = state;
    const tint = this.context.colours.of(zone, state);
    const paint = this.#painter(zone, state);
    const [low, best, high] = (["low", "best", "high"] as const).map((one) =>
      this.#shape(zone, one, state),
    ) as [Shape, Shape, Shape];
    if (estimate === "all") {
      // The rings of both, even and odd: what is left is the band between them.
      const band = { stroke: false, fillColor: `url(#${this.#pattern(tint)})`, fillOpacity: 1 };
      paint([...high, ...low], "zone-band", band);
    }
    const [ground, line] = estimate === "all" ? [low, best] : [{ low, best, high }[estimate]];
    paint(ground, "zone-low", { stroke: false, fillColor: tint.colour });
    paint(line ?? ground, "zone-case", { fill: false });
    paint(line ?? ground, "zone-line", { fill: false, color: tint.colour });
    for (const id of this.#others(state)) {
      const other = this.#shape(zone, estimate === "all" ? "best" : estimate, state, id);
      paint(other, "zone-other-case", { fill: false });
      paint(other, "zone-other", { fill: false, color: tint.colour });
    }
    this.#drawTarget(zone, high.length ? high : best);
  }

  /** Where a zone is to be, or has been: a dotted outline, and no ground. */
  #drawIdle(zone: Zone, state: State): void {
    const { atlas } = this.context;
    const shape = shapeOf(atlas.polygons(atlas.idle(zone.id, state)));
    this.#painter(zone, state)(shape, "zone-idle", { fill: false, color: zone.colour });
  }

  /** The boundaries that are shown beside the one that counts. */
  #others(state: State): string[] {
    if (state.boundary !== BOTH) return [];
    const { atlas } = this.context;
    return atlas.data.boundaries.map(({ id }) => id).filter((id) => id !== atlas.boundary(state));
  }

  #shape(zone: Zone, estimate: Estimate, state: State, boundary?: string): Shape {
    const { atlas } = this.context;
    return shapeOf(atlas.polygons(atlas.extent(zone.id, estimate, state, boundary)));
  }

  #painter(
    zone: Zone,
    state: State,
  ): (rings: Shape, name: string, options: L.PolylineOptions) => void {
    const phase = this.context.atlas.span(zone.id, state.date)?.phase ?? "";
    const chosen = state.zone === zone.id ? " chosen" : "";
    return (rings, name, options) => {
      if (!rings.length) return;
      const className = `${name} ${phase}${chosen}`;
      this.#group.addLayer(this.#polygon(rings, { interactive: false, ...options, className }));
    };
  }

  #polygon(rings: Shape, options: L.PolylineOptions): L.Polygon {
    return L.polygon(rings, {
      pane: "zones",
      renderer: this.#renderer,
      smoothFactor: 0.5,
      ...options,
    });
  }

  /** Draw the ground that answers to a pointer and to the keyboard, and cannot be seen. */
  #drawTarget(zone: Zone, rings: Shape): void {
    if (!rings.length) return;
    const unseen = { stroke: false, fillOpacity: 0, className: "zone-touch" };
    const target = this.#polygon(rings, { ...unseen, bubblingMouseEvents: false });
    target.on("click", (event) => this.#open(zone, event.latlng));
    this.#group.addLayer(target);
    this.#targets.set(zone.id, target);
    const path = target.getElement();
    if (!path) return;
    path.setAttribute("tabindex", "0");
    path.setAttribute("role", "button");
    path.setAttribute("aria-label", this.context.words.name(zone.name));
    path.addEventListener("keydown", (event) => {
      const key = (event as KeyboardEvent).key;
      if (key !== "Enter" && key !== " ") return;
      event.preventDefault();
      this.#open(zone, target.getBounds().getCenter());
    });
  }

  /** Choose a zone, and say what it is: what is chosen is drawn anew. */
  #open(zone: Zone, at: L.LatLng): void {
    const { map, room, words, show } = this.context;
    show({ zone: zone.id });
    const popup = L.popup({ maxWidth: 340, ...room.popup(), minWidth: 180 })
      .setLatLng(at)
      .setContent(el("div.panel-facts", {}, this.content(zone)))
      .openOn(map);
    takeFocus(popup, words.name(zone.name), () => this.#targets.get(zone.id)?.getElement());
  }

  #pattern(tint: Tint): string {
    const known = this.#patterns.get(tint.colour);
    if (known) return known;
    const id = `${this.#prefix}-tint-${this.#patterns.size + 1}`;
    this.#patterns.set(tint.colour, id);
    this.#defs.append(hatch(id, tint));
    return id;
  }
}
