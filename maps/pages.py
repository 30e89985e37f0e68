"""The pages of a site that are text: timeline, data, method and citation, in every language.

Each word stands there in all languages, and the style sheet shows those of the page's own; the
script only changes which that is. So a page can be read, searched and printed without a script.
"""

from __future__ import annotations

import base64
import calendar
import datetime as dt
import hashlib
import html
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from geodata.errors import PageError
from maps.layers import to_json
from maps.style import stylesheet, tint
from zones.sentence import say_days

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


class _Markup(str):
    """Text that is markup already."""

    __slots__ = ()


_Content = str | Iterable["_Content"] | None


def _el(tag: str, *content: _Content, **attributes: str | bool | None) -> _Markup:
    """Return an element; what is no markup of ours is escaped."""
    marks = "".join(
        f" {name.rstrip('_').replace('_', '-')}"
        + ("" if value is True else f'="{html.escape(str(value))}"')
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    return _Markup(f"<{tag}{marks}>{_join(content)}</{tag}>")


def _join(content: _Content) -> str:
    if content is None:
        return ""
    if isinstance(content, _Markup):
        return content
    if isinstance(content, str):
        return html.escape(content, quote=False)
    return "".join(_join(part) for part in content)


class _Speaker:
    """The languages of an atlas, said side by side."""

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        self.words = {code: atlas.words(code) for code in atlas.meta.languages}

    def all(self, say: Callable[[str, Mapping[str, Any]], str]) -> _Markup:
        """Return what `say` makes of each language and its words; once where they are the same."""
        said = {code: say(code, words) for code, words in self.words.items()}
        if len(set(said.values())) == 1:
            return _Markup(_join(next(iter(said.values()))))
        return _Markup("".join(_el("span", text, class_="w", lang=c) for c, text in said.items()))

    def word(self, key: str, **values: str) -> _Markup:
        return self.all(lambda _, words: _find(words, key).format(**values))

    def name(self, text: Mapping[str, str]) -> _Markup:
        return self.all(lambda code, _: text[code])

    def day(self, day: dt.date | None, precision: str | None = None) -> _Markup:
        if day is None:
            return _Markup("–")
        last = day
        if precision == "month":
            day = day.replace(day=1)
            last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        return self.days(day, last)

    def days(self, first: dt.date, last: dt.date) -> _Markup:
        return self.all(lambda _, words: say_days(words, first, last))

    def zones(self, ids: Sequence[str]) -> _Markup:
        found = [self.atlas.zone(one) for one in ids]
        parts = [
            _el("a", self.name(zone.name), href=f"{zone.id}.html", data_page=f"{zone.id}.html")
            for zone in found
        ]
        return _Markup(" · ".join(parts))

    def confidence(self, value: str) -> _Markup:
        return _el("span", self.word(f"confidence.{value}"), class_=f"confidence {value}")


def _find(words: Mapping[str, Any], key: str) -> str:
    node: Any = words
    for part in key.split("."):
        node = node[part]
    return str(node)


# -- the pages ------------------------------------------------------------------------------


def timeline_page(atlas: Atlas, lang: str) -> str:
    """Return the page of all rounds, agreements and phases, in order of time."""
    say = _Speaker(atlas)
    events: list[tuple[dt.date, int, _Markup]] = []
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
        by = [say.word("field.guarantors"), ": ", _Markup(" · ".join(actors))] if actors else []
        entry = _event(
            say,
            "agreement",
            say.day(day),
            say.name(agreement.title),
            agreement,
            what=agreement.provisions,
            day=day,
            more=_el("p", by) if by else None,
            zones=agreement.zones,
        )
        events.append((day, 1, entry))
    for phase in atlas.phases:
        if phase.start is None:
            continue
        zone = atlas.zone(phase.zone)
        look = tint(zone.number)
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
            look=look.angle,
        )
        events.append((phase.start, 2, entry))
    events.sort(key=lambda event: event[:2])
    years = sorted({day.year for day, _, _ in events})
    body = [
        [
            _el("h2", str(year)),
            _el("ol", [entry for day, _, entry in events if day.year == year], class_="events"),
        ]
        for year in years
    ]
    intro = _el("p", say.word("page.timeline_intro"), " ", say.word("page.notes_in_english"))
    return _page(say, lang, "timeline", [intro, body])


