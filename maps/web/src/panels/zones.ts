/** The zones on the day: a row each, and what is known of the chosen one. */

import type { Post, Zone } from "../atlas";
import type { Context } from "../context";
import { el } from "../dom";
import { swatch } from "../map/symbols";
import type { State } from "../state";
import { areaChart } from "./chart";
import { inset } from "./inset";

export class ZonesPanel {
  readonly element: HTMLElement;
  readonly #heading = el("h2", {});
  readonly #rows = el("div.rows", {});
  #chosen: string | null = null;

  constructor(
    private readonly context: Context,
    /** Whether each zone has a page of its own beside this one. */
    private readonly pages: boolean,
  ) {
    this.element = el(
      "section.panel.zones",
      { "aria-label": context.words.say("page.zones") },
      this.#heading,
      this.#rows,
    );
  }

  draw(state: State, posts: readonly Post[]): void {
    const { atlas, words } = this.context;
    this.#heading.replaceChildren(words.day(state.date));
    const focused = (document.activeElement as HTMLElement | null)?.dataset["zone"];
    const opened = this.#sources().map((one) => one.open);
    const none = !atlas.data.zones.some((zone) => atlas.inForce(zone.id, state.date));
    this.#rows.replaceChildren(
      ...(none ? [el("p.none", {}, words.say("page.no_zone"))] : []),
      ...atlas.data.zones.flatMap((zone) => this.#row(zone, state, posts)),
    );
    this.#sources().forEach((one, at) => (one.open = opened[at] ?? false));
    if (focused) this.#rowOf(focused)?.focus();
    // What was chosen elsewhere comes into sight, where the panel scrolls by itself.
    const chosen = state.zone !== null && state.zone !== this.#chosen && this.#rowOf(state.zone);
    if (chosen) this.element.scrollTop = chosen.previousElementSibling ? chosen.offsetTop : 0;
    this.#chosen = state.zone;
  }

  /** A button that leads to what is said of a zone; none where the panel is not shown. */
  wayTo(zone: string): HTMLElement | null {
    if (!this.element.getClientRects().length) return null;
    const button = el("button.more", { type: "button" }, this.context.words.say("page.more"));
    button.addEventListener("click", () => this.#rowOf(zone)?.focus());
    return button;
  }

  #rowOf(zone: string): HTMLElement | null {
    return this.#rows.querySelector<HTMLElement>(`button[data-zone="${CSS.escape(zone)}"]`);
  }

  #sources(): HTMLDetailsElement[] {
    return [...this.#rows.querySelectorAll<HTMLDetailsElement>("details.sources")];
  }

  #row(zone: Zone, state: State, posts: readonly Post[]): HTMLElement[] {
    const { atlas, colours, facts, words } = this.context;
    const chosen = state.zone === zone.id;
    const force = atlas.inForce(zone.id, state.date);
    const best = force ? atlas.extent(zone.id, "best", state) : undefined;
    const tint = force ? colours.of(zone, state) : zone;
    const name = el("span.row-name", {}, words.name(zone.name));
    name.style.color = tint.ink;
    const marks = { "aria-expanded": String(chosen), "data-zone": zone.id };
    const button = el(
      "button.row",
      { type: "button", ...marks, "data-keep": `zone-${zone.id}` },
      swatch(tint, force),
      name,
      el("span.row-area", {}, best ? words.area(best.area) : ""),
      el("span.row-phase", {}, facts.summary(zone, state)),
    );
    button.addEventListener("click", () => this.context.show({ zone: chosen ? null : zone.id }));
    const larger = inset(zone, state, this.context);
    if (larger) button.append(larger);
    if (!chosen) return [button];
    const page = `${zone.id}.html`;
    const link = el("a.zone-page", { href: page, "data-page": page }, words.say("page.zone_page"));
    const own = !this.pages || location.pathname.endsWith(`/${page}`);
    const chart = areaChart(zone, state, this.context);
    const known = facts.zone(zone, state, posts);
    return [button, el("div.row-facts", {}, known, chart, own ? null : link)];
  }
}
