/// <reference types="node" />
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { recognise } from "../../src/engine/columns/recognise";

interface Vectors {
  readonly files: readonly {
    readonly what: string;
    readonly headers: readonly string[];
    readonly roles: Readonly<Record<string, unknown>>;
    readonly unused: readonly string[];
  }[];
}
const path = fileURLToPath(new URL("../../../../tests/vectors/headers.json", import.meta.url));
const { files } = JSON.parse(readFileSync(path, "utf8")) as Vectors;

// What the table of roles does not speak of: names and units, and what is compared.
const OTHERS = ["place", "placeCode", "subdistrict", "district", "governorate", "also", "alsoDays", "radius"];

for (const { what, headers, roles, unused } of files) {
  test(`headers: ${what}`, () => {
    const located = !("latitude" in roles || "position" in roles);
    const found = recognise(headers, { located });
    const told = Object.entries(found.roles).filter(([role]) => !OTHERS.includes(role) || role in roles);
    assert.deepEqual(Object.fromEntries(told), roles);
    assert.deepEqual([...found.unused], unused);
  });
}
