"""Areas of the atlas by name: countrysides, mountains and plains are judged as areas."""

import re

import pytest

import zones
from geodata.atlas import read_atlas
from geodata.columns.named.areas import find_area
from geodata.errors import InputError, PlaceError
from geodata.text.names import gazetteer_of

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
