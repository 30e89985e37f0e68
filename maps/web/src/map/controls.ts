/** What one works the map with: buttons to zoom, and a scale. */

import type L from "leaflet";

import { el } from "../dom";
import type { Words } from "../words";

/** Pixels of the scale: the tool that measures lies beside it. */
const LONGEST_RULE = 84;

export function zoomButtons(map: L.Map, words: Words): HTMLElement {
  const button = (sign: string, word: string, act: () => void): HTMLElement => {
    const one = el("button", { type: "button", "aria-label": words.say(word) }, sign);
    one.addEventListener("click", act);
    return one;
  };
  return el(
    "div.panel.zoom",
    {},
    button("+", "page.zoom_in", () => map.zoomIn()),
    button("−", "page.zoom_out", () => map.zoomOut()),
  );
}

/** A bar of a round length on the ground. */
export class Scale {
  readonly #text = el("span", {});
  readonly #bar = el("span.scale-bar", { "aria-hidden": "true" });
  readonly element = el("div.scale", {}, this.#bar, this.#text);

  constructor(
    private readonly map: L.Map,
    private readonly words: Words,
  ) {
    map.on("moveend", this.#draw);
    this.#draw();
  }

  remove(): void {
    this.map.off("moveend", this.#draw);
  }

  readonly #draw = (): void => {
    const row = this.map.getSize().y / 2;
    const metres = this.map.distance(
      this.map.containerPointToLatLng([0, row]),
      this.map.containerPointToLatLng([LONGEST_RULE, row]),
    );
    if (!metres) return;
    const power = 10 ** Math.floor(Math.log10(metres));
    const round = [5, 2, 1].map((step) => step * power).find((step) => step <= metres) ?? power;
    this.#bar.style.inlineSize = `${((LONGEST_RULE * round) / metres).toFixed(1)}px`;
    this.#text.replaceChildren(this.words.length(round));
  };
}
