/** Many incidents on one canvas: marks where they can be told apart, else how many there are. */

import L from "leaflet";

import type { Cells } from "./cells";
import { OTHER_DAYS, type Selection, SHOWN } from "./filter";
import type { Grid } from "./grid";
import type { Points } from "./points";

/** From how many incidents on a square is as dark as this; the ink's share. */
export const RAMP: readonly [least: number, share: number][] = [
  [1, 0.22],
  [4, 0.3],
  [16, 0.4],
  [64, 0.52],
  [256, 0.66],
  [1024, 0.82],
];

/** The ink's share of incidents of other days than those shown, as marks and in the density. */
const [FAINT_MARK, FAINT_SQUARE] = [0.22, 0.1] as const;
/** In a square's count: whether any of other days lies there. */
const OTHERS = 2 ** 31;

const PAD = 0.15; // of the map's size, drawn beyond each edge
const SQUARE = 7; // pixels of a square of the density, in which marks could not be told apart
const MOST_MARKS = 2_500;
const NEAR_ZOOM = 10.5; // from here on, places can be told apart even where many share one
const MOST_PLACES = 4_000;
const MOST_STACKED = 80_000;
const MOST_DISCS = 30; // of more, the outlines would say nothing
const TARGET = 10; // pixels around the pointer
const EARTH_M = 40_075_016.686;

type Look = "marks" | "density" | "cells";

interface Frame {
  left: number; // pixels of the world at this zoom, of the canvas's corner
  top: number;
  width: number;
  height: number;
  world: number; // pixels of the whole world's side
  dense: number; // pixels of the screen in each
}

/** The squares of a frame, and how many incidents lie in each: of the days shown, and OTHERS. */
interface Squares {
  side: number; // pixels; a whole number of the screen's
  first: [column: number, line: number]; // of the world's squares
  across: number;
  down: number;
  bins: Uint32Array; // line by line
  places: number;
  count: number;
}

/** Which step of the ramp a count stands on; -1 for none. */
function stepOf(count: number): number {
  let step = -1;
  while (step + 1 < RAMP.length && count >= RAMP[step + 1]![0]) step++;
  return step;
}

function shareOf(count: number): number {
  return RAMP[stepOf(count)]?.[1] ?? 0;
}

/** Pixels of a square of the density: as near to what is wished as the screen's own allow. */
function squareOf({ dense }: Frame): number {
  return Math.round(SQUARE * dense) / dense;
}

/** Pixels of a square that is so dark: what is few is small, too. */
function sideOf(share: number): number {
  return Math.min(SQUARE - 0.5, 2.6 + share * 5.5);
}

export class PointLayer extends L.Layer {
  readonly #canvas = document.createElement("canvas");
  readonly #pane: HTMLElement;
  readonly #sprites = new Map<string, HTMLCanvasElement>();
  readonly #stamps = new Map<string, Uint32Array[]>();
  #frame: Frame = { left: 0, top: 0, width: 0, height: 0, world: 1, dense: 1 };
  #drawn = "";
  #center = L.latLng(0, 0);
  #zoom = 0;
  #look: Look = "marks";
  #chosen = -1;
  #asked = 0;
  #bins = new Uint32Array(0);
  #picture: ImageData | null = null;

  constructor(
    private readonly map: L.Map,
    private readonly points: Points,
    private readonly grid: Grid,
    private readonly cells: Cells | null,
    private readonly selection: Selection,
    private readonly looksLike: (look: Look) => void,
  ) {
    super();
    this.#pane = map.getPane("incidents") ?? map.createPane("incidents");
    this.#pane.style.pointerEvents = "none"; // the zones below can be touched
    this.#canvas.className = "leaflet-zoom-animated points-canvas";
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
      moveend: () => this.#move(),
      resize: () => this.#move(),
      viewreset: () => this.#move(),
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
    const { points, grid } = this;
    const frame = this.#frame;
    const at = this.map.containerPointToLayerPoint(point).add(this.map.getPixelOrigin());
    const [x, y] = [at.x / frame.world, at.y / frame.world];
    if (this.#look === "cells") {
      const { x: left, y: top } = this.#reach(point);
      return grid.within({ left: x - left, right: x + left, top: y - top, bottom: y + top });
    }
    if (this.#look === "density") {
      const side = squareOf(frame) / frame.world;
      const [left, top] = [Math.floor(x / side) * side, Math.floor(y / side) * side];
      return grid.within({ left, top, right: left + side, bottom: top + side });
    }
    const r = TARGET / frame.world;
    const found = grid.within({ left: x - r, right: x + r, top: y - r, bottom: y + r });
    const away = (row: number): number => (points.x[row]! - x) ** 2 + (points.y[row]! - y) ** 2;
    return found.sort((a, b) => away(a) - away(b) || a - b);
  }

