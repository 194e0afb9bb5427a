"""Landloom's engine: from imagery and training polygons to a land-cover map, without QGIS."""
