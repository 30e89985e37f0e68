/** The map in a frame of another page: no sheets, what it is and whose, and the way to the whole. */

import { el } from "../dom";
import type { Settings } from "../generated/payload";
import type { State } from "../state";
import type { Words } from "../words";

const WORD = "embed";

export class Embed {
  readonly #line = el("aside.embedded", {});

  constructor(
    private readonly settings: Settings,
    private readonly words: Words,
  ) {
    document.documentElement.classList.add(WORD);
    document.querySelector("main")?.append(this.#line);
  }

  /** Whether the address asks for it: `#embed`, or `#embed&date=2017-10-01`. */
  static asked(): boolean {
    return new URLSearchParams(location.hash.slice(1)).has(WORD);
  }

  /** Say what is shown, and whose it is; `address` is that of the state. */
  draw(state: State, address: string): void {
    const { words, settings } = this;
    const link = el(
      "a",
      { href: address, target: "_blank", rel: "noopener" },
      words.say("page.see_day"),
    );
    const said = settings.credit.attribution;
    const attribution = said[words.lang] ?? said["en"]!;
    this.#line.replaceChildren(
      el("strong", {}, words.name(settings.title)),
      ` ${words.say("page.as_of", { day: words.day(state.date) })} · `,
      link,
      el("p", {}, `${words.say("page.doubt")} ${words.say("page.disclaimer")}`),
      el(
        "details",
        {},
        el("summary", {}, words.say("page.sources")),
        `${words.say("page.attribution", { attribution })}. ${settings.credit.atlas}`,
      ),
    );
  }
}
