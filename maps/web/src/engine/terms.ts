/** Who answers for a zone: what follows from the agreements that were in force together. */

import type { Arrangement } from "../generated/payload";

/** Round, guarantors and mediators of a zone's own arrangements, else of the memorandum. */
export interface Answering {
  readonly round: string | null;
  readonly guarantors: readonly string[];
  readonly mediators: readonly string[];
  /** Those of the memorandum. */
  readonly framework: readonly string[];
}

/** Return who answers for a zone by the agreements in force for it, oldest first. */
export function answering(agreements: readonly Arrangement[]): Answering {
  const framework = agreements.filter(({ kind }) => kind === "memorandum");
  const arranged = agreements.filter(({ kind }) => kind === "arrangement");
  const own = arranged.length ? arranged : framework;
  const each = (lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())];
  return {
    round: own.at(-1)?.round ?? null,
    guarantors: each(own.map(({ guarantors }) => guarantors)),
    mediators: each(own.map(({ mediators }) => mediators)),
    framework: each(framework.map(({ guarantors }) => guarantors)),
  };
}
