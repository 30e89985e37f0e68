/** One incident of many: its popup, and the ground on which it may lie. */

import L from "leaflet";

import type { Context } from "../context";
import { type Content, el, isolated, sourceLink } from "../dom";
import { factList } from "../facts";
import type { PointLayer } from "./layer";
import type { Outline, Points } from "./points";
import { type Details, MOST_LETTERS, type PointSource } from "./source";

export class PointPopup {
  readonly #ground = L.layerGroup();
  #popup: L.Popup | null = null;
  #chosen = -1;
  /** What had the keyboard's focus before one went to the map. */
  #from: HTMLElement | null = null;

  constructor(
    private readonly context: Context,
    private readonly source: PointSource,
    private readonly points: Points,
    private readonly layer: PointLayer,
    /** Show the days of a row, where the map shows others. */
    private readonly seen: (row: number) => void,
    signal: AbortSignal,
  ) {
    const { map } = context;
    this.#ground.addTo(map);
    const closed = ({ popup }: L.PopupEvent): void => {
      if (popup !== this.#popup) return;
      this.#popup = null; // it goes by itself
      this.leave();
    };
    map.on("popupclose", closed);
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    signal.addEventListener("abort", () => {
      map.off("popupclose", closed);
      this.leave();
      this.#ground.remove();
    });
  }

  get isOpen(): boolean {
    return this.#popup?.isOpen() ?? false;
  }

  /** The row that is shown; -1 for none. */
  get chosen(): number {
    return this.#chosen;
  }

  /** Show the rows that lie where the pointer was. */
  open(rows: number[], at: L.LatLng): void {
    this.#from = null;
    void this.#show(rows, 0, at);
  }

  /** Go to the place of a row of the table. */
  goTo(row: number): void {
    const { map, room } = this.context;
    this.#from = document.activeElement as HTMLElement | null;
    this.seen(row);
    map.getContainer().scrollIntoView({ block: "start" });
    const outline = this.points.outline(row);
    if (outline) {
      const shape = polygon(outline);
      map.fitBounds(shape.getBounds(), { animate: false, maxZoom: 10, ...room.free() });
      void this.#show([row], 0, top(shape), true);
      return;
    }
    const at = this.points.at(row);
    map.setView(at, Math.max(map.getZoom(), 10), { animate: false });
    void this.#show([row], 0, L.latLng(at), true);
  }

  /** Show none. */
  leave(): void {
    const popup = this.#popup;
    [this.#popup, this.#chosen] = [null, -1];
    this.#ground.clearLayers();
    popup?.remove();
    this.layer.draw(-1);
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.#popup) return;
    this.leave();
    // Back to the row it was opened from, if the table still has it.
    if (this.#from?.isConnected) this.#from.focus();
    this.#from = null;
  }

  async #show(rows: number[], index: number, at: L.LatLng, focus = false): Promise<void> {
    const row = rows[index]!;
    this.#chosen = row;
    this.#drawGround(row);
    this.layer.draw(row);
    const details = await this.source.details(row);
    if (this.#chosen !== row) return; // another one is shown by now, or none
    const turn = (step: number): void => {
      void this.#show(rows, (index + step + rows.length) % rows.length, at, true);
    };
    const steps = rows.length > 1 ? this.#steps(index, rows.length, turn) : null;
    const content = el("div.panel-facts", {}, this.#content(row, details), steps);
    const open = this.isOpen ? this.#popup : null;
    this.#popup = (open ?? L.popup({ maxWidth: 300, ...this.context.room.popup() }))
      // While one goes from one to the next, the buttons stay where they are.
      .setLatLng(this.#isExact(row) && rows.length === 1 ? this.points.at(row) : at)
      .setContent(content);
    if (!open) this.#popup.openOn(this.context.map);
    if (focus) {
      content.querySelector<HTMLElement>(".points-next, .verdict")?.focus({ preventScroll: true });
    }
  }

  /** Whether the place of a row is a point, and no cell or outline. */
  #isExact(row: number): boolean {
    return this.points.cell(row) === null && this.points.outline(row) === null;
  }

  /** Draw the ground on which a place may lie. */
  #drawGround(row: number): void {
    const { points } = this;
    this.#ground.clearLayers();
    const common = { className: "disc", interactive: false, pane: "discs" };
    const outline = points.outline(row);
    const cell = points.cell(row);
    const [latitude, longitude] = points.at(row);
    if (outline) this.#ground.addLayer(polygon(outline, common));
    if (cell && !outline) {
      const { high, wide } = cell;
      const southWest: L.LatLngTuple = [latitude - high, longitude - wide];
      const northEast: L.LatLngTuple = [latitude + high, longitude + wide];
      this.#ground.addLayer(L.rectangle(L.latLngBounds(southWest, northEast), common));
    } else if (!outline && points.radius[row]! > 0) {
      const disc = { ...common, radius: points.radius[row]! };
      this.#ground.addLayer(L.circle([latitude, longitude], disc));
    }
  }

  #content(row: number, details: Details): Content[] {
    const { atlas, words } = this.context;
    const { points } = this;
    const facts: [Content, Content][] = [];
    const put = (word: string, said: Content): void => void facts.push([words.say(word), said]);
    const days = points.days(row);
    if (days) put("field.date", isolated(words.days(days.first, days.last)));
    const zone = points.value(row, "zone");
    if (zone) {
      const known = atlas.zone(zone);
      put("field.zone", known ? words.name(known.name) : zone);
    }
    const phase = points.value(row, "phase");
    if (phase) put("field.phase", words.say(`phase.${phase}`));
    const outline = points.outline(row);
    if (outline) put(`crowd.only_${outline.level}`, isolated(outline.name));
    const km = points.report.cell_km;
    if (km !== null) put("crowd.cell", words.length(km * 1000));
    else if (points.radius[row]!) put("field.radius", words.length(points.radius[row]!));
    for (const [name, text] of details.columns) {
      const most = 4 * MOST_LETTERS;
      const shown = text.length > most ? `${text.slice(0, most)}…` : text;
      facts.push([isolated(name), sourceLink(text, shown)]);
    }
    return [
      el("p.verdict", { tabindex: -1 }, words.say(`verdict.${points.value(row, "verdict")}`)),
      details.sentence ? el("p.sentence", { dir: "auto" }, details.sentence) : null,
      factList(facts),
    ];
  }

  /** Buttons from one incident to the next at one place. */
  #steps(index: number, count: number, turn: (step: number) => void): HTMLElement {
    const { words } = this.context;
    const button = (name: "next" | "previous", sign: string, step: number): HTMLElement => {
      const label = words.say(`crowd.${name}`);
      const marks = { type: "button", "aria-label": label, title: label };
      const one = el(`button.points-${name}`, marks, sign);
      one.addEventListener("click", (event) => {
        // The button is replaced: Leaflet would take the click for one beside the popup.
        event.stopPropagation();
        turn(step);
      });
      return one;
    };
    const values = { number: words.number(index + 1), count: words.number(count) };
    return el(
      "div.points-steps",
      {},
      button("previous", "‹", -1),
      el("span", {}, words.say("crowd.here", values)),
      button("next", "›", 1),
    );
  }
}

function polygon({ rings }: Outline, options: L.PolylineOptions = {}): L.Polygon {
  const shape = rings.map((ring) => ring.map(([x, y]): L.LatLngTuple => [y, x]));
  return L.polygon(shape, { fillRule: "evenodd", ...options });
}

/** The northernmost point of an outline: a popup there points at the whole, and at no place in it. */
function top(shape: L.Polygon): L.LatLng {
  const points = (shape.getLatLngs() as L.LatLng[][]).flat();
  return points.reduce((best, one) => (one.lat > best.lat ? one : best));
}
