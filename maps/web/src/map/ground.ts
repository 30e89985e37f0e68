/** Lines and areas that are drawn anew only when the map leaves what is drawn of them. */

import L from "leaflet";

/** What Leaflet's drawing in SVG has inside. */
interface Inside {
  _bounds?: L.Bounds;
  _update(): void;
  _reset(): void;
  _onZoomEnd(): void;
}

const Drawing = L.SVG as unknown as new (options: L.RendererOptions) => L.SVG & Inside;

/**
 * Leaflet draws all paths with every move, and up to three times with a zoom. Ours are drawn once
 * a zoom; a move draws them only where it leads beyond the padding around the view, up to which
 * they are drawn already.
 */
export class Ground extends Drawing {
  #drawn: { zoom: number; origin: L.Point; size: L.Point } | null = null;

  constructor(
    private readonly map: L.Map & { _animatingZoom?: boolean },
    options: L.RendererOptions,
  ) {
    super(options);
  }

  override _update(): void {
    const { map } = this;
    if ((map._animatingZoom && this._bounds) || this.#holds()) return;
    super._onZoomEnd(); // places of paths count from the map's origin, which may have moved
    this.#drawn = { zoom: map.getZoom(), origin: map.getPixelOrigin(), size: map.getSize() };
    super._update();
  }

  /** Leaflet says "moveend" before "viewreset": then all is drawn. */
  override _reset(): void {
    this._update();
  }

  override _onZoomEnd(): void {
    // "moveend" follows at once, and draws.
  }

  #holds(): boolean {
    if (!this.#drawn || !this._bounds) return false;
    const { zoom, origin, size } = this.#drawn;
    const { map } = this;
    const view = L.bounds(
      map.containerPointToLayerPoint([0, 0]),
      map.containerPointToLayerPoint(map.getSize()),
    );
    return (
      zoom === map.getZoom() &&
      origin.equals(map.getPixelOrigin()) &&
      size.equals(map.getSize()) &&
      this._bounds.contains(view)
    );
  }
}
