"""The card of a verdict on one page: as HTML, SVG and PDF, with a small map."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from dezone.cite.card import Card, extents_of
from geodata.atlas import Atlas, Estimate, Extent
from geodata.errors import RecordError
from geodata.whole import write_whole
from maps.page.document import Document
from maps.print.column import Column
from maps.print.drawing import Box, Drawing, Labels, View, escape
from maps.print.lettering import clean, isolate, wrap
from maps.print.plan import (
    DISC,
    bounds_of,
    draw_base,
    draw_border,
    draw_frame,
    draw_legend,
    draw_north,
    draw_scale,
    draw_zone,
    hatch_of,
    name_towns,
    name_zones,
    zone_hatch,
)
from maps.print.typesetting import to_pdf
from maps.style import TOKENS, stylesheet, tint
from zones.places import INSIDE_SHARE, OUTSIDE_SHARE
from zones.sentence import fill, say_days, say_length, say_list, say_share
from zones.space import grounds_of

__all__ = ["Fact", "Section", "card_drawing", "card_html", "card_sections", "write_card"]

_WIDTH, _HEIGHT = 595.0, 842.0  # A4 in points
_MARGIN = 34.0
_MAP = 236.0


@dataclass(frozen=True)
class Fact:
    """A label and what stands beside it, in one or more lines.

    `foreign` lines run in their own direction whatever the page's: input, ids, hashes.
    """

    label: str
    lines: tuple[str, ...]
    foreign: bool = False


@dataclass(frozen=True)
class Section:
    """Facts under a heading."""

    heading: str
    facts: tuple[Fact, ...]


def write_card(card: Card, atlas: Atlas, path: str | Path) -> Path:
    """Write a card in the format of the suffix: .json, .html, .svg or .pdf.

    Raises
    ------
    RecordError
        Another suffix.
    PageError
        What a PDF needs is not installed.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix == ".json":
        content = card.to_json().encode()
    elif suffix == ".html":
        content = card_html(card, atlas).encode()
    elif suffix == ".svg":
        title = card_title(card, atlas)
        svg = card_drawing(card, atlas).svg(title=title, language=card.language)
        content = svg.encode()
    elif suffix == ".pdf":
        content = to_pdf(
            card_drawing(card, atlas), title=card_title(card, atlas), language=card.language
        )
    else:
        raise RecordError(
            f"expected a card as .json, .html, .svg or .pdf, found {target.name!r}; "
            "choose one of these suffixes."
        )
    return write_whole(target, content)


def card_title(card: Card, atlas: Atlas) -> str:
    """Return what the card is cited as."""
    title = card.details["citation"]["csl"]["title"]
    return clean(f"{atlas.words(card.language)['card']['title']}: {title}")


# -- what it says ---------------------------------------------------------------------------


