/** The entry of the page's worker: no document, no network, one desk. */

import { Desk, type Request } from "./session";

interface Scope {
  onmessage: ((event: { readonly data: Request }) => void) | null;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
}

const scope = globalThis as unknown as Scope;
const desk = new Desk((reply, transfer = []) => scope.postMessage(reply, transfer));
scope.onmessage = ({ data }) => void desk.handle(data);
