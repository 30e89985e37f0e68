/** What the marks mean, and the choices of what is shown. */

import type { Tint } from "../colours";
import type { Context } from "../context";
import { el, svg } from "../dom";
import { hatch, KEY_BOX, keyLine, keyStroke, postMark, settlementMark, verdictMark } from "../map/symbols";
import { BOTH, COLOURINGS, DRAWN, type State, WINDOWS } from "../state";

const GREY: Tint = { colour: "var(--ink-2)", ink: "var(--ink-2)", angle: 45 };
const PHASES_SHOWN = ["declared", "arranged", "contested", "ended"] as const;
/** Lines of the ground, and the words for them. */
const GROUND = [
  ["border", "page.state_border"],
  ["unsettled", "page.unsettled"],
  ["governorate-limit", "page.governorate_limit"],
  ["road", "page.road"],
  ["river", "page.river"],
] as const;
/** What is known before what is not. */
const SHOWN_VERDICTS = ["inside", "outside", "uncertain", "undetermined"] as const;

/** What lies in a legend beside its key. */
export interface LegendParts {
  readonly settlements: boolean;
  readonly posts: boolean;
  readonly incidents: boolean;
  /** Whether the choices lie open. */
  readonly open: boolean;
  readonly body: readonly HTMLElement[];
  readonly foot: readonly HTMLElement[];
}

export class Legend {
  readonly element: HTMLElement;
  readonly #key = el("ul", {});
  readonly #example = el("p.example", {});
  readonly #choices: ((state: State) => void)[] = [];
  #drawn = "";

