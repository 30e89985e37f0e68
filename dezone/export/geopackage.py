"""The whole atlas as one GeoPackage that opens in QGIS as a finished, playable map."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

from dezone.export import qgis
from dezone.export.cells import as_table
from dezone.export.contents import Layer, layers
from geodata.atlas import Atlas
from geodata.formats.layers.writing import at_home

VERSION = "1.3"
"""The version of the format: QGIS 3.22 takes a file of a newer one for damaged."""

_DAY = "1970-01-01T00:00:00.000Z"  # and not the time of writing


def write_geopackage(atlas: Atlas, path: Path, *, name: str, language: str) -> list[str]:
    """Write all layers with their styles, comments, metadata, and a project for each language.

    Returns the names of the layers.

    Parameters
    ----------
    path
        The file to write; there is none yet.
    name
        What the file will be called: the projects name it.
    language
        The project and the styles that are used where none is chosen.
    """
    every = layers(atlas)
    for layer in every:
        _write_layer(layer, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        _describe_columns(connection, every)
        _describe_layers(connection, atlas, every)
        _add_styles(connection, atlas, every, language)
        _add_projects(connection, atlas, every, name, language)
        connection.execute("UPDATE gpkg_contents SET last_change = ?", (_DAY,))
        connection.execute("COMMIT")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("VACUUM")
    return [layer.name for layer in every]


# -- rows -----------------------------------------------------------------------------------


def _write_layer(layer: Layer, path: Path) -> None:
    """Add a table; GDAL makes those of the format, and the index of the geometries."""
    import pyogrio

    table = as_table(layer)
    with at_home():
        pyogrio.write_arrow(
            table,
            path,
            layer=layer.name,
            driver="GPKG",
            geometry_name="geometry" if layer.geometry else None,
            geometry_type=layer.geometry or None,
            crs="EPSG:4326" if layer.geometry else None,
            dataset_options={"VERSION": VERSION},
            layer_options={
                "DESCRIPTION": layer.about,
                "IDENTIFIER": layer.name,
                **({"GEOMETRY_NAME": "geometry"} if layer.geometry else {}),
            },
        )


# -- what the format has beside rows --------------------------------------------------------


def _describe_columns(connection: sqlite3.Connection, every: tuple[Layer, ...]) -> None:
    """Write what each column means, as the schema extension has it."""
    connection.execute(
        "CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, "
        "name TEXT, title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT, "
        "CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), "
        "CONSTRAINT gdc_tn UNIQUE (table_name, name))"
    )
    connection.executemany(
        "INSERT INTO gpkg_data_columns (table_name, column_name, description) VALUES (?, ?, ?)",
        [(layer.name, one.name, one.meaning) for layer in every for one in layer.columns],
    )
    _register(connection, "gpkg_schema", "schema", "gpkg_data_columns")


def _describe_layers(
    connection: sqlite3.Connection, atlas: Atlas, every: tuple[Layer, ...]
) -> None:
    """Write licence, attribution, version and hash: of the whole, and as QGIS shows of a layer."""
    connection.execute(
        "CREATE TABLE gpkg_metadata (id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, "
        "md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT NOT NULL, "
        "mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '')"
    )
    connection.execute(
        "CREATE TABLE gpkg_metadata_reference (reference_scope TEXT NOT NULL, table_name TEXT, "
        "column_name TEXT, row_id_value INTEGER, timestamp DATETIME NOT NULL DEFAULT "
        "(strftime('%Y-%m-%dT%H:%M:%fZ','now')), md_file_id INTEGER NOT NULL, "
        "md_parent_id INTEGER, CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES "
        "gpkg_metadata(id), CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES "
        "gpkg_metadata(id))"
    )
    for key, layer in enumerate((None, *every), 1):
        connection.execute(
            "INSERT INTO gpkg_metadata VALUES (?, 'dataset', 'http://mrcc.com/qgis.dtd', "
            "'text/xml', ?)",
            (key, qgis.layer_metadata(atlas, layer)),
        )
        scope = ("geopackage", None) if layer is None else ("table", layer.name)
        connection.execute(
            "INSERT INTO gpkg_metadata_reference VALUES (?, ?, NULL, NULL, ?, ?, NULL)",
            (*scope, _DAY, key),
        )
    _register(connection, "gpkg_metadata", "metadata", "gpkg_metadata", "gpkg_metadata_reference")


def _register(connection: sqlite3.Connection, extension: str, chapter: str, *tables: str) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, "
        "extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL, "
        "CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))"
    )
    connection.executemany(
        "INSERT INTO gpkg_extensions VALUES (?, NULL, ?, ?, 'read-write')",
        [
            (name, extension, f"http://www.geopackage.org/spec121/#extension_{chapter}")
            for name in tables
        ],
    )


def _add_styles(
    connection: sqlite3.Connection, atlas: Atlas, every: tuple[Layer, ...], language: str
) -> None:
    """Write a style for each layer and language, as QGIS keeps them in a GeoPackage."""
    connection.execute(
        "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
        "f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), "
        "f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, "
        "useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
        "update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"
    )
    rows = [
        (
            layer.name,
            "geometry",
            atlas.words(code)["language"],
            qgis.layer_style(atlas, layer, code),
            code == language,
            _DAY,
        )
        for layer in every
        if layer.geometry
        for code in atlas.meta.languages
    ]
    connection.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
        "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner, "
        "update_time) VALUES ('', '', ?, ?, ?, ?, '', ?, '', '', ?)",
        rows,
    )
    _list_table(connection, "layer_styles")


def _add_projects(
    connection: sqlite3.Connection,
    atlas: Atlas,
    every: tuple[Layer, ...],
    name: str,
    language: str,
) -> None:
    """Write a project for each language, as QGIS keeps them in a GeoPackage."""
    connection.execute(
        "CREATE TABLE qgis_projects (name TEXT PRIMARY KEY, metadata BLOB, content BLOB)"
    )
    for code in sorted(atlas.meta.languages, key=lambda code: code != language):
        project = qgis.project(atlas, every, file=name, language=code)
        metadata = '{"last_modified_time": "1970-01-01T00:00:00", "last_modified_user": "dezone"}'
        connection.execute(
            "INSERT INTO qgis_projects VALUES (?, ?, ?)",
            (f"{atlas.meta.id} {code}", metadata, _packed(project).hex().encode()),
        )
    _list_table(connection, "qgis_projects")


def _list_table(connection: sqlite3.Connection, name: str) -> None:
    """Register a table without geometries, so that other programs see it."""
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
        "VALUES (?, 'attributes', ?, '', ?)",
        (name, name, _DAY),
    )


def _packed(project: str) -> bytes:
    """Return a project as a .qgz: a zip with the project in it, the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("project.qgs", (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, project)
    return out.getvalue()
