"""Which incidents have a settlement of the ledger as their place."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from geodata.atlas import read_atlas
from geodata.columns.incidents import SETTLEMENT, Incidents, PlaceType
from geodata.ledger import Ledger

LEDGER = read_atlas().ledger
DOUMA = LEDGER.index("C2338")
AT_DOUMA = LEDGER.longitude[DOUMA], LEDGER.latitude[DOUMA]
IN_THE_DESERT = 38.9, 34.2


def incident(place=AT_DOUMA, radius=0.0, source="default", named=-1) -> Incidents:
    one = Incidents.discs([place[0]], [place[1]], [radius], [0], [0], radius_source=source)
    return replace(one, settlement=np.array([named], dtype=np.int32))


@pytest.mark.parametrize("source", ["default", "ucdp-ged where_prec 1"])
def test_an_exact_point_within_the_size_of_a_settlement_is_that_settlement(source):
    found = incident(source=source).settled(LEDGER)
    assert found.place_type.tolist() == [PlaceType.SETTLEMENT]
    assert found.settlement.tolist() == [DOUMA]
    assert found.radius_m.tolist() == [LEDGER.radius_m[DOUMA]]
    assert found.radius_sources[found.radius_source[0]] == SETTLEMENT


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(incident(source="given"), id="an exact point is stated"),
        pytest.param(incident(radius=1.0, source="given"), id="a radius is stated"),
        pytest.param(incident(radius=100.0, source="mgrs"), id="the square of a grid reference"),
        pytest.param(incident(radius=10_000.0, source="acled geo_precision 2"), id="a coarse code"),
        pytest.param(incident(radius=np.nan, source="unknown-code"), id="radius unknown"),
        pytest.param(incident(IN_THE_DESERT), id="between settlements"),
        pytest.param(incident((np.nan, np.nan)), id="no position"),
        pytest.param(incident(source="given", named=DOUMA), id="a name, and a radius stated"),
    ],
)
def test_everything_else_stays_a_disc(given):
    found = given.settled(LEDGER)
    assert found.place_type.tolist() == [PlaceType.DISC]
    assert found.settlement.tolist() == [-1]
    np.testing.assert_array_equal(found.radius_m, given.radius_m)
    assert found.radius_sources == given.radius_sources


def test_a_name_says_which_settlement_wherever_its_points_lie():
    named = incident(IN_THE_DESERT, named=DOUMA)
    assert named.settled(LEDGER).settlement.tolist() == [DOUMA]


def test_a_point_that_stands_for_a_whole_area_lies_in_no_settlement():
    found = incident().settled(LEDGER, [(*AT_DOUMA, "Rif Dimashq governorate")])
    assert found.place_type.tolist() == [PlaceType.DISC]
    assert incident().settled(LEDGER, [(*IN_THE_DESERT, "Syria")]).settlement.tolist() == [DOUMA]


def test_an_atlas_without_a_ledger_has_discs_only():
    assert incident().settled(Ledger()).place_type.tolist() == [PlaceType.DISC]


def test_what_is_settled_stays_so():
    once = incident(named=DOUMA).settled(LEDGER)
    again = once.settled(LEDGER)
    assert again.place_type.tolist() == [PlaceType.SETTLEMENT]
    assert again.settlement.tolist() == once.settlement.tolist()


def test_a_ledger_is_sent_to_a_worker_as_it_is_written():
    LEDGER.near(*AT_DOUMA)
    sent = pickle.loads(pickle.dumps(LEDGER))  # noqa: S301  (our own)
    assert len(pickle.dumps(sent)) == len(pickle.dumps(Ledger(LEDGER._file)))
    assert sent.near(*AT_DOUMA)[0].tolist() == [DOUMA]
