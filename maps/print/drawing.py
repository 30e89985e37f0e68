"""Drawings as a list of shapes and texts: for pages as SVG, for print as shapes under texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyproj
import shapely

from maps.print.lettering import measure

FONTS = ("Noto Sans", "Noto Sans Arabic", "Segoe UI", "Helvetica Neue", "Arial", "sans-serif")
"""Where text stays text the viewer picks the first it has; print has the first two."""

_RIGHT_TO_LEFT, _POP = "\u2067", "\u2069"  # right-to-left isolate and its end (Unicode UAX 9)

# What turns the direction of all that follows. Isolates stay: we set them ourselves.
_TURNING = dict.fromkeys(range(0x202A, 0x202F), "\ufffd")

_ESCAPES = str.maketrans(
    {
        **_TURNING,
        **{code: "\ufffd" for code in (*range(32), 0xFFFE, 0xFFFF) if chr(code) not in "\t\n\r"},
        **dict.fromkeys(range(55296, 57344), "�"),
        **{"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"},
    }
)


def escape(text: str) -> str:
    """Return text as XML and HTML show it: none of it is markup, or no character of XML."""
    return text.translate(_ESCAPES)


def attributes(values: dict[str, Any]) -> str:
    """Return XML attributes; underscores in names stand for hyphens, None leaves one out."""
    return "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for name, value in values.items()
        if value is not None
    )


def _plain(value: Any) -> str:
    if isinstance(value, float):
        text = f"{value:.2f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    return str(value)


@dataclass(frozen=True)
class Box:
    """A rectangle on the page: left, top, width, height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height

    def grown(self, by: float) -> Box:
        """Return the box with a margin all round; negative to shrink it."""
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def meets(self, other: Box) -> bool:
        """Tell whether two boxes share any ground."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )

    def holds(self, other: Box) -> bool:
        """Tell whether another box lies wholly within this one."""
        return (
            self.x <= other.x
            and other.right <= self.right
            and self.y <= other.y
            and other.bottom <= self.bottom
        )


@dataclass(frozen=True)
class Text:
    """One line of text: its baseline begins, is centred or ends at (x, y), by `anchor`.

    `anchor` is left, middle or right on the page, whatever the direction of the text;
    `rtl` says that its words run from right to left; `halo` is the colour of a rim.
    """

    x: float
    y: float
    content: str
    size: float
    fill: str
    weight: int = 400
    anchor: str = "left"
    rtl: bool = False
    halo: str | None = None
    spacing: float = 0.0


class Drawing:
    """A page of shapes and texts, from the bottom up; texts lie above all shapes.

    Parameters
    ----------
    width, height
        In units of a CSS pixel on screen, of a point in print.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width = width
        self.height = height
        self.shapes: list[str] = []
        self.defs: list[str] = []
        self.texts: list[Text] = []

    def add(self, element: str, **values: Any) -> None:
        """Add a shape by the name of its SVG element."""
        self.shapes.append(f"<{element}{attributes(values)}/>")

    def path(self, data: str, **values: Any) -> None:
        """Add a path, unless it is empty."""
        if data:
            self.add("path", d=data, **values)

    def clip(self, name: str, box: Box) -> None:
        """Begin a group whose shapes are cut off at a box; `close` ends it."""
        rect = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
        self.defs.append(f'<clipPath id="{escape(name)}"><rect{attributes(rect)}/></clipPath>')
        self.shapes.append(f'<g clip-path="url(#{escape(name)})">')

    def close(self) -> None:
        """End a group."""
        self.shapes.append("</g>")

    def hatch(self, name: str, colour: str, angle: float, gap: float, stroke: float) -> str:
        """Define a hatching; return the paint that uses it."""
        pattern = {
            "id": name,
            "width": gap,
            "height": gap,
            "patternUnits": "userSpaceOnUse",
            "patternTransform": f"rotate({_plain(float(angle))})",
        }
        line = {"d": f"M{_plain(gap / 2)} 0V{_plain(gap)}", "stroke": colour}
        self.defs.append(
            f"<pattern{attributes(pattern)}>"
            f"<path{attributes({**line, 'stroke_width': stroke})}/></pattern>"
        )
        return f"url(#{name})"

    def text(self, text: Text) -> None:
        """Add a line of text."""
        if text.content:
            self.texts.append(replace(text, content=text.content.translate(_TURNING)))

    def svg(
        self,
        *,
        title: str,
        language: str,
        about: str = "",
        texts: bool = True,
        scale: float = 1.0,
        metadata: str = "",
    ) -> str:
        """Return the drawing as an SVG document that loads nothing and runs nothing.

        Parameters
        ----------
        title, about, language
            For whoever cannot see it: its name, and what it shows.
        texts
            False leaves the texts out, for those who set them themselves.
        scale
            Size of a unit on the page.
        metadata
            Text that travels with the drawing.
        """
        root = {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": self.width * scale,
            "height": self.height * scale,
            "viewBox": f"0 0 {_plain(float(self.width))} {_plain(float(self.height))}",
            "role": "img",
            "lang": language,
            "direction": "ltr",  # a page's own would swap the meaning of the anchors
            "aria_label": f"{title}. {about}" if about else title,
            "font_family": ", ".join(FONTS),
        }
        body = "\n".join(
            [
                f"<svg{attributes(root)}>",
                f"<title>{escape(title)}</title>",
                *([f"<desc>{escape(about)}</desc>"] if about else []),
                *([f"<metadata>{escape(metadata)}</metadata>"] if metadata else []),
                *([f"<defs>{''.join(self.defs)}</defs>"] if self.defs else []),
                *self.shapes,
                *(_svg_texts(self.texts) if texts else ()),
                "</svg>",
            ]
        )
        return body + "\n"


