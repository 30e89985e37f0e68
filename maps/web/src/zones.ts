/** The zones: what is surely inside plain, the line firm, what is possibly inside hatched. */

import L from "leaflet";

import type { Atlas, State, Zone } from "./atlas";
import type { Ring } from "./codec";
import { svg } from "./dom";
import type { Words } from "./words";

function shape(polygons: Ring[][]): L.LatLngTuple[][] {
  return polygons.flat().map((ring) => ring.map(([x, y]): L.LatLngTuple => [y, x]));
}

/** A pattern of parallel strokes at the zone's own angle. */
export function hatch(id: string, zone: Zone, gap = 6): SVGPatternElement {
  return svg(
    "pattern",
    {
      id,
      width: gap,
      height: gap,
      patternUnits: "userSpaceOnUse",
      patternTransform: `rotate(${zone.angle})`,
    },
    svg("rect", { width: gap, height: gap, fill: zone.colour, "fill-opacity": 0.07 }),
    svg("path", {
      d: `M${gap / 2} 0V${gap}`,
      stroke: zone.colour,
      "stroke-width": 1.1,
      "stroke-opacity": 0.75,
    }),
  );
}

export class ZoneLayer {
  readonly #group = L.featureGroup();
  readonly #renderer: L.SVG;
  readonly #prefix: string;

  constructor(
    map: L.Map,
    private readonly atlas: Atlas,
    private readonly words: Words,
    private readonly open: (zone: Zone, at: L.LatLng) => void,
  ) {
    const pane = map.createPane("zones");
    pane.style.zIndex = "410";
    this.#renderer = L.svg({ pane: "zones", padding: 0.5 });
    this.#renderer.addTo(map);
    this.#prefix = map.getContainer().id;
    const container = (this.#renderer as unknown as { _container: SVGSVGElement })._container;
    container.prepend(
      svg(
        "defs",
        {},
        atlas.data.zones.map((zone) => hatch(`${this.#prefix}-${zone.id}`, zone)),
      ),
    );
    this.#group.addTo(map);
  }

  draw(state: State): void {
    this.#group.clearLayers();
    for (const zone of this.atlas.data.zones) this.#drawZone(zone, state);
  }

  #drawZone(zone: Zone, state: State): void {
    if (!this.atlas.inForce(zone.id, state.date)) return;
    const [low, best, high] = (["low", "best", "high"] as const).map((estimate) =>
      shape(this.atlas.polygons(this.atlas.extent(zone.id, estimate, state))),
    ) as [L.LatLngTuple[][], L.LatLngTuple[][], L.LatLngTuple[][]];
    const phase = this.atlas.span(zone.id, state.date)?.phase;
    const chosen = state.zone === zone.id ? " chosen" : "";
    const common = { pane: "zones", renderer: this.#renderer, smoothFactor: 0.5 };
    const paint = (rings: L.LatLngTuple[][], name: string, options: L.PolylineOptions): void => {
      if (!rings.length) return;
      const className = `${name} ${phase ?? ""}${chosen}`;
      this.#group.addLayer(
        L.polygon(rings, { ...common, interactive: false, ...options, className }),
      );
    };
    // The rings of both, even and odd: what is left is the band between them.
    paint([...high, ...low], "zone-band", {
      stroke: false,
      fillColor: `url(#${this.#prefix}-${zone.id})`,
      fillOpacity: 1,
    });
    paint(low, "zone-low", { stroke: false, fillColor: zone.colour });
    paint(best, "zone-case", { fill: false });
    paint(best, "zone-line", { fill: false, color: zone.colour });
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
