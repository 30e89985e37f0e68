"""A folium map that needs no network, has the same bytes each time, and a content policy."""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import folium
import jinja2
from branca.element import Element, Figure, Link, MacroElement
from folium.template import Template
from markupsafe import Markup

from geodata.errors import PageError, says_its_arguments
from geodata.whole import write_whole
from maps.page.document import Document, bundle
from maps.page.foreign import Bound, LayerMarkup, needs_network, tame, walk
from maps.page.payload import Payload, Settings
from maps.style import dark_stylesheet, stylesheet


class Data(MacroElement):
    """One kind of data that a map draws; `payload` goes into the page as JSON.

    Kinds are `base`, `zones`, `posts`, `incidents`, `points` and `checker`.
    """

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "dezone.add({{ this._parent.get_name() }}, {{ this.kind|tojson }},"
        " {{ this.get_name()|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, kind: str, payload: Payload | Sequence[Payload]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has no types here
        self._name = f"dezone_{kind}"
        self.kind = kind
        self.payload = payload


class _Page(Figure):
    """The document around a map; in whatever way folium renders it, it is the offline page."""

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
        What the page's script draws the map from.
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
        settings: Settings | None = None,
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
        self.settings = settings
        self.title = title
        self.description = description
        self.lang = lang
        self.direction = direction
        self.dataset = dataset
        self.plain: Markup | None = None  # what the page says where no script runs
        self.picture: str | None = None  # the name of one beside the page, for links to it
        self.sources = tuple(sources)
        _Page().add_child(self)


@says_its_arguments
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
    root = map.get_root() if isinstance(map, Element) else None
    if not isinstance(map, OfflineMap) or not isinstance(root, _Page):
        raise PageError(
            f"expected a map of maps.draw_map, found a {type(map).__name__} in a "
            f"{type(root).__name__}; draw the zones first and add your layers to that map."
        )
    return _render(root, title=title, description=description, lang=lang)


@says_its_arguments
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
    # Rendering edits the tree, and the user's map stays as it was; what is drawn is only read.
    figure = copy.deepcopy(page, _payloads(page))
    chart = next(child for child in figure._children.values() if isinstance(child, OfflineMap))
    tame(figure)
    parts = _parts(figure)
    elements = list(walk(figure))
    names = _Names(elements)
    header, body, script = (names.number(part) for part in parts)
    own = [element for element in elements if isinstance(element, Data | Bound)]
    data: dict[str, Any] = {names.number(f"{chart.get_name()}-settings"): chart.settings}
    data |= {names.number(element.get_name()): element.payload for element in own}
    markup = LayerMarkup(header, body)
    return Document(
        lang=chart.lang if lang is None else lang,
        direction=chart.direction,
        kind="map" if chart.settings is None else chart.settings.sheets,
        title=chart.title if title is None else title,
        description=chart.description if description is None else description,
        style=stylesheet() + dark_stylesheet() + bundle("page.css"),
        dataset=chart.dataset,
        plain=chart.plain,
        picture=chart.picture,
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


def _payloads(page: _Page) -> dict[int, object]:
    """Return what `copy.deepcopy` is to leave as it is."""
    return {id(one.payload): one.payload for one in walk(page) if isinstance(one, Data | Bound)}


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
        raise needs_network("a link in the page's head", element.url)
    return str(element.render()).strip()


class _Names:
    """Names of elements by their order in the page, since folium's are random."""

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
