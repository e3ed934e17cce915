"""One module per result format."""
