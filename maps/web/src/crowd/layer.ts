/** Many incidents on one canvas: marks where they can be told apart, else how many there are. */

import L from "leaflet";

import type { Shown } from "./filter";
import type { Box, Grid } from "./grid";
import type { Incidents } from "./rows";

/** From how many incidents on a square is as dark as this; the ink's share. */
export const RAMP: readonly [least: number, share: number][] = [
  [1, 0.22],
  [4, 0.3],
  [16, 0.4],
  [64, 0.52],
  [256, 0.66],
  [1024, 0.82],
];

const PAD = 0.15; // of the map's size, drawn beyond each edge
const SQUARE = 7; // pixels of a square of the density, in which marks could not be told apart
const MOST_MARKS = 2_500;
const NEAR_ZOOM = 10.5; // from here on, places can be told apart even where many share one
const MOST_PLACES = 4_000;
const MOST_STACKED = 80_000;
const MOST_DISCS = 30; // more of them would only darken each other
const TARGET = 10; // pixels around the pointer
const WHOLE = 0.5; // from this part of the ground on, all rows are looked through
const EARTH_M = 40_075_016.686;

type Look = "marks" | "density" | "cells";

interface Frame {
  left: number; // pixels of the world at this zoom, of the canvas's corner
  top: number;
  width: number;
  height: number;
  world: number; // pixels of the whole world's side
}

function shareOf(count: number): number {
  let share = 0;
  for (const [least, dark] of RAMP) if (count >= least) share = dark;
  return share;
}

/** Pixels of a square that is so dark: what is few is small, too. */
function sideOf(share: number): number {
  return Math.min(SQUARE - 0.5, 2.6 + share * 5.5);
}

export class CrowdLayer extends L.Layer {
  readonly #canvas = document.createElement("canvas");
  readonly #pane: HTMLElement;
  readonly #sprites = new Map<string, HTMLCanvasElement>();
  #frame: Frame = { left: 0, top: 0, width: 0, height: 0, world: 1 };
  #center = L.latLng(0, 0);
  #zoom = 0;
  #look: Look = "marks";
  #chosen = -1;
  #asked = 0;
  #bins = new Uint32Array(0);

  constructor(
    private readonly map: L.Map,
    private readonly incidents: Incidents,
    private readonly grid: Grid,
    private readonly shown: Shown,
    private readonly told: (look: Look) => void,
  ) {
    super();
    this.#pane = map.getPane("crowd") ?? map.createPane("crowd");
    this.#pane.style.pointerEvents = "none"; // the zones below can be touched
    this.#canvas.className = "leaflet-zoom-animated crowd-canvas";
    this.#canvas.setAttribute("aria-hidden", "true"); // the table says all of it
  }

  override onAdd(): this {
    this.#pane.append(this.#canvas);
    this.#paint();
    return this;
  }

