"""The card of a verdict as one HTML page that loads nothing and runs nothing."""

from __future__ import annotations

import json
from importlib.resources import files

from markupsafe import Markup

from dezone.cite.card import Card
from dezone.cite.drawing import draw_key, draw_map
from dezone.cite.sections import card_sections, card_title, headline, trimmed
from geodata.atlas import Atlas
from maps.page.document import Document, render
from maps.print.column import Column
from maps.print.drawing import Box, Drawing, escape
from maps.print.lettering import clean
from maps.style import stylesheet

_MAP = 236.0
_SOURCE_LINES = 44  # as many as one printed page has room for


def card_html(card: Card, atlas: Atlas) -> str:
    """Return the page, which contains the card as a block of JSON with the id ``card``."""
    words = atlas.words(card.language)
    verdict, where, colour = headline(card, atlas)
    incident, answer, ground, talks, provenance, sources = card_sections(card, atlas)
    citation = card.details["citation"]
    body = render(
        "dezone.cite:card.html",
        plain=lambda text: Markup(escape(text)),  # noqa: S704  (escaped)
        say=words["card"],
        verdict=verdict,
        where=where,
        sentence=_shown(card.record.sentence),
        picture=_picture(card, atlas),
        incident=incident,
        answer=answer,
        ground=ground,
        talks=talks,
        provenance=provenance,
        sources=trimmed(sources, words, _SOURCE_LINES, 250.0, 6.2),
        bibtex=_shown(citation["bibtex"]),
        csl=_shown(json.dumps(citation["csl"], ensure_ascii=False)),
    )
    own = files("dezone.cite").joinpath("templates", "card.css").read_text("utf-8").strip()
    return Document(
        lang=card.language,
        direction=words["direction"],
        title=card_title(card, atlas),
        style=f"{stylesheet()}\n{own}\nh1{{color:{colour}}}",
        body=body,
        data={"card": card.to_dict()},
        icon=False,
    ).render()


def _picture(card: Card, atlas: Atlas) -> Markup:
    """Return the small map with its key."""
    words = atlas.words(card.language)
    drawing = Drawing(_MAP, _MAP + 30)
    draw_map(drawing, card, atlas, Box(0.5, 0.5, _MAP - 1, _MAP - 1))
    rtl = words["direction"] == "rtl"
    key = Column(drawing, rtl=rtl, offset=0, width=_MAP, y=_MAP + 10)
    draw_key(key, card, atlas, words)
    drawing.height = round(key.y + 8)
    svg = drawing.svg(title=words["card"]["map_alt"], language=card.language).rstrip()
    return Markup(svg)  # noqa: S704  (a drawing escapes what is written in it)


def _shown(text: str) -> str:
    """Return lines of foreign text in which nothing steers the text around it."""
    lines = text.rstrip().split("\n")
    return "\n".join(" " * (len(line) - len(line.lstrip(" "))) + clean(line) for line in lines)
