/** A card to print: the record, a small map, what it rests on. It is seen on paper alone. */

import type { Atlas } from "../atlas";
import { el, isolated, svg } from "../dom";
import type { VerdictRecord } from "../engine/fields";
import { factList, type Facts } from "../facts";
import { hatch, KEY_BOX, keyLine, keyStroke } from "../map/symbols";
import type { Point, Polygons } from "../rings";
import type { Words } from "../words";
import { recordRows, shareRange, verdictWord, whereText } from "./answer";
import { daysText } from "./wording";

const SIZE = 300; // pixels of the small map's side
const KILOMETRE = 1 / 111.2; // degrees of latitude
const LINE = 1.8;

/** The ground round the place: its disc at true size, the line, and the band of doubt. */
function smallMap(record: VerdictRecord, words: Words, atlas: Atlas): SVGSVGElement | null {
  const { latitude, longitude } = record;
  if (latitude === null || longitude === null) return null;
  const away = Math.abs(record.distance_m ?? 0) / 1000;
  const disc = (record.radius_m ?? 0) / 1000;
  const reach = Math.min(120, Math.max(12, away * 1.4, disc * 1.5));
  const scale = SIZE / (2 * reach * KILOMETRE);
  const squeeze = Math.cos((latitude * Math.PI) / 180);
  const place = ([x, y]: Point): string => {
    const at = [(x - longitude) * squeeze * scale, (latitude - y) * scale];
    return at.map((value) => (value + SIZE / 2).toFixed(1)).join(" ");
  };
  const half = SIZE / 2;
  const rule = [1, 2, 5, 10, 20, 50].filter((km) => km * KILOMETRE * scale < SIZE / 3).at(-1) ?? 1;
  const long = rule * KILOMETRE * scale;
  const label = words.say("card.map_alt");
  return svg(
    "svg",
    { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "card-map", role: "img", "aria-label": label },
    svg("rect", { width: SIZE, height: SIZE, class: "card-land" }),
    zoneShapes(record, atlas, place),
    svg("circle", { cx: half, cy: half, r: disc * KILOMETRE * scale, class: "card-disc" }),
    svg("circle", { cx: half, cy: half, r: 3.5, class: "card-point" }),
    svg("path", { d: `M12 ${SIZE - 16}v4h${long.toFixed(1)}v-4`, class: "card-rule" }),
    svg("text", { x: 12, y: SIZE - 20, class: "card-scale" }, words.length(rule * 1000)),
  );
}

/** The zones on the record's day, as they were drawn by the boundary that decided. */
function zoneShapes(
  { first_day, boundary }: VerdictRecord,
  atlas: Atlas,
  place: (point: Point) => string,
): SVGElement[] {
  const path = (polygons: Polygons): string =>
    polygons
      .flat()
      .map((ring) => `M${ring.map(place).join("L")}Z`)
      .join("");
  const date = first_day ?? atlas.fullestDay() ?? "";
  return atlas.data.zones.flatMap((zone) => {
    if (!atlas.inForce(zone.id, date)) return [];
    const [low, best, high] = (["low", "best", "high"] as const).map((estimate) =>
      path(atlas.polygons(atlas.extent(zone.id, estimate, { date, boundary }))),
    );
    if (!best) return [];
    const id = `card-${zone.id}`;
    const evenodd = { "fill-rule": "evenodd" };
    return [
      svg("defs", {}, hatch(id, zone)),
      svg("path", { d: `${high}${low}`, fill: `url(#${id})`, ...evenodd }),
      svg("path", { d: low ?? "", fill: zone.colour, "fill-opacity": 0.3, ...evenodd }),
      svg("path", { d: best, fill: "none", stroke: zone.colour, "stroke-width": LINE }),
    ];
  });
}

/** What the marks of the small map mean. */
function key(record: VerdictRecord, words: Words, atlas: Atlas): HTMLElement | null {
  const zone = record.zone === null ? undefined : atlas.zone(record.zone);
  if (!zone) return null;
  const inside = svg("rect", { ...KEY_BOX, fill: zone.colour, "fill-opacity": 0.3 });
  const band = svg("rect", { ...KEY_BOX, fill: `url(#card-${zone.id})` });
  const disc = svg("circle", { cx: 14, cy: 8.5, r: 6, class: "card-disc" });
  return el(
    "ul.card-key",
    {},
    keyLine([inside], words.say("page.surely_inside")),
    keyLine([keyStroke(zone, LINE)], words.say("page.line")),
    keyLine([band], words.say("page.possibly_inside")),
    keyLine(
      [disc],
      record.radius_source === "settlement"
        ? words.say("card.size", { radius: words.length(record.radius_m!) })
        : words.say("card.the_place"),
    ),
  );
}

/** What a record is cited by. */
export function citation(record: VerdictRecord, words: Words, atlas: Atlas): string {
  const zone = record.zone === null ? undefined : atlas.zone(record.zone);
  const { latitude, longitude } = record;
  const known = latitude !== null && longitude !== null;
  const said = words.say("card.citation", {
    verdict: verdictWord(record, words),
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
  facts: Facts,
): HTMLElement {
  const map = smallMap(record, words, atlas);
  const range = shareRange(record, words);
  const share = [el("strong", {}, range), " ", words.say("checker.share_inside")];
  const hash = el("bdi.card-hash", { dir: "ltr" }, record.atlas_sha256);
  const given = Object.values(record.input).map((text) => el("div", {}, isolated(String(text))));
  return el(
    "section.card-page",
    { "aria-hidden": "true" },
    el("p.card-title", {}, words.say("card.title")),
    range && el("p.card-share", {}, share),
    el("h1.card-word", {}, verdictWord(record, words)),
    el("p.card-where", {}, whereText(record, words, atlas)),
    el("p.card-sentence", { dir: "auto" }, words.sentence(record.sentence)),
    el(
      "div.card-columns",
      {},
      factList(recordRows(record, words, atlas, facts)),
      map && el("div", {}, map, key(record, words, atlas)),
    ),
    factList([
      [words.say("card.given"), given],
      ...(doubt ? [[words.say("card.doubt"), doubt] as [string, string]] : []),
      [words.say("card.cite"), citation(record, words, atlas)],
      [words.say("card.software"), el("bdi", { dir: "ltr" }, record.software)],
      [words.say("card.atlas"), [`${record.atlas_version}, SHA-256 `, hash]],
    ]),
    el("p.card-note", {}, `${words.say("page.no_violation")} ${words.say("page.disclaimer")}`),
  );
}
