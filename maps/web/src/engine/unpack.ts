/** Columns as `maps/page/packing.py` writes them: whole numbers and texts, deflated. */

import type { ListedColumn, NumberedColumn, PackedNumbers } from "../generated/payload";

const SLICE = 1 << 20; // letters of base64 at a time; a multiple of four
const AT_ONCE = 1 << 18; // rows before the page may do something else

/** Let the page answer its user before going on. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const channel = new MessageChannel(); // unlike a timer, it is not slowed down
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(null);
  });
}

/** Return the bytes that were deflated, and written as base64. */
export async function inflate(text: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let filled = 0;
  for (let at = 0; at < text.length; at += SLICE) {
    const part = atob(text.slice(at, at + SLICE));
    for (let i = 0; i < part.length; i++) bytes[filled + i] = part.charCodeAt(i);
    filled += part.length;
    if (text.length > SLICE) await breathe();
  }
  return inflated(bytes.subarray(0, filled));
}

/** Inflate without a Blob: WebKit lets no worker of a page from a disk read one. */
async function inflated(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const { readable, writable } = new DecompressionStream("deflate-raw");
  const writer = writable.getWriter();
  // What is wrong with the bytes is told by the reading end, too.
  const written = Promise.all([writer.write(packed), writer.close()]).catch(() => undefined);
  const chunks: Uint8Array[] = [];
  const reader = readable.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) chunks.push(part.value);
  await written;
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

export async function unpackNumbers(packed: PackedNumbers): Promise<Int32Array> {
  const bytes = await inflate(packed.data);
  const n = bytes.length / 4;
  const values = new Int32Array(n);
  let last = 0;
  for (let at = 0; at < n; at += AT_ONCE) {
    const stop = Math.min(n, at + AT_ONCE);
    for (let i = at; i < stop; i++) {
      const zigzag =
        bytes[i]! | (bytes[n + i]! << 8) | (bytes[2 * n + i]! << 16) | (bytes[3 * n + i]! << 24);
      const value = (zigzag >>> 1) ^ -(zigzag & 1);
      last = packed.steps ? (last + value) | 0 : value;
      values[i] = last;
    }
    if (stop < n) await breathe();
  }
  return values;
}

/** A column of texts, of which only those asked for are made. */
export interface Texts {
  /** How many distinct texts there may be. */
  readonly distinct: number;
  get(row: number): string;
  /** Which distinct text a row has: a number below `distinct`. */
  code(row: number): number;
  /** A distinct text by its number. */
  word(code: number): string;
}

export async function unpackTexts(packed: NumberedColumn | ListedColumn): Promise<Texts> {
  if (packed.kind === "numbered") {
    const { prefix } = packed;
    const numbers = await unpackNumbers(packed.numbers);
    const get = (row: number): string => `${prefix}${numbers[row]!}`;
    return { distinct: numbers.length, get, code: (row) => row, word: get };
  }
  const codes = await unpackNumbers(packed.codes);
  const said = new TextDecoder().decode(await inflate(packed.table));
  const lines: (string | string[])[] = said.split("\n"); // JSON has no line ends of its own
  const word = (code: number): string => {
    const at = Math.floor(code / packed.line);
    let line = lines[at] ?? [];
    if (typeof line === "string") line = lines[at] = JSON.parse(line) as string[];
    return line[code % packed.line] ?? "";
  };
  return {
    distinct: packed.distinct,
    get: (row) => word(codes[row]!),
    code: (row) => codes[row]!,
    word,
  };
}

/** Return the lines of a text that is deflated. */
export async function unpackLines(packed: string): Promise<string[]> {
  return new TextDecoder().decode(await inflate(packed)).split("\n");
}
