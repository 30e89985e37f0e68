/** The pages of text: every language lies in them; this says which is shown. */

import type { TextSettings } from "./generated/payload";

const settings = JSON.parse(document.getElementById("settings")?.textContent ?? "{}") as TextSettings;
const buttons = [...document.querySelectorAll<HTMLButtonElement>("#languages button[lang]")];
const digitsButton = document.getElementById("digits");

function said(): URLSearchParams {
  return new URLSearchParams(location.hash.replace(/^#/, ""));
}

/** Digits of the Arabic text: those that most read, or its own. */
function write(own: boolean): void {
  const from = own ? /[0-9]/g : /[٠-٩]/g;
  const swap = (digit: string): string =>
    own ? String.fromCharCode(0x660 + Number(digit)) : String(digit.charCodeAt(0) - 0x660);
  for (const words of document.querySelectorAll('.w[lang="ar"], .digits')) {
    const texts = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const node = texts.currentNode as Text;
      node.data = node.data.replace(from, swap);
    }
  }
}

function show(lang: string, digits: string | null): void {
  const chosen = settings.languages[lang];
  if (!chosen) return;
  const root = document.documentElement;
  root.lang = lang;
  root.dir = chosen.direction;
  document.title = chosen.title;
  for (const button of buttons) {
    button.setAttribute("aria-pressed", String(button.lang === lang));
  }
  const own = lang === "ar" && digits === "arab";
  write(own);
  if (digitsButton) digitsButton.hidden = lang !== "ar";
  digitsButton?.setAttribute("aria-pressed", String(own));
  const rest = digits ? `lang=${lang}&digits=${digits}` : `lang=${lang}`;
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-page]")) {
    const page = link.dataset["page"] ?? "";
    link.href = `${page}${page.includes("#") ? "&" : "#"}${rest}`;
  }
}

function follow(): void {
  show(said().get("lang") ?? document.documentElement.lang, said().get("digits"));
}

/** Change what is shown, and the address with it. */
function choose(lang: string, digits: string | null): void {
  const rest = digits ? `&digits=${digits === "arab" ? "arab" : "latn"}` : "";
  history.replaceState(null, "", `#lang=${lang}${rest}`);
  show(lang, digits);
}

for (const button of buttons) {
  button.addEventListener("click", () => choose(button.lang, said().get("digits")));
}
digitsButton?.addEventListener("click", () => {
  const own = digitsButton.getAttribute("aria-pressed") === "true";
  choose(document.documentElement.lang, own ? null : "arab");
});
addEventListener("hashchange", follow);
follow();

// On paper nothing can be unfolded: what is folded is printed open.
const folded: HTMLDetailsElement[] = [];
addEventListener("beforeprint", () => {
  folded.push(...document.querySelectorAll<HTMLDetailsElement>("details.folded:not([open])"));
  for (const one of folded) one.open = true;
});
addEventListener("afterprint", () => {
  for (const one of folded.splice(0)) one.open = false;
});
document.body.dataset["ready"] = "true";
