/** A popup that is open takes the focus, and gives it back to what it was opened from. */

import type L from "leaflet";

export function takeFocus(popup: L.Popup, label: string, from: () => Element | undefined): void {
  const element = popup.getElement();
  if (!element) return;
  element.setAttribute("role", "dialog");
  element.setAttribute("aria-label", label);
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    popup.close();
  });
  popup.once("remove", () => {
    const { activeElement, body } = document;
    // Who has gone on to something else stays there.
    if (activeElement !== body && !element.contains(activeElement)) return;
    (from() as HTMLElement | SVGElement | undefined)?.focus({ preventScroll: true });
  });
}
