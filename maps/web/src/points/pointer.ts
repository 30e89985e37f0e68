/** The pointer over many incidents: what lies under it, in a tooltip, and in a popup with a click. */

import L from "leaflet";

import type { Context } from "../context";
import { el, isolated } from "../dom";
import type { PointLayer } from "./layer";
import type { Points } from "./points";
import type { PointPopup } from "./popup";

const LONGEST = 80; // letters of what a tooltip says

export class Pointer {
  readonly #tip = L.tooltip({ direction: "top", offset: [0, -8], className: "points-tip" });
  #asked = 0;

  constructor(
    private readonly context: Context,
    private readonly points: Points,
    private readonly layer: PointLayer,
    private readonly popup: PointPopup,
    signal: AbortSignal,
  ) {
    const container = context.map.getContainer();
    // Before Leaflet and the zones hear of it: a mark lies above the zone.
    container.addEventListener("click", (event) => this.#click(event), { capture: true, signal });
    container.addEventListener("pointermove", (event) => this.#move(event), { signal });
    container.addEventListener("pointerleave", () => this.#leave(), { signal });
    signal.addEventListener("abort", () => {
      this.#leave();
      container.classList.remove("on-incident");
    });
  }

  /** The rows under the pointer. */
  rows(event: MouseEvent): number[] {
    const { map } = this.context;
    const target = event.target as Element;
    if (target.closest(".leaflet-popup, .leaflet-marker-icon")) return [];
    if (map.getContainer().classList.contains("measuring")) return [];
    return this.layer.hit(map.mouseEventToContainerPoint(event));
  }

  #click(event: MouseEvent): void {
    const { map } = this.context;
    if ((map.dragging as unknown as { moved(): boolean }).moved()) return;
    const rows = this.rows(event);
    if (!rows.length) return;
    event.stopPropagation();
    this.popup.open(rows, map.mouseEventToLatLng(event));
  }

  #move(event: PointerEvent): void {
    const { map } = this.context;
    cancelAnimationFrame(this.#asked);
    this.#asked = requestAnimationFrame(() => {
      const rows = event.pointerType === "touch" || event.buttons ? [] : this.rows(event);
      map.getContainer().classList.toggle("on-incident", rows.length > 0);
      if (!rows.length || this.popup.isOpen) return void this.#tip.remove();
      this.#tip.setLatLng(map.mouseEventToLatLng(event)).setContent(this.#said(rows));
      if (!map.hasLayer(this.#tip)) this.#tip.addTo(map);
    });
  }

  #leave(): void {
    cancelAnimationFrame(this.#asked);
    this.#tip.remove();
  }

  #said(rows: number[]): HTMLElement {
    const { words } = this.context;
    const { points } = this;
    if (rows.length > 1) {
      return el("span", {}, `${words.say("page.incidents")}: ${words.number(rows.length)}`);
    }
    const row = rows[0]!;
    const days = points.days(row);
    const parts = [
      words.say(`verdict.${points.value(row, "verdict")}`),
      days ? words.days(days.first, days.last) : "",
      points.report.id ? (points.columns[0]?.texts.get(row) ?? "") : "",
    ].filter(Boolean);
    const said = parts.flatMap((part, i) => [i ? " · " : "", isolated(part.slice(0, LONGEST))]);
    return el("span", {}, said);
  }
}
