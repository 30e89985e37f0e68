/** The sheets of paper on the map: title, zones, legend, tables. */

import type { Atlas, Incident, Post, State, Zone } from "./atlas";
import { el, isolated, svg, type Content } from "./dom";
import type { Facts } from "./facts";
import { postMark, verdictMark } from "./points";
import { dayNumber, dayOf, type Words } from "./words";
import { hatch } from "./zones";

/** The languages of the page, each by its own name. */
function languages(words: Words, show: (change: Partial<State>) => void): HTMLElement {
  const buttons = words.languages.map((lang) => {
    const pressed = String(lang === words.lang);
    const marks = { type: "button", lang, "aria-pressed": pressed, "data-keep": `lang-${lang}` };
    const button = el("button", marks, words.endonym(lang));
    button.addEventListener("click", () => show({ lang }));
    return button;
  });
  const row = el(
    "div.languages",
    { role: "group", "aria-label": words.say("page.language") },
    buttons,
  );
  if (words.ownDigits()) {
    const own = words.digits !== "latn";
    const marks = { type: "button", "aria-pressed": String(own), "data-keep": "digits" };
    const button = el("button", marks, words.say("page.local_digits"));
    button.addEventListener("click", () => show({ digits: own ? "latn" : "arab" }));
    row.append(button);
  }
  return row;
}

export function titleSheet(
  title: string,
  subtitle: string,
  words: Words,
  show: (change: Partial<State>) => void,
): HTMLElement {
  return el(
    "header.sheet.title",
    {},
    el("h1", {}, title),
    el("p", {}, subtitle),
    words.languages.length > 1 ? languages(words, show) : null,
    el("a.to-tables", { href: "#tables" }, words.say("page.table")),
  );
}

/** The zones on the day: a row each, and what is known of the chosen one. */
export class Panel {
  readonly element: HTMLElement;
  readonly #heading = el("h2", {});
  readonly #rows = el("div.rows", {});

  constructor(
    private readonly atlas: Atlas,
    private readonly words: Words,
    private readonly facts: Facts,
    private readonly choose: (zone: string | null) => void,
  ) {
    this.element = el(
      "section.sheet.panel",
      { "aria-label": words.say("page.zones") },
      this.#heading,
      this.#rows,
    );
  }

  draw(state: State, posts: Post[]): void {
    this.#heading.replaceChildren(this.words.day(state.date));
    const focused = (document.activeElement as HTMLElement | null)?.dataset["zone"];
    const opened = this.#rows.querySelector<HTMLDetailsElement>("details.sources")?.open ?? false;
    const none = !this.atlas.data.zones.some((zone) => this.atlas.inForce(zone.id, state.date));
    this.#rows.replaceChildren(
      ...(none ? [el("p.none", {}, this.words.say("page.no_zone"))] : []),
      ...this.atlas.data.zones.flatMap((zone) => this.#row(zone, state, posts)),
    );
    const details = this.#rows.querySelector<HTMLDetailsElement>("details.sources");
    if (details) details.open = opened;
    if (focused) this.#rows.querySelector<HTMLElement>(`button[data-zone="${focused}"]`)?.focus();
  }

  #row(zone: Zone, state: State, posts: Post[]): HTMLElement[] {
    const chosen = state.zone === zone.id;
    const force = this.atlas.inForce(zone.id, state.date);
    const best = this.atlas.extent(zone.id, "best", state);
    const name = el("span.row-name", {}, this.words.name(zone.name));
    name.style.color = zone.ink;
    const button = el(
      "button.row",
      { type: "button", "aria-expanded": String(chosen), "data-zone": zone.id },
      swatch(zone, force),
      name,
      el("span.row-area", {}, force && best ? this.words.area(best.area) : ""),
      el("span.row-phase", {}, this.facts.summary(zone, state)),
    );
    button.addEventListener("click", () => this.choose(chosen ? null : zone.id));
    if (!chosen) return [button];
    return [button, el("div.row-facts", {}, this.facts.zone(zone, state, posts))];
  }
}

let swatches = 0;

