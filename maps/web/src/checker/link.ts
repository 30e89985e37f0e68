/** A question as part of a page's address: only a link that somebody asked for holds one. */

import type L from "leaflet";

import { FIELDS, type Typed } from "./form";

const VIEW = "view";

/** What a link brings back beside what the page shows. */
export interface Linked {
  readonly typed: Typed;
  readonly view: { readonly center: L.LatLngTuple; readonly zoom: number } | null;
}

/** Read the question that an address holds; null where it holds none. */
export function readQuestion(hash: string): Linked | null {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const [where = "", when = "", precision = ""] = FIELDS.map((id) => said.get(`ask.${id}`) ?? "");
  if (!where && !when) return null;
  const [latitude, longitude, zoom] = (said.get(VIEW) ?? "").split(",").map(Number);
  const seen = [latitude, longitude, zoom].every(Number.isFinite);
  const center: L.LatLngTuple = [latitude!, longitude!];
  return { typed: { where, when, precision }, view: seen ? { center, zoom: zoom! } : null };
}

/** Write the address of an answer: what the page shows, the question, and the map's view. */
export function writeQuestion(address: string, typed: Typed, map: L.Map): string {
  const said = new URLSearchParams();
  for (const id of FIELDS) if (typed[id]) said.set(`ask.${id}`, typed[id]);
  const { lat, lng } = map.getCenter();
  said.set(VIEW, [lat.toFixed(4), lng.toFixed(4), map.getZoom().toFixed(1)].join(","));
  return `${address}&${said}`;
}
