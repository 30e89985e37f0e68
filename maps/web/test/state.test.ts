/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";

import { readAddress, writeAddress, type Choices, type State } from "../src/state";

const choices: Choices = {
  zones: ["idlib", "south-west"],
  boundaries: ["line", "ministry"],
  languages: ["en", "ar"],
  first: "2016-01-01",
  last: "2025-12-31",
};
const usual: State = {
  date: "2017-09-15",
  zone: null,
  boundary: "line",
  lang: "en",
  estimate: "all",
  colour: "zone",
  window: 0,
  digits: "latn",
  filter: "",
};

test("a state is told by an address and read from it again", () => {
  const state: State = {
    ...usual,
    date: "2018-02-28",
    zone: "idlib",
    boundary: "both",
    lang: "ar",
    colour: "round",
    window: 30,
    digits: "arab",
    filter: "verdict=inside&column.place=a%26b",
  };
  assert.deepEqual(readAddress(writeAddress(state, usual), choices), state);
  assert.equal(
    writeAddress(usual, usual),
    "#date=2017-09-15&boundary=line&estimate=all&lang=en",
  );
});

test("what an address may not say is ignored, and the rest of it taken", () => {
  for (const date of ["2018-02-30", "2015-01-01", "yesterday", "<script>", ""]) {
    assert.deepEqual(readAddress(`#date=${date}&lang=ar`, choices), { lang: "ar" });
  }
  const bad = "#zone=atlantis&boundary=wish&estimate=worst&lang=xx&window=31&colour=red&digits=roman";
  assert.deepEqual(readAddress(bad, choices), {});
  assert.deepEqual(readAddress("#tables", choices), {});
  assert.deepEqual(readAddress("#%E0%A4%A&__proto__=1&zone=", choices), { zone: null });
});
