"""Markup of the pages of text: elements whose text is escaped, and words in every language."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import html
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zones.sentence import fill, say_days

if TYPE_CHECKING:
    from geodata.atlas import Atlas

__all__ = ["Content", "Markup", "Speaker", "el", "find", "join", "table", "to_json"]

_ESCAPES = str.maketrans(
    {
        "<": "\\u003c",
        ">": "\\u003e",
        "&": "\\u0026",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
)


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Content = str | Iterable["Content"] | None


def el(tag: str, *content: Content, **attributes: str | bool | None) -> Markup:
    """Return an element; what is no markup of ours is escaped."""
    marks = "".join(
        f" {name.rstrip('_').replace('_', '-')}"
        + ("" if value is True else f'="{html.escape(str(value))}"')
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    return Markup(f"<{tag}{marks}>{join(content)}</{tag}>")


def join(content: Content) -> str:
    """Return content as markup."""
    if content is None:
        return ""
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        return html.escape(content, quote=False)
    return "".join(join(part) for part in content)


class Speaker:
    """The languages of an atlas, said side by side; the style sheet shows one of them."""

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        self.words = {code: atlas.words(code) for code in atlas.meta.languages}

    def all(self, say: Callable[[str, Mapping[str, Any]], str]) -> Markup:
        """Return what `say` makes of each language and its words; once where they are the same."""
        said = {code: say(code, words) for code, words in self.words.items()}
        if len(set(said.values())) == 1:
            return Markup(join(next(iter(said.values()))))
        return Markup("".join(el("span", text, class_="w", lang=c) for c, text in said.items()))

    def word(self, key: str, **values: str) -> Markup:
        """Return a word by its key, such as ``page.title``, with its slots filled."""
        return self.all(lambda _, words: fill(find(words, key), values))

    def name(self, text: Mapping[str, str]) -> Markup:
        """Return a name that is given by language."""
        return self.all(lambda code, _: text[code])

    def day(self, day: dt.date | None, precision: str | None = None) -> Markup:
        """Return a day, or the month of a day known no better; a dash where there is none."""
        if day is None:
            return Markup("–")
        last = day
        if precision == "month":
            day = day.replace(day=1)
            last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        return self.days(day, last)

    def days(self, first: dt.date, last: dt.date) -> Markup:
        """Return an interval of days, first and last included."""
        return self.all(lambda _, words: say_days(words, first, last))

    def zones(self, ids: Sequence[str]) -> Markup:
        """Return the names of zones, each a link to its page of the site."""
        found = [self.atlas.zone(one) for one in ids]
        parts = [
            el("a", self.name(zone.name), href=f"{zone.id}.html", data_page=f"{zone.id}.html")
            for zone in found
        ]
        return Markup(" · ".join(parts))

    def confidence(self, value: str) -> Markup:
        """Return how sure a record is."""
        return el("span", self.word(f"confidence.{value}"), class_=f"confidence {value}")


def find(words: Mapping[str, Any], key: str) -> str:
    """Return a word of a language by its key."""
    node: Any = words
    for part in key.split("."):
        node = node[part]
    return str(node)


def table(
    caption: Content,
    heads: Sequence[Content],
    rows: Sequence[Sequence[Content]],
    *,
    titled: bool = False,
) -> Markup:
    """Return a table with a caption, in a box of its own that scrolls sideways.

    The first cell of a row is its head. A table that is titled stands below a heading that says
    the same: its caption is there for those who do not see the page.
    """
    label = f"table-{hashlib.sha256(join(caption).encode()).hexdigest()[:8]}"
    return el(
        "div",
        el(
            "table",
            el("caption", caption, id=label, class_="unseen" if titled else None),
            el("thead", el("tr", [el("th", head, scope="col") for head in heads])),
            el(
                "tbody",
                [
                    el(
                        "tr",
                        el("th", row[0], scope="row"),
                        [el("td", cell) for cell in row[1:]],
                    )
                    for row in rows
                ],
            ),
        ),
        class_="table",
        role="region",
        aria_labelledby=label,
        tabindex="0",
    )


def to_json(value: object) -> str:
    """Return JSON that may stand inside a ``<script>``: no character of it can end the element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # A lone surrogate is no text that UTF-8 can carry.
    return text.encode("utf-8", "replace").decode().translate(_ESCAPES)
