"""Names of places: any spelling finds its place, and no homonym is chosen in silence."""

import contextlib
import csv
import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.atlas import read_atlas
from geodata.columns.diagnostics import inspect_file
from geodata.columns.named import settlements
from geodata.errors import DezoneError, InputError, PlaceError
from geodata.ledger import Ledger
from geodata.text import sounds
from geodata.text.gazetteers import read_gazetteer
from geodata.text.names import Gazetteer, Place
from geodata.text.sounds import Codes, distances, distances_of_parts, read_spelling, reduced

REPOSITORY = Path(__file__).parents[2]
SHARED = Path(os.environ.get("DEZONE_SHARED", REPOSITORY.parent / "shared"))
LEDGER = read_atlas().ledger
POINTS = np.stack([LEDGER.longitude, LEDGER.latitude], axis=1)[: len(LEDGER)]


@pytest.fixture(scope="module")
def shipped():
    return Gazetteer(LEDGER)


def own(name, longitude=36.0, latitude=35.0, *, name_ar=None, admin=()):
    return Place(-1, f"{name} {longitude}", name, name_ar, longitude, latitude, 600.0, admin)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        pytest.param("Khan Sheikhoun", "Khan Shaykun", id="press"),
        pytest.param("Khân Cheikhoun", "Khan Shaykun", id="French"),
        pytest.param("Chan Schaichun", "Khan Shaykun", id="German"),
        pytest.param("khan  sheikhun", "Khan Shaykun", id="small letters"),
        pytest.param("Khan Sheikhoun town", "Khan Shaykun", id="with its class"),
        pytest.param("Han Şeyhun", "Khan Shaykun", id="Turkish"),
        pytest.param("Хан-Шейхун", "Khan Shaykun", id="Russian"),
        pytest.param("خان شيخون", "Khan Shaykun", id="Arabic"),
        pytest.param("خَانُ شَيْخُون", "Khan Shaykun", id="Arabic with vowels"),
        pytest.param("خـان شيخـون", "Khan Shaykun", id="Arabic, stretched"),
        pytest.param("\u200fخان شيخون\u200e", "Khan Shaykun", id="Arabic with marks of direction"),
        pytest.param("مدينة خان شيخون", "Khan Shaykun", id="Arabic with its class"),
        pytest.param("Saraqeb", "Saraqab", id="e for i"),
        pytest.param("Sarakeb", "Saraqab", id="k for q"),
        pytest.param("Maarat al-Numan", "Maarrat An Numan", id="article not assimilated"),
        pytest.param("Ma'arrat an-Nu'man", "Maarrat An Numan", id="signs for ayn"),
        pytest.param("معره النعمان", "Maarrat An Numan", id="ha for ta marbuta"),
        pytest.param("Cisr eş-Şuğur", "Jisr-Ash-Shugur", id="Turkish c, ş, ğ"),
        pytest.param("Jisr al-Shughour", "Jisr-Ash-Shugur", id="English ou"),
        pytest.param("ادلب", "Idleb", id="alef without hamza"),
        pytest.param("İDLİB", "Idleb", id="Turkish capitals"),
        pytest.param("Rastan", "Ar-Rastan", id="without article"),
        pytest.param("درعا", "Dar'a", id="Daraa"),
        pytest.param("Kafranbel", "Kafr Nobol", id="one word"),
        pytest.param("East Ghariyah, Daraa", "Eastern Ghariyeh", id="East"),
        pytest.param("Ghariyah al-Sharqiyah, Daraa", "Eastern Ghariyeh", id="Sharqiyah"),
        pytest.param("الغارية الغربية", "Western Ghariyeh", id="Arabic for west"),
        pytest.param("Douma, Rif Dimashq", "Duma", id="with its governorate"),
        pytest.param("Douma (Damascus Countryside)", "Duma", id="governorate in brackets"),
        pytest.param("Saraqib - Idlib", "Saraqab", id="governorate after a dash"),
        pytest.param("Idlib, Saraqib", "Saraqab", id="governorate first"),
        pytest.param("Khan Sheikhoun, Idlin", "Khan Shaykun", id="governorate with a wrong letter"),
        pytest.param("Kafr Nabl or Kafranbel", "Kafr Nobol", id="two spellings"),
        pytest.param("C3871", "Idleb", id="P-code"),
        pytest.param("Hamouria", "Hammura", id="not shared with Hamra"),
        pytest.param("Arbeen", "Arbin", id="Arbeen"),
        pytest.param("Irbin", "Arbin", id="Irbin"),
        pytest.param("Saqba", "Saqba", id="Saqba"),
        pytest.param("Kfar Batna", "Kafr Batna", id="Kfar"),
        pytest.param("Ain Tarma", "Ein Terma", id="Ain"),
        pytest.param("Jobar, Damascus", "Joubar Sharqi", id="neighbourhood"),
        pytest.param("Tell Refaat", "Tall Refaat", id="Tell"),
        pytest.param("Mazzeh 86", "Mazzeh 86", id="a number of the name"),
        pytest.param("مزة ٨٦", "Mazzeh 86", id="a number of the name in Arabic digits"),
        pytest.param("Meydankê, Afrin", "Maydan Afrin", id="Kurdish"),
        pytest.param("ميدانكي, Afrin", "Maydan Afrin", id="Kurdish in Arabic letters"),
        pytest.param("Şiyê", "Sheikh El-Hadid", id="Kurdish, another name"),
        pytest.param("Mreimin, Afrin", "Mreimin Afrin", id="listed with its district"),
        pytest.param("عقيربات حماده عمر", "Hamadi Elomr", id="sub-district in front"),
        pytest.param("Khattab Hama", "Khattab", id="governorate behind"),
        pytest.param("Saraqib villlage", "Saraqab", id="a letter too many in its class"),
        pytest.param("village of Sarmada", "Sarmada", id="its class in front"),
        pytest.param("راحو, Aleppo", "Raju", id="a town with a dot left out"),
        pytest.param("Tadef", "Tadaf", id="a town, with nothing to narrow it"),
        pytest.param("Ghariyah elsharqiyyé, Daraa", "Eastern Ghariyeh", id="east, another ending"),
        pytest.param("Ghariyah Charkieh, Daraa", "Eastern Ghariyeh", id="east in French"),
        pytest.param("Msheirfet el-Qebli, Tamanaah", "Msheirfeh Qabliyeh", id="south: qibli"),
        pytest.param("Zardana", "Zardana Mashehad", id="the first of two joined names"),
        pytest.param("Busra al-Harir", "Bisr Elharir", id="as the press writes it"),
    ],
)
def test_spelling_is_found(shipped, spelling, name):
    found = shipped.look_up(spelling)
    assert [place.name for place in found.places] == [name]
    assert (found.relation, found.shared) == ("at", False)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        pytest.param("", "expected the name of a place", id="empty"),
        pytest.param("---", "expected the name of a place", id="no letters"),
        pytest.param("Zzyzxtqwk", "which no place clearly has", id="nothing like it"),
        pytest.param("Moscow", "which no place clearly has; the nearest are:", id="nothing near"),
        pytest.param("Douma, Mars", "expected a governorate", id="unknown governorate"),
        pytest.param("C99999", "which the ledger does not have", id="unknown code"),
        pytest.param("between Saraqib and Zzyzx", "no place clearly has", id="one end unknown"),
        pytest.param("Idlib2", "no place clearly has", id="a number behind"),
        pytest.param("Idlib 22", "no place clearly has", id="a number apart"),
        pytest.param("إدلب ٢", "no place clearly has", id="Arabic digit"),
        pytest.param("Homs①", "no place clearly has", id="a digit in a circle"),
        pytest.param("Khan2Sheikhun", "no place clearly has", id="a number inside"),
        pytest.param("kafr al " * 20, "of at most 60 letters", id="longer than any name"),
        pytest.param("between Douma and " + "bd" * 31, "of at most 60 letters", id="one end long"),
        pytest.param(" or ".join(["Douma"] * 5), "of at most 60 letters", id="too many spellings"),
    ],
)
def test_what_is_not_clear_is_refused(shipped, name, says):
    with pytest.raises(PlaceError, match=re.escape(says)) as caught:
        shipped.look_up(name)
    assert "\n" not in str(caught.value)


