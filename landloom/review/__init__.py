"""Places of a map that are to be looked at: which ones, and the file in which they are decided."""
