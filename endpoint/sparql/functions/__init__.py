"""SPARQL's own functions over Arrow arrays, the same code on every engine."""
