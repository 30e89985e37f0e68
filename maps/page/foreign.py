"""What layers of folium may bring into a page: text that stays text, and nothing remote.

Foreign text in popups, tooltips, icons and features goes into the page as JSON, from which its
script makes text nodes; whatever folium would insert as markup or code is replaced or refused.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any, ClassVar

import folium
from branca.element import Element, Figure, Html, MacroElement
from folium.elements import JSCSSMixin
from folium.features import ClickForMarker, CustomIcon, DivIcon, GeoJsonDetail, GeoJsonPopup
from folium.map import Popup, Tooltip
from folium.raster_layers import ImageOverlay, TileLayer, VideoOverlay, WmsTileLayer
from folium.template import Template

from geodata.errors import PageError
from maps.page.payload import Details, Payload
from maps.page.payload import Popup as PopupText
from maps.page.payload import Tooltip as Label


class Bound(MacroElement):
    """Foreign text bound to a layer: a popup, a tooltip, an icon or a feature's fields."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "{% if this.kind == 'icon' %}"
        "var {{ this.get_name() }} = dezone.icon({{ this.get_name()|tojson }});"
        "{% else %}"
        "dezone.{{ this.kind }}({{ this._parent.get_name() }}, {{ this.get_name()|tojson }});"
        "{% endif %}"
        "{% endmacro %}"
    )

    def __init__(self, kind: str, payload: Payload) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has no types here
        self._name = f"dezone_{kind}"
        self.kind = kind
        self.payload = payload


def walk(element: Element) -> Iterator[Element]:
    """Yield an element and all elements in it."""
    yield element
    for child in list(element._children.values()):
        yield from walk(child)


def needs_network(layer: str, address: str) -> PageError:
    """Return the error that a layer would load something."""
    return PageError(
        f"expected a page that needs no network, found {address} in {layer}; "
        "leave that layer out, or put its data into the page."
    )


def _named(element: Element) -> str:
    name = getattr(element, "layer_name", None)
    kind = type(element).__name__
    return f"{kind} {name!r}" if name and element._id not in name else kind


def _is_remote(address: object) -> bool:
    text = str(address).strip().lower()
    return not text.startswith(("data:", "#")) and text != ""


def tame(figure: Figure) -> None:
    """Replace what would run foreign text with our own elements; refuse what needs the network."""
    for element in list(walk(figure)):
        _refuse_network(element)
        if isinstance(element, ClickForMarker) and element.popup.startswith("`"):
            raise PageError(
                "expected text, found a ClickForMarker with text of its own, which folium runs as "
                "code; leave its popup out."
            )
        for key, child in list(element._children.items()):
            safe = _safe(child)
            if safe is None:
                continue
            safe._name, safe._id, safe._parent = child._name, child._id, element
            element._children[key] = safe
            if isinstance(element, folium.Marker) and element.icon is child:
                element.icon = safe
    for element in walk(figure):
        # GeoJson keeps its marker aside, with an icon that the page has to draw.
        icon = getattr(getattr(element, "marker", None), "icon", None)
        if isinstance(icon, DivIcon | CustomIcon):
            raise PageError(
                f"expected folium.Icon or none for the markers of {_named(element)}, found a "
                f"{type(icon).__name__}; give them a folium.CircleMarker or folium.Icon."
            )


def _safe(child: Element) -> Bound | None:
    if isinstance(child, Popup):
        options = {key: value for key, value in child.options.items() if not isinstance(value, str)}
        text = _popup_text(child)
        said = PopupText(text=text, options=_camel(options), show=bool(child.show))
        return Bound("popup", said)
    if isinstance(child, Tooltip):
        return Bound("tooltip", Label(text=child.text, options=_camel(child.options)))
    if isinstance(child, GeoJsonDetail):
        options = getattr(child, "popup_options", None) or getattr(child, "tooltip_options", {})
        plain = {k: v for k, v in dict(options).items() if isinstance(v, bool | int | float)}
        return Bound(
            "details",
            Details(
                kind="popup" if isinstance(child, GeoJsonPopup) else "tooltip",
                fields=[str(field) for field in child.fields],
                labels=[str(alias) for alias in child.aliases] if child.labels else [],
                options=_camel(plain),
            ),
        )
    if isinstance(child, DivIcon):
        options = {k: v for k, v in child.options.items() if k in ("icon_size", "icon_anchor")}
        text = html.unescape(re.sub(r"<[^<>]*>", " ", str(child.options.get("html") or ""))).strip()
        return Bound("icon", Label(text=text, options=_camel(options)))
    return None


