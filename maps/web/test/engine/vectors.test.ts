/// <reference types="node" />
// The engine gives the answers that Python gave: tests/vectors, which docs/vectors.md describes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { dayNumber, dayOf } from "../../src/days";
import { Country } from "../../src/engine/text/axes";
import { Atlas, type AtlasData, type Estimate } from "../../src/engine/atlas";
import { readPair, readPosition } from "../../src/engine/text/coordinates";
import type { Decimal } from "../../src/engine/text/position";
import { DateReader, type Order } from "../../src/engine/text/dates";
import { readRadius } from "../../src/engine/text/lengths";
import { Calendar } from "../../src/engine/calendar";
import type { Basis } from "../../src/generated/codes";
import { geodesic } from "../../src/engine/geometry/geodesic";
import { Checker } from "../../src/engine/incident";
import { blankIncidents, NO_DAY, settle } from "../../src/engine/incidents";
import { Ledger } from "../../src/engine/ledger";
import { recordOf } from "../../src/engine/record";
import { areaOf, Gazetteer, type Place } from "../../src/engine/text/names";
import { ReadingError } from "../../src/engine/text/repairs";
import { sayArea, sayLength, sayNumber, sayShare } from "../../src/say";

type Cell = string | number | boolean | null;
interface Table {
  readonly given: readonly string[];
  readonly expected: readonly string[];
  readonly tolerances: Readonly<Record<string, number>>;
  readonly rows: readonly Cell[][];
}

// The tests are bundled into maps/web/node_modules/.tests.
function read<T>(name: string): T {
  const path = fileURLToPath(new URL(`../../../../tests/vectors/${name}`, import.meta.url));
  return JSON.parse(readFileSync(path, "utf8")) as T;
}

const { tables } = read<{ tables: Record<string, Table> }>("vectors.json");
const data = read<AtlasData>("atlas.json");
const atlas = new Atlas(data, await Ledger.unpack(data.ledger));
const checker = new Checker(atlas, dayNumber("2026-01-01"));

function same(found: unknown, expected: unknown, tolerance: number | undefined): boolean {
  if (tolerance !== undefined && typeof found === "number" && typeof expected === "number") {
    return Math.abs(found - expected) <= tolerance + 1e-12;
  }
  return Object.is(found, expected) || found === expected;
}

/** Hold every row of a table against what `answer` gives for it. */
function holds(name: string, answer: (...given: any[]) => readonly unknown[]): void {
  test(`${name} are as Python gives them`, () => {
    const { given, expected, tolerances, rows } = tables[name]!;
    assert.ok(rows.length > 0);
    const faults: string[] = [];
    for (const row of rows) {
      const found = answer(...row.slice(0, given.length));
      expected.forEach((column, k) => {
        const wanted = row[given.length + k];
        if (!same(found[k], wanted, tolerances[column])) {
          const asked = JSON.stringify(row.slice(0, given.length));
          faults.push(`${asked} ${column}: expected ${wanted}, found ${String(found[k])}`);
        }
      });
    }
    assert.deepEqual(faults.slice(0, 20), [], `${faults.length} faults in ${rows.length} rows`);
  });
}

function extentOf(zone: string, boundary: string, from: string) {
  const ground = atlas.grounds[atlas.boundaries.indexOf(boundary)]![atlas.zones.indexOf(zone)]!;
  return ground.find((extent) => extent.from === dayNumber(from))!;
}

/** Return what `read` gives, or the fault that it finds and as many gaps. */
function reading(read: () => readonly unknown[], gaps: number): readonly unknown[] {
  try {
    return [null, ...read()];
  } catch (error) {
    if (!(error instanceof ReadingError)) throw error;
    return [error.ambiguous ? "ambiguous" : "refused", ...Array<null>(gaps).fill(null)];
  }
}

const kinds = (repairs: readonly { kind: string }[]) => repairs.map((r) => r.kind).join(";");
const dates = new DateReader(atlas.data);
const day = (text: string | null) => (text === null ? NO_DAY : dayNumber(text));

test("there are at least five thousand vectors", () => {
  const count = Object.values(tables).reduce((sum, table) => sum + table.rows.length, 0);
  assert.ok(count >= 5_000, String(count));
});

holds("plane", (longitude: number, latitude: number) => {
  atlas.plane.project(longitude, latitude);
  const { x, y } = atlas.plane;
  return [x, y, atlas.plane.scale(x, y)];
});

holds("geodesics", (...ends: [number, number, number, number]) => [geodesic(...ends)]);

