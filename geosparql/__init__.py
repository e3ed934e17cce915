"""The language of the field, pure: terms, literals, CRS, units, relations, functions."""
