/** Time as a score: one lane a zone, the rounds as ticks, the day as a cursor. */

import type { Atlas } from "../atlas";
import { type Day, dayNumber, dayOf } from "../days";
import { el, isolated } from "../dom";
import type { State } from "../state";
import { Scale } from "./scale";
import type { Words } from "../words";

/** How long the whole score plays, and how long a change stays where motion is not wanted. */
const WHOLE_MS = 45_000;
const STEP_MS = 1_400;

export class Score {
  readonly element: HTMLElement;
  readonly #scale: Scale;
  readonly #changes: number[];
  readonly #slider: HTMLInputElement;
  readonly #flag: HTMLElement;
  readonly #cursor: HTMLElement;
  readonly #lanes: HTMLElement;
  readonly #track: HTMLElement;
  readonly #play: HTMLButtonElement;
  readonly #still = matchMedia("(prefers-reduced-motion: reduce)");
  #day = 0;
  #share = 0;
  #playing: number | undefined;

  constructor(
    private readonly atlas: Atlas,
    private readonly words: Words,
    private readonly move: (day: Day) => void,
  ) {
    const [first, last] = atlas.years();
    const rounds = atlas.data.rounds.map((round) => round.last);
    const phases = atlas.spans.flatMap((span) => span.from ?? []);
    this.#scale = new Scale(first, last, [...rounds, ...phases]);
    const drawn = atlas.data.extents.map((extent) => extent.from);
    const inside = [...rounds, ...phases, ...drawn].filter((day) => day >= first && day <= last);
    this.#changes = [...new Set(inside.map(dayNumber))].sort((a, b) => a - b);

    this.#flag = el("output.flag", { "aria-hidden": "true" });
    this.#cursor = el("div.cursor", { "aria-hidden": "true" }, this.#flag);
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

    const names = el(
      "div.lane-names",
      {},
      atlas.data.zones.map((zone) => {
        const name = el("span", { "aria-hidden": "true" }, isolated(words.name(zone.name)));
        name.style.color = zone.ink;
        return name;
      }),
    );
    const button = (word: string, sign: string, act: () => void): HTMLButtonElement => {
      const label = words.say(word);
      const marks = { type: "button", "aria-label": label, title: label, "data-keep": word };
      const one = el("button", marks, sign);
      one.addEventListener("click", act);
      return one;
    };
    this.#play = button("page.play", words.say("page.play"), () => this.#toggle());
    this.#play.removeAttribute("title");
    names.append(
      el(
        "div.steps",
        {},
        button("page.earlier", "‹", () => this.#step(-1)),
        this.#play,
        button("page.later", "›", () => this.#step(1)),
      ),
    );
    this.#lanes = el(
      "div.lanes",
      {},
      this.#years(first, last),
      atlas.data.zones.map((zone) => this.#lane(zone.id, last)),
      this.#slider,
      this.#cursor,
      this.#rounds(first, last),
    );
    this.#lanes.addEventListener("pointerdown", (event) => this.#grab(event));
    this.#track = el("div.track", {}, this.#lanes);
    this.element = el(
      "section.sheet.score",
      { "aria-label": words.say("field.time"), "aria-description": words.say("page.score_note") },
      names,
      this.#track,
    );
  }

  draw(state: State): void {
    this.#day = dayNumber(state.date);
    if (this.#scale.day(this.#share) !== this.#day) this.#share = this.#scale.share(this.#day);
    this.#slider.value = String(this.#day);
    const text = this.words.day(state.date);
    this.#slider.setAttribute("aria-valuetext", text);
    this.#flag.replaceChildren(text);
    this.#cursor.style.insetInlineStart = this.#at(state.date);
    this.#flag.dataset["edge"] = this.#share < 0.06 ? "start" : this.#share > 0.94 ? "end" : "";
    for (const lane of this.#lanes.querySelectorAll<HTMLElement>(".lane")) {
      lane.classList.toggle("chosen", lane.dataset["zone"] === state.zone);
    }
  }

  /** Bring the cursor into view where the score scrolls sideways. */
  reveal(): void {
    const track = this.#track;
    if (track.scrollWidth <= track.clientWidth) return;
    const away = this.#cursor.getBoundingClientRect().x - track.getBoundingClientRect().x;
    track.scrollLeft += away - track.clientWidth / 2;
  }

  /** Stop playing, when the sheet is taken away. */
  remove(): void {
    this.#stop();
    this.element.remove();
  }

  #at(day: Day): string {
    return `${(this.#scale.share(dayNumber(day)) * 100).toFixed(3)}%`;
  }

  #go(day: number): void {
    this.#stop();
    this.move(dayOf(this.#scale.clamp(day)));
  }

  #step(way: 1 | -1): void {
    const next =
      way > 0
        ? this.#changes.find((day) => day > this.#day)
        : this.#changes.filter((day) => day < this.#day).at(-1);
    if (next !== undefined) this.#go(next);
  }

  #key(event: KeyboardEvent): void {
    const leap = { PageUp: 1, PageDown: -1 }[event.key];
    if (leap === undefined) return;
    event.preventDefault(); // a tenth of the score is too far: a page is a month
    const date = new Date(`${dayOf(this.#day)}T00:00:00Z`);
    const wanted = date.getUTCDate();
    date.setUTCMonth(date.getUTCMonth() + leap);
    if (date.getUTCDate() < wanted) date.setUTCDate(0); // 31 January + 1 month: 28 February
    this.#go(dayNumber(date.toISOString().slice(0, 10)));
  }

  /** The cursor follows the pointer; a finger elsewhere than on its handle scrolls the score. */
  #grab(event: PointerEvent): void {
    if (event.button !== 0) return;
    const handle = (event.target as Element).closest(".flag") !== null;
    const to = (one: PointerEvent): void => {
      const box = this.#lanes.getBoundingClientRect();
      const share = (one.clientX - box.left) / box.width;
      const rtl = getComputedStyle(this.#lanes).direction === "rtl";
      this.#go(this.#scale.day(rtl ? 1 - share : share));
      const view = this.#track.getBoundingClientRect();
      const edge = 30;
      if (one.clientX < view.left + edge) this.#track.scrollLeft -= 8;
      if (one.clientX > view.right - edge) this.#track.scrollLeft += 8;
    };
    if (event.pointerType !== "mouse" && !handle) {
      const tap = (one: PointerEvent): void => {
        if (Math.hypot(one.clientX - event.clientX, one.clientY - event.clientY) < 8) to(one);
      };
      this.#lanes.addEventListener("pointerup", tap, { once: true });
      return;
    }
    event.preventDefault();
    this.#slider.focus({ preventScroll: true });
    if (!handle) to(event);
    this.#lanes.setPointerCapture(event.pointerId);
    const end = new AbortController();
    const { signal } = end;
    this.#lanes.addEventListener("pointermove", to, { signal });
    for (const type of ["pointerup", "pointercancel"] as const) {
      this.#lanes.addEventListener(type, () => end.abort(), { signal });
    }
  }

  // -- playing ------------------------------------------------------------------------------

  #toggle(): void {
    if (this.#playing !== undefined) {
      this.#stop();
      return;
    }
    const begin = this.#changes[0] ?? this.#day;
    if (this.#day < begin || this.#day >= (this.#changes.at(-1) ?? 0)) this.move(dayOf(begin));
    this.#play.replaceChildren(this.words.say("page.pause"));
    this.#play.setAttribute("aria-label", this.words.say("page.pause"));
    let [last, rested] = [performance.now(), 0];
    const frame = (now: number): void => {
      const passed = Math.min(now - last, 250);
      last = now;
      let day = this.#day;
      if (this.#still.matches) {
        rested += passed;
        if (rested >= STEP_MS) {
          rested = 0;
          day = this.#changes.find((change) => change > day) ?? day + 1;
        }
      } else {
        this.#share = Math.min(1, this.#share + passed / WHOLE_MS);
        day = this.#scale.day(this.#share);
      }
      if (day > (this.#changes.at(-1) ?? 0)) {
        this.#stop();
        return;
      }
      if (day !== this.#day) this.move(dayOf(day));
      if (this.#playing !== undefined) this.#playing = requestAnimationFrame(frame);
    };
    this.#playing = requestAnimationFrame(frame);
  }

  #stop(): void {
    if (this.#playing === undefined) return;
    cancelAnimationFrame(this.#playing);
    this.#playing = undefined;
    this.#play.replaceChildren(this.words.say("page.play"));
    this.#play.setAttribute("aria-label", this.words.say("page.play"));
  }

  // -- what is marked -----------------------------------------------------------------------

  #years(first: Day, last: Day): HTMLElement[] {
    const marks: HTMLElement[] = [];
    for (let year = Number(first.slice(0, 4)); year <= Number(last.slice(0, 4)); year += 1) {
      const mark = el("span.year", { "aria-hidden": "true" }, el("span", {}, this.words.year(year)));
      mark.style.insetInlineStart = this.#at(`${year}-01-01`);
      marks.push(mark);
    }
    return marks;
  }

  #rounds(first: Day, last: Day): HTMLElement[] {
    let edge = -1;
    const shown = this.atlas.data.rounds.filter((round) => round.last >= first && round.last <= last);
    return shown.map((round) => {
      const name = `${this.words.name(round.name)}, ${this.words.day(round.last)}`;
      const tick = el("span.round", { title: name, "aria-hidden": "true" });
      tick.style.insetInlineStart = this.#at(round.last);
      const share = this.#scale.share(dayNumber(round.last));
      if (round.number !== null && share - edge > 0.017) {
        tick.append(el("span", {}, this.words.year(round.number)));
        edge = share;
      }
      return tick;
    });
  }

  #lane(zone: string, last: Day): HTMLElement {
    const { words } = this;
    const colour = this.atlas.zone(zone);
    const lane = el("div.lane", { "data-zone": zone, "aria-hidden": "true" });
    for (const span of this.atlas.spans) {
      if (span.zone !== zone || span.from === null || span.phase === "ended") continue;
      const [from, to] = [span.from, span.to ?? last].map((day) => this.#scale.share(dayNumber(day)));
      const title = `${words.say(`phase.${span.phase}`)}, ${words.day(span.from)}`;
      const bar = el("span.bar", { title });
      bar.classList.add(span.phase);
      bar.style.insetInlineStart = this.#at(span.from);
      bar.style.inlineSize = `${(((to ?? 0) - (from ?? 0)) * 100).toFixed(3)}%`;
      bar.style.setProperty("--zone", colour?.colour ?? "");
      bar.style.setProperty("--angle", `${(colour?.angle ?? 0) + 90}deg`);
      lane.append(bar);
    }
    return lane;
  }
}