holds(
  "shares",
  (
    zone: string,
    boundary: string,
    from: string,
    estimate: Estimate,
    longitude: number,
    latitude: number,
    radius: number,
  ) => {
    atlas.plane.project(longitude, latitude);
    const { x, y } = atlas.plane;
    const outline = extentOf(zone, boundary, from)[estimate];
    return [outline.share(longitude, latitude, x, y, radius * atlas.plane.scale(x, y))];
  },
);

holds(
  "distances",
  (zone: string, boundary: string, from: string, longitude: number, latitude: number) => [
    extentOf(zone, boundary, from).best.distance(longitude, latitude)!.metres,
  ],
);

const calendars = {
  memorandum: new Calendar(atlas, "memorandum"),
  arrangement: new Calendar(atlas, "arrangement"),
};
holds("terms", (basis: Basis, zone: string, first: string, last: string) => {
  const calendar = calendars[basis];
  const terms = calendar.terms(
    atlas.zones.indexOf(zone),
    calendar.period(day(first)),
    calendar.period(day(last)),
  );
  return [
    terms.time,
    terms.phase,
    terms.contested,
    terms.spansPhases,
    terms.agreements.join(";"),
    terms.round,
    terms.guarantors.join(";"),
    terms.mediators.join(";"),
    terms.framework.join(";"),
  ];
});

holds(
  "settlements",
  (
    longitude: number,
    latitude: number,
    source: string,
    first: string | null,
    last: string | null,
    boundary: string,
    basis: Basis,
  ) => {
    const incidents = blankIncidents(1, [source, "settlement"]);
    [incidents.longitude[0], incidents.latitude[0], incidents.radius[0]] = [longitude, latitude, 0];
    [incidents.first[0], incidents.last[0]] = [day(first), day(last)];
    settle(incidents, atlas.ledger, atlas.data.placeholders);
    const assessor = checker.assessor({ boundary, basis });
    const verdicts = assessor.assess(incidents);
    const record = recordOf({ assessor, incidents, verdicts, language: "en" }, 0);
    return tables["settlements"]!.expected.map((name) => {
      const value = record[name as keyof typeof record];
      if (Array.isArray(value)) return value.join(";");
      if (typeof value !== "object" || value === null) return value;
      return Object.entries(value)
        .map((pair) => pair.join("="))
        .join(";");
    });
  },
);

holds(
  "verdicts",
  (
    longitude: number | null,
    latitude: number | null,
    radius: number | null,
    first: string | null,
    last: string | null,
    boundary: string,
    basis: Basis,
  ) => {
    const incidents = blankIncidents(1, ["given"]);
    incidents.longitude[0] = longitude ?? NaN;
    incidents.latitude[0] = latitude ?? NaN;
    incidents.radius[0] = radius ?? NaN;
    incidents.first[0] = day(first);
    incidents.last[0] = day(last);
    const assessor = checker.assessor({ boundary, basis });
    const verdicts = assessor.assess(incidents);
    const record = recordOf({ assessor, incidents, verdicts, language: "en" }, 0);
    const { verdict, zone, space, time, phase, share_low, share_best, share_high } = record;
    const spaces = Object.entries(record.boundaries).map(([name, one]) => `${name}=${one}`);
    return [
      ...[verdict, zone, space, time, phase, share_low, share_best, share_high, spaces.join(";")],
      ...[record.agreements.join(";"), record.reasons.join(";")],
    ];
  },
);

test("records, with their sentences in every language, are as Python gives them", () => {
  const { tolerances, rows } = tables["records"]!;
  const faults: string[] = [];
  for (const row of rows) {
    const [position, date, radius, boundary, basis, language, expected] = row as any[];
    const found: Record<string, unknown> = {
      ...checker.check({
        ...(position === null ? {} : { position }),
        ...(date === null ? {} : { date }),
        ...(radius === null ? {} : { radius }),
        ...(boundary === null ? {} : { boundary }),
        basis,
        language,
      }),
    };
    const rounded = ["distance_m", "accuracy_m"].some((key) => found[key] !== expected[key]);
    for (const [key, wanted] of Object.entries(expected as Record<string, unknown>)) {
      if (key === "sentence" && rounded) continue; // it says the rounded number
      const alike =
        typeof wanted === "object" && wanted !== null
          ? JSON.stringify(found[key]) === JSON.stringify(wanted)
          : same(found[key], wanted, tolerances[key]);
      if (!alike) {
        faults.push(
          `${JSON.stringify(row.slice(0, 6))} ${key}: expected ${JSON.stringify(wanted)}, ` +
            `found ${JSON.stringify(found[key])}`,
        );
      }
    }
  }
  assert.deepEqual(faults.slice(0, 20), [], `${faults.length} faults in ${rows.length} rows`);
});

holds("positions", (text: string, decimal: Decimal) =>
  reading(() => {
    const found = readPosition(text, decimal);
    return [found.latitude, found.longitude, found.notation, found.extent, kinds(found.repairs)];
  }, 5),
);