def test_a_name_that_several_places_share_is_not_decided(shipped):
    found = shipped.look_up("الجديدة")
    assert found.shared
    assert len({place.admin[0] for place in found.places}) > 3


def test_the_governorate_decides_and_so_does_its_code(shipped):
    for within in (["Idlib"], ["SY07"], ["محافظة ادلب"], ["Idleb", "Harim"]):
        assert shipped.look_up("Sarmada", within=within).places[0].name == "Sarmada"
    for name in ("الكفير", "Al Kafeer"):
        here = shipped.look_up(name, within=["Idlib"])
        assert here.shared
        assert {place.admin[0] for place in here.places} == {"Idleb"}


def test_a_village_far_from_the_zones_needs_its_governorate(shipped):
    with pytest.raises(
        PlaceError, match=r"Hreisheh, Tartous.*; correct it, add its governorate, or"
    ):
        shipped.look_up("الحريشة")
    assert shipped.look_up("الحريشة, Tartous").places[0].name == "Hreisheh"


def test_an_article_in_arabic_tells_namesakes_of_a_governorate_apart(shipped):
    for name, article in (("رملة", False), ("الرملة", True)):
        found = shipped.look_up(name, within=["Aleppo"])
        assert [str(place.name_ar).startswith("ال") for place in found.places] == [article]
        assert len(found.passed_over) == 1
    assert shipped.look_up("الزرزور", within=["Idlib"]).shared


