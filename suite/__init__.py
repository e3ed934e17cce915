"""An executable GeoSPARQL 1.1 suite: what it is made of, and a runner for any SPARQL endpoint."""
