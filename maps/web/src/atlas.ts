/** What the page knows, and what of it holds on a day. */

import type { Day } from "./days";
import type {
  Agreement,
  Area,
  Estimate,
  Extent,
  Phase,
  Post,
  Round,
  Zone,
  Zones as AtlasData,
} from "./generated/payload";
import { type Answering, answering } from "./engine/terms";
import { decodeRing, type Ring } from "./rings";
import { BOTH, type State } from "./state";
import type { Text } from "./words";

export type {
  Agreement,
  Boundary,
  Estimate,
  Extent,
  Incident,
  Phase,
  PhaseName,
  Post,
  Round,
  Source,
  Zone,
  Zones as AtlasData,
} from "./generated/payload";

/** What is known where nothing is. */
export const NOTHING: AtlasData = {
  zones: [],
  scale: 1,
  rings: [],
  extents: [],
  phases: [],
  agreements: [],
  rounds: [],
  boundaries: [],
  actors: {},
  sources: {},
};

/** One phase of one zone, with the day it ends. */
export interface Span extends Phase {
  to: Day | null;
  toPrecision: string | null;
}

function holds(item: { from: Day | null; to: Day | null }, day: Day): boolean {
  return (item.from === null || item.from <= day) && (item.to === null || day < item.to);
}

export class Atlas {
  readonly spans: Span[];
  readonly #decoded = new Map<number, Ring>();

  constructor(
    readonly data: AtlasData,
    /** The areas that answers tell of, where the page can answer. */
    readonly areas: readonly Area[] = [],
  ) {
    this.spans = data.phases.map((phase, index) => {
      const next = data.phases[index + 1];
      const after = next?.zone === phase.zone ? next : undefined;
      return { ...phase, to: after?.from ?? null, toPrecision: after?.precision ?? null };
    });
  }

  /** The first day and the last of the years about the zones' own, one year of each side. */
  years(): [first: Day, last: Day] {
    const days = this.spans.flatMap((span) => (span.from === null ? [] : [span.from])).sort();
    const year = (day: Day | undefined): number => Number((day ?? "2000").slice(0, 4));
    return [`${year(days[0]) - 1}-01-01`, `${year(days.at(-1)) + 1}-12-31`];
  }

  zone(id: string): Zone | undefined {
    return this.data.zones.find((zone) => zone.id === id);
  }

  /** What an actor is called; one that is not known by its id. */
  actor(id: string): Text {
    return this.data.actors[id] ?? { en: id };
  }

  /** The phase of a zone on a day. */
  span(zone: string, day: Day): Span | undefined {
    return this.spans.find((span) => span.zone === zone && holds(span, day));
  }

  inForce(zone: string, day: Day): boolean {
    const phase = this.span(zone, day)?.phase;
    return phase === "declared" || phase === "arranged" || phase === "contested";
  }

  /** The first day on which as many zones are drawn as on any. */
  fullestDay(): Day | undefined {
    const days = [...new Set(this.data.extents.map(({ from }) => from))].sort();
    const drawn = (day: Day): number =>
      this.data.zones.filter(({ id }) => {
        const extents = this.data.extents.filter(({ zone }) => zone === id);
        return this.inForce(id, day) && extents.some((extent) => holds(extent, day));
      }).length;
    const counts = days.map(drawn);
    return days[counts.indexOf(Math.max(...counts))];
  }

  /** The day the zone came into force, and the day it ended. */
  life(zone: string): { from: Day | null; to: Day | null } {
    const spans = this.spans.filter((span) => span.zone === zone);
    return {
      from: spans.find((span) => span.from !== null)?.from ?? null,
      to: spans.find((span) => span.phase === "ended")?.from ?? null,
    };
  }

  /** Whether a post stood on a day; while a day is not known, its zone's force stands for it. */
  stood(post: Post, day: Day): boolean {
    const known = post.from !== null && post.to !== null;
    return !post.planned && holds(post, day) && (known || this.inForce(post.zone, day));
  }

  /**
   * An extent on the state's day, by a boundary or by the state's, the first where it shows both.
   *
   * Where the state's boundary does not draw the zone on the day, the first stands for it.
   */
  extent(
    zone: string,
    estimate: Estimate,
    state: Pick<State, "date" | "boundary">,
    boundary?: string,
  ): Extent | undefined {
    const drawn = (id: string | undefined): Extent | undefined =>
      this.data.extents.find(
        (extent) =>
          extent.zone === zone &&
          extent.estimate === estimate &&
          extent.boundary === id &&
          holds(extent, state.date),
      );
    if (boundary !== undefined) return drawn(boundary);
    return drawn(this.boundary(state)) ?? drawn(this.data.boundaries[0]?.id);
  }

  /**
   * The best outline of a zone that is not in force: the first before it was, the last since then.
   */
  idle(zone: string, state: Pick<State, "date" | "boundary">): Extent | undefined {
    const { from } = this.life(zone);
    const drawn = (id: string | undefined): Extent[] =>
      this.data.extents.filter(
        (one) => one.zone === zone && one.estimate === "best" && one.boundary === id,
      );
    const own = drawn(this.boundary(state));
    const extents = own.length ? own : drawn(this.data.boundaries[0]?.id);
    return from !== null && state.date < from ? extents[0] : extents.at(-1);
  }

  /** The extent that stood before one, by the same boundary and estimate. */
  before({ zone, boundary, estimate, from }: Extent): Extent | undefined {
    return this.data.extents.find(
      (one) =>
        one.zone === zone &&
        one.boundary === boundary &&
        one.estimate === estimate &&
        one.to === from,
    );
  }

  /** The boundary that counts where the state shows more than one. */
  boundary(state: Pick<State, "boundary">): string {
    return state.boundary === BOTH ? (this.data.boundaries[0]?.id ?? "") : state.boundary;
  }

  /** Polygons of rings of an extent, decoded once. */
  polygons(extent: Extent | undefined): Ring[][] {
    return (extent?.polygons ?? []).map((rings) => rings.map((index) => this.#ring(index)));
  }

  /** Agreements in force for the zone on the day, the newest first; the data hold them by age. */
  agreements(zone: string, day: Day): Agreement[] {
    return this.data.agreements
      .filter((one) => one.from !== null && one.zones.includes(zone) && holds(one, day))
      .reverse();
  }

  /** Who answers for the zone on the day. */
  answering(zone: string, day: Day): Answering {
    return answering(this.agreements(zone, day).reverse());
  }

  round(id: string | null | undefined): Round | undefined {
    return this.data.rounds.find((round) => round.id === id);
  }

  #ring(index: number): Ring {
    let ring = this.#decoded.get(index);
    if (!ring) {
      ring = decodeRing(this.data.rings[index] ?? "", this.data.scale);
      this.#decoded.set(index, ring);
    }
    return ring;
  }
}
