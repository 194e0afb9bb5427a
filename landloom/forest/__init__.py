"""Random forests: grown with scikit-learn, kept as plain arrays, mapped with compiled traversal."""
