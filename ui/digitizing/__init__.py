"""Drawing training polygons: classes, tools, and what the pixels say of them."""
