/** Time as a score: one lane a zone, the rounds as ticks, the day as a cursor. */

import type { Atlas, Day, State } from "./atlas";
import { el, isolated } from "./dom";
import { dayNumber, dayOf, type Words } from "./words";

export class Score {
  readonly element: HTMLElement;
  readonly #first: number;
  readonly #last: number;
  readonly #slider: HTMLInputElement;
  readonly #flag: HTMLElement;
  readonly #cursor: HTMLElement;

  constructor(
    private readonly atlas: Atlas,
    private readonly words: Words,
    private readonly move: (day: Day) => void,
  ) {
    const ends = atlas.years();
    const years = ends.map((day) => Number(day.slice(0, 4))) as [number, number];
    [this.#first, this.#last] = ends.map(dayNumber) as [number, number];

    this.#flag = el("output.flag", { "aria-hidden": "true" });
    this.#cursor = el("div.cursor", {}, this.#flag);
    this.#slider = el("input.slider", {
      type: "range",
      min: this.#first,
      max: this.#last,
      step: 1,
      "aria-label": words.say("field.date"),
    });
    this.#slider.addEventListener("input", () => this.move(dayOf(Number(this.#slider.value))));
    this.#slider.addEventListener("keydown", (event) => this.#key(event));

    const names = el(
      "div.lane-names",
      { "aria-hidden": "true" },
      atlas.data.zones.map((zone) => {
        const name = el("span", {}, isolated(words.name(zone.name)));
        name.style.color = zone.ink;
        return name;
      }),
    );
    const lanes = el(
      "div.lanes",
      {},
      this.#years(years),
      this.#rounds(),
      atlas.data.zones.map((zone) => this.#lane(zone.id)),
      this.#cursor,
      this.#slider,
    );
    this.element = el(
      "section.sheet.score",
      { "aria-label": words.say("field.time") },
      names,
      el("div.track", {}, lanes),
    );
  }

  draw(state: State): void {
    const day = dayNumber(state.date);
    this.#slider.value = String(day);
    const text = this.words.day(state.date);
    this.#slider.setAttribute("aria-valuetext", text);
    this.#flag.replaceChildren(text);
    this.#cursor.style.insetInlineStart = this.#at(state.date);
    const share = this.#share(state.date);
    this.#flag.dataset["edge"] = share < 0.08 ? "start" : share > 0.92 ? "end" : "";
    for (const lane of this.element.querySelectorAll<HTMLElement>(".lane")) {
      lane.classList.toggle("chosen", lane.dataset["zone"] === state.zone);
    }
  }

  /** Bring the cursor into view where the score scrolls sideways. */
  reveal(): void {
    const track = this.element.querySelector<HTMLElement>(".track");
    if (!track || track.scrollWidth <= track.clientWidth) return;
    const away = this.#cursor.getBoundingClientRect().x - track.getBoundingClientRect().x;
    track.scrollLeft += away - track.clientWidth / 2;
  }

  #share(day: Day): number {
    return (dayNumber(day) - this.#first) / (this.#last - this.#first);
  }

  #at(day: Day): string {
    return `${(this.#share(day) * 100).toFixed(3)}%`;
  }

  #key(event: KeyboardEvent): void {
    const leap = { PageUp: 1, PageDown: -1 }[event.key];
    if (leap === undefined) return;
    event.preventDefault(); // a tenth of the score is too far: a page is a month
    const date = new Date(`${dayOf(Number(this.#slider.value))}T00:00:00Z`);
    date.setUTCMonth(date.getUTCMonth() + leap);
    const day = Math.min(this.#last, Math.max(this.#first, dayNumber(date.toISOString().slice(0, 10))));
    this.move(dayOf(day));
  }

  #years([from, to]: [number, number]): HTMLElement[] {
    const marks: HTMLElement[] = [];
    for (let year = from; year <= to; year += 1) {
      const mark = el("span.year", {}, el("span", {}, this.words.year(year)));
      mark.style.insetInlineStart = this.#at(`${year}-01-01`);
      marks.push(mark);
    }
    return marks;
  }

  #rounds(): HTMLElement[] {
    let edge = -1;
    const days = [dayOf(this.#first), dayOf(this.#last)] as const;
    const shown = this.atlas.data.rounds.filter(
      (round) => round.last >= days[0] && round.last <= days[1],
    );
    return shown.map((round) => {
      const name = `${this.words.name(round.name)}, ${this.words.day(round.last)}`;
      const tick = el("span.round", { title: name });
      tick.style.insetInlineStart = this.#at(round.last);
      const share = this.#share(round.last);
      if (round.number !== null && share - edge > 0.013) {
        tick.append(el("span", {}, this.words.year(round.number)));
        edge = share;
      }
      return tick;
    });
  }

  #lane(zone: string): HTMLElement {
    const { words } = this;
    const colour = this.atlas.zone(zone);
    const lane = el("div.lane", { "data-zone": zone });
    for (const span of this.atlas.spans) {
      if (span.zone !== zone || span.from === null || span.phase === "ended") continue;
      const end = span.to ?? dayOf(this.#last);
      const title = `${words.say(`phase.${span.phase}`)}, ${words.day(span.from)}`;
      const bar = el("span.bar", { title });
      bar.classList.add(span.phase);
      bar.style.insetInlineStart = this.#at(span.from);
      bar.style.inlineSize = `${((this.#share(end) - this.#share(span.from)) * 100).toFixed(3)}%`;
      bar.style.setProperty("--zone", colour?.colour ?? "");
      bar.style.setProperty("--angle", `${(colour?.angle ?? 0) + 90}deg`);
      lane.append(bar);
    }
    return lane;
  }
}
