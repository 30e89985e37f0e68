/** The zones: what is surely inside plain, the line firm, what is possibly inside hatched. */

import L from "leaflet";

import type { Atlas, Zone } from "../atlas";
import type { Ring } from "../rings";
import type { Colours, Tint } from "../colours";
import { svg } from "../dom";
import { Ground } from "./ground";
import { BOTH, type State } from "../state";
import type { Words } from "../words";

function shape(polygons: Ring[][]): L.LatLngTuple[][] {
  return polygons.flat().map((ring) => ring.map(([x, y]): L.LatLngTuple => [y, x]));
}

/** A pattern of parallel strokes at the tint's own angle. */
export function hatch(id: string, tint: Tint, gap = 6): SVGPatternElement {
  return svg(
    "pattern",
    {
      id,
      width: gap,
      height: gap,
      patternUnits: "userSpaceOnUse",
      patternTransform: `rotate(${tint.angle})`,
    },
    svg("rect", { width: gap, height: gap, fill: tint.colour, "fill-opacity": 0.12 }),
    svg("path", {
      d: `M${gap / 2} 0V${gap}`,
      stroke: tint.colour,
      "stroke-width": 1.3,
      "stroke-opacity": 0.85,
    }),
  );
}

export class ZoneLayer {
  readonly #group = L.featureGroup();
  readonly #renderer: L.SVG;
  readonly #prefix: string;
  readonly #defs = svg("defs", {});
  readonly #patterns = new Map<string, string>();
  #drawn = "";

  constructor(
    map: L.Map,
    private readonly atlas: Atlas,
    private readonly words: Words,
    private readonly colours: Colours,
    private readonly open: (zone: Zone, at: L.LatLng) => void,
  ) {
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
    const { atlas } = this;
    const seen = atlas.data.zones.map((zone) => [
      atlas.span(zone.id, state.date)?.from,
      atlas.data.boundaries.map(({ id }) => atlas.extent(zone.id, "best", state, id)?.from),
      this.colours.of(zone, state).colour,
    ]);
    const { boundary, estimate, lang, zone, colour } = state;
    const key = JSON.stringify([seen, boundary, estimate, lang, zone, colour]);
    if (key === this.#drawn) return false;
    this.#drawn = key;
    this.#group.clearLayers();
    for (const one of atlas.data.zones) this.#drawZone(one, state);
    return true;
  }

  #pattern(tint: Tint): string {
    const known = this.#patterns.get(tint.colour);
    if (known) return known;
    const id = `${this.#prefix}-tint-${this.#patterns.size + 1}`;
    this.#patterns.set(tint.colour, id);
    this.#defs.append(hatch(id, tint));
    return id;
  }

  #drawZone(zone: Zone, state: State): void {
    if (!this.atlas.inForce(zone.id, state.date)) return;
    const [low, best, high] = (["low", "best", "high"] as const).map((estimate) =>
      shape(this.atlas.polygons(this.atlas.extent(zone.id, estimate, state))),
    ) as [L.LatLngTuple[][], L.LatLngTuple[][], L.LatLngTuple[][]];
    const phase = this.atlas.span(zone.id, state.date)?.phase;
    const chosen = state.zone === zone.id ? " chosen" : "";
    const { colour } = this.colours.of(zone, state);
    const common = { pane: "zones", renderer: this.#renderer, smoothFactor: 0.5 };
    const paint = (rings: L.LatLngTuple[][], name: string, options: L.PolylineOptions): void => {
      if (!rings.length) return;
      const className = `${name} ${phase ?? ""}${chosen}`;
      this.#group.addLayer(
        L.polygon(rings, { ...common, interactive: false, ...options, className }),
      );
    };
    if (state.estimate === "all") {
      // The rings of both, even and odd: what is left is the band between them.
      paint([...high, ...low], "zone-band", {
        stroke: false,
        fillColor: `url(#${this.#pattern(this.colours.of(zone, state))})`,
        fillOpacity: 1,
      });
      paint(low, "zone-low", { stroke: false, fillColor: colour });
      paint(best, "zone-case", { fill: false });
      paint(best, "zone-line", { fill: false, color: colour });
    } else {
      const only = { low, best, high }[state.estimate];
      paint(only, "zone-low", { stroke: false, fillColor: colour });
      paint(only, "zone-case", { fill: false });
      paint(only, "zone-line", { fill: false, color: colour });
    }
    if (state.boundary === BOTH) {
      const drawn = this.atlas.boundary(state);
      for (const { id } of this.atlas.data.boundaries) {
        if (id === drawn) continue;
        const estimate = state.estimate === "all" ? "best" : state.estimate;
        const other = shape(this.atlas.polygons(this.atlas.extent(zone.id, estimate, state, id)));
        paint(other, "zone-other-case", { fill: false });
        paint(other, "zone-other", { fill: false, color: colour });
      }
    }
    const touch = high.length ? high : best;
    if (!touch.length) return;
    const target = L.polygon(touch, {
      ...common,
      stroke: false,
      fillOpacity: 0,
      className: "zone-touch",
      bubblingMouseEvents: false,
    });
    target.on("click", (event) => this.open(zone, event.latlng));
    this.#group.addLayer(target);
    const path = target.getElement();
    if (!path) return;
    path.setAttribute("tabindex", "0");
    path.setAttribute("role", "button");
    path.setAttribute("aria-label", this.words.name(zone.name));
    path.addEventListener("keydown", (event) => {
      const key = (event as KeyboardEvent).key;
      if (key !== "Enter" && key !== " ") return;
      event.preventDefault();
      this.open(zone, target.getBounds().getCenter());
    });
  }
}
