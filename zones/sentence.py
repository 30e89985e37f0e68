"""The verdict in plain words, written from the templates of the atlas's language files."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from geodata.atlas import Atlas
from geodata.columns.incidents import AREA, DOUBTS

if TYPE_CHECKING:
    from geodata.ledger import Ledger
    from geodata.text.names import Place

_DOUBTS = {reason.value for reason in DOUBTS}
_OF_POLYGONS = {AREA, "district", "governorate"}
_SLOT = re.compile(r"\{(\w+)\}")


def say_place(ledger: Ledger, place: Place, language: str) -> str:
    """Return a place by its code, name, governorate and point, as a language writes names."""
    if language != "ar" or place.settlement < 0:
        return f"{place.id} {place}"
    record = ledger.settlement(place.settlement)
    names = [record.name_ar or place.name, *(unit.name_ar for unit in record.admin[:1])]
    return f"{place.id} {'، '.join(names)} ({place.latitude:.4f}, {place.longitude:.4f})"


def write_sentence(
    atlas: Atlas, fields: Mapping[str, Any], *, language: str, place: str | None = None
) -> str:
    """Return the answer in plain words, with the numbers that decided it.

    Parameters
    ----------
    atlas
        Its language files hold every word.
    fields
        The fields of a record, up to `reasons`.
    language
        A language of the atlas.
    place
        The name of the place as the reader knows it; None where only a point is known.
    """
    words = atlas.words(language)
    slots = _slots(atlas, words, fields, language, place)
    templates = words["sentence"]
    said = " ".join(fill(templates[key], slots) for key in (*_outline(fields), *_areas(fields)))
    return said[:1].upper() + said[1:]


def _outline(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of the templates that make up the answer, in order."""
    verdict, space, time = fields["verdict"], fields["space"], fields["time"]
    reasons = fields["reasons"]
    of_settlement = fields["settlement"] is not None
    many = fields["first_day"] != fields["last_day"]
    disc = bool(fields["radius_m"])
    area = _is_area(fields)
    if verdict == "undetermined" or "name-shared" in reasons:
        yield from _undetermined(fields)
        return
    if _is_doubted(fields):
        yield "doubted"
        return
    if verdict == "outside" and space == "unknown":
        yield "none_in_force"
        return
    if verdict == "outside" and time in ("not_yet", "ended"):
        yield f"{time}_{'elsewhere' if space == 'outside' else 'there'}"
        return
    if verdict == "outside":
        if area:
            yield "outside_area" if fields["share_high"] > 0 else "outside_area_clear"
        elif disc and fields["share_high"] > 0:
            yield "outside_share"
        else:
            yield "outside_undated" if time == "unknown" else "outside_place"
        yield from ["outside_lost"] if "ground-lost" in reasons else []
        yield from _holders(fields)
        return
    if verdict == "inside":
        yield "inside_days" if many else "inside_day"
        # The line may be rough; on which side of it a settlement lies is known all the same.
        yield from ["accuracy"] if fields["accuracy_m"] is not None and not of_settlement else []
    elif space == "outside":
        yield "uncertain_gained"
    elif space == "inside" and time == "in_force":
        yield "uncertain_lost" if "ground-lost" in reasons else "uncertain_changed"
    elif space == "inside":
        yield "inside_partly"
    elif "spans-extents" in reasons:
        yield "redrawn"
    elif disc or area:
        yield "uncertain_area" if area else "uncertain_share"
        yield from ["accuracy"] if fields["accuracy_m"] is not None else []
    else:
        yield "uncertain_within" if fields["share_best"] >= 1 else "uncertain_beyond"
        yield from ["accuracy"] if fields["accuracy_m"] is not None else []
    if verdict == "uncertain" and time == "partly" and space != "inside":
        yield "partly"
    yield from _holders(fields)
    if fields["round"]:
        yield "arranged_under"
    if fields["mediators"]:
        yield "mediated"
    if "contested" in reasons:
        yield "contested"
    if "boundaries-disagree" in reasons:
        yield "boundaries"


