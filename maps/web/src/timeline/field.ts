/** The day shown as a field, in which another can be typed as one writes it. */

import type { Context } from "../context";
import type { Day } from "../days";
import { el } from "../dom";

export class DayField {
  readonly element: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #error = el("p.error", { id: "day-error", role: "alert" });
  #day: Day = "";

  constructor(
    private readonly context: Context,
    /** The days that can be shown. */
    private readonly span: readonly [first: Day, last: Day],
  ) {
    this.#input = el("input", {
      "aria-describedby": "day-error",
      "aria-label": context.words.say("page.day_shown"),
      autocomplete: "off",
      "data-keep": "day",
      dir: "auto",
      name: "day",
      spellcheck: "false",
      type: "text",
    });
    this.#input.addEventListener("focus", () => this.#input.select());
    this.#input.addEventListener("change", () => this.#go());
    this.#input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#go();
      else if (event.key === "Escape") this.draw(this.#day);
    });
    this.element = el("div.day-field", {}, this.#input, this.#error);
  }

  /** Show a day in the field, in place of what was typed. */
  draw(day: Day): void {
    this.#day = day;
    this.#input.value = this.context.words.day(day);
    this.#complain("");
  }

  #go(): void {
    const { words, typed, show } = this.context;
    if (this.#input.value === words.day(this.#day)) return this.#complain("");
    const [first, last] = this.span;
    const [day] = typed.read(this.#input.value) ?? [];
    if (day !== undefined && day >= first && day <= last) return show({ date: day });
    const [from, until] = [words.day(first), words.day(last)];
    const values = { first: from, last: until, example: words.day(this.#day) };
    this.#complain(words.say("page.date_wrong", values));
  }

  #complain(message: string): void {
    this.#error.replaceChildren(message);
    this.#input.setAttribute("aria-invalid", String(message !== ""));
  }
}
