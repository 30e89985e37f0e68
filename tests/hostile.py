"""Files that a stranger may send: each would open another file, ask a host, or have no end.

`write_hostile` makes them; `HOST` is where they would ask, `TOKEN` is what they would steal.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import sqlite3
import zipfile
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

HOST = "127.0.0.1:9"
TOKEN = "what-nobody-may-read"  # noqa: S105  (no password)
ROW = "1,2018-03-07,35.9306,36.6339\n"
HEAD = "id,date,latitude,longitude\n"
_KML = (
    '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
)
_PLACE = (
    "<Placemark><TimeStamp><when>2018-03-07</when></TimeStamp>"
    "<Point><coordinates>36.6339,35.9306</coordinates></Point></Placemark>"
)


def write_hostile(folder: Path, secret: Path) -> list[Path]:
    """Write every file into a folder of its own in `folder`; return them in order.

    Parameters
    ----------
    folder
        A new folder.
    secret
        A CSV file elsewhere, which holds `TOKEN`.
    """
    made: list[Path] = []

    def put(name: str, content: bytes | str) -> Path:
        path = folder / f"{len(made):02d}" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        made.append(path)
        return path

    _texts(put, secret)
    _xml(put, secret)
    _archives(put, secret)
    _databases(put, secret)
    _crs(put, secret)
    _sidecars(put, secret)
    return made


def _vrt(source: str) -> str:
    return (
        f'<OGRVRTDataSource><!-- <kml> --><OGRVRTLayer name="secret"><SrcDataSource>{source}'
        "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )


def _texts(put, secret: Path) -> None:
    """JSON in which GDAL or a careless reader finds an address, and lists of addresses."""
    feature = {
        "type": "Feature",
        "properties": {"date": "2018-03-07"},
        "geometry": {"type": "Point", "coordinates": [36.6339, 35.9306]},
    }
    collection = {"type": "FeatureCollection", "features": [feature]}
    linked = {"type": "link", "properties": {"href": f"http://{HOST}/crs", "type": "proj4"}}
    named = {"type": "name", "properties": {"name": f"http://{HOST}/crs"}}
    put("linked_crs.geojson", json.dumps({**collection, "crs": linked}))
    put("named_crs.geojson", json.dumps({**collection, "crs": named}))
    put(
        "next.geojson",
        json.dumps({**collection, "links": [{"rel": "next", "href": f"http://{HOST}/"}]}),
    )
    put("ref.json", json.dumps({"$ref": f"file://{secret}", "rows": [{"$ref": str(secret)}]}))
    algorithm = {
        "type": "gdal_streamed_alg",
        "command_line": f"gdal vector pipeline ! read {secret}",
    }
    put("algorithm.gdalg.json", json.dumps(algorithm))
    put("service.json", json.dumps({"type": "Topology", "objects": {}, "url": f"http://{HOST}/"}))
    put("addresses.csv", HEAD + f"/vsicurl/http://{HOST}/a,2018-03-07,file://{secret},36.6\n")
    put("include.csv", f"@include {secret}\n" + HEAD + ROW)


def _xml(put, secret: Path) -> None:
    """Virtual layers by any name, entities, inclusions, links, schemas, services."""
    for name in ("vrt.csv", "vrt.kml", "vrt.vrt", "vrt.geojson", "vrt.gpkg"):
        put(name, _vrt(str(secret)))
    put("vrt_host.kml", _vrt(f"/vsicurl/http://{HOST}/evil.csv"))
    put("vrt_command.kml", _vrt(f"ADBC:{secret}"))
    put("vrt.kml.gz", gzip.compress(_vrt(str(secret)).encode()))
    doctype = f'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "file://{secret}">]>'
    put("entity.kml", doctype + f"<kml><Document><name>&x;</name>{_PLACE}</Document></kml>")
    outside = (
        f'<!DOCTYPE kml SYSTEM "http://{HOST}/kml.dtd"><kml><Document>{_PLACE}</Document></kml>'
    )
    put("doctype.kml", outside)
    put("laughs.kml", '<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
        "<kml><Document><name>&b;</name></Document></kml>")  # fmt: skip
    link = f"<NetworkLink><Link><href>http://{HOST}/evil.kml</href></Link></NetworkLink>"
    style = f"<Style><IconStyle><Icon><href>http://{HOST}/i.png</href></Icon></IconStyle></Style>"
    overlay = f"<GroundOverlay><Icon><href>{secret}</href></Icon></GroundOverlay>"
    put("links.kml", _KML.format(link + style + overlay + _PLACE))
    put("addresses.kml", _KML.format(_linked(secret)))
    include = (
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret}" parse="text"/>'
    )
    put("include.kml", _KML.format(include + _PLACE))
    sheet = f'<?xml-stylesheet href="http://{HOST}/x.xsl"?>'
    put("stylesheet.kml", sheet + _KML.format(_PLACE).removeprefix('<?xml version="1.0"?>'))
    put(
        "schema.gml",
        f'<gml:FeatureCollection xmlns:gml="x" xsi:schemaLocation="x http://{HOST}/x.xsd"/>',
    )
    put(
        "service.kml",
        f"<GDAL_WMS><!-- <kml> --><Service><ServerUrl>http://{HOST}/</ServerUrl></Service></GDAL_WMS>",
    )
    put(
        "features.kml",
        f"<OGRWFSDataSource><!-- <kml> --><URL>http://{HOST}/</URL></OGRWFSDataSource>",
    )


def _linked(secret: Path) -> str:
    """Return links of every kind that KML has, by every kind of address."""
    found = ""
    for to in (
        f"ftp://{HOST}/a.kml",
        f"file://{secret}",
        rf"\\{HOST}\share\a.kml",
        f"//{HOST}/a.kml",
        str(secret),
        "../../elsewhere/secret.csv",
    ):
        link = f"<href>{to}</href>"
        found += (
            f"<NetworkLink><Link>{link}<refreshInterval>1</refreshInterval></Link></NetworkLink>"
            f"<NetworkLink><Url>{link}</Url></NetworkLink>"
            f"<Style><IconStyle><Icon>{link}</Icon></IconStyle></Style>"
            f"<ScreenOverlay><Icon>{link}</Icon></ScreenOverlay>"
            f"<Placemark><styleUrl>{to}#a</styleUrl><Model><Link>{link}</Link></Model></Placemark>"
        )
        shown = f"<description>&lt;img src='{to}'/&gt;</description><Point>"
        found += _PLACE.replace("<Point>", shown)
    return found


def _archive(members: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _archives(put, secret: Path) -> None:
    """Archives of virtual layers, of paths, of links; workbooks that name other files."""
    put("vrt.kmz", _archive({"doc.kml": _vrt(str(secret))}))
    put(
        "vrt.zip",
        _archive({"a.kml": _vrt(f"/vsizip/vsicurl/http://{HOST}/a.zip"), "a.vrt": _vrt("x")}),
    )
    put(
        "paths.zip",
        _archive({"../../../../srv/a.kml": _KML.format(_PLACE), "/etc/b.kml": _KML.format(_PLACE)}),
    )
    link = zipfile.ZipInfo("a.kml")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(link, str(secret))
    put("link.kmz", out.getvalue())
    put(
        "addresses.kmz",
        _archive({"doc.kml": _KML.format(_linked(secret)), "files/a.kml": "<kml/>"}),
    )
    put(
        "linked.kmz",
        _archive(
            {
                "doc.kml": _KML.format(
                    f"<NetworkLink><Link><href>{secret}</href></Link></NetworkLink>" + _PLACE
                )
            }
        ),
    )
    book = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="x" Target="http://{HOST}/x" TargetMode="External"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<!DOCTYPE workbook [<!ENTITY x SYSTEM "file://{secret}">]>'
        "<workbook><sheets><sheet name='&x;' sheetId='1'/></sheets></workbook>",
        "xl/externalLinks/externalLink1.xml": f'<externalLink href="http://{HOST}/"/>',
    }
    put("external.xlsx", _archive(book))
    _older_sheets(put, secret)


def _older_sheets(put, secret: Path) -> None:
    """Sheets of OpenDocument that name other files, and what only pretends to be .xls or .dta."""
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("table", "table"), ("text", "text"))
    ) + ' xmlns:xlink="http://www.w3.org/1999/xlink"'  # fmt: skip
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f"<table:table-cell office:value-type='string'><text:p>{cell}</text:p>"
            "</table:table-cell>"
            for cell in row.strip().split(",")
        )
        + "</table:table-row>"
        for row in (HEAD, ROW)
    )
    linked = (
        f"<office:document-content{spaces}><office:body><office:spreadsheet>"
        f"<table:table table:name='a'><table:table-source xlink:href='file://{secret}'/>{cells}"
        f"</table:table><table:dde-links><office:dde-source office:dde-topic='{secret}'/>"
        "</table:dde-links></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    put("linked.ods", _archive({"mimetype": kind, "content.xml": linked}))
    entity = f'<!DOCTYPE x [<!ENTITY x SYSTEM "file://{secret}">]>'
    put("entity.ods", _archive({"mimetype": kind, "content.xml": entity + linked}))
    put("host.ods", _archive({"mimetype": kind, "content.xml": linked.replace(
        f"file://{secret}", f"http://{HOST}/a.ods")}))  # fmt: skip
    for name in ("vrt.xls", "vrt.ods", "vrt.dta"):
        put(name, _vrt(str(secret)))
    put("web_query.xls", f"<html><body><iframe src='file://{secret}'></iframe></body></html>")


def _databases(put, secret: Path) -> None:
    """Tables and views that stand for other files, call functions, or have no end."""

    def database(name: str, *statements: str, schema: str = "") -> None:
        path = put(name, b"")
        with contextlib.closing(sqlite3.connect(path)) as base:
            for one in statements:
                base.execute(one)
            if schema:
                base.execute("CREATE TABLE t (a)")
                base.execute("PRAGMA writable_schema = ON")
                base.execute(
                    "UPDATE sqlite_master SET name = 'v', tbl_name = 'v', rootpage = 0, sql = ?",
                    (schema,),
                )
            base.commit()

    database(
        "virtual.db", schema=f"CREATE VIRTUAL TABLE v USING VirtualOGR('{secret}', 0, 'secret')"
    )
    database(
        "virtual_host.db",
        schema=f"CREATE VIRTUAL TABLE v USING VirtualOGR('/vsicurl/http://{HOST}/a.csv')",
    )
    database(
        "shape.db", schema=f"CREATE VIRTUAL TABLE v USING VirtualShape('{secret}', 'UTF-8', 4326)"
    )
    database("text.db", schema=f"CREATE VIRTUAL TABLE v USING VirtualText('{secret}', 'UTF-8')")
    for name, select in {
        "recursive.gpkg": "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) "
        "SELECT n FROM r",
        "extension.gpkg": f"SELECT load_extension('{secret}') AS x",
        "readfile.gpkg": f"SELECT readfile('{secret}') AS x",
        "geocode.gpkg": f"SELECT ogr_geocode('x', 'y', 'QUERY_TEMPLATE=http://{HOST}/') AS x",
        "blob.gpkg": "SELECT zeroblob(1000000000) AS x",
        "pragma.gpkg": "SELECT * FROM pragma_database_list",
    }.items():
        database(name, "CREATE TABLE t (date, latitude, longitude)", f"CREATE VIEW v AS {select}")
    database("trigger.gpkg", "CREATE TABLE v (date, latitude, longitude)",
             "INSERT INTO v VALUES ('2018-03-07', 35.9, 36.6)",
             "CREATE TRIGGER x AFTER INSERT ON v BEGIN SELECT load_extension('x'); END"
    )  # fmt: skip
    database("journal.gpkg", "CREATE TABLE v (date, latitude, longitude)")


def _points(crs: str | int = 4326) -> gpd.GeoDataFrame:
    shapes = [shapely.Point(36.6339, 35.9306)]
    return gpd.GeoDataFrame({"date": ["2018-03-07"]}, geometry=shapes, crs=crs)


def _grids(secret: Path) -> str:
    return (
        f'GEOGCS["x",DATUM["x",SPHEROID["x",6378137,298.25],EXTENSION["PROJ4_GRIDS","{secret}"]],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
    )


def _crs(put, secret: Path) -> None:
    """Coordinate systems that other files define."""
    for number, text in enumerate(
        (
            _grids(secret),
            f"http://{HOST}/crs",
            f"+init={secret}:1",
            f"+proj=longlat +nadgrids={secret}",
        )
    ):
        path = put(f"crs{number}.shp", b"")
        _points().to_file(path)
        path.with_suffix(".prj").write_text(text)
        path = put(f"crs{number}.gpkg", b"")
        path.unlink()
        _points().to_file(path)
        with contextlib.closing(sqlite3.connect(path)) as base:
            base.execute(
                "UPDATE gpkg_spatial_ref_sys SET organization = 'x', definition = ? "
                "WHERE srs_id = 4326",
                (text,),
            )
            base.commit()
    bound = pyproj.CRS("EPSG:4230").to_json_dict()
    shift = {
        "type": "BoundCRS",
        "source_crs": bound,
        "target_crs": pyproj.CRS("EPSG:4326").to_json_dict(),
        "transformation": {
            "name": "x",
            "method": {"name": "NTv2", "id": {"authority": "EPSG", "code": 9615}},
            "parameters": [
                {"name": "Latitude and longitude difference file", "value": str(secret)}
            ],
        },
    }
    path = put("crs.parquet", b"")
    column = {"encoding": "WKB", "geometry_types": [], "crs": shift}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    table = pa.table({"date": ["2018-03-07"], "geometry": [shapely.to_wkb(shapely.Point(1, 2))]})
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    path = put("crs.fgb", b"")
    path.unlink()
    _points(_grids(secret)).to_file(path)


def _sidecars(put, secret: Path) -> None:
    """Files beside a file that are links, or that name others."""
    path = put("linked.shp", b"")
    _points().to_file(path)
    for suffix in (".dbf", ".prj", ".cpg"):
        path.with_suffix(suffix).unlink()
        path.with_suffix(suffix).symlink_to(secret)
    path = put("beside.shp", b"")
    _points().to_file(path)
    for suffix in (".shp.aux.xml", ".qix", ".vrt", ".shp.xml"):
        path.with_name(f"beside{suffix}").write_text(_vrt(str(secret)))
    path = put("beside.csv", HEAD + ROW)
    for suffix in (".csvt", ".prj", ".vrt"):
        path.with_suffix(suffix).write_text(_vrt(str(secret)))
