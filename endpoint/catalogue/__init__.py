"""Products and what was found in them: STAC and content search."""
