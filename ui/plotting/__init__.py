"""Lines over numbers or names, drawn with Qt alone."""
