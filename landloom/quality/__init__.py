"""A model of how good a result will be, and the map tiles that it learns from."""
