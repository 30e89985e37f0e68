"""Incidents at a name that several places share."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

import zones
from geodata.atlas import read_atlas
from geodata.columns.incidents import Incidents
from geodata.text.names import Gazetteer
from zones.calendar import day_number
from zones.record import assess_names
from zones.verdict import VERDICTS, Assessor

ATLAS = read_atlas()
GAZETTEER = Gazetteer(ATLAS.ledger)


def test_homonyms_that_lead_to_different_answers_are_undetermined_and_listed():
    record = zones.check(place="الجديدة", date="2018-03-07")
    assert (record.verdict, record.reasons) == ("undetermined", ["name-shared"])
    assert (record.latitude, record.place) == (None, None)
    apart = {zones.check(place=code, date="2018-03-07").verdict for code in record.candidates}
    assert {"inside", "outside"} <= apart


def test_homonyms_that_agree_have_their_verdict_and_no_place():
    record = zones.check(place="Dana, Idlib", date="2018-03-07")
    assert (record.verdict, record.zone, record.space) == ("inside", "idlib", "inside")
    assert (record.latitude, record.place, record.distance_m) == (None, None, None)
    assert "name-shared" in record.reasons
    assert len(record.candidates) == 2
    assert "several places" in record.sentence.lower()


def test_of_homonyms_that_agree_none_is_the_settlement_and_none_held_it():
    record = zones.check(place="Dana, Idlib", date="2018-03-07")
    assert (record.settlement, record.settlement_name, record.held_by) == (None, None, [])


def test_before_the_zones_every_homonym_is_outside():
    record = zones.check(place="الجديدة", date="2016")
    assert (record.verdict, record.reasons) == ("outside", ["name-shared"])


def test_a_city_is_chosen_and_the_villages_passed_over_are_listed():
    record = zones.check(place="Douma", date="2017-09-15")
    assert record.place is not None
    assert (record.place.name, len(record.candidates)) == ("Duma", 2)
    assert "name-shared" not in record.reasons


@pytest.mark.parametrize("many", [1, 40_000], ids=["few", "many"])
def test_a_table_answers_as_each_row_alone(many):
    """So do batches of different candidates that are joined."""
    names = ["الجديدة", "Dana, Idlib", "Jobar", "Dana, Idlib"]
    day = day_number(dt.date(2018, 3, 7))
    days = [day, day, day, day - 1000]
    rows = [
        replace(
            Incidents.discs([np.nan], [np.nan], [np.nan], [on], [on], radius_source="none"),
            shared=np.zeros(1, dtype=np.int32),
            candidates=(GAZETTEER.look_up(name).places,),
        )
        for name, on in zip(names, days, strict=True)
    ]
    whole = Incidents.joined(rows * many)
    assessor = Assessor(ATLAS)
    found, which = assess_names(assessor, whole)
    assert which is not None
    alone = [assess_names(assessor, row) for row in rows]
    expected = [int(one.verdict[own[0]]) for one, own in alone if own is not None]
    assert found.verdict[which].tolist() == expected * many
    assert [VERDICTS[code].value for code in expected][1::2] == ["inside", "outside"]


def test_around_and_between_are_discs():
    around = zones.check(place="outskirts of Saraqib", date="2018-03-07")
    between = zones.check(place="between Saraqib and Khan Sheikhoun", date="2018-03-07")
    assert (around.radius_source, between.radius_source) == ("around", "between")
    assert between.place is not None
    assert between.place.gazetteer_id.count(";") == 1


def test_a_stated_radius_is_a_disc_about_the_place():
    record = zones.check(place="Khan Sheikhoun", date="2018-03-07", radius="5km")
    assert (record.radius_m, record.radius_source) == (5000, "given")
