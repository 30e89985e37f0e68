/** The form of a question: where, when, how precisely; under each field what is wrong, or could be meant. */

import { el } from "../dom";
import type { Question } from "../engine/incident";
import type { Offer } from "../engine/text/completion";
import type { FaultReply } from "../session/messages";
import type { Words } from "../words";
import { Completer } from "./completer";
import { codeIn } from "./wording";

export const FIELDS = ["where", "when", "precision"] as const;
export type Field = (typeof FIELDS)[number];
/** What stands in the fields. */
export type Typed = Readonly<Record<Field, string>>;

/** The field in which something is wrong. */
const FIELD_OF: Record<Exclude<FaultReply["what"], null | "encoding">, Field> = {
  question: "where",
  position: "where",
  place: "where",
  area: "where",
  date: "when",
  future: "when",
  radius: "precision",
};

const RADII = ["500 m", "2 km", "5 km", "10 km", "25 km"];

/** Return the field of what cannot be read. */
export function fieldOf(what: FaultReply["what"]): Field {
  return what && what !== "encoding" ? FIELD_OF[what] : "where";
}

/** One field, and what is said under it. */
interface Row {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  readonly error: HTMLElement;
  readonly meant: HTMLElement;
}

export class QuestionForm {
  readonly element: HTMLFormElement;
  readonly #rows: Readonly<Record<Field, Row>>;

  /**
   * `typed` is what stands in the fields; `submit` is called when it is to be checked, and
   * `complete` finds places whose names begin as a text does.
   */
  constructor(
    private readonly words: Words,
    typed: Typed,
    submit: () => void,
    complete: (text: string) => Promise<readonly Offer[]>,
  ) {
    const [where, when, precision] = FIELDS.map((id) => this.#row(id)) as [Row, Row, Row];
    where.input.after(new Completer(where.input, words, complete).element);
    this.#rows = { where, when, precision };
    for (const id of FIELDS) this.#rows[id].input.value = typed[id];
    where.element.classList.add("wide");
    precision.input.setAttribute("list", "checker-radii");
    this.element = el(
      "form",
      { novalidate: true },
      FIELDS.map((id) => this.#rows[id].element),
      el("datalist", { id: "checker-radii" }, RADII.map((value) => el("option", { value }))),
      el("button.main", { type: "submit" }, words.say("checker.submit")),
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      submit();
    });
  }

  #row(id: Field): Row {
    const { words } = this;
    const input = el("input", {
      id: `checker-${id}`,
      "data-keep": `checker-${id}`,
      type: "text",
      dir: "auto",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      placeholder: words.say(`checker.${id}_hint`),
      "aria-describedby": `checker-${id}-error`,
    });
    const name = el("label", { for: input.id }, words.say(`checker.${id}`));
    const error = el("p.error", { id: `checker-${id}-error`, role: "alert" });
    const meant = el("div.meant", { id: `checker-${id}-meant` });
    return { element: el("div.field", {}, name, input, error, meant), input, error, meant };
  }

  /** What stands in the fields. */
  get typed(): Typed {
    const { where, when, precision } = this.#rows;
    return { where: where.input.value, when: when.input.value, precision: precision.input.value };
  }

  /** The question that the fields ask; null where they ask none. */
  get question(): Question | null {
    const [where, date, radius] = FIELDS.map((id) => this.#rows[id].input.value.trim());
    if (!where && !date) return null;
    // A name has no digit, a position always has; a code of a settlement is a letter and digits.
    const code = where && (codeIn(where) ?? (/^\p{L}\d{3,}$/u.test(where) ? where : null));
    const place = code ?? (where && !/\p{Nd}/u.test(where) ? where : null);
    return {
      ...(where ? (place ? { place } : { position: where }) : {}),
      ...(date ? { date } : {}),
      ...(radius ? { radius } : {}),
    };
  }

  /** Put texts into their fields; who works by keyboard goes on from the first of them. */
  fill(texts: Partial<Record<Field, string>>): void {
    for (const [id, text] of Object.entries(texts)) this.#rows[id as Field].input.value = text;
  }

  focus(id: Field): void {
    this.#rows[id].input.focus();
  }

  /** Say what is wrong with a field; an empty message says that nothing is. */
  complain(id: Field, message: string): void {
    const { input, error } = this.#rows[id];
    error.replaceChildren(message);
    if (message) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  /** Lay what a field could mean under it, to choose from. */
  offer(id: Field, offers: readonly HTMLElement[]): void {
    const { meant } = this.#rows[id];
    meant.replaceChildren(...offers);
    if (offers.length) {
      meant.setAttribute("role", "group");
      meant.setAttribute("aria-label", this.words.say("checker.choices"));
    } else for (const name of ["role", "aria-label"]) meant.removeAttribute(name);
  }

  /** Say nothing under any field. */
  clear(): void {
    for (const id of FIELDS) {
      this.complain(id, "");
      this.offer(id, []);
    }
  }
}
