"""Questions that come at the same time are answered together, and as each would be alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zones
from dezone.serve.together import Together
from geodata.atlas import read_atlas
from geodata.errors import AtlasError
from zones.incident import answer_questions, read_question

ASKED = (
    {"latitude": "35.9306", "longitude": "36.6339", "date": "2018-03"},
    {"latitude": "35.9306", "longitude": "36.6339", "date": "2018-03", "radius": "5km"},
    {"latitude": "35.44374", "longitude": "36.65037", "date": "2019-10-15"},  # a settlement
    {"latitude": "36.2", "longitude": "36.3", "date": "2018"},  # either way in the country
    {"latitude": "36.2", "longitude": "36.3", "place": "Douma"},  # another place's name
    {"latitude": "10", "longitude": "10"},
    {"place": "خان شيخون", "date": "2017-04-04", "language": "ar"},
    {"place": "الجديدة", "date": "2018-03-13"},  # a name that many share
    {"place": "Eastern Ghouta", "date": "2018-02"},  # an area
    {"place": "outskirts of Idlib", "date": "2018-02", "basis": "arrangement"},
    {"position": "37S BV 8645 7920", "date": "2018-02", "boundary": "ministry"},
    {"date": "2018-02-01"},
    {},
)
ATLAS = read_atlas()


@cache
def alone(number):
    return zones.check(**ASKED[number])


@given(st.permutations(range(len(ASKED))))
@settings(max_examples=5, deadline=None)
def test_questions_that_are_answered_together_are_answered_as_each_alone(order):
    together = answer_questions([read_question(ATLAS, ASKED[number]) for number in order])
    assert together == list(map(alone, order))


def test_each_of_many_threads_is_given_its_own_answer_or_its_own_error():
    together = Together()

    def ask(number):
        which = number % len(ASKED)
        if number % 7:
            return together.answer(read_question(ATLAS, ASKED[which])) == alone(which)
        with pytest.raises(AtlasError, match="xx"):
            together.answer(read_question(ATLAS, {**ASKED[which], "language": "xx"}))
        return True

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(ask, range(32), timeout=100))
