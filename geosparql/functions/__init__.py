"""The functions of GeoSPARQL 1.1 over arrays of geometries, and the table that lists them."""
