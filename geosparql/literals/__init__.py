"""Geometry literals to and from arrays of geometries: WKT, GML, GeoJSON, KML, DGGS."""
