"""What the data of a release say of themselves: to data tools, catalogues and search engines."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dezone.export.contents import Column, held
from dezone.export.metadata import described
from geodata.atlas import Atlas, read_atlas

LICENCES = {
    "CC BY-SA 4.0": ("CC-BY-SA-4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
}
"""The licences that an atlas may have: their SPDX name and the address of their text."""

MEDIA = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".parquet": "application/vnd.apache.parquet",
}
"""The media type of each format of data."""

KINDS = {"text": "string", "int": "integer", "real": "number", "bool": "boolean", "date": "date"}
"""The type of a column's kind in a Table Schema."""

ABOUT = {
    ".csv": "Who held which settlement when, a row a holding",
    ".geojson": "The zones: a feature for each boundary, estimate and span of days",
    ".gpkg": "The whole atlas, with styles and projects for QGIS",
    ".kml": "The zones and posts, with their spans of time",
    ".parquet": "The zones: a row for each boundary, estimate and span of days",
}
"""What the file of each format holds."""


def data_package(files: Sequence[Path], version: str, date: str) -> dict[str, Any]:
    """Return the files as a Frictionless Data Package, version 2: https://datapackage.org.

    The columns of CSV have their types and meanings.
    """
    atlas = read_atlas()
    said = described(atlas)
    name, address = LICENCES[said["licence"]]
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"dezone-{atlas.meta.id}",
        "id": said["identifier"],
        "title": said["title"],
        "description": said["abstract"],
        "version": version,
        "created": f"{date}T00:00:00Z",
        "licenses": [{"name": name, "path": address, "title": said["licence"]}],
        "contributors": [{"title": "dezone contributors", "roles": ["creator"]}],
        "sources": [{"title": line} for line in said["rights"]],
        "keywords": ["Syria", "ceasefire", "de-escalation zones", "settlements"],
        "resources": [_resource(atlas, path) for path in files],
    }


def linked_data(files: Sequence[Path], version: str, date: str) -> dict[str, Any]:
    """Return the data set for catalogues (DCAT 3) and search engines (schema.org), as JSON-LD."""
    atlas = read_atlas()
    said = described(atlas)
    _, address = LICENCES[said["licence"]]
    west, south, east, north = atlas.meta.bounds
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "schema": "https://schema.org/",
        },
        "@type": ["dcat:Dataset", "schema:Dataset"],
        "dct:identifier": said["identifier"],
        "schema:identifier": said["identifier"],
        **_twice("title", "name", said["title"]),
        **_twice("description", "description", said["abstract"]),
        **_twice("license", "license", {"@id": address}),
        **_twice("issued", "datePublished", date),
        "dcat:version": version,
        "schema:version": version,
        **_twice("creator", "creator", {"@type": "schema:Organization", "schema:name": "dezone"}),
        "dct:rights": said["rights"],
        "schema:creditText": "; ".join(said["rights"]),
        "dcat:keyword": ["Syria", "ceasefire", "de-escalation zones", "settlements"],
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": str(said["first"]),
            "dcat:endDate": str(said["last"]),
        },
        "schema:temporalCoverage": f"{said['first']}/{said['last']}",
        "schema:spatialCoverage": {
            "@type": "schema:Place",
            "schema:name": atlas.meta.country["en"],
            "schema:geo": {
                "@type": "schema:GeoShape",
                "schema:box": f"{south} {west} {north} {east}",
            },
        },
        "dcat:distribution": [_distribution(path) for path in files],
    }


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _twice(dublin_core: str, schema: str, value: Any) -> dict[str, Any]:
    return {f"dct:{dublin_core}": value, f"schema:{schema}": value}


def _resource(atlas: Atlas, path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": path.name.replace(".", "-"),
        "path": path.name,
        "description": ABOUT[path.suffix],
        "format": path.suffix[1:],
        "mediatype": MEDIA[path.suffix],
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256(path)}",
    }
    if path.suffix == ".csv":
        places = tuple(
            Column(name, "real", f"{name} of the settlement in degrees (WGS 84)")
            for name in ("longitude", "latitude")
        )
        fields = [
            {"name": one.name, "type": KINDS[one.kind], "description": one.meaning}
            for one in (*held(atlas).columns, *places)
        ]
        found |= {
            "type": "table",
            "encoding": "utf-8",
            "schema": {"fields": fields, "missingValues": [""]},
        }
    return found


def _distribution(path: Path) -> dict[str, Any]:
    return {
        "@type": ["dcat:Distribution", "schema:DataDownload"],
        **_twice("title", "name", path.name),
        **_twice("description", "description", ABOUT[path.suffix]),
        "dcat:downloadURL": {"@id": path.name},
        "schema:contentUrl": path.name,
        "dcat:mediaType": MEDIA[path.suffix],
        "schema:encodingFormat": MEDIA[path.suffix],
        "dcat:byteSize": path.stat().st_size,
        "schema:sha256": sha256(path),
    }
