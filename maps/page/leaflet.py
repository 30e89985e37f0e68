"""A folium map that needs no network, says the same every time, and is locked by a policy."""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar

import folium
import jinja2
from branca.element import Element, Figure, Html, Link
from folium.elements import JSCSSMixin
from folium.features import ClickForMarker, CustomIcon, DivIcon, GeoJsonDetail, GeoJsonPopup
from folium.map import Popup, Tooltip
from folium.raster_layers import ImageOverlay, TileLayer, VideoOverlay, WmsTileLayer
from folium.template import Template
from markupsafe import Markup

from geodata.errors import PageError
from geodata.whole import write_whole
from maps.page.document import Document, bundle
from maps.page.layers import Bound, Data
from maps.style import stylesheet

__all__ = ["OfflineMap", "render_page", "write_page"]


class _Page(Figure):
    """The document around a map; however folium is asked for it, it is the offline page."""

    def render(self, **kwargs: Any) -> str:
        return _render(self)

    def _repr_html_(self, **kwargs: Any) -> str:
        page = html.escape(self.render())
        return (
            f'<iframe srcdoc="{page}" width="100%" height="560" '
            'style="border:none;border-radius:8px"></iframe>'
        )


class OfflineMap(folium.Map):
    """A folium map that loads nothing from the network.

    Layers of folium may be added as to any map. Their text is shown as text, their pins are drawn
    by the page itself, and what would need the network is refused when the page is rendered.

    Parameters
    ----------
    settings
        What the page's script draws from: words, state, bounds (`maps/web/src/view.ts`).
    title, description, lang, direction
        Of the page.
    dataset
        What the page shows, in JSON-LD.
    sources
        Where pictures may be loaded from, besides the page itself; nowhere by default.
    """

    # Own lists: `add_js_link` would edit the ones shared by every folium.Map.
    default_js: list[tuple[str, str]] = []  # noqa: RUF012  (folium's word for it)
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    _template = Template(
        "{% macro html(this, kwargs) %}"
        '<main><div class="folium-map" id={{ this.get_name()|tojson }}></div></main>'
        "{% endmacro %}"
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = dezone.map({{ this.get_name()|tojson }},"
        " {{ this.options|tojavascript }});\n"
        "{% if this.objects_to_stay_in_front %}"
        '{{ this.get_name() }}.on("overlayadd", function () { '
        "{% for one in this.objects_to_stay_in_front %}"
        "{{ one.get_name() }}.bringToFront();"
        "{% endfor %} });\n"
        "{% endif %}"
        "{% endmacro %}"
    )

    def __init__(
        self,
        settings: Mapping[str, Any] | None = None,
        *,
        title: str = "",
        description: str = "",
        lang: str = "en",
        direction: str = "ltr",
        dataset: Mapping[str, Any] | None = None,
        sources: Sequence[str] = (),
    ) -> None:
        self.default_js, self.default_css = [], []
        super().__init__(location=(0.0, 0.0), tiles=None)
        self.options = {}
        self.settings = dict(settings or {})
        self.title = title
        self.description = description
        self.lang = lang
        self.direction = direction
        self.dataset = dataset
        self.sources = tuple(sources)
        _Page().add_child(self)


def render_page(
    map: folium.Map,
    *,
    title: str | None = None,
    description: str | None = None,
    lang: str | None = None,
) -> str:
    """Return the map as one HTML document that needs no network; the same bytes each time.

    Raises
    ------
    PageError
        A layer needs the network, or holds what the page would have to run as code.
    """
    root = map.get_root()
    if not isinstance(map, OfflineMap) or not isinstance(root, _Page):
        raise PageError(
            f"expected a map of maps.draw_map, found a {type(map).__name__} in a "
            f"{type(root).__name__}; draw the zones first and add your layers to that map."
        )
    return _render(root, title=title, description=description, lang=lang)


def write_page(
    map: folium.Map,
    path: str | Path,
    *,
    title: str | None = None,
    description: str | None = None,
    lang: str | None = None,
) -> Path:
    """Write the map as one HTML file, whole or not at all, and return its path.

    Raises
    ------
    PageError
        As `render_page`, or the file cannot be written.
    """
    page = render_page(map, title=title, description=description, lang=lang)
    return write_whole(Path(path), page.encode("utf-8"))


# -- from the tree of elements to text ------------------------------------------------------


def _render(
    page: _Page,
    *,
    title: str | None = None,
    description: str | None = None,
    lang: str | None = None,
) -> str:
    figure = copy.deepcopy(page)  # rendering edits the tree; the user's map stays as it was
    chart = next(child for child in figure._children.values() if isinstance(child, OfflineMap))
    _tame(figure)
    parts = _parts(figure)
    elements = list(_walk(figure))
    names = _Names(elements)
    header, body, script = (names.number(part) for part in parts)
    own = [element for element in elements if isinstance(element, Data | Bound)]
    data: dict[str, Any] = {names.number(f"{chart.get_name()}-settings"): chart.settings}
    data |= {names.number(element.get_name()): element.payload for element in own}
    markup = _Markup()
    markup.feed(header)
    markup.feed(body)
    markup.close()
    return Document(
        lang=chart.lang if lang is None else lang,
        direction=chart.direction,
        kind="page" if chart.settings.get("sheets") == "page" else "map",
        title=chart.title if title is None else title,
        description=chart.description if description is None else description,
        style=stylesheet() + bundle("page.css"),
        dataset=chart.dataset,
        head=Markup(header),  # noqa: S704  (what folium and the map's author put there, looked at)
        body=Markup(body),  # noqa: S704
        data=data,
        scripts=[bundle("page.js"), script],
        inner_scripts=markup.scripts,
        inner_styles=markup.styles,
        images=chart.sources,
        # The checker's worker is made of text inside the page's own script.
        worker=any(isinstance(element, Data) and element.kind == "checker" for element in own),
    ).render()


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for child in list(element._children.values()):
        yield from _walk(child)


def _parts(figure: _Page) -> tuple[str, str, str]:
    """Render the elements and return what they put into head, body and script."""
    try:
        for child in list(figure._children.values()):
            child.render()
    except jinja2.TemplateError as error:
        raise PageError(
            "expected text in the layers of the map, found '{{', '{%' or '{#' in one of them, "
            f"which folium reads as a template ({error.message}); show such text in a "
            "folium.Popup or folium.Tooltip."
        ) from error
    header, body, script = (
        "".join(_raw(child) + "\n" for name, child in part._children.items() if name != "meta_http")
        for part in (figure.header, figure.html, figure.script)
    )
    return header, body, script


def _raw(element: Element) -> str:
    # folium wraps rendered text into an Element, which would render it once more: text that reads
    # as a template would run.
    if type(element) is Element and element._template_str is not None:
        return element._template_str.strip()
    if isinstance(element, Link):
        raise _network("a link in the page's head", element.url)
    return str(element.render()).strip()


class _Names:
    """Names of elements by their order in the page: folium's are random."""

    def __init__(self, elements: list[Element]) -> None:
        self._known = {element._id for element in elements}
        self._numbers: dict[str, str] = {}

    def number(self, text: str) -> str:
        return re.sub(r"[0-9a-f]{32}", self._replace, text)

    def _replace(self, match: re.Match[str]) -> str:
        name = match[0]
        if name not in self._known:
            return name
        return self._numbers.setdefault(name, str(len(self._numbers) + 1))


# -- what a page may hold -------------------------------------------------------------------


def _network(layer: str, address: str) -> PageError:
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


def _tame(figure: _Page) -> None:
    """Replace what would run foreign text by our own elements; refuse what needs the network."""
    for element in list(_walk(figure)):
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
    for element in _walk(figure):
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
        return Bound("popup", {"text": text, "options": _camel(options), "show": bool(child.show)})
    if isinstance(child, Tooltip):
        return Bound("tooltip", {"text": child.text, "options": _camel(child.options)})
    if isinstance(child, GeoJsonDetail):
        fields = [str(field) for field in child.fields]
        labels = [str(alias) for alias in child.aliases] if child.labels else []
        options = getattr(child, "popup_options", None) or getattr(child, "tooltip_options", {})
        kind = "popup" if isinstance(child, GeoJsonPopup) else "tooltip"
        plain = {k: v for k, v in dict(options).items() if isinstance(v, bool | int | float)}
        payload = {"kind": kind, "fields": fields, "labels": labels, "options": _camel(plain)}
        return Bound("details", payload)
    if isinstance(child, DivIcon):
        options = {k: v for k, v in child.options.items() if k in ("icon_size", "icon_anchor")}
        text = html.unescape(re.sub(r"<[^<>]*>", " ", str(child.options.get("html") or ""))).strip()
        return Bound("icon", {"text": text, "options": _camel(options)})
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
            raise _network(_named(element), address)
    if isinstance(element, TileLayer):
        raise _network(_named(element), element.tiles)
    if isinstance(element, WmsTileLayer | ImageOverlay) and _is_remote(element.url):
        raise _network(_named(element), element.url)
    if isinstance(element, VideoOverlay):
        raise _network(_named(element), str(element.video_url))
    if isinstance(element, folium.GeoJson) and not element.embed:
        raise _network(_named(element), str(element.embed_link))
    if isinstance(element, CustomIcon):
        for key in ("icon_url", "shadow_url"):
            if _is_remote(element.options.get(key) or ""):
                raise _network(_named(element), str(element.options[key]))


class _Markup(HTMLParser):
    """The markup that layers put into the page: its scripts and styles, and nothing from afar."""

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

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self._inside: str | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name in self.LOADING.get(tag, ()):
            if name in given and _is_remote(given[name]):
                raise _network(f"a <{tag}> of the page", given[name])
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
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self._inside:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag != self._inside:
            return
        text = "".join(self._text)
        if tag == "style":
            for address in re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")\s;]+)", text):
                if _is_remote(address):
                    raise _network("a <style> of the page", address)
            self.styles.append(text)
        else:
            self.scripts.append(text)
        self._inside = None
