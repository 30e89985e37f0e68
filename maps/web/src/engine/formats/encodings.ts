/** The text of a file. */

import { TableError } from "./table";

/** What partners' machines write; none of these can be proved, so one has to be chosen. */
export const ENCODINGS = [
  "windows-1256",
  "iso-8859-6",
  "windows-1252",
  "windows-1254",
  "windows-1251",
  "utf-16le",
  "utf-16be",
] as const;

/** Bytes that are not in the encoding that they seem to be in, or that was stated. */
export class EncodingError extends TableError {}

/** Return the text of a file: in the encoding stated, else UTF-8, or UTF-16 where its mark says so. */
export function decoded(bytes: ArrayBuffer, stated?: string): string {
  const [one, two] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  const marked = one === 0xff && two === 0xfe ? "utf-16le" : one === 0xfe && two === 0xff ? "utf-16be" : "";
  const encoding = stated ?? (marked || "utf-8");
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new EncodingError(
      `expected ${encoding.toUpperCase()}, found other bytes; choose the encoding, or save the file as UTF-8.`,
    );
  }
}
