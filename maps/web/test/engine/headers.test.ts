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

for (const { what, headers, roles, unused } of files) {
  test(`headers: ${what}`, () => {
    const found = recognise(headers);
    assert.deepEqual({ ...found.roles }, roles);
    assert.deepEqual([...found.unused], unused);
  });
}
