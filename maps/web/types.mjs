// Write the types of what Python and the page share: JSON Schema in, TypeScript out.
//
//   node types.mjs MODULE.py SCHEMA.json > src/generated/payload.ts
import { readFileSync } from "node:fs";

import { compile } from "json-schema-to-typescript";

const [, , module, path] = process.argv;
const schema = JSON.parse(readFileSync(path, "utf8"));
const types = await compile(schema, schema.title, {
  additionalProperties: false,
  bannerComment: `/** What is shared with ${module}: \`make types\` wrote this from there. */`,
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