  /** Half a cell's width and height at a place, in parts of the world's side. */
  #reach(point: L.Point): { x: number; y: number } {
    const { lat } = this.map.containerPointToLatLng(point);
    const high = (this.points.report.cell_km ?? 0) * 1000;
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

  /** Draw once a move: a zoom without motion tells of itself twice. */
  #move(): void {
    const { map } = this;
    const place = map.getPixelOrigin().subtract(map.containerPointToLayerPoint([0, 0]));
    const key = [map.getZoom(), place, map.getSize(), devicePixelRatio].join();
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#paint();
  }

  #paint(): void {
    const { map } = this;
    const begin = performance.now();
    const size = map.getSize();
    const corner = map.containerPointToLayerPoint(size.multiplyBy(-PAD)).round();
    const origin = map.getPixelOrigin().add(corner);
    [this.#center, this.#zoom] = [map.getCenter(), map.getZoom()];
    const dense = Math.min(2, devicePixelRatio || 1);
    const frame = {
      left: origin.x,
      top: origin.y,
      width: Math.round(size.x * (1 + 2 * PAD)),
      height: Math.round(size.y * (1 + 2 * PAD)),
      world: 256 * 2 ** this.#zoom,
      dense,
    };
    this.#frame = frame;
    L.DomUtil.setTransform(this.#canvas, corner, 1);
    this.#canvas.width = frame.width * dense; // and so it is empty
    this.#canvas.height = frame.height * dense;
    this.#canvas.style.inlineSize = `${frame.width}px`;
    this.#canvas.style.blockSize = `${frame.height}px`;
    const ink = this.#canvas.getContext("2d");
    if (!ink || !frame.width) return;
    ink.scale(dense, dense);
    const { look, squares } = this.#choose(frame);
    if (look !== this.#look) this.looksLike(look);
    this.#look = look;
    this.#pane.style.zIndex = look === "marks" ? "585" : "405"; // density lies below the zones
    if (look === "cells") this.#drawCells(ink, frame);
    else if (look === "density") this.#drawDensity(ink, frame, squares!);
    else this.#drawMarks(ink, frame);
    // Of a cell, the page draws the whole ground.
    if (this.#chosen >= 0 && !this.cells) this.#drawChosen(ink, frame);
    this.#canvas.dataset["look"] = look;
    performance.clearMeasures("points-draw");
    performance.measure("points-draw", { start: begin });
  }

  /** The rows that are drawn in a frame. */
  #inside({ left, top, width, height, world }: Frame): number[] {
    const [right, bottom] = [(left + width) / world, (top + height) / world];
    return this.grid.within({ left: left / world, top: top / world, right, bottom }, OTHER_DAYS);
  }

  /** Count the incidents of each square that lies in a frame, or touches it. */
  #tally(frame: Frame): Squares {
    const { grid } = this;
    const { x, y, mask } = grid;
    const side = squareOf(frame);
    const { left, top, width, height, world } = frame;
    // The squares are the world's: they stay where they are while the map is moved.
    const first: [number, number] = [Math.floor(left / side), Math.floor(top / side)];
    const [across, down] = [Math.ceil(width / side) + 1, Math.ceil(height / side) + 1];
    const bins = this.#empty(across * down);
    const [dx, dy] = grid.corner;
    const scale = world / side;
    const [offX, offY] = [dx * scale - first[0], dy * scale - first[1]];
    const spans = grid.spans({
      left: (first[0] * side) / world,
      top: (first[1] * side) / world,
      right: ((first[0] + across) * side) / world,
      bottom: ((first[1] + down) * side) / world,
    });
    let [places, count] = [0, 0];
    for (let i = 0; i < spans.length; i += 2) {
      const stop = spans[i + 1]!;
      for (let at = spans[i]!; at < stop; at++) {
        if (!mask[at]) continue;
        const column = x[at]! * scale + offX;
        const line = y[at]! * scale + offY;
        if (!(column >= 0 && line >= 0 && column < across && line < down)) continue;
        const bin = (line | 0) * across + (column | 0);
        const known = bins[bin]!;
        if (known === 0) places++;
        bins[bin] = mask[at] === SHOWN ? known + 1 : known < OTHERS ? known + OTHERS : known;
        count++;
      }
    }
    return { side, first, across, down, bins, places, count };
  }

  #spot({ left, top, world }: Frame, row: number): [x: number, y: number] {
    return [this.points.x[row]! * world - left, this.points.y[row]! * world - top];
  }

  /** How to draw a frame; what was counted for that, too. */
  #choose(frame: Frame): { look: Look; squares: Squares | null } {
    if (this.cells) {
      // Cells that are no larger than a square could not be told apart.
      const { x } = this.#reach(this.map.getSize().divideBy(2));
      if (2 * x * frame.world >= squareOf(frame)) return { look: "cells", squares: null };
      return { look: "density", squares: this.#tally(frame) };
    }
    if (this.selection.count <= MOST_MARKS) return { look: "marks", squares: null };
    const squares = this.#tally(frame);
    const { places, count } = squares;
    const near = this.#zoom >= NEAR_ZOOM && places <= MOST_PLACES && count <= MOST_STACKED;
    return { look: count <= MOST_MARKS || near ? "marks" : "density", squares };
  }

  #empty(length: number): Uint32Array {
    if (this.#bins.length < length) this.#bins = new Uint32Array(length);
    else this.#bins.fill(0, 0, length);
    return this.#bins;
  }

  /** Stamp the squares into a picture: a call for each of them would take most of the time. */
  #drawDensity(ink: CanvasRenderingContext2D, frame: Frame, squares: Squares): void {
    const { side, first, across, down, bins } = squares;
    const pixels = Math.round(side * frame.dense);
    const stamps = this.#stampsOf(pixels, frame.dense);
    const [width, height] = [across * pixels, down * pixels];
    if (this.#picture?.width !== width || this.#picture.height !== height) {
      this.#picture = new ImageData(width, height);
    }
    const picture = new Uint32Array(this.#picture.data.buffer);
    picture.fill(0);
    for (let line = 0; line < down; line++) {
      for (let column = 0; column < across; column++) {
        const count = bins[line * across + column]!;
        if (!count) continue;
        const stamp = stamps[stepOf(count % OTHERS) + 1]!; // the first is that of other days alone
        let to = line * pixels * width + column * pixels;
        for (let from = 0; from < stamp.length; to += width) {
          for (let at = to; at < to + pixels; at++) picture[at] = stamp[from++]!;
        }
      }
    }
    const [left, top] = [first[0] * side - frame.left, first[1] * side - frame.top];
    const { dense } = frame;
    ink.putImageData(this.#picture, Math.round(left * dense), Math.round(top * dense));
  }

  /** The pixels of a square of each step of the ramp, drawn once. */
  #stampsOf(pixels: number, dense: number): Uint32Array[] {
    const dark = this.#colour("--ink");
    const key = [pixels, dense, dark].join();
    const known = this.#stamps.get(key);
    if (known) return known;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = pixels;
    const ink = canvas.getContext("2d", { willReadFrequently: true })!;
    ink.scale(dense, dense);
    const side = pixels / dense;
    const stamps = [FAINT_SQUARE, ...RAMP.map(([, share]) => share)].map((share) => {
      const inner = sideOf(share);
      ink.clearRect(0, 0, side, side);
      ink.globalAlpha = share;
      ink.fillStyle = dark;
      ink.fillRect((side - inner) / 2, (side - inner) / 2, inner, inner);
      return new Uint32Array(ink.getImageData(0, 0, pixels, pixels).data.buffer);
    });
    this.#stamps.set(key, stamps);
    return stamps;
  }

  #drawMarks(ink: CanvasRenderingContext2D, frame: Frame): void {
    const { points } = this;
    const { dense } = frame;
    const radius = this.#zoom < 8 ? 3.2 : 4;
    const sprites = points.verdicts.map((verdict) => this.#sprite(verdict, radius, dense));
    const half = radius + 2;
    const { mask } = this.selection;
    const cells = Math.ceil(frame.width / 2) * Math.ceil(frame.height / 2);
    const across = Math.ceil(frame.width / 2);
    const seen = this.#empty(cells); // a bit for each verdict: a mark on its like says nothing
    const [places, faint]: [number[], number[]] = [[], []];
    for (const row of this.#inside(frame)) {
      const [x, y] = this.#spot(frame, row);
      const shown = mask[row] === SHOWN;
      const bit = (1 << points.verdict[row]!) << (shown ? 0 : 8);
      const at = (y >> 1) * across + (x >> 1);
      if (seen[at]! & bit) continue;
      seen[at]! |= bit;
      (shown ? places : faint).push(row, x, y);
    }
    const discs: number[] = [];
    for (let i = 0; i < places.length; i += 3) if (this.#isTold(places[i]!)) discs.push(i);
    if (discs.length <= MOST_DISCS) {
      this.#drawDiscs(ink, discs.map((i) => [places[i]!, places[i + 1]!, places[i + 2]!]));
    }
    for (const [marks, share] of [[faint, FAINT_MARK], [places, 1]] as const) {
      ink.globalAlpha = share;
      for (let i = 0; i < marks.length; i += 3) {
        const sprite = sprites[points.verdict[marks[i]!]!]!;
        ink.drawImage(sprite, marks[i + 1]! - half, marks[i + 2]! - half, 2 * half, 2 * half);
      }
    }
    ink.globalAlpha = 1;
  }

  /** Whether the size of a row's place tells why its verdict is what it is. */
  #isTold(row: number): boolean {
    const { radius, verdicts, verdict } = this.points;
    return radius[row]! > 0 && verdicts[verdict[row]!] !== "undetermined";
  }

  /** The edge of the ground on which a reported place may lie, at its true size. */
  #drawDiscs(ink: CanvasRenderingContext2D, discs: [row: number, x: number, y: number][]): void {
    ink.beginPath();
    for (const [row, x, y] of discs) {
      const [latitude] = this.points.at(row);
      const pixels = this.#frame.world / (EARTH_M * Math.cos((latitude / 180) * Math.PI));
      const r = this.points.radius[row]! * pixels;
      if (r < 4) continue;
      ink.moveTo(x + r, y);
      ink.arc(x, y, r, 0, 2 * Math.PI);
    }
    ink.strokeStyle = this.#colour("--ink");
    ink.globalAlpha = 0.5;
    ink.lineWidth = 1;
    ink.setLineDash([2, 3]);
    ink.stroke();
    ink.setLineDash([]);
    ink.globalAlpha = 1;
  }

  #drawCells(ink: CanvasRenderingContext2D, frame: Frame): void {
    const { points } = this;
    const { width, height, world } = frame;
    const km = points.report.cell_km ?? 0;
    const { rows } = this.cells!;
    const counts = this.cells!.counts(this.selection.turn);
    ink.fillStyle = this.#colour("--ink");
    for (let cell = 0; cell < rows.length; cell++) {
      const count = counts[cell]!;
      const row = rows[cell]!;
      const [x, y] = this.#spot(frame, row);
      const [latitude] = points.at(row);
      const side = ((km * 1000) / (EARTH_M * Math.cos((latitude / 180) * Math.PI))) * world;
      // A cell whose middle lies beside the frame may reach into it.
      if (x < -side || y < -side || x > width + side || y > height + side) continue;
      const shown = Math.max(side - 1, 3);
      ink.globalAlpha = count ? shareOf(count) * 0.85 : FAINT_SQUARE / 2;
      ink.fillRect(x - shown / 2, y - shown / 2, shown, shown);
    }
    ink.globalAlpha = 1;
  }

  #drawChosen(ink: CanvasRenderingContext2D, frame: Frame): void {
    const row = this.#chosen;
    if (!this.points.placed(row)) return;
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

  /** A mark that says its verdict, drawn once: as `verdictMark` draws it. */
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
