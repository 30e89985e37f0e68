"""Verification of a card: it is computed again from its input, and compared value by value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from dezone.cite.card import Card, make_card
from dezone.cite.files import Carried, creator_of, read_carried, render_card
from dezone.provenance import libraries, software_sha256
from dezone.verification import (
    Finding,
    Leaf,
    Outcome,
    Verification,
    differs,
    leaves,
    listed,
    same,
    unchecked,
)
from geodata.atlas import Atlas, read_atlas
from geodata.errors import DezoneError, PageError, PlaceError, RecordError
from zones.incident import check
from zones.record import Record, software

_FROM_ATLAS = (
    "zone", "extents", "phase", "agreements", "rounds", "boundaries", "areas", "sources", "atlas",
)  # fmt: skip
"""The details of a card that follow from the atlas alone, whichever release reads it."""

_PAGE_MAY_BE_OFF = {
    **dict.fromkeys(("share_low", "share_best", "share_high"), 1e-4),
    **{"distance_m": 1, "accuracy_m": 1, "latitude": 1e-9, "longitude": 1e-9, "radius_m": 0.001},
}
"""By how much a record from a page may differ: see docs/vectors.md."""


def verify(
    path: str | Path | bytes, *, atlas: Atlas | None = None, places: Path | None = None
) -> Verification:
    """Compute a card, or a bare record, again from its own input, and compare all of it.

    Every value is compared with the new result, or with the atlas; so is the drawing in HTML, SVG
    and PDF. If the program, the libraries or the atlas differ from those that the card names, the
    parts that cannot be compared are `unchecked`, and the card is not `verified`.

    Parameters
    ----------
    path
        A card in any format, or a record as JSON: its path, or its bytes.
    atlas
        The atlas to compute with; the shipped one where None.
    places
        The file with more places that the card was made with, if it was.

    Raises
    ------
    RecordError
        The file cannot be opened.
    """
    content = path if isinstance(path, bytes) else _read(Path(path))
    book = read_atlas() if atlas is None else atlas
    try:
        carried = read_carried(content)
        if "card" not in carried.whole:
            record = msgspec.convert(carried.whole, Record)
            return Verification.of(_of_record(record, carried.whole, book, places))
        return Verification.of(_Card(carried, content, book, places).findings())
    except msgspec.ValidationError as error:
        text = f"expected a card as `dezone check --card` writes it, found one in which {error}"
        return Verification.of([differs("card", text)])
    except RecordError as error:
        return Verification.of([differs("card", str(error))])


def is_card(path: Path) -> bool:
    """Tell whether a file contains a card or a record, altered or not, or is a PDF of one."""
    content = _read(path)
    if content.startswith(b"%PDF-"):
        return True
    try:
        read_carried(content)
    except RecordError:
        return False
    return True


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordError(
            f"expected a card at {str(path)!r}, found nothing that can be read "
            f"({error.strerror or error}); name the file that `dezone check --card` wrote."
        ) from error


# -- what a card asks and states ------------------------------------------------------------


class _Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The input that describes an incident; nothing else of a card ever reaches `check`."""

    longitude: float | str | None = None
    latitude: float | str | None = None
    position: str | None = None
    place: str | None = None
    date: str | None = None
    radius: float | str | None = None


class _Software(msgspec.Struct, frozen=True):
    name: str
    sha256: str
    libraries: dict[str, str]


class _Stated(msgspec.Struct, frozen=True):
    """The values of a card that are needed to make it again and cannot be computed."""

    made: str
    language: str
    coarsest_radius_m: float
    software: _Software


def _again(
    record: Record, atlas: Atlas, places: Path | None, language: str, coarsest: float | None
) -> Record:
    """Return the record of the same input by this program and atlas."""
    question = msgspec.convert(record.input, _Question)
    return check(
        **msgspec.to_builtins(question),
        boundary=record.boundary,
        basis=record.basis,
        language=language,
        atlas=atlas,
        coarsest_radius=coarsest,
        places=places,
    )


