"""Filters: which pairs of boxes meet, found in ways that can be compared."""
