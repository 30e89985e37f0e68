"""Areas of the atlas by name: countrysides, mountains and plains are judged as areas."""

import re

import pytest

import zones
from geodata.atlas import read_atlas
from geodata.columns.named.areas import find_area
from geodata.errors import InputError, PlaceError
from geodata.text.names import gazetteer_of
from zones.incident import hint_at_name

ATLAS = read_atlas()
GAZETTEER = gazetteer_of(ATLAS.ledger)


@pytest.mark.parametrize(
    ("name", "area"),
    [
        pytest.param("Eastern Ghouta", "eastern-ghouta-area", id="English"),
        pytest.param("الغوطة الشرقية", "eastern-ghouta-area", id="Arabic"),
        pytest.param("Doğu Guta", "eastern-ghouta-area", id="Turkish"),
        pytest.param("Восточная Гута", "eastern-ghouta-area", id="Russian"),
        pytest.param("southern Idlib countryside", "south-idlib", id="small letters"),
        pytest.param("ريف حماة الشمالي", "north-hama", id="countryside in Arabic"),
        pytest.param("Jabal al-Zawiya", "jabal-al-zawiya", id="mountain"),
        pytest.param("Jabal Zawiya, Idlib", "jabal-al-zawiya", id="with its governorate"),
        pytest.param("Houla area", "al-houla", id="said to be an area"),
        pytest.param("Quneitra countryside", "quneitra-countryside", id="not the town"),
        pytest.param("Quneitra", None, id="the town"),
        pytest.param("Saraqib", None, id="a settlement"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_area_is_found_by_its_names(name, area):
    found = find_area(ATLAS.areas, GAZETTEER, name)
    assert (found and found.id) == area


@pytest.mark.parametrize(
    ("name", "settlement"),
    [
        pytest.param("ar-Rayhan, Eastern Ghouta", "Rihan", id="behind a comma"),
        pytest.param("Hamouriyah (Eastern Ghouta)", "Hammura", id="in brackets"),
        pytest.param("سقبا، الغوطة الشرقية", "Saqba", id="Arabic"),
        pytest.param("Eastern Ghouta, Hamouriyah", "Hammura", id="in front"),
        pytest.param("Nawa, Hauran", "Nawa", id="an area that sounds like a district"),
        pytest.param("Taldou, Houla", "Taldu", id="an area that is called as a sub-district"),
        pytest.param(
            "Maarrat Hurmah, Jabal al-Zawiya, Idlib", "Maar Tahroma", id="and a governorate"
        ),
    ],
)
def test_an_area_beside_a_name_tells_where_the_settlement_lies(name, settlement):
    record = zones.check(place=name, date="2018-03-07")
    assert record.place is not None
    assert record.place.name == settlement


def test_what_is_an_area_and_a_settlement_is_not_decided():
    with pytest.raises(PlaceError, match=r"is an area and also C\d+ .*write 'al-Marj area'"):
        zones.check(place="al-Marj", date="2018-03-07")


def test_an_area_is_judged_as_an_area_and_said_so():
    record = zones.check(place="Eastern Ghouta", date="2018-03-07")
    assert (record.verdict, record.zone, record.space) == (
        "uncertain",
        "eastern-ghouta",
        "straddles",
    )
    assert (record.latitude, record.settlement, record.radius_source) == (None, None, "area")
    assert record.place is not None
    assert record.place.gazetteer_id == "eastern-ghouta-area"
    assert "Eastern Ghouta lies inside" in record.sentence


def test_an_area_wholly_inside_is_inside():
    record = zones.check(place="Jabal al-Zawiya", date="2018-03-07")
    assert (record.verdict, record.zone) == ("inside", "idlib")


def test_an_area_has_no_radius():
    with pytest.raises(InputError, match=re.escape("an area or a radius, found both")):
        zones.check(place="Eastern Ghouta", date="2018-03-07", radius="5km")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param("Harim district", "SY0703", id="district"),
        pytest.param("منطقة حارم", "SY0703", id="district in Arabic"),
        pytest.param("Harim sub-district", "SY070300", id="sub-district"),
        pytest.param("ناحية سراقب", "SY070003", id="sub-district in Arabic"),
        pytest.param("Idlib governorate", "SY07", id="governorate"),
        pytest.param("sy0703", "SY0703", id="P-code"),
        pytest.param("Harim", None, id="the town"),
    ],
)
def test_an_admin_unit_that_is_named_as_such_is_an_area(name, code):
    found = find_area(ATLAS.areas, GAZETTEER, name)
    assert (found and found.id) == code


def test_a_district_is_judged_as_the_ground_of_its_settlements():
    record = zones.check(place="Maarrat al-Numan subdistrict", date="2018-01-05")
    assert (record.verdict, record.radius_source, record.settlement) == ("inside", "area", None)
    assert zones.check(place="Harim district", date="2018-01-05").verdict == "uncertain"


def test_a_position_goes_before_a_name_and_what_that_was_taken_for_is_told():
    record = zones.check(34.0, 36.8, place="Saraqib", date="2018-03-07")
    assert (record.verdict, record.settlement) == ("outside", None)
    assert "positions-disagree" in record.reasons
    assert record.place is not None
    assert record.place.gazetteer_id == "C3916"
    assert "Saraq" not in record.sentence
    assert "Saraqab" in hint_at_name(record, ATLAS)
    assert "lies elsewhere" in hint_at_name(record, ATLAS)


def test_a_name_at_the_position_says_no_more():
    record = zones.check(35.861, 36.806, place="Saraqib", date="2018-03-07")
    assert "positions-disagree" not in record.reasons
    assert hint_at_name(record, ATLAS) == ""
    assert hint_at_name(zones.check(place="Saraqib", date="2018-03-07"), ATLAS) == ""


def test_a_name_that_nobody_knows_does_not_keep_a_position_from_its_answer():
    record = zones.check(35.861, 36.806, place="Zzyzx", date="2018-03-07")
    assert (record.verdict, record.place) == ("inside", None)
    assert "No place is clearly called Zzyzx" in hint_at_name(record, ATLAS)


def test_a_name_beside_a_position_can_be_an_area():
    inside = zones.check(35.70, 36.55, place="Jabal al-Zawiya", date="2018-03-07")
    beyond = zones.check(34.0, 36.8, place="Jabal al-Zawiya", date="2018-03-07")
    assert hint_at_name(inside, ATLAS) == ""
    assert "lies elsewhere" in hint_at_name(beyond, ATLAS)
