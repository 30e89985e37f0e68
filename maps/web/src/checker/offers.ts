/** What a question could mean, each as a button that asks it so. */

import { type Content, el, isolated } from "../dom";
import type { Place } from "../engine/text/names";
import type { Words } from "../words";
import type { Field } from "./form";
import { codedName, nameOf } from "./wording";

type Texts = Partial<Record<Field, string>>;
type Take = (texts: Texts) => void;

function offer(texts: Texts, take: Take, ...content: Content[]): HTMLElement {
  const button = el("button.place", { type: "button" }, ...content);
  button.addEventListener("click", () => take(texts));
  return button;
}

/** Offer a text that means one thing alone. */
export function readingOffer(id: Field, text: string, words: Words, take: Take): HTMLElement {
  const [first = "", last = first] = text.split("/");
  const days = id === "when" ? isolated(words.days(first, last)) : null;
  const shown = el("bdi", { dir: "ltr" }, text);
  return offer({ [id]: text }, take, shown, days && el("span.secondary", {}, days));
}

/** Offer a settlement, by its name and code. */
export function placeOffer(place: Place, words: Words, take: Take): HTMLElement {
  const point = `${place.latitude.toFixed(4)}, ${place.longitude.toFixed(4)}`;
  const texts = { where: codedName(place, words) };
  const units = words.lang === "ar" ? place.adminArabic : place.admin;
  const region = isolated(units.slice(0, 2).reverse().join(words.say("list.separator")));
  const where = el("span.secondary", {}, region, " ", el("bdi", { dir: "ltr" }, point));
  return offer(texts, take, isolated(nameOf(place, words)), where);
}

/** Offer a position the other way round. */
export function turnedOffer(turned: string, words: Words, take: Take): HTMLElement {
  const [before, after] = words.around("checker.check_instead", "reading");
  const shown = el("span", {}, before, el("bdi", { dir: "ltr" }, turned), after);
  return offer({ where: turned }, take, shown);
}
