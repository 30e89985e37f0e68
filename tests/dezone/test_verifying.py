"""Verifying means it: any change of any card, in any format, is found or said to be unchecked."""

from __future__ import annotations

import copy
import datetime as dt
import html
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from dezone.cite.card import Card, make_card
from dezone.cite.files import SUFFIXES, read_carried, render_card
from dezone.cite.verifying import _PAGE_MAY_BE_OFF, _Question, verify
from dezone.cli import main
from dezone.verification import Verification
from geodata.atlas import read_atlas
from zones.incident import check
from zones.record import Record

ATLAS = read_atlas()
MADE = dt.datetime(2026, 11, 23, 12, 0, 0, tzinfo=dt.UTC)
INCIDENTS: dict[str, dict[str, Any]] = {
    "en": {"latitude": "35°55'50\"N", "longitude": "36.6339", "date": "2018-03"},
    "ar": {"latitude": 35.44, "longitude": 36.65, "date": "2018-03", "radius": "25km"},
    "ru": {"latitude": 32.63, "longitude": 36.1, "date": "2018-07-01/2018-09-01", "radius": "2km"},
    "tr": {"latitude": 33.52, "longitude": 36.35, "date": "2017-10-12"},
}
HOSTILE = Path(__file__).parents[2] / ".." / "shared" / "field" / "hostile"


def card_in(language: str, **incident: Any) -> Card:
    record = check(language=language, **(incident or INCIDENTS[language]))
    return make_card(record, ATLAS, language=language, made=MADE)


CARD = card_in("en")
FILES = {suffix: render_card(CARD, ATLAS, suffix) for suffix in SUFFIXES}
FILE = FILES[".json"]


def parts(found: Verification) -> tuple[set[str], set[str]]:
    """Return what differs, and what is unchecked."""
    return {one.what for one in found.differences}, {one.what for one in found.unchecked}


def rehashed(whole: dict[str, Any]) -> bytes:
    """Return a card with its hash written anew, as a forger would, extra keys and all."""
    import hashlib

    whole = {key: value for key, value in whole.items() if key != "sha256"}
    content = msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"
    whole["sha256"] = hashlib.sha256(content).hexdigest()
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def forged(change: Callable[[dict[str, Any]], Any], suffix: str = ".json") -> bytes:
    """Return a file of a card in which something was changed and its hash written anew."""
    whole = json.loads(FILE)
    change(whole)
    return carried_in(suffix, rehashed(whole))


def carried_in(suffix: str, card: bytes) -> bytes:
    """Return a file like that of the card, which carries another one."""
    if suffix == ".json":
        return card
    text = json.dumps(json.loads(card)).replace("<", "\\u003c").replace(">", "\\u003e")
    if suffix == ".html":
        return re.sub(
            rb'(id="card">).*?(</script>)',
            lambda m: m[1] + text.encode() + m[2],
            FILES[suffix],
        )
    if suffix == ".svg":
        shown = html.escape(text).encode()
        return re.sub(
            rb"(<metadata>).*?(</metadata>)", lambda m: m[1] + shown + m[2], FILES[suffix]
        )
    import zlib

    found = re.search(rb"(/Type/EmbeddedFile.*?stream\n)(.*?)(\nendstream)", FILES[suffix], re.S)
    assert found
    return FILES[suffix][: found.start(2)] + zlib.compress(card) + FILES[suffix][found.end(2) :]


# -- as it was made ---------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("language", ATLAS.meta.languages)
def test_a_card_as_it_was_written_is_verified(language, suffix):
    found = verify(render_card(card_in(language), ATLAS, suffix))
    assert found.verified
    assert parts(found) == (set(), set())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_carries_the_whole_card(suffix):
    carried = read_carried(FILES[suffix])
    assert carried.suffix == suffix
    assert carried.whole == json.loads(FILE)
    assert read_carried(carried_in(suffix, FILE)).whole == json.loads(FILE)


@pytest.mark.parametrize(
    "incident",
    [
        {},
        {"date": "2018"},
        {"latitude": 35.0, "longitude": 38.0, "date": "2018"},
        {"place": "Khan Sheikhoun", "date": "2018-04-04"},
        {"position": "36.5 E, 35.5 N"},
    ],
)
@pytest.mark.parametrize("suffix", [".json", ".html", ".svg"])
def test_a_card_of_what_little_is_known_is_verified(incident, suffix):
    card = make_card(check(**incident), ATLAS, language="en", made=MADE)
    assert verify(render_card(card, ATLAS, suffix)).verified


