/** Posts and incidents: small marks, true discs. */

import L from "leaflet";

import type { Incident, Post } from "../atlas";
import type { Context } from "../context";
import { type Content, el, svg } from "../dom";
import { takeFocus } from "./focus";
import { postMark, verdictMark } from "./symbols";

/** Pixels that a finger can meet. */
const TARGET = 24;

export class MarkLayer {
  readonly #posts = L.layerGroup();
  readonly #incidents = L.layerGroup();
  readonly #discs = L.layerGroup();
  #marks: Record<"posts" | "incidents" | "other", L.Marker[]> = { posts: [], incidents: [], other: [] };

  constructor(private readonly context: Context) {
    const { map } = context;
    const pane = map.createPane("points");
    pane.style.zIndex = "590";
    map.createPane("discs").style.zIndex = "420";
    for (const layer of [this.#discs, this.#posts, this.#incidents]) layer.addTo(map);
    map.on("zoomend", () => this.#thin());
  }

  /** Draw posts and incidents in place of those that are there; incidents of `other` days are faint. */
  draw(posts: readonly Post[], incidents: readonly Incident[], other: readonly Incident[]): void {
    for (const layer of [this.#discs, this.#posts, this.#incidents]) layer.clearLayers();
    this.#marks = {
      posts: posts.flatMap((post) => this.#post(post)),
      incidents: incidents.flatMap((incident) => this.#incident(incident)),
      other: other.flatMap((incident) => this.#incident(incident, true)),
    };
    this.#thin();
  }

  #post(post: Post): L.Marker[] {
    if (post.longitude === null || post.latitude === null) return [];
    const icon = iconOf("mark post", postMark(), 12);
    const { words, facts } = this.context;
    const at: L.LatLngTuple = [post.latitude, post.longitude];
    return [this.#put(this.#posts, at, icon, words.name(post.name), () => facts.post(post))];
  }

  #incident(incident: Incident, faint = false): L.Marker[] {
    if (incident.latitude === null || incident.longitude === null) return [];
    const at: L.LatLngTuple = [incident.latitude, incident.longitude];
    const { radius, place, date, id, verdict } = incident;
    // So large a disc that nothing can be said would be all that one sees.
    if (radius > 0 && !faint && verdict !== "undetermined") {
      const disc = { radius, className: "disc", interactive: false, pane: "discs" };
      this.#discs.addLayer(L.circle(at, disc));
    }
    const icon = iconOf(`mark incident${faint ? " faint" : ""}`, verdictMark(incident.verdict), 14);
    const label = [place, date].filter(Boolean).join(", ") || id;
    const content = (): Content => this.context.facts.incident(incident);
    return [this.#put(this.#incidents, at, icon, label, content)];
  }

  #put(
    layer: L.LayerGroup,
    at: L.LatLngTuple,
    icon: L.DivIcon,
    label: string,
    content: () => Content,
  ): L.Marker {
    const marker = L.marker(at, { icon, keyboard: true, pane: "points", riseOnHover: true });
    // Heard before Leaflet's own listener: where the popup may lie depends on the panels.
    marker.on("click keypress", () =>
      Object.assign(marker.getPopup()?.options ?? {}, this.context.room.popup()),
    );
    marker.bindPopup(() => el("div.panel-facts", {}, content()), { maxWidth: 300, minWidth: 220 });
    marker.on("popupopen", ({ popup }) => takeFocus(popup, label, () => marker.getElement()));
    marker.addTo(layer);
    const element = marker.getElement();
    element?.setAttribute("aria-label", label);
    element?.setAttribute("role", "button");
    return marker;
  }

  /**
   * Let only marks answer that lie a target apart, incidents first: of two that overlap, nobody
   * could say which is meant. The tables have all of them, and so has the map from nearer by.
   */
  #thin(): void {
    const open: L.Point[] = [];
    const { incidents, posts, other } = this.#marks;
    for (const marker of [...incidents, ...posts, ...other]) {
      const at = this.context.map.latLngToLayerPoint(marker.getLatLng());
      const crowded = open.some(
        ({ x, y }) => Math.abs(x - at.x) < TARGET && Math.abs(y - at.y) < TARGET,
      );
      if (!crowded) open.push(at);
      const element = marker.getElement();
      element?.classList.toggle("crowded", crowded);
      for (const [name, value] of [
        ["role", crowded ? null : "button"],
        ["tabindex", crowded ? null : "0"],
        ["aria-hidden", crowded ? "true" : null],
      ] as const) {
        if (value === null) element?.removeAttribute(name);
        else element?.setAttribute(name, value);
      }
    }
  }
}

/** An icon around a drawing of `size` pixels, as large as a finger needs. */
function iconOf(className: string, children: SVGElement[], size: number): L.DivIcon {
  const picture = svg(
    "svg",
    { viewBox: `${-size / 2} ${-size / 2} ${size} ${size}`, width: size, height: size },
    children,
  );
  return L.divIcon({ className, iconSize: [TARGET, TARGET], html: el("span", {}, picture) });
}
