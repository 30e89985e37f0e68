"""Names of places: many spellings, one clear winner or none."""

import csv
import dataclasses
import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import geodata
from geodata.errors import DezoneError, InputError, PlaceError
from geodata.text.gazetteers import read_gazetteer
from geodata.text.places import Gazetteer, Settlement

REPOSITORY = Path(__file__).parents[2]
SHARED = Path(os.environ.get("DEZONE_SHARED", REPOSITORY.parent / "shared"))


@pytest.fixture(scope="module")
def shipped():
    path = Path(geodata.__file__).parent / "data" / "places.json"
    return Gazetteer.from_records(json.loads(path.read_text(encoding="utf-8")))


def record(name, longitude=36.0, latitude=35.0, **more):
    return {"id": f"{name} {longitude}", "name": name, "longitude": longitude,
            "latitude": latitude, **more}  # fmt: skip


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        pytest.param("Khan Sheikhoun", "Khān Shaykhūn", id="press"),
        pytest.param("Khan Shaykhun", "Khān Shaykhūn", id="maps"),
        pytest.param("khan  sheikhun", "Khān Shaykhūn", id="small letters"),
        pytest.param("Khan Sheikhoun town", "Khān Shaykhūn", id="with its class"),
        pytest.param("Han Şeyhun", "Khān Shaykhūn", id="Turkish"),
        pytest.param("Хан-Шейхун", "Khān Shaykhūn", id="Russian"),
        pytest.param("خان شيخون", "Khān Shaykhūn", id="Arabic"),
        pytest.param("خَانُ شَيْخُون", "Khān Shaykhūn", id="Arabic with vowels"),
        pytest.param("خـان شيخـون", "Khān Shaykhūn", id="Arabic, stretched"),
        pytest.param("\u200fخان شيخون\u200e", "Khān Shaykhūn", id="Arabic with marks of direction"),
        pytest.param("Saraqeb", "Saraqib", id="e for i"),
        pytest.param("Sarakeb", "Saraqib", id="k for q"),
        pytest.param("Maarat al-Numan", "Ma‘arrat an Nu‘mān", id="article not assimilated"),
        pytest.param("Ma'arrat an-Nu'man", "Ma‘arrat an Nu‘mān", id="signs for ayn"),
        pytest.param("معره النعمان", "Ma‘arrat an Nu‘mān", id="ha for ta marbuta"),
        pytest.param("Cisr eş-Şuğur", "Jisr ash Shughūr", id="Turkish c, ş, ğ"),
        pytest.param("Jisr al-Shughour", "Jisr ash Shughūr", id="French ou"),
        pytest.param("ادلب", "Idlib", id="alef without hamza"),
        pytest.param("İDLİB", "Idlib", id="Turkish capitals"),
        pytest.param("Douma", "Dūmā", id="Douma"),
        pytest.param("Rastan", "Ar Rastan", id="without article"),
        pytest.param("درعا", "Dar‘ā", id="Daraa"),
        pytest.param("Douma, Rif Dimashq", "Dūmā", id="with its governorate"),
        pytest.param("Douma (Rif Dimashq)", "Dūmā", id="with its governorate in brackets"),
    ],
)
def test_spelling_is_resolved(shipped, spelling, name):
    assert shipped.resolve(spelling).name == name


@pytest.mark.parametrize(
    ("name", "says"),
    [
        pytest.param("", "expected the name of a place", id="empty"),
        pytest.param("---", "expected the name of a place", id="no letters"),
        pytest.param("Zzyzxtqwk", "like none", id="nothing like it"),
        pytest.param("Moscow", "near these but like none: Damascus", id="nothing near enough"),
        pytest.param("Douma, Mars", "expected a governorate", id="unknown governorate"),
    ],
)
def test_what_is_not_clear_is_refused(shipped, name, says):
    with pytest.raises(PlaceError) as caught:
        shipped.resolve(name)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


TWINS = [
    record("Tamanah", 36.75, 35.46, admin1="Idlib"),
    record("Tamaneh", 36.20, 35.40, admin1="Hama"),
    record("Saraqib", 36.80, 35.86, admin1="Idlib"),
]


def test_homonyms_are_listed_and_none_is_chosen():
    gazetteer = Gazetteer.from_records(TWINS)
    with pytest.raises(PlaceError) as caught:
        gazetteer.resolve("Tamanah")
    assert "Tamanah, Idlib (35.4600, 36.7500)" in str(caught.value)
    assert "Tamaneh, Hama (35.4000, 36.2000)" in str(caught.value)


def test_governorate_tells_homonyms_apart():
    assert Gazetteer.from_records(TWINS).resolve("at-Tamana, Hama").name == "Tamaneh"


def test_homonym_does_not_count_where_it_is_the_same_place():
    near = [record("Saraqib", 36.800, 35.860), record("Saraqeb", 36.805, 35.861)]
    assert Gazetteer.from_records(near).resolve("Saraqib").longitude == 36.800


