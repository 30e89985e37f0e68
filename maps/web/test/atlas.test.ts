/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";

import { Atlas, type AtlasData, type Phase, type Post } from "../src/atlas";
import { dayNumber, dayOf } from "../src/days";
import { Words } from "../src/words";

const fact = { sources: [] as string[], confidence: "high", precision: null, what: "" } as const;
const phase = (zone: string, name: Phase["phase"], from: string | null): Phase => ({
  ...fact,
  zone,
  phase: name,
  arranged: name === "arranged",
  from,
});
const data: AtlasData = {
  zones: [{ id: "a", number: 1, name: { en: "A" }, colour: "", ink: "", angle: 0 }],
  scale: 1,
  rings: [],
  extents: [],
  phases: [
    phase("a", "before", null),
    phase("a", "declared", "2017-05-06"),
    phase("a", "ended", "2018-05-16"),
    phase("b", "before", null),
  ],
  agreements: [],
  rounds: [],
  boundaries: [],
  actors: {},
  sources: {},
};

test("the first day counts, the day it ended does not", () => {
  const atlas = new Atlas(data);
  assert.equal(atlas.span("a", "2017-05-05")?.phase, "before");
  assert.equal(atlas.inForce("a", "2017-05-06"), true);
  assert.equal(atlas.inForce("a", "2018-05-15"), true);
  assert.equal(atlas.inForce("a", "2018-05-16"), false);
  assert.deepEqual(atlas.life("a"), { from: "2017-05-06", to: "2018-05-16" });
});

test("a post stood between its days, and while its zone was in force where one is missing", () => {
  const atlas = new Atlas(data);
  const post = { zone: "a", from: null, to: "2018-01-01", planned: false } as Post;
  assert.equal(atlas.stood(post, "2017-05-05"), false);
  assert.equal(atlas.stood(post, "2017-12-31"), true);
  assert.equal(atlas.stood(post, "2018-01-01"), false);
  assert.equal(atlas.stood({ ...post, to: null }, "2018-05-16"), false);
  assert.equal(atlas.stood({ ...post, from: "2017-01-01" }, "2017-01-01"), true);
  assert.equal(atlas.stood({ ...post, planned: true }, "2017-12-31"), false);
});

test("days are counted without a time zone", () => {
  for (const day of ["2016-02-29", "2017-03-31", "2024-11-27"]) {
    assert.equal(dayOf(dayNumber(day)), day);
  }
});

test("a day is told in the words of its language", () => {
  const tree = { date: { day: "{day} {month} {year}", month: "{month} {year}" }, unit: "{n} of 4", units: { decimal: "٫" } };
  const words = new Words("en", { en: tree, ar: tree, ru: tree, tr: tree });
  assert.equal(words.day("2017-09-05"), "5 September 2017");
  assert.equal(words.day("2017-09-05", "month"), "September 2017");
  assert.throws(() => words.say("date.year"), /no word for date.year/);
  assert.throws(() => words.use("xx"), /no words in xx/);

  words.use("ru");
  assert.equal(words.day("2017-09-05"), "5 сентября 2017");
  assert.equal(words.day("2017-09-05", "month"), "сентябрь 2017");
  words.use("tr", "arab"); // it has no digits of its own
  assert.equal(words.day("2017-09-05"), "5 Eylül 2017");

  words.use("ar");
  assert.equal(words.day("2017-01-05"), "5 كانون الثاني 2017");
  words.use("ar", "arab");
  assert.equal(words.day("2017-09-05"), "٥ أيلول ٢٠١٧");
  assert.equal(words.name({ ar: "أستانا-6", en: "Astana-6" }), "أستانا-٦");
  assert.equal(words.number(1234.5, 1), "١\u202f٢٣٤٫٥");
});
