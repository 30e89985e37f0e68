/**
 * Who held which settlement on a day: a small mark for each, in the colour of its holder.
 *
 * Not there until it is asked for. As the day moves, so does the front, settlement by settlement.
 */

import L from "leaflet";

import type { Context } from "../context";
import { type Day, dayNumber } from "../days";
import { el, svg } from "../dom";
import type { Ledger as Packed } from "../generated/payload";
import { holderOn, type Place, placesOf } from "../timeline/holders";
import { keyLine } from "./symbols";

const PANE = "front";
const MARGIN = 4; // pixels beyond the map within which a mark is drawn

/** Of the side that zones are made of, and of the others in the order of the ledger. */
const OWN = "#0F6E56";
const OTHERS = ["#A32D2D", "#4A4A52", "#2F5FA8", "#B7860B"];

export class FrontLayer {
  readonly #canvas = L.DomUtil.create("canvas", "front leaflet-zoom-hide");
  #places: readonly Place[] = [];
  #spots: L.Point[] = [];
  #day: Day;
  #shown = false;
  readonly #colours: readonly string[];

  constructor(
    private readonly context: Context,
    private readonly packed: Packed,
    day: Day,
  ) {
    this.#day = day;
    this.#colours = coloursOf(packed);
    const { map } = context;
    map.createPane(PANE).style.zIndex = "415";
    map.getPane(PANE)!.append(this.#canvas);
    this.#canvas.hidden = true;
    map.on("moveend resize viewreset", () => this.#place());
  }

  /** The switch, and below it what the colours mean, in the language of the page. */
  element(): HTMLElement {
    const { words } = this.context;
    const box = el("input", { type: "checkbox", "data-keep": "front", checked: this.#shown });
    const rows = this.packed.sides.map(({ name }, side) =>
      keyLine([svg("circle", { cx: 14, cy: 8.5, r: 4, fill: this.#colours[side] })], words.name(name)),
    );
    const ring = { cx: 14, cy: 8.5, r: 3.4, fill: "none", stroke: OWN, "stroke-width": 1.4 };
    const key = el("ol", { hidden: !this.#shown }, rows, [
      keyLine([svg("circle", ring)], words.say("page.front_open")),
    ]);
    box.addEventListener("change", () => {
      key.hidden = !box.checked;
      void this.#show(box.checked);
    });
    return el("div.front-key", {}, el("label", {}, box, " ", words.say("page.front")), key);
  }

  /** Show who held what on a day. */
  draw(day: Day): void {
    if (day === this.#day) return;
    this.#day = day;
    this.#paint();
  }

  async #show(shown: boolean): Promise<void> {
    this.#shown = shown;
    this.#canvas.hidden = !shown;
    if (shown && !this.#places.length) this.#places = await placesOf(this.packed);
    this.#place();
    this.context.map.getContainer().dataset["front"] = this.#shown ? "shown" : "hidden";
  }

  /** Lay the canvas over the map as it lies now. */
  #place(): void {
    if (!this.#shown) return;
    const { map } = this.context;
    const size = map.getSize();
    const scale = devicePixelRatio || 1;
    this.#canvas.width = size.x * scale;
    this.#canvas.height = size.y * scale;
    this.#canvas.style.width = `${size.x}px`;
    this.#canvas.style.height = `${size.y}px`;
    L.DomUtil.setPosition(this.#canvas, map.containerPointToLayerPoint([0, 0]));
    this.#spots = this.#places.map(({ at }) => map.latLngToContainerPoint(at));
    this.#paint();
  }

  #paint(): void {
    const pen = this.#canvas.getContext("2d");
    if (!this.#shown || !pen) return;
    const scale = devicePixelRatio || 1;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    const { x: width, y: height } = this.context.map.getSize();
    pen.clearRect(0, 0, width, height);
    const radius = Math.max(1.6, Math.min(5, this.context.map.getZoom() - 6.2));
    const day = dayNumber(this.#day);
    pen.lineWidth = Math.max(0.8, radius * 0.35);
    this.#places.forEach(({ holdings }, i) => {
      const { x, y } = this.#spots[i]!;
      if (x < -MARGIN || y < -MARGIN || x > width + MARGIN || y > height + MARGIN) return;
      const { side, open } = holderOn(holdings, day);
      if (side < 0) return;
      pen.beginPath();
      pen.arc(x, y, open ? radius * 0.85 : radius, 0, 2 * Math.PI);
      pen.fillStyle = pen.strokeStyle = this.#colours[side]!;
      if (open) pen.stroke();
      else pen.fill();
    });
  }
}

function coloursOf({ sides }: Packed): string[] {
  let others = 0;
  return sides.map(({ in_zones }) => (in_zones ? OWN : OTHERS[others++ % OTHERS.length]!));
}
