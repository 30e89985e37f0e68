/** The page's front door: what the script that folium writes may call. */

import L from "leaflet";

import type { Details, Popup, Settings, Tooltip } from "./generated/payload";
import { closeDoors, featureNodes, textNodes } from "./map/safe";
import { type Kind, View } from "./view";

closeDoors();

const views = new Map<L.Map, View>();

function read<T>(id: string): T {
  const text = document.getElementById(id)?.textContent;
  if (!text) throw new Error(`the page holds no data named ${id}`);
  return JSON.parse(text) as T;
}

const dezone = {
  /** Make a map in the element `id`, as its settings say. */
  map(id: string, options: L.MapOptions): L.Map {
    const settings = read<Settings>(`${id}-settings`);
    const view = new View(id, options, settings);
    views.set(view.map, view);
    return view.map;
  },

  /** Give a map one kind of what it draws; the data lie in the page under `id`. */
  add(map: L.Map, kind: Kind, id: string): void {
    views.get(map)?.take(kind, () => read(id));
  },

  /** Text bound to a layer, as nodes. */
  popup(layer: L.Layer, id: string): void {
    const { text, options, show } = read<Popup>(id);
    layer.bindPopup(() => textNodes(text), { maxWidth: 320, ...options });
    if (show) layer.openPopup();
  },
  tooltip(layer: L.Layer, id: string): void {
    const { text, options } = read<Tooltip>(id);
    layer.bindTooltip(() => textNodes(text), options);
  },
  details(layer: L.Layer, id: string): void {
    const detail = read<Details>(id);
    const content = (one: L.Layer): HTMLElement => featureNodes(one, detail.fields, detail.labels);
    if (detail.kind === "popup") layer.bindPopup(content, detail.options);
    else layer.bindTooltip(content, detail.options);
  },
  /** A label of text where folium would take markup. */
  icon(id: string): L.DivIcon {
    const { text, options } = read<Tooltip>(id);
    return L.divIcon({ className: "text-icon", ...options, html: textNodes(text) });
  },
  /** A pin in a colour. */
  pin(colour: string): L.DivIcon {
    const html = document.createElement("span");
    html.style.backgroundColor = colour;
    return L.divIcon({ className: "pin coloured", iconSize: [18, 18], html });
  },
};

// Folium makes its coloured pins through this plug-in, of which we ship nothing but the name.
const pinOf = (options: { markerColor?: string }): L.DivIcon => dezone.pin(options.markerColor ?? "");
const AwesomeMarkers = {
  icon: pinOf,
  Icon: function (options: { markerColor?: string }): L.DivIcon {
    return pinOf(options);
  },
};

Object.assign(L, { AwesomeMarkers });
Object.assign(window, { L, dezone });
