/** Plays the timeline: the day runs by itself, or leaps from change to change where motion is not wanted. */

import type { Words } from "../words";
import type { Scale } from "./scale";

/** How long the whole timeline plays, and how long a change stays where motion is not wanted. */
const WHOLE_MS = 45_000;
const STEP_MS = 1_400;
const LONGEST_FRAME_MS = 250; // of more, the page was not looked at

export class Player {
  readonly #still = matchMedia("(prefers-reduced-motion: reduce)");
  #frame: number | undefined;

  constructor(
    private readonly button: HTMLButtonElement,
    private readonly words: Words,
    private readonly scale: Scale,
    /** Days on which anything changes, in order. */
    private readonly changes: readonly number[],
    private readonly day: () => number,
    private readonly move: (day: number) => void,
  ) {
    button.addEventListener("click", () => (this.#frame === undefined ? this.#start() : this.stop()));
  }

  stop(): void {
    if (this.#frame === undefined) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#label("page.play");
  }

  #start(): void {
    const begin = this.changes[0] ?? this.day();
    const end = this.changes.at(-1) ?? 0;
    if (this.day() < begin || this.day() >= end) this.move(begin);
    this.#label("page.pause");
    let [last, share, rested] = [performance.now(), this.scale.share(this.day()), 0];
    const frame = (now: number): void => {
      const passed = Math.min(now - last, LONGEST_FRAME_MS);
      last = now;
      let day = this.day();
      if (this.#still.matches) {
        rested += passed;
        if (rested >= STEP_MS) {
          rested = 0;
          day = this.changes.find((change) => change > day) ?? day + 1;
        }
      } else {
        // The day may have been changed by other means.
        if (this.scale.day(share) !== day) share = this.scale.share(day);
        share = Math.min(1, share + passed / WHOLE_MS);
        day = this.scale.day(share);
      }
      if (day > end) {
        this.stop();
        return;
      }
      if (day !== this.day()) this.move(day);
      if (this.#frame !== undefined) this.#frame = requestAnimationFrame(frame);
    };
    this.#frame = requestAnimationFrame(frame);
  }

  #label(word: string): void {
    const said = this.words.say(word);
    this.button.replaceChildren(said);
    this.button.setAttribute("aria-label", said);
  }
}