def _event(
    say: _Speaker,
    kind: str,
    when: _Markup,
    name: _Content,
    record: Any,
    *,
    what: str,
    day: dt.date,
    more: _Content = None,
    zones: Sequence[str] = (),
    look: int | None = None,
) -> _Markup:
    accounts = []
    for disagreement in getattr(record, "disagreements", None) or ():
        readings = [
            _el("li", reading.value, _cited(reading.sources)) for reading in disagreement.readings
        ]
        head = _el("p", say.word("page.differ"), ": ", _el("span", disagreement.what, lang="en"))
        accounts.append([head, _el("ul", readings, lang="en", dir="ltr")])
    link = f"index.html#date={day.isoformat()}"
    foot = [
        say.word("field.confidence"),
        ": ",
        say.confidence(str(record.confidence)),
        _cited(record.sources),
        " · ",
        _el("a", say.word("page.see_day"), href=link, data_page=link),
    ]
    return _el(
        "li",
        _el("p", when, " · ", say.word(f"field.{kind}"), class_="when"),
        _el("h3", name),
        _el("p", what, lang="en", dir="ltr", class_="what"),
        more,
        _el("p", say.word("field.zones"), ": ", say.zones(zones)) if zones else None,
        _el("div", accounts, class_="accounts") if accounts else None,
        _el("p", foot, class_="foot"),
        class_=f"event of-{kind}",
    )


def _cited(ids: Sequence[str]) -> _Content:
    if not ids:
        return None
    links = [
        [" ", _el("a", one, href=f"data.html#source-{one}", class_="cite", dir="ltr")]
        for one in ids
    ]
    return _el("span", links, class_="cited")


