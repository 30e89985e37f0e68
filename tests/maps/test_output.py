"""What is written appears whole or not at all, under names that lead nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import maps
from geodata.atlas import Atlas, read_atlas
from geodata.errors import OutputError, PageError
from maps.page.output import Draft, writing_folder


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return read_atlas()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


# -- a folder -------------------------------------------------------------------------------


def test_a_new_folder_appears_with_all_its_files(tmp_path: Path) -> None:
    place = tmp_path / "a" / "b" / "site"
    with writing_folder(place) as draft:
        draft.write("one.html", b"1")
        assert not place.exists()
        draft.write("two.html", b"2")
    assert contents(tmp_path) == {"a/b/site/one.html": b"1", "a/b/site/two.html": b"2"}
    plain = tmp_path / "plain"
    plain.mkdir()
    assert place.stat().st_mode == plain.stat().st_mode


def test_a_folder_that_is_there_keeps_its_other_files(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_bytes(b"old")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_bytes(b"notes")
    with writing_folder(tmp_path) as draft:
        draft.write("one.html", b"1")
        draft.write("two.html", b"2")
    assert contents(tmp_path) == {"one.html": b"1", "two.html": b"2", "mine/notes.txt": b"notes"}


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_after_an_error_everything_is_as_before(
    tmp_path: Path, there: bool, error: BaseException
) -> None:
    place = tmp_path / "a" / "site"
    if there:
        place.mkdir(parents=True)
        (place / "one.html").write_bytes(b"old")
    before = set(tmp_path.rglob("*"))

    def write() -> None:
        with writing_folder(place) as draft:
            draft.write("one.html", b"1")
            raise error

    with pytest.raises(OutputError if isinstance(error, OSError) else KeyboardInterrupt):
        write()
    assert set(tmp_path.rglob("*")) == before
    assert not there or (place / "one.html").read_bytes() == b"old"


def test_files_are_put_back_where_one_of_them_cannot_be_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one.html", "two.html"):
        (tmp_path / name).write_bytes(b"old")
    replace = Path.replace

    def fail_at_last(self: Path, target: Path) -> Path:
        if target == tmp_path / "three.html":
            raise OSError(5, "Input/output error")
        return replace(self, target)

    def write() -> None:
        with writing_folder(tmp_path) as draft:
            for name in ("one.html", "new.html", "two.html", "three.html"):
                draft.write(name, b"new")
            monkeypatch.setattr(Path, "replace", fail_at_last)

    with pytest.raises(OutputError, match=r"Input/output error.*nothing was changed"):
        write()
    assert contents(tmp_path) == {"one.html": b"old", "two.html": b"old"}
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_in_the_place_of_a_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "index.html").mkdir()
    (tmp_path / "index.html" / "mine").write_bytes(b"mine")

    def write() -> None:
        with writing_folder(tmp_path) as draft:
            draft.write("a.html", b"a")
            draft.write("index.html", b"i")

    with pytest.raises(OutputError, match="found a folder of that name"):
        write()
    assert contents(tmp_path) == {"index.html/mine": b"mine"}


def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    place = tmp_path / "site"
    place.mkdir()
    (place / "index.html").symlink_to(tmp_path / "secret")
    with writing_folder(place) as draft:
        draft.write("index.html", b"page")
    assert (tmp_path / "secret").read_bytes() == b"secret"
    assert not (place / "index.html").is_symlink()
    assert (place / "index.html").read_bytes() == b"page"


def test_a_folder_may_be_named_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with writing_folder(tmp_path / "link") as draft:
        draft.write("index.html", b"page")
    assert contents(tmp_path / "real") == {"index.html": b"page"}
    assert (tmp_path / "link").is_symlink()


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "site").write_bytes(b"mine")
    with (
        pytest.raises(OutputError, match="expected a folder to write into"),
        writing_folder(tmp_path / "site"),
    ):
        pass
    assert contents(tmp_path) == {"site": b"mine"}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user may write anywhere")
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="Permission denied"), writing_folder(tmp_path / "site"):
        pass


# -- names ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../a", "/a", "a/b", "a\\b", "C:a", "a\0", "a\n", ".hidden", "-o", "é", "a.",
     "a b", "a" * 101],
    ids=ascii,
)  # fmt: skip
def test_a_name_leads_nowhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(PageError, match="expected a file name of Latin letters"):
        Draft(tmp_path).path(name)


@pytest.mark.parametrize("other", ["index.html", "INDEX.html", "index.HTML"])
def test_two_files_have_two_names_on_every_disk(tmp_path: Path, other: str) -> None:
    draft = Draft(tmp_path)
    draft.path("index.html")
    with pytest.raises(PageError, match="files of different names"):
        draft.path(other)


# -- a site ---------------------------------------------------------------------------------

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from dezone.cli import main
main(sys.argv[2:])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
@pytest.mark.parametrize("limit", [4_000, 430_000, 600_000], ids=["data", "data whole", "pages"])
def test_a_site_that_finds_no_room_leaves_nothing(tmp_path: Path, limit: int) -> None:
    site = str(tmp_path / "a" / "site")
    done = subprocess.run(
        [sys.executable, "-B", "-c", LIMITED, str(limit), "map", "-o", site],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: expected ")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_site_written_again_is_the_same_and_leaves_no_scraps(
    atlas: Atlas, tmp_path: Path
) -> None:
    first = maps.write_site(atlas, tmp_path / "site")
    before = contents(tmp_path)
    again = maps.write_site(atlas, tmp_path / "site")
    assert first == again
    assert contents(tmp_path) == before
    assert {path.name for path in first} == {path.name for path in (tmp_path / "site").iterdir()}
