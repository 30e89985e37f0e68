/** Posts and incidents: small marks, true discs. */

import L from "leaflet";

import type { Incident, Post } from "../atlas";
import { append, el, svg } from "../dom";
import type { Facts } from "../facts";
import type { Words } from "../words";

/** Pixels that a finger can meet. */
const TARGET = 24;

function mark(className: string, children: SVGElement[], size: number): L.DivIcon {
  const picture = svg(
    "svg",
    { viewBox: `${-size / 2} ${-size / 2} ${size} ${size}`, width: size, height: size },
    children,
  );
  const html = el("span", {});
  append(html, picture);
  return L.divIcon({ className, iconSize: [TARGET, TARGET], html });
}

function put(
  layer: L.LayerGroup,
  at: L.LatLngTuple,
  icon: L.DivIcon,
  label: string,
  content: () => Node[],
  room: () => L.PopupOptions,
): L.Marker {
  const marker = L.marker(at, { icon, keyboard: true, pane: "points", riseOnHover: true });
  // Heard before Leaflet's own listener: where the popup may lie depends on the sheets.
  marker.on("click keypress", () => Object.assign(marker.getPopup()?.options ?? {}, room()));
  marker.bindPopup(() => el("div.sheet-facts", {}, content()), { maxWidth: 300, minWidth: 220 });
  marker.addTo(layer);
  const element = marker.getElement();
  element?.setAttribute("aria-label", label);
  element?.setAttribute("role", "button");
  return marker;
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
  #marks: { posts: L.Marker[]; incidents: L.Marker[] } = { posts: [], incidents: [] };

  constructor(
    private readonly map: L.Map,
    private readonly words: Words,
    private readonly facts: Facts | null,
    private readonly room: () => L.PopupOptions,
  ) {
    const pane = map.createPane("points");
    pane.style.zIndex = "590";
    map.createPane("discs").style.zIndex = "420";
    for (const layer of [this.#discs, this.#posts, this.#incidents]) layer.addTo(map);
    map.on("zoomend", () => this.#thin());
  }

  /**
   * Let only marks answer that lie a target apart, incidents first: of two that overlap, nobody
   * could say which is meant. The tables have all of them, and so has the map from nearer by.
   */
  #thin(): void {
    const open: L.Point[] = [];
    for (const marker of [...this.#marks.incidents, ...this.#marks.posts]) {
      const at = this.map.latLngToLayerPoint(marker.getLatLng());
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

  drawPosts(posts: Post[]): void {
    this.#posts.clearLayers();
    this.#marks.posts = [];
    for (const post of posts) {
      if (post.longitude === null || post.latitude === null) continue;
      const icon = mark("mark post", postMark(), 12);
      const name = this.words.name(post.name);
      const content = (): Node[] => (this.facts ? this.facts.post(post) : []);
      const at: L.LatLngTuple = [post.latitude, post.longitude];
      this.#marks.posts.push(put(this.#posts, at, icon, name, content, this.room));
    }
    this.#thin();
  }

  drawIncidents(incidents: Incident[]): void {
    this.#incidents.clearLayers();
    this.#marks.incidents = [];
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
      const content = (): Node[] => (this.facts ? this.facts.incident(incident) : []);
      const name = label || incident.id;
      this.#marks.incidents.push(put(this.#incidents, at, icon, name, content, this.room));
    }
    this.#thin();
  }
}
