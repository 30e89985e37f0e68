/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";

import { dayNumber } from "../../src/days";
import { Scale } from "../../src/timeline/scale";

test("every day has its own place on the score, and eventful years are wider", () => {
  const events = ["2017-05-06", "2017-07-09", "2017-09-15", "2018-04-14"];
  const scale = new Scale("2016-01-01", "2019-12-31", events);
  const [first, last] = [dayNumber("2016-01-01"), dayNumber("2019-12-31")];
  assert.equal(scale.share(first), 0);
  assert.equal(scale.share(last), 1);
  let before = -1;
  for (let day = first; day <= last; day += 1) {
    const share = scale.share(day);
    assert.ok(share > before);
    before = share;
    assert.equal(scale.day(share), day);
  }
  const width = (year: number): number =>
    scale.share(dayNumber(`${year + 1}-01-01`)) - scale.share(dayNumber(`${year}-01-01`));
  assert.ok(width(2017) > width(2018) && width(2018) > width(2016));
});
