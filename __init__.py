"""Landloom: land-cover mapping in QGIS."""


def classFactory(iface):  # noqa: N802 (QGIS's name)
    """Give QGIS the plugin. Nothing is imported before it asks."""
    from .plugin.plugin import LandloomPlugin

    return LandloomPlugin(iface)
