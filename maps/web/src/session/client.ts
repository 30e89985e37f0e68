/** The page's end of the session: requests go to the worker, replies come back to who asked. */

import script from "dezone:worker";

import { inflate } from "../engine/unpack";
import type { AtlasData } from "../engine/atlas";
import type { FaultReply, Reply, Request } from "./messages";

type Asked = Request extends infer R ? (R extends Request ? Omit<R, "id"> : never) : never;

export class Client {
  #worker: Promise<Worker> | undefined;
  #next = 1;
  readonly #waiting = new Map<number, (reply: Reply) => void>();

  constructor(private readonly atlas: () => AtlasData) {}

  /**
   * Ask, hear of progress, and hand buffers over. The number by which a request can be stopped
   * comes first.
   */
  ask<T extends Reply["type"]>(
    request: Asked,
    report: (reply: Extract<Reply, { type: "progress" }>) => void = () => undefined,
    transfer: ArrayBuffer[] = [],
  ): [id: number, answer: Promise<Extract<Reply, { type: T }> | FaultReply>] {
    const id = this.#next++;
    const answer = new Promise<Extract<Reply, { type: T }> | FaultReply>((resolve) => {
      this.#waiting.set(id, (reply) => {
        if (reply.type === "progress") return report(reply);
        this.#waiting.delete(id);
        resolve(reply as Extract<Reply, { type: T }> | FaultReply);
      });
    });
    void this.#started.then((worker) => worker.postMessage({ ...request, id }, transfer));
    return [id, answer];
  }

  stop(id: number): void {
    void this.#started.then((worker) => worker.postMessage({ type: "stop", id }));
  }

  /** The worker, made when it is first needed from what lies packed in this very script. */
  get #started(): Promise<Worker> {
    return (this.#worker ??= this.#start());
  }

  async #start(): Promise<Worker> {
    const text = await inflate(script);
    const address = URL.createObjectURL(new Blob([text as BlobPart], { type: "text/javascript" }));
    const worker = new Worker(address);
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data.type === "ready") URL.revokeObjectURL(address);
      this.#waiting.get(data.id)?.(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      const said = {
        type: "fault",
        message: event.message,
        ambiguous: false,
        what: null,
        readings: [],
        places: [],
      } as const;
      for (const [id, hear] of [...this.#waiting]) hear({ ...said, id });
      worker.terminate();
      this.#worker = undefined;
    };
    worker.postMessage({ type: "atlas", id: 0, atlas: this.atlas() });
    return worker;
  }
}