class Without(Gazetteer):
    """A gazetteer that lacks some places."""

    lacking: tuple[int, ...] = ()

    def _among(self, units):
        rows = super()._among(units)
        return rows[~np.isin(self._owner[rows], self.lacking)]


def test_a_place_that_the_ledger_lacks_is_seldom_taken_for_another():
    """Settlements taken out one by one; docs/reading.md has the figures of more of them."""
    gazetteer = Without(LEDGER)
    asked = [at for at, names in enumerate(LEDGER.names) if names and LEDGER.unit[at] >= 0][::120]
    codes = [unit.code for unit in LEDGER.units]
    wrong = {True: 0, False: 0}
    for at in asked:
        gazetteer.lacking = tuple(np.flatnonzero(np.abs(POINTS - POINTS[at]).max(axis=1) < 0.04))
        for told in wrong:
            within = [codes[LEDGER.unit[at]][:4]] if told else []
            with contextlib.suppress(PlaceError):
                wrong[told] += not gazetteer.look_up(LEDGER.names[at][-1], within=within).shared
    assert wrong[True] / len(asked) < 0.12
    assert wrong[False] / len(asked) < 0.09


def test_a_point_near_by_decides(shipped):
    shared = shipped.look_up("Dana, Idlib")
    assert shared.shared
    one = shared.places[1]
    found = shipped.look_up("Dana", near=(one.longitude + 0.01, one.latitude))
    assert [place.id for place in found.places] == [one.id]


def test_a_city_goes_before_villages_of_its_name_and_they_are_told(shipped):
    found = shipped.look_up("Douma")
    assert [place.id for place in found.places] == [shipped.look_up("Douma, SY03").places[0].id]
    assert {place.admin[0] for place in found.passed_over} == {"Hama", "As-Sweida"}


def test_around_and_between_are_areas(shipped):
    around = shipped.look_up("outskirts of Saraqib")
    between = shipped.look_up("بين سراقب و معرة النعمان")
    assert (around.relation, between.relation) == ("around", "between")
    x, y, radius = between.area
    assert (x, y) == pytest.approx((36.741, 35.754), abs=0.01)
    assert 12_000 < radius < 16_000
    assert around.area[2] == around.places[0].radius_m + 1000


@pytest.mark.parametrize(
    "name", ["camps near Kafr Jales", "مخيمات قرب كفر جالس", "village near Kafr Jales, Idlib"]
)
def test_what_stands_near_a_place_is_around_it(shipped, name):
    found = shipped.look_up(name)
    assert [place.name for place in found.places] == ["Kafr Jales"]
    assert found.relation == "around"


def test_a_record_near_one_that_is_spelt_so_does_not_hide_it_from_namesakes(shipped):
    found = shipped.look_up("تل ذهب", within=["Al-Hasakeh"])
    assert {place.id for place in found.places} == {"C4531", "C8544"}


def test_the_very_spelling_elsewhere_does_not_decide_against_the_district(shipped):
    found = shipped.look_up("Mushayrifa", within=["Areesheh"])
    assert found.shared
    assert {"C7392", "C7874"} < {place.id for place in found.places}


def test_damascus_barzeh_is_a_candidate_in_either_script(shipped):
    for name in ("Barzeh", "برزة"):
        assert {"N0001", "N0002", "N0003"} & {place.id for place in shipped.look_up(name).places}


def test_two_places_named_together_are_the_ground_between_them(shipped):
    found = shipped.look_up("Tal Amara and Hawa, Idlib")
    assert found.relation == "between"
    assert [place.name for place in found.places] == ["Tellemara", "Hawa"]


def test_places_far_apart_are_not_taken_together(shipped):
    with pytest.raises(PlaceError, match=r"Saraqab.*; .*Duma"):
        shipped.look_up("Saraqib and Douma")


