"""The pages of a site that are text: timeline, data, method and citation, in every language.

Each word stands there in all languages, and the style sheet shows those of the page's own; the
script only changes which that is. So a page can be read, searched and printed without a script.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from maps.page.document import render
from maps.page.markup import Content, Speaker, el, join, table, text_page
from maps.print.figure import plain_map
from maps.style import zone_tint
from zones.sentence import fill, say_days

if TYPE_CHECKING:
    from geodata.atlas import Atlas

LINKS = (
    ("index.html", "map"),
    ("timeline.html", "timeline"),
    ("data.html", "data"),
    ("method.html", "method"),
    ("cite.html", "cite"),
)
"""Pages of a site: file, and key of its word."""

AUTHOR = "dezone contributors"


# -- the timeline ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Event:
    """An entry of the timeline: a round of talks, an agreement, a phase of a zone.

    `begins` puts it in order; `seen` is the day on which the map shows it.
    """

    kind: str
    begins: dt.date
    seen: dt.date
    when: Markup
    name: Markup
    what: str
    record: Any
    guarantors: Sequence[str] = ()
    zones: Sequence[str] = ()


def timeline_page(atlas: Atlas, lang: str) -> str:
    """Return the page of all rounds, agreements and phases, in order of time."""
    say = Speaker(atlas)
    events = sorted(
        [*_rounds(say), *_agreements(say), *_phases(say)], key=lambda event: event.begins
    )
    years = [
        (year, list(found)) for year, found in groupby(events, lambda event: event.begins.year)
    ]
    styles = "".join(
        f".event.zone-{number}{{border-color:{look.colour}}}.zone-{number} h3{{color:{look.ink}}}"
        for number, look in ((zone.number, zone_tint(zone.number)) for zone in atlas.zones)
    )
    return _page(
        say, lang, "timeline", styles=styles, years=[(year, list(found)) for year, found in years]
    )


def _rounds(say: Speaker) -> Iterator[_Event]:
    for one in say.atlas.rounds:
        by_month = one.precision == "month"
        when = say.day(one.last_day, "month") if by_month else say.days(one.first_day, one.last_day)
        name = say.name(one.name)
        yield _Event("round", one.first_day, one.last_day, when, name, one.about_zones, one)


def _agreements(say: Speaker) -> Iterator[_Event]:
    for one in say.atlas.agreements:
        day = one.in_force or one.signed
        if day is not None:
            yield _Event(
                "agreement",
                day,
                day,
                say.day(day),
                say.name(one.title),
                one.provisions,
                one,
                one.guarantors,
                one.zones,
            )


def _phases(say: Speaker) -> Iterator[_Event]:
    for one in say.atlas.phases:
        if one.start is not None:
            zone = say.name(say.atlas.zone(one.zone).name)
            name = join([zone, ": ", say.word(f"phase.{one.phase}")])
            when = say.day(one.start, one.precision)
            yield _Event("phase", one.start, one.start, when, name, one.what, one, zones=[one.zone])


# -- without scripts ------------------------------------------------------------------------


def plain(
    atlas: Atlas, lang: str, title: str, day: dt.date, zones: Collection[str] | None = None
) -> Markup:
    """Return what the page of a map shows where no script runs: its map and its phases."""
    zone = next(iter(zones)) if zones else None
    drawing = plain_map(atlas, zone=zone, day=day, language=lang)
    words = atlas.words(lang)
    rows = [
        [
            atlas.zone(one.zone).name[lang],
            words["phase"][one.phase],
            say_days(words, one.start, one.start),
            ", ".join(atlas.sources[key].publisher or key for key in one.sources),
        ]
        for one in atlas.phases
        if one.start is not None and (zones is None or one.zone in zones)
    ]
    heads = [words["field"][key] for key in ("zone", "phase", "from", "sources")]
    phases = table(words["page"]["table_phases"], heads, rows)
    when = fill(words["page"]["as_of"], {"day": say_days(words, day, day)})
    picture = Markup(drawing.svg(title=f"{title}. {when}", language=lang))  # noqa: S704  (escaped)
    return render("plain.html", title=title, word=words, when=when, picture=picture, phases=phases)


# -- the data -------------------------------------------------------------------------------


def data_page(
    atlas: Atlas, lang: str, files: Mapping[str, bytes], cited: Iterable[str] = ()
) -> str:
    """Return the page of the data: downloads, every record with its confidence, and sources.

    `cited` says how some of the files are cited.
    """
    say = Speaker(atlas)
    kinds: list[tuple[str, Sequence[Any], Callable[[Any], Content]]] = [
        ("zones", atlas.zones, lambda r: say.name(r.name)),
        ("extents", atlas.extents, lambda r: _extent_name(say, r)),
        ("agreements", atlas.agreements, lambda r: say.name(r.title)),
        ("rounds", atlas.rounds, lambda r: say.name(r.name)),
        ("phases", [p for p in atlas.phases if p.start], lambda r: _phase_name(say, r)),
        ("posts", atlas.posts, lambda r: say.name(r.name)),
    ]
    heads = [say.word(f"field.{key}") for key in ("name", "confidence", "sources")]
    records = [
        table(
            say.word(f"field.{kind}"),
            heads,
            [[name(r), say.confidence(r.confidence), say.cited(r.sources)] for r in found],
        )
        for kind, found, name in kinds
    ]
    return _page(
        say,
        lang,
        "data",
        dataset=dataset(atlas, lang, files),
        meta=atlas.meta,
        downloads=join(
            [
                _downloads(say, files),
                *(el("p", text, lang="en", dir="ltr") for text in dict.fromkeys(cited)),
            ]
        ),
        counts=_counts(say, {kind: found for kind, found, _ in kinds}),
        records=join(records),
    )


def _downloads(say: Speaker, files: Mapping[str, bytes]) -> Markup:
    return table(
        say.word("page.downloads"),
        [say.word("field.format"), say.word("field.size"), "SHA-256"],
        [
            [
                el("a", f"{_FORMATS[_suffix(name)].name} ({name})", href=name, download=True),
                el("bdi", f"{max(1, round(len(content) / 1000))} kB", class_="whole"),
                el("code", hashlib.sha256(content).hexdigest(), dir="ltr"),
            ]
            for name, content in files.items()
        ],
        titled=True,
    )


def _counts(say: Speaker, kinds: Mapping[str, Sequence[Any]]) -> Markup:
    """Return how many records of each kind may be relied on how far."""
    levels = ("high", "medium", "low", "unsourced")
    rows = []
    for kind, records in kinds.items():
        found = Counter(str(record.confidence) for record in records)
        rows.append([say.word(f"field.{kind}"), *(str(found[level]) for level in levels)])
    heads = [say.word("field.records"), *(say.word(f"confidence.{one}") for one in levels)]
    return table(say.word("page.counts"), heads, rows)


def _extent_name(say: Speaker, extent: Any) -> Content:
    boundary = say.atlas.boundary(extent.boundary)
    zone = say.atlas.zone(extent.zone)
    return [say.name(zone.name), ", ", say.name(boundary.name), ", ", say.day(extent.valid_from)]


def _phase_name(say: Speaker, phase: Any) -> Content:
    zone = say.name(say.atlas.zone(phase.zone).name)
    day = say.day(phase.start, phase.precision)
    return [zone, ": ", say.word(f"phase.{phase.phase}"), ", ", day]


@dataclass(frozen=True)
class _Format:
    name: str
    media_type: str


_FORMATS = {
    "geojson": _Format("GeoJSON", "application/geo+json"),
    "gpkg": _Format("GeoPackage", "application/geopackage+sqlite3"),
    "parquet": _Format("GeoParquet", "application/vnd.apache.parquet"),
    "kml": _Format("KML", "application/vnd.google-earth.kml+xml"),
    "csv": _Format("CSV", "text/csv"),
}

DOWNLOADS = tuple(f"zones.{suffix}" for suffix in _FORMATS)
"""The files of zones that lie beside the pages of a site."""


def _suffix(name: str) -> str:
    return name.rpartition(".")[2]


def dataset(atlas: Atlas, lang: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the atlas as a schema.org Dataset, in JSON-LD."""
    words = atlas.words(lang)["page"]
    starts = [phase.start for phase in atlas.phases if phase.start]
    west, south, east, north = atlas.meta.bounds
    deed = atlas.meta.licence.lower().removeprefix("cc ").replace(" ", "/")
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": words["title"],
        "description": words["description"],
        "identifier": f"{atlas.meta.id} {atlas.version} sha256:{atlas.sha256}",
        "version": atlas.version,
        "inLanguage": list(atlas.meta.languages),
        "license": f"https://creativecommons.org/licenses/{deed}/",
        "creator": {"@type": "Organization", "name": AUTHOR},
        "isAccessibleForFree": True,
        "temporalCoverage": f"{min(starts).isoformat()}/{max(starts).isoformat()}",
        "spatialCoverage": {
            "@type": "Place",
            "name": atlas.meta.country[lang],
            "geo": {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"},
        },
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": name,
                "encodingFormat": _FORMATS[_suffix(name)].media_type,
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            for name, content in files.items()
        ],
    }