def test_a_card_with_another_coarsest_radius_is_verified_and_its_citation_says_so():
    record = check(**INCIDENTS["ar"], coarsest_radius=30_000)
    card = make_card(record, ATLAS, language="en", made=MADE, coarsest_radius_m=30_000.0)
    assert verify(card.to_json().encode()).verified
    assert "Coarsest radius 30000 m" in card.details["citation"]["text"]


def test_the_moment_is_said_to_be_the_word_of_the_card_alone():
    (stated,) = [one for one in verify(FILE).findings if one.what == "made"]
    assert (stated.outcome, stated.text) == ("stated", "made 2026-11-23T12:00:00Z")


# -- any change -------------------------------------------------------------------------------


def ways(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value of a card, inner ones and leaves."""
    if path:
        yield path
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from ways(inner, (*path, key))


WAYS = list(ways({key: value for key, value in json.loads(FILE).items() if key != "sha256"}))
OTHERS = ["", "forged", "2018-03-02", 0, 1, -1, 2.5, 26_000, True, False, None, [], {}, ["x"],
          {"id": "x"}, "en", "ar", "0" * 64, "outside", "2020-01-01T00:00:00Z"]  # fmt: skip


def changed(way: tuple[Any, ...], kind: str, other: Any) -> bytes | None:
    """Return a card in which one field was changed, taken out or put in, hashed anew."""
    whole = json.loads(FILE)
    holder = whole
    for key in way[:-1]:
        holder = holder[key]
    value = holder[way[-1]]
    if kind == "change":
        if value == other and isinstance(value, bool) == isinstance(other, bool):
            return None
        holder[way[-1]] = copy.deepcopy(other)
    elif kind == "edit":
        if not isinstance(value, str) or not value:
            return None
        holder[way[-1]] = value[:-1] + ("x" if value[-1] != "x" else "y")
    elif kind == "remove":
        del holder[way[-1]]
    elif isinstance(holder, dict):
        holder["certified_by"] = other
    else:
        holder.append(other)
    return rehashed(whole)


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=80, deadline=None)
@given(
    way=st.sampled_from(WAYS),
    kind=st.sampled_from(["change", "edit", "remove", "put in"]),
    other=st.sampled_from(OTHERS),
)
def test_a_change_of_any_one_field_is_never_verified_though_the_hash_is_written_anew(
    suffix, way, kind, other
):
    card = changed(way, kind, other)
    if card is not None and card != FILE:
        assert not verify(carried_in(suffix, card)).verified


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=20, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), kind=st.integers(0, 3), byte=st.integers(0, 255))
def test_any_single_changed_byte_is_found(suffix, place, kind, byte):
    content = FILES[suffix]
    position = int(place * len(content))
    other = bytearray(content)
    if kind == 0:
        other[position] ^= 1 << byte % 8
    elif kind == 1:
        other[position] = byte
    elif kind == 2:
        other.insert(position, byte)
    else:
        del other[position]
    assert verify(bytes(other)).verified == (bytes(other) == content)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("tail", [b" ", b"\n", b"\x00", b"{}", FILE])
def test_anything_after_the_end_is_found(suffix, tail):
    assert not verify(FILES[suffix] + tail).verified


@pytest.mark.parametrize("suffix", [".html", ".svg", ".pdf"])
def test_a_drawing_of_another_card_is_found(suffix):
    """The card in the file is true; what the file shows is not."""
    other = make_card(check(date="2018"), ATLAS, language="en", made=MADE)
    shown = FILES[suffix].replace(b">Inside</", b">Outside</")
    if suffix == ".pdf":
        embedded = re.search(rb"/Type/EmbeddedFile.*?stream\n(.*?)\nendstream", FILES[suffix], re.S)
        drawn = render_card(other, ATLAS, suffix)
        place = re.search(rb"/Type/EmbeddedFile.*?stream\n(.*?)\nendstream", drawn, re.S)
        assert embedded
        assert place
        shown = drawn[: place.start(1)] + embedded[1] + drawn[place.end(1) :]
    found = verify(shown)
    assert parts(found) == ({"drawing"}, set())


def test_a_drawing_that_is_made_of_a_forged_card_is_found():
    """The forger has this very program, and draws what the forged card says."""

    def forge(whole: dict[str, Any]) -> None:
        whole["verdict"] = "outside"
        whole["sentence"] = "It lay outside."

    carried = read_carried(forged(forge)).whole
    card = Card(record=msgspec.convert(carried, Record), details=carried["card"])
    for suffix in SUFFIXES:
        differing, _ = parts(verify(render_card(card, ATLAS, suffix)))
        assert "answer" in differing


@pytest.mark.parametrize("suffix", [".html", ".svg"])
def test_two_cards_in_one_file_are_none(suffix):
    content = FILES[suffix]
    mark = {".html": b"</body>", ".svg": b"</svg>"}[suffix]
    block = re.search(
        {".html": rb"<script type.*?</script>", ".svg": rb"<metadata>.*?</metadata>"}[suffix],
        content,
        re.S,
    )
    assert block
    twice = content.replace(mark, block[0] + mark)
    (difference,) = verify(twice).differences
    assert "found 2 of them" in difference.text


# -- what differs is named --------------------------------------------------------------------


def test_another_answer_is_named():
    found = verify(forged(lambda whole: whole.update(verdict="outside")))
    assert parts(found) == ({"answer"}, set())
    assert 'verdict was "outside", is "inside"' in found.differences[0].text


@pytest.mark.parametrize(
    "change",
    [
        lambda card: card["agreements"].pop(),
        lambda card: card["boundaries"][0].update(accuracy="1 m"),
        lambda card: card["citation"].update(text="another"),
        lambda card: card.update(certified_by="OHCHR"),
        lambda card: card.update(made="2025-11-23T12:00:00Z"),
        lambda card: card.update(coarsest_radius_m=26_000.0),
        lambda card: card["atlas"].update(version="9.9.9 (approved by the UN)"),
        lambda card: card["software"].update(name="certified by OHCHR"),
        lambda card: next(iter(card["sources"].values())).update(url="https://example.org/"),
    ],
)
def test_another_ground_for_the_answer_is_found(change):
    assert parts(verify(forged(lambda whole: change(whole["card"])))) == ({"details"}, set())


@pytest.mark.parametrize(
    "change",
    [
        {"atlas_version": "9.9.9 (approved by the UN)"},
        {"software": "certified by OHCHR"},
        {"atlas_version": "9.9.9", "software": "dezone 99"},
    ],
)
def test_an_invented_version_is_found(change):
    differing, _ = parts(verify(forged(lambda whole: whole.update(change))))
    assert differing == {"answer"}


def test_an_extra_key_beside_the_record_is_found():
    found = verify(forged(lambda whole: whole.update(certified_by="OHCHR")))
    assert "card" in parts(found)[0]


def test_a_moment_that_has_not_come_is_found():
    card = make_card(CARD.record, ATLAS, language="en", made=MADE.replace(year=2999))
    assert "made" in parts(verify(card.to_json().encode()))[0]


def test_another_input_is_found():
    differing, _ = parts(verify(forged(lambda whole: whole["input"].update(latitude="34.0"))))
    assert "answer" in differing


@pytest.mark.parametrize("key", ["atlas", "places", "boundary", "language", "coarsest_radius"])
def test_an_input_cannot_make_the_verifier_read_files_or_change_its_rules(key, tmp_path):
    found = verify(forged(lambda whole: whole["input"].update({key: str(tmp_path)})))
    (difference,) = found.differences
    assert difference.what == "answer"
    assert key in difference.text


def test_the_question_has_every_field_that_is_asked_and_no_option():
    import inspect

    options = {"atlas", "boundary", "basis", "language", "coarsest_radius", "places"}
    options |= {"where", "unknown"}  # other ways to hand over a position; what is refused
    assert set(_Question.__struct_fields__) == set(inspect.signature(check).parameters) - options


# -- what cannot be compared ------------------------------------------------------------------


@pytest.fixture
def other_atlas(tmp_path: Path) -> Path:
    shutil.copytree(Path(str(ATLAS.folder)), tmp_path / "atlas")
    meta = tmp_path / "atlas" / "atlas.json"
    text = meta.read_text("utf-8")
    version = json.loads(text)["version"]
    meta.write_text(text.replace(f'"{version}"', '"9.9.9"'), "utf-8")
    return tmp_path / "atlas"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_with_another_atlas_the_answer_is_compared_and_the_rest_is_unchecked(other_atlas, suffix):
    found = verify(FILES[suffix], atlas=read_atlas(other_atlas))
    drawn = set() if suffix == ".json" else {"drawing"}
    assert parts(found) == (set(), {"atlas", "grounds", *drawn})
    assert "9.9.9" in found.unchecked[0].text
    assert "answer" in {one.what for one in found.findings if one.outcome == "same"}


def test_the_atlas_that_a_card_was_made_with_may_be_given(other_atlas):
    atlas = read_atlas(other_atlas)
    record = check(**INCIDENTS["en"], atlas=atlas)
    card = make_card(record, atlas, language="en", made=MADE).to_json().encode()
    assert not verify(card).verified
    assert verify(card, atlas=atlas).verified


def of_other_software(whole: dict[str, Any]) -> None:
    """Make a card as another release would have made it."""
    whole["software"] = whole["card"]["software"]["name"] = "dezone 0.0.9"
    whole["card"]["software"]["sha256"] = "0" * 64


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_of_other_software_nothing_is_verified(suffix):
    differing, left = parts(verify(forged(of_other_software, suffix)))
    assert differing == set()
    assert "software" in left


def test_what_rests_on_the_atlas_is_compared_whatever_the_software():
    def forge(whole: dict[str, Any]) -> None:
        of_other_software(whole)
        next(iter(whole["card"]["sources"].values()))["url"] = "https://example.org/"
        whole["card"]["citation"]["text"] = "another"

    differing, left = parts(verify(forged(forge)))
    assert differing == {"details"}
    assert {"software", "details"} <= left


def test_other_libraries_are_unchecked():
    found = verify(forged(lambda w: w["card"]["software"]["libraries"].update(numpy="9.9")))
    assert parts(found) == (set(), {"libraries"})


def test_a_place_of_a_file_of_ones_own_is_unchecked_without_it(tmp_path):
    places = tmp_path / "places.csv"
    places.write_text("name,latitude,longitude\nNowhere at All,35.9,36.6\n")
    record = check(place="Nowhere at All", date="2018-03", places=places)
    card = make_card(record, ATLAS, language="en", made=MADE).to_json().encode()
    assert verify(card, places=places).verified
    found = verify(card)
    assert parts(found) == (set(), {"answer"})
    assert "--places" in found.unchecked[0].text


# -- a bare record ----------------------------------------------------------------------------


def as_a_page_writes_it(record: dict[str, Any]) -> bytes:
    """Return JSON in which, as in JavaScript, 36.0 is 36."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        whole = isinstance(value, float) and value == int(value)
        return int(value) if whole else value

    return json.dumps(plain(record), ensure_ascii=False, indent=2).encode()


@pytest.mark.parametrize("language", ATLAS.meta.languages)
def test_a_record_alone_is_compared_value_by_value(language):
    record = check(language=language, **INCIDENTS[language])
    for content in (record.to_json().encode(), as_a_page_writes_it(record.to_dict())):
        found = verify(content)
        assert found.verified
        assert "it is no card" in found.findings[0].text


@settings(max_examples=100, deadline=None)
@given(
    way=st.sampled_from([way for way in WAYS if way[0] != "card"]),
    kind=st.sampled_from(["change", "edit", "remove", "put in"]),
    other=st.sampled_from(OTHERS),
)
def test_a_change_of_any_one_field_of_a_record_is_never_verified(way, kind, other):
    card = changed(way, kind, other)
    if card is None:
        return
    whole = json.loads(card)
    record = {key: value for key, value in whole.items() if key not in ("card", "sha256")}
    if record != CARD.record.to_dict():
        assert not verify(json.dumps(record).encode()).verified


@pytest.mark.parametrize("name", ["distance_m", "accuracy_m"])
def test_what_a_page_may_be_off_by_is_unchecked(name):
    record = CARD.record.to_dict()
    record[name] += _PAGE_MAY_BE_OFF[name]
    assert parts(verify(json.dumps(record).encode())) == (set(), {"record"})
    record[name] += 1
    assert parts(verify(json.dumps(record).encode())) == ({"record"}, set())


def test_pages_may_be_off_by_what_the_vectors_allow():
    from vectors.make import TOLERANCES

    assert TOLERANCES["records"] == pytest.approx(_PAGE_MAY_BE_OFF)


def test_a_key_that_stands_twice_is_none():
    """A person reads the first, a program the last."""
    for content in (FILE, CARD.record.to_json().encode()):
        twice = content.replace(b"{\n", b'{\n  "verdict": "outside",\n', 1)
        (difference,) = verify(twice).differences
        assert "stands twice" in difference.text


# -- what is no card --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{}", b"\xff", b'{"card": {}}', b"null", b'"verdict"', b'{"verdict": 1}',
        b'{"verdict": "inside", "card": 1}', b"%PDF-1.7\n", b"<svg></svg>", b"<!doctype html>",
        b"%PDF-1.7\n<</Type/EmbeddedFile>>\nstream\nx\nendstream", b"[" * 100_000,
        b'{"verdict": ' + b"[" * 100_000, b"<svg><metadata>{}</metadata></svg>",
    ],
)  # fmt: skip
def test_what_is_no_card_is_not_verified(content):
    assert parts(verify(content)) == ({"card"}, set())


