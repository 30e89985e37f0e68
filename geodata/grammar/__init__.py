"""Tables of words, spellings, column names and codes that Python and the page share, as data."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

__all__ = ["load"]


@cache
def load(name: str) -> Any:
    """Return the table in the file ``name.json`` of this folder; it is not to be changed."""
    from importlib.resources import files

    return json.loads(files(__name__).joinpath(f"{name}.json").read_bytes())
