"""Write the index that the package ships: run as `python -m zones.index.make`, by `make data`."""

from __future__ import annotations

from pathlib import Path

from geodata.atlas import Atlas, read_atlas
from zones.calendar import Basis, calendar_of
from zones.index.cells import CellIndex
from zones.index.shipped import FILE, write_index
from zones.space import Drawing, grounds_of, tables_of


def make_index(atlas: Atlas) -> CellIndex:
    """Make the index of an atlas for every boundary and every basis."""
    grounds = grounds_of(atlas)
    drawings = [Drawing(grounds, boundary.id) for boundary in atlas.boundaries]
    calendars = [calendar_of(atlas, basis) for basis in Basis]
    sets = {
        one
        for drawing in drawings
        for calendar in calendars
        for one in drawing.sets_of_bests(calendar)
    }
    return CellIndex.of(tables_of(atlas), sorted(sets))


if __name__ == "__main__":
    write_index(make_index(read_atlas()), Path(__file__).with_name(FILE))
