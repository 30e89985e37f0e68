/** The text of a file. */

import { TableError } from "./table";

/** Return the text of a file: UTF-8, or UTF-16 where its byte order mark says so. */
export function decoded(bytes: ArrayBuffer): string {
  const [one, two] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  const wide = one === 0xff && two === 0xfe ? "utf-16le" : one === 0xfe && two === 0xff ? "utf-16be" : "";
  try {
    return new TextDecoder(wide || "utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new TableError(
      `expected ${wide ? "UTF-16" : "UTF-8"}, found other bytes; save the file as UTF-8.`,
    );
  }
}
