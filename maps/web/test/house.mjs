// Measure the page's sources for tests/test_house.py: lines, imports and functions of each file.
//
//   node test/house.mjs     writes JSON to standard output
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import ts from "typescript";

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(web, "src");

/** Return what a file imports of the sources, types and `import()` as well. */
function importsOf(tree, path) {
  const found = new Set();
  const add = (specifier) => {
    if (!specifier || !ts.isStringLiteral(specifier) || !specifier.text.startsWith(".")) return;
    const file = `${resolve(dirname(path), specifier.text)}.ts`;
    if (existsSync(file)) found.add(relative(source, file));
  };
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    if (ts.isImportTypeNode(node)) add(node.argument.literal);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0]);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return [...found].sort();
}

/** Return the functions of a file, those within others as well; a constructor has its class's name. */
function functionsOf(tree) {
  const found = [];
  const lineOf = (at) => tree.getLineAndCharacterOfPosition(at).line;
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body) {
      const named = node.name ?? node.parent?.name;
      const statements = ts.isBlock(node.body) ? node.body.statements : [node.body];
      const [first, last] = [statements[0], statements.at(-1)];
      found.push({
        name: named?.getText(tree) ?? "=>",
        lines: first ? lineOf(last.getEnd()) - lineOf(first.getStart(tree)) + 1 : 0,
        parameters: node.parameters.length,
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

const files = {};
for (const name of readdirSync(source, { recursive: true }).sort()) {
  if (!/\.ts$/.test(name) || /\.(test|d)\.ts$/.test(name)) continue;
  const path = join(source, name);
  const text = readFileSync(path, "utf8");
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  files[relative(source, path)] = {
    lines: text.split("\n").length - 1,
    imports: importsOf(tree, path),
    functions: functionsOf(tree),
  };
}
process.stdout.write(JSON.stringify(files));
