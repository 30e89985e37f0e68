/** The sheets of paper on the map: title, zones, legend, tables. */

import type { Atlas, Incident, Post, Zone } from "../atlas";
import type { Colours, Tint } from "../colours";
import { dayNumber, dayOf } from "../days";
import { el, isolated, svg, type Content } from "../dom";
import type { Facts } from "../facts";
import { postMark, verdictMark } from "../map/marks";
import { BOTH, COLOURINGS, DRAWN, type State, WINDOWS } from "../state";
import type { Words } from "../words";
import { hatch } from "../map/zones";

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

export function toTables(words: Words): HTMLElement {
  return el("a.to-tables", { href: "#tables" }, words.say("page.table"));
}

export function titleSheet(
  title: string,
  subtitle: string,
  words: Words,
  show: (change: Partial<State>) => void,
  links: HTMLElement | null,
): HTMLElement {
  return el(
    "header.sheet.title",
    {},
    el("h1", {}, title),
    el("p", {}, subtitle),
    words.languages.length > 1 ? languages(words, show) : null,
    links ?? toTables(words),
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
    private readonly colours: Colours,
    private readonly choose: (zone: string | null) => void,
    private readonly pages: boolean,
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
    const tint = this.colours.of(zone, state);
    name.style.color = (force ? tint : zone).ink;
    const marks = { "aria-expanded": String(chosen), "data-zone": zone.id };
    const button = el(
      "button.row",
      { type: "button", ...marks, "data-keep": `zone-${zone.id}` },
      swatch(force ? tint : zone, force),
      name,
      el("span.row-area", {}, force && best ? this.words.area(best.area) : ""),
      el("span.row-phase", {}, this.facts.summary(zone, state)),
    );
    button.addEventListener("click", () => this.choose(chosen ? null : zone.id));
    if (!chosen) return [button];
    const page = `${zone.id}.html`;
    const link = el("a.zone-page", { href: page, "data-page": page }, this.words.say("page.zone_page"));
    const own = !this.pages || location.pathname.endsWith(`/${page}`);
    const facts = this.facts.zone(zone, state, posts);
    return [button, el("div.row-facts", {}, facts, own ? null : link)];
  }
}

let swatches = 0;

