/** The layer of names: zones first, then towns, then countries and seas. */

import L from "leaflet";

import type { Atlas, State } from "./atlas";
import type { BaseData } from "./base";
import type { Point, Ring } from "./codec";
import type { Colours } from "./colours";
import { el, svg } from "./dom";
import { place, type Box, type Wish } from "./labels";
import type { Words } from "./words";

interface Name {
  text: string;
  className: string;
  colour?: string;
}

/** A point well inside the largest ring: the middle of its widest row. */
export function seat(rings: Ring[]): Point | null {
  const ring = rings.reduce<Ring | null>(
    (largest, one) => (!largest || span(one) > span(largest) ? one : largest),
    null,
  );
  if (!ring?.length) return null;
  const ys = ring.map(([, y]) => y);
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  let best: { width: number; at: Point } | null = null;
  for (let step = 3; step <= 7; step += 1) {
    const y = low + ((high - low) * step) / 10;
    const cuts: number[] = [];
    ring.forEach(([x1, y1], index) => {
      const [x2, y2] = ring[(index + 1) % ring.length] ?? [x1, y1];
      if (y1 > y !== y2 > y) cuts.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
    });
    cuts.sort((a, b) => a - b);
    for (let index = 0; index + 1 < cuts.length; index += 2) {
      const [a, b] = [cuts[index] ?? 0, cuts[index + 1] ?? 0];
      if (!best || b - a > best.width) best = { width: b - a, at: [(a + b) / 2, y] };
    }
  }
  return best?.at ?? null;
}

function span(ring: Ring): number {
  const xs = ring.map(([x]) => x);
  const ys = ring.map(([, y]) => y);
  return (Math.max(...xs) - Math.min(...xs)) * (Math.max(...ys) - Math.min(...ys));
}

export class NameLayer {
  readonly #pane: HTMLElement;
  readonly #sizes = new Map<string, { width: number; height: number }>();

  constructor(
    private readonly map: L.Map,
    private readonly words: Words,
    private readonly sheets: () => DOMRect[],
  ) {
    this.#pane = map.createPane("names");
    this.#pane.style.zIndex = "620";
    this.#pane.setAttribute("aria-hidden", "true"); // the tables say the same in words
  }

  /** Forget the sizes of names, when another font has come. */
  forget(): void {
    this.#sizes.clear();
  }

  draw(state: State, base: BaseData | null, atlas: Atlas | null, colours: Colours | null): void {
    this.#pane.replaceChildren();
    const size = this.map.getSize();
    if (!size.x || !size.y) return;
    const origin = this.map.containerPointToLayerPoint([0, 0]);
    const at = (x: number, y: number): Point => {
      const point = this.map.latLngToLayerPoint([y, x]);
      return [point.x, point.y];
    };
    const names = new Map<string, Name>();
    const wishes: Wish[] = [];
    const lines: Point[] = [];
    const taken: Box[] = this.sheets().map((rect) => ({
      x: rect.x + origin.x,
      y: rect.y + origin.y,
      width: rect.width,
      height: rect.height,
    }));
    const wish = (key: string, name: Name, rest: Pick<Wish, "anchor" | "ground" | "must">): void => {
      names.set(key, name);
      wishes.push({ key, ...this.#measure(name), ...rest });
    };

    for (const zone of atlas?.data.zones ?? []) {
      if (!atlas?.inForce(zone.id, state.date)) continue;
      const extent =
        atlas.extent(zone.id, "best", state) ?? atlas.extent(zone.id, "high", state);
      const rings = atlas.polygons(extent).flatMap((polygon) => polygon.slice(0, 1));
      const points = rings.flat().map(([x, y]) => at(x, y));
      const middle = seat(rings);
      if (!points.length || !middle) continue;
      points.forEach((point, index) => index % 3 || lines.push(point));
      const xs = points.map(([x]) => x);
      const ys = points.map(([, y]) => y);
      const ground = { x: Math.min(...xs), y: Math.min(...ys), width: 0, height: 0 };
      ground.width = Math.max(...xs) - ground.x;
      ground.height = Math.max(...ys) - ground.y;
      const name = { text: this.words.name(zone.name), className: "name-zone", colour: (colours?.of(zone, state) ?? zone).ink };
      wish(`zone ${zone.id}`, name, { anchor: at(...middle), ground, must: true });
    }
    wishes.sort((a, b) => (b.ground?.width ?? 0) - (a.ground?.width ?? 0));

    for (const feature of base?.features ?? []) {
      if (!feature.name || !feature.point) continue;
      const anchor = at(...feature.point);
      const town = feature.kind === "town";
      if (town) {
        taken.push({ x: anchor[0] - 3, y: anchor[1] - 3, width: 6, height: 6 });
        this.#pane.append(this.#mark(anchor));
      }
      const key = `${feature.kind} ${this.words.name(feature.name)}`;
      const name = { text: this.words.name(feature.name), className: `name-${feature.kind}` };
      wish(key, name, { anchor, must: false });
    }

    const view = { x: origin.x, y: origin.y, width: size.x, height: size.y };
    const leaders = svg("svg", { class: "leaders" });
    for (const one of place(wishes, taken, view, lines)) {
      const name = names.get(one.key);
      if (!name) continue;
      const label = el(`span.name`, { dir: "auto" }, name.text);
      label.classList.add(name.className);
      if (name.colour) label.style.color = name.colour;
      label.style.left = `${Math.round(one.box.x)}px`;
      label.style.top = `${Math.round(one.box.y)}px`;
      this.#pane.append(label);
      const anchor = wishes.find((other) => other.key === one.key)?.anchor;
      if (!one.leader || !anchor) continue;
      const ends = [...one.leader, ...anchor].map((value) => Math.round(value));
      const [x1, y1, x2, y2] = ends;
      leaders.append(svg("line", { x1, y1, x2, y2, class: "leader-case" }));
      const line = svg("line", { x1, y1, x2, y2, class: "leader" });
      line.style.stroke = name.colour ?? "";
      leaders.append(line);
    }
    this.#pane.prepend(leaders);
  }

  #measure(name: Name): { width: number; height: number } {
    const key = `${name.className} ${name.text}`;
    const known = this.#sizes.get(key);
    if (known) return known;
    const probe = el("span.name", {}, name.text);
    probe.classList.add(name.className);
    this.#pane.append(probe);
    const { offsetWidth, offsetHeight } = probe;
    probe.remove();
    const size = { width: offsetWidth, height: offsetHeight };
    this.#sizes.set(key, size);
    return size;
  }

  #mark([x, y]: Point): HTMLElement {
    const mark = el("i.town");
    mark.style.left = `${Math.round(x)}px`;
    mark.style.top = `${Math.round(y)}px`;
    return mark;
  }
}