  override onRemove(): this {
    cancelAnimationFrame(this.#asked);
    this.#canvas.remove();
    return this;
  }

  override getEvents(): Record<string, L.LeafletEventHandlerFn> {
    return {
      moveend: () => this.#paint(),
      resize: () => this.#paint(),
      viewreset: () => this.#paint(),
      zoom: () => this.#follow(this.map.getCenter(), this.map.getZoom()),
      zoomanim: (event) => {
        const { center, zoom } = event as L.ZoomAnimEvent;
        this.#follow(center, zoom);
      },
    };
  }

  /** Draw once, with the next picture. */
  draw(chosen: number): void {
    this.#chosen = chosen;
    cancelAnimationFrame(this.#asked);
    this.#asked = requestAnimationFrame(() => this.#paint());
  }

  /** The incidents at a place of the map, in pixels of its container: the nearest first. */
  hit(point: L.Point): number[] {
    const { incidents, grid, shown } = this;
    const frame = this.#frame;
    const at = this.map.containerPointToLayerPoint(point).add(this.map.getPixelOrigin());
    const [x, y] = [at.x / frame.world, at.y / frame.world];
    if (this.#look === "cells") {
      const { x: left, y: top } = this.#reach(point);
      return grid.within({ left: x - left, right: x + left, top: y - top, bottom: y + top }, shown.mask);
    }
    if (this.#look === "density") {
      const left = (frame.left + Math.floor((at.x - frame.left) / SQUARE) * SQUARE) / frame.world;
      const top = (frame.top + Math.floor((at.y - frame.top) / SQUARE) * SQUARE) / frame.world;
      const side = SQUARE / frame.world;
      return grid.within({ left, top, right: left + side, bottom: top + side }, shown.mask);
    }
    const r = TARGET / frame.world;
    const found = grid.within({ left: x - r, right: x + r, top: y - r, bottom: y + r }, shown.mask);
    const away = (row: number): number => (incidents.x[row]! - x) ** 2 + (incidents.y[row]! - y) ** 2;
    return found.sort((a, b) => away(a) - away(b) || a - b);
  }

  /** Half a cell's width and height at a place, in parts of the world's side. */
  #reach(point: L.Point): { x: number; y: number } {
    const { lat } = this.map.containerPointToLatLng(point);
    const high = (this.incidents.report.cell_km ?? 0) * 1000;
    const side = high / (EARTH_M * Math.cos((lat / 180) * Math.PI)) / 2;
    return { x: side, y: side };
  }

  #follow(center: L.LatLng, zoom: number): void {
    const { map } = this;
    const scale = map.getZoomScale(zoom, this.#zoom);
    const half = map.getSize().multiplyBy(0.5 + PAD);
    const inside = map as unknown as { _getNewPixelOrigin(center: L.LatLng, zoom: number): L.Point };
    const offset = half
      .multiplyBy(-scale)
      .add(map.project(this.#center, zoom))
      .subtract(inside._getNewPixelOrigin(center, zoom));
    L.DomUtil.setTransform(this.#canvas, offset, scale);
  }

  #paint(): void {
    const { map } = this;
    const begin = performance.now();
    const size = map.getSize();
    const corner = map.containerPointToLayerPoint(size.multiplyBy(-PAD)).round();
    const origin = map.getPixelOrigin().add(corner);
    [this.#center, this.#zoom] = [map.getCenter(), map.getZoom()];
    const frame = {
      left: origin.x,
      top: origin.y,
      width: Math.round(size.x * (1 + 2 * PAD)),
      height: Math.round(size.y * (1 + 2 * PAD)),
      world: 256 * 2 ** this.#zoom,
    };
    this.#frame = frame;
    const dense = Math.min(2, devicePixelRatio || 1);
    L.DomUtil.setTransform(this.#canvas, corner, 1);
    this.#canvas.width = frame.width * dense; // and so it is empty
    this.#canvas.height = frame.height * dense;
    this.#canvas.style.inlineSize = `${frame.width}px`;
    this.#canvas.style.blockSize = `${frame.height}px`;
    const ink = this.#canvas.getContext("2d");
    if (!ink || !frame.width) return;
    ink.scale(dense, dense);
    const { look, bins } = this.#choose(frame);
    if (look !== this.#look) this.told(look);
    this.#look = look;
    this.#pane.style.zIndex = look === "marks" ? "585" : "405"; // density lies below the zones
    if (look === "cells") this.#drawCells(ink, frame);
    else if (look === "density") this.#drawDensity(ink, frame, bins);
    else this.#drawMarks(ink, frame, dense);
    if (this.#chosen >= 0 && look !== "cells") this.#drawChosen(ink, frame);
    this.#canvas.dataset["look"] = look;
    performance.clearMeasures("crowd-draw");
    performance.measure("crowd-draw", { start: begin });
  }

  /** Rows among which are all that lie in a frame, and where in them: pairs of a start and a stop. */
  #near(frame: Frame): { rows: Int32Array; spans: number[] } {
    const { left, top, width, height, world } = frame;
    const box: Box = {
      left: left / world,
      top: top / world,
      right: (left + width) / world,
      bottom: (top + height) / world,
    };
    if (this.shown.count < 20_000 || this.grid.part(box) > WHOLE) {
      return { rows: this.shown.rows, spans: [0, this.shown.count] };
    }
    return { rows: this.grid.order, spans: this.grid.spans(box) };
  }

  /** The rows that are shown in a frame. */
  #inside(frame: Frame): number[] {
    const { x, y } = this.incidents;
    const { mask } = this.shown;
    const { left, top, width, height, world } = frame;
    const { rows, spans } = this.#near(frame);
    const found: number[] = [];
    for (let i = 0; i < spans.length; i += 2) {
      for (let at = spans[i]!; at < spans[i + 1]!; at++) {
        const row = rows[at]!;
        const px = x[row]! * world - left;
        const py = y[row]! * world - top;
        // NaN is on no side of anything: what has no place is not found.
        if (mask[row] && px >= 0 && py >= 0 && px < width && py < height) found.push(row);
      }
    }
    return found;
  }

  /** Count the incidents of each square of a frame: in how many squares, and how many in all. */
  #tally(frame: Frame): { bins: Uint32Array; places: number; count: number } {
    const { x, y } = this.incidents;
    const { mask } = this.shown;
    const { left, top, width, height, world } = frame;
    const across = Math.ceil(width / SQUARE);
    const bins = this.#empty(across * Math.ceil(height / SQUARE));
    const { rows, spans } = this.#near(frame);
    let [places, count] = [0, 0];
    for (let i = 0; i < spans.length; i += 2) {
      const stop = spans[i + 1]!;
      for (let at = spans[i]!; at < stop; at++) {
        const row = rows[at]!;
        const px = x[row]! * world - left;
        const py = y[row]! * world - top;
        if (!(px >= 0 && py >= 0 && px < width && py < height) || !mask[row]) continue;
        const bin = ((py / SQUARE) | 0) * across + ((px / SQUARE) | 0);
        if (bins[bin] === 0) places++;
        bins[bin]!++;
        count++;
      }
    }
    return { bins, places, count };
  }

  #spot({ left, top, world }: Frame, row: number): [x: number, y: number] {
    return [this.incidents.x[row]! * world - left, this.incidents.y[row]! * world - top];
  }

  /** How to draw a frame; what was counted for that, too. */
  #choose(frame: Frame): { look: Look; bins: Uint32Array } {
    const none = new Uint32Array(0);
    if (this.incidents.report.cell_km !== null) return { look: "cells", bins: none };
    if (this.shown.count <= MOST_MARKS) return { look: "marks", bins: none };
    const { bins, places, count } = this.#tally(frame);
    const near = this.#zoom >= NEAR_ZOOM && places <= MOST_PLACES && count <= MOST_STACKED;
    return { look: count <= MOST_MARKS || near ? "marks" : "density", bins };
  }

  #empty(length: number): Uint32Array {
    if (this.#bins.length < length) this.#bins = new Uint32Array(length);
    else this.#bins.fill(0, 0, length);
    return this.#bins;
  }

  #drawDensity(ink: CanvasRenderingContext2D, frame: Frame, bins: Uint32Array): void {
    const across = Math.ceil(frame.width / SQUARE);
    const lines = Math.ceil(frame.height / SQUARE);
    ink.fillStyle = this.#colour("--ink");
    for (let line = 0; line < lines; line++) {
      for (let column = 0; column < across; column++) {
        const count = bins[line * across + column]!;
        if (!count) continue;
        const share = shareOf(count);
        const side = sideOf(share);
        const gap = (SQUARE - side) / 2;
        ink.globalAlpha = share;
        ink.fillRect(column * SQUARE + gap, line * SQUARE + gap, side, side);
      }
    }
    ink.globalAlpha = 1;
  }

  #drawMarks(ink: CanvasRenderingContext2D, frame: Frame, dense: number): void {
    const { incidents } = this;
    const radius = this.#zoom < 8 ? 3.2 : 4;
    const sprites = incidents.verdicts.map((verdict) => this.#sprite(verdict, radius, dense));
    const half = radius + 2;
    const cells = Math.ceil(frame.width / 2) * Math.ceil(frame.height / 2);
    const across = Math.ceil(frame.width / 2);
    const seen = this.#empty(cells); // a bit for each verdict: a mark on its like says nothing
    const places: number[] = [];
    for (const row of this.#inside(frame)) {
      const [x, y] = this.#spot(frame, row);
      const bit = 1 << incidents.verdict[row]!;
      const at = (y >> 1) * across + (x >> 1);
      if (seen[at]! & bit) continue;
      seen[at]! |= bit;
      places.push(row, x, y);
    }
    const discs: number[] = [];
    for (let i = 0; i < places.length; i += 3) if (incidents.radius[places[i]!]!) discs.push(i);
    if (discs.length <= MOST_DISCS) {
      for (const i of discs) this.#drawDisc(ink, places[i]!, places[i + 1]!, places[i + 2]!);
    }
    for (let i = 0; i < places.length; i += 3) {
      const sprite = sprites[incidents.verdict[places[i]!]!]!;
      ink.drawImage(sprite, places[i + 1]! - half, places[i + 2]! - half, 2 * half, 2 * half);
    }
  }

  /** The ground on which a reported place may lie, at its true size. */
  #drawDisc(ink: CanvasRenderingContext2D, row: number, x: number, y: number): void {
    const metres = this.incidents.radius[row]!;
    if (!metres) return;
    const [latitude] = this.incidents.at(row);
    const r = (metres / (EARTH_M * Math.cos((latitude / 180) * Math.PI))) * this.#frame.world;
    if (r < 4) return;
    ink.beginPath();
    ink.arc(x, y, r, 0, 2 * Math.PI);
    ink.fillStyle = ink.strokeStyle = this.#colour("--ink");
    ink.globalAlpha = 0.03;
    ink.fill();
    ink.globalAlpha = 0.35;
    ink.lineWidth = 1;
    ink.setLineDash([2, 3]);
    ink.stroke();
    ink.setLineDash([]);
    ink.globalAlpha = 1;
  }

