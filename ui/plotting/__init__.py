"""What the plot widget stands on."""
