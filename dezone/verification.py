"""What came of verifying a file: the same for cards, reports and whatever else can be verified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from geodata.atlas import Atlas

__all__ = ["Difference", "Given", "Verification"]


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a file is verified with: an atlas, and the files that it was made from."""

    atlas: Atlas
    places: Path | None = None
    incidents: str | None = None
    admin: Sequence[str] = ()


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in which a card and its recomputation differ.

    `what` is ``record``, ``atlas``, ``software`` or ``answer``; `text` says it in one line.
    """

    what: str
    text: str


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What came of recomputing a card; verified where nothing differs.

    `recomputed` is False where the file could not be read as a card: nothing is known of its
    answer then.
    """

    differences: list[Difference]
    recomputed: bool = True

    @property
    def verified(self) -> bool:
        """Whether the card is as it was made, and the same answer comes out again."""
        return not self.differences
