/** The form that says which points are shown. */

import type { Context } from "../context";
import { el, isolated } from "../dom";
import type { Filter } from "./filter";
import type { PointSource } from "./source";

const TYPING_MS = 250;

export class FilterForm {
  readonly element: HTMLDivElement;
  readonly #fields: ((filter: Filter) => void)[] = [];
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly context: Context,
    private readonly source: PointSource,
    /** What is asked for now. */
    private readonly filter: () => Filter,
    private readonly change: (part: Partial<Filter>) => void,
  ) {
    const { words } = context;
    const zones = source.zones.map((id): [string, string] => {
      const zone = context.atlas.zone(id);
      return [id, zone ? words.name(zone.name) : id];
    });
    const phases = source.phases.map((one): [string, string] => [one, words.say(`phase.${one}`)]);
    const keep = { type: "button", "data-keep": "points-clear" };
    const clear = el("button.points-clear", keep, words.say("crowd.clear"));
    clear.addEventListener("click", () => context.show({ filter: "" }));
    this.element = el(
      "div.points-filter",
      {},
      this.#verdicts(),
      this.#choice("zone", zones),
      this.#choice("phase", phases),
      this.#day("from"),
      this.#day("until"),
      source.columns.map((name) => this.#column(name)),
      clear,
    );
    this.fill();
  }

  /** Show what is asked for. */
  fill(): void {
    const filter = this.filter();
    for (const fill of this.#fields) fill(filter);
  }

  /** Forget what is being typed. */
  remove(): void {
    clearTimeout(this.#typing);
  }

  #verdicts(): HTMLElement {
    const { words } = this.context;
    const { verdicts } = this.source;
    const boxes = verdicts.map((verdict) => {
      const keep = `points-verdict-${verdict}`;
      const box = el("input", { type: "checkbox", name: keep, "data-keep": keep });
      const fill = ({ verdict: wanted }: Filter): void => {
        box.checked = !wanted.length || wanted.includes(verdict);
      };
      box.addEventListener("change", () => {
        const asked = this.filter().verdict;
        const now = asked.length ? asked : verdicts;
        const wanted = verdicts.filter((one) => (one === verdict ? box.checked : now.includes(one)));
        const all = wanted.length === verdicts.length;
        // None of them would show nothing at all: then the last one stays.
        this.change({ verdict: all ? [] : wanted.length ? wanted : [verdict] });
        fill(this.filter());
      });
      this.#fields.push(fill);
      return el("label", {}, box, words.say(`verdict.${verdict}`));
    });
    return el("fieldset.points-verdicts", {}, el("legend", {}, words.say("field.verdict")), boxes);
  }

  #choice(key: "zone" | "phase", options: [value: string, text: string][]): HTMLElement {
    const { words } = this.context;
    const keep = `points-${key}`;
    const any = ["", words.say("crowd.any")] as const;
    const select = el(
      "select",
      { name: keep, "data-keep": keep },
      [any, ...options].map(([value, text]) => el("option", { value }, text)),
    );
    select.addEventListener("change", () => this.change({ [key]: select.value }));
    this.#fields.push((filter) => {
      select.value = filter[key];
    });
    return el("label.choice", {}, el("span", {}, words.say(`field.${key}`)), select);
  }

  #day(key: "from" | "until"): HTMLElement {
    const keep = `points-${key}`;
    const { typed, words } = this.context;
    // No date field of the browser: it writes days in its own language, not in the page's.
    const marks = { type: "text", dir: "auto", autocomplete: "off", spellcheck: "false" };
    const input = el("input", { ...marks, name: keep, "data-keep": keep });
    input.addEventListener("change", () => {
      const days = input.value.trim() ? typed.read(input.value) : ["", ""];
      input.setAttribute("aria-invalid", String(days === null));
      if (days) this.change({ [key]: days[key === "from" ? 0 : 1] });
    });
    this.#fields.push((filter) => {
      input.value = filter[key] && words.day(filter[key]);
      input.setAttribute("aria-invalid", "false");
    });
    return el("label.choice", {}, el("span", {}, this.context.words.say(`field.${key}`)), input);
  }

  #column(name: string): HTMLElement {
    const keep = `points-column-${name}`;
    const input = el("input", { type: "search", dir: "auto", name: keep, "data-keep": keep });
    input.addEventListener("input", () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => {
        this.change({ columns: { ...this.filter().columns, [name]: input.value } });
      }, TYPING_MS);
    });
    this.#fields.push((filter) => {
      const value = filter.columns[name] ?? "";
      if (input.value !== value && document.activeElement !== input) input.value = value;
    });
    const [before, after] = this.context.words.around("crowd.contains", "column");
    return el("label.choice", {}, el("span", {}, before, isolated(name), after), input);
  }
}
