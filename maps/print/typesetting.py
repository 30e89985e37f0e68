"""Drawings as PNG and PDF: shapes as they are, texts set by typst with embedded fonts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from geodata.errors import PageError, with_extra
from maps.print.drawing import Drawing
from maps.style import TOKENS

FONT_FILES = tuple(
    f"{family}-{weight}.ttf"
    for family in ("noto-sans", "noto-sans-latin-ext", "noto-sans-cyrillic", "vazirmatn")
    for weight in (400, 700)
)

# Signs that Arabic may leave out: short vowels, their doublings, shadda and sukun.
_VOWEL_SIGNS = dict.fromkeys(range(0x064B, 0x0653))

# Text comes as data and is never read as typst's own language. Every line has a box far wider
# than itself, so it never breaks; its own baseline stands at (x, y).
_SETTING = """
#let page-size = json(bytes(sys.inputs.page))
#set page(
  width: page-size.width * 1pt, height: page-size.height * 1pt, margin: 0pt,
  fill: rgb(page-size.fill),
)
#set document(title: page-size.title, date: none)
#set text(
  font: ("Noto Sans", "Vazirmatn"), fallback: true, hyphenate: false,
  lang: page-size.language, top-edge: "baseline", bottom-edge: "baseline",
)
#let line(one, ..more) = {
  let (side, shift) = (
    left: (left, 0pt), middle: (center, -2000pt), right: (right, -4000pt),
  ).at(one.anchor)
  place(top + left, dx: one.x * 1pt + shift, dy: one.y * 1pt, box(width: 4000pt, align(side, text(
    size: one.size * 1pt, weight: one.weight, fill: rgb(one.fill), tracking: one.spacing * 1pt,
    dir: if one.rtl { rtl } else { ltr }, ..more, one.content,
  ))))
}
#place(top + left, image(
  bytes(sys.inputs.shapes), format: "svg", width: 100%, height: 100%, alt: page-size.title,
))
#for (name, content) in json(bytes(sys.inputs.attached)) {
  pdf.attach(name, bytes(content), relationship: "data", mime-type: "application/json")
}
#for one in json(bytes(sys.inputs.texts)) {
  if one.halo != none {
    let rim = (paint: rgb(one.halo), thickness: one.size * 0.25pt, join: "round")
    pdf.artifact(line(one, stroke: rim))
  }
  line(one)
}
"""


def can_print() -> bool:
    """Tell whether what PNG and PDF need is installed."""
    return find_spec("typst") is not None


def to_pdf(
    drawing: Drawing, *, title: str, language: str, attached: Mapping[str, bytes] | None = None
) -> bytes:
    """Return the drawing as a PDF of one page with its fonts in it; the same bytes each time.

    `attached` are JSON files that travel in it, by name. Lines of Arabic are set without the signs
    of its vowels, as newspapers set them: typst gives a letter that bears one twice to whoever
    copies text, once for the letter and once for the sign, and at times another letter's.

    Raises
    ------
    PageError
        What print needs is not installed.
    """
    return _compile(drawing, title, language, attached or {}, format="pdf")


def to_png(drawing: Drawing, *, title: str, language: str, scale: float = 2.0) -> bytes:
    """Return the drawing as a PNG, `scale` pixels a unit; the same bytes each time.

    Raises
    ------
    PageError
        What print needs is not installed.
    """
    return _compile(drawing, title, language, {}, format="png", ppi=72.0 * scale)


def _compile(
    drawing: Drawing, title: str, language: str, attached: Mapping[str, bytes], **options: Any
) -> bytes:
    try:
        import typst
    except ImportError as error:
        raise PageError(
            "expected the extra `print` for PNG and PDF, found no typst; "
            f"{with_extra('print')}, or write .svg, which needs nothing."
        ) from error
    bare = options["format"] == "pdf"
    texts = [
        {
            "x": text.x,
            "y": text.y,
            "content": text.content.translate(_VOWEL_SIGNS if bare and text.rtl else {}),
            "size": text.size,
            "fill": text.fill,
            "weight": text.weight,
            "anchor": text.anchor,
            "rtl": text.rtl,
            "halo": text.halo,
            "spacing": text.spacing,
        }
        for text in drawing.texts
    ]
    page = {
        "width": drawing.width,
        "height": drawing.height,
        "fill": TOKENS["paper"],
        "title": title,
        "language": language,
    }
    made = typst.compile(
        _SETTING.encode(),
        font_paths=_fonts(),
        sys_inputs={
            "shapes": drawing.svg(title=title, language=language, texts=False),
            "texts": json.dumps(texts),
            "page": json.dumps(page),
            "attached": json.dumps({name: file.decode() for name, file in attached.items()}),
        },
        **options,
    )
    assert isinstance(made, bytes)  # noqa: S101  (one page gives one file)
    return made


@lru_cache(maxsize=1)
def _fonts() -> Any:
    """Return the fonts of print, read once: a report has many charts."""
    import typst

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[_font_folder()]
    )


def _font_folder() -> Path:
    folder = Path(str(files("maps") / "static" / "fonts"))
    missing = [name for name in FONT_FILES if not (folder / name).is_file()]
    if missing:
        raise PageError(
            f"expected the fonts for print in {folder}, found no {missing[0]}; install dezone from "
            "a wheel, or build it anew with `pip install .`."
        )
    return folder