holds("pairs", (latitude: string | number, longitude: string | number, decimal: Decimal) =>
  reading(() => {
    const found = readPair(latitude, longitude, decimal);
    return [found.latitude, found.longitude, found.notation, kinds(found.repairs)];
  }, 4),
);

holds("dates", (text: string, order: Order) =>
  reading(() => {
    const found = dates.readDays(text, order);
    const { first, last, notation, precision, repairs } = found;
    return [dayOf(first), dayOf(last), notation, precision, kinds(repairs)];
  }, 5),
);

const SAY = { number: sayNumber, length: sayLength, area: sayArea, share: sayShare };
holds("wordings", (language: string, kind: keyof typeof SAY, value: number, digits: number | null) => [
  SAY[kind](atlas.data.words[language]!, value, digits ?? undefined),
]);

holds("radii", (text: string | number) => reading(() => [readRadius(text)], 1));

const gazetteer = new Gazetteer(atlas.ledger);
holds("pasted", (text: string) =>
  reading(() => {
    const { input } = checker.check(/\p{Nd}/u.test(text) ? { position: text } : { place: text });
    return ["position", "place", "date"].map((name) => input[name] ?? null);
  }, 3),
);

const ids = (places: readonly Place[]): string => places.map(({ id }) => id).join(";");
holds("places", (name: string) => {
  try {
    const found = checker.lookUp(name);
    return [null, ids(found.places), found.relation, ids(found.passedOver), areaOf(found)[2]];
  } catch (error) {
    if (!(error instanceof ReadingError)) throw error;
    const nearest = reading(() => [ids(gazetteer.nearest(name))], 1)[1] ?? "";
    return ["refused", nearest, null, null, null];
  }
});

test("each way of reading a text is offered as a text that is read in that way alone", () => {
  const read = {
    positions: (text: string) => readPosition(text),
    dates: (text: string) => dates.readDays(text),
  };
  for (const name of ["positions", "dates"] as const) {
    const texts = tables[name]!.rows.filter((row) => row[2] === "ambiguous").map(([text]) => String(text));
    assert.ok(texts.length >= 5);
    for (const text of texts) {
      try {
        read[name](text);
        assert.fail(text);
      } catch (error) {
        assert.ok(error instanceof ReadingError, String(error));
        const offered = error.readings();
        const found = offered.map((one) => {
          const { notation: _, repairs: __, ...rest } = read[name](one);
          return JSON.stringify(rest);
        });
        assert.equal(new Set(found).size, offered.length, `${text}: ${offered.join(" or ")}`);
        // One of the readings may be half a position, which cannot be offered.
        assert.ok(offered.length >= (error.message.includes("the one angle") ? 1 : 2), text);
      }
    }
  }
});

test("the readings of what people write are those they mean", () => {
  const offered = (read: () => unknown): readonly string[] => {
    try {
      read();
    } catch (error) {
      if (error instanceof ReadingError) return error.readings();
    }
    return [];
  };
  const position = (text: string) => offered(() => readPosition(text));
  const date = (text: string) => offered(() => dates.readDays(text));
  assert.deepEqual(position("[36.63, -35.93]"), ["36.63 N, 35.93 W", "35.93 S, 36.63 E"]);
  assert.deepEqual(position("35,55 36,38"), ["35.55 N, 36.38 E", "35°55' N, 36°38' E"]);
  assert.deepEqual(position("37S 286000 3980000"), [
    "UTM 37 south 286000 3980000",
    "UTM 37 north 286000 3980000",
  ]);
  assert.deepEqual(date("07/03/2018 23:30"), ["2018-03-07", "2018-07-03"]);
  assert.deepEqual(date("01/03/2018 / 02/03/2018"), ["2018-03-01/2018-03-02", "2018-01-03/2018-02-03"]);
  assert.deepEqual(date("4 كانون 2018"), ["2018-01-04", "2018-12-04"]);
});

test("a doubt about the axes is no doubt about a place or a grid", () => {
  const doubt = (question: Parameters<typeof checker.check>[0]) => checker.doubt(checker.check(question));
  assert.equal(doubt({ position: "36.6339, 35.1" }), "only");
  assert.equal(doubt({ latitude: "35.1", longitude: "36.6339" }), null);
  assert.equal(doubt({ position: "36.8391, 36.6506" }), "both");
  assert.equal(doubt({ position: "UTM 37 north 290500 4079500" }), null);
  assert.equal(doubt({ place: "Kessab" }), null);
});

const country = new Country(atlas);
holds("swaps", (longitude: number, latitude: number) => [country.swapped(longitude, latitude)]);
