/** What a map is told of itself by the page that holds it: `maps/page/site.py` writes it. */

import type { Tint } from "./colours";
import type { PanelSettings } from "./panels/panels";
import type { Bounds } from "./rings";
import type { State } from "./state";
import type { Text, Tree } from "./words";

export interface Settings extends PanelSettings {
  /** The words of each language. */
  readonly languages: Readonly<Record<string, Tree>>;
  /** What is shown where the address says nothing. */
  readonly state: State;
  /** What the window of the browser is called. */
  readonly head: Text;
  readonly description: Text;
  /** Colours beyond the zones' own, for other colourings. */
  readonly palette: Tint[];
  /** A page has all its panels; a map in a notebook has the legend alone. */
  readonly sheets: "page" | "map";
  /** What is to be seen, and the ground that the base map covers. */
  readonly fit: Bounds;
  readonly edge: Bounds;
}
