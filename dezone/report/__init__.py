"""What a file of incidents says about the zones: counts, changes, and how sure they are.

The public names are loaded when they are first used, so that other commands do not pay for them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dezone.report.model import Report
    from dezone.report.numbers.making import make_report
    from dezone.report.words import say_finding

__all__ = ["Report", "make_report", "say_finding"]

_HOMES = {"Report": "model", "make_report": "numbers.making", "say_finding": "words"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
