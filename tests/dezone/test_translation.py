"""Help, errors and notes in Arabic: by `--lang ar` or by the locale, from a table of sentences."""

from __future__ import annotations

import ast
import errno
import inspect
import os
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from dezone.cli import main
from dezone.translation import _table, language_of, say, speaking
from geodata.columns.mapping import ROLES

HOUSE = Path(__file__).parents[2]
ARABIC = re.compile("[\u0600-\u06ff]")


@pytest.mark.parametrize(
    ("words", "environment", "expected"),
    [
        ("check --lang ar", {}, "ar"),
        ("--lang=ar check", {"LANG": "en_US.UTF-8"}, "ar"),
        ("check --lang en", {"LANG": "ar_SY.UTF-8"}, "en"),
        ("check --lang tr", {"LANG": "ar_SY.UTF-8"}, "en"),
        ("check -- --lang ar", {}, "en"),
        ("check --lang", {}, "en"),
        ("check", {"LC_ALL": "ar_SY.UTF-8", "LANG": "C"}, "ar"),
        ("check", {"LC_ALL": "", "LANG": "ar"}, "ar"),
        ("check", {"LANGUAGE": "ar:en", "LANG": "en_US.UTF-8"}, "ar"),
        ("check", {"LC_ALL": "C", "LANG": "ar_SY.UTF-8"}, "en"),
        ("check", {"LANG": "../../secret"}, "en"),
        ("check", {}, "en"),
    ],
)
def test_the_language_is_the_one_asked_for_then_that_of_the_locale(words, environment, expected):
    assert language_of(words.split(), environment) == expected


def _helps():
    context = click.Context(main)
    for command in (main, *(main.get_command(context, name) for name in main.list_commands())):
        assert command is not None
        for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
            if "\b" not in paragraph:
                yield " ".join(paragraph.split())
        for one in command.params:
            if help := getattr(one, "help", None):
                yield " ".join(help.split())


def test_all_help_is_in_arabic():
    with speaking("ar"):
        assert [text for text in {*_helps()} if not ARABIC.search(say(text))] == []


_OF_THE_SYSTEM = [
    *map(os.strerror, (errno.ENOENT, errno.EADDRINUSE)),
    *("Errno", "Name or service not known", "while attempting to bind on address"),
]


def test_the_table_has_no_sentence_that_the_code_no_longer_says():
    roots = (HOUSE / name for name in ("geodata", "zones", "maps/page", "maps/print", "dezone"))
    files = [path for root in roots for path in root.glob("**/*.py")]
    files += Path(click.__file__).parent.glob("*.py")
    code = "".join(path.read_text("utf-8") for path in files)
    code = " ".join(re.sub(r'"\s+f?"', "", code).split())
    code += " ".join([*map("role {}".format, (*ROLES, "also", "dms", "span")), *_OF_THE_SYSTEM])
    table = _table("ar")
    assert table is not None
    words = {part for key in table._plain for part in re.findall("[A-Za-z][A-Za-z ]+[a-z]", key)}
    assert sorted(one for one in words if one not in code) == []


# What only programs can get wrong: whoever calls these reads English.
_OF_PROGRAMS = (
    *("maps/page/foreign.py", "maps/page/layers.py", "maps/page/leaflet.py", "maps/page/site.py"),
    *("maps/page/document.py", "zones/incident.py", "zones/index", "zones/layers.py"),
    *("zones/tables/frames.py", "geodata/sources", "geodata/errors.py"),
)


def _messages():
    """Every message of an error and every note in the code, with 'x' for each value."""

    def text(node):
        if isinstance(node, ast.JoinedStr):
            return "".join(map(text, node.values))
        if isinstance(node, ast.BinOp):
            return text(node.left) + text(node.right)
        return node.value if isinstance(getattr(node, "value", None), str) else "'x'"

    for root in ("geodata", "zones", "maps/page", "maps/print", "dezone"):
        for path in sorted((HOUSE / root).rglob("*.py")):
            if path.relative_to(HOUSE).as_posix().startswith(_OF_PROGRAMS):
                continue
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(call, ast.Call) and call.args:
                    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                    if name in (
                        "DezoneError",
                        "InputError",
                        "WrongValue",
                        "differs",
                        "note",
                        "result",
                        "unchecked",
                    ):
                        said = text(call.args[-1 if name in ("differs", "unchecked") else 0])
                        yield said.replace("a 'x' of 'x'", "a zone of 'x'")  # of `OneOf`


def test_no_word_of_a_message_stays_english():
    left = {}
    with speaking("ar"):
        for message in {*_messages()}:
            shown = re.sub(r"`[^`]*`|'[^']*'|[\w-]*[-=._/{\[][^\s؛،]*", "", say(message))
            if " " in message and (words := {*re.findall("[A-Za-z]?[a-z]{2,}", shown)} - _NAMES):
                left[message] = words
    assert left == {}


