"""Visual snapshots of pages: kept pictures, and a measure that sees what a reader would see.

A picture of a page is reduced to the mean colour of blocks of 16 pixels, and each block is mixed
with its neighbours. What is left of a line of text is a grey bar, whatever the browser's way of
smoothing letters, and whether or not they stand a pixel further; what is left of a sheet, of a
zone, or of a bar of the timeline is its place and its colour. Two pictures look alike when

- no block differs by more than `WORST` of 255 in any of red, green and blue, and
- less than a share of `MOST` of the blocks differs by more than `SLIGHT`.

The first notices what is small and coloured, such as a zone; the second what is large and pale,
such as a panel on the sea. The tests in `test_snapshots.py` show both, and what is not noticed. The
pages are shown in the package's own fonts, so that the pictures are those of every machine.

A kept picture holds one page: languages below one another, the widths beside one another. Run as
a program (`make snapshots`), this writes them anew, and the picture of the README with them; look
at the pages themselves before you commit them.
"""

from __future__ import annotations

import base64
import csv
import struct
import sys
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
FONTS = ROOT / "maps" / "static" / "fonts"
BELOW = {"index-below": "#tables", "crowd-below": "#incidents"}  # pages looked at further down
MANY = 6_000
LANGUAGES = ("en", "ar", "ru", "tr")
SIZES = ((1280, 800), (360, 800))

BLOCK = 16  # pixels
STEP = 4  # of 255: finer differences are not kept
SLIGHT, MOST = 8, 0.01
WORST = 12

Blocks = NDArray[np.uint8]  # rows, columns, red green blue


@dataclass(frozen=True)
class Difference:
    """How far two pictures differ: the worst block, and the share of blocks that differ at all."""

    worst: float
    share: float

    @property
    def alike(self) -> bool:
        return self.worst <= WORST and self.share < MOST


# -- the measure ----------------------------------------------------------------------------


def blocks(page: Page, png: bytes) -> Blocks:
    """Return the mean colours of a picture's blocks; `page` is any page without a policy.

    Cells at the right and the lower edge may be smaller than the others.
    """
    found = page.evaluate(
        """async ([text, block]) => {
          const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
          const picture = await createImageBitmap(new Blob([bytes], {type: 'image/png'}));
          const {width, height} = picture;
          const canvas = new OffscreenCanvas(width, height);
          const context = canvas.getContext('2d', {willReadFrequently: true});
          context.drawImage(picture, 0, 0);
          const {data} = context.getImageData(0, 0, width, height);
          const [columns, rows] = [Math.ceil(width / block), Math.ceil(height / block)];
          const counts = new Float64Array(columns * rows);
          const sums = new Float64Array(columns * rows * 3);
          for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
            const cell = Math.floor(y / block) * columns + Math.floor(x / block);
            counts[cell]++;
            for (let c = 0; c < 3; c++) sums[cell * 3 + c] += data[(y * width + x) * 4 + c];
          }
          const means = Array.from(sums, (sum, i) => Math.round(sum / counts[Math.floor(i / 3)]));
          return {columns, rows, means};
        }""",
        [base64.b64encode(png).decode(), BLOCK],
    )
    means = np.asarray(found["means"], dtype=np.float64)
    kept = np.clip(np.round(means / STEP) * STEP, 0, 255).astype(np.uint8)
    return kept.reshape(found["rows"], found["columns"], 3)


def compare(one: Blocks, other: Blocks) -> Difference:
    """Tell how far two pictures of one size differ."""
    if one.shape != other.shape:
        return Difference(255.0, 1.0)
    apart = np.abs(_mixed(one) - _mixed(other)).max(axis=2)
    return Difference(float(apart.max()), float((apart > SLIGHT).mean()))


