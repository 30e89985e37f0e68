"""A column of a page that is filled from the top, from the side where reading begins."""

from __future__ import annotations

from maps.print.drawing import Box, Drawing, Text
from maps.print.lettering import wrap
from maps.style import TOKENS


class Column:
    """Where the next line goes.

    Parameters
    ----------
    drawing
        The page.
    rtl
        Whether reading begins at the right.
    offset, width
        Of the column, from the page's edge where reading begins.
    y
        Where the first line goes below.
    """

    def __init__(self, drawing: Drawing, *, rtl: bool, offset: float, width: float, y: float):
        self.drawing = drawing
        self.rtl = rtl
        self.offset = offset
        self.width = width
        self.y = y

    def x(self, offset: float) -> float:
        """Return the page's x of a distance from the column's beginning."""
        along = self.offset + offset
        return self.drawing.width - along if self.rtl else along

    def box(self, offset: float, y: float, width: float, height: float) -> Box:
        """Return a box that begins at a distance from the column's beginning."""
        x = self.x(offset)
        return Box(x - width if self.rtl else x, y, width, height)

    def put(
        self, offset: float, y: float, content: str, size: float, colour: str, weight: int = 400
    ) -> None:
        """Put a line of text at a distance from the column's beginning, and go nowhere."""
        anchor = "right" if self.rtl else "left"
        self.drawing.text(Text(self.x(offset), y, content, size, colour, weight, anchor, self.rtl))

    def say(
        self,
        content: str,
        size: float,
        colour: str,
        *,
        weight: int = 400,
        offset: float = 0.0,
        lead: float = 1.32,
        lines: int | None = None,
    ) -> None:
        """Put a paragraph and go on below it."""
        for line in wrap(content, size, self.width - offset, weight, lines):
            self.y += size * lead
            self.put(offset, self.y, line, size, colour, weight)

    def rule(self) -> None:
        """Draw a thin rule across the column."""
        edge = self.box(0, self.y, self.width, 0)
        self.drawing.path(
            f"M{edge.x:.1f} {self.y:.1f}H{edge.right:.1f}",
            stroke=TOKENS["rule"],
            stroke_width=0.7,
        )

    def finish(self, margin: float, *, paper: bool = True) -> Drawing:
        """Return the drawing cut below the last line, on paper or on whatever it is laid upon."""
        drawing = self.drawing
        sheet = Drawing(drawing.width, round(self.y + margin))
        if paper:
            sheet.add("rect", width=sheet.width, height=sheet.height, fill=TOKENS["paper"])
        sheet.defs, sheet.texts = drawing.defs, drawing.texts
        sheet.shapes += drawing.shapes
        return sheet
