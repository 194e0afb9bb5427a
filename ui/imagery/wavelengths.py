"""The wavelengths of an image's bands, where its files tell them."""

from __future__ import annotations

_IN_NANOMETRES = {"nanometers": 1, "nm": 1, "micrometers": 1000, "microns": 1000, "um": 1000, "µm": 1000}


def wavelengths_of(sources) -> list | None:
    """Nanometres of each of (provider, address, band); None unless all are known.

    Opens files: not for the main thread.
    """
    from osgeo import gdal

    found, opened = [], {}
    for provider, address, band in sources:
        if provider != "gdal":
            return None
        if address not in opened:
            opened[address] = gdal.Open(address)
        if opened[address] is None or band > opened[address].RasterCount:
            return None
        found.append(_wavelength(opened[address].GetRasterBand(band)))
        if found[-1] is None:
            return None
    return found


def _wavelength(band):
    micrometres = band.GetMetadataItem("CENTRAL_WAVELENGTH_UM", "IMAGERY")
    text = micrometres or band.GetMetadataItem("wavelength")
    unit = "um" if micrometres else (band.GetMetadataItem("wavelength_units") or "").lower()
    try:
        return float(text) * _IN_NANOMETRES[unit]
    except (TypeError, ValueError, KeyError):
        return None