def test_exact_spelling_wins_over_a_homonym_spelt_otherwise():
    places = [record("Kafr Nabil", 35.0, 35.0), record("Kefarnbelle", 38.0, 36.0)]
    gazetteer = Gazetteer.from_records(places)
    assert gazetteer.resolve("Kafr Nabil").longitude == 35.0
    with pytest.raises(PlaceError, match="several"):
        gazetteer.resolve("Kafar Nabeel")


def test_candidates_are_ranked():
    matches = Gazetteer.from_records(TWINS).find("Tamanah")
    assert [match.place.name for match in matches] == ["Tamanah", "Tamaneh"]
    assert matches[0].score == 1
    assert matches[0].spelling == "Tamanah"
    assert matches[1].score < 1
    assert Gazetteer.from_records(TWINS).find("Tamanah", limit=1) == matches[:1]


def test_only_a_place_without_arabic_is_compared_by_consonants():
    latin = Gazetteer.from_records([record("Saraqib")])
    assert latin.find("سراقب")[0].score == 0.85
    both = Gazetteer.from_records([record("Saraqib", name_ar="سراقب")])
    assert both.find("سراقب")[0].score == 1


@pytest.mark.parametrize(
    ("population", "metres"),
    [(None, 2000), (0, 2000), (800, 1000), (34_231, 2000), (531_952, 4000), (1_602_264, 8000)],
)
def test_radius_follows_population(population, metres):
    place = Settlement("1", "x", 36.0, 35.0, population=population)
    assert place.radius_m == metres


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"id": 1, "name": "x"}, id="no position"),
        pytest.param(record("x", latitude="north"), id="no number"),
        pytest.param(record("x", latitude=135.0), id="not on Earth"),
        pytest.param(record("x", latitude=float("nan")), id="NaN"),
    ],
)
def test_broken_record_is_refused(broken):
    with pytest.raises(PlaceError):
        Gazetteer.from_records([broken])


# --- files -----------------------------------------------------------------------------------


def test_geonames_dump_is_read(tmp_path):
    town = ["168000", "Khān Shaykhūn", "Khan Shaykhun", "Khan Sheikhoun,خان شيخون", "35.4421",
            "36.651", "P", "PPL", "SY", "", "12", "", "", "", "34371", "", "350", "Asia/Damascus",
            "2012-01-18"]  # fmt: skip
    hill = ["1", "Tall Shaykhun", "", "", "35.5", "36.7", "T", "HLL", *town[8:]]
    path = tmp_path / "SY.txt"
    path.write_text("\n".join("\t".join(row) for row in (town, hill)), encoding="utf-8")
    (found,) = read_gazetteer(path)
    place = Gazetteer.from_records([found]).resolve("خان شيخون")
    assert (place.id, place.latitude, place.population) == ("168000", 35.4421, 34371)


def test_ocha_columns_are_read(tmp_path):
    path = tmp_path / "places.csv"
    path.write_text(
        "\ufeffocha_pcode,name_en,name_ar,lat,lon,adm3_en,ADM1_EN\n"
        "C1353,Abin,ابين,36.46697414,36.99295155,Afrin,Aleppo\n"
        "C1366,Afrin (Afrin),عفرين,36.51109375,36.86552262,Afrin,Aleppo\n",
        encoding="utf-8",
    )
    gazetteer = Gazetteer.from_records(read_gazetteer(path))
    afrin = gazetteer.resolve("Afrin")
    assert (afrin.id, afrin.admin1, afrin.name_ar) == ("C1366", "Aleppo", "عفرين")


def test_plain_csv_is_read(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("Name,Latitude,Longitude\nPost 7,35.5,36.5\n", encoding="utf-8")
    (found,) = read_gazetteer(path)
    assert (found["name"], found["latitude"], found["id"]) == ("Post 7", 35.5, "mine.csv:2")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "found 'nothing'", id="empty"),
        pytest.param(b"town,y,x\nA,1,2\n", "columns name, latitude and longitude", id="columns"),
        pytest.param(b"name,lat,lon\nA,35,north\n", "found 'north' in line 2", id="no number"),
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


# --- properties ------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_place_or_an_error(text):
    gazetteer = Gazetteer.from_records(TWINS)
    try:
        assert gazetteer.resolve(text) in gazetteer.places
    except DezoneError as error:
        message = str(error)
    else:
        message = ""
    assert "\n" not in message


def test_every_shipped_name_finds_its_place(shipped):
    for place in shipped.places:
        for spelling in (place.name, place.name_ar):
            if spelling:
                matches = shipped.find(spelling, limit=50)
                assert matches[0].score == 1
                assert place in [match.place for match in matches if match.score == 1]


