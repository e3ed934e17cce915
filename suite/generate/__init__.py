"""Writes the suite's files; its truth is GEOS, PROJ and hand calculation, never our own engine."""
