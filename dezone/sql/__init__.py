"""Verdicts within databases: one script for DuckDB or PostGIS, and a function for DuckDB.

The public names are loaded when they are first used, so that other commands do not pay for them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dezone.sql.function import register
    from dezone.sql.script import Database, make_script

__all__ = ["Database", "make_script", "register"]

_HOMES = {"Database": "script", "make_script": "script", "register": "function"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