def _mixed(picture: Blocks) -> NDArray[np.float64]:
    """Each block with its neighbours: a quarter, a half, a quarter, across and down."""
    mixed = np.pad(picture.astype(np.float64), ((1, 1), (1, 1), (0, 0)), mode="edge")
    mixed = (mixed[:-2] + 2 * mixed[1:-1] + mixed[2:]) / 4
    return (mixed[:, :-2] + 2 * mixed[:, 1:-1] + mixed[:, 2:]) / 4


# -- the pictures ---------------------------------------------------------------------------


def write_pages(folder: Path) -> dict[str, Path]:
    """Write every page that is looked at into a folder, and return where each is, by name."""
    import maps
    from geodata.atlas import read_atlas
    from maps.page.points import read_points
    from zones.tables.rows import check_rows

    atlas = read_atlas()
    examples = ROOT / "examples" / "incidents.csv"
    rows = list(csv.DictReader(examples.read_text("utf-8").splitlines()))
    incidents = check_rows(rows, atlas)
    maps.write_site(atlas, folder, incidents=incidents)
    found = {path.stem: path for path in sorted(folder.glob("*.html"))}
    found["checker"] = found["answer"] = maps.write_checker(atlas, folder / "checker.html")
    crowd = read_points(_many(folder / "many.csv"), atlas)
    found["crowd"] = maps.write_map(atlas, folder / "crowd.html", incidents=crowd)
    return found | {name: found[name.removesuffix("-below")] for name in BELOW}


def _many(path: Path) -> Path:
    """Write so many incidents that the map shows how dense they are, denser in the middle."""
    random = np.random.default_rng(7)
    latitudes = random.normal(34.9, 0.9, MANY).clip(32.5, 37.0)
    longitudes = random.normal(36.9, 0.7, MANY).clip(35.8, 41.0)
    days = np.datetime64("2017-01-01") + random.integers(0, 900, MANY)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("id,date,latitude,longitude\n")
        for n, row in enumerate(zip(days, latitudes, longitudes, strict=True)):
            file.write("EV{},{},{:.4f},{:.4f}\n".format(n, *row))
    return path


def in_our_fonts(page: Page) -> None:
    """Show what the page opens from now on in the package's fonts, without touching its policy."""
    faces = {
        path.stem: base64.b64encode(path.read_bytes()).decode() for path in FONTS.glob("*.ttf")
    }
    names = sorted(
        {name.rsplit("-", 1)[0] for name in faces}, key=lambda name: ("arabic" in name, name)
    )
    families = ", ".join(f"'{name}'" for name in names)
    page.add_init_script(
        "{const faces = " + str(faces) + ";"
        "for (const [name, text] of Object.entries(faces)) {"
        " const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));"
        " const [, family, weight] = /(.+)-(\\d+)$/.exec(name);"
        " const face = new FontFace(family, bytes.buffer, {weight});"
        " document.fonts.add(face); face.load(); }"
        "const sheet = new CSSStyleSheet();"
        "sheet.replaceSync(`* { font-family: " + families + " !important }`);"
        "document.adoptedStyleSheets = [sheet];}"
    )


def open_page(page: Page, name: str, path: Path) -> None:
    """Open a page without motion and wait until it is drawn; the page `answer` has one."""
    page.emulate_media(reduced_motion="reduce")
    _size(page, *SIZES[-1])
    page.goto(path.as_uri())
    page.wait_for_selector("[data-drawn], [data-ready]", state="attached")
    page.evaluate("document.fonts.ready.then(() => true)")
    if name.startswith("crowd"):
        page.wait_for_selector("[data-points=drawn]", state="attached")
    if name == "answer":
        for field, text in (
            ("where", "34.83, 36.75"),
            ("when", "2018-01-10"),
            ("precision", "5 km"),
        ):
            page.fill(f"#checker-{field}", text)
        page.press("#checker-where", "Enter")
        page.wait_for_selector(".answer-word")


def _size(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})


