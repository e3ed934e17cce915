"""Logical sources: vector files, class rasters, tables."""
