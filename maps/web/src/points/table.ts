/** A table of a million rows, of which only those in sight are in the page. */

import { el } from "../dom";
import type { Words } from "../words";

const HEIGHT = 30; // pixels of a row
const TALLEST = 8_000_000; // pixels: browsers draw no taller box
const SPARE = 6; // rows beyond the edge of sight

export interface RowSource {
  readonly length: number;
  readonly heads: readonly string[];
  /** Cells of the rows from `start` to before `stop`. */
  fetch(start: number, stop: number): Promise<(readonly string[])[]>;
  /** By which number the row at an index is called. */
  number(index: number): number;
  /** What the number of a row does when it is pressed, where it can do it. */
  readonly act: {
    word(number: number): string;
    can(index: number): boolean;
    call(index: number): void;
  };
}

export class Rows {
  readonly element: HTMLElement;
  readonly #scroller: HTMLElement;
  readonly #body = el("tbody", {});
  readonly #above = el("div", {});
  readonly #below = el("div", {});
  #top = 0; // the first row in sight
  #asked = 0;
  #ours = false;

  constructor(
    private readonly source: RowSource,
    caption: string,
    private readonly words: Words,
  ) {
    const table = el(
      "table",
      { "aria-rowcount": source.length + 1 },
      el("caption.unseen", {}, caption),
      el(
        "thead",
        {},
        el(
          "tr",
          { "aria-rowindex": 1 },
          source.heads.map((head) => el("th", { scope: "col" }, el("bdi", {}, head))),
        ),
      ),
      this.#body,
    );
    const region = { role: "region", "aria-label": caption, tabindex: 0, "data-keep": "rows" };
    this.#scroller = el("div.rows-scroller", region, this.#above, table, this.#below);
    this.#scroller.addEventListener("scroll", () => this.#scrolled());
    this.#scroller.addEventListener("keydown", (event) => this.#key(event));
    this.element = this.#scroller;
    void this.#draw();
  }

  get #tall(): number {
    return Math.min(TALLEST, this.source.length * HEIGHT);
  }

  get #sight(): number {
    return Math.max(4, Math.floor((this.#scroller.clientHeight || 420) / HEIGHT) - 1);
  }

  get #last(): number {
    return Math.max(0, this.source.length - this.#sight);
  }

  #scrolled(): void {
    if (this.#ours) {
      this.#ours = false;
      return;
    }
    const most = this.#scroller.scrollHeight - this.#scroller.clientHeight;
    const share = most > 0 ? Math.min(1, this.#scroller.scrollTop / most) : 0;
    this.#top = Math.round(share * this.#last);
    void this.#draw();
  }

  #key(event: KeyboardEvent): void {
    const leap: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: this.#sight,
      PageUp: -this.#sight,
      Home: -Infinity,
      End: Infinity,
    };
    const by = leap[event.key];
    if (by === undefined) return;
    event.preventDefault();
    this.#top = Math.min(this.#last, Math.max(0, this.#top + by));
    void this.#draw(true);
  }

  #number(index: number): HTMLElement | string {
    const number = this.source.number(index);
    const said = this.words.number(number);
    const { act } = this.source;
    if (!act.can(index)) return said;
    const button = el("button.row-number", { type: "button", "aria-label": act.word(number) }, said);
    button.addEventListener("click", () => act.call(index));
    return button;
  }

  async #draw(moved = false): Promise<void> {
    const start = Math.max(0, this.#top - SPARE);
    const stop = Math.min(this.source.length, this.#top + this.#sight + SPARE + 2);
    const asked = ++this.#asked;
    const rows = await this.source.fetch(start, stop);
    if (asked !== this.#asked) return; // scrolled on meanwhile
    this.#body.replaceChildren(
      ...rows.map((cells, i) =>
        el(
          "tr",
          { "aria-rowindex": start + i + 2 },
          el("th", { scope: "row" }, this.#number(start + i)),
          cells.map((cell) => el("td", {}, el("bdi", {}, cell))),
        ),
      ),
    );
    const most = Math.max(0, this.#tall - this.#sight * HEIGHT);
    const at = this.#last ? (this.#top / this.#last) * most : 0;
    // The rows lie where the bar stands, however many more rows there are than pixels.
    const above = Math.max(0, at - (this.#top - start) * HEIGHT);
    const below = Math.max(0, this.#tall - above - rows.length * HEIGHT);
    this.#above.style.blockSize = `${above}px`;
    this.#below.style.blockSize = `${below}px`;
    if (moved) {
      this.#ours = Math.abs(this.#scroller.scrollTop - at) >= 1;
      this.#scroller.scrollTop = at;
    }
  }
}