def test_the_very_spelling_decides_within_a_district_only(shipped):
    here = shipped.look_up("Al-Saadah", within=["SY080003"])
    assert [place.id for place in here.places] == ["C8815"]
    assert shipped.look_up("Al-Saadah", within=["SY08"]).shared


def test_twins_are_told_apart_by_big_and_small_only():
    places = [own("Big Orm", 36.9, 36.0), own("Little Orm", 36.8, 36.1)]
    gazetteer = Gazetteer(Ledger(), places)
    assert gazetteer.look_up("Urum al-Kubra").places[0].name == "Big Orm"
    with pytest.raises(PlaceError, match=r"Big Orm.*Little Orm"):
        gazetteer.look_up("Urum")


def test_two_records_near_each_other_are_one_place():
    near = [own("Saraqib", 36.800, 35.860), own("Saraqeb", 36.805, 35.861)]
    (place,) = Gazetteer(Ledger(), near).look_up("Saraqib").places
    assert place.longitude == 36.800


def test_arabic_homonyms_count_however_they_are_transliterated():
    places = [
        own("Kafir", 36.3, 35.8, name_ar="الكفير"),
        own("Kfeer", 36.5, 35.9, name_ar="الكفير"),
    ]
    assert Gazetteer(Ledger(), places).look_up("Al Kafeer").shared


# --- codes of sounds -------------------------------------------------------------------------


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_place_or_an_error(text):
    try:
        assert SMALL.look_up(text).places
    except DezoneError as error:
        message = str(error)
    else:
        message = ""
    assert "\n" not in message


SMALL = Gazetteer(Ledger(), [own("Tamanah", 36.75, 35.46), own("Tamaneh", 36.20, 35.40)])


NAMES = [name for names in LEDGER.names[::40] for name in names]


@settings(deadline=None)
@given(st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_distance_is_the_same_either_way_and_nothing_to_oneself(one, other):
    for a in read_spelling(one).codes:
        for b in read_spelling(other).codes:
            there = distances(a, Codes([b, a]), SPAN)
            back = distances(b, Codes([a, b]), SPAN)
            assert there[0] == pytest.approx(back[0], abs=1e-4)
            assert there[1] == back[1] == 0


SPAN = Codes(["a", "b"]).length * 0 + [0, 1]


# --- the ledger's own names ------------------------------------------------------------------


def test_shipped_spellings_are_what_the_names_are_reduced_to():
    assert LEDGER.spellings == reduced(LEDGER.names)


@pytest.mark.parametrize(
    ("signs", "least"),
    [
        pytest.param(8, 0.99, id="sub-district"),
        pytest.param(6, 0.98, id="district"),
        pytest.param(4, 0.88, id="governorate"),
    ],
)
def test_names_of_the_ledger_with_their_admin_unit_are_never_mistaken(shipped, signs, least):
    rows = [
        (at, name)
        for at, names in enumerate(LEDGER.names)
        for name in names
        if LEDGER.unit[at] >= 0
    ][::90]
    codes = [unit.code for unit in LEDGER.units]
    right = 0
    for at, name in rows:
        found = shipped.look_up(name, within=[codes[LEDGER.unit[at]][:signs]])
        ids = [place.settlement for place in found.places]
        assert at in ids or any(shipped._same(at, one) for one in ids), name
        right += not found.shared
    assert right / len(rows) > least


def test_spellings_in_reports_are_mostly_right_and_rarely_wrong(shipped):
    """What reports wrote, with the governorate that they name; docs/reading.md has the figures."""
    path = SHARED / "data" / "names" / "spellings_dev.csv"
    if not path.exists():
        pytest.skip("spellings in reports are not here")
    right = wrong = 0
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["governorate"]]
    for row in rows:
        try:
            found = shipped.look_up(row["text"], within=[row["governorate"]])
        except PlaceError:
            continue
        if not found.shared:
            apart = shipped._apart(
                found.places[0].settlement, (float(row["longitude"]), float(row["latitude"]))
            )
            right, wrong = right + (apart <= 3500), wrong + (apart > 3500)
    assert right / len(rows) > 0.75
    assert wrong / len(rows) < 0.05


# --- files -----------------------------------------------------------------------------------


