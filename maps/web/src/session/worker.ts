/** The entry of the page's worker: no document, no network, one session. */

import type { Request } from "./messages";
import { Session } from "./session";

interface Scope {
  onmessage: ((event: { readonly data: Request }) => void) | null;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
}

const scope = globalThis as unknown as Scope;
const session = new Session((reply, transfer = []) => scope.postMessage(reply, transfer));
scope.onmessage = ({ data }) => void session.handle(data);
