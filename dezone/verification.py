"""The result of verifying a file: the same for cards, reports and anything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from geodata.atlas import Atlas

_LONGEST = 80
_MOST_LEAVES = 5


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a file is verified with: an atlas, and the files that it was made from."""

    atlas: Atlas
    places: Path | None = None
    incidents: str | None = None
    admin: Sequence[str] = ()


class Outcome(StrEnum):
    """The result for one part of a file."""

    SAME = "same"
    """It is the same when it is made again."""
    DIFFERS = "differs"
    """It is not what it says."""
    UNCHECKED = "unchecked"
    """What it must be compared with is missing here, so it may be right or wrong."""
    STATED = "stated"
    """There is nothing that it could be compared with."""


class Finding(msgspec.Struct, frozen=True):
    """The result for one part, with its text.

    Attributes
    ----------
    what
        The part: ``card``, ``record``, ``answer``, ``grounds``, ``atlas``, ``software``,
        ``libraries``, ``made``, ``drawing``; of a report ``report``, ``file``, ``numbers``, ...
    outcome
    text
        One line for the user; the name of the part if it is the same.
    """

    what: str
    outcome: Outcome
    text: str


class Verification(msgspec.Struct, frozen=True):
    """The result of verifying a file.

    Attributes
    ----------
    findings
        In the order in which the parts were looked at.
    """

    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Verification:
        """Return the result for a file from the results for its parts."""
        return cls(tuple(findings))

    def having(self, outcome: Outcome) -> tuple[Finding, ...]:
        """Return the findings of one outcome."""
        return tuple(one for one in self.findings if one.outcome is outcome)

    @property
    def differences(self) -> tuple[Finding, ...]:
        """The parts that are not what they say."""
        return self.having(Outcome.DIFFERS)

    @property
    def unchecked(self) -> tuple[Finding, ...]:
        """The parts that could not be compared here."""
        return self.having(Outcome.UNCHECKED)

    @property
    def verified(self) -> bool:
        """Whether every part was compared and is the same."""
        return bool(self.findings) and not self.differences and not self.unchecked


def same(what: str, text: str = "") -> Finding:
    """Return the finding of a part that is the same."""
    return Finding(what, Outcome.SAME, text or what)


def differs(what: str, text: str) -> Finding:
    """Return the finding of a part that is not what it says."""
    return Finding(what, Outcome.DIFFERS, text)


def unchecked(what: str, text: str) -> Finding:
    """Return the finding of a part that cannot be compared here."""
    return Finding(what, Outcome.UNCHECKED, f"unchecked: {text}")


class Leaf(msgspec.Struct, frozen=True):
    """A value that differs between two trees of plain values, and its path."""

    path: tuple[str, ...]
    before: Any
    now: Any

    def __str__(self) -> str:
        return f"{'.'.join(self.path)} was {_short(self.before)}, is {_short(self.now)}"


class Nothing:
    """Stands for a value that is not there."""


def leaves(before: Any, now: Any, path: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """Yield every value that differs between two trees of dicts, lists and plain values.

    A key or an item that only one of them has is compared with `Nothing`. 1 and 1.0 are the same;
    1 and true are not, nor are the same keys in another order.
    """
    if isinstance(before, dict) and isinstance(now, dict):
        for key in dict.fromkeys([*before, *now]):
            yield from leaves(before.get(key, Nothing), now.get(key, Nothing), (*path, str(key)))
        if before.keys() == now.keys() and list(before) != list(now):
            yield Leaf((*path, "order of keys"), list(before), list(now))
    elif isinstance(before, list) and isinstance(now, list):
        for i in range(max(len(before), len(now))):
            one, other = (side[i] if i < len(side) else Nothing for side in (before, now))
            yield from leaves(one, other, (*path, str(i)))
    elif before != now or isinstance(before, bool) != isinstance(now, bool):
        yield Leaf(path, before, now)


def listed(found: Sequence[Leaf]) -> str:
    """Return differing values in one line; only the first, if there are many."""
    said = "; ".join(map(str, found[:_MOST_LEAVES]))
    return f"{said}; {len(found) - _MOST_LEAVES} more" if len(found) > _MOST_LEAVES else said


def _short(value: Any) -> str:
    if value is Nothing:
        return "nothing"
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
