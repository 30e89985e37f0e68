/** The layer of names: zones first, then towns, then countries and seas. */

import L from "leaflet";

import type { Atlas } from "../atlas";
import type { Base } from "../generated/payload";
import { decodeRing, type Point, type Ring } from "../rings";
import type { Colours } from "../colours";
import { el, svg } from "../dom";
import type { State } from "../state";
import { Ink, place, type Box, type Wish } from "./labels";
import type { Words } from "../words";

interface Name {
  text: string;
  className: string;
  colour?: string;
}

/** The middle of the widest stretch of a zone's ground that is in sight: its name belongs there. */
export function seat(rings: Point[][], view: Box, hidden: Box[]): Point | null {
  const ys = rings.flat().map(([, y]) => y);
  const low = Math.max(Math.min(...ys), view.y + 10);
  const high = Math.min(Math.max(...ys), view.y + view.height - 10);
  let best: { width: number; at: Point } | null = null;
  for (let step = 2; step <= 10; step += 1) {
    const y = low + ((high - low) * step) / 12;
    if (!(high > low)) break;
    const cuts = rings.flatMap((ring) =>
      ring.flatMap(([x1, y1], index) => {
        const [x2, y2] = ring[(index + 1) % ring.length] ?? [x1, y1];
        return y1 > y !== y2 > y ? [x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)] : [];
      }),
    );
    cuts.sort((a, b) => a - b);
    const between = hidden.filter((box) => box.y < y + 12 && box.y + box.height > y - 12);
    for (let index = 0; index + 1 < cuts.length; index += 2) {
      const pieces = without(
        [Math.max(cuts[index] ?? 0, view.x), Math.min(cuts[index + 1] ?? 0, view.x + view.width)],
        between,
      );
      for (const [a, b] of pieces) {
        if (b > a && (!best || b - a > best.width)) best = { width: b - a, at: [(a + b) / 2, y] };
      }
    }
  }
  return best?.at ?? null;
}

/** What boxes leave of a stretch from left to right. */
function without(stretch: Point, boxes: Box[]): Point[] {
  return boxes.reduce<Point[]>(
    (left, { x, width }) =>
      left.flatMap(([a, b]): Point[] =>
        x > b || x + width < a
          ? [[a, b]]
          : [
              [a, Math.min(b, x)],
              [Math.max(a, x + width), b],
            ],
      ),
    [stretch],
  );
}

export class NameLayer {
  readonly #pane: HTMLElement;
  #lines: Ring[] | null = null;
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

  /** Draw the names of a state; they keep off `marks`, and off the outlines of zones. */
  draw(
    state: State,
    base: Base | null,
    atlas: Atlas | null,
    colours: Colours | null,
    marks: L.LatLngTuple[] = [],
  ): void {
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
    const view = { x: origin.x, y: origin.y, width: size.x, height: size.y };
    const ink = new Ink(view);
    const taken: Box[] = this.sheets().map((rect) => ({
      x: rect.x + origin.x,
      y: rect.y + origin.y,
      width: rect.width,
      height: rect.height,
    }));
    const sheets = [...taken];
    type Rest = Pick<Wish, "anchor" | "must"> & Partial<Wish>;
    const wish = (key: string, name: Name, rest: Rest): void => {
      names.set(key, name);
      wishes.push({ key, ...this.#measure(name), ...rest });
    };
    for (const line of this.#grounds(base)) {
      ink.line(line.map(([x, y]) => at(x, y)), { closed: false, faint: true });
    }
    for (const [latitude, longitude] of marks) ink.mark(at(longitude, latitude), 5);

    for (const zone of atlas?.data.zones ?? []) {
      if (!atlas?.inForce(zone.id, state.date)) continue;
      const extent =
        atlas.extent(zone.id, "best", state) ?? atlas.extent(zone.id, "high", state);
      const rings = atlas
        .polygons(extent)
        .flat()
        .map((ring) => ring.map(([x, y]) => at(x, y)));
      for (const ring of rings) ink.line(ring);
      const anchor = seat(rings, view, sheets);
      if (!anchor) continue;
      const xs = rings.flat().map(([x]) => x);
      const ys = rings.flat().map(([, y]) => y);
      // The ground in sight: around it, a name is beside what is seen of its zone.
      const left = Math.max(view.x, Math.min(...xs));
      const top = Math.max(view.y, Math.min(...ys));
      const width = Math.min(view.x + view.width, Math.max(...xs)) - left;
      const height = Math.min(view.y + view.height, Math.max(...ys)) - top;
      const ground = { x: left, y: top, width, height };
      const name = {
        text: this.words.name(zone.name),
        className: "name-zone",
        colour: (colours?.of(zone, state) ?? zone).ink,
      };
      const outline = rings.flat();
      wish(`zone ${zone.id}`, name, { anchor, ground, outline, must: true });
    }
    wishes.sort((a, b) => (b.ground?.width ?? 0) - (a.ground?.width ?? 0));

    for (const feature of base?.features ?? []) {
      if (!feature.name || !feature.point) continue;
      const anchor = at(...feature.point);
      const town = feature.kind === "town";
      if (town) taken.push({ x: anchor[0] - 3, y: anchor[1] - 3, width: 6, height: 6 });
      const key = `${feature.kind} ${this.words.name(feature.name)}`;
      const name = { text: this.words.name(feature.name), className: `name-${feature.kind}` };
      wish(key, name, { anchor, must: false, centred: !town });
    }

    const leaders = svg("svg", { class: "leaders" });
    const start = this.words.direction === "rtl" ? -1 : 1;
    for (const one of place(wishes, taken, view, ink, start)) {
      const name = names.get(one.key);
      const anchor = wishes.find((other) => other.key === one.key)?.anchor;
      if (!name || !anchor) continue;
      const label = el(`span.name`, { dir: "auto" }, name.text);
      label.classList.add(name.className);
      if (name.colour) label.style.color = name.colour;
      label.style.left = `${Math.round(one.box.x)}px`;
      label.style.top = `${Math.round(one.box.y)}px`;
      this.#pane.append(label);
      // A mark without its name would say nothing: they come and go together.
      if (name.className === "name-town") this.#pane.append(this.#mark(anchor));
      if (!one.leader) continue;
      const [x1, y1, x2, y2] = one.leader.flat().map((value) => Math.round(value));
      leaders.append(svg("line", { x1, y1, x2, y2, class: "leader-case" }));
      const line = svg("line", { x1, y1, x2, y2, class: "leader" });
      line.style.stroke = name.colour ?? "";
      leaders.append(line);
    }
    this.#pane.prepend(leaders);
  }

  /** The coasts and borders of the base map, decoded once. */
  #grounds(base: Base | null): Ring[] {
    this.#lines ??= (base?.features ?? []).flatMap(({ polygons = [], kind, lines = [] }) =>
      [...polygons.flat(), ...(kind === "border" ? lines : [])].map((text) => decodeRing(text, base!.scale)),
    );
    return this.#lines;
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