def _areas(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of the templates that say in which areas a known place lies."""
    if fields["verdict"] == "undetermined":
        return
    if fields["subareas"]:
        yield "subareas"
    if fields["neighbours"]:
        yield "neighbours"


def _is_doubted(fields: Mapping[str, Any]) -> bool:
    """Tell whether a verdict is uncertain only because of a doubt about what was read."""
    return (
        fields["verdict"] == "uncertain"
        and not _DOUBTS.isdisjoint(fields["reasons"])
        and (
            (fields["space"], fields["time"]) == ("inside", "in_force")
            or fields["space"] in ("outside", "unknown")
            or fields["time"] in ("not_yet", "ended")
        )
    )


def _holders(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the key of the template that says who held the settlement, where it is one."""
    if "held-unknown" in fields["reasons"]:
        yield "held_unknown"
    elif fields["held_by"]:
        yield "held" if len(fields["held_by"]) == 1 else "held_in_turn"


def _undetermined(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of the templates for an unknown place, an unknown date and a shared name."""
    if "name-shared" in fields["reasons"]:
        yield "shared_differ" if fields["verdict"] == "undetermined" else "shared_agree"
    elif fields["space"] == "unknown":
        yield _unlocated(fields["reasons"])
    if fields["verdict"] == "undetermined" and fields["time"] == "unknown":
        yield "undated"


def _is_area(fields: Mapping[str, Any]) -> bool:
    """Tell whether the place is a polygon; a radius that is not known leaves a point far away."""
    return fields["radius_source"] in _OF_POLYGONS and fields["share_high"] is not None


def _unlocated(reasons: list[str]) -> str:
    if "placeholder-location" in reasons:
        return "placeholder"
    return "too_coarse" if "coarse-location" in reasons else "unlocated"


def _slots(
    atlas: Atlas,
    words: Mapping[str, Any],
    fields: Mapping[str, Any],
    language: str,
    place: str | None,
) -> dict[str, str]:
    plain = words["sentence"]["the_area" if _is_area(fields) else "the_place"]
    if place is None and fields["settlement"] is not None:
        ledger = atlas.ledger
        place = ledger.name(ledger.index(fields["settlement"]), language)
    slots = {"place": place or plain, "verdict": words["verdict"][fields["verdict"]]}
    slots["holders"] = say_list(
        words, [atlas.sides[side].name[language] for side in fields["held_by"]], last=False
    )
    if fields["zone"]:
        slots["zone"] = atlas.zone(fields["zone"]).name[language]
    for key in ("share_low", "share_best", "share_high"):
        if fields[key] is not None:
            slots[key] = say_share(words, fields[key])
    for key, name in (
        ("distance_m", "distance"),
        ("radius_m", "radius"),
        ("accuracy_m", "accuracy"),
    ):
        if fields[key] is not None:
            slots[name] = say_length(words, abs(fields[key]))
    if fields["first_day"]:
        slots["days"] = say_days(words, fields["first_day"], fields["last_day"])
    if fields["round"]:
        names = {entry.id: entry.name for entry in atlas.rounds}
        slots["round"] = names[fields["round"]][language]
    for key in ("guarantors", "mediators"):
        slots[key] = say_list(words, [atlas.actors[actor].name[language] for actor in fields[key]])
    slots |= _area_slots(atlas, words, fields, language)
    slots["boundaries"] = say_list(
        words,
        [
            f"{atlas.boundary(name).name[language]}: {words['space'][space]}"
            for name, space in fields["boundaries"].items()
        ],
        last=False,
    )
    return slots


def _area_slots(
    atlas: Atlas, words: Mapping[str, Any], fields: Mapping[str, Any], language: str
) -> dict[str, str]:
    """Return the slots about areas: which hold the place by some readings only, and neighbours."""
    slots = {}
    for field in ("subareas", "neighbours"):
        said = []
        for name, space in fields[field].items():
            area = atlas.areas[name]
            text = (area.name if area.explains is None else area.explains)[language]
            by_some = fill(words["sentence"]["by_some"], {"area": text})
            said.append(text if space == "inside" else by_some)
        slots[field] = say_list(words, said, last=False)
    return slots


def fill(template: str, slots: Mapping[str, str]) -> str:
    """Put values into a template's {slots}; a value is never read as a template itself."""
    return _SLOT.sub(lambda match: slots[match.group(1)], template)


def say_verdict(words: Mapping[str, Any], verdict: str, space: str, time: str) -> str:
    """Return the word of a verdict; where time alone keeps a place outside, that is the word."""
    late = verdict == "outside" and space in ("inside", "straddles")
    if late and time in ("not_yet", "ended"):
        said: str = words["time"][time]
        return said[:1].upper() + said[1:]
    return str(words["verdict"][verdict])


def say_share(words: Mapping[str, Any], share: float) -> str:
    """Return a share in whole per cent; only a true 0 or 1 is called 0 % or 100 %."""
    whole = round(share * 100)
    if whole in (0, 100) and share not in (0.0, 1.0):
        bound = "1" if whole == 0 else "99"
        return fill(words["units"]["less" if whole == 0 else "more"], {"share": bound})
    return fill(words["units"]["share"], {"share": say_number(words, whole)})


def say_number(words: Mapping[str, Any], value: float, digits: int = 0) -> str:
    """Return a number with at most so many decimals, its thousands separated by narrow spaces.

    Examples
    --------
    >>> say_number({"units": {"decimal": ","}}, 1234.5, 1)
    '1\u202f234,5'
    """
    text = f"{value:,.{digits}f}"
    if digits:
        text = text.rstrip("0").rstrip(".")
    return text.replace(",", "\u202f").replace(".", words["units"]["decimal"])


def say_length(words: Mapping[str, Any], metres: float) -> str:
    """Return a length in metres or kilometres.

    Whole metres below 10 m, tens of metres below 1 km, tenths of a kilometre below 100 km, then
    whole kilometres. Only a true 0 is written 0 m.
    """
    if metres < 9.5:
        return _measure(words, max(round(metres), 1 if metres else 0), 0, "m")
    if metres < 995:
        return _measure(words, round(metres / 10) * 10, 0, "m")
    kilometres = metres / 1000
    return _measure(words, kilometres, 1 if kilometres < 99.95 else 0, "km")


def say_area(words: Mapping[str, Any], km2: float) -> str:
    """Return an area in whole square kilometres; in tenths below 10 km²."""
    return _measure(words, km2, 1 if km2 < 9.95 else 0, "km2")


def _measure(words: Mapping[str, Any], value: float, digits: int, unit: str) -> str:
    return f"{say_number(words, value, digits)}\u00a0{words['units'][unit]}"


def say_days(words: Mapping[str, Any], first: dt.date, last: dt.date) -> str:
    """Return a day, a whole month, a whole year, or an interval, in words.

    An interval within one month names it once, where the language has words for that.
    """
    dates = words["date"]
    if first == last:
        return _say_day(words, first)
    month_end = calendar.monthrange(last.year, last.month)[1]
    if first.day == 1 and last.day == month_end and first.year == last.year:
        if first.month == last.month:
            month = words["months_alone"][first.month - 1]
            return fill(dates["month"], {"month": month, "year": str(first.year)})
        if (first.month, last.month) == (1, 12):
            return str(first.year)
    if (first.year, first.month) == (last.year, last.month) and "within" in dates:
        month = words["months"][first.month - 1]
        slots = {"first": str(first.day), "last": str(last.day), "month": month}
        return fill(dates["within"], {**slots, "year": str(first.year)})
    return fill(dates["range"], {"first": _say_day(words, first), "last": _say_day(words, last)})


def _say_day(words: Mapping[str, Any], day: dt.date) -> str:
    month = words["months"][day.month - 1]
    slots = {"day": str(day.day), "month": month, "year": str(day.year)}
    return fill(words["date"]["day"], slots)


def say_list(words: Mapping[str, Any], items: list[str], *, last: bool = True) -> str:
    """Return a list as the language joins its items."""
    if not items:
        return ""
    if len(items) == 1 or not last:
        separator: str = words["list"]["separator"]
        return separator.join(items)
    head = words["list"]["separator"].join(items[:-1])
    return f"{head}{words['list']['last']}{items[-1]}"


# -- in a notebook ---------------------------------------------------------------------------

_SHOWN = (
    "zone",
    "phase",
    "first_day",
    "last_day",
    "radius_m",
    "share_low",
    "share_best",
    "share_high",
    "distance_m",
    "accuracy_m",
    "boundaries",
    "subareas",
    "neighbours",
    "agreements",
    "round",
    "guarantors",
    "reasons",
    "repairs",
)
_STYLE = "border-inline-start:4px solid currentColor;padding:.2em 1em;max-width:44em"


def record_html(record: Mapping[str, Any], further: Mapping[str, str] | None = None) -> str:
    """Return HTML with the verdict, the sentence, and the fields that are not empty.

    Parameters
    ----------
    record
        As `Record.to_dict` gives it. Every text of it is escaped.
    further
        More lines, shown below the fields.
    """
    provenance = f"{record['atlas_version']} {record['atlas_sha256'][:12]}, {record['software']}"
    said = {name: _cell(record[name]) for name in _SHOWN if record[name] not in (None, [], {})}
    lines = {**said, "atlas": provenance, **(further or {})}
    rows = "".join(
        f'<tr><th style="text-align:start">{escape(name)}</th>'
        f'<td style="text-align:start" dir="auto">{escape(text)}</td></tr>'
        for name, text in lines.items()
    )
    return (
        f'<div style="{_STYLE}"><strong style="font-size:1.4em">{escape(record["verdict"])}'
        f'</strong><p dir="auto">{escape(record["sentence"])}</p><details><summary>record</summary>'
        f"<table>{rows}</table></details></div>"
    )


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {one}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    return f"{value:.4g}" if isinstance(value, float) and 0 < value < 1 else str(value)
