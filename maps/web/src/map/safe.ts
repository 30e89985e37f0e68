/** Leaflet without `innerHTML`: whatever comes as a string is text. */

import L from "leaflet";

import { el } from "../dom";

type Content = string | HTMLElement | ((layer: L.Layer) => string | HTMLElement);

interface Overlay {
  _content?: Content;
  _contentNode?: HTMLElement;
  _source?: L.Layer;
  fire(type: string): void;
}

/** Close Leaflet's doors through which a string would become markup. */
export function closeDoors(): void {
  const overlay = (L as unknown as { DivOverlay: { prototype: Record<string, unknown> } }).DivOverlay;
  overlay.prototype["_updateContent"] = function (this: Overlay): void {
    if (!this._contentNode || this._content === undefined) return;
    const content =
      typeof this._content === "function"
        ? this._content(this._source ?? (this as unknown as L.Layer))
        : this._content;
    this._contentNode.replaceChildren(content instanceof Node ? content : String(content));
    this.fire("contentupdate");
  };

  const layers = L.Control.Layers.prototype as unknown as Record<string, unknown>;
  const addItem = layers["_addItem"] as (item: { name: string }) => HTMLElement;
  layers["_addItem"] = function (this: L.Control.Layers, item: { name: string }): HTMLElement {
    const label = addItem.call(this, { ...item, name: "" });
    label.querySelector("span span")?.replaceChildren(` ${item.name}`);
    return label;
  };

  L.DivIcon.prototype.createIcon = function (old?: HTMLElement): HTMLElement {
    const div = old && old.tagName === "DIV" ? old : document.createElement("div");
    const html = this.options.html;
    div.replaceChildren(html instanceof Node ? html : html ? String(html) : "");
    (this as unknown as { _setIconStyles(icon: HTMLElement, name: string): void })._setIconStyles(
      div,
      "icon",
    );
    return div;
  };

  const attribution = L.Control.Attribution.prototype as unknown as Record<string, unknown>;
  attribution["_update"] = function (this: {
    _map?: L.Map;
    _container: HTMLElement;
    _attributions: Record<string, number>;
  }): void {
    if (!this._map) return;
    const lines = Object.keys(this._attributions).filter((text) => this._attributions[text]);
    this._container.replaceChildren(lines.join(" · "));
  };

  // Leaflet's marker is a picture; ours is drawn by the style sheet.
  L.Marker.prototype.options.icon = L.divIcon({ className: "pin", iconSize: [18, 18] });
}

/** Lines of text as nodes: what a popup or a tooltip shows. */
export function textNodes(lines: string | [label: string, value: string][]): HTMLElement {
  if (typeof lines === "string") return el("p.foreign", { dir: "auto" }, lines);
  return el(
    "dl.facts",
    {},
    lines.map(([label, value]) => [
      label ? el("dt", { dir: "auto" }, label) : null,
      el("dd", { dir: "auto" }, value),
    ]),
  );
}

/** Fields of a GeoJSON feature as nodes. */
export function featureNodes(
  layer: L.Layer & { feature?: GeoJSON.Feature },
  fields: string[],
  labels: string[],
): HTMLElement {
  const properties: Record<string, unknown> = layer.feature?.properties ?? {};
  const say = (value: unknown): string =>
    value === null || value === undefined
      ? ""
      : typeof value === "object"
        ? JSON.stringify(value)
        : String(value);
  return textNodes(
    fields.map((field, index) => [labels[index] ?? "", say(properties[field])]),
  );
}
