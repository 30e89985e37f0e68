/** What is to be said of the data and of the background. */

import { el } from "../dom";
import type { Words } from "../words";

/** Whom the data are from, and which they are. */
export interface Credit {
  readonly attribution: readonly string[];
  readonly atlas: string;
}

/** The line of sources, at the foot of the page and below the legend on paper. */
export function creditNote({ attribution, atlas }: Credit, words: Words): HTMLElement {
  const line = el("bdi", { lang: "en", dir: "ltr" }, attribution.join("; "));
  const [before, after] = words.around("page.attribution", "attribution");
  return el("p.credit", {}, before, line, after, el("bdi", { dir: "ltr" }, atlas));
}

/** An online background, for who chose one. */
export interface Background {
  readonly url: string;
  readonly subdomains: string;
  readonly attribution: string;
  readonly max_zoom: number;
  readonly host: string;
}

/** What an online background tells others of whoever looks at the page. */
export function backgroundNote({ host, attribution }: Background, words: Words): HTMLElement {
  const said = words.say("page.tiles_privacy", { host });
  return el("p.tiles", {}, said, " ", el("bdi", { dir: "ltr" }, attribution));
}