# -- method and citation --------------------------------------------------------------------


def method_page(atlas: Atlas, lang: str) -> str:
    """Return the page that says how lines, days and answers are made."""
    say = Speaker(atlas)
    parts = [key for key in say.words[lang]["method"] if not key.endswith("_text")]
    order = ("line", "doubt", "ministry", "time", "answers", "weak")
    parts.sort(key=lambda key: order.index(key) if key in order else len(order))
    return _page(say, lang, "method", parts=parts)


def cite_page(atlas: Atlas, lang: str) -> str:
    """Return the page that says how to cite the atlas: as text, BibTeX and CSL JSON."""
    say = Speaker(atlas)
    title = say.words["en"]["page"]["title"] if "en" in say.words else atlas.meta.id
    note = f"atlas {atlas.meta.id}, SHA-256 {atlas.sha256}, {atlas.meta.licence}"
    bibtex = (
        f"@dataset{{dezone-{atlas.meta.id},\n"
        f"  author = {{{{{AUTHOR}}}}},\n"
        f"  title = {{{title}}},\n"
        f"  version = {{{atlas.version}}},\n"
        f"  note = {{{note}}},\n}}"
    )
    csl = {
        "id": f"dezone-{atlas.meta.id}",
        "type": "dataset",
        "title": title,
        "author": [{"literal": AUTHOR}],
        "version": atlas.version,
        "note": note,
    }
    return _page(
        say,
        lang,
        "cite",
        plain=f"{AUTHOR}: {title}, version {atlas.version} ({note}).",
        bibtex=bibtex,
        csl=json.dumps([csl], ensure_ascii=False, indent=1),
    )


# -- the document ---------------------------------------------------------------------------


def _page(
    say: Speaker,
    lang: str,
    key: str,
    *,
    dataset: Mapping[str, Any] | None = None,
    styles: str = "",
    **values: Any,
) -> str:
    titles = {
        code: f"{words['page'][key]} · {words['page']['title']}"
        for code, words in say.words.items()
    }
    return text_page(
        say,
        lang,
        titles=titles,
        description=say.words[lang]["page"]["description"],
        body=render(f"{key}.html", say=say, lang=lang, key=key, links=LINKS, **values),
        dataset=dataset,
        styles=styles,
    )
