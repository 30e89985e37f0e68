"""An online background for those who want one, and what it costs them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from geodata.errors import PageError
from maps.page.payload import Tiles


@dataclass(frozen=True, slots=True)
class Background:
    """Tiles of a server: Leaflet's address of them, and the servers they come from."""

    name: str
    url: str
    subdomains: str
    attribution: str
    max_zoom: int

    @property
    def origins(self) -> tuple[str, ...]:
        """Schemes and hosts that the page has to be allowed to load from."""
        hosts = [self.url.replace("{s}", one) for one in self.subdomains or " "]
        return tuple(dict.fromkeys("://".join(urlsplit(url)[:2]) for url in hosts))

    @property
    def host(self) -> str:
        """The server's name, as one tells it to a person."""
        return re.sub(r"^\{s\}\.", "", urlsplit(self.url).netloc)

    def settings(self) -> Tiles:
        """Return what the page's script needs."""
        return Tiles(
            url=self.url,
            subdomains=self.subdomains,
            attribution=self.attribution,
            max_zoom=self.max_zoom,
            host=self.host,
        )


def background(name: str) -> Background:
    """Return the tiles that xyzservices knows by a name like ``OpenStreetMap.Mapnik``.

    Raises
    ------
    PageError
        There are none of that name, or they need a key, or come without https.
    """
    from xyzservices import providers

    try:
        found = providers.query_name(name)
    except ValueError as error:
        raise PageError(
            f"expected the name of tiles that xyzservices knows, such as OpenStreetMap.Mapnik or "
            f"OpenTopoMap, found {name!r}; choose one of its list."
        ) from error
    if found.requires_token():
        raise PageError(
            f"expected tiles that need no key, found {found.name}, which does; a page would give "
            "the key away: choose others."
        )
    subdomains = "".join(found.get("subdomains", "abc"))
    ext = {key: str(found[key]) for key in ("variant", "ext", "format") if key in found}
    url = str(found.url)
    for key, value in {**{k: str(v) for k, v in found.items()}, **ext, "r": ""}.items():
        if key not in ("s", "x", "y", "z", "url"):
            url = url.replace(f"{{{key}}}", value)
    if not url.startswith("https://") or re.sub(r"\{[sxyz]\}", "", url).count("{"):
        raise PageError(
            f"expected tiles with a plain https address, found {url} for {found.name}; "
            "choose others."
        )
    if "{s}" not in url:
        subdomains = ""
    return Background(
        name=found.name,
        url=url,
        subdomains=subdomains,
        attribution=html.unescape(re.sub(r"<[^<>]*>", "", str(found.attribution))),
        max_zoom=int(found.get("max_zoom", 18)),
    )
