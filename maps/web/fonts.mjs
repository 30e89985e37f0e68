// The fonts of print: Noto Sans, and Vazirmatn for Arabic, in the scripts and weights that are used.
//
// The letters of Noto Sans Arabic are drawn of glyphs for the stem and for the dots: what is copied
// from a PDF has each letter twice. Those of Vazirmatn, drawn to go with it, are one glyph each.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";

const SUBSETS = [
  ["noto-sans", "latin", "noto-sans"],
  ["noto-sans", "latin-ext", "noto-sans-latin-ext"],
  ["noto-sans", "cyrillic", "noto-sans-cyrillic"],
  ["vazirmatn", "arabic", "vazirmatn"],
];
const WEIGHTS = [400, 700];

/** Write them into a folder as TrueType, with their licence. */
export function writeFonts(modules, folder) {
  mkdirSync(folder, { recursive: true });
  for (const [family, subset, name] of SUBSETS) {
    const from = join(modules, "@fontsource", family);
    if (!existsSync(from)) {
      throw new Error(`expected @fontsource/${family}, found none; run \`npm ci\` in maps/web.`);
    }
    for (const weight of WEIGHTS) {
      const packed = readFileSync(join(from, "files", `${family}-${subset}-${weight}-normal.woff`));
      writeFileSync(join(folder, `${name}-${weight}.ttf`), unpack(packed));
    }
    writeFileSync(join(folder, `${family}-OFL.txt`), readFileSync(join(from, "LICENSE")));
  }
}

/** Unpack a WOFF file (W3C, WOFF File Format 1.0) to the font it was made from. */
function unpack(woff) {
  const count = woff.readUInt16BE(12);
  const tables = [];
  for (let index = 0; index < count; index += 1) {
    const entry = 44 + 20 * index;
    const offset = woff.readUInt32BE(entry + 4);
    const packed = woff.readUInt32BE(entry + 8);
    const length = woff.readUInt32BE(entry + 12);
    const part = woff.subarray(offset, offset + packed);
    tables.push({
      tag: woff.subarray(entry, entry + 4),
      checksum: woff.readUInt32BE(entry + 16),
      data: packed < length ? inflateSync(part) : part,
    });
  }
  const power = Math.floor(Math.log2(count));
  const head = Buffer.alloc(12 + 16 * count);
  head.writeUInt32BE(woff.readUInt32BE(4), 0);
  head.writeUInt16BE(count, 4);
  head.writeUInt16BE(16 * 2 ** power, 6);
  head.writeUInt16BE(power, 8);
  head.writeUInt16BE(16 * count - 16 * 2 ** power, 10);
  let offset = head.length;
  const body = [];
  tables.forEach(({ tag, checksum, data }, index) => {
    const entry = 12 + 16 * index;
    tag.copy(head, entry);
    head.writeUInt32BE(checksum, entry + 4);
    head.writeUInt32BE(offset, entry + 8);
    head.writeUInt32BE(data.length, entry + 12);
    const padding = Buffer.alloc(-data.length & 3);
    body.push(data, padding);
    offset += data.length + padding.length;
  });
  return Buffer.concat([head, ...body]);
}