function swatch(zone: Zone, force: boolean): SVGSVGElement {
  swatches += 1;
  const id = `swatch-${swatches}`;
  const box = { x: 1, y: 1, width: 20, height: 14, rx: 2 };
  const line = { fill: "none", stroke: zone.colour, "stroke-width": 1.6 };
  if (!force) {
    const empty = { ...line, "stroke-width": 1, "stroke-dasharray": "2 2" };
    return svg("svg", { class: "swatch", viewBox: "0 0 22 16" }, svg("rect", { ...box, ...empty }));
  }
  return svg(
    "svg",
    { class: "swatch", viewBox: "0 0 22 16", "aria-hidden": "true" },
    svg("defs", {}, hatch(id, zone, 4)),
    svg("rect", { ...box, fill: `url(#${id})` }),
    svg("rect", { ...box, ...line }),
  );
}

/** What the marks mean, in the colour of one zone, which the legend names. */
export class Legend {
  readonly element: HTMLElement;
  readonly #choices = new Map<string, HTMLButtonElement>();

  constructor(
    private readonly atlas: Atlas,
    private readonly words: Words,
    has: { posts: boolean; incidents: boolean },
    choose: (boundary: string) => void,
    scale: HTMLElement,
  ) {
    const zone = atlas.data.zones[0];
    const rows: Content[] = [];
    if (zone) {
      const box = { x: 1, y: 2, width: 26, height: 13 };
      const key = (picture: SVGElement[], word: string): HTMLElement =>
        el(
          "li",
          {},
          svg("svg", { viewBox: "0 0 28 17", width: 28, height: 17, "aria-hidden": "true" }, picture),
          el("span", {}, words.say(word)),
        );
      const low = svg("rect", { ...box, fill: zone.colour, class: "key-low" });
      const line = svg("path", { d: "M1 8.5H27", stroke: zone.colour, "stroke-width": 2.4 });
      const band = [
        svg("defs", {}, hatch("key-band", zone)),
        svg("rect", { ...box, fill: "url(#key-band)" }),
      ];
      rows.push(
        key([low], "page.surely_inside"),
        key([line], "page.line"),
        key(band, "page.possibly_inside"),
      );
      const centred = (marks: SVGElement[]): SVGElement[] => [
        svg("g", { transform: "translate(14 8.5)" }, marks),
      ];
      if (has.posts) rows.push(key(centred(postMark()), "page.posts"));
      if (has.incidents) {
        const marks = ["inside", "outside", "uncertain"].map((verdict) => [
          svg("svg", { viewBox: "-6 -6 12 12", width: 12, height: 12 }, verdictMark(verdict)),
          words.say(`verdict.${verdict}`),
        ]);
        const each = marks.map(([mark, word]) => el("span.verdict-key", {}, mark, word));
        rows.push(el("li.verdicts", {}, el("span", {}, words.say("page.incidents")), each));
      }
    }
    this.element = el(
      "section.sheet.legend",
      { "aria-label": words.say("page.legend") },
      el("ul", {}, rows),
      zone && atlas.data.zones.length > 1
        ? el("p.example", {}, words.say("page.zone_colour"))
        : null,
      atlas.data.boundaries.length > 1 ? this.#boundaries(choose) : null,
      scale,
    );
  }

  draw(state: State): void {
    for (const [id, button] of this.#choices) {
      button.setAttribute("aria-pressed", String(id === state.boundary));
    }
  }

  #boundaries(choose: (boundary: string) => void): HTMLElement {
    const buttons = this.atlas.data.boundaries.map((boundary) => {
      const text = this.words.name(boundary.name);
      const hint = this.words.name(boundary.description);
      const button = el("button", { type: "button", title: hint }, text);
      button.addEventListener("click", () => choose(boundary.id));
      this.#choices.set(boundary.id, button);
      return button;
    });
    const label = this.words.say("field.boundary");
    return el("div.choice", { role: "group", "aria-label": label }, buttons);
  }
}

/** A table that says what the map says. */
function table(caption: string, heads: string[], rows: Content[][]): HTMLElement {
  return el(
    "div.table",
    { role: "region", "aria-label": caption, tabindex: 0 },
    el(
      "table",
      {},
      el("caption", {}, caption),
      el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
      el(
        "tbody",
        {},
        rows.map((row) =>
          el(
            "tr",
            {},
            row.map((cell, index) =>
              index === 0 ? el("th", { scope: "row" }, cell) : el("td", {}, cell),
            ),
          ),
        ),
      ),
    ),
  );
}