def _camel(options: Mapping[str, Any]) -> dict[str, Any]:
    return {re.sub(r"_([a-z])", lambda m: m[1].upper(), k): v for k, v in options.items()}


def _popup_text(popup: Popup) -> str:
    texts = []
    for content in popup.html._children.values():
        if not isinstance(content, Html):
            raise PageError(
                f"expected text in a folium.Popup, found a {type(content).__name__}, which the "
                "page would have to run; give the popup a string."
            )
        texts.append(content.data.replace("\\`", "`"))  # folium escaped it for its own script
    return "\n".join(texts)


def _refuse_network(element: Element) -> None:
    if isinstance(element, JSCSSMixin):
        for _, address in (*element.default_js, *element.default_css):
            raise needs_network(_named(element), address)
    if isinstance(element, TileLayer):
        raise needs_network(_named(element), element.tiles)
    if isinstance(element, WmsTileLayer | ImageOverlay) and _is_remote(element.url):
        raise needs_network(_named(element), element.url)
    if isinstance(element, VideoOverlay):
        raise needs_network(_named(element), str(element.video_url))
    if isinstance(element, folium.GeoJson) and not element.embed:
        raise needs_network(_named(element), str(element.embed_link))
    if isinstance(element, CustomIcon):
        for key in ("icon_url", "shadow_url"):
            if _is_remote(element.options.get(key) or ""):
                raise needs_network(_named(element), str(element.options[key]))


class LayerMarkup(HTMLParser):
    """The markup that layers put into the page: its scripts and styles, and nothing remote."""

    LOADING: ClassVar[dict[str, tuple[str, ...]]] = {
        "audio": ("src",),
        "embed": ("src",),
        "frame": ("src",),
        "iframe": ("src", "srcdoc"),
        "image": ("href", "xlink:href"),
        "img": ("src", "srcset"),
        "input": ("src",),
        "link": ("href",),
        "object": ("data",),
        "script": ("src",),
        "source": ("src", "srcset"),
        "track": ("src",),
        "use": ("href", "xlink:href"),
        "video": ("src", "poster"),
    }

    def __init__(self, *parts: str) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self._inside: str | None = None
        self._text: list[str] = []
        for part in parts:
            self.feed(part)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Refuse what the policy would block; note where a script or a style begins."""
        given = {name: value or "" for name, value in attrs}
        for name in self.LOADING.get(tag, ()):
            if name in given and _is_remote(given[name]):
                raise needs_network(f"a <{tag}> of the page", given[name])
        for name, value in given.items():
            code = name.startswith("on") or value.strip().lower().startswith("javascript:")
            if code or name == "style":
                raise PageError(
                    f"expected markup without code or style in its attributes, found {name}="
                    f"{value[:60]!r} in a <{tag}>; the page's policy blocks it: put styles into a "
                    "<style> element."
                )
        if tag == "meta" and "http-equiv" in given:
            raise PageError(
                f"expected no <meta http-equiv> from a layer, found {given['http-equiv']!r}; "
                "the page sets its own policy: leave it out."
            )
        if tag in ("script", "style"):
            self._inside, self._text = tag, []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check an element that closes itself."""
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        """Keep the text of a script or a style."""
        if self._inside:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Keep a script or a style that ends; refuse a style that loads something."""
        if tag != self._inside:
            return
        text = "".join(self._text)
        if tag == "style":
            for address in re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")\s;]+)", text):
                if _is_remote(address):
                    raise needs_network("a <style> of the page", address)
            self.styles.append(text)
        else:
            self.scripts.append(text)
        self._inside = None
