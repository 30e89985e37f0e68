"""What is prepared from an atlas, such as its calendar: made once in a process, and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, TypeVar

from geodata.atlas import Atlas
from geodata.locks import MAKING

P = ParamSpec("P")
T = TypeVar("T")

_MOST = 32
"""How many things are kept: those asked for last."""

_kept: OrderedDict[Hashable, Any] = OrderedDict()


def once_per_atlas(
    make: Callable[Concatenate[Atlas, P], T],
) -> Callable[Concatenate[Atlas, P], T]:
    """Cache a function of an atlas and of hashable choices.

    Atlases with the same `sha256` are the same, so the result serves every copy of an atlas that
    is sent to a process.
    """

    def prepared(atlas: Atlas, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (make, atlas.sha256, args, tuple(sorted(kwargs.items())))
        with MAKING:
            if key not in _kept:
                _kept[key] = make(atlas, *args, **kwargs)
                if len(_kept) > _MOST:
                    _kept.popitem(last=False)
            _kept.move_to_end(key)
            found: T = _kept[key]
            return found

    return update_wrapper(prepared, make)
