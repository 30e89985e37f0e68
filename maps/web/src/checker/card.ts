/** A card to print: the record, a small map, what it rests on. It is seen on paper alone. */

import type { Atlas } from "../atlas";
import type { Ring } from "../rings";
import { el, isolated, svg } from "../dom";
import type { VerdictRecord } from "../engine/fields";
import { line } from "../panels/panels";
import type { Words } from "../words";
import { hatch } from "../map/zones";
import { factList, recordRows, whereText } from "./answer";
import { daysText } from "./wording";

const SIZE = 300;
const KILOMETRE = 1 / 111.2; // degrees of latitude

/** The ground round the place: its disc at true size, the line, and the band of doubt. */
function smallMap(record: VerdictRecord, words: Words, atlas: Atlas): SVGSVGElement | null {
  const { latitude, longitude } = record;
  if (latitude === null || longitude === null) return null;
  const away = Math.abs(record.distance_m ?? 0) / 1000;
  const reach = Math.min(120, Math.max(12, away * 1.4, ((record.radius_m ?? 0) / 1000) * 1.5));
  const squeeze = Math.cos((latitude * Math.PI) / 180);
  const scale = SIZE / (2 * reach * KILOMETRE);
  const place = ([x, y]: readonly [number, number]): string => {
    const at = [(x - longitude) * squeeze * scale, (latitude - y) * scale];
    return at.map((value) => (value + SIZE / 2).toFixed(1)).join(" ");
  };
  const path = (polygons: Ring[][]): string =>
    polygons
      .flat()
      .map((ring) => `M${ring.map(place).join("L")}Z`)
      .join("");
  const state = { date: record.first_day ?? "2017-10-01", boundary: record.boundary };
  const shapes = atlas.data.zones.flatMap((zone) => {
    const extents = (["low", "best", "high"] as const).map((estimate) =>
      atlas.data.extents.find(
        (one) =>
          one.zone === zone.id &&
          one.estimate === estimate &&
          one.boundary === state.boundary &&
          one.from <= state.date &&
          (one.to === null || state.date < one.to),
      ),
    );
    const [low, best, high] = extents.map((one) => path(atlas.polygons(one)));
    if (!best || !atlas.inForce(zone.id, state.date)) return [];
    const id = `card-${zone.id}`;
    return [
      svg("defs", {}, hatch(id, zone)),
      svg("path", { d: `${high}${low}`, fill: `url(#${id})`, "fill-rule": "evenodd" }),
      svg("path", { d: low ?? "", fill: zone.colour, "fill-opacity": 0.3, "fill-rule": "evenodd" }),
      svg("path", { d: best, fill: "none", stroke: zone.colour, "stroke-width": 1.8 }),
    ];
  });
  const half = SIZE / 2;
  const radius = ((record.radius_m ?? 0) / 1000) * KILOMETRE * scale;
  const rule = [1, 2, 5, 10, 20, 50].filter((km) => km * KILOMETRE * scale < SIZE / 3).at(-1) ?? 1;
  const long = rule * KILOMETRE * scale;
  return svg(
    "svg",
    { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "card-map", role: "img", "aria-label": words.say("card.map_alt") },
    svg("rect", { width: SIZE, height: SIZE, class: "card-land" }),
    shapes,
    svg("circle", { cx: half, cy: half, r: radius, class: "card-disc" }),
    svg("circle", { cx: half, cy: half, r: 3.5, class: "card-point" }),
    svg("path", { d: `M12 ${SIZE - 16}v4h${long.toFixed(1)}v-4`, class: "card-rule" }),
    svg("text", { x: 12, y: SIZE - 20, class: "card-scale" }, words.length(rule * 1000)),
  );
}

/** What the marks of the small map mean. */
function key(record: VerdictRecord, words: Words, atlas: Atlas): HTMLElement | null {
  const zone = record.zone === null ? undefined : atlas.zone(record.zone);
  if (!zone) return null;
  const box = { x: 1, y: 2, width: 26, height: 13 };
  const stroke = { fill: "none", stroke: zone.colour, "stroke-width": 1.8 };
  return el(
    "ul.card-key",
    {},
    line([svg("rect", { ...box, fill: zone.colour, "fill-opacity": 0.3 })], words.say("page.surely_inside")),
    line([svg("path", { d: "M1 8.5H27", ...stroke })], words.say("page.line")),
    line([svg("rect", { ...box, fill: `url(#card-${zone.id})` })], words.say("page.possibly_inside")),
    line([svg("circle", { cx: 14, cy: 8.5, r: 6, class: "card-disc" })], words.say("card.the_place")),
  );
}

/** What a record is cited by. */
export function citation(record: VerdictRecord, words: Words, atlas: Atlas): string {
  const zone = record.zone === null ? undefined : atlas.zone(record.zone);
  const { latitude, longitude } = record;
  const known = latitude !== null && longitude !== null;
  const said = words.say("card.citation", {
    verdict: words.say(`verdict.${record.verdict}`),
    zone: zone ? words.name(zone.name) : "–",
    position: known ? `${latitude.toFixed(5)}, ${longitude.toFixed(5)}` : "–",
    days: daysText(words, record) ?? "–",
  });
  return `${said}. ${record.software}, ${words.say("card.atlas")} ${record.atlas_version}.`;
}

/** Return the card of a record, on one page; `doubt` is what is to be said of its axes, or nothing. */
export function card(
  record: VerdictRecord,
  doubt: string,
  words: Words,
  atlas: Atlas,
): HTMLElement {
  const map = smallMap(record, words, atlas);
  const hash = el("bdi.card-hash", { dir: "ltr" }, record.atlas_sha256);
  const given = Object.values(record.input).map((text) => el("span.line", {}, isolated(String(text))));
  return el(
    "section.card-sheet",
    { "aria-hidden": "true" },
    el("p.card-title", {}, words.say("card.title")),
    el("h1.card-word", {}, words.say(`verdict.${record.verdict}`)),
    el("p.card-where", {}, whereText(record, words, atlas)),
    el("p.card-sentence", { dir: "auto" }, words.sentence(record.sentence)),
    el("div.card-columns", {}, factList(recordRows(record, words, atlas)), map && el("div", {}, map, key(record, words, atlas))),
    factList([
      [words.say("card.given"), given],
      ...(doubt ? [[words.say("card.doubt"), doubt] as [string, string]] : []),
      [words.say("card.cite"), citation(record, words, atlas)],
      [words.say("card.software"), el("bdi", { dir: "ltr" }, record.software)],
      [words.say("card.atlas"), [`${record.atlas_version}, SHA-256 `, hash]],
    ]),
    el("p.card-note", {}, words.say("page.no_violation")),
  );
}