export class Tables {
  readonly element: HTMLElement;
  readonly #body = el("div", {});

  constructor(
    private readonly atlas: Atlas,
    private readonly words: Words,
    private readonly facts: Facts,
  ) {
    this.element = el(
      "section.tables",
      { id: "tables", tabindex: -1 },
      el("h2", {}, words.say("page.table")),
      this.#body,
    );
  }

  draw(state: State, posts: Post[], incidents: Incident[]): void {
    const { words } = this;
    const day = words.day(state.date);
    const parts = [this.#zones(state, day), this.#phases()];
    const standing = posts.filter((post) => this.atlas.stood(post, state.date));
    if (standing.length) parts.push(this.#posts(standing, day));
    if (incidents.length) parts.push(this.#incidents(incidents));
    this.#body.replaceChildren(...parts);
  }

  #zone(id: string | null): Content {
    const zone = id === null ? undefined : this.atlas.zone(id);
    return zone ? this.words.name(zone.name) : "–";
  }

  #zones(state: State, day: string): HTMLElement {
    const { atlas, words } = this;
    const heads = ["zone", "phase", "in_force", "guarantors", "round"];
    const estimates = ["best", "low", "high"] as const;
    return table(
      `${words.say("page.table_zones")}: ${day}`,
      [
        ...heads.map((head) => words.say(`field.${head}`)),
        ...estimates.map((one) => `${words.say("field.area")}: ${words.say(`boundary_estimate.${one}`)}`),
      ],
      atlas.data.zones.map((zone) => {
        const life = atlas.life(zone.id);
        const force = atlas.inForce(zone.id, state.date);
        const newest = force ? atlas.agreements(zone.id, state.date)[0] : undefined;
        const round = atlas.round(newest?.round);
        const area = (estimate: "low" | "best" | "high"): string => {
          const extent = force ? atlas.extent(zone.id, estimate, state) : undefined;
          return extent ? words.area(extent.area) : "–";
        };
        const names = (newest?.guarantors ?? []).map((id) => words.name(atlas.data.actors[id] ?? { en: id }));
        return [
          words.name(zone.name),
          this.facts.summary(zone, state),
          words.range(life.from, life.to && dayOf(dayNumber(life.to) - 1)),
          names.join(" · ") || "–",
          round ? el("span.whole", {}, words.name(round.name)) : "–",
          ...estimates.map(area),
        ];
      }),
    );
  }

  #phases(): HTMLElement {
    const { words } = this;
    return table(
      words.say("page.table_phases"),
      ["zone", "phase", "from", "until", "confidence"].map((head) => words.say(`field.${head}`)),
      this.atlas.spans
        .filter((span) => span.from !== null)
        .map((span) => [
          this.#zone(span.zone),
          words.say(`phase.${span.phase}`),
          span.from === null ? "–" : words.day(span.from, span.precision),
          span.to === null ? "–" : words.day(span.to, span.toPrecision),
          words.say(`confidence.${span.confidence}`),
        ]),
    );
  }

  #posts(posts: Post[], day: string): HTMLElement {
    const { atlas, words } = this;
    return table(
      `${words.say("page.table_posts")}: ${day}`,
      [
        words.say("field.name"),
        words.say("field.zone"),
        words.say("page.kept_by"),
        words.say("page.stood"),
        `${words.say("field.latitude")}, ${words.say("field.longitude")}`,
      ],
      posts.map((post) => [
        isolated(words.name(post.name)),
        this.#zone(post.zone),
        words.name(atlas.data.actors[post.actor] ?? { en: post.actor }),
        words.range(post.from, post.to),
        post.latitude === null || post.longitude === null
          ? words.say("space.unknown")
          : el("bdi", { dir: "ltr" }, `${post.latitude}, ${post.longitude}`),
      ]),
    );
  }

  #incidents(incidents: Incident[]): HTMLElement {
    const { words } = this;
    return table(
      words.say("page.table_incidents"),
      ["incident", "date", "place", "verdict", "zone"].map((head) => words.say(`field.${head}`)),
      incidents.map((one) => [
        isolated(one.id),
        isolated(one.date),
        isolated(one.place),
        words.has(`verdict.${one.verdict}`) ? words.say(`verdict.${one.verdict}`) : isolated(one.verdict),
        this.#zone(one.zone),
      ]),
    );
  }
}
