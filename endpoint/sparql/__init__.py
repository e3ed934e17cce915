"""SPARQL text to algebra, plan, relations and result formats."""