  constructor(
    private readonly context: Context,
    private readonly parts: LegendParts,
  ) {
    const { words } = context;
    const choices = el(
      "details.choices.settings",
      { open: parts.open },
      el("summary", { "data-keep": "choices" }, words.say("page.show")),
      this.#choiceRows(),
    );
    const doubt = el("p.example", {}, words.say("page.doubt"));
    const status = el("p.example", {}, words.say("page.disclaimer"));
    this.element = el(
      "section.panel.legend",
      { "aria-label": words.say("page.legend") },
      el("div.legend-body", {}, this.#key, this.#window(), this.#example, doubt, status, [
        ...parts.body,
        this.#meanings(),
        choices,
      ]),
      el("div.legend-foot", {}, [...parts.foot]),
    );
  }

  /** What a zone is, what its phases and their bars mean, and how time is drawn. */
  #meanings(): HTMLElement {
    const { words } = this.context;
    const phases = PHASES_SHOWN.map((phase) =>
      el("p", {}, `${words.say(`phase.${phase}`)}: ${words.say(`phase_meaning.${phase}`)}.`),
    );
    return el(
      "details.choices.meanings",
      {},
      el("summary", { "data-keep": "meanings" }, words.say("page.meanings")),
      el("p", {}, words.say("page.what_is_zone")),
      phases,
      el("p", {}, words.say("page.bars")),
      el("p", {}, words.say("page.score_note")),
      el("ul", {}, this.#ground()),
    );
  }

  /** What the lines of the ground are. */
  #ground(): HTMLElement[] {
    const { words } = this.context;
    return GROUND.map(([kind, key]) => {
      const line = svg("line", { x1: 3, y1: 8.5, x2: 25, y2: 8.5, class: `base-${kind}` });
      const below = svg("line", { x1: 3, y1: 8.5, x2: 25, y2: 8.5, class: `base-${kind}-case` });
      return keyLine(kind === "road" ? [below, line] : [line], words.say(key));
    });
  }

  /** Whether the choices lie open, as the next legend should leave them. */
  get open(): boolean {
    return this.element.querySelector<HTMLDetailsElement>("details.settings")?.open ?? false;
  }

  draw(state: State): void {
    for (const fill of this.#choices) fill(state);
    const { atlas, colours, words } = this.context;
    const groups = colours.key(state);
    const texts = groups.map(({ text }) => text);
    const { estimate, boundary, colour, window } = state;
    const key = JSON.stringify([texts, estimate, boundary, colour, window > 0]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const plain = state.colour === "zone";
    const tint = plain ? atlas.data.zones[0] : GREY;
    this.#key.replaceChildren(
      ...(tint ? this.#marks(state, tint) : []),
      ...groups.map(({ tint, text }) =>
        keyLine([svg("rect", { ...KEY_BOX, fill: tint.colour, class: "key-colour" })], text),
      ),
    );
    const example = plain && atlas.data.zones.length > 1;
    this.#example.replaceChildren(example ? words.say("page.zone_colour") : "");
    this.#example.hidden = !example;
  }

  #marks(state: State, tint: Tint): HTMLElement[] {
    const { words } = this.context;
    const rows = [...this.#lines(state, tint), ...this.#other(state, tint)];
    if (this.parts.settlements) {
      rows.push(keyLine(settlementMark(), words.say("figure.settlement")));
    }
    if (this.parts.posts) {
      const middle = svg("g", { transform: "translate(14 8.5)" }, postMark());
      rows.push(keyLine([middle], words.say("page.posts")));
    }
    if (this.parts.incidents) {
      const marks = SHOWN_VERDICTS.map((verdict) =>
        el(
          "span.verdict-key",
          {},
          svg("svg", { viewBox: "-6 -6 12 12", width: 12, height: 12 }, verdictMark(verdict)),
          words.say(`verdict.${verdict}`),
        ),
      );
      rows.push(el("li.verdicts", {}, el("span", {}, words.say("page.incidents")), marks));
      if (state.window) {
        const faint = svg("g", { transform: "translate(14 8.5)", class: "key-faint" }, verdictMark("inside"));
        rows.push(keyLine([faint], words.say("page.other_days")));
      }
    }
    return rows;
  }

  /** What is drawn of a zone. */
  #lines({ estimate }: State, tint: Tint): HTMLElement[] {
    const { words } = this.context;
    const low = svg("rect", { ...KEY_BOX, fill: tint.colour, class: "key-low" });
    if (estimate !== "all") {
      const edge = svg("rect", {
        ...KEY_BOX,
        stroke: tint.colour,
        "stroke-width": 2.4,
        fill: "none",
      });
      return [keyLine([low, edge], words.say(`boundary_estimate.${estimate}`))];
    }
    const band = [
      svg("defs", {}, hatch("key-band", tint)),
      svg("rect", { ...KEY_BOX, fill: "url(#key-band)" }),
    ];
    return [
      keyLine([low], words.say("page.surely_inside")),
      keyLine([keyStroke(tint, 2.4)], words.say("page.line")),
      keyLine(band, words.say("page.possibly_inside")),
      keyLine([keyStroke(tint, 2, "key-idle")], words.say("page.ghost")),
    ];
  }

  #other(state: State, tint: Tint): HTMLElement[] {
    const { atlas, words } = this.context;
    if (state.boundary !== BOTH) return [];
    const drawn = ({ id }: { id: string }): boolean =>
      atlas.data.zones.some((zone) => atlas.extent(zone.id, "best", state, id) !== undefined);
    const others = atlas.data.boundaries.filter((one) => one.id !== atlas.boundary(state) && drawn(one));
    const names = others.map(({ name }) => words.name(name)).join(words.say("list.separator"));
    return names ? [keyLine([keyStroke(tint, 2.4, "key-other")], names)] : [];
  }

  // -- choices ------------------------------------------------------------------------------

  #choiceRows(): (HTMLElement | null)[] {
    const { atlas, words } = this.context;
    const say = (key: string): string => words.say(key);
    const { boundaries } = atlas.data;
    const names = boundaries.map(({ id, name }): [string, string] => [id, words.name(name)]);
    const about = boundaries.map((one) => words.name(one.description)).join(" ");
    const estimates = DRAWN.map((one): [string, string] => [
      one,
      say(one === "all" ? "page.estimate_all" : `boundary_estimate.${one}`),
    ]);
    const colourings = COLOURINGS.map((one): [string, string] => [one, say(`field.${one}`)]);
    return [
      boundaries.length > 1
        ? this.#choice("boundary", "field.boundary", [...names, [BOTH, say("page.both")]], about)
        : null,
      this.#choice("estimate", "field.estimate", estimates),
      this.#choice("colour", "page.colour_by", colourings),
    ];
  }

  /** Around the day, or for the whole time: in sight, as it says what most marks on the map are. */
  #window(): HTMLElement | null {
    const { words } = this.context;
    if (!this.parts.incidents) return null;
    const windows = WINDOWS.map((days): [string, string] => [
      String(days),
      days
        ? words.say("page.window_days", { days: words.number(days) })
        : words.say("page.window_all"),
    ]);
    return this.#choice("window", "page.window", windows);
  }

  #choice(
    key: "boundary" | "estimate" | "colour" | "window",
    label: string,
    options: [value: string, text: string][],
    hint?: string,
  ): HTMLElement {
    const select = el(
      "select",
      { "data-keep": `choice-${key}`, name: key },
      options.map(([value, text]) => el("option", { value }, text)),
    );
    select.addEventListener("change", () => {
      this.context.show({ [key]: key === "window" ? Number(select.value) : select.value });
    });
    this.#choices.push((state) => {
      select.value = String(state[key]);
    });
    const name = el("span", {}, this.context.words.say(label));
    return el("label.choice", hint ? { title: hint } : {}, name, select);
  }
}