function swatch(zone: Tint, force: boolean): SVGSVGElement {
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

/** What the marks mean, and the choices of what is shown. */
export class Legend {
  readonly element: HTMLElement;
  readonly #key = el("ul", {});
  readonly #example = el("p.example", {});
  readonly #choices: { show(state: State): void }[] = [];
  #drawn = "";

  constructor(
    private readonly atlas: Atlas,
    private readonly words: Words,
    private readonly colours: Colours,
    private readonly has: { posts: boolean; incidents: boolean },
    show: (change: Partial<State>) => void,
    open: boolean,
    { body = [], foot }: { body?: HTMLElement[]; foot: HTMLElement[] },
  ) {
    const say = (key: string): string => words.say(key);
    const boundaries = atlas.data.boundaries;
    const names = boundaries.map(({ id, name }): [string, string] => [id, words.name(name)]);
    const about = boundaries.map((one) => words.name(one.description)).join(" ");
    const list = [
      boundaries.length > 1
        ? this.#choice("field.boundary", [...names, [BOTH, say("page.both")]], "boundary", show, about)
        : null,
      this.#choice(
        "field.estimate",
        DRAWN.map((one) => [
          one,
          say(one === "all" ? "page.estimate_all" : `boundary_estimate.${one}`),
        ]),
        "estimate",
        show,
      ),
      this.#choice(
        "page.colour_by",
        COLOURINGS.map((one) => [one, say(`field.${one}`)]),
        "colour",
        show,
      ),
      has.incidents
        ? this.#choice(
            "page.window",
            WINDOWS.map((days) => [
              String(days),
              days
                ? words.say("page.window_days", { days: words.number(days) })
                : say("page.window_all"),
            ]),
            "window",
            show,
          )
        : null,
    ];
    const choices = el(
      "details.choices",
      { open },
      el("summary", { "data-keep": "choices" }, say("page.show")),
      list,
    );
    this.element = el(
      "section.sheet.legend",
      { "aria-label": say("page.legend") },
      el("div.legend-body", {}, this.#key, this.#example, choices, body),
      el("div.legend-foot", {}, foot),
    );
  }

  /** Whether the choices lie open, as the next legend should leave them. */
  get open(): boolean {
    return this.element.querySelector("details")?.open ?? false;
  }

  draw(state: State): void {
    for (const choice of this.#choices) choice.show(state);
    const colours = this.colours.key(state);
    const texts = colours.map(({ text }) => text);
    const key = JSON.stringify([texts, state.estimate, state.boundary, state.colour]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const plain = state.colour === "zone";
    this.#key.replaceChildren(
      ...this.#marks(state, plain ? this.atlas.data.zones[0] : GREY),
      ...colours.map(({ tint, text }) => {
        const box = { x: 1, y: 2, width: 26, height: 13, fill: tint.colour };
        return line([svg("rect", { ...box, class: "key-colour" })], text);
      }),
    );
    const own = plain && this.atlas.data.zones.length > 1;
    this.#example.replaceChildren(own ? this.words.say("page.zone_colour") : "");
    this.#example.hidden = !own;
  }

  #marks(state: State, tint: Tint | undefined): HTMLElement[] {
    if (!tint) return [];
    const { words, has } = this;
    const box = { x: 1, y: 2, width: 26, height: 13 };
    const stroke = { stroke: tint.colour, "stroke-width": 2.4, fill: "none" };
    const low = svg("rect", { ...box, fill: tint.colour, class: "key-low" });
    const rows: HTMLElement[] = [];
    if (state.estimate === "all") {
      const band = [
        svg("defs", {}, hatch("key-band", tint)),
        svg("rect", { ...box, fill: "url(#key-band)" }),
      ];
      rows.push(
        line([low], words.say("page.surely_inside")),
        line([svg("path", { d: "M1 8.5H27", ...stroke })], words.say("page.line")),
        line(band, words.say("page.possibly_inside")),
      );
    } else {
      const edge = svg("rect", { ...box, ...stroke });
      rows.push(line([low, edge], words.say(`boundary_estimate.${state.estimate}`)));
    }
    const other = this.atlas.data.boundaries.find(({ id }) => id !== this.atlas.boundary(state));
    if (state.boundary === BOTH && other) {
      const dashed = svg("path", { d: "M1 8.5H27", ...stroke, class: "key-other" });
      rows.push(line([dashed], words.name(other.name)));
    }
    if (has.posts) {
      const middle = svg("g", { transform: "translate(14 8.5)" }, postMark());
      rows.push(line([middle], words.say("page.posts")));
    }
    if (has.incidents) {
      const marks = ["inside", "outside", "uncertain", "undetermined"].map((verdict) => [
        svg("svg", { viewBox: "-6 -6 12 12", width: 12, height: 12 }, verdictMark(verdict)),
        words.say(`verdict.${verdict}`),
      ]);
      const each = marks.map(([mark, word]) => el("span.verdict-key", {}, mark, word));
      rows.push(el("li.verdicts", {}, el("span", {}, words.say("page.incidents")), each));
    }
    return rows;
  }

  #choice(
    label: string,
    options: [value: string, text: string][],
    key: "boundary" | "estimate" | "colour" | "window",
    show: (change: Partial<State>) => void,
    hint?: string,
  ): HTMLElement {
    const select = el(
      "select",
      { "data-keep": `choice-${key}`, name: key },
      options.map(([value, text]) => el("option", { value }, text)),
    );
    select.addEventListener("change", () => {
      const value = key === "window" ? Number(select.value) : select.value;
      show({ [key]: value });
    });
    this.#choices.push({
      show(state) {
        select.value = String(state[key]);
      },
    });
    return el("label.choice", hint ? { title: hint } : {}, el("span", {}, this.words.say(label)), select);
  }
}

const GREY: Tint = { colour: "#56616B", ink: "#56616B", angle: 45 };

/** A mark and what it means. */
export function line(picture: SVGElement[], word: string): HTMLElement {
  return el(
    "li",
    {},
    svg("svg", { viewBox: "0 0 28 17", width: 28, height: 17, "aria-hidden": "true" }, picture),
    el("span", {}, word),
  );
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
