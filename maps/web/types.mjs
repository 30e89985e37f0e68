// Write the types of what stands in a page: JSON Schema in, TypeScript out.
//
//   node types.mjs SCHEMA.json > src/generated/payload.ts
import { readFileSync } from "node:fs";

import { compile } from "json-schema-to-typescript";

const schema = JSON.parse(readFileSync(process.argv[2], "utf8"));
const types = await compile(schema, schema.title, {
  additionalProperties: false,
  bannerComment: "/** What stands in a page: `make types` wrote this from maps/page/payload.py. */",
  style: { printWidth: 100 },
  unreachableDefinitions: true,
});
process.stdout.write(
  types
    .replace(/^export interface Payload \{[^}]*\}\n/m, "")
    .replace(/^ \*(?:\n \*)? This interface was referenced by .*\n \* via the `definition` .*\n/gm, "")
    .replace(/\n *\/\*\*(?:\n +\* @m(?:in|ax)Items \d+)+\n +\*\//g, "")
    .replace(/(?:\n \*)+(?:\n \* @m(?:in|ax)Items \d+)*\n \*\//g, "\n */")
    .replace(/^ \* {2,}/gm, " * ")
    .replace(/^\/\*\*\n \* (.{1,90})\n \*\//gm, "/** $1 */")
    .replace(/\{\n\s+\[k: string\]: (\S+);\n\s+\}/g, "Record<string, $1>"),
);
