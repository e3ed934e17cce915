"""The triple store, GeoSPARQL over it, the catalogue, and their HTTP faces."""
