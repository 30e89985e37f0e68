"""Points that very many incidents share: counted as one would by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geodata.columns.plan import SharedPoints

DEGREES = st.sampled_from([0.0, -0.0, 33.5, 35.9306, 36.6339, -5.0, 1e-300])
BATCH = st.lists(st.tuples(DEGREES, DEGREES, st.integers(1, 90)), max_size=12)


@given(st.lists(BATCH, max_size=3))
def test_points_are_shared_as_counting_them_one_by_one_says(batches: list) -> None:
    found, by_hand = SharedPoints(), Counter()
    for batch in batches:
        rows = [(y, x) for y, x, times in batch for _ in range(times)]
        by_hand.update(rows)
        y, x = np.array([*rows, (np.nan, np.nan)]).T  # and a row without a place
        found.add(y, x)
    total = by_hand.total()
    expected = {
        point: n for point, n in by_hand.items() if n < total and n >= max(20, 0.02 * total)
    }
    shared = found.shared()
    assert dict(shared) == expected
    assert [n for _, n in shared] == sorted(expected.values(), reverse=True)
    assert found.total == total