def card_sections(card: Card, atlas: Atlas) -> list[Section]:
    """Return the facts of a card in its language, the order in which they are read."""
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
    if record.guarantors:
        names = [atlas.actors[actor].name[card.language] for actor in record.guarantors]
        facts.append(Fact(field["guarantors"], (say_list(words, names, last=False),)))
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
    libraries = ", ".join(f"{name} {value}" for name, value in software["libraries"].items())
    return [
        Fact(say["method"], (method, words["page"]["no_violation"])),
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


def _headline(card: Card, atlas: Atlas) -> tuple[str, str, str]:
    """Return the verdict, where, and the colour of the words."""
    words, record = atlas.words(card.language), card.record
    verdict = words["verdict"][record.verdict]
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


# -- the small map --------------------------------------------------------------------------


def draw_map(drawing: Drawing, card: Card, atlas: Atlas, box: Box) -> None:
    """Draw the place, its circle at true size, the line, its band, and the distance between.

    Without a place, the country with the zones of the day.
    """
    record, words = card.record, atlas.words(card.language)
    rtl = words["direction"] == "rtl"
    extents = _shown(card, atlas)
    nearest = _nearest(card, atlas)
    view = _window(card, atlas, box, nearest)
    drawing.clip("card-map", box)
    draw_base(drawing, view, atlas)
    for extent in extents:
        zone = atlas.zone(extent.zone)
        draw_zone(drawing, view, extent, zone, zone_hatch(drawing, zone, 4.2))
    draw_border(drawing, view, atlas)
    labels = Labels(drawing, box.grown(-3), rtl=rtl)
    if record.latitude is not None and record.longitude is not None:
        _draw_incident(labels, card, words, view, nearest)
    drawing.close()
    draw_north(labels, view, words, size=7.0)
    draw_scale(labels, view, words, size=7.0, most=box.width / 3)
    before = len(labels.taken)
    middle = Box(box.x + box.width / 2 - 34, box.y + box.height / 2 - 24, 68, 48)
    labels.keep_clear(middle)  # a zone's name beside the mark would pass for the place's
    name_zones(labels, view, extents, atlas, card.language, size=9.0)
    del labels.taken[before]
    detailed = view.metres * box.width < 150_000
    name_towns(labels, view, extents, atlas, card.language, size=7.0, detailed=detailed, most=12)
    draw_frame(drawing, box)


def _shown(card: Card, atlas: Atlas) -> list[Extent]:
    """Return the governing extent of the zone, and of the others those of the first day."""
    mine, main = extents_of(card.record, atlas)
    day = card.record.first_day
    others = [
        extent
        for extent in atlas.extents
        if extent.boundary == card.record.boundary
        and extent.zone != card.record.zone
        and (day is None or extent.valid_from <= day)
        and (extent.valid_to is None or (day is not None and day < extent.valid_to))
    ]
    return others + mine[main : main + 1]


def _nearest(card: Card, atlas: Atlas) -> tuple[float, float] | None:
    """Return the point of the line that is nearest to the place."""
    record = card.record
    mine, main = extents_of(record, atlas)
    if not mine or record.longitude is None or record.latitude is None:
        return None
    ground = grounds_of(atlas)[record.boundary, mine[main].zone]
    outlines = ground.outlines[ground.extents.index(mine[main])]
    metres, x, y = outlines[Estimate.BEST].distance(
        np.array([record.longitude]), np.array([record.latitude])
    )
    return None if np.isnan(metres[0]) else (float(x[0]), float(y[0]))


def _window(card: Card, atlas: Atlas, box: Box, nearest: tuple[float, float] | None) -> View:
    record = card.record
    if record.longitude is None or record.latitude is None:
        shapes = [e.high for e in atlas.extents if e.boundary == record.boundary]
        west, south, east, north = bounds_of(shapes)
        metres = max((north - south) * 111_000 / box.height, (east - west) * 91_000 / box.width)
        return View((west + east) / 2, (south + north) / 2, metres * 1.15, box)
    reach = max(1.25 * (record.radius_m or 0.0), 6_000.0)
    if nearest is not None and record.distance_m is not None:
        reach = max(reach, min(1.5 * abs(record.distance_m), 150_000.0))
    half = min(box.width, box.height) / 2
    return View(record.longitude, record.latitude, reach / half, box)


def _draw_incident(
    labels: Labels,
    card: Card,
    words: Mapping[str, Any],
    view: View,
    nearest: tuple[float, float] | None,
) -> None:
    record, drawing = card.record, labels.drawing
    x, y = view.point(view.longitude, view.latitude)  # the map is drawn about the place
    if record.radius_m:
        drawing.add(
            "circle",
            cx=x,
            cy=y,
            r=record.radius_m / view.metres,
            **DISC,
        )
    labels.keep_clear(Box(x - 5, y - 5, 10, 10))
    if nearest is not None and record.distance_m:
        near_x, near_y = view.point(*nearest)
        for stroke, wide in ((TOKENS["paper"], 2.6), (TOKENS["ink"], 1.1)):
            drawing.path(
                f"M{x:.1f} {y:.1f}L{near_x:.1f} {near_y:.1f}", stroke=stroke, stroke_width=wide
            )
        drawing.add("circle", cx=near_x, cy=near_y, r=1.7, fill=TOKENS["ink"])
        labels.put(
            (x + near_x) / 2,
            (y + near_y) / 2,
            say_length(words, abs(record.distance_m)),
            size=8.0,
            weight=700,
            fill=TOKENS["ink"],
            halo=TOKENS["land"],
            gap=5.0,
            reach=(12.0, 20.0),
        )
    drawing.add(
        "circle",
        cx=x,
        cy=y,
        r=3.6,
        fill=TOKENS["ink"],
        stroke=TOKENS["paper"],
        stroke_width=1.4,
    )


# -- as a drawing ---------------------------------------------------------------------------


def _put_section(column: Column, section: Section, size: float, label: float) -> None:
    """Put a section: its heading, then labels beside their lines."""
    column.y += 5
    column.rule()
    column.y += 2
    column.say(section.heading, size + 1, TOKENS["ink"], weight=700)
    column.y += 1
    last = ""
    for fact in section.facts:
        top = column.y
        if fact.label != last:
            for line in wrap(fact.label, size, label - 4, lines=2):
                column.say(line, size, TOKENS["ink-2"], lead=1.28)
        below, column.y = column.y, top
        last = fact.label
        for line in fact.lines:
            shown = isolate(line) if fact.foreign and column.rtl else line
            column.say(shown, size, TOKENS["ink"], offset=label, lead=1.28, lines=12)
        column.y = max(column.y, below) + 0.8
    column.y += 5


def card_drawing(card: Card, atlas: Atlas) -> Drawing:
    """Return the card as a drawing of one A4 page.

    It is set as large as fits; what would not fit at the smallest size is left out of the
    sources, which the JSON card holds whole.
    """
    for size in (7.2, 6.8, 6.4, 6.0, 5.6, 5.2):
        drawing, bottom = _lay_out(card, atlas, size)
        if bottom <= _HEIGHT - _MARGIN + 10:
            break
    return drawing


def _lay_out(card: Card, atlas: Atlas, size: float) -> tuple[Drawing, float]:
    """Lay the card out at a size of text; return it with its lowest line."""
    words = atlas.words(card.language)
    rtl = words["direction"] == "rtl"
    drawing = Drawing(_WIDTH, _HEIGHT)
    drawing.add("rect", width=_WIDTH, height=_HEIGHT, fill=TOKENS["paper"])
    gutter = 22.0
    width = (_WIDTH - 2 * _MARGIN - gutter) / 2
    offsets = (_MARGIN, _MARGIN + width + gutter)
    incident, answer, ground, talks, provenance, sources = card_sections(card, atlas)
    label = size * 9.6

    one, two = (Column(drawing, rtl=rtl, offset=o, width=width, y=_MARGIN - 6) for o in offsets)
    _put_headline(one, card, atlas, words)
    for section in (incident, answer, talks):
        _put_section(one, section, size, label)
    box = two.box(0, _MARGIN, width, width * 0.94)
    draw_map(drawing, card, atlas, box)
    two.y = box.bottom + 11
    _map_legend(two, card, atlas, words)
    two.y += 4
    _put_section(two, ground, size, label)

    one.y = two.y = max(one.y, two.y) + 4
    _put_section(two, provenance, size, label)
    room = int((_HEIGHT - _MARGIN + 6 - one.y - 3 * size) / (size * 1.28)) - 1
    kept = _trimmed(sources, words, max(room, 3), width - label, size)
    _put_section(one, kept, size, label)
    return drawing, max(one.y, two.y)


def _put_headline(column: Column, card: Card, atlas: Atlas, words: Mapping[str, Any]) -> None:
    say = words["card"]
    column.say(say["title"], 8.5, TOKENS["ink-2"], weight=700)
    column.say(say["question"], 8.5, TOKENS["ink-2"])
    verdict, where, colour = _headline(card, atlas)
    column.y += 12
    column.say(verdict, 26, colour, weight=700, lead=1.05)
    column.y += 2
    column.say(where, 9.2, TOKENS["ink-2"])
    column.y += 3
    column.say(clean(card.record.sentence), 10.2, TOKENS["ink"], lead=1.42, lines=14)
    column.y += 8


def _trimmed(
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


def _map_legend(column: Column, card: Card, atlas: Atlas, words: Mapping[str, Any]) -> None:
    record, named, say = card.record, words["page"], words["card"]
    items = []
    if record.latitude is not None:
        items.append(("place", say["the_place"]))
        if record.radius_m:
            length = say_length(words, record.radius_m)
            items.append(("circle", fill(say["circle"], {"radius": length})))
    zone = atlas.zone(record.zone) if record.zone else atlas.zones[0]
    if _shown(card, atlas):
        items += [
            ("low", named["surely_inside"]),
            ("line", named["line"]),
            ("band", named["possibly_inside"]),
        ]
    draw_legend(
        column, items, colour=tint(zone.number).colour, hatch=hatch_of(zone), size=7.0, gap=9.0
    )


# -- as a page ------------------------------------------------------------------------------

_SOURCE_LINES = 44  # as many as one printed page has room for

_STYLE = """
*{box-sizing:border-box}
html{background:var(--neighbour)}
body{margin:0 auto;max-width:210mm;padding:12mm;background:var(--paper);color:var(--ink);
font:13px/1.45 system-ui,"Noto Sans","Noto Sans Arabic",sans-serif;
font-variant-numeric:tabular-nums}
header{display:flex;flex-wrap:wrap;gap:8mm;align-items:flex-start}
header>div{flex:1 1 78mm}
header svg{display:block;width:100%;height:auto;margin-bottom:3mm}
.over{margin:0;font-weight:700;color:var(--ink-2)}
.over+p{margin:0 0 5mm;color:var(--ink-2)}
h1{margin:0;font-size:30px;line-height:1.15}
.where{margin:1mm 0 3mm;color:var(--ink-2)}
.sentence{margin:0 0 4mm;font-size:15px}
main{columns:2 80mm;column-gap:8mm;margin-top:3mm}
section{border-top:1px solid var(--rule);padding-top:2mm;margin-bottom:4mm}
h2{margin:0 0 1mm;font-size:13px;break-after:avoid}
dl{margin:0;display:grid;grid-template-columns:minmax(22mm,max-content) 1fr;gap:1px 3mm}
dt{color:var(--ink-2);max-width:30mm}
dd{margin:0;overflow-wrap:anywhere}
dd p{margin:0}
[dir=rtl] dd p{text-align:right}
.fine{font-size:10.5px;line-height:1.35}
pre{margin:0;font:10px/1.35 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
@page{size:A4;margin:9mm}
@media print{
html,body{background:none}
body{padding:0;max-width:none;font-size:7.9px;line-height:1.28}
h1{font-size:24px}.sentence{font-size:10.5px}h2{font-size:9px}
.fine{font-size:6.4px;line-height:1.22}pre{font-size:5.6px;line-height:1.25}
header{flex-wrap:nowrap;gap:6mm}header svg{width:76mm}
main{margin-top:1mm;columns:2;column-gap:6mm}section{margin-bottom:1.4mm;padding-top:.8mm}
}
@media (max-width:420px){body{padding:5mm}}
""".strip()


def card_html(card: Card, atlas: Atlas) -> str:
    """Return the card as one HTML page that loads nothing and runs nothing."""
    words = atlas.words(card.language)
    say = words["card"]
    verdict, where, colour = _headline(card, atlas)
    style = f"{stylesheet()}\n{_STYLE}\nh1{{color:{colour}}}"
    rtl = words["direction"] == "rtl"
    picture = Drawing(_MAP, _MAP + 30)
    draw_map(picture, card, atlas, Box(0.5, 0.5, _MAP - 1, _MAP - 1))
    legend = Column(picture, rtl=rtl, offset=0, width=_MAP, y=_MAP + 10)
    _map_legend(legend, card, atlas, words)
    picture.height = round(legend.y + 8)
    incident, answer, ground, talks, provenance, sources = card_sections(card, atlas)
    sources = _trimmed(sources, words, _SOURCE_LINES, 250.0, 6.2)
    citation = card.details["citation"]
    body = "\n".join(
        [
            "<header>",
            "<div>",
            f'<p class="over">{escape(say["title"])}</p>',
            f"<p>{escape(say['question'])}</p>",
            f"<h1>{escape(verdict)}</h1>",
            f'<p class="where">{escape(where)}</p>',
            f'<p class="sentence">{escape(clean(card.record.sentence))}</p>',
            _html_section(incident, fine=False),
            _html_section(answer, fine=False),
            _html_section(talks, fine=False),
            "</div>",
            "<div>",
            picture.svg(title=say["map_alt"], language=card.language).rstrip(),
            _html_section(ground, fine=False),
            "</div>",
            "</header>",
            "<main>",
            _html_section(provenance, fine=False),
            _html_section(sources, fine=True),
            _html_code("BibTeX", citation["bibtex"]),
            _html_code("CSL-JSON", json.dumps(citation["csl"], ensure_ascii=False)),
            "</main>",
        ]
    )
    return Document(
        lang=card.language,
        direction=words["direction"],
        title=card_title(card, atlas),
        style=style,
        body=Markup(body),  # noqa: S704  (every text in it is escaped above)
        icon=False,
    ).render()


def _html_section(section: Section, *, fine: bool) -> str:
    begin = '<dd class="fine">' if fine else "<dd>"
    facts = "\n".join(
        f"<dt>{escape(fact.label)}</dt>{begin}{_html_lines(fact)}</dd>" for fact in section.facts
    )
    return f"<section>\n<h2>{escape(section.heading)}</h2>\n<dl>\n{facts}\n</dl>\n</section>"


def _html_lines(fact: Fact) -> str:
    foreign = ' dir="auto"' if fact.foreign else ""
    return "".join(f"<p{foreign}>{escape(line)}</p>" for line in fact.lines)


def _html_code(heading: str, code: str) -> str:
    lines = code.rstrip().split("\n")
    shown = "\n".join(" " * (len(line) - len(line.lstrip(" "))) + clean(line) for line in lines)
    return (
        f'<section>\n<h2>{escape(heading)}</h2>\n<pre dir="ltr">{escape(shown)}</pre>\n</section>'
    )
