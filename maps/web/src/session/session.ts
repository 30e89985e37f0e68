/**
 * What a worker does for a page, without the worker: requests in, replies out.
 *
 * Files stay here, and so do the verdicts on their rows; the page gets what it draws, and asks for
 * the rows that it shows.
 */

import { Atlas, type AtlasData } from "../engine/atlas";
import { HeaderRowError } from "../engine/columns/top";
import { EncodingError } from "../engine/formats/encodings";
import { openTable } from "../engine/formats/opening";
import { TableError } from "../engine/formats/table";
import { Checker } from "../engine/incident";
import { Ledger } from "../engine/ledger";
import { Completion } from "../engine/text/completion";
import { PlaceError } from "../engine/text/names";
import { ReadingError } from "../engine/text/repairs";
import { SessionFile } from "./file";
import type { FaultReply, Reply, Request } from "./messages";

/** What takes long, and is done one after the other. */
const LONG: readonly Request["type"][] = ["open", "compute", "export"];

/** Answers one page. */
export class Session {
  #checker: Promise<Checker> | null = null;
  #completion: Completion | null = null;
  #file = new SessionFile(null);
  #long: Promise<void> = Promise.resolve();
  readonly #stopped = new Set<number>();

  constructor(
    readonly reply: (reply: Reply, transfer?: ArrayBuffer[]) => void,
    readonly today?: number,
  ) {}

  /** Answer a request; what is wrong with it is an answer, too. */
  handle(request: Request): Promise<void> {
    if (!LONG.includes(request.type)) return this.#answer(request);
    const done = this.#long.then(() => this.#answer(request));
    this.#long = done.catch(() => undefined);
    return done;
  }

  async #answer(request: Request): Promise<void> {
    try {
      await this.#attempt(request);
    } catch (error) {
      this.reply({ ...faultOf(error), id: request.id });
    }
  }

  async #attempt(request: Request): Promise<void> {
    const { id } = request;
    switch (request.type) {
      case "atlas": {
        const { atlas } = request;
        const data = typeof atlas === "string" ? (JSON.parse(atlas) as AtlasData) : atlas;
        const ledger = Ledger.unpack(data.ledger);
        this.#checker = ledger.then((known) => new Checker(new Atlas(data, known), this.today));
        await this.#checker;
        return this.reply({ type: "ready", id });
      }
      case "check": {
        const checker = await this.#ready;
        const record = checker.check(request.question);
        return this.reply({ type: "record", id, record, doubt: checker.doubt(record) });
      }
      case "dated": {
        const question = (await this.#ready).dated(request.question);
        return this.reply({ type: "dated", id, question });
      }
      case "complete": {
        const { ledger } = (await this.#ready).atlas;
        this.#completion ??= new Completion(ledger);
        return this.reply({ type: "offers", id, offers: this.#completion.complete(request.text) });
      }
      case "open": {
        const opened = openTable(request);
        this.#file = new SessionFile(opened instanceof Promise ? await opened : opened, request.headerRow);
        return this.reply({ ...this.#file.opened, id });
      }
      case "compute": {
        const found = await this.#file.compute(await this.#ready, request, {
          isStopped: () => this.#stopped.has(id),
          report: (done, total) => this.reply({ type: "progress", id, done, total }),
        });
        this.#stopped.delete(id);
        const buffers = Object.values(found.points).map(({ buffer }) => buffer as ArrayBuffer);
        return this.reply({ ...found, id }, buffers);
      }
      case "rows": {
        const { rows, names, language } = request;
        return this.reply({ type: "rows", id, ...this.#file.rows(rows, names, language) });
      }
      case "export":
        return this.reply({
          type: "export",
          id,
          file: await this.#file[request.format === "xlsx" ? "workbook" : "export"](request),
        });
      case "faults":
        return this.reply({ type: "export", id, file: this.#file.faults() });
      case "stop":
        this.#stopped.add(id);
    }
  }

  get #ready(): Promise<Checker> {
    if (!this.#checker) throw new RangeError("expected an atlas before any question, found none");
    return this.#checker;
  }
}

/** Return what is to be said of an error that a request made; others are ours, and thrown. */
function faultOf(error: unknown): FaultReply {
  if (error instanceof ReadingError) {
    const { message, ambiguous, what } = error;
    const places = error instanceof PlaceError ? error.choices : [];
    return { type: "fault", message, ambiguous, what, readings: error.readings(), places };
  }
  if (!(error instanceof TableError || error instanceof RangeError)) throw error;
  const { message } = error;
  const what = error instanceof EncodingError ? "encoding" : null;
  const row = error instanceof HeaderRowError ? { headerRow: error.headerRow } : {};
  return { type: "fault", message, ambiguous: false, what, readings: [], places: [], ...row };
}
