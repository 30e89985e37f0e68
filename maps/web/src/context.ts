/** What the layers and panels of one map share. */

import type L from "leaflet";

import type { Atlas } from "./atlas";
import type { Colours } from "./colours";
import type { Facts } from "./facts";
import type { Room } from "./map/room";
import type { State } from "./state";
import type { TypedDays } from "./timeline/typed";
import type { Words } from "./words";

export interface Context {
  readonly map: L.Map;
  readonly words: Words;
  readonly atlas: Atlas;
  readonly facts: Facts;
  readonly colours: Colours;
  readonly room: Room;
  readonly typed: TypedDays;
  /** What is shown, as the part of the page's address after its file. */
  address(): string;
  /** Change what is shown, draw it, and write it into the address. */
  show(change: Partial<State>): void;
}
