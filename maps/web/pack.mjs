// Pack the engine as @dezone/engine: `make npm` writes dist/dezone-engine-VERSION.tgz.
//
//   node pack.mjs ATLAS.json VERSION DESTINATION
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const [, , atlas, version, destination] = process.argv;
const folder = join(here, "node_modules/.package");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

await build({
  absWorkingDir: here,
  bundle: true,
  charset: "utf8",
  entryPoints: { engine: "src/package/index.ts" },
  format: "esm",
  logLevel: "warning",
  outdir: folder,
  platform: "neutral",
  target: "es2022",
});
// Of the engine alone, by what a worker has: what needs a page does not compile.
const types = join(here, "node_modules/.package-types.json");
writeFileSync(
  types,
  JSON.stringify({
    extends: "../tsconfig.json",
    compilerOptions: {
      ...{ noEmit: false, declaration: true, emitDeclarationOnly: true },
      ...{ outDir: ".package/types", rootDir: "../../..", lib: ["ES2022", "WebWorker"], types: [] },
    },
    include: [],
    files: ["../src/package/index.ts"],
  }),
);
const tsc = join(here, "node_modules/typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "--project", types], { stdio: "inherit" });
// Whoever resolves modules as Node.js does finds a file by its whole name only.
const declared = join(folder, "types");
for (const name of readdirSync(declared, { recursive: true })) {
  if (!name.endsWith(".d.ts")) continue;
  const text = readFileSync(join(declared, name), "utf8");
  const named = text.replace(/((?:from |import\()")(\.[^"]*?)(?:\.js)?"/g, '$1$2.js"');
  writeFileSync(join(declared, name), named);
}
const data = readFileSync(atlas, "utf8").trim();
const write = (name, text) => writeFileSync(join(folder, name), text);
write("atlas.js", `export default ${data};\n`);
write(
  "atlas.d.ts",
  'import type { AtlasData } from "./engine.js";\ndeclare const atlas: AtlasData;\nexport default atlas;\n',
);
write(
  "index.js",
  'import atlas from "./atlas.js";\nimport { makeEngine } from "./engine.js";\n\n' +
    'export * from "./engine.js";\nexport { atlas };\nexport const { check, checkMany } = await makeEngine(atlas);\n',
);
write(
  "index.d.ts",
  'import atlas from "./atlas.js";\nimport type { Engine } from "./engine.js";\n\n' +
    'export * from "./engine.js";\nexport { atlas };\n' +
    'export declare const check: Engine["check"];\nexport declare const checkMany: Engine["checkMany"];\n',
);
write("engine.d.ts", 'export * from "./types/maps/web/src/package/index.js";\n');
write(
  "package.json",
  `${JSON.stringify(
    {
      name: "@dezone/engine",
      version,
      description: "Did it happen inside a de-escalation zone that was in force?",
      license: "BSD-3-Clause AND CC-BY-SA-4.0",
      type: "module",
      sideEffects: false,
      engines: { node: ">=20" },
      exports: {
        ".": { types: "./index.d.ts", default: "./index.js" },
        "./engine": { types: "./engine.d.ts", default: "./engine.js" },
        "./atlas": { types: "./atlas.d.ts", default: "./atlas.js" },
      },
    },
    null,
    2,
  )}\n`,
);
const root = join(here, "../..");
cpSync(join(root, "docs/javascript.md"), join(folder, "README.md"));
cpSync(join(root, "LICENSE"), join(folder, "LICENSE"));
cpSync(join(root, "geodata/data/LICENSE"), join(folder, "LICENSE.data"));
const out = resolve(destination);
mkdirSync(out, { recursive: true });
// The npm that came with this Node.js, else the one on the path.
const script = join(dirname(process.execPath), "../lib/node_modules/npm/bin/npm-cli.js");
const [npm, first] = existsSync(script) ? [process.execPath, [script]] : ["npm", []];
const asked = [...first, "pack", "--silent", "--pack-destination", out];
execFileSync(npm, asked, { cwd: folder, stdio: "inherit" });
