/** What is to be said of the data and of the background. */

import { el } from "../dom";
import type { Credit, Tiles } from "../generated/payload";
import type { Words } from "../words";

/** The line of sources, at the foot of the page and below the legend on paper. */
export function creditNote({ attribution, atlas }: Credit, words: Words): HTMLElement {
  const own = attribution[words.lang];
  const line = el("bdi", own ? {} : { lang: "en", dir: "ltr" }, own ?? attribution["en"]!);
  const [before, after] = words.around("page.attribution", "attribution");
  return el("p.credit", {}, before, line, after, el("bdi", { dir: "ltr" }, atlas));
}

/** What an online background tells others of whoever looks at the page. */
export function backgroundNote({ host, attribution }: Tiles, words: Words): HTMLElement {
  const said = words.say("page.tiles_privacy", { host });
  return el("p.tiles", {}, said, " ", el("bdi", { dir: "ltr" }, attribution));
}
