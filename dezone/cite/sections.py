"""The text of a card, in its language: facts under headings, in reading order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dezone.cite.card import Card
from geodata.atlas import Atlas
from geodata.columns.incidents import SETTLEMENT
from maps.print.lettering import clean, isolate, wrap
from maps.style import TOKENS, tint
from zones.places import INSIDE_SHARE, OUTSIDE_SHARE
from zones.sentence import fill, say_days, say_length, say_list, say_share, say_verdict


@dataclass(frozen=True)
class Fact:
    """A label and what stands beside it, in one or more lines.

    `foreign` lines (input, ids, hashes) keep their own direction, whatever that of the page.
    """

    label: str
    lines: tuple[str, ...]
    foreign: bool = False


@dataclass(frozen=True)
class Section:
    """Facts under a heading."""

    heading: str
    facts: tuple[Fact, ...]


def card_title(card: Card, atlas: Atlas) -> str:
    """Return the title of the card, as it is cited."""
    title = card.details["citation"]["csl"]["title"]
    return clean(f"{atlas.words(card.language)['card']['title']}: {title}")


def card_sections(card: Card, atlas: Atlas) -> list[Section]:
    """Return the facts of a card in its language, in reading order."""
    words = atlas.words(card.language)
    say = words["card"]
    return [
        Section(say["incident"], tuple(_incident(card, words))),
        Section(say["answer"], tuple(_answer(card, atlas, words))),
        Section(say["ground"], tuple(_ground(card, words))),
        Section(say["talks"], tuple(_talks(card, atlas, words))),
        Section(say["provenance"], tuple(_provenance(card, words))),
        Section(words["page"]["sources"], tuple(_sources(card, words))),
    ]


def _incident(card: Card, words: Mapping[str, Any]) -> list[Fact]:
    record, say, field = card.record, words["card"], words["field"]
    # Each value by itself: after an Arabic label 2017-10 would be shown as 10-2017.
    given = [
        f"{clean(field.get(key, key))}: {isolate(clean(str(value)))}"
        for key, value in record.input.items()
    ]
    facts = [Fact(say["given"], tuple(given) or ("–",), foreign=True)]
    if record.repairs:
        mended = [f"{clean(r.before)} → {clean(r.after)} ({r.kind})" for r in record.repairs]
        facts.append(Fact(say["repaired"], tuple(mended), foreign=True))
    if record.latitude is not None and record.longitude is not None:
        used = [f"{record.latitude:.6f}, {record.longitude:.6f} (WGS 84)"]
        if record.place is not None:
            used.insert(0, clean(f"{record.place.name} ({record.place.gazetteer_id})"))
        facts.append(Fact(say["used"], tuple(used), foreign=True))
    if card.details["doubt"]:
        facts.append(Fact(say["doubt"], (card.details["doubt"],)))
    origin = say["origin"].get(record.radius_source)
    if origin is None:
        origin = fill(say["origin"]["notation"], {"notation": isolate(record.radius_source)})
    if record.radius_m is None:
        length = words["space"]["unknown"]
    elif record.radius_m == 0:
        length = words["radius_exact"]
    else:
        length = say_length(words, record.radius_m)
    facts.append(Fact(field["radius"], (f"{length}: {origin}",)))
    if record.first_day is not None and record.last_day is not None:
        facts.append(Fact(field["date"], (say_days(words, record.first_day, record.last_day),)))
    return facts


def _answer(card: Card, atlas: Atlas, words: Mapping[str, Any]) -> list[Fact]:
    record, field = card.record, words["field"]
    facts = []
    if record.zone is not None:
        facts.append(Fact(field["zone"], (atlas.zone(record.zone).name[card.language],)))
    facts.append(Fact(field["space"], (words["space"][record.space],)))
    facts.append(Fact(field["time"], (words["time"][record.time],)))
    if record.phase is not None:
        facts.append(Fact(field["phase"], (words["phase"][record.phase],)))
    facts.append(Fact(field["basis"], (words["basis"][record.basis],)))
    if record.share_low is not None and record.share_best is not None:
        slots = {
            "low": f"{record.share_low:.4g}",
            "best": f"{record.share_best:.4g}",
            "high": f"{record.share_high:.4g}",
        }
        facts.append(Fact(field["share"], (fill(words["shares"], slots),)))
    if record.distance_m is not None:
        side = "inside" if record.distance_m >= 0 else "outside"
        length = say_length(words, abs(record.distance_m))
        said = fill(words["distance"][side], {"distance": length})
        facts.append(Fact(field["distance"], (said,)))
    if record.accuracy_m is not None:
        facts.append(Fact(field["accuracy"], (say_length(words, record.accuracy_m),)))
    if record.reasons:
        facts.append(Fact(field["reasons"], tuple(words["reason"][r] for r in record.reasons)))
    return facts


def _ground(card: Card, words: Mapping[str, Any]) -> list[Fact]:
    say, field, details = words["card"], words["field"], card.details
    facts = []
    for extent in details["extents"]:
        first = _day(words, extent["valid_from"])
        last = _day(words, extent["valid_to"])
        key = "validity" if last else "validity_open"
        valid = fill(say[key], {"first": first, "last": last})
        trust = f"{field['confidence']}: {words['confidence'][extent['confidence']]}"
        facts.append(Fact(say["extent"], (isolate(extent["id"]), valid, trust)))
    for boundary in details["boundaries"]:
        head = f"{boundary['name']}: {words['space'][boundary['space']]}"
        facts.append(
            Fact(field["boundary"], (head, boundary["description"], isolate(boundary["accuracy"])))
        )
    return facts


def _talks(card: Card, atlas: Atlas, words: Mapping[str, Any]) -> list[Fact]:
    record, say, field = card.record, words["card"], words["field"]
    facts = []
    for item in card.details["agreements"]:
        signed = say["not_signed"]
        if item["signed"]:
            signed = fill(say["signed"], {"day": _day(words, item["signed"])})
        facts.append(Fact(field["agreement"], (f"{item['title']} ({signed})",)))
    for item in card.details["rounds"]:
        facts.append(Fact(field["arranged_under"], (item["name"],)))
    for key in ("guarantors", "mediators", "framework_guarantors"):
        if actors := getattr(record, key):
            names = [atlas.actors[actor].name[card.language] for actor in actors]
            facts.append(Fact(field[key], (say_list(words, names, last=False),)))
    return facts or [Fact(field["agreement"], ("–",))]


def _provenance(card: Card, words: Mapping[str, Any]) -> list[Fact]:
    say, details = words["card"], card.details
    atlas, software = details["atlas"], details["software"]
    method = fill(
        say["method_text"],
        {
            "inside": say_share(words, INSIDE_SHARE),
            "outside": say_share(words, OUTSIDE_SHARE),
            "time_zone": isolate(details["method"]["time_zone"]),
        },
    )
    settled = (say["method_settlement"],) if card.record.radius_source == SETTLEMENT else ()
    libraries = ", ".join(f"{name} {value}" for name, value in software["libraries"].items())
    return [
        Fact(say["method"], (*settled, method, words["page"]["no_violation"])),
        Fact(
            say["atlas"],
            (f"{atlas['id']} {atlas['version']}, {atlas['licence']}", f"SHA-256 {atlas['sha256']}"),
            foreign=True,
        ),
        Fact(
            say["software"],
            (f"{software['name']} ({libraries})", f"SHA-256 {software['sha256']}"),
            foreign=True,
        ),
        Fact(say["record"], (f"SHA-256 {details['record_sha256']}",), foreign=True),
        Fact(say["made"], (details["made"],), foreign=True),
        Fact(say["check"], (say["check_text"],)),
        Fact(say["cite"], (details["citation"]["text"],), foreign=True),
    ]


def _sources(card: Card, words: Mapping[str, Any]) -> list[Fact]:
    """Return the sources with what rests on them, in the order of the card."""
    details = card.details
    kinds = (
        (words["card"]["extent"], details["extents"]),
        (words["field"]["phase"], details["phase"]),
        (words["field"]["agreements"], details["agreements"]),
        (words["field"]["boundaries"], details["boundaries"]),
    )
    facts, told = [], set()
    for label, items in kinds:
        lines = []
        for key in dict.fromkeys(key for item in items for key in item["sources"]):
            if key not in told:
                told.add(key)
                lines.append(_source(details["sources"][key]))
        if lines:
            facts.append(Fact(label, tuple(lines), foreign=True))
    return facts


def _source(source: Mapping[str, Any]) -> str:
    parts = [source["publisher"], source["title"], source["date"]]
    return clean(", ".join(str(part) for part in parts if part))


def _day(words: Mapping[str, Any], text: str | None) -> str:
    if not text:
        return ""
    day = dt.date.fromisoformat(text)
    return say_days(words, day, day)


def headline(card: Card, atlas: Atlas) -> tuple[str, str, str]:
    """Return the verdict, where, and the colour of the words."""
    words, record = atlas.words(card.language), card.record
    verdict = say_verdict(words, record.verdict, record.space, record.time)
    if record.zone is None:
        return verdict, "", TOKENS["ink"]
    zone = atlas.zone(record.zone)
    where = f"{words['field']['zone']}: {zone.name[card.language]}"
    if record.distance_m is not None:
        side = "inside" if record.distance_m >= 0 else "outside"
        length = say_length(words, abs(record.distance_m))
        where += " · " + fill(words["distance"][side], {"distance": length})
    colour = tint(zone.number).ink if record.verdict == "inside" else TOKENS["ink"]
    return verdict, where, colour


def trimmed(
    section: Section, words: Mapping[str, Any], room: int, width: float, size: float
) -> Section:
    """Return the sources that fit into so many lines, and how many more there are."""
    facts: list[Fact] = []
    left_out = 0
    room -= 1  # for telling how many more there are
    for fact in section.facts:
        kept = []
        for line in fact.lines:
            need = len(wrap(line, size, width))
            if need <= room:
                room -= need
                kept.append(line)
            else:
                room = 0
                left_out += 1
        if kept:
            facts.append(Fact(fact.label, tuple(kept), foreign=True))
    if left_out:
        more = fill(words["card"]["more_sources"], {"count": str(left_out)})
        facts.append(Fact("…", (more,)))
    return Section(section.heading, tuple(facts))
