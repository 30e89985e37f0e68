"""What the provider offers: tag incidents, check a point, zones of a day, report."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingException,
    QgsProcessingOutputHtml,
    QgsProcessingOutputString,
    QgsProcessingParameterDateTime,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterPoint,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
    QgsProcessingParameterVectorLayer,
    QgsProviderRegistry,
    QgsSettings,
    QgsVectorFileWriter,
)
from qgis.PyQt.QtGui import QIcon

from .program import run_program

WGS84 = "EPSG:4326"
BASES = ("memorandum", "arrangement")
ESTIMATES = ("low", "best", "high")
LANGUAGES = ("en", "ar", "ru", "tr")
# Suffixes of files that the command reads itself, and its option that names one table of several.
READ = {
    **dict.fromkeys((".csv", ".tsv", ".txt", ".json", ".geojson", ".parquet", ".shp", ".fgb"), ""),
    **dict.fromkeys((".gpkg", ".kml"), "layer"),
    **dict.fromkeys((".xlsx", ".ods", ".xls"), "sheet"),
}

VERDICTS = (
    "<p>A verdict is <b>inside</b>, <b>outside</b>, <b>uncertain</b> (too near to the line for its "
    "error, in force on some of the days only, or the place is too roughly known) or "
    "<b>undetermined</b> (no usable place or date). It says where and when; it never says that an "
    "agreement was violated.</p>"
)


class _Algorithm(QgsProcessingAlgorithm):
    """What all have in common: the icon, no threads, and the options that decide."""

    title = ""
    help = ""

    def createInstance(self):  # noqa: N802
        """Return another one."""
        return type(self)()

    def name(self):
        """Return the name by which scripts call it."""
        return type(self).__name__.lower()

    def displayName(self):  # noqa: N802
        """Return the name that is shown."""
        return self.title

    def shortHelpString(self):  # noqa: N802
        """Return the help that is shown beside the dialog."""
        return self.help

    def icon(self):
        """Return the icon."""
        return QIcon(str(Path(__file__).with_name("icon.svg")))

    def add(self, *parameters):
        """Add parameters."""
        for one in parameters:
            self.addParameter(one)

    def reading(self):
        """Return the parameters that say what is read, and how."""
        return (
            QgsProcessingParameterVectorLayer("INPUT", "Incidents", [QgsProcessing.TypeVector]),
            _text(
                "RADIUS", "How precisely every place is known (500m, 25km), if the rows do not say"
            ),
            QgsProcessingParameterFile(
                "MAPPING", "Which column means what (dezone inspect -o writes it)", optional=True
            ),
        )

    def deciding(self):
        """Return the parameters that decide a verdict."""
        return (
            _text("BOUNDARY", "Boundary that decides (line, agreed, ministry; empty: the default)"),
            QgsProcessingParameterEnum(
                "BASIS", "In force from", BASES, defaultValue=BASES[0], usesStaticStrings=True
            ),
            self.language(),
        )

    def language(self):
        """Return the parameter for the language of the answer, that of QGIS where it is known."""
        own = str(QgsSettings().value("locale/userLocale", "en"))[:2]
        return QgsProcessingParameterEnum(
            "LANGUAGE",
            "Language",
            LANGUAGES,
            defaultValue=own if own in LANGUAGES else "en",
            usesStaticStrings=True,
        )

    def options(self, parameters, context, *names):
        """Return those options of the command that are stated, each as one word."""
        found = []
        for name in names:
            value = self.parameterAsString(parameters, name, context).strip()
            if value:
                flag = {"LANGUAGE": "lang"}.get(name, name.lower())
                found.append(f"--{flag}={value}")
        return found

    def incidents(self, parameters, context, feedback):
        """Return the words that name the file of a layer.

        The file itself where the layer is one as it stands, so that every cell is read as it is
        written; else what the layer shows, in a temporary GeoPackage.
        """
        layer = self.parameterAsVectorLayer(parameters, "INPUT", context)
        if layer is None:
            raise QgsProcessingException(self.invalidSourceError(parameters, "INPUT"))
        parts = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
        path = Path(parts.get("path") or "")
        edited = layer.isEditable() and layer.isModified()
        if (
            path.is_file()
            and path.suffix.lower() in READ
            and not layer.subsetString()
            and not edited
        ):
            feedback.pushInfo(f"reads {path}")
            named = parts.get("layerName")
            option = READ[path.suffix.lower()]
            return [str(path.absolute()), *([f"--{option}={named}"] if named and option else [])]
        folder = Path(tempfile.mkdtemp(prefix="dezone-", dir=self.temporary()))
        copy = folder / "incidents.gpkg"
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName, options.layerName = "GPKG", "incidents"
        error, message, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(
            layer, str(copy), context.transformContext(), options
        )
        if error != QgsVectorFileWriter.NoError:
            raise QgsProcessingException(f"the layer could not be written to be read: {message}")
        feedback.pushInfo("reads a copy of the layer as it is shown, in a temporary GeoPackage")
        return [str(copy)]

    @staticmethod
    def temporary():
        """Return the folder of this session, which QGIS empties when it ends."""
        from processing.tools.system import getTempDirInTempFolder

        return getTempDirInTempFolder()


class TagIncidents(_Algorithm):
    """Give each row of a layer its verdict."""

    title = "Tag incidents"
    help = (
        "Gives each incident of a layer or table its verdict, in new columns: did it happen inside "
        "a de-escalation zone that was in force?<p>Columns of position, date and precision are "
        "known by their names (ACLED, UCDP, Kobo, and the usual ones); the log says which was "
        "taken for what, what was mended and what cannot be read. Every row comes out.</p>"
        + VERDICTS
        + "<p>A layer that is a file is read as the file it is; any other, with its filter, as it "
        "is shown. A selection does not count.</p>"
    )

    def initAlgorithm(self, configuration=None):  # noqa: N802
        """Declare what goes in and comes out."""
        self.add(
            *self.reading(),
            *self.deciding(),
            _text("WITH", "Further columns (distance_m, sentence, or all)", "sentence"),
            QgsProcessingParameterVectorDestination("OUTPUT", "Tagged incidents"),
        )

    def processAlgorithm(self, parameters, context, feedback):  # noqa: N802
        """Run `dezone tag`."""
        output = self.parameterAsOutputLayer(parameters, "OUTPUT", context)
        names = ("RADIUS", "MAPPING", "BOUNDARY", "BASIS", "LANGUAGE", "WITH")
        options = self.options(parameters, context, *names)
        source = self.incidents(parameters, context, feedback)
        run_program(["tag", *source, f"--output={output}", *options], feedback)
        return {"OUTPUT": output}


class CheckPoint(_Algorithm):
    """Check one incident."""

    title = "Check a point"
    help = (
        "Tells whether one incident happened inside a zone that was in force, and writes a card to "
        "cite: a page with the map, all sources and hashes.<p>The point is clicked on the map, in "
        "any CRS, or the place is named, in Latin or Arabic script.</p>" + VERDICTS
    )

    def initAlgorithm(self, configuration=None):  # noqa: N802
        """Declare what goes in and comes out."""
        self.add(
            QgsProcessingParameterPoint("POINT", "Point", optional=True),
            _text("PLACE", "or the name of a place"),
            _text("DATE", "Date (2017-10-01, 2018-03, 2018, FIRST/LAST)"),
            _text("RADIUS", "How precisely the place is known (500m, 25km; empty: exact)"),
            *self.deciding(),
            QgsProcessingParameterFileDestination(
                "CARD", "Card", "HTML (*.html);;PDF (*.pdf);;SVG (*.svg);;JSON (*.json)"
            ),
        )
        for name, title in (("VERDICT", "Verdict"), ("SENTENCE", "Sentence"), ("RECORD", "Record")):
            self.addOutput(QgsProcessingOutputString(name, title))

    def processAlgorithm(self, parameters, context, feedback):  # noqa: N802
        """Run `dezone check`."""
        card = self.parameterAsFileOutput(parameters, "CARD", context)
        names = ("PLACE", "DATE", "RADIUS", "BOUNDARY", "BASIS", "LANGUAGE")
        options = self.options(parameters, context, *names)
        where = []
        if parameters.get("POINT") not in (None, ""):
            crs = QgsCoordinateReferenceSystem(WGS84)
            point = self.parameterAsPoint(parameters, "POINT", context, crs)
            where = [f"{point.y():.9f}", f"{point.x():.9f}"]
        record = run_program(["check", *where, "--json", f"--card={card}", *options], feedback)
        found = json.loads(record)
        feedback.pushInfo(f"{found['verdict'].upper()}: {found['sentence']}")
        return {
            "CARD": card,
            "VERDICT": found["verdict"],
            "SENTENCE": found["sentence"],
            "RECORD": record,
        }


class ZonesOfDay(_Algorithm):
    """Make a layer of the zones as they stood on a day."""

    title = "Zones of a day"
    help = (
        "Makes a layer of the zones as they stood on a day, with names in four languages, "
        "guarantors, round, agreements and phase. A zone that was not in force keeps its row, "
        "with in_force false.<p>estimate: <b>low</b> is surely inside, <b>best</b> the line "
        "itself, <b>high</b> possibly inside. For all days, with styles and a project that plays: "
        "<code>dezone export --all -o zones.gpkg</code>.</p>"
    )

    def initAlgorithm(self, configuration=None):  # noqa: N802
        """Declare what goes in and comes out."""
        self.add(
            QgsProcessingParameterDateTime("DATE", "Day", QgsProcessingParameterDateTime.Date),
            _text("BOUNDARY", "Boundary (line, agreed, ministry; empty: the default)"),
            QgsProcessingParameterEnum(
                "ESTIMATE", "Estimate", ESTIMATES, defaultValue="best", usesStaticStrings=True
            ),
            QgsProcessingParameterVectorDestination(
                "OUTPUT", "Zones", QgsProcessing.TypeVectorPolygon
            ),
        )

    def processAlgorithm(self, parameters, context, feedback):  # noqa: N802
        """Run `dezone export`."""
        output = self.parameterAsOutputLayer(parameters, "OUTPUT", context)
        day = self.parameterAsDateTime(parameters, "DATE", context).date().toString("yyyy-MM-dd")
        options = self.options(parameters, context, "BOUNDARY", "ESTIMATE")
        run_program(["export", f"--output={output}", f"--date={day}", *options], feedback)
        return {"OUTPUT": output}


class Report(_Algorithm):
    """Count a layer by zone and week."""

    title = "Report"
    help = (
        "Counts the incidents of a layer or table by zone and week, and says what changed at each "
        "agreement and offensive, and how surely: a page that needs no network, its charts, every "
        "number as CSV.<p>The numbers say what was reported, where and when; they do not say why, "
        "or who did it.</p>"
    )

    def initAlgorithm(self, configuration=None):  # noqa: N802
        """Declare what goes in and comes out."""
        self.add(
            *self.reading(),
            *self.deciding(),
            QgsProcessingParameterFolderDestination("OUTPUT", "Folder of the report"),
        )
        self.addOutput(QgsProcessingOutputHtml("PAGE", "Report"))

    def processAlgorithm(self, parameters, context, feedback):  # noqa: N802
        """Run `dezone report`."""
        output = self.parameterAsString(parameters, "OUTPUT", context)
        names = ("RADIUS", "MAPPING", "BOUNDARY", "BASIS", "LANGUAGE")
        options = self.options(parameters, context, *names)
        source = self.incidents(parameters, context, feedback)
        said = run_program(["report", *source, f"--output={output}", *options], feedback)
        for line in said.splitlines():
            feedback.pushInfo(line)
        return {"OUTPUT": output, "PAGE": str(Path(output, "report.html"))}


ALGORITHMS = (TagIncidents, CheckPoint, ZonesOfDay, Report)


def _text(name, title, default=""):
    """Return a parameter for a text that may be left empty."""
    return QgsProcessingParameterString(name, title, defaultValue=default or None, optional=True)
