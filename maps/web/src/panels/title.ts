/** The title of the page, its languages, and the way to its other pages. */

import { el } from "../dom";
import type { Link, Settings } from "../generated/payload";
import type { State } from "../state";
import type { Words } from "../words";

type Show = (change: Partial<State>) => void;

export function titlePanel(
  { title, subtitle, links }: Pick<Settings, "title" | "subtitle" | "links">,
  words: Words,
  show: Show,
): HTMLElement {
  const toTables = el("a.to-tables", { href: "#tables" }, words.say("page.table"));
  return el(
    "header.panel.title",
    {},
    el("h1", {}, words.name(title)),
    el("p", {}, words.name(subtitle)),
    words.languages.length > 1 ? languages(words, show) : null,
    links.length ? pages(links, words, toTables) : toTables,
  );
}

/** The languages of the page, each by its own name. */
function languages(words: Words, show: Show): HTMLElement {
  const buttons = words.languages.map((lang) => {
    const pressed = String(lang === words.lang);
    const marks = { type: "button", lang, "aria-pressed": pressed, "data-keep": `lang-${lang}` };
    const button = el("button", marks, words.endonym(lang));
    button.addEventListener("click", () => show({ lang }));
    return button;
  });
  const label = words.say("page.language");
  const row = el("div.languages", { role: "group", "aria-label": label }, buttons);
  if (words.ownDigits()) {
    const own = words.digits !== "latn";
    const marks = { type: "button", "aria-pressed": String(own), "data-keep": "digits" };
    const button = el("button", marks, words.say("page.local_digits"));
    button.addEventListener("click", () => show({ digits: own ? "latn" : "arab" }));
    row.append(button);
  }
  return row;
}

function pages(links: readonly Link[], words: Words, toTables: HTMLElement): HTMLElement {
  return el(
    "nav.links",
    { "aria-label": words.say("page.nav") },
    links.map(({ href, word }) => el("a", { href, "data-page": href }, words.say(word))),
    toTables,
  );
}
