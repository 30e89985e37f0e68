/// <reference types="node" />
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { formatOf } from "../../src/checker/kind";
import type { Reply, Request } from "../../src/session/messages";
import { Session } from "../../src/session/session";

interface Readings {
  readonly columns: readonly string[];
  readonly files: readonly {
    readonly what: string;
    readonly suffix: string;
    readonly content: string;
    readonly rows: readonly (readonly string[])[];
    readonly warnings: readonly string[];
    /** What `dezone tag` writes as CSV. */
    readonly copy?: string;
  }[];
}

const vectors = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../../tests/vectors/${name}`, import.meta.url)), "utf8");
const { columns, files } = JSON.parse(vectors("readings.json")) as Readings;

/** Ask a session; return its last reply. */
async function asking(): Promise<(request: Request) => Promise<Reply>> {
  let last: Reply | null = null;
  const session = new Session((reply) => (last = reply));
  const ask = async (request: Request): Promise<Reply> => {
    await session.handle(request);
    return last!;
  };
  await ask({ type: "atlas", id: 0, atlas: vectors("atlas.json") });
  return ask;
}

test("files are read as the command reads them", async (t) => {
  const ask = await asking();
  for (const { what, suffix, content, rows, warnings, copy } of files) {
    await t.test(what, async () => {
      const bytes = new TextEncoder().encode(content);
      const format = formatOf(bytes);
      const opened = await ask({ type: "open", id: 1, content: bytes.slice().buffer, format, name: `in.${suffix}` });
      assert.equal(opened.type, "opened", JSON.stringify(opened));
      if (opened.type !== "opened") return;
      const computed = await ask({ type: "compute", id: 2, columns: opened.roles });
      assert.equal(computed.type, "computed", JSON.stringify(computed));
      if (computed.type !== "computed") return;

      const all = [...computed.points.verdict.keys()];
      const found = await ask({ type: "rows", id: 3, rows: all, names: columns as never });
      assert.equal(found.type, "rows");
      if (found.type !== "rows") return;
      assert.deepEqual(found.rows.map((row) => row.slice(-columns.length)), rows);
      const said = [...opened.columnWarnings, ...computed.warnings].map(({ kind }): string => kind);
      if (computed.swaps.only + computed.swaps.both) said.push("swapped-axes");
      if (computed.shared) said.push("shared-point");
      assert.deepEqual([...new Set(said)].sort(), warnings);

      const exported = await ask({ type: "export", id: 4 });
      assert.equal(exported.type, "export");
      if (exported.type !== "export" || copy === undefined) return;
      assert.equal(Buffer.from(await exported.file.arrayBuffer()).toString(), copy);
    });
  }
});
