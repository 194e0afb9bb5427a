"""The pixels of raster layers as arrays."""
