/** The room on the map between the panels: where the zones fit, where a popup may lie. */

import L from "leaflet";

import type { Bounds } from "../rings";

function boundsOf([west, south, east, north]: Bounds): L.LatLngBounds {
  return L.latLngBounds([south, west], [north, east]);
}

export class Room {
  readonly #container: HTMLElement;
  #fitted?: { at: L.LatLng; zoom: number };
  /** On paper the panels lie beside the map. */
  paper = false;

  constructor(
    private readonly map: L.Map,
    /** What is to be seen. */
    private readonly shown: Bounds,
    /** The ground that the base map covers. */
    readonly edge: Bounds,
  ) {
    this.#container = map.getContainer();
    this.limit();
    map.on("resize", () => this.limit());
  }

  /** The ground below the panels, or below what else is asked about, in pixels of the map. */
  covered(by = ".panel"): DOMRect[] {
    if (this.paper) return [];
    const own = this.#container.getBoundingClientRect();
    return [...document.querySelectorAll(by)].flatMap((panel) => {
      const rect = panel.getBoundingClientRect();
      if (!rect.width || rect.top >= own.bottom) return [];
      return [new DOMRect(rect.x - own.x, rect.y - own.y, rect.width, rect.height)];
    });
  }

  /** What the panels leave free. */
  free(): { paddingTopLeft: [number, number]; paddingBottomRight: [number, number] } {
    const size = this.map.getSize();
    let [left, right, top, bottom] = [12, 12, 12, 12];
    for (const rect of this.covered()) {
      if (rect.width > size.x * 0.7) {
        // The middle decides: a panel from below may reach high up on a phone.
        if (rect.y + rect.height / 2 < size.y / 2) top = Math.max(top, rect.bottom + 8);
        else bottom = Math.max(bottom, size.y - rect.y + 8);
      } else if (rect.height > size.y * 0.15) {
        if (rect.x > size.x / 2) right = Math.max(right, size.x - rect.x + 12);
        else left = Math.max(left, rect.right + 12);
      }
    }
    return { paddingTopLeft: [left, top], paddingBottomRight: [right, bottom] };
  }

  /** The ground that is seen between the panels. */
  sight(): L.LatLngBounds {
    const { map } = this;
    const { paddingTopLeft, paddingBottomRight } = this.free();
    return L.latLngBounds(
      map.containerPointToLatLng(paddingTopLeft),
      map.containerPointToLatLng(map.getSize().subtract(paddingBottomRight)),
    );
  }

  /** How large a popup may be, and where it may lie. */
  popup(): L.PopupOptions {
    const size = this.map.getSize();
    const { paddingTopLeft, paddingBottomRight } = this.free();
    const [left, top] = paddingTopLeft;
    const [right, bottom] = paddingBottomRight;
    return {
      minWidth: Math.min(300, size.x - left - right - 60),
      maxHeight: Math.max(180, size.y - top - bottom - 50),
      autoPanPaddingTopLeft: [left, top],
      autoPanPaddingBottomRight: [right, bottom],
    };
  }

  /** Show what is to be seen as large as the panels allow. */
  fit(): void {
    this.map.fitBounds(boundsOf(this.shown), { animate: false, ...this.free() });
    this.#fitted = { at: this.map.getCenter(), zoom: this.map.getZoom() };
  }

  /** Whether the map is where it was fitted, to the pixel to which Leaflet rounds. */
  get isFitted(): boolean {
    const { map } = this;
    if (this.#fitted?.zoom !== map.getZoom()) return false;
    return map.project(this.#fitted.at).distanceTo(map.project(map.getCenter())) < 2;
  }

  /** Take a size that paper or a phone gave the map, and show by `fit` what is to be seen. */
  resize(fit: () => void): void {
    // Leaflet would pan back to these bounds from a view that is about to be left.
    this.map.setMaxBounds(L.latLngBounds([]));
    this.map.invalidateSize({ animate: false, pan: false });
    this.limit();
    fit();
    this.map.setMaxBounds(boundsOf(this.edge));
  }

  /** Keep the view on the ground that the base map covers. */
  limit(): void {
    this.map.setMinZoom(0); // which would bound what is asked for
    const zoom = this.map.getBoundsZoom(boundsOf(this.edge), true);
    this.map.setMinZoom(Math.ceil(zoom * 10) / 10);
  }
}

/** Make the map in an element, showing `shown` of the ground within `edge`. */
export function makeMap(
  container: HTMLElement,
  options: L.MapOptions,
  shown: Bounds,
  edge: Bounds,
): L.Map {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(container, {
    ...options,
    attributionControl: false,
    zoomControl: false,
    zoomSnap: 0.1,
    zoomDelta: 0.75,
    wheelPxPerZoomLevel: 120,
    maxBounds: boundsOf(edge),
    maxBoundsViscosity: 1,
    maxZoom: 13,
    fadeAnimation: !still,
    zoomAnimation: !still,
    markerZoomAnimation: !still,
    inertia: !still,
  });
  container.setAttribute("role", "application");
  return map.fitBounds(boundsOf(shown), { animate: false });
}
