/** The layer of names: zones first, then towns, countries and seas, then settlements by size. */

import type L from "leaflet";

import type { Zone } from "../atlas";
import type { Context } from "../context";
import { el, svg } from "../dom";
import type { Base } from "../generated/payload";
import { decodeRing, type Point, type Ring } from "../rings";
import type { State } from "../state";
import { type Box, Ink, place, type Placed, type Wish } from "./labels";
import { along, sharp } from "./sharp";
import type { Settlement, Settlements } from "./settlements";

/** Settlements in sight that are marked, the largest of them: more would be a grey cloud. */
const MOST_SETTLEMENTS = 400;
/** Half the side of a settlement's mark, in pixels. */
const HALF: Readonly<Record<string, number>> = { city: 2.5, town: 2 };
const HALF_SMALL = 1.5;
/** Before, the names of governorates would stand on those of their towns. */
const GOVERNORATES_FROM = 7.8;

/** Half the ring round the place asked about. */
const RING = 13;

/** A square, by its middle and half its side. */
const square = ([x, y]: Point, half: number): Box => {
  return { x: x - half, y: y - half, width: 2 * half, height: 2 * half };
};

interface Name {
  readonly text: string;
  readonly className: string;
  readonly colour?: string;
  /** Of a settlement: a `city`, a `town`, or what is smaller. */
  readonly kind?: string;
}

/** A name, and where it would like to lie. */
interface Named extends Wish {
  readonly name: Name;
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
  /** Marks of settlements lie below those of incidents and posts. */
  readonly #marked: HTMLElement;
  /** The coasts and borders of the base map. */
  readonly #grounds: readonly Ring[];
  readonly #sizes = new Map<string, { width: number; height: number }>();
  #settlements: Settlements | null = null;

  constructor(
    private readonly context: Context,
    private readonly base: Base | null,
  ) {
    this.#pane = context.map.createPane("names");
    this.#pane.style.zIndex = "620";
    this.#marked = context.map.createPane("settlements");
    this.#marked.style.zIndex = "430";
    for (const pane of [this.#pane, this.#marked]) {
      pane.setAttribute("aria-hidden", "true"); // the tables say the same in words
    }
    this.#grounds = (base?.features ?? []).flatMap(({ polygons = [], kind, lines = [] }) =>
      [...polygons.flat(), ...(kind === "border" ? lines : [])].map((text) =>
        decodeRing(text, base!.scale),
      ),
    );
  }

  /** Name these settlements, too, from now on. */
  take(settlements: Settlements): void {
    this.#settlements = settlements;
  }

  /** Forget the sizes of names, when another font has come. */
  forget(): void {
    this.#sizes.clear();
  }

