"""Ontology and code-list files, loading, class closure."""
