// Bundle the page's script and style into ../static, the same bytes each time.
//
//   node build.mjs          scripts, styles and the fonts of print, for the wheel
//   node build.mjs --test   the tests in test/, for `node --test`
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";

import { build } from "esbuild";

import { writeFonts } from "./fonts.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const common = {
  absWorkingDir: here,
  bundle: true,
  charset: "utf8",
  logLevel: "warning",
  target: "es2022",
};

// The page draws its own marks: no rule may name a picture that is not there. Nor are there rules for
// Internet Explorer, which cannot run its script.
const withoutPictures = {
  name: "without-pictures",
  setup(bundler) {
    bundler.onLoad({ filter: /leaflet\.css$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8")
        .replace(/[\w-]+:\s*url\([^)]*\);/g, "")
        .replace(/[^{}]*\.(?:leaflet-oldie|lvml)[^{}]*\{[^{}]*\}|\s-ms-[^;]*;/g, ""),
      loader: "css",
    }));
  },
};

// Why a rule is as it is, is for people who read the grammar.
const withoutReasons = {
  name: "without-reasons",
  setup(bundler) {
    bundler.onLoad({ filter: /grammar\/[a-z_]+\.json$/ }, ({ path }) => ({
      contents: JSON.stringify(JSON.parse(readFileSync(path, "utf8"), withoutReason)),
      loader: "json",
    }));
  },
};

function withoutReason(key, value) {
  return key === "why" || key === "note" ? undefined : value;
}

// The worker travels packed inside the page's script, whose hash the page's policy names: until an
// incident is checked, nobody needs it.
const workerInside = {
  name: "worker-inside",
  setup(bundler) {
    bundler.onResolve({ filter: /^dezone:worker$/ }, ({ path }) => ({ path, namespace: "worker" }));
    bundler.onLoad({ filter: /.*/, namespace: "worker" }, async () => {
      const { outputFiles } = await build({
        ...common,
        entryPoints: ["src/session/worker.ts"],
        format: "iife",
        minify: true,
        plugins: [withoutReasons],
        write: false,
      });
      const packed = deflateRawSync(outputFiles[0].contents, { level: 9, memLevel: 6 });
      return { contents: packed.toString("base64"), loader: "text" };
    });
  },
};

if (process.argv.includes("--test")) {
  await build({
    ...common,
    entryPoints: readdirSync(join(here, "test"), { recursive: true })
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => join("test", name))
      .sort(),
    format: "esm",
    entryNames: "[name]",
    outdir: "node_modules/.tests",
    outExtension: { ".js": ".mjs" },
    platform: "node",
  });
} else {
  const shipped = {
    ...common,
    legalComments: "inline", // Leaflet's licence asks that its notice stays
    minify: true,
    outdir: "../static",
  };
  await build({
    ...shipped,
    entryPoints: { page: "src/page.ts", "page.text": "src/document.ts" },
    format: "iife",
    plugins: [withoutReasons, workerInside],
  });
  await build({
    ...shipped,
    entryPoints: { page: "src/page.css", report: "src/report.css" },
    plugins: [withoutPictures],
  });
  writeFonts(join(here, "node_modules"), join(here, "../static/fonts"));
}
