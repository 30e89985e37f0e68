/** A measuring tool: ways over clicked points, on the ellipsoid. */

import L from "leaflet";

import type { Point } from "../rings";
import { el } from "../dom";
import { geodesic } from "../engine/geometry/geodesic";
import type { Words } from "../words";

export class Measure {
  readonly element: HTMLElement;
  readonly #points: Point[] = [];
  readonly #drawn = L.layerGroup();
  readonly #button: HTMLButtonElement;
  readonly #answer = el("div.measured", { role: "status" });
  readonly #cross = el("i.cross", { "aria-hidden": "true" });
  readonly #map: L.Map;
  readonly #words: Words;
  #on = false;

  constructor(map: L.Map, words: Words) {
    this.#map = map;
    this.#words = words;
    this.#button = el(
      "button.measure",
      { type: "button", "aria-pressed": "false", "data-keep": "measure" },
      words.say("page.measure"),
    );
    this.#button.addEventListener("click", () => this.#turn(!this.#on));
    this.element = el("div", {}, this.#button, this.#answer);
    const container = map.getContainer();
    // Before Leaflet and the marks hear of it: while one measures, a click is a point.
    container.addEventListener("click", this.#click, true);
    container.addEventListener("keydown", this.#key, true);
  }

  /** Leave the map as it was without the tool. */
  remove(): void {
    this.#turn(false);
    const container = this.#map.getContainer();
    container.removeEventListener("click", this.#click, true);
    container.removeEventListener("keydown", this.#key, true);
  }

  #turn(on: boolean): void {
    this.#on = on;
    const container = this.#map.getContainer();
    this.#button.setAttribute("aria-pressed", String(on));
    container.classList.toggle("measuring", on);
    this.#points.length = 0;
    if (on) {
      this.#drawn.addTo(this.#map);
      container.append(this.#cross);
      container.focus({ preventScroll: true });
    } else {
      this.#drawn.remove();
      this.#cross.remove();
    }
    this.#draw();
  }

  readonly #click = (event: MouseEvent): void => {
    const target = event.target as Element;
    if (!this.#on || target.closest(".leaflet-popup, .leaflet-control")) return;
    event.stopPropagation();
    const drag = this.#map.dragging as unknown as { moved?(): boolean };
    if (drag.moved?.()) return;
    this.#add(this.#map.mouseEventToLatLng(event));
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (!this.#on) return;
    if (event.key === "Enter") this.#add(this.#map.getCenter());
    else if (event.key === "Backspace") this.#points.pop();
    else if (event.key === "Escape") {
      this.#turn(false);
      this.#button.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
    this.#draw();
  };

  #add({ lng, lat }: L.LatLng): void {
    this.#points.push([lng, lat]);
    this.#draw();
  }

  #draw(): void {
    this.#drawn.clearLayers();
    this.#answer.replaceChildren();
    if (!this.#on) return;
    const at = this.#points.map(([x, y]): L.LatLngTuple => [y, x]);
    const common = { interactive: false };
    this.#drawn.addLayer(L.polyline(at, { ...common, className: "way-case" }));
    this.#drawn.addLayer(L.polyline(at, { ...common, className: "way" }));
    for (const point of at) {
      this.#drawn.addLayer(L.circleMarker(point, { ...common, radius: 4, className: "way-point" }));
    }
    const words = this.#words;
    let sum = 0;
    const legs = this.#points.slice(1).map((point, index) => {
      const length = geodesic(...(this.#points[index] as Point), ...point);
      sum += length;
      const values = { number: words.number(index + 2), length: words.length(length) };
      return el("li", {}, words.say("page.measure_leg", values));
    });
    if (!legs.length) {
      this.#answer.append(el("p", {}, words.say("page.measure_hint")));
      return;
    }
    const clear = el("button", { type: "button" }, words.say("page.clear"));
    clear.addEventListener("click", () => {
      this.#points.length = 0;
      this.#draw();
      this.#button.focus();
    });
    const total = words.say("page.measure_total", { length: words.length(sum) });
    this.#answer.append(el("p", {}, el("strong", {}, total)), el("ol", {}, legs.slice(-3)), clear);
  }
}
