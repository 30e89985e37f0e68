/** What is known of a zone, a post or an incident, as nodes: in a popup and in the panel alike. */

import type { Agreement, Atlas, Extent, Incident, Post, Zone } from "./atlas";
import { dayNumber, dayOf } from "./days";
import { el, isolated, sourceLink, type Content } from "./dom";
import type { State } from "./state";
import type { Words } from "./words";

export class Facts {
  constructor(
    private readonly atlas: Atlas,
    private readonly words: Words,
  ) {}

  /** One line below a zone's name: the phase, and since when. */
  summary(zone: Zone, state: State): string {
    const span = this.atlas.span(zone.id, state.date);
    if (!span) return "";
    const phase = this.words.say(`phase.${span.phase}`);
    if (span.from === null) return phase;
    const day = this.words.day(span.from, span.precision);
    if (span.phase === "ended") return this.words.say("page.ended_on", { day });
    return this.words.say("page.since", { phase, day });
  }

  /** What is known of a zone; in short, for a popup, what one asks first. */
  zone(zone: Zone, state: State, posts: readonly Post[], short = false): Node[] {
    const { atlas, words } = this;
    const span = atlas.span(zone.id, state.date);
    const life = atlas.life(zone.id);
    const [low, best, high] = (["low", "best", "high"] as const).map((estimate) =>
      atlas.extent(zone.id, estimate, state),
    );
    const rows: [string, Content][] = [];
    const force = span && atlas.inForce(zone.id, state.date);
    const agreements = force ? atlas.agreements(zone.id, state.date) : [];
    if (agreements.length) {
      const who = atlas.answering(zone.id, state.date);
      for (const [field, actors] of [
        ["guarantors", who.guarantors],
        ["mediators", who.mediators],
        ["framework_guarantors", short ? [] : who.framework],
      ] as const) {
        if (actors.length) rows.push([words.say(`field.${field}`), this.#actors(actors)]);
      }
      const round = atlas.round(who.round);
      if (round) {
        const parts = [words.name(round.name), words.day(round.last, round.precision)];
        rows.push([words.say("field.round"), parts.join(words.say("list.separator"))]);
      }
      if (!short) {
        rows.push([words.say("field.agreements"), agreements.map((one) => this.#agreement(one))]);
      }
    }
    if (life.from) {
      const last = life.to && dayOf(dayNumber(life.to) - 1); // it ended before that day began
      rows.push([words.say("field.in_force"), words.range(life.from, last)]);
    }
    if (force && best) {
      rows.push([words.say("field.area"), [words.area(best.area), this.#spread(low?.area, high?.area)]]);
      rows.push([words.say("page.drawn_since"), this.drawn(best)]);
      if (best.accuracy && !short) {
        const [median, ninth] = best.accuracy.map((metres) => words.length(metres));
        const values = { median: median ?? "", ninth: ninth ?? "" };
        rows.push([words.say("field.accuracy"), words.say("page.known_to", values)]);
      }
    }
    const standing = posts.filter((post) => post.zone === zone.id && atlas.stood(post, state.date));
    if (force && standing.length && !short) {
      rows.push([words.say("field.posts"), words.number(standing.length)]);
    }
    const facts = [span, ...agreements, best].filter((fact) => fact !== undefined && fact !== null);
    const confidence = this.#weakest(facts.map((fact) => fact.confidence));
    if (confidence) {
      rows.push([words.say("field.confidence"), words.say(`confidence.${confidence}`)]);
    }
    // In full, each agreement names its own sources.
    const cited = short ? facts : facts.filter((fact) => !agreements.some((one) => one === fact));
    const ids = [...new Set(cited.flatMap((fact) => fact.sources))];
    return [factList(rows), ...(ids.length ? [this.sources(ids)] : [])];
  }

  post(post: Post): Node[] {
    const { words } = this;
    const rows: [string, Content][] = [
      [words.say("page.kept_by"), words.name(this.atlas.actor(post.actor))],
      [words.say("page.stood"), words.range(post.from, post.to)],
    ];
    if (post.encircled) rows.push([words.say("field.encircled"), words.day(post.encircled)]);
    if (post.accuracy) rows.push([words.say("field.accuracy"), `± ${words.length(post.accuracy)}`]);
    rows.push([words.say("field.confidence"), words.say(`confidence.${post.confidence}`)]);
    return [
      el("h3", {}, isolated(words.name(post.name))),
      factList(rows),
      ...(post.sources.length ? [this.sources(post.sources)] : []),
    ];
  }

  incident(incident: Incident): Node[] {
    const { words } = this;
    const zone = incident.zone === null ? undefined : this.atlas.zone(incident.zone);
    const verdict = words.has(`verdict.${incident.verdict}`)
      ? words.say(`verdict.${incident.verdict}`)
      : incident.verdict;
    const rows: [string, Content][] = [];
    if (incident.place) rows.push([words.say("field.place"), isolated(incident.place)]);
    rows.push([words.say("field.date"), isolated(this.#date(incident.date))]);
    if (zone) rows.push([words.say("field.zone"), words.name(zone.name)]);
    if (incident.radius) rows.push([words.say("field.radius"), words.length(incident.radius)]);
    if (incident.id) rows.push([words.say("field.incident"), isolated(incident.id)]);
    if (incident.source) {
      rows.push([words.say("page.sources"), sourceLink(incident.source, short(incident.source))]);
    }
    return [
      el("p.verdict", {}, verdict),
      incident.sentence ? el("p.sentence", { dir: "auto" }, incident.sentence) : "",
      factList(rows),
    ].filter((node) => node !== "") as Node[];
  }

  sources(ids: string[]): HTMLElement {
    const { words } = this;
    return el(
      "details.sources",
      {},
      el("summary", {}, `${words.say("field.sources")} (${words.number(ids.length)})`),
      el(
        "ul",
        {},
        ids.map((id) => {
          const source = this.atlas.data.sources[id];
          if (!source) return el("li", {}, isolated(id));
          return el(
            "li",
            {},
            sourceLink(source.url, source.title),
            el("span.publisher", {}, isolated(source.publisher)),
          );
        }),
      ),
    );
  }

  #actors(ids: readonly string[]): string {
    return ids.map((id) => this.words.name(this.atlas.actor(id))).join(" · ");
  }

  /** One agreement: since when it counts, who guaranteed it, and who says so. */
  #agreement({ title, from, guarantors, sources }: Agreement): HTMLElement {
    const { words } = this;
    const said = [from ? words.day(from) : "", this.#actors(guarantors)].filter(Boolean);
    return el(
      "div.agreement",
      {},
      isolated(words.name(title)),
      said.map((line) => el("span.since", {}, line)),
      sources.length ? this.sources(sources) : null,
    );
  }

  #date(date: string): string {
    return /^\d{4}-\d{2}-\d{2}$/.test(date) ? this.words.day(date) : date;
  }

  /** As of when an extent is drawn, and what was drawn before. */
  drawn(extent: Extent): Content {
    const { atlas, words } = this;
    const since = el("span", {}, words.day(extent.from));
    const earlier = atlas.before(extent);
    if (!earlier) return since;
    const values = { area: words.area(earlier.area), day: words.day(earlier.from) };
    return [since, el("span.spread", {}, words.say("page.drawn_before", values))];
  }

  #spread(low: number | undefined, high: number | undefined): Content {
    if (low === undefined || high === undefined) return null;
    const { words } = this;
    return el("span.spread", {}, words.say("page.spread", { low: words.area(low), high: words.area(high) }));
  }

  #weakest(values: string[]): string | undefined {
    return ["unsourced", "low", "medium", "high"].find((value) => values.includes(value));
  }
}

/** A list of labels and what they say. */
export function factList(rows: readonly (readonly [label: Content, value: Content])[]): HTMLElement {
  return el(
    "dl.facts",
    {},
    rows.map(([label, value]) => [el("dt", {}, label), el("dd", {}, value)]),
  );
}

function short(address: string): string {
  const host = /^https?:\/\/(?:www\.)?([^/?#]+)/i.exec(address);
  return host?.[1] ?? address;
}
