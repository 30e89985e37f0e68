"""Open a project of `dezone export --all` in real QGIS, draw it on days, and say what is there.

Run by the Python that QGIS belongs to: qgis_probe.py PACKAGE PROJECT FOLDER DAY...
"""

import json
import os
import sys
from collections import Counter

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsDateTimeRange,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDate, QDateTime, QSize, Qt, QTime
from qgis.PyQt.QtGui import QImage

package, name, folder, *days = sys.argv[1:]
application = QgsApplication([], False)
application.initQgis()
logged = []
QgsApplication.messageLog().messageReceived.connect(
    lambda text, tag, level: logged.append(f"{tag}: {text}") if level else None
)

project = QgsProject.instance()
read = project.read(f"geopackage:{package}?projectName={name}")
time = project.timeSettings().temporalRange()
tree = project.layerTreeRoot()


def about(layer):
    """Say what QGIS knows of a layer."""
    temporal = layer.temporalProperties()
    return {
        "id": layer.id(),
        "valid": layer.isValid(),
        "rows": layer.featureCount(),
        "spatial": layer.isSpatial(),
        "renderer": layer.renderer().type() if layer.renderer() else None,
        "labels": layer.labelsEnabled(),
        "temporal": temporal.isActive(),
        "limits": temporal.limitMode() if temporal.isActive() else None,
        "kinds": {field.name(): field.typeName() for field in layer.fields()},
        "licence": layer.metadata().licenses(),
        "attribution": layer.metadata().rights(),
        "identifier": layer.metadata().identifier(),
    }


order = tree.layerOrder()
shown = [layer for layer in order if layer.isSpatial() and tree.findLayer(layer.id()).isVisible()]
settings = QgsMapSettings()
settings.setLayers(shown)
settings.setDestinationCrs(project.crs())
settings.setBackgroundColor(project.backgroundColor())
settings.setOutputSize(QSize(1000, 800))
settings.setFlag(QgsMapSettings.DrawLabeling, True)
settings.setFlag(QgsMapSettings.Antialiasing, True)
degrees = QgsCoordinateReferenceSystem("EPSG:4326")
there = QgsCoordinateTransform(degrees, project.crs(), project)
settings.setExtent(there.transformBoundingBox(QgsRectangle(35.3, 32.2, 38.6, 37.0)))
pictures = []
for day in days:
    first = QDate.fromString(day, "yyyy-MM-dd")
    begin, end = (QDateTime(one, QTime(0, 0), Qt.UTC) for one in (first, first.addDays(1)))
    settings.setIsTemporal(True)
    settings.setTemporalRange(QgsDateTimeRange(begin, end, True, False))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage().convertToFormat(QImage.Format_RGB32)
    image.save(os.path.join(folder, f"{name.replace('%20', '-')}-{day}.png"))  # noqa: PTH118
    points = memoryview(image.constBits().asstring(image.sizeInBytes())).cast("I")
    colours = {f"{point & 0xFFFFFF:06x}": n for point, n in Counter(points).items()}
    pictures.append({"colours": colours, "errors": [one.message for one in job.errors()]})

# A layer put into a map by hand takes the default style of the package.
alone = QgsVectorLayer(f"{package}|layername=zones", "zones", "ogr")
drawn = alone.renderer().type()
alone.loadNamedStyle(alone.styleURI())  # QGIS 3.22 leaves the clock off until then
styles = alone.listStylesInDatabase()

print(
    json.dumps(
        {
            "read": read,
            "title": project.title(),
            "crs": project.crs().authid(),
            "range": [one.toString(Qt.ISODate) for one in (time.begin(), time.end())],
            "mode": project.readNumEntry("TemporalControllerWidget", "/NavigationMode")[0],
            "layers": [about(layer) for layer in order],
            "shown": [layer.id() for layer in shown],
            "pictures": pictures,
            "alone": [drawn, alone.temporalProperties().isActive()],
            "styles": styles[2],
            "logged": logged,
        }
    )
)
sys.stdout.flush()
os._exit(0)  # QGIS would take down its providers in an order of its own