def _unanswered(error: Exception, record: Record, places: Path | None) -> Finding:
    """Return the finding for a record whose input gives no answer now."""
    if isinstance(error, PlaceError) and places is None:
        return unchecked("answer", f"answer ({error} A place of a file of one's own: --places.)")
    return differs("answer", f"answer differs: it cannot be computed again: {error}")


# -- a bare record --------------------------------------------------------------------------


def _of_record(
    record: Record, whole: Mapping[str, Any], atlas: Atlas, places: Path | None
) -> Iterator[Finding]:
    """Compare a record without a card, as `check --json` and the pages write it."""
    if record.atlas_sha256 != atlas.sha256:
        yield _other_atlas(record, atlas)
    for language in atlas.meta.languages:  # which its sentence is in, it does not say
        try:
            again = _again(record, atlas, places, language, None)
        except (DezoneError, msgspec.ValidationError) as error:
            yield _unanswered(error, record, places)
            return
        if again.sentence == record.sentence:
            break
    found = list(leaves(dict(whole), again.to_dict()))
    if record.atlas_sha256 != atlas.sha256:
        found = [leaf for leaf in found if leaf.path[0] not in ("atlas_version", "atlas_sha256")]
    near = [leaf for leaf in found if _is_near(leaf)]
    if far := [leaf for leaf in found if leaf not in near]:
        yield differs("record", f"record differs: {listed(far)}")
    elif near:
        yield unchecked("record", f"what a page's own engine may be off by: {listed(near)}")
    else:
        yield same("record", "every value of the record (it is no card: that has its grounds too)")


def _is_near(leaf: Leaf) -> bool:
    most = _PAGE_MAY_BE_OFF.get(leaf.path[0], 0) if len(leaf.path) == 1 else 0
    numbers = [isinstance(value, int | float) for value in (leaf.before, leaf.now)]
    return all(numbers) and abs(leaf.before - leaf.now) <= most


def _other_atlas(record: Record, atlas: Atlas) -> Finding:
    return unchecked(
        "atlas",
        f"atlas {record.atlas_version} ({record.atlas_sha256}) is not this one, {atlas.version} "
        f"({atlas.sha256}); name its folder (--atlas)",
    )


# -- a card ---------------------------------------------------------------------------------