# --- real spellings --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ocha():
    path = SHARED / "data" / "places" / "ocha_places.csv"
    if not path.exists():
        pytest.skip("OCHA's settlements are not here")
    return Gazetteer.from_records(read_gazetteer(path))


@pytest.mark.parametrize("column", ["name", "name_ar"])
@pytest.mark.parametrize("day", ["2018-09-17", "2020-03-06"])
def test_settlements_of_the_lines_are_never_mistaken(ocha, column, day):
    """No wrong winner; most are resolved, and the rest have homonyms among 5,622 settlements."""
    path = SHARED / "data" / "boundaries" / f"settlements_{day}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["pcode"] and row[column]]
    known = {place.id: place for place in ocha.places}
    resolved = 0
    for row in rows:
        if row["pcode"] not in known:
            continue
        try:
            place = ocha.resolve(row[column])
        except PlaceError:
            continue
        wanted = known[row["pcode"]]
        assert abs(place.latitude - wanted.latitude) < 0.05
        assert abs(place.longitude - wanted.longitude) < 0.05
        resolved += 1
    assert resolved / len(rows) > 0.7


TOWNS = {  # latitude, longitude, and how people write the name
    (35.44, 36.65): "Khan Sheikhoun|Khan Shaikhoun|Khan Cheikhoun|Han Şeyhun|Хан-Шейхун|خان شيخُون",
    (35.93, 36.63): "Idlib|Edlib|Adlib|Идлиб|إدلب|ادلب",
    (35.65, 36.68): "Maarat al-Numan|Ma`aret En Nu`man|Маарат-эн-Нууман|معرّة النعمان",
    (35.86, 36.81): "Saraqib|Saraqeb|Sarakib|سراقب",
    (35.81, 36.32): "Jisr al-Shughur|Jisr Al Shoughour|جسر الشغّور",
    (35.81, 36.61): "Ariha|Areeha|أريحا|اريحا",
    (33.57, 36.40): "Douma|Duma|دوما",
    (33.56, 36.37): "Harasta|حرستا",
    (33.54, 36.37): "Arbin|Irbin|Erbin|عربين",
    (34.93, 36.73): "Rastan|Al-Rastan|Ar Rastan|الرستن|رستن",
    (34.84, 36.73): "Talbiseh|Talbisah|Tell Bisah|تلبيسة|تلبيسه",
    (34.89, 36.50): "Houla|Al-Hula|Kafr Laha|الحولة|كفرلاها",
    (32.62, 36.10): "Daraa|Dar'a|Deraa|درعا|Дараа",
    (32.89, 36.04): "Nawa|نوى",
    (32.52, 36.48): "Busra al-Sham|Bosra|بصرى الشام",
    (33.13, 35.82): "Quneitra|Kuneitra|القنيطرة",
    (35.61, 36.56): "Kafranbel|Kafr Nabl|كفرنبل|كفر نبل",
    (35.90, 36.73): "Sarmin|سرمين",
    (36.14, 36.82): "Atarib|Al-Atarib|الأتارب|الاتارب",
    (35.37, 36.69): "Morek|Mork|مورك",
    (35.13, 36.76): "Hama|Hamah|حماة|حماه",
    (36.20, 37.15): "Aleppo|Halab|Halep|حلب|Алеппо",
}


@pytest.mark.parametrize("gazetteer", ["shipped", "both"])
def test_towns_by_their_common_spellings_are_found_or_listed_and_never_mistaken(
    shipped, gazetteer, request
):
    known = shipped
    if gazetteer == "both":
        known = Gazetteer.from_records(
            [
                dataclasses.asdict(place)
                for place in (*shipped.places, *request.getfixturevalue("ocha").places)
            ]
        )
    resolved, asked = 0, 0
    for (latitude, longitude), names in TOWNS.items():
        for name in names.split("|"):
            asked += 1
            try:
                place = known.resolve(name)
            except PlaceError as error:
                where = [float(n) for n in re.findall(r"\((\d\d\.\d+), ", str(error))]
                assert any(abs(n - latitude) < 0.05 for n in where), f"{name}: not in the list"
                continue
            resolved += 1
            assert abs(place.latitude - latitude) < 0.05, name
            assert abs(place.longitude - longitude) < 0.05, name
    assert asked == 86
    # With 5,622 settlements more, there are homonyms of a third of the names.
    assert resolved / asked > (0.95 if gazetteer == "shipped" else 0.6)


def test_a_place_has_the_size_that_another_record_of_it_counts():
    town = record("Hama", 36.7578, 35.1318, population=460_602, name_ar="حماة")
    again = record("Hama", 36.761, 35.134, name_ar="حماة")
    far = record("Hama", 39.6, 35.8, population=5_000_000)
    for records in ([town, again], [again, town]):
        assert Gazetteer.from_records(records).resolve("حماة").radius_m == 4_000
    assert Gazetteer.from_records([again, far]).resolve("حماة").radius_m == 2_000