_ANCHORS = {"left": "start", "middle": "middle", "right": "end"}


def _svg_texts(texts: Iterable[Text]) -> Iterator[str]:
    for text in texts:
        values: dict[str, Any] = {
            "x": text.x,
            "y": text.y,
            "font_size": text.size,
            "font_weight": text.weight if text.weight != 400 else None,
            "fill": text.fill,
            "text_anchor": _ANCHORS[text.anchor] if text.anchor != "left" else None,
            "letter_spacing": text.spacing or None,
        }
        # By an isolate, not by `direction`, which would swap the meaning of the anchor and
        # which not every viewer of SVG knows.
        content = f"{_RIGHT_TO_LEFT}{text.content}{_POP}" if text.rtl else text.content
        if text.halo is not None:
            rim = {"stroke": text.halo, "stroke_width": text.size / 4, "stroke_linejoin": "round"}
            behind = attributes({**values, **rim, "aria_hidden": "true"})
            yield f"<text{behind}>{escape(content)}</text>"
        yield f"<text{attributes(values)}>{escape(content)}</text>"


# -- ground to page -------------------------------------------------------------------------


@dataclass(frozen=True)
class View:
    """A window on the ground: a plane about a point, north up, cut to a box on the page.

    Distances from the middle are true (azimuthal equidistant on WGS 84), so a disc about it
    is a circle of its true size.

    Parameters
    ----------
    longitude, latitude
        The middle of the box, in degrees.
    metres
        Ground metres a unit of the page.
    box
        Where on the page.
    detail
        Units of the page by which lines may be simplified; from 1 on paths keep to whole units.
    """

    longitude: float
    latitude: float
    metres: float
    box: Box
    detail: float = 0.15

    @cached_property
    def _projection(self) -> pyproj.Proj:
        return pyproj.Proj(proj="aeqd", lon_0=self.longitude, lat_0=self.latitude, ellps="WGS84")

    def points(self, longitude: Any, latitude: Any) -> Any:
        """Return page coordinates of positions, an array of shape (n, 2)."""
        x, y = self._projection(np.asarray(longitude, float), np.asarray(latitude, float))
        return np.column_stack(
            [
                self.box.x + self.box.width / 2 + np.atleast_1d(x) / self.metres,
                self.box.y + self.box.height / 2 - np.atleast_1d(y) / self.metres,
            ]
        )

    def point(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Return the page coordinates of one position."""
        x, y = self.points(longitude, latitude)[0]
        return float(x), float(y)

    @property
    def window(self) -> Any:
        """The box as a polygon of the page."""
        return _box(self.box)

    @cached_property
    def _window(self) -> Any:
        """The ground around the box, in degrees, wide enough to cut off what lies far away."""
        reach = self.metres * (self.box.width + self.box.height)
        high = reach / 110_000
        wide = high / np.cos(np.radians(min(abs(self.latitude) + high, 80)))
        return shapely.box(
            self.longitude - wide,
            self.latitude - high,
            self.longitude + wide,
            self.latitude + high,
        )

    def shape(self, shape: Any) -> Any:
        """Return a geometry on the page, simplified to what can be seen, cut near the box."""
        if shape.is_empty:
            return shape
        near = shapely.make_valid(shape).intersection(self._window)
        near = shapely.segmentize(near, max(self.metres * 40 / 111_000, 0.01))
        on_page = shapely.transform(near, lambda c: self.points(c[:, 0], c[:, 1]))
        cut = shapely.make_valid(on_page).intersection(_box(self.box.grown(6)))
        return shapely.simplify(cut, self.detail)

    def path(self, shape: Any) -> str:
        """Return the path data of a geometry in degrees."""
        return path_data(self.shape(shape), whole=self.detail >= 1)


def _box(box: Box) -> shapely.Polygon:
    return shapely.box(box.x, box.y, box.right, box.bottom)


def path_data(shape: Any, *, whole: bool = False) -> str:
    """Return the path data of a geometry on the page, to a tenth of a unit.

    To `whole` units it is about half as long.
    """
    write = _steps if whole else _line
    return "".join(write(points, closed=closed) for points, closed in _rings(shape))


def _rings(shape: Any) -> Iterator[tuple[Any, bool]]:
    """Yield the points of each line, and whether it is closed."""
    for part in getattr(shape, "geoms", [shape]):
        if hasattr(part, "geoms"):
            yield from _rings(part)
        elif isinstance(part, shapely.Polygon) and not part.is_empty:
            yield part.exterior.coords, True
            yield from ((ring.coords, True) for ring in part.interiors)
        elif isinstance(part, shapely.LineString) and not part.is_empty:
            yield part.coords, False


def _steps(points: Any, *, closed: bool) -> str:
    """Write a line in whole units, each point by its distance from the last."""
    at = np.rint(np.asarray(points)[:, :2]).astype(int)
    steps = np.diff(at, axis=0)
    steps = steps[steps.any(axis=1)]
    if len(steps) < (3 if closed else 1):
        return ""
    moves = " ".join(f"{x} {y}" for x, y in steps[: len(steps) - closed].tolist())
    return f"M{at[0, 0]} {at[0, 1]}l{moves.replace(' -', '-')}{'Z' if closed else ''}"


def _line(points: Any, *, closed: bool) -> str:
    pairs: list[str] = []
    for x, y, *_ in points[:-1] if closed else points:
        pair = f"{_tenth(x)} {_tenth(y)}"
        if not pairs or pairs[-1] != pair:
            pairs.append(pair)
    if len(pairs) < (3 if closed else 2):
        return ""
    return f"M{'L'.join(pairs)}{'Z' if closed else ''}"


def _tenth(value: float) -> str:
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


# -- names that do not touch ----------------------------------------------------------------

_SIDES = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1))


class Labels:
    """Puts names where they touch neither each other nor what must stay clear.

    Names are put in order of weight: who comes first has the choice. A name that finds no
    place near its point is moved farther off with a leader line, if it may; else left out.
    """

    def __init__(self, drawing: Drawing, frame: Box, *, rtl: bool) -> None:
        self.drawing = drawing
        self.frame = frame
        self.rtl = rtl
        self.taken: list[Box] = []

    def keep_clear(self, box: Box) -> None:
        """Reserve a box."""
        self.taken.append(box)

    def put(
        self,
        text: Text,
        *,
        gap: float | None = 4.0,
        reach: Sequence[float] = (),
        leader: str | None = None,
        off: Any = None,
    ) -> bool:
        """Put a name at the point that its text states, and tell whether there was room.

        `gap` is the room between the point and the name; None centres the name on the point
        first. `reach` lists distances farther off to try with a leader line. `off` is a
        geometry on the page that the name must not touch.
        """
        x, y = text.x, text.y
        width = measure(text.content, text.size, text.weight) + text.spacing * len(text.content)
        height = text.size * 1.1
        for far, side, box in self._places(x, y, width, height, gap, reach):
            if not self.frame.holds(box) or any(box.meets(other) for other in self.taken):
                continue
            if off is not None and off.intersects(_box(box.grown(2.0))):
                continue
            self.taken.append(box.grown(1.0))
            if far and leader:
                end = _nearest_on(box, x, y)
                data = f"M{_tenth(x)} {_tenth(y)}L{_tenth(end[0])} {_tenth(end[1])}"
                self.drawing.path(data, stroke=leader, stroke_width=0.8, fill="none")
            left, baseline = box.x + box.width * (1 - side) / 2, box.y + text.size * 0.86
            anchor = ("left", "middle", "right")[1 - side]
            self.drawing.text(replace(text, x=left, y=baseline, anchor=anchor, rtl=self.rtl))
            return True
        return False

    def _places(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        gap: float | None,
        reach: Sequence[float],
    ) -> Iterator[tuple[bool, int, Box]]:
        if gap is None:
            yield False, 0, Box(x - width / 2, y - height / 2, width, height)
        near = [] if gap is None else [gap]
        for distance in [*near, *reach]:
            for side_x, side_y in _SIDES if not self.rtl else _mirrored(_SIDES):
                off = distance * (0.7 if side_x and side_y else 1.0)
                left = x + side_x * off - (0 if side_x > 0 else width if side_x < 0 else width / 2)
                top = y + side_y * off - (0 if side_y > 0 else height if side_y < 0 else height / 2)
                yield distance not in near, side_x, Box(left, top, width, height)


def _mirrored(sides: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(-x, y) for x, y in sides]


def _nearest_on(box: Box, x: float, y: float) -> tuple[float, float]:
    return min(max(x, box.x), box.right), min(max(y, box.y), box.bottom)
