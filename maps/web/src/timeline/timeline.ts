/** Time: one lane a zone, the rounds as ticks, the day as a cursor. */

import type { Context } from "../context";
import { type Day, dayNumber, dayOf } from "../days";
import { el, isolated } from "../dom";
import type { State } from "../state";
import { DayField } from "./field";
import { lane, placeOf, roundMarks, yearMarks } from "./lanes";
import { Player } from "./player";
import { Scale } from "./scale";

const EDGE = 30; // pixels beside the end of what is in sight: a cursor there scrolls the timeline
const TAP = 8; // pixels that a finger may slip while it taps

export class Timeline {
  readonly element: HTMLElement;
  readonly #scale: Scale;
  /** Days on which anything changes, in order. */
  readonly #changes: readonly number[];
  readonly #slider: HTMLInputElement;
  readonly #flag = el("output.flag", { "aria-hidden": "true" });
  readonly #cursor = el("div.cursor", { "aria-hidden": "true" }, this.#flag);
  readonly #lanes: HTMLElement;
  readonly #track: HTMLElement;
  readonly #player: Player;
  readonly #field: DayField;
  /** What a screen reader is told when a button moves the day; the slider tells its own. */
  readonly #told = el("p.unseen", { role: "status" });
  #day = 0;

  constructor(private readonly context: Context) {
    const { atlas, words } = context;
    const years = atlas.years();
    const [first, last] = years;
    const rounds = atlas.data.rounds.map((round) => round.last);
    const phases = atlas.spans.flatMap((span) => span.from ?? []);
    this.#scale = new Scale(first, last, [...rounds, ...phases]);
    const drawn = atlas.data.extents.map((extent) => extent.from);
    const inside = [...rounds, ...phases, ...drawn].filter((day) => day >= first && day <= last);
    this.#changes = [...new Set(inside.map(dayNumber))].sort((a, b) => a - b);
    this.#slider = el("input.slider", {
      type: "range",
      min: dayNumber(first),
      max: dayNumber(last),
      step: 1,
      "aria-label": words.say("field.date"),
      "data-keep": "slider",
    });
    this.#slider.addEventListener("input", () => this.#go(Number(this.#slider.value)));
    this.#slider.addEventListener("keydown", (event) => this.#key(event));
    this.#lanes = el(
      "div.lanes",
      {},
      yearMarks(years, this.#scale, words),
      atlas.data.zones.map((zone) => lane(zone.id, last, this.#scale, atlas, words)),
      this.#slider,
      this.#cursor,
      roundMarks(years, this.#scale, atlas, words),
    );
    this.#lanes.addEventListener("pointerdown", (event) => this.#grab(event));
    this.#track = el("div.track", {}, this.#lanes);
    const play = this.#button("page.play", words.say("page.play"));
    play.removeAttribute("title");
    this.#player = new Player(play, words, this.#scale, this.#changes, () => this.#day, (day) =>
      this.#move(day),
    );
    this.#field = new DayField(context, years);
    this.element = el(
      "section.panel.timeline",
      { "aria-label": words.say("field.time") },
      this.#names(play),
      this.#track,
      el("p.stretched", {}, words.say("page.score_note")),
      this.#told,
    );
  }

  draw(state: State): void {
    this.#day = dayNumber(state.date);
    this.#slider.value = String(this.#day);
    const { words } = this.context;
    const day = words.day(state.date);
    const rounds = this.#rounds(state.date);
    this.#slider.setAttribute("aria-valuetext", [day, ...rounds].join(words.say("list.separator")));
    this.#flag.replaceChildren(day, ...rounds.map((name) => el("span.round-name", {}, name)));
    this.#field.draw(state.date);
    this.#cursor.style.insetInlineStart = placeOf(state.date, this.#scale);
    const share = this.#scale.share(this.#day);
    this.#flag.dataset["edge"] = share < 0.06 ? "start" : share > 0.94 ? "end" : "";
    for (const one of this.#lanes.querySelectorAll<HTMLElement>(".lane")) {
      one.classList.toggle("chosen", one.dataset["zone"] === state.zone);
    }
  }

  /** The names of the rounds of talks that ended on a day: a tick alone has no name. */
  #rounds(day: Day): string[] {
    const { atlas, words } = this.context;
    return atlas.data.rounds.filter(({ last }) => last === day).map(({ name }) => words.name(name));
  }

  /** Bring the cursor into view where the timeline scrolls sideways. */
  reveal(): void {
    const track = this.#track;
    if (track.scrollWidth <= track.clientWidth) return;
    const away = this.#cursor.getBoundingClientRect().x - track.getBoundingClientRect().x;
    track.scrollLeft += away - track.clientWidth / 2;
  }

  /** Stop playing, when the panel is taken away. */
  remove(): void {
    this.#player.stop();
    this.element.remove();
  }

  /** The names of the lanes, and the buttons that lead from change to change. */
  #names(play: HTMLElement): HTMLElement {
    const { atlas, words } = this.context;
    const names = atlas.data.zones.map((zone) => {
      const name = el("span", { "aria-hidden": "true" }, isolated(words.name(zone.name)));
      name.style.color = zone.ink;
      return name;
    });
    const earlier = this.#button("page.earlier", "‹");
    earlier.addEventListener("click", () => this.#step(-1));
    const later = this.#button("page.later", "›");
    later.addEventListener("click", () => this.#step(1));
    const steps = el("div.steps", {}, earlier, play, later);
    return el("div.lane-names", {}, this.#field.element, names, steps);
  }

  #button(word: string, sign: string): HTMLButtonElement {
    const label = this.context.words.say(word);
    const marks = { type: "button", "aria-label": label, title: label, "data-keep": word };
    return el("button", marks, sign);
  }

  // -- from day to day --------------------------------------------------------------------------

  #move(day: number): void {
    this.context.show({ date: dayOf(day) });
  }

  #go(day: number): void {
    this.#player.stop();
    this.#move(this.#scale.clamp(day));
  }

  #step(way: 1 | -1): void {
    const next =
      way > 0
        ? this.#changes.find((day) => day > this.#day)
        : this.#changes.filter((day) => day < this.#day).at(-1);
    if (next === undefined) return;
    this.#go(next);
    const { atlas, words } = this.context;
    const day = dayOf(next);
    const zones = atlas.data.zones.map((zone) => {
      const phase = atlas.span(zone.id, day)?.phase ?? "before";
      return `${words.name(zone.name)}: ${words.say(`phase.${phase}`)}`;
    });
    this.#told.replaceChildren([words.day(day), ...this.#rounds(day), ...zones].join(". "));
  }

  #key(event: KeyboardEvent): void {
    const leap = { PageUp: 1, PageDown: -1 }[event.key];
    if (leap === undefined) return;
    event.preventDefault(); // a tenth of the timeline is too far: a page is a month
    const date = new Date(`${dayOf(this.#day)}T00:00:00Z`);
    const wanted = date.getUTCDate();
    date.setUTCMonth(date.getUTCMonth() + leap);
    if (date.getUTCDate() < wanted) date.setUTCDate(0); // 31 January + 1 month: 28 February
    this.#go(dayNumber(date.toISOString().slice(0, 10)));
  }

  /** The cursor follows the pointer; a finger elsewhere than on its handle scrolls the timeline. */
  #grab(event: PointerEvent): void {
    if (event.button !== 0) return;
    const handle = (event.target as Element).closest(".flag") !== null;
    if (event.pointerType !== "mouse" && !handle) {
      const tap = (one: PointerEvent): void => {
        const slip = Math.hypot(one.clientX - event.clientX, one.clientY - event.clientY);
        if (slip < TAP) this.#goTo(one);
      };
      this.#lanes.addEventListener("pointerup", tap, { once: true });
      return;
    }
    event.preventDefault();
    this.#slider.focus({ preventScroll: true });
    if (!handle) this.#goTo(event);
    this.#lanes.setPointerCapture(event.pointerId);
    const end = new AbortController();
    const { signal } = end;
    this.#lanes.addEventListener("pointermove", (one) => this.#goTo(one), { signal });
    for (const type of ["pointerup", "pointercancel"] as const) {
      this.#lanes.addEventListener(type, () => end.abort(), { signal });
    }
  }

  /** Go to the day under the pointer. */
  #goTo({ clientX }: PointerEvent): void {
    const box = this.#lanes.getBoundingClientRect();
    const share = (clientX - box.left) / box.width;
    const rtl = getComputedStyle(this.#lanes).direction === "rtl";
    this.#go(this.#scale.day(rtl ? 1 - share : share));
    const view = this.#track.getBoundingClientRect();
    if (clientX < view.left + EDGE) this.#track.scrollLeft -= 8;
    if (clientX > view.right - EDGE) this.#track.scrollLeft += 8;
  }
}
