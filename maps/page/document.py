"""The document round a page of text: one file that loads nothing, locked by its policy."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from geodata.errors import PageError
from maps.page.markup import Content, Speaker, el, join, to_json
from maps.style import stylesheet

__all__ = ["bundle", "document", "language_buttons", "source_hash"]


def document(
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
    settings = {
        "lang": lang,
        "languages": {
            code: {"title": titles[code], "direction": words["direction"]}
            for code, words in say.words.items()
        },
    }
    shown = ",".join(f':root[lang="{code}"] .w[lang="{code}"]' for code in say.words)
    style = f"{stylesheet()}.w{{display:none}}{shown}{{display:inline}}{bundle('page.css')}{styles}"
    script = bundle("page.text.js")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {source_hash(script)}",
            f"style-src {source_hash(style)}",
            "img-src data:",
            "connect-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    linked = f'<script type="application/ld+json">{to_json(dataset)}</script>\n' if dataset else ""
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="{lang}" dir="{say.words[lang]["direction"]}" class="text">\n'
        "<head>\n"
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{html.escape(titles[lang])}</title>\n"
        f'<meta name="description" content="{html.escape(description)}">\n'
        f"<style>{style}</style>\n"
        f"{linked}"
        "</head>\n"
        '<body class="text">\n'
        f"{join(body)}\n"
        f'<script type="application/json" id="settings">{to_json(settings)}</script>\n'
        f"<script>{script}</script>\n"
        "</body>\n"
        "</html>\n"
    )


def language_buttons(say: Speaker, lang: str) -> Content:
    """Return the buttons that change the language in place, and the digits of Arabic."""
    buttons = [
        el(
            "button",
            words["language"],
            type="button",
            lang=code,
            aria_pressed="true" if code == lang else "false",
        )
        for code, words in say.words.items()
    ]
    if "ar" in say.words:
        own = say.words["ar"]["page"]["local_digits"]
        shown = lang == "ar"
        buttons.append(
            el("button", own, type="button", id="digits", aria_pressed="false", hidden=not shown)
        )
    return el("div", buttons, class_="languages", role="group", id="languages")


def bundle(name: str) -> str:
    """Return a part of the page's bundle, safe to stand in its element."""
    source = files("maps") / "static" / name
    try:
        text = source.read_text("utf-8")
    except OSError as error:
        raise PageError(
            f"expected the page's {name} in the package, found none; "
            "install dezone with pip, or run `npm ci && npm run build` in maps/web."
        ) from error
    # An HTML parser would end the element here; in strings of script the two read the same.
    return text.replace("</script", "<\\/script").strip()


def source_hash(text: str) -> str:
    """Return how a content policy names a script or a style."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