  /** Draw the names of a state; they keep off `marks`, the place asked about, outlines of zones. */
  draw(state: State, marks: readonly L.LatLngTuple[], asked: L.LatLngTuple | null): void {
    this.#pane.replaceChildren();
    this.#marked.replaceChildren();
    const { map, room, words } = this.context;
    const size = map.getSize();
    if (!size.x || !size.y) return;
    const origin = map.containerPointToLayerPoint([0, 0]);
    const view = { x: origin.x, y: origin.y, width: size.x, height: size.y };
    const panels = room.covered(".panel, .flag").map(({ x, y, width, height }): Box => {
      return { x: x + origin.x, y: y + origin.y, width, height };
    });
    const ink = new Ink(view);
    for (const line of this.#grounds) ink.line(this.#at(line), { closed: false, faint: true });
    for (const [latitude, longitude] of marks) ink.mark(this.#spot(longitude, latitude), 5);
    const spot = asked && this.#spot(asked[1], asked[0]);
    if (spot) ink.mark(spot, RING);
    const zones = this.#zones(state, view, panels, ink);
    zones.sort((a, b) => (b.ground?.width ?? 0) - (a.ground?.width ?? 0));
    const places = this.#places(view);
    const towns = places.filter(({ centred }) => !centred).map(({ anchor }) => square(anchor, 3));
    const settlements = this.#inSight();
    const dots = settlements.map(({ kind, at }): Box => {
      return square(this.#spot(...at), HALF[kind] ?? HALF_SMALL);
    });
    this.#mark(dots);
    const wishes = [...zones, ...places, ...this.#names(settlements, spot)];
    const start = words.direction === "rtl" ? -1 : 1;
    this.#append(place(wishes, [...panels, ...towns, ...dots], view, ink, start), wishes);
  }

  /** The settlements of the view, with a little around it: a mark is not cut at the edge. */
  #inSight(): Settlement[] {
    const { map } = this.context;
    const sight = map.getBounds();
    const box: [number, number, number, number] = [
      sight.getWest(),
      sight.getSouth(),
      sight.getEast(),
      sight.getNorth(),
    ];
    return [...(this.#settlements?.within(box, map.getZoom(), MOST_SETTLEMENTS) ?? [])];
  }

  /** Draw the marks of settlements: tiny and solid, square as no incident is. */
  #mark(dots: readonly Box[]): void {
    if (!dots.length) return;
    const d = dots.map(({ x, y, width, height }) => {
      return `M${x.toFixed(1)} ${y.toFixed(1)}h${width}v${height}h${-width}z`;
    });
    this.#marked.append(
      svg("svg", { class: "leaders" }, svg("path", { class: "settlements", d: d.join("") })),
    );
  }

  /** Names of settlements; that of one below the ring of the place asked about lies around it. */
  #names(settlements: readonly Settlement[], asked: Point | null): Named[] {
    const { lang } = this.context.words;
    return settlements.map(({ index, kind, at }) => {
      const text = this.#settlements!.name(index, lang);
      const size = kind in HALF ? kind : "village";
      const name = { text, className: "name-settlement", kind: size };
      const [x, y] = this.#spot(...at);
      const isBelow = asked && Math.hypot(x - asked[0], y - asked[1]) < RING;
      const around = isBelow ? { ground: square(asked, RING) } : {};
      const wish = { anchor: [x, y] as Point, must: false, close: true, ...around };
      return { key: `settlement ${index}`, name, ...this.#measure(name), ...wish };
    });
  }

  /** The names of the zones in force; their outlines go into the ink. */
  #zones(state: State, view: Box, panels: Box[], ink: Ink): Named[] {
    const { atlas } = this.context;
    return atlas.data.zones.flatMap((zone) => {
      if (!atlas.inForce(zone.id, state.date)) return [];
      const extent = atlas.extent(zone.id, "best", state) ?? atlas.extent(zone.id, "high", state);
      const rings = atlas.polygons(extent).flat().map((ring) => this.#at(ring));
      for (const ring of rings) ink.line(ring);
      const anchor = seat(rings, view, panels);
      return anchor ? [this.#zone(zone, state, rings.flat(), anchor, view)] : [];
    });
  }

  #zone(zone: Zone, state: State, outline: Point[], anchor: Point, view: Box): Named {
    const { words, colours } = this.context;
    const xs = outline.map(([x]) => x);
    const ys = outline.map(([, y]) => y);
    // The ground in sight: around it, a name is beside what is seen of its zone.
    const left = Math.max(view.x, Math.min(...xs));
    const top = Math.max(view.y, Math.min(...ys));
    const width = Math.min(view.x + view.width, Math.max(...xs)) - left;
    const height = Math.min(view.y + view.height, Math.max(...ys)) - top;
    const ground = { x: left, y: top, width, height };
    const colour = colours.of(zone, state).ink;
    const name = { text: words.name(zone.name), className: "name-zone", colour };
    const wish = { anchor, ground, outline, must: true };
    return { key: `zone ${zone.id}`, name, ...this.#measure(name), ...wish };
  }

  /** The names of the base map. */
  #places(view: Box): Named[] {
    const { map, words } = this.context;
    return (this.base?.features ?? []).flatMap((feature, index) => {
      const { name: called, kind, point } = feature;
      if (!called || !sharp(map, feature)) return [];
      if (kind === "governorate" && map.getZoom() < GOVERNORATES_FROM) return [];
      const lines = (feature.lines ?? []).map((line) => this.#at(decodeRing(line, this.base!.scale)));
      const line = point ? [] : along(lines, view);
      const anchor = point ? this.#spot(...point) : line[0];
      if (!anchor) return [];
      const name = { text: words.name(called), className: `name-${kind}` };
      // The name of a governorate, which says least, crosses no outline of a zone.
      const wish = { anchor, must: false, centred: kind !== "town", close: kind === "governorate" };
      const size = this.#measure(name);
      // A road's sign lies on it; the name of water on it, or just above or below.
      const beside = kind === "road" ? [0] : [0, -size.height / 2 - 3, size.height / 2 + 3];
      const bound = kind === "road" || kind === "river" || kind === "lake";
      const spots = (point ? [anchor] : line).flatMap(([x, y]) =>
        beside.map((dy): Point => [x, y + dy]),
      );
      return [
        { key: `${kind} ${index}`, name, ...size, ...wish, ...(bound ? { along: spots } : {}) },
      ];
    });
  }

  #append(placed: readonly Placed[], wishes: readonly Named[]): void {
    const leaders = svg("svg", { class: "leaders" });
    for (const { key, box, leader } of placed) {
      const { name, anchor } = wishes.find((wish) => wish.key === key)!;
      const label = el("span.name", { dir: "auto" }, name.text);
      label.classList.add(name.className);
      if (name.colour) label.style.color = name.colour;
      if (name.kind) label.dataset["kind"] = name.kind;
      put(label, [box.x, box.y]);
      this.#pane.append(label);
      // A mark without its name would say nothing: they come and go together.
      if (name.className === "name-town") this.#pane.append(put(el("i.town"), anchor));
      if (!leader) continue;
      const [x1, y1, x2, y2] = leader.flat().map((value) => Math.round(value));
      leaders.append(svg("line", { x1, y1, x2, y2, class: "leader-case" }));
      const line = svg("line", { x1, y1, x2, y2, class: "leader" });
      line.style.stroke = name.colour ?? "";
      leaders.append(line);
    }
    this.#pane.prepend(leaders);
  }

  #measure(name: Name): { width: number; height: number } {
    const key = `${name.className} ${name.kind} ${name.text}`;
    const known = this.#sizes.get(key);
    if (known) return known;
    const probe = el("span.name", {}, name.text);
    probe.classList.add(name.className);
    if (name.kind) probe.dataset["kind"] = name.kind;
    this.#pane.append(probe);
    const { offsetWidth, offsetHeight } = probe;
    probe.remove();
    const size = { width: offsetWidth, height: offsetHeight };
    this.#sizes.set(key, size);
    return size;
  }

  #spot(longitude: number, latitude: number): Point {
    const { x, y } = this.context.map.latLngToLayerPoint([latitude, longitude]);
    return [x, y];
  }

  #at(line: Ring): Point[] {
    return line.map(([x, y]) => this.#spot(x, y));
  }
}

/** Put an element at a place of the map's pane. */
function put(element: HTMLElement, [x, y]: Point): HTMLElement {
  element.style.left = `${Math.round(x)}px`;
  element.style.top = `${Math.round(y)}px`;
  return element;
}
