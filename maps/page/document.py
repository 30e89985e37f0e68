"""The document around every page: one file that loads nothing, as its content policy demands.

Markup is made from templates (``maps/page/templates``), and text gets into them only here: whatever
is not our own markup is escaped, JSON cannot end its script, and neither a script nor a style can
end its element.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup

from geodata.errors import PageError

# The last turn the direction of all that follows, of a page's source too.
_ESCAPES = {char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029\u202a\u202b\u202c\u202d\u202e"}


@dataclass(frozen=True, kw_only=True)
class Document:
    """A page, and all that it may run, show and load.

    Attributes
    ----------
    lang, direction
        Of its words; a direction other than ``rtl`` is ``ltr``.
    kind
        Class of the root and of the body.
    style, scripts
        Sources of its own; the policy names them by their hashes.
    head, body
        Markup, within which may stand the `inner_scripts` and `inner_styles`.
    data
        What scripts read, as JSON, by the id of its element.
    dataset
        What the page describes, in JSON-LD.
    picture
        Name of a picture beside the page, for those who show a link to it.
    images
        Where pictures may be loaded from, beside `data:` ones.
    icon
        Whether the page has an empty icon, so that no browser asks for one.
    plain
        What it says where no script runs.
    worker
        Whether its script may start a worker that is made of text.
    """

    lang: str
    direction: str
    title: str
    style: str
    body: Markup
    kind: str = ""
    description: str | None = None
    scripts: Sequence[str] = ()
    head: Markup = field(default_factory=Markup)
    data: Mapping[str, Any] = field(default_factory=dict)
    dataset: Mapping[str, Any] | None = None
    picture: str | None = None
    images: Sequence[str] = ()
    icon: bool = True
    worker: bool = False
    inner_scripts: Sequence[str] = ()
    inner_styles: Sequence[str] = ()
    plain: Markup | None = None

    def render(self) -> str:
        """Return the document.

        Raises
        ------
        PageError
            A script or a style would end its element.
        """
        page = render(
            "document.html",
            lang=self.lang,
            direction="rtl" if self.direction == "rtl" else "ltr",
            kind=self.kind,
            policy=self._policy(),
            icon=self.icon,
            title=self.title,
            description=self.description,
            picture=self.picture,
            style=source(self.style, "style"),
            dataset=self.dataset,
            head=self.head,
            body=self.body,
            plain=self.plain,
            data=self.data,
            scripts=[source(script, "script") for script in self.scripts],
        )
        return str(page)

    def _policy(self) -> Markup:
        scripts = [*self.scripts, *self.inner_scripts]
        styles = [self.style, *self.inner_styles]
        rules = ["default-src 'none'"]
        if scripts:
            rules.append(f"script-src {' '.join(map(source_hash, scripts))}")
        rules.append(f"style-src {' '.join(map(source_hash, styles))}")
        if self.icon:
            rules.append(" ".join(("img-src data:", *self.images)))
        if scripts:
            rules.append("connect-src 'none'")
        if self.worker:
            rules.append("worker-src blob:")
        text = "; ".join((*rules, "base-uri 'none'", "form-action 'none'"))
        if re.search('["<>&]', text):
            raise PageError(f"expected hosts of pictures, found {self.images!r}; name others.")
        return Markup(text)  # noqa: S704  (hashes, and hosts that end no attribute)


def escape(text: object) -> Markup:
    """Return text as markup that shows it, in an element or an attribute; markup as it is."""
    if isinstance(text, Markup):
        return text
    return Markup(html.escape(str(text)))  # noqa: S704  (escaped)


def render(template: str, **values: Any) -> Markup:
    """Return a filled template; a missing value is an error.

    The template is one of ``maps/page/templates``, or, with a package in front of its name
    (``dezone.report:report.html``), one of that package's.
    """
    return Markup(_templates().get_template(template).render(values))  # noqa: S704  (escaped)


def _template(name: str) -> str:
    package, _, file = name.rpartition(":")
    return files(package or "maps.page").joinpath("templates", file).read_text("utf-8")


@cache
def _templates() -> jinja2.Environment:
    found = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template),
        autoescape=True,
        finalize=escape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    found.filters["json"] = lambda value: Markup(to_json(value))  # noqa: S704  (see to_json)
    found.filters["shown"] = lambda text: Markup(html.escape(text, quote=False))  # noqa: S704
    return found


def to_json(value: object) -> str:
    """Return JSON that may stand inside a ``<script>``: no character of it can end the element."""
    plain = msgspec.to_builtins(value)
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # A lone surrogate is no text that UTF-8 can carry.
    text = text.encode("utf-8", "replace").decode()
    for char, escaped in _ESCAPES.items():  # `str.translate` takes ten times as long
        text = text.replace(char, escaped)
    return text


def source(text: str, tag: str) -> Markup:
    """Return a script or a style as the content of its element.

    Raises
    ------
    PageError
        An HTML parser would end the element within the text, or read what follows otherwise.
    """
    if found := re.search(rf"</{tag}|<!--|\r|\0", text, re.IGNORECASE):
        raise PageError(
            f"expected a {tag} that can stand in a page, found {found[0]!r} in it; take it out."
        )
    return Markup(text)  # noqa: S704  (cannot leave its element)


def bundle(name: str) -> str:
    """Return a part of the page's bundle, safe to stand in its element."""
    part = files("maps") / "static" / name
    try:
        text = part.read_text("utf-8")
    except OSError as error:
        raise PageError(
            f"expected the page's {name} in the package, found none; "
            "install dezone with pip, or run `npm ci && npm run build` in maps/web."
        ) from error
    # An HTML parser would end the element here; in strings of script the two read the same.
    return text.replace("</script", "<\\/script").strip()


def source_hash(text: str) -> str:
    """Return the hash by which a content policy names a script or a style."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
