/** Tables that say what the map says. */

import type { Incident, Post } from "../atlas";
import type { Context } from "../context";
import { dayNumber, dayOf } from "../days";
import { type Content, el, isolated } from "../dom";
import type { State } from "../state";

export class Tables {
  readonly element: HTMLElement;
  readonly #body = el("div", {});

  constructor(private readonly context: Context) {
    this.element = el(
      "section.tables",
      { id: "tables", tabindex: -1 },
      el("h2", {}, context.words.say("page.table")),
      this.#body,
    );
  }

  draw(state: State, posts: readonly Post[], incidents: readonly Incident[]): void {
    const { words } = this.context;
    const day = words.day(state.date);
    const parts = [this.#zones(state, day), this.#phases()];
    const standing = posts.filter((post) => this.context.atlas.stood(post, state.date));
    if (standing.length) parts.push(this.#posts(standing, day));
    if (incidents.length) parts.push(this.#incidents(incidents));
    this.#body.replaceChildren(...parts);
  }

  #zone(id: string | null): Content {
    const zone = id === null ? undefined : this.context.atlas.zone(id);
    return zone ? this.context.words.name(zone.name) : "–";
  }

  #zones(state: State, day: string): HTMLElement {
    const { atlas, facts, words } = this.context;
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
        const who = force ? atlas.answering(zone.id, state.date) : undefined;
        const round = atlas.round(who?.round);
        const area = (estimate: "low" | "best" | "high"): string => {
          const extent = force ? atlas.extent(zone.id, estimate, state) : undefined;
          return extent ? words.area(extent.area) : "–";
        };
        const names = (who?.guarantors ?? []).map((id) => words.name(atlas.actor(id)));
        return [
          words.name(zone.name),
          facts.summary(zone, state),
          words.range(life.from, life.to && dayOf(dayNumber(life.to) - 1)),
          names.join(" · ") || "–",
          round ? el("span.whole", {}, words.name(round.name)) : "–",
          ...estimates.map(area),
        ];
      }),
    );
  }

  #phases(): HTMLElement {
    const { words } = this.context;
    return table(
      words.say("page.table_phases"),
      ["zone", "phase", "from", "until", "confidence"].map((head) => words.say(`field.${head}`)),
      this.context.atlas.spans
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

  #posts(posts: readonly Post[], day: string): HTMLElement {
    const { atlas, words } = this.context;
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
        words.name(atlas.actor(post.actor)),
        words.range(post.from, post.to),
        post.latitude === null || post.longitude === null
          ? words.say("space.unknown")
          : el("bdi", { dir: "ltr" }, `${post.latitude}, ${post.longitude}`),
      ]),
    );
  }

  #incidents(incidents: readonly Incident[]): HTMLElement {
    const { words } = this.context;
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
