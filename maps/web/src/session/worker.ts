/** The entry of the page's worker: no document, no network, one session. */

import type { Request } from "./messages";
import { Session } from "./session";

interface Scope {
  onmessage: ((event: { readonly data: Request }) => void) | null;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
}

const scope = globalThis as unknown as Scope;
const session = new Session((reply, transfer = []) => scope.postMessage(reply, transfer));
scope.onmessage = ({ data }) => {
  session.handle(data).catch((error: unknown) => {
    // Of a rejected promise the page would never hear; an error ends the worker, and is told.
    setTimeout(() => {
      throw error;
    });
  });
};