def test_of_a_printed_page_one_line_says_what_to_verify_instead(tmp_path):
    printed = tmp_path / "printed.pdf"
    printed.write_bytes(b"%PDF-1.4\n%%EOF\n")
    done = CliRunner().invoke(main, ["verify", str(printed)])
    assert (done.exit_code, done.output.count("\n")) == (4, 1)
    assert "a page that was printed has only its look" in done.output
    assert "verify the file that the page saves" in done.output


@pytest.mark.parametrize("value", [1, None, [], {}, True, "x", 1e400, "\ud800"])
@pytest.mark.parametrize("name", ["made", "language", "coarsest_radius_m", "software"])
def test_what_a_card_states_may_be_of_any_type(name, value):
    content = json.dumps(json.loads(FILE) | {"card": json.loads(FILE)["card"] | {name: value}})
    assert not verify(content.encode("utf-8", "surrogatepass")).verified


@pytest.mark.parametrize("value", [1, 1e9, None, [], {}, True, "x", "9" * 5_000])
@pytest.mark.parametrize("name", ["latitude", "date", "place", "radius", "position"])
def test_what_a_card_was_given_may_be_of_any_type(name, value):
    assert not verify(forged(lambda whole: whole["input"].update({name: value}))).verified


def test_a_stream_that_unpacks_without_end_is_no_card():
    import zlib

    packing = zlib.compressobj(9)
    packed = b"".join(packing.compress(bytes(1 << 20)) for _ in range(80)) + packing.flush()
    content = b"%PDF-1.7\n<</Type/EmbeddedFile>>\nstream\n" + packed + b"\nendstream"
    assert parts(verify(content)) == ({"card"}, set())