class _Card:
    """A card as it stands, and what this program and atlas make of its input."""

    def __init__(self, carried: Carried, content: bytes, atlas: Atlas, places: Path | None) -> None:
        self.carried, self.content = carried, content
        self.atlas, self.places = atlas, places
        self.record = msgspec.convert(carried.whole, Record)
        self.details = msgspec.convert(carried.whole["card"], dict[str, Any])
        self.stated = msgspec.convert(self.details, _Stated)
        self.same_atlas = self.record.atlas_sha256 == atlas.sha256
        self.same_software = self.stated.software.sha256 == software_sha256()
        self.same_libraries = self.stated.software.libraries == libraries()

    def findings(self) -> Iterator[Finding]:
        """Yield the findings: on its hash and form, versions, answer, details and drawing."""
        yield self._as_made()
        yield from self._versions()
        try:
            again = _again(
                self.record,
                self.atlas,
                self.places,
                self.stated.language,
                self.stated.coarsest_radius_m,
            )
        except (DezoneError, msgspec.ValidationError) as error:
            yield _unanswered(error, self.record, self.places)
            return
        answer = self._answer(again)
        yield answer
        if answer.outcome is not Outcome.SAME:
            return
        if not self.same_atlas:
            yield unchecked("grounds", "grounds, sources and citation rest on that atlas")
            if self.carried.suffix != ".json":
                yield unchecked("drawing", "drawing (it shows that atlas)")
            return
        try:
            card = self._made_again(again)
        except (DezoneError, ValueError) as error:
            yield differs("made", f"made differs: {error}")
            return
        details = list(self._details(card))
        yield from details
        if self.carried.suffix != ".json":
            agree = all(one.outcome is not Outcome.DIFFERS for one in details)
            yield self._drawing(card) if agree else unchecked("drawing", "drawing")

    def _as_made(self) -> Finding:
        """Tell whether the card is as it was written, by its own hash and its form."""
        whole = self.carried.whole
        card = Card(record=self.record, details=self.details)
        if list(leaves(dict(whole), card.to_dict())) or not self.carried.exact:
            hint = "its bytes are not as cards are written"
            if whole.get("sha256") != card.sha256:
                hint = f"it states {whole.get('sha256')}, its content has {card.sha256}"
            return differs("card", f"card differs: it is not as it was when it was made ({hint})")
        return same("card")

    def _versions(self) -> Iterator[Finding]:
        record, stated = self.record, self.stated.software
        if not self.same_atlas:
            yield _other_atlas(record, self.atlas)
        if not self.same_software:
            yield unchecked(
                "software",
                f"software {stated.name} ({stated.sha256}) is not this one, {software()} "
                f"({software_sha256()})",
            )
        if not self.same_libraries:
            found = listed(list(leaves(stated.libraries, libraries())))
            yield unchecked("libraries", f"libraries are others than these: {found}")
        made = _moment(self.stated.made)
        if made is None or made > dt.datetime.now(dt.UTC) + dt.timedelta(days=1):
            yield differs("made", f"made differs: {self.stated.made!r} is no moment before now")
        else:
            yield Finding("made", Outcome.STATED, f"made {self.stated.made}")

    def _answer(self, again: Record) -> Finding:
        before, now = self.record.to_dict(), again.to_dict()
        if not self.same_atlas:
            now |= {key: before[key] for key in ("atlas_version", "atlas_sha256")}
        if not self.same_software:
            now["software"] = before["software"]
        found = list(leaves(before, now))
        return differs("answer", f"answer differs: {listed(found)}") if found else same("answer")

    def _made_again(self, again: Record) -> Card:
        """Return a new card of the answer, with the values that only the card itself states."""
        made = _moment(self.stated.made)
        if made is None:
            raise RecordError(f"expected a moment in UTC, found {self.stated.made!r}.")
        named = msgspec.structs.replace(again, software=self.record.software)
        card = make_card(
            named,
            self.atlas,
            language=self.stated.language,
            made=made,
            coarsest_radius_m=self.stated.coarsest_radius_m,
        )
        software = card.details["software"] | {"libraries": self.stated.software.libraries}
        if not self.same_software:
            software["sha256"] = self.stated.software.sha256
        return Card(record=named, details={**card.details, "software": software})

    def _details(self, card: Card) -> Iterator[Finding]:
        """Compare what stands below the answer: its grounds, the method, the citation, ..."""
        found = list(leaves(self.details, card.details))
        firm = [leaf for leaf in found if self.same_software or leaf.path[0] in _FROM_ATLAS]
        if firm:
            yield differs("details", f"card differs: {listed(firm)}")
        if other := [leaf for leaf in found if leaf not in firm]:
            yield unchecked("details", f"this release writes otherwise: {listed(other)}")
        if not found:
            yield same("details", "grounds, sources, method and citation")

    def _drawing(self, card: Card) -> Finding:
        """Draw the card again, and compare every byte of the file."""
        try:
            drawn = render_card(card, self.atlas, self.carried.suffix)
        except PageError as error:
            return unchecked("drawing", f"drawing ({error})")
        if drawn == self.content:
            return same("drawing")
        if creator_of(drawn) != creator_of(self.content):
            return unchecked("drawing", "drawing (another release of typst set it)")
        if not (self.same_software and self.same_libraries):
            return unchecked("drawing", "drawing (other software draws otherwise)")
        return differs("drawing", "drawing differs: what it shows is not what it carries")


def _moment(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
