/** A field of places that offers names while one types: a combobox with a list below it. */

import { el, isolated } from "../dom";
import type { Offer } from "../engine/text/completion";
import type { Words } from "../words";
import { codedName, nameOf } from "./wording";

const TYPING_MS = 90;

export class Completer {
  /** The list, and what a screen reader is told of it: both lie after the field. */
  readonly element: HTMLElement;
  readonly #list: HTMLElement;
  readonly #told = el("p.unseen", { "aria-live": "polite" });
  #offers: readonly Offer[] = [];
  #chosen = -1;
  #turn = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly input: HTMLInputElement,
    private readonly words: Words,
    /** The places that a text can be completed to. */
    private readonly ask: (text: string) => Promise<readonly Offer[]>,
  ) {
    const id = `${input.id}-list`;
    this.#list = el("ul.suggestions", { id, role: "listbox", hidden: true });
    this.#list.setAttribute("aria-label", words.say("checker.suggestions"));
    for (const [name, value] of [
      ["role", "combobox"],
      ["aria-autocomplete", "list"],
      ["aria-controls", id],
      ["aria-expanded", "false"],
    ] as const) {
      input.setAttribute(name, value);
    }
    input.addEventListener("focus", () => void ask("")); // what answers is made ready meanwhile
    input.addEventListener("input", () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => void this.#find(), TYPING_MS);
    });
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("blur", () => this.close());
    // The field keeps the focus while a name is chosen by pointer.
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.element = el("div", {}, this.#list, this.#told);
  }

  /** Put the list away. */
  close(): void {
    clearTimeout(this.#typing);
    this.#turn++;
    this.#show([]);
    this.#told.replaceChildren();
  }

  async #find(): Promise<void> {
    const turn = ++this.#turn;
    const offers = await this.ask(this.input.value);
    if (turn !== this.#turn || document.activeElement !== this.input) return;
    this.#show(offers);
    const count = this.words.number(offers.length);
    this.#told.replaceChildren(offers.length ? this.words.say("checker.suggested", { count }) : "");
  }

  #show(offers: readonly Offer[]): void {
    this.#offers = offers;
    this.#list.hidden = !offers.length;
    this.#list.replaceChildren(...offers.map((offer, index) => this.#option(offer, index)));
    this.input.setAttribute("aria-expanded", String(offers.length > 0));
    this.#choose(-1);
  }

  #option(offer: Offer, index: number): HTMLElement {
    const { words } = this;
    const region = words.lang === "ar" ? offer.adminArabic : offer.admin;
    const option = el(
      "li",
      { role: "option", id: `${this.#list.id}-${index}` },
      isolated(nameOf(offer, words)),
      el("span.secondary", {}, isolated(region.slice(0, 2).reverse().join(words.say("list.separator")))),
    );
    option.addEventListener("click", () => this.#take(index));
    return option;
  }

  #key(event: KeyboardEvent): void {
    const { length } = this.#offers;
    if (!length || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      // Past either end comes the field itself, as it was typed.
      this.#choose(((this.#chosen + 1 + step + length + 1) % (length + 1)) - 1);
    } else if (event.key === "Escape") {
      event.stopPropagation(); // the panel stays open
      this.close();
    } else if (event.key === "Enter" && this.#chosen >= 0) this.#take(this.#chosen);
    else return;
    event.preventDefault();
  }

  #choose(index: number): void {
    this.#chosen = index;
    const options = [...this.#list.children];
    options.forEach((one, i) => one.setAttribute("aria-selected", String(i === index)));
    const chosen = options[index];
    if (chosen) {
      this.input.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  #take(index: number): void {
    const offer = this.#offers[index];
    if (!offer) return;
    this.input.value = codedName(offer, this.words);
    this.close();
  }
}