# -- the command ------------------------------------------------------------------------------


def run(*words: object) -> tuple[int, str]:
    found = CliRunner().invoke(main, [str(word) for word in words])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.output


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_command_writes_and_verifies_with_its_exit_status(tmp_path, suffix):
    target = tmp_path / f"verdict{suffix}"
    words = ["check", "35.9306", "36.6339", "--date", "2018-03", "--card", target]
    assert run(*words)[0] == 0
    status, said = run("verify", target)
    assert status == 0
    assert said.splitlines()[0] == "verified"
    assert said.splitlines()[-2].startswith("stated only: made 2")
    assert said.splitlines()[-1] == "unsigned"
    content = target.read_bytes()
    target.write_bytes(content[:-40] + b"x" + content[-39:])
    assert run("verify", target)[0] == 4


def test_the_command_exits_with_4_5_or_0(tmp_path, other_atlas):
    target = tmp_path / "card.json"
    target.write_bytes(FILE)
    assert run("verify", target)[0] == 0
    status, said = run("verify", target, "--atlas", other_atlas)
    assert (status, "verified" in said.splitlines()) == (5, False)
    assert said.startswith("unchecked: atlas")
    assert "the same: card, answer" in said
    target.write_bytes(forged(lambda whole: whole.update(verdict="outside")))
    status, said = run("verify", target)
    assert (status, said.startswith("answer differs")) == (4, True)
    target.write_text("something else")
    status, said = run("verify", target)
    assert (status, said.count("\n")) == (4, 1)


def test_the_record_that_check_prints_is_verified(tmp_path):
    _, said = run("check", "35.9306", "36.6339", "--date", "2018-03", "--json")
    target = tmp_path / "record.json"
    target.write_text(said, "utf-8")
    status, said = run("verify", target)
    assert (status, said.splitlines()[0]) == (0, "verified")


def test_what_comes_out_cannot_steer_the_terminal(tmp_path):
    target = tmp_path / "card.json"
    target.write_bytes(forged(lambda whole: whole.update(sentence="\x1b[2J\u202e\x9b")))
    status, said = run("verify", target)
    assert (status, set("\x1b\u202e\x9b") & set(said)) == (4, set())


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="the collection of hostile files is not here")
def test_the_hostile_cards_that_were_found_are_not_verified():
    for path in HOSTILE.glob("card*.json"):
        assert run("verify", path)[0] == 4
