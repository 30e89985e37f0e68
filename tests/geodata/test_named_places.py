"""Files that say where by name or by P-code, and have no coordinates."""

import numpy as np
import pytest

from geodata.atlas import read_atlas
from geodata.columns.diagnostics import inspect_file
from geodata.columns.incidents import PlaceType, Reason
from geodata.columns.mapping import ColumnMapping
from geodata.columns.opening import open_incidents
from geodata.columns.options import ReadingOptions
from geodata.columns.reading import read_batch
from geodata.errors import InputError
from geodata.text.names import Gazetteer

ATLAS = read_atlas()


@pytest.fixture
def read(tmp_path):
    """Read a CSV of these lines: the incidents, and the findings as (kind, cell, text)."""

    def read(*lines, mapping=None):
        path = tmp_path / "incidents.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        opened = open_incidents(path, ReadingOptions(mapping=mapping), atlas=ATLAS)
        (batch,) = opened.batches(65536)
        found = read_batch(batch, opened.plan)
        return found, [(f.kind, f.before, f.after) for f in found.findings]

    return read


def named(incidents):
    """Return the names of the settlements that rows were taken for; None of none."""
    return [
        None if at < 0 else ATLAS.ledger.settlement(int(at)).name for at in incidents.settlement
    ]


def test_a_column_of_names_is_place_enough(read):
    found, _ = read("date,location", "2018-03-07,Khan Sheikhoun", "2018-03-07,سراقب")
    assert named(found) == ["Khan Shaykun", "Saraqab"]
    assert (found.place_type == PlaceType.SETTLEMENT).all()
    assert np.isfinite(found.longitude).all()


def test_admin_columns_tell_homonyms_apart(read):
    found, _ = read(
        "date,admin1,admin3,village",
        "2018-03-07,Idlib,Dana,Dana",
        "2018-03-07,Idleb,Ma'arrat An Nu'man,الدانا",
        "2018-03-07,ريف دمشق,,Douma",
    )
    assert named(found) == ["Dana", "Dana", "Duma"]
    assert found.settlement[0] != found.settlement[1]


def test_codes_go_before_names(read):
    found, _ = read("date,admin4Pcode,community", "2018-03-07,C3871,Somewhere", "2018-03-07,,Ariha")
    assert named(found) == ["Idleb", "Ariha"]


def test_a_shared_name_is_no_position_and_lists_its_places(read):
    found, findings = read("date,place", "2018-03-07,الجديدة", "2018-03-07,الجديدة")
    assert named(found) == [None, None]
    assert found.shared.tolist() == [0, 0]
    assert len(found.candidates) == 1
    assert (found.reasons == Reason.NAME_SHARED.bit).all()
    assert not found.unreadable.any()
    ((kind, cell, text),) = findings
    assert (kind, cell) == ("name-shared", "الجديدة")
    assert "C1662 Jdideh, Aleppo" in text


def test_an_unknown_name_is_refused_with_the_nearest(read):
    found, findings = read("date,place", "2018-03-07,Zzyzxtqwk", "2018-03-07,Idlib")
    assert found.unreadable.tolist() == [True, False]
    ((kind, cell, text),) = findings
    assert (kind, cell) == ("unknown-place", "Zzyzxtqwk")
    assert "no place clearly has" in text


def test_villages_that_a_city_was_chosen_before_are_told(read):
    found, ((kind, _, text),) = read("date,place", "2018-03-07,Douma")
    assert named(found) == ["Duma"]
    assert kind == "namesakes"
    assert "Duma, Hama" in text


def test_around_and_between_are_discs_that_say_so(read):
    found, _ = read(
        "date,place",
        "2018-03-07,outskirts of Saraqib",
        "2018-03-07,between Saraqib and Khan Sheikhoun",
        "2018-03-07,",
    )
    sources = [found.radius_sources[k] for k in found.radius_source]
    assert sources == ["around", "between", "none"]
    assert found.radius_m[0] == 2000
    assert (found.place_type == PlaceType.DISC).all()
    assert found.reasons[2] == Reason.NO_LOCATION.bit


def test_a_stated_radius_makes_a_disc_about_the_place(read):
    found, _ = read("date,place,radius", "2018-03-07,Idlib,3 km")
    assert (found.radius_m[0], found.place_type[0]) == (3000, PlaceType.DISC)


def test_coordinates_go_before_a_name_that_is_stated_beside_them(read):
    mapping = ColumnMapping(place="town")
    found, _ = read(
        "date,lat,lon,town",
        "2018-03-07,35.5,36.5,Idlib",
        "2018-03-07,,,Idlib",
        mapping=mapping,
    )
    assert found.latitude[0] == 35.5
    assert named(found)[1] == "Idleb"


def test_two_columns_of_names_are_not_chosen_from(read):
    with pytest.raises(InputError, match="expected one name of a place"):
        read("date,town,location", "2018-03-07,Idlib,Idlib")


def test_tags_of_hxl_name_places(read):
    found, _ = read("when,where,which", "#date,#loc+name,#loc+code", "2018-03-07,Somewhere,C3871")
    assert named(found) == ["Idleb"]


