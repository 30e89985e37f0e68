"""dezone in QGIS: a Processing provider that runs the installed command."""


def classFactory(iface):  # noqa: N802  (the name that QGIS asks for)
    """Return the plugin."""
    from .plugin import DezonePlugin

    return DezonePlugin(iface)
