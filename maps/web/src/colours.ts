/** The colours of zones: their own, or by who guarantees, the round, or the phase. */

import type { Atlas, Zone } from "./atlas";
import type { Tint } from "./generated/payload";
import type { State } from "./state";
import type { Words } from "./words";

export type { Tint } from "./generated/payload";

const PHASES = ["declared", "arranged", "contested"];
const NONE: Tint = { colour: "var(--ink-2)", ink: "var(--ink-2)", angle: 20 };

export class Colours {
  readonly #guarantors: string[];
  readonly #rounds: string[];

  constructor(
    private readonly atlas: Atlas,
    readonly palette: Tint[],
    private readonly words: Words,
  ) {
    // In the order in which they first came into force: a colour means the same on every day.
    const agreements = atlas.data.agreements.filter((one) => one.from !== null);
    const groups = agreements.flatMap(({ zones, from }) =>
      zones.map((zone) => atlas.answering(zone, from!).guarantors.join()),
    );
    this.#guarantors = [...new Set(groups)];
    this.#rounds = [...new Set(agreements.flatMap((one) => (one.round ? [one.round] : [])))];
  }

  of(zone: Zone, state: State): Tint {
    if (state.colour === "zone") return zone;
    const at = this.#list(state).indexOf(this.#group(zone, state));
    return (at < 0 ? undefined : this.palette[at % this.palette.length]) ?? NONE;
  }

  /** What the colours mean that are on the map; nothing where each zone has its own. */
  key(state: State): { tint: Tint; text: string }[] {
    if (state.colour === "zone") return [];
    const seen = new Map<string, { tint: Tint; text: string }>();
    for (const zone of this.atlas.data.zones) {
      if (!this.atlas.inForce(zone.id, state.date)) continue;
      const group = this.#group(zone, state);
      seen.set(group, { tint: this.of(zone, state), text: this.#name(group, state) });
    }
    return [...seen.values()];
  }

  #list(state: State): string[] {
    if (state.colour === "phase") return PHASES;
    return state.colour === "round" ? this.#rounds : this.#guarantors;
  }

  #group(zone: Zone, state: State): string {
    if (state.colour === "phase") return this.atlas.span(zone.id, state.date)?.phase ?? "";
    const { round, guarantors } = this.atlas.answering(zone.id, state.date);
    return (state.colour === "round" ? round : guarantors.join()) ?? "";
  }

  #name(group: string, state: State): string {
    const { atlas, words } = this;
    if (group === "") return words.say("page.none_named");
    if (state.colour === "phase") return words.say(`phase.${group}`);
    if (state.colour === "round") return words.name(atlas.round(group)?.name ?? { en: group });
    const names = group.split(",").map((id) => words.name(atlas.actor(id)));
    return names.join(" · ");
  }
}
