"""The plugin and its Processing provider."""

from __future__ import annotations

from pathlib import Path

from processing.core.ProcessingConfig import ProcessingConfig, Setting
from qgis.core import QgsApplication, QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .algorithms import ALGORITHMS
from .program import SETTING

ICON = str(Path(__file__).with_name("icon.svg"))


class DezonePlugin:
    """What QGIS loads: it adds the provider, and takes it away."""

    def __init__(self, iface=None):
        self.provider = None

    def initProcessing(self):  # noqa: N802
        """Add the provider."""
        self.provider = DezoneProvider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self):  # noqa: N802
        """Add the provider."""
        self.initProcessing()

    def unload(self):
        """Take the provider away."""
        QgsApplication.processingRegistry().removeProvider(self.provider)


class DezoneProvider(QgsProcessingProvider):
    """The algorithms, and the setting that says where the command is."""

    def id(self):
        """Return the name by which scripts call it."""
        return "dezone"

    def name(self):
        """Return its name."""
        return "dezone"

    def longName(self):  # noqa: N802
        """Return its name and what it is about."""
        return "dezone: Syria's de-escalation zones"

    def icon(self):
        """Return its icon."""
        return QIcon(ICON)

    def svgIconPath(self):  # noqa: N802
        """Return where its icon is."""
        return ICON

    def load(self):
        """Add the setting, and the algorithms."""
        ProcessingConfig.settingIcons["dezone"] = self.icon()
        ProcessingConfig.addSetting(
            Setting(
                "dezone",
                SETTING,
                "The command dezone (empty: it is looked for)",
                "",
                valuetype=Setting.FILE,
            )
        )
        ProcessingConfig.readSettings()
        self.refreshAlgorithms()
        return True

    def unload(self):
        """Take the setting away."""
        ProcessingConfig.removeSetting(SETTING)

    def loadAlgorithms(self):  # noqa: N802
        """Add the algorithms."""
        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm())
