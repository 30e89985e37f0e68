"""Open the zones of a service in real QGIS, as OGC API Features, and say what is there.

Run by the Python that QGIS belongs to: oapif_probe.py ADDRESS
"""

import json
import os
import sys

from qgis.core import QgsApplication, QgsFeatureRequest, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtCore import Qt

application = QgsApplication([], False)
application.initQgis()
logged = []
QgsApplication.messageLog().messageReceived.connect(
    lambda text, tag, level: logged.append(f"{tag}: {text}") if level else None
)

# As the dialog "Add WFS / OGC API Features Layer" writes it.
source = f" pagingEnabled='true' restrictToRequestBBOX='1' typename='zones' url='{sys.argv[1]}/ogc'"
layer = QgsVectorLayer(source, "zones", "OAPIF")


def areas(request):
    """Return the area in square degrees of each feature of a request, by its id."""
    found = {}
    for one in layer.getFeatures(request):
        day = one["valid_from"].toString(Qt.ISODate)
        key = ".".join((one["zone"], one["boundary"], day, one["estimate"]))
        found[key] = one.geometry().area()
    return found


chosen = "zone = 'idlib' AND boundary = 'line' AND estimate = 'best'"
print(
    json.dumps(
        {
            "valid": layer.isValid(),
            "crs": layer.crs().authid(),
            "kinds": {field.name(): field.typeName() for field in layer.fields()},
            "all": areas(QgsFeatureRequest()),
            "chosen": areas(QgsFeatureRequest().setFilterExpression(chosen)),
            "within": areas(
                QgsFeatureRequest().setFilterRect(QgsRectangle(36.3, 33.4, 36.5, 33.6))
            ),
            "logged": logged,
        }
    )
)
sys.stdout.flush()
os._exit(0)  # QGIS would take down its providers in an order of its own
