"""Markup in every language of an atlas: words side by side, and elements whose text is escaped."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from geodata.errors import PageError
from maps.page.document import Document, bundle, escape, render
from maps.page.payload import PageLanguage, TextSettings
from maps.style import css_text, dark_stylesheet, stylesheet
from zones.sentence import fill, say_days

if TYPE_CHECKING:
    from geodata.atlas import Atlas

Content = str | Iterable["Content"] | None


def el(tag: str, *content: Content, **attributes: str | bool | None) -> Markup:
    """Return an element; whatever is not our own markup is escaped."""
    marks = "".join(
        f" {name.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(value)}"')
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    return Markup(f"<{tag}{marks}>{join(content)}</{tag}>")  # noqa: S704  (escaped)


def join(content: Content) -> Markup:
    """Return content as markup."""
    if content is None:
        return Markup("")
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        return Markup(html.escape(content, quote=False))  # noqa: S704  (escaped)
    return Markup("").join(join(part) for part in content)


class Speaker:
    """Texts in all languages of an atlas side by side; the style sheet shows one of them."""

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        self.words = {code: atlas.words(code) for code in atlas.meta.languages}

    def all(self, say: Callable[[str, Mapping[str, Any]], str]) -> Markup:
        """Return the text of `say` in each language; only once if all are the same."""
        said = {code: say(code, words) for code, words in self.words.items()}
        if len(set(said.values())) == 1:
            return join(next(iter(said.values())))
        return Markup("").join(el("span", text, class_="w", lang=c) for c, text in said.items())

    def word(self, key: str, **values: str) -> Markup:
        """Return a word by its key, such as ``page.title``, with its slots filled."""
        return self.all(lambda _, words: fill(find(words, key), values))

    def disagreement(self, about: str) -> Markup:
        """Return what sources disagree on, in English where a language has no words for it."""
        said = {code: words.get("disagreement", {}) for code, words in self.words.items()}
        if not any(about in words for words in said.values()):
            return el("span", about, lang="en")
        return self.all(lambda code, _: said[code].get(about, about))

    def note(self, text: str) -> Markup:
        """Return a note of the data, in English where a language has no translation of it."""
        english = el("span", text, lang="en", dir="ltr")
        notes = {code: words.get("notes", {}).get(text) for code, words in self.words.items()}
        if not any(notes.values()):
            return english
        parts = (el("span", n or english, class_="w", lang=code) for code, n in notes.items())
        return Markup("").join(parts)

    def name(self, text: Mapping[str, str]) -> Markup:
        """Return a name that is given by language."""
        return self.all(lambda code, _: text[code])

    def day(self, day: dt.date | None, precision: str | None = None) -> Markup:
        """Return a day, or a month if only that is known; a dash if there is none."""
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

    def confidence(self, value: str) -> Markup:
        """Return how far a record may be relied on."""
        return el("span", self.word(f"confidence.{value}"), class_=f"confidence {value}")

    def cited(self, ids: Sequence[str]) -> Markup:
        """Return links to the records of sources, each by who published it and when."""
        sources = {key: self.atlas.sources[key] for key in ids}
        return render("cited.html", sources=sources) if sources else Markup("")

    def buttons(self, lang: str) -> Markup:
        """Return the buttons that change the language in place, and the digits of Arabic."""
        return render("languages.html", words=self.words, lang=lang)


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
    said = join(caption)
    return render(
        "table.html",
        label=f"table-{hashlib.sha256(said.encode()).hexdigest()[:8]}",
        caption=said,
        heads=[join(head) for head in heads],
        rows=[[join(cell) for cell in row] for row in rows],
        titled=titled,
    )


def text_page(
    say: Speaker,
    lang: str,
    *,
    titles: Mapping[str, str],
    description: str,
    body: Content,
    styles: str = "",
    dataset: Mapping[str, Any] | None = None,
) -> str:
    """Return a page of text, every language in it; its script only changes which is shown.

    Parameters
    ----------
    lang
        The language it opens in.
    titles
        Of the page, by language.
    styles
        Rules beside those that all pages have.
    dataset
        What the page describes, in JSON-LD.

    Raises
    ------
    PageError
        There is no such language.
    """
    if lang not in say.words:
        raise PageError(f"expected a language of {', '.join(say.words)}, found {lang!r}.")
    settings = TextSettings(
        lang=lang,
        languages={
            code: PageLanguage(title=titles[code], direction=words["direction"])
            for code, words in say.words.items()
        },
    )
    shown = ",".join(f":root[lang={code}] .w[lang={code}]" for code in map(css_text, say.words))
    return Document(
        lang=lang,
        direction=say.words[lang]["direction"],
        kind="text",
        title=titles[lang],
        description=description,
        style=f"{stylesheet()}{dark_stylesheet()}.w{{display:none}}{shown}{{display:inline}}"
        f"{bundle('page.css')}{styles}",
        dataset=dataset,
        body=join(body),
        data={"settings": settings},
        scripts=[bundle("page.text.js")],
    ).render()