def views(page: Page) -> Iterator[tuple[str, int]]:
    """Show an opened page in every width and language, in turn."""
    for width, height in SIZES:
        _size(page, width, height)
        for lang in LANGUAGES:
            page.locator(f".languages button[lang={lang}]").click()
            page.wait_for_selector(f"html[lang={lang}]", state="attached")
            answer = page.locator(".answer .sentence")
            if answer.count():  # comes from a worker, in the new language
                page.wait_for_selector(f".answer[lang={lang}]")
            page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
            yield lang, width


def picture(page: Page, name: str = "") -> bytes:
    """Return what is seen of the page as PNG, from its top or from where it is looked at."""
    if name in BELOW:
        page.wait_for_timeout(300)  # tables follow when nothing changes any more
    page.evaluate(
        "from => { const at = from && document.querySelector(from);"
        " const top = at ? at.getBoundingClientRect().top + scrollY : 0;"
        " scrollTo({top, behavior: 'instant'}) }",
        BELOW.get(name),
    )
    return page.screenshot(animations="disabled", caret="hide")


# -- keeping --------------------------------------------------------------------------------


def write(path: Path, seen: dict[tuple[str, int], Blocks]) -> None:
    """Keep the pictures of one page as one PNG."""
    rows = [np.concatenate([seen[lang, width] for width, _ in SIZES], axis=1) for lang in LANGUAGES]
    path.write_bytes(_png(np.concatenate(rows)))


def read(path: Path) -> dict[tuple[str, int], Blocks]:
    """Return the kept pictures of one page."""
    widths = [-(-width // BLOCK) for width, _ in SIZES]
    edges = np.cumsum(widths)[:-1]
    return {
        (lang, width): cell
        for lang, row in zip(
            LANGUAGES, np.split(_pixels(path.read_bytes()), len(LANGUAGES)), strict=True
        )
        for (width, _), cell in zip(SIZES, np.split(row, edges, axis=1), strict=True)
    }


_SIGN = b"\x89PNG\r\n\x1a\n"


def _png(pixels: Blocks) -> bytes:
    """Write pixels as PNG, each row as the difference to the one above (ISO 15948, filter 2)."""
    rows, columns, _ = pixels.shape
    above = np.vstack([np.zeros_like(pixels[:1]), pixels[:-1]])
    lines = np.hstack(
        [np.full((rows, 1), 2, np.uint8), (pixels - above).astype(np.uint8).reshape(rows, -1)]
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    packed = zlib.compress(lines.tobytes(), 9)
    return _SIGN + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def _pixels(png: bytes) -> Blocks:
    """Read what `_png` wrote."""
    columns, rows = struct.unpack(">II", png[16:24])
    long = struct.unpack(">I", png[33:37])[0]
    lines = np.frombuffer(zlib.decompress(png[41 : 41 + long]), np.uint8).reshape(rows, -1)
    return np.cumsum(lines[:, 1:].reshape(rows, columns, 3), axis=0, dtype=np.uint8)


def write_for_docs(page: Page) -> None:
    """Write the pictures that the documentation begins with: the index as one first sees it."""
    _size(page, *SIZES[0])
    for language, folder in (("ar", ROOT / "docs" / "ar"), ("en", ROOT / "docs")):
        page.locator(f".languages button[lang={language}]").click()
        page.wait_for_selector(f"html[lang={language}]", state="attached")
        page.evaluate("document.activeElement.blur()")
        (folder / "map.png").write_bytes(picture(page))


def main() -> None:
    """Write every kept picture anew."""
    sys.path[:0] = [str(ROOT), str(FOLDER.parent)]
    from browser.chromium import ARGUMENTS, find_chromium
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        lab = browser.new_page()
        for name, path in write_pages(Path(folder)).items():
            page = browser.new_page()
            in_our_fonts(page)
            open_page(page, name, path)
            write(
                FOLDER / f"{name}.png",
                {view: blocks(lab, picture(page, name)) for view in views(page)},
            )
            if name == "index":
                write_for_docs(page)
            page.close()
            print(FOLDER / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