  #drawCells(ink: CanvasRenderingContext2D, frame: Frame): void {
    const { incidents } = this;
    const { world } = frame;
    // All incidents of a cell have the same place.
    const cells = new Map<number, { row: number; count: number }>();
    const wide = { ...frame };
    const reach = Math.ceil(this.#reach(this.map.getSize().divideBy(2)).x * world * 1.2);
    wide.left -= reach; // a cell whose middle lies beside the frame reaches into it
    wide.top -= reach;
    wide.width += 2 * reach;
    wide.height += 2 * reach;
    for (const row of this.#inside(wide)) {
      const key = incidents.latitude[row]! * 1e8 + incidents.longitude[row]!;
      const cell = cells.get(key);
      if (cell) cell.count++;
      else cells.set(key, { row, count: 1 });
    }
    ink.fillStyle = ink.strokeStyle = this.#colour("--ink");
    ink.lineWidth = 1;
    for (const { row, count } of cells.values()) {
      const [latitude] = incidents.at(row);
      const km = incidents.report.cell_km ?? 0;
      const side = ((km * 1000) / (EARTH_M * Math.cos((latitude / 180) * Math.PI))) * world;
      const [x, y] = this.#spot(frame, row);
      const shown = Math.max(side - 1, 3);
      ink.globalAlpha = shareOf(count) * 0.85;
      ink.fillRect(x - shown / 2, y - shown / 2, shown, shown);
    }
    ink.globalAlpha = 1;
  }

