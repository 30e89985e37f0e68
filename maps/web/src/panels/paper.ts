/** The map on paper, where it has a size of its own and nothing lies on it. */

import type L from "leaflet";

import type { Room } from "../map/room";

const WORD = "paper";

/**
 * Shows on paper what is in sight, and brings the view on the screen back afterwards. Browsers lay
 * paper out at once after they say that they print: the map is drawn anew in between.
 */
export class Paper {
  #before: { center: L.LatLng; zoom: number } | null = null;
  /** What was in sight on the screen: once the page is laid out for paper, nobody could say. */
  #sight: L.LatLngBounds | null = null;

  constructor(
    private readonly map: L.Map,
    private readonly room: Room,
  ) {
    const paper = matchMedia("print");
    map.on("moveend", () => {
      if (!this.#before && !paper.matches) this.#sight = room.sight();
    });
    addEventListener("beforeprint", () => this.#begin());
    // Firefox says so while the page is laid out for paper still.
    const turn = (): void => (paper.matches ? this.#begin() : this.#end());
    addEventListener("afterprint", turn);
    paper.addEventListener("change", turn);
  }

  #begin(): void {
    if (this.#before) return;
    const { map, room } = this;
    this.#before = { center: map.getCenter(), zoom: map.getZoom() };
    const sight = this.#sight ?? map.getBounds();
    document.documentElement.classList.add(WORD);
    room.paper = true;
    room.resize(() => map.fitBounds(sight, { animate: false }));
  }

  #end(): void {
    const before = this.#before;
    if (!before) return;
    this.#before = null;
    document.documentElement.classList.remove(WORD);
    this.room.paper = false;
    this.room.resize(() => this.map.setView(before.center, before.zoom, { animate: false }));
  }
}