def test_geonames_dump_is_read(tmp_path):
    town = ["168000", "Khān Shaykhūn", "Khan Shaykhun", "Khan Sheikhoun,خان شيخون", "35.4421",
            "36.651", "P", "PPL", "SY", "", "12", "", "", "", "34371", "", "350", "Asia/Damascus",
            "2012-01-18"]  # fmt: skip
    hill = ["1", "Tall Shaykhun", "", "", "35.5", "36.7", "T", "HLL", *town[8:]]
    path = tmp_path / "SY.txt"
    path.write_text("\n".join("\t".join(row) for row in (town, hill)), encoding="utf-8")
    (place,) = Gazetteer(Ledger(), read_gazetteer(path)).look_up("خان شيخون").places
    assert (place.id, place.latitude, place.radius_m) == ("168000", 35.4421, 2000)


def test_ocha_columns_are_read(tmp_path):
    path = tmp_path / "places.csv"
    path.write_text(
        "\ufeffocha_pcode,name_en,name_ar,lat,lon,adm3_en,ADM1_EN\n"
        "C1353,Abin,ابين,36.46697414,36.99295155,Afrin,Aleppo\n"
        "C1366,Afrin (Afrin),عفرين,36.51109375,36.86552262,Afrin,Aleppo\n",
        encoding="utf-8",
    )
    (afrin,) = Gazetteer(Ledger(), read_gazetteer(path)).look_up("Afrin").places
    assert (afrin.id, afrin.admin, afrin.name_ar) == ("C1366", ("Aleppo", "Afrin"), "عفرين")


def test_plain_csv_is_read(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("Name,Latitude,Longitude\nPost 7,35.5,36.5\n", encoding="utf-8")
    (found,) = read_gazetteer(path)
    assert (found.name, found.latitude, found.id) == ("Post 7", 35.5, "mine.csv:2")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "found 'nothing'", id="empty"),
        pytest.param(b"town,y,x\nA,1,2\n", "columns name, latitude and longitude", id="columns"),
        pytest.param(b"name,lat,lon\nA,35,north\n", "found 'north' in line 2", id="no number"),
        pytest.param(b"name,lat,lon\nA,135,36\n", "found '135' in line 2", id="not on Earth"),
        pytest.param("name,lat,lon\nحلب,35,36\n".encode("cp1256"), "UTF-8", id="encoding"),
    ],
)
def test_unreadable_gazetteer_is_refused(tmp_path, content, says):
    path = tmp_path / "places.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(says)):
        read_gazetteer(path)


def test_missing_gazetteer_is_refused(tmp_path):
    with pytest.raises(InputError, match="FileNotFoundError"):
        read_gazetteer(tmp_path / "none.csv")


def test_what_is_far_beyond_a_limit_is_left_out_and_nothing_else(shipped):
    codes, every = shipped._codes, np.arange(len(shipped._codes))
    for code in ("xAnSEIxUn", "خانشيخون", "jrjnAz", "bd" * 20):
        far = distances(code, codes, every)
        near = far <= 1.2
        limited = distances(code, codes, every, 1.2)
        assert limited[near].tolist() == far[near].tolist()
        assert (limited[~near] > 1.2).all()
        most = 0.06 * np.minimum(codes.length, len(code))
        parts = distances_of_parts(code, codes, every, np.full(len(codes), np.inf))
        close = parts <= most
        limited = distances_of_parts(code, codes, every, most)
        assert limited[close].tolist() == parts[close].tolist()
        assert (limited[~close] > most[~close]).all()


def test_many_names_of_no_place_cost_no_more_than_the_first_thousands(tmp_path, monkeypatch):
    cells = []
    filled = sounds._table

    def counted(code, codes, among, most, mode):
        cells.append(len(code) * len(among))
        return filled(code, codes, among, most, mode)

    monkeypatch.setattr(sounds, "_table", counted)
    monkeypatch.setitem(settlements._LIMITS, "suggested", 60)
    monkeypatch.setitem(settlements._LIMITS, "compared", 240)
    spent, told = [], []
    for rows in (40, 80):
        path = tmp_path / f"{rows}.csv"
        names = [
            f"{'bdgjk'[i % 5]}{'lmnrs'[i // 5 % 5]}ok{'fhtzq'[i // 25]}az" for i in range(rows)
        ]
        names += ["Saraqib - Idlib", "Eastern Ghouta"]  # are found nevertheless
        path.write_text("place,date\n" + "".join(f"{name},2017-10-10\n" for name in names))
        cells.clear()
        log = inspect_file(path, keep_rows=True).log
        spent.append(sum(cells))
        told.append([one.after for one in log.kept if one.kind == "unknown-place"])
    assert spent[1] < 1.2 * spent[0]
    assert len(told[1]) == 80
    assert sum("the nearest are" in why for why in told[1]) in range(5, 12)
    assert sum("as the ledger spells it" in why for why in told[1]) in range(40, 50)