_NAMES = {
    *("dezone", "tag", "pip", "install", "ulimit", "scipy", "dask", "Dask", "Stata", "Excel"),
    *("Parquet", "Shapefile", "Geo", "Package", "Names", "date", "first", "last", "year", "month"),
    *("day", "name", "openssl", "Open", "ts", "typst", "cp", "position", "latitude", "longitude"),
}
"""What stays as it is in every language: names of programs and formats, and words to type."""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--help"], "إعطاء كل حادثة في ملف نتيجتها."),
        (["check", "--help"], "[الافتراضي: memorandum]"),
        (["check", "95", "36"], "خط العرض بالدرجات. الموجود: '95': إنه خارج المدى -90..90"),
        (["check", "35.9", "36.6", "--date", "hello"], "'hello' ليس اسم شهر. ما العمل: اكتبه"),
        (["check", "35.9", "36.6", "--date", "03/04/2018"], "2018-04-03 (اليوم أولاً) أو"),
        (["check", "--place", "Dana", "--boundary", "x"], "المتوقع: حد من هذه: line, ministry"),
        (["check", "--bogus"], "خطأ: لا يوجد خيار باسم '--bogus'."),
        (["nonsense"], "خطأ: لا يوجد أمر باسم 'nonsense'."),
        (["tag"], "خطأ: ينقص 'INCIDENTS'."),
        (["check", "--place", "Foobar"], "ما العمل: صحّحه، أو أضف المحافظة، أو أعطِ الإحداثيات."),
        (["check", "36,20"], "على وجهين: خط العرض 36، خط الطول 20 أو زاوية واحدة 36.2."),
        (
            ["check", "--place", "Saraqib", "--date", "30/2/2018"],
            "ليس في 2018-02 يوم 30. ما العمل:",
        ),
        (["zones", "--atlas", "nosuch"], "الموجود: لا شيء في 'nosuch'."),
        (["tag", "nope.csv"], "خطأ: المتوقع: ملف في 'nope.csv'. الموجود: لا شيء."),
    ],
)
def test_help_and_errors_are_in_the_language_of_the_locale(words, said):
    asked = CliRunner().invoke(main, words, env={"LANGUAGE": "", "LC_ALL": "ar_SY.UTF-8"})
    english = CliRunner().invoke(main, words, env={"LC_ALL": "C"})
    shown = " ".join((asked.stdout + asked.stderr).split())
    assert said in shown
    assert asked.exit_code == english.exit_code
    assert not ARABIC.search(english.stdout + english.stderr)


def test_the_language_of_the_whole_is_that_of_the_answer():
    words = ["check", "--place", "C4365", "--date", "2018-03"]
    before = CliRunner().invoke(main, ["--lang", "ar", *words])
    after = CliRunner().invoke(main, [*words, "--lang", "ar"])
    assert before.stdout == after.stdout
    assert ARABIC.search(before.stdout)


def test_two_messages_in_a_row_are_said_each():
    one = "expected a date, found 'x': it is no date; correct the date"
    said = "المتوقع: تاريخ. الموجود: 'x': ليس تاريخاً. ما العمل: صحّح التاريخ."
    with speaking("ar"):
        assert say(f"{one}; {one}") == f"{said} {said}"


@given(st.text(max_size=60))
def test_what_is_quoted_stays_as_it_is(text):
    message = f"Error: expected a date, found {text!r}: it is no date; write it like '2018'"
    with speaking("ar"):
        assert (
            say(message)
            == f"خطأ: المتوقع: تاريخ. الموجود: {text!r}: ليس تاريخاً. ما العمل: اكتبه هكذا: '2018'."
        )


def test_a_text_made_to_be_split_without_end_is_said_at_once():
    hostile = "expected , found ; : {0} {} " * 80
    with speaking("ar"):
        assert "{0} {}" in say(hostile)


@pytest.mark.parametrize(
    "words",
    [
        ["check", "--place", "القحطانية", "--date", "2018-04-07"],
        ["explain", "--place", "القحطانية", "--date", "2018-04-07"],
        ["inspect", "القحطانية.csv"],
    ],
)
def test_places_of_one_name_are_told_by_their_arabic_names(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("القحطانية.csv").write_text("place,date\nالقحطانية,2018-04-07\n", "utf-8")
    done = CliRunner().invoke(main, ["--lang", "ar", *words])
    assert "C6270 القحطانية" in done.output
    assert "القنيطرة" in done.output
    assert "Qahtaniyyeh" not in done.output
    assert "Qahtaniyyeh" in CliRunner().invoke(main, words).output