def test_a_name_that_lies_elsewhere_than_the_position_is_told(read):
    found, findings = read(
        "date,lat,lon,town",
        "2018-03-07,34.0,36.8,Saraqib",
        "2018-03-07,35.861,36.806,Saraqib",
        "2018-03-07,34.0,36.8,Zzyzx",
        "2018-03-07,34.0,36.8,Jabal al-Zawiya",
        mapping=ColumnMapping(place="town", latitude="lat", longitude="lon"),
    )
    assert found.latitude.tolist() == [34.0, 35.861, 34.0, 34.0]
    assert not found.unreadable.any()
    told = {(kind, cell) for kind, cell, _ in findings}
    assert told == {
        ("name-elsewhere", "Saraqib"),
        ("unknown-name", "Zzyzx"),
        ("name-elsewhere", "Jabal al-Zawiya"),
    }
    (other,) = found.alternatives
    assert (other.reason, other.rows.tolist(), other.is_likely) == (
        Reason.POSITIONS_DISAGREE,
        [0],
        False,
    )
    assert named(other.incidents) == ["Saraqab"]


def test_a_name_in_a_column_that_nobody_stated_is_told_where_it_lies_far_away(read):
    found, findings = read(
        "date,lat,lon,location",
        "2018-03-07,35.861,36.806,Douma",
        "2018-03-07,35.861,36.806,دوما",
        "2018-03-07,35.861,36.806,C2338",
        "2018-03-07,35.861,36.806,Saraqib",
        "2018-03-07,35.861,36.806,Idlib",  # of a governorate
        "2018-03-07,35.861,36.806,Jdeideh",  # so are places near by, in other letters
        "2018-03-07,35.861,36.806,Zzyzx",
        "2018-03-07,35.861,36.806,",
    )
    assert (found.latitude == 35.861).all()
    told = [(kind, cell) for kind, cell, _ in findings]
    assert told == [("name-elsewhere", name) for name in ("Douma", "دوما", "C2338")]
    assert not found.alternatives


def test_areas_and_admin_units_in_a_column_of_names_are_polygons(read):
    found, findings = read(
        "date,place",
        "2018-03-07,Jabal al-Zawiya",
        "2018-03-07,Harim district",
        "2018-03-07,Saraqib",
    )
    assert not findings
    assert found.place_type.tolist() == [PlaceType.ADMIN_UNIT] * 2 + [PlaceType.SETTLEMENT]
    codes = [found.units.all[one].code for one in found.unit[:2]]
    assert codes == ["jabal-al-zawiya", "SY0703"]
    assert [found.radius_sources[k] for k in found.radius_source[:2]] == ["area", "area"]


def test_a_governorate_tells_a_settlement_from_an_area_of_its_name(read):
    found, findings = read(
        "date,place,governorate",
        "2018-03-07,Mraj,Tartous",
        "2018-03-07,Eastern Ghouta,Rural Damascus",
    )
    assert not findings
    assert found.place_type.tolist() == [PlaceType.SETTLEMENT, PlaceType.ADMIN_UNIT]
    found, findings = read("date,place", "2018-03-07,Mraj")
    ((kind, _, why),) = findings
    assert kind == "unknown-place"
    assert "which is an area and also" in why


def test_codes_of_admin_units_in_a_column_of_codes_are_polygons(read):
    found, findings = read(
        "date,pcode", "2018-03-07,SY070303", "2018-03-07,SY07", "2018-03-07,C3916"
    )
    assert not findings
    assert found.place_type.tolist() == [PlaceType.ADMIN_UNIT] * 2 + [PlaceType.SETTLEMENT]
    assert [found.units.all[one].code for one in found.unit[:2]] == ["SY070303", "SY07"]


def test_each_different_name_is_looked_up_once(read, monkeypatch):
    asked = []
    look_up = Gazetteer.look_up

    def counted(self, name, **kwargs):
        asked.append(name)
        return look_up(self, name, **kwargs)

    monkeypatch.setattr(Gazetteer, "look_up", counted)
    names = ["Saraqib", "Binnish", "Idlib"]
    found, _ = read("date,place", *(f"2018-03-07,{names[i % 3]}" for i in range(3000)))
    assert sorted(asked) == sorted(names)
    assert (found.settlement >= 0).all()


def test_rows_without_a_position_are_looked_up_by_name_beside_coordinates(read):
    found, _ = read(
        "date,latitude,longitude,place,governorate",
        "2018-03-07,35.9306,36.6339,Saraqib,Idlib",
        "2018-03-07,,,Saraqib,Idlib",
        "2018-03-07,NA,NA,,Idlib",
    )
    assert found.latitude[0] == 35.9306  # a position goes before a name
    assert found.place_type[1] == PlaceType.SETTLEMENT
    assert 35.8 < found.latitude[1] < 35.9
    assert found.reasons[2] == Reason.NO_LOCATION.bit


def test_two_columns_of_names_beside_coordinates_are_told_and_not_chosen_between(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("date,lat,lon,village,town\n2018-03-07,,,Saraqib,Idlib\n", encoding="utf-8")
    (told,) = (f for f in inspect_file(path, keep_rows=True).log.kept if f.kind == "unused-place")
    assert told.before == "'town', 'village'"
    assert "state which column, place = 'town'" in told.after
