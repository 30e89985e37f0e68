"""Cards as files: JSON, HTML, SVG and PDF, each of which contains the whole card."""

from __future__ import annotations

import html
import json
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from dezone.cite.card import Card
from dezone.cite.drawing import card_drawing
from dezone.cite.page import card_html
from dezone.cite.sections import card_title
from geodata.atlas import Atlas
from geodata.errors import RecordError
from geodata.whole import write_whole
from maps.page.document import to_json
from maps.print.typesetting import to_pdf

SUFFIXES = (".json", ".html", ".svg", ".pdf")

ATTACHED = "card.json"
"""The name of the card within a PDF."""

_LARGEST = 64 << 20  # bytes, unpacked too: a card has about 20 kB


def write_card(card: Card, atlas: Atlas, path: str | Path) -> Path:
    """Write a card in the format of the suffix: .json, .html, .svg or .pdf.

    Raises
    ------
    RecordError
        Another suffix.
    PageError
        What a PDF needs is not installed.
    OutputError
        The file cannot be written.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise RecordError(
            f"expected a card as .json, .html, .svg or .pdf, found {Path(path).name!r}; "
            "choose one of these suffixes."
        )
    return write_whole(path, render_card(card, atlas, suffix))


def render_card(card: Card, atlas: Atlas, suffix: str) -> bytes:
    """Return a card in the format of a suffix; the same bytes each time.

    Raises
    ------
    PageError
        What a PDF needs is not installed.
    """
    if suffix == ".json":
        return card.to_json().encode()
    if suffix == ".html":
        return card_html(card, atlas).encode()
    title = card_title(card, atlas)
    drawing = card_drawing(card, atlas)
    if suffix == ".svg":
        carried = _ascii(card.to_dict())
        return drawing.svg(title=title, language=card.language, metadata=carried).encode()
    attached = {ATTACHED: card.to_json().encode()}
    return to_pdf(drawing, title=title, language=card.language, attached=attached)


def _ascii(value: Any) -> str:
    """Return JSON without any character that a medium might change."""
    return json.dumps(json.loads(to_json(value)), separators=(",", ":"))


# -- read again -----------------------------------------------------------------------------

_SCRIPT = re.compile(rb'<script type="application/json" id="card">([^<]*)</script>')
_METADATA = re.compile(rb"<metadata>([^<]*)</metadata>")
_EMBEDDED = re.compile(
    rb"<<[^<>]*/Type\s*/EmbeddedFile[^<>]*(?:<<[^<>]*>>[^<>]*)?>>\s*stream\r?\n(.*?)\r?\nendstream",
    re.DOTALL,
)


class Carried(msgspec.Struct, frozen=True):
    """The card or record in a file, as plain values, and the suffix of files of its kind.

    `exact` is False for a JSON file that is not written canonically.
    """

    whole: Mapping[str, Any]
    suffix: str
    exact: bool = True


def read_carried(content: bytes) -> Carried:
    """Return the card, or the bare record, that a file carries; changed or not.

    Raises
    ------
    RecordError
        The file contains none, or several.
    """
    suffix, texts = _texts(content)
    found, use = "nothing of the kind", "use the file as it was written"
    if suffix == ".pdf":
        found = "a PDF without one: a page that was printed has only its look, not its record"
        use = "verify the file that the page saves, or a card that `dezone check --card` makes"
    if len(texts) == 1:
        try:
            whole = msgspec.json.decode(texts[0])
            json.loads(texts[0], object_pairs_hook=_each_once)
            if isinstance(whole, dict) and "verdict" in whole:
                return Carried(whole, suffix, suffix != ".json" or _is_written(whole, content))
            found = "JSON that is none"
        except RecursionError:
            found = "JSON that is nested too deeply"
        except (msgspec.DecodeError, ValueError) as error:
            found = f"something else ({str(error).splitlines()[0]})"
    elif texts:
        found = f"{len(texts)} of them"
    raise RecordError(f"expected a card as `dezone check --card` writes it, found {found}; {use}.")


def _texts(content: bytes) -> tuple[str, list[bytes]]:
    """Return the suffix of a file by its content, and the texts of the cards in it."""
    if len(content) > _LARGEST:
        return "", []
    if content.startswith(b"%PDF-"):
        packed = (match[1] for match in _EMBEDDED.finditer(content))
        return ".pdf", [text for stream in packed if (text := _unpacked(stream))]
    if content.startswith(b"<svg"):
        texts = _METADATA.findall(content)
        return ".svg", [html.unescape(text.decode("utf-8", "replace")).encode() for text in texts]
    if content[:100].lstrip().lower().startswith(b"<!doctype html"):
        return ".html", _SCRIPT.findall(content)
    return ".json", [content]


def creator_of(content: bytes) -> bytes:
    """Return the program that a PDF names as its creator; an empty text for other files."""
    found = re.search(rb"/Creator\s*\(([^()]{0,100})\)", content)
    return found[1] if found and content.startswith(b"%PDF-") else b""


def _unpacked(stream: bytes) -> bytes:
    """Return a stream of a PDF, unpacked; empty if it is not packed, or far too large."""
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(stream, _LARGEST)
    except zlib.error:
        return b""
    return text if unpacking.eof else b""


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object with a repeated key, which people and programs may read differently."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _is_written(whole: Mapping[str, Any], content: bytes) -> bool:
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n" == content
