/**
 * The engine as a package of its own: what `@dezone/engine` offers to Node, workers and pages.
 *
 * It touches no page and makes no request. The atlas is data that comes with it.
 */

import { Atlas, type AtlasData } from "../engine/atlas";
import type { VerdictRecord } from "../engine/fields";
import { Checker, type Question } from "../engine/incident";
import { Ledger } from "../engine/ledger";
import { ReadingError } from "../engine/text/repairs";
import { readQuestion } from "./question";

export type { AtlasData, Question, VerdictRecord };
export { ReadingError };

/** The record of a question, or the error that says why it cannot be read. */
export type Answer = VerdictRecord | ReadingError;

/** What answers questions by one atlas. */
export interface Engine {
  /** Return the record of one incident; throws ReadingError for what cannot be read. */
  check(question: Question): VerdictRecord;
  /** Return the answers on many, in their order; what cannot be read is an error among them. */
  checkMany(questions: Iterable<Question>): Answer[];
  readonly atlas: AtlasData;
}

/** Return the engine of an atlas, such as the one of `@dezone/engine/atlas`. */
export async function makeEngine(atlas: AtlasData): Promise<Engine> {
  const data = new Atlas(atlas, await Ledger.unpack(atlas.ledger));
  const checker = new Checker(data);
  const check = (question: Question): VerdictRecord => checker.check(readQuestion(question, data));
  const answer = (question: Question): Answer => {
    try {
      return check(question);
    } catch (error) {
      if (error instanceof ReadingError) return error;
      throw error;
    }
  };
  return {
    atlas,
    check,
    checkMany: (questions) => Array.from(questions, answer),
  };
}
