"""Maps at places whose class is known: polygons, points, another raster, or the masks of a tile data set."""
