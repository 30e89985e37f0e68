/** Posts and incidents: small marks, true discs. */

import L from "leaflet";

import type { Incident, Post } from "./atlas";
import { append, el, svg } from "./dom";
import type { Facts } from "./facts";
import type { Words } from "./words";

function mark(className: string, children: SVGElement[], size: number): L.DivIcon {
  const picture = svg(
    "svg",
    { viewBox: `${-size / 2} ${-size / 2} ${size} ${size}`, width: size, height: size },
    children,
  );
  const html = el("span", {});
  append(html, picture);
  return L.divIcon({ className, iconSize: [size, size], html });
}

function put(
  layer: L.LayerGroup,
  at: L.LatLngTuple,
  icon: L.DivIcon,
  label: string,
  content: () => Node[],
  room: () => L.PopupOptions,
): void {
  const marker = L.marker(at, { icon, keyboard: true, pane: "points", riseOnHover: true });
  // Heard before Leaflet's own listener: where the popup may lie depends on the sheets.
  marker.on("click keypress", () => Object.assign(marker.getPopup()?.options ?? {}, room()));
  marker.bindPopup(() => el("div.sheet-facts", {}, content()), { maxWidth: 300, minWidth: 220 });
  marker.addTo(layer);
  const element = marker.getElement();
  element?.setAttribute("aria-label", label);
  element?.setAttribute("role", "button");
}

/** A dot that says the verdict: full inside, hollow outside, half for what is uncertain. */
export function verdictMark(verdict: string, radius = 4): SVGElement[] {
  const ring = svg("circle", { r: radius, class: "mark-ring" });
  if (verdict === "inside") return [svg("circle", { r: radius, class: "mark-full" })];
  if (verdict === "outside") return [ring];
  const half = svg("path", { d: `M0 ${-radius}A${radius} ${radius} 0 0 0 0 ${radius}Z`, class: "mark-half" });
  if (verdict === "uncertain") return [ring, half];
  return [svg("circle", { r: radius, class: "mark-unknown" })];
}

export function postMark(): SVGElement[] {
  return [svg("path", { d: "M-3.5 3.5V-3.5H3.5V3.5Z", class: "mark-post" })];
}

export class PointLayer {
  readonly #posts = L.layerGroup();
  readonly #incidents = L.layerGroup();
  readonly #discs = L.layerGroup();

  constructor(
    map: L.Map,
    private readonly words: Words,
    private readonly facts: Facts | null,
    private readonly room: () => L.PopupOptions,
  ) {
    const pane = map.createPane("points");
    pane.style.zIndex = "590";
    map.createPane("discs").style.zIndex = "420";
    for (const layer of [this.#discs, this.#posts, this.#incidents]) layer.addTo(map);
  }

  drawPosts(posts: Post[]): void {
    this.#posts.clearLayers();
    for (const post of posts) {
      if (post.longitude === null || post.latitude === null) continue;
      const icon = mark("mark post", postMark(), 12);
      put(this.#posts, [post.latitude, post.longitude], icon, this.words.name(post.name), () =>
        this.facts ? this.facts.post(post) : [],
        this.room,
      );
    }
  }

  drawIncidents(incidents: Incident[]): void {
    this.#incidents.clearLayers();
    this.#discs.clearLayers();
    for (const incident of incidents) {
      if (incident.latitude === null || incident.longitude === null) continue;
      const at: L.LatLngTuple = [incident.latitude, incident.longitude];
      if (incident.radius > 0) {
        L.circle(at, {
          radius: incident.radius,
          className: "disc",
          interactive: false,
          pane: "discs",
        }).addTo(this.#discs);
      }
      const icon = mark("mark incident", verdictMark(incident.verdict), 14);
      const label = [incident.place, incident.date].filter(Boolean).join(", ");
      put(this.#incidents, at, icon, label || incident.id, () =>
        this.facts ? this.facts.incident(incident) : [],
        this.room,
      );
    }
  }
}