  #drawChosen(ink: CanvasRenderingContext2D, frame: Frame): void {
    const row = this.#chosen;
    if (!this.incidents.placed(row)) return;
    const [x, y] = this.#spot(frame, row);
    ink.strokeStyle = this.#colour("--paper");
    ink.lineWidth = 5;
    ink.beginPath();
    ink.arc(x, y, 8, 0, 2 * Math.PI);
    ink.stroke();
    ink.strokeStyle = this.#colour("--ink");
    ink.lineWidth = 2;
    ink.stroke();
  }

  /** A mark that says its verdict, drawn once: as `verdictMark` of points.ts draws it. */
  #sprite(verdict: string, radius: number, dense: number): HTMLCanvasElement {
    const [dark, light] = [this.#colour("--ink"), this.#colour("--paper")];
    const key = [verdict, radius, dense, dark, light].join();
    const known = this.#sprites.get(key);
    if (known) return known;
    const canvas = document.createElement("canvas");
    const half = radius + 2;
    canvas.width = canvas.height = Math.ceil(2 * half * dense);
    const ink = canvas.getContext("2d")!;
    ink.scale(dense, dense);
    ink.translate(half, half);
    const circle = (): void => {
      ink.beginPath();
      ink.arc(0, 0, radius, 0, 2 * Math.PI);
    };
    const unknown = verdict === "undetermined";
    circle();
    ink.fillStyle = verdict === "inside" ? dark : light;
    ink.fill();
    ink.lineWidth = verdict === "inside" ? 1 : unknown ? 1.2 : 1.5;
    ink.strokeStyle = verdict === "inside" ? light : unknown ? this.#colour("--ink-2") : dark;
    if (unknown) ink.setLineDash([1.6, 1.6]);
    ink.stroke();
    if (verdict === "uncertain") {
      ink.beginPath();
      ink.arc(0, 0, radius, Math.PI / 2, (3 * Math.PI) / 2);
      ink.fillStyle = dark;
      ink.fill();
    }
    this.#sprites.set(key, canvas);
    return canvas;
  }

  #colour(token: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(token).trim();
  }
}
