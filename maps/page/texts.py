"""The pages of a site that are text: timeline, data, method and citation, in every language.

Each word stands there in all languages, and the style sheet shows those of the page's own; the
script only changes which that is. So a page can be read, searched and printed without a script.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from maps.page.document import document, language_buttons
from maps.page.markup import Content, Markup, Speaker, el, table
from maps.style import tint

if TYPE_CHECKING:
    from geodata.atlas import Atlas

__all__ = ["LINKS", "cite_page", "data_page", "dataset", "method_page", "timeline_page"]

LINKS = (
    ("index.html", "map"),
    ("timeline.html", "timeline"),
    ("data.html", "data"),
    ("method.html", "method"),
    ("cite.html", "cite"),
)
"""Pages of a site: file, and key of its word."""

AUTHOR = "dezone contributors"


# -- the pages ------------------------------------------------------------------------------


def timeline_page(atlas: Atlas, lang: str) -> str:
    """Return the page of all rounds, agreements and phases, in order of time."""
    say = Speaker(atlas)
    events: list[tuple[dt.date, int, Markup]] = []
    for one in atlas.rounds:
        entry = _event(
            say,
            "round",
            say.days(one.first_day, one.last_day)
            if one.precision != "month"
            else say.day(one.last_day, "month"),
            say.name(one.name),
            one,
            what=one.about_zones,
            day=one.last_day,
        )
        events.append((one.first_day, 0, entry))
    for agreement in atlas.agreements:
        day = agreement.in_force or agreement.signed
        if day is None:
            continue
        actors = [say.name(atlas.actors[key].name) for key in agreement.guarantors]
        by = [say.word("field.guarantors"), ": ", Markup(" · ".join(actors))] if actors else []
        entry = _event(
            say,
            "agreement",
            say.day(day),
            say.name(agreement.title),
            agreement,
            what=agreement.provisions,
            day=day,
            more=el("p", by) if by else None,
            zones=agreement.zones,
        )
        events.append((day, 1, entry))
    for phase in atlas.phases:
        if phase.start is None:
            continue
        zone = atlas.zone(phase.zone)
        name = [say.name(zone.name), ": ", say.word(f"phase.{phase.phase}")]
        entry = _event(
            say,
            "phase",
            say.day(phase.start, phase.precision),
            name,
            phase,
            what=phase.what,
            day=phase.start,
            zones=[phase.zone],
            look=f"zone-{zone.number}",
        )
        events.append((phase.start, 2, entry))
    events.sort(key=lambda event: event[:2])
    years = sorted({day.year for day, _, _ in events})
    body = [
        [
            el("h2", str(year)),
            el("ol", [entry for day, _, entry in events if day.year == year], class_="events"),
        ]
        for year in years
    ]
    intro = el("p", say.word("page.timeline_intro"), " ", say.word("page.notes_in_english"))
    tints = {zone.number: tint(zone.number) for zone in atlas.zones}
    styles = "".join(
        f".event.zone-{number}{{border-color:{look.colour}}}.zone-{number} h3{{color:{look.ink}}}"
        for number, look in tints.items()
    )
    return _page(say, lang, "timeline", [intro, body], styles=styles)


def _event(
    say: Speaker,
    kind: str,
    when: Markup,
    name: Content,
    record: Any,
    *,
    what: str,
    day: dt.date,
    more: Content = None,
    zones: Sequence[str] = (),
    look: str = "",
) -> Markup:
    accounts = []
    for disagreement in getattr(record, "disagreements", None) or ():
        readings = [
            el(
                "li",
                el("bdi", reading.value, lang="en", dir="ltr"),
                _cited(say.atlas, reading.sources),
            )
            for reading in disagreement.readings
        ]
        head = el("p", say.word("page.differ"), ": ", el("span", disagreement.what, lang="en"))
        accounts.append([head, el("ul", readings)])
    link = f"index.html#date={day.isoformat()}"
    foot = [
        el("span", say.word("field.confidence"), ": ", say.confidence(str(record.confidence))),
        _cited(say.atlas, record.sources),
        el("a", say.word("page.see_day"), href=link, data_page=link),
    ]
    return el(
        "li",
        el("p", when, " · ", say.word(f"field.{kind}"), class_="when"),
        el("h3", name),
        el("p", what, lang="en", dir="ltr", class_="what"),
        more,
        el("p", say.word("field.zones"), ": ", say.zones(zones)) if zones else None,
        el("div", accounts, class_="accounts") if accounts else None,
        el("p", foot, class_="foot"),
        class_=f"event of-{kind} {look}".rstrip(),
    )


def _cited(atlas: Atlas, ids: Sequence[str]) -> Content:
    """Return links to the records of sources, each by who published it and when."""
    links: list[Content] = []
    for key in ids:
        source = atlas.sources.get(key)
        publisher, date = (source.publisher, source.date) if source else (None, None)
        about = source.title if source else None
        day = el("span", date, class_="whole") if date else None
        mark = el(
            "bdi",
            [publisher, " " if publisher and date else None, day] if date or publisher else key,
        )
        links += [" ", el("a", mark, href=f"data.html#source-{key}", class_="cite", title=about)]
    return el("span", links, class_="cited") if links else None


def data_page(atlas: Atlas, lang: str, files: Mapping[str, bytes]) -> str:
    """Return the page of the data: downloads, every record with its confidence, and sources."""
    say = Speaker(atlas)
    meta = atlas.meta
    downloads = table(
        say.word("page.downloads"),
        [say.word("field.format"), say.word("field.size"), "SHA-256"],
        [
            [
                el("a", f"{_FORMATS[name.rsplit('.', 1)[1]]} ({name})", href=name, download=True),
                el("bdi", f"{max(1, round(len(content) / 1000))} kB", class_="whole"),
                el("code", hashlib.sha256(content).hexdigest(), dir="ltr"),
            ]
            for name, content in files.items()
        ],
        titled=True,
    )
    kinds: list[tuple[str, Sequence[Any], Callable[[Any], Content]]] = [
        ("zones", atlas.zones, lambda r: say.name(r.name)),
        ("extents", atlas.extents, lambda r: _extent_name(say, r)),
        ("agreements", atlas.agreements, lambda r: say.name(r.title)),
        ("rounds", atlas.rounds, lambda r: say.name(r.name)),
        ("phases", [p for p in atlas.phases if p.start], lambda r: _phase_name(say, r)),
        ("posts", atlas.posts, lambda r: say.name(r.name)),
    ]
    levels = ("high", "medium", "low", "unsourced")
    counts = table(
        say.word("page.counts"),
        [say.word("field.records"), *(say.word(f"confidence.{one}") for one in levels)],
        [
            [say.word(f"field.{kind}"), *(str(found[level]) for level in levels)]
            for kind, records, _ in kinds
            for found in [Counter(str(record.confidence) for record in records)]
        ],
    )
    tables = [
        table(
            say.word(f"field.{kind}"),
            [say.word("field.name"), say.word("field.confidence"), say.word("field.sources")],
            [
                [
                    name(record),
                    say.confidence(str(record.confidence)),
                    _cited(atlas, record.sources),
                ]
                for record in records
            ],
        )
        for kind, records, name in kinds
    ]
    sources = [
        el(
            "li",
            _link(source.url, source.title),
            el("span", ", ".join(filter(None, (source.publisher, source.date)))),
            el("code", key, dir="ltr"),
            id=f"source-{key}",
            dir="auto",
        )
        for key, source in sorted(atlas.sources.items())
    ]
    body = [
        el("p", say.word("page.data_intro")),
        el(
            "p",
            say.word("page.version", version=atlas.version),
            " · ",
            say.word("page.licence", licence=meta.licence),
            " · SHA-256 ",
            el("code", atlas.sha256, dir="ltr"),
        ),
        el("ul", [el("li", line, lang="en", dir="ltr") for line in meta.attribution]),
        el("h2", say.word("page.downloads")),
        el("p", say.word("page.downloads_about")),
        downloads,
        el("p", el("a", say.word("page.checksums"), href="manifest.json")),
        el("h2", say.word("field.records")),
        counts,
        tables,
        el("h2", say.word("page.all_sources")),
        el("ul", sources, class_="all-sources"),
    ]
    return _page(say, lang, "data", body, dataset=dataset(atlas, lang, files))


_FORMATS = {
    "geojson": "GeoJSON",
    "gpkg": "GeoPackage",
    "parquet": "GeoParquet",
    "kml": "KML",
    "csv": "CSV",
}
_MEDIA = {
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "parquet": "application/vnd.apache.parquet",
    "kml": "application/vnd.google-earth.kml+xml",
    "csv": "text/csv",
}


def _extent_name(say: Speaker, extent: Any) -> Content:
    boundary = say.atlas.boundary(extent.boundary)
    zone = say.atlas.zone(extent.zone)
    return [say.name(zone.name), ", ", say.name(boundary.name), ", ", say.day(extent.valid_from)]


def _phase_name(say: Speaker, phase: Any) -> Content:
    zone = say.name(say.atlas.zone(phase.zone).name)
    day = say.day(phase.start, phase.precision)
    return [zone, ": ", say.word(f"phase.{phase.phase}"), ", ", day]


def _link(address: str | None, text: str) -> Markup:
    if not (address or "").startswith(("https://", "http://")):
        return el("bdi", text)
    return el("a", el("bdi", text), href=address, rel="noopener noreferrer", target="_blank")


def method_page(atlas: Atlas, lang: str) -> str:
    """Return the page that says how lines, days and answers are made."""
    say = Speaker(atlas)
    keys = [key for key in say.words[lang]["method"] if not key.endswith("_text")]
    order = ("line", "doubt", "ministry", "time", "answers", "weak")
    keys.sort(key=lambda key: order.index(key) if key in order else len(order))
    body = [
        [el("h2", say.word(f"method.{key}")), el("p", say.word(f"method.{key}_text"))]
        for key in keys
    ]
    return _page(say, lang, "method", [*body, el("p", say.word("page.offline"))])


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

    def block(text: str) -> Markup:
        return el("pre", text, dir="ltr", tabindex="0", lang="en")

    body = [
        el("p", say.word("page.cite_intro")),
        el("h2", say.word("page.cite_plain")),
        block(f"{AUTHOR}: {title}, version {atlas.version} ({note})."),
        el("h2", "BibTeX"),
        block(bibtex),
        el("h2", "CSL JSON"),
        block(json.dumps([csl], ensure_ascii=False, indent=1)),
    ]
    return _page(say, lang, "cite", body)


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
                "encodingFormat": _MEDIA[name.rsplit(".", 1)[1]],
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            for name, content in files.items()
        ],
    }


# -- the document ---------------------------------------------------------------------------


def _page(
    say: Speaker,
    lang: str,
    key: str,
    body: Content,
    *,
    dataset: Mapping[str, Any] | None = None,
    styles: str = "",
) -> str:
    titles = {
        code: f"{words['page'][key]} · {words['page']['title']}"
        for code, words in say.words.items()
    }
    links = [
        el(
            "a",
            say.word(f"page.{word}"),
            href=href,
            data_page=href,
            aria_current="page" if word == key else None,
        )
        for href, word in LINKS
    ]
    header = el(
        "header",
        el("p", el("a", say.word("page.title"), href="index.html", data_page="index.html")),
        el("nav", links, class_="links", id="links", tabindex="-1"),
        language_buttons(say, lang),
        class_="masthead",
    )
    main = el("main", el("h1", say.word(f"page.{key}")), body)
    return document(
        say,
        lang,
        titles=titles,
        description=say.atlas.words(lang)["page"]["description"],
        body=[header, Markup("\n"), main],
        dataset=dataset,
        styles=styles,
    )