def data_page(atlas: Atlas, lang: str, files: Mapping[str, bytes]) -> str:
    """Return the page of the data: downloads, every record with its confidence, and sources."""
    say = _Speaker(atlas)
    meta = atlas.meta
    downloads = _table(
        say.word("page.downloads"),
        [say.word("field.format"), say.word("field.size"), "SHA-256"],
        [
            [
                _el("a", f"{_FORMATS[name.rsplit('.', 1)[1]]} ({name})", href=name, download=True),
                _el("bdi", f"{max(1, round(len(content) / 1000))} kB"),
                _el("code", hashlib.sha256(content).hexdigest(), dir="ltr"),
            ]
            for name, content in files.items()
        ],
    )
    kinds: list[tuple[str, Sequence[Any], Callable[[Any], _Content]]] = [
        ("zones", atlas.zones, lambda r: say.name(r.name)),
        ("extents", atlas.extents, lambda r: _extent_name(say, r)),
        ("agreements", atlas.agreements, lambda r: say.name(r.title)),
        ("rounds", atlas.rounds, lambda r: say.name(r.name)),
        ("phases", [p for p in atlas.phases if p.start], lambda r: _phase_name(say, r)),
        ("posts", atlas.posts, lambda r: say.name(r.name)),
    ]
    levels = ("high", "medium", "low", "unsourced")
    counts = _table(
        say.word("page.counts"),
        [say.word("field.records"), *(say.word(f"confidence.{one}") for one in levels)],
        [
            [say.word(f"field.{kind}"), *(str(found[level]) for level in levels)]
            for kind, records, _ in kinds
            for found in [Counter(str(record.confidence) for record in records)]
        ],
    )
    tables = [
        _table(
            say.word(f"field.{kind}"),
            [say.word("field.name"), say.word("field.confidence"), say.word("field.sources")],
            [
                [name(record), say.confidence(str(record.confidence)), _cited(record.sources)]
                for record in records
            ],
        )
        for kind, records, name in kinds
    ]
    sources = [
        _el(
            "li",
            _link(source.url, source.title),
            _el("span", ", ".join(filter(None, (source.publisher, source.date)))),
            _el("code", key, dir="ltr"),
            id=f"source-{key}",
            dir="auto",
        )
        for key, source in sorted(atlas.sources.items())
    ]
    body = [
        _el("p", say.word("page.data_intro")),
        _el(
            "p",
            say.word("page.version", version=atlas.version),
            " · ",
            say.word("page.licence", licence=meta.licence),
            " · SHA-256 ",
            _el("code", atlas.sha256, dir="ltr"),
        ),
        _el("ul", [_el("li", line, lang="en", dir="ltr") for line in meta.attribution]),
        _el("h2", say.word("page.downloads")),
        _el("p", say.word("page.downloads_about")),
        downloads,
        _el("p", _el("a", say.word("page.checksums"), href="manifest.json")),
        _el("h2", say.word("field.records")),
        counts,
        tables,
        _el("h2", say.word("page.all_sources")),
        _el("ul", sources, class_="all-sources"),
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


def _extent_name(say: _Speaker, extent: Any) -> _Content:
    boundary = say.atlas.boundary(extent.boundary)
    zone = say.atlas.zone(extent.zone)
    return [say.name(zone.name), ", ", say.name(boundary.name), ", ", say.day(extent.valid_from)]


def _phase_name(say: _Speaker, phase: Any) -> _Content:
    zone = say.name(say.atlas.zone(phase.zone).name)
    day = say.day(phase.start, phase.precision)
    return [zone, ": ", say.word(f"phase.{phase.phase}"), ", ", day]


def _link(address: str | None, text: str) -> _Markup:
    if not (address or "").startswith(("https://", "http://")):
        return _el("bdi", text)
    return _el("a", _el("bdi", text), href=address, rel="noopener noreferrer", target="_blank")


def method_page(atlas: Atlas, lang: str) -> str:
    """Return the page that says how lines, days and answers are made."""
    say = _Speaker(atlas)
    keys = [key for key in say.words[lang]["method"] if not key.endswith("_text")]
    order = ("line", "doubt", "ministry", "time", "answers", "weak")
    keys.sort(key=lambda key: order.index(key) if key in order else len(order))
    body = [
        [_el("h2", say.word(f"method.{key}")), _el("p", say.word(f"method.{key}_text"))]
        for key in keys
    ]
    return _page(say, lang, "method", [*body, _el("p", say.word("page.offline"))])


def cite_page(atlas: Atlas, lang: str) -> str:
    """Return the page that says how to cite the atlas: as text, BibTeX and CSL JSON."""
    say = _Speaker(atlas)
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

    def block(text: str) -> _Markup:
        return _el("pre", text, dir="ltr", tabindex="0", lang="en")

    body = [
        _el("p", say.word("page.cite_intro")),
        _el("h2", say.word("page.cite_plain")),
        block(f"{AUTHOR}: {title}, version {atlas.version} ({note})."),
        _el("h2", "BibTeX"),
        block(bibtex),
        _el("h2", "CSL JSON"),
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


def _table(
    caption: _Content, heads: Sequence[_Content], rows: Sequence[Sequence[_Content]]
) -> _Markup:
    label = f"table-{hashlib.sha256(_join(caption).encode()).hexdigest()[:8]}"
    return _el(
        "div",
        _el(
            "table",
            _el("caption", caption, id=label),
            _el("thead", _el("tr", [_el("th", head, scope="col") for head in heads])),
            _el(
                "tbody",
                [
                    _el(
                        "tr",
                        _el("th", row[0], scope="row"),
                        [_el("td", cell) for cell in row[1:]],
                    )
                    for row in rows
                ],
            ),
        ),
        class_="table",
        role="region",
        aria_labelledby=label,
        tabindex="0",
    )


def _page(
    say: _Speaker,
    lang: str,
    key: str,
    body: _Content,
    *,
    dataset: Mapping[str, Any] | None = None,
) -> str:
    from maps.page import bundle

    if lang not in say.words:
        raise PageError(f"expected a language of {', '.join(say.words)}, found {lang!r}.")
    titles = {
        code: f"{words['page'][key]} · {words['page']['title']}"
        for code, words in say.words.items()
    }
    settings = {
        "lang": lang,
        "languages": {
            code: {"title": titles[code], "direction": words["direction"]}
            for code, words in say.words.items()
        },
    }
    languages = [
        _el(
            "button",
            words["language"],
            type="button",
            lang=code,
            aria_pressed="true" if code == lang else "false",
        )
        for code, words in say.words.items()
    ]
    links = [
        _el(
            "a",
            say.word(f"page.{word}"),
            href=href,
            data_page=href,
            aria_current="page" if word == key else None,
        )
        for href, word in LINKS
    ]
    shown = ",".join(f':root[lang="{code}"] .w[lang="{code}"]' for code in say.words)
    style = f"{stylesheet()}.w{{display:none}}{shown}{{display:inline}}{bundle('page.css')}"
    script = bundle("page.text.js")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(script)}",
            f"style-src {_hash(style)}",
            "img-src data:",
            "connect-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    words = say.words[lang]
    linked = f'<script type="application/ld+json">{to_json(dataset)}</script>\n' if dataset else ""
    header = _el(
        "header",
        _el("p", _el("a", say.word("page.title"), href="index.html", data_page="index.html")),
        _el("nav", links, class_="links", id="links", tabindex="-1"),
        _el("div", languages, class_="languages", role="group", id="languages"),
        class_="masthead",
    )
    main = _el("main", _el("h1", say.word(f"page.{key}")), body)
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="{lang}" dir="{words["direction"]}" class="text">\n'
        "<head>\n"
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{html.escape(titles[lang])}</title>\n"
        f'<meta name="description" content="{html.escape(words["page"]["description"])}">\n'
        f"<style>{style}</style>\n"
        f"{linked}"
        "</head>\n"
        '<body class="text">\n'
        f"{header}\n{main}\n"
        f'<script type="application/json" id="settings">{to_json(settings)}</script>\n'
        f"<script>{script}</script>\n"
        "</body>\n"
        "</html>\n"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
